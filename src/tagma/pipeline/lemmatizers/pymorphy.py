"""Russian and Ukrainian: lemmas by the package pymorphy3 (or pymorphy2), which analyses words by a dictionary."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from tagma.errors import Errors
from tagma.nn import Model
from tagma.pipeline.factory import factory
from tagma.pipeline.lemmatizer import Lemmatizer, lemmatizer_score, of_word

if TYPE_CHECKING:
    from tagma.tokens import Token
    from tagma.vocab import Vocab

SETTINGS = {"model": None, "mode": "pymorphy3"}
SCORES = {"lemma_acc": 1.0}
PACKAGES = ("pymorphy2", "pymorphy3")
QUOTES = {"«": '"', "»": '"'}

# What the grammemes of OpenCorpora are in Universal Dependencies: {feature: {value: grammemes}}.
_FEATURES = {
    "Aspect": {"Imp": "impf", "Perf": "perf"},
    "Case": {
        "Nom": "nomn",
        "Gen": "gent gen1 gen2",
        "Dat": "datv",
        "Acc": "accs",
        "Ins": "ablt",
        "Loc": "loct loc2",
        "Voc": "voct",
    },
    "Gender": {"Fem": "femn", "Masc": "masc", "Neut": "neut"},
    "Mood": {"Imp": "impr", "Ind": "indc"},
    "Number": {"Sing": "sing", "Plur": "plur", "Ptan": "Pltm"},
    "Person": {"1": "1per incl", "2": "2per excl", "3": "3per"},
    "Tense": {"Fut": "futr", "Past": "past", "Pres": "pres"},
    "VerbForm": {"Conv": "GRND", "Fin": "VERB", "Inf": "INFN", "Part": "PRTF PRTS"},
    "Voice": {"Act": "actv", "Pass": "pssv"},
}
FEATURE_OF = {
    grammeme: (feature, value)
    for feature, values in _FEATURES.items()
    for value, grammemes in values.items()
    for grammeme in grammemes.split()
}
_PARTS = {
    "ADJ": "ADJF ADJS COMP",
    "ADV": "ADVB",
    "DET": "Apro",
    "CCONJ": "CONJ",
    "INTJ": "INTJ",
    "NOUN": "NOUN",
    "PRON": "NPRO",
    "NUM": "NUMR NUMB",
    "PUNCT": "PNCT",
    "PART": "PRCL",
    "ADP": "PREP",
    "VERB": "GRND INFN PRTF PRTS VERB",
}
PART_OF = {grammeme: part for part, grammemes in _PARTS.items() for grammeme in grammemes.split()}
_NAMES = frozenset(["Name", "Patr", "Surn", "Geox", "Orgn"])

# Features that tell the forms of a part of speech apart.
_OF_NOUNS = ("Case", "Number", "Gender")
COMPARED = {
    **dict.fromkeys(("ADJ", "DET", "NOUN", "PROPN"), _OF_NOUNS),
    "NUM": ("Case", "Gender"),
    "PRON": (*_OF_NOUNS, "Person"),
    "VERB": ("Aspect", "Gender", "Mood", "Number", "Tense", "VerbForm", "Voice"),
}


def universal(tag: str) -> tuple[str, dict[str, str]]:
    """Part of speech and features of a tag of OpenCorpora: "NOUN,anim,masc sing,nomn"."""
    pos, features = "X", {}
    grammemes = tag.replace(" ", ",").split(",")
    for grammeme in grammemes:
        pos = PART_OF.get(grammeme, pos)
        if grammeme in FEATURE_OF:
            feature, value = FEATURE_OF[grammeme]
            features[feature] = value
    if "Pltm" in grammemes:
        features["Number"] = "Ptan"
    if not _NAMES.isdisjoint(grammemes):
        return "PROPN", features
    return ("AUX" if "Auxt" in grammemes else pos), features


class _ByDictionary(Lemmatizer):
    dictionary: ClassVar[str] = ""

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any] | None,
        name: str = "lemmatizer",
        *,
        mode: str = "pymorphy3",
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = lemmatizer_score,
    ) -> None:
        package = mode.removesuffix("_lookup")
        self._morph: Any = self._analyzer(package) if package in PACKAGES else None
        super().__init__(vocab, model, name, mode=mode, overwrite=overwrite, scorer=scorer)

    def _analyzer(self, package: str) -> Any:
        try:
            return importlib.import_module(package).MorphAnalyzer(lang=self.dictionary)
        except ImportError:
            needs = f"{package} {package}-dicts-{self.dictionary}"
            text = Errors.E4410.format(lang=self.dictionary, mode=package, package=package, needs=needs)
            raise ImportError(text) from None

    def _normal_forms(self, token: Token) -> list[str]:
        text, pos = token.text, token.pos_
        if pos == "PUNCT":
            return [QUOTES.get(text, text)]
        if pos not in COMPARED:
            return self._only_form(token)
        known = [(analysis, *universal(str(analysis.tag))) for analysis in self._morph.parse(text) if analysis.is_known]
        features = token.morph.to_dict()
        fitting = [
            analysis.normal_form
            for analysis, part, found in known
            if _same_part(part, pos) and _agree(features, found, COMPARED[pos])
        ]
        return list(dict.fromkeys(fitting)) or [text.lower()]

    def _only_form(self, token: Token) -> list[str]:
        """The normal form of all analyses, if they have the same; else the text."""
        forms = {analysis.normal_form for analysis in self._morph.parse(token.text)}
        return list(forms) if len(forms) == 1 else [token.text]

    @of_word("ORTH", "POS", "MORPH")
    def pymorphy2_lemmatize(self, token: Token) -> list[str]:
        """Normal forms of the analyses that agree with part of speech and features."""
        return self._normal_forms(token)

    @of_word("ORTH")
    def pymorphy2_lookup_lemmatize(self, token: Token) -> list[str]:
        """The normal form of the word, if it has one only."""
        return self._only_form(token)

    @of_word("ORTH", "POS", "MORPH")
    def pymorphy3_lemmatize(self, token: Token) -> list[str]:
        """Normal forms of the analyses that agree with part of speech and features."""
        return self._normal_forms(token)

    @of_word("ORTH")
    def pymorphy3_lookup_lemmatize(self, token: Token) -> list[str]:
        """The normal form of the word, if it has one only."""
        return self._only_form(token)


def _same_part(found: str, pos: str) -> bool:
    nouns = ("NOUN", "PROPN")
    return found == pos or (found in nouns and pos in nouns) or (found == "PRON" and pos == "DET")


def _agree(features: dict[str, str], found: dict[str, str], compared: Iterable[str]) -> bool:
    shared = [name for name in compared if name in features and name in found]
    return all(features[name].lower() == found[name].lower() for name in shared)


@factory("ru.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class RussianLemmatizer(_ByDictionary):
    """The lemmatizer of Russian pipelines. Raises ImportError E4410 without its package."""

    dictionary = "ru"


@factory("uk.lemmatizer", default_config=SETTINGS, assigns=["token.lemma"], default_score_weights=SCORES)
class UkrainianLemmatizer(_ByDictionary):
    """The lemmatizer of Ukrainian pipelines. Raises ImportError E4410 without its package."""

    dictionary = "uk"
