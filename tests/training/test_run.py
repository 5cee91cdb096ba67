"""What a run tells its listeners (run.py, events.py), its settings, and that it prints nothing."""

from __future__ import annotations

import io
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tagma.nn import SGD
from tagma.schemas import ConfigSchemaTraining
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
from tagma.training.interrupts import Terminated, TrainingInterrupted
from tagma.training.loop import create_evaluation_callback, train
from tagma.training.run import Run, Settings, StepSettings

from .diary import PLAN, diary, pipeline
from .test_batches import examples_of
from .test_loop_parts import settings_of


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


def events_of(nlp: Any, output: Path | None = None, **settings: Any) -> list[Event]:
    """What a run tells; an error that ends it is kept in the plan."""
    heard: list[Event] = []
    try:
        train(nlp, output, stdout=io.StringIO(), stderr=io.StringIO(), listeners=[heard.append], **settings)
    except BaseException as error:
        PLAN["error"] = error
    return heard


def kinds(events: list[Event]) -> list[type[Event]]:
    """The classes of events, in order."""
    return [type(event) for event in events]


def test_settings_are_those_of_the_schema() -> None:
    """Each setting that the schema of [training] knows is a field, and there are no others."""
    assert {field.name for field in fields(Settings)} == set(ConfigSchemaTraining.model_fields)


def test_settings_from_a_config() -> None:
    """Blocks are made, and the names of corpora are the corpora; nothing can be set afterwards."""
    nlp = pipeline(max_steps=7)
    settings = Settings.from_config(nlp.config.interpolate())
    assert settings.max_steps == 7
    assert [example.text for example in settings.train_corpus(nlp)][:2] == ["one", "one two"]
    assert settings.optimizer.learn_rate > 0
    with pytest.raises(AttributeError):
        settings.max_steps = 8  # type: ignore[misc]


def test_events_of_a_run(tmp_path: Path) -> None:
    """They come in the documented order, with the numbers that the logger gets."""
    PLAN["scores"] = [0.5, 0.25]
    started, *between, stopped, finished = events_of(pipeline(eval_frequency=2), tmp_path)
    assert started == Started(["diary"], [], [], started.learn_rate, 0)  # type: ignore[attr-defined]
    assert kinds(between) == [Evaluated, Saved, Stepped, Evaluated, Saved]
    assert [event.is_best for event in between if isinstance(event, Evaluated)] == [True, False]
    assert [event.is_best for event in between if isinstance(event, Saved)] == [True, False]
    assert [event.info["step"] for event in between if isinstance(event, Stepped)] == [0, 1, 2]
    assert (stopped, finished) == (Stopped(), Finished(tmp_path / "model-last"))


def test_events_without_a_folder() -> None:
    """Nothing is saved, and the end says so."""
    assert kinds(events_of(pipeline())) == [Started, Evaluated, Stepped, Stepped, Stopped, Finished]
    assert events_of(pipeline())[-1] == Finished(None)


def test_events_of_a_resumed_run(tmp_path: Path) -> None:
    """What has changed comes first; the first step is that after the last evaluation."""
    events_of(pipeline(max_epochs=1), tmp_path)
    changed, started, *_ = events_of(pipeline(max_epochs=2, dropout=0.25), tmp_path, resume=True)
    assert isinstance(changed, Changed)
    assert (len(changed.settings), changed.corpus) == (1, "")
    assert isinstance(started, Started)
    assert started.step == 1


def test_events_of_a_complete_run(tmp_path: Path) -> None:
    """A run that is over says where it ended; one that is replaced is announced."""
    limits = {"max_epochs": 0, "max_steps": 4, "eval_frequency": 2}
    events_of(pipeline(**limits), tmp_path)
    assert events_of(pipeline(**limits), tmp_path, resume=True) == [Complete(tmp_path, 4)]
    assert events_of(pipeline(**limits), tmp_path)[0] == Replaces(tmp_path)


def test_events_of_a_run_that_fails(tmp_path: Path) -> None:
    """The end is the error and where the pipeline is; a run that learnt nothing has saved nothing."""
    PLAN["fails_at"] = 1
    *_, stopped, failed = events_of(pipeline(), tmp_path)
    assert stopped == Stopped()
    assert failed == Failed(PLAN["error"], tmp_path / "model-last", True)
    PLAN["fails_at"] = 0
    assert events_of(pipeline(), tmp_path)[-1] == Failed(PLAN["error"], None, False)


def test_events_of_a_run_that_cannot_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first error is the one that failed it; that the rescue failed too is told."""
    nlp = pipeline(eval_frequency=1)

    def full(path: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nlp, "to_disk", full)
    *_, not_saved, failed = events_of(nlp, tmp_path)
    assert isinstance(not_saved, NotSaved)
    assert (not_saved.output, not_saved.there) == (tmp_path, [])
    assert failed == Failed(PLAN["error"], None, False)


@pytest.mark.parametrize(("number", "cause"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_events_of_an_interrupted_run(tmp_path: Path, number: int, cause: type[BaseException]) -> None:
    """The end says where the pipeline is, and the exception which signal it was."""
    PLAN["press"] = lambda nlp, info: os.kill(os.getpid(), number) if info["step"] == 1 else None
    nlp = pipeline(before_update={"@callbacks": "loop_callback.v1", "name": "press"})
    assert events_of(nlp, tmp_path)[-1] == Interrupted(tmp_path / "model-last", True)
    assert isinstance(PLAN["error"], TrainingInterrupted)
    assert PLAN["error"].number == number
    assert PLAN["error"].can_resume


def test_a_listener_that_fails(tmp_path: Path) -> None:
    """Its error ends the run as any other: the pipeline is saved as it is, and the error passed on."""

    def stop(event: Event) -> None:
        if isinstance(event, Stepped) and event.info["step"] == 1:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        train(pipeline(), tmp_path, stdout=io.StringIO(), stderr=io.StringIO(), listeners=[stop])
    assert (tmp_path / "model-last").is_dir()


def test_a_run_prints_nothing(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """Steps and evaluations by themselves write nothing; without listeners nobody is told."""
    nlp = pipeline()
    settings = settings_of(frozen_components=[])
    del settings["exclude"]
    evaluate = create_evaluation_callback(nlp, lambda nlp: examples_of(nlp, ["one"]), {"diary_score": 1.0})
    run = Run(nlp, SGD(0.1), StepSettings(**settings), evaluate)
    with caplog.at_level(logging.WARNING, "tagma"):
        run.start()
        assert len(list(run.steps([(0, examples_of(nlp, ["one"]))]))) == 1
    assert len(diary(nlp).updates) == 1
    assert (*capfd.readouterr(), caplog.text) == ("", "", "")
