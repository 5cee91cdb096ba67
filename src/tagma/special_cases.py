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
    cases = dict(base_exceptions)
    for table in addition_dicts:
        for chunk, pieces in table.items():
            orths = [_orth(piece) for piece in pieces]
            if not all(isinstance(orth, str) for orth in orths):
                raise ValueError(Errors.E055.format(key=chunk, orths=pieces))
            if "".join(orths) != chunk:
                raise ValueError(Errors.E056.format(key=chunk, orths="".join(orths)))
        cases.update(table)
    return expand_exc(cases, "'", "’")


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
