"""What the training loop makes of its scores, saves, and goes on from (loop.py, output.py)."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.errors import NotANumberError
from tagma.language import Language
from tagma.nn import Adam, ConfigValidationError
from tagma.training.loop import train
from tagma.training.output import RunOutput, create_before_to_disk_callback
from tagma.util.folders import MARK

from .diary import PLAN, TEXTS, diary, evaluations, pipeline, run


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


def final_scores(scores: list[Any], weights: dict[str, float | None]) -> list[float]:
    """The weighted sums of these scores."""
    PLAN["scores"] = scores
    absent = {} if "diary_score" in weights else {"diary_score": None}
    run(pipeline(score_weights={**weights, **absent}, eval_frequency=1))
    return [info["score"] for info in evaluations()]


def test_score_weights() -> None:
    """The final score is a weighted sum; what has no weight, or is not there, adds nothing."""
    scores = [{"a": 0.5, "b": 1.0, "c": 100, "d": {"A": 1}}, {"a": 1.0, "b": None}]
    weights = {"a": 0.4, "b": 0.4, "c": 0.0, "d": None, "e": 0.2}
    assert final_scores(scores, weights) == pytest.approx([0.6, 0.4, 0.4])


def test_weighted_score_that_is_no_number() -> None:
    """It is named with its type, even with weight 0."""
    for weight in (1, 0.0):
        with pytest.raises(ValueError, match=r"E915.*by_type.*dict"):
            final_scores([{"by_type": {"A": 1.0}}], {"by_type": weight})


def test_evaluation_that_fails() -> None:
    """A KeyError in an evaluation says which pipeline it was, as E900."""
    nlp = pipeline()

    def score(examples: Any, **kwargs: Any) -> dict[str, Any]:
        raise KeyError("no label")

    nlp.get_pipe("diary").score = score  # type: ignore[method-assign, union-attr, unused-ignore]
    with pytest.raises(KeyError, match=r"E900.*diary"):
        run(nlp)


def saved(folder: Path) -> tuple[str, str]:
    """The weights in model-best and model-last."""
    best, last = ((folder / name / "diary").read_text() for name in ("model-best", "model-last"))
    return best, last


BY_ONE = {"@optimizers": "loop_optimizer.v1", "learn_rate": 1.0}


def test_best_and_last(tmp_path: Path) -> None:
    """model-best is of the best evaluation, of several the latest; model-last of the last step, evaluated or not."""
    PLAN.update(learns=True, scores=[0.1, 0.5, 0.5, 0.2])
    nlp = pipeline(optimizer=BY_ONE, max_epochs=0, max_steps=7, eval_frequency=2)
    result = train(nlp, tmp_path, stdout=io.StringIO(), stderr=io.StringIO())
    assert result == (nlp, tmp_path / "model-last")
    assert saved(tmp_path) == ("-5.0", "-8.0")


def test_nothing_is_saved_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no path to return and no file."""
    monkeypatch.chdir(tmp_path)
    nlp = pipeline()
    assert train(nlp, stdout=io.StringIO(), stderr=io.StringIO()) == (nlp, None)
    assert list(tmp_path.iterdir()) == []


def test_averages_are_evaluated_and_saved(tmp_path: Path) -> None:
    """With averages, these are scored and saved; the weights that go on learning are others."""
    PLAN["learns"] = True
    nlp = pipeline(optimizer={**BY_ONE, "use_averages": True}, max_steps=2, max_epochs=0, eval_frequency=1)
    run(nlp, tmp_path)
    averages = []
    average, weight = 0.0, 0.0
    for t in range(3):  # ema ← ema − (1−d)(ema − w), d = (1+t)/(10+t)
        weight -= 1.0
        average -= (1 - (1 + t + 1) / (10 + t + 1)) * (average - weight)
        averages.append(average)
    assert PLAN["weights"] == pytest.approx(averages)
    assert float(saved(tmp_path)[1]) == pytest.approx(averages[-1])
    assert diary(nlp).model.get_param("b")[0] == -3.0


