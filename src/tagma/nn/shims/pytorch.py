"""PyTorchShim: a `torch.nn.Module` inside a node. PyTorch itself is imported when a shim is made.

What a saved state consists of stands below the class.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..arrays import convert_recursive, is_torch_array, iterate_recursive
from ..backends import CupyOps, context_pools, get_current_ops, use_pytorch_for_gpu_memory
from ..exchange import assert_pytorch_installed, get_torch_default_device, torch2xp, xp2torch
from ..packing import encode
from ..types import ArgsKwargs
from .pytorch_grad_scaler import PyTorchGradScaler
from .shim import Shim, update_params
from .states import check_choice, is_safetensors, read_parts

__all__ = ["PyTorchShim", "default_deserialize_torch_model", "default_serialize_torch_model"]


class PyTorchShim(Shim):
    """A module of PyTorch: run, differentiated, updated by the optimizer of the model, moved, saved.

    model                a `torch.nn.Module`, also one that `torch.compile` returned
    mixed_precision      run in half precision where that is safe; takes effect on a CUDA device
    grad_scaler          default: one that is enabled with `mixed_precision`
    device               where the module is moved to; default: that of the current backend
    serialize_model      module -> bytes; default: its `state_dict`, as `serialize` says
    deserialize_model    (module, bytes, device) -> module
    serialize            "torch", a zip file of `torch.save`, or "safetensors"; either is read
    use_averages         whether `use_params` takes the averages of an optimizer, whose keys are (id, name)
    Raises ImportError without PyTorch, ValueError for a model of another kind and for an unknown `serialize`.
    """

    def __init__(
        self,
        model: Any,
        config: dict[str, Any] | None = None,
        optimizer: Any = None,
        mixed_precision: bool = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
        serialize_model: Callable[[Any], bytes] | None = None,
        deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
        *,
        serialize: str = "torch",
        use_averages: bool = True,
    ) -> None:
        assert_pytorch_installed()
        import torch

        super().__init__(model, config, optimizer)
        if not isinstance(model, torch.nn.Module | None):
            raise ValueError(f"PyTorchShim takes a torch.nn.Module, not a {type(model).__name__}")
        check_choice("serialize", serialize, list(_WRITERS))
        if isinstance(get_current_ops(), CupyOps) and "pytorch" not in context_pools.get():
            use_pytorch_for_gpu_memory()
        self.use_averages: bool = use_averages
        self._mixed_precision = mixed_precision
        self._grad_scaler = PyTorchGradScaler(mixed_precision) if grad_scaler is None else grad_scaler
        self._serialize = _WRITERS[serialize] if serialize_model is None else serialize_model
        self._deserialize = default_deserialize_torch_model if deserialize_model is None else deserialize_model
        self._move(get_torch_default_device() if device is None else device)

    @property
    def device(self) -> Any:
        """The `torch.device` of the first parameter; of the current backend if there is none."""
        first = None if self._model is None else next(self._model.parameters(), None)
        return get_torch_default_device() if first is None else first.device

    def _parameters(self) -> list[Any]:
        return [] if self._model is None else list(self._model.parameters())

    def _move(self, device: Any) -> None:
        if self._model is not None:
            self._model.to(device)
        self._grad_scaler.to_(device)

    # -- Running

    def __call__(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run `module(*args, **kwargs)`: (its output as it is, backprop).

        `backprop` takes the arguments of `torch.autograd.backward` as ArgsKwargs, adds to the gradients of the
        parameters and returns the inputs with gradients in the place of tensors, zeros where none came back. That of a
        prediction returns what it is given.
        """
        if is_train:
            return self.begin_update(inputs)
        return self.predict(inputs), _no_backprop

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output of the module in its evaluation mode."""
        import torch

        self._model.eval()
        try:
            with torch.no_grad(), self._precision():
                return self._model(*inputs.args, **inputs.kwargs)
        finally:
            self._model.train()

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop) in training mode; see `__call__`."""
        import torch

        self._model.train()
        with torch.enable_grad(), self._precision():
            output = self._model(*inputs.args, **inputs.kwargs)

        def backprop(grads: ArgsKwargs) -> ArgsKwargs:
            leaves = [tensor for tensor in iterate_recursive(is_torch_array, inputs) if tensor.requires_grad]
            for tensor in leaves:
                tensor.grad = None
            overflow = self._run_backward(grads, leaves)

            def gradient(tensor: Any) -> Any:
                is_known = tensor.requires_grad and tensor.grad is not None and not overflow
                return tensor.grad if is_known else torch.zeros_like(tensor, requires_grad=False)

            d_inputs: ArgsKwargs = convert_recursive(is_torch_array, gradient, inputs)
            return d_inputs

        return output, backprop

    def _precision(self) -> Any:
        """Half precision where it is safe, if asked for."""
        import torch

        return torch.autocast("cuda", enabled=self._mixed_precision and self.device.type == "cuda")

    def _run_backward(self, grads: ArgsKwargs, leaves: list[Any]) -> bool:
        """Run autograd; whether a gradient has overflowed."""
        if grads.args and not is_torch_array(grads.args[0]) and not len(grads.args[0]):
            return False  # nothing that was computed depends on anything that can change
        if not self._grad_scaler.enabled:
            _backward(grads.args, grads.kwargs)
            return False
        # What other calls have added is not scaled any more, so it is put aside.
        before = [(param, param.grad) for param in self._parameters()]
        for param, _ in before:
            param.grad = None
        _backward(grads.args, {**grads.kwargs, "grad_tensors": self._grad_scaler.scale(grads.kwargs["grad_tensors"])})
        fresh = [tensor.grad for tensor in [*self._parameters(), *leaves] if tensor.grad is not None]
        overflow = self._grad_scaler.unscale(fresh)
        for param, old in before:
            if old is not None:
                param.grad = old if param.grad is None else old.add_(param.grad)
        return overflow

    # -- Training

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change every parameter that has a gradient, in its own memory, under (id, name).

        After an overflow nothing is changed. Gradients become zero.
        """
        found = [(name, param) for name, param in self.named_parameters() if param.grad is not None]
        if found and not self._grad_scaler.found_inf:
            triples = [((self.id, name), _as_array(param.data), _as_array(param.grad)) for name, param in found]
            for (_, param), (value, _) in zip(found, update_params(optimizer, triples), strict=True):
                new = xp2torch(value, device=param.device)
                if new.data_ptr() != param.data_ptr():
                    param.data.copy_(new.reshape(param.shape))
        for _, param in found:
            param.grad.zero_()
        self._grad_scaler.update()

    def named_parameters(self) -> list[tuple[str, Any]]:
        """(name, parameter) of the module, a compiled one by its plain names."""
        return list(_plain(self._model).named_parameters())

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
        """Use other values within a `with` block: those under "pytorch_<id>_<name in the state>", and under (id, name).

        Raises ValueError where a shape differs.
        """
        with _exchanged(self._chosen(params)):
            yield

    def _chosen(self, params: dict[Any, Any]) -> list[tuple[Any, Any]]:
        """Pairs of a tensor of the module and the data to be used for it."""
        chosen = []
        for name, tensor in _plain(self._model).state_dict(keep_vars=True).items():
            value = params.get(f"pytorch_{self.id}_{name}")
            if value is None and self.use_averages:
                value = params.get((self.id, name))
            if value is None:
                continue
            other = value.detach() if is_torch_array(value) else xp2torch(value, device=tensor.device)
            if other.numel() != tensor.numel() or (tensor.dim() and other.shape != tensor.shape):
                raise ValueError(f"{name} has shape {tuple(tensor.shape)}, but the value to use {tuple(other.shape)}")
            chosen.append((tensor, other.to(tensor.device, tensor.dtype).reshape(tensor.shape)))
        return chosen

    # -- Copies, devices, bytes

    def copy(self) -> PyTorchShim:
        """A deep copy with an id of its own; gradients are copied too."""
        twin = super().copy()
        assert isinstance(twin, PyTorchShim)
        for own, other in zip(self._parameters(), twin._parameters(), strict=True):
            other.grad = None if own.grad is None else own.grad.clone()
        return twin

    def remember(self) -> Callable[[], None]:
        """See Shim. The module stays the same object."""
        if self._model is None:
            return super().remember()
        module, config = self._model, dict(self.cfg)
        state = copy.deepcopy(_plain(module).state_dict())

        def bring_back() -> None:
            _plain(module).load_state_dict(state)
            self._model, self.cfg = module, config

        return bring_back

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move to "cpu" or to "gpu" number `device_id`. Raises ValueError for another device."""
        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"unknown device {device_type!r}: choose 'cpu' or 'gpu'")
        self._move("cpu" if device_type == "cpu" else f"cuda:{device_id}")

    def to_bytes(self) -> bytes:
        """The config and the state of the module, in the layout of the peer."""
        return encode({"config": self.cfg, "state": self._serialize(self._model)})

    def from_bytes(self, bytes_data: bytes) -> PyTorchShim:
        """Load what `to_bytes` made. Raises ValueError for damaged data and for the state of another module."""
        config, state = read_parts(bytes_data, "state", "PyTorch")
        self._model = self._deserialize(self._model, state, self.device)
        self.cfg: dict[str, Any] = config
        self._grad_scaler.to_(self.device)
        return self


