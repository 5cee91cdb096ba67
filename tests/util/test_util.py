"""The list of helpers: every name is there, and is the one of the module of its subject."""

from __future__ import annotations

import pytest

import tagma
from tagma import util
from tagma.nn import Adam
from tagma.nn.api import Linear, Relu, chain


@pytest.mark.parametrize("name", util.__all__)
def test_names(name: str) -> None:
    """A public name can be had, and once had is the same again."""
    assert getattr(util, name) is getattr(util, name)


def test_no_name_twice() -> None:
    """The list has each name once."""
    assert len(util.__all__) == len(set(util.__all__))


def test_unknown_name() -> None:
    """A name that is not there is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="'no_such_name'"):
        _ = util.no_such_name


def test_lazy_names_are_those_of_their_modules() -> None:
    """What comes in late is the same object as elsewhere."""
    assert util.registry is tagma.registry
    assert util.load_config is tagma.language.configs.load_config
    assert util.get_lang_class("en") is tagma.language.codes.get_lang_class("en")


def test_error_handlers() -> None:
    """One raises the error again, the other goes on."""
    error = ValueError("it")
    with pytest.raises(ValueError, match="it"):
        util.raise_error("name", None, [], error)
    assert util.ignore_error("name", None, [], error) is None  # type: ignore[func-returns-value]


def test_default_optimizer() -> None:
    """It is an Adam."""
    assert type(util.create_default_optimizer()) is type(Adam())


def test_replace_model_node() -> None:
    """The new layer stands where the old one stood."""
    old, new = Linear(2, 3), Linear(2, 3)
    model = chain(Relu(3, 3), old)
    util.replace_model_node(model, old, new)
    assert model.layers[1] is new


def test_schedules() -> None:
    """`compounding` grows to its limit, `decaying` falls."""
    sizes = util.compounding(1.0, 4.0, 2.0)
    assert [next(sizes) for _ in range(4)] == [1.0, 2.0, 4.0, 4.0]
    rates = util.decaying(1.0, 0.5)
    first, second = next(rates), next(rates)
    assert 1.0 >= first > second > 0
