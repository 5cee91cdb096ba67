"""Dropout draws from NumPy's global generator, in place: the stream goes on as if numpy.random.uniform had drawn."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from tagma.nn import Maxout, Model, set_dropout_rate
from tagma.nn.backends import NumpyOps
from tagma.nn.fusion import fusion

OPS = NumpyOps()


@pytest.fixture
def another_generator() -> Iterator[None]:
    """NumPy's global generator is PCG64 for the time of a test."""
    before = np.random.get_bit_generator()
    np.random.set_bit_generator(np.random.PCG64(7))
    yield
    np.random.set_bit_generator(before)


def _block() -> Model[np.ndarray, np.ndarray]:
    model: Model[np.ndarray, np.ndarray] = Maxout(8, 4, nP=3, dropout=0.4, normalize=True)
    model.initialize(X=np.zeros((2, 4), "f"))
    return model


def test_draws_are_those_of_uniform() -> None:
    """A mask keeps what uniform() draws as at least the rate, wherever the stream stands, and moves it on alike."""
    for n in (1, 2, 311, 312, 313, 5000):
        np.random.seed(n)
        np.random.bytes(4 * (n % 3))  # an odd number of words drawn before
        state = np.random.get_state()
        mask = OPS.get_dropout_mask((n,), 0.3)
        after = np.random.uniform()
        np.random.set_state(state)
        np.testing.assert_array_equal(mask > 0, np.random.uniform(size=n) >= 0.3)
        assert np.random.uniform() == after


def test_another_generator(another_generator: None) -> None:
    """With another generator than a Mersenne twister, fused and plain nodes still drop the same values."""
    model, X = _block(), np.random.normal(size=(50, 4)).astype("f")
    set_dropout_rate(model, 0.4)
    outputs = []
    for fused in (True, False):
        np.random.set_bit_generator(np.random.PCG64(3))
        with fusion(fused):
            outputs.append(model(X, is_train=True)[0])
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-5)
    assert 0.2 < (outputs[0] == 0).mean() < 0.6


def test_threads_that_draw_at_once() -> None:
    """Draws of several threads lose nothing and repeat nothing: the stream stands where all of them together end."""
    rounds, n = 200, 1001

    def draw() -> None:
        for _ in range(rounds):
            OPS.get_dropout_mask((n,), 0.5)

    np.random.seed(0)
    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = np.random.uniform()
    np.random.seed(0)
    np.random.uniform(size=4 * rounds * n)
    assert np.random.uniform() == after
