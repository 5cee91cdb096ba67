"""Fast paths equal the plain graph: outputs, gradients, random draws and bytes."""

from collections.abc import Callable

import numpy as np
import pytest

from tagma.nn import (
    Embed,
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
from tagma.nn.backends.numpy_ops import NumpyOps
from tagma.nn.fusion import fusion
from tagma.threads import get_num_threads, set_num_threads


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


CASES: list[tuple[str, Callable[[], Model], object]] = [
    ("one block", lambda: residual(block()), rows()),
    ("block of 700 rows", lambda: residual(block()), rows(700)),
    ("no dropout node", lambda: residual(block(dropout=None)), rows()),
    ("one piece", lambda: residual(block(pieces=1)), rows()),
    ("two pieces", lambda: residual(block(pieces=2)), rows()),
    ("four pieces", lambda: residual(block(16, pieces=4)), rows(50, 16)),
    # the way back through three pieces has loops for inputs in vectors of 16, of 8, and dense products for others
    ("inputs 48 wide", lambda: residual(block(16)), rows(50, 16)),
    ("inputs 24 wide", lambda: residual(block(8)), rows(50, 8)),
    ("inputs 288 wide", lambda: residual(block(96)), rows(300, 96)),
    ("inputs 600 wide", lambda: residual(block(200)), rows(30, 200)),
    ("three blocks over a list", encoder, [rows(5), rows(1), rows(9)]),
    ("three blocks, padded", lambda: encoder(pad=3), [rows(5), rows(1), rows(9)]),
    ("over a ragged", encoder, Ragged(rows(15), np.array([5, 1, 9], dtype="i"))),
    ("feed-forward", lambda: with_array(Maxout(7, 12, 3, normalize=True, dropout=0.3)), [rows(4), rows(2)]),
    ("embedding", embedding, keys(5, 1, 30)),
    ("one table", lambda: embedding(1), keys(5, 1)),
    ("embedding without dropout", lambda: embedding(dropout=None), keys(3, 4)),
]


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


@pytest.mark.parametrize("is_train", [False, True])
@pytest.mark.parametrize(("name", "build", "X"), CASES, ids=[c[0] for c in CASES])
def test_fused_equals_plain(name: str, build: Callable[[], Model], X: object, is_train: bool) -> None:
    """Outputs, every gradient and the random stream are those of the plain nodes."""
    with fusion(False):
        plain, plain_gradients, plain_next = run(build, X, is_train)
    fused, fused_gradients, fused_next = run(build, X, is_train)
    np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=2e-5)
    assert fused_next == plain_next
    assert sorted(fused_gradients) == sorted(plain_gradients)
    assert bool(fused_gradients) == is_train
    for key, gradient in plain_gradients.items():
        np.testing.assert_allclose(fused_gradients[key], gradient, rtol=1e-3, atol=1e-4, err_msg=f"{name}: {key}")


def test_fast_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases above really differ: with fusion on, the plain layers' forward functions are not called."""
    from tagma.nn.layers.layernorm import forward

    calls = []

    def counting(model: Model, X: np.ndarray, is_train: bool) -> object:
        calls.append(model.name)
        return forward(model, X, is_train)

    model = encoder().initialize(X=[rows(3)])
    for node in model.walk():
        if node.name == "layernorm":
            node.replace_callbacks(counting, init=node.init)
    model.predict([rows(3)])
    assert len(calls) == 3, "a replaced callback must be honoured, so the plain path runs"

    def refuse(*args: object) -> None:
        raise AssertionError("the plain layer norm ran")

    plain = encoder().initialize(X=[rows(3)])
    monkeypatch.setattr(NumpyOps, "layer_norm", refuse)
    assert plain.predict([rows(3)])[0].shape == (3, 12)
    with fusion(False), pytest.raises(AssertionError, match="the plain layer norm ran"):
        plain.predict([rows(3)])


class Proxy:
    """A parameter server far away: it gives parameters and takes gradients."""

    def __init__(self, params: dict[tuple[int, str], np.ndarray], received: dict[tuple[int, str], np.ndarray]) -> None:
        self.params = params
        self.received = received

    def get_param(self, model_id: int, name: str) -> np.ndarray:
        return self.params[model_id, name]

    def inc_grad(self, model_id: int, name: str, value: np.ndarray) -> None:
        self.received[model_id, name] = value.copy()


CALLBACKS = ["one block", "feed-forward", "embedding"]


@pytest.mark.parametrize(("name", "build", "X"), [c for c in CASES if c[0] in CALLBACKS], ids=CALLBACKS)
def test_callbacks_of_all_kinds(name: str, build: Callable[[], Model], X: object) -> None:
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


@pytest.mark.parametrize("build", [Embed, HashEmbed])
def test_a_plain_table_gives_its_gradient_to_the_proxy(build: Callable[..., Model]) -> None:
    """The proxy gets the gradient that the node would keep, not the zeros it starts from."""
    ids = np.array([0, 2, 2, 1])
    table = build(nO=3, nV=5).initialize()
    _, backprop = table(ids, is_train=True)
    backprop(rows(4, 3))
    expected = table.get_grad("E").copy()
    assert expected.any()
    received: dict[tuple[int, str], np.ndarray] = {}
    table._params._grads.clear()
    table._params.proxy = Proxy(table._params._params.copy(), received)
    backprop(rows(4, 3))
    np.testing.assert_array_equal(received[table.id, "E"], expected)
    assert not table.has_grad("E")


def test_width_mismatch_is_still_named() -> None:
    """A batch of the wrong width gives the plain graph's error, with both numbers."""
    model = residual(block()).initialize(X=rows())
    with pytest.raises(ValueError, match="maxout: nI is 36, but got input of width 30"):
        model.predict(rows(4, 10))


def test_threads_do_not_change_results() -> None:
    """The same bytes with one thread and with three, forward and backward."""
    before = get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            set_num_threads(threads)
            Y, gradients, _ = run(lambda: with_array(residual(block(96))), [rows(900, 96), rows(300, 96)], True)
            results.append((Y.tobytes(), {k: v.tobytes() for k, v in gradients.items()}))
    finally:
        set_num_threads(before)
    assert results[0] == results[1]
