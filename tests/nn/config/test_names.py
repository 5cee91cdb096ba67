"""Which name may have been meant, and errors that can be asked for their code."""

from __future__ import annotations

from tagma.errors import Errors
from tagma.nn.config.names import code_of, suggest
from tagma.nn.config.unknown import UnknownNameError


def test_suggest() -> None:
    """The nearest names are offered, or nothing."""
    assert suggest("widht", ["width", "depth"]) == "; did you mean 'width'?"
    assert suggest("x", ["width"]) == ""


def test_code_of() -> None:
    """An error has the code of the message it was made from, or its own; others have none."""
    assert code_of(ValueError(Errors.E150.format(nlp=1, vocab=2))) == "E150"
    assert code_of(UnknownNameError("layer 'x'", "x", [], "E893")) == "E893"
    assert code_of(ValueError("[E150] written by hand")) is None
    assert code_of(ValueError()) is None
