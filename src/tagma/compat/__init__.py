"""The import alias, and the names that `spacy.compat` has.

import tagma.compat
tagma.compat.install()
from spacy.tokens import Doc       # tagma.tokens.Doc
from thinc.api import Model        # tagma.nn.api.Model
"""

import copyreg as copy_reg
import pickle
import sys
from importlib import metadata as importlib_metadata
from typing import Any, Literal, Protocol, runtime_checkable

from tagma.compat._alias import PEERS, install, is_installed, uninstall

__all__ = [
    "CudaStream",
    "Literal",
    "Optimizer",
    "PEERS",
    "Protocol",
    "copy_array",
    "copy_reg",
    "cupy",
    "importlib_metadata",
    "install",
    "is_installed",
    "is_linux",
    "is_osx",
    "is_windows",
    "pickle",
    "runtime_checkable",
    "uninstall",
]

is_windows: bool = sys.platform.startswith("win")
is_linux: bool = sys.platform.startswith("linux")
is_osx: bool = sys.platform == "darwin"


def __getattr__(name: str) -> Any:
    """`Optimizer`, `copy_array`, and `cupy` and `CudaStream`, which are None where CuPy is not installed."""
    if name == "Optimizer":
        from tagma.nn.optimizers import Optimizer

        return Optimizer
    if name == "copy_array":
        from tagma.nn.util import copy_array

        return copy_array
    if name in ("cupy", "CudaStream"):
        try:
            import cupy
        except ImportError:
            return None
        return cupy if name == "cupy" else cupy.cuda.Stream
    raise AttributeError(f"module 'tagma.compat' has no attribute {name!r}")
