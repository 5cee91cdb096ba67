"""One seed for all generators."""

import random

import numpy as np

from tagma.nn.seeds import fix_random_seed


def test_fix_random_seed() -> None:
    """The same seed, the same numbers, from Python's and NumPy's generators."""
    draws = []
    for _ in range(2):
        fix_random_seed(2**32 + 5)
        draws.append((random.random(), np.random.uniform()))
    assert draws[0] == draws[1]
