"""Fine scores of pairs: the formula, compiled code and plain code, dropout that is the same both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import pair_scores
from tagma.ml.antecedents import antecedent_shapes, new_antecedent_parameters
from tagma.ml.pair_scores import kept_units, score_pairs
from tagma.nn import NumpyOps, fix_random_seed

WIDTH, HIDDEN, DISTANCES = 6, 20, 3


def parameters(depth: int, dtype: str = "float32") -> dict[str, Any]:
    """Random ones, biases too."""
    rng = np.random.default_rng(3)
    shapes = antecedent_shapes(WIDTH, distance_embedding_size=DISTANCES, hidden_size=HIDDEN, depth=depth)
    made = new_antecedent_parameters(NumpyOps(), shapes)
    return {name: rng.normal(size=array.shape).astype(dtype) for name, array in made.items()}


def batch(dtype: str = "float32", n: int = 300) -> tuple[Any, Any]:
    """Words and pairs."""
    rng = np.random.default_rng(4)
    words = rng.normal(size=(40, WIDTH)).astype(dtype)
    later, earlier = (rng.integers(0, 40, size=n).astype("int32") for _ in range(2))
    return words, (np.sort(later), earlier, rng.integers(0, 9, size=n).astype("int32"))


def by_the_book(params: dict[str, Any], words: Any, pairs: Any, depth: int) -> Any:
    """The network over the features of each pair side by side."""
    later, earlier, distance = pairs
    one, two = words[later], words[earlier]
    H = np.concatenate([one, two, one * two, params["pairwise.distance_emb.weight"][distance]], axis=1)
    for layer in range(depth):
        name = f"ana_scorer.hidden.{3 * layer}"
        H = H @ params[f"{name}.weight"].T + params[f"{name}.bias"]
        H = np.where(H > 0, H, 0.01 * H)
    return (H @ params["ana_scorer.out.weight"].T + params["ana_scorer.out.bias"])[:, 0]


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_are_those_of_the_formula(depth: int, dtype: str) -> None:
    """In compiled code (float32, depth 1 and more) and in plain code, in blocks of any size."""
    params, (words, pairs) = parameters(depth, dtype), batch(dtype)
    expected = by_the_book(params, words, pairs, depth)
    for most in (7, 100_000):
        scores, _ = score_pairs(NumpyOps(), params, words, pairs, depth, 0.0, most)
        assert scores.dtype == dtype
        assert np.allclose(scores, expected, atol=1e-4)


@pytest.mark.parametrize("depth", [1, 2])
def test_compiled_and_plain_code_drop_the_same(depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores and all gradients of one seed, with dropout."""
    params, (words, pairs) = parameters(depth), batch()
    d_scores = np.random.default_rng(5).normal(size=len(pairs[0])).astype("float32")

    def run() -> list[Any]:
        fix_random_seed(0)
        scores, backprop = score_pairs(NumpyOps(), params, words, pairs, depth, 0.4, 64)
        d_words, gradients = backprop(d_scores)
        return [scores, d_words, *(gradients[name] for name in sorted(gradients))]

    compiled = run()
    monkeypatch.setattr(pair_scores, "NumpyOps", type(None))  # nothing is of it, so the plain code runs
    for one, other in zip(compiled, run(), strict=True):
        assert np.abs(one - other).max() < 2e-4 * max(1.0, float(np.abs(other).max()))


def test_dropped_units() -> None:
    """About as many as asked for, the same for the same seed and pair wherever blocks begin, others for others."""
    whole = kept_units(np, (200, 50), 7, 0, 0.3)
    assert abs(whole.mean() - 0.7) < 0.02
    assert (kept_units(np, (60, 50), 7, 140, 0.3) == whole[140:]).all()
    assert (kept_units(np, (200, 50), 8, 0, 0.3) != whole).any()


def test_no_pairs() -> None:
    """Scores of none, and gradients that are zero."""
    params, (words, _) = parameters(1), batch()
    none = np.zeros(0, dtype="int32")
    scores, backprop = score_pairs(NumpyOps(), params, words, (none, none, none), 1, 0.0, 64)
    d_words, gradients = backprop(scores)
    assert scores.shape == (0,)
    assert not any(array.any() for array in (d_words, *gradients.values()))
