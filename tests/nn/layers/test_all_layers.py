"""What every layer must do, checked for each by one row of a table. A new layer adds a row to CASES."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tagma.nn import Model, Padded, Ragged, get_current_ops, glorot_uniform_init
from tagma.nn.config import registry

from ..gradients import check_gradients, float_arrays

WIDTH = 4


def _rows(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, WIDTH)).astype("float32")


def _ints(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 20, size=(n, 2)).astype("uint64")


def _ids(n: int) -> np.ndarray:
    return _ints(n)[:, 0].copy()


def _list(n: int) -> list[np.ndarray]:
    return [_rows(n), _rows(n)[:0], _rows(n)[: n // 2]]


def _ragged(n: int) -> Ragged:
    return Ragged(_rows(n), np.array([n - n // 2, n // 2] if n else [], dtype="int32"))


def _padded(n: int) -> Padded:
    return get_current_ops().list2padded([_rows(n), _rows(n)[: n // 2 + 1], _rows(n)[1:]])


def _pair(n: int) -> tuple[np.ndarray, np.ndarray]:
    return _rows(n), _rows(n + 1)[:n]


def layer(name: str, **settings: Any) -> dict[str, Any]:
    """A layer as a config would name it."""
    return {"@layers": name, **settings}


@dataclass
class Case:
    """A layer, an input for it, and what does not apply to it."""

    name: str
    make_X: Callable[[int], Any] = _rows
    args: tuple[Any, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    logits: bool = False  # backprop takes the gradient of the logits
    rowwise: bool = True  # a row's output depends on that row alone
    empty: bool = True  # takes batches of no rows
    differentiable: bool = True
    tolerance: float = 1e-6

    def build(self) -> Model:
        """A new, uninitialized instance, made through the registry."""
        return _build(layer(self.name, **self.settings), *self.args)

    def __str__(self) -> str:
        inner = ",".join(str(arg.get("@layers", arg)) if isinstance(arg, dict) else str(arg) for arg in self.args)
        return f"{self.name}({inner}{',' if self.settings else ''}{','.join(self.settings)}){self.make_X.__name__}"


def _build(config: Any, *args: Any) -> Any:
    if not isinstance(config, dict) or "@layers" not in config:
        return config
    settings = {key: _build(value) for key, value in config.items() if key != "@layers"}
    return registry.layers.get(config["@layers"])(*(_build(arg) for arg in args), **settings)


RELU = layer("Relu.v1", nO=3)
SQUARE = layer("Relu.v1", nO=WIDTH)
DENSE = ["Relu", "Mish", "Swish", "HardSwish", "HardSwishMobilenet", "Dish", "ClippedLinear", "HardSigmoid", "HardTanh"]

CASES = [
    *(Case(f"{name}.v1", settings={"nO": 5}) for name in DENSE),
    *(Case(f"{name}.v1", settings={"nO": 5, "normalize": True, "dropout": 0.3}) for name in DENSE),
    Case("ReluK.v1", settings={"nO": 5, "k": 0.5}),
    Case("Gelu.v1", settings={"nO": 5}, tolerance=1e-4),  # its erf is an approximation
    Case("Linear.v1", settings={"nO": 5}),
    Case("Maxout.v1", settings={"nO": 5}),
    Case("Maxout.v1", settings={"nO": 5, "nP": 1}),
    Case("Maxout.v1", settings={"nO": 5, "nP": 2, "normalize": True, "dropout": 0.3}),
    Case("Sigmoid.v1", settings={"nO": 5, "init_W": glorot_uniform_init}),
    Case("Softmax.v1", settings={"nO": 5, "init_W": glorot_uniform_init}, logits=True),
    Case("Softmax.v2", settings={"nO": 5, "init_W": glorot_uniform_init, "temperature": 2.0}, logits=True),
    Case("MultiSoftmax.v1", settings={"nOs": (2, 3)}, logits=True),
    Case("softmax_activation.v1"),
    Case("sigmoid_activation.v1"),
    Case("Logistic.v1"),
    Case("LayerNorm.v1"),
    Case("Dropout.v1", settings={"rate": 0.4}),
    Case("Dropout.v1", _list, settings={"rate": 0.4}, rowwise=False),
    Case("Dropout.v1", _ragged, settings={"rate": 0.4}),
    Case("Dropout.v1", _padded, settings={"rate": 0.4}, rowwise=False, empty=False),
    Case("expand_window.v1", settings={"window_size": 2}, rowwise=False),
    Case("expand_window.v1", _ragged),
    Case("Embed.v1", _ids, settings={"nO": 3, "nV": 20}),
    Case("Embed.v1", _ints, settings={"nO": 3, "nV": 20, "column": 1, "dropout": 0.4}),
    Case("HashEmbed.v1", _ids, settings={"nO": 3, "nV": 20, "seed": 5}),
    Case("HashEmbed.v1", _ints, settings={"nO": 3, "nV": 20, "seed": 5, "column": 1, "dropout": 0.4}),
    Case("CauchySimilarity.v1", _pair, rowwise=False),
    Case("ParametricAttention.v1", _ragged),
    Case("ParametricAttention.v2", _ragged, settings={"key_transform": SQUARE}),
    *(Case(f"reduce_{kind}.v1", _ragged) for kind in ("sum", "mean", "max", "first", "last")),
    Case("noop.v1"),
    Case("chain.v1", args=(RELU, layer("LayerNorm.v1"), layer("Linear.v1", nO=2))),
    Case("concatenate.v1", args=(RELU, layer("Linear.v1", nO=2))),
    Case("concatenate.v1", _list, args=(layer("noop.v1"), layer("noop.v1")), rowwise=False),
    Case("concatenate.v1", _ragged, args=(layer("noop.v1"), layer("noop.v1"))),
    Case("add.v1", args=(RELU, layer("Linear.v1", nO=3))),
    Case("residual.v1", args=(SQUARE,)),
    Case("residual.v1", _list, args=(layer("with_array.v1", layer=SQUARE),), rowwise=False),
    Case("residual.v1", _ragged, args=(layer("with_array.v1", layer=SQUARE),)),
    Case("residual.v1", _padded, args=(layer("with_array.v1", layer=layer("noop.v1")),), rowwise=False, empty=False),
    Case("clone.v1", args=(layer("Mish.v1", nO=WIDTH), 3)),
    Case("tuplify.v1", args=(RELU, layer("Linear.v1", nO=2)), rowwise=False),
    Case(
        "siamese.v1",
        _pair,
        args=(layer("Linear.v1", nO=3, nI=WIDTH), layer("CauchySimilarity.v1", nI=3)),
        rowwise=False,
    ),
    Case("uniqued.v1", _ints, args=(layer("Embed.v1", nO=3, nV=20, column=0),)),
    Case("list2array.v1", _list, rowwise=False),
    Case("list2ragged.v1", _list, rowwise=False),
    Case("list2padded.v1", _list, rowwise=False, empty=False),
    Case("ragged2list.v1", _ragged, rowwise=False),
    Case("padded2list.v1", _padded, rowwise=False, empty=False),
    *(Case(f"{name}.v1", _list, args=(RELU,), rowwise=False) for name in ("with_array", "with_array2d")),
    *(Case(f"{name}.v1", _ragged, args=(RELU,)) for name in ("with_array", "with_array2d")),
    Case("with_array.v1", _list, args=(layer("expand_window.v1"),), settings={"pad": 1}, rowwise=False),
    Case("with_array2d.v1", _padded, args=(RELU,), rowwise=False, empty=False),
    Case("with_list.v1", _ragged, args=(layer("with_array.v1", layer=RELU),)),
    Case("with_list.v1", _padded, args=(layer("with_array.v1", layer=RELU),), rowwise=False, empty=False),
    Case("with_ragged.v1", _list, args=(layer("ParametricAttention.v1"),), rowwise=False),
    Case("with_ragged.v1", _padded, args=(layer("ParametricAttention.v1"),), rowwise=False, empty=False),
    Case("with_padded.v1", _list, args=(layer("with_array2d.v1", layer=RELU),), rowwise=False, empty=False),
    Case("with_padded.v1", _ragged, args=(layer("with_array2d.v1", layer=RELU),), empty=False),
    Case("bidirectional.v1", _padded, args=(layer("with_array2d.v1", layer=RELU),), rowwise=False, empty=False),
    Case("with_getitem.v1", _pair, args=(1, RELU), rowwise=False),
    Case("with_reshape.v1", lambda n: _rows(2 * n).reshape((2, n, WIDTH)), args=(RELU,), rowwise=False),
    Case("with_cpu.v1", args=(RELU, get_current_ops())),
    Case("resizable.v1", args=(layer("Linear.v1", nO=2), None)),
]

all_cases = pytest.mark.parametrize("case", CASES, ids=str)


def _has_floats(case: Case) -> bool:
    return bool(float_arrays(case.make_X(3)))


def _initialized(case: Case, n: int = 6) -> tuple[Model, Any]:
    np.random.seed(0)
    X = case.make_X(n)
    return case.build().initialize(X), X


def _assert_equal(left: Any, right: Any, tolerance: float = 0.0) -> None:
    lefts, rights = float_arrays(left), float_arrays(right)
    assert len(lefts) == len(rights)
    for a, b in zip(lefts, rights, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@all_cases
def test_gradients_agree_with_differences(case: Case) -> None:
    """Backprop gives the derivative for every float of the input and of every parameter."""
    model, X = _initialized(case, 5)
    if not _has_floats(case) and not any(node.param_names for node in model.walk()):
        pytest.skip("neither input nor parameters are floats")
    check_gradients(model, X, logits=case.logits, tolerance=case.tolerance)


@all_cases
def test_dims_are_inferred(case: Case) -> None:
    """After initialization no dimension of a node with parameters is unknown, but for HashEmbed's unused nI."""
    model, _ = _initialized(case)
    for node in model.walk():
        for name in node.dim_names if node.param_names else ():
            assert node.has_dim(name) or (node.name, name) == ("hashembed", "nI")


