"""Layers in both libraries: the same weights from a seed, the same bytes, the same predictions, the same gradients.

Where Thinc is known to be wrong, what differs is listed, and must differ: then the gradient is compared with finite
differences alone, in tests/nn/layers/test_all_layers.py.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import HERE, Run
from .layers import EXAMPLES

pytestmark = pytest.mark.peer

ONLY_HERE = {"floats_getitem", "ints_getitem"}
BOTH = [str(example) for example in EXAMPLES if example.name not in ONLY_HERE]
PARTS = ("predicted", "trained", "dX", "grads")
GRADIENTS = {"dX", "grads"}

# Example → what differs, for each fault of Thinc one example or more.
DIFFERENT = {
    "Dish.v1(,nO)-rows": GRADIENTS,  # the slope at the layer's input
    "Dish.v1(,nO,normalize,dropout)-rows": GRADIENTS,
    "MultiSoftmax.v1(,nOs)-rows": {"predicted", "trained"},  # logits
    "LSTM.v1(,nO)-padded": GRADIENTS,
    "LSTM.v1(,nO,bi,depth,dropout)-padded": GRADIENTS,
    "concatenate.v1(noop.v1,noop.v1)-list": {"dX"},  # twice as many arrays
    "concatenate.v1(noop.v1,noop.v1)-ragged": GRADIENTS,  # an error
    "add.v1(Relu.v1,Linear.v1)-rows": GRADIENTS,  # the sum is written over what Relu keeps to find its slope
    "with_flatten.v1(chain.v1)-nested": GRADIENTS,  # an error
    "bidirectional.v1(with_array2d.v1)-padded": GRADIENTS,  # the first half of the gradient for both
    "bidirectional.v1(LSTM.v1)-padded": {*PARTS},  # nothing is reversed
    "with_reshape.v1(Relu.v1)-cube": GRADIENTS,  # an error
    "remap_ids.v2(,mapping_table,default,column)-ints": {"dX"},  # ids have no gradient: what comes is not defined
    "premap_ids.v1(,mapping_table,default,column)-signed": {"dX"},
}

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=["tagma", "spacy"])
def found(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, Found]:
    """What tagma and Thinc make of the layers that one of them has saved."""
    folder: Path = tmp_path_factory.mktemp(f"layers-{request.param}")
    run(request.param, HERE / "layers.py", request.param, "save", folder)
    answers = []
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "layers.py", lib, "load", folder, folder / lib)
        answers.append(pickle.loads((folder / lib).read_bytes()))
    return answers[0], answers[1]


@pytest.mark.parametrize("example", BOTH)
def test_exchange(example: str, found: tuple[Found, Found]) -> None:
    """Either loads what the other saved and saves the same bytes; numbers agree to 1e-5, in training too."""
    ours, theirs = (answers[example] for answers in found)
    assert ours["bytes"] == theirs["bytes"] == ours["read"]
    assert ours["fresh"] == theirs["fresh"]
    assert "error" not in ours
    differ = {part for part in PARTS if part not in theirs or not _agree(ours[part], theirs[part])}
    assert differ == DIFFERENT.get(example, set())


def _agree(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(
        a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, rtol=1e-5, atol=1e-5)
        for a, b in zip(ours, theirs, strict=True)
    )


def test_the_list_of_differences_is_current() -> None:
    """It names examples alone."""
    assert set(DIFFERENT) <= set(BOTH)
