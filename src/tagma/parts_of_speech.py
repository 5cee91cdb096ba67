"""Coarse parts of speech: the universal tags, and two of spaCy's own, by name and id. "" is none, with id 0.

The ids are a block of those in `tagma.symbols`; they stand in files.
"""

from __future__ import annotations

from tagma import symbols

_NAMES = [
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CONJ",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "SYM",
    "VERB",
    "X",
    "EOL",
    "SPACE",
]

IDS: dict[str, int] = {"": 0, **{name: symbols.IDS[name] for name in _NAMES}}
NAMES: dict[int, str] = {value: name for name, value in IDS.items()}
