"""What the dense layers share: parameters W (nO, nI) and b (nO,), their initialization, and how they run.

The file of each layer has its initialization under the name `init`, with which layers of others are made.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol, cast

from ..backends.ops import Activation
from ..config import registry
from ..gradients import gradient_arrays
from ..initializers import Initializer, partial, zero_init
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d
from ._init import make_param, take_width
from .chain import chain
from .dropout import Dropout
from .layernorm import LayerNorm

Dense = Model[Floats2d, Floats2d]
DenseForward = Callable[..., tuple[Floats2d, Backprop]]


class DenseFactory(Protocol):
    """Makes a dense layer with an activation."""

    def __call__(
        self,
        nO: int | None = None,
        nI: int | None = None,
        *,
        init_W: Initializer | None = None,
        init_b: Initializer | None = None,
        dropout: float | None = None,
        normalize: bool = False,
    ) -> Dense: ...


def activation(
    module: str, registered: str, name: str, default_W: Initializer, operation: Activation, *settings: float
) -> tuple[DenseFactory, DenseForward]:
    """The factory and the forward of a dense layer with an activation, as members of the file `module`.

    registered    name in the registry; without its version that of the factory
    name          of the nodes
    operation     the activation, as `Ops.dense` knows it, with its settings
    """

    def factory(
        nO: int | None = None,
        nI: int | None = None,
        *,
        init_W: Initializer | None = None,
        init_b: Initializer | None = None,
        dropout: float | None = None,
        normalize: bool = False,
    ) -> Model[Floats2d, Floats2d]:
        init = partial(init_dense, init_W or default_W, init_b or zero_init)
        return wrap_dense(dense_node(name, forward, nO, nI, init), nO, dropout=dropout, normalize=normalize)

    def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
        return run_dense(model, X, is_train, operation, settings)

    label = registered.partition(".")[0]
    factory.__doc__ = inspect.cleandoc(
        f"""A dense layer with {label} activation. `init_W`: {_name_of(default_W)} if None; `init_b`: zeros.

        dropout, normalize    chain Dropout(dropout) unless None, and before it LayerNorm if True
        """
    )
    for function, public in ((factory, label), (forward, "forward")):  # by which they are pickled
        function.__module__, function.__name__, function.__qualname__ = module, public, public
    return registry.layers(registered)(factory), forward


def run_dense(
    model: Dense, X: Floats2d, is_train: bool, operation: Activation = "linear", settings: tuple[float, ...] = ()
) -> tuple[Floats2d, Backprop]:
    """Forward of a node with W and b and this activation, see `Ops.dense`."""
    W, b = cast(Floats2d, model.get_param("W")), cast(Floats1d, model.get_param("b"))
    Y, backprop_rows = model.ops.dense(X, W, b, operation, settings, is_train=is_train)

    def backprop(dY: Floats2d) -> Floats2d:
        with gradient_arrays((model, "W"), (model, "b")) as (dW, db):
            return backprop_rows(dY, dW, db)

    return Y, backprop


def _name_of(initializer: Initializer) -> str:
    return initializer.__name__.removesuffix("_init")


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
