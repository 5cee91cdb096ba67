"""torch_layout: a layer whose parameters are laid out as those of a wrapped module of PyTorch, in the same nodes.

    name{settings}(pytorch{parameters})

The outer node has the settings and the width of its input; the inner one has the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tagma.nn import Model, Ops
from tagma.nn.arrays import get_width
from tagma.nn.shims import TorchTwin

__all__ = ["torch_layout"]

Shapes = dict[str, tuple[int, ...]]


def torch_layout(
    name: str,
    twin: TorchTwin,
    settings: dict[str, Any],
    shapes: Callable[[int], Shapes],
    make: Callable[[Ops, Shapes], dict[str, Any]],
) -> Model[Any, Any]:
    """The layer. Its function is called with (input, settings).

    shapes    the parameters' shapes, from the width of the input
    make      new parameters of these shapes
    """
    inner: Model[Any, Any] = Model("pytorch", run_twin, shims=[twin], dims={"nI": None, "nO": None})

    return Model(
        name, forward, init=partial(init, shapes, make), dims={"nI": None}, attrs=dict(settings), layers=[inner]
    )


def init(
    shapes: Callable[[int], Shapes],
    make: Callable[[Ops, Shapes], dict[str, Any]],
    model: Model[Any, Any],
    X: Any = None,
    Y: Any = None,
) -> None:
    """Take the width of the input, and make the parameters, unless there are some."""
    if X is not None and model.has_dim("nI") is None:
        model.set_dim("nI", get_width(X))
    if twin_of(model).is_empty:
        twin_of(model).set_parameters(make(model.ops, shapes(model.get_dim("nI"))))


def twin_of(model: Model[Any, Any]) -> TorchTwin:
    """The parameters of the layer; of a copy of it they are others."""
    twin = model.layers[0].shims[0]
    assert isinstance(twin, TorchTwin)
    return twin


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return model.layers[0]((X, dict(model.attrs)), is_train)


def run_twin(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return model.shims[0](X, is_train)
