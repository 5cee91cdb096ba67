"""Parts of a network that components ask for by name."""

from __future__ import annotations

from typing import Any, TypeVar

from tagma.nn import Model

ModelT = TypeVar("ModelT", bound=Model[Any, Any])


def with_refs(model: ModelT, **parts: Model[Any, Any]) -> ModelT:
    """The model, whose parts `get_ref` finds by these names from now on."""
    for name, part in parts.items():
        model.set_ref(name, part)
    return model
