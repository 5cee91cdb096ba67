"""Which name may have been meant, and errors that can be asked for their code."""

from __future__ import annotations

import pickle

import pytest

from tagma.errors import Errors
from tagma.nn.config.names import RegistryError, UnknownNameError, code_of, suggest


def test_suggest() -> None:
    """The nearest names are offered, or nothing."""
    assert suggest("widht", ["width", "depth"]) == "; did you mean 'width'?"
    assert suggest("x", ["width"]) == ""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            UnknownNameError("layer 'Mihs'", "Mihs", ["Relu", "Mish"], "E893"),
            "[E893] No layer 'Mihs'; did you mean 'Mish'? There are: Mish, Relu",
        ),
        (UnknownNameError("layer 'x'", "x", []), "No layer 'x'. There are: none"),
    ],
)
def test_unknown_names(error: UnknownNameError, text: str) -> None:
    """The message has what was asked for, the nearest names and all of them; the short one leaves these out."""
    assert isinstance(error, RegistryError)
    assert str(error) == text == str(pickle.loads(pickle.dumps(error)))
    assert text.startswith(error.short)
    assert "There are" not in error.short


def test_code_of() -> None:
    """An error has the code of the message it was made from, or its own; others have none."""
    assert code_of(ValueError(Errors.E150.format(nlp=1, vocab=2))) == "E150"
    assert code_of(UnknownNameError("layer 'x'", "x", [], "E893")) == "E893"
    assert code_of(ValueError("[E150] written by hand")) is None
    assert code_of(ValueError()) is None
