"""Tok2VecListener: the place in a component's network where the vectors of a shared tok2vec component come in.

    docs ──▶ [float32 (n_tokens, nO)]

In training the upstream component runs once per batch and hands each listener its outputs, with a callback that takes
the listener's gradient. In use it has written `doc.tensor` before, and the listener reads that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.ml.listener import Backprop, Listener, no_gradient
from tagma.nn import Model
from tagma.nn.types import ArrayList, Floats2d

if TYPE_CHECKING:
    from tagma.tokens import Doc


class Tok2VecListener(Listener["list[Floats2d]"]):
    """One node, "tok2vec-listener", with the dim nO and the state of the current batch.

    upstream_name    Name of the tok2vec component to listen to; "*" takes any.
    width            Width of its vectors.
    """

    name = "tok2vec-listener"

    def __init__(self, upstream_name: str, width: int) -> None:
        Model.__init__(self, name="tok2vec-listener", forward=forward, dims={"nO": width})
        self._listen_to(upstream_name)


def forward(model: Tok2VecListener, inputs: Sequence[Doc], is_train: bool) -> tuple[list[Floats2d], Backprop]:
    """The received outputs when training on a received batch, else the docs' tensors.

    Raises ValueError: E203 if training without a received batch on docs that have no tensor, E953 (see
    `Tok2VecListener.verify_inputs`).
    """
    if is_train and (found := model.take(inputs)) is not None:
        return found
    width = model.get_dim("nO")
    if is_train:
        # The upstream component only annotates (it is frozen, or comes from another pipeline): nothing to train there.
        for doc in inputs:
            if len(doc) and not len(doc.tensor):
                upstream = "tok2vec" if model.upstream_name == "*" else model.upstream_name
                raise ValueError(Errors.E203.format(name=upstream))
    return _batch_tensors(model, inputs, width), no_gradient


def _batch_tensors(model: Tok2VecListener, docs: Sequence[Doc], width: int) -> list[Floats2d]:
    """The tensors of the docs as one list, without a copy if they still are the views that tok2vec made."""
    tensors = [doc.tensor for doc in docs]
    lengths = np.fromiter(map(len, docs), dtype="int32", count=len(tensors))
    flat = _shared_array(tensors, lengths, width)
    if flat is None:
        missing = [not len(tensor) for tensor in tensors]
        if any(missing):
            tensors = [
                model.ops.alloc2f(int(n), width) if empty else tensor
                for tensor, n, empty in zip(tensors, lengths, missing, strict=True)
            ]
        if any(len(tensor) != n for tensor, n in zip(tensors, lengths.tolist(), strict=True)):
            return tensors
        flat = model.ops.xp.concatenate(tensors) if tensors else model.ops.alloc2f(0, width)
    return ArrayList.from_flat(flat, lengths)


def _shared_array(tensors: Sequence[Any], lengths: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, Any] | None:
    """The array (n_tokens, width) of which the tensors are consecutive views, or None if they are not.

    Told by the views' owner and addresses; empty tensors are passed over.
    """
    full = [(tensor, int(n)) for tensor, n in zip(tensors, lengths.tolist(), strict=True) if n]
    if not full:
        return None
    first = full[0][0]
    owner = getattr(first, "base", None)
    if not isinstance(owner, np.ndarray) or not owner.flags.c_contiguous or owner.dtype != np.float32:
        return None
    row_bytes = width * 4
    origin = owner.__array_interface__["data"][0]
    start = place = first.__array_interface__["data"][0]
    for tensor, n in full:
        if tensor.base is not owner or tensor.shape != (n, width) or tensor.strides != (row_bytes, 4):
            return None
        if tensor.__array_interface__["data"][0] != place:
            return None
        place += n * row_bytes
    first_value, last_value = (start - origin) // 4, (place - origin) // 4
    return owner.reshape(-1)[first_value:last_value].reshape((-1, width))
