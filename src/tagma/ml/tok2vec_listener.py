"""Tok2VecListener: the place in a component's network where the vectors of a shared tok2vec component come in.

    docs ──▶ [float32 (n_tokens, nO)]

In training the upstream component runs once per batch and hands each listener its outputs, with a callback that takes
the listener's gradient. In use it has written `doc.tensor` before, and the listener reads that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tagma.errors import Errors
from tagma.nn import Model
from tagma.nn.types import ArrayList, Floats2d
from tagma.tokens.columns import gather

if TYPE_CHECKING:
    from tagma.tokens import Doc

Backprop = Callable[[Any], Any]


class _Batch(NamedTuple):
    """What the upstream component hands its listeners."""

    id: int
    outputs: Any
    backprop: Backprop | None


class Tok2VecListener(Model["list[Doc]", "list[Floats2d]"]):
    """One node, "tok2vec-listener", with the dim nO and the state of the current batch.

    upstream_name    Name of the tok2vec component to listen to; "*" takes any.
    width            Width of its vectors.
    """

    name = "tok2vec-listener"

    def __init__(self, upstream_name: str, width: int) -> None:
        Model.__init__(self, name="tok2vec-listener", forward=forward, dims={"nO": width})
        self.upstream_name = upstream_name
        self._batch: _Batch | None = None

    def _own_state(self) -> dict[str, Any]:
        return {**super()._own_state(), "_batch": None}  # a batch is of this process and of this pipeline

    @classmethod
    def get_batch_id(cls, inputs: Sequence[Doc]) -> int:
        """A number that tells batches apart: the exact sum of all tokens' ORTH ids."""
        orths, _ = gather(inputs, ["ORTH"])
        # In halves, because the sum of 64-bit ids does not fit 64 bits.
        low = int((orths & np.uint64(0xFFFFFFFF)).sum(dtype="uint64"))
        return (int((orths >> np.uint64(32)).sum(dtype="uint64")) << 32) + low

    def receive(self, batch_id: int, outputs: Any, backprop: Backprop) -> None:
        """Take a batch from upstream: its id, the vectors of its docs, and what to call with their gradient."""
        self._batch = _Batch(batch_id, outputs, backprop)

    def verify_inputs(self, inputs: Sequence[Doc]) -> bool:
        """True if `inputs` are the docs of the batch that was received.

        Raises ValueError: E954 if no batch was received, E953 if it was another one.
        """
        received = self._batch
        if received is None:
            raise ValueError(Errors.E954)
        if (batch_id := self.get_batch_id(inputs)) == received.id:
            return True
        raise ValueError(Errors.E953.format(id1=batch_id, id2=received.id))


def listeners_in(model: Any, upstream_name: str) -> Iterator[Tok2VecListener]:
    """The listeners in a network that listen to the component of this name, or to any; none in what is no network."""
    for node in model.walk() if isinstance(model, Model) else ():
        if isinstance(node, Tok2VecListener) and node.upstream_name in ("*", upstream_name):
            yield node


def forward(model: Tok2VecListener, inputs: Sequence[Doc], is_train: bool) -> tuple[list[Floats2d], Backprop]:
    """The received outputs when training on a received batch, else the docs' tensors.

    Raises ValueError: E203 if training without a received batch on docs that have no tensor, E953 (see
    `Tok2VecListener.verify_inputs`).
    """
    received = model._batch
    if is_train and received is not None:
        model.verify_inputs(inputs)

        def backprop(dY: Any) -> Any:
            # Done with: a later update without the upstream component must not find it.
            if model._batch is received:
                model._batch = None
            return (received.backprop or _no_gradient)(dY)

        return received.outputs, backprop
    width = model.get_dim("nO")
    if is_train:
        # The upstream component only annotates (it is frozen, or comes from another pipeline): nothing to train there.
        for doc in inputs:
            if len(doc) and not len(doc.tensor):
                upstream = "tok2vec" if model.upstream_name == "*" else model.upstream_name
                raise ValueError(Errors.E203.format(name=upstream))
    return _batch_tensors(model, inputs, width), _no_gradient


def _no_gradient(dY: Any) -> list[Any]:
    return []


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
