"""tagger: labels, loss, annotation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec
from tagma.nn import SequenceCategoricalCrossentropy
from tagma.nn.types import ArrayList
from tagma.pipeline import Morphologizer, SentenceRecognizer, Tagger
from tagma.tokens import Doc
from tagma.vocab import Vocab

SMALL: dict[str, Any] = {
    "width": 12,
    "depth": 1,
    "embed_size": 20,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": False,
    "pretrained_vectors": None,
}


@pytest.fixture
def tagger(vocab: Vocab, tagger_model: Any, examples: list[Example]) -> Tagger:
    """A tagger, initialized."""
    pipe = Tagger(vocab, tagger_model())
    pipe.initialize(lambda: examples)
    return pipe


def test_labels_are_sorted(tagger: Tagger) -> None:
    """Collected tags stand in alphabetical order, and label_data gives them back."""
    assert tagger.labels == (".", "JJ", "NN", "NNS", "PRP", "VB", "VBD", "VBP")
    assert tagger.label_data == tagger.labels
    assert tagger.model.get_dim("nO") == 8


def test_given_labels_keep_their_order(vocab: Vocab, tagger_model: Any, examples: list[Example]) -> None:
    """Labels given to initialize are taken as they are, once each."""
    pipe = Tagger(vocab, tagger_model())
    pipe.initialize(lambda: examples, labels=["VBP", "VB", "VBP", *"ABCDEFGH"])
    assert pipe.labels == ("VBP", "VB", *"ABCDEFGH")


def test_cfg(tagger: Tagger) -> None:
    """The saved settings have spaCy's keys, in order."""
    assert list(tagger.cfg) == ["label_smoothing", "labels", "neg_prefix", "overwrite"]