def test_old_output_is_replaced(tmp_path: Path) -> None:
    """What an earlier run has left under those names goes, once something is saved; all else in the folder stays."""
    for name in ("model-best", "model-last"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old").touch()
    (tmp_path / "notes.txt").touch()
    PLAN["fails_at"] = 0
    with pytest.raises(RuntimeError):
        run(pipeline(), tmp_path)
    assert (tmp_path / "model-last" / "old").exists()
    PLAN.clear()
    run(pipeline(), tmp_path)
    assert not (tmp_path / "model-last" / "old").exists()
    assert not (tmp_path / "model-best" / "old").exists()
    assert (tmp_path / "notes.txt").exists()


def test_old_output_that_cannot_go(tmp_path: Path) -> None:
    """If the old output is not a folder, it is named."""
    (tmp_path / "model-last").touch()
    with pytest.raises(OSError, match="E901"):
        run(pipeline(), tmp_path)


def test_meta_of_a_saved_pipeline(tmp_path: Path) -> None:
    """Scores with a weight, also null, and losses stand in the meta; what was not scored as 0."""
    PLAN["scores"] = [{"a": 0.5, "b": 0.25, "other": 0.75}]
    weights = {"a": 1.0, "b": None, "c": 0.0, "diary_score": None}
    run(pipeline(score_weights=weights, max_steps=1), tmp_path)
    performance = tagma.util.load_meta(tmp_path / "model-best" / "meta.json")["performance"]
    assert performance == {"a": 0.5, "b": 0.25, "c": 0.0, "diary_score": 0.0, "diary_loss": 1.0}


def output_of(nlp: Language, folder: Path, weight: float) -> RunOutput:
    """The output folder of a run that goes on with a pipeline of this weight."""
    diary(nlp).model.set_param("b", diary(nlp).model.get_param("b") * 0 + weight)
    return RunOutput(folder, nlp, Adam(), create_before_to_disk_callback(None), is_continued=True)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["swap", "renames"])
@pytest.mark.parametrize("before", ["None", "1.0"])
def test_killed_while_saving(tmp_path: Path, way: str, before: str, killing: Any) -> None:
    """Killed at any moment of an evaluation's saving, a run leaves whole pipelines; the next finds and keeps them."""
    nlp = pipeline()
    if before == "1.0":
        output_of(nlp, tmp_path / "before", 1.0).save_evaluated(is_best=True, progress={})
    else:
        (tmp_path / "before").mkdir()
    folder = tmp_path / "output"

    def save() -> None:
        output_of(nlp, folder, 2.0).save_evaluated(is_best=True, progress={})

    seen = []
    with killing.way_of(way, folder):
        shutil.copytree(tmp_path / "before", folder)
        for moment in range(1, killing.changes_of(save) + 1, 4):
            shutil.rmtree(folder)
            shutil.copytree(tmp_path / "before", folder)
            assert killing.killed_at(moment, save)
            output_of(nlp, folder, 3.0)
            files = [folder / name / "diary" for name in ("model-last", "model-best")]
            seen.append(tuple(file.read_text() if file.exists() else "None" for file in files))
            assert not [file for file in folder.rglob("*") if file.name.startswith(".")]
    assert list(dict.fromkeys(seen)) == [(before, before), ("2.0", before), ("2.0", "2.0")]


