"""The page of the layers, docs/nn/layers.md: an entry for each, true of its names, parameters and shapes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import tagma.nn
import tagma.nn.layers
from tagma.ml import PrecomputableAffine
from tagma.ml._character_embed import CharacterEmbed
from tagma.ml.staticvectors import StaticVectors, StaticVectors_v1
from tagma.nn import Model, registry

from ..examples import EXAMPLES

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "nn" / "layers.md").read_text(encoding="utf8")
FRAMEWORKS = "".join((DOCS / f"{page}.md").read_text(encoding="utf8") for page in ("frameworks", "jax", "keras"))
ENTRY = re.compile(r"^### `(.+?)`\n\n(.+?)\n(?=\n)", flags=re.DOTALL | re.MULTILINE)
# Name of a layer → what stands below it: function · in → out · parameters.
HEADS = {name: " ".join(head.split("\n")) for name, head in ENTRY.findall(PAGE)}
TOLD_ONCE = ("init_W", "init_b", "normalize", "dropout")  # parameters that the text tells of


def layers() -> dict[str, Callable[..., Any]]:
    """Registered name, or that of the function, of every layer but those that wrap another framework's."""
    registered = {name: make for name, make in registry.layers.get_all().items() if make.__module__[:6] == "tagma."}
    others = {
        name: getattr(tagma.nn.layers, name)
        for name in tagma.nn.layers.__all__
        if getattr(tagma.nn.layers, name) not in registered.values() and f"{name}.v1" not in registered
    }
    return {name: make for name, make in {**registered, **others}.items() if not wraps_a_framework(name)}


def wraps_a_framework(name: str) -> bool:
    """Whether a layer's entry is on the pages of the frameworks."""
    return "wrapper" in name.lower() or "keras" in name


def test_every_layer_has_its_entry() -> None:
    """There is an entry for each layer, none twice, and none of a layer that is not there."""
    assert len(HEADS) == PAGE.count("\n### ")
    assert set(HEADS) == set(layers())


def test_wrappers_are_on_the_pages_of_the_frameworks() -> None:
    """The layers that wrap a module of another framework are named on the pages of the frameworks, without version."""
    wrappers = {name.partition(".")[0] for name in registry.layers.get_all() if wraps_a_framework(name)}
    wrappers |= set(filter(wraps_a_framework, tagma.nn.layers.__all__))
    missing = [name for name in sorted(wrappers) if re.sub(r"_v\d$", "", name) not in FRAMEWORKS]
    assert not missing


@pytest.mark.parametrize("name", sorted(HEADS))
def test_functions_are_called_as_shown(name: str) -> None:
    """The function and its parameters are those of the entry, in their order, but for those told of once."""
    make = layers()[name]
    shown = re.match(r"`(\w+)\((.*?)\)`( ★)?", HEADS[name])
    assert shown is not None
    if name == "chain.v1":
        make = tagma.nn.chain  # configs call another function, which has no types
    assert make.__name__ == shown[1]
    given = [
        f"*{each.name}" if each.kind is each.VAR_POSITIONAL else each.name
        for each in inspect.signature(make).parameters.values()
        if each.kind is not each.VAR_KEYWORD and each.name not in TOLD_ONCE
    ]
    assert re.findall(r"[*\w]+", shown[2]) == given
    assert bool(shown[3]) == ("normalize" in inspect.signature(make).parameters)


def parameters(head: str) -> dict[str, str]:
    """Name → shape, as written in an entry."""
    return dict(re.findall(r"`(\w+)` (\(.+?\))(?=, `|$)", head.rpartition(" · ")[2]))


# The first of each; with_debug gives back the layer that it is given.
EXAMPLE_OF = {example.name: example for example in reversed(EXAMPLES) if example.name != "with_debug"}


INITIALIZED: dict[str, Callable[[], Model[Any, Any]]] = {
    **{name: partial(example.initialized, tagma.nn) for name, example in EXAMPLE_OF.items()},
    "spacy.CharEmbed.v1": lambda: CharacterEmbed(nM=2, nC=3).initialize(),
    "spacy.StaticVectors.v2": lambda: StaticVectors(3, 4).initialize(),
    "spacy-legacy.StaticVectors.v1": lambda: StaticVectors_v1(3, 4).initialize(),
    "spacy.PrecomputableAffine.v1": lambda: PrecomputableAffine(4, 5, 3, 2).initialize(),
}


@pytest.mark.parametrize("name", sorted(set(HEADS) & set(INITIALIZED)))
def test_parameters_have_the_shapes_shown(name: str) -> None:
    """A layer has the parameters of its entry and no others, of these shapes."""
    model = INITIALIZED[name]()
    dims: dict[str, Any] = {dim: model.maybe_get_dim(dim) for dim in model.dim_names}
    if "dirs" in dims:
        dims["nH"] = dims["nO"] // dims["dirs"]
    shapes = {
        param: eval(shape.replace("·", "*").replace("−", "-"), {}, dims)
        for param, shape in parameters(HEADS[name]).items()
    }
    assert shapes == {param: model.get_param(param).shape for param in model.param_names}


@pytest.mark.parametrize("name", sorted(HEADS))
def test_types_are_those_of_the_function(name: str) -> None:
    """Where the function says which array or container it takes and gives, the entry says the same."""
    annotation = str(layers()[name].__annotations__["return"])
    found = re.search(r"^Model\[(\w+), (\w+)\]$", annotation)
    known = ("Floats1d", "Floats2d", "Floats3d", "Ints2d", "Ragged", "Padded")
    if found is None or found[1] not in known or found[2] not in known:
        return
    given, _, gives = HEADS[name].partition(" · ")[2].partition(" → ")
    assert given.startswith((found[1], "ints")), HEADS[name]
    assert gives.startswith(found[2]), HEADS[name]
