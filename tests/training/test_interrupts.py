"""Ctrl-C and SIGTERM while a pipeline is trained."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagma.training.interrupts import Interrupts, TrainingInterrupted
from tagma.training.loop import train

from .diary import PLAN, diary, pipeline, run


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_interrupts(number: int) -> None:
    """The first raises KeyboardInterrupt where it comes, the second does nothing; then the old handlers are back."""
    before = signal.getsignal(number)
    with Interrupts():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_held() -> None:
    """In a held block nothing is raised; at its end it is."""
    done: list[str] = []

    def save() -> None:
        with interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("saved")

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        save()
    assert done == ["saved"]


def test_handlers_of_others_stay() -> None:
    """A handler that the program has set is not replaced, and another thread changes nothing."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM]
    handlers: list[Any] = []

    def look() -> None:
        with Interrupts():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]


def test_interrupted_while_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while the pipeline is saved waits: what is saved is whole, and can be gone on with."""
    nlp = pipeline(eval_frequency=1)
    to_disk = nlp.to_disk

    def interrupted(path: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        to_disk(path, **kwargs)

    monkeypatch.setattr(nlp, "to_disk", interrupted)
    with pytest.raises(TrainingInterrupted) as caught:
        run(nlp, tmp_path)
    assert caught.value.saved == tmp_path / "model-last"
    assert caught.value.can_resume
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-best", "model-last", "training-state"]


def test_interrupted_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is saved then, and what an earlier run has left stays."""
    run(pipeline(), tmp_path)
    files = sorted(tmp_path.rglob("*"))
    nlp = pipeline()
    monkeypatch.setattr(nlp, "update", lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(TrainingInterrupted) as caught:
        run(nlp, tmp_path)
    assert caught.value.saved is None
    assert not caught.value.can_resume
    assert sorted(tmp_path.rglob("*")) == files


def test_no_room_to_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If saving fails, also the second time, the report says so and what is there; the first error is raised."""
    nlp = pipeline(eval_frequency=1)

    def full(path: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(nlp, "to_disk", full)
    report = io.StringIO()
    with pytest.raises(OSError, match="No space left"):
        train(nlp, tmp_path, stdout=report, stderr=io.StringIO())
    assert f"could not be saved: [Errno 28] No space left on device: '{tmp_path}/model-last'" in report.getvalue()
    assert f"In {tmp_path}: nothing" in report.getvalue()
    assert list(tmp_path.iterdir()) == []


def test_interrupted_at_the_last_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When training is over, or has ended by an error, a signal does not keep it from being saved and told as it is."""
    nlp = pipeline(eval_frequency=1000)
    to_disk = nlp.to_disk
    saved: list[Path] = []

    def interrupted(path: Any, **kwargs: Any) -> None:
        if saved:
            os.kill(os.getpid(), signal.SIGINT)
        to_disk(path, **kwargs)
        saved.append(path)

    monkeypatch.setattr(nlp, "to_disk", interrupted)
    run(nlp, tmp_path)
    assert saved == [tmp_path / "model-last"] * 2
    PLAN.update(fails_at=len(diary(nlp).updates) + 1)
    saved.clear()
    with pytest.raises(RuntimeError, match="the update failed"):
        run(nlp, tmp_path)
    assert saved == [tmp_path / "model-last"] * 2
