"""Predictions that keep words equal the plain graph, whatever was kept; what is kept goes when weights may change."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    SGD,
    Adam,
    HashEmbed,
    Maxout,
    Model,
    chain,
    clone,
    concatenate,
    expand_window,
    fix_random_seed,
    list2ragged,
    noop,
    ragged2list,
    residual,
    with_array,
)
from tagma.nn.fusion import fusion, words
from tagma.nn.fusion.words import kept_words
from tagma.threads import get_num_threads, set_num_threads

from .graphs import Proxy

WIDTH = 16


def network(
    tables: int = 3, depth: int = 3, window: int = 1, pieces: int = 3, pad: int | None = None, width: int = WIDTH
) -> Model:
    """An embedding of keys and an encoder, with weights far from the initial zeros and ones."""
    fix_random_seed(0)
    parts = [HashEmbed(8, 40 + i, column=i, seed=8 + i, dropout=0.1) for i in range(tables)]
    block = chain(expand_window(window), Maxout(width, width * (2 * window + 1), pieces, normalize=True, dropout=0.1))
    encoder = residual(block) if depth == 1 else clone(residual(block), depth)
    model: Model = chain(
        chain(
            noop(),
            list2ragged(),
            with_array(concatenate(*parts)),
            with_array(Maxout(width, 8 * tables, 3, normalize=True, dropout=0.1)),
            ragged2list(),
        ),
        with_array(encoder, pad=window * depth if pad is None else pad),
    )
    model.initialize(X=texts(3, columns=tables))
    random = np.random.RandomState(0)
    for node in model.walk():
        for name in node.param_names:
            param = node.get_param(name)
            node.set_param(name, (param + random.normal(scale=0.2, size=param.shape)).astype("float32"))
    return model


def texts(*lengths: int, columns: int = 3, seed: int = 0, distinct: int = 30) -> list[np.ndarray]:
    """Keys of words, of which `distinct` occur."""
    random = np.random.RandomState(seed)
    vocabulary = random.randint(0, 2**62, (distinct, columns)).astype("uint64")
    return [vocabulary[random.randint(0, distinct, n)] for n in lengths]


def plain(model: Model, X: Any) -> np.ndarray:
    with fusion(False):
        return np.concatenate(model.predict(X))


def fused(model: Model, X: Any) -> np.ndarray:
    return np.concatenate(model.predict(X))


def check(model: Model, X: Any) -> None:
    np.testing.assert_allclose(fused(model, X), plain(model, X), rtol=1e-5, atol=2e-5)


@contextmanager
def threads(n: int) -> Iterator[None]:
    before = get_num_threads()
    set_num_threads(n)
    try:
        yield
    finally:
        set_num_threads(before)


CASES: list[tuple[str, Callable[[], Model], list[np.ndarray]]] = [
    ("texts of all lengths", network, texts(5, 1, 0, 30, 2, 0)),
    ("one word", network, texts(1)),
    ("one table", lambda: network(tables=1), texts(4, 9, columns=1)),
    ("depth 1", lambda: network(depth=1), texts(4, 9)),
    ("depth 5", lambda: network(depth=5), texts(1, 3, 30)),
    ("two neighbours on either side", lambda: network(window=2), texts(1, 2, 4, 20)),
    ("one piece", lambda: network(pieces=1), texts(5, 7)),
    ("two pieces", lambda: network(pieces=2), texts(5, 7)),
    ("more padding than needed", lambda: network(pad=9), texts(5, 7)),
    ("a text of several pieces", network, texts(1300, 20)),
    ("many texts", network, texts(*range(90))),
    ("more columns than tables", network, texts(5, 6, columns=5)),
]


@pytest.mark.parametrize(("name", "build", "X"), CASES, ids=[case[0] for case in CASES])
def test_fused_equals_plain(name: str, build: Callable[[], Model], X: list[np.ndarray]) -> None:
    """With nothing kept, with everything kept, and cut into the items of the batch."""
    model = build()
    expected = plain(model, X)
    first, again = model.predict(X), fused(model, X)
    assert kept_words(model) == len(np.unique(np.concatenate(X), axis=0))
    assert [item.shape for item in first] == [(len(item), WIDTH) for item in X]
    np.testing.assert_allclose(np.concatenate(first), expected, rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(again, expected, rtol=1e-5, atol=2e-5)


NOT_TAKEN: list[tuple[str, Callable[[], Model]]] = [
    ("texts that see each other", lambda: network(pad=2)),
    ("no padding", lambda: network(pad=0)),
]


@pytest.mark.parametrize(("name", "build"), NOT_TAKEN, ids=[case[0] for case in NOT_TAKEN])
def test_other_wiring_goes_the_usual_way(name: str, build: Callable[[], Model]) -> None:
    """Where a text's vectors depend on its neighbours in the batch nothing is kept."""
    model = build()
    check(model, texts(5, 6))
    assert not kept_words(model)


