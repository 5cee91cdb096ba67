"""What components do with a transition system and a network: predict and train a batch; see csrc/machine.h."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tagma.nn import Model
from tagma.nn.fusion.kept import Kept, Recipe
from tagma.nn.gradients import gradient_arrays
from tagma.pipeline.transitions._machine import Docs, Golds, Net, Starts, greedy, oracle_moves, search, train
from tagma.pipeline.transitions.system import Array, TransitionSystem
from tagma.threads import single_threaded_blas

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.ml.transition_model import ParserStep
    from tagma.tokens import Doc

__all__ = [
    "Beams",
    "Parses",
    "cut_length",
    "follow_teacher",
    "learn",
    "loss_along",
    "parse",
    "parts_of",
    "search_beams",
]

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


@dataclass(slots=True)
class Beams:
    """Analyses of a batch of docs, the best first; see `Parses`.

    sizes       int32 (n_docs,): number of analyses
    scores      float32 (n_docs, width): sums of the scores of their moves
    labels, heads, starts, tags
                as in `Parses`, with a first axis of width
    moves, probabilities
                as in `Parses`, of the best analyses
    """

    lengths: Array
    sizes: Array
    scores: Array
    labels: Array
    heads: Array | None = None
    starts: Array | None = None
    tags: Array | None = None
    moves: list[Array] | None = None
    probabilities: list[Array] | None = None

    def __len__(self) -> int:
        return len(self.lengths)

    def shares(self, doc: int) -> Array:
        """Probabilities of the analyses of a doc among each other: float64 (n_analyses,)."""
        scores = self.scores[doc, : self.sizes[doc]].astype(np.float64)
        exps = np.exp(scores - scores[0])
        return np.asarray(exps / exps.sum())

    def best(self) -> Parses:
        """The best analysis of each doc."""
        others = {name: getattr(self, name) for name in ("heads", "starts", "tags")}
        first = {name: array[0] for name, array in others.items() if array is not None}
        return Parses(self.lengths, self.labels[0], **first, moves=self.moves, probabilities=self.probabilities)


ResultT = TypeVar("ResultT", Parses, Beams)


def network_of(model: Model[Any, Any], relu: bool = True) -> Net:
    """The weights over states of a parser's network.

    relu    With one piece, and a layer above, whether the hidden layer is cut at zero, as in training.
    """
    return _make_net(model, [_as_float32(model, node.get_param(name)) for node, name in _parameters(model)], relu)


def kept_network(model: Model[Any, Any], relu: bool = True) -> Net:
    """The same for prediction, kept for the next call where that can be."""
    kept = _nets[relu].get(model, _recipes[relu])
    return network_of(model, relu) if kept is None else kept


def _recipe(model: Model[Any, Any], relu: bool) -> Recipe[Net]:
    nodes = [model.get_ref("lower"), model.get_ref("upper")]
    return Recipe(nodes, _parameters(model), lambda arrays: _make_net(model, arrays, relu))


_nets: dict[bool, Kept[Net]] = {relu: Kept() for relu in (False, True)}
_recipes = {relu: partial(_recipe, relu=relu) for relu in (False, True)}


def _parameters(model: Model[Any, Any]) -> list[tuple[Model[Any, Any], str]]:
    lower, upper = model.get_ref("lower"), model.get_ref("upper")
    of_upper = [(upper, "W"), (upper, "b")] if model.attrs["has_upper"] else []
    return [(lower, "W"), (lower, "b"), (lower, "pad"), *of_upper]


def _as_float32(model: Model[Any, Any], array: Any) -> Array:
    return np.ascontiguousarray(model.ops.to_numpy(array), dtype=np.float32)


def _make_net(model: Model[Any, Any], arrays: Sequence[Array], relu: bool) -> Net:
    W, b, pad, *of_upper = arrays
    upper_W, upper_b = of_upper or (None, None)
    n_moves = W.shape[1] if upper_W is None else upper_W.shape[0]
    unseen = None
    if classes := [i for i in model.attrs["unseen_classes"] if i < n_moves]:
        unseen = np.zeros(n_moves, dtype=np.uint8)
        unseen[classes] = 1
    return Net(W, b, pad[0], upper_W, upper_b, unseen, upper_W is not None and relu)


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
    relu: bool = True,
) -> Parses:
    """Follow the best moves. Vectors are made for some 20,000 words at a time, so memory does not grow with the batch.

    open_docs    Take no account of what is known of the docs beforehand.
    relu         See `network_of`.
    Raises ValueError E4054 if scores are no numbers.
    """
    net = kept_network(model, relu)
    parts = []
    for part, X in _vectors(model, docs):
        known = Docs(lengths_of(part), None, None, None, None) if open_docs else moves.read_docs(part)
        with single_threaded_blas:
            found = greedy(moves.system, net, known, X, want_p, want_moves)
        parts.append(Parses(lengths=lengths_of(part), **found))
    return _joined(parts)


def search_beams(
    moves: TransitionSystem,
    model: Model[Any, Any],
    docs: Sequence[Doc],
    width: int,
    density: float,
    *,
    want_moves: bool = False,
) -> Beams:
    """Follow several analyses at once. Raises ValueError E4054 if scores are no numbers."""
    net = kept_network(model)
    parts = []
    for part, X in _vectors(model, docs):
        known = moves.read_docs(part)
        with single_threaded_blas:
            found = search(moves.system, net, known, X, width, density, want_moves)
        parts.append(Beams(lengths=lengths_of(part), **found))
    return _joined(parts)


def parts_of(lengths: Iterable[int]) -> Iterator[slice]:
    """The part of each doc in an array over all tokens."""
    begin = 0
    for n in lengths:
        yield slice(begin, begin + int(n))
        begin += int(n)


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


def _vectors(model: Model[Any, Any], docs: Sequence[Doc]) -> Iterator[tuple[Sequence[Doc], Array]]:
    """Parts of a batch with the vectors of their tokens."""
    for part in _parts(docs):
        yield part, vectors_of(model.predict(part))


def _joined(parts: Sequence[ResultT]) -> ResultT:
    """One result of those of consecutive docs."""
    if len(parts) == 1:
        return parts[0]

    def flat(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        if values[0] is None:
            return None
        if isinstance(values[0], list):
            return list(chain(*values))
        of_tokens = values[0].ndim == 2 and name != "scores"  # whose first axis is that of the analyses
        return np.concatenate(values, axis=1 if of_tokens else 0)

    return type(parts[0])(**{field.name: flat(field.name) for field in fields(parts[0])})


def cut_length(setting: int) -> int:
    """Length of sequences for one update, drawn from half the setting to twice of it; 0 for whole docs."""
    return int(random.uniform(setting // 2, setting * 2)) if setting >= 1 else 0


def learn(
    moves: TransitionSystem,
    model: Model[Any, Any],
    examples: Sequence[Example],
    cut: int,
    beam: tuple[int, float] = (0, 0.0),
) -> tuple[float, Any]:
    """Gradients of a batch: (loss, callback that runs the way back through tok2vec). (0.0, None) if nothing is known.

    cut     Docs of at least so many tokens start again every `cut` moves along their gold; sequences end after that.
    beam    Width and density, to search whole docs by beams instead; then there is no cutting.
    """
    predicted = [example.predicted for example in examples]
    docs = moves.read_docs(predicted)
    golds = moves.read_golds(examples, docs)
    long = lengths_of(predicted) >= cut if cut and not beam[0] else np.zeros(len(predicted), dtype=bool)
    sequences: list[Array | None] = [None] * len(predicted)
    for i in np.flatnonzero(long).tolist():
        sequences[i] = oracle_moves(moves.system, golds, i)
    starts = Starts(moves.system, docs, golds, sequences, max(cut, 1))
    if not len(starts):
        return 0.0, None
    step, finish = model.begin_update(predicted)
    loss, right, d_vectors = _train(moves, model, step, starts, golds, cut, beam=beam)
    model.attrs["unseen_classes"] = unseen_right(model.attrs["unseen_classes"], right)
    return loss, lambda: finish(d_vectors)


def loss_along(
    moves: TransitionSystem, model: Model[Any, Any], examples: Sequence[Example], sequences: Sequence[Array]
) -> tuple[float, list[Array]]:
    """Loss of the states that given moves come to, and for each doc the gradient of their scores, float32 (n_moves,
    n_classes).

    As in training: the probabilities less those of the gold moves among each other; the loss is the sum of squares.
    Docs of which nothing is known have zeros.
    """
    step = model.predict([example.predicted for example in examples])
    gradients, first = [], 0
    for example, sequence in zip(examples, sequences, strict=True):
        gradient = np.zeros((len(sequence), moves.n_moves), dtype=np.float32)
        if len(sequence) and moves.has_gold(example):
            ids, costs = _states_along(moves, example, sequence, model.get_ref("lower").get_dim("nF"))
            scores = model.ops.to_numpy(step.predict(np.where(ids < 0, -1, ids + first)))
            best = np.minimum(costs.min(axis=1, keepdims=True), 1)
            right = model.ops.softmax(np.where(costs <= best, scores, -np.inf))
            gradient = (model.ops.softmax(scores) - right).astype(np.float32)
        gradients.append(gradient)
        first += len(example.predicted)
    return sum(float((gradient**2).sum()) for gradient in gradients), gradients


def _states_along(moves: TransitionSystem, example: Example, sequence: Array, n: int) -> tuple[Array, Array]:
    """Features of the states before each move, int32 (n_moves, n), and the costs of all moves there."""
    state, gold = moves.init_state(example.predicted), moves.gold(example)
    ids, costs = [], []
    for move in sequence.tolist():
        ids.append(state.features(n))
        costs.append(moves.costs(state, gold))
        state = moves.apply(state, move)
    return np.array(ids, dtype=np.int32), np.array(costs, dtype=np.float32)


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
    """As `learn`, from the probabilities of another network for the same tokens.

    cut    Docs of at least so many tokens start again every `cut` moves along the teacher's own. None: the teacher is a
           former self, and whole docs are rehearsed; see `Parser.rehearse`.
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
    beam: tuple[int, float] = (0, 0.0),
) -> tuple[float, Array, Any]:
    net, X = network_of(model), vectors_of(step)
    dX = np.zeros(X.shape, dtype=np.float32)
    seed = int(np.random.randint(0, 2**62))
    other: tuple[Net | None, Array | None] = teacher or (None, None)
    with gradient_arrays(*_parameters(model)) as arrays:
        W, b, pad, *of_upper = arrays
        grads = (W, b, pad[0], *(of_upper or (None, None)))
        drop = 0.0 if rehearse else HIDDEN_DROPOUT
        with single_threaded_blas:
            steps = cut + 1 if cut else 0
            loss, _, right = train(
                moves.system, net, starts, golds, X, dX, grads, steps, drop, seed, other[0], other[1], rehearse, *beam
            )
    return loss, right, model.ops.asarray(dX)
