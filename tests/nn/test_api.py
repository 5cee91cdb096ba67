"""The doors of the room: tagma.nn, its api, and util."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tagma.nn
import tagma.nn.api
import tagma.nn.layers
import tagma.nn.util
from tagma.nn.api import NAMES


def test_both_doors_offer_the_same() -> None:
    """tagma.nn and tagma.nn.api export the same names, all of which exist."""
    assert tagma.nn.__all__ == tagma.nn.api.__all__
    for name in tagma.nn.__all__:
        assert getattr(tagma.nn, name) is getattr(tagma.nn.api, name)


def test_importing_the_room_imports_no_layer() -> None:
    """Importing tagma.nn reads no file but the table of names; asking for a name reads what that needs."""
    code = (
        "import sys, tagma.nn as nn; names = ('tagma.nn.model', 'tagma.nn.layers')\n"
        "print([name in sys.modules for name in names]); nn.Model; print([name in sys.modules for name in names])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "[False, False]\n[True, False]\n"


def test_every_public_layer_is_in_the_api() -> None:
    """What layer files list is offered by the api, but for two forms of one layer that only type checkers need."""
    offered = set(NAMES["tagma.nn.layers"].split())
    assert offered ^ set(tagma.nn.layers.__all__) == {"floats_getitem", "ints_getitem"}


@pytest.mark.parametrize("name", tagma.nn.util.__all__)
def test_names_of_util(name: str) -> None:
    """Every name of the old drawer is found in the file of its subject."""
    assert getattr(tagma.nn.util, name) is not None
