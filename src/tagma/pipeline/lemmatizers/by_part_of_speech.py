"""Languages with a table of lemmas for each part of speech: Italian, Polish, Irish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tagma.pipeline.factory import factory
from tagma.pipeline.lemmatizer import Lemmatizer, of_word

if TYPE_CHECKING:
    from tagma.tokens import Token

SETTINGS = {"model": None, "mode": "pos_lookup"}
SCORES = {"lemma_acc": 1.0}


class _ByPartOfSpeech(Lemmatizer):
    tables: tuple[str, ...] = ()

    @classmethod
    def get_lookups_config(cls, mode: str) -> tuple[list[str], list[str]]:
        """The tables of all parts of speech."""
        return (list(cls.tables), []) if mode == "pos_lookup" else super().get_lookups_config(mode)


def tables_of(parts: str) -> tuple[str, ...]:
    """Names of the tables of some parts of speech."""
    return tuple(f"lemma_lookup_{part}" for part in parts.split())


def lemma_of_noun(text: str, table: Mapping[Any, str]) -> str:
    """The entry for the word in lower case, then as it is written, since names are taken for nouns at times."""
    lower = text.lower()
    return table.get(lower) or table.get(text) or lower


@factory("it.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class ItalianLemmatizer(_ByPartOfSpeech):
    """The lemmatizer of Italian pipelines."""

    tables: tuple[str, ...] = (*tables_of("num det adp adj noun pron verb aux adv other"), "lemma_lookup")
    others: ClassVar[dict[str, str]] = {"PROPN": "noun", "PART": "pron"}  # parts of speech without tables of their own
    # Articles and clitics that the tables lack or have otherwise.
    fixed: dict[str, dict[str, str]] = {
        "DET": {
            **dict.fromkeys(["l'", "lo", "la", "i", "gli", "le"], "il"),
            **dict.fromkeys(["un'", "un", "una"], "uno"),
        },
        "PRON": {**dict.fromkeys(["l'", "li", "la", "gli", "le"], "lo"), **dict.fromkeys(["un'", "un", "una"], "uno")},
        "ADP": {"d'": "di"},
        "ADJ": {},
    }
    full: ClassVar[dict[str, str]] = {"alcun": "alcuno", "qualcun": "qualcuno"}

    @of_word("ORTH", "POS")
    def pos_lookup_lemmatize(self, token: Token) -> list[str]:
        """The entry of the part of speech; of a word that is no noun or function word, also of the other tables."""
        text, pos = token.text, token.pos_
        table = self._table(f"lemma_lookup_{self.others.get(pos, pos.lower())}")
        if pos == "NOUN":
            return [lemma_of_noun(text, table)]
        text = text if pos == "PROPN" else text.lower()
        if pos in self.fixed:
            found = self.fixed[pos].get(text) or table.get(text, text)
            return [self.full.get(found, found) if pos in ("PRON", "ADJ") else found]
        found = table.get(text) or self._table("lemma_lookup_other").get(text)
        return [found or self._table("lemma_lookup").get(text, text.lower())]


@factory("pl.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class PolishLemmatizer(_ByPartOfSpeech):
    """The lemmatizer of Polish pipelines."""

    tables: tuple[str, ...] = tables_of("adj adp adv aux noun num part pron verb")
    negation: ClassVar[str] = "nie"
    superlative: ClassVar[str] = "naj"

    @of_word("ORTH", "POS")
    def pos_lookup_lemmatize(self, token: Token) -> list[str]:
        """The entry of the part of speech; adjectives and verbs without negation, adjectives not compared."""
        text, pos = token.text, token.pos_
        table = self._table(f"lemma_lookup_{'noun' if pos == 'PROPN' else pos.lower()}")
        if pos == "NOUN":
            return [lemma_of_noun(text, table)]
        text = text if pos == "PROPN" else text.lower()
        bare = self._without_prefixes(text, superlatives=pos == "ADJ") if pos in ("ADJ", "VERB") else ()
        found = next((table[form] for form in bare if form in table), None)
        return [table.get(text, text.lower()) if found is None else found]

    def _without_prefixes(self, text: str, *, superlatives: bool) -> Iterable[str]:
        bare = text.removeprefix(self.negation)
        if superlatives and bare.startswith(self.superlative):
            yield bare.removeprefix(self.superlative)
        if bare != text:
            yield bare


# Eclipsis: a consonant written before the one that it covers. "bhf" covers f, the others their last letter.
_ECLIPSIS = re.compile(r"(?:bh-?(?=f)|m-?(?=b)|g-?(?=c)|n-?(?=[dg])|b-?(?=p)|d-?(?=t)|t-?(?=s))", re.IGNORECASE)
_BEFORE_VOWEL = re.compile("n(?=[AÁEÉIÍOÓUÚ])|[nN]-(?=[aáeéiíoóuú])")
_H_BEFORE_CAPITAL = re.compile("h(?=[AÁEÉIÍOÓUÚ])")
_H_BEFORE_VOWEL = re.compile("h(?=[aáeéiíoóuú])", re.IGNORECASE)
_LENITED = re.compile("[bcdfgmpst]h", re.IGNORECASE)
# A dot above the consonant is the older spelling of an h after it.
_DOTTED = str.maketrans({dotted: f"{plain}h" for dotted, plain in zip("ḃċḋḟġṁṗṡṫ", "bcdfgmpst", strict=True)})
_DOTTED |= str.maketrans({dotted: f"{plain}H" for dotted, plain in zip("ḂĊḊḞĠṀṖṠṪ", "BCDFGMPST", strict=True)})


def without_mutation(word: str, *, h_prefixed: bool = False) -> str:
    """An Irish word with its first sound as in the dictionary: "gcat", "chat" → "cat"; "n-athair" → "athair"."""
    lenited = _LENITED.match(word) is not None
    if found := _ECLIPSIS.match(word) or _BEFORE_VOWEL.match(word):
        word = word[found.end() :]
    elif (h_prefixed and word.startswith("h")) or _H_BEFORE_CAPITAL.match(word):
        word = word[1:]
    return word[0] + word[2:] if lenited else word


@factory("ga.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class IrishLemmatizer(_ByPartOfSpeech):
    """The lemmatizer of Irish pipelines."""

    tables: tuple[str, ...] = tables_of("adj adp noun verb")

    @of_word("ORTH", "POS", "MORPH")
    def pos_lookup_lemmatize(self, token: Token) -> list[str]:
        """The entries of the word without its initial mutation, and without an h that may be one."""
        text, pos = token.text.translate(_DOTTED), token.pos_
        if pos not in ("PROPN", "ADP", "ADJ", "NOUN", "VERB"):
            return [text.lower()]
        features = token.morph if token.has_morph() else ()
        if pos == "NOUN" and ("VerbForm=Vnoun" in features or "VerbForm=Inf" in features):
            return [without_mutation(text, h_prefixed="Form=HPref" in features).lower()]
        if pos == "ADJ" and "VerbForm=Part" in features:
            return [without_mutation(text).lower()]
        table = self._table(f"lemma_lookup_{'noun' if pos == 'PROPN' else pos.lower()}")
        if pos == "ADP":
            return as_list(table.get(text, text.lower()))
        forms = [without_mutation(text), text[1:] if _H_BEFORE_VOWEL.match(text) else ""]
        entries = [table.get(form if pos == "PROPN" else form.lower()) for form in forms]
        return [lemma for entry in entries for lemma in as_list(entry)] or [text.lower()]


def as_list(entry: str | list[str] | None) -> list[str]:
    """The lemmas of an entry of a table."""
    return [] if entry is None else [entry] if isinstance(entry, str) else entry
