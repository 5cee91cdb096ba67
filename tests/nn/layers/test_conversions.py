"""Layers without gradients of floats, and adapters: what the table of all layers does not check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    Linear,
    Model,
    Padded,
    Ragged,
    Relu,
    SparseLinear,
    SparseLinear_v2,
    bidirectional,
    chain,
    concatenate,
    get_current_ops,
    list2array,
    map_list,
    noop,
    premap_ids,
    remap_ids,
    remap_ids_v2,
    resizable,
    strings2arrays,
    with_array,
    with_array2d,
    with_debug,
    with_flatten,
    with_flatten_v2,
    with_list,
    with_nvtx_range,
    with_padded,
    with_ragged,
    with_signpost_interval,
)
from tagma.nn.layers.resizable import resize_linear_weighted, resize_model
from tagma.nn.types import ArrayList


def _rows(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def _flat(batch: Any) -> np.ndarray:
    if isinstance(batch, Ragged | Padded):
        return batch.data
    if isinstance(batch, list | tuple):
        return np.concatenate([_flat(item).ravel() for item in batch]) if len(batch) else np.zeros(0)
    return batch


LISTS = [[_rows(2, 2), _rows(0, 2), _rows(1, 2)], [_rows(0, 2)], []]
RAGGED = Ragged(_rows(3, 2), np.array([2, 0, 1], dtype="int32"))
PADDED = get_current_ops().list2padded([_rows(2, 2), _rows(3, 2)])
ADAPTERS = [
    (with_array, [*LISTS, RAGGED, PADDED, _rows(3, 2)]),
    (with_array2d, [*LISTS, RAGGED, PADDED, _rows(3, 2)]),
    (lambda layer: with_array(layer, pad=2), [*LISTS, RAGGED]),
    (with_list, [*LISTS, RAGGED, PADDED]),
    (with_ragged, [*LISTS, RAGGED, PADDED, (_rows(3, 2), np.array([2, 0, 1], dtype="int32"))]),
    (with_padded, [LISTS[0], LISTS[2], RAGGED, PADDED, _rows(3, 2, 2)]),
]


@pytest.mark.parametrize(("adapter", "batch"), [(a, batch) for a, batches in ADAPTERS for batch in batches])
def test_adapters_around_noop_change_nothing(adapter: Any, batch: Any) -> None:
    """Output and gradient equal the input, in the same kind of container."""
    Y, backprop = adapter(noop()).begin_update(batch)
    dX = backprop(Y)
    for result in (Y, dX):
        assert isinstance(result, type(batch))
        assert not isinstance(batch, list) or [len(item) for item in result] == [len(item) for item in batch]
        np.testing.assert_array_equal(_flat(result), _flat(batch))


def test_with_array_of_nothing_runs_nothing() -> None:
    """An empty list is not shown to a layer that expects a width."""
    model = with_array(Relu(3, 4).initialize())
    Y, backprop = model.begin_update([])
    assert (Y, backprop([])) == ([], [])


def test_with_array_gives_views_of_one_array() -> None:
    """A list that comes out can be flattened again at no cost."""
    Y = with_array(noop()).predict([_rows(2, 3), _rows(4, 3)])
    assert isinstance(Y, ArrayList)
    assert Y.intact()


def test_padding_separates_items() -> None:
    """With pad, a window layer gives each item what it would get alone; without, neighbours are seen."""
    items = [_rows(3, 2), _rows(2, 2) + 1]
    window: Model = Model("sum", lambda m, X, is_train: (m.ops.seq2col(X, 1), lambda dY: m.ops.backprop_seq2col(dY, 1)))
    alone = [window.predict(item) for item in items]
    padded = with_array(window, pad=1).predict(items)
    for left, right in zip(alone, padded, strict=True):
        np.testing.assert_array_equal(left, right)
    assert (with_array(window).predict(items)[0] != alone[0]).any()


def test_strings2arrays() -> None:
    """Texts hash to sign-extended 32-bit values; backprop gives nothing."""
    Y, backprop = strings2arrays().begin_update([["hello", "world", ""], ["hello"]])
    assert [y.ravel().tolist() for y in Y] == [[613153351, 18446744073635511547, 0], [613153351]]
    assert Y[0].shape == (3, 1)
    assert Y[0].dtype == np.uint64
    assert backprop(Y) == []


def test_remap_ids() -> None:
    """Values are looked up, with a default; arrays and columns too; without a table there is an error."""
    assert remap_ids({"a": 3}, default=-1).predict(["a", "b"]).tolist() == [[3], [-1]]
    ids = np.array([[9, 1], [9, 2]], dtype="uint64")
    for model in (remap_ids_v2({1: 5}, column=1), premap_ids({1: 5}, column=1)):
        Y, backprop = model.begin_update(ids)
        assert Y.tolist() == [[5], [0]]
        assert Y.dtype == np.int32
        assert backprop(Y).shape == (2, 1)
    assert remap_ids_v2({"a": 1}).predict(["a", "z"]).tolist() == [[1], [0]]
    with pytest.raises(ValueError, match="mapping table"):
        remap_ids_v2().predict(["a"])


def test_premap_ids() -> None:
    """Large and negative ids are told apart; only ints are taken; the table is not saved."""
    model = premap_ids({2**63 + 1: 4, -5: 6}, default=9)
    assert model.predict(np.array([2**63 + 1, 3], dtype="uint64")).ravel().tolist() == [4, 9]
    assert model.predict(np.array([-5], dtype="int64")).ravel().tolist() == [6]
    assert premap_ids({}, default=2).predict(np.array([1])).tolist() == [[2]]
    for bad in ({np.int64(1): 2}, {1: "a"}):
        with pytest.raises(ValueError, match="ints"):
            premap_ids(bad)  # type: ignore[dict-item]
    premap_ids({7: 7}).from_bytes(model.to_bytes())


@pytest.mark.parametrize("make", [SparseLinear, SparseLinear_v2])
def test_sparse_linear(make: Any) -> None:
    """Repeated features add up, an empty row gives the bias, and the gradient is the derivative."""
    keys = np.array([5, 2**64 - 1, 5], dtype="uint64")
    values = np.array([1.0, 0.5, 2.0], dtype="float32")
    lengths = np.array([2, 0, 1], dtype="int32")
    model = make(3, 64).initialize()
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=192).astype("float32"), rng.normal(size=3).astype("float32")
    model.set_param("W", W)
    model.set_param("b", b)
    hashes = {5: (1740791543, 2789560161), 2**64 - 1: (1651860712, 2540302534)}
    expected = np.tile(b, (3, 1)).astype("float64")
    for row, key, value in ((0, 5, 1.0), (0, 2**64 - 1, 0.5), (2, 5, 2.0)):
        for hashed in hashes[key]:
            for c in range(3):
                expected[row, c] += value * W[(hashed & 63) + c if make is SparseLinear else c * 64 + hashed % 64]
    Y, backprop = model.begin_update((keys, values, lengths))
    np.testing.assert_allclose(Y, expected, rtol=1e-5)
    dY = rng.normal(size=(3, 3)).astype("float32")
    assert backprop(dY)[0] is keys
    step = rng.normal(size=192).astype("float32")
    model.set_param("W", W + 0.01 * step)
    change = float(((model.predict((keys, values, lengths)) - Y) * dY).sum()) / 0.01
    assert change == pytest.approx(float((model.get_grad("W") * step).sum()), rel=1e-3)


def test_flattening_nested_lists() -> None:
    """Version 1 gives arrays, version 2 nested lists, of the inner lengths, and back."""
    texts = [["a", "b"], [], ["c"]]
    count: Model = Model("len", lambda m, X, is_train: (np.array([[len(x)] for x in X], dtype="f"), lambda dY: dY))
    Y, backprop = with_flatten(count).begin_update(texts)
    assert [y.tolist() for y in Y] == [[[1], [1]], [], [[1]]]
    assert [len(dx) for dx in backprop(Y)] == [2, 0, 1]
    upper: Model = Model("upper", lambda m, X, is_train: ([x.upper() for x in X], lambda dY: dY))
    nested, backprop = with_flatten_v2(upper).begin_update(texts)
    assert nested == [["A", "B"], [], ["C"]]
    assert backprop(nested) == nested


def test_bidirectional_sees_sequences_backwards() -> None:
    """The second layer runs over each sequence reversed within its own length; gradients are split in halves."""

    def running_sum(model: Model, X: Padded, is_train: bool) -> Any:
        def backprop(dY: Padded) -> Padded:
            back = np.cumsum(dY.data[::-1], axis=0)[::-1]
            return Padded(np.ascontiguousarray(back), dY.size_at_t, dY.lengths, dY.indices)

        return Padded(np.cumsum(X.data, axis=0), X.size_at_t, X.lengths, X.indices), backprop

    ops = get_current_ops()
    seqs = [_rows(3, 2), _rows(1, 2), _rows(5, 2)]
    Y, backprop = bidirectional(Model("sum", running_sum)).begin_update(ops.list2padded(seqs))
    for seq, out in zip(seqs, ops.padded2list(Y), strict=True):
        np.testing.assert_allclose(out[:, :2], np.cumsum(seq, axis=0), rtol=1e-5)
        np.testing.assert_allclose(out[:, 2:], np.cumsum(seq[::-1], axis=0)[::-1], rtol=1e-5)
    dX = ops.padded2list(backprop(ops.list2padded([np.ones((len(seq), 4), dtype="float32") for seq in seqs])))
    for seq, d in zip(seqs, dX, strict=True):
        np.testing.assert_allclose(d[:, 0], len(seq) + 1)


def test_concatenate_adds_list_gradients_item_by_item() -> None:
    """Each item's gradient is the sum over the layers, not a longer list."""
    X = [_rows(2, 3), _rows(1, 3)]
    Y, backprop = concatenate(noop(), noop()).begin_update(X)
    assert [y.shape for y in Y] == [(2, 6), (1, 6)]
    for d, x in zip(backprop(Y), X, strict=True):
        np.testing.assert_array_equal(d, 2 * x)


