"""Transition-based parsers: scores for the actions that build a parse or find entities, from a few tokens of the state.

docs ── tok2vec ── Linear ──▶ (n_tokens, hidden_width) ── lower, upper ──▶ (n_states, nO)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tagma.errors import Errors
from tagma.ml.precomputable_affine import PrecomputableAffine
from tagma.ml.transition_model import ParserStep, TransitionModel
from tagma.nn import Linear, Model, chain, list2array, use_ops, zero_init
from tagma.nn.layers.resizable import resize_linear_weighted
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["build_tb_parser_model", "resize_output"]

StateType: TypeAlias = Literal["parser", "ner"]

# Tokens that describe a state, without and with the extra ones.
N_FEATURES: dict[str, tuple[int, int]] = {"parser": (8, 13), "ner": (3, 6)}
UPPER, LOWER = 2, 1  # places among the root's layers


@registry.architectures("spacy.TransitionBasedParser.v2")
def build_tb_parser_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    state_type: StateType,
    extra_state_tokens: bool,
    hidden_width: int,
    maxout_pieces: int,
    use_upper: bool,
    nO: int | None = None,
) -> Model[list[Doc], ParserStep]:
    """Score the actions of a parser or an entity recognizer.

    tok2vec               Any embedding network.
    state_type            "parser" or "ner": which tokens describe a state.
    extra_state_tokens    Describe a state by more of them: 13 instead of 8, for "ner" 6 instead of 3.
    hidden_width          Width of the token vectors here, and of the hidden layer.
    maxout_pieces         Pieces of each output of the hidden layer, of which the largest counts.
    use_upper             Put a linear layer on the hidden layer. Without it that layer has nO outputs, the scores:
                          faster, slightly less accurate.
    nO                    Number of actions; taken from the data if None.
    Refs: "tok2vec" (with the linear layer), "lower", "upper". Raises ValueError E917 for another state_type.
    """
    return _build(tok2vec, state_type, extra_state_tokens, hidden_width, maxout_pieces, use_upper, nO, resize_output)


@registry.architectures("spacy-legacy.TransitionBasedParser.v1")
def build_tb_parser_model_v1(
    tok2vec: Model[list[Doc], list[Floats2d]],
    state_type: StateType,
    extra_state_tokens: bool,
    hidden_width: int,
    maxout_pieces: int,
    use_upper: bool = True,
    nO: int | None = None,
) -> Model[list[Doc], ParserStep]:
    """As version 2, but without an upper layer the number of actions is set once and for all."""
    return _build(tok2vec, state_type, extra_state_tokens, hidden_width, maxout_pieces, use_upper, nO, resize_output_v1)


def _build(
    tok2vec: Model[list[Doc], list[Floats2d]],
    state_type: str,
    extra_state_tokens: bool,
    hidden_width: int,
    maxout_pieces: int,
    use_upper: bool,
    nO: int | None,
    resize: Callable[[Any, int], Any],
) -> Model[list[Doc], ParserStep]:
    if state_type not in N_FEATURES:
        raise ValueError(Errors.E917.format(value=state_type))
    n_features = N_FEATURES[state_type][bool(extra_state_tokens)]
    vectors = chain(tok2vec, list2array(), Linear(hidden_width, tok2vec.maybe_get_dim("nO")))
    lower = PrecomputableAffine(hidden_width if use_upper else nO, hidden_width, n_features, maxout_pieces)
    upper = None
    if use_upper:
        with use_ops("cpu"):  # a small product for each step, between which the state goes on
            # Zero weights: all actions start equally likely.
            upper = Linear(nO, init_W=zero_init)
    return TransitionModel(vectors, lower, upper, resize)


def resize_output(model: Model[Any, Any], new_nO: int) -> Model[Any, Any]:
    """Make room for `new_nO` actions, in place: what was learnt stays, new ones start at zero and as unseen.

    Raises ValueError E4087 for fewer actions than there are.
    """
    name, place, resize = (
        ("upper", UPPER, resize_linear_weighted) if model.attrs["has_upper"] else ("lower", LOWER, _widen_lower)
    )
    layer = model.get_ref(name)
    nO = layer.maybe_get_dim("nO")
    if nO is None:
        layer.set_dim("nO", new_nO)
    elif new_nO < nO:
        raise ValueError(Errors.E4087.format(nO=nO, new_nO=new_nO))
    elif new_nO > nO:
        if layer.has_param("W"):
            model.attrs["unseen_classes"].update(range(nO, new_nO))
        model.layers[place] = resize(layer, new_nO)
        model.set_ref(name, model.layers[place])
    return model


def resize_output_v1(model: Model[Any, Any], new_nO: int) -> Model[Any, Any]:
    """As `resize_output`. Raises ValueError E4086 if there is no upper layer and the lower one has another width."""
    nO = model.get_ref("lower").maybe_get_dim("nO")
    if not model.attrs["has_upper"] and nO not in (None, new_nO):
        raise ValueError(Errors.E4086.format(nO=nO, new_nO=new_nO))
    return resize_output(model, new_nO)


def _widen_lower(layer: Model[Any, Any], new_nO: int) -> Model[Any, Any]:
    """A PrecomputableAffine with `new_nO` outputs: the first are those of `layer`, the others zero."""
    nI, nF, nP = layer.maybe_get_dim("nI"), layer.get_dim("nF"), layer.get_dim("nP")
    wider = PrecomputableAffine(new_nO, nI, nF, nP, layer.attrs["dropout_rate"])
    if layer.has_param("W"):
        for name, axis in (("W", 1), ("b", 0), ("pad", 2)):
            old: Any = layer.get_param(name)
            widths = [(0, 0)] * old.ndim
            widths[axis] = (0, new_nO - old.shape[axis])
            wider.set_param(name, layer.ops.xp.pad(old, widths))
    return wider
