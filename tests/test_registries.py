"""Registries: names, lookups, and what is said about a name that is not there."""

import subprocess
import sys
from typing import Any

import pytest

from tagma.nn.config import REGISTRY, Registry, RegistryError
from tagma.nn.config import registry as nn_registry
from tagma.registries import registry


@pytest.fixture
def scratch() -> Any:
    """A registry that is gone after the test."""
    found = Registry("scratch")
    yield found
    for key in [key for key in REGISTRY if key[:2] == ("tagma", "scratch")]:
        del REGISTRY[key]


def f() -> int:
    """A function to register."""
    return 1


def test_register_both_ways(scratch: Registry) -> None:
    """A function can be registered by decorator or by call, and is returned unchanged."""
    assert scratch("a")(f) is f
    assert scratch.register("b", func=f) is f
    assert scratch.get("a") is scratch.get("b") is f
    assert "a" in scratch
    assert "c" not in scratch
    assert scratch.get_all() == {"a": f, "b": f}


def test_last_registration_wins(scratch: Registry) -> None:
    """A name that is registered again means the new function."""
    scratch("a", func=f)
    scratch("a", func=len)
    assert scratch.get("a") is len


def test_unknown_function_offers_the_nearest() -> None:
    """The error has the code, the registry, the name and the nearest known name."""
    with pytest.raises(
        RegistryError, match=r"\[E893\].*'spacy.Tager.v2'.*'architectures'.*did you mean 'spacy.Tagger.v2'"
    ):
        registry.get("architectures", "spacy.Tager.v2")


def test_unknown_registry() -> None:
    """The error has the code and the names of the registries."""
    with pytest.raises(ValueError, match=r"\[E892\].*'architecture'.*did you mean 'architectures'"):
        registry.get("architecture", "x")
    assert not registry.has("architecture", "x")


def test_find(scratch: Registry) -> None:
    """`find` tells where a function is and what its documentation says."""
    scratch("a", func=f)
    found = scratch.find("a")
    assert found["module"] == f.__module__
    assert str(found["file"]).endswith("test_registries.py")
    assert found["docstring"] == "A function to register."
    assert registry.find("schedules", "compounding.v1")["module"] == "tagma.nn.schedules"


@pytest.mark.parametrize("name", ["Tagger.v1", "Tok2Vec.v1", "MultiHashEmbed.v1", "MaxoutWindowEncoder.v1"])
def test_both_prefixes_of_old_functions(name: str) -> None:
    """Old architectures are the same functions under both of their prefixes."""
    assert registry.get("architectures", f"spacy.{name}") is registry.get("architectures", f"spacy-legacy.{name}")


def test_layers_are_one_registry() -> None:
    """Layers registered for text are found by the layer library too, and the other way round."""
    assert registry.layers is nn_registry.layers
    assert registry.has("layers", "spacy.FeatureExtractor.v1")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("layers", "Maxout.v1"),
        ("optimizers", "Adam.v1"),
        ("schedules", "compounding.v1"),
        ("initializers", "glorot_uniform_init.v1"),
        ("losses", "CategoricalCrossentropy.v1"),
        ("architectures", "spacy.HashEmbedCNN.v2"),
        ("factories", "tagger"),
        ("tokenizers", "spacy.Tokenizer.v1"),
        ("vectors", "spacy.Vectors.v1"),
        ("readers", "spacy.Corpus.v1"),
        ("batchers", "spacy.batch_by_words.v1"),
        ("loggers", "spacy.ConsoleLogger.v1"),
        ("scorers", "spacy.tagger_scorer.v1"),
    ],
)
def test_built_in_functions_are_found_at_once(kind: str, name: str) -> None:
    """In a new process a registry finds a built-in function though nothing else was imported."""
    code = f"from tagma.registries import registry; print(registry.has({kind!r}, {name!r}))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "True"


def test_names_are_sorted() -> None:
    """Names of registries and of functions come sorted."""
    names = registry.get_registry_names()
    assert names == sorted(names)
    assert {"architectures", "factories", "layers", "ops"} <= set(names)
    assert registry.schedules.names() == sorted(registry.schedules.names())


def test_create_refuses_a_second() -> None:
    """A registry cannot be made twice."""
    with pytest.raises(ValueError, match="'layers'"):
        registry.create("layers")


def test_entry_points_come_first(scratch: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an installed package brings under a name is found before what was registered."""

    class Point:
        name = "a"

        def load(self) -> Any:
            return max

    scratch("a", func=f)
    monkeypatch.setattr(scratch, "_entry_points", {"a": Point()})
    assert scratch.get("a") is max
    assert "a" in scratch


def test_languages_are_found_by_code() -> None:
    """The class of a built-in language is imported when a config, or anybody else, first asks for it by code."""
    code = (
        "from tagma.registries import registry\n"
        "print('en' in registry.languages, registry.get('languages', 'en').__name__, 'en' in registry.languages)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False English True\n"
    assert registry.languages.get("eng") is registry.languages.get("en")
    with pytest.raises(ImportError, match="E048"):
        registry.languages.get("zzz")
