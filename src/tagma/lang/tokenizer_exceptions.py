"""Special cases of every language (white space, initials, emoticons), and what counts as a URL.

A special case maps the text of a chunk to its tokens, each a map of attributes: {ORTH: ...}, if need be {NORM: ...}.
"""

import re
from collections.abc import Iterable
from string import ascii_lowercase

from tagma.attrs import ORTH
from tagma.lang.char_classes import ALPHA_LOWER, LIST_UNITS
from tagma.lang.emoticons import EMOTICONS

SpecialCases = dict[str, list[dict[int, str]]]


def _url_pattern() -> str:
    """A URL, host name or mail address that fills the whole chunk.

    [scheme://] [user@] host [:port] [/path, ?query or #fragment]. The host is an IPv4 address, or labels of at most 63
    letters, digits, hyphens and underscores (RFC 1035, with the letters of RFC 5890) that end in a top level name in
    small letters: "end.Start" is no host.
    """
    label = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
    name = rf"(?:{label}\.)+[{ALPHA_LOWER}]{{2,63}}"
    octet = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    address = rf"(?:{octet}\.){{3}}{octet}"
    return rf"^(?:[A-Za-z][\w+.\-]+://)?(?:\S+@)?(?:{address}|{name})(?::[0-9]{{1,5}})?(?:[/?#]\S*)?$"


URL_PATTERN = _url_pattern()
URL_MATCH = re.compile(URL_PATTERN).match

emoticons: set[str] = set(EMOTICONS)

_WHITE_SPACE = [" ", "\t", "\n", "\u00a0"]
_QUOTES_OF_TWO = ["''", "’’", "``", "‘‘"]  # as LaTeX and the Penn Treebank write them


def whole(texts: Iterable[str]) -> SpecialCases:
    """Special cases that keep each text as one token."""
    return {text: [{ORTH: text}] for text in texts}


# Small initials and marks of lists. Units are none: "5m." ends a sentence. Capitals are left whole by the rules.
_INITIALS = [f"{letter}." for letter in ascii_lowercase if letter not in LIST_UNITS]

# A temperature that ends a sentence, with a space before its unit: the full stop is no part of the unit.
_DEGREES: SpecialCases = {f"{unit}.": [{ORTH: "°"}, {ORTH: unit[1]}, {ORTH: "."}] for unit in ("°C", "°F")}

BASE_EXCEPTIONS: SpecialCases = {
    **whole([*_WHITE_SPACE, *_QUOTES_OF_TWO, *_INITIALS, *sorted(EMOTICONS)]),
    **_DEGREES,
}
