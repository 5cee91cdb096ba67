"""What a pipeline says of itself."""

from typing import Any

import pytest

from tagma.language.description import combine_score_weights


@pytest.mark.parametrize(
    ("weights", "overrides", "expected"),
    [
        ([{"a": 1.0}, {"b": 0.5, "c": 0.5}], {}, {"a": 0.5, "b": 0.25, "c": 0.25}),
        ([{"a": 0.5, "b": None}, {"c": 0.5}], {"a": 0.0}, {"a": 0.0, "b": None, "c": 1.0}),
        ([{"a": 1.0, "b": 1.0, "c": 1.0}], {"d": 1.0}, {"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}),
        ([{"a": 0.0}], {}, {"a": 0.0}),
        ([], {}, {}),
    ],
)
def test_score_weights(weights: Any, overrides: Any, expected: Any) -> None:
    """Weights sum to 1, later ones and overrides win, 0 and None stay."""
    assert combine_score_weights(weights, overrides) == expected
