"""Loggers of experiment trackers, against stand-ins that write down the calls; no tracker is installed here."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tagma
from tagma.language import Language
from tagma.registries import registry
from tagma.training.report import LoggerListener

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]

INFO: dict[str, Any] = {
    "epoch": 1,
    "step": 200,
    "score": 0.75,
    "losses": {"tagger": 12.5},
    "other_scores": {"tag_acc": 0.75, "per_type": {"A": 0.5}, "note": None},
    "checkpoints": [(0.5, 100), (0.75, 200)],
    "seconds": 3,
    "words": 40,
}


class Recorder:
    """Whatever is called on it is written down, and gives a recorder again."""

    def __init__(self, calls: Calls, path: str = "", **known: Any) -> None:
        self._calls, self._path = calls, path
        vars(self).update(known)

    def __getattr__(self, name: str) -> Recorder:
        return Recorder(self._calls, f"{self._path}.{name}".lstrip("."))

    def __call__(self, *args: Any, **kwargs: Any) -> Recorder:
        self._calls.append((self._path, args, kwargs))
        return Recorder(self._calls, f"{self._path}()", id="the-id")


def stand_in(monkeypatch: pytest.MonkeyPatch, package: str, names: str) -> Calls:
    """A package of that name whose functions are recorders."""
    calls: Calls = []
    module = ModuleType(package)
    for name in names.split():
        setattr(module, name, Recorder(calls, name))
    monkeypatch.setitem(sys.modules, package, module)
    return calls


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Weights & Biases."""
    return stand_in(monkeypatch, "wandb", "init log finish Artifact log_artifact")


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """MLflow."""
    return stand_in(monkeypatch, "mlflow", "start_run log_params log_metrics log_artifacts end_run")


@pytest.fixture
def clearml(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """ClearML."""
    return stand_in(monkeypatch, "clearml", "Task Dataset OutputModel")


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A pipeline whose config names a secret."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger")
    nlp.config["paths"]["train"] = "/home/me/secret.spacy"
    return nlp


def run(nlp: Language, name: str, *infos: dict[str, Any] | None, **settings: Any) -> str:
    """What a logger prints when it is given these."""
    stdout = io.StringIO()
    log_step, finalize = registry.get("loggers", name)(**settings)(nlp, stdout, io.StringIO())
    for info in infos:
        log_step(info)
    finalize()
    return stdout.getvalue()


