"""Distillation: a pipeline learns the predictions of another one, its teacher, and gold annotation beside them.

    init_student(config, teacher)      a student with the labels of its teacher
    distill(teacher, student, folder)  the run: as of `tagma.training.loop.train`, with other steps

Events, files, interruption and resuming are those of training. What is saved is an ordinary pipeline.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.gold.example import Example
from tagma.language.learning import finish_updates, partners
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.training.batches import create_train_batches, subdivide_batch
from tagma.training.events import Complete, Event, Listener, Replaces, Started
from tagma.training.initialize import STREAM_SAMPLE, set_up_run
from tagma.training.loop import create_before_to_disk_callback, train_and_save, weighted_sum
from tagma.training.output import RunOutput
from tagma.training.report import LoggerListener, Reporter
from tagma.training.run import Batches, Run, StepSettings
from tagma.training.state import read_state
from tagma.ty import Distils, Initializes, SharesVectors, nodes_of

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn import Config, Optimizer

__all__ = ["AGREEMENT", "TEACHER", "Settings", "distill", "init_student"]

Corpus = Callable[["Language"], Iterable[Example]]

# What the table shows beside the student's scores on gold annotation: the teacher's final score there, and the
# student's final score with the teacher's predictions in the place of gold annotation.
TEACHER, AGREEMENT = "teacher", "agreement"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """[distillation], and [training] for what it lacks.

    corpus        dotted name of the corpus that is learnt on; it needs no annotation
    is_streamed   read anew in each epoch and not shuffled: the case for a corpus that [distillation] names
    gold_weight   share of the gold annotation, 0 to 1; the rest is the teacher's
    """

    corpus_name: str
    corpus: Corpus
    is_streamed: bool
    dev_corpus: Corpus
    batcher: Callable[[Iterable[Example]], Iterable[list[Example]]]
    optimizer: Optimizer
    logger: Callable[..., Any]
    max_epochs: int
    gold_weight: float
    student_to_teacher: Mapping[str, str]
    score_weights: Mapping[str, float | None]
    before_to_disk: Callable[[Language], Language] | None
    steps: StepSettings

    @classmethod
    def from_config(cls, config: Config) -> Settings:
        """The settings of an interpolated config. Raises ConfigValidationError that names all that do not fit."""
        from tagma.language.configs import resolve_block
        from tagma.nn.config import ConfigValidationError, schema_errors
        from tagma.schemas import ConfigSchemaDistillation, ConfigSchemaTraining, optimizer_errors

        sections = {name: config[name] for name in ("training", "distillation") if config.get(name)}
        resolved = registry.resolve(sections)
        training, own = resolved["training"], resolved.get("distillation", {})
        errors = schema_errors(ConfigSchemaTraining, training, ["training"])
        errors += schema_errors(ConfigSchemaDistillation, own, ["distillation"])
        if errors := [*errors, *optimizer_errors(own.get("optimizer") or training["optimizer"])]:
            raise ConfigValidationError(errors=errors, show_config=False)
        settings = {**training, **{key: value for key, value in own.items() if value is not None}}
        name = own.get("corpus") or training["train_corpus"]
        return cls(
            corpus_name=name,
            corpus=resolve_block(config, name),
            is_streamed=bool(own.get("corpus")) or settings["max_epochs"] == -1,
            dev_corpus=resolve_block(config, training["dev_corpus"]),
            gold_weight=own.get("gold_weight", 0.0),
            student_to_teacher=own.get("student_to_teacher", {}),
            steps=StepSettings(
                **{
                    key: settings[key]
                    for key in StepSettings.__dataclass_fields__
                    if key in settings and key != "patience"
                },
                patience=0 if own.get("corpus") else training["patience"],
            ),
            **{
                key: settings[key]
                for key in ("batcher", "optimizer", "logger", "max_epochs", "score_weights", "before_to_disk")
            },
        )


def init_student(config: Config, teacher: Language, *, use_gpu: int = -1) -> Language:
    """A pipeline from a config, initialized with the corpus to learn on and the labels of its teacher.

    Labels that [initialize.components] gives stay. Raises ValueError: E4042 for an empty corpus, E4324 for a component
    that can only learn from a teacher and has none; and what making, reading and initializing the parts raises.
    """
    from tagma.language.loading import load_model_from_config

    nlp: Language = load_model_from_config(config, auto_fill=True)
    whole = nlp.config.interpolate()
    set_up_run(whole, use_gpu)
    settings = Settings.from_config(whole)
    frozen = settings.steps.frozen_components
    _check_partners(nlp, teacher, settings)
    examples = list(islice(settings.corpus(nlp), STREAM_SAMPLE))
    if not examples:
        path = getattr(settings.corpus, "path", settings.corpus)
        raise ValueError(Errors.E4042.format(name=settings.corpus_name, path=path))
    blocks = nlp.config["initialize"]["components"]
    given = {name: dict(block) for name, block in blocks.items()}
    for name, partner in partners(nlp, teacher, settings.student_to_teacher).items():
        labels = getattr(partner, "label_data", None)
        if labels is not None and _takes_labels(nlp.get_pipe(name)):
            blocks[name] = {"labels": json.loads(json.dumps(labels)), **blocks.get(name, {})}  # as in files of labels
    try:
        with nlp.select_pipes(disable=frozen):
            nlp.initialize(lambda: examples, sgd=settings.optimizer)
    finally:
        nlp.config["initialize"]["components"] = given
    return nlp


def _takes_labels(component: object) -> bool:
    return isinstance(component, Initializes) and "labels" in inspect.signature(component.initialize).parameters


def _learners(nlp: Language, settings: Settings) -> Iterator[str]:
    """Names of the components that learn from a teacher, if there is one for them."""
    for name, proc in nlp.pipeline:
        if name not in settings.steps.frozen_components and isinstance(proc, Distils) and proc.is_distillable:
            yield name


def _check_partners(nlp: Language, teacher: Language, settings: Settings) -> None:
    """Raises ValueError E4324 if a component has no teacher, and no gold annotation to learn from instead."""
    found = partners(nlp, teacher, settings.student_to_teacher)
    alone = [
        name
        for name in _learners(nlp, settings)
        if found[name] is None and not isinstance(nlp.get_pipe(name), SharesVectors)
    ]
    if alone and not settings.gold_weight:
        raise ValueError(Errors.E4324.format(names=", ".join(alone), opts=", ".join(teacher.pipe_names)))


def distill(
    teacher: Language,
    student: Language,
    output_path: Path | None = None,
    *,
    use_gpu: int = -1,
    stdout: IO[str] = sys.stdout,
    stderr: IO[str] = sys.stderr,
    resume: bool = False,
    listeners: Sequence[Listener] = (),
) -> tuple[Language, Path | None]:
    """Train an initialized pipeline on the predictions of another one: (student, path of model-last).

    teacher    trained, with the labels of the student in the same order; `init_student` sees to that
    The other arguments, what is saved and how a run is interrupted and resumed are as of `tagma.training.loop.train`.
    Each step takes a batch of the corpus without looking at its annotation; with a `gold_weight` it also learns from
    that, and both gradients are weighted. Evaluations are on the dev corpus: "teacher" is the teacher's score there,
    "agreement" the student's when the teacher's predictions are the gold annotation. Where gold annotation is not known
    for all scores that have a weight, the agreement is the score that decides which pipeline is the best.
    Raises ValueError as `train` does; E4324 for a component without a teacher, E4325 for weights between 0 and 1 on
    networks of other frameworks; E4201, E4057 for other labels than the teacher's.
    """
    config = student.config.interpolate()
    set_up_run(config, use_gpu)
    settings = Settings.from_config(config)
    _check_partners(student, teacher, settings)
    output = None
    if output_path is not None:
        before = create_before_to_disk_callback(settings.before_to_disk)
        output = RunOutput(Path(output_path), student, settings.optimizer, before, is_continued=resume)
    elif resume:
        raise ValueError("resuming needs the output folder of the interrupted run; give its path")
    run = _Distillation(
        student,
        settings.optimizer,
        settings.steps,
        _Evaluation(student, teacher, settings),
        [Reporter(stdout), _Table(settings, student, stdout, stderr), *listeners],
    )
    run.teach(teacher, settings)
    batches = run.batches_of(settings)
    if output and resume:
        run.resume(read_state(output.state), batches, output.state)
        if run.is_over():
            run.emit(Complete(output.path, run.step - 1))
            return student, output.last
    elif output and output.state.exists():
        run.emit(Replaces(output.path))
    run.start()
    train_and_save(run, batches, output, settings.score_weights)
    return student, output.last if output else None


class _Distillation(Run):
    """A run whose steps learn from a teacher."""

    teacher: Language
    gold_weight: float
    names: Mapping[str, str]
    alone: list[str]  # components that have no teacher
    readers: list[Any]  # of the teacher, whose vectors others of it read; run before it is asked

    def teach(self, teacher: Language, settings: Settings) -> None:
        """Take a teacher. Raises ValueError E4325 if its weight cannot be."""
        self.teacher, self.gold_weight, self.names = teacher, settings.gold_weight, settings.student_to_teacher
        found = partners(self.nlp, teacher, self.names)
        self.alone = [name for name, partner in found.items() if partner is None]
        taught = [id(found[name]) for name in _learners(self.nlp, settings)]
        self.readers = [
            proc
            for _, proc in teacher.pipeline
            if isinstance(proc, SharesVectors) and proc.listening_components and id(proc) not in taught
        ]
        if 0 < self.gold_weight < 1:
            for name, proc in self.nlp.pipeline:
                if any(node.shims for node in nodes_of(proc)):
                    raise ValueError(Errors.E4325.format(name=name, weight=self.gold_weight))

    def batches_of(self, settings: Settings) -> Batches:
        """(epoch, batch), of a corpus that is kept and shuffled, or streamed."""
        if not settings.is_streamed:
            return self.batches(settings.corpus, settings.batcher, settings.max_epochs)
        begin, passes = self._epoch_begins, max(settings.max_epochs, 0)
        return create_train_batches(self.nlp, settings.corpus, settings.batcher, -1, on_epoch=begin, passes=passes)

    def _update(self, batch: list[Example], dropout: float) -> None:
        """Gradients of gold annotation and of the teacher's predictions, each by its weight."""
        weight, frozen = self.gold_weight, self.settings.frozen_components
        parts = list(subdivide_batch(batch, self.settings.accumulate_gradient))
        if weight:
            self._learn_from_gold(parts, dropout)
        if weight < 1:
            if weight:
                self._scale_gradients(weight / (1 - weight))
            losses: dict[str, float] = {}
            for part in parts:
                self.nlp.distill(
                    self.teacher,
                    self._asked(part),
                    drop=dropout,
                    losses=losses,
                    sgd=False,
                    exclude=[*frozen, *(name for name in self.alone if not self._is_shared(name))],
                    annotates=self.settings.annotating_components,
                    student_to_teacher=dict(self.names),
                )
            self._count(losses, 1 - weight)
            if weight:
                self._scale_gradients(1 - weight)
        finish_updates(self.nlp.pipeline, self.optimizer, frozen)

    def _learn_from_gold(self, parts: list[list[Example]], dropout: float) -> None:
        losses: dict[str, float] = {}
        for part in parts:
            self.nlp.update(
                part,
                drop=dropout,
                losses=losses,
                sgd=False,
                exclude=self.settings.frozen_components,
                annotates=self.settings.annotating_components,
            )
        self._count(losses, self.gold_weight)

    def _is_shared(self, name: str) -> bool:
        return isinstance(self.nlp.get_pipe(name), SharesVectors)

    def _count(self, losses: dict[str, float], weight: float) -> None:
        for name, loss in losses.items():
            self.losses[name] = self.losses.get(name, 0.0) + weight * loss

    def _scale_gradients(self, factor: float) -> None:
        for _, proc in self.nlp.pipeline:
            for node in nodes_of(proc):
                for name in node.grad_names:
                    node.set_grad(name, node.get_grad(name) * factor)

    def _asked(self, examples: list[Example]) -> list[Example]:
        """What is distilled of examples: the student's tokens, with which the teacher is asked in its own words."""
        docs = [_as_read_by(self.teacher, example.predicted) for example in examples]
        for reader in self.readers:
            reader.set_annotations(docs, reader.predict(docs))
        return [Example(example.predicted, doc) for example, doc in zip(examples, docs, strict=True)]


