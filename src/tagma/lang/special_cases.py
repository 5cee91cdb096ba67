"""Tables of tokenizer exceptions: {chunk: [{ORTH: ..., NORM: ...}, ...]}."""

from __future__ import annotations

from typing import Any

from tagma.attrs import ORTH
from tagma.errors import Errors

__all__ = ["expand_exc", "update_exc"]

SpecialCases = dict[str, list[dict[Any, Any]]]


def update_exc(base_exceptions: SpecialCases, *addition_dicts: SpecialCases) -> SpecialCases:
    """All tables in one, later ones win; chunks with ' are added with ’ too.

    Raises ValueError: E055 an ORTH that is no text, E056 pieces that do not spell the chunk.
    """
    added = [entry for table in addition_dicts for entry in table.items()]
    for chunk, pieces in added:
        _check_spelling(chunk, pieces)
    return expand_exc(dict([*base_exceptions.items(), *added]), "'", "’")


def _check_spelling(chunk: str, pieces: list[dict[Any, Any]]) -> None:
    try:
        spelled = "".join(map(_orth, pieces))
    except TypeError:
        raise ValueError(Errors.E055.format(key=chunk, orths=pieces)) from None
    if spelled != chunk:
        raise ValueError(Errors.E056.format(key=chunk, orths=spelled))


def expand_exc(excs: SpecialCases, search: str, replace: str) -> SpecialCases:
    """The table and, for each chunk that holds `search`, its copy with `replace` instead, in ORTH too."""
    cases = dict(excs)
    for chunk, pieces in excs.items():
        if search in chunk:
            cases[chunk.replace(search, replace)] = [
                {key: value.replace(search, replace) if key in (ORTH, "ORTH") else value for key, value in p.items()}
                for p in pieces
            ]
    return cases


def _orth(piece: dict[Any, Any]) -> Any:
    return piece.get(ORTH, piece.get("ORTH"))
