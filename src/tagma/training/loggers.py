"""Loggers of a training run: `setup(nlp, stdout, stderr) -> (log_step(info or None), finalize())`.

`log_step` gets an info dict after each evaluation and None after every other step.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.language.learning import trained
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = [
    "LogStep",
    "Setup",
    "chain_logger",
    "console_logger",
    "console_logger_v3",
    "lookup_logger",
    "selection",
    "setup_table",
]

LogStep = Callable[[dict[str, Any] | None], None]
Setup = Callable[..., tuple[LogStep, Callable[[], None]]]

MAX_WIDTH = 13
NOT_SCALED = ("speed",)


def setup_table(
    *, cols: list[str], widths: list[int], max_width: int = MAX_WIDTH
) -> tuple[list[str], list[int], list[str]]:
    """(header, widths, alignments) of a table whose long column names are cut to `max_width`."""
    header = [col if len(col) <= max_width else f"{col[: max_width - 3]}..." for col in cols]
    final = [max(len(name), width) for name, width in zip(header, widths, strict=True)]
    return [name.upper() for name in header], final, ["r"] * len(cols)


@registry.loggers("spacy-legacy.ConsoleLogger.v1")
def console_logger_v1(progress_bar: bool = False) -> Setup:
    """The table on the console."""
    return console_logger_v3(progress_bar="eval" if progress_bar else None)


@registry.loggers("spacy.ConsoleLogger.v2")
def console_logger(
    progress_bar: bool = False, console_output: bool = True, output_file: str | Path | None = None
) -> Setup:
    """The table, with a bar for the steps until the next evaluation if `progress_bar`."""
    return console_logger_v3("eval" if progress_bar else None, console_output, output_file)


@registry.loggers("spacy.ConsoleLogger.v3")
def console_logger_v3(
    progress_bar: str | None = None, console_output: bool = True, output_file: str | Path | None = None
) -> Setup:
    """The table of losses and scores, one row an evaluation.

    progress_bar      "eval" for a bar to the next evaluation, "train" for one to the end
    console_output    print the table
    output_file       also write each row as a line of JSON; an existing file is left alone
    Raises ValueError E1048 for another bar.
    """
    if progress_bar not in (None, "train", "eval"):
        raise ValueError(Errors.E1048.format(got=progress_bar, expected=["train", "eval", None]))

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        rows = _JsonLines(nlp, output_file, stdout) if output_file else None
        table = _Table(nlp, stdout) if console_output else None
        bar = _Bar(nlp, progress_bar, stderr) if progress_bar else None

        def log_step(info: dict[str, Any] | None) -> None:
            if info is None:
                if bar:
                    bar.advance()
                return
            if bar:
                bar.hide()
            if rows:
                rows.write(info)
            if table:
                table.write(info)
            if bar:
                bar.show(info)

        def finalize() -> None:
            if bar:
                bar.hide()

        return log_step, finalize

    return setup


class _Columns:
    """What is shown of an evaluation: losses of the trainable components, scores that have a weight."""

    def __init__(self, nlp: Language) -> None:
        self.pipes = [name for name, _ in trained(nlp.pipeline)]
        weights = nlp.config["training"]["score_weights"]
        self.names = [name for name, value in weights.items() if value is not None]

    def losses(self, info: dict[str, Any]) -> dict[str, float]:
        """Loss of each component, 0 where it has none."""
        return {name: float(info["losses"].get(name, 0.0)) for name in self.pipes}

    def scores(self, info: dict[str, Any]) -> dict[str, float]:
        """Scores in percent, 0 where there was nothing to score. Raises ValueError E916 for one that is no number."""
        scores = {}
        for name in self.names:
            value = info["other_scores"].get(name, 0.0)
            value = 0.0 if value is None else value
            try:
                value = float(value)
            except (TypeError, ValueError):
                raise ValueError(Errors.E916.format(name=name, score_type=type(value))) from None
            scores[name] = value if name in NOT_SCALED else value * 100
        return scores


class _Table:
    def __init__(self, nlp: Language, stdout: IO[str]) -> None:
        self.stdout = stdout
        self.columns = _Columns(nlp)
        losses = [f"Loss {name}" for name in self.columns.pipes]
        header, self.widths, _ = setup_table(
            cols=["E", "#", *losses, *self.columns.names, "Score"],
            widths=[3, 6, *(8 for _ in losses), *(6 for _ in self.columns.names), 6],
        )
        self._line([name.ljust(width) for name, width in zip(header, self.widths, strict=True)])
        self._line(["-" * width for width in self.widths])

    def _line(self, cells: list[str]) -> None:
        self.stdout.write("  ".join(cells) + "\n")
        self.stdout.flush()

    def write(self, info: dict[str, Any]) -> None:
        losses = [f"{value:.2f}" for value in self.columns.losses(info).values()]
        scores = [f"{value:.2f}" for value in self.columns.scores(info).values()]
        cells = [str(info["epoch"]), str(info["step"]), *losses, *scores, f"{float(info['score']):.2f}"]
        self._line([cell.rjust(width) for cell, width in zip(cells, self.widths, strict=True)])


class _JsonLines:
    def __init__(self, nlp: Language, output_file: str | Path, stdout: IO[str]) -> None:
        self.columns = _Columns(nlp)
        self.path: Path | None = Path(output_file)
        if self.path.exists():
            stdout.write(f"⚠ The log file {self.path} exists already and is left alone; nothing is logged to it.\n")
            self.path = None
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()

    def write(self, info: dict[str, Any]) -> None:
        import json

        if self.path is None:
            return
        row = {
            "epoch": info["epoch"],
            "step": info["step"],
            "losses": self.columns.losses(info),
            "scores": self.columns.scores(info),
            "score": info["score"],
        }
        with self.path.open("a", encoding="utf8") as file:
            file.write(json.dumps(row) + "\n")


class _Bar:
    """A bar on stderr that is there from the first evaluation on; on a terminal only, removed in the end."""

    def __init__(self, nlp: Language, kind: str, stderr: IO[str]) -> None:
        self.kind = kind
        self.stderr = stderr
        training = nlp.config["training"]
        self.total = training["max_steps"] if kind == "train" else training["eval_frequency"]
        self.progress: Any = None
        self.task: Any = None

    def show(self, info: dict[str, Any]) -> None:
        if not self.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        title = f"Last Eval Epoch: {info['epoch']}" if self.kind == "train" else f"Epoch {info['epoch'] + 1}"
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(file=self.stderr),
            transient=True,
        )
        done = info["step"] if self.kind == "train" else 0
        self.task = self.progress.add_task(title, total=self.total or None, completed=done)
        self.progress.start()

    def advance(self) -> None:
        if self.progress is not None:
            self.progress.advance(self.task)

    def hide(self) -> None:
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


@registry.loggers("spacy.LookupLogger.v1")
def lookup_logger(patterns: list[str]) -> Setup:
    """Print the entries of the info dict whose dotted names match one of `patterns`.

    Raises ValueError for an empty list.
    """
    if not patterns:
        raise ValueError(
            "LookupLogger without patterns would never print; give it regular expressions such as '^losses'"
        )
    select = selection("LookupLogger", patterns)

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        def log_step(info: dict[str, Any] | None) -> None:
            if info is not None:
                for name, value in select(info).items():
                    stdout.write(f"{name} -> {value}\n")

        return log_step, lambda: None

    return setup


def selection(logger: str, patterns: Iterable[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What gives the entries of an info dict whose dotted names match one of `patterns`, by dotted name.

    Raises ValueError, which names the logger, for what is no regular expression.
    """
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise ValueError(f"{logger}: {pattern!r} is no regular expression: {error}") from None

    def select(info: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in _flat(info) if any(pattern.search(name) for pattern in compiled)}

    return select


def _flat(info: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in info.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@registry.loggers("spacy.ChainLogger.v1")
def chain_logger(
    logger1: Setup | None = None,
    logger2: Setup | None = None,
    logger3: Setup | None = None,
    logger4: Setup | None = None,
    logger5: Setup | None = None,
    logger6: Setup | None = None,
    logger7: Setup | None = None,
    logger8: Setup | None = None,
    logger9: Setup | None = None,
    logger10: Setup | None = None,
) -> Setup:
    """Several loggers, run in order. Raises ValueError for none."""
    given = [logger1, logger2, logger3, logger4, logger5, logger6, logger7, logger8, logger9, logger10]
    loggers = [logger for logger in given if logger is not None]
    if not loggers:
        raise ValueError("ChainLogger needs at least one logger, as logger1")

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        parts = [logger(nlp, stdout, stderr) for logger in loggers]

        def log_step(info: dict[str, Any] | None) -> None:
            for step, _ in parts:
                step(info)

        def finalize() -> None:
            for _, close in parts:
                close()

        return log_step, finalize

    return setup
