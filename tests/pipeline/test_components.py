"""The checks for all trainable components, run on those that write one label per token."""

from __future__ import annotations

from typing import Any

import pytest

from tagma import testing
from tagma.errors import NotANumberError
from tagma.gold.example import Example
from tagma.nn import Adam
from tagma.pipeline import Morphologizer, SentenceRecognizer, Tagger
from tagma.tokens import Doc
from tagma.vocab import Vocab

COMPONENTS = {
    "tagger": (Tagger, ["TAG"]),
    "morphologizer": (Morphologizer, ["MORPH", "POS"]),
    "senter": (SentenceRecognizer, ["SENT_START"]),
}


@pytest.fixture(params=sorted(COMPONENTS))
def component(request: Any, tagger_model: Any) -> Any:
    """(maker, attributes) of each component."""
    cls, attrs = COMPONENTS[request.param]
    return lambda vocab: cls(vocab, tagger_model(), request.param), attrs


def test_conformance(component: Any, examples: list[Example]) -> None:
    """The public suite passes, all checks at once."""
    make, attrs = component
    testing.check_component(make, examples, attrs=attrs)


def test_learned_annotations_are_written(component: Any, examples: list[Example]) -> None:
    """After learning the sentences by heart, the docs carry their annotation."""
    make, attrs = component
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples)
    docs = list(pipe.pipe([eg.predicted for eg in testing.fresh(examples)], batch_size=2))
    for doc, example in zip(docs, examples, strict=True):
        assert doc.to_array(attrs).tolist() == example.reference.to_array(attrs).tolist()


def test_batches_change_nothing(component: Any, examples: list[Example]) -> None:
    """One doc at a time, two at a time and all at once give the same annotation."""
    make, attrs = component
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples)
    results = []
    for size in (1, 2, 100):
        docs = pipe.pipe([eg.predicted for eg in testing.fresh(examples)], batch_size=size)
        results.append([doc.to_array(attrs).tolist() for doc in docs])
    results.append([pipe(eg.predicted).to_array(attrs).tolist() for eg in testing.fresh(examples)])
    assert results[0] == results[1] == results[2] == results[3]


