"""Listener: what the places have in common where the output of a shared network comes into that of a component.

In training the upstream component runs once per batch and hands each listener its outputs, with a callback that takes
the listener's gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from tagma.errors import Errors
from tagma.nn import Model
from tagma.tokens.columns import gather

if TYPE_CHECKING:
    from tagma.tokens import Doc

Backprop = Callable[[Any], Any]
OutT = TypeVar("OutT")
ListenerT = TypeVar("ListenerT", bound="Listener[Any]")


class _Batch(NamedTuple):
    """What the upstream component hands its listeners."""

    id: int
    outputs: Any
    backprop: Backprop | None


class Listener(Model["list[Doc]", OutT]):
    """The state of the current batch, in a node.

    upstream_name    Name of the component to listen to; "*" takes any of the kind.
    """

    upstream_name: str
    _batch: _Batch | None

    def _listen_to(self, upstream_name: str) -> None:
        self.upstream_name = upstream_name
        self._batch = None

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
        """Take a batch from upstream: its id, what is said of its docs, and what to call with the gradient of that."""
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

    def take(self, inputs: Sequence[Doc]) -> tuple[Any, Backprop] | None:
        """Outputs of the batch that was received, and backprop; None if there is no batch. Raises ValueError E953."""
        received = self._batch
        if received is None:
            return None
        self.verify_inputs(inputs)

        def backprop(dY: Any) -> Any:
            # Done with: a later update without the upstream component must not find it.
            if self._batch is received:
                self._batch = None
            return (received.backprop or no_gradient)(dY)

        return received.outputs, backprop


def listeners_in(model: Any, upstream_name: str, kind: type[ListenerT]) -> Iterator[ListenerT]:
    """The listeners of a kind in a network that listen to the component of this name, or to any; none in what is no
    network."""
    for node in model.walk() if isinstance(model, Model) else ():
        if isinstance(node, kind) and node.upstream_name in ("*", upstream_name):
            yield node


def no_gradient(dY: Any) -> list[Any]:
    """Backprop of what came from annotation."""
    return []
