"""What components do with a transition system and a network: predict and train a batch; see csrc/machine.h."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.nn import Model
from tagma.nn.fusion.blocks import gradient_arrays
from tagma.pipeline.transitions._machine import Docs, Golds, Net, Starts, greedy, oracle_moves, train
from tagma.pipeline.transitions.system import Array, TransitionSystem
from tagma.threads import single_threaded_blas

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.ml.transition_model import ParserStep
    from tagma.tokens import Doc

__all__ = ["Parses", "cut_length", "follow_teacher", "learn", "parse", "unseen_right"]

# Share of the hidden layer that training leaves out wherever there is an upper layer, whatever the rate of the rest.
HIDDEN_DROPOUT = 0.1
WORDS_AT_ONCE = 20_000


@dataclass(slots=True)
class Parses:
    """Predictions for a batch of docs, flat over their tokens.

    lengths          int32 (n_docs,)
    heads, starts    of a parser: int32, tokens of their doc, -1 none; uint8, sentence starts that it made
    tags             of an entity recognizer: uint8, see `biluo`
    labels           int32, numbers of labels in the system
    sure             float32, where it was asked for: of each token for a parser, of each entity at its first token
    moves            of each doc int32 (n_moves,), where they were asked for, with their probabilities
    """

    lengths: Array
    labels: Array
    heads: Array | None = None
    starts: Array | None = None
    tags: Array | None = None
    sure: Array | None = None
    moves: list[Array] | None = None
    probabilities: list[Array] | None = None

    def __len__(self) -> int:
        return len(self.lengths)


def network_of(model: Model[Any, Any]) -> Net:
    """The weights over states of a parser's network."""
    lower, upper = model.get_ref("lower"), model.get_ref("upper")
    to_numpy = model.ops.to_numpy
    W, b, pad = (np.ascontiguousarray(to_numpy(lower.get_param(name)), dtype=np.float32) for name in ("W", "b", "pad"))
    upper_W = upper_b = unseen = None
    has_upper = bool(model.attrs["has_upper"])
    if has_upper:
        upper_W, upper_b = (
            np.ascontiguousarray(to_numpy(upper.get_param(name)), dtype=np.float32) for name in ("W", "b")
        )
    n_moves = W.shape[1] if upper_W is None else upper_W.shape[0]
    if classes := [i for i in model.attrs["unseen_classes"] if i < n_moves]:
        unseen = np.zeros(n_moves, dtype=np.uint8)
        unseen[classes] = 1
    return Net(W, b, pad[0], upper_W, upper_b, unseen, has_upper)


def vectors_of(step: ParserStep) -> Array:
    """Vectors of the tokens of a step, float32 (n_tokens, nI), on the CPU."""
    return np.ascontiguousarray(step.model.ops.to_numpy(step.tokvecs), dtype=np.float32)


def parse(
    moves: TransitionSystem,
    model: Model[Any, Any],
    docs: Sequence[Doc],
    *,
    want_p: bool = False,
    want_moves: bool = False,
    open_docs: bool = False,
) -> Parses:
    """Follow the best moves. Vectors are made for some 20,000 words at a time, so memory does not grow with the batch.

    open_docs    Take no account of what is known of the docs beforehand.
    Raises ValueError E4054 if scores are no numbers.
    """
    net = network_of(model)
    parts = []
    for part in _parts(docs):
        step = model.predict(part)
        known = Docs(lengths_of(part), None, None, None, None) if open_docs else moves.read_docs(part)
        with single_threaded_blas:
            found = greedy(moves.system, net, known, vectors_of(step), want_p, want_moves)
        parts.append(Parses(lengths=lengths_of(part), **found))
    return parts[0] if len(parts) == 1 else _joined(parts)


def lengths_of(docs: Sequence[Doc]) -> Array:
    return np.fromiter(map(len, docs), dtype=np.int32, count=len(docs))


def _parts(docs: Sequence[Doc]) -> Iterable[Sequence[Doc]]:
    """Consecutive docs of so many words, one at least."""
    begin = words = 0
    for i, doc in enumerate(docs):
        if i > begin and words + len(doc) > WORDS_AT_ONCE:
            yield docs[begin:i]
            begin, words = i, 0
        words += len(doc)
    yield docs[begin:]


