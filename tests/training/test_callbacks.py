"""Callbacks: a tokenizer and a vocabulary from another pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

import tagma
from tagma.language import Language
from tagma.nn import Config
from tagma.registries import registry
from tagma.training.callbacks import create_copy_from_base_model


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pipelines: one that cuts "gimme" in two, one with a word of its own and a vector for it."""
    folder = tmp_path_factory.mktemp("bases")
    nlp = tagma.blank("en")
    nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me", "NORM": "myself"}])
    nlp.to_disk(folder / "rules")
    nlp = tagma.blank("en")
    nlp.vocab.strings.add("SOME_LABEL")
    nlp.vocab.set_vector("zork", numpy.ones(3, dtype="float32"))
    nlp.to_disk(folder / "words")
    return folder


def tokens(nlp: Language) -> list[str]:
    """How the pipeline cuts a text that it has seen before."""
    return [token.text for token in nlp("gimme zork")]


@pytest.mark.parametrize(
    ("tokenizer", "vocab", "words", "vectors"),
    [
        ("rules", None, ["gim", "me", "zork"], 0),
        (None, "words", ["gimme", "zork"], 3),
        ("rules", "words", ["gim", "me", "zork"], 3),
        ("words", "words", ["gimme", "zork"], 3),
        (None, None, ["gimme", "zork"], 0),
    ],
)
def test_copies(bases: Path, tokenizer: str | None, vocab: str | None, words: list[str], vectors: int) -> None:
    """Tokenizer, vocabulary, both, from one pipeline or two, are as in the base; what is not named stays."""
    nlp = tagma.blank("en")
    assert tokens(nlp) == ["gimme", "zork"]
    paths = {"tokenizer": tokenizer and str(bases / tokenizer), "vocab": vocab and str(bases / vocab)}
    assert create_copy_from_base_model(**paths)(nlp) is nlp
    assert tokens(nlp) == words
    assert nlp("gimme")[-1].norm_ == ("myself" if "me" in words else "gimme")
    assert nlp.vocab.vectors_length == vectors
    assert nlp("zork")[0].has_vector == bool(vectors)
    assert ("SOME_LABEL" in nlp.vocab.strings) == bool(vectors)


def test_tokenizers_of_other_kinds(bases: Path) -> None:
    """Rules are not copied between tokenizers of different kinds."""
    nlp = tagma.blank("en")
    nlp.config["nlp"]["tokenizer"] = {"@tokenizers": "another.v1"}
    with pytest.raises(ValueError, match=r"E872.*another\.v1"):
        create_copy_from_base_model(tokenizer=str(bases / "rules"))(nlp)


def test_base_that_is_not_there() -> None:
    """A base that cannot be loaded is named."""
    with pytest.raises(OSError, match=r"E050.*no/such/base"):
        create_copy_from_base_model(vocab="no/such/base")(tagma.blank("en"))


def test_in_a_config(bases: Path) -> None:
    """As `before_init` it runs before the components see the vocabulary."""
    callback = {"@callbacks": "spacy.copy_from_base_model.v1", "tokenizer": str(bases / "rules"), "vocab": None}
    config = Config({"nlp": {"lang": "en"}, "initialize": {"before_init": callback}})
    nlp = tagma.util.load_model_from_config(config, auto_fill=True)
    assert tokens(nlp) == ["gimme", "zork"]
    nlp.initialize()
    assert tokens(nlp) == ["gim", "me", "zork"]
    assert registry.callbacks.get("spacy.copy_from_base_model.v1") is create_copy_from_base_model
