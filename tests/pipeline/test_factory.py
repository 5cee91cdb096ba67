"""Declaring components: classes and functions as factories, functions as scorers."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import Language
from tagma.nn.config import REGISTRY, ConfigValidationError
from tagma.pipeline import COMPONENTS, Pipe, Tagger, TrainablePipe
from tagma.pipeline.factory import FACTORY_META, factory, maker, scorer
from tagma.pipeline.tagger import make_tagger, make_tagger_scorer, tagger_score
from tagma.registries import registry
from tagma.tokens import Doc


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """The factory "x" of a test is gone after it."""
    yield
    for registered, key in ((REGISTRY, ("tagma", "factories", "x")), (FACTORY_META, "x")):
        registered.pop(key, None)


@scorer("test.x_scorer.v1")
def x_score(examples: Any, **kwargs: Any) -> dict[str, Any]:
    """x_acc."""
    return {"x_acc": 1.0}


class Settings(Pipe):
    """Keeps its settings."""

    def __init__(
        self, vocab: Any, width: int, name: str = "x", *, scorer: Any = x_score, texts: list[str] | None = None
    ) -> None:
        self.vocab, self.width, self.name, self.scorer, self.texts = vocab, width, name, scorer, texts

    def __call__(self, doc: Doc) -> Doc:
        return doc


def test_class() -> None:
    """A class is given the vocabulary and its settings; its defaults come behind those of the decorator, once each."""
    assert factory("x", default_config={"width": 3}, default_score_weights={"x_acc": 1.0})(Settings) is Settings
    meta = Language.get_factory_meta("x")
    assert json.dumps(meta.default_config) == json.dumps(
        {"width": 3, "scorer": {"@scorers": "test.x_scorer.v1"}, "texts": None}
    )
    assert (meta.scores, meta.default_score_weights) == (["x_acc"], {"x_acc": 1.0})
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe("x", "mine", config={"texts": ["a"]})
    assert (pipe.vocab, pipe.width, pipe.name, pipe.scorer, pipe.texts) == (nlp.vocab, 3, "mine", x_score, ["a"])
    assert nlp.get_pipe_config("mine") == {**meta.default_config, "texts": ["a"], "factory": "x"}


def test_defaults_of_the_decorator_win() -> None:
    """A default that the factory has otherwise than the class stands in the decorator, and sets the order."""
    factory("x", default_config={"texts": ["a"], "width": 3, "scorer": None})(Settings)
    assert json.dumps(FACTORY_META["x"].default_config) == '{"texts": ["a"], "width": 3, "scorer": null}'


def test_settings_are_checked() -> None:
    """The types of the class's settings are those that configs are checked with, and a setting can be missing."""
    factory("x")(Settings)
    with pytest.raises(ValueError, match="must be int, not 'wide'"):
        tagma.blank("en").add_pipe("x", config={"width": "wide"})
    with pytest.raises(ValueError, match=r"width\b.*needs this argument"):
        tagma.blank("en").add_pipe("x")
    with pytest.raises(ValueError, match="no argument 'vocab'"):
        tagma.blank("en").add_pipe("x", config={"width": 1, "vocab": 1})


def test_own_settings_stay_out_of_configs() -> None:
    """A setting that the component keeps itself may be given and is checked, but no pipeline's config has it."""
    factory("x", default_config={"width": 3}, own_settings=["texts"])(Settings)
    assert "texts" not in (Language.get_factory_meta("x").default_config or {})
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("x", config={"texts": ["a"]})
    assert pipe.texts == ["a"]
    assert "texts" not in nlp.config["components"]["x"]
    assert "texts" not in nlp.get_pipe_config("x")
    with pytest.raises(ConfigValidationError, match="texts"):
        nlp.add_pipe("x", "other", config={"texts": 3})
    given = nlp.config.copy()
    given["components"]["x"]["texts"] = ["b"]
    again = type(nlp).from_config(given)
    assert again.get_pipe("x").texts == ["b"]  # type: ignore[attr-defined]  # of Settings
    assert "texts" not in again.config["components"]["x"]


def test_one_class_for_several_components() -> None:
    """Each factory takes the settings that it names, and no others."""
    factory("x", default_config={"width": 3}, settings=["width"])(factory("y", settings=["width", "texts"])(Settings))
    assert Language.get_factory_meta("x").default_config == {"width": 3}
    assert maker(Settings) is registry.factories.get("x")
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("y", config={"width": 1, "texts": ["a"]})
    assert pipe.texts == ["a"]
    with pytest.raises(ConfigValidationError, match="texts"):
        nlp.add_pipe("x", config={"texts": ["a"]})


