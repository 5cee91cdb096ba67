"""Small models in folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.nn import Model
from tagma.registries import registry

from .small import MAKERS, network


@pytest.fixture(scope="session", params=["bert", "roberta"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of either kind."""
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT."""
    return MAKERS["bert"](tmp_path_factory.mktemp("bert"))


Make = Callable[..., Model[Any, Any]]


@pytest.fixture(scope="session")
def make() -> Make:
    """A TransformerModel, loaded unless `load` is False."""

    def make(folder: Path, getter: str = "strided", *, load: bool = True, **settings: Any) -> Model[Any, Any]:
        model: Model[Any, Any] = registry.resolve({"model": network(folder, getter, **settings)})["model"]
        return model.initialize() if load else model

    return make


@pytest.fixture
def docs() -> list[Any]:
    """Of several lengths, one without tokens."""
    nlp = tagma.blank("en")
    texts = [
        "she sells seashells",
        "",
        "they sleep , un believable ! she sells old books in the sea .",
        "Ünbelievable ☃",
    ]
    return [nlp(text) for text in texts]
