"""Modules of PyTorch among native layers: gradients through both worlds, nestings of arrays, sequences, saving."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    Adam,
    ArgsKwargs,
    Embed,
    Linear,
    Maxout,
    Model,
    Padded,
    PyTorchRNNWrapper,
    PyTorchWrapper,
    PyTorchWrapper_v2,
    PyTorchWrapper_v3,
    Relu,
    chain,
    concatenate,
    get_current_ops,
    list2ragged,
    ragged2list,
    registry,
    residual,
    with_array,
    with_padded,
)
from tagma.testing import check_gradients

pytestmark = pytest.mark.torch

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def _perceptron() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 4))


def _module(function: Callable[..., Any]) -> Any:
    """A module that computes what a function does, with one parameter, `scale`."""
    import torch

    class Scaled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.tensor([1.5]))

        def forward(self, *args: Any, **kwargs: Any) -> Any:
            return function(self.scale, *args, **kwargs)

    return Scaled()


def _names_of(model: Model) -> list[str]:
    return [name for name, _ in model.shims[0]._model.named_parameters()]


# -- Gradients


@pytest.mark.parametrize("wrapper", [PyTorchWrapper, PyTorchWrapper_v2, PyTorchWrapper_v3])
def test_a_net_in_the_middle_has_right_gradients(wrapper: Callable[..., Model]) -> None:
    """Backprop through native layers, a module, and native layers again is the numerical derivative of the graph."""
    model: Model = chain(
        Maxout(4, 4, nP=2), concatenate(residual(wrapper(_perceptron())), Linear(3, 4)), Linear(2, 7)
    ).initialize()
    check_gradients(model, X)


def test_two_nodes_share_a_module() -> None:
    """Gradients of both places add up, and an update moves the module once."""
    inner = PyTorchWrapper(_perceptron())
    model: Model = chain(inner, Linear(4, 4), inner).initialize()
    check_gradients(model, X)
    keys = []

    def optimizer(key: Any, value: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        keys.append(key)
        return value, gradient

    model.finish_update(optimizer)
    assert sorted(keys) == sorted(set(keys))


def test_sequences_have_right_gradients() -> None:
    """A module inside `with_array`, on lists with an empty item, and an LSTM on Padded."""
    import torch

    lists = [X, X[:0], X[:2]]
    check_gradients(chain(Linear(4, 4), with_array(PyTorchWrapper(_perceptron()))).initialize(X), X)
    check_gradients(with_array(PyTorchWrapper(_perceptron())).initialize(lists), lists)
    rnn: Model = with_padded(PyTorchRNNWrapper(torch.nn.LSTM(4, 3)))
    check_gradients(rnn, [X, X[:2]])
    (longest, short), _ = rnn([X.astype("float64"), X[:2].astype("float64")], is_train=False)
    assert (longest.shape, short.shape) == ((5, 3), (2, 3))


def test_other_containers_reach_a_module() -> None:
    """Lists become a Ragged, whose rows a module sees, and lists again."""
    model: Model = chain(list2ragged(), with_array(PyTorchWrapper(_perceptron())), ragged2list())
    check_gradients(model.initialize([X, X[:2]]), [X, X[:2]])


# -- What goes in and comes out


def test_nestings_of_inputs() -> None:
    """A single array, a tuple, a dict and ArgsKwargs reach the module as such, and gradients come back as such."""
    model = PyTorchWrapper(_module(lambda scale, a, b=None: a * scale + (0 if b is None else 2 * b)))
    ones = np.ones_like(X)
    for data, kind in [
        (X, np.ndarray),
        ((X, X), tuple),
        ([X, X], tuple),
        ({"a": X, "b": X}, dict),
        (ArgsKwargs((X,), {"b": X}), ArgsKwargs),
    ]:
        Y, backprop = model.begin_update(data)
        dX = backprop(ones)
        assert isinstance(dX, kind)
        parts = [dX] if kind is np.ndarray else list(getattr(dX, "values", lambda dX=dX: dX)())
        assert np.allclose(Y, X * (1.5 if len(parts) == 1 else 3.5))
        assert [float(part.flat[0]) for part in parts] == [1.5, 2.0][: len(parts)]


def test_integers_have_zero_gradients() -> None:
    """A lookup of ids trains; what comes back for ids is zeros of their kind, as from a native table."""
    import torch

    model = PyTorchWrapper(torch.nn.Embedding(10, 3))
    ids = np.array([1, 2, 2])
    Y, backprop = model.begin_update(ids)
    d_ids = backprop(np.ones_like(Y))
    assert (d_ids.dtype, d_ids.tolist()) == (ids.dtype, [0, 0, 0])
    gradient = model.shims[0]._model.weight.grad
    assert gradient.sum(dim=1).tolist() == [0.0, 3.0, 6.0] + [0.0] * 7
    native = Embed(3, 10, column=0).initialize()
    _, backprop_native = native.begin_update(ids.reshape(-1, 1))
    assert backprop_native(Y).dtype.kind == d_ids.dtype.kind


def test_several_outputs() -> None:
    """Outputs keep their nesting; each has its gradient, or None where nothing depends on it."""
    model = PyTorchWrapper(_module(lambda scale, a: {"twice": 2 * a, "more": [a * scale, a.detach(), "text"]}))
    Y, backprop = model.begin_update(X)
    assert Y["more"][2] == "text"
    assert np.array_equal(Y["twice"], 2 * X)
    ones = np.ones_like(X)
    assert (backprop({"twice": ones, "more": [ones, ones, None]}) == 3.5).all()
    Y, backprop = model.begin_update(X)
    assert (backprop({"twice": ones, "more": [None, None, None]}) == 2.0).all()
    Y, backprop = model.begin_update(X)
    assert (backprop({"twice": ones}) == 2.0).all()


def test_what_does_not_depend_on_anything_has_no_gradient() -> None:
    """A module whose output is constant gives zeros back."""
    model = PyTorchWrapper(_module(lambda scale, a: a.detach()))
    _, backprop = model.begin_update(X)
    assert not backprop(X).any()


def test_memory_is_shared() -> None:
    """What a module is given is the memory of the array, and what it returns is that of the tensor."""
    model = PyTorchWrapper(_module(lambda scale, a: a))
    assert np.shares_memory(model.predict(X), X)
    read_only = X.copy()
    read_only.flags.writeable = False
    assert np.array_equal(model.predict(read_only), X)
    assert np.array_equal(model.predict(X[::-1]), X[::-1])


def test_own_conversions() -> None:
    """Functions of the contract's signature decide what the module sees and what the layer returns."""
    seen = []

    def convert_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
        import torch

        seen.append(is_train)
        data = torch.from_numpy(X["data"]).requires_grad_(is_train)
        return ArgsKwargs((data,), {}), lambda d_inputs: {"data": d_inputs.args[0].numpy()}

    def convert_outputs(model: Model, X_Y: Any, is_train: bool) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
        import torch

        X, Y = X_Y
        assert set(X) == {"data"}
        return {"out": Y.detach().numpy()}, lambda dY: ArgsKwargs(
            args=((Y,),), kwargs={"grad_tensors": torch.from_numpy(dY["out"]), "retain_graph": True}
        )

    model = PyTorchWrapper(_module(lambda scale, a: a * scale), convert_inputs, convert_outputs)
    Y, backprop = model.begin_update({"data": X})
    first = backprop({"out": X})["data"]
    assert np.allclose(Y["out"], 1.5 * X)
    assert np.allclose(first, 1.5 * X)
    assert np.array_equal(backprop({"out": X})["data"], first)
    model.predict({"data": X})
    assert seen == [True, False]


