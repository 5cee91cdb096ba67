"""TorchScript: modules that are saved whole, and wrapped modules that become such."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    Linear,
    Model,
    PyTorchWrapper,
    TorchScriptShim,
    TorchScriptWrapper_v1,
    pytorch_to_torchscript_wrapper,
)
from tagma.nn.packing import decode, encode
from tagma.testing import check_gradients

# PyTorch advises to use torch.compile instead.
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")]

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def _wrapped() -> Model[Any, Any]:
    import torch

    return PyTorchWrapper(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh()))


def test_a_scripted_module_computes_the_same() -> None:
    """Prediction and gradients are those of the module, and the node has the name of the contract."""
    model = _wrapped()
    scripted = pytorch_to_torchscript_wrapper(model)
    assert scripted.name == "pytorch_script"
    assert np.array_equal(scripted.predict(X), model.predict(X))
    check_gradients(scripted, X)


def test_an_empty_wrapper_is_loaded() -> None:
    """A whole module comes out of the bytes; an empty wrapper has none."""
    scripted = pytorch_to_torchscript_wrapper(_wrapped())
    assert list(decode(scripted.shims[0].to_bytes())) == ["config", "model"]
    empty = TorchScriptWrapper_v1()
    with pytest.raises(ValueError, match="nothing to save"):
        empty.to_bytes()
    empty.from_bytes(scripted.to_bytes())
    assert np.array_equal(empty.predict(X), scripted.predict(X))
    assert np.array_equal(scripted.copy().predict(X), scripted.predict(X))


def test_what_is_refused() -> None:
    """Modules of another kind, nodes that wrap none, and damaged bytes."""
    with pytest.raises(ValueError, match="ScriptModule or None"):
        TorchScriptWrapper_v1(_wrapped().shims[0]._model)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="linear wraps no module"):
        pytorch_to_torchscript_wrapper(Linear(2, 2))
    with pytest.raises(ValueError, match="cannot be read"):
        TorchScriptShim(None).from_bytes(encode({"config": {}, "model": b"none"}))