def test_joining_a_concatenate_node() -> None:
    """A concatenate node takes further layers in; no layer is the identity, one is itself."""
    first = concatenate(Relu(2), Relu(3))
    assert concatenate(first, Relu(4)) is first
    assert len(first.layers) == 3
    assert concatenate().name == "noop"
    single: Model = Relu()
    assert concatenate(single) is single


def test_map_list() -> None:
    """Each item goes through the layer by itself."""
    X = [_rows(2, 3), _rows(4, 3)]
    model = map_list(Relu(2)).initialize(X)
    Y, backprop = model.begin_update(X)
    assert [y.shape for y in Y] == [(2, 2), (4, 2)]
    assert [d.shape for d in backprop(Y)] == [(2, 3), (4, 3)]


def test_with_debug_calls_in_order() -> None:
    """The callbacks run before each step, and the node is the same one."""
    seen: list[str] = []
    layer = Relu(2)
    model = with_debug(
        layer,
        on_init=lambda model, X, Y: seen.append("init"),
        on_forward=lambda model, X, is_train: seen.append(f"forward {is_train}"),
        on_backprop=lambda dY: seen.append("backprop"),
    )
    assert model is layer
    Y, backprop = model.initialize(_rows(2, 3)).begin_update(_rows(2, 3))
    backprop(Y)
    assert seen == ["init", "forward True", "backprop"]


