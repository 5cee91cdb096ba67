"""The training loop: batches, updates, evaluations, checkpoints, until patience or the number of steps ends it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors, NotANumberError
from tagma.training.batches import create_train_batches, subdivide_batch
from tagma.training.events import Complete, Failed, Finished, Interrupted, Listener, NotSaved, Replaces, Saved, Stopped
from tagma.training.initialize import set_up_run
from tagma.training.interrupts import Interrupts, TrainingInterrupted, signal_of
from tagma.training.output import RunOutput, clean_output_dir, create_before_to_disk_callback
from tagma.training.rehearsal import Rehearsal
from tagma.training.report import LoggerListener, Reporter
from tagma.training.run import Evaluate, Run, Settings, Steps, StepSettings
from tagma.training.state import read_state

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Optimizer

__all__ = [
    "clean_output_dir",
    "create_before_to_disk_callback",
    "create_evaluation_callback",
    "create_train_batches",
    "subdivide_batch",
    "train",
    "train_and_save",
    "train_while_improving",
    "update_meta",
    "weighted_sum",
]


def train(
    nlp: Language,
    output_path: Path | None = None,
    *,
    use_gpu: int = -1,
    stdout: IO[str] = sys.stdout,
    stderr: IO[str] = sys.stderr,
    resume: bool = False,
    listeners: Sequence[Listener] = (),
) -> tuple[Language, Path | None]:
    """Train an initialized pipeline by its config: (pipeline, path of model-last).

    output_path       folder for model-best and model-last, which are replaced; None saves nothing
    stdout, stderr    where the lines about the run and those of its logger go
    resume            go on with the run that was interrupted in `output_path`, from its last evaluation
    listeners         functions that are called with each event of the run (tagma.training.events)

    An interrupted and resumed run ends with the weights of an uninterrupted one, bit for bit.
    Ctrl-C, or SIGTERM, saves the pipeline as it is and raises TrainingInterrupted, a KeyboardInterrupt.
    With [training] rehearse, components that were taken from a trained pipeline also rehearse what they knew, on texts
    of that file (`tagma.training.rehearsal`).
    Raises ValueError: E986 no batches, E4326 E4327 nothing to rehearse, E901 old output in the way, E914 E915 wrong
    callbacks or scores, and for a state to resume from that is missing or damaged; ConfigValidationError for wrong
    settings.
    """
    config = nlp.config.interpolate()
    set_up_run(config, use_gpu)
    settings = Settings.from_config(config)
    output = _output(nlp, settings, output_path, resume)
    evaluate = create_evaluation_callback(nlp, settings.dev_corpus, settings.score_weights)
    told: list[Listener] = [Reporter(stdout), LoggerListener(settings.logger, nlp, stdout, stderr), *listeners]
    run = Run(nlp, settings.optimizer, settings, evaluate, told)
    if settings.rehearse is not None:
        run.rehearsal = Rehearsal(nlp, settings.rehearse, settings.rehearse_weight, settings.seed)
    batches = run.batches(settings.train_corpus, settings.batcher, settings.max_epochs)
    if output and resume:
        run.resume(read_state(output.state), batches, output.state)
        if run.is_over():
            run.emit(Complete(output.path, run.step - 1))
            return nlp, output.last
    elif output and output.state.exists():
        run.emit(Replaces(output.path))
    run.start()
    train_and_save(run, batches, output, settings.score_weights)
    return nlp, output.last if output else None


def _output(nlp: Language, settings: Settings, path: Path | None, resume: bool) -> RunOutput | None:
    if path is None:
        if resume:
            raise ValueError("resuming needs the output folder of the interrupted run; give its path")
        return None
    before_to_disk = create_before_to_disk_callback(settings.before_to_disk)
    return RunOutput(Path(path), nlp, settings.optimizer, before_to_disk, is_continued=resume)


def train_and_save(
    run: Run,
    batches: Iterable[tuple[int, list[Example]]],
    output: RunOutput | None,
    score_weights: Mapping[str, float | None],
) -> None:
    """All steps, with a save after each evaluation and one at the end, however it comes."""
    with Interrupts() as interrupts:
        try:
            for _, info, is_best in run.steps(batches):
                if is_best is not None and output:
                    update_meta({"score_weights": score_weights}, run.nlp, info)
                    with interrupts.held():
                        output.save_evaluated(is_best=is_best, progress=run.progress())
                    run.emit(Saved(output.last, is_best))
            interrupts.end()
        except (Exception, KeyboardInterrupt) as error:
            interrupts.end()
            run.emit(Stopped())
            saved = _rescue(run, output)
            can_resume = output is not None and output.can_resume
            if isinstance(error, KeyboardInterrupt):
                run.emit(Interrupted(saved, can_resume))
                raise TrainingInterrupted(saved, can_resume=can_resume, number=signal_of(error)) from None
            run.emit(Failed(error, saved, can_resume and not isinstance(error, NotANumberError)))
            raise
        run.emit(Stopped())
        if output:
            output.save()
        run.emit(Finished(output.last if output else None))


def _rescue(run: Run, output: RunOutput | None) -> Path | None:
    """Save the pipeline of a run that ends early: the path, or None if there is nothing to save or no way to."""
    if output is None or not run.has_stepped:
        return None
    try:
        output.save()
    except Exception as error:
        there = sorted(path.name for path in output.path.iterdir()) if output.path.is_dir() else []
        run.emit(NotSaved(output.path, error, there))
        return None
    return output.last


def train_while_improving(
    nlp: Language,
    optimizer: Optimizer,
    train_data: Iterable[tuple[int, list[Example]]],
    evaluate: Evaluate,
    *,
    dropout: float | Iterable[float],
    eval_frequency: int,
    accumulate_gradient: int,
    patience: int,
    max_steps: int,
    exclude: list[str],
    annotating_components: list[str],
    before_update: Callable[[Language, dict[str, Any]], None] | None,
) -> Steps:
    """Train, and give (batch, info, is best) after each step; is best is None where there was no evaluation.

    train_data     (epoch, batch), as from `create_train_batches`
    evaluate       () -> (score, all scores), as from `create_evaluation_callback`
    patience       end so many steps after the best score; 0 does not
    max_steps      end after the step of that number, the first being 0; 0 does not
    exclude        components that are not trained

    It is the loop of `train`, without anything that is written or printed.
    """
    settings = StepSettings(
        dropout=dropout,
        eval_frequency=eval_frequency,
        accumulate_gradient=accumulate_gradient,
        patience=patience,
        max_steps=max_steps,
        frozen_components=exclude,
        annotating_components=annotating_components,
        before_update=before_update,
    )
    return Run(nlp, optimizer, settings, evaluate).steps(train_data)


def create_evaluation_callback(
    nlp: Language, dev_corpus: Callable[[Language], Iterable[Example]], weights: Mapping[str, float | None]
) -> Evaluate:
    """`() -> (final score, all scores)`: the scores on the development corpus, and their weighted sum.

    It raises ValueError: E4042 for a corpus without documents, E4043 for one from which no weighted score can be had,
    E915 for a score that is no number.
    """
    used = {name: value for name, value in weights.items() if value is not None}

    def evaluate() -> tuple[float, dict[str, Any]]:
        corpus = {"name": nlp.config["training"]["dev_corpus"], "path": getattr(dev_corpus, "path", dev_corpus)}
        examples = list(dev_corpus(nlp))
        if not examples:
            raise ValueError(Errors.E4042.format(**corpus))
        try:
            scores = nlp.evaluate(examples)
        except KeyError as error:
            raise KeyError(Errors.E900.format(pipeline=nlp.pipe_names)) from error
        wanted = {name: scores[name] for name, weight in used.items() if weight and name in scores}
        if wanted and all(value is None for value in wanted.values()):
            raise ValueError(Errors.E4043.format(scores=", ".join(wanted), **corpus))
        scores = {name: value for name, value in scores.items() if value is not None}
        return weighted_sum(scores, used), scores

    return evaluate


def weighted_sum(scores: Mapping[str, Any], weights: Mapping[str, float]) -> float:
    """The final score. Raises ValueError E915 for a score that is no number."""
    total = 0.0
    for name, weight in weights.items():
        if name not in scores:
            continue
        try:
            total += scores[name] * weight
        except TypeError:
            raise ValueError(Errors.E915.format(name=name, score_type=type(scores[name]))) from None
    return float(total)


def update_meta(training: Mapping[str, Any], nlp: Language, info: dict[str, Any]) -> None:
    """Write an evaluation to meta["performance"]: the scores that have weights in `training`, and the losses."""
    performance = {name: info["other_scores"].get(name, 0.0) for name in training["score_weights"]}
    for name in nlp.pipe_names:
        if name in info["losses"]:
            performance[f"{name}_loss"] = info["losses"][name]
    nlp.meta["performance"] = performance
