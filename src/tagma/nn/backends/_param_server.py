"""Where the parameters and gradients of one node live."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from ..types import FloatArray

if TYPE_CHECKING:
    from .ops import Ops

KeyT = tuple[int, str]

touches = count(1)
"""Numbers for `ParamServer.touched`; drawing one is atomic."""


class ParamServer:
    """Parameters and gradients keyed by (model id, name); with a `proxy`, kept by some other process as well.

    A proxy offers get_param, set_param, set_grad and inc_grad of the same signatures. Parameters are then fetched from
    it at each request and written to both; gradients go to the proxy alone.

    touched    a number, drawn anew whenever a parameter is set, unset or handed out, that never comes again. While it
               stays and nobody else holds the arrays, nobody can have written to them: `nn.fusion.words` rests on it.
    """

    __slots__ = ("_grads", "_params", "proxy", "touched")

    def __init__(
        self,
        params: dict[KeyT, FloatArray] | None = None,
        grads: dict[KeyT, FloatArray] | None = None,
        *,
        proxy: Any = None,
    ) -> None:
        self._params: dict[KeyT, FloatArray] = dict(params or {})
        self._grads: dict[KeyT, FloatArray] = dict(grads or {})
        self.proxy: Any = proxy
        self.touched = next(touches)

    @property
    def param_keys(self) -> tuple[KeyT, ...]:
        """Keys of the parameters that are set."""
        return tuple(self._params)

    @property
    def grad_keys(self) -> tuple[KeyT, ...]:
        """Keys that have both a parameter and a gradient."""
        return tuple(key for key in self._params if key in self._grads)

    def has_param(self, model_id: int, name: str) -> bool:
        return (model_id, name) in self._params

    def find_param(self, model_id: int, name: str) -> FloatArray | None:
        """The parameter that is kept here, None if there is none. Whoever gets it may write to it."""
        self.touched = next(touches)
        return self._params.get((model_id, name))

    def get_param(self, model_id: int, name: str) -> FloatArray:
        """Raises KeyError if the parameter is not set."""
        self.touched = next(touches)
        if self.proxy is None:
            return self._params[model_id, name]
        fetched: FloatArray = self.proxy.get_param(model_id, name)
        self._params[model_id, name] = fetched
        return fetched

    def set_param(self, model_id: int, name: str, value: FloatArray) -> None:
        if self.proxy is not None:
            self.proxy.set_param(model_id, name, value)
        self._params[(model_id, name)] = value
        self.touched = next(touches)

    def unset_param(self, model_id: int, name: str) -> None:
        """Forget a parameter and its gradient, if they are there."""
        self.forget_param(model_id, name)
        self._grads.pop((model_id, name), None)

    def forget_param(self, model_id: int, name: str) -> None:
        """Forget a parameter, if it is there; its gradient stays."""
        self._params.pop((model_id, name), None)
        self.touched = next(touches)

    def has_grad(self, model_id: int, name: str) -> bool:
        return (model_id, name) in self._grads

    def find_grad(self, model_id: int, name: str) -> FloatArray | None:
        """The gradient, None if there is none."""
        return self._grads.get((model_id, name))

    def get_grad(self, model_id: int, name: str) -> FloatArray:
        """Raises KeyError if there is no gradient."""
        return self._grads[(model_id, name)]

    def set_grad(self, model_id: int, name: str, value: FloatArray) -> None:
        if self.proxy is not None:
            self.proxy.set_grad(model_id, name, value)
        else:
            self._grads[(model_id, name)] = value

    def inc_grad(self, model_id: int, name: str, value: FloatArray) -> None:
        """Add to the gradient, in place; the first value is copied."""
        if self.proxy is not None:
            self.proxy.inc_grad(model_id, name, value)
            return
        key = (model_id, name)
        grad = self._grads.get(key)
        if grad is None:
            self._grads[key] = value.copy()
        else:
            grad += value

    def to_ops(self, ops: Ops) -> None:
        """Make every parameter and gradient a float array of `ops`, on its device."""
        for key in self.param_keys:
            self.set_param(*key, ops.asarray_f(self.get_param(*key)))
        for key, grad in self._grads.items():
            self._grads[key] = ops.asarray_f(grad)