def named(calls: Calls, name: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The arguments of the calls of one function."""
    return [(args, kwargs) for path, args, kwargs in calls if path == name]


VERSIONS = {
    "spacy.WandbLogger": (5, {"project_name": "p"}),
    "spacy.MLflowLogger": (2, {}),
    "spacy.ClearMLLogger": (2, {"project_name": "p", "task_name": "t"}),
}
NAMES = [f"{name}.v{version}" for name, (last, _) in VERSIONS.items() for version in range(1, last + 1)]


def settings_of(name: str) -> dict[str, Any]:
    """The settings that a logger cannot do without."""
    return VERSIONS[name.rpartition(".v")[0]][1]


@pytest.mark.parametrize("name", NAMES)
def test_a_tracker_that_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the logger, the package and how it is installed; so does that about one of another kind."""
    for package in ("wandb", "mlflow", "clearml"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r"\[E4442\].*Logger.*pip install (wandb|mlflow|clearml)"):
        registry.get("loggers", name)(**settings_of(name))
    for package in ("wandb", "mlflow", "clearml"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    with pytest.raises(ImportError, match=r"\[E4442\].*it has no"):
        registry.get("loggers", name)(**settings_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_only_the_last_version_leaves_the_console_alone(
    name: str, nlp: Language, wandb: Calls, mlflow: Calls, clearml: Calls
) -> None:
    """Versions before the last one print the table, too; the last one prints nothing."""
    printed = run(nlp, name, None, INFO, None, **settings_of(name))
    last = VERSIONS[name.rpartition(".v")[0]][0]
    assert ("LOSS TAGGER" in printed) == (not name.endswith(f"v{last}"))
    assert bool(printed) == (not name.endswith(f"v{last}"))


def test_legacy_name(nlp: Language, wandb: Calls) -> None:
    """The first version is known under its old name."""
    assert "LOSS TAGGER" in run(nlp, "spacy-legacy.WandbLogger.v1", INFO, project_name="p")
    assert [path for path, _, _ in wandb] == ["init", "log", "finish"]


@pytest.mark.parametrize("name", ["spacy.WandbLogger.v5", "spacy.MLflowLogger.v2", "spacy.ClearMLLogger.v2"])
def test_settings_that_are_not_sent(name: str, nlp: Language, wandb: Calls, mlflow: Calls, clearml: Calls) -> None:
    """What is removed, a setting or a section, reaches no tracker; a name that is not there is an error."""
    run(nlp, name, INFO, remove_config_values=["paths.train", "corpora", "nlp"], **settings_of(name))
    sent = str([*wandb, *mlflow, *clearml])
    assert "secret" not in sent
    assert "patience" in sent  # of [training]
    assert "'disabled'" not in sent
    with pytest.raises(ValueError, match=r"\[E4443\].*paths\.tran"):
        run(nlp, name, INFO, remove_config_values=["paths.tran"], **settings_of(name))


@pytest.mark.parametrize("name", ["spacy.WandbLogger.v5", "spacy.MLflowLogger.v2", "spacy.ClearMLLogger.v2"])
def test_a_pattern_that_is_none(name: str, wandb: Calls, mlflow: Calls, clearml: Calls) -> None:
    """What is no regular expression is told when the logger is made."""
    with pytest.raises(ValueError, match=r"'\('"):
        registry.get("loggers", name)(log_custom_stats=["("], **settings_of(name))


def test_wandb(nlp: Language, wandb: Calls) -> None:
    """One call a evaluation with all numbers; data, checkpoints and pipelines are sent as folders."""
    info = {**INFO, "output_path": "out/model-last"}
    run(
        nlp,
        "spacy.WandbLogger.v5",
        None,
        {**info, "step": 0},
        info,
        project_name="p",
        entity="team",
        run_name="first",
        model_log_interval=100,
        log_dataset_dir="data",
        log_best_dir="out/model-best",
        log_latest_dir="out/model-last",
        log_custom_stats=["^words$", "seconds"],
    )
    ((_, begun),) = named(wandb, "init")
    assert (begun["project"], begun["entity"], begun["name"]) == ("p", "team", "first")
    assert begun["config"]["paths"]["train"] == "/home/me/secret.spacy"
    (values,), more = named(wandb, "log")[1]
    assert values == {"score": 0.75, "loss_tagger": 12.5, **INFO["other_scores"], "words": 40, "seconds": 3}
    assert more == {"step": 200}
    artifacts = [(args[0], kwargs["type"]) for args, kwargs in named(wandb, "Artifact")]
    assert artifacts == [
        ("dataset", "dataset"),
        ("pipeline_the-id", "checkpoint"),  # none of step 0
        ("model_best", "model"),
        ("model_last", "model"),
    ]
    folders = [args[0] for args, _ in named(wandb, "Artifact().add_dir")]
    assert folders == ["data", "out/model-last", "out/model-best", "out/model-last"]
    assert named(wandb, "log_artifact")[1][1]["aliases"] == ["epoch 1 step 200", "latest", "best"]
    assert wandb[-1][0] == "finish"


def test_mlflow(nlp: Language, mlflow: Calls) -> None:
    """Settings as parameters, a hundred at once; numbers as metrics; the best pipeline as a folder."""
    info = {**INFO, "output_path": "out/model-last"}
    worse = {**info, "step": 300, "score": 0.25}
    run(nlp, "spacy.MLflowLogger.v2", info, worse, run_name="r", tags={"a": "b"}, log_custom_stats=["words"])
    assert named(mlflow, "start_run")[0][1]["run_name"] == "r"
    parameters = [args[0] for args, _ in named(mlflow, "log_params")]
    assert all(len(part) <= 100 for part in parameters)
    assert not [name for part in parameters for name in part if "@" in name]
    assert any("training.optimizer.optimizers" in part for part in parameters)
    (metrics,), more = named(mlflow, "log_metrics")[0]
    assert metrics == {"score": 0.75, "loss_tagger": 12.5, "tag_acc": 0.75, "per_type.A": 0.5, "words": 40}
    assert more == {"step": 200}
    assert named(mlflow, "log_artifacts") == [(("out/model-last", "best"), {})]
    assert mlflow[-1][0] == "end_run"


def test_clearml(nlp: Language, clearml: Calls) -> None:
    """Sections of the config, a plot for each kind of number, data and pipelines."""
    info = {**INFO, "output_path": "out/model-last"}
    worse = {**info, "step": 300, "score": 0.25}
    run(
        nlp,
        "spacy.ClearMLLogger.v2",
        info,
        worse,
        project_name="p",
        task_name="t",
        model_log_interval=100,
        log_dataset_dir="my/data",
        log_best_dir="best",
        log_latest_dir="last",
        log_custom_stats=["words"],
    )
    assert named(clearml, "Task.init")[0][1] == {"project_name": "p", "task_name": "t", "output_uri": True}
    assert {kwargs["name"] for _, kwargs in named(clearml, "Task.init().connect")} >= {"nlp", "training", "paths"}
    assert named(clearml, "Dataset.create")[0][1]["dataset_name"] == "data"
    plots = named(clearml, "Task.init().get_logger().report_scalar")
    first = [(*args, kwargs["value"]) for args, kwargs in plots if kwargs["iteration"] == 200]
    assert first == [
        ("Score", "Score", 0.75),
        ("loss_tagger", "loss_tagger", 12.5),
        ("tag_acc", "tag_acc", 0.75),
        ("per_type", "A", 0.5),
        ("words", "words", 40),
    ]
    updates = [kwargs["weights_path"] for _, kwargs in named(clearml, "OutputModel().update_weights_package")]
    assert updates == ["best", "last", "last"]
    assert [path for path, _, _ in clearml][-2:] == ["Task.init().flush", "Task.init().close"]


def test_a_logger_finds_the_saved_pipeline(nlp: Language) -> None:
    """An info is handed on when the pipeline is saved, with its path; else before the next step."""
    from tagma.training.events import Evaluated, Saved, Started, Stepped, Stopped

    seen: list[Any] = []

    def logger(*args: Any) -> Any:
        return (lambda info: seen.append(info and info.get("output_path", "not saved"))), lambda: seen.append("end")

    listener = LoggerListener(logger, nlp, io.StringIO(), io.StringIO())
    listener(Started(["tagger"], [], [], 0.1, 0))
    listener(Evaluated(dict(INFO), True))
    assert seen == []
    listener(Saved(Path("out"), True))
    listener(Stepped({}))
    listener(Evaluated(dict(INFO), True))
    listener(Stepped({}))
    listener(Evaluated(dict(INFO), True))
    listener(Stopped())
    assert seen == ["out", None, "not saved", None, "not saved", "end"]
