"""What can be said of a word form by itself: lower case, shape, whether it is a number, a URL, a bracket …

Each getter takes a non-empty string. A getter with the attribute `native` names the column filler of the vocabulary
that computes the same natively, in one batch; the Python function is its readable twin. `LEX_ATTRS` maps attribute ids
to the getters that every language has; languages replace some and add their own.
"""

import re
import unicodedata
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from tagma import attrs
from tagma.lang.tokenizer_exceptions import URL_MATCH

Getter = Callable[[str], Any]

_BRACKETS = frozenset("()[]{}<>")
_LEFT_PUNCT = frozenset(["(", "[", "{", "<", '"', "'", "«", "‘", "‚", "‛", "“", "„", "‟", "‹", "❮", "``"])
_RIGHT_PUNCT = frozenset([")", "]", "}", ">", '"', "'", "»", "’", "”", "›", "❯", "''"])
_QUOTES = frozenset([*"\"'`«»‘’‚‛“”„‟‹›❮❯", "``", "''"])

# Top level domains that make a URL of a string which is no host name by the letter ("see:example.com").
_GENERIC_DOMAINS = (
    "aero asia biz cat com coop edu gov info int jobs mil mobi museum name net org pro tel travel xxx xyz"
)
_COUNTRY_DOMAINS = (
    "ac ad ae af ag ai al am an ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz "
    "ca cc cd cf cg ch ci ck cl cm cn co cr cs cu cv cx cy cz dd de dj dk dm do dz ec ee eg eh er es et eu "
    "fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu "
    "id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly "
    "ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om "
    "pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st "
    "su sv sy sz tc td tf tg th tj tk tl tm tn to tp tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws "
    "ye yt za zm zw"
)
_DOMAINS = frozenset(f"{_GENERIC_DOMAINS} {_COUNTRY_DOMAINS}".split())
_EMAIL = re.compile(r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+").match

_SHAPE_RUN = 4  # a shape repeats a character at most this often
_LONGEST_SHAPED = 100  # a string of this length or more has the shape LONG


def native(name: str) -> Callable[[Getter], Getter]:
    """Mark a getter as computed natively by the vocabulary under this name."""

    def mark(getter: Getter) -> Getter:
        getter.native = name  # type: ignore[attr-defined]
        return getter

    return mark


@native("lower")
def lower(string: str) -> str:
    """The string in lower case."""
    return string.lower()


@native("prefix")
def prefix(string: str) -> str:
    """The first character."""
    return string[0]


@native("suffix")
def suffix(string: str) -> str:
    """The last three characters."""
    return string[-3:]


@native("shape")
def word_shape(text: str) -> str:
    """Letters as x or X, digits as d, the rest as it is; runs are cut at four: "Apple10" is "Xxxxxdd"."""
    if len(text) >= _LONGEST_SHAPED:
        return "LONG"
    shape: list[str] = []
    last, run = "", 0
    for char in text:
        mark = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if mark == last else 1
        last = mark
        if run <= _SHAPE_RUN:
            shape.append(mark)
    return "".join(shape)


@native("is_alpha")
def is_alpha(string: str) -> bool:
    """Only letters."""
    return string.isalpha()


@native("is_ascii")
def is_ascii(string: str) -> bool:
    """Only ASCII characters."""
    return string.isascii()


@native("is_digit")
def is_digit(string: str) -> bool:
    """Only digits."""
    return string.isdigit()


@native("is_lower")
def is_lower(string: str) -> bool:
    """Lower case, with at least one cased character."""
    return string.islower()


@native("is_punct")
def is_punct(string: str) -> bool:
    """Only punctuation (Unicode categories P*)."""
    return all(unicodedata.category(char).startswith("P") for char in string)


@native("is_space")
def is_space(string: str) -> bool:
    """Only white space."""
    return string.isspace()


@native("is_title")
def is_title(string: str) -> bool:
    """Each word begins with a capital and goes on in lower case."""
    return string.istitle()


@native("is_upper")
def is_upper(string: str) -> bool:
    """Upper case, with at least one cased character."""
    return string.isupper()


@native("is_bracket")
def is_bracket(string: str) -> bool:
    """One round, square, curly or angle bracket."""
    return string in _BRACKETS


@native("is_quote")
def is_quote(string: str) -> bool:
    """A quotation mark."""
    return string in _QUOTES


@native("is_left_punct")
def is_left_punct(string: str) -> bool:
    """Opening punctuation: a bracket or quotation mark."""
    return string in _LEFT_PUNCT


@native("is_right_punct")
def is_right_punct(string: str) -> bool:
    """Closing punctuation: a bracket or quotation mark."""
    return string in _RIGHT_PUNCT


@native("is_currency")
def is_currency(string: str) -> bool:
    """Only currency signs (Unicode category Sc)."""
    return all(unicodedata.category(char) == "Sc" for char in string)


def like_num(string: str) -> bool:
    """A number in digits ("10,000", "-1.5") or a fraction of two ("3/4"). Languages add number words."""
    if string.startswith(("+", "-", "±", "~")):
        string = string[1:]
    string = string.replace(",", "").replace(".", "")
    if string.isdigit():
        return True
    parts = string.split("/")
    return len(parts) == 2 and all(part.isdigit() for part in parts)


def like_email(string: str) -> bool:
    """Begins with a mail address: user, "@", host with a dot. What follows it does not matter."""
    return bool(_EMAIL(string))


def like_url(string: str) -> bool:
    """A web address: by its scheme or "www.", by its top level domain, or by the tokenizer's URL pattern."""
    if string.startswith(("http://", "https://")) or (string.startswith("www.") and len(string) > len("www.")):
        return True
    if not string or string[0] == "." or string[-1] == "." or "@" in string:
        return False
    _, dot, end = string.rpartition(".")
    domain = end.partition(":")[0]
    if dot and (domain.endswith("/") or domain in _DOMAINS):
        return True
    return bool(URL_MATCH(string))


def is_stop(string: str, stops: AbstractSet[str] = frozenset()) -> bool:
    """A stop word, whatever its case."""
    return string.lower() in stops


def get_lang(text: str, lang: str = "") -> str:
    """The language code, the same for every word of a vocabulary."""
    return lang


LEX_ATTRS: dict[int, Getter] = {
    attrs.LOWER: lower,
    attrs.NORM: lower,
    attrs.PREFIX: prefix,
    attrs.SUFFIX: suffix,
    attrs.IS_ALPHA: is_alpha,
    attrs.IS_DIGIT: is_digit,
    attrs.IS_LOWER: is_lower,
    attrs.IS_SPACE: is_space,
    attrs.IS_TITLE: is_title,
    attrs.IS_UPPER: is_upper,
    attrs.IS_STOP: is_stop,
    attrs.LIKE_EMAIL: like_email,
    attrs.LIKE_NUM: like_num,
    attrs.IS_PUNCT: is_punct,
    attrs.IS_ASCII: is_ascii,
    attrs.SHAPE: word_shape,
    attrs.IS_BRACKET: is_bracket,
    attrs.IS_QUOTE: is_quote,
    attrs.IS_LEFT_PUNCT: is_left_punct,
    attrs.IS_RIGHT_PUNCT: is_right_punct,
    attrs.IS_CURRENCY: is_currency,
    attrs.LIKE_URL: like_url,
}