def test_class_with_the_pipeline_itself() -> None:
    """A class that takes `nlp` gets the pipeline; a function among the defaults that no config can name stays out."""

    class OfPipeline:
        def __init__(self, nlp: Language, name: str, key: Any = len, n: int = 2, **cfg: Any) -> None:
            self.nlp, self.name, self.key, self.n = nlp, name, key, n

        def __call__(self, doc: Doc) -> Doc:
            return doc

    Language.factory("x")(OfPipeline)
    assert FACTORY_META["x"].default_config == {"n": 2}
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe("x")
    assert (pipe.nlp, pipe.name, pipe.key, pipe.n) == (nlp, "x", len, 2)


def test_class_without_a_name() -> None:
    """A component has a name: a class that takes none is refused, as a function is."""

    class Nameless:
        def __init__(self, vocab: Any) -> None: ...

    for made in (Nameless, lambda nlp: None, lambda name: None):
        with pytest.raises(ValueError, match="E964"):
            factory("x")(made)
    assert "x" not in FACTORY_META


def test_name_that_is_taken() -> None:
    """The same class may be registered again, as when a notebook's cell runs twice; another one may not."""
    factory("x")(Settings)
    factory("x")(type("Settings", (Settings,), {"__module__": __name__}))
    with pytest.raises(ValueError, match=r"E004.*test_factory\.Settings.*tagger\.Tagger"):
        factory("x")(Tagger)


def test_function() -> None:
    """A function as factory is registered as it is."""

    def make(nlp: Any, name: str, every: int) -> Any:
        return lambda doc: doc

    assert factory("x", default_config={"every": 2})(make) is make
    assert registry.factories.get("x") is make
    assert FACTORY_META["x"].default_config == {"every": 2}


def test_scorer() -> None:
    """A scorer stays the function that it is; the registered maker takes nothing and gives it."""
    assert registry.scorers.get("test.x_scorer.v1")() is x_score
    assert registry.resolve({"s": {"@scorers": "test.x_scorer.v1"}})["s"] is x_score
    assert x_score([]) == {"x_acc": 1.0}
    assert not inspect.signature(maker(x_score)).parameters


def test_makers() -> None:
    """What the decorators registered can be had, and imported under its name."""
    assert registry.factories.get("tagger") is make_tagger is maker(Tagger)
    assert registry.scorers.get("spacy.tagger_scorer.v1") is make_tagger_scorer
    assert make_tagger_scorer() is tagger_score
    pipe = make_tagger(tagma.blank("en"), "t", model=None, scorer=None)
    assert isinstance(pipe, Tagger)
    assert (pipe.name, pipe.scorer, pipe.cfg["neg_prefix"]) == ("t", None, "!")
    for module in COMPONENTS:
        if module == "tagma.pipeline.functions":
            continue
        name = {
            "tagma.pipeline.attributeruler": "attribute_ruler",
            "tagma.pipeline.dep_parser": "parser",
            "tagma.pipeline.entityruler": "entity_ruler",
        }.get(module, module.rpartition(".")[2])
        made = {"textcat_multilabel": "multilabel_textcat"}.get(name, name)
        registered = {"edit_tree_lemmatizer": "trainable_lemmatizer"}.get(name, name)
        assert getattr(sys.modules[module], f"make_{made}") is registry.factories.get(registered)


def test_find_leads_to_what_was_written() -> None:
    """The place of a factory is its class's file, that of a scorer its function's, with their documentation."""
    for kind, name in (("factories", "tagger"), ("scorers", "spacy.tagger_scorer.v1")):
        found = registry.find(kind, name)
        assert (found["module"], str(found["file"])[-9:]) == ("tagma.pipeline.tagger", "tagger.py")
    assert found["docstring"] == "tag_acc."


def test_every_component_is_gathered() -> None:
    """Each file with a factory is in the room's table, its class at the door, which loads no component by itself."""
    import tagma.pipeline

    files = Path(tagma.pipeline.__file__).parent.glob("*.py")
    declared = {path.stem for path in files if "\n@factory(" in path.read_text(encoding="utf8")}
    assert COMPONENTS.keys() == {f"tagma.pipeline.{name}" for name in declared}
    names = {name for listed in COMPONENTS.values() for name in listed.split()}
    for name in names:
        component = getattr(tagma.pipeline, name)
        assert issubclass(component, Pipe) if isinstance(component, type) else name.startswith("merge_")
    assert {*names, "Parser", "Pipe", "TrainablePipe"} == set(tagma.pipeline.__all__)
    assert tagma.pipeline.TrainablePipe is TrainablePipe
    code = "import sys, tagma.pipeline; print([m for m in sys.modules if m.startswith('tagma.pipeline.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
