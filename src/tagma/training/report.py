"""Who listens to a run: the lines on the terminal, and the logger that [training.logger] names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.training.events import (
    Changed,
    Complete,
    Evaluated,
    Event,
    Failed,
    Finished,
    NotSaved,
    Replaces,
    Saved,
    Started,
    Stepped,
    Stopped,
)

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["LoggerListener", "PretrainingTable", "Reporter", "lines", "time_left"]

MAX_CHANGES = 5  # shown of the settings that changed since an interruption


class Reporter:
    """Prints what happens to a stream, in marked lines; scores are left to the logger."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def __call__(self, event: Event) -> None:
        """Print the lines of an event."""
        for line in lines(event):
            self.stream.write(f"{line}\n")


def lines(event: Event) -> Iterator[str]:
    """What is said of an event; nothing of a step."""
    match event:
        case Changed(settings, corpus):
            yield from _changes(settings)
            if corpus:
                yield f"⚠ Since the run was interrupted, the training corpus has changed: {corpus}"
        case Complete(output, step):
            yield f"ℹ Nothing left to train: the run in {output} ended at step {step}."
        case Replaces(output):
            yield f"⚠ The run that is in {output} will be replaced at the first evaluation."
        case Started(pipeline, frozen, annotating, learn_rate):
            yield f"ℹ Pipeline: {pipeline}"
            if frozen:
                yield f"ℹ Frozen components: {frozen}"
            if annotating:
                yield f"ℹ Annotating: {annotating}"
            yield f"ℹ Initial learn rate: {learn_rate}"
        case NotSaved(output, error, there):
            yield f"⚠ The pipeline could not be saved: {error}. In {output}: {', '.join(there) or 'nothing'}"
        case Failed(_, saved, can_resume) if saved:
            yield f"⚠ Training ended by an error; the pipeline is saved as it is: {saved}"
            if can_resume:
                yield "ℹ The run can be gone on with, from its last evaluation."
        case Finished(saved) if saved:
            yield f"✔ Saved the pipeline\n{saved}"


def _changes(settings: Sequence[str]) -> Iterator[str]:
    for change in settings[:MAX_CHANGES]:
        yield f"⚠ Changed since the run was interrupted: {change}"
    if len(settings) > MAX_CHANGES:
        yield f"⚠ … and {len(settings) - MAX_CHANGES} more"


class LoggerListener:
    """Hands the steps of a run to a logger of the registry `loggers`.

    The logger is set up when the run starts, and closed when no step follows: log_step, finalize = logger(nlp, stdout,
    stderr). log_step gets the info of a step with an evaluation, and None for every other. It gets it when the pipeline
    is saved, so that a logger finds the weights of that step, under "output_path"; where nothing is saved, before the
    next step.
    """

    def __init__(self, logger: Callable[..., Any], nlp: Language, stdout: IO[str], stderr: IO[str]) -> None:
        self.logger = logger
        self.nlp = nlp
        self.streams: tuple[IO[str], IO[str]] = (stdout, stderr)
        self.log_step: Callable[[dict[str, Any] | None], None]
        self.finalize: Callable[[], None]
        self.waiting: dict[str, Any] | None = None  # the info of an evaluation whose pipeline may yet be saved

    def __call__(self, event: Event) -> None:
        """Do what the logger is for at this event."""
        match event:
            case Started():
                with self.nlp.select_pipes(disable=list(event.frozen)):  # which have no losses to show
                    self.log_step, self.finalize = self.logger(self.nlp, *self.streams)
            case Evaluated():
                self._log()
                # a copy: the run goes on writing to the info
                self.waiting = {name: copy(value) for name, value in event.info.items()}
            case Saved() if self.waiting is not None:
                self.waiting["output_path"] = str(event.path)
                self._log()
            case Stepped():
                self._log()
                self.log_step(None)
            case Stopped():
                self._log()
                self.finalize()

    def _log(self) -> None:
        info, self.waiting = self.waiting, None
        if info is not None:
            self.log_step(info)


class PretrainingTable:
    """Rows of a pretraining run on a stream: epoch, words, loss, loss since the last row, words/s, time left.

    stream    None prints nothing
    """

    COLUMNS = (("#", 3), ("# Words", 10), ("Total Loss", 10), ("Loss", 8), ("w/s", 7), ("left", 8))

    def __init__(self, stream: IO[str] | None) -> None:
        self.stream = stream

    def resumed(self, path: Path, epoch: int) -> None:
        """Say what the run goes on from."""
        self._line(f"ℹ Goes on from {path}, epoch {epoch}")

    def begin(self, epoch: int, n_save_epoch: int | None) -> None:
        """Say what is about to be trained, and print the head of the table."""
        each = f"each {n_save_epoch} epochs" if n_save_epoch and n_save_epoch > 1 else "each epoch"
        self._line(f"ℹ Pretraining from epoch {epoch} on; weights are saved {each}")
        self._cells([name for name, _ in self.COLUMNS])
        self._cells(["-" * width for _, width in self.COLUMNS])

    def row(self, cells: Sequence[Any], seconds: float | None) -> None:
        """One row; `seconds` until the end, None while they are not known."""
        self._cells([*map(str, cells), time_left(seconds)])

    def _cells(self, cells: Sequence[str]) -> None:
        self._line("  ".join(cell.rjust(width) for cell, (_, width) in zip(cells, self.COLUMNS, strict=True)))

    def _line(self, line: str) -> None:
        if self.stream is not None:
            self.stream.write(f"{line}\n")
            self.stream.flush()


def time_left(seconds: float | None) -> str:
    """ "1:05:09", or with days "2d 01:05"; "-" for None."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02}:{minutes:02}" if days else f"{hours}:{minutes:02}:{rest:02}"
