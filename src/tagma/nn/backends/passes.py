"""Compiled passes that run several nodes at once; what `nn.fusion` is made of. Their loops are in `_kernels.pyx`."""

from ._kernels import (
    BlockPass,
    Panels,
    TablesPass,
    Twister,
    Watch,
    collect_rows,
    encode_words,
    expand_rows,
    find_rows,
    keep_rows,
    pieces_of,
    unique_rows,
)

__all__ = [
    "BlockPass",
    "Panels",
    "TablesPass",
    "Twister",
    "Watch",
    "collect_rows",
    "encode_words",
    "expand_rows",
    "find_rows",
    "keep_rows",
    "pieces_of",
    "unique_rows",
]
