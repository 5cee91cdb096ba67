"""Spanish: the features of a word choose the rules that are tried on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tagma.pipeline.factory import factory
from tagma.pipeline.lemmatizer import NO_WORDS, Lemmatizer, exceptions_of, of_word

if TYPE_CHECKING:
    from tagma.tokens import Token

UNINFLECTED = frozenset(["adp", "cconj", "intj", "part", "propn", "punct", "sconj", "sym", "x"])
# A verb form that ends in unstressed pronouns: "dámelo".
_ENCLITIC = re.compile("^(.*?)([mts]e|l[aeo]s?|n?os)$")
_THOUSANDS = re.compile(r"\.[0-9]{3}$")


@factory(
    "es.lemmatizer",
    default_config={"model": None, "mode": "rule"},
    assigns=["token.lemma"],
    default_score_weights={"lemma_acc": 1.0},
)
class SpanishLemmatizer(Lemmatizer):
    """The lemmatizer of Spanish pipelines."""

    @classmethod
    def get_lookups_config(cls, mode: str) -> tuple[list[str], list[str]]:
        """Rules need to know which group of them the features of a word ask for."""
        if mode == "rule":
            return (["lemma_rules", "lemma_rules_groups", "lemma_index", "lemma_exc"], [])
        return super().get_lookups_config(mode)

    @of_word("ORTH", "POS", "MORPH", "SENT_START")
    def rule_lemmatize(self, token: Token) -> list[str]:
        """An exception, or what the rules of part of speech and features make of the form in lower case."""
        text, pos = token.text, token.pos_.lower()
        lower = text.lower()
        if pos in NO_WORDS:
            return [lower]
        if pos in UNINFLECTED:
            return [lower if token.is_sent_start and pos != "propn" else text]
        if found := exceptions_of(self._table("lemma_exc", pos), lower):
            return list(found)
        features = set(token.morph)
        return list(dict.fromkeys(self._lemmas_of(lower, "verb" if pos == "aux" else pos, features)))

    def _lemmas_of(self, form: str, pos: str, features: set[str]) -> list[str]:
        match pos:
            case "verb" if "PronType=Prs" in features:
                return [self._verb_with_pronouns(form, features)]
            case "verb":
                return self._verb(form, features)
            case "noun" | "adj":
                return self._nominal(form, pos, features)
            case "det" | "pron":
                return self._determiner(form, pos)
            case "adv":
                return [self._listed(form, "adverbs") or form]
            case "num":
                return [self._listed(form, "num") or without_separators(form)]
        return [form]

    def _rules(self, group: str | None) -> Sequence[tuple[str, str]]:
        found: Sequence[tuple[str, str]] = self._table("lemma_rules").get(group or "", ())
        return found

    def _group(self, pos: str, features: set[str]) -> str | None:
        """The first group of rules whose features the word has."""
        groups: Iterable[tuple[str, Iterable[str]]] = self._table("lemma_rules_groups", pos)
        return next((name for name, wanted in groups if features.issuperset(wanted)), None)

    def _listed(self, form: str, group: str) -> str | None:
        """The lemma of a group that lists whole words."""
        return next((new for old, new in self._rules(group) if old == form), None)

    def _made(self, form: str, group: str | None) -> list[str]:
        """What the rules of a group make of a form, where they change it."""
        made = [re.sub(f"{old}$", new, form) for old, new in self._rules(group)]
        return [lemma for lemma in made if lemma != form]

    def _without_accents(self, form: str) -> list[str]:
        return [re.sub(old, new, form) for old, new in self._rules("accents")]

    def _nominal(self, form: str, pos: str, features: set[str]) -> list[str]:
        """Plurals in -n and -s may have an accent that their singular has not: "jóvenes", "órdenes"."""
        made = self._made(form, self._group(pos, features))
        if "Number=Plur" in features:
            made += [bare for lemma in made if lemma.endswith(("n", "s")) for bare in self._without_accents(lemma)]
        return self._in_index(made, pos) or made or [form]

    def _in_index(self, made: Iterable[str], pos: str) -> list[str]:
        index = self._forms("lemma_index", pos)
        return [lemma for lemma in made if lemma in index]

    def _determiner(self, form: str, pos: str, known_as: str | None = None) -> list[str]:
        """A lemma that is listed, or what the general rules make; of that, what is known as this part of speech."""
        listed = self._listed(form, pos) or self._listed(form, "det_and_pron_fixed")
        if listed is not None:
            return [listed]
        made = [re.sub(f"{old}$", new, form) for old, new in self._rules("det_and_pron_general")]
        made = [*(made if pos == "det" else [lemma for lemma in made if lemma != form]), form]
        return made if len(made) == 1 else self._in_index(made, known_as or pos) or made

    def _verb(self, form: str, features: set[str]) -> list[str]:
        """Rules; else what they make with the vowel of the stem restored ("cuento" → "contar"), or without accents."""
        made = self._made(form, self._group("verb", features))
        known = self._in_index(made, "verb") or self._in_index(self._with_other_vowels(made), "verb")
        return known or [*made, *(bare for lemma in made for bare in self._without_accents(lemma))] or [form]

    def _with_other_vowels(self, made: Iterable[str]) -> Iterable[str]:
        for lemma in made:
            for old, new in self._rules("voc_alt_1"):
                yield from (lemma[:i] + new + lemma[i + 1 :] for i, char in enumerate(lemma) if char == old)
            for old, new in self._rules("voc_alt_2"):
                if old in lemma:
                    yield lemma.replace(old, new, 1)

    def _verb_with_pronouns(self, form: str, features: set[str]) -> str:
        """The lemma of the verb, then those of its pronouns."""
        pronouns: list[str] = []
        while len(pronouns) <= 3 and (found := _ENCLITIC.search(form)):
            form = form[: -len(found[2])]
            pronouns.insert(0, found[2])
        for old, new in self._rules("accents"):
            form = re.sub(old, new, form)
        irregular = exceptions_of(self._table("lemma_exc", "verb"), form)
        verb = irregular or self._verb(form, features - {"PronType=Prs"})
        others = [
            exceptions_of(self._table("lemma_exc", "pron"), p) or self._determiner(p, "pron", "verb") for p in pronouns
        ]
        return f"{verb[0]} {' '.join(other[0] for other in others)}"


def without_separators(number: str) -> str:
    """A number in digits with a decimal point: "1.000,5" → "1000.5"."""
    whole = number.split(",")[0]
    return (number.replace(".", "") if _THOUSANDS.search(whole) else number).replace(",", ".")
