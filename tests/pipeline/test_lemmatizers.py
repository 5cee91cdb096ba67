"""Lemmatizers of single languages; tests/interop/test_rules.py compares them with the peer's on random tables."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import tagma
from tagma.lookups import Lookups
from tagma.pipeline.lemmatizers.by_part_of_speech import without_mutation
from tagma.pipeline.lemmatizers.pymorphy import universal
from tagma.pipeline.lemmatizers.spanish import without_separators
from tagma.tokens import Doc

RULE = ["bn", "ca", "el", "en", "es", "fa", "fr", "ht", "mk", "nb", "nl", "sv"]


def lemmatizer(lang: str, **tables: Any) -> Any:
    lookups = Lookups()
    pipe = tagma.blank(lang).add_pipe("lemmatizer")
    for name in pipe.get_lookups_config(pipe.mode)[0]:
        lookups.add_table(name, tables.pop(name, {}))
    for name, table in tables.items():
        lookups.add_table(name, table)
    pipe.initialize(lookups=lookups)
    return pipe


def lemmas(pipe: Any, words: str, pos: str, **annotation: Any) -> list[str]:
    return [token.lemma_ for token in pipe(Doc(pipe.vocab, words=words.split(), pos=pos.split(), **annotation))]


@pytest.mark.parametrize("lang", [*RULE, "ga", "it", "pl", "de"])
def test_default_modes(lang: str) -> None:
    """Each language begins with the mode that its published pipelines have."""
    expected = "rule" if lang in RULE else "lookup" if lang == "de" else "pos_lookup"
    assert tagma.blank(lang).add_pipe("lemmatizer").mode == expected


def test_french() -> None:
    """A lemma stays; exceptions before rules, the table of single words last; other parts of speech by that table."""
    pipe = lemmatizer(
        "fr",
        lemma_lookup={"zut": ["zuter"], "hélas": "las"},
        lemma_rules={"verb": [["ions", "er"], ["ons", "er"]]},
        lemma_exc={"verb": {"suis": ["être"]}},
        lemma_index={"verb": ["penser", "suivre"]},
    )
    words, pos = "penser suis Pensions zut hélas", "VERB VERB VERB VERB INTJ"
    assert lemmas(pipe, words, pos) == ["penser", "être", "penser", "zuter", "las"]


def test_dutch() -> None:
    """All in lower case; a lemma of the table only if it is known."""
    pipe = lemmatizer(
        "nl",
        lemma_lookup={"liep": "lopen", "wie": "x"},
        lemma_rules={"verb": [["t", ""], ["t", "en"]]},
        lemma_exc={"verb": {"is": ["zijn"]}},
        lemma_index={"verb": ["lopen", "werken"]},
    )
    assert lemmas(pipe, "Liep werkt IS Wie", "VERB VERB VERB INTJ") == ["lopen", "werken", "zijn", "wie"]


def test_italian_and_polish() -> None:
    """Tables by part of speech, with articles and prefixes that they do not have."""
    italian = lemmatizer("it", lemma_lookup_noun={"case": "casa"}, lemma_lookup={"boh": "bo"})
    assert lemmas(italian, "Le case un' boh", "DET NOUN PRON INTJ") == ["il", "casa", "uno", "bo"]
    polish = lemmatizer("pl", lemma_lookup_adj={"lepszy": "dobry"}, lemma_lookup_verb={"wiem": "wiedzieć"})
    assert lemmas(polish, "najlepszy nienajlepszy niewiem", "ADJ ADJ VERB") == ["dobry", "dobry", "wiedzieć"]


@pytest.mark.parametrize(
    ("word", "bare"),
    [("gcat", "cat"), ("chat", "cat"), ("n-athair", "athair"), ("nAthair", "Athair"), ("tsráid", "sráid")],
)
def test_irish_mutations(word: str, bare: str) -> None:
    """The first sound as in the dictionary."""
    assert without_mutation(word) == bare


def test_spanish_numbers() -> None:
    """A decimal point, and no marks of thousands."""
    assert [without_separators(n) for n in ("1.000,5", "3,14", "1.50")] == ["1000.5", "3.14", "1.50"]


@pytest.mark.parametrize("lang", ["ru", "uk"])
def test_the_package_is_named(lang: str) -> None:
    """Without it, the error says what to install."""
    with pytest.raises(ImportError, match=f"E4410.*pip install pymorphy3 pymorphy3-dicts-{lang}"):
        tagma.blank(lang).add_pipe("lemmatizer")


def test_analyses_are_filtered(monkeypatch: pytest.MonkeyPatch) -> None:
    """By part of speech and features; a stand-in for the package gives two nouns and a verb."""
    analyses = [
        SimpleNamespace(normal_form=form, tag=tag, is_known=True)
        for form, tag in [
            ("стать", "VERB,perf plur"),
            ("сталь", "NOUN,inan,femn sing,gent"),
            ("стал", "NOUN,anim,masc sing,nomn"),
        ]
    ]
    package = ModuleType("pymorphy3")
    package.MorphAnalyzer = lambda lang: SimpleNamespace(parse=lambda text: analyses)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pymorphy3", package)
    pipe = tagma.blank("ru").add_pipe("lemmatizer")
    morphs = ["Case=Gen|Number=Sing", "", "", "", ""]
    found = lemmas(pipe, "стали стали стали « и", "NOUN VERB NUM PUNCT CCONJ", morphs=morphs)
    assert found == ["сталь", "стать", "стали", '"', "и"]


def test_tags_of_opencorpora() -> None:
    """Part of speech and features in Universal Dependencies."""
    assert universal("NOUN,anim,masc,Name sing,gent") == ("PROPN", {"Gender": "Masc", "Number": "Sing", "Case": "Gen"})
    assert universal("ADJF,Apro femn") == ("DET", {"Gender": "Fem"})
    assert universal("LATN") == ("X", {})
