"""What is said of the events of a run, and what its logger gets."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.training.events import (
    Changed,
    Complete,
    Evaluated,
    Event,
    Failed,
    Finished,
    Interrupted,
    NotSaved,
    Replaces,
    Saved,
    Started,
    Stepped,
    Stopped,
)
from tagma.training.report import LoggerListener, Reporter, lines, time_left

OUT = Path("out")
LAST = OUT / "model-last"
ERROR = RuntimeError("why")
CHANGED = "⚠ Changed since the run was interrupted: "
SAID: list[tuple[Event, list[str]]] = [
    (Changed(["a is 1, was 2"], ""), [f"{CHANGED}a is 1, was 2"]),
    (Changed(list("abcdefg"), ""), [*(f"{CHANGED}{name}" for name in "abcde"), "⚠ … and 2 more"]),
    (
        Changed([], "4 examples, were 5"),
        ["⚠ Since the run was interrupted, the training corpus has changed: 4 examples, were 5"],
    ),
    (Complete(OUT, 7), ["ℹ Nothing left to train: the run in out ended at step 7."]),
    (Replaces(OUT), ["⚠ The run that is in out will be replaced at the first evaluation."]),
    (Started(["a", "b"], [], [], 0.5, 0), ["ℹ Pipeline: ['a', 'b']", "ℹ Initial learn rate: 0.5"]),
    (
        Started(["a", "b"], ["a"], ["b"], 0.5, 0),
        [
            "ℹ Pipeline: ['a', 'b']",
            "ℹ Frozen components: ['a']",
            "ℹ Annotating: ['b']",
            "ℹ Initial learn rate: 0.5",
        ],
    ),
    (Stepped({}), []),
    (Evaluated({}, True), []),
    (Saved(LAST, True), []),
    (Stopped(), []),
    (NotSaved(OUT, ERROR, []), ["⚠ The pipeline could not be saved: why. In out: nothing"]),
    (NotSaved(OUT, ERROR, ["a", "b"]), ["⚠ The pipeline could not be saved: why. In out: a, b"]),
    (Failed(ERROR, None, False), []),
    (
        Failed(ERROR, LAST, False),
        ["⚠ Training ended by an error; the pipeline is saved as it is: out/model-last"],
    ),
    (
        Failed(ERROR, LAST, True),
        [
            "⚠ Training ended by an error; the pipeline is saved as it is: out/model-last",
            "ℹ The run can be gone on with, from its last evaluation.",
        ],
    ),
    (Interrupted(LAST, True), []),
    (Finished(None), []),
    (Finished(LAST), ["✔ Saved the pipeline\nout/model-last"]),
]


@pytest.mark.parametrize(("event", "expected"), SAID)
def test_lines(event: Event, expected: list[str]) -> None:
    """Each event has its lines; a step has none, since the logger shows it."""
    assert list(lines(event)) == expected


def test_reporter_prints_to_its_stream(capfd: pytest.CaptureFixture[str]) -> None:
    """Each line ends, and goes nowhere else."""
    stream = io.StringIO()
    reporter = Reporter(stream)
    reporter(Started(["a"], [], [], 0.5, 0))
    reporter(Stepped({}))
    assert stream.getvalue() == "ℹ Pipeline: ['a']\nℹ Initial learn rate: 0.5\n"
    assert tuple(capfd.readouterr()) == ("", "")


def test_logger_gets_the_steps() -> None:
    """It is set up at the start, without the frozen components; the info comes with evaluations, None with others."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    got: list[Any] = []
    out, err = io.StringIO(), io.StringIO()

    def logger(nlp: Any, stdout: Any, stderr: Any) -> Any:
        got.append((nlp.pipe_names, stdout is out, stderr is err))
        return got.append, lambda: got.append("closed")

    listen = LoggerListener(logger, nlp, out, err)
    events = (Replaces(OUT), Started(["sentencizer"], ["sentencizer"], [], 0.5, 0), Evaluated({"a": 1}, False))
    for event in (*events, Stepped({"a": 2}), Saved(LAST, True), Stopped(), Finished(None)):
        listen(event)
    assert got == [([], True, True), {"a": 1}, None, "closed"]
    assert nlp.pipe_names == ["sentencizer"]


TIMES = [(None, "-"), (0.2, "0:00:00"), (65, "0:01:05"), (3909.6, "1:05:10"), (2 * 86400 + 3900, "2d 01:05")]


@pytest.mark.parametrize(("seconds", "shown"), TIMES)
def test_time_left(seconds: float | None, shown: str) -> None:
    """Hours, minutes and seconds; days instead of seconds where there are any."""
    assert time_left(seconds) == shown
