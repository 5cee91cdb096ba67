"""`AlignmentArray`, under the name that spaCy gives its module."""

from tagma.training.alignment import AlignmentArray

__all__ = ["AlignmentArray"]
