"""What a training run tells those who listen, in the order in which it happens.

    Changed?  (Complete | Replaces?  Started  (Stepped | Evaluated Saved?)*  Stopped  (Finished | Interrupted | Failed))

A listener is a function of one event. It is called in the run itself, so that the run waits for it; an error that it
raises ends the run as any other does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "Changed",
    "Complete",
    "Evaluated",
    "Event",
    "Failed",
    "Finished",
    "Interrupted",
    "Listener",
    "NotSaved",
    "Replaces",
    "Saved",
    "Started",
    "Stepped",
    "Stopped",
]


@dataclass(frozen=True)
class Event:
    """Something that happened in a run."""


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Changed(Event):
    """A resumed run goes on with something else than it was interrupted with.

    settings    "training.dropout is 0.2, was 0.1" …
    corpus      what differs in the training corpus, in words; "" if nothing does
    """

    settings: Sequence[str]
    corpus: str


@dataclass(frozen=True)
class Complete(Event):
    """The run to resume in the folder `output` has ended, at step `step`: nothing is trained."""

    output: Path
    step: int


@dataclass(frozen=True)
class Replaces(Event):
    """The first save replaces an earlier run that is in the folder `output`."""

    output: Path


@dataclass(frozen=True)
class Started(Event):
    """The first step is about to be taken.

    pipeline      names of the components that run
    frozen        names of those that are not trained
    annotating    names of those whose predictions later ones see
    learn_rate    of the first step
    step          number of the first step: 0, unless the run is resumed
    """

    pipeline: Sequence[str]
    frozen: Sequence[str]
    annotating: Sequence[str]
    learn_rate: float
    step: int


@dataclass(frozen=True)
class Stepped(Event):
    """A step was taken.

    info    epoch, step, words, seconds, losses (since the last evaluation), score and other_scores (None and {}
            without an evaluation), checkpoints [(score, step)]. The run goes on writing to it: copy what is kept.
    """

    info: dict[str, Any]


@dataclass(frozen=True)
class Evaluated(Stepped):
    """A step was taken, and the pipeline evaluated; is_best: no evaluation before had a higher score."""

    is_best: bool


@dataclass(frozen=True)
class Saved(Event):
    """After an evaluation the pipeline was saved to `path`, and as the best one so far if `is_best`."""

    path: Path
    is_best: bool


@dataclass(frozen=True)
class Stopped(Event):
    """No step follows, for whatever reason; what is left is to save."""


@dataclass(frozen=True)
class NotSaved(Event):
    """The pipeline of a run that broke off could not be saved in the folder `output`, which holds the files `there`."""

    output: Path
    error: Exception
    there: Sequence[str]


@dataclass(frozen=True)
class Finished(Event):
    """The run is over as it should be; `saved`: the pipeline as it is now, None without an output folder."""

    saved: Path | None


@dataclass(frozen=True)
class Interrupted(Event):
    """Ctrl-C or SIGTERM ended the run; `saved`: the pipeline as it was then, None if nothing was saved."""

    saved: Path | None
    can_resume: bool


@dataclass(frozen=True)
class Failed(Event):
    """An error ended the run; `saved`: the pipeline as it was then, None if nothing was saved."""

    error: Exception
    saved: Path | None
    can_resume: bool
