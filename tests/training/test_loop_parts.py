"""The parts of the training loop, used by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.nn import SGD
from tagma.training.batches import create_train_batches
from tagma.training.loop import (
    clean_output_dir,
    create_evaluation_callback,
    train_while_improving,
    update_meta,
)

from .diary import PLAN, TEXTS, diary, evaluations, pipeline, run


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


def examples_of(nlp: Language, texts: list[str] = TEXTS) -> list[Example]:
    """An example for each text."""
    return [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in texts]


def settings_of(**changed: Any) -> dict[str, Any]:
    """All settings of the loop."""
    settings: dict[str, Any] = {
        "dropout": 0.0,
        "eval_frequency": 2,
        "accumulate_gradient": 1,
        "patience": 0,
        "max_steps": 0,
        "exclude": [],
        "annotating_components": [],
        "before_update": None,
    }
    return {**settings, **changed}


def test_steps_one_by_one() -> None:
    """Each step comes with its batch and info; steps are made as they are asked for, until the data ends."""
    nlp = pipeline("diary")
    PLAN["scores"] = [0.5, 0.25, 0.75]
    first, second = examples_of(nlp)[:2], examples_of(nlp)[2:]
    evaluate = create_evaluation_callback(nlp, examples_of, {"diary_score": 2.0})
    data = [(0, first), (0, second), (1, first), (1, second), (2, first)]
    steps = train_while_improving(nlp, SGD(0.1), iter(data), evaluate, **settings_of())
    batch, info, is_best = next(steps)
    assert (batch, is_best) == (first, True)
    assert len(diary(nlp).updates) == 1
    assert (info["epoch"], info["step"], info["score"], info["words"]) == (0, 0, 1.0, 3)
    assert (info["other_scores"]["diary_score"], info["losses"]) == (0.5, {"diary": 1.0})
    rest = list(steps)
    assert [is_best for _, _, is_best in rest] == [None, False, None, True]
    assert [(info["epoch"], info["step"]) for _, info, _ in rest] == [(0, 1), (1, 2), (1, 3), (2, 4)]
    assert rest[-1][1]["checkpoints"] == [(1.0, 0), (0.5, 2), (1.5, 4)]
    assert diary(nlp).finished == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("limit", "steps"), [({"max_steps": 3}, 4), ({"patience": 5}, 6)])
def test_steps_end_before_the_data(limit: dict[str, int], steps: int) -> None:
    """The number of steps and patience end the loop."""
    nlp = pipeline("diary")
    batches = create_train_batches(nlp, examples_of, lambda stream: [list(stream)], 20)
    evaluate = create_evaluation_callback(nlp, examples_of, {"diary_score": 1.0})
    assert len(list(train_while_improving(nlp, SGD(0.1), batches, evaluate, **settings_of(**limit)))) == steps


def test_settings_of_the_steps() -> None:
    """Dropout, parts of batches, components left out or writing annotation, and the callback do what they do in train.

    The annotation of a component is seen by those after it.
    """
    nlp = pipeline("frozen", "diary")
    seen: list[dict[str, Any]] = []
    settings = settings_of(
        dropout=iter([0.1, 0.2]),
        accumulate_gradient=2,
        exclude=["frozen"],
        annotating_components=["frozen"],
        before_update=lambda nlp, step: seen.append(step),
    )
    data = [(epoch, examples_of(nlp)) for epoch in range(3)]
    evaluate = create_evaluation_callback(nlp, examples_of, {"diary_score": 1.0})
    assert len(list(train_while_improving(nlp, SGD(0.1), data, evaluate, **settings))) == 3
    updates = diary(nlp).updates
    assert [update["drop"] for update in updates] == [0.1] * 3 + [0.2] * 6
    assert [update["lengths"] for update in updates] == [[1, 2], [3, 4], [5]] * 3
    assert all(update["seen"] == ["frozen"] for update in updates)
    assert diary(nlp, "frozen").updates == []
    assert seen == [{"step": step, "epoch": step} for step in range(3)]


def test_train_takes_the_same_steps() -> None:
    """A loop put together by hand from the settings of a config is that of `train`."""
    settings = {"max_epochs": 0, "max_steps": 7, "eval_frequency": 3, "accumulate_gradient": 2}
    PLAN["scores"] = [0.5, 0.25, 0.75]
    trained = pipeline(**settings)
    run(trained)
    by_hand = pipeline(**settings)
    batches = create_train_batches(
        by_hand, examples_of, lambda stream: [stream[i : i + 2] for i in range(0, len(stream), 2)], 20
    )
    evaluate = create_evaluation_callback(by_hand, examples_of, {"diary_score": 1.0})
    limits = settings_of(max_steps=7, eval_frequency=3, accumulate_gradient=2, dropout=0.1)
    tagma.util.fix_random_seed(0)
    steps = train_while_improving(by_hand, SGD(0.1), batches, evaluate, **limits)
    infos = [info for _, info, is_best in steps if is_best is not None]
    assert diary(by_hand).updates == diary(trained).updates
    assert len(infos) == 3
    for name in ("epoch", "step", "score", "losses", "words"):
        assert [info[name] for info in infos] == [info[name] for info in evaluations()], name


def test_meta_of_an_evaluation() -> None:
    """Scores that have a weight, also null, and the losses of the pipeline's components replace those before."""
    nlp = pipeline("diary")
    nlp.meta["performance"] = {"old": 1.0}
    info = {"other_scores": {"a": 0.5, "b": 0.25, "c": 0.75}, "losses": {"diary": 3.0, "gone": 1.0}}
    update_meta({"score_weights": {"a": 1.0, "b": None, "d": 0.0}}, nlp, info)
    assert nlp.meta["performance"] == {"a": 0.5, "b": 0.25, "d": 0.0, "diary_loss": 3.0}


def test_clean_output(tmp_path: Path) -> None:
    """The saved pipelines and the state go, all else stays; where there is nothing, nothing happens."""
    PLAN["scores"] = [0.5]
    run(pipeline(), tmp_path)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "model-older").mkdir()
    assert len(list(tmp_path.iterdir())) == 5
    clean_output_dir(tmp_path)
    clean_output_dir(tmp_path)
    clean_output_dir(tmp_path / "absent")
    clean_output_dir(None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-older", "notes.txt"]


def test_clean_output_that_cannot_go(tmp_path: Path) -> None:
    """What cannot be removed is an error that names the folder."""
    (tmp_path / "model-best").touch()
    with pytest.raises(OSError, match=rf"E901.*{tmp_path.name}"):
        clean_output_dir(tmp_path)
