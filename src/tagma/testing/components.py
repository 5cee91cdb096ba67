"""Checks that every trainable component passes; `check_component` runs them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.gold.example import Example
from tagma.nn import Adam, fix_random_seed
from tagma.tokens import Doc

if TYPE_CHECKING:
    from tagma.pipeline import TrainablePipe
    from tagma.vocab import Vocab

Make = Callable[["Vocab"], "TrainablePipe"]


def check_component(
    make: Make, examples: Sequence[Example], *, steps: int = 60, learn_rate: float = 0.02, attrs: Sequence[str] = ()
) -> None:
    """Run all checks.

    make        Makes the component, not initialized, for a vocabulary.
    examples    A few sentences with gold annotation, which the component must be able to learn by heart.
    attrs       The attributes of tokens that it writes, such as "TAG"; compared after saving and loading.
    """
    check_deterministic(make, examples)
    pipe = initialized(make, examples)
    check_empty_docs(pipe, examples)
    check_predict_leaves_docs(pipe, examples)
    check_missing_annotation(pipe, examples)
    check_learns(pipe, examples, steps, learn_rate)
    check_round_trip(make, pipe, examples, attrs)
    check_unknown_label(pipe)


def initialized(make: Make, examples: Sequence[Example], seed: int = 0) -> TrainablePipe:
    """The component, initialized with the examples and this seed."""
    fix_random_seed(seed)
    pipe = make(examples[0].reference.vocab)
    pipe.initialize(lambda: list(examples))
    return pipe


def check_learns(pipe: TrainablePipe, examples: Sequence[Example], steps: int = 60, learn_rate: float = 0.02) -> None:
    """A few sentences are learned by heart: the loss falls to a tenth."""
    sgd = Adam(learn_rate)
    history = [pipe.update(fresh(examples), sgd=sgd)[pipe.name] for _ in range(steps)]
    _require(history[-1] < history[0] / 10, f"the loss of {pipe.name} fell from {history[0]} to {history[-1]} only")


def check_empty_docs(pipe: TrainablePipe, examples: Sequence[Example]) -> None:
    """Docs without tokens, alone and among others, are predicted, annotated and trained on."""
    vocab = examples[0].reference.vocab
    empty = Doc(vocab)
    for docs in ([], [empty], [empty, fresh(examples)[0].predicted, Doc(vocab)]):
        _require(len(list(pipe.pipe(docs))) == len(docs), f"{pipe.name} lost docs of a batch with empty ones")
    losses = pipe.update([Example(Doc(vocab), Doc(vocab))])
    _require(losses == {pipe.name: 0.0}, f"{pipe.name} gave {losses} for an empty example")


def check_predict_leaves_docs(pipe: TrainablePipe, examples: Sequence[Example]) -> None:
    """`predict` changes nothing in the docs."""
    docs = [example.predicted for example in fresh(examples)]
    before = [doc.to_bytes() for doc in docs]
    pipe.predict(docs)
    _require([doc.to_bytes() for doc in docs] == before, f"predict of {pipe.name} changed docs")


def check_missing_annotation(pipe: TrainablePipe, examples: Sequence[Example]) -> None:
    """Without gold annotation the loss and all gradients are zero."""
    bare = [Example(_words_only(eg.predicted), _words_only(eg.predicted)) for eg in examples]
    scores, _ = pipe.model.begin_update([eg.predicted for eg in bare])
    loss, d_scores = pipe.get_loss(bare, scores)
    _require(float(loss) == 0.0, f"the loss of {pipe.name} without annotation is {loss}")
    _require(not any(np.asarray(d).any() for d in d_scores), f"{pipe.name} gives a gradient without annotation")


def check_round_trip(make: Make, pipe: TrainablePipe, examples: Sequence[Example], attrs: Sequence[str] = ()) -> None:
    """Bytes and files bring back a component that annotates the same, and writes the same bytes."""
    vocab = examples[0].reference.vocab
    expected = _annotate(pipe, examples, attrs)
    data = pipe.to_bytes()
    from_bytes = make(vocab).from_bytes(data)
    _require(from_bytes.to_bytes() == data, f"{pipe.name}: to_bytes differs after from_bytes")
    _require(_annotate(from_bytes, examples, attrs) == expected, f"{pipe.name} annotates otherwise after from_bytes")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "component"
        pipe.to_disk(path)
        from_disk = make(vocab).from_disk(path)
    _require(_annotate(from_disk, examples, attrs) == expected, f"{pipe.name} annotates otherwise after from_disk")


def check_deterministic(make: Make, examples: Sequence[Example]) -> None:
    """Two components from one seed have the same parameters before and after training."""
    pipes = []
    for _ in range(2):
        pipe = initialized(make, examples, seed=1)
        sgd = Adam(0.01)
        for _ in range(3):
            pipe.update(fresh(examples), sgd=sgd, drop=0.2)
        pipes.append(pipe)
    one, two = (pipe.to_bytes(exclude=["vocab"]) for pipe in pipes)
    _require(one == two, f"{pipes[0].name}: the same seed gave different components")


def check_unknown_label(pipe: TrainablePipe) -> None:
    """A model that has its size refuses another label, and nothing but strings are labels."""
    if pipe.is_resizable or pipe.hide_labels or not pipe.labels:
        return
    for label in ("CHECK=unknown", 3):
        try:
            pipe.add_label(label)  # type: ignore[arg-type]  # on purpose
        except (ValueError, NotImplementedError):  # no room, or labels come from initialization alone
            continue
        raise AssertionError(f"{pipe.name} took the label {label!r}, which its model has no room for")


def fresh(examples: Sequence[Example]) -> list[Example]:
    """The examples with predicted docs that have words alone."""
    return [Example(_words_only(example.predicted), example.reference) for example in examples]


def _words_only(doc: Doc) -> Doc:
    return Doc(doc.vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc])


def _annotate(pipe: TrainablePipe, examples: Sequence[Example], attrs: Sequence[str]) -> list[Any]:
    docs = list(pipe.pipe([example.predicted for example in fresh(examples)]))
    return [doc.to_array(list(attrs)).tolist() for doc in docs] if attrs else [doc.to_bytes() for doc in docs]


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)
