"""Layers against what PyTorch computes for the same parameters: outputs, and gradients of input and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma.nn
from tagma.nn import LSTM, Model, Padded, Ragged, get_current_ops, registry

from ..examples import EXAMPLES, Example

pytestmark = pytest.mark.torch

# (functions of PyTorch, input, parameters, the model) → output, all of them tensors; a Ragged comes as its rows, with
# the lengths among the parameters, and a pair as a list of two.
Twin = Callable[[Any, Any, dict[str, Any], Model[Any, Any]], Any]


def dense(activation: Callable[[Any, Any], Any]) -> Twin:
    """A dense layer with an activation: (functions of PyTorch, A) → Y."""
    return lambda torch, X, p, model: activation(torch, torch.nn.functional.linear(X, p["W"], p["b"]))


def by_sequence(reduce: Callable[[Any, Any], Any]) -> Twin:
    """A function of the rows of each sequence: (torch, rows) → row."""
    return lambda torch, X, p, model: torch.stack([reduce(torch, part) for part in X.split(p["lengths"])])


def attention(torch: Any, X: Any, p: dict[str, Any], model: Model[Any, Any]) -> Any:
    """The rows of each sequence, weighted."""
    return torch.cat([part * (part @ p["Q"]).softmax(dim=0)[:, None] for part in X.split(p["lengths"])])


def windows(torch: Any, X: Any, p: dict[str, Any], model: Model[Any, Any]) -> Any:
    """Each row beside two rows on either side."""
    padded = torch.nn.functional.pad(X, (0, 0, 2, 2))
    return torch.cat([padded[i : i + len(X)] for i in range(5)], dim=1)


def maxout(torch: Any, X: Any, p: dict[str, Any], model: Model[Any, Any]) -> Any:
    """The largest piece of each output."""
    return (torch.einsum("ni,opi->nop", X, p["W"]) + p["b"]).amax(dim=2)


def groups(torch: Any, X: Any, p: dict[str, Any], model: Model[Any, Any]) -> Any:
    """A softmax for each group of columns."""
    A = torch.nn.functional.linear(X, p["W"], p["b"])
    return torch.cat([part.softmax(dim=1) for part in A.split(model.attrs["nOs"], dim=1)], dim=1)


def similarity(torch: Any, X: Any, p: dict[str, Any], model: Model[Any, Any]) -> Any:
    """How near two rows are."""
    return 1 / (1 + ((X[0] - X[1]) ** 2 @ p["W"]))


TWINS: dict[str, Twin] = {
    "Linear.v1": dense(lambda torch, A: A),
    "Relu.v1": dense(lambda torch, A: torch.relu(A)),
    "Mish.v1": dense(lambda torch, A: torch.nn.functional.mish(A)),
    "Gelu.v1": dense(lambda torch, A: torch.nn.functional.gelu(A)),
    "Swish.v1": dense(lambda torch, A: torch.nn.functional.silu(A)),
    "HardSwish.v1": dense(lambda torch, A: A * (0.2 * A + 0.5).clamp(0, 1)),
    "HardSwishMobilenet.v1": dense(lambda torch, A: torch.nn.functional.hardswish(A)),
    "Dish.v1": dense(lambda torch, A: 0.5 * A * (A / (1 + A**2).sqrt() + 1)),
    "ClippedLinear.v1": dense(lambda torch, A: A.clamp(0, 1)),
    "HardSigmoid.v1": dense(lambda torch, A: (0.2 * A + 0.5).clamp(0, 1)),
    "HardTanh.v1": dense(lambda torch, A: torch.nn.functional.hardtanh(A)),
    "ReluK.v1": dense(lambda torch, A: A.clamp(0, 0.5)),
    "Sigmoid.v1": dense(lambda torch, A: A.sigmoid()),
    "Softmax.v1": dense(lambda torch, A: A.softmax(dim=1)),
    "Softmax.v2": dense(lambda torch, A: (A / 2).softmax(dim=1)),
    "MultiSoftmax.v1": groups,
    "Maxout.v1": maxout,
    "softmax_activation.v1": lambda torch, X, p, model: X.softmax(dim=1),
    "sigmoid_activation.v1": lambda torch, X, p, model: X.sigmoid(),
    "Logistic.v1": lambda torch, X, p, model: X.sigmoid(),
    "LayerNorm.v1": lambda torch, X, p, model: torch.nn.functional.layer_norm(X, X.shape[1:], p["G"], p["b"], 1e-8),
    "Embed.v1": lambda torch, X, p, model: torch.nn.functional.embedding(X, p["E"]),
    "expand_window.v1": windows,
    "CauchySimilarity.v1": similarity,
    "ParametricAttention.v1": attention,
    "reduce_sum.v1": by_sequence(lambda torch, rows: rows.sum(dim=0)),
    "reduce_mean.v1": by_sequence(lambda torch, rows: rows.mean(dim=0)),
    "reduce_max.v1": by_sequence(lambda torch, rows: rows.amax(dim=0)),
    "reduce_first.v1": by_sequence(lambda torch, rows: rows[0]),
    "reduce_last.v1": by_sequence(lambda torch, rows: rows[-1]),
}
FIRST: dict[str, Example] = {example.name: example for example in reversed(EXAMPLES)}


def in_float64(model: Model[Any, Any]) -> None:
    """Parameters in float64, those that begin with zeros drawn at random."""
    rng = np.random.default_rng(0)
    for name in model.param_names:
        value = model.get_param(name).astype("float64")
        model.set_param(name, value if value.any() else rng.normal(size=value.shape))


def float64_batch(X: Any) -> Any:
    """The batch with floats in float64."""
    if isinstance(X, Ragged):
        return Ragged(X.data.astype("float64"), X.lengths)
    if isinstance(X, tuple):
        return tuple(map(float64_batch, X))
    return X.astype("float64") if X.dtype.kind == "f" else X


def tensors(torch: Any, X: Any) -> Any:
    """The same as tensors that ask for gradients."""
    if isinstance(X, tuple):
        return [tensors(torch, item) for item in X]
    array = X.data if isinstance(X, Ragged) else X
    is_float = array.dtype.kind == "f"
    return torch.tensor(array if is_float else array.astype("int64"), requires_grad=is_float)


@pytest.mark.parametrize("name", sorted(TWINS))
def test_layer(name: str) -> None:
    """Values to 1e-5 and gradients to 1e-6, in float64, where the activation itself is no approximation."""
    import torch

    example = FIRST[name]
    model, X = example.initialized(tagma.nn), float64_batch(example.batch(tagma.nn))
    in_float64(model)
    Y, backprop = model.begin_update(X)
    params = {key: torch.tensor(model.get_param(key), requires_grad=True) for key in model.param_names}
    if isinstance(X, Ragged):
        params["lengths"] = X.lengths.tolist()
    given = tensors(torch, X)
    theirs = TWINS[name](torch, given, params, model)
    ours = Y.data if isinstance(Y, Ragged) else Y
    np.testing.assert_allclose(ours, theirs.detach().numpy(), atol=1e-5)

    tolerance = 1e-4 if name == "Gelu.v1" else 1e-6  # its erf is an approximation
    if example.logits:
        target = np.roll(ours, 1, axis=0)
        gradient = ours - target
        (-(torch.tensor(target) * theirs.log()).sum()).backward()
    else:
        gradient = np.random.default_rng(2).normal(size=ours.shape)
        theirs.backward(torch.tensor(gradient))
    dX = backprop(Ragged(gradient, Y.lengths) if isinstance(Y, Ragged) else gradient)
    for key in model.param_names:
        np.testing.assert_allclose(model.get_grad(key), params[key].grad.numpy(), atol=tolerance, err_msg=key)
    for d, x in zip(dX if isinstance(dX, tuple) else [dX], given if isinstance(given, list) else [given], strict=True):
        if x.requires_grad:
            np.testing.assert_allclose(d.data if isinstance(d, Ragged) else d, x.grad.numpy(), atol=tolerance)


def test_hard_sigmoid_of_pytorch() -> None:
    """Its slope is 1/6 where ours is 0.2; a ClippedLinear with that slope is the same layer."""
    import torch

    X = np.linspace(-5, 5, 21, dtype="float32").reshape((-1, 1))
    model = registry.layers.get("ClippedLinear.v1")(1, 1, slope=1 / 6, offset=0.5).initialize()
    model.set_param("W", np.ones((1, 1), dtype="float32"))
    np.testing.assert_allclose(model.predict(X), torch.nn.functional.hardsigmoid(torch.tensor(X)).numpy(), atol=1e-6)


def torch_lstm(torch: Any, model: Model[Padded, Padded]) -> Any:
    """The LSTM of PyTorch with the parameters of ours: its gates are i, f, g, o where ours are f, i, o, c."""
    depth, dirs, nO = (model.get_dim(name) for name in ("depth", "dirs", "nO"))
    lstm = torch.nn.LSTM(model.get_dim("nI"), nO // dirs, depth, bidirectional=dirs == 2).double()
    flat = model.get_param("LSTM")
    with torch.no_grad():
        for param, place in zip(lstm.parameters(), torch_places(model), strict=True):
            param.copy_(torch.tensor(flat[place].reshape((4, -1))[ORDER].reshape(param.shape)))
    return lstm


ORDER = [1, 0, 3, 2]  # of our gates in PyTorch's weights, and of theirs in ours


def torch_places(model: Model[Padded, Padded]) -> list[slice]:
    """Where in our vector each parameter of PyTorch is, in its order: w_ih, w_hh, b_ih, b_hh of each direction."""
    dirs = model.get_dim("dirs")
    nH, width, start = model.get_dim("nO") // dirs, model.get_dim("nI"), 0
    found = []
    for _ in range(model.get_dim("depth")):
        for _ in range(dirs):
            places = []
            for size in (4 * nH * width, 4 * nH, 4 * nH * nH, 4 * nH):
                places.append(slice(start, start + size))
                start += size
            w_ih, b_ih, w_hh, b_hh = places
            found += [w_ih, w_hh, b_ih, b_hh]
        width = nH * dirs
    return found


@pytest.mark.parametrize("settings", [{}, {"bi": True}, {"depth": 2}, {"bi": True, "depth": 2}], ids=str)
def test_lstm(settings: dict[str, Any]) -> None:
    """Values and gradients through time, sequences of all lengths in one batch, both directions, several layers."""
    import torch

    rng = np.random.default_rng(0)
    ops = get_current_ops()
    sequences = [rng.normal(size=(n, 4)) for n in (3, 5, 1, 5)]
    batch = ops.list2padded(sequences)
    model = LSTM(6, 4, **settings).initialize()
    in_float64(model)
    model.set_param("HC0", np.zeros_like(model.get_param("HC0")))  # PyTorch starts from zeros
    Y, backprop = model.begin_update(batch)
    lstm = torch_lstm(torch, model)
    data = torch.tensor(batch.data, requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(data, torch.tensor(batch.lengths))
    theirs, _ = torch.nn.utils.rnn.pad_packed_sequence(lstm(packed)[0])
    np.testing.assert_allclose(Y.data, theirs.detach().numpy(), atol=1e-6)
    gradient = rng.normal(size=Y.data.shape) * (np.arange(5)[:, None] < batch.lengths)[:, :, None]
    theirs.backward(torch.tensor(gradient))
    dX = backprop(Padded(gradient, Y.size_at_t, Y.lengths, Y.indices))
    np.testing.assert_allclose(dX.data, data.grad.numpy(), atol=1e-6)
    ours = model.get_grad("LSTM")
    for param, place in zip(lstm.parameters(), torch_places(model), strict=True):
        found = ours[place].reshape((4, -1))[ORDER].reshape(param.shape)
        np.testing.assert_allclose(found, param.grad.numpy(), atol=1e-6)
