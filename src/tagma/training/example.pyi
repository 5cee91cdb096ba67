# Written by scripts/door_stubs.py; do not edit.
from tagma.gold.example import Example as Example
from tagma.gold.example import validate_distillation_examples as validate_distillation_examples
from tagma.gold.example import validate_examples as validate_examples
from tagma.gold.example import validate_get_examples as validate_get_examples

__all__ = ["Example", "validate_distillation_examples", "validate_examples", "validate_get_examples"]
