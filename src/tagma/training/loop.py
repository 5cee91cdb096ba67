"""The training loop: batches, updates, evaluations, checkpoints, until patience or the number of steps ends it."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from timeit import default_timer as timer
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors, NotANumberError
from tagma.registries import registry
from tagma.training.initialize import set_up_run
from tagma.training.interrupts import Interrupts, TrainingInterrupted
from tagma.training.output import RunOutput, clean_output_dir, create_before_to_disk_callback
from tagma.training.state import (
    changed_settings,
    fingerprint,
    get_python_state,
    read_state,
    restore,
    set_python_state,
)

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
    "train_while_improving",
    "update_meta",
]

MAX_CHANGES = 5  # shown of the settings that changed since an interruption
Batches = Iterator[tuple[int, list["Example"]]]
Steps = Iterator[tuple[list["Example"], dict[str, Any], bool | None]]


def train(
    nlp: Language,
    output_path: Path | None = None,
    *,
    use_gpu: int = -1,
    stdout: IO[str] = sys.stdout,
    stderr: IO[str] = sys.stderr,
    resume: bool = False,
) -> tuple[Language, Path | None]:
    """Train an initialized pipeline by its config: (pipeline, path of model-last).

    output_path    folder for model-best and model-last, which are replaced; None saves nothing
    resume         go on with the run that was interrupted in `output_path`, from its last evaluation

    An interrupted and resumed run ends with the weights of an uninterrupted one, bit for bit.
    Ctrl-C, or SIGTERM, saves the pipeline as it is and raises TrainingInterrupted, a KeyboardInterrupt.
    Raises ValueError: E986 no batches, E901 old output in the way, E914 E915 wrong callbacks or scores, and for a
    state to resume from that is missing or damaged; ConfigValidationError for wrong settings.
    """
    config = nlp.config.interpolate()
    set_up_run(config, use_gpu)
    settings = _resolve_training(config)
    optimizer: Optimizer = settings["optimizer"]
    output = None
    if output_path is not None:
        before_to_disk = create_before_to_disk_callback(settings["before_to_disk"])
        output = RunOutput(Path(output_path), nlp, optimizer, before_to_disk, is_continued=resume)
    elif resume:
        raise ValueError("resuming needs the output folder of the interrupted run; give its path")
    last = output.last if output else None
    evaluate = create_evaluation_callback(nlp, settings["dev_corpus"], settings["score_weights"])
    run = _Run(nlp, optimizer, settings, evaluate)
    batches = run.batches(settings["train_corpus"])
    if output and resume:
        state = read_state(output.state)
        run.resume(state, batches, output.state)
        changes = changed_settings(state, config)
        for change in changes[:MAX_CHANGES]:
            stdout.write(f"⚠ Changed since the run was interrupted: {change}\n")
        if len(changes) > MAX_CHANGES:
            stdout.write(f"⚠ … and {len(changes) - MAX_CHANGES} more\n")
        if (before := state["progress"]["corpus"]) and run.corpus and before != run.corpus:
            what = (
                f"{run.corpus[0]} examples, were {before[0]}"
                if before[0] != run.corpus[0]
                else "its words or annotation"
            )
            stdout.write(f"⚠ Since the run was interrupted, the training corpus has changed: {what}\n")
        if run.is_over():
            stdout.write(f"ℹ Nothing left to train: the run in {output.path} ended at step {run.step - 1}.\n")
            return nlp, last
    elif output and output.state.exists():
        stdout.write(f"⚠ The run that is in {output.path} will be replaced at the first evaluation.\n")
    stdout.write(f"ℹ Pipeline: {nlp.pipe_names}\n")
    for title, key in (("Frozen components", "frozen_components"), ("Annotating", "annotating_components")):
        if settings[key]:
            stdout.write(f"ℹ {title}: {settings[key]}\n")
    stdout.write(f"ℹ Initial learn rate: {optimizer.learn_rate}\n")
    with nlp.select_pipes(disable=settings["frozen_components"]):  # which have no losses to show
        log_step, finalize = settings["logger"](nlp, stdout, stderr)
    with Interrupts() as interrupts:
        try:
            for _, info, is_best in run.steps(batches):
                log_step(info if is_best is not None else None)
                if is_best is not None and output:
                    update_meta(settings, nlp, info)
                    with interrupts.held():
                        output.save_evaluated(is_best=is_best, progress=run.progress())
            interrupts.end()
        except (Exception, KeyboardInterrupt) as error:
            interrupts.end()
            finalize()
            saved = _rescue(output, run, stdout)
            if isinstance(error, KeyboardInterrupt):
                raise TrainingInterrupted(saved, can_resume=output is not None and output.can_resume) from None
            if saved and output:
                stdout.write(f"⚠ Training ended by an error; the pipeline is saved as it is: {saved}\n")
                if output.can_resume and not isinstance(error, NotANumberError):
                    stdout.write("ℹ The run can be gone on with, from its last evaluation.\n")
            raise
        finalize()
        if output:
            output.save()
            stdout.write(f"✔ Saved the pipeline\n{last}\n")
    return nlp, last


def _rescue(output: RunOutput | None, run: _Run, stdout: IO[str]) -> Path | None:
    """Save the pipeline of a run that ends early: the path, or None if there is nothing to save or no way to."""
    if output is None or not run.has_stepped:
        return None
    try:
        output.save()
    except Exception as error:
        there = sorted(path.name for path in output.path.iterdir()) if output.path.is_dir() else []
        stdout.write(f"⚠ The pipeline could not be saved: {error}. In {output.path}: {', '.join(there) or 'nothing'}\n")
        return None
    return output.last


def _resolve_training(config: Any) -> dict[str, Any]:
    from tagma.language.configs import resolve_dot_names
    from tagma.nn import ConfigValidationError
    from tagma.schemas import ConfigSchemaTraining, optimizer_errors

    settings = registry.resolve({"training": config["training"]})["training"]
    if messages := [*_problems(settings, ConfigSchemaTraining), *optimizer_errors(settings["optimizer"])]:
        raise ConfigValidationError(errors=messages, show_config=False)
    settings["train_corpus"], settings["dev_corpus"] = resolve_dot_names(
        config, [settings["train_corpus"], settings["dev_corpus"]]
    )
    return settings


def _problems(settings: dict[str, Any], schema: Any) -> list[dict[str, Any]]:
    from pydantic import ValidationError

    try:
        schema.model_validate(settings)
    except ValidationError as error:
        return [
            {"loc": ["training", *e["loc"]], "msg": f"{e['msg']}, not {e['input']!r}", "type": e["type"]}
            for e in error.errors()
        ]
    return []


def train_while_improving(
    nlp: Language,
    optimizer: Optimizer,
    train_data: Iterable[tuple[int, list[Example]]],
    evaluate: Callable[[], tuple[float, dict[str, Any]]],
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
    settings = {
        "dropout": dropout,
        "eval_frequency": eval_frequency,
        "accumulate_gradient": accumulate_gradient,
        "patience": patience,
        "max_steps": max_steps,
        "frozen_components": exclude,
        "annotating_components": annotating_components,
        "before_update": before_update,
    }
    return _Run(nlp, optimizer, settings, evaluate).steps(train_data)


class _Run:
    """Where a run stands, and how it goes on."""

    def __init__(
        self,
        nlp: Language,
        optimizer: Optimizer,
        settings: dict[str, Any],
        evaluate: Callable[[], tuple[float, dict[str, Any]]],
    ) -> None:
        self.nlp = nlp
        self.optimizer = optimizer
        self.settings = settings
        self.evaluate = evaluate
        self.dropouts = _dropouts(settings["dropout"])
        self.step = 0
        self.has_stepped = False  # in this process
        self.epoch = 0
        self.results: list[tuple[float, int]] = []
        self.losses: dict[str, float] = {}
        self.words = 0
        self.seconds_before = 0.0
        self.start = timer()
        self.epoch_states: list[list[Any]] = []
        self.replay: list[list[Any]] = []
        self.corpus: list[Any] | None = None  # what it is known by; None for one that is only streamed

    def batches(self, corpus: Callable[[Language], Iterable[Example]]) -> Batches:
        """(epoch, batch) until the epochs are over. Raises ValueError E986 for an empty corpus."""
        max_epochs = self.settings["max_epochs"]

        def kept(nlp: Language) -> list[Example]:
            examples = list(corpus(nlp))
            self.corpus = fingerprint(examples)
            return examples

        read = corpus if max_epochs == -1 else kept
        return create_train_batches(self.nlp, read, self.settings["batcher"], max_epochs, on_epoch=self._epoch_begins)

    def _epoch_begins(self, epoch: int) -> None:
        # going through past epochs again, their shuffles must come out as they did
        if epoch < len(self.replay):
            set_python_state(self.replay[epoch])
        self.epoch_states.append(get_python_state())

    def progress(self) -> dict[str, Any]:
        """What `resume` needs, beside weights and random generators."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "results": [[float(score), step] for score, step in self.results],
            "words": self.words,
            "seconds": self.seconds,
            "epoch_states": self.epoch_states,
            "corpus": self.corpus,
        }

    @property
    def seconds(self) -> float:
        """Time spent in training, that before an interruption included."""
        return self.seconds_before + timer() - self.start

    def resume(self, state: dict[str, Any], batches: Batches, path: Path) -> None:
        """Go to where the saved run stood: past its batches and schedule values, then its weights and generators."""
        progress = state["progress"]
        self.replay = progress["epoch_states"]
        for _ in range(progress["step"] + 1):
            if next(batches, None) is None:
                raise ValueError(f"{path}: the corpus has fewer batches than that run has seen; was it changed?")
            next(self.dropouts)
            self.optimizer.step_schedules()
        self.step = progress["step"] + 1
        self.epoch = progress["epoch"]
        self.results = [(score, step) for score, step in progress["results"]]
        self.words = progress["words"]
        self.seconds_before = progress["seconds"]
        restore(state, self.nlp, self.optimizer, path)

    def steps(self, batches: Iterable[tuple[int, list[Example]]]) -> Steps:
        """(batch, info, is best) of each step; is best is None where there was no evaluation."""
        settings, nlp = self.settings, self.nlp
        frozen, annotating = settings["frozen_components"], settings["annotating_components"]
        for self.epoch, batch in batches:
            if settings["before_update"] is not None:
                settings["before_update"](nlp, {"step": self.step, "epoch": self.epoch})
            dropout = next(self.dropouts)
            for part in subdivide_batch(batch, settings["accumulate_gradient"]):
                nlp.update(part, drop=dropout, losses=self.losses, sgd=False, exclude=frozen, annotates=annotating)
            for name, proc in nlp.pipeline:
                if name in frozen or not getattr(proc, "is_trainable", False):
                    continue
                if getattr(proc, "model", None) not in (True, False, None):
                    proc.finish_update(self.optimizer)
            self.optimizer.step_schedules()
            self.words += sum(len(example) for example in batch)
            is_best: bool | None = None
            score: float | None = None
            scores: dict[str, Any] = {}
            if self.step % settings["eval_frequency"] == 0:
                with nlp.use_params(self.optimizer.averages):
                    score, scores = self.evaluate()
                self.results.append((score, self.step))
                is_best = score == max(self.results)[0]
            info = {
                "epoch": self.epoch,
                "step": self.step,
                "score": score,
                "other_scores": scores,
                "losses": self.losses,
                "checkpoints": self.results,
                "seconds": int(self.seconds),
                "words": self.words,
            }
            self.has_stepped = True
            yield batch, info, is_best
            if is_best is not None:
                self.losses = {}
            self.step += 1
            if self.is_over():
                break

    def is_over(self) -> bool:
        """Whether the last step, `step - 1`, was the last of all."""
        last = self.step - 1
        if last < 0:
            return False
        patience, max_steps = self.settings["patience"], self.settings["max_steps"]
        if self.results and patience:
            best_score = max(self.results)[0]
            best_step = min(step for score, step in self.results if score == best_score)
            if last - best_step >= patience:
                return True
        return bool(max_steps and last >= max_steps)


