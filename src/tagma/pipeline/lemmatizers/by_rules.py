"""Languages whose rules differ in order from the common ones: French, Catalan, Greek, Dutch, Macedonian, Haitian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagma.pipeline.factory import factory
from tagma.pipeline.lemmatizer import NO_WORDS, Lemmatizer, exceptions_of, of_word, replaced_endings

if TYPE_CHECKING:
    from tagma.tokens import Token

SETTINGS = {"model": None, "mode": "rule"}
SCORES = {"lemma_acc": 1.0}
ALL_TABLES = ["lemma_lookup", "lemma_rules", "lemma_exc", "lemma_index"]


class _NeedsAllTables(Lemmatizer):
    @classmethod
    def get_lookups_config(cls, mode: str) -> tuple[list[str], list[str]]:
        """Rules need the table of single words, too."""
        return (list(ALL_TABLES), []) if mode == "rule" else super().get_lookups_config(mode)


class _KnownFirst(Lemmatizer):
    """A form that is a lemma by itself stays; rules are asked where there is no exception."""

    def _lemmas_of(self, form: str, pos: str) -> list[str]:
        """The lemmas of a form in lower case, [] if nothing is known of it."""
        if form in self._forms("lemma_index", pos):
            return [form]
        if found := list(exceptions_of(self._table("lemma_exc", pos), form)):
            return list(dict.fromkeys(found))
        index = self._forms("lemma_index", pos)
        made = list(replaced_endings(form, self._table("lemma_rules", pos)))
        sound = [lemma for lemma in made if lemma in index or not lemma.isalpha()]
        return list(dict.fromkeys(sound or made))


class _RomanceLemmatizer(_NeedsAllTables, _KnownFirst):
    ruled: frozenset[str] = frozenset(
        ["noun", "verb", "adj", "adp", "adv", "aux", "cconj", "det", "pron", "punct", "sconj"]
    )

    @of_word("ORTH", "POS", uses=["lookup_lemmatize"])
    def rule_lemmatize(self, token: Token) -> list[str]:
        """Exceptions and rules of the part of speech, then the table of single words."""
        pos, lower = token.pos_.lower(), token.text.lower()
        if pos in NO_WORDS:
            return [lower]
        if pos not in self.ruled or "lemma_rules" not in self.lookups:
            return self.lookup_lemmatize(token)
        return self._lemmas_of(lower, pos) or [self._table("lemma_lookup").get(lower, [lower])[0]]


@factory("fr.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class FrenchLemmatizer(_RomanceLemmatizer):
    """The lemmatizer of French pipelines."""


@factory("ca.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class CatalanLemmatizer(_RomanceLemmatizer):
    """The lemmatizer of Catalan pipelines."""


@factory("el.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class GreekLemmatizer(_KnownFirst):
    """The lemmatizer of Greek pipelines."""

    @of_word("ORTH", "POS")
    def rule_lemmatize(self, token: Token) -> list[str]:
        """Exceptions and rules of the part of speech; without any, the form in lower case."""
        pos, lower = token.pos_.lower(), token.text.lower()
        return [lower] if pos in NO_WORDS else self._lemmas_of(lower, pos) or [lower]


@factory("nl.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class DutchLemmatizer(_NeedsAllTables):
    """The lemmatizer of Dutch pipelines. All lemmas are in lower case, and so are the keys of the tables."""

    ruled: frozenset[str] = frozenset(["noun", "verb", "aux", "adj", "adv", "pron", "det", "adp", "num"])

    @of_word("ORTH")
    def lookup_lemmatize(self, token: Token) -> list[str]:
        """The entry of the table `lemma_lookup` for the form in lower case, or that form."""
        lower = token.text.lower()
        return [self._table("lemma_lookup").get(lower, lower)]

    @of_word("ORTH", "POS")
    def rule_lemmatize(self, token: Token) -> list[str]:
        """A known lemma before an exception, before the table of single words, before rules.

        Of what rules make, the first known lemma, then one that has an exception of its own.
        """
        pos, lower = token.pos_.lower(), token.text.lower()
        index = self._forms("lemma_index", pos)
        if pos not in self.ruled or lower in index:
            return [lower]
        exceptions = self._table("lemma_exc", pos)
        if found := exceptions_of(exceptions, lower):
            return [found[0]]
        listed = self._table("lemma_lookup").get(lower)
        if listed and listed in index:
            return [listed]
        made = list(dict.fromkeys(replaced_endings(lower, self._table("lemma_rules", pos))))
        for sound in (index, exceptions):
            if first := next((lemma for lemma in made if lemma in sound), None):
                return [first]
        return [listed] if listed else made or [lower]


@factory("mk.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class MacedonianLemmatizer(Lemmatizer):
    """The lemmatizer of Macedonian pipelines."""

    adverbial = "јќи"  # ending of verbal adverbs

    @of_word("ORTH", "POS")
    def rule_lemmatize(self, token: Token) -> list[str]:
        """As in other languages, but verbal adverbs follow the rules of verbs, and unknown words stay as they are."""
        text, pos = token.text, token.pos_.lower()
        if pos in NO_WORDS:
            return [text.lower()]
        if text.endswith(self.adverbial):
            text, pos = text.removesuffix(self.adverbial), "verb"
        if not any(self._table(name, pos) for name in ("lemma_index", "lemma_exc", "lemma_rules")):
            return [text if pos == "propn" else text.lower()]
        lower, index = text.lower(), self._forms("lemma_index", pos)
        made = replaced_endings(lower, self._table("lemma_rules", pos))
        forms = list(dict.fromkeys(lemma for lemma in made if lemma in index or not lemma.isalpha()))
        irregular: Sequence[str] = exceptions_of(self._table("lemma_exc", pos), lower)
        return [*reversed([form for form in dict.fromkeys(irregular) if form not in forms]), *forms] or [text]


@factory("ht.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class HaitianCreoleLemmatizer(_NeedsAllTables):
    """The lemmatizer of pipelines for Haitian Creole, whose words are not inflected."""

    @of_word("ORTH")
    def rule_lemmatize(self, token: Token) -> list[str]:
        """The form in lower case."""
        return [token.text.lower()]


# The common rules, for languages in which they are what a lemmatizer does if it is not told otherwise.
for _code in ("bn", "fa", "nb", "sv"):
    factory(f"{_code}.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)(
        Lemmatizer
    )
