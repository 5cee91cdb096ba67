"""Loggers that send a run to a tracker of experiments: Weights & Biases, MLflow, ClearML.

    [training.logger]
    @loggers = "spacy.WandbLogger.v5"
    project_name = "tagging"
    remove_config_values = ["paths.train"]

The tracker's own package is imported when the logger is made; it is installed by its users, as `pip install wandb`. The
config that is sent is interpolated, and lacks what `remove_config_values` names. Each evaluation sends `score`,
`loss_<component>` and the scores; `log_custom_stats` are regular expressions, and each entry of the info whose dotted
name one of them finds is sent besides. The first versions of each print the table on the console as well; for others
there is `spacy.ChainLogger.v1`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.registries import registry
from tagma.training.loggers import LogStep, Setup, console_logger_v1, selection
from tagma.util.dotted import dict_to_dot, dot_to_dict
from tagma.util.frozen import SimpleFrozenList

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["clearml_logger", "mlflow_logger", "wandb_logger"]

MAX_PARAMETERS = 100  # that MLflow takes at once
NONE: list[str] = SimpleFrozenList()
Begin = Callable[["Language"], tuple[Callable[[dict[str, Any]], None], Callable[[], None]]]


def required(logger: str, package: str, needs: Sequence[str]) -> Any:
    """The package of a tracker. Raises ImportError E4442 if it is not installed, or lacks what is needed of it."""
    try:
        module = import_module(package)
    except ImportError as error:
        raise ImportError(Errors.E4442.format(logger=logger, package=package, reason=error)) from error
    if lacks := [name for name in needs if not hasattr(module, name)]:
        raise ImportError(Errors.E4442.format(logger=logger, package=package, reason=f"it has no {', '.join(lacks)}"))
    return module


def _logger(begin: Begin, *, console: bool) -> Setup:
    """A logger of what a tracker does at the beginning of a run, after each evaluation and at the end."""

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        table, end_table = console_logger_v1()(nlp, stdout, stderr) if console else (None, None)
        send, end = begin(nlp)

        def log_step(info: dict[str, Any] | None) -> None:
            if table is not None:
                table(info)
            if info is not None:
                send(info)

        def finalize() -> None:
            if end_table is not None:
                end_table()
            end()

        return log_step, finalize

    return setup


def _config(nlp: Language, remove: Sequence[str]) -> dict[str, Any]:
    """The interpolated config by dotted names, without settings and sections that are named.

    Raises ValueError E4443 for a name that is not in the config.
    """
    flat = dict_to_dot(nlp.config.interpolate())
    for name in remove:
        gone = [key for key in flat if key == name or key.startswith(f"{name}.")]
        if not gone:
            raise ValueError(Errors.E4443.format(name=name))
        for key in gone:
            del flat[key]
    return flat


def _numbers(info: Mapping[str, Any]) -> dict[str, Any]:
    """`loss_<component>` and the score; the other scores are left to each tracker."""
    losses = {f"loss_{name}": value for name, value in (info["losses"] or {}).items()}
    return losses if info["score"] is None else {"score": info["score"], **losses}


def _is_best(info: Mapping[str, Any]) -> bool:
    return bool(info["score"] == max(info["checkpoints"])[0])


def _is_due(info: Mapping[str, Any], interval: int | None) -> bool:
    """Whether the saved pipeline is to be sent after this step."""
    return bool(interval and info.get("output_path") and info["step"] and info["step"] % interval == 0)


def wandb_logger(
    version: int,
    project_name: str,
    remove_config_values: list[str],
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    entity: str | None = None,
    run_name: str | None = None,
    log_best_dir: str | None = None,
    log_latest_dir: str | None = None,
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """Weights & Biases: numbers of a run, the data and pipelines as artifacts. See `wandb_logger_v5`."""
    wandb = required("WandbLogger", "wandb", ["init", "log", "finish", "Artifact", "log_artifact"])
    custom = selection("WandbLogger", log_custom_stats or ())

    def send_folder(path: str, name: str, kind: str, **more: Any) -> None:
        aliases = more.pop("aliases", None)
        artifact = wandb.Artifact(name, type=kind, **more)
        artifact.add_dir(path, name=name)
        wandb.log_artifact(artifact, aliases=aliases)

    def begin(nlp: Language) -> tuple[Callable[[dict[str, Any]], None], Callable[[], None]]:
        config = dot_to_dict(_config(nlp, remove_config_values))
        run = wandb.init(project=project_name, config=config, entity=entity, name=run_name, reinit=True)
        if log_dataset_dir:
            send_folder(log_dataset_dir, "dataset", "dataset")

        def send(info: dict[str, Any]) -> None:
            wandb.log({**_numbers(info), **info["other_scores"], **custom(info)}, step=info["step"])
            if _is_due(info, model_log_interval):
                aliases = [f"epoch {info['epoch']} step {info['step']}", "latest", *["best"] * _is_best(info)]
                send_folder(info["output_path"], f"pipeline_{run.id}", "checkpoint", metadata=info, aliases=aliases)

        def end() -> None:
            for folder, name in ((log_best_dir, "model_best"), (log_latest_dir, "model_last")):
                if folder:
                    send_folder(folder, name, "model")
            wandb.finish()

        return send, end

    return _logger(begin, console=version < 5)


@registry.loggers("spacy.WandbLogger.v1")
@registry.loggers("spacy-legacy.WandbLogger.v1")
def wandb_logger_v1(project_name: str, remove_config_values: list[str] = NONE) -> Setup:
    """Weights & Biases, and the table on the console. See `wandb_logger_v5`."""
    return wandb_logger(1, project_name, remove_config_values)


@registry.loggers("spacy.WandbLogger.v2")
def wandb_logger_v2(
    project_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
) -> Setup:
    """Weights & Biases, and the table on the console. See `wandb_logger_v5`."""
    return wandb_logger(2, project_name, remove_config_values, model_log_interval, log_dataset_dir)


@registry.loggers("spacy.WandbLogger.v3")
def wandb_logger_v3(
    project_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    entity: str | None = None,
    run_name: str | None = None,
) -> Setup:
    """Weights & Biases, and the table on the console. See `wandb_logger_v5`."""
    return wandb_logger(3, project_name, remove_config_values, model_log_interval, log_dataset_dir, entity, run_name)


@registry.loggers("spacy.WandbLogger.v4")
def wandb_logger_v4(
    project_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    entity: str | None = None,
    run_name: str | None = None,
    log_best_dir: str | None = None,
    log_latest_dir: str | None = None,
) -> Setup:
    """Weights & Biases, and the table on the console. See `wandb_logger_v5`."""
    folders = (log_best_dir, log_latest_dir)
    data = (model_log_interval, log_dataset_dir)
    return wandb_logger(4, project_name, remove_config_values, *data, entity, run_name, *folders)


@registry.loggers("spacy.WandbLogger.v5")
def wandb_logger_v5(
    project_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    entity: str | None = None,
    run_name: str | None = None,
    log_best_dir: str | None = None,
    log_latest_dir: str | None = None,
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """Weights & Biases.

    remove_config_values    dotted names of settings and sections that are not sent
    model_log_interval      send the saved pipeline after evaluations whose step is a multiple of this
    log_dataset_dir         a folder that is sent when the run begins
    entity, run_name        user or team, and name of the run; the tracker's own choice if not given
    log_best_dir, log_latest_dir    folders of pipelines that are sent when the run ends
    log_custom_stats        regular expressions of names of the info that are sent besides
    Raises ImportError E4442 without wandb, ValueError for what is no regular expression.
    """
    folders = (log_best_dir, log_latest_dir)
    data = (model_log_interval, log_dataset_dir)
    return wandb_logger(5, project_name, remove_config_values, *data, entity, run_name, *folders, log_custom_stats)


def mlflow_logger(
    version: int,
    run_id: str | None,
    experiment_id: str | None,
    run_name: str | None,
    nested: bool,
    tags: dict[str, Any] | None,
    remove_config_values: list[str],
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """MLflow: settings as parameters, numbers as metrics, the best pipeline as artifact. See `mlflow_logger_v2`."""
    needs = ["start_run", "log_params", "log_metrics", "log_artifacts", "end_run"]
    mlflow = required("MLflowLogger", "mlflow", needs)
    custom = selection("MLflowLogger", log_custom_stats or ())

    def begin(nlp: Language) -> tuple[Callable[[dict[str, Any]], None], Callable[[], None]]:
        # "@" is not allowed in the name of a parameter
        parameters = [(name.replace("@", ""), value) for name, value in _config(nlp, remove_config_values).items()]
        mlflow.start_run(run_id=run_id, experiment_id=experiment_id, run_name=run_name, nested=nested, tags=tags)
        for start in range(0, len(parameters), MAX_PARAMETERS):
            mlflow.log_params(dict(parameters[start : start + MAX_PARAMETERS]))

        def send(info: dict[str, Any]) -> None:
            scores = dict_to_dot(info["other_scores"] or {})
            numbers = {name: value for name, value in {**scores, **custom(info)}.items() if _is_number(value)}
            mlflow.log_metrics({**_numbers(info), **numbers}, step=info["step"])
            if info.get("output_path") and _is_best(info):
                mlflow.log_artifacts(info["output_path"], "best")

        return send, mlflow.end_run

    return _logger(begin, console=version < 2)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@registry.loggers("spacy.MLflowLogger.v1")
def mlflow_logger_v1(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    tags: dict[str, Any] | None = None,
    remove_config_values: list[str] = NONE,
) -> Setup:
    """MLflow, and the table on the console. See `mlflow_logger_v2`."""
    return mlflow_logger(1, run_id, experiment_id, run_name, nested, tags, remove_config_values)


@registry.loggers("spacy.MLflowLogger.v2")
def mlflow_logger_v2(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    tags: dict[str, Any] | None = None,
    remove_config_values: list[str] = NONE,
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """MLflow. After an evaluation that is the best so far the saved pipeline is sent as the artifact "best".

    run_id, experiment_id, run_name, nested, tags    of `mlflow.start_run`
    remove_config_values, log_custom_stats           as of `wandb_logger_v5`
    Raises ImportError E4442 without mlflow, ValueError for what is no regular expression.
    """
    return mlflow_logger(2, run_id, experiment_id, run_name, nested, tags, remove_config_values, log_custom_stats)


def clearml_logger(
    version: int,
    project_name: str,
    task_name: str,
    remove_config_values: list[str],
    model_log_interval: int | None,
    log_dataset_dir: str | None,
    log_best_dir: str | None,
    log_latest_dir: str | None,
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """ClearML: sections of the config, numbers as plots, data and pipelines. See `clearml_logger_v2`."""
    clearml = required("ClearMLLogger", "clearml", ["Task", "Dataset", "OutputModel"])
    custom = selection("ClearMLLogger", log_custom_stats or ())

    def begin(nlp: Language) -> tuple[Callable[[dict[str, Any]], None], Callable[[], None]]:
        task = clearml.Task.init(project_name=project_name, task_name=task_name, output_uri=True)
        for section, settings in dot_to_dict(_config(nlp, remove_config_values)).items():
            task.connect(settings, name=section)
        if log_dataset_dir:
            data = clearml.Dataset.create(dataset_project=project_name, dataset_name=Path(log_dataset_dir).name)
            data.add_files(log_dataset_dir)
            data.finalize(auto_upload=True)
            task.set_user_properties({"name": "Created Dataset ID", "value": data.id})
        models = {
            name: (clearml.OutputModel(task=task, framework="spaCy", name=f"{name} Model"), folder)
            for name, folder in (("Best", log_best_dir), ("Last", log_latest_dir))
            if folder
        }

        def send(info: dict[str, Any]) -> None:
            plots = task.get_logger()
            for title, series, value in _plots(info, custom(info)):
                plots.report_scalar(title, series, iteration=info["step"], value=value)
            if _is_due(info, model_log_interval):
                for name, (model, folder) in models.items():
                    if name == "Last" or _is_best(info):
                        model.update_weights_package(
                            weights_path=folder, auto_delete_file=False, target_filename=f"{name.lower()}_model"
                        )

        def end() -> None:
            task.flush(wait_for_uploads=True)
            task.close()

        return send, end

    return _logger(begin, console=version < 2)


def _plots(info: Mapping[str, Any], custom: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """(title, series, value) of each number; scores of one kind, such as those by label, are series of one plot."""
    found = [("Score", "Score", info["score"])]
    found += [(f"loss_{name}", f"loss_{name}", value) for name, value in (info["losses"] or {}).items()]
    for name, value in (info["other_scores"] or {}).items():
        series = dict_to_dot(value).items() if isinstance(value, dict) else [(name, value)]
        found += [(name, part, number) for part, number in series]
    found += [(name, name, value) for name, value in custom.items()]
    return [plot for plot in found if _is_number(plot[2])]


@registry.loggers("spacy.ClearMLLogger.v1")
def clearml_logger_v1(
    project_name: str,
    task_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    log_best_dir: str | None = None,
    log_latest_dir: str | None = None,
) -> Setup:
    """ClearML, and the table on the console. See `clearml_logger_v2`."""
    folders = (log_dataset_dir, log_best_dir, log_latest_dir)
    return clearml_logger(1, project_name, task_name, remove_config_values, model_log_interval, *folders)


@registry.loggers("spacy.ClearMLLogger.v2")
def clearml_logger_v2(
    project_name: str,
    task_name: str,
    remove_config_values: list[str] = NONE,
    model_log_interval: int | None = None,
    log_dataset_dir: str | None = None,
    log_best_dir: str | None = None,
    log_latest_dir: str | None = None,
    log_custom_stats: list[str] | None = None,
) -> Setup:
    """ClearML. The folders of the best and the latest pipeline are sent every `model_log_interval` steps.

    Other settings are those of `wandb_logger_v5`. Raises ImportError E4442 without clearml, ValueError for what is no
    regular expression.
    """
    folders = (log_dataset_dir, log_best_dir, log_latest_dir)
    more = (*folders, log_custom_stats)
    return clearml_logger(2, project_name, task_name, remove_config_values, model_log_interval, *more)