def test_profilers_see_each_pass_as_one_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward and backprop run inside intervals of the given or the node's own name; initialization does not."""
    seen: list[str] = []

    class Signposter:
        @contextmanager
        def use_interval(self, title: str) -> Iterator[None]:
            seen.append(title)
            yield
            seen.append("end")

    @contextmanager
    def use_nvtx_range(title: str, color: int) -> Iterator[None]:
        seen.append(f"{title} {color}")
        yield
        seen.append("end")

    monkeypatch.setattr("tagma.nn.compat.has_os_signpost", True)
    monkeypatch.setattr(import_module("tagma.nn.layers.with_nvtx_range"), "use_nvtx_range", use_nvtx_range)
    inner = with_signpost_interval(Relu(2), Signposter())
    model = with_nvtx_range(chain(inner, Relu(2)), "block", backprop_color=3).initialize(_rows(2, 3))
    seen.clear()
    Y, backprop = model.begin_update(_rows(2, 3))
    assert seen == ["block forward -1", "relu forward", "end", "end"]
    seen.clear()
    assert backprop(Y).shape == (2, 3)
    assert seen == ["block backprop 3", "relu backprop", "end", "end"]


def test_resizing_keeps_what_was_learnt() -> None:
    """The wider layer predicts the same in the old columns, and the fill values' own constant in the new ones."""
    X = _rows(4, 3)
    layer = Linear(2).initialize(X)
    layer.set_param("b", np.array([1, 2], dtype="float32"))
    model = resizable(layer, lambda old, nO: resize_linear_weighted(old, nO, fill_defaults={"b": -7.0}))
    before = model.predict(X)
    wider = resize_model(model, 5).layers[0]
    assert wider is not layer
    assert (wider.name, wider.get_dim("nO"), layer.get_dim("nO")) == ("linear", 5, 2)
    np.testing.assert_array_equal(model.predict(X)[:, :2], before)
    np.testing.assert_array_equal(model.predict(X)[:, 2:], np.full((4, 3), -7))
    assert resize_linear_weighted(layer, 2) is layer
    np.testing.assert_array_equal(resize_linear_weighted(layer, 3).get_param("b"), [1, 2, 0])
    with pytest.raises(ValueError, match="shrink"):
        resize_linear_weighted(layer, 1)
    with pytest.raises(AssertionError, match="children"):
        resize_linear_weighted(chain(layer, Relu(2)), 3)


@pytest.mark.parametrize("nO", [None, 2])
@pytest.mark.parametrize("nI", [None, 3])
def test_resizing_before_initialization_sets_the_width(nO: int | None, nI: int | None) -> None:
    """As long as a width is open there is nothing to keep, and the layer itself is returned."""
    layer = Linear(nO, nI)
    resized = resize_linear_weighted(layer, 4)
    assert resized.get_dim("nO") == 4
    assert (resized is layer) == (None in (nO, nI))
    assert resized.initialize(_rows(2, 3)).get_param("W").shape == (4, 3)


def test_chain_needs_two_layers() -> None:
    """Less than two layers, or unknown keywords, are errors; the names of the first two are accepted."""
    assert chain(layer1=noop(), layer2=list2array()).name == "noop>>list2array"
    for call in (lambda: chain(noop()), lambda: chain(noop(), noop(), layer=noop())):
        with pytest.raises(TypeError, match="chain"):
            call()
