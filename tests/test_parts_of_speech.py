"""The ids of the parts of speech are those of the exchange formats."""

from __future__ import annotations

from tagma import parts_of_speech
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


def test_constants() -> None:
    """Each part of speech is a constant of the module; NO_TAG is none."""
    assert (parts_of_speech.ADJ, parts_of_speech.NOUN, parts_of_speech.SPACE, parts_of_speech.NO_TAG) == (
        84,
        92,
        103,
        0,
    )
    assert all(getattr(parts_of_speech, name) == i for name, i in IDS.items() if name)
