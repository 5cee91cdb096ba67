"""Optimizers, schedules, initializers and losses against those of PyTorch that are the same algorithm.

Where PyTorch has another algorithm under the same name, the difference is said, and what is left is compared. The rest
is compared with Thinc's in tests/interop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    SGD,
    Adam,
    CategoricalCrossentropy,
    CosineDistance,
    L2Distance,
    Optimizer,
    RAdam,
    SequenceCategoricalCrossentropy,
    compounding,
    cyclic_triangular,
    decaying,
    get_current_ops,
    registry,
    warmup_linear,
)

pytestmark = pytest.mark.torch

STEPS = 20
SHAPE = (4, 3)


def gradients() -> Iterator[np.ndarray]:
    """Gradients of all sizes."""
    rng = np.random.default_rng(1)
    while True:
        yield (rng.normal(size=SHAPE) * 10 ** rng.uniform(-2, 1)).astype("float32")


def trajectory(optimizer: Optimizer) -> list[np.ndarray]:
    """The weights after each step."""
    weights = np.random.default_rng(0).normal(size=SHAPE).astype("float32")
    found = []
    for gradient in islice(gradients(), STEPS):
        weights, _ = optimizer((1, "W"), weights, gradient)
        found.append(weights.copy())
    return found


def torch_trajectory(make: Callable[[list[Any]], Any], *, clip: float = 0.0, first_step: int = 0) -> list[np.ndarray]:
    """The same with an optimizer of PyTorch.

    clip          bound of the gradient's norm, 0 for none
    first_step    number of steps that the optimizer believes were made before, with moments of zero
    """
    import torch

    weights = torch.tensor(np.random.default_rng(0).normal(size=SHAPE).astype("float32"), requires_grad=True)
    optimizer = make([weights])
    if first_step:
        zeros = torch.zeros(SHAPE)
        state = {"step": torch.tensor(float(first_step)), "exp_avg": zeros, "exp_avg_sq": zeros.clone()}
        optimizer.state[weights] = state
    found = []
    for gradient in islice(gradients(), STEPS):
        weights.grad = torch.tensor(gradient)
        if clip:
            torch.nn.utils.clip_grad_norm_([weights], clip)
        optimizer.step()
        found.append(weights.detach().numpy().copy())
    return found


@pytest.mark.parametrize("L2", [0.0, 0.1])
def test_adam(L2: float) -> None:
    """Adam, with the weights' square added to the loss if asked for. The epsilon is added before the correction of the
    second moment and not behind it, which counts only for gradients near to it."""
    import torch

    ours = trajectory(Adam(0.01, L2=L2, L2_is_weight_decay=False, grad_clip=0.0, eps=1e-12))
    theirs = torch_trajectory(lambda params: torch.optim.Adam(params, 0.01, weight_decay=L2, eps=1e-12))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_adam_with_other_moments() -> None:
    """The two decays of the moments are those of PyTorch."""
    import torch

    ours = trajectory(Adam(0.02, beta1=0.5, beta2=0.9, grad_clip=0.0, eps=1e-12))
    theirs = torch_trajectory(lambda params: torch.optim.Adam(params, 0.02, betas=(0.5, 0.9), eps=1e-12))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("L2", [0.0, 0.1])
def test_sgd(L2: float) -> None:
    """Plain descent, with the weights' square added to the loss if asked for."""
    import torch

    ours = trajectory(SGD(0.05, L2=L2, L2_is_weight_decay=False, grad_clip=0.0))
    theirs = torch_trajectory(lambda params: torch.optim.SGD(params, 0.05, weight_decay=L2))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_weight_decay_comes_after_the_step() -> None:
    """Decayed weights: (1 − rate·L2)·(w − step), where PyTorch's AdamW has (1 − rate·L2)·w − step. So after one step
    ours are those of Adam without decay, shrunk."""
    import torch

    rate, L2 = 0.1, 0.5
    ours = trajectory(Adam(rate, L2=L2, grad_clip=0.0, eps=1e-12))[0]
    plain = torch_trajectory(lambda params: torch.optim.Adam(params, rate, eps=1e-12))[0]
    np.testing.assert_allclose(ours, (1 - rate * L2) * plain, rtol=1e-5, atol=1e-6)


