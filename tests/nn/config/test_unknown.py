"""The error about a name that no registry has."""

from __future__ import annotations

import pickle

import catalogue
import pytest

from tagma.nn.config.unknown import UnknownNameError


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
    assert isinstance(error, catalogue.RegistryError)
    assert str(error) == text == str(pickle.loads(pickle.dumps(error)))
    assert text.startswith(error.short)
    assert "There are" not in error.short
