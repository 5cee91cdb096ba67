"""What every layer must do, checked for each example in `examples`: a new layer adds one there."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tagma.nn
import tagma.nn.layers
from tagma.nn import Linear, Padded, Ragged, Relu, chain, registry
from tagma.testing import (
    check_gradients,
    check_layer_copies,
    check_layer_dims,
    check_layer_predicts,
    check_layer_round_trip,
)

from ..examples import EXAMPLES, WIDTH, Example, batch, rows

all_examples = pytest.mark.parametrize("example", EXAMPLES, ids=str)
# They take what only some machines have; tests of their own stand in for it.
PROFILERS = {"with_nvtx_range", "with_signpost_interval"}
# They have tests of their own, which need the framework.
WRAPPERS = {
    "JAXWrapper.v1",
    "MXNetWrapper.v1",
    "PyTorchLSTM.v1",
    "PyTorchRNNWrapper.v1",
    "PyTorchWrapper.v1",
    "PyTorchWrapper.v2",
    "PyTorchWrapper.v3",
    "TensorFlowWrapper",
    "TorchScriptWrapper_v1",
    "keras_subclass",
    "pytorch_to_torchscript_wrapper",
}


def _floats(batch: Any) -> list[np.ndarray]:
    """The float arrays of a batch."""
    if isinstance(batch, Ragged | Padded):
        return _floats(batch.data)
    if isinstance(batch, list | tuple):
        return [array for item in batch for array in _floats(item)]
    return [batch] if isinstance(batch, np.ndarray) and batch.dtype.kind == "f" else []


@all_examples
def test_gradients_agree_with_differences(example: Example) -> None:
    """Backprop gives the derivative for every float of the input and of every parameter."""
    model = example.initialized(tagma.nn, 5)
    X = example.batch(tagma.nn, 5)
    if not _floats(X) and not any(node.param_names for node in model.walk()):
        assert example.name in WITHOUT_FLOATS
        return
    check_gradients(model, X, logits=example.logits, input_gradient=example.input_gradient, tolerance=example.tolerance)


WITHOUT_FLOATS = {"strings2arrays.v1", "remap_ids.v1", "remap_ids.v2", "premap_ids.v1", "ints_getitem"}


@all_examples
def test_dims_are_inferred(example: Example) -> None:
    """After initialization no dimension of a node with parameters is unknown, but for HashEmbed's unused nI."""
    model = example.initialized(tagma.nn)
    check_layer_dims(model)
    for node in model.walk():
        for name in node.dim_names if node.param_names else ():
            assert node.has_dim(name) or (node.name, name) == ("hashembed", "nI")


@all_examples
def test_predictions(example: Example) -> None:
    """They draw no random numbers and are the same each time; neither they nor training write to the input."""
    check_layer_predicts(example.initialized(tagma.nn), example.batch(tagma.nn))


@all_examples
def test_bytes_and_back(example: Example) -> None:
    """A twin loaded from the saved bytes predicts the same and saves the same bytes."""
    model = example.initialized(tagma.nn)
    check_layer_round_trip(lambda: example.build(tagma.nn), model, example.batch(tagma.nn))


@all_examples
def test_a_copy_is_independent(example: Example) -> None:
    """A copy predicts the same, and changing it changes nothing in the original."""
    check_layer_copies(example.initialized(tagma.nn), example.batch(tagma.nn))


@all_examples
def test_empty_batch_passes(example: Example) -> None:
    """No rows give no rows, forward and back, of the right width."""
    if not example.empty:
        pytest.skip("no meaning for a batch without rows")
    model = example.initialized(tagma.nn)
    Y_full = model.predict(example.batch(tagma.nn))
    empty = example.batch(tagma.nn, 0)
    Y, backprop = model.begin_update(empty)
    for full, part in zip(_floats(Y_full), _floats(Y), strict=False):
        if not isinstance(Y, Ragged):
            assert part.shape[-1] == full.shape[-1] or part.ndim == 1
        assert part.size == 0
    dX = backprop(Y)
    for x, dx in zip(_floats(empty), _floats(dX), strict=False):
        assert x.shape == dx.shape


