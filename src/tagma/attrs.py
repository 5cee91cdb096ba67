"""Ids of the token and lexeme attributes, as spaCy numbers them: saved arrays and `DocBin` files depend on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

_FLAGS = [
    "IS_ALPHA",
    "IS_ASCII",
    "IS_DIGIT",
    "IS_LOWER",
    "IS_PUNCT",
    "IS_SPACE",
    "IS_TITLE",
    "IS_UPPER",
    "LIKE_URL",
    "LIKE_NUM",
    "LIKE_EMAIL",
    "IS_STOP",
    "IS_OOV_DEPRECATED",
    "IS_BRACKET",
    "IS_QUOTE",
    "IS_LEFT_PUNCT",
    "IS_RIGHT_PUNCT",
    "IS_CURRENCY",
]
_FLAGS += [f"FLAG{i}" for i in range(19, 64)]
_LEXICAL = ["ID", "ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LENGTH"]

IDS: dict[str, int] = {"": 0}
IDS.update((name, i) for i, name in enumerate(_FLAGS + _LEXICAL, 1))
IDS.update(
    LEMMA=73,
    POS=74,
    TAG=75,
    DEP=76,
    ENT_IOB=77,
    ENT_TYPE=78,
    ENT_ID=454,
    ENT_KB_ID=452,
    HEAD=79,
    SENT_START=80,
    SPACY=81,
    LANG=83,
    MORPH=453,
    IDX=455,
)
NAMES: list[str | None] = [None] * (max(IDS.values()) + 1)
for _name, _id in IDS.items():
    NAMES[_id] = _name
globals().update((name, i) for name, i in IDS.items() if name)
if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...


NULL_ATTR = 0
# Columns of the lexeme table; everything else belongs to a token.
CLUSTER, PROB = 72, 82


def intify_attr(name: str | int) -> int | None:
    """Id of an attribute named in any case (`SENT_START` also as `is_sent_start`); ints pass, unknown ones are None."""
    if isinstance(name, int):
        return name
    upper = name.upper()
    return IDS.get("SENT_START" if upper == "IS_SENT_START" else upper)


def unknown_attr(name: Any) -> KeyError:
    """The error E983 for a name that is no attribute, with the nearest one, or else with all that have a meaning."""
    from tagma.errors import Errors
    from tagma.nn.config import suggest

    known = sorted(key for key in IDS if key and not key.startswith("FLAG"))
    near = suggest(str(name).upper(), known)
    text = Errors.E983.format(dict="attrs", key=name, keys=", ".join(known))
    return KeyError(text.rpartition("; ")[0] + near if near else text)


def intify_attrs(
    stringy_attrs: Mapping[Any, Any], strings_map: Any = None, _do_deprecated: bool = False
) -> dict[int, Any]:
    """Turn names into ids and, with a `StringStore`, text values into keys. Unknown names are left out.

    With `_do_deprecated`, features of the old tag maps (`morph` given feature by feature) are refused with the rest.
    """
    out = {}
    for name, value in stringy_attrs.items():
        attr = intify_attr(name)
        if attr is None:
            continue
        if strings_map is not None and isinstance(value, str):
            value = strings_map.add(value)
        out[attr] = value
    return out
