"""English: some features say that a word form is its own lemma."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagma.pipeline.factory import factory
from tagma.pipeline.lemmatizer import Lemmatizer, of_word

if TYPE_CHECKING:
    from tagma.tokens import Token

SETTINGS = {"model": None, "mode": "rule"}
SCORES = {"lemma_acc": 1.0}


@factory("en.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class EnglishLemmatizer(Lemmatizer):
    """The lemmatizer of English pipelines."""

    @of_word("POS", "MORPH")
    def is_base_form(self, token: Token) -> bool:
        """A singular noun, a verb in the infinitive or the plain present, an adjective or adverb not compared."""
        features = token.morph.to_dict()
        if features.get("VerbForm") in ("Inf", "None") or features.get("Degree") == "Pos":
            return True
        if token.pos_ == "NOUN":
            return features.get("Number") == "Sing"
        present = features.get("VerbForm") == "Fin" and features.get("Tense") == "Pres"
        return token.pos_ == "VERB" and present and "Number" not in features
