# Written by scripts/door_stubs.py; do not edit.
from tagma.gold.alignment import AlignmentArray as AlignmentArray

__all__ = ["AlignmentArray"]
