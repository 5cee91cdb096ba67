"""Languages that write a word without its last vowel before another ("l'avion"): the apostrophe ends a token."""

from __future__ import annotations

from tagma.lang.char_classes import ALPHA
from tagma.lang.punctuation import TOKENIZER_INFIXES
from tagma.lang.tokenizer_exceptions import BASE_EXCEPTIONS, SpecialCases, whole

_APOSTROPHES = "'’"
# Words with an apostrophe inside that were two once.
_ONE_WORD = {
    "fr": "aujourd'hui prud'homme prud'hommes prud'homal quelqu'un quelqu'une presqu'île presqu'îles entr'acte",
    "it": "po' mo' be' va' fa' da' di' sta'",
    "ca": "",
}


def _cases(words: str) -> SpecialCases:
    forms = [form for word in words.split() for form in (word, word.capitalize())]
    return whole([form.replace("'", apostrophe) for form in forms for apostrophe in _APOSTROPHES])


def _infixes() -> list[str]:
    """The rules of all languages, and a cut behind an apostrophe between letters."""
    return [*TOKENIZER_INFIXES, f"(?<=[{ALPHA}][{_APOSTROPHES}])(?=[{ALPHA}])"]


INFIXES: dict[str, list[str]] = {code: _infixes() for code in _ONE_WORD}
EXCEPTIONS: dict[str, SpecialCases] = {code: {**BASE_EXCEPTIONS, **_cases(words)} for code, words in _ONE_WORD.items()}
