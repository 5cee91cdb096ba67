"""Compiled passes that run several nodes at once; what `nn.fusion` is made of. Their loops are in `_kernels.pyx`."""

from ._kernels import BlockPass, TablesPass, Twister, collect_rows, expand_rows, unique_rows

__all__ = ["BlockPass", "TablesPass", "Twister", "collect_rows", "expand_rows", "unique_rows"]
