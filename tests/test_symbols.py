"""Fixed ids: those of the exchange formats, the same for Python and for compiled code."""

import itertools
import re
from pathlib import Path

import pytest

import tagma
from tagma import symbols

PXD = Path(tagma.__file__).parent / "symbols.pxd"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("IS_ALPHA", 1),
        ("ADJ", 84),
        ("NOUN", 92),
        ("SPACE", 103),
        ("PERSON", 380),
        ("LAW", 390),
        ("acl", 451),
        ("_", 456),
    ],
)
def test_ids(name: str, key: int) -> None:
    """Symbols have spaCy's ids, dense from 0, as entries and as constants."""
    assert symbols.IDS[name] == getattr(symbols, name) == key
    assert symbols.NAMES[key] == name
    assert list(symbols.IDS.values()) == list(range(457))


def test_the_enum_of_compiled_code_is_the_table() -> None:
    """symbols.pxd gives each name its id, and leaves out none but those that are no longer in use."""
    body = re.sub("#.*", "", PXD.read_text().partition("cdef enum:")[2])
    declared: dict[str, int] = {}
    counter = itertools.count()
    for name, first in re.findall(r"(\w+)(?: = (\d+))?", body):
        counter = itertools.count(int(first)) if first else counter
        declared[name] = next(counter)
    in_use = {name: i for name, i in symbols.IDS.items() if name and not name.startswith("DEPRECATED")}
    assert declared == in_use