# -- Training, copies, bytes


def _tagger() -> Model:
    return chain(Relu(4, 4), PyTorchWrapper(_perceptron()), Linear(2, 4))


def _train(model: Model, steps: int = 30) -> tuple[Adam, list[float]]:
    target, optimizer, losses = X[:, :2] - 1, Adam(0.05), []
    for _ in range(steps):
        Y, backprop = model.begin_update(X)
        losses.append(float(((Y - target) ** 2).sum()))
        backprop(2 * (Y - target))
        model.finish_update(optimizer)
    return optimizer, losses


def test_a_mixed_network_trains() -> None:
    """One optimizer moves native and wrapped parameters, the loss falls, and averages are used by both."""
    model = _tagger().initialize()
    optimizer, losses = _train(model)
    assert losses[-1] < 0.1 * losses[0]
    shim = model.layers[1].shims[0]
    assert {name for key, name in optimizer.nr_update if key == shim.id} == set(_names_of(model.layers[1]))
    before = model.predict(X)
    with model.use_params(optimizer.averages):
        assert not np.allclose(model.predict(X), before)
        averaged = shim._model[0].weight.detach().numpy()
        assert np.array_equal(averaged, optimizer.averages[shim.id, "0.weight"])
    assert np.array_equal(model.predict(X), before)


def test_a_wrong_average_changes_nothing() -> None:
    """Where values for a module do not fit, native parameters come back too."""
    model = _tagger().initialize()
    linear, shim = model.layers[2], model.layers[1].shims[0]
    before = linear.get_param("W")
    values = {(linear.id, "W"): np.zeros_like(before), (shim.id, "0.weight"): np.zeros(7, "float32")}
    with pytest.raises(ValueError, match=r"0\.weight has shape"), model.use_params(values):
        pass
    assert linear.get_param("W") is before


@pytest.mark.parametrize("options", [{}, {"serialize": "safetensors"}], ids=["torch", "safetensors"])
def test_copies_and_bytes_predict_the_same(options: dict[str, Any]) -> None:
    """A copy, a pickle and a model loaded from bytes into fresh layers predict bit for bit what the original does."""
    model = chain(Relu(4, 4), PyTorchWrapper(_perceptron(), **options), Linear(2, 4)).initialize()
    _train(model, 3)
    Y = model.predict(X)
    loaded = _tagger().from_bytes(model.to_bytes())
    for twin in (model.copy(), pickle.loads(pickle.dumps(model)), loaded):
        assert np.array_equal(twin.predict(X), Y)
        _train(twin, 1)
        assert np.array_equal(model.predict(X), Y)
    assert _tagger().can_from_bytes(model.to_bytes())
    assert _tagger().from_bytes(model.to_bytes()).to_bytes() == _with_default_format(model)


