"""TorchScriptShim: a module of TorchScript, which is saved whole, its code with it."""

from __future__ import annotations

import io
from typing import Any

from ..exchange import get_torch_default_device
from ..packing import encode
from .pytorch import PyTorchShim
from .pytorch_grad_scaler import PyTorchGradScaler
from .states import read_parts

__all__ = ["TorchScriptShim"]


class TorchScriptShim(PyTorchShim):
    """A `torch.jit.ScriptModule`, or None: empty, to be loaded. Other arguments: see PyTorchShim.

    Raises ValueError for a module of another kind.
    """

    def __init__(
        self,
        model: Any,
        config: dict[str, Any] | None = None,
        optimizer: Any = None,
        mixed_precision: bool = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
    ) -> None:
        super().__init__(None, config, optimizer, mixed_precision, grad_scaler, device)
        import torch

        if not isinstance(model, torch.jit.ScriptModule | None):
            raise ValueError(f"TorchScriptShim takes a torch.jit.ScriptModule or None, not a {type(model).__name__}")
        self._model = model
        self._move(get_torch_default_device() if device is None else device)

    def to_bytes(self) -> bytes:
        """The config and the module as `torch.jit.save` writes it. Raises ValueError if there is none."""
        import torch

        if self._model is None:
            raise ValueError("an empty TorchScriptShim has nothing to save: load a module into it first")
        file_ = io.BytesIO()
        torch.jit.save(self._model, file_)
        return encode({"config": self.cfg, "model": file_.getvalue()})

    def from_bytes(self, bytes_data: bytes) -> TorchScriptShim:
        """Load what `to_bytes` made; the program in it runs when the module does. Raises ValueError if damaged."""
        import torch

        config, data = read_parts(bytes_data, "model", "PyTorch")
        try:
            self._model = torch.jit.load(io.BytesIO(data), map_location=self.device)
        except RuntimeError as error:
            raise ValueError(f"the saved TorchScript module cannot be read: {error}") from error
        self.cfg: dict[str, Any] = config
        self._grad_scaler.to_(self.device)
        return self