def test_no_tags(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """A corpus without tags is refused, and the error names the component."""
    pipe = Tagger(vocab, tagger_model(), "my_tagger")
    with pytest.raises(ValueError, match=r"E143.*my_tagger"):
        pipe.initialize(lambda: [example_of(["a", "b"])])


@pytest.mark.parametrize("kind", [Tagger, Morphologizer, SentenceRecognizer])
def test_a_model_without_output_layer(vocab: Vocab, examples: list[Example], kind: Any) -> None:
    """A network whose width is not the number of labels is refused at once: E4026 with both numbers."""
    pipe = kind(vocab, build_hash_embed_cnn_tok2vec(**SMALL), "mine")
    with pytest.raises(ValueError, match=r"\[E4026\].*'mine' gives 12 scores .* there are \d labels"):
        pipe.initialize(lambda: examples)


def test_unknown_gold_tag(tagger: Tagger, example_of: Any) -> None:
    """A gold tag that the tagger was not initialized with stops the training, by name."""
    with pytest.raises(KeyError, match="NEW_TAG"):
        tagger.update([example_of(["a", "b"], tags=["NN", "NEW_TAG"])])


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
@pytest.mark.parametrize("tags", [["NN", "", "VB"], ["!NN", "JJ", ""], ["!NN", "!VB", "!JJ"], ["", "", ""]])
def test_loss_is_the_sequence_loss(
    vocab: Vocab, tagger_model: Any, examples: list[Example], example_of: Any, tags: list[str], label_smoothing: float
) -> None:
    """Loss and gradient on the flat batch equal those of the loss class, document by document."""
    pipe = Tagger(vocab, tagger_model(), label_smoothing=label_smoothing)
    pipe.initialize(lambda: examples)
    batch = [example_of(["a", "b", "c"], tags=tags), example_of(["d"], tags=["JJ"])]
    rng = np.random.default_rng(0)
    scores = [rng.dirichlet(np.ones(8), n).astype("f") for n in (3, 1)]
    loss, d_scores = pipe.get_loss(batch, scores)
    twin = SequenceCategoricalCrossentropy(
        names=list(pipe.labels), normalize=False, missing_value="", neg_prefix="!", label_smoothing=label_smoothing
    )
    expected, expected_loss = twin(scores, [tags, ["JJ"]])
    assert isinstance(d_scores, ArrayList)
    assert loss == pytest.approx(float(expected_loss), rel=1e-5)
    for d, e in zip(d_scores, expected, strict=True):
        np.testing.assert_allclose(d, e, atol=1e-6)


def test_loss_of_misaligned_tokens(tagger: Tagger, vocab: Vocab) -> None:
    """A predicted token that covers two gold tokens has no gold tag."""
    reference = Doc(vocab, words=["can", "not", "go"], spaces=[False, True, False], tags=["VB", "NN", "JJ"])
    example = Example(Doc(vocab, words=["cannot", "go"]), reference)
    scores = [np.full((2, 8), 1 / 8, dtype="f")]
    _, d_scores = tagger.get_loss([example], scores)
    assert not d_scores[0][0].any()
    assert d_scores[0][1].argmin() == tagger.labels.index("JJ")


def test_neg_prefix_is_no_label(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """Negative gold tags give the label without the prefix."""
    pipe = Tagger(vocab, tagger_model())
    pipe.initialize(lambda: [example_of(["a", "b"], tags=["!NN", "VB"])])
    assert pipe.labels == ("NN", "VB")


@pytest.mark.parametrize("overwrite", [False, True])
def test_overwrite(tagger: Tagger, vocab: Vocab, overwrite: bool) -> None:
    """A tag that is there is replaced only with overwrite."""
    tagger.cfg["overwrite"] = overwrite
    docs = [Doc(vocab, words=["a", "b"], tags=["OLD", ""]), Doc(vocab, words=["c"])]
    tagger.set_annotations(docs, [np.asarray([1, 2]), np.asarray([3])])
    assert [t.tag_ for t in docs[0]] == ["JJ" if overwrite else "OLD", "NN"]
    assert docs[1][0].tag_ == "NNS"


def test_predict_gives_columns(tagger: Tagger, vocab: Vocab) -> None:
    """Predictions are one integer array per doc, also for docs without tokens."""
    docs = [Doc(vocab, words=["a", "b"]), Doc(vocab)]
    assert [p.shape for p in tagger.predict(docs)] == [(2,), (0,)]
    assert [p.shape[0] for p in tagger.predict([Doc(vocab)])] == [0]


@pytest.mark.parametrize("normalize", [False, True])
def test_labels_are_the_same_with_and_without_scores(
    normalize: bool, vocab: Vocab, tagger_model: Any, examples: list[Example]
) -> None:
    """Labels alone are predicted without scores of the whole batch; with activations, scores are kept."""
    pipe = Tagger(vocab, tagger_model())
    pipe.initialize(lambda: examples)
    output = pipe.model.get_ref("softmax")
    output.set_param("W", np.random.RandomState(0).normal(size=output.get_param("W").shape).astype("float32"))
    output.attrs["softmax_normalize"] = normalize
    docs = [example.predicted for example in examples]
    alone = pipe.predict(docs)
    assert pipe._activations is None
    pipe.save_activations = True
    assert [ids.tolist() for ids in alone] == [ids.tolist() for ids in pipe.predict(docs)]
    assert pipe._activations is not None
    assert len({int(label) for ids in alone for label in ids}) > 1


def test_add_label_errors(tagger: Tagger) -> None:
    """A known label is 0; a new one has no room; a number is no label."""
    assert tagger.add_label("NN") == 0
    with pytest.raises(ValueError, match=r"E922.*tagger.*8"):
        tagger.add_label("NEW")
    with pytest.raises(ValueError, match="E187"):
        tagger.add_label(5)  # type: ignore[arg-type]


def test_labels_before_initialize(vocab: Vocab, tagger_model: Any) -> None:
    """Before the model has its size, labels may be added."""
    pipe = Tagger(vocab, tagger_model())
    assert [pipe.add_label(x) for x in ("A", "B", "A")] == [1, 1, 0]
    assert pipe.labels == ("A", "B")
    with pytest.raises(NotImplementedError, match="E921"):
        pipe.set_output(3)


def test_error_handler(tagger: Tagger, vocab: Vocab) -> None:
    """Without a handler errors are raised; a handler gets name, component, docs and error, and the batch is dropped."""
    docs = [Doc(vocab, words=["a"]), Doc(vocab, words=["b"]), Doc(vocab, words=["bad"])]
    predict = tagger.predict

    def fail(docs: Any) -> Any:
        if any(doc[0].text == "bad" for doc in docs):
            raise RuntimeError("no bad docs")
        return predict(docs)

    tagger.predict = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="no bad docs"):
        list(tagger.pipe(docs))
    seen: list[Any] = []
    tagger.set_error_handler(lambda *args: seen.append(args))
    assert list(tagger.pipe(docs, batch_size=2)) == docs[:2]
    name, component, failed, error = seen[0]
    assert (name, component, failed, str(error)) == ("tagger", tagger, docs[2:], "no bad docs")
    assert tagger(docs[2]) is docs[2]
    assert len(seen) == 2


def test_use_params_restores(tagger: Tagger, examples: list[Example]) -> None:
    """Other parameters hold within the with block, and go away with an error too."""
    softmax = tagger.model.get_ref("softmax")
    before = softmax.get_param("b").copy()
    with tagger.use_params({(softmax.id, "b"): before + 1}):
        assert softmax.get_param("b").tolist() == (before + 1).tolist()
    assert softmax.get_param("b").tolist() == before.tolist()
    with pytest.raises(RuntimeError), tagger.use_params({(softmax.id, "b"): before + 1}):
        raise RuntimeError
    assert softmax.get_param("b").tolist() == before.tolist()


def test_gold_of_another_vocabulary(tagger: Tagger, examples: list[Example]) -> None:
    """Gold tags are compared by hash, so references may have their own vocabulary."""
    vocab = Vocab()
    reference = Doc(vocab, words=["a", "b"], tags=["NN", "VB"])
    example = Example(Doc(vocab, words=["a", "b"]), reference)
    assert tagger.update([example])["tagger"] > 0


def test_tags_with_names_of_attributes(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """Tags whose names the string store keeps under small ids, such as POS, are gold like others."""
    pipe = Tagger(vocab, tagger_model())
    batch = [example_of(["Ann", "'s", "_"], tags=["NNP", "POS", "_"])]
    pipe.initialize(lambda: batch)
    assert pipe.labels == ("NNP", "POS", "_")
    gold, _ = pipe._gold(batch)
    assert gold.tolist() == [0, 1, 2]
