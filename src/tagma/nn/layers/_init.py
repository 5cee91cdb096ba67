"""What init functions are made of: widths from samples and from children, then parameters."""

from __future__ import annotations

from typing import Any

from ..arrays import get_width
from ..initializers import Initializer
from ..model import Model


def take_width(dim: str, sample: Any, *nodes: Model[Any, Any]) -> None:
    """Set `dim`, in those of the nodes that have it, to the width of a sample, unless that is None.

    Raises ValueError for a node whose `dim` is set to another width.
    """
    if sample is not None:
        width = get_width(sample)
        for node in nodes:
            if node.has_dim(dim) is not False:
                node.set_dim(dim, width)


def take_dim(model: Model[Any, Any], dim: str, child: Model[Any, Any]) -> None:
    """Set `dim` of a node to that of a child, if this knows it."""
    if child.has_dim(dim):
        model.set_dim(dim, child.get_dim(dim))


def make_param(model: Model[Any, Any], name: str, initializer: Initializer) -> None:
    """Make a parameter, as long as the dims of its axes say. Raises ValueError if one of these is not set."""
    shape = tuple(axis if isinstance(axis, int) else model.get_dim(axis) for axis in model.axes[name])
    model.set_param(name, initializer(model.ops, shape))
