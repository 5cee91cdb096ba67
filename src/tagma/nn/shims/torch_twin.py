"""TorchTwin: the parameters of a module of PyTorch, under its names, run by a function of this library.

A file that was saved with the module loads into the twin, and the other way round; PyTorch is not needed for either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..backends import Ops, get_current_ops, get_ops
from ..packing import encode
from .shim import Shim, update_params
from .states import check_state, read_parts
from .torch_files import read_torch_file, write_torch_file

__all__ = ["Parameter", "TorchTwin"]

Arrays = dict[str, Any]
# (ops, parameters, input, is_train) -> (output, gradient of it -> (gradient of the input, gradients of the parameters))
Run = Callable[[Ops, Arrays, Any, bool], tuple[Any, Callable[[Any], tuple[Any, Arrays]]]]


@dataclass(slots=True)
class Parameter:
    """One array with its gradient, None before there is one."""

    data: Any
    grad: Any = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return tuple(self.data.shape)

    def numel(self) -> int:
        """How many numbers it has."""
        return int(self.data.size)

    def element_size(self) -> int:
        """Bytes of a number."""
        return int(self.data.itemsize)


class TorchTwin(Shim):
    """Parameters by name, float32, and what is computed with them.

    run        computes the output and the way back; gradients of parameters are added up here
    shapes     the parameters' shapes, from the width of the input
    width_of   the width of the input, from a state that was read; raises ValueError if it is of another kind
    what       what the module is called in errors

    There are no parameters before `set_parameters` or `from_bytes`.
    """

    def __init__(
        self,
        run: Run,
        shapes: Callable[[int], dict[str, tuple[int, ...]]],
        width_of: Callable[[Arrays], int],
        what: str,
    ) -> None:
        super().__init__(None)
        self._run = run
        self._shapes = shapes
        self._width_of = width_of
        self._what = what
        self._ops: Ops = get_current_ops()
        self._parameters: dict[str, Parameter] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there are no parameters yet."""
        return not self._parameters

    def set_parameters(self, arrays: Arrays) -> None:
        """Take these arrays. Raises ValueError if one has another shape than it should have, or another name."""
        check_state(arrays, self._shapes(self._width_of(arrays)), self._what)
        self._parameters = {name: Parameter(self._ops.asarray_f(array)) for name, array in arrays.items()}

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """(name, parameter), in the order of the module."""
        return list(self._parameters.items())

    def __call__(self, inputs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        """(output, backprop). `backprop` adds to the gradients of the parameters and gives that of the input."""
        output, run_back = self._run(self._ops, self._arrays(), inputs, is_train)

        def backprop(d_output: Any) -> Any:
            d_inputs, gradients = run_back(d_output)
            for name, gradient in gradients.items():
                parameter = self._parameters[name]
                if parameter.grad is None:
                    parameter.grad = gradient
                else:
                    parameter.grad += gradient
            return d_inputs

        return output, backprop

    def _arrays(self) -> Arrays:
        return {name: parameter.data for name, parameter in self._parameters.items()}

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change every parameter that has a gradient, under (id, name); gradients are then None."""
        found = [(name, parameter) for name, parameter in self._parameters.items() if parameter.grad is not None]
        triples = [((self.id, name), parameter.data, parameter.grad) for name, parameter in found]
        for (_, parameter), (value, _) in zip(found, update_params(optimizer, triples), strict=True):
            parameter.data, parameter.grad = value, None

    @contextmanager
    def use_params(self, params: Any) -> Iterator[None]:
        """Use the arrays under (id, name) within a `with` block. Raises ValueError where a shape differs."""
        chosen = [(p, params[self.id, name]) for name, p in self._parameters.items() if (self.id, name) in params]
        for parameter, value in chosen:
            if tuple(value.shape) != parameter.shape:
                raise ValueError(
                    f"{self._what}: the value to use has shape {tuple(value.shape)}, not {parameter.shape}"
                )
        before = [(parameter, parameter.data) for parameter, _ in chosen]
        try:
            for parameter, value in chosen:
                parameter.data = value
            yield
        finally:
            for parameter, data in before:
                parameter.data = data

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move to "cpu" or to GPU number `device_id`."""
        self._ops = get_ops("numpy") if device_type == "cpu" else get_ops("cupy", device_id=device_id)
        for parameter in self._parameters.values():
            parameter.data = self._ops.asarray_f(parameter.data)
            parameter.grad = None if parameter.grad is None else self._ops.asarray_f(parameter.grad)

    def to_bytes(self) -> bytes:
        """The parameters as a state that `torch.save` would write, in the layout of a wrapped module."""
        arrays = {name: self._ops.to_numpy(parameter.data) for name, parameter in self._parameters.items()}
        return encode({"config": self.cfg, "state": write_torch_file(arrays)})

    def from_bytes(self, data: bytes) -> TorchTwin:
        """Load what `to_bytes` made, here or with PyTorch. Raises ValueError for damaged data and another module."""
        config, state = read_parts(data, "state", "PyTorch")
        arrays = read_torch_file(state)
        if arrays:
            self.set_parameters(arrays)
        else:  # of a network that was saved before it was initialized
            self._parameters = {}
        self.cfg: dict[str, Any] = config
        return self