def _dropouts(dropout: Any) -> Iterator[float]:
    """One rate a step: a number for ever, or the values of a schedule, of which the last one stays."""
    if isinstance(dropout, int | float):
        while True:
            yield float(dropout)
    last = 0.0
    for last in dropout:
        yield last
    while True:
        yield last


def subdivide_batch(batch: Iterable[Example], accumulate_gradient: int) -> Iterator[list[Example]]:
    """The batch by length, in `accumulate_gradient` parts of equal number; what is left over is one more part."""
    ordered = sorted(batch, key=lambda example: len(example.predicted))
    size = len(ordered) // accumulate_gradient
    for i in range(accumulate_gradient):
        if part := ordered[i * size : (i + 1) * size]:
            yield part
    if rest := ordered[accumulate_gradient * size :]:
        yield rest


def create_train_batches(
    nlp: Language,
    corpus: Callable[[Language], Iterable[Example]],
    batcher: Callable[[Iterable[Example]], Iterable[list[Example]]],
    max_epochs: int,
    *,
    on_epoch: Callable[[int], None] = lambda epoch: None,
) -> Batches:
    """(epoch, batch). The corpus is kept and shuffled at each epoch; with max_epochs -1 it is read anew each time."""
    examples: list[Example] = [] if max_epochs == -1 else list(corpus(nlp))
    if max_epochs >= 0 and not examples:
        raise ValueError(Errors.E986)
    epoch = 0
    while max_epochs < 1 or epoch != max_epochs:
        on_epoch(epoch)
        if max_epochs >= 0:
            random.shuffle(examples)
        any_batch = False
        for batch in batcher(examples if max_epochs >= 0 else corpus(nlp)):
            any_batch = True
            yield epoch, batch
        if not any_batch:
            raise ValueError(Errors.E986)
        epoch += 1


def create_evaluation_callback(
    nlp: Language, dev_corpus: Callable[[Language], Iterable[Example]], weights: dict[str, float | None]
) -> Callable[[], tuple[float, dict[str, Any]]]:
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
        total = 0.0
        for name, weight in used.items():
            if name not in scores:
                continue
            try:
                total += scores[name] * weight
            except TypeError:
                raise ValueError(Errors.E915.format(name=name, score_type=type(scores[name]))) from None
        return float(total), scores

    return evaluate


def update_meta(training: Mapping[str, Any], nlp: Language, info: dict[str, Any]) -> None:
    """Write an evaluation to meta["performance"]: the scores that have weights in `training`, and the losses."""
    performance = {name: info["other_scores"].get(name, 0.0) for name in training["score_weights"]}
    for name in nlp.pipe_names:
        if name in info["losses"]:
            performance[f"{name}_loss"] = info["losses"][name]
    nlp.meta["performance"] = performance
