"""Ctrl-C, and a request to end from outside (SIGTERM), while a pipeline is trained."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

__all__ = ["Interrupts", "Terminated", "TrainingInterrupted", "raise_terminated", "signal_of"]


class Terminated(KeyboardInterrupt):
    """A request to end came from outside (SIGTERM)."""

    number = signal.SIGTERM


class TrainingInterrupted(KeyboardInterrupt):
    """Training was interrupted.

    saved         where the pipeline is as it was then; None if nothing was saved
    can_resume    whether the run can be gone on with
    number        the signal that interrupted it
    """

    def __init__(self, saved: Path | None, *, can_resume: bool, number: int = signal.SIGINT) -> None:
        super().__init__("training was interrupted")
        self.saved = saved
        self.can_resume = can_resume
        self.number = number


def signal_of(interrupt: KeyboardInterrupt) -> int:
    """The signal that raised it: SIGTERM where it says so, else SIGINT."""
    return int(getattr(interrupt, "number", signal.SIGINT))


def raise_terminated(number: int, frame: FrameType | None) -> NoReturn:
    """Handler of SIGTERM that ends a program as Ctrl-C does, so that what is half done can be cleared away."""
    raise Terminated


# Handlers that `Interrupts` takes the place of: those that a program has unless it sets its own.
USUAL: dict[int, tuple[Any, ...]] = {
    signal.SIGINT: (signal.default_int_handler,),
    signal.SIGTERM: (signal.SIG_DFL, raise_terminated),
}


class Interrupts:
    """While entered, the first SIGINT raises KeyboardInterrupt, or SIGTERM Terminated, but not in a block `held`.

    Those that come later, or after `end`, do nothing, so that what is saved then is saved whole. Handlers that a
    program has set itself stay, and in threads other than the main one nothing changes.
    """

    def __init__(self) -> None:
        self._replaced: dict[int, Any] = {}
        self._is_held = False
        self._come: int | None = None  # the signal that came first
        self._is_over = False  # one was raised, or there is nothing left to interrupt

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number, usual in USUAL.items():
                if signal.getsignal(number) in usual:
                    self._replaced[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._replaced.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A block that no signal interrupts; one that came meanwhile is raised at its end."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._come is not None:
            self._raise()

    def end(self) -> None:
        """From here on signals do nothing: all that is left is to save."""
        self._is_over = True

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._come is None:
            self._come = number
        if not self._is_held:
            self._raise()

    def _raise(self) -> None:
        if not self._is_over:
            self._is_over = True
            raise Terminated if self._come == signal.SIGTERM else KeyboardInterrupt
