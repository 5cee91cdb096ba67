"""Marks for NVIDIA's profiler, with a stand-in that writes down the ranges."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import tagma
from tagma.language import Language
from tagma.registries import registry
from tagma.training import Example


@pytest.fixture
def ranges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """(name, colour) of each range that is opened."""
    opened: list[tuple[str, int]] = []

    @contextmanager
    def use_nvtx_range(message: str, id_color: int = -1) -> Iterator[None]:
        opened.append((message, id_color))
        yield

    for module in ("tagma.ml.callbacks", "tagma.nn.layers.with_nvtx_range"):
        monkeypatch.setattr(sys.modules[module], "use_nvtx_range", use_nvtx_range)
    return opened


def pipeline(callback: str, **settings: object) -> tuple[Language, list[str]]:
    """A tagger and sentence splitter that a callback was run over, and the tags it predicts."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("tagger")
    examples = [Example.from_dict(nlp.make_doc("a b"), {"tags": ["X", "Y"]})]
    nlp.initialize(lambda: examples)
    assert registry.get("callbacks", callback)(**settings)(nlp) is nlp
    nlp.update(examples)
    return nlp, [token.tag_ for token in nlp("a b")]


def test_models(ranges: list[tuple[str, int]]) -> None:
    """Each layer is marked forth and back, in its colour; predictions stay."""
    _, tags = pipeline("spacy.models_with_nvtx_range.v1", forward_color=1, backprop_color=2)
    plain = pipeline("spacy.models_with_nvtx_range.v1")[1]
    assert tags == plain
    names = set(ranges)
    assert ("softmax forward", 1) in names
    assert ("softmax backprop", 2) in names
    assert not [name for name, _ in names if "tagger" in name]


def test_models_and_pipes(ranges: list[tuple[str, int]]) -> None:
    """Methods of components are marked under the component's name, and keep their arguments."""
    settings = {"additional_pipe_functions": {"sentencizer": ["add_punct", "__call__"]}}
    with pytest.warns(UserWarning, match=r"\[W121\].*'sentencizer'.*'add_punct'"):
        nlp, _ = pipeline("spacy.models_and_pipes_with_nvtx_range.v1", **settings)
    list(nlp.pipe(["a b"]))
    names = {name for name, _ in ranges}
    assert {"tagger predict", "tagger set_annotations", "tagger update", "softmax forward"} <= names
    assert next(iter(inspect.signature(nlp.get_pipe("tagger").update).parameters)) == "examples"


class Compiled:
    """Like the object of a compiled class: it takes no attributes."""

    __slots__ = ()

    def __call__(self, doc: tagma.tokens.Doc) -> tagma.tokens.Doc:
        """The doc."""
        return doc

    def predict(self) -> None:
        """A method that cannot be replaced."""


def test_what_cannot_be_marked() -> None:
    """A component whose methods cannot be replaced is told, and left as it is."""
    Language.factory("test_callbacks_compiled", func=lambda nlp, name: Compiled())
    nlp = tagma.blank("en")
    nlp.add_pipe("test_callbacks_compiled")
    with pytest.warns(UserWarning, match=r"\[W122\].*'predict'.*'test_callbacks_compiled'"):
        registry.get("callbacks", "spacy.models_and_pipes_with_nvtx_range.v1")()(nlp)
    assert nlp("a b").text == "a b"
