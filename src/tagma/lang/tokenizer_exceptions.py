"""Special cases of every language (white space, initials, emoticons), and what counts as a URL.

A special case maps the text of a chunk to its tokens, each a map of attributes: {ORTH: ...}, if need be {NORM: ...}.
"""

import re
from collections.abc import Iterable
from string import ascii_lowercase

from tagma.attrs import NORM, ORTH
from tagma.lang.char_classes import ALPHA_LOWER

SpecialCases = dict[str, list[dict[int, str]]]


def _url_pattern() -> str:
    """A URL, host name or mail address that fills the whole chunk.

    [scheme://] [user@] host [:port] [/path, ?query or #fragment], where host is a public IPv4 address, or dotted labels
    of at most 64 letters, digits, hyphens and underscores that end in a lower case top level name: "end.Start" is no
    host. Addresses of private networks (RFC 1918), loopback and link-local ones do not count.
    """
    letter = "A-Za-z0-9\u00a1-\uffff"
    label = rf"[{letter}](?:[{letter}_-]{{0,62}}[{letter}])?"
    name = rf"(?:{label}\.)+[{ALPHA_LOWER}]{{2,63}}"
    private = r"(?:(?:10|127)\.\d{1,3}|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}"
    first = r"(?:22[0-3]|2[01]\d|1\d\d|[1-9]\d?)"
    middle = r"\.(?:25[0-5]|2[0-4]\d|1?\d{1,2})"
    last = r"\.(?:25[0-4]|2[0-4]\d|1\d\d|[1-9]\d?)"
    address = rf"(?!{private}){first}(?:{middle}){{2}}{last}"
    return rf"^(?:[\w+.\-]{{2,}}://)?(?:\S+@)?(?:{address}|{name})(?::\d{{2,5}})?(?:[/?#]\S*)?$"


URL_PATTERN = _url_pattern()
URL_MATCH = re.compile(URL_PATTERN).match

_WHITE_SPACE = [" ", "\t", "\\t", "\n", "\\n"]
_MARKS = ["—", "'", '\\")', "<space>", "''", "C++"]
_INITIALS = [f"{letter}." for letter in (*ascii_lowercase, "ä", "ö", "ü")]

# Faces, by how they look; the reversed ones are written out because not every face has one.
_WESTERN_FACES = r"""
:) :-) :)) :-)) :))) :-))) (: (-: :') :'-) =) (= :] :-] [: [-: =] [= ]= :} :-} :> :-> :o) (o: ;) ;-) (; (-; :3 :-3 =3
8) 8-) (-8 8D 8-D :D :-D =D ;D ;-D xD xDD XD XDD
:( :-( :(( :-(( :((( :-((( ): )-: :'( :'-( :() =( =[ >:( >:o :/ :-/ =/ :| :-| =| :x :-x :X :-X :* :-*
:p :-p :P :-P :o :-o :O :-O :0 :-0 :1
<3 <33 <333 </3 ><(((*>
"""
_EASTERN_FACES = r"""
^_^ ^__^ ^___^ -_- -__- ._. >.< >.> <.< o_o o_0 o_O o.o o.0 o.O O_O O_o O.O O.o 0_0 0_o 0.0 0.o v_v v.v V_V V.V @_@ ;_;
ಠ_ಠ (ಠ_ಠ) ಠ︵ಠ (^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ¯\(ツ)/¯ (╯°□°）╯︵┻━┻
"""
emoticons: set[str] = {*_WESTERN_FACES.split(), *_EASTERN_FACES.split()}


def whole(texts: Iterable[str]) -> SpecialCases:
    """Special cases that keep each text as one token."""
    return {text: [{ORTH: text}] for text in texts}


# A temperature at the end of a sentence: the full stop is no part of the unit.
_DEGREES: SpecialCases = {f"°{unit}.": [{ORTH: "°"}, {ORTH: unit}, {ORTH: "."}] for unit in "cfkCFK"}

BASE_EXCEPTIONS: SpecialCases = {
    **whole([*_WHITE_SPACE, *_MARKS, *_INITIALS, *sorted(emoticons)]),
    "\u00a0": [{ORTH: "\u00a0", NORM: "  "}],
    **_DEGREES,
}