@all_examples
def test_batched_equals_unbatched(example: Example) -> None:
    """What else is in the batch does not change a row's (or sequence's) output."""
    if not example.rowwise:
        pytest.skip("rows depend on each other, or are checked through other containers")
    model, X = example.initialized(tagma.nn), example.batch(tagma.nn)
    together = model.predict(X)
    if isinstance(X, Ragged):
        alone = [model.predict(X[i]) for i in range(len(X))]
        parts = [part.data if isinstance(part, Ragged) else part for part in alone]
        together = together.data if isinstance(together, Ragged) else together
    else:
        parts = [model.predict(X[i : i + 1]) for i in range(len(X))]
    np.testing.assert_allclose(np.concatenate(parts), together, rtol=1e-5, atol=1e-6)


WITH_INPUT_WIDTH = [
    example
    for example in EXAMPLES
    if example.kind == "rows" and "." in example.name and example.build(tagma.nn).has_dim("nI") is not False
]


@pytest.mark.parametrize("example", WITH_INPUT_WIDTH, ids=str)
def test_wrong_width_is_explained(example: Example) -> None:
    """Input of a wrong width raises a ValueError that names a node, nI and both widths."""
    model = example.initialized(tagma.nn)
    nodes = {node.name for node in model.walk()}
    with pytest.raises(ValueError, match=r"nI is") as caught:
        model.predict(np.zeros((2, WIDTH + 3), dtype="float32"))
    message = str(caught.value)
    assert message.split(":")[0].split(" / ")[0] == model.name
    assert message.split(":")[0].split(" / ")[-1] in nodes
    assert "nI" in message
    assert str(WIDTH) in message
    assert str(WIDTH + 3) in message


def test_every_layer_has_an_example() -> None:
    """Every layer that is registered here, and every other that `tagma.nn.layers` has, is among the examples."""
    registered = {name: make for name, make in registry.layers.get_all().items() if make.__module__[:9] == "tagma.nn."}
    others = {
        name
        for name in tagma.nn.layers.__all__
        if getattr(tagma.nn.layers, name) not in registered.values() and f"{name}.v1" not in registered
    }
    assert {*registered, *others} - {example.name for example in EXAMPLES} == PROFILERS | WRAPPERS


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.kind not in ("features", "nested", "texts")], ids=str
)
def test_other_kinds_of_input(example: Example) -> None:
    """None, or a kind of batch that a layer does not take, is told with the layer's name: no error of its insides."""
    model = example.initialized(tagma.nn, 5)
    X = example.batch(tagma.nn, 5)
    for wrong in (None, *(batch(tagma.nn, kind, 5) for kind in ("pair", "ragged", "padded"))):
        if type(wrong) is type(X):
            continue
        try:
            model.predict(wrong if not isinstance(wrong, tuple) else list(wrong))
        except (ValueError, IndexError):
            pass
        except TypeError:
            if wrong is None:
                raise


def test_array_layer_given_a_list() -> None:
    """The layer is named by its place, and so are the two ways out."""
    model = chain(Relu(3), Linear(2))
    model.initialize(X=rows(3))
    with pytest.raises(
        ValueError, match=r"relu: it takes an array, but got a list of 2\. Give it .*vstack.* with_array"
    ):
        model.predict([rows(3), rows(3)])


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
        ("clone.v1", "n", {"orig": Relu(3)}),
    ],
)
def test_sizes_are_whole_numbers(name: str, key: str, rest: dict[str, Any], size: Any) -> None:
    """A size that is no whole number from 1 (from 0 for windows and copies) is refused with its name and value."""
    if size is None or (size == 0 and size is not False and key in ("window_size", "n")):
        return
    given = (3, size) if key == "nOs" else size
    with pytest.raises(ValueError, match=rf"{key}.* is .*{re.escape(repr(size))}\. Give it .*at least"):
        registry.layers.get(name)(**{key: given}, **rest)
    assert key in ("nOs", "orig") or registry.layers.get(name)(**{key: np.int64(3)}, **rest) is not None
