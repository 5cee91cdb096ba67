"""LSTM: worked numbers, its twin row by row, and what surrounds it; tests/interop/test_layers.py has Thinc's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import LSTM, Adam, Model, Padded, bidirectional, get_current_ops, with_padded
from tagma.testing import check_gradients

RNG = np.random.default_rng(0)
LENGTHS = (3, 0, 5, 1, 5)
XS = [RNG.normal(size=(n, 4)).astype("float32") for n in LENGTHS]


def _batch(items: list[np.ndarray]) -> Padded:
    return get_current_ops().list2padded(items)


def _items(batch: Padded) -> list[np.ndarray]:
    return list(get_current_ops().padded2list(batch))


def _initialized(**settings: Any) -> Model[Padded, Padded]:
    np.random.seed(3)
    model = LSTM(6, **settings).initialize(X=_batch(XS))
    noise = np.random.default_rng(4)
    for name in ("LSTM", "HC0"):
        value = model.get_param(name)
        model.set_param(name, noise.normal(size=value.shape).astype("float32") * 0.5)
    return model


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _twin(model: Model[Padded, Padded], x: np.ndarray) -> np.ndarray:
    """One sequence, step by step, in float64, from the parameters as they are saved."""
    rest, (_, depth, dirs, nH) = model.get_param("LSTM").astype("float64"), model.get_param("HC0").shape
    for layer in range(depth):
        outputs = []
        for d in range(dirs):
            shapes = [(4, nH, x.shape[1]), (4, nH), (4, nH, nH), (4, nH)]
            parts = []
            for shape in shapes:
                taken, rest = rest[: np.prod(shape)], rest[np.prod(shape) :]
                parts.append(taken.reshape(shape))
            h, C = model.get_param("HC0")[:, layer, d].astype("float64")
            rows = []
            for row in x[::-1] if d else x:
                f, i, o, c = (parts[0] @ row + parts[1]) + (parts[2] @ h + parts[3])
                C = _sigmoid(f) * C + _sigmoid(i) * np.tanh(c)
                h = _sigmoid(o) * np.tanh(C)
                rows.append(h)
            outputs.append(rows[::-1] if d else rows)
        x = np.concatenate([np.array(rows).reshape(-1, nH) for rows in outputs], axis=1)
    assert not rest.size
    return x


def test_worked_numbers() -> None:
    """One unit with all weights 0.1 on the inputs 1 and 2."""
    model = LSTM(1, 1).initialize()
    model.set_param("LSTM", np.full(16, 0.1, dtype="float32"))
    [Y] = _items(model.predict(_batch([np.array([[1], [2]], dtype="float32")])))
    np.testing.assert_allclose(Y[:, 0], [0.0952412, 0.1934653], atol=1e-7)


@pytest.mark.parametrize("bi", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_equals_its_twin(bi: bool, depth: int) -> None:
    """Every sequence of a batch, of any length, is what the formula gives for it alone; training changes nothing."""
    model = _initialized(bi=bi, depth=depth)
    for Y in (model.predict(_batch(XS)), model.begin_update(_batch(XS))[0]):
        for x, y in zip(XS, _items(Y), strict=True):
            assert y.dtype == np.float32
            np.testing.assert_allclose(y, _twin(model, x), atol=1e-5)


@pytest.mark.parametrize(
    "settings", [{}, {"bi": True}, {"depth": 2}, {"bi": True, "depth": 2, "dropout": 0.4}], ids=str
)
def test_gradients_through_time(settings: dict[str, Any]) -> None:
    """Backprop is the derivative also where sequences end at different steps and begin from initial states."""
    check_gradients(_initialized(**settings), _batch([x for x in XS if len(x)]))


def test_float64_stays() -> None:
    """With parameters and input in float64 so are outputs and gradients."""
    model = _initialized(bi=True)
    for name in ("LSTM", "HC0"):
        model.set_param(name, model.get_param(name).astype("float64"))
    Y, backprop = model.begin_update(_batch([x.astype("float64") for x in XS]))
    assert Y.data.dtype == backprop(Y).data.dtype == np.float64
    np.testing.assert_allclose(_items(Y)[0], _twin(model, XS[0]), atol=1e-12)


def test_padding_counts_for_nothing() -> None:
    """What stands in the padding has no influence, and outputs and gradients are zero there."""
    model, clean, soiled = _initialized(), _batch(XS), _batch(XS)
    padding = np.arange(5)[:, None] >= soiled.lengths
    soiled.data[padding] = 1e30
    Y, backprop = model.begin_update(soiled)
    np.testing.assert_array_equal(Y.data, model.begin_update(clean)[0].data)
    assert not Y.data[padding].any()
    assert not backprop(Y).data[padding].any()


def test_dropout_is_over_weights() -> None:
    """In training one mask is drawn over the parameters, and the gradient is zero where it is."""
    model = _initialized(dropout=0.5)
    np.random.seed(1)
    Y, backprop = model.begin_update(_batch(XS))
    np.random.seed(1)
    mask = get_current_ops().get_dropout_mask(model.get_param("LSTM").shape, 0.5)
    backprop(Y)
    assert not model.get_grad("LSTM")[mask == 0].any()
    twin = model.copy()
    twin.set_param("LSTM", model.get_param("LSTM") * mask)
    np.testing.assert_array_equal(twin.predict(_batch(XS)).data, Y.data)


def test_it_learns_to_remember() -> None:
    """The last output can be made the first input's sign."""
    rng = np.random.default_rng(2)
    xs = [rng.choice([-1.0, 1.0], size=(8, 1)).astype("float32") for _ in range(64)]
    target = np.stack([x[0] for x in xs])
    np.random.seed(0)
    model: Model[Any, Any] = with_padded(LSTM(8))
    model.initialize(X=xs, Y=[np.repeat(x, 8, axis=1) for x in xs])
    optimizer = Adam(0.02)
    losses = []
    for _ in range(150):
        Ys, backprop = model.begin_update(xs)
        last = np.stack([Y[-1, :1] for Y in Ys])
        dYs = [np.zeros_like(Y) for Y in Ys]
        for dY, difference in zip(dYs, last - target * 0.5, strict=True):
            dY[-1, :1] = difference
        losses.append(float(((last - target * 0.5) ** 2).mean()))
        backprop(dYs)
        model.finish_update(optimizer)
    assert losses[-1] < 0.01 < losses[0]