def test_sgd_none_keeps_parameters(component: Any, examples: list[Example]) -> None:
    """Without an optimizer gradients are accumulated, and parameters stay."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    before = pipe.model.to_bytes()
    for sgd in (None, False):
        assert pipe.update(testing.fresh(examples), sgd=sgd)[pipe.name] > 0
    assert pipe.model.to_bytes() == before
    assert pipe.model.get_ref("softmax").has_grad("W")


def test_update_annotates_if_asked(component: Any, examples: list[Example]) -> None:
    """`set_annotations=True` leaves predictions in the predicted docs, False does not."""
    make, attrs = component
    pipe = testing.initialized(make, examples)
    batch = testing.fresh(examples)
    pipe.update(batch)
    assert not batch[0].predicted.has_annotation(attrs[0])
    pipe.update(batch, set_annotations=True)
    assert batch[0].predicted.has_annotation(attrs[0])


def test_bad_examples(component: Any, vocab: Vocab, examples: list[Example]) -> None:
    """Docs instead of examples, and no examples at all, are refused with their codes."""
    make, _ = component
    pipe = make(vocab)
    for bad in (None, list, list):
        with pytest.raises(TypeError, match="E930"):
            pipe.initialize(bad)
    pipe = testing.initialized(make, examples)
    with pytest.raises(TypeError, match=r"E978.*update"):
        pipe.update([Doc(vocab, words=["a"])])


def test_bad_model_bytes(component: Any, vocab: Vocab, examples: list[Example], tmp_path: Any) -> None:
    """A model file that is cut short, or of another network, is refused with component and path."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    pipe.to_disk(tmp_path / "pipe", exclude=["vocab"])
    file = tmp_path / "pipe" / "model"
    data = file.read_bytes()
    for bad in (data[: len(data) // 2], pipe.model.get_ref("tok2vec").to_bytes(), b""):
        file.write_bytes(bad)
        with pytest.raises(ValueError, match=rf"E149.*{pipe.name}") as error:
            make(vocab).from_disk(tmp_path / "pipe", exclude=["vocab"])
        assert str(file) in str(error.value)


def test_nan_loss(component: Any, examples: list[Example]) -> None:
    """A loss that is no number stops the training, and names the component."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    W = pipe.model.get_ref("softmax").get_param("W")
    pipe.model.get_ref("softmax").set_param("W", W + float("nan"))
    with pytest.raises(NotANumberError, match=rf"E910.*{pipe.name}"):
        pipe.update(testing.fresh(examples))


def test_rehearse(component: Any, examples: list[Example]) -> None:
    """Rehearsal does nothing without a snapshot, and pulls towards it with one."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples)
    assert pipe.rehearse(testing.fresh(examples)) == {pipe.name: 0.0}
    pipe._rehearsal_model = pipe.model.copy()
    assert pipe.rehearse(testing.fresh(examples))[pipe.name] == pytest.approx(0.0, abs=1e-9)
    softmax = pipe.model.get_ref("softmax")
    b = softmax.get_param("b").copy()
    b[0] += 3.0
    softmax.set_param("b", b)
    sgd = Adam(0.01)
    losses = [pipe.rehearse(testing.fresh(examples), sgd=sgd)[pipe.name] for _ in range(30)]
    assert losses[-1] < losses[0]


def test_distill(component: Any, examples: list[Example], vocab: Vocab) -> None:
    """A student learns what its teacher predicts, without gold annotation."""
    make, attrs = component
    teacher = testing.initialized(make, examples)
    testing.check_learns(teacher, examples)
    student = testing.initialized(make, examples, seed=7)
    bare = [Example(eg.predicted, eg.predicted.copy()) for eg in testing.fresh(examples)]
    sgd = Adam(0.02)
    assert student.is_distillable
    losses = [student.distill(teacher, bare, sgd=sgd)[student.name] for _ in range(60)]
    assert losses[-1] < losses[0] / 10
    docs = list(student.pipe([eg.predicted for eg in testing.fresh(examples)]))
    assert [d.to_array(attrs).tolist() for d in docs] == [eg.reference.to_array(attrs).tolist() for eg in examples]
    with pytest.raises(ValueError, match="E4002"):
        student.distill(None, bare)
    other = [Example(Doc(vocab, words=["a"]), Doc(vocab, words=["b"]))]
    with pytest.raises(ValueError, match="E4003"):
        student.distill(teacher, other)


def test_save_activations(component: Any, examples: list[Example]) -> None:
    """Probabilities and label ids are kept with each doc if asked for, and not otherwise."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples)
    doc = pipe(testing.fresh(examples)[0].predicted)
    assert not doc.activations
    pipe.save_activations = True
    docs = list(pipe.pipe([eg.predicted for eg in testing.fresh(examples)]))
    for doc in docs:
        kept = doc.activations[pipe.name]
        assert kept["probabilities"].shape == (len(doc), len(pipe.labels))
        assert kept["probabilities"].sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        assert kept["probabilities"].argmax(axis=1).tolist() == kept["label_ids"].tolist()


def test_score(component: Any, examples: list[Example]) -> None:
    """A component that has learned its sentences scores 1.0 on them; without a scorer it scores nothing."""
    make, _ = component
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples)
    batch = testing.fresh(examples)
    for _ in pipe.pipe([eg.predicted for eg in batch]):
        pass
    scores = pipe.score(batch)
    key = {"tagger": "tag_acc", "morphologizer": "morph_acc", "senter": "sents_f"}[pipe.name]
    assert scores[key] == 1.0
    assert "sents_per_type" not in scores
    pipe.scorer = None
    assert pipe.score(batch) == {}