@all_cases
def test_empty_batch_passes(case: Case) -> None:
    """No rows give no rows, forward and back, of the right width."""
    if not case.empty:
        pytest.skip("no meaning for a batch without rows")
    model, X = _initialized(case)
    Y_full = model.predict(X)
    empty = case.make_X(0)
    Y, backprop = model.begin_update(empty)
    for full, part in zip(float_arrays(Y_full), float_arrays(Y), strict=False):
        if not isinstance(Y, Ragged):
            assert part.shape[-1] == full.shape[-1] or part.ndim == 1
        assert part.size == 0
    dX = backprop(Y)
    for x, dx in zip(float_arrays(empty), float_arrays(dX), strict=False):
        assert x.shape == dx.shape


@all_cases
def test_batched_equals_unbatched(case: Case) -> None:
    """What else is in the batch does not change a row's (or sequence's) output."""
    if not case.rowwise:
        pytest.skip("rows depend on each other, or are checked through other containers")
    model, X = _initialized(case)
    together = model.predict(X)
    if isinstance(X, Ragged):
        alone = [model.predict(X[i]) for i in range(len(X))]
        parts = [part.data if isinstance(part, Ragged) else part for part in alone]
        together = together.data if isinstance(together, Ragged) else together
    else:
        parts = [model.predict(X[i : i + 1]) for i in range(len(X))]
    np.testing.assert_allclose(np.concatenate(parts), together, rtol=1e-5, atol=1e-6)