def test_bidirectional_over_it() -> None:
    """Two LSTMs under `bidirectional` are one with two directions that has their parameters."""
    two = bidirectional(LSTM(3), LSTM(3)).initialize(X=_batch(XS))
    one = LSTM(6, bi=True).initialize(X=_batch(XS))
    one.set_param("LSTM", np.concatenate([layer.get_param("LSTM") for layer in two.layers]))
    (Y, backprop), (Z, backprop_one) = two.begin_update(_batch(XS)), one.begin_update(_batch(XS))
    np.testing.assert_allclose(Y.data, Z.data, atol=1e-6)
    np.testing.assert_allclose(backprop(Z).data, backprop_one(Z).data, atol=1e-6)
    both = np.concatenate([layer.get_grad("LSTM") for layer in two.layers])
    np.testing.assert_allclose(both, one.get_grad("LSTM"), atol=1e-5)


def test_misuse() -> None:
    """No layer, no way back from a prediction, input of another width, parameters of another size."""
    with pytest.raises(ValueError, match="depth is 0"):
        LSTM(3, depth=0)
    model = _initialized()
    Y, backprop = model(_batch(XS), is_train=False)
    with pytest.raises(AssertionError, match="begin_update"):
        backprop(Y)
    with pytest.raises(ValueError, match=r"nI is|from width"):
        model.predict(_batch([x[:, :3] for x in XS]))
    model.set_param("LSTM", np.zeros(7, dtype="float32"))
    with pytest.raises(ValueError, match=r"parameters of the shape .*, not \(7,\)"):
        model.predict(_batch(XS))
    ops = get_current_ops()
    states = np.zeros((1, 1, 2), dtype="float32")
    params, X = np.zeros(64, dtype="float32"), np.zeros((3, 4), dtype="float32")
    for sizes, words in (([1, 2], "decreasing"), ([2, 2], "3")):
        with pytest.raises(ValueError, match=words):
            ops.lstm_forward_training(params, states, states, X, np.array(sizes, dtype="int32"))
