"""The calls of MXNet that tagma makes, on NumPy: what a tensor, a parameter, a block and the tape are asked for.

MXNet 1.9.1, the last one, needs NumPy below 2, so the real one cannot be run beside tagma.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np


class Context:
    def __init__(self, device_type: str, device_id: int = 0) -> None:
        self.device_type, self.device_id = device_type, device_id


class NDArray:
    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self.grad: NDArray | None = None
        self.context = Context("cpu")

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    def attach_grad(self) -> None:
        self.grad = NDArray(np.zeros_like(self._data))

    def asnumpy(self) -> np.ndarray:
        return self._data.copy()

    def zeros_like(self) -> NDArray:
        return NDArray(np.zeros_like(self._data))


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True) -> NDArray:
    if zero_copy:
        ndarray.flags.writeable = False
    return NDArray(ndarray if zero_copy else ndarray.copy())


class Parameter:
    """Without data until a file gives it some, as blocks have it that were not told the width of their input."""

    def __init__(self, data: np.ndarray | None) -> None:
        self._tensor = None if data is None else NDArray(data)
        self._grad_req = "write"
        self.context = Context("cpu")
        self.mark: object = object()
        self.zero_grad()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "mark": None}  # gradients are kept for the tensor that was marked, not for a copy

    @property
    def grad_req(self) -> str:
        return self._grad_req

    @grad_req.setter
    def grad_req(self, value: str) -> None:
        if value != self._grad_req:
            self._grad_req = value
            self.mark = None if value == "null" else object()  # what was recorded before does not know it
            self.zero_grad()

    def data(self) -> NDArray:
        if self._tensor is None:
            raise RuntimeError("Parameter has not been initialized yet")  # MXNetError is a RuntimeError
        return self._tensor

    def grad(self) -> NDArray:
        if self._grad_req == "null":
            raise RuntimeError("Cannot get gradient array for Parameter because grad_req='null'")
        return self._grad

    def set_data(self, data: NDArray) -> None:
        assert self._tensor is None or data.shape == self._tensor.shape
        self._tensor = NDArray(data.asnumpy())

    def zero_grad(self) -> None:
        self._grad = NDArray(np.zeros(0) if self._tensor is None else np.zeros_like(self._tensor._data))

    def receive(self, gradient: np.ndarray, mark: object) -> None:
        """What backward does to a parameter that had this mark when it was recorded."""
        if mark is not None and mark is self.mark:
            old = self._grad._data if self._grad_req == "add" else 0
            self._grad = NDArray(old + gradient)


class ParameterDict(dict[str, Parameter]):
    def reset_ctx(self, ctx: Context) -> None:
        for param in self.values():
            param.context = ctx


# -- The tape: (output, what its gradient does), last one first

_tape: list[tuple[NDArray, Callable[[np.ndarray], list[tuple[NDArray, np.ndarray]]]]] = []
_state = {"recording": False, "training": False}


@contextmanager
def _mode(recording: bool, training: bool) -> Iterator[None]:
    before = dict(_state)
    _state.update(recording=recording, training=training)
    try:
        yield
    finally:
        _state.update(before)


def record(train_mode: bool = True) -> Any:
    return _mode(True, train_mode)


def pause(train_mode: bool = False) -> Any:
    return _mode(False, train_mode)


def is_training() -> bool:
    return _state["training"]


def backward(heads: list[NDArray], head_grads: list[NDArray] | None = None) -> None:
    assert head_grads is not None
    assert len(heads) == len(head_grads)
    gradients = {id(head): grad._data for head, grad in zip(heads, head_grads, strict=True)}
    written: set[int] = set()
    for entry in reversed(list(_tape)):
        output, back = entry
        if id(output) not in gradients:
            continue
        _tape.remove(entry)
        for tensor, gradient in back(gradients[id(output)]):
            gradients[id(tensor)] = gradients.get(id(tensor), 0) + gradient
            if tensor.grad is not None:
                old = tensor.grad._data if id(tensor) in written else 0
                tensor.grad = NDArray(old + gradient)
                written.add(id(tensor))


def _emit(data: np.ndarray, back: Callable[[np.ndarray], list[tuple[NDArray, np.ndarray]]]) -> NDArray:
    output = NDArray(data)
    if _state["recording"]:
        _tape.append((output, back))
    return output


# -- Blocks


class Block:
    def __init__(self) -> None:
        self.seen_training: list[bool] = []

    def children(self) -> dict[str, Block]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Block)}

    def own(self) -> dict[str, Parameter]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Parameter)}

    def collect_params(self) -> ParameterDict:
        found = ParameterDict(self.own())
        for name, child in self.children().items():
            found.update({f"{name}.{key}": param for key, param in child.collect_params().items()})
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.seen_training.append(is_training())
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def save_parameters(self, filename: str) -> None:
        file = io.BytesIO()
        np.savez(file, **{key: param.data().asnumpy() for key, param in self.collect_params().items()})
        Path(filename).write_bytes(file.getvalue())

    def load_parameters(self, filename: str) -> None:
        """Fills one parameter after the other, and fails where one does not fit, as MXNet does."""
        with np.load(filename) as saved:
            for key, param in self.collect_params().items():
                if key not in saved or (param._tensor is not None and saved[key].shape != param._tensor.shape):
                    raise AssertionError(f"Parameter {key} is missing or has another shape")
                param.set_data(NDArray(saved[key]))


class Dense(Block):
    def __init__(self, units: int, in_units: int, seed: int = 0) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.weight = Parameter(rng.normal(size=(units, in_units)).astype("float32"))
        self.bias = Parameter(rng.normal(size=units).astype("float32"))

    def forward(self, x: NDArray) -> NDArray:
        X, W = x._data, self.weight.data()._data
        marks = self.weight.mark, self.bias.mark

        def back(dY: np.ndarray) -> list[tuple[NDArray, np.ndarray]]:
            self.weight.receive(dY.T @ X, marks[0])
            self.bias.receive(dY.sum(axis=0), marks[1])
            return [(x, dY @ W)]

        return _emit(X @ W.T + self.bias.data()._data, back)


class Tanh(Block):
    def forward(self, x: NDArray) -> NDArray:
        Y = np.tanh(x._data)
        return _emit(Y, lambda dY: [(x, dY * (1 - Y * Y))])


class Perceptron(Block):
    """Dense, Tanh, Dense."""

    def __init__(self, nI: int, nH: int, nO: int) -> None:
        super().__init__()
        self.first, self.bend, self.last = Dense(nH, nI, 1), Tanh(), Dense(nO, nH, 2)

    def forward(self, x: NDArray) -> NDArray:
        return self.last(self.bend(self.first(x)))


def modules() -> dict[str, ModuleType]:
    """The module, to be found under `mxnet`, and its parts."""
    mxnet, nd, autograd, gluon, nn = (ModuleType(name) for name in ("mxnet", "nd", "autograd", "gluon", "nn"))
    vars(nd).update(NDArray=NDArray, from_numpy=from_numpy)
    vars(autograd).update(record=record, pause=pause, backward=backward, is_training=is_training)
    vars(nn).update(Dense=Dense)
    vars(gluon).update(Block=Block, Parameter=Parameter, nn=nn)
    vars(mxnet).update(
        nd=nd,
        autograd=autograd,
        gluon=gluon,
        cpu=lambda: Context("cpu"),
        gpu=lambda device_id=0: Context("gpu", device_id),
    )
    mxnet.__spec__ = ModuleSpec("mxnet", None)
    return {"mxnet": mxnet}
