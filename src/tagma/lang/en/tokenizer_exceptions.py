"""English special cases: contractions, spoken forms, times of day and abbreviations.

Contractions are generated: who can be followed by what, with the norm of each part. Most exist in four spellings: with
and without apostrophe ("he'll", "theyll"), in lower case and capitalized; those that would be other words without the
apostrophe ("hell", "its", "were") are left alone. A part without a norm keeps its own lower case form.
"""

from collections.abc import Iterator

from tagma.attrs import NORM, ORTH
from tagma.lang.tokenizer_exceptions import BASE_EXCEPTIONS, SpecialCases, whole

Part = tuple[str, str | None]  # text and norm

_I = ["i"]
_YOU_WE_THEY = ["you", "we", "they"]
_HE_SHE_IT = ["he", "she", "it"]
_PERSONS = [*_I, *_YOU_WE_THEY, *_HE_SHE_IT]
_QUESTIONS = ["who", "what", "when", "where", "why", "how", "there"]
_THAT_THIS = ["that", "this"]
_THESE_THOSE = ["these", "those"]
_OPENERS = [*_QUESTIONS, *_THAT_THIS, *_THESE_THOSE]

# Without the apostrophe these are words of their own.
_OTHER_WORDS = {"ill", "hell", "shell", "well", "shed", "were", "its", "whore"}

# The verb before "n't", and its norm.
_NEGATED_MODALS = {
    "ca": "can", "could": "could", "do": "do", "does": "does", "did": "do", "had": "have", "may": "may",
    "might": "might", "must": "must", "need": "need", "ought": "ought", "sha": "shall", "should": "should",
    "wo": "will", "would": "would",
}  # fmt: skip
_NEGATED_VERBS = ["are", "is", "was", "were", "have", "has", "dare"]

# Spoken forms of one token, with and without the apostrophe at the end, small or capitalized.
_CLIPPED = {
    "doin": "doing", "goin": "going", "havin": "having", "lovin": "loving", "nothin": "nothing", "nuthin": "nothing",
    "ol": "old", "somethin": "something",
}  # fmt: skip
_CLIPPED_AT_START = {"em": "them", "ll": "will", "nuff": "enough"}
_BECAUSE = ["'Cause", "'cause", "'cos", "'Cos", "'coz", "'Coz", "'cuz", "'Cuz"]

_ABBREVIATED = {
    "Mt.": "Mount",
    "Jan.": "January", "Feb.": "February", "Mar.": "March", "Apr.": "April", "Jun.": "June", "Jul.": "July",
    "Aug.": "August", "Sep.": "September", "Sept.": "September", "Oct.": "October", "Nov.": "November",
    "Dec.": "December",
    "Ak.": "Alaska", "Ala.": "Alabama", "Ariz.": "Arizona", "Ark.": "Arkansas", "Calif.": "California",
    "Colo.": "Colorado", "Conn.": "Connecticut", "Del.": "Delaware", "Fla.": "Florida", "Ga.": "Georgia",
    "Ia.": "Iowa", "Id.": "Idaho", "Ill.": "Illinois", "Ind.": "Indiana", "Kan.": "Kansas", "Kans.": "Kansas",
    "Ky.": "Kentucky", "La.": "Louisiana", "Mass.": "Massachusetts", "Mich.": "Michigan", "Minn.": "Minnesota",
    "Miss.": "Mississippi", "N.C.": "North Carolina", "N.D.": "North Dakota", "N.H.": "New Hampshire",
    "N.J.": "New Jersey", "N.M.": "New Mexico", "N.Y.": "New York", "Neb.": "Nebraska", "Nebr.": "Nebraska",
    "Nev.": "Nevada", "Okla.": "Oklahoma", "Ore.": "Oregon", "Pa.": "Pennsylvania", "S.C.": "South Carolina",
    "Tenn.": "Tennessee", "Va.": "Virginia", "Wash.": "Washington", "Wis.": "Wisconsin",
}  # fmt: skip
_KEPT_WHOLE = (
    "'d a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. "
    "Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. v.s. vs."
)


def _case(*parts: Part) -> tuple[str, list[dict[int, str]]]:
    tokens = [{ORTH: text} if norm is None else {ORTH: text, NORM: norm} for text, norm in parts]
    return "".join(text for text, _ in parts), tokens


def _bare(part: Part) -> Part:
    return part[0].replace("'", ""), part[1]


def _subject_contractions() -> Iterator[list[Part]]:
    """A person, question word or pointer, and the verbs that lean on it."""
    for word in [*_PERSONS, *_OPENERS]:
        subject = (word, word)
        yield [subject, ("'ll", "will")]
        yield [subject, ("'ll", "will"), ("'ve", "have")]
        yield [subject, ("'d", "'d")]  # would or had
        yield [subject, ("'d", "would"), ("'ve", "have")]
    for word in [*_YOU_WE_THEY, *_QUESTIONS, *_THESE_THOSE]:
        yield [(word, word), ("'re", "are")]
    for word in [*_I, *_YOU_WE_THEY]:
        yield [(word, word), ("'ve", "have")]


