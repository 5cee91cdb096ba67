"""English special cases: contractions, times of day, spoken forms and abbreviations.

Contractions are generated from who can be followed by what. Each exists with a straight, with a curled and, where that
is no other word, without an apostrophe ("don't", "don’t", "dont"), in small letters, capitalized and in capitals. A
token has a norm where it is not its own lower case form: "n't" is "not", "ca" of "can't" is "can".
"""

from collections.abc import Iterable, Iterator

from tagma.attrs import NORM, ORTH
from tagma.lang.tokenizer_exceptions import BASE_EXCEPTIONS, SpecialCases, whole

Parts = list[tuple[str, str]]  # text and norm of each token, in small letters; the norm is empty if it is the text

_PRONOUNS = ["i", "you", "he", "she", "it", "we", "they"]
_QUESTION_WORDS = ["who", "what", "when", "where", "why", "how"]
_POINTERS = ["there", "here", "that", "this", "these", "those"]

# The verb that leans on a subject, its norm ("'d" is "had" or "would", "'s" is "is" or "has"), and after which
# subjects it stands.
_LEANING_VERBS = [
    ("'m", "am", ["i"]),
    ("'re", "are", ["you", "we", "they", "who", "what", "where", "how", "there", "here", "these", "those"]),
    ("'s", "'s", ["he", "she", "it", *_QUESTION_WORDS, "there", "here", "that", "this"]),
    ("'ve", "have", ["i", "you", "we", "they", "who", "what", "where", "how", "there", "these", "those"]),
    ("'ll", "will", [*_PRONOUNS, *_QUESTION_WORDS, *_POINTERS]),
    ("'d", "", [*_PRONOUNS, *_QUESTION_WORDS, *_POINTERS]),
]

CLITICS = ["n't", *(verb for verb, _, _ in _LEANING_VERBS)]

# What stands before "n't", with its norm, and whether "have" can lean on both ("couldn't've") and on it alone.
_NEGATED = [
    *(("ca", "can", True), ("wo", "will", True), ("sha", "shall", True), ("ai", "", False)),
    *((modal, "", True) for modal in ["could", "would", "should", "might", "must", "may", "need", "ought"]),
    *((verb, "", False) for verb in ["is", "are", "was", "were", "have", "has", "had", "do", "does", "did", "dare"]),
]
_BEFORE_HAVE = ["could", "would", "should", "might", "must", "may"]

# Words that come out when the apostrophe is left out: they stay what they are.
_OTHER_WORDS = frozenset(["hell", "id", "ill", "its", "shed", "shell", "wed", "well", "were", "whore", "whys"])

_IN_TWO: list[Parts] = [
    [("can", ""), ("not", "")],
    [("gon", "going"), ("na", "to")],
    [("got", ""), ("ta", "to")],
    [("let", ""), ("'s", "us")],
    [("c'm", "come"), ("on", "")],
    [("y'", "you"), ("all", "")],
    [("y", "you"), ("all", "")],
    [("i", ""), ("'m", "am"), ("a", "going to")],
    [("d'", "do"), ("you", "")],
    [("d'", "do"), ("ya", "you")],
    [("'t", "it"), ("is", "")],
    [("'t", "it"), ("was", "")],
]

# Words that begin or end with an apostrophe, which the rules would take for a quotation mark.
_CUT_IN_FRONT = {
    "'em": "them", "'til": "until", "'till": "until", "'cause": "because", "'cos": "because", "'coz": "because",
    "'cuz": "because", "'bout": "about", "'round": "around", "'n": "and", "'n'": "and", "'nuff": "enough",
}  # fmt: skip
_TAKEN_APART = {  # as corpora have them, with a space before
    "'re": "are", "'ll": "will", "'ve": "have", "'m": "am", "n't": "not", "'d": "", "'s": "'s",
}  # fmt: skip
_CUT_AT_THE_END = {"ol'": "old", "an'": "and", "th'": "the", "o'": "of", "lil'": "little", "ma'am": "madam"}
_WITHOUT_G = """
bein comin cookin doin drinkin drivin everythin feelin fuckin gettin givin goin hangin havin hopin killin laughin
leavin livin lookin lovin makin mornin movin nothin payin playin puttin readin rockin rollin runnin sayin seein singin
sittin sleepin smokin somethin standin startin stayin stoppin takin talkin tellin thinkin tryin turnin waitin walkin
wantin watchin wearin workin writin
"""

_WITH_A_SLASH = {
    "and/or": "", "w/o": "without", "w/out": "without", "b/c": "because", "c/o": "care of", "n/a": "not applicable",
}  # fmt: skip

_HOURS = range(1, 13)
_HALVES_OF_THE_DAY = {"a.m.": "am a.m. AM A.M.", "p.m.": "pm p.m. PM P.M."}

