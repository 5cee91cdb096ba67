"""Modules of TorchScript as layers, and wrapped modules of PyTorch turned into them."""

from __future__ import annotations

from typing import Any

from ..model import Model
from ..shims import PyTorchGradScaler, PyTorchShim, TorchScriptShim
from ._wrapping import ConvertInputs, ConvertOutputs
from .pytorchwrapper import pytorch_node

__all__ = ["TorchScriptWrapper_v1", "pytorch_to_torchscript_wrapper"]


def TorchScriptWrapper_v1(
    torchscript_model: Any = None,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    mixed_precision: bool = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
) -> Model[Any, Any]:
    """Wrap a `torch.jit.ScriptModule`; None: empty, to be loaded. Raises ValueError for another kind of module."""
    shim = TorchScriptShim(torchscript_model, mixed_precision=mixed_precision, grad_scaler=grad_scaler, device=device)
    return pytorch_node("pytorch_script", shim, convert_inputs, convert_outputs)


def pytorch_to_torchscript_wrapper(model: Model[Any, Any]) -> Model[Any, Any]:
    """The wrapper of a scripted module, with the functions, scaler and device of `model`.

    Raises ValueError unless the first shim of `model` is a PyTorchShim that holds a `torch.nn.Module`.
    """
    import torch

    shim = model.shims[0] if model.shims else None
    if not isinstance(shim, PyTorchShim) or not isinstance(shim._model, torch.nn.Module):
        raise ValueError(f"{model.name} wraps no module of PyTorch to script: give what PyTorchWrapper returned")
    return TorchScriptWrapper_v1(
        torch.jit.script(shim._model),
        model.attrs["convert_inputs"],
        model.attrs["convert_outputs"],
        shim._mixed_precision,
        shim._grad_scaler,
        shim.device,
    )
