"""Sparse gradients: what they know of themselves, and steps over the rows in use beside steps over the whole table."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from tagma.nn import SGD, Adam, Model, RAdam, SparseLinear, SparseLinear_v2
from tagma.nn.sparse import RowsInUse, SparseGradient

LAYERS = {"v1": SparseLinear, "v2": SparseLinear_v2}
LENGTH = 64


def gradient(*rows: int, classes: int = 2) -> SparseGradient:
    """A gradient of 8 rows that is 1 in these."""
    made = SparseGradient.zeros(8 * classes, classes)
    for c in range(classes):
        made.plain[np.asarray(rows, dtype=int) + 8 * c] = 1.0
    made.note(np.asarray(rows, dtype=np.uint32))
    return made


def test_rows() -> None:
    """Rows come ascending, each once, however often they were noted."""
    noted = gradient(5, 1)
    noted.note(np.asarray([[1, 7], [5, 1]]))
    assert noted.is_sparse
    assert noted.rows().tolist() == [1, 5, 7]
    assert noted.rows().dtype == np.int32
    noted.clear()
    assert noted.rows().tolist() == []


@pytest.mark.parametrize(
    "write",
    [
        lambda g: g.__iadd__(1.0),
        lambda g: g.__setitem__(3, 1.0),
        lambda g: g.fill(2.0),
        lambda g: np.add(g, 1.0, out=g),
        lambda g: g.note(None),
    ],
)
def test_writing_as_a_whole_makes_it_dense(write: Any) -> None:
    """What is written without a note may be anywhere."""
    written = gradient(2)
    write(written)
    assert not written.is_sparse
    with pytest.raises(ValueError, match="dense"):
        written.rows()


def test_scaling_keeps_it_sparse() -> None:
    """Zeros stay zeros when all is multiplied; filling with zeros forgets the rows."""
    scaled = gradient(2)
    scaled *= 0.5
    scaled /= 2.0
    assert scaled.rows().tolist() == [2]
    assert scaled.plain.sum() == 0.5
    scaled.fill(0.0)
    assert scaled.rows().tolist() == []


def test_results_are_ordinary_arrays() -> None:
    """What is reckoned from a gradient is an ordinary array, and a slice of it is dense."""
    summed = gradient(2) + 1.0
    assert type(summed) is np.ndarray
    assert not gradient(2)[:4].is_sparse  # type: ignore[attr-defined]  # of the same class


def test_copies() -> None:
    """A copy has the values and the rows, and memory of its own; a pickled gradient is an ordinary array."""
    original = gradient(2, 6)
    twin = original.copy()
    assert twin.rows().tolist() == [2, 6]
    assert twin.plain.tolist() == original.plain.tolist()
    twin.plain[2] = 9.0
    assert original.plain[2] == 1.0
    original.note(None)
    assert not original.copy().is_sparse
    assert original.copy().plain.tolist() != [0.0] * 16
    for loaded in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
        assert np.asarray(loaded).tolist() == original.plain.tolist()
        assert not getattr(loaded, "is_sparse", False)


def test_rows_in_use() -> None:
    """Rows with a weight or a moment are in use from the beginning, others from when they are added."""
    weights, moments = np.zeros(16, dtype="f"), np.zeros(16, dtype="f")
    weights[3], moments[8 + 5] = 1.0, 2.0
    rows = RowsInUse(weights, 2, moments, None)
    assert rows.rows.tolist() == [3, 5]
    rows.add(np.asarray([1, 5], dtype=np.int32))
    assert rows.rows.tolist() == [1, 3, 5]
    assert rows.belongs_to(weights, 2)
    assert not rows.belongs_to(weights, 1)
    assert not rows.belongs_to(weights.copy(), 2)


def batches(n: int) -> list[tuple[Any, Any, Any, Any]]:
    """Bags of keys, some with words that come back and some with new ones, and gradients of their scores."""
    rng = np.random.default_rng(1)
    made = []
    for step in range(n):
        keys = rng.integers(0, 4 + step, 6).astype("uint64")
        values, lengths = rng.integers(1, 4, 6).astype("f"), np.asarray([2, 0, 4], dtype="i")
        made.append((keys, values, lengths, rng.normal(size=(3, 3)).astype("f")))
    return made


def trained(version: str, optimizer: Any, *, sparse: bool, start: float = 0.0) -> Model[Any, Any]:
    """A layer after twelve steps."""
    layer = LAYERS[version](3, LENGTH)
    layer.initialize()
    layer.set_param("W", np.full(3 * LENGTH, start, dtype="f"))
    for number, (keys, values, lengths, dY) in enumerate(batches(12)):
        _, backprop = layer((keys, values, lengths), is_train=True)
        backprop(dY)
        grad = layer.get_grad("W")
        assert isinstance(grad, SparseGradient)
        if sparse:
            assert grad.is_sparse
        else:
            grad.note(None)
        if number % 3:  # gradients of two batches in a row are added up
            layer.finish_update(optimizer)
            assert not np.asarray(layer.get_grad("W")).any()
    return layer


OPTIMIZERS = {
    "plain": lambda: Adam(0.1, grad_clip=0.0, use_averages=False),
    "clipped": lambda: Adam(0.1, grad_clip=0.5),
    "decayed": lambda: Adam(0.1, L2=0.1, L2_is_weight_decay=True),
    "L2 in the gradient": lambda: Adam(0.1, L2=0.1, L2_is_weight_decay=False),
    "RAdam": lambda: RAdam(0.1),
    "SGD": lambda: SGD(0.1, L2=0.1),
}


@pytest.mark.parametrize("start", [0.0, 0.25])
@pytest.mark.parametrize("version", LAYERS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_over_rows_is_one_over_the_table(name: str, version: str, start: float) -> None:
    """Weights, moments and averages are those of steps over the whole table, whichever the settings."""
    optimizers = [OPTIMIZERS[name](), OPTIMIZERS[name]()]
    layers = [
        trained(version, sgd, sparse=sparse, start=start) for sgd, sparse in zip(optimizers, (True, False), strict=True)
    ]
    one, other = (layer.get_param("W") for layer in layers)
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    assert np.any(one != start)
    for kind in ("mom1", "mom2", "averages"):
        mine_by_name, its_by_name = (
            {name: table for (_, name), table in (getattr(sgd, kind) or {}).items()} for sgd in optimizers
        )
        assert mine_by_name.keys() == its_by_name.keys()
        for param, mine in mine_by_name.items():
            its = its_by_name[param]
            np.testing.assert_allclose(mine, its, rtol=1e-5, atol=1e-7)


def test_other_weights_are_looked_at_anew() -> None:
    """Weights that take the place of the old ones decay as a whole, also where no key ever was."""
    sgd = Adam(0.1, L2=0.1)
    layer = trained("v2", sgd, sparse=True)
    other = np.ones(3 * LENGTH, dtype="f")
    layer.set_param("W", other)
    keys, values, lengths, dY = batches(1)[0]
    _, backprop = layer((keys, values, lengths), is_train=True)
    backprop(dY)
    layer.finish_update(sgd)
    assert (layer.get_param("W") != 1.0).all()


def test_a_node_can_be_copied_in_training() -> None:
    """The copy of a node has its gradient, and goes on as the node does."""
    layer = trained("v2", Adam(0.1), sparse=True)
    keys, values, lengths, dY = batches(1)[0]
    layer((keys, values, lengths), is_train=True)[1](dY)
    twin = layer.copy()
    for node in (layer, twin):
        node.finish_update(Adam(0.1))
    assert twin.get_param("W").tolist() == layer.get_param("W").tolist()
