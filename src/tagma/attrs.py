"""Ids of the token and lexeme attributes: those of `tagma.symbols`. Saved arrays and `DocBin` files depend on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagma import symbols

# Attributes of tokens; those of word forms that a lexeme looks up, CLUSTER and PROB, are none.
_NAMES = [name for name in symbols.NAMES[: symbols.IDS["LANG"] + 1] if name not in ("CLUSTER", "PROB")]
_NAMES += ["ENT_ID", "ENT_KB_ID", "MORPH", "IDX"]

IDS: dict[str, int] = {name: symbols.IDS[name] for name in _NAMES}
NAMES: list[str | None] = [None] * (max(IDS.values()) + 1)
for _name, _id in IDS.items():
    NAMES[_id] = _name
globals().update((name, i) for name, i in IDS.items() if name)
if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...


NULL_ATTR = 0
CLUSTER, PROB = symbols.CLUSTER, symbols.PROB


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
