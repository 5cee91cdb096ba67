"""Compositions that must type-check, and what must be inferred for them. Read by mypy in test_typing.py."""

from typing import Any, assert_type

from tagma.nn import (
    HashEmbed,
    Linear,
    Maxout,
    Model,
    Relu,
    Softmax,
    add,
    chain,
    clone,
    concatenate,
    list2ragged,
    ragged2list,
    reduce_mean,
    residual,
)
from tagma.nn.types import Floats2d, Ints2d, Ragged

assert_type(chain(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(chain(Linear(), Relu(), Maxout(), Softmax()), Model[Floats2d, Floats2d])
assert_type(chain(HashEmbed(2, 10), Relu()), Model[Any, Floats2d])
assert_type(chain(list2ragged(), reduce_mean(), Linear()), Model[Any, Floats2d])
assert_type(chain(list2ragged(), ragged2list()), Model[Any, Any])
assert_type(concatenate(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(add(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(clone(residual(Relu()), 2), Model[Floats2d, Floats2d])

many: list[Model[Floats2d, Floats2d]] = [Linear(), Linear()]
assert_type(concatenate(*many), Model[Floats2d, Floats2d])
assert_type(chain(*many), Model[Floats2d, Floats2d])


def rows_to_ids(model: Model[Floats2d, Ints2d], reduced: Model[Ragged, Floats2d]) -> Model[Ragged, Ints2d]:
    """Custom types flow through chain as well."""
    return chain(reduced, model)
