"""Checks that every layer passes; `check_layer` runs them all.

Gradients are compared with central differences in float64, where the layer keeps to float64; otherwise in float32, with
longer steps and a wider tolerance.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tagma.nn import Model, Padded, Ragged
from tagma.nn.shims import PyTorchShim, TorchTwin

Make = Callable[[], Model[Any, Any]]

STEP, STEP32 = 1e-5, 1e-2
TOLERANCE32 = 5e-3
SEED = 1


def check_layer(
    make: Make, X: Any, *, logits: bool = False, input_gradient: bool = True, tolerance: float = 1e-6
) -> None:
    """Run all checks. Raises AssertionError with a sentence that says what does not hold.

    make              makes the layer, not initialized
    X                 a small batch for it: an array, a Ragged, a Padded, or lists or tuples of these; a few rows of
                      float32 numbers, none at a kink of the layer
    logits            whether backprop takes the gradient of the scores before a softmax, as `Softmax` does
    input_gradient    whether backprop returns the gradient of X
    tolerance         by how much gradient and difference may differ, relative to slopes above 1
    """
    model = make().initialize(X=X)
    check_layer_dims(model)
    check_layer_predicts(model, X)
    check_layer_round_trip(make, model, X)
    check_layer_copies(model, X)
    if _floats(X) or any(node.param_names for node in model.walk()):
        check_gradients(model, X, logits=logits, input_gradient=input_gradient, tolerance=tolerance)


def check_layer_dims(model: Model[Any, Any]) -> None:
    """After initialization no dimension that a parameter's axis has is unknown, and every parameter is there."""
    for node in model.walk():
        for name in node.param_names:
            _require(bool(node.has_param(name)), f"{node.name}: initialization leaves parameter {name!r} unset")
            for dim in node.axes.get(name, ()):
                known = isinstance(dim, int) or node.has_dim(dim)
                _require(bool(known), f"{node.name}: initialization leaves {dim!r} unset, an axis of {name!r}")


def check_layer_predicts(model: Model[Any, Any], X: Any) -> None:
    """Predictions are no matter of chance, draw no random numbers, and leave X alone, as training does."""
    before = copy.deepcopy(X)
    np.random.seed(SEED)
    expected = np.random.uniform()
    np.random.seed(SEED)
    first, second = model.predict(X), model.predict(X)
    _require(np.random.uniform() == expected, f"{model.name} draws random numbers to predict")
    _require(_same(first, second), f"{model.name} predicts otherwise the second time")
    model.begin_update(X)
    _require(_same(X, before), f"{model.name} writes to its input")


def check_layer_round_trip(make: Make, model: Model[Any, Any], X: Any) -> None:
    """Another one that loads the bytes predicts the same, and saves the same bytes."""
    data = model.to_bytes()
    twin = make()
    _require(twin.can_from_bytes(data), f"{model.name} says that it cannot load the bytes it saved")
    twin.from_bytes(data)
    _require(twin.to_bytes() == data, f"{model.name}: to_bytes differs after from_bytes")
    _require(_same(model.predict(X), twin.predict(X)), f"{model.name} predicts otherwise after from_bytes")


def check_layer_copies(model: Model[Any, Any], X: Any) -> None:
    """A copy predicts the same, and what is done to it changes nothing in the original."""
    twin, before = model.copy(), copy.deepcopy(model.predict(X))
    _require(_same(before, twin.predict(X)), f"a copy of {model.name} predicts otherwise")
    for node in twin.walk():
        for name in node.param_names:
            node.get_param(name)[...] = 0
    twin.predict(X)
    _require(_same(before, model.predict(X)), f"what is done to a copy of {model.name} changes what itself predicts")


# -- Gradients


def check_gradients(
    model: Model[Any, Any], X: Any, *, logits: bool = False, input_gradient: bool = True, tolerance: float = 1e-6
) -> None:
    """Compare backprop with central differences, for every float of X and of every parameter.

    The model, which must be initialized, has float64 parameters and a gradient afterwards; wrapped models of other
    frameworks, whose parameters are checked too, have used theirs up. The loss is Σ Y·R for a random R; with `logits`
    it is the cross-entropy with the outputs of other rows as target.
    """
    X = _as_float64(X)
    _use_float64(model)
    rng = np.random.default_rng(2)
    if logits:
        for name in model.param_names:  # these start at zero, where every output is the same
            model.set_param(name, np.asarray(rng.normal(size=model.get_param(name).shape)))
    np.random.seed(SEED)
    Y, backprop = model.begin_update(X)
    R = _random_like(Y, rng)
    target = np.roll(Y, 1, axis=0) if logits else None
    dX = backprop(Y - target if logits else R)
    wrapped = _wrapped_parameters(model)

    def loss() -> float:
        np.random.seed(SEED)  # the same dropout masks each time
        with model.use_params({key: values for key, (values, _) in wrapped.items()}):
            Yh, _ = model.begin_update(X)
        if logits:
            return float(-(target * np.log(Yh)).sum())
        pairs = zip(_floats(Yh), _floats(R), strict=True)
        return float(sum((y.astype("float64") * r).sum() for y, r in pairs))

    step = STEP
    if any(y.dtype != np.float64 for y in [*_floats(Y), *(values for values, _ in wrapped.values())]):
        step, tolerance = STEP32, max(tolerance, TOLERANCE32)
    checked = 0
    for what, values, gradient in [
        *_pairs(model, X if input_gradient else (), dX),
        *((f"wrapped {key}", *pair) for key, pair in wrapped.items()),
    ]:
        checked += _compare(f"{model.name}: {what}", values, gradient, loss, step, tolerance)
    _require(checked > 0, f"{model.name}: backprop gives no gradient, neither of the input nor of a parameter")