def _contractions() -> Iterator[list[Part]]:
    """Contractions that are spelt with and without apostrophe, both small and capitalized."""
    yield from _subject_contractions()
    for verb, norm in _NEGATED_MODALS.items():
        yield [(verb, norm), ("n't", "not")]
        yield [(verb, norm), ("n't", "not"), ("'ve", "have")]
    for verb in _NEGATED_VERBS:
        yield [(verb, verb), ("n't", "not")]
    yield [("ai", None), ("n't", "not")]
    yield [("i", "i"), ("'m", "am"), ("a", "gonna")]


def _uneven_contractions() -> Iterator[list[Part]]:
    """Contractions whose spellings differ in their norms, small; they also exist capitalized."""
    yield [("i", "i"), ("'m", "am")]
    yield [("i", "i"), ("m", None)]
    for word in [*_HE_SHE_IT, *_QUESTIONS, *_THAT_THIS]:  # is or has
        yield [(word, word), ("'s", "'s")]
        yield [(word, word), ("s", None)]
    for word in [*_QUESTIONS, *_THESE_THOSE]:
        yield [(word, word), ("'ve", None)]
        yield [(word, None), ("ve", "have")]
    for word in ["could", "might", "must", "should", "would"]:
        yield [(word, word), ("'ve", None)]
        yield [(word, word), ("ve", None)]
    yield [("how", None), ("'d", None), ("'y", "you")]
    yield [("not", None), ("'ve", "have")]
    yield [("not", None), ("ve", "have")]
    yield [("can", None), ("not", None)]
    yield [("gon", "going"), ("na", "to")]
    yield [("got", None), ("ta", "to")]
    yield [("let", None), ("'s", "us")]
    yield [("c'm", "come"), ("on", None)]
    yield [("ma'am", "madam")]
    yield [("o'clock", "o'clock")]
    for text, norm in _CLIPPED.items():
        yield [(text, norm)]
        yield [(f"{text}'", norm)]


def _capitalized(parts: list[Part], *, norm_whole: bool) -> list[Part]:
    """The same with a capital at the beginning; a first part without norm gets its small form, if asked for."""
    (text, norm), *rest = parts
    if norm is None and norm_whole:
        norm = text
    return [(text[0].upper() + text[1:], norm), *rest]


def _spellings() -> Iterator[list[Part]]:
    for parts in _contractions():
        bare = [_bare(part) for part in parts]
        for spelling in (parts, bare):
            if spelling is parts or "".join(text for text, _ in bare) not in _OTHER_WORDS:
                yield spelling
                yield _capitalized(spelling, norm_whole=False)
    for parts in _uneven_contractions():
        if "".join(text for text, _ in parts) not in _OTHER_WORDS:
            yield parts
            # "Whove" and its kind stay without norm, as in the peer's rules
            yield _capitalized(parts, norm_whole=parts[1:] != [("ve", "have")] or parts[0][0] == "not")


def _other_cases() -> Iterator[list[Part]]:
    for hour in range(1, 13):
        for text, norm in (
            ("a.m.", "a.m."),
            ("am", "a.m."),
            ("p.m.", "p.m."),
            ("pm", "p.m."),
        ):
            yield [(str(hour), None), (text, norm)]
    for text, norm in _CLIPPED_AT_START.items():
        yield [(text, norm)]
        yield [(f"'{text}", norm)]
    yield [("y'", "you"), ("all", None)]
    yield [("y", "you"), ("all", None)]
    for text in ("'S", "'s", "‘S", "‘s"):
        yield [(text, "'s")]
    yield [("and/or", "and/or")]
    yield [("w/o", "without")]
    yield [("'re", "are")]
    yield [("'bout", "about")]
    for text in _BECAUSE:
        yield [(text, "because")]
    for text, norm in _ABBREVIATED.items():
        yield [(text, norm)]


def _with_curly_apostrophe(cases: SpecialCases) -> SpecialCases:
    return {
        text.replace("'", "’"): [{**token, ORTH: token[ORTH].replace("'", "’")} for token in tokens]
        for text, tokens in cases.items()
        if "'" in text
    }


_straight: SpecialCases = {
    **BASE_EXCEPTIONS,
    **dict(_case(*parts) for parts in _spellings()),
    **dict(_case(*parts) for parts in _other_cases()),
    **whole(_KEPT_WHOLE.split()),
}
TOKENIZER_EXCEPTIONS: SpecialCases = {**_straight, **_with_curly_apostrophe(_straight)}
