# Written by scripts/door_stubs.py; do not edit.
from tagma.gold.alignment import Alignment as Alignment
from tagma.gold.alignment import AlignmentArray as AlignmentArray
from tagma.gold.alignment import get_alignments as get_alignments

__all__ = ["Alignment", "AlignmentArray", "get_alignments"]
