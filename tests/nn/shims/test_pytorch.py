"""A module of PyTorch in a shim: updates, other parameters, copies, devices, bytes and what is refused."""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tagma.nn import SGD, Adam, ArgsKwargs, Linear, Model, PyTorchGradScaler, PyTorchShim, PyTorchWrapper, chain
from tagma.nn.packing import decode, encode

pytestmark = pytest.mark.torch


def _module(seed: int = 0) -> Any:
    import torch

    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))


def _inputs(requires_grad: bool = False) -> ArgsKwargs:
    import torch

    torch.manual_seed(1)
    return ArgsKwargs((torch.randn(5, 3, requires_grad=requires_grad),), {})


def _step(shim: PyTorchShim) -> ArgsKwargs:
    """One pass forth and back, whose gradients stay."""
    import torch

    output, backprop = shim.begin_update(_inputs(requires_grad=True))
    d_inputs: ArgsKwargs = backprop(ArgsKwargs(((output,),), {"grad_tensors": torch.ones_like(output)}))
    return d_inputs


def _values(shim: PyTorchShim) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy().copy() for name, tensor in shim._model.state_dict().items()}


def test_prediction_does_not_train() -> None:
    """A prediction runs in evaluation mode, leaves the module in training mode and no trace in its statistics."""
    shim = PyTorchShim(_module())
    before = _values(shim)
    output, backprop = shim(_inputs(), is_train=False)
    assert not output.requires_grad
    assert shim._model.training
    assert all((value == before[name]).all() for name, value in _values(shim).items())
    assert backprop(_inputs()) is not None


@pytest.mark.parametrize("optimizer", [SGD(0.1), Adam(0.1)], ids=["SGD", "Adam"])
def test_the_optimizer_of_the_model_updates(optimizer: Any) -> None:
    """What the optimizer makes of values and gradients is what the module has, in the memory it had before."""
    shim = PyTorchShim(_module())
    _step(shim)
    named = dict(shim._model.named_parameters())
    places = {name: param.data_ptr() for name, param in named.items()}
    twin = copy.deepcopy(optimizer)
    wanted = {
        name: twin((shim.id, name), param.detach().numpy().copy(), param.grad.numpy().copy())[0]
        for name, param in named.items()
    }
    shim.finish_update(optimizer)
    for name, param in named.items():
        assert (param.detach().numpy() == wanted[name]).all()
        assert param.data_ptr() == places[name]
        assert not param.grad.any()


