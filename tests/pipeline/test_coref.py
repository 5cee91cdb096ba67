"""coref and span_cleaner: clusters from antecedents, gold, loss, annotation, files, errors, and the layer's nodes."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import build_coref_model
from tagma.nn import Adam, fix_random_seed
from tagma.nn.config import code_of
from tagma.pipeline import CoreferenceResolver
from tagma.pipeline.coref import linked
from tagma.testing import check_component
from tagma.testing.components import fresh, initialized
from tagma.tokens import Doc
from tagma.vocab import Vocab

Make = Callable[..., CoreferenceResolver]

# Words, and clusters of single tokens.
GOLD: list[tuple[str, list[list[int]]]] = [
    ("Anna lost her cat and then she found it", [[0, 2, 6], [3, 8]]),
    ("The captain said that he liked his ship", [[1, 4, 6]]),
    ("Nobody came", []),
]


def example_of(vocab: Vocab, text: str, clusters: list[list[int]], prefix: str = "coref_clusters") -> Example:
    """An example whose reference has clusters."""
    words = text.split()
    reference = Doc(vocab, words=words)
    for number, cluster in enumerate(clusters, 1):
        reference.spans[f"{prefix}_{number}"] = [reference[i : i + 1] for i in cluster]
    return Example(Doc(vocab, words=words), reference)


def clusters_in(doc: Doc) -> list[list[str]]:
    """The texts of all groups."""
    return [[span.text for span in group] for group in doc.spans.values()]


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The texts of GOLD."""
    return [example_of(vocab, *gold) for gold in GOLD]


@pytest.fixture
def make(tok2vec_model: Any) -> Make:
    """Function: a small resolver, for settings of the network."""

    def make(vocab: Vocab, **settings: Any) -> CoreferenceResolver:
        values = {"depth": 1, "dropout": 0.0, "antecedent_limit": 20, "antecedent_batch_size": 8, **settings}
        model = build_coref_model(tok2vec_model(), distance_embedding_size=4, hidden_size=32, **values)
        return CoreferenceResolver(vocab, model)

    return make


def test_component(make: Make, examples: list[Example]) -> None:
    """What every trainable component must pass."""
    check_component(make, examples, steps=80)


@pytest.mark.parametrize(
    ("antecedents", "clusters"),
    [
        ([-1, -1, -1], []),
        ([-1, 0, 1, -1, 3], [[0, 1, 2], [3, 4]]),
        ([-1, -1, 0, 1, 0], [[0, 2, 4], [1, 3]]),
        ([], []),
    ],
)
def test_clusters_from_antecedents(antecedents: list[int], clusters: list[list[int]]) -> None:
    """A token joins the cluster of its antecedent; one without either is in none."""
    assert linked(np.array(antecedents)) == [[(i, i + 1) for i in cluster] for cluster in clusters]


