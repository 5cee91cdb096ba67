"""Training: making components ready, updating them on batches of examples, measuring what they have learnt."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from timeit import default_timer as timer
from typing import TYPE_CHECKING, Any, cast

from tagma.errors import Errors, Warnings
from tagma.gold.example import Example, as_examples
from tagma.language.processing import WithProcessing
from tagma.language.streams import run_stage
from tagma.pipeline.listeners import check_upstreams
from tagma.pipeline.trainable_pipe import has_model
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.util.handlers import say_where
from tagma.util.objects import plain_numbers

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn import Optimizer
    from tagma.scorer import Scorer

__all__ = ["WithTraining"]

PLACEHOLDER = ["any", "three", "words"]


class WithTraining(WithProcessing):
    """A pipeline that learns from examples."""

    def update(
        self,
        examples: Iterable[Example],
        _: Any = None,
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
    ) -> dict[str, float]:
        """Train all components on a batch; returns the losses.

        drop         dropout rate
        sgd          optimizer; None takes the pipeline's own, False only collects gradients
        losses       each component adds its loss to its entry
        exclude      components that are not trained
        annotates    components whose predictions the later ones see
        Weights change after all components have run: a shared network gets the gradients of all who listen to it.
        Raises ValueError E989 for a second list, TypeError E978 for anything but examples.
        """
        if _ is not None:
            raise ValueError(Errors.E989)
        losses = {} if losses is None else losses
        examples = as_examples(examples, "Language.update")
        if not examples:
            return losses
        examples = _with_copied_predictions(examples)
        sgd = self._own_optimizer() if sgd is None else sgd
        left_out, annotating = set(exclude), set(annotates)
        component_cfg = component_cfg or {}
        pipeline = self.pipeline
        for name, proc in pipeline:
            if name not in left_out and hasattr(proc, "update"):
                try:
                    proc.update(examples, sgd=None, losses=losses, **{"drop": drop, **component_cfg.get(name, {})})
                except Exception as error:
                    say_where(error, f"component {name!r}")
                    raise
            if name in annotating:
                self._annotate(examples, name, proc)
        if sgd is not False:
            for name, proc in pipeline:
                if name not in left_out and _is_trained(proc):
                    proc.finish_update(sgd)
        return losses

    def _annotate(self, examples: list[Example], name: str, proc: Any) -> None:
        """Have a component write its predictions into the examples."""
        stage = self._stage(name, proc, {"batch_size": self.batch_size})
        docs = [example.predicted for example in examples]
        for example, doc in zip(examples, run_stage(docs, stage), strict=False):
            example.predicted = doc

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
    ) -> dict[str, float]:
        """Keep components near their state at `resume_training`, on examples that need no annotation.

        Components run in random order; all their gradients are applied.
        """
        import random

        losses = {} if losses is None else losses
        examples = as_examples(examples, "Language.rehearse")
        if not examples:
            return losses
        sgd = self._own_optimizer() if sgd is None else sgd
        pipes = [(name, proc) for name, proc in self.pipeline if name not in set(exclude) and hasattr(proc, "rehearse")]
        random.shuffle(pipes)
        for name, proc in pipes:
            proc.rehearse(examples, sgd=None, losses=losses, **(component_cfg or {}).get(name, {}))
        if sgd is not False:
            for _, proc in pipes:
                if _is_trained(proc):
                    proc.finish_update(sgd)
        return losses

    def distill(
        self,
        teacher: Language,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
        student_to_teacher: dict[str, str] | None = None,
    ) -> dict[str, float]:
        """Train the components on the predictions of another pipeline; arguments as of `update`.

        student_to_teacher    {component here: component there}, where the names differ
        """
        losses = {} if losses is None else losses
        examples = as_examples(examples, "Language.distill")
        if not examples:
            return losses
        examples = [Example(example.predicted.copy(), example.reference.copy()) for example in examples]
        sgd = self._own_optimizer() if sgd is None else sgd
        left_out, annotating = set(exclude), set(annotates)
        teachers = dict(teacher.pipeline)
        for name, proc in self.pipeline:
            if name in annotating:
                self._annotate(examples, name, proc)
            if name not in left_out and getattr(proc, "is_distillable", False):
                partner = teachers.get((student_to_teacher or {}).get(name, name))
                kwargs = {"drop": drop, **(component_cfg or {}).get(name, {})}
                proc.distill(partner, examples, sgd=None, losses=losses, **kwargs)
        if sgd is not False:
            for name, proc in self.pipeline:
                if name not in left_out and _is_trained(proc) and getattr(proc, "is_distillable", False):
                    proc.finish_update(sgd)
        return losses

    def evaluate(
        self,
        examples: Iterable[Example],
        *,
        batch_size: int | None = None,
        scorer: Scorer | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        scorer_cfg: dict[str, Any] | None = None,
        per_component: bool = False,
    ) -> dict[str, Any]:
        """Scores of the pipeline on examples, and its speed in tokens per second. Raises TypeError E978."""
        from tagma.scorer import Scorer

        examples = as_examples(examples, "Language.evaluate")
        examples = _with_copied_predictions(examples)
        if scorer is None:
            scorer = Scorer(**{"nlp": self, **(scorer_cfg or {})})
        start = timer()
        # The docs to annotate are made already; their texts are tokenized for the time that it takes.
        for example in examples:
            self.make_doc(example.reference.text)
        batch_size = self.batch_size if batch_size is None else batch_size
        pairs = ((example.predicted, example) for example in examples)
        annotated = self.pipe(pairs, as_tuples=True, batch_size=batch_size, component_cfg=component_cfg)
        for doc, example in annotated:  # type: ignore[misc]
            example.predicted = doc
        seconds = timer() - start
        results = scorer.score(examples, per_component=per_component)
        results["speed"] = sum(len(example.predicted) for example in examples) / seconds
        return plain_numbers(results)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """Make the pipeline ready for training and return the optimizer.

        get_examples    function that gives the training examples; without it shapes that come from data stay as in
                        the config
        Raises TypeError E930 if that is not callable, OSError E884 if vectors cannot be read, ValueError E4025 if a
        component listens to one that is not there, ConfigValidationError for settings of [initialize] that do not fit.
        """
        from tagma.language.initialize import init_tok2vec
        from tagma.schemas import ConfigSchemaInit, ConfigSchemaPretrain

        get_examples = self._placeholder() if get_examples is None else get_examples
        if not callable(get_examples):
            raise TypeError(Errors.E930.format(method="Language.initialize", obj=type(get_examples)))
        config = self.config.interpolate()
        settings = registry.resolve(config["initialize"], schema=ConfigSchemaInit)
        if settings["before_init"] is not None:
            settings["before_init"](self)
        check_upstreams(cast("Language", self))
        self._initialize_vocab(settings)
        self._initialize_parts(settings, get_examples)
        pretraining = config.get("pretraining")
        if pretraining:
            pretraining = registry.resolve(pretraining, schema=ConfigSchemaPretrain)
        init_tok2vec(cast("Language", self), pretraining or {}, settings)
        self._link_components()
        self._own_optimizer(sgd)
        if settings["after_init"] is not None:
            settings["after_init"](self)
        return self._optimizer

    def _placeholder(self) -> Callable[[], Iterable[Example]]:
        """Examples for when there are none: the networks infer their shapes from them."""
        examples = [Example.from_dict(Doc(self.vocab, words=PLACEHOLDER), {})]
        return lambda: examples

    def _initialize_vocab(self, settings: dict[str, Any]) -> None:
        """Fill the vocabulary as [initialize] says. Raises OSError E884."""
        from tagma.language.initialize import init_vocab

        data, lookups, vectors = settings["vocab_data"], settings["lookups"], settings["vectors"]
        try:
            init_vocab(cast("Language", self), data=data, lookups=lookups, vectors=vectors)
        except OSError as error:
            reason = str(error).removeprefix(Errors.E050.format(name=str(vectors)).partition(": ")[0] + ": ")
            raise OSError(Errors.E884.format(vectors=vectors, error=reason)) from error
        self._vectors_to_device()

    def _initialize_parts(self, settings: dict[str, Any], get_examples: Callable[[], Iterable[Example]]) -> None:
        """Initialize the tokenizer, then the components. Raises ConfigValidationError for settings that do not fit."""
        from tagma.schemas import validate_init_settings

        parts = [("tokenizer", "tokenizer", self.tokenizer, settings["tokenizer"])]
        for name, proc in self.pipeline:
            parts.append((f"components.{name}", name, proc, settings["components"].get(name, {})))
        for section, name, part, given in parts:
            if hasattr(part, "initialize"):
                kwargs = validate_init_settings(part.initialize, given, section=section, name=name) if given else {}
                part.initialize(get_examples, nlp=self, **kwargs)

    def begin_training(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """The old name of `initialize`."""
        warnings.warn(Warnings.W089, DeprecationWarning, stacklevel=2)
        return self.initialize(get_examples, sgd=sgd)

    def resume_training(self, *, sgd: Optimizer | None = None) -> Optimizer:
        """Get a trained pipeline ready for more training; components remember their state for `rehearse`."""
        self._vectors_to_device()
        for _, proc in self.pipeline:
            if hasattr(proc, "_rehearsal_model"):
                proc._rehearsal_model = proc.model.copy()
        return self._own_optimizer(sgd)

    def _vectors_to_device(self) -> None:
        from tagma.nn import get_current_ops

        if self.vocab.vectors.shape[1] >= 1:
            self.vocab.vectors.to_ops(get_current_ops())

    def _own_optimizer(self, sgd: Optimizer | None = None) -> Optimizer:
        """The pipeline's optimizer: from now on `sgd` if given; the config's if there was none."""
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def create_optimizer(self) -> Optimizer:
        """The optimizer that [training.optimizer] describes."""
        config = self.config.interpolate()
        return registry.resolve({"optimizer": config["training"]["optimizer"]})["optimizer"]

    @contextmanager
    def use_params(self, params: dict[Any, Any] | None) -> Iterator[None]:
        """Run with other parameters, e.g. an optimizer's averages, until the end of the block."""
        with ExitStack() as stack:
            if params:
                for _, proc in self.pipeline:
                    if hasattr(proc, "use_params") and hasattr(proc, "model"):
                        stack.enter_context(_as_context(proc.use_params(params)))
            yield


def _with_copied_predictions(examples: Iterable[Example]) -> list[Example]:
    """Examples whose predicted docs may be changed; the reference docs are shared."""
    return [Example(example.predicted.copy(), example.reference) for example in examples]


def _is_trained(proc: Any) -> bool:
    """Whether a component has weights to update."""
    return hasattr(proc, "finish_update") and getattr(proc, "is_trainable", False) and has_model(proc)


def _as_context(params: Any) -> AbstractContextManager[Any]:
    """What `use_params` of a component gave: a context manager, or a bare generator of an older component."""
    return params if hasattr(params, "__enter__") else contextmanager(lambda: params)()
