"""A block of MXNet in a shim and in a layer, on a stand-in of the calls of MXNet that are made."""

from __future__ import annotations

import copy
import pickle
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    SGD,
    Adam,
    ArgsKwargs,
    Linear,
    Maxout,
    Model,
    MXNetShim,
    MXNetWrapper,
    Relu,
    chain,
    compat,
    concatenate,
    enable_mxnet,
    mxnet2xp,
    registry,
    residual,
    with_array,
    xp2mxnet,
)
from tagma.nn.arrays import is_mxnet_array
from tagma.nn.packing import decode, encode
from tagma.testing import check_gradients

from . import mxnet_stand_in
from .mxnet_stand_in import Block, Dense, Perceptron

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


@pytest.fixture(autouse=True)
def mxnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is found as mxnet, and switched on, which warns that it is deprecated."""
    for name, module in mxnet_stand_in.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(compat, "has_mxnet", False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enable_mxnet()


def _values(shim: MXNetShim) -> list[np.ndarray]:
    return [param.data().asnumpy() for param in shim._model.collect_params().values()]


def _equal(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


def _step(shim: MXNetShim) -> ArgsKwargs:
    """One pass forth and back, whose gradients stay."""
    output, backprop = shim.begin_update(ArgsKwargs((xp2mxnet(X, requires_grad=True),), {}))
    d_inputs: ArgsKwargs = backprop(ArgsKwargs(([output],), {"head_grads": [output]}))
    return d_inputs


def test_arrays_there_and_back() -> None:
    """Values are copied, so that MXNet does not lock the memory of the array; a gradient is kept where asked."""
    tensor = xp2mxnet(X[:, ::-1], requires_grad=True)
    assert is_mxnet_array(tensor)
    assert mxnet2xp(tensor.grad).tolist() == np.zeros_like(X).tolist()
    assert mxnet2xp(tensor).tolist() == X[:, ::-1].tolist()
    assert X.flags.writeable
    assert xp2mxnet(X).grad is None


def test_each_mode_is_told_to_the_block() -> None:
    """Training is on in begin_update alone; the backprop of a prediction gives back what it is given."""
    shim = MXNetShim(Dense(2, 4))
    inputs = ArgsKwargs((xp2mxnet(X),), {})
    output, backprop = shim(inputs, is_train=False)
    assert backprop(output) is output
    shim(inputs, is_train=True)
    assert shim._model.seen_training == [False, True]


def test_all_parameters_are_one_vector() -> None:
    """What the optimizer makes of values and gradients, end to end, is what the block has; frozen ones are left out."""
    shim = MXNetShim(Perceptron(4, 3, 2))
    shim._model.first.weight.grad_req = "null"
    before = _values(shim)
    _step(shim)
    calls = []

    def optimizer(key: Any, values: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        calls.append((key, values.copy(), gradient.copy()))
        return values - gradient, gradient

    shim.finish_update(optimizer)
    shim.finish_update(optimizer)  # nothing was differentiated since
    ((key, values, gradient),) = calls
    assert key == (shim.id, "mxnet-shim")
    assert np.array_equal(_values(shim)[0], before[0])
    assert np.array_equal(np.concatenate([value.ravel() for value in _values(shim)[1:]]), values - gradient)
    assert not any(param.grad().asnumpy().any() for param in shim._trained())


def test_gradients_add_up_until_the_update() -> None:
    """Two passes before an update have the gradient of their sum, though MXNet itself keeps the last alone."""
    once, twice = MXNetShim(Perceptron(4, 3, 2)), MXNetShim(Perceptron(4, 3, 2))
    _step(once)
    _step(twice)
    _step(twice)
    once.finish_update(SGD(0.02, grad_clip=0.0))
    twice.finish_update(SGD(0.01, grad_clip=0.0))
    for one, other in zip(_values(once), _values(twice), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_averages_are_used_within_a_block() -> None:
    """They are the vector of an optimizer, and the old values come back; another length is refused."""
    shim, optimizer = MXNetShim(Perceptron(4, 3, 2)), Adam(0.1)
    for _ in range(3):
        _step(shim)
        shim.finish_update(optimizer)
    before = _values(shim)
    with shim.use_params(optimizer.averages):
        assert not _equal(_values(shim), before)
    with pytest.raises(KeyError, match="of the body"), shim.use_params(optimizer.averages):
        raise KeyError("of the body")
    assert _equal(_values(shim), before)
    wrong = {(shim.id, "mxnet-shim"): np.ones(3)}
    with (
        pytest.raises(ValueError, match=r"23 numbers, but the values to use have shape \(3,\)"),
        shim.use_params(wrong),
    ):
        pass


@pytest.mark.parametrize("twin_of", [MXNetShim.copy, copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
def test_a_copy_is_independent(twin_of: Callable[[MXNetShim], MXNetShim]) -> None:
    """Copies and pickles hold a block of their own with the same values, which trains; `copy` has a new id."""
    shim = MXNetShim(Perceptron(4, 3, 2), {"a": 1})
    _step(shim)
    before, twin = _values(shim), twin_of(shim)
    assert twin.cfg == {"a": 1}
    assert (twin.id != shim.id) == (twin_of is MXNetShim.copy)
    _step(twin)
    twin.finish_update(SGD(1.0))
    assert not _equal(_values(twin), before)
    assert _equal(_values(shim), before)


def test_bytes_and_back() -> None:
    """A map of the config and MXNet's parameter file; that of another block is refused, and nothing stays changed."""
    shim, other = MXNetShim(Perceptron(4, 3, 2), {"a": 1}), MXNetShim(Perceptron(4, 3, 2))
    _step(other)
    other.finish_update(SGD(1.0))
    data = shim.to_bytes()
    assert list(decode(data)) == ["config", "state"]
    assert other.from_bytes(data) is other
    assert (other.cfg, _equal(_values(other), _values(shim))) == ({"a": 1}, True)
    before = _values(other)
    half = MXNetShim(Perceptron(4, 3, 5))
    for wrong in (half.to_bytes(), encode({"config": {}, "state": b"text"})):
        with pytest.raises(ValueError, match="cannot be loaded into this one"):
            other.from_bytes(wrong)
    with pytest.raises(ValueError, match="no saved MXNet module"):
        other.from_bytes(encode([]))
    assert _equal(_values(other), before)


