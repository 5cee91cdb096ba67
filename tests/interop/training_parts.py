"""Optimizers, schedules, losses and initializers of either library: `python training_parts.py LIB OUT` pickles what
each gives, by kind and settings. Made through the registry, as configs make them.
"""

import importlib
import itertools
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LIBS = {"tagma": "tagma.nn", "spacy": "thinc.api"}
STEPS = 12

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    *((f"{name}.v1", {"learn_rate": 0.01}) for name in ("Adam", "RAdam")),
    ("SGD.v1", {"learn_rate": 0.1}),
    *((name, {"learn_rate": 0.01, "L2": 0.1, "L2_is_weight_decay": decay}) for name in ("Adam.v1", "RAdam.v1")
      for decay in (True, False)),
    ("SGD.v1", {"learn_rate": 0.1, "L2": 0.1, "L2_is_weight_decay": False}),
    ("Adam.v1", {"learn_rate": 0.01, "beta1": 0.5, "beta2": 0.9, "eps": 1e-4}),
    ("Adam.v1", {"learn_rate": 0.01, "grad_clip": 0.2}),
    ("Adam.v1", {"learn_rate": 0.01, "grad_clip": 0.0}),
    ("Adam.v1", {"learn_rate": 0.01, "use_averages": False}),
    ("SGD.v1", {"learn_rate": 0.1, "grad_clip": 0.2, "use_averages": True}),
    ("RAdam.v1", {"learn_rate": 0.01, "beta1": 0.5, "beta2": 0.9}),
    ("RAdam.v1", {"learn_rate": 0.01, "grad_clip": 0.2, "eps": 1e-4}),
    ("Adam.v1", {"learn_rate": 0.01, "L2": 0.1, "lr_scale": 0.3}),
    ("SGD.v1", {"learn_rate": 0.1, "L2": 0.1, "lr_scale": 0.3}),
]  # fmt: skip
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("constant.v1", {"rate": 0.1}),
    ("constant_then.v1", {"rate": 0.1, "steps": 3, "schedule": [0.5, 0.25, 0.125] * 4}),
    ("decaying.v1", {"base_rate": 0.1, "decay": 0.01}),
    ("decaying.v1", {"base_rate": 0.1, "decay": 0.5, "t": 7}),
    ("compounding.v1", {"start": 1.0, "stop": 4.0, "compound": 1.3}),
    ("compounding.v1", {"start": 4.0, "stop": 1.0, "compound": 0.7, "t": 2.0}),
    ("warmup_linear.v1", {"initial_rate": 0.1, "warmup_steps": 4, "total_steps": 9}),
    ("slanted_triangular.v1", {"max_rate": 0.1, "num_steps": 10}),
    ("slanted_triangular.v1", {"max_rate": 0.1, "num_steps": 20, "cut_frac": 0.25, "ratio": 8, "t": 2.0}),
    ("cyclic_triangular.v1", {"min_lr": 0.1, "max_lr": 0.5, "period": 3}),
]
INITIALIZERS: list[tuple[str, dict[str, Any]]] = [
    *((f"{kind}_{shape}_init.v1", {}) for kind in ("lecun", "he", "glorot") for shape in ("normal", "uniform")),
    ("zero_init.v1", {}),
    ("uniform_init.v1", {}),
    ("uniform_init.v1", {"lo": -2.0, "hi": 0.5}),
    ("normal_init.v1", {}),
    ("normal_init.v1", {"mean": 0.5}),
]