def test_any_callable_is_an_optimizer() -> None:
    """Keys are (id, name in the module); a new array that comes back is written into the module."""
    shim = PyTorchShim(_module())
    _step(shim)
    keys = []

    def optimizer(key: Any, value: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        keys.append(key)
        return np.full_like(value, 7.0), gradient

    shim.finish_update(optimizer)
    assert keys == [(shim.id, name) for name, _ in shim._model.named_parameters()]
    assert all((param == 7.0).all() for param in shim._model.parameters())


def test_odd_parameters_are_updated() -> None:
    """Frozen ones stay; one number, float16, float64, transposed weights and sparse gradients are all changed."""
    import torch

    class Odd(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
            self.number = torch.nn.Parameter(torch.tensor(1.0))
            self.small = torch.nn.Parameter(torch.ones(2, dtype=torch.bfloat16))
            self.large = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
            self.turned = torch.nn.Parameter(torch.ones(2, 3).T)
            self.table = torch.nn.Embedding(4, 2, sparse=True)
            torch.nn.init.ones_(self.table.weight)

        def forward(self, x: Any) -> Any:
            total = self.frozen.sum() + self.number + self.small.sum() + self.large.sum() + self.turned.sum()
            return x * total + self.table(torch.tensor([1])).sum()

    shim = PyTorchShim(Odd())
    output, backprop = shim.begin_update(ArgsKwargs((torch.ones(1),), {}))
    backprop(ArgsKwargs(((output,),), {"grad_tensors": torch.ones_like(output)}))
    shim.finish_update(SGD(0.5, grad_clip=0.0))
    values = _values_as_float(shim)
    assert values.pop("frozen") == [1.0] * 2
    assert values.pop("table.weight") == [1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]
    assert {value for row in values.values() for value in row} == {0.5}


def _values_as_float(shim: PyTorchShim) -> dict[str, list[float]]:
    return {name: tensor.float().reshape(-1).tolist() for name, tensor in shim._model.state_dict().items()}


def test_gradients_add_up_until_the_update() -> None:
    """Two passes before an update have the gradient of their sum."""
    shim = PyTorchShim(_module())
    _step(shim)
    once = [param.grad.clone() for param in shim._model.parameters()]
    _step(shim)
    assert all(bool((param.grad == 2 * one).all()) for param, one in zip(shim._model.parameters(), once, strict=True))


def test_averages_are_used_and_can_be_left() -> None:
    """`use_params` takes an optimizer's averages under (id, name), unless the shim is told not to; values come back."""
    shim = PyTorchShim(_module())
    optimizer = Adam(0.1)
    for _ in range(3):
        _step(shim)
        shim.finish_update(optimizer)
    before = _values(shim)
    name = "0.weight"
    assert optimizer.averages is not None
    with shim.use_params(optimizer.averages):
        assert (_values(shim)[name] == optimizer.averages[shim.id, name]).all()
        assert (before[name] != optimizer.averages[shim.id, name]).any()
    with pytest.raises(KeyError, match="of the body"), shim.use_params(optimizer.averages):
        raise KeyError("of the body")
    shim.use_averages = False
    with shim.use_params(optimizer.averages):
        assert (_values(shim)[name] == before[name]).all()
    assert all((value == before[name]).all() for name, value in _values(shim).items())


def test_values_under_text_keys_are_used() -> None:
    """The peer's keys name parameters and statistics; a wrong shape is refused and nothing stays changed."""
    import torch

    shim = PyTorchShim(_module())
    before = _values(shim)
    with shim.use_params({f"pytorch_{shim.id}_1.running_mean": torch.full((4,), 3.0), "other": None}):
        assert (_values(shim)["1.running_mean"] == 3.0).all()
    wrong = {(shim.id, "0.weight"): np.ones((4, 3), "float32"), (shim.id, "0.bias"): np.ones(5, "float32")}
    with pytest.raises(ValueError, match=r"0\.bias has shape \(4,\)"), shim.use_params(wrong):
        pass
    assert all((value == before[name]).all() for name, value in _values(shim).items())


@pytest.mark.parametrize("twin_of", [PyTorchShim.copy, copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
def test_a_copy_is_independent(twin_of: Callable[[PyTorchShim], PyTorchShim]) -> None:
    """Copies and pickles hold a module of their own with the same values; `copy` has gradients and a new id."""
    shim = PyTorchShim(_module(), {"a": 1})
    _step(shim)
    twin = twin_of(shim)
    assert twin.cfg == {"a": 1}
    assert all((value == _values(twin)[name]).all() for name, value in _values(shim).items())
    if twin_of is PyTorchShim.copy:
        assert twin.id != shim.id
        assert bool((twin._model[0].weight.grad == shim._model[0].weight.grad).all())
    before = _values(shim)
    _step(twin)
    twin.finish_update(SGD(1.0))
    assert (_values(twin)["0.weight"] != before["0.weight"]).any()
    assert all((value == before[name]).all() for name, value in _values(shim).items())


def test_devices() -> None:
    """The device is that of the parameters; there are "cpu" and "gpu"."""
    import torch

    shim = PyTorchShim(_module(), device="cpu")
    shim.to_device("cpu", -1)
    assert shim.device == torch.device("cpu")
    assert PyTorchShim(torch.nn.ReLU()).device == torch.device("cpu")
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        shim.to_device("tpu", 0)


def test_mixed_precision_needs_a_gpu() -> None:
    """On the CPU a model that asks for it predicts in full precision; training says what is wrong."""
    shim = PyTorchShim(_module(), mixed_precision=True)
    assert bool((shim.predict(_inputs()) == PyTorchShim(_module()).predict(_inputs())).all())
    with pytest.raises(ValueError, match="mixed_precision=False"):
        _step(shim)


class _ScalerOfAnyDevice(PyTorchGradScaler):
    """Scales on the CPU too, so that what the shim does with it can be seen without a GPU."""

    def scale(self, tensors: Any, inplace: bool = False) -> Any:
        return tensors * self.scale_factor


def test_scaled_gradients_are_those_without_scaling() -> None:
    """Gradients of parameters and inputs are divided again, each once, also those of an earlier pass."""
    plain, scaled = PyTorchShim(_module()), PyTorchShim(_module(), grad_scaler=_ScalerOfAnyDevice(True, 4.0))
    for _ in range(2):
        wanted, found = _step(plain), _step(scaled)
    assert bool((wanted.args[0] == found.args[0]).all())
    for param, other in zip(plain._model.parameters(), scaled._model.parameters(), strict=True):
        assert bool((param.grad == other.grad).all())


def test_an_overflow_changes_nothing() -> None:
    """Gradients of inputs are zero, parameters stay, the next update is made with a smaller factor."""
    scaler = _ScalerOfAnyDevice(True, float("inf"))
    shim = PyTorchShim(_module(), grad_scaler=scaler)
    before = _values(shim)["0.weight"]
    assert not _step(shim).args[0].any()
    assert scaler.found_inf
    shim.finish_update(SGD(1.0))
    assert (_values(shim)["0.weight"] == before).all()
    assert not scaler.found_inf


# -- Bytes


def test_the_layout_of_the_peer() -> None:
    """A map of the config and the bytes of `torch.save`, which come out the same again."""
    import torch

    shim = PyTorchShim(_module(), {"a": 1})
    data = shim.to_bytes()
    msg = decode(data)
    assert list(msg) == ["config", "state"]
    assert msg["config"] == {"a": 1}
    state = torch.load(io.BytesIO(msg["state"]), weights_only=True)
    assert all((tensor.numpy() == _values(shim)[name]).all() for name, tensor in state.items())
    other = PyTorchShim(_module(seed=2))
    assert other.from_bytes(data) is other
    assert (other.cfg, other.to_bytes()) == ({"a": 1}, data)


def test_safetensors_are_written_and_read_by_content() -> None:
    """Either shim reads what the other wrote, and each writes its own format; tied weights are no obstacle."""
    safe, plain = PyTorchShim(_module(), serialize="safetensors"), PyTorchShim(_module(seed=2))
    safe._model.append(safe._model[0])
    plain._model.append(plain._model[0])
    data = safe.to_bytes()
    assert decode(data)["state"][8:9] == b"{"
    assert decode(plain.from_bytes(data).to_bytes())["state"][:2] == b"PK"
    assert all((value == _values(safe)[name]).all() for name, value in _values(plain).items())
    assert safe.from_bytes(plain.to_bytes()).to_bytes() == data
    with pytest.raises(ValueError, match="'torch', 'safetensors', but is 'pickle'"):
        PyTorchShim(_module(), serialize="pickle")


def test_own_functions_for_bytes() -> None:
    """`serialize_model` and `deserialize_model` are all that touches the state."""

    def load(module: Any, data: bytes, device: Any) -> Any:
        return (_module(seed=int(data)), str(device))[0]

    shim = PyTorchShim(_module(), serialize_model=lambda module: b"5", deserialize_model=load)
    assert decode(shim.to_bytes()) == {"config": {}, "state": b"5"}
    shim.from_bytes(shim.to_bytes())
    assert (_values(shim)["0.weight"] == _values(PyTorchShim(_module(seed=5)))["0.weight"]).all()


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('code in a file was run')",)


def _packed(state: bytes) -> bytes:
    """The zip file with its entries compressed, as torch.save never writes them."""
    file_ = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(state)) as old, zipfile.ZipFile(file_, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    return file_.getvalue()


def _short(state: bytes) -> bytes:
    """The zip file with less data than its description claims."""
    file_ = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(state)) as old, zipfile.ZipFile(file_, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry)[:4] if "/data/" in entry.filename else old.read(entry))
    return file_.getvalue()


def _with_code(state: bytes) -> bytes:
    import torch

    file_ = io.BytesIO()
    torch.save({"0.weight": _Evil()}, file_)
    return file_.getvalue()


@pytest.mark.parametrize(
    "alter",
    [_packed, _short, _with_code, lambda state: state[:-40], lambda state: b"", lambda state: pickle.dumps(_Evil())],
    ids=["packed", "short", "code", "cut", "empty", "pickle"],
)
def test_altered_states_are_refused(alter: Callable[[bytes], bytes]) -> None:
    """What torch.save does not write is a ValueError; no code in it is run, and the module stays as it was."""
    shim = PyTorchShim(_module())
    before = _values(shim)
    msg = decode(shim.to_bytes())
    with pytest.raises(ValueError, match="saved state"):
        shim.from_bytes(encode({"config": {}, "state": alter(msg["state"])}))
    assert all((value == before[name]).all() for name, value in _values(shim).items())


def test_other_data_is_refused() -> None:
    """A state of another module, a map without a state, and bytes that are none."""
    import torch

    shim = PyTorchShim(_module())
    before = _values(shim)
    for other in (torch.nn.Linear(2, 2), torch.nn.Sequential(*_module(seed=2)[:2], torch.nn.Linear(4, 3))):
        with pytest.raises(ValueError, match="not that of this Sequential"):
            shim.from_bytes(PyTorchShim(other).to_bytes())
    assert all((value == before[name]).all() for name, value in _values(shim).items())
    with pytest.raises(ValueError, match="no saved PyTorch module"):
        shim.from_bytes(encode({"state": b""}))
    with pytest.raises(ValueError, match="the saved PyTorch module"):
        shim.from_bytes(b"\xc1")


def test_every_flipped_byte_is_survived() -> None:
    """A state with one altered byte is read or is a ValueError, whichever byte it is; also in the other format."""
    for serialize in ("torch", "safetensors"):
        shim = PyTorchShim(_module(), serialize=serialize)
        data = shim.to_bytes()
        rng = np.random.default_rng(0)
        for place in rng.choice(len(data), 120, replace=False):
            altered = bytearray(data)
            altered[place] ^= 1 << rng.integers(8)
            with suppress(ValueError):
                other = PyTorchShim(_module()).from_bytes(bytes(altered))
                assert _values(other).keys() == _values(shim).keys()


# -- In a tree


def test_keys_of_shims_and_nodes_differ() -> None:
    """Ids of shims are none that nodes have, since one optimizer meets both."""
    model: Model = chain(Linear(3, 3), PyTorchWrapper(_module()))
    nodes = {node.id for node in model.walk()}
    assert not nodes & {shim.id for node in model.walk() for shim in node.shims}
    assert min(shim.id for node in model.walk() for shim in node.shims) > max(nodes)


def test_compiled_modules_keep_their_names() -> None:
    """A module of `torch.compile` trains, and its bytes and keys are those of the module itself."""
    import torch

    compiled, plain = PyTorchShim(torch.compile(_module(), backend="eager")), PyTorchShim(_module())
    for shim in (compiled, plain):
        _step(shim)
        optimizer = Adam(0.1)
        shim.finish_update(optimizer)
        assert {name for _, name in optimizer.nr_update} == {name for name, _ in plain._model.named_parameters()}
    assert compiled.to_bytes() == plain.to_bytes()
    assert compiled.copy().to_bytes() == plain.to_bytes()
    assert compiled.from_bytes(PyTorchShim(_module(seed=2)).to_bytes()).to_bytes() != plain.to_bytes()