def _as_read_by(nlp: Language, doc: Doc) -> Doc:
    """The tokens of a doc, without annotation, in the vocabulary of another pipeline."""
    spaces = doc.column("spacy").astype(bool).tolist()
    return Doc(nlp.vocab, words=[token.text for token in doc], spaces=spaces)


class _Evaluation:
    """Scores of a student on the dev corpus: against gold annotation and against its teacher."""

    def __init__(self, student: Language, teacher: Language, settings: Settings) -> None:
        self.student = student
        self.teacher = teacher
        self.settings = settings
        self.weights = {name: value for name, value in settings.score_weights.items() if value is not None}
        self._of_teacher: tuple[float | None, list[Doc]] | None = None

    def __call__(self) -> tuple[float, dict[str, Any]]:
        """The final score, and all scores; those that are not known are left out. Raises ValueError E4042, E4043."""
        corpus = self.settings.dev_corpus
        place = {"name": self.student.config["training"]["dev_corpus"], "path": getattr(corpus, "path", corpus)}
        examples = list(corpus(self.student))
        if not examples:
            raise ValueError(Errors.E4042.format(**place))
        if self._of_teacher is None:
            self._of_teacher = self._ask(examples)
        of_teacher, predictions = self._of_teacher
        scores = self.student.evaluate(examples)
        gold = self._final(scores)
        pairs = zip(examples, predictions, strict=True)
        same = self._final(self.student.evaluate([Example(eg.predicted, doc) for eg, doc in pairs]))
        if gold is None and same is None:
            raise ValueError(Errors.E4043.format(scores=", ".join(self.weights), **place))
        known = {name: value for name, value in scores.items() if value is not None}
        known.update({TEACHER: of_teacher, AGREEMENT: same})
        final = gold if gold is not None else same
        return final or 0.0, {name: value for name, value in known.items() if value is not None}

    def _ask(self, examples: list[Example]) -> tuple[float | None, list[Doc]]:
        """The teacher's final score, and its predictions, with the student's tokens."""
        asked = [_as_read_by(self.teacher, example.predicted) for example in examples]
        scores = self.teacher.evaluate([Example(doc, eg.reference) for doc, eg in zip(asked, examples, strict=True)])
        return self._final(scores), list(self.teacher.pipe(asked))

    def _final(self, scores: Mapping[str, Any]) -> float | None:
        """The weighted sum of the scores; None if one of them is not known."""
        weights = {name: weight for name, weight in self.weights.items() if weight and name in scores}
        is_known = weights and all(scores[name] is not None for name in weights)
        return weighted_sum(scores, weights) if is_known else None


class _Table(LoggerListener):
    """The logger of the config, which also shows the scores of the teacher."""

    def __init__(self, settings: Settings, nlp: Language, stdout: IO[str], stderr: IO[str]) -> None:
        super().__init__(settings.logger, nlp, stdout, stderr)

    def __call__(self, event: Event) -> None:
        """As of training; while the logger is set up, the config has a weight for what it is to show."""
        if not isinstance(event, Started):
            return super().__call__(event)
        training = self.nlp.config["training"]
        weights = training["score_weights"]
        training["score_weights"] = {**weights, TEACHER: 0.0, AGREEMENT: 0.0}
        try:
            super().__call__(event)
        finally:
            self.nlp.config["training"]["score_weights"] = weights
