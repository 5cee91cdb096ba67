"""MXNetShim: a Gluon block of MXNet inside a node. MXNet must be switched on with `enable_mxnet` before.

MXNet is no longer developed and needs NumPy below 2, so this is tested against a stand-in of the calls that are used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..arrays import convert_recursive, is_mxnet_array
from ..exchange import assert_mxnet_installed, mxnet2xp, xp2mxnet
from ..packing import encode
from ..types import ArgsKwargs
from .shim import Shim
from .states import as_vector, from_vector, read_parts

__all__ = ["MXNetShim"]


class MXNetShim(Shim):
    """A block of MXNet: run, differentiated, updated as one vector of parameters, moved, saved.

    model    a `mxnet.gluon.Block`, initialized
    Raises ImportError without MXNet, ValueError for a model of another kind.
    """

    def __init__(self, model: Any, config: dict[str, Any] | None = None, optimizer: Any = None) -> None:
        assert_mxnet_installed()
        import mxnet as mx

        super().__init__(model, config, optimizer)
        if not isinstance(model, mx.gluon.Block):
            raise ValueError(f"MXNetShim takes a mxnet.gluon.Block, not a {type(model).__name__}")
        self._has_gradients = False

    def _trained(self) -> list[Any]:
        """The parameters that are not frozen."""
        return [param for param in self._model.collect_params().values() if param.grad_req != "null"]

    # -- Running

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run `block(*args, **kwargs)`: (its output as it is, backprop).

        `backprop` takes the arguments of `mxnet.autograd.backward` as ArgsKwargs, adds to the gradients of the
        parameters and returns the inputs with gradients in the place of tensors. That of a prediction returns what it
        is given.
        """
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), lambda grads: grads

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output of the block in its mode for prediction."""
        import mxnet as mx

        with mx.autograd.pause(train_mode=False):
            return self._model(*inputs.args, **inputs.kwargs)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop) in training mode; see `__call__`."""
        import mxnet as mx

        for param in self._trained():
            if param.grad_req == "write":  # which would forget what earlier calls have added
                param.grad_req = "add"  # not later: the tape would lose sight of the parameter
        with mx.autograd.record(train_mode=True):
            output = self._model(*inputs.args, **inputs.kwargs)

        def backprop(grads: ArgsKwargs) -> ArgsKwargs:
            mx.autograd.backward(*grads.args, **grads.kwargs)
            self._has_gradients = True
            d_inputs: ArgsKwargs = convert_recursive(is_mxnet_array, _gradient, inputs)
            return d_inputs

        return output, backprop

    # -- Training

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change all parameters as one vector, under (id, "mxnet-shim"). Gradients become zero.

        Nothing is changed if nothing was differentiated since the last time.
        """
        trained = self._trained()
        if not self._has_gradients or not trained:
            return
        values = [mxnet2xp(param.data()) for param in trained]
        gradients = [mxnet2xp(param.grad()) for param in trained]
        vector, _ = optimizer((self.id, "mxnet-shim"), as_vector(values), as_vector(gradients))
        _set_data(trained, from_vector(vector, [value.shape for value in values], "the block"))
        for param in trained:
            param.zero_grad()
        self._has_gradients = False

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
        """Use the vector under (id, "mxnet-shim") within a `with` block. Raises ValueError if its length differs."""
        vector = params.get((self.id, "mxnet-shim"))
        if vector is None:
            yield
            return
        trained = self._trained()
        before = [mxnet2xp(param.data()) for param in trained]
        values = from_vector(vector, [value.shape for value in before], "the block")
        try:
            _set_data(trained, values)
            yield
        finally:
            _set_data(trained, before)

    # -- Copies, devices, bytes

    def __setstate__(self, state: dict[str, Any]) -> None:
        """For copies and pickles, which have no gradients: MXNet's tape does not know parameters that were copied."""
        vars(self).update(state)
        self._has_gradients = False
        for param in self._trained():
            kept, param.grad_req = param.grad_req, "null"
            param.grad_req = kept

    def remember(self) -> Callable[[], None]:
        """See Shim. The block stays the same object; one without values yet keeps those that it has got."""
        block, data, config = self._model, _kept(self._model), dict(self.cfg)

        def bring_back() -> None:
            if data is not None:
                _load(block, data)
            self._model, self.cfg = block, config

        return bring_back

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move to "cpu" or to "gpu" number `device_id`. Raises ValueError for another device."""
        import mxnet as mx

        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"unknown device {device_type!r}: choose 'cpu' or 'gpu'")
        self._model.collect_params().reset_ctx(mx.cpu() if device_type == "cpu" else mx.gpu(device_id))

    def to_bytes(self) -> bytes:
        """The config and the parameter file of MXNet, in the layout of the peer."""
        return encode({"config": self.cfg, "state": _saved(self._model)})

    def from_bytes(self, bytes_data: bytes) -> MXNetShim:
        """Load what `to_bytes` made. Raises ValueError for damaged data and for the state of another block."""
        config, state = read_parts(bytes_data, "state", "MXNet")
        before = _kept(self._model)
        try:
            _load(self._model, state)
        except Exception as error:  # MXNet has errors of its own, which differ by what is wrong
            if before is not None:
                _load(self._model, before)
            raise ValueError(f"the saved state of the MXNet module cannot be loaded into this one: {error}") from error
        self.cfg: dict[str, Any] = config
        return self


def _gradient(tensor: Any) -> Any:
    """What came back for an input; zeros if it takes no gradient."""
    return tensor.zeros_like() if tensor.grad is None else tensor.grad


def _set_data(params: list[Any], values: list[Any]) -> None:
    for param, value in zip(params, values, strict=True):
        param.set_data(xp2mxnet(value))


def _kept(block: Any) -> bytes | None:
    """The parameter file of a block; None for one that gets its values when it first runs."""
    try:
        return _saved(block)
    except RuntimeError:
        return None


def _saved(block: Any) -> bytes:
    """The parameter file of a block, which MXNet can only write to a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "block.params"
        block.save_parameters(str(path))
        return path.read_bytes()


def _load(block: Any, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "block.params"
        path.write_bytes(data)
        block.load_parameters(str(path))
