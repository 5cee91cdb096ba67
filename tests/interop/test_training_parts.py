"""Optimizers, schedules, losses and initializers give the numbers that Thinc's give, for every setting."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import HERE, Run
from .training_parts import INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES

pytestmark = pytest.mark.peer


def test_numbers_are_those_of_thinc(run: Run, tmp_path: Path) -> None:
    """Weights and averages of twelve steps, values of schedules, losses with gradients, and weights from a seed."""
    found: list[dict[str, Any]] = []
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "training_parts.py", lib, tmp_path / lib)
        found.append(pickle.loads((tmp_path / lib).read_bytes()))
    ours, theirs = found
    assert ours.keys() == theirs.keys()
    assert len(ours) == len(OPTIMIZERS) + 1 + len(SCHEDULES) + len(INITIALIZERS) + len(LOSSES)
    for what, values in ours.items():
        assert len(values) == len(theirs[what]), what
        for a, b in zip(values, theirs[what], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=what)
