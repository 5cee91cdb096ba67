"""The types of the models in a config (check.py, `check_types`); what else is checked is in test_assembly.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.language.check import check_types
from tagma.language.configs import load_config
from tagma.nn import Config, ConfigValidationError, Model
from tagma.nn.config import code_of
from tagma.nn.types import Floats2d
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.training.initialize import init_nlp

CNN: dict[str, Any] = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 8,
    "depth": 1,
    "embed_size": 20,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}
ENCODER: dict[str, Any] = {
    "@architectures": "spacy.MaxoutWindowEncoder.v2",
    "width": 8,
    "depth": 1,
    "window_size": 1,
    "maxout_pieces": 2,
}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 8}
CLASSIFIER = {"@architectures": "test_check.classifier", "tok2vec": CNN}


@registry.architectures("test_check.classifier")
def make_classifier(tok2vec: Model[list[Doc], list[Floats2d]]) -> Model[list[Doc], Floats2d]:
    """A model of one row per doc."""
    raise AssertionError("nothing is made")


@registry.architectures("test_check.untyped")
def make_untyped(tok2vec):  # type: ignore[no-untyped-def]
    """A model that says nothing of itself."""
    return tok2vec


def tagger(tok2vec: dict[str, Any]) -> dict[str, Any]:
    """A tagger's model."""
    return {"@architectures": "spacy.Tagger.v2", "tok2vec": tok2vec}


def config_of(model: dict[str, Any], factory: str = "tagger") -> dict[str, Any]:
    """A pipeline of one component."""
    return {"nlp": {"lang": "en", "pipeline": ["x"]}, "components": {"x": {"factory": factory, "model": model}}}


@pytest.mark.parametrize(
    ("factory", "model"),
    [
        ("tagger", tagger(CNN)),
        ("tagger", tagger(LISTENER)),
        ("tagger", tagger({"@architectures": "test_check.untyped", "tok2vec": CLASSIFIER})),
        ("tagger", {"@architectures": "test_check.untyped", "tok2vec": CLASSIFIER}),
        ("tagger", {"@architectures": "absent.v1"}),
        ("tok2vec", {"@architectures": "spacy.Tok2Vec.v2", "embed": CNN, "encode": ENCODER}),
        ("absent", CLASSIFIER),
    ],
)
def test_what_fits_passes(factory: str, model: dict[str, Any]) -> None:
    """Models of the right type pass, and functions without annotations; what is not there is for others to tell."""
    check_types(config_of(model, factory))


@pytest.mark.parametrize(
    ("factory", "model", "place", "words"),
    [
        (
            "tagger",
            tagger(CLASSIFIER),
            ["components", "x", "model", "tok2vec"],
            [
                "spacy.Tagger.v2",
                "Model[list[Doc], list[Floats2d]]",
                "test_check.classifier",
                "Model[list[Doc], Floats2d]",
            ]
            + ["that fit: spacy.HashEmbedCNN.v2, "],
        ),
        ("tagger", CLASSIFIER, ["components", "x", "model"], ["tagger takes", "that fit: spacy.Tagger.v2, "]),
        ("tagger", tagger(ENCODER), ["components", "x", "model", "tok2vec"], ["Model[list[Floats2d], list[Floats2d]]"]),
        (
            "tok2vec",
            {"@architectures": "spacy.Tok2Vec.v2", "embed": CNN, "encode": LISTENER},
            ["components", "x", "model", "encode"],
            ["Tok2VecListener", "spacy.MaxoutWindowEncoder.v2"],
        ),
    ],
)
def test_what_does_not_fit_is_refused(factory: str, model: dict[str, Any], place: list[str], words: list[str]) -> None:
    """The setting, both types and functions that fit are named, those of the default config first."""
    with pytest.raises(ConfigValidationError) as caught:
        check_types(config_of(model, factory))
    [error] = caught.value.errors
    assert error["loc"] == place
    assert code_of(error["msg"]) == "E4120"
    for word in words:
        assert word in error["msg"]


def test_all_misfits_come_together() -> None:
    """One error names each place, also below a misfit."""
    model = tagger({"@architectures": "test_check.classifier", "tok2vec": ENCODER})
    with pytest.raises(ConfigValidationError) as caught:
        check_types(config_of(model))
    assert [error["loc"][3:] for error in caught.value.errors] == [["tok2vec"], ["tok2vec", "tok2vec"]]


def test_training_refuses_before_anything_is_made() -> None:
    """`train` finds a misfit before it makes a model or reads a corpus."""
    config = Config(config_of(tagger(CLASSIFIER)))
    with pytest.raises(ConfigValidationError, match="E4120"):
        init_nlp(config)


def test_initialize_refuses_before_data_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`nlp.initialize` looks at the components that run, before it asks for examples."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger", config={"model": tagger({"@architectures": "test_check.late", "tok2vec": CNN})})
    with nlp.select_pipes(disable=["tagger"]):
        nlp.initialize()

    def get_examples() -> list[Example]:
        raise AssertionError("no data are read")

    with pytest.raises(ConfigValidationError, match="E4120"):
        nlp.initialize(get_examples)


@registry.architectures("test_check.late")
def make_late(tok2vec: Model[list[Doc], list[Floats2d]]) -> Model[list[Doc], Floats2d]:
    """A model that says to be of another type than it is: made by `add_pipe`, refused where it is to be trained."""
    wrong: Any = tok2vec
    return wrong  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["tok2vec", "tagger", "morphologizer", "senter", "parser", "ner"])
def test_defaults_pass(name: str) -> None:
    """The default config of each component passes, also beside a shared tok2vec."""
    nlp: Language = tagma.blank("en")
    nlp.add_pipe(name)
    check_types(nlp.config.interpolate())


ROOT = Path(__file__).parents[2]
CONFIGS = [
    path
    for folder in ("tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.cfg"))
    if path.name != "vectors.cfg"
]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_stored_configs_pass(path: Path) -> None:
    """No config of a pipeline that was trained, by spaCy or here, is refused."""
    config = load_config(path)
    for block in config.get("components", {}).values():
        assert "factory" in block or "source" in block
    check_types(config.interpolate(), config.get("components", {}))
