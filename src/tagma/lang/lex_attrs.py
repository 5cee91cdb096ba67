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

Getter = Callable[[str], Any]

_STRAIGHT_QUOTES = frozenset("\"'")
_QUOTES_OF_TWO = frozenset(["``", "''"])  # opening and closing, as LaTeX and the Penn Treebank write them
_LOW_QUOTES = frozenset("‚„")  # to Unicode they are brackets

# Top level domains that make a URL of a string which is no host name by the letter ("see:example.com"): the generic
# ones that are much in use, and the countries of ISO 3166 with the territories that have a domain of their own.
_GENERIC_DOMAINS = """
com org net edu gov mil int arpa info biz name pro aero asia cat coop jobs mobi museum post tel travel xxx
app blog cloud club dev live news online page shop site space store tech top wiki xyz
"""
_COUNTRY_DOMAINS = """
ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch
ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm
gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz
la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl
no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr
ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug us uy uz va vc ve vg vi vn vu wf ws ye yt za zm
zw ac eu su uk
"""
_DOMAINS = frozenset(f"{_GENERIC_DOMAINS} {_COUNTRY_DOMAINS}".split())
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+").match

_SIGNS = frozenset("+-±~")
_NO_SEPARATORS = str.maketrans("", "", ",.")

_SHAPE_RUN = 4  # a shape repeats a character at most this often
_LONGEST_SHAPED = 100  # a string of this length or more has the shape LONG


def native(name: str) -> Callable[[Getter], Getter]:
    """Mark a getter as computed natively by the vocabulary under this name."""

    def mark(getter: Getter) -> Getter:
        getter.native = name  # type: ignore[attr-defined]  # a mark on a function
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


def _category(string: str) -> str:
    return unicodedata.category(string) if len(string) == 1 else ""


def is_bracket(string: str) -> bool:
    """One bracket of any kind, or an angle of ASCII."""
    return string in ("<", ">") or (_category(string) in ("Ps", "Pe") and string not in _LOW_QUOTES)


def is_quote(string: str) -> bool:
    """A quotation mark, single, double, or double of two single ones."""
    if string in _STRAIGHT_QUOTES or string in _LOW_QUOTES or string in _QUOTES_OF_TWO:
        return True
    return string in ("`", "❮", "❯") or _category(string) in ("Pi", "Pf")


def is_left_punct(string: str) -> bool:
    """An opening bracket or quotation mark; a straight one is opening and closing."""
    return string in ("<", "``") or string in _STRAIGHT_QUOTES or _category(string) in ("Ps", "Pi")


def is_right_punct(string: str) -> bool:
    """A closing bracket or quotation mark; a straight one is opening and closing."""
    return string in (">", "''") or string in _STRAIGHT_QUOTES or _category(string) in ("Pe", "Pf")


def is_currency(string: str) -> bool:
    """Only currency signs (Unicode category Sc)."""
    return all(unicodedata.category(char) == "Sc" for char in string)


def without_number_marks(string: str) -> str:
    """The string without a sign in front and without full stops and commas: "-1,000.5" is "10005"."""
    return (string[1:] if string[0] in _SIGNS else string).translate(_NO_SEPARATORS)


def like_num(string: str) -> bool:
    """A number in digits ("10,000", "-1.5") or a fraction of two ("3/4"). Languages add number words."""
    parts = without_number_marks(string).split("/")
    return len(parts) <= 2 and all(map(str.isdigit, parts))


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
    if "." not in string[:-2]:  # before the two letters that a host ends in
        return False
    from tagma.lang.tokenizer_exceptions import URL_MATCH  # compiled when it is first needed

    return bool(URL_MATCH(string))


def is_stop(string: str, stops: AbstractSet[str] = frozenset()) -> bool:
    """A stop word, whatever its case."""
    return string.lower() in stops


def get_lang(text: str, lang: str = "") -> str:
    """The language code, the same for every word of a vocabulary."""
    return lang


_FLAGS: list[Getter] = [
    *(is_alpha, is_ascii, is_digit, is_lower, is_punct, is_space, is_title, is_upper, is_stop),
    *(is_bracket, is_quote, is_left_punct, is_right_punct, is_currency),
    *(like_url, like_num, like_email),
]
LEX_ATTRS: dict[int, Getter] = {
    **{attrs.IDS[flag.__name__.upper()]: flag for flag in _FLAGS},
    attrs.LOWER: lower,
    attrs.NORM: lower,
    attrs.SHAPE: word_shape,
    attrs.PREFIX: prefix,
    attrs.SUFFIX: suffix,
}