def _joined(parts: Sequence[Parses]) -> Parses:
    def flat(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        if values[0] is None:
            return None
        return sum(values, []) if isinstance(values[0], list) else np.concatenate(values)

    return Parses(**{name: flat(name) for name in Parses.__slots__})


def cut_length(setting: int) -> int:
    """Length of sequences for one update, drawn from half the setting to twice of it; 0 for whole docs."""
    return int(random.uniform(setting // 2, setting * 2)) if setting >= 1 else 0


def learn(
    moves: TransitionSystem,
    model: Model[Any, Any],
    examples: Sequence[Example],
    cut: int,
) -> tuple[float, Any]:
    """Gradients of a batch: (loss, callback that runs the way back through tok2vec). (0.0, None) if nothing is known.

    cut    Docs of at least so many tokens start again every `cut` moves along their gold; sequences end after that.
    """
    predicted = [example.predicted for example in examples]
    docs = moves.read_docs(predicted)
    golds = moves.read_golds(examples, docs)
    long = lengths_of(predicted) >= cut if cut else np.zeros(len(predicted), dtype=bool)
    sequences: list[Array | None] = [None] * len(predicted)
    for i in np.flatnonzero(long).tolist():
        sequences[i] = oracle_moves(moves.system, golds, i)
    starts = Starts(moves.system, docs, golds, sequences, max(cut, 1))
    if not len(starts):
        return 0.0, None
    step, finish = model.begin_update(predicted)
    loss, right, d_vectors = _train(moves, model, step, starts, golds, cut)
    model.attrs["unseen_classes"] = unseen_right(model.attrs["unseen_classes"], right)
    return loss, lambda: finish(d_vectors)


def unseen_right(unseen: Iterable[int], right: Array) -> set[int]:
    """Classes that were never right in training, less those that were now."""
    return {i for i in unseen if i >= len(right) or not right[i]}


def follow_teacher(
    moves: TransitionSystem,
    model: Model[Any, Any],
    docs: Sequence[Doc],
    teacher: Model[Any, Any],
    teacher_docs: Sequence[Doc],
    cut: int | None,
) -> tuple[float, Any]:
    """As `learn`, from the scores of another network for the same tokens.

    cut    Compare probabilities; docs of at least so many tokens start again every `cut` moves along the teacher's own.
           None: compare scores, from the beginning of each doc.
    """
    sequences: list[Array | None] = [None] * len(docs)
    if cut is not None:
        long = lengths_of(docs) >= cut
        led = parse(moves, teacher, teacher_docs, want_moves=True).moves or []
        sequences = [led[i] if long[i] else None for i in range(len(docs))]
    starts = Starts(moves.system, moves.read_docs(docs), None, sequences, max(cut or 0, 1))
    if not len(starts):
        return 0.0, None
    step, finish = model.begin_update(docs)
    other = network_of(teacher), vectors_of(teacher.predict(teacher_docs))
    loss, _, d_vectors = _train(moves, model, step, starts, None, cut or 0, other, rehearse=cut is None)
    return loss, lambda: finish(d_vectors)


def _train(
    moves: TransitionSystem,
    model: Model[Any, Any],
    step: ParserStep,
    starts: Starts,
    golds: Golds | None,
    cut: int,
    teacher: tuple[Net, Array] | None = None,
    rehearse: bool = False,
) -> tuple[float, Array, Any]:
    net, X = network_of(model), vectors_of(step)
    lower, upper = model.get_ref("lower"), model.get_ref("upper")
    has_upper = bool(model.attrs["has_upper"])
    dX = np.zeros(X.shape, dtype=np.float32)
    params = [(lower, "W"), (lower, "b"), (lower, "pad")] + ([(upper, "W"), (upper, "b")] if has_upper else [])
    seed = int(np.random.randint(0, 2**62))
    other = teacher or (None, None)
    with gradient_arrays(*params) as arrays:
        grads = tuple(arrays) if has_upper else (*arrays, None, None)
        grads = (grads[0], grads[1], grads[2][0], *grads[3:])
        drop = 0.0 if rehearse else HIDDEN_DROPOUT
        with single_threaded_blas:
            loss, n_scored, right = train(
                moves.system, net, starts, golds, X, dX, grads, cut + 1 if cut else 0, drop, seed, *other, rehearse
            )
    if rehearse:
        loss /= net_size(model)
    return loss, right, model.ops.asarray(dX)


def net_size(model: Model[Any, Any]) -> int:
    """Number of classes of a parser's network."""
    part = "upper" if model.attrs["has_upper"] else "lower"
    return int(model.get_ref(part).get_dim("nO"))