# Abbreviations that end in a full stop; months, days and states with what they stand for.
_MONTHS_AND_DAYS = {
    "Jan.": "january", "Feb.": "february", "Mar.": "march", "Apr.": "april", "Jun.": "june", "Jul.": "july",
    "Aug.": "august", "Sep.": "september", "Sept.": "september", "Oct.": "october", "Nov.": "november",
    "Dec.": "december", "Mon.": "monday", "Tue.": "tuesday", "Tues.": "tuesday", "Wed.": "wednesday",
    "Thu.": "thursday", "Thur.": "thursday", "Thurs.": "thursday", "Fri.": "friday", "Sat.": "saturday",
}  # fmt: skip
_STATES = {
    "Ala.": "alabama", "Ariz.": "arizona", "Ark.": "arkansas", "Calif.": "california", "Colo.": "colorado",
    "Conn.": "connecticut", "Del.": "delaware", "Fla.": "florida", "Ga.": "georgia", "Ill.": "illinois",
    "Ind.": "indiana", "Kan.": "kansas", "Ky.": "kentucky", "La.": "louisiana", "Md.": "maryland",
    "Mich.": "michigan", "Minn.": "minnesota", "Mont.": "montana", "Neb.": "nebraska", "Nev.": "nevada",
    "Okla.": "oklahoma", "Ore.": "oregon", "Pa.": "pennsylvania", "Penn.": "pennsylvania", "Tenn.": "tennessee",
    "Tex.": "texas", "Va.": "virginia", "Vt.": "vermont", "Wash.": "washington", "Wis.": "wisconsin",
    "Wyo.": "wyoming", "Ont.": "ontario", "Que.": "quebec",
}  # fmt: skip
_TITLES = """
Mr. Mrs. Ms. Messrs. Dr. Prof. Rev. Hon. Pres. Gov. Sen. Sens. Rep. Reps. Gen. Col. Maj. Capt. Cmdr. Adm. Lt. Sgt. Cpl.
Pvt. Supt. Sr. Jr. Esq.
"""
_PARTS_OF_NAMES = "St. Ste. Mt. Ft. Blvd. Dept. Univ. Assn. Bros. Co. Corp. Inc. Ltd."
_DEGREES = "Ph.D. Ph.D B.Sc. M.Sc. D.Phil. Ed.D. Psy.D. Pharm.D. LL.B. LL.M."
_IN_RUNNING_TEXT = "vs. approx. esp. incl. cf. viz. al. pp. eg. ie. e.g. i.e. a.k.a. a.m. p.m. o.k. co."  # in any case


def _leaning() -> Iterator[Parts]:
    """Subjects with the verb, or the two verbs, that lean on them."""
    for verb, norm, subjects in _LEANING_VERBS:
        for subject in subjects:
            yield [(subject, ""), (verb, norm)]
    for subject in [*_PRONOUNS, *_QUESTION_WORDS, *_POINTERS]:
        yield [(subject, ""), ("'d", "would"), ("'ve", "have")]
        yield [(subject, ""), ("'ll", "will"), ("'ve", "have")]


def _negations() -> Iterator[Parts]:
    """Auxiliaries with "n't", and "have" after modals."""
    for verb, norm, before_have in _NEGATED:
        yield [(verb, norm), ("n't", "not")]
        if before_have:
            yield [(verb, norm), ("n't", "not"), ("'ve", "have")]
    for modal in _BEFORE_HAVE:
        yield [(modal, ""), ("'ve", "have")]


def _without_apostrophe(contractions: Iterable[Parts]) -> Iterator[Parts]:
    for parts in contractions:
        bare = [(text.replace("'", ""), norm) for text, norm in parts]
        if "".join(text for text, _ in bare) not in _OTHER_WORDS:
            yield bare


def _capitalized(parts: Parts) -> Parts:
    (text, norm), *rest = parts
    letter = next((i for i, char in enumerate(text) if char.isalpha()), 0)
    return [(text[:letter] + text[letter:].capitalize(), norm), *rest]


def _cased(parts: Parts) -> Iterator[Parts]:
    """The same in small letters, with a capital at the beginning, and in capitals."""
    yield parts
    yield _capitalized(parts)
    yield [(text.upper(), norm) for text, norm in parts]


def _times() -> Iterator[Parts]:
    for hour in _HOURS:
        for norm, spellings in _HALVES_OF_THE_DAY.items():
            for spelling in spellings.split():
                yield [(str(hour), ""), (spelling, norm)]


def _words() -> Iterator[Parts]:
    """Cases of a single token."""
    for text, norm in {**_CUT_IN_FRONT, **_TAKEN_APART, **_CUT_AT_THE_END, **_WITH_A_SLASH}.items():
        yield from _cased([(text, norm)])
    for word in _WITHOUT_G.split():
        yield from _cased([(f"{word}'", f"{word}g")])
    for text in _IN_RUNNING_TEXT.split():
        yield from _cased([(text, "")])
    for text, norm in {**_MONTHS_AND_DAYS, **_STATES}.items():
        yield [(text, norm)]


def _special_cases(cases: Iterable[Parts]) -> SpecialCases:
    """The table of these cases, each with straight and with curled apostrophe."""
    table: SpecialCases = {}
    for parts in cases:
        for apostrophe in "'’":
            tokens = [(text.replace("'", apostrophe), norm) for text, norm in parts]
            table["".join(text for text, _ in tokens)] = [
                {ORTH: text, NORM: norm} if norm else {ORTH: text} for text, norm in tokens
            ]
    return table


def _all_cases() -> Iterator[Parts]:
    leaning, negations = list(_leaning()), list(_negations())
    for parts in [*leaning, *negations, *_without_apostrophe(negations), *_IN_TWO]:
        yield from _cased(parts)
    for parts in _without_apostrophe(leaning):  # not in capitals: "IM" and "IVE" are abbreviations
        yield parts
        yield _capitalized(parts)
    yield from _times()
    yield from _words()


TOKENIZER_EXCEPTIONS: SpecialCases


def __getattr__(name: str) -> SpecialCases:
    """The table is made when it is asked for: a saved pipeline has its own."""
    if name != "TOKENIZER_EXCEPTIONS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    table = {
        **BASE_EXCEPTIONS,
        **_special_cases(_all_cases()),
        **whole(f"{_TITLES} {_PARTS_OF_NAMES} {_DEGREES}".split()),
    }
    globals()[name] = table
    return table
