"""What is kept for a model goes when its graph, its settings or its parameters may have changed."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pytest

from tagma.nn import Linear, Model, Relu, chain, fix_random_seed
from tagma.nn.fusion.kept import Kept, Recipe


def network() -> Model:
    fix_random_seed(0)
    model: Model = chain(Relu(4), Linear(2))
    model.initialize(X=np.zeros((2, 3), dtype="float32"), Y=np.zeros((2, 2), dtype="float32"))
    return model


class Sums:
    """Keeps the sum of the last layer's weights, and counts how often it was made."""

    def __init__(self) -> None:
        self.kept: Kept[float] = Kept()
        self.made = 0

    def recipe(self, model: Model) -> Recipe[float]:
        last = model.layers[1]
        return Recipe([last], [(last, "W"), (last, "b")], self.make)

    def make(self, arrays: list[np.ndarray]) -> float | None:
        self.made += 1
        return float(sum(array.sum() for array in arrays))

    def of(self, model: Model) -> float | None:
        return self.kept.get(model, self.recipe)


def set_weights(model: Model) -> None:
    model.layers[1].set_param("b", np.ones(2, dtype="float32"))


def write_to_weights(model: Model) -> None:
    model.layers[1].get_param("b")[0] = 7


def exchange_layer(model: Model) -> None:
    new = Linear(2, 4)
    new.initialize()
    model.replace_node(model.layers[1], new)


def change_setting(model: Model) -> None:
    model.layers[1].attrs["scale"] = 2


def add_layer(model: Model) -> None:
    model.layers.append(Linear(2, 2))


@pytest.mark.parametrize("change", [set_weights, write_to_weights, exchange_layer, change_setting, add_layer])
def test_any_change_makes_the_value_anew(change: Callable[[Model], None]) -> None:
    model, sums = network(), Sums()
    first = sums.of(model)
    assert sums.of(model) == first
    assert sums.made == 1
    change(model)
    last = model.layers[1]
    assert sums.of(model) == last.get_param("W").sum() + last.get_param("b").sum()
    assert sums.made == 2


def test_nothing_is_kept_while_somebody_holds_an_array() -> None:
    model, sums = network(), Sums()
    held = model.layers[1].get_param("W")
    assert sums.of(model) is not None
    held += 1
    assert sums.of(model) == held.sum()
    assert (sums.made, len(sums.kept)) == (2, 0)
    del held
    sums.of(model)
    assert len(sums.kept) == 1


def test_parameters_that_are_unset_or_of_another_type_give_none() -> None:
    model, sums = network(), Sums()
    model.layers[1].set_param("W", np.zeros((2, 4)))
    assert sums.of(model) is None
    assert sums.of(chain(Relu(4), Linear(2))) is None
    assert sums.made == 0


def test_a_model_can_go_and_takes_its_value_with_it() -> None:
    model, sums = network(), Sums()
    sums.of(model)
    del model
    gc.collect()
    assert len(sums.kept) == 0


def test_a_recipe_that_finds_nothing() -> None:
    assert Sums().kept.get(network(), lambda model: None) is None
