r"""Emoticons, put together from what faces are made of.

A face that is more often something else is left out: "8)" and "x)" end items of a list, "):" ends a bracket, "D:" and
"p:" begin a line, "=p" and "0.0" are formulas and numbers. Faces that no rule splits ("^_^", "T_T", "¯\_(ツ)_/¯") need
no special case, but are in the list: it says what an emoticon is.
"""

from collections.abc import Iterator
from itertools import product

_GLAD, _SAD = [")", "]", "}", "D", "3"], ["(", "[", "{"]
_PLAYFUL = ["p", "P", "o", "O", "x", "X", "*", "/", "\\", "|"]
_MOST_MOUTHS = 4  # ":))))"

_LOOKS = ["8-)", "8-D", "B-)", "xD", "XD", "xDD", "XDD", "x-D", "X-D", "X-(", "D-:", ":->", "<3", "</3", "<\\3"]
_TURNED_ROUND = ["(:", "(-:", "(':", "(;", "(-;", "(=", ")-:", ")':"]

_EYES = ["^", "-", "o", "O", "0", "T", "u", "U", "n", "v", "V", "x", "X", "@", "*", ";", "¬", "ಠ", "°", "•", "="]
_OPEN_EYES = ["o", "O", "0"]
_PIERCING_EYES = [(">", "<"), (">", ">"), ("<", "<")]
_STARING_EYES = [("^", "^"), ("-", "-"), (".", ".")]
_UPRIGHT = ["¯\\_(ツ)_/¯", "(╯°□°)╯︵┻━┻", "(ノ°益°)ノ", "ʕ•ᴥ•ʔ", "♥‿♥", "\\o/", "><>", "<><"]


def _sideways() -> Iterator[str]:
    """Faces that lie on their left side: eyes, perhaps a nose, a mouth."""
    for nose, mouth in product(["", "-"], [*_GLAD, *_SAD, *_PLAYFUL]):
        yield f":{nose}{mouth}"
    for nose, mouth in product(["", "-"], [")", "]", "}", "D", "(", "p", "P", "*"]):
        yield f";{nose}{mouth}"
    for eyes, nose, mouth in product([":'", "="], ["", "-"], [")", "]", "D", "(", "["]):
        yield eyes + nose + mouth
    for nose, mouth in product(["o", "^"], [")", "(", "D"]):
        yield f":{nose}{mouth}"
    for brows, nose, mouth in product([">", "}", "0", "O"], ["", "-"], [")", "("]):
        yield f"{brows}:{nose}{mouth}"
    for eyes, mouth, times in product([":", ":-", "=", ";", ";-"], [")", "("], range(2, _MOST_MOUTHS + 1)):
        yield eyes + mouth * times


def _upright() -> Iterator[str]:
    """Faces that stand: eyes on both sides of a mouth, also within a round head."""
    alike = [(eye, eye) for eye in _EYES]
    unequal = [(left, right) for left, right in product(_OPEN_EYES, _OPEN_EYES) if left != right]
    for (left, right), mouth in product([*alike, *unequal, *_PIERCING_EYES], ["_", "__", "___"]):
        yield left + mouth + right
    for left, right in [*_PIERCING_EYES, *_STARING_EYES]:
        yield f"{left}.{right}"
    for left, right in [*alike, *_PIERCING_EYES]:
        yield f"({left}_{right})"
    yield "._."
    yield "(._.)"


EMOTICONS: frozenset[str] = frozenset([*_sideways(), *_upright(), *_LOOKS, *_TURNED_ROUND, *_UPRIGHT])
