"""Shim: the part of a node that holds a model of another framework; and the step of any optimizer."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["Shim", "update_params"]


def update_params(optimizer: Any, params: list[tuple[Any, Any, Any]]) -> list[tuple[Any, Any]]:
    """What an optimizer makes of (key, value, gradient): (value, gradient) of each, in one run where it can do that."""
    if hasattr(optimizer, "update_many"):
        updated: list[tuple[Any, Any]] = optimizer.update_many(params)
        return updated
    return [optimizer(*param) for param in params]


class Shim:
    """Subclass it to wrap a model that has its own parameters: forward, update, device and bytes are up to you."""

    # Ids of nodes are counted from 1: an optimizer meets both, as (id, name), and must keep them apart.
    global_id: ClassVar[int] = 1 << 32
    global_id_lock: ClassVar[threading.Lock] = threading.Lock()

    cfg: dict[str, Any]

    def __init__(self, model: Any, config: dict[str, Any] | None = None, optimizer: Any = None) -> None:
        self.id: int = self._next_id()
        self.cfg = dict(config) if config is not None else {}
        self._model = model
        self._optimizer = optimizer

    @staticmethod
    def _next_id() -> int:
        with Shim.global_id_lock:
            Shim.global_id += 1
            return Shim.global_id

    def __call__(self, inputs: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop)."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(inputs, is_train)")

    def predict(self, fwd_args: Any) -> Any:
        """The output alone, not for training."""
        return self(fwd_args, is_train=False)[0]

    def begin_update(self, fwd_args: Any) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop) for training."""
        return self(fwd_args, is_train=True)

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change the parameters."""
        raise NotImplementedError(f"{type(self).__name__} must define finish_update(optimizer)")

    @contextmanager
    def use_params(self, params: Any) -> Iterator[None]:
        """Use other parameters within a `with` block; the base class has none."""
        yield

    def copy(self) -> Shim:
        """A deep copy with an id of its own."""
        twin = copy.deepcopy(self)
        twin.id = self._next_id()
        return twin

    def remember(self) -> Callable[[], None]:
        """A function that brings the present state back, for when another shim of the same model fails to load."""
        state = copy.deepcopy(vars(self))

        def bring_back() -> None:
            vars(self).clear()
            vars(self).update(state)

        return bring_back

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the model to "cpu" or to GPU number `device_id`."""
        raise NotImplementedError(f"{type(self).__name__} must define to_device(device_type, device_id)")

    def to_disk(self, path: Path | str) -> None:
        """Write `to_bytes` to a file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: Path | str) -> Shim:
        """Load what `to_disk` wrote."""
        return self.from_bytes(Path(path).read_bytes())

    def to_bytes(self) -> bytes:
        """The state as bytes."""
        raise NotImplementedError(f"{type(self).__name__} must define to_bytes()")

    def from_bytes(self, data: bytes) -> Shim:
        """Load the state."""
        raise NotImplementedError(f"{type(self).__name__} must define from_bytes(data)")
