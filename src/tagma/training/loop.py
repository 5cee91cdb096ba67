"""The training loop: batches, updates, evaluations, checkpoints, until patience or the number of steps ends it."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from timeit import default_timer as timer
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.registry import registry
from tagma.training.initialize import set_up_run
from tagma.training.state import STATE_FILE, get_python_state, read_state, restore, set_python_state, write_state

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn import Optimizer
    from tagma.training.example import Example

__all__ = ["create_before_to_disk_callback", "create_evaluation_callback", "create_train_batches", "train"]

DIR_MODEL_BEST = "model-best"
DIR_MODEL_LAST = "model-last"

Batches = Iterator[tuple[int, list["Example"]]]


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
    Raises ValueError: E986 no batches, E901 old output in the way, E914 E915 wrong callbacks or scores, and for a
    state to resume from that is missing or damaged; ConfigValidationError for wrong settings.
    """
    config = nlp.config.interpolate()
    set_up_run(config, use_gpu)
    settings = _resolve_training(config)
    output_path = Path(output_path) if output_path is not None else None
    train_corpus, dev_corpus = settings["train_corpus"], settings["dev_corpus"]
    optimizer: Optimizer = settings["optimizer"]
    evaluate = create_evaluation_callback(nlp, dev_corpus, settings["score_weights"])
    before_to_disk = create_before_to_disk_callback(settings["before_to_disk"])
    state_path = output_path / STATE_FILE if output_path else None
    state: dict[str, Any] | None = None
    if resume:
        if state_path is None:
            raise ValueError("resuming needs the output folder of the interrupted run; give its path")
        state = read_state(state_path)
    elif output_path is not None:
        _remove_old(output_path)
    if output_path is not None:
        _remove_parts(output_path)
    run = _Run(nlp, optimizer, settings, evaluate)
    batches = run.batches(train_corpus)
    if state is not None and state_path is not None:
        run.resume(state, batches, state_path)
        if run.is_over():
            stdout.write(f"ℹ Nothing left to train: the run in {output_path} ended at step {run.step - 1}.\n")
            return nlp, output_path / DIR_MODEL_LAST if output_path is not None else None
    stdout.write(f"ℹ Pipeline: {nlp.pipe_names}\n")
    for title, key in (("Frozen components", "frozen_components"), ("Annotating", "annotating_components")):
        if settings[key]:
            stdout.write(f"ℹ {title}: {settings[key]}\n")
    stdout.write(f"ℹ Initial learn rate: {optimizer.learn_rate}\n")
    with nlp.select_pipes(disable=settings["frozen_components"]):  # which have no losses to show
        log_step, finalize = settings["logger"](nlp, stdout, stderr)
    stepped = False
    try:
        for _, info, is_best in run.steps(batches):
            stepped = True
            log_step(info if is_best is not None else None)
            if is_best is None or output_path is None:
                continue
            _update_meta(settings, nlp, info)
            with nlp.use_params(optimizer.averages):
                final = before_to_disk(nlp)
                final.to_disk(output_path / DIR_MODEL_LAST)
            if is_best:
                _copy_folder(output_path / DIR_MODEL_LAST, output_path / DIR_MODEL_BEST)
            if state_path is not None:
                write_state(state_path, nlp, optimizer, run.progress())
    except Exception:
        if output_path is not None and stepped:
            stdout.write(
                f"⚠ Training ended by an error; the pipeline is saved as it is: {output_path / DIR_MODEL_LAST}. "
                "It can be resumed from the last evaluation.\n"
            )
        raise
    finally:
        finalize()
        if output_path is not None and stepped:
            with nlp.use_params(optimizer.averages):
                before_to_disk(nlp).to_disk(output_path / DIR_MODEL_LAST)
    if output_path is not None:
        stdout.write(f"✔ Saved the pipeline\n{output_path / DIR_MODEL_LAST}\n")
    return nlp, output_path / DIR_MODEL_LAST if output_path is not None else None


def _resolve_training(config: Any) -> dict[str, Any]:
    from tagma.loading import resolve_dot_names
    from tagma.nn import ConfigValidationError
    from tagma.schemas import ConfigSchemaTraining

    settings = registry.resolve({"training": config["training"]})["training"]
    if messages := _problems(settings, ConfigSchemaTraining):
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


def _remove_old(output_path: Path) -> None:
    try:
        for name in (DIR_MODEL_BEST, DIR_MODEL_LAST):
            if (output_path / name).exists():
                shutil.rmtree(output_path / name)
        (output_path / STATE_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(Errors.E901.format(path=output_path, error=error)) from error


def _remove_parts(output_path: Path) -> None:
    """Remove what a run that was killed while it saved has left beside its files."""
    for name in (DIR_MODEL_BEST, DIR_MODEL_LAST, STATE_FILE):
        for ending in ("part", "old"):
            for path in output_path.glob(f".{name}*.{ending}"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_folder(source: Path, target: Path) -> None:
    """Replace `target` by a copy of `source`; it is there whole at any time but the moment of the exchange."""
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(source, part)
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


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
        self.epoch = 0
        self.results: list[tuple[float, int]] = []
        self.losses: dict[str, float] = {}
        self.words = 0
        self.seconds_before = 0.0
        self.start = timer()
        self.epoch_states: list[list[Any]] = []
        self.replay: list[list[Any]] = []

    def batches(self, corpus: Callable[[Language], Iterable[Example]]) -> Batches:
        """(epoch, batch) until the epochs are over. Raises ValueError E986 for an empty corpus."""
        return create_train_batches(
            self.nlp, corpus, self.settings["batcher"], self.settings["max_epochs"], on_epoch=self._epoch_begins
        )

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

    def steps(self, batches: Batches) -> Iterator[tuple[list[Example], dict[str, Any], bool | None]]:
        """(batch, info, is best) of each step; is best is None where there was no evaluation."""
        settings, nlp = self.settings, self.nlp
        frozen, annotating = settings["frozen_components"], settings["annotating_components"]
        for self.epoch, batch in batches:
            if settings["before_update"] is not None:
                settings["before_update"](nlp, {"step": self.step, "epoch": self.epoch})
            dropout = next(self.dropouts)
            for part in _subdivide(batch, settings["accumulate_gradient"]):
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


def _subdivide(batch: list[Example], parts: int) -> Iterator[list[Example]]:
    """The batch by length, in `parts` parts of equal number; what is left over is one more part."""
    ordered = sorted(batch, key=lambda example: len(example.predicted))
    size = len(ordered) // parts
    for i in range(parts):
        if part := ordered[i * size : (i + 1) * size]:
            yield part
    if rest := ordered[parts * size :]:
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


def create_before_to_disk_callback(
    callback: Callable[[Language], Language] | None,
) -> Callable[[Language], Language]:
    """The callback with its result checked. Raises ValueError E914 unless it returns a pipeline."""
    from tagma.language import Language

    def before_to_disk(nlp: Language) -> Language:
        if callback is None:
            return nlp
        changed = callback(nlp)
        if not isinstance(changed, Language):
            raise ValueError(Errors.E914.format(value=type(changed)))
        return changed

    return before_to_disk


def _update_meta(settings: dict[str, Any], nlp: Language, info: dict[str, Any]) -> None:
    performance = {name: info["other_scores"].get(name, 0.0) for name in settings["score_weights"]}
    for name in nlp.pipe_names:
        if name in info["losses"]:
            performance[f"{name}_loss"] = info["losses"][name]
    nlp.meta["performance"] = performance
