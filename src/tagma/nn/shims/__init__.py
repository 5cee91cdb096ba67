"""Wrappers around models of other frameworks: `shim` says what each must do.

A framework is imported when a shim for it is made. Knows no model of ours: a node holds shims, and tells them to
update, move and save themselves. `torch_twin` has the parameters of a module of PyTorch, and needs none.
"""

from .jax import JAXShim
from .mxnet import MXNetShim
from .pytorch import PyTorchShim
from .pytorch_grad_scaler import PyTorchGradScaler
from .shim import Shim
from .tensorflow import TensorFlowShim, keras_model_fns, maybe_handshake_model
from .torch_twin import TorchTwin
from .torchscript import TorchScriptShim

__all__ = [
    "JAXShim",
    "MXNetShim",
    "PyTorchGradScaler",
    "PyTorchShim",
    "Shim",
    "TensorFlowShim",
    "TorchScriptShim",
    "TorchTwin",
    "keras_model_fns",
    "maybe_handshake_model",
]