GUESSES = np.array([[0.7, 0.2, 0.1], [0.0, 0.9, 0.1], [0.25, 0.25, 0.5], [1, 0, 0]], dtype="float32")
IDS = np.array([0, 2, 2, 1], dtype="int32")
ONE_HOT = np.eye(3, dtype="float32")[IDS]
NAMES = ["a", "!b", "", "c"]
LOSSES: list[tuple[str, dict[str, Any], Any, Any]] = [
    *(("CategoricalCrossentropy.v1", {"normalize": n}, GUESSES, t) for n in (True, False) for t in (IDS, ONE_HOT)),
    ("CategoricalCrossentropy.v2", {"names": ["a", "b", "c"], "missing_value": "", "neg_prefix": "!"}, GUESSES, NAMES),
    ("CategoricalCrossentropy.v2", {"missing_value": 2}, GUESSES, IDS),
    ("CategoricalCrossentropy.v2", {"missing_value": 2}, GUESSES, ONE_HOT),
    ("CategoricalCrossentropy.v1", {"names": ["a", "b", "c"]}, GUESSES, ["a", "b", "b", "c"]),
    ("CategoricalCrossentropy.v3", {"label_smoothing": 0.1}, GUESSES, IDS),
    (
        "CategoricalCrossentropy.v3",
        {"names": ["a", "b", "c"], "label_smoothing": 0.1, "normalize": False},
        GUESSES,
        ["a", "b", "b", "c"],
    ),
    *(
        (f"SequenceCategoricalCrossentropy.v{v}", {"normalize": n}, [GUESSES, GUESSES[:2]], [IDS, IDS[1:3]])
        for v in (1, 2, 3)
        for n in (True, False)
    ),
    (
        "SequenceCategoricalCrossentropy.v2",
        {"names": ["a", "b", "c"], "neg_prefix": "!"},
        [GUESSES[:2], GUESSES[3:]],
        [NAMES[:2], NAMES[3:]],
    ),
    (
        "SequenceCategoricalCrossentropy.v3",
        {"label_smoothing": 0.2, "missing_value": 1},
        [GUESSES[:2], GUESSES[2:]],
        [IDS[:2], IDS[2:]],
    ),
    ("SequenceCategoricalCrossentropy.v1", {"names": ["a", "b", "c"]}, [GUESSES[:2], GUESSES[3:]], [["a", "c"], ["b"]]),
    *(("L2Distance.v1", {"normalize": n}, GUESSES, ONE_HOT) for n in (True, False)),
    *(
        ("CosineDistance.v1", {"normalize": n, "ignore_zeros": z}, GUESSES + 1, ONE_HOT * [[1], [0], [2], [3]])
        for n in (True, False)
        for z in (True, False)
    ),
]


def optimizer_steps(make: Callable[..., Any], lr_scale: float = 1.0, **settings: Any) -> list[np.ndarray]:
    """Weights after each step and averages at the end, for a matrix and a short vector with gradients of all sizes."""
    optimizer = make(**settings)
    rng = np.random.default_rng(0)
    found = []
    weights = {(1, "W"): rng.normal(size=(3, 4)).astype("float32"), (2, "b"): np.zeros(2, dtype="float32")}
    for step in range(STEPS):
        for key, value in weights.items():
            gradient = (rng.normal(size=value.shape) * 10 ** rng.uniform(-3, 1)).astype("float32")
            weights[key], left = optimizer(key, value.copy(), gradient, lr_scale=lr_scale)
            found += [weights[key].copy(), left.copy()]
        if step % 2:
            optimizer.step_schedules()
    if optimizer.averages:
        found += [np.array(optimizer.averages[key]) for key in weights]
    return found


def schedule_values(make: Callable[..., Any], **settings: Any) -> list[np.ndarray]:
    return [np.array(list(itertools.islice(make(**settings), STEPS)))]


def initial(make: Callable[..., Any], ops: Any, **settings: Any) -> list[np.ndarray]:
    np.random.seed(5)
    return [make(**settings)(ops, shape) for shape in ((4, 3), (2, 3, 4))]


def loss_values(make: Callable[..., Any], guesses: Any, truths: Any, **settings: Any) -> list[np.ndarray]:
    loss = make(**settings)
    grads, value = loss(guesses, truths)
    return [*(grads if isinstance(grads, list) else [grads]), np.array(value), np.array(loss.get_loss(guesses, truths))]


def main() -> None:
    name, out = sys.argv[1:]
    lib = importlib.import_module(LIBS[name])
    registry, ops = lib.registry, lib.get_current_ops()
    found: dict[str, Any] = {}
    for made, settings in OPTIMIZERS:
        found[f"{made} {settings}"] = optimizer_steps(registry.optimizers.get(made), **settings)
    scheduled = {"learn_rate": [0.1, 0.05, 0.01], "L2": lib.compounding(0.01, 0.1, 1.5)}
    found["Adam.v1 with schedules"] = optimizer_steps(registry.optimizers.get("Adam.v1"), **scheduled)
    for made, settings in SCHEDULES:
        found[f"{made} {settings}"] = schedule_values(registry.schedules.get(made), **settings)
    for made, settings in INITIALIZERS:
        found[f"{made} {settings}"] = initial(registry.initializers.get(made), ops, **settings)
    for i, (made, settings, guesses, truths) in enumerate(LOSSES):
        found[f"{made} {settings} {i}"] = loss_values(registry.losses.get(made), guesses, truths, **settings)
    Path(out).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main()
