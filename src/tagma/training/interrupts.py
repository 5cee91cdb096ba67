"""Ctrl-C, and a request to end from outside (SIGTERM), while a pipeline is trained."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["Interrupts", "TrainingInterrupted"]


class TrainingInterrupted(KeyboardInterrupt):
    """Training was interrupted.

    saved         where the pipeline is as it was then; None if nothing was saved
    can_resume    whether the run can be gone on with
    """

    def __init__(self, saved: Path | None, *, can_resume: bool) -> None:
        super().__init__("training was interrupted")
        self.saved = saved
        self.can_resume = can_resume


class Interrupts:
    """While entered, the first SIGINT or SIGTERM raises KeyboardInterrupt, but not in a block `held`.

    Those that come later, or after `end`, do nothing, so that what is saved then is saved whole. Handlers that a
    program has set itself stay, and in threads other than the main one nothing changes.
    """

    def __init__(self) -> None:
        self._replaced: dict[int, Any] = {}
        self._is_held = False
        self._has_come = False
        self._is_over = False  # one was raised, or there is nothing left to interrupt

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
                if signal.getsignal(number) is usual:
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
        if self._has_come:
            self._raise()

    def end(self) -> None:
        """From here on signals do nothing: all that is left is to save."""
        self._is_over = True

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._has_come = True
        if not self._is_held:
            self._raise()

    def _raise(self) -> None:
        if not self._is_over:
            self._is_over = True
            raise KeyboardInterrupt
