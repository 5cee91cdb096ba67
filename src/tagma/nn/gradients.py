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

    __slots__ = ("new", "params")

    def __init__(self, *params: NodeParam) -> None:
        self.params: tuple[NodeParam, ...] = params
        self.new: list[tuple[Model[Any, Any], str, Any]] = []

    def __enter__(self) -> list[Any]:
        arrays: list[Any] = []
        for node, name in self.params:
            like, array = node.get_param(name), node.maybe_get_grad(name)
            if array is None or node._params.proxy is not None or not _can_be_added_to(array, like):
                array = node.ops.alloc(like.shape, dtype=like.dtype)
                self.new.append((node, name, array))
            arrays.append(array)
        return arrays

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is None:
            for node, name, array in self.new:
                node.inc_grad(name, array)


def _can_be_added_to(array: Any, like: Any) -> bool:
    return bool(array.dtype == like.dtype and array.shape == like.shape and array.flags.c_contiguous)
