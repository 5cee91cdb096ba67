# Written by scripts/door_stubs.py; do not edit.
from tagma.vectors.base import BaseVectors as BaseVectors
from tagma.vectors.base import Mode as Mode
from tagma.vectors.table import Vectors as Vectors
from tagma.vectors.table import create_mode_vectors as create_mode_vectors

__all__ = ["BaseVectors", "Mode", "Vectors", "create_mode_vectors"]