@all_cases
def test_predicting_is_not_random(case: Case) -> None:
    """A prediction draws no random numbers."""
    model, X = _initialized(case)
    np.random.seed(7)
    expected = np.random.uniform()
    np.random.seed(7)
    first = model.predict(X)
    assert np.random.uniform() == expected
    _assert_equal(first, model.predict(X))


@all_cases
def test_input_is_left_alone(case: Case) -> None:
    """Forward does not write to its input."""
    model, X = _initialized(case)
    model.begin_update(X)
    _assert_equal(X, case.make_X(6))


@all_cases
def test_bytes_and_back(case: Case) -> None:
    """A twin loaded from the saved bytes predicts the same and saves the same bytes."""
    model, X = _initialized(case)
    data = model.to_bytes()
    twin = case.build()
    assert twin.can_from_bytes(data)
    twin.from_bytes(data)
    assert twin.to_bytes() == data
    _assert_equal(model.predict(X), twin.predict(X))


@all_cases
def test_a_copy_is_independent(case: Case) -> None:
    """A copy predicts the same, and changing it changes nothing in the original."""
    model, X = _initialized(case)
    twin = model.copy()
    before = model.predict(X)
    _assert_equal(before, twin.predict(X))
    for node in twin.walk():
        for name in node.param_names:
            node.get_param(name)[...] = 0
    _assert_equal(before, model.predict(X))


