"""Graphs that fast paths know, batches for them, and the checks that a fast path equals the plain nodes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tagma.nn import (
    HashEmbed,
    Maxout,
    Model,
    Ragged,
    chain,
    clone,
    concatenate,
    expand_window,
    fix_random_seed,
    list2ragged,
    ragged2list,
    residual,
    with_array,
)
from tagma.nn.fusion import fusion

Build = Callable[[], Model]


def block(width: int = 12, pieces: int = 3, dropout: float | None = 0.2) -> Model:
    return chain(expand_window(1), Maxout(width, width * 3, pieces, normalize=True, dropout=dropout))


def encoder(pad: int = 0) -> Model:
    return with_array(clone(residual(block()), 3), pad=pad)


def embedding(tables: int = 3, dropout: float | None = 0.2) -> Model:
    parts = [HashEmbed(8, 50 + i, column=i, seed=8 + i, dropout=0.1) for i in range(tables)]
    return chain(
        list2ragged(),
        with_array(concatenate(*parts)),
        with_array(Maxout(12, 8 * tables, 3, normalize=True, dropout=dropout)),
        ragged2list(),
    )


def rows(n: int = 40, width: int = 12) -> np.ndarray:
    return np.random.RandomState(n).normal(size=(n, width)).astype("float32")


def keys(*lengths: int) -> list[np.ndarray]:
    random = np.random.RandomState(0)
    return [random.randint(0, 6, (n, 3)).astype("uint64") for n in lengths]


def data(value: object) -> np.ndarray:
    """All numbers of a batch in one array."""
    if isinstance(value, Ragged):
        return value.data
    return np.concatenate(value) if isinstance(value, list) else np.asarray(value)


def like(value: object, array: np.ndarray) -> object:
    if isinstance(value, Ragged):
        return Ragged(array, value.lengths)
    if isinstance(value, list):
        return np.split(array, np.cumsum([len(v) for v in value])[:-1])
    return array


def run(build: Callable[[], Model], X: object, is_train: bool) -> tuple[np.ndarray, dict[str, np.ndarray], float]:
    """Outputs, gradients by node number and name, and what the random generator gives next."""
    fix_random_seed(1)
    model = build()
    model.initialize(X=X)
    for node in model.walk():
        for name in node.param_names:  # far from the initial zeros and ones
            param = node.get_param(name)
            node.set_param(name, (param + np.random.normal(scale=0.2, size=param.shape)).astype("float32"))
    gradients: dict[str, np.ndarray] = {}
    if not is_train:
        return data(model.predict(X)), gradients, np.random.uniform()
    for _ in range(2):  # gradients add up
        Y, backprop = model.begin_update(X)
        dX = backprop(like(Y, np.cos(np.arange(data(Y).size, dtype="float32")).reshape(data(Y).shape)))
    for i, node in enumerate(model.walk()):
        for name in node.grad_names:
            gradients[f"{i} {node.name} {name}"] = node.get_grad(name)
    if data(X).dtype == np.float32:
        gradients["dX"] = data(dX)
    return data(Y), gradients, np.random.uniform()


def check_fused_equals_plain(build: Build, X: object, is_train: bool) -> None:
    """Outputs, every gradient and the random stream are those of the plain nodes."""
    with fusion(False):
        plain, plain_gradients, plain_next = run(build, X, is_train)
    fused, fused_gradients, fused_next = run(build, X, is_train)
    np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=2e-5)
    assert fused_next == plain_next
    assert sorted(fused_gradients) == sorted(plain_gradients)
    assert bool(fused_gradients) == is_train
    for key, gradient in plain_gradients.items():
        np.testing.assert_allclose(fused_gradients[key], gradient, rtol=1e-3, atol=1e-4, err_msg=key)


class Proxy:
    """A parameter server far away: it gives parameters and takes gradients."""

    def __init__(self, params: dict[tuple[int, str], np.ndarray], received: dict[tuple[int, str], np.ndarray]) -> None:
        self.params = params
        self.received = received

    def get_param(self, model_id: int, name: str) -> np.ndarray:
        return self.params[model_id, name]

    def inc_grad(self, model_id: int, name: str, value: np.ndarray) -> None:
        self.received[model_id, name] = value.copy()


def check_callbacks(build: Build, X: object) -> None:
    """A gradient of another shape is refused; the callback of a prediction works; gradients that were stored in another
    layout or dtype are added to, and a proxy gets its own."""
    model = build().initialize(X=X)
    Y, backprop = model(X, is_train=False)
    dY = np.ones_like(data(Y))
    with pytest.raises(ValueError, match=r"gradient has shape .* but the output had shape"):
        backprop(like(Y, np.ones((len(dY), dY.shape[1] + 1), dtype="f")))
    backprop(like(Y, dY))
    nodes = [(node, param) for node in model.walk() for param in node.param_names]
    once = [node.get_grad(param).copy() for node, param in nodes]
    assert any(gradient.any() for gradient in once)
    for node, param in nodes:
        node.set_grad(param, np.asfortranarray(node.get_grad(param).astype("d")))
    backprop(like(Y, dY))
    for (node, param), gradient in zip(nodes, once, strict=True):
        np.testing.assert_allclose(node.get_grad(param), 2 * gradient, rtol=1e-4, atol=1e-5, err_msg=param)

    received: dict[tuple[int, str], np.ndarray] = {}
    for node, _ in nodes:
        node._params._grads.clear()
        node._params.proxy = Proxy(node._params._params.copy(), received)
    backprop(like(Y, dY))
    for (node, param), gradient in zip(nodes, once, strict=True):
        np.testing.assert_allclose(received[node.id, param], gradient, rtol=1e-4, atol=1e-5, err_msg=param)
