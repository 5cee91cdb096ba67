"""Alignments, under the name of the field; they stand in `tagma.gold.alignment`."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(__name__, {"tagma.gold.alignment": "Alignment AlignmentArray get_alignments"})