WITH_INPUT_WIDTH = [case for case in CASES if case.make_X is _rows and case.build().has_dim("nI") is not False]


@pytest.mark.parametrize("case", WITH_INPUT_WIDTH, ids=str)
def test_wrong_width_is_explained(case: Case) -> None:
    """Input of a wrong width raises a ValueError that names a node, nI and both widths."""
    model, _X = _initialized(case)
    nodes = {node.name for node in model.walk()}
    with pytest.raises(ValueError, match=r"nI is") as caught:
        model.predict(np.zeros((2, WIDTH + 3), dtype="float32"))
    message = str(caught.value)
    assert message.split(":")[0].split(" / ")[0] == model.name
    assert message.split(":")[0].split(" / ")[-1] in nodes
    assert "nI" in message
    assert str(WIDTH) in message
    assert str(WIDTH + 3) in message


def test_the_table_is_complete() -> None:
    """Every registered layer has a row here or tests of its own."""
    own_tests = {
        "PyTorchLSTM.v1",
        "PyTorchRNNWrapper.v1",
        "PyTorchWrapper.v1",
        "PyTorchWrapper.v2",
        "PyTorchWrapper.v3",
        "SparseLinear.v1",
        "SparseLinear.v2",
        "premap_ids.v1",
        "remap_ids.v1",
        "remap_ids.v2",
        "strings2arrays.v1",
        "with_flatten.v1",
        "with_flatten.v2",
    }
    ours = {name for name, func in registry.layers.get_all().items() if func.__module__.startswith("tagma.nn.")}
    assert ours - {case.name for case in CASES} - own_tests == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_other_kinds_of_input(case: Case) -> None:
    """None, or a kind of batch that a layer does not take, is told with the layer's name: no error of its insides."""
    model = case.build()
    model.initialize(X=case.make_X(5))
    for wrong in (None, [_rows(5), _rows(5)], _ragged(5), _padded(5)):
        if type(wrong) is type(case.make_X(5)):
            continue
        try:
            model.predict(wrong)
        except (ValueError, IndexError):
            pass
        except TypeError:
            if wrong is None:
                raise


def test_array_layer_given_a_list() -> None:
    """The layer is named by its place, and so are the two ways out."""
    model = _build(layer("chain.v1"), RELU, layer("Linear.v1", nO=2))
    model.initialize(X=_rows(3))
    with pytest.raises(
        ValueError, match=r"relu: it takes an array, but got a list of 2\. Give it .*vstack.* with_array"
    ):
        model.predict([_rows(3), _rows(3)])


@pytest.mark.parametrize("size", ["a", 2.5, 0, -1, True, None, [2]], ids=str)
@pytest.mark.parametrize(
    ("name", "key", "rest"),
    [
        ("Relu.v1", "nO", {}),
        ("Maxout.v1", "nP", {}),
        ("HashEmbed.v1", "nV", {"nO": 2}),
        ("Embed.v1", "nO", {"nV": 2}),
        ("LayerNorm.v1", "nI", {}),
        ("SparseLinear.v1", "length", {}),
        ("ParametricAttention.v1", "nO", {}),
        ("MultiSoftmax.v1", "nOs", {}),
        ("expand_window.v1", "window_size", {}),
        ("clone.v1", "n", {"orig": RELU}),
    ],
)
def test_sizes_are_whole_numbers(name: str, key: str, rest: dict[str, Any], size: Any) -> None:
    """A size that is no whole number from 1 (from 0 for windows and copies) is refused with its name and value."""
    if size is None or (size == 0 and size is not False and key in ("window_size", "n")):
        return
    given = (3, size) if key == "nOs" else size
    with pytest.raises(ValueError, match=rf"{key}.* is .*{re.escape(repr(size))}\. Give it .*at least"):
        _build(layer(name, **{key: given}, **rest))
    assert key in ("nOs", "orig") or _build(layer(name, **{key: np.int64(3)}, **rest)) is not None
