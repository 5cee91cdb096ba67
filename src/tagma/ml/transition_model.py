"""TransitionModel: scores for the actions of a transition system, from the vectors of the tokens of a state.

    docs ── tok2vec ──▶ (n_tokens, nI) ── lower, for each state ──▶ (n_states, nO, nP) ── maxout, upper ──▶ scores

Which states there are depends on the scores, so `model(docs, is_train)` runs tok2vec alone and returns a `ParserStep`,
which scores states, with a callback that takes the gradient of the token vectors. Parsers score and learn in compiled
loops, which read the parameters of `lower` and `upper`; what is here says what they compute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.ml.precomputable_affine import forward as affine_forward
from tagma.nn import Model, noop
from tagma.nn.layers.linear import forward as linear_forward
from tagma.nn.layers.noop import forward as noop_forward
from tagma.nn.types import Floats2d, Ints1d, Ints2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["ParserStep", "TransitionModel"]

TransitionNetwork = Model["list[Doc]", "ParserStep"]


class ParserStep:
    """Token vectors of a batch of docs, and the layers that score states over them.

    model       The root, with the refs "tok2vec", "lower" and "upper".
    tokvecs     float32 (n_tokens, nI), C-contiguous: the vectors of all docs, end to end.
    lengths     int32 (n_docs,): tokens of each doc.
    is_train    Whether the vectors were made for training.
    """

    __slots__ = ("_by_token", "is_train", "lengths", "model", "tokvecs")

    def __init__(self, model: TransitionNetwork, tokvecs: Floats2d, lengths: Ints1d, is_train: bool) -> None:
        self.model: TransitionNetwork = model
        self.tokvecs: Floats2d = tokvecs
        self.lengths: Ints1d = lengths
        self.is_train: bool = is_train
        self._by_token: Any = None

    def predict(self, ids: Ints2d) -> Floats2d:
        """Scores float32 (n_states, n_classes) of states given by their tokens.

        ids    int (n_states, nF): rows of `tokvecs`, -1 where the state has no such token.

        One piece: the positive part before an upper layer, as it is without one. Classes of which no example was seen
        get the lowest score of their state.
        """
        ops, lower, upper = self.model.ops, self.model.get_ref("lower"), self.model.get_ref("upper")
        if self._by_token is None:
            self._by_token = lower.predict(self.tokvecs)
        places = ops.xp.arange(self._by_token.shape[1])
        hidden = self._by_token[ops.asarray(ids) + 1, places].sum(axis=1) + lower.get_param("b")
        if hidden.shape[2] > 1:
            vectors = ops.maxout(hidden)[0]
        else:
            vectors = hidden[:, :, 0]
            if self.model.attrs["has_upper"]:
                vectors = ops.xp.maximum(vectors, 0)
        scores: Floats2d = upper.predict(vectors)
        if unseen := sorted(self.model.attrs["unseen_classes"]):
            scores[:, unseen] = scores.min(axis=1, keepdims=True)
        return scores


@registry.layers("spacy.TransitionModel.v1")
def TransitionModel(
    tok2vec: Model[list[Doc], Floats2d],
    lower: Model[Any, Any],
    upper: Model[Any, Any] | None,
    resize_output: Callable[[Any, int], Any],
    dropout: float = 0.2,
    unseen_classes: Iterable[int] = (),
) -> TransitionNetwork:
    """The network of a transition-based parser.

    tok2vec           Docs to the vectors of all tokens, end to end.
    lower             A PrecomputableAffine.
    upper             A Linear layer, or None: the hidden layer has a column for each class.
    resize_output     (model, number of classes): what makes room for more.
    dropout           Has no effect; components give their rate when they update.
    unseen_classes    Classes of which no example was seen yet.
    Refs: "tok2vec", "lower", "upper" (a noop without an upper layer).
    """
    last = noop() if upper is None else upper
    # No nO: it is that of a child that may be exchanged for a wider one.
    return Model(
        "parser_model",
        forward,
        init=init,
        dims={"nI": tok2vec.maybe_get_dim("nI")},
        layers=[tok2vec, lower, last],
        refs={"tok2vec": tok2vec, "lower": lower, "upper": last},
        attrs={
            "has_upper": upper is not None,
            "unseen_classes": set(unseen_classes),
            "resize_output": resize_output,
        },
    )


def forward(
    model: TransitionNetwork, docs: Sequence[Doc], is_train: bool
) -> tuple[ParserStep, Callable[[Floats2d], Any]]:
    """The vectors of the docs' tokens, to score states by; backprop takes their gradient, float32 (n_tokens, nI).

    Raises ValueError E4085 if the layers are not those that parsers read.
    """
    _check_layers(model)
    ops = model.ops
    lengths = ops.asarray1i([len(doc) for doc in docs])
    if not docs:  # whose vectors would have no width
        return ParserStep(model, ops.alloc2f(0, model.get_ref("lower").get_dim("nI")), lengths, is_train), _no_gradient
    tokvecs, backprop = model.get_ref("tok2vec")(docs, is_train)
    return ParserStep(model, ops.as_contig(tokvecs), lengths, is_train), backprop


def _no_gradient(d_tokvecs: Floats2d) -> list[Any]:
    return []


def _check_layers(model: TransitionNetwork) -> None:
    lower, upper = model.get_ref("lower"), model.get_ref("upper")
    if lower._func is not affine_forward:
        raise ValueError(
            Errors.E4085.format(
                part="lower", expected="precomputable_affine", name=lower.name, way="spacy.PrecomputableAffine.v1"
            )
        )
    kind = ("linear", linear_forward, "Linear.v1") if model.attrs["has_upper"] else ("noop", noop_forward, "noop.v1")
    if upper._func is not kind[1]:
        raise ValueError(Errors.E4085.format(part="upper", expected=kind[0], name=upper.name, way=kind[2]))


def init(model: TransitionNetwork, X: Any = None, Y: Any = None) -> None:
    """tok2vec with the docs X, then the others by its width. Raises ValueError if there is no number of classes."""
    model.get_ref("tok2vec").initialize(X=X)
    lower = model.get_ref("lower")
    lower.initialize()
    if model.attrs["has_upper"]:
        model.get_ref("upper").initialize(X=model.ops.alloc2f(2, lower.get_dim("nO")))
