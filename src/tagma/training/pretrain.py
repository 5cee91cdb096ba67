"""Pretraining: a tok2vec network learns from raw text, before it learns from annotated text.

    corpus ── batches of docs ── hidden words ── tok2vec, output layers ──▶ model0.bin, model1.bin, …, model-last.bin

The files hold the weights of the tok2vec network alone; [initialize] init_tok2vec takes them over.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, NotANumberError, Warnings, warn_user
from tagma.language.initialize import get_pretrained_layer, get_tok2vec_ref, load_tok2vec
from tagma.nn import Config, Model, Optimizer, set_dropout_rate
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.training.initialize import set_up_run
from tagma.training.interrupts import Interrupts, TrainingInterrupted, signal_of
from tagma.training.report import PretrainingTable
from tagma.training.state import read_state, restore, write_state
from tagma.util.paths import check_place, replace_file

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Ops
    from tagma.nn.types import Floats2d
    from tagma.vocab import Vocab

__all__ = [
    "LAST_WEIGHTS",
    "PRETRAINING_STATE",
    "ProgressTracker",
    "create_pretraining_model",
    "ensure_docs",
    "get_tok2vec_ref",
    "make_update",
    "number_of_epoch",
    "pretrain",
]

LAST_WEIGHTS = "model-last.bin"
PRETRAINING_STATE = "pretraining-state"
LOG = "log.jsonl"
ROW_WORDS = 10_000  # between two rows of the table
SAMPLE = "A short text shows the shapes."
WEIGHTS = re.compile(r"model(\d+)\.bin")
Objective = Callable[["Ops", list[Doc], "Floats2d"], tuple[float, "Floats2d"]]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """[pretraining], with what its blocks and the name of its corpus stand for."""

    max_epochs: int
    dropout: float
    n_save_every: int | None
    n_save_epoch: int | None
    component: str
    layer: str
    corpus: Callable[[Language], Iterable[Example | Doc]]
    corpus_name: str
    batcher: Callable[[Iterable[Any]], Iterable[list[Any]]]
    objective: Callable[[Vocab, Model[Any, Any]], Model[Any, Any]]
    optimizer: Optimizer

    @classmethod
    def from_config(cls, config: Config) -> Settings:
        """The settings of an interpolated config. Raises ConfigValidationError that names all that do not fit."""
        from tagma.language.configs import resolve_block
        from tagma.schemas import ConfigSchemaPretrain

        settings = registry.resolve(config["pretraining"], schema=ConfigSchemaPretrain)
        name = settings["corpus"]
        corpus = resolve_block(config, name)
        if getattr(corpus, "path", "") is None:
            raise ValueError(Errors.E913 + f" It is null in [{name}]: give --paths.raw_text raw.jsonl")
        return cls(**{**settings, "corpus": corpus, "corpus_name": name})


def pretrain(
    config: Config,
    output_dir: Path,
    resume_path: Path | None = None,
    epoch_resume: int | None = None,
    use_gpu: int = -1,
    silent: bool = True,
    skip_last: bool = False,
) -> None:
    """Train the tok2vec network of a config on raw text, as its [pretraining] says.

    output_dir      folder for the weights and the log; made if it is not there
    resume_path     file to go on from: weights, from the epoch behind theirs on, or the file pretraining-state of an
                    interrupted run, which goes on as if it had not been interrupted
    epoch_resume    number of the first epoch, where the name of the file does not tell it (model3.bin: 4)
    silent          print no table
    skip_last       do not write model-last.bin

    Writes model{N}.bin each `n_save_epoch` epochs, model{N}.temp.bin each `n_save_every` batches, model-last.bin in the
    end, also when an error or Ctrl-C ends the run early, and a line of log.jsonl with each. No file is half-written.
    Raises ValueError: E4322 no [pretraining], E4321 no docs, E874 no tok2vec there, E875 E906 of the objective, E1020
    no number of an epoch, E4323 weights that do not fit, E910 a loss that is no number; ConfigValidationError for wrong
    settings; TrainingInterrupted after Ctrl-C or SIGTERM.
    """
    from tagma.language.loading import load_model_from_config

    if not config.get("pretraining"):
        raise ValueError(Errors.E4322.format(path="config.cfg"))
    output = Path(output_dir)
    check_place(output, folder=True)
    raw = config.copy()
    raw.setdefault("initialize", {})["init_tok2vec"] = None  # which this run is to make
    nlp = load_model_from_config(raw, auto_fill=True)
    whole = nlp.config.interpolate()
    set_up_run(whole, use_gpu)
    settings = Settings.from_config(whole)
    model = create_pretraining_model(nlp, whole_settings(settings))
    run = _Run(nlp, model, settings, output, PretrainingTable(None if silent else sys.stdout))
    if resume_path is not None:
        run.resume(Path(resume_path), epoch_resume)
    output.mkdir(parents=True, exist_ok=True)
    run.go(skip_last=skip_last)


def whole_settings(settings: Settings) -> dict[str, Any]:
    """What `create_pretraining_model` reads."""
    return {name: getattr(settings, name) for name in ("component", "layer", "objective", "dropout")}


def create_pretraining_model(nlp: Language, pretrain_config: dict[str, Any]) -> Model[Any, Any]:
    """The network to train: the tok2vec network that [pretraining] names, with the output layers of its objective.

    Refs: "tok2vec", whose weights are kept. Attribute "loss": (ops, docs, guesses) to a loss and its gradient.
    Raises ValueError E874 if there is no network with a vector for each token, and what the objective raises.
    """
    with nlp.select_pipes(enable=[]):
        nlp.initialize()
    tok2vec = get_pretrained_layer(nlp, pretrain_config)
    sample = [nlp.make_doc(SAMPLE)]
    component, layer = pretrain_config["component"], pretrain_config["layer"]
    try:
        tok2vec.initialize(X=sample)
        vectors = tok2vec.predict(sample)
    except ValueError as error:
        raise ValueError(Errors.E874.format(component=component, layer=layer, reason=error)) from error
    first: Any = vectors[0] if isinstance(vectors, list) and vectors else None
    if getattr(first, "ndim", 0) != 2 or len(first) != len(sample[0]):
        reason = f"its output for a doc is {type(vectors).__name__} and not an array with a row for each token"
        raise ValueError(Errors.E874.format(component=component, layer=layer, reason=reason))
    model: Model[Any, Any] = pretrain_config["objective"](nlp.vocab, tok2vec)
    model.initialize(X=sample)
    set_dropout_rate(model, pretrain_config["dropout"])
    return model


def ensure_docs(examples_or_docs: Iterable[Doc | Example]) -> list[Doc]:
    """The docs of a batch; of examples the reference."""
    return [item if isinstance(item, Doc) else item.reference for item in examples_or_docs]


def make_update(model: Model[Any, Any], docs: Iterable[Doc], optimizer: Optimizer, objective_func: Objective) -> float:
    """One step of training on a batch of docs; returns the loss."""
    batch = list(docs)
    guesses, backprop = model.begin_update(batch)
    loss, gradient = objective_func(model.ops, batch, guesses)
    backprop(gradient)
    model.finish_update(optimizer)
    return float(loss)


def number_of_epoch(path: Path, epoch: int | None) -> int:
    """The epoch to go on with from a file of weights. Raises ValueError E1020 if its name does not tell it."""
    if epoch is not None:
        return epoch
    if found := WEIGHTS.fullmatch(path.name):
        return int(found[1]) + 1
    raise ValueError(Errors.E1020.format(path=path))


class ProgressTracker:
    """How far a run is.

    frequency          words between two rows of the table
    loss               the sum since the beginning
    epoch_loss         the sum of this epoch
    nr_word            words so far
    words_per_epoch    {epoch: words}
    """

    def __init__(self, frequency: int = 1_000_000) -> None:
        self.frequency = frequency
        self.loss: float = 0.0
        self.prev_loss: float = 0.0
        self.epoch_loss: float = 0.0
        self.nr_word: int = 0
        self.words_per_epoch: Counter[int] = Counter()
        self.last_update: int = 0
        self.last_time: float = perf_counter()

    def update(self, epoch: int, loss: float, docs: Iterable[Doc]) -> tuple[int, int, str, str, int] | None:
        """Count a batch; each `frequency` words a row: epoch, words, loss, loss since the last row, words/s."""
        words = sum(map(len, docs))
        self.loss += loss
        self.epoch_loss += loss
        self.nr_word += words
        self.words_per_epoch[epoch] += words
        since = self.nr_word - self.last_update
        if since < self.frequency:
            return None
        now = perf_counter()
        rate = int(since / max(now - self.last_time, 1e-9))
        row = (epoch, self.nr_word, _short(self.loss, 10), _short(self.loss - self.prev_loss, 6), rate)
        self.last_update, self.last_time, self.prev_loss = self.nr_word, now, self.loss
        return row


def _short(number: float, width: int) -> str:
    """At most four decimals, and fewer where the number would be wider than `width`."""
    decimals = max(0, min(4, width - len(str(int(number))) - 1))
    return f"{number:.{decimals}f}"


class _Trained:
    """The network of a run, as `tagma.training.state` reads and writes pipelines."""

    def __init__(self, nlp: Language, model: Model[Any, Any]) -> None:
        self.model = model
        self.components: list[tuple[str, Any]] = [("pretraining", self)]
        self.config = nlp.config
        self.vocab = nlp.vocab


class _Run:
    """A run: where it stands, and what it has written."""

    def __init__(
        self, nlp: Language, model: Model[Any, Any], settings: Settings, output: Path, table: PretrainingTable
    ) -> None:
        self.nlp = nlp
        self.model = model
        self.settings = settings
        self.output = output
        self.table = table
        self.tracker = ProgressTracker(frequency=ROW_WORDS)
        self.epoch = 0
        self.batch = 0  # of the epoch, that comes next
        self.first_epoch = 0
        self._begun: tuple[float, int] = (perf_counter(), 0)  # when this process began to train, at how many words

    def resume(self, path: Path, epoch: int | None) -> None:
        """Go on from a file: of weights, or the state of a run."""
        if path.name == PRETRAINING_STATE:
            state = read_state(path)
            progress = state["progress"]
            restore(state, self._trained(), self.settings.optimizer, path)
            self.epoch, self.batch = progress["epoch"], progress["batch"]
            for name in ("loss", "prev_loss", "epoch_loss", "nr_word", "last_update"):
                setattr(self.tracker, name, progress[name])
            self.tracker.words_per_epoch.update({int(n): words for n, words in progress["words_per_epoch"].items()})
            for _ in range(progress["steps"]):
                self.settings.optimizer.step_schedules()
        else:
            self.epoch = number_of_epoch(path, epoch)
            load_tok2vec(self.model.get_ref("tok2vec"), path, self.settings.component)
        self.first_epoch = self.epoch
        self.table.resumed(path, self.epoch)

    def _trained(self) -> Any:
        return _Trained(self.nlp, self.model)

    def go(self, *, skip_last: bool) -> None:
        """All epochs; then model-last.bin, however the run ends, unless its weights are no numbers."""
        self.table.begin(self.epoch, self.settings.n_save_epoch)
        self._begun = (perf_counter(), self.tracker.nr_word)
        with Interrupts() as interrupts:
            try:
                while self.epoch < self.settings.max_epochs:
                    self._run_epoch(interrupts.held)
                interrupts.end()
            except NotANumberError:
                raise
            except (Exception, KeyboardInterrupt) as error:
                interrupts.end()
                saved = self._save_last(skip_last) if self.tracker.nr_word else None
                if isinstance(error, KeyboardInterrupt):
                    can_resume = (self.output / PRETRAINING_STATE).is_file()
                    raise TrainingInterrupted(saved, can_resume=can_resume, number=signal_of(error)) from None
                raise
            self._save_last(skip_last)

    def _save_last(self, skip: bool) -> Path | None:
        return None if skip else self._save(LAST_WEIGHTS)

    def _run_epoch(self, held: Callable[[], AbstractContextManager[None]]) -> None:
        settings = self.settings
        for docs in self._batches():
            loss = make_update(self.model, docs, settings.optimizer, self.model.attrs["loss"])
            if not math.isfinite(loss):
                raise NotANumberError(Errors.E910.format(name="pretraining"))
            settings.optimizer.step_schedules()
            row = self.tracker.update(self.epoch, loss, docs)
            self.batch += 1
            if row is not None:
                self.table.row(row, self._seconds_left())
            if settings.n_save_every and (self.batch - 1) % settings.n_save_every == 0:
                with held():
                    self._save(f"model{self.epoch}.temp.bin", state=True)
        self._end_epoch(held)

    def _batches(self) -> Iterator[list[Doc]]:
        """Those of this epoch that are left, each with tokens. Raises ValueError E4321 if there were none at all."""
        batches = self.settings.batcher(self.settings.corpus(self.nlp))
        found = self.batch > 0
        for batch in islice(batches, self.batch, None):
            docs = ensure_docs(batch)
            if any(map(len, docs)):
                found = True
                yield docs
            else:
                self.batch += 1
        corpus = self.settings.corpus
        short, long = getattr(corpus, "too_short", 0), getattr(corpus, "too_long", 0)
        said = f" Left out: {short} shorter than min_length, {long} of max_length and longer." if short or long else ""
        if not found:
            path = getattr(corpus, "path", corpus)
            raise ValueError(Errors.E4321.format(corpus=self.settings.corpus_name, path=path, left_out=said))
        if self.epoch == self.first_epoch and said:
            warn_user(Warnings.W4105.format(corpus=self.settings.corpus_name, short=short, long=long))

    def _end_epoch(self, held: Callable[[], AbstractContextManager[None]]) -> None:
        settings, number = self.settings, self.epoch
        is_due = not settings.n_save_epoch or number % settings.n_save_epoch == 0 or number == settings.max_epochs - 1
        loss = self.tracker.epoch_loss
        with held():
            self.epoch, self.batch, self.tracker.epoch_loss = number + 1, 0, 0.0
            if is_due:
                self._save(f"model{number}.bin", state=True, epoch=number, epoch_loss=loss)
                (self.output / f"model{number}.temp.bin").unlink(missing_ok=True)

    def _save(
        self, name: str, *, state: bool = False, epoch: int | None = None, epoch_loss: float | None = None
    ) -> Path:
        """Write the weights, averaged if the optimizer keeps averages, a line of the log, and the state."""
        optimizer, tracker = self.settings.optimizer, self.tracker
        path = self.output / name
        with self.model.use_params(optimizer.averages or {}), replace_file(path) as part:
            part.write_bytes(self.model.get_ref("tok2vec").to_bytes())
        entry = {
            "nr_word": tracker.nr_word,
            "loss": tracker.loss,
            "epoch_loss": tracker.epoch_loss if epoch_loss is None else epoch_loss,
            "epoch": self.epoch if epoch is None else epoch,
        }
        _append(self.output / LOG, json.dumps(entry) + "\n")
        if state:
            write_state(self.output / PRETRAINING_STATE, self._trained(), optimizer, self._progress())
        return path

    def _progress(self) -> dict[str, Any]:
        tracker = self.tracker
        names = ("loss", "prev_loss", "epoch_loss", "nr_word", "last_update")
        return {
            **{name: getattr(tracker, name) for name in names},
            "words_per_epoch": {str(n): words for n, words in tracker.words_per_epoch.items()},
            "epoch": self.epoch,
            "batch": self.batch,
            "steps": max(self.settings.optimizer.nr_update.values(), default=0),
        }

    def _seconds_left(self) -> float | None:
        """At the rate so far, until the last epoch ends; None while it is not known how long an epoch is."""
        words = self.tracker.words_per_epoch
        whole = next((words[n] for n in sorted(words) if n < self.epoch), None)
        if whole is None:
            count = getattr(self.settings.corpus, "share_read", None)
            share = count() if count is not None else None
            if not share:
                return None
            whole = int(words[self.epoch] / share)
        began, at = self._begun
        rate = (self.tracker.nr_word - at) / max(perf_counter() - began, 1e-9)
        epochs = self.settings.max_epochs - self.epoch
        return max(0.0, (whole * epochs - words[self.epoch]) / rate) if rate else None


def _append(path: Path, line: str) -> None:
    """A line at the end of a file, in one piece."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