def test_training_and_fusion_off_keep_nothing() -> None:
    model = network()
    model.begin_update(texts(5))
    plain(model, texts(5))
    assert not kept_words(model)


def test_the_callback_of_a_prediction() -> None:
    """It gives the gradients of the plain graph."""
    gradients = []
    for enabled in (False, True):
        model = network()
        with fusion(enabled):
            Y, backprop = model(texts(5, 6), is_train=False)
            backprop([np.cos(y) for y in Y])
        gradients.append([node.get_grad(name) for node in model.walk() for name in node.grad_names])
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_words_do_not_depend_on_the_batch() -> None:
    """A text has the same vectors alone and in any batch, up to rounding, with anything kept."""
    model, X = network(), texts(7, 20, 1, 40, 300)
    together = model.predict(X)
    for i in np.random.RandomState(0).permutation(len(X)):
        np.testing.assert_allclose(model.predict([X[i]])[0], together[i], rtol=1e-5, atol=2e-5)


# -- Weights change


def nodes_of(model: Model) -> dict[str, tuple[Model, str]]:
    """A parameter of each kind that words, or the layers behind, are made of."""
    found = {}
    for node in model.walk():
        for name in node.param_names:
            found.setdefault(f"{node.name} {name} {node.maybe_get_dim('nI')}", (node, name))
    return found


PARAMETERS = sorted(nodes_of(network()))


def waves(array: np.ndarray) -> np.ndarray:
    """A change that layer norm does not take out again."""
    return np.cos(np.arange(array.size, dtype="float32")).reshape(array.shape)


def write(node: Model, name: str) -> None:
    array = node.get_param(name)
    array += waves(array)


def put(node: Model, name: str) -> None:
    array = node.get_param(name)
    node.set_param(name, array + waves(array))


def write_and_set(node: Model, name: str) -> None:
    """As an optimizer does that works in place."""
    array = node.get_param(name)
    array += waves(array)
    node.set_param(name, array)


@pytest.mark.parametrize("change", [write, put, write_and_set])
@pytest.mark.parametrize("which", PARAMETERS)
def test_every_parameter_counts(which: str, change: Callable[[Model, str], None]) -> None:
    """After a parameter was changed, in place or by another array, predictions are those of the new weights."""
    model, X = network(), texts(5, 9)
    before = fused(model, X)
    assert kept_words(model)
    change(*nodes_of(model)[which])
    check(model, X)
    assert np.abs(fused(model, X) - before).max() > 1e-2


def test_arrays_that_are_held_may_be_written_to_at_any_time() -> None:
    """Nothing is kept from call to call while somebody holds an array, a view of it, or what it is a view of."""
    X = texts(5, 9)
    for hold in (lambda a: a, lambda a: a[:3], lambda a: a.reshape(-1), memoryview):
        model = network()
        for node, name in nodes_of(model).values():
            held = hold(node.get_param(name))
            for _ in range(3):
                part = np.asarray(held)
                part += waves(part)
                del part
                check(model, X)
            del held
    model = network()
    node, name = nodes_of(model)["hashembed E None"]
    base = np.zeros((2, *node.get_param(name).shape), dtype="float32")
    node.set_param(name, base[1])
    for _ in range(3):
        base += 0.25
        check(model, X)
        assert not kept_words(model)
    del base
    fused(model, X)
    assert kept_words(model), "a view that the node alone holds is as good as an array of its own"


def test_held_arrays_are_let_go() -> None:
    """Words are kept again once nobody holds an array any more."""
    model, X = network(), texts(5)
    node, name = nodes_of(model)["hashembed E None"]
    held = node.get_param(name)
    fused(model, X)
    assert not kept_words(model)
    del held
    fused(model, X)
    assert kept_words(model)