def test_learns_and_annotates(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Clusters are learned by heart and written as groups of single tokens, numbered from 1."""
    pipe, sgd = initialized(make, examples), Adam(0.01)
    assert pipe.cfg == {"nI": 16}
    for _ in range(60):
        pipe.update(fresh(examples), sgd=sgd)
    docs = list(pipe.pipe([example.predicted for example in fresh(examples)]))
    assert clusters_in(docs[0]) == [["Anna", "her", "she"], ["cat", "it"]]
    assert list(docs[0].spans) == ["coref_clusters_1", "coref_clusters_2"]
    assert clusters_in(docs[2]) == []
    alone = [pipe(example.predicted) for example in fresh(examples)]
    assert list(map(clusters_in, alone)) == list(map(clusters_in, docs))
    scored = [Example(doc, example.reference) for doc, example in zip(docs, examples, strict=True)]
    scores = pipe.score(scored)
    assert scores["coref_f"] == scores["coref_conll_f"] == 1.0


def test_best_antecedent_or_all_together(make: Make, examples: list[Example], tmp_path: Path) -> None:
    """Two antecedents of probability 0.3 each against 0.4 for none: by the sum there is one, the better of them."""
    pipe = initialized(make, examples)
    scores = np.log(np.array([[0.4, 0.29, 0.31], [0.7, 0.1, 0.2], [0.3, 0.6, 0.1]])).astype("float32")
    antecedents = np.array([[5, 6], [5, 6], [5, 6]], dtype="int32")
    assert pipe._chosen(scores, antecedents).tolist() == [-1, -1, 5]
    summing = CoreferenceResolver(pipe.vocab, pipe.model, sum_antecedents=True)
    assert summing._chosen(scores, antecedents).tolist() == [6, -1, 5]
    summing.to_disk(tmp_path)
    assert make(pipe.vocab).from_disk(tmp_path).cfg["sum_antecedents"] is True
    nlp = tagma.blank("en")
    added = nlp.add_pipe("coref", config={"sum_antecedents": True})
    assert isinstance(added, CoreferenceResolver)
    assert added.cfg == {"sum_antecedents": True}
    assert "sum_antecedents" not in nlp.config["components"]["coref"]


def test_short_docs_have_no_clusters(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """None without a second token; an empty batch is no batch."""
    pipe = initialized(make, examples)
    assert pipe.predict([Doc(vocab), Doc(vocab, words=["one"])]) == [[], []]
    assert pipe.predict([]) == []


def test_loss_of_a_score(make: Make, examples: list[Example]) -> None:
    """The gradient is softmax minus softmax over what is right, and the loss the sum of its squares."""
    pipe = initialized(make, examples)
    batch = [example_of(examples[0].x.vocab, "a b c", [[0, 2]])]
    scores = np.array([[0.0, -np.inf, -np.inf], [0.0, 1.0, -np.inf], [0.0, 1.0, 2.0]], dtype="float32")
    antecedents = np.array([[0, 0], [0, 0], [0, 1]], dtype="int32")
    loss, gradient = pipe.get_loss(batch, (scores, antecedents))
    exp = np.exp(scores)
    right = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]])
    expected = exp / exp.sum(axis=1, keepdims=True) - right
    assert np.allclose(gradient, expected, atol=1e-6)
    assert loss == pytest.approx(float((expected**2).sum()), rel=1e-5)
    assert pipe.get_loss(batch, scores, antecedents)[0] == loss
    with pytest.raises(TypeError, match="E4477"):
        pipe.get_loss(batch, scores)


def test_heads_of_longer_mentions(make: Make, vocab: Vocab) -> None:
    """The root of a mention is what is learned; without a parse there is an error."""
    pipe = initialized(make, [example_of(vocab, *GOLD[0])])
    words, heads = ["The", "old", "man", "slept"], [2, 2, 3, 3]
    reference = Doc(vocab, words=words, heads=heads, deps=["det", "amod", "nsubj", "ROOT"])
    reference.spans["coref_clusters_1"] = [reference[0:3], reference[3:4]]
    assert pipe._gold(Example(Doc(vocab, words=words), reference)).tolist() == [-1, -1, 0, 0]
    bare = Doc(vocab, words=words)
    bare.spans["coref_clusters_1"] = [bare[0:3]]
    with pytest.raises(ValueError, match=r"E4473.*'The old man'"):
        pipe._gold(Example(Doc(vocab, words=words), bare))


def test_other_tokens(make: Make, vocab: Vocab) -> None:
    """Heads are found by their characters; where there is no such token, or another text, it is an error."""
    pipe = initialized(make, [example_of(vocab, *GOLD[0])])
    reference = Doc(vocab, words=["well-known", "man", "he"])
    reference.spans["coref_clusters_1"] = [reference[1:2], reference[2:3]]
    predicted = Doc(vocab, words=["well", "-", "known", "man", "he"], spaces=[False, False, True, True, True])
    assert pipe._gold(Example(predicted, reference)).tolist() == [-1, -1, -1, 0, 0]
    reference.spans["coref_clusters_1"] = [reference[0:1]]
    with pytest.raises(IndexError, match=r"E4474.*'well-known' at character 0"):
        pipe._gold(Example(predicted, reference))
    with pytest.raises(ValueError, match=r"E4472.*'other '"):
        pipe.get_loss([Example(Doc(vocab, words=["other"]), reference)], (np.zeros((1, 1)), np.zeros((1, 0), "i4")))


def test_clusters_that_share_a_head(make: Make, vocab: Vocab) -> None:
    """The last one counts, and there is one warning."""
    pipe = initialized(make, [example_of(vocab, *GOLD[0])])
    example = example_of(vocab, "a b c d", [[0, 2], [2, 3]])
    with pytest.warns(UserWarning, match=r"W4151.*'c' \(token 2\)"):
        numbers = pipe._gold(example)
    assert numbers.tolist() == [0, -1, 1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe._gold(example)


def test_groups_that_are_there(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """They are not overwritten; with a cleaner before, the component runs again."""
    pipe = initialized(make, examples)
    doc = Doc(vocab, words=["a", "b"])
    pipe.set_annotations([doc], [[[(0, 1), (1, 2)]]])
    with pytest.raises(ValueError, match=r"E4471.*'coref_clusters_1'"):
        pipe.set_annotations([doc], [[[(0, 1), (1, 2)]]])
    with pytest.raises(ValueError, match="E4475"):
        pipe.set_annotations([doc], [])
    nlp = tagma.Language(vocab)
    nlp.add_pipe("span_cleaner", config={"prefix": "coref_clusters"})
    assert not nlp(doc).spans


def test_cleaner_keeps_other_groups(vocab: Vocab) -> None:
    """By default heads are taken out."""
    doc = Doc(vocab, words=["a"])
    doc.spans.update({"coref_head_clusters_1": [doc[0:1]], "coref_clusters_1": [doc[0:1]]})
    cleaner = tagma.Language(vocab).add_pipe("span_cleaner")
    assert list(cleaner(doc).spans) == ["coref_clusters_1"]  # type: ignore[operator]  # a component is called


def test_nothing_to_learn_from(make: Make, vocab: Vocab) -> None:
    """No examples, and none with clusters."""
    pipe = make(vocab)
    with pytest.raises(ValueError, match="E4470") as caught:
        pipe.initialize(lambda: [example_of(vocab, "no clusters here", [])])
    assert "coref_clusters_1" in str(caught.value)
    with pytest.raises(TypeError, match="E930"):
        pipe.initialize(list)
    with pytest.raises(NotImplementedError, match="E931"):
        pipe.add_label("X")
    with pytest.raises(NotImplementedError, match=r"E4481.*nlp\.rehearse leaves it out"):
        pipe.rehearse([])


def test_nodes_of_the_network(make: Make, vocab: Vocab, examples: list[Example], tmp_path: Path) -> None:
    """The layer and its one child have the names, dims and settings of the package that it comes from."""
    pipe = initialized(lambda vocab: make(vocab, depth=2), examples)
    layer = pipe.model.get_ref("coref_clusterer")
    assert [node.name for node in layer.walk()] == ["coref_clusterer", "pytorch"]
    assert layer.get_dim("nI") == 16
    assert set(layer.attrs) == {
        "distance_embedding_size",
        "hidden_size",
        "depth",
        "dropout",
        "antecedent_limit",
        "antecedent_batch_size",
    }
    names = [name for name, _ in layer.layers[0].shims[0].named_parameters()]  # type: ignore[attr-defined]  # a twin
    assert names == [
        "pairwise.distance_emb.weight",
        *(f"ana_scorer.{part}" for part in ("hidden.0.weight", "hidden.0.bias", "hidden.3.weight", "hidden.3.bias")),
        "ana_scorer.out.weight",
        "ana_scorer.out.bias",
        *(f"lstm.{part}_l0" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")),
        "rough_scorer.bilinear.weight",
        "rough_scorer.bilinear.bias",
    ]
    pipe.to_disk(tmp_path)
    with pytest.raises(ValueError, match="E149") as caught:
        make(vocab, depth=1).from_disk(tmp_path)
    assert code_of(caught.value) == "E149"


def test_pipeline_is_saved_and_loaded(tmp_path: Path) -> None:
    """With default settings, beside a tok2vec that it listens to, and in batches with a doc of any length."""
    fix_random_seed(0)
    nlp = tagma.blank("en")
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    nlp.add_pipe("coref", config={"model": {"tok2vec": listener, "hidden_size": 32}})
    examples = [example_of(nlp.vocab, *gold) for gold in GOLD]
    sgd = nlp.initialize(lambda: examples)
    for _ in range(40):
        nlp.update(fresh(examples), sgd=sgd, drop=0.1)
    nlp.to_disk(tmp_path)
    again = tagma.load(tmp_path)
    texts = [text for text, _ in GOLD]
    assert [clusters_in(doc) for doc in again.pipe(texts)] == [clusters_in(doc) for doc in nlp.pipe(texts)]
    assert clusters_in(again(texts[0])) == [["Anna", "her", "she"], ["cat", "it"]]
    copied = pickle.loads(pickle.dumps(nlp))  # as worker processes get it
    assert clusters_in(copied(texts[0])) == clusters_in(again(texts[0]))
