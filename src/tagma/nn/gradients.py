"""Arrays to add gradients to: the stored ones, so that compiled code need not make new ones first and add them then."""

from __future__ import annotations

from typing import Any

from .model import Model

__all__ = ["gradient_arrays"]

NodeParam = tuple[Model[Any, Any], str]
"""A node and the name of one of its parameters."""


class gradient_arrays:
    """In a with-block: arrays like these parameters, C-contiguous, to add gradients to. They are the stored ones where
    these can be added to in place, else zeros, which are added when the block ends without an error.

        with gradient_arrays((model, "W"), (model, "b")) as (dW, db):
    """

    __slots__ = ("arrays", "params")

    def __init__(self, *params: NodeParam) -> None:
        self.params = params

    def __enter__(self) -> list[Any]:
        self.arrays = [_stored(node, name) for node, name in self.params]
        return self.arrays

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is None:
            for (node, name), array in zip(self.params, self.arrays, strict=True):
                if node.maybe_get_grad(name) is not array:
                    node.inc_grad(name, array)


def _stored(node: Model[Any, Any], name: str) -> Any:
    like, stored = node.get_param(name), node.maybe_get_grad(name)
    if stored is not None and stored.dtype == like.dtype and stored.shape == like.shape:
        flags: Any = stored.flags
        if flags.c_contiguous and getattr(flags, "behaved", True):
            return stored
    return node.ops.alloc(like.shape, dtype=like.dtype)