def test_radam() -> None:
    """Rectified Adam, whose corrections are one step ahead: PyTorch's at step t + 1."""
    import torch

    ours = trajectory(RAdam(0.01, grad_clip=0.0, eps=1e-12))
    theirs = torch_trajectory(lambda params: torch.optim.RAdam(params, 0.01, eps=1e-12), first_step=1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_clipping() -> None:
    """A gradient longer than the bound is shortened to it, each parameter by its own norm."""
    import torch

    ours = trajectory(SGD(0.1, grad_clip=0.7))
    theirs = torch_trajectory(lambda params: torch.optim.SGD(params, 0.1), clip=0.7)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "skip", "make"),
    [
        (
            compounding(0.5, 1e-9, 0.8),
            0,
            lambda schedulers, optimizer: schedulers.ExponentialLR(optimizer, gamma=0.8),
        ),
        (
            warmup_linear(0.5, 0, 10),
            0,
            lambda schedulers, optimizer: schedulers.PolynomialLR(optimizer, total_iters=10, power=1),
        ),
        (  # the first value is that of step 1
            cyclic_triangular(0.5, 0.9, 3),
            1,
            lambda schedulers, optimizer: schedulers.CyclicLR(
                optimizer, 0.5, 0.9, step_size_up=3, cycle_momentum=False
            ),
        ),
        (
            decaying(0.5, 0.25),
            0,
            lambda schedulers, optimizer: schedulers.LambdaLR(optimizer, lambda step: 1 / (1 + 0.25 * step)),
        ),
    ],
    ids=["compounding", "warmup_linear", "cyclic_triangular", "decaying"],
)
def test_schedules(ours: Iterator[float], skip: int, make: Callable[..., Any]) -> None:
    """The learning rates of a scheduler, step by step."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.5)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    theirs = []
    for _ in range(skip + 15):
        theirs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert list(islice(ours, 15)) == pytest.approx(theirs[skip:])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("glorot_uniform", lambda init, W: init.xavier_uniform_(W)),
        ("glorot_normal", lambda init, W: init.xavier_normal_(W)),
        ("he_uniform", lambda init, W: init.kaiming_uniform_(W, nonlinearity="relu")),
        ("he_normal", lambda init, W: init.kaiming_normal_(W, nonlinearity="relu")),
        ("lecun_uniform", lambda init, W: init.kaiming_uniform_(W, nonlinearity="linear")),
        ("lecun_normal", lambda init, W: init.kaiming_normal_(W, nonlinearity="linear")),
        ("uniform", lambda init, W: init.uniform_(W, -0.1, 0.1)),
        ("zero", lambda init, W: init.zeros_(W)),
    ],
)
def test_initializers(name: str, make: Callable[[Any, Any], Any]) -> None:
    """Weights are drawn from the same distribution: mean, spread, bounds, and the values below which a share lies."""
    import torch

    np.random.seed(0)
    torch.manual_seed(0)
    shape = (500, 300)
    ours = registry.initializers.get(f"{name}_init.v1")()(get_current_ops(), shape)
    theirs = make(torch.nn.init, torch.empty(shape)).numpy()
    scale = float(theirs.std()) or 1.0
    shares = np.linspace(0.01, 0.99, 25)
    np.testing.assert_allclose(np.quantile(ours, shares) / scale, np.quantile(theirs, shares) / scale, atol=0.05)
    assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.01)
    if "normal" not in name:
        assert float(abs(ours).max()) == pytest.approx(float(abs(theirs).max()), rel=0.01)


# -- Losses. The cross-entropies take probabilities, and give the gradient of the scores before the softmax.

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(size=(6, 4)).astype("float32")
IDS = np.array([0, 3, 1, 1, 2, 3])
SHARES = RNG.dirichlet(np.ones(4), size=6).astype("float32")


def softmax(logits: np.ndarray) -> np.ndarray:
    exp = np.exp(logits)
    return exp / exp.sum(axis=1, keepdims=True)


def torch_gradient(loss: Callable[[Any], Any], values: np.ndarray) -> np.ndarray:
    """The gradient of a loss of PyTorch."""
    import torch

    tensor = torch.tensor(values, requires_grad=True)
    loss(tensor).backward()
    return tensor.grad.numpy()


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("truths", [IDS, SHARES], ids=["ids", "distributions"])
def test_crossentropy(normalize: bool, truths: np.ndarray) -> None:
    """For classes and for distributions over them; normalized, the mean over rows."""
    import torch

    reduction = "mean" if normalize else "sum"
    theirs = torch_gradient(
        lambda logits: torch.nn.functional.cross_entropy(logits, torch.tensor(truths), reduction=reduction), LOGITS
    )
    ours = CategoricalCrossentropy(normalize=normalize).get_grad(softmax(LOGITS), truths)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_crossentropy_of_missing_rows() -> None:
    """A row whose class is the missing one has no gradient; ours is not divided by fewer rows for that."""
    import torch

    theirs = torch_gradient(
        lambda logits: torch.nn.functional.cross_entropy(logits, torch.tensor(IDS), ignore_index=1, reduction="sum"),
        LOGITS,
    )
    for normalize, rows in ((False, 1), (True, 6)):
        ours = CategoricalCrossentropy(normalize=normalize, missing_value=1).get_grad(softmax(LOGITS), IDS)
        np.testing.assert_allclose(ours, theirs / rows, atol=1e-6)


def test_crossentropy_with_smoothing() -> None:
    """Our share goes to the other classes alone, PyTorch's to all: s·K/(K − 1) there is s here."""
    import torch

    share, classes = 0.12, LOGITS.shape[1]
    theirs = torch_gradient(
        lambda logits: torch.nn.functional.cross_entropy(
            logits, torch.tensor(IDS), label_smoothing=share * classes / (classes - 1)
        ),
        LOGITS,
    )
    ours = CategoricalCrossentropy(label_smoothing=share).get_grad(softmax(LOGITS), IDS)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_crossentropy_of_sequences(normalize: bool) -> None:
    """Each sequence's sum, over the number of sequences if normalized."""
    import torch

    parts = [slice(0, 4), slice(4, 6)]
    ours = SequenceCategoricalCrossentropy(normalize=normalize).get_grad(
        [softmax(LOGITS)[part] for part in parts], [IDS[part] for part in parts]
    )
    theirs = torch_gradient(
        lambda logits: (
            sum(
                torch.nn.functional.cross_entropy(logits[part], torch.tensor(IDS[part]), reduction="sum")
                for part in parts
            )
            / (2 if normalize else 1)
        ),
        LOGITS,
    )
    np.testing.assert_allclose(np.concatenate(ours), theirs, atol=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_squared_distance(normalize: bool) -> None:
    """Half of the squared error, summed over columns; normalized, the mean over rows."""
    import torch

    def loss(guesses: Any) -> Any:
        return torch.nn.functional.mse_loss(guesses, torch.tensor(SHARES), reduction="sum") / (12 if normalize else 2)

    ours = L2Distance(normalize=normalize).get_grad(LOGITS, SHARES)
    np.testing.assert_allclose(ours, torch_gradient(loss, LOGITS), atol=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_cosine_distance(normalize: bool) -> None:
    """One minus the cosine of each row, value and gradient; normalized, the mean over rows."""
    import torch

    def loss(guesses: Any) -> Any:
        ones = torch.ones(len(LOGITS))
        reduction = "mean" if normalize else "sum"
        return torch.nn.functional.cosine_embedding_loss(guesses, torch.tensor(SHARES), ones, reduction=reduction)

    ours = CosineDistance(normalize=normalize)
    np.testing.assert_allclose(ours.get_grad(LOGITS, SHARES), torch_gradient(loss, LOGITS), atol=1e-6)
    assert ours.get_loss(LOGITS, SHARES) == pytest.approx(float(loss(torch.tensor(LOGITS))), rel=1e-5)
