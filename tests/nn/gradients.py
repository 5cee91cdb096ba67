"""Helpers of the tests in this room: batches in any container, and finite differences through them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagma.nn import Model, Padded, Ragged

EPSILON = 1e-5


def float_arrays(batch: Any) -> list[np.ndarray]:
    """The float arrays of a batch, as they are (not copies), in a fixed order."""
    if isinstance(batch, np.ndarray):
        return [batch] if batch.dtype.kind == "f" else []
    if isinstance(batch, Ragged | Padded):
        return float_arrays(batch.data)
    if isinstance(batch, list | tuple):
        return [array for item in batch for array in float_arrays(item)]
    return []


def as_float64(batch: Any) -> Any:
    """A copy of the batch whose float arrays are float64."""
    if isinstance(batch, np.ndarray):
        return batch.astype("float64") if batch.dtype.kind == "f" else batch.copy()
    if isinstance(batch, Ragged):
        return Ragged(as_float64(batch.dataXd), batch.lengths)
    if isinstance(batch, Padded):
        return Padded(as_float64(batch.data), batch.size_at_t, batch.lengths, batch.indices)
    if isinstance(batch, list):
        return [as_float64(item) for item in batch]
    return tuple(as_float64(item) for item in batch) if isinstance(batch, tuple) else batch


def random_like(batch: Any, rng: np.random.Generator) -> Any:
    """A batch of the same shape with random numbers."""
    if isinstance(batch, np.ndarray):
        return rng.normal(size=batch.shape).astype(batch.dtype) if batch.dtype.kind == "f" else batch
    if isinstance(batch, Ragged):
        return Ragged(random_like(batch.dataXd, rng), batch.lengths)
    if isinstance(batch, Padded):
        data = random_like(batch.data, rng)
        steps = np.arange(data.shape[0])[:, None]
        data[steps >= batch.lengths] = 0  # no gradient comes from padding
        return Padded(data, batch.size_at_t, batch.lengths, batch.indices)
    if isinstance(batch, list | tuple):
        items = [random_like(item, rng) for item in batch]
        return tuple(items) if isinstance(batch, tuple) else items
    return batch


def use_float64(model: Model) -> None:
    """Give the whole tree float64 parameters, wrapped modules of PyTorch too, and forget its gradients."""
    for node in model.walk():
        for name in node.param_names:
            if node.has_param(name):
                value = node.get_param(name).astype("float64")
                node.set_param(name, None)
                node.set_param(name, value)
        for shim in node.shims:
            shim._model.double()


def check_gradients(model: Model, X: Any, *, logits: bool = False, tolerance: float = 1e-6) -> None:
    """Compare backprop with central differences, for every float of X and of every parameter.

    The loss is Σ Y·R for a random R; with `logits`, whose backprop takes the gradient before the softmax, the
    cross-entropy with the outputs of other rows as target.
    """
    X = as_float64(X)
    use_float64(model)
    rng = np.random.default_rng(2)
    if logits:
        for name in model.param_names:  # these start at zero, where every output is the same
            model.set_param(name, rng.normal(size=model.get_param(name).shape))
    np.random.seed(1)
    Y, backprop = model.begin_update(X)
    R = random_like(Y, rng)
    target = np.roll(Y, 1, axis=0) if logits else None
    dX = backprop(Y - target if logits else as_float64(R))

    def loss() -> float:
        np.random.seed(1)  # the same dropout masks each time
        Yh, _ = model.begin_update(X)
        if logits:
            return float(-(target * np.log(Yh)).sum())
        pairs = zip(float_arrays(Yh), float_arrays(R), strict=True)
        return float(sum((y * r).sum() for y, r in pairs))

    checked = 0
    inputs = float_arrays(X)
    for values, gradient in zip(inputs, float_arrays(dX) if inputs else [], strict=True):
        checked += _compare(values, gradient, loss, "X", tolerance)
    for node in model.walk():
        for name in node.grad_names:
            checked += _compare(node.get_param(name), node.get_grad(name), loss, f"{node.name}.{name}", tolerance)
        for shim in node.shims:
            for name, param in shim._model.named_parameters():
                if param.grad is not None:
                    checked += _compare(param.detach().numpy(), param.grad.numpy(), loss, name, tolerance)
    assert checked, "nothing was differentiable: this check would pass for any layer"


def _compare(values: np.ndarray, gradient: np.ndarray, loss: Any, what: str, tolerance: float) -> int:
    assert values.shape == gradient.shape, f"{what}: gradient {gradient.shape} of an array {values.shape}"
    flat = values.reshape(-1)
    assert np.shares_memory(flat, values) or not values.size, f"{what} must be contiguous to be perturbed"
    for i in range(flat.size):
        old = flat[i]
        flat[i] = old + EPSILON
        above = loss()
        flat[i] = old - EPSILON
        below = loss()
        flat[i] = old
        slope = (above - below) / (2 * EPSILON)
        assert abs(slope - gradient.reshape(-1)[i]) < tolerance * max(1.0, abs(slope)), (
            f"{what}[{i}]: backprop says {gradient.reshape(-1)[i]}, differences say {slope}"
        )
    return flat.size