def _no_backprop(grads: Any) -> Any:
    """What a prediction gives in the place of backprop."""
    return grads


def _backward(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    import torch

    torch.autograd.backward(*args, **kwargs)


def _plain(module: Any) -> Any:
    """The module that was compiled, whose parameters have the names they had before."""
    return getattr(module, "_orig_mod", module)


def _as_array(tensor: Any) -> Any:
    """A tensor as an array of at least one axis that an optimizer can change; of the same memory if it can be."""
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    if tensor.dtype.itemsize < 4:
        tensor = tensor.float()
    return torch2xp(tensor.reshape(1) if not tensor.dim() else tensor)


@contextmanager
def _exchanged(chosen: list[tuple[Any, Any]]) -> Iterator[None]:
    """Give tensors other data within a `with` block."""
    before = [(tensor, tensor.data) for tensor, _ in chosen]
    try:
        for tensor, data in chosen:
            tensor.data = data
        yield
    finally:
        for tensor, data in before:
            tensor.data = data


# -- States as bytes


def default_serialize_torch_model(model: Any) -> bytes:
    """The state of a module, as `torch.save` writes it: a zip file."""
    import torch

    file_ = io.BytesIO()
    torch.save(_plain(model).state_dict(), file_)
    return file_.getvalue()


def _as_safetensors(model: Any) -> bytes:
    """The state of a module in the format of safetensors, which has tensors alone; shared ones are written twice."""
    save, _ = _safetensors("writing")
    state = {name: tensor.detach().clone().contiguous() for name, tensor in _plain(model).state_dict().items()}
    data: bytes = save(state)
    return data


_WRITERS: dict[str, Callable[[Any], bytes]] = {"torch": default_serialize_torch_model, "safetensors": _as_safetensors}


def default_deserialize_torch_model(model: Any, state_bytes: bytes, device: Any) -> Any:
    """Load a state into a module and move that. Takes either format; no code in a file is run.

    Raises ValueError for damaged data and for the state of another module.
    """
    state = read_state(state_bytes, device)
    plain = _plain(model)
    before = copy.deepcopy(plain.state_dict())
    try:
        plain.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        plain.load_state_dict(before)  # some of the tensors may have been filled
        raise ValueError(f"the saved state is not that of this {type(model).__name__}: {error}") from error
    model.to(device)
    return model


def write_state(model: Any, serialize: str) -> bytes:
    """The state of a module in the format "torch" or "safetensors"."""
    return _WRITERS[serialize](model)


def read_state(data: bytes, device: Any) -> Any:
    """The tensors of a state by name, in either format. Raises ValueError for damaged data; no code in it is run."""
    if data[:2] == b"PK":
        return _read_zip(data, device)
    if is_safetensors(data):
        return _read_safetensors(data, device)
    raise ValueError(
        "the saved state of the PyTorch module is neither a file of torch.save nor one of safetensors: save it anew"
    )


def _read_zip(data: bytes, device: Any) -> Any:
    import zipfile

    import torch

    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
        # PyTorch stores its entries as they are; one that is packed would be made as large as it claims to be.
        if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(data) for entry in entries):
            raise ValueError("it has entries that torch.save does not write")
        return torch.load(io.BytesIO(data), map_location=device, weights_only=True)
    except Exception as error:  # what is raised for damaged bytes is up to three libraries
        raise ValueError(f"the saved state of the PyTorch module cannot be read: {error}") from error


def _read_safetensors(data: bytes, device: Any) -> Any:
    _, load = _safetensors("reading")
    try:
        return {name: tensor.to(device) for name, tensor in load(data).items()}
    except Exception as error:  # the library has errors of its own, which differ by version
        raise ValueError(f"the saved state of the PyTorch module cannot be read: {error}") from error


def _safetensors(what: str) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    try:
        from safetensors.torch import load, save
    except ImportError:
        raise ImportError(f"{what} the state of a module in this format needs: pip install safetensors") from None
    return save, load
