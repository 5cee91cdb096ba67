"""The ids of the parts of speech are those of the exchange formats."""

from __future__ import annotations

from tagma.parts_of_speech import IDS, NAMES


def test_ids() -> None:
    """Ids and names are inverse, and have the values that files contain."""
    assert {name: IDS[name] for name in ("", "ADJ", "NOUN", "VERB", "X", "SPACE")} == {
        "": 0,
        "ADJ": 84,
        "NOUN": 92,
        "VERB": 100,
        "X": 101,
        "SPACE": 103,
    }
    assert {NAMES[value]: value for value in NAMES} == IDS
    assert len(IDS) == 21
