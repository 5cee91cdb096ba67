"""The pause of the garbage collector."""

from __future__ import annotations

import gc

import pytest

from tagma.util.collector import collector_paused


def _fail(found: list[bool]) -> None:
    found.append(gc.isenabled())
    raise KeyError


def test_pause() -> None:
    """It is off inside and on afterwards, also after an error."""
    found: list[bool] = []
    assert gc.isenabled()
    with pytest.raises(KeyError), collector_paused():
        _fail(found)
    assert found == [False]
    assert gc.isenabled()


def test_one_that_is_off_stays_off() -> None:
    """Who has switched it off finds it so."""
    gc.disable()
    try:
        with collector_paused(), collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
