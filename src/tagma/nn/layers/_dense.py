"""What the dense layers share: parameters W (nO, nI) and b (nO,), their initialization and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ..initializers import Initializer, partial, zero_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._init import make_param, take_width

Dense = Model[Floats2d, Floats2d]
DenseForward = Callable[..., tuple[Floats2d, Backprop]]


def make_dense(
    name: str,
    forward: DenseForward,
    nO: int | None,
    nI: int | None,
    init_W: Initializer,
    init_b: Initializer | None,
    *,
    dropout: float | None = None,
    normalize: bool = False,
    attrs: dict[str, Any] | None = None,
) -> Dense:
    """A dense node, with LayerNorm and Dropout chained behind it if asked for."""
    model = dense_node(name, forward, nO, nI, partial(init_dense, init_W, init_b or zero_init), attrs)
    return wrap_dense(model, nO, dropout=dropout, normalize=normalize)


def dense_node(
    name: str,
    forward: DenseForward,
    nO: int | None,
    nI: int | None,
    init: Callable[..., None],
    attrs: dict[str, Any] | None = None,
) -> Dense:
    """A node with W and b."""
    return Model(
        name,
        forward,
        init=init,
        dims={"nO": nO, "nI": nI},
        params={"W": None, "b": None},
        axes={"W": ("nO", "nI"), "b": ("nO",)},
        attrs=attrs or {},
    )


def wrap_dense(model: Dense, nO: int | None, *, dropout: float | None, normalize: bool) -> Dense:
    """`model`, then LayerNorm if `normalize`, then Dropout unless `dropout` is None; two nested chains."""
    from .chain import chain
    from .dropout import Dropout
    from .layernorm import LayerNorm

    if normalize:
        model = chain(model, LayerNorm(nI=nO))
    if dropout is not None:
        model = chain(model, cast(Dense, Dropout(dropout)))
    return model


def init_dense(init_W: Initializer, init_b: Initializer, model: Dense, X: Any = None, Y: Any = None) -> None:
    """Widths from the samples, then W and b, in this order. Raises ValueError if a width conflicts or is unset."""
    take_width("nI", X, model)
    take_width("nO", Y, model)
    make_param(model, "W", init_W)
    make_param(model, "b", init_b)


def init_unset(init_W: Initializer, init_b: Initializer, model: Dense, X: Any = None, Y: Any = None) -> None:
    """As `init_dense`, but samples only fill dims that are not set yet."""
    X = X if model.has_dim("nI") is None else None
    Y = Y if model.has_dim("nO") is None else None
    init_dense(init_W, init_b, model, X, Y)


def backprop_dense(model: Dense, X: Floats2d, W: Floats2d, dA: Floats2d) -> Floats2d:
    """Add the gradients of W and b for the pre-activation's gradient dA (n, nO), and return dX (n, nI)."""
    ops = model.ops
    model.inc_grad("b", dA.sum(axis=0))
    model.inc_grad("W", ops.gemm(dA, X, trans1=True))
    return ops.gemm(dA, W)