def _pairs(model: Model[Any, Any], X: Any, dX: Any) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """All float arrays of the batch and all parameters, each with its gradient."""
    if inputs := _floats(X):
        gradients = _floats(dX)
        _require(
            len(gradients) == len(inputs),
            f"{model.name}: X has {len(inputs)} float arrays, but backprop returns {len(gradients)}",
        )
        for i, (values, gradient) in enumerate(zip(inputs, gradients, strict=True)):
            yield f"X {i}" if len(inputs) > 1 else "X", values, gradient
    for node in model.walk():
        for name in node.grad_names:
            yield f"{node.name}.{name}", node.get_param(name), node.get_grad(name)


def _wrapped_parameters(model: Model[Any, Any]) -> dict[Any, tuple[np.ndarray, np.ndarray]]:
    """Key → (values, gradient) of all that an optimizer is given by wrapped models."""
    found = {}

    def take(key: Any, values: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found[key] = (values.copy(), gradient.copy())
        return values, gradient

    for shim in {id(shim): shim for node in model.walk() for shim in node.shims}.values():
        shim.finish_update(take)
    return found


def _compare(
    what: str, values: np.ndarray, gradient: np.ndarray, loss: Callable[[], float], step: float, tolerance: float
) -> int:
    """Check each float of an array, and say how many there are."""
    _require(values.shape == gradient.shape, f"{what} is {values.shape}, but its gradient {gradient.shape}")
    for place in np.ndindex(values.shape):
        old = values[place]
        values[place] = old + step
        above = loss()
        values[place] = old - step
        below = loss()
        values[place] = old
        slope = (above - below) / (2 * step)
        _require(
            bool(abs(slope - gradient[place]) < tolerance * max(1.0, abs(slope))),
            f"{what}{list(place)}: backprop says {gradient[place]}, differences say {slope}",
        )
    return values.size


def _use_float64(model: Model[Any, Any]) -> None:
    """Give the whole tree float64 parameters, modules of PyTorch and their twins too, and forget its gradients."""
    for node in model.walk():
        for name in node.param_names:
            if node.has_param(name):
                value = node.get_param(name).astype("float64")
                node.set_param(name, None)
                node.set_param(name, value)
        for shim in node.shims:
            for _, param in shim.named_parameters() if isinstance(shim, PyTorchShim | TorchTwin) else ():
                wide = param.data.double() if isinstance(shim, PyTorchShim) else param.data.astype("float64")
                param.data = wide
                param.grad = None


# -- Batches


def _map(batch: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The batch with its arrays changed, in the containers that it has."""
    if isinstance(batch, np.ndarray):
        return change(batch)
    if isinstance(batch, Ragged):
        return Ragged(change(batch.dataXd), batch.lengths)
    if isinstance(batch, Padded):
        return Padded(change(batch.data), batch.size_at_t, batch.lengths, batch.indices)
    if isinstance(batch, list | tuple):
        items = [_map(item, change) for item in batch]
        return tuple(items) if isinstance(batch, tuple) else items
    return batch


def _arrays(batch: Any) -> list[np.ndarray]:
    """The arrays of a batch, as they are (not copies), in a fixed order."""
    if isinstance(batch, np.ndarray):
        return [batch]
    if isinstance(batch, Ragged | Padded):
        return [batch.dataXd if isinstance(batch, Ragged) else batch.data]
    if isinstance(batch, list | tuple):
        return [array for item in batch for array in _arrays(item)]
    return []


def _floats(batch: Any) -> list[np.ndarray]:
    """Those of its arrays that hold floats."""
    return [array for array in _arrays(batch) if array.dtype.kind == "f"]


def _as_float64(batch: Any) -> Any:
    """A copy of the batch whose float arrays are float64."""
    return _map(batch, lambda array: array.astype("float64") if array.dtype.kind == "f" else array.copy())


def _random_like(batch: Any, rng: np.random.Generator) -> Any:
    """A batch of the same shape with random numbers for floats, and zeros where a Padded has padding."""
    noise = _map(batch, lambda x: rng.normal(size=x.shape).astype(x.dtype) if x.dtype.kind == "f" else x)
    if isinstance(noise, Padded):
        noise.data[np.arange(len(noise.data))[:, None] >= noise.lengths] = 0
    return noise


def _same(one: Any, other: Any) -> bool:
    """Whether two batches have equal arrays, bit for bit."""
    ours, theirs = _arrays(one), _arrays(other)
    return len(ours) == len(theirs) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(ours, theirs, strict=True)
    )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)
