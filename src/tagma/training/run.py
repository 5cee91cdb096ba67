"""A training run: its settings, where it stands, and its steps.

It prints nothing and writes no file. What happens is told to listeners, as events (`tagma.training.events`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from timeit import default_timer as timer
from typing import TYPE_CHECKING, Any

from tagma.language.learning import finish_updates
from tagma.nn import Optimizer
from tagma.registries import registry
from tagma.training.batches import create_train_batches, subdivide_batch
from tagma.training.events import Changed, Evaluated, Event, Listener, Started, Stepped
from tagma.training.rehearsal import Rehearsal
from tagma.training.state import changed_settings, fingerprint, get_python_state, restore, set_python_state

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Config

__all__ = ["Evaluate", "Run", "Settings", "StepSettings", "Steps"]

Evaluate = Callable[[], tuple[float, dict[str, Any]]]
Batches = Iterator[tuple[int, list["Example"]]]
Steps = Iterator[tuple[list["Example"], dict[str, Any], bool | None]]


@dataclass(frozen=True, kw_only=True)
class StepSettings:
    """The settings of [training] that the steps depend on, as `ConfigSchemaTraining` describes them."""

    dropout: float | Iterable[float]
    eval_frequency: int
    accumulate_gradient: int
    patience: int
    max_steps: int
    frozen_components: list[str]
    annotating_components: list[str]
    before_update: Callable[[Language, dict[str, Any]], None] | None
    rehearse: str | None = None
    rehearse_weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Settings(StepSettings):
    """All settings of [training], with what its blocks and the names of its corpora stand for."""

    train_corpus: Callable[[Language], Iterable[Example]]
    dev_corpus: Callable[[Language], Iterable[Example]]
    batcher: Callable[[Iterable[Example]], Iterable[list[Example]]]
    max_epochs: int
    seed: int | None
    gpu_allocator: str | None
    score_weights: Mapping[str, float | None]
    optimizer: Optimizer
    logger: Callable[..., Any]
    before_to_disk: Callable[[Language], Language] | None

    @classmethod
    def from_config(cls, config: Config) -> Settings:
        """The settings of an interpolated config. Raises ConfigValidationError that names all that do not fit."""
        from tagma.language.configs import resolve_dot_names
        from tagma.nn.config import ConfigValidationError, schema_errors
        from tagma.schemas import ConfigSchemaTraining, optimizer_errors

        settings = registry.resolve({"training": config["training"]})["training"]
        errors = schema_errors(ConfigSchemaTraining, settings, ["training"])
        if errors := [*errors, *optimizer_errors(settings["optimizer"])]:
            raise ConfigValidationError(errors=errors, show_config=False)
        names = ("train_corpus", "dev_corpus")
        corpora = resolve_dot_names(config, [settings[name] for name in names])
        return cls(**{**settings, **dict(zip(names, corpora, strict=True))})


class Run:
    """Where a run stands, and how it goes on.

    step, epoch    numbers of the step and the pass that come next, or are being done
    results        [(score, step)] of all evaluations
    words          trained on so far
    listeners      called with each event
    """

    def __init__(
        self,
        nlp: Language,
        optimizer: Optimizer,
        settings: StepSettings,
        evaluate: Evaluate,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.nlp = nlp
        self.optimizer = optimizer
        self.settings = settings
        self.evaluate = evaluate
        self.listeners = listeners
        self.rehearsal: Rehearsal | None = None
        self.step: int = 0
        self.epoch: int = 0
        self.results: list[tuple[float, int]] = []
        self.losses: dict[str, float] = {}  # since the last evaluation
        self.words: int = 0
        self.has_stepped: bool = False  # in this process
        self._dropouts = _dropouts(settings.dropout)
        self._seconds_before = 0.0
        self._start = timer()
        self._epoch_states: list[list[Any]] = []
        self._replay: list[list[Any]] = []
        self._corpus: list[Any] | None = None  # its fingerprint; None for a corpus that is only streamed

    def emit(self, event: Event) -> None:
        """Tell the listeners, one after the other."""
        for listener in self.listeners:
            listener(event)

    def batches(
        self,
        corpus: Callable[[Language], Iterable[Example]],
        batcher: Callable[[Iterable[Example]], Iterable[list[Example]]],
        max_epochs: int,
    ) -> Batches:
        """(epoch, batch) until the epochs are over, in an order that `resume` can come back to."""

        def kept(nlp: Language) -> list[Example]:
            examples = list(corpus(nlp))
            self._corpus = fingerprint(examples)
            return examples

        read = corpus if max_epochs == -1 else kept
        return create_train_batches(self.nlp, read, batcher, max_epochs, on_epoch=self._epoch_begins)

    def _epoch_begins(self, epoch: int) -> None:
        # going through past epochs again, their shuffles must come out as they did
        if epoch < len(self._replay):
            set_python_state(self._replay[epoch])
        self._epoch_states.append(get_python_state())

    def progress(self) -> dict[str, Any]:
        """What `resume` needs, beside weights and random generators."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "results": [[float(score), step] for score, step in self.results],
            "words": self.words,
            "seconds": self.seconds,
            "epoch_states": self._epoch_states,
            "corpus": self._corpus,
        }

    @property
    def seconds(self) -> float:
        """Time spent in training, that before an interruption included."""
        return self._seconds_before + timer() - self._start

    def resume(self, state: dict[str, Any], batches: Batches, path: Path) -> None:
        """Go to where the saved run stood: past its batches and schedule values, then its weights and generators.

        state      as `read_state` gives it, from the file `path`
        batches    those of this run, from the first
        Raises ValueError if the state is of another pipeline or corpus.
        """
        progress = state["progress"]
        self._replay = progress["epoch_states"]
        scores = {step: score for score, step in progress["results"]}
        for step in range(progress["step"] + 1):
            if next(batches, None) is None:
                raise ValueError(f"{path}: the corpus has fewer batches than that run has seen; was it changed?")
            next(self._dropouts)
            self.optimizer.step_schedules()
            if step in scores:
                self._tell_schedules(scores[step])
        self.step = progress["step"] + 1
        self.epoch = progress["epoch"]
        self.results = [(score, step) for score, step in progress["results"]]
        self.words = progress["words"]
        self._seconds_before = progress["seconds"]
        restore(state, self.nlp, self.optimizer, path)
        changed = Changed(changed_settings(state, self.nlp.config), _corpus_change(progress["corpus"], self._corpus))
        if changed.settings or changed.corpus:
            self.emit(changed)

    def start(self) -> None:
        """Tell the listeners what is about to be trained."""
        self.emit(
            Started(
                pipeline=self.nlp.pipe_names,
                frozen=self.settings.frozen_components,
                annotating=self.settings.annotating_components,
                learn_rate=self.optimizer.learn_rate,
                step=self.step,
            )
        )

    def steps(self, batches: Iterable[tuple[int, list[Example]]]) -> Steps:
        """(batch, info, is best) of each step; is best is None where there was no evaluation."""
        for self.epoch, batch in batches:
            self._learn(batch)
            is_best, info = self._info()
            self.has_stepped = True
            self.emit(Stepped(info) if is_best is None else Evaluated(info, is_best))
            yield batch, info, is_best
            if is_best is not None:
                self.losses = {}
            self.step += 1
            if self.is_over():
                break

    def _learn(self, batch: list[Example]) -> None:
        """One step: the gradients of all parts of the batch, then the weights and the schedules."""
        if self.settings.before_update is not None:
            self.settings.before_update(self.nlp, {"step": self.step, "epoch": self.epoch})
        self._update(batch, next(self._dropouts))
        self.optimizer.step_schedules()
        self.words += sum(len(example) for example in batch)

    def _update(self, batch: list[Example], dropout: float) -> None:
        """Learn from a batch, in parts; then change the weights."""
        nlp, settings = self.nlp, self.settings
        frozen, annotating = settings.frozen_components, settings.annotating_components
        if self.rehearsal is not None:
            self.rehearsal.learn(sum(map(len, batch)), self.step, frozen)
        for part in subdivide_batch(batch, settings.accumulate_gradient):
            nlp.update(part, drop=dropout, losses=self.losses, sgd=False, exclude=frozen, annotates=annotating)
        finish_updates(nlp.pipeline, self.optimizer, frozen)

    def _tell_schedules(self, score: float) -> None:
        """What an evaluation gave, for settings that depend on it."""
        if isinstance(self.optimizer, Optimizer):
            self.optimizer.last_score = score

    def _info(self) -> tuple[bool | None, dict[str, Any]]:
        """Evaluate if it is time to: whether it is the best so far (None without an evaluation), and the info."""
        is_best: bool | None = None
        score: float | None = None
        scores: dict[str, Any] = {}
        if self.step % self.settings.eval_frequency == 0:
            with self.nlp.use_params(self.optimizer.averages):
                score, scores = self.evaluate()
            self.results.append((score, self.step))
            self._tell_schedules(score)
            is_best = score == max(self.results)[0]
        return is_best, {
            "epoch": self.epoch,
            "step": self.step,
            "score": score,
            "other_scores": scores,
            "losses": self.losses,
            "checkpoints": self.results,
            "seconds": int(self.seconds),
            "words": self.words,
        }

    def is_over(self) -> bool:
        """Whether the last step, `step - 1`, was the last of all."""
        last = self.step - 1
        if last < 0:
            return False
        patience, max_steps = self.settings.patience, self.settings.max_steps
        if self.results and patience:
            best_score = max(self.results)[0]
            best_step = min(step for score, step in self.results if score == best_score)
            if last - best_step >= patience:
                return True
        return bool(max_steps and last >= max_steps)


def _corpus_change(before: list[Any] | None, now: list[Any] | None) -> str:
    """What differs between two fingerprints of a corpus, in words; "" if nothing does or one is not known."""
    if not before or not now or before == now:
        return ""
    return f"{now[0]} examples, were {before[0]}" if before[0] != now[0] else "its words or annotation"


def _dropouts(dropout: float | Iterable[float]) -> Iterator[float]:
    """One rate a step: a number for ever, or the values of a schedule, of which the last one stays."""
    if isinstance(dropout, int | float):
        while True:
            yield float(dropout)
    last = 0.0
    for last in dropout:
        yield last
    while True:
        yield last
