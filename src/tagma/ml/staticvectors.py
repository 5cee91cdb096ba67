"""StaticVectors: word vectors from the vocabulary's table, brought to the network's width by a learned projection.

    Y = V[rows] · Wᵀ      V float32 (n_vectors, nM), not trained   W float32 (nO, nM)   Y Ragged, data float32 (n, nO)

A token without a vector gives a row of zeros.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.nn import Model, glorot_uniform_init
from tagma.nn.types import Ragged
from tagma.registries import registry
from tagma.symbols import ORTH
from tagma.tokens.columns import gather
from tagma.vectors import Mode

if TYPE_CHECKING:
    from tagma.tokens import Doc

# (docs, the layer's key_attr) to one vector per token, float32 (n_tokens, nM), and the docs' lengths.
Lookup = Callable[[Any, Sequence[Any], str], tuple[Any, Any]]


@registry.layers("spacy.StaticVectors.v2")
def StaticVectors(
    nO: int | None = None,
    nM: int | None = None,
    *,
    dropout: float | None = None,
    init_W: Callable[..., Any] = glorot_uniform_init,
    key_attr: str = "ORTH",
) -> Model[list[Doc], Ragged]:
    """Embed tokens by the vectors of their vocabulary.

    nO, nM      Widths of the output and of the vectors; None takes them from the network and from the table.
    dropout     Rate of a mask over the nO columns, one for the whole batch, when training.
    key_attr    Has no effect in this version, the vectors table knows its own attribute (W125 if not "ORTH").
    """
    if key_attr != "ORTH":
        warnings.warn(Warnings.W125, DeprecationWarning, stacklevel=2)
    return _static_vectors(lookup_vectors, nO, nM, dropout, init_W, key_attr)


registry.architectures.register("spacy.StaticVectors.v2", func=StaticVectors)


@registry.layers("spacy-legacy.StaticVectors.v1")
def StaticVectors_v1(
    nO: int | None = None,
    nM: int | None = None,
    *,
    dropout: float | None = None,
    init_W: Callable[..., Any] = glorot_uniform_init,
    key_attr: str = "ORTH",
) -> Model[list[Doc], Ragged]:
    """As `StaticVectors`, but looked up by `key_attr`, and unknown tokens get the last vector of the table."""
    return _static_vectors(lookup_vectors_v1, nO, nM, dropout, init_W, key_attr)


def _static_vectors(
    lookup: Lookup, nO: int | None, nM: int | None, dropout: float | None, init_W: Callable[..., Any], key_attr: str
) -> Model[list[Doc], Ragged]:
    return Model(
        "static_vectors",
        partial(forward, lookup),
        init=partial(init, init_W),
        dims={"nO": nO, "nM": nM},
        params={"W": None},
        attrs={"key_attr": key_attr, "dropout_rate": dropout},
    )


def forward(
    lookup: Lookup, model: Model[list[Doc], Ragged], docs: Sequence[Any], is_train: bool
) -> tuple[Ragged, Callable[[Ragged], list[Any]]]:
    """Docs (or spans) to a Ragged. Raises RuntimeError E896 if the table's width is not W's, or it is empty."""
    ops, nO = model.ops, model.get_dim("nO")
    if not sum(map(len, docs)):
        return Ragged(ops.alloc2f(0, nO), ops.alloc1i(len(docs))), lambda dY: []
    W = model.get_param("W")
    V, lengths = lookup(ops, docs, model.attrs["key_attr"])
    if V.shape[1] != W.shape[1]:
        raise RuntimeError(Errors.E896.format(width=V.shape[1], expected=W.shape[1]))
    Y = ops.gemm(V, W, trans2=True)
    rate = model.attrs.get("dropout_rate") if is_train else None
    mask = ops.get_dropout_mask((nO,), rate) if rate else None
    if mask is not None:
        Y *= mask

    def backprop(dY: Ragged) -> list[Any]:
        d_rows = dY.data if mask is None else dY.data * mask
        model.inc_grad("W", ops.gemm(ops.as_contig(d_rows), V, trans1=True))
        return []

    return Ragged(Y, ops.asarray1i(lengths)), backprop


def init(init_W: Callable[..., Any], model: Model[list[Doc], Ragged], X: Any = None, Y: Any = None) -> None:
    """Take missing widths from X's vocabulary and from Y. Raises ValueError: E905 without nM, E904 without nO."""
    if X and model.has_dim("nM") is None:
        width = X[0].vocab.vectors.shape[1]
        if width:
            model.set_dim("nM", width)
    if Y is not None and model.has_dim("nO") is None:
        model.set_dim("nO", Y.data.shape[1])
    if model.has_dim("nM") is None:
        raise ValueError(Errors.E905)
    if model.has_dim("nO") is None:
        raise ValueError(Errors.E904)
    model.set_param("W", init_W(model.ops, (model.get_dim("nO"), model.get_dim("nM"))))


def lookup_vectors(ops: Any, docs: Sequence[Any], key_attr: str) -> tuple[Any, Any]:
    """Vectors by the table's own attribute, zeros where it has none."""
    table = docs[0].vocab.vectors
    keys, lengths = gather(docs, [getattr(table, "attr", ORTH)])
    if not table.size:
        raise RuntimeError(Errors.E896.format(width=0, expected="a filled table"))
    if getattr(table, "mode", None) != Mode.default:  # pieces of words, or the table of a user
        return ops.as_contig(ops.asarray(table.get_batch(keys[:, 0]))), lengths
    rows = table.find(keys=keys[:, 0])
    V = ops.asarray(table.data[rows])
    V[rows < 0] = 0
    return ops.as_contig(V), lengths


def lookup_vectors_v1(ops: Any, docs: Sequence[Any], key_attr: str) -> tuple[Any, Any]:
    """Vectors by `key_attr`; row -1, the table's last, where it has none."""
    table = docs[0].vocab.vectors
    keys, lengths = gather(docs, [key_attr])
    if not table.size:
        raise RuntimeError(Errors.E896.format(width=0, expected="a filled table"))
    return ops.as_contig(ops.asarray(table.get_batch(keys[:, 0]))), lengths
