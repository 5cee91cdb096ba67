"""Initializers with their settings bound."""

from tagma.nn.initializers import normal_init, partial


def test_partial_keeps_the_docstring() -> None:
    """A bound function still says what it does."""
    bound = partial(normal_init, mean=1.0)
    assert bound.__doc__ == normal_init.__doc__
