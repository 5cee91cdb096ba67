"""Compositions that must not type-check: every line that ends in `# wrong`. Read by mypy in test_typing.py."""

from tagma.nn import Linear, Model, Relu, add, chain, concatenate, reduce_mean
from tagma.nn.types import Floats2d, Ints2d, Ragged


def compose(ids: Model[Floats2d, Ints2d], ragged: Model[Ragged, Ragged]) -> None:
    """Each call puts layers together that do not fit."""
    chain(ids, Relu())  # wrong
    chain(Linear(), reduce_mean())  # wrong
    chain(Linear(), Linear(), reduce_mean())  # wrong
    chain(ragged, Linear(), Linear(), Linear())  # wrong
    concatenate(Linear(), ragged)  # wrong
    add(Linear(), ids)  # wrong
    chain(Linear(), Relu())