def test_a_complete_best_is_taken_over(tmp_path: Path) -> None:
    """A copy that was complete when the run was killed is model-best when the next run starts."""
    part = tmp_path / ".model-best.abcdefgh.part"
    part.mkdir()
    (part / "diary").write_text("-1.0")
    (part / MARK).touch()
    (tmp_path / ".model-last.abcdefgh.part").mkdir()
    RunOutput(tmp_path, pipeline(), Adam(), create_before_to_disk_callback(None), is_continued=False)
    assert [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*")] == ["model-best", "model-best/diary"]


BEFORE_TO_DISK = {"@callbacks": "loop_callback.v1", "name": "to_disk"}


def test_before_to_disk(tmp_path: Path) -> None:
    """What the callback returns is saved, at each evaluation and in the end; training goes on with the pipeline."""
    made = []

    def to_disk(nlp: Language) -> Language:
        made.append(tagma.blank("en", meta={"name": f"made_{len(made)}"}))
        return made[-1]

    PLAN.update(to_disk=to_disk, scores=[0.9, 0.1])
    nlp = pipeline(before_to_disk=BEFORE_TO_DISK, eval_frequency=2)
    run(nlp, tmp_path)
    names = [tagma.util.load_meta(tmp_path / part / "meta.json")["name"] for part in ("model-best", "model-last")]
    assert names == ["made_0", "made_2"]
    assert len(diary(nlp).updates) == 3


def test_before_to_disk_must_return_a_pipeline(tmp_path: Path) -> None:
    """A callback that forgets to return is E914."""
    PLAN["to_disk"] = lambda nlp: None
    with pytest.raises(ValueError, match=r"E914.*NoneType"):
        run(pipeline(before_to_disk=BEFORE_TO_DISK), tmp_path)
    assert PLAN["closed"]


def test_error_in_the_middle(tmp_path: Path) -> None:
    """An error ends the run, is passed on, and the pipeline is saved as it is; the logger is closed."""
    PLAN.update(learns=True, fails_at=2)
    nlp = pipeline(optimizer=BY_ONE)
    stdout = io.StringIO()
    with pytest.raises(RuntimeError, match="the update failed"):
        train(nlp, tmp_path, stdout=stdout, stderr=io.StringIO())
    assert saved(tmp_path) == ("-1.0", "-2.0")
    assert str(tmp_path / "model-last") in stdout.getvalue()
    assert PLAN["closed"] == 1


def test_resume_after_an_error(tmp_path: Path) -> None:
    """A run that broke off goes on from its last evaluation, with the batches and rates that were left."""
    settings = {"max_epochs": 4, "eval_frequency": 4, "dropout": {"@schedules": "compounding.v1"}}
    settings["dropout"] |= {"start": 0.5, "stop": 0.01, "compound": 0.5}
    whole = pipeline(**settings)
    run(whole, tmp_path / "whole")
    PLAN["fails_at"] = 7
    broken = pipeline(**settings)
    with pytest.raises(RuntimeError):
        run(broken, tmp_path / "broken")
    del PLAN["fails_at"]
    resumed = pipeline(**settings)
    PLAN["infos"] = []
    run(resumed, tmp_path / "broken", resume=True)
    assert diary(resumed).updates == diary(whole).updates[5:]
    assert [info["step"] for info in evaluations()] == [8]
    assert [step for _, step in evaluations()[-1]["checkpoints"]] == [0, 4, 8]


def test_rates_that_depend_on_scores(tmp_path: Path) -> None:
    """A learning rate is halved by each evaluation that was no better than the best, from the step after the next on;
    so it is in a resumed run."""
    constant = {"@schedules": "constant.v1", "rate": 1.0}
    rate = {"@schedules": "plateau.v1", "max_patience": 1, "scale": 0.5, "schedule": constant}
    settings = {"max_epochs": 4, "eval_frequency": 2, "optimizer": {**BY_ONE, "learn_rate": rate}}
    PLAN.update(learns=True, scores=[0.1, 0.4, 0.3, 0.5, 0.5, 0.5])
    run(pipeline(**settings), tmp_path / "whole")
    weights = PLAN["weights"][:6]
    assert [round(a - b, 4) for a, b in pairwise([0.0, *weights])] == [1, 2, 2, 1.5, 1, 0.75]
    for fails_at in (3, 6, 8):
        PLAN.update(fails_at=fails_at)
        with pytest.raises(RuntimeError):
            run(pipeline(**settings), tmp_path / "broken")
        del PLAN["fails_at"]
        resumed = pipeline(**settings)
        diary(resumed).scored = fails_at // 2 + 1
        run(resumed, tmp_path / "broken", resume=True)
        assert saved(tmp_path / "broken")[1] == saved(tmp_path / "whole")[1]
        shutil.rmtree(tmp_path / "broken")


def test_resume_with_a_smaller_corpus(tmp_path: Path) -> None:
    """A corpus that has become smaller is noticed where it no longer reaches."""
    run(pipeline(max_epochs=2, eval_frequency=2), tmp_path)
    with pytest.raises(ValueError, match="fewer batches"):
        run(pipeline(texts=TEXTS[:1], max_epochs=2), tmp_path, resume=True)


def test_resume_with_other_settings(tmp_path: Path) -> None:
    """Settings that differ from those of the interrupted run are named; how long it goes on may differ."""
    run(pipeline(max_epochs=1), tmp_path)
    report = io.StringIO()
    changed = pipeline(max_epochs=2, dropout=0.25)
    train(changed, tmp_path, stdout=report, stderr=io.StringIO(), resume=True)
    changes = [line for line in report.getvalue().splitlines() if "Changed since" in line]
    assert len(changes) == 1
    assert "training.dropout is 0.25, was " in changes[0]


def test_resume_with_another_corpus(tmp_path: Path) -> None:
    """A corpus of other texts is announced, even if it has as many; the same one, or a streamed one, is not."""
    for streamed in (False, True):
        shown = []
        for texts in (TEXTS, [*TEXTS[1:], "more"]):
            epochs: dict[str, Any] = {"max_epochs": -1, "max_steps": 4} if streamed else {"max_epochs": 1}
            run(pipeline(**epochs), tmp_path)
            epochs["max_steps" if streamed else "max_epochs"] += 1
            shown.append(run(pipeline(texts=texts, **epochs), tmp_path, resume=True))
        assert ["the training corpus has changed" in text for text in shown] == [False, not streamed]


def test_resume_with_many_changes(tmp_path: Path) -> None:
    """Of many changed settings some are shown; none if the state is of another pipeline."""
    run(pipeline(max_epochs=1), tmp_path)
    weights = {f"score_{i}": 0.5 for i in range(8)}
    shown = run(pipeline(max_epochs=1, score_weights=weights), tmp_path, resume=True)
    assert shown.count("Changed since") == 5
    assert "… and 4 more" in shown
    report = io.StringIO()
    with pytest.raises(ValueError, match="another pipeline"):
        train(pipeline("other"), tmp_path, stdout=report, stderr=io.StringIO(), resume=True)
    assert "Changed since" not in report.getvalue()


def test_loss_that_is_no_number(tmp_path: Path) -> None:
    """A run that ends by E910 would end so again: nothing says that it can be gone on with."""
    for failure, is_offered in ((NotANumberError("[E910]"), False), (ValueError("something else"), True)):
        PLAN.update(fails_at=1, failure=failure)
        stdout = io.StringIO()
        with pytest.raises(type(failure)):
            train(pipeline(eval_frequency=1), tmp_path, stdout=stdout, stderr=io.StringIO())
        assert "the pipeline is saved as it is" in stdout.getvalue()
        assert ("can be gone on with" in stdout.getvalue()) is is_offered


def test_an_earlier_run_is_announced(tmp_path: Path) -> None:
    """Before an earlier run is replaced, a line says so."""
    reports = [io.StringIO(), io.StringIO()]
    for report in reports:
        train(pipeline(), tmp_path, stdout=report, stderr=io.StringIO())
    assert ["will be replaced" in report.getvalue() for report in reports] == [False, True]


@pytest.mark.parametrize(
    ("name", "value"), [("max_steps", -5), ("max_epochs", -2), ("patience", -1), ("dropout", 2), ("dropout", -0.1)]
)
def test_settings_out_of_range(name: str, value: float) -> None:
    """A number that means nothing is refused, with its name and value."""
    with pytest.raises(ConfigValidationError, match=rf"training -> {name}\s.*not {value}"):
        run(pipeline(**{name: value}))


def test_negative_learn_rate() -> None:
    """A learn rate below 0 is refused, be it a number or the first of a schedule."""
    for rate in (-0.5, {"@schedules": "loop_values.v1", "values": [-0.5, 0.1]}):
        with pytest.raises(ConfigValidationError, match=r"training -> optimizer -> learn_rate\s.*is -0\.5"):
            run(pipeline(optimizer={"@optimizers": "loop_optimizer.v1", "learn_rate": rate}))


def test_resume_needs_a_folder() -> None:
    """Without a folder there is nothing to resume."""
    with pytest.raises(ValueError, match="output folder"):
        run(pipeline(), resume=True)


def test_resume_where_training_draws_random_numbers(tmp_path: Path) -> None:
    """What else has drawn random numbers in a pass does not change the order of the batches in a resumed run."""
    PLAN["draw"] = lambda nlp, info: random.random()
    before = {"@callbacks": "loop_callback.v1", "name": "draw"}
    settings: dict[str, Any] = {"max_epochs": 5, "eval_frequency": 7, "before_update": before}
    whole = pipeline(**settings)
    run(whole, tmp_path / "whole")
    PLAN["fails_at"] = 9
    with pytest.raises(RuntimeError):
        run(pipeline(**settings), tmp_path / "broken")
    del PLAN["fails_at"]
    resumed = pipeline(**settings)
    run(resumed, tmp_path / "broken", resume=True)
    assert diary(resumed).updates == diary(whole).updates[8:]