def _with_default_format(model: Model) -> bytes:
    return _tagger().from_bytes(model.to_bytes()).to_bytes()


def test_a_failed_load_changes_nothing() -> None:
    """Where the second module does not fit, the first has what it had before, and is the same object."""
    import torch

    model, other = (chain(PyTorchWrapper(_perceptron()), PyTorchWrapper(torch.nn.Linear(4, n))) for n in (2, 3))
    model.layers[0].shims[0]._model[0].weight.data += 1
    before, module = other.predict(X), other.layers[0].shims[0]._model
    with pytest.raises(ValueError, match="not that of this Linear"):
        other.from_bytes(model.to_bytes())
    assert np.array_equal(other.predict(X), before)
    assert other.layers[0].shims[0]._model is module


def test_wrong_modules_and_shapes_are_named() -> None:
    """A module that gives another width than the node says, a gradient of another shape, and what is no module."""
    with pytest.raises(ValueError, match=r"takes a torch\.nn\.Module, not a function"):
        PyTorchWrapper(_perceptron)
    model = PyTorchWrapper(_perceptron())
    _, backprop = model.begin_update(X)
    with pytest.raises(ValueError, match=r"pytorch: the output has shape \(5, 4\), but its gradient \(4, 5\)"):
        backprop(X.T)
    model.set_dim("nO", 3)
    with pytest.raises(ValueError, match="nO is 3, but the wrapped model gives 4"):
        model.predict(X)


def test_the_node_is_that_of_the_contract() -> None:
    """Name, dims and attributes are those that saved graphs name; functions are not saved."""
    model = PyTorchWrapper(_perceptron())
    assert (model.name, model.dim_names, len(model.shims)) == ("pytorch", ("nI", "nO"), 1)
    assert set(model.attrs) == {"convert_inputs", "convert_outputs"}
    assert model.to_dict()["attrs"] == [{}]


def test_moving_takes_modules_along() -> None:
    """`to_cpu` reaches the module of every node."""
    model = _tagger().initialize()
    Y = model.predict(X)
    model.to_cpu()
    assert np.array_equal(model.predict(X), Y)


@pytest.mark.parametrize("version", ["PyTorchWrapper.v1", "PyTorchWrapper.v2", "PyTorchWrapper.v3"])
def test_configs_name_wrappers(version: str) -> None:
    """A config's block has the arguments of the peer and no other, and can give more."""

    @registry.layers("perceptron_for_this_test.v1")
    def make() -> Any:
        return _perceptron()

    block = {"model": {"@layers": version, "pytorch_model": {"@layers": "perceptron_for_this_test.v1"}}}
    wanted = {
        "PyTorchWrapper.v1": set(),
        "PyTorchWrapper.v2": {"mixed_precision", "grad_scaler", "device"},
        "PyTorchWrapper.v3": {"mixed_precision", "grad_scaler", "device", "serialize_model", "deserialize_model"},
    }[version]
    filled = registry.fill(block)["model"]
    assert set(filled) == {"@layers", "pytorch_model", "convert_inputs", "convert_outputs"} | wanted
    assert registry.resolve(block)["model"].name == "pytorch"


def test_pytorch_is_imported_only_when_used() -> None:
    """All layers can be imported, looked up and made without PyTorch, until one wraps a module."""
    code = (
        "import sys, tagma.nn, tagma.nn.layers, tagma.nn.shims\n"
        "tagma.nn.registry.layers.get('PyTorchWrapper.v3'); tagma.nn.Linear(2, 2).initialize().to_bytes()\n"
        "print('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_padded_keeps_its_sequences() -> None:
    """What comes back for a Padded has its lengths and indices, forth and back."""
    import torch

    batch: Padded = get_current_ops().list2padded([X[:2], X])
    Y, backprop = PyTorchRNNWrapper(torch.nn.GRU(4, 3)).begin_update(batch)
    dX = backprop(Y)
    for found in (Y, dX):
        assert (found.lengths.tolist(), found.indices.tolist()) == ([5, 2], [1, 0])
    assert dX.data.shape == batch.data.shape


@pytest.mark.parametrize("settings", [{}, {"bi": True}, {"depth": 2}], ids=["plain", "bi", "deep"])
def test_lstm_of_pytorch(settings: dict[str, Any]) -> None:
    """The registered layer has the dims it was made with, and right gradients on lists; depth 0 changes nothing."""
    make = registry.layers.get("PyTorchLSTM.v1")
    model = make(2, 4, **settings)
    assert (model.layers[0].get_dim("nO"), model.layers[0].get_dim("nI")) == (2, 4)
    check_gradients(model, [X, X])
    assert make(4, 4, depth=0).predict(X) is X
