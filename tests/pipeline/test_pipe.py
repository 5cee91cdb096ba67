"""Pipe and TrainablePipe: what a component gets from its base class."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.nn import Linear
from tagma.pipeline import Pipe, TrainablePipe
from tagma.tokens import Doc
from tagma.vocab import Vocab


class Rule(Pipe):
    """Writes a tag by predict and set_annotations, without a __call__ of its own."""

    name = "rule"

    def predict(self, docs: Any) -> list[str]:
        """The text of each doc."""
        return [doc.text for doc in docs]

    def set_annotations(self, docs: Any, scores: list[str]) -> None:
        """Fails on the text "bad"."""
        for doc, text in zip(docs, scores, strict=True):
            if text == "bad":
                raise ValueError("bad doc")
            doc.user_data["text"] = text


def test_pipe_delegates(vocab: Vocab) -> None:
    """A subclass with predict and set_annotations needs no __call__."""
    doc = Doc(vocab, words=["a"], spaces=[False])
    assert Rule()(doc) is doc
    assert doc.user_data["text"] == "a"


def test_pipe_drops_failing_docs(vocab: Vocab) -> None:
    """In a stream a failing doc goes to the handler and is left out; without a handler it raises."""
    docs = [Doc(vocab, words=[w], spaces=[False]) for w in ("a", "bad", "b")]
    rule = Rule()
    with pytest.raises(ValueError, match="bad doc"):
        list(rule.pipe(docs))
    seen: list[Any] = []
    rule.set_error_handler(lambda *args: seen.append(args))
    assert list(rule.pipe(docs)) == [docs[0], docs[2]]
    assert [(name, failed) for name, _, failed, _ in seen] == [("rule", [docs[1]])]


def test_base_pipe_is_abstract(vocab: Vocab) -> None:
    """What a component must define is asked for by name."""
    with pytest.raises(NotImplementedError, match="E931"):
        Pipe()(Doc(vocab))
    pipe = Pipe()
    assert (pipe.labels, pipe.label_data, pipe.hide_labels, pipe.is_trainable) == ((), None, False, False)
    assert pipe.score([]) == {}


def test_scorer_arguments() -> None:
    """The scorer gets the entries of cfg, the labels, then the caller's keywords, later ones winning."""
    pipe = Pipe()
    pipe.cfg = {"a": 1, "b": 2, "labels": "cfg"}
    pipe.scorer = lambda examples, **kwargs: kwargs
    assert pipe.score([], b=3) == {"a": 1, "b": 3, "labels": ()}


def test_require_labels() -> None:
    """A component without labels says so with its name."""
    pipe = Pipe()
    pipe.name = "nobody"
    with pytest.raises(ValueError, match=r"E143.*nobody"):
        pipe._require_labels()


@pytest.mark.parametrize("method", ["predict", "add_label"])
def test_trainable_pipe_is_abstract(vocab: Vocab, method: str) -> None:
    """Methods that a trainable component must define raise NotImplementedError with their name."""
    pipe = TrainablePipe(vocab, Linear(2, 2), "base")
    with pytest.raises(NotImplementedError, match=rf"E931.*{method}"):
        getattr(pipe, method)([])


def test_cfg_is_saved(vocab: Vocab, tmp_path: Any) -> None:
    """Extra keywords are settings, saved with the component; loading updates them in place."""
    pipe = TrainablePipe(vocab, Linear(2, 3).initialize(), "base", a=1, b="x")
    pipe.to_disk(tmp_path / "pipe")
    other = TrainablePipe(vocab, Linear(2, 3), "base", a=0, c=5)
    cfg = other.cfg
    assert other.from_disk(tmp_path / "pipe") is other
    assert cfg == {"a": 1, "b": "x", "c": 5}
    (tmp_path / "pipe" / "cfg").unlink()
    TrainablePipe(vocab, Linear(2, 3), "base").from_disk(tmp_path / "pipe")


def test_serialization_needs_vocab_and_model(vocab: Vocab) -> None:
    """A component without a vocabulary or a model says which is missing."""
    with pytest.raises(ValueError, match="E899"):
        TrainablePipe(None, Linear(2, 2), "base").to_bytes()  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="E898"):
        TrainablePipe(vocab, None, "base").to_bytes()  # type: ignore[arg-type]


def test_exclude(vocab: Vocab) -> None:
    """Excluded fields are not written."""
    import srsly

    data = TrainablePipe(vocab, Linear(2, 2).initialize(), "base").to_bytes(exclude=["vocab", "cfg"])
    assert list(srsly.msgpack_loads(data)) == ["model"]


def test_no_model_no_update(vocab: Vocab) -> None:
    """A component that has no model yet leaves the losses as they are."""
    assert TrainablePipe(vocab, None, "base").update([], losses={"x": 1.0}) == {"x": 1.0}  # type: ignore[arg-type]


def test_resize_hook(vocab: Vocab) -> None:
    """A model with a resize function can change its size."""
    model = Linear(2, 2)
    pipe = TrainablePipe(vocab, model, "base")
    assert not pipe.is_resizable
    seen: list[Any] = []
    model.attrs["resize_output"] = lambda model, nO: seen.append(nO)
    assert pipe.is_resizable
    pipe.set_output(7)
    assert seen == [7]


def test_distillable_by_override(vocab: Vocab) -> None:
    """A component is distillable when it defines how."""

    class Student(TrainablePipe):
        def get_teacher_student_loss(self, teacher_scores: Any, student_scores: Any) -> tuple[float, Any]:
            return 0.0, student_scores

    assert not TrainablePipe(vocab, Linear(2, 2), "base").is_distillable
    assert Student(vocab, Linear(2, 2), "base").is_distillable
