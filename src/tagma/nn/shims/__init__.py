"""Wrappers around models of other frameworks: `shim` says what each must do.

Knows no model of ours: a node holds shims, and tells them to update, move and save themselves.
"""

from .shim import Shim

__all__ = ["Shim"]