@pytest.mark.parametrize("optimizer", [Adam(0.1), SGD(0.1), Adam(0.1, use_averages=False)])
def test_finish_update(optimizer: Any) -> None:
    """Each step of training shows in the next prediction."""
    model, X = network(), texts(5, 9)
    for _ in range(3):
        before = fused(model, X)
        Y, backprop = model.begin_update(X)
        backprop([np.sin(y) for y in Y])
        del Y, backprop
        model.finish_update(optimizer)
        check(model, X)
        assert np.abs(fused(model, X) - before).max() > 1e-2
        assert kept_words(model)


def test_an_optimizer_called_by_hand() -> None:
    """One that works in place on what `get_gradients` gives, without the model hearing of it."""
    model, X, optimizer = network(), texts(5, 9), Adam(0.1)
    Y, backprop = model.begin_update(X)
    fused(model, X)
    backprop([np.sin(y) for y in Y])
    for key, (param, gradient) in model.get_gradients().items():
        optimizer(key, param, gradient)
    check(model, X)


def test_use_params() -> None:
    """Within the block the other parameters count, behind it the old ones, also when those others change meanwhile."""
    model, X = network(), texts(5, 9)
    before = fused(model, X)
    others = {
        (node.id, name): node.get_param(name) * np.float32(1.5) for node in model.walk() for name in node.param_names
    }
    for _ in range(2):
        with model.use_params(others):
            check(model, X)
            assert np.abs(fused(model, X) - before).max() > 1e-2
            for array in others.values():
                array *= 1.1
            check(model, X)
        np.testing.assert_allclose(fused(model, X), before, rtol=1e-5, atol=2e-5)


