"""TorchTwin: parameters by name, gradients, averages, copies, bytes that PyTorch reads and writes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from tagma.nn import SGD, NumpyOps
from tagma.nn.packing import decode, encode
from tagma.nn.shims import TorchTwin

W = np.arange(6, dtype="float32").reshape(2, 3)


def run(ops: Any, params: dict[str, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    """X·Wᵀ + b."""

    def backprop(dY: Any) -> tuple[Any, dict[str, Any]]:
        return dY @ params["weight"], {"weight": dY.T @ X, "bias": dY.sum(axis=0)}

    return X @ params["weight"].T + params["bias"], backprop


def width_of(arrays: dict[str, Any]) -> int:
    """Of the input."""
    if "weight" not in arrays:
        raise ValueError("no weight")
    return int(arrays["weight"].shape[1])


@pytest.fixture
def twin() -> TorchTwin:
    """A linear layer of two outputs."""
    made = TorchTwin(run, lambda nI: {"weight": (2, nI), "bias": (2,)}, width_of, "linear layer")
    assert made.is_empty
    made.set_parameters({"weight": W.copy(), "bias": np.ones(2, "float32")})
    return made


def test_gradients_are_added_and_used(twin: TorchTwin) -> None:
    """Two batches add up; an optimizer takes them under (id, name), and they are gone afterwards."""
    X = np.ones((4, 3), "float32")
    for _ in range(2):
        Y, backprop = twin.begin_update(X)
        assert np.array_equal(backprop(np.ones_like(Y)), np.tile(W.sum(axis=0), (4, 1)))
    parameters = dict(twin.named_parameters())
    assert np.array_equal(parameters["weight"].grad, np.full((2, 3), 8.0))
    assert (parameters["weight"].numel(), parameters["weight"].element_size()) == (6, 4)
    twin.finish_update(SGD(0.1, L2=0.0, grad_clip=0.0))
    assert np.allclose(parameters["weight"].data, W - 0.8)
    assert parameters["bias"].grad is None


def test_other_parameters_for_a_while(twin: TorchTwin) -> None:
    """Averages under (id, name); other keys have no effect, and another shape is an error."""
    before = twin.predict(np.ones((1, 3), "float32"))
    with twin.use_params({(twin.id, "bias"): np.zeros(2, "float32"), (1, "weight"): None}):
        assert np.array_equal(twin.predict(np.ones((1, 3), "float32")), before - 1)
    assert np.array_equal(twin.predict(np.ones((1, 3), "float32")), before)
    with pytest.raises(ValueError, match=r"shape \(3,\), not \(2,\)"), twin.use_params({(twin.id, "bias"): W[0]}):
        pass


def test_copies_are_their_own(twin: TorchTwin) -> None:
    """With another id, and parameters that change alone."""
    other = twin.copy()
    assert isinstance(other, TorchTwin)
    assert other.id != twin.id
    dict(other.named_parameters())["weight"].data[...] = 0.0
    assert np.array_equal(dict(twin.named_parameters())["weight"].data, W)


def test_bytes(twin: TorchTwin) -> None:
    """There and back, the same bytes; nothing is saved as nothing."""
    empty = TorchTwin(run, twin._shapes, width_of, "linear layer")
    none = empty.to_bytes()
    assert empty.from_bytes(twin.to_bytes()).to_bytes() == twin.to_bytes()
    assert np.array_equal(dict(empty.named_parameters())["weight"].data, W)
    assert empty.from_bytes(none).is_empty


def test_states_of_other_modules(twin: TorchTwin) -> None:
    """Other names, other shapes and damage are errors, and the parameters stay."""
    before = twin.to_bytes()
    with pytest.raises(ValueError, match="has shape"):
        twin.set_parameters({"weight": W, "bias": np.ones(3, "float32")})
    with pytest.raises(ValueError, match="lacks 'more'"):
        twin.set_parameters({"weight": W, "bias": np.ones(2, "float32"), "more": W})
    with pytest.raises(ValueError, match="cannot be read"):
        twin.from_bytes(encode({"config": {}, "state": b"junk"}))
    assert twin.to_bytes() == before


def test_device(twin: TorchTwin) -> None:
    """To the processor, where it is."""
    twin.to_device("cpu", -1)
    assert isinstance(twin._ops, NumpyOps)
    assert np.array_equal(dict(twin.named_parameters())["weight"].data, W)


@pytest.mark.torch
def test_exchange_with_pytorch(twin: TorchTwin) -> None:
    """A module loads what the twin wrote, without running code, and the twin what the module wrote."""
    import torch

    module = torch.nn.Linear(3, 2)
    state = torch.load(io.BytesIO(decode(twin.to_bytes())["state"]), weights_only=True)
    module.load_state_dict(state)
    assert np.array_equal(module.weight.detach().numpy(), W)
    file = io.BytesIO()
    torch.save(torch.nn.Linear(3, 2).state_dict(), file)
    twin.from_bytes(encode({"config": {}, "state": file.getvalue()}))
    assert not np.array_equal(dict(twin.named_parameters())["weight"].data, W)
