"""Examples, under the name of the field; they stand in `tagma.gold.example`."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__, {"tagma.gold.example": "Example validate_distillation_examples validate_examples validate_get_examples"}
)
