"""Coarse parts of speech: the universal tags, and two of spaCy's own, by name and id. "" is none, with id 0.

The ids are a block of those in `tagma.symbols`; they stand in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagma import symbols

NO_TAG = 0
NAMES: dict[int, str] = {NO_TAG: "", **{i: symbols.NAMES[i] for i in range(symbols.ADJ, symbols.SPACE + 1)}}
IDS: dict[str, int] = {name: i for i, name in NAMES.items()}
globals().update((name, i) for name, i in IDS.items() if name)
if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...