def test_loading_copying_and_moving(tmp_path: Path) -> None:
    """from_bytes, from_disk, initialize, copies, pickles, to_cpu: all predict by their own weights."""
    model, X = network(), texts(5, 9)
    fused(model, X)
    changed = model.copy()
    for node, name in nodes_of(changed).values():
        write(node, name)
    data = changed.to_bytes()
    expected = plain(changed, X)
    check(model, X)
    twins = [model.copy(), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    for twin in twins:
        assert not kept_words(twin)
        fused(twin, X)
        twin.from_bytes(data)
        np.testing.assert_allclose(fused(twin, X), expected, rtol=1e-5, atol=2e-5)
        check(model, X)
    changed.to_disk(tmp_path / "model")
    model.from_disk(tmp_path / "model")
    np.testing.assert_allclose(fused(model, X), expected, rtol=1e-5, atol=2e-5)
    model.to_cpu()
    check(model, X)
    model.initialize(X=X)
    check(model, X)


def test_saved_models_do_not_contain_words() -> None:
    model = network()
    sizes = len(model.to_bytes()), len(pickle.dumps(model))
    fused(model, texts(50))
    assert (len(model.to_bytes()), len(pickle.dumps(model))) == sizes


def test_settings_and_nodes_that_change() -> None:
    """Another seed, another node in the tree, a replaced forward."""
    model, X = network(), texts(5, 9)
    fused(model, X)
    table = next(node for node in model.walk() if node.name == "hashembed")
    table.attrs["seed"] = 99
    check(model, X)
    twin = table.copy()
    write(twin, "E")
    model.replace_node(table, twin)
    check(model, X)
    layer = next(node for node in model.walk() if node.name == "layernorm")
    run = layer._func

    def doubled(model: Model, X: Any, is_train: bool) -> Any:
        Y, backprop = run(model, X, is_train=is_train)
        return 2 * Y, backprop

    before = plain(model, X)
    layer.replace_callbacks(doubled)
    check(model, X)
    assert np.abs(fused(model, X) - before).max() > 1e-2


def test_parameters_that_are_elsewhere() -> None:
    """A parameter server may change parameters at any time, so nothing is kept."""
    model, X = network(), texts(5, 9)
    for node in model.walk():
        node._params.proxy = Proxy(node._params._params.copy(), {})
    for _ in range(2):
        check(model, X)
        for node in model.walk():
            for array in node._params.proxy.params.values():
                array += 0.25
    assert not kept_words(model)


def test_odd_parameters() -> None:
    """Of another precision or layout: the plain nodes take them; of another shape: their error is raised."""
    X = texts(5, 9)
    for make in (lambda a: a.astype("float64"), np.asfortranarray):
        for which in PARAMETERS:
            model = network()
            node, name = nodes_of(model)[which]
            node.set_param(name, make(node.get_param(name)))
            check(model, X)
    model = network()
    node = next(node for node in model.walk() if node.name == "maxout")
    node.set_param("W", node.get_param("W")[:, :, 1:].copy())
    with pytest.raises(ValueError, match="inner sizes 24 and 23 differ"):
        model.predict(X)


# -- Memory and threads


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full store keeps the frequent words and forgets the others; results do not change."""
    monkeypatch.setattr(words, "BYTES", 1)
    monkeypatch.setattr(words, "PIECE", 32)
    model = network()
    expected = network()
    often = texts(8, distinct=8)
    for seed in range(30):
        X = [*often, *texts(30, 9, seed=seed)]
        np.testing.assert_allclose(fused(model, X), plain(expected, X), rtol=1e-5, atol=2e-5)
        cache = words._networks.find(model).cache
        assert kept_words(model) <= len(cache.store.keys) == 2 * (32 + 6)
    assert (cache.store.find(np.unique(often[0], axis=0)) >= 0).all()


@pytest.mark.parametrize(("width", "capacity"), [(16, 8192), (96, 4341)])
def test_room_is_counted_in_bytes_and_words(width: int, capacity: int) -> None:
    """16 MiB, of which narrow networks need less."""
    model = network(width=width)
    fused(model, texts(5))
    store = words._networks.find(model).cache.store
    assert len(store.keys) == capacity
    assert store.kept.nbytes + store.keys.nbytes <= 16 << 20


def test_a_store_that_is_full_of_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of a chunk that do not fit beside the frequent ones get a store of their own."""
    monkeypatch.setattr(words, "BYTES", 1)
    monkeypatch.setattr(words, "PIECE", 32)
    model, expected = network(), network()
    for seed in (0, 0, 0, 1, 1, 1, 0):
        X = texts(36, seed=seed, distinct=10_000)
        np.testing.assert_allclose(fused(model, X), plain(expected, X), rtol=1e-5, atol=2e-5)


def test_renewal_is_deterministic() -> None:
    """The most used words stay, ties by age, and rare ones go."""
    store = words.WordStore(8, 1, 2)
    store.take(6)
    store.kept[:6] = np.arange(12).reshape(6, 2)
    keys = np.arange(6, dtype="uint64").reshape(6, 1)
    store.add(keys, 0)
    for used in ([1, 2, 3, 4, 5], [5, 4, 3], [5]):
        store.find(keys[used])
    new = store.renewed()
    assert new.count == 4
    assert new.keys[:4, 0].tolist() == [1, 3, 4, 5]
    assert new.kept[:4].tolist() == store.kept[[1, 3, 4, 5]].tolist()
    assert new.uses[:4].tolist() == [1, 1, 1, 2]
    assert new.find(keys).tolist() == [-1, 0, -1, 1, 2, 3]


def test_networks_go_with_what_they_kept() -> None:
    model = network()
    fused(model, texts(5))
    count = len(words._networks)
    del model
    assert len(words._networks) == count - 1


def test_threads_of_the_pool_do_not_change_results() -> None:
    """The same bytes with one thread and with three."""
    results = []
    for n in (1, 3):
        with threads(n):
            model = network(width=32)
            X = texts(2000, *range(60))
            results.append((fused(model, X).tobytes(), fused(model, X).tobytes()))
    assert results[0] == results[1]


def test_threads_that_predict_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python threads share the words of a network, while the store fills and is renewed again and again."""
    monkeypatch.setattr(words, "BYTES", 1)
    monkeypatch.setattr(words, "PIECE", 32)
    model, expected = network(), network()
    batches = [texts(30, 7, 1, seed=seed) for seed in range(12)]
    right = [plain(expected, X) for X in batches]
    wrong: list[Any] = []

    def run(offset: int) -> None:
        try:
            for i in range(60):
                at = (i * 5 + offset) % len(batches)
                np.testing.assert_allclose(fused(model, batches[at]), right[at], rtol=1e-5, atol=2e-5)
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=partial(run, i)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
    kept = words._networks.find(model)
    assert fused(model, batches[0]) is not None
    assert words._networks.find(model) is kept, "no thread holds an array any more"


def test_errors_say_where() -> None:
    """A batch of another kind gives the plain graph's error."""
    model = network()
    for X in ([np.zeros((3, 2), dtype="uint64")], [1, 2], None):
        with fusion(False), pytest.raises((ValueError, TypeError, IndexError)) as expected:
            model.predict(X)  # type: ignore[arg-type]
        with pytest.raises(type(expected.value)) as raised:
            model.predict(X)  # type: ignore[arg-type]
        assert str(raised.value) == str(expected.value)
