"""Failures as one screen: which of them say it all. How each command fails is tested with the command."""

import pytest

import tagma
from tagma.cli._failures import is_our_own
from tagma.tokens.matrix import docs_from_matrix
from tagma.util.paths import read_json_lines, read_text


def test_messages_of_our_own() -> None:
    """What a `raise` of this library says is told from what another library says inside a function of ours."""
    kinds = []
    for fail in (
        lambda: list(read_json_lines(__file__)),
        lambda: read_text("/nowhere/at/all"),
        lambda: tagma.blank("qq"),
        lambda: int("x"),
        lambda: docs_from_matrix(None, [], [], []),  # type: ignore[arg-type]
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - of any kind
            fail()
        kinds.append(is_our_own(caught.value))
    assert kinds == [True, False, True, False, False]