def test_a_block_without_values_is_loaded() -> None:
    """One that gets its values when it first runs can take them from bytes; a failed load leaves it without."""
    shim = MXNetShim(Dense(2, 4))
    empty = MXNetShim(Dense(2, 4))
    for param in empty._model.own().values():
        param._tensor = None
    with pytest.raises(ValueError, match="cannot be loaded into this one"):
        empty.from_bytes(encode({"config": {}, "state": b"text"}))
    bring_back = empty.remember()
    empty.from_bytes(shim.to_bytes())
    bring_back()
    assert _equal(_values(empty), _values(shim))


def test_devices_and_other_models() -> None:
    """Parameters move to "cpu" or "gpu"; what is no block is refused."""
    shim = MXNetShim(Dense(2, 4))
    shim.to_device("gpu", 1)
    context = shim._model.weight.context
    assert (context.device_type, context.device_id) == ("gpu", 1)
    shim.to_device("cpu", -1)
    assert shim._model.weight.context.device_type == "cpu"
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        shim.to_device("tpu", 0)
    with pytest.raises(ValueError, match=r"takes a mxnet\.gluon\.Block, not a ndarray"):
        MXNetShim(X)


# -- As a layer


def _wide() -> Model[Any, Any]:
    return MXNetWrapper(Perceptron(4, 6, 4))


def test_a_block_in_the_middle_has_right_gradients() -> None:
    """Backprop through native layers, a block, and native layers again is the numerical derivative of the graph."""
    model: Model = chain(Maxout(4, 4, nP=2), concatenate(residual(_wide()), Linear(3, 4)), Linear(2, 7)).initialize()
    check_gradients(model, X)
    lists = [X, X[:0], X[:2]]
    check_gradients(with_array(_wide()).initialize(lists), lists)


def test_nestings() -> None:
    """Several arguments reach a block, also integers, and several outputs come back, some without a gradient."""

    class Two(Block):
        def __init__(self) -> None:
            super().__init__()
            self.first = Dense(4, 4)

        def forward(self, a: Any, ids: Any) -> Any:
            return [self.first(a), ids]

    model = MXNetWrapper(Two())
    ids = np.arange(5)
    (Y, same), backprop = model.begin_update((X, ids))
    assert same.tolist() == ids.tolist()
    dX, d_ids = backprop([Y, None])
    assert (dX.shape, d_ids.tolist()) == (X.shape, [0] * 5)
    plain, backprop_plain = MXNetWrapper(Dense(4, 4)).begin_update(X)
    assert np.array_equal(backprop_plain(plain), dX)


def test_a_mixed_network_trains_and_is_saved() -> None:
    """The loss falls, averages are used, and copies, pickles and loaded models predict the same."""
    model: Model = chain(Relu(4, 4), _wide(), Linear(2, 4)).initialize()
    target, optimizer, losses = X[:, :2] - 1, Adam(0.05), []
    for _ in range(40):
        Y, backprop = model.begin_update(X)
        losses.append(float(((Y - target) ** 2).sum()))
        backprop(2 * (Y - target))
        model.finish_update(optimizer)
    assert losses[-1] < 0.1 * losses[0]
    Y = model.predict(X)
    with model.use_params(optimizer.averages):
        assert not np.allclose(model.predict(X), Y)
    loaded: Model = chain(Relu(4, 4), _wide(), Linear(2, 4)).from_bytes(model.to_bytes())
    for twin in (model.copy(), pickle.loads(pickle.dumps(model)), loaded):
        assert np.array_equal(twin.predict(X), Y)


def test_a_failed_load_changes_nothing() -> None:
    """Where the second block does not fit, the first has what it had before."""
    model, other = (chain(_wide(), MXNetWrapper(Perceptron(4, 6, n))) for n in (2, 3))
    _step(model.layers[0].shims[0])
    model.layers[0].shims[0].finish_update(SGD(1.0))
    before = other.predict(X)
    with pytest.raises(ValueError, match="cannot be loaded into this one"):
        other.from_bytes(model.to_bytes())
    assert np.array_equal(other.predict(X), before)


def test_the_node_is_that_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name and class as asked for, by the registry too; functions are not saved; MXNet that is off says so."""

    class Own(Model[Any, Any]):
        pass

    model = registry.layers.get("MXNetWrapper.v1")(Dense(4, 4), model_class=Own, model_name="mine")
    assert (type(model), model.name, len(model.shims), _wide().name) == (Own, "mine", 1, "mxnet")
    assert model.to_dict()["attrs"] == [{}]
    monkeypatch.setattr(compat, "has_mxnet", False)
    with pytest.raises(ImportError, match="MXNet is"):
        _wide()
