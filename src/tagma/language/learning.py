"""Learning: making components ready, updating them on batches of examples, measuring what they have learnt.

What a component can learn is a matter of its roles (`tagma.ty`): one with a model and `update` learns; where it has no
`finish_update`, its model's is called.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from numbers import Real
from timeit import default_timer as timer
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings, warn_user
from tagma.gold.example import Example
from tagma.language.check import check_types
from tagma.language.initialize import init_tok2vec, init_vocab
from tagma.language.streams import run_stage, stage_of
from tagma.language.widths import name_setting
from tagma.nn.errors import DimensionError
from tagma.pipeline.listeners import check_upstreams
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.ty import (
    Distils,
    Finishes,
    Initializes,
    Learns,
    Rehearses,
    Remembers,
    SharesRehearsal,
    SwapsParams,
    Updates,
    has_network,
)
from tagma.util.handlers import say_where
from tagma.util.objects import plain_numbers

if TYPE_CHECKING:
    from tagma.language.components import Step
    from tagma.nn import Optimizer
    from tagma.nn.model import ParamKey
    from tagma.nn.types import FloatArray
    from tagma.scorer import Scorer
    from tagma.ty import Component, GetExamples, Pipeline

__all__ = [
    "Options",
    "check_settings",
    "distill",
    "evaluate",
    "finish_updates",
    "initialize",
    "partners",
    "rehearse",
    "resume",
    "trained",
    "update",
    "use_params",
]

PLACEHOLDER = ["any", "three", "words"]


class Options:
    """How the components of a pipeline take part.

    component_cfg    {component: keyword arguments of its method}
    exclude          components that do not learn
    annotates        components whose predictions the later ones see
    """

    def __init__(
        self,
        component_cfg: Mapping[str, Mapping[str, Any]] | None,
        exclude: Iterable[str],
        annotates: Iterable[str] = (),
    ) -> None:
        self.component_cfg: Mapping[str, Mapping[str, Any]] = component_cfg or {}
        self.exclude: frozenset[str] = frozenset(exclude)
        self.annotates: frozenset[str] = frozenset(annotates)

    def of(self, name: str) -> Mapping[str, Any]:
        """Keyword arguments of a component."""
        return self.component_cfg.get(name, {})


def check_settings(drop: float, sgd: Any) -> None:
    """Raises ValueError, or TypeError for other types: E4036 a dropout rate, E4038 an optimizer that is none."""
    if isinstance(drop, bool | str) or not isinstance(drop, Real):
        raise TypeError(Errors.E4036.format(drop=drop))
    if not 0 <= drop < 1:
        raise ValueError(Errors.E4036.format(drop=drop))
    if sgd is not None and sgd is not False and not callable(sgd):
        raise TypeError(Errors.E4038.format(sgd=sgd))


def trained(components: Iterable[tuple[str, Component]], exclude: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """(name, component) of those with weights to change, but for some.

    One that says `is_trainable` is False is left alone, and one whose model is not made yet.
    """
    left_out = frozenset(exclude)
    for name, proc in components:
        if name in left_out or not isinstance(proc, Learns) or not has_network(proc):
            continue
        if getattr(proc, "is_trainable", True):
            yield name, proc


def finish_updates(
    components: Iterable[tuple[str, Component]], sgd: Optimizer | bool, exclude: Iterable[str] = ()
) -> None:
    """Change the weights of components by the gradients collected so far; with False nothing is done."""
    if sgd is False:
        return
    for _, proc in trained(components, exclude):
        if isinstance(proc, Finishes):
            proc.finish_update(sgd)
        else:
            proc.model.finish_update(sgd)


def update(
    nlp: Pipeline,
    steps: Sequence[Step],
    examples: list[Example],
    sgd: Optimizer | bool,
    losses: dict[str, float],
    drop: float,
    options: Options,
) -> None:
    """See `Language.update`."""
    examples = _with_copied_predictions(examples)
    for step in steps:
        name, proc = step.name, step.proc
        if name not in options.exclude and isinstance(proc, Updates):
            try:
                proc.update(examples, sgd=None, losses=losses, **{"drop": drop, **options.of(name)})
            except Exception as error:
                if has_network(proc) and not _is_initialized(proc.model):
                    raise ValueError(Errors.E109.format(name=name, error=error)) from error
                if isinstance(error, DimensionError):
                    name_setting(error, nlp, name)
                else:
                    say_where(error, f"component {name!r}")
                raise
        if name in options.annotates:
            _annotate(nlp, examples, step)
    finish_updates(nlp.pipeline, sgd, options.exclude)


def _is_initialized(model: Any) -> bool:
    """Whether all parameters of a network are there."""
    return all(node.has_param(name) for node in model.walk() for name in node.param_names)


def _annotate(nlp: Pipeline, examples: list[Example], step: Step) -> None:
    """Have a component write its predictions into the examples."""
    stage = stage_of(nlp, step, {"batch_size": nlp.batch_size})
    docs = [example.predicted for example in examples]
    for example, doc in zip(examples, run_stage(docs, stage), strict=False):
        example.predicted = doc


def rehearse(
    nlp: Pipeline, examples: list[Example], sgd: Optimizer | bool, losses: dict[str, float], options: Options
) -> None:
    """See `Language.rehearse`. What several listen to is run before them, and gets its gradient after all of them."""
    pipes = [
        (name, proc)
        for name, proc in nlp.pipeline
        if name not in options.exclude and isinstance(proc, Rehearses) and getattr(proc, "can_rehearse", True)
    ]
    random.shuffle(pipes)
    docs = [example.predicted for example in examples]
    names = [name for name, proc in pipes if isinstance(proc, Remembers) and proc._rehearsal_model is not None]
    finishes = [
        proc.begin_rehearsal(docs, names, learns=name not in options.exclude)
        for name, proc in nlp.pipeline
        if isinstance(proc, SharesRehearsal) and set(names).intersection(proc.listening_components)
    ]
    for name, proc in pipes:
        proc.rehearse(examples, sgd=None, losses=losses, **options.of(name))
    for finish in finishes:
        finish()
    finish_updates(pipes, sgd)


def partners(nlp: Pipeline, teacher: Pipeline, names: Mapping[str, str]) -> dict[str, Component | None]:
    """{component: the one of the teacher that it learns from, or None}."""
    teachers = dict(teacher.pipeline)
    return {name: teachers.get(names.get(name, name)) for name in nlp.pipe_names}


def distill(
    nlp: Pipeline,
    steps: Sequence[Step],
    partners: Mapping[str, Component | None],
    examples: list[Example],
    sgd: Optimizer | bool,
    losses: dict[str, float],
    drop: float,
    options: Options,
) -> None:
    """See `Language.distill`."""
    examples = [Example(example.predicted.copy(), example.reference.copy()) for example in examples]
    students = []
    for step in steps:
        name, proc = step.name, step.proc
        if name in options.annotates:
            _annotate(nlp, examples, step)
        if name not in options.exclude and isinstance(proc, Distils) and proc.is_distillable:
            proc.distill(partners[name], examples, sgd=None, losses=losses, **{"drop": drop, **options.of(name)})
            students.append((name, proc))
    finish_updates(students, sgd)


def evaluate(
    nlp: Pipeline,
    examples: list[Example],
    scorer: Scorer,
    *,
    batch_size: int | None,
    component_cfg: dict[str, dict[str, Any]] | None,
    per_component: bool,
) -> dict[str, Any]:
    """See `Language.evaluate`."""
    examples = _with_copied_predictions(examples)
    start = timer()
    # The docs to annotate are made already; their texts are tokenized for the time that it takes.
    for example in examples:
        nlp.make_doc(example.reference.text)
    pairs = ((example.predicted, example) for example in examples)
    for doc, example in nlp.pipe(pairs, as_tuples=True, batch_size=batch_size, component_cfg=component_cfg):
        example.predicted = doc
    seconds = timer() - start
    results = scorer.score(examples, per_component=per_component)
    results["speed"] = sum(len(example.predicted) for example in examples) / seconds
    plain: dict[str, Any] = plain_numbers(results)
    return plain


def initialize(nlp: Pipeline, get_examples: GetExamples | None) -> dict[str, Any]:
    """All of `Language.initialize` but the optimizer; returns the settings of [initialize]."""
    from tagma.schemas import ConfigSchemaInit, ConfigSchemaPretrain

    get_examples = _placeholder(nlp) if get_examples is None else get_examples
    if not callable(get_examples):
        raise TypeError(Errors.E930.format(method="Language.initialize", obj=type(get_examples)))
    config = nlp.config.interpolate()
    check_types(config, [name for name, _ in nlp.pipeline])
    settings = registry.resolve(config["initialize"], schema=ConfigSchemaInit)
    if settings["before_init"] is not None:
        settings["before_init"](nlp)
    check_upstreams(nlp)
    _tell_who_cannot_learn(nlp)
    _initialize_vocab(nlp, settings)
    _initialize_parts(nlp, settings, get_examples)
    pretraining = config.get("pretraining")
    if pretraining:
        pretraining = registry.resolve(pretraining, schema=ConfigSchemaPretrain)
    init_tok2vec(nlp, pretraining or {}, settings)
    return settings


def _placeholder(nlp: Pipeline) -> GetExamples:
    """Examples for when there are none: the networks infer their shapes from them."""
    examples = [Example.from_dict(Doc(nlp.vocab, words=PLACEHOLDER), {})]
    return lambda: examples


def _tell_who_cannot_learn(nlp: Pipeline) -> None:
    """Warn W4011 of components that have a model, and no way to train it."""
    for name, proc in nlp.pipeline:
        if has_network(proc) and not isinstance(proc, Learns):
            warn_user(Warnings.W4011.format(name=name, type=type(proc).__name__))


def _initialize_vocab(nlp: Pipeline, settings: dict[str, Any]) -> None:
    """Fill the vocabulary as [initialize] says. Raises OSError E884."""
    vectors = settings["vectors"]
    try:
        init_vocab(nlp, data=settings["vocab_data"], lookups=settings["lookups"], vectors=vectors)
    except OSError as error:
        reason = str(error).removeprefix(Errors.E050.format(name=str(vectors)).partition(": ")[0] + ": ")
        raise OSError(Errors.E884.format(vectors=vectors, error=reason)) from error
    _vectors_to_device(nlp)


def _initialize_parts(nlp: Pipeline, settings: dict[str, Any], get_examples: GetExamples) -> None:
    """Initialize the tokenizer, then the components. Raises ConfigValidationError for settings that do not fit."""
    from tagma.schemas import validate_init_settings

    parts: list[tuple[str, str, object, Any]] = [("tokenizer", "tokenizer", nlp.tokenizer, settings["tokenizer"])]
    for name, proc in nlp.pipeline:
        parts.append((f"components.{name}", name, proc, settings["components"].get(name, {})))
    for section, name, part, given in parts:
        if isinstance(part, Initializes):
            kwargs = validate_init_settings(part.initialize, given, section=section, name=name) if given else {}
            try:
                part.initialize(get_examples, nlp=nlp, **kwargs)
            except DimensionError as error:
                if name in nlp.component_names:
                    name_setting(error, nlp, name)
                raise


def resume(nlp: Pipeline) -> None:
    """Have components remember their state for `rehearse`, see `Language.resume_training`."""
    _tell_who_cannot_learn(nlp)
    _vectors_to_device(nlp)
    for _, proc in nlp.pipeline:
        if isinstance(proc, Remembers):
            proc._rehearsal_model = proc.model.copy()


def _vectors_to_device(nlp: Pipeline) -> None:
    from tagma.nn import get_current_ops

    if nlp.vocab.vectors.shape[1] >= 1:
        nlp.vocab.vectors.to_ops(get_current_ops())


@contextmanager
def use_params(nlp: Pipeline, params: dict[ParamKey, FloatArray] | None) -> Iterator[None]:
    """See `Language.use_params`."""
    with ExitStack() as stack:
        if params:
            for _, proc in nlp.pipeline:
                if isinstance(proc, SwapsParams):
                    stack.enter_context(_as_context(proc.use_params(params)))
        yield


def _with_copied_predictions(examples: Iterable[Example]) -> list[Example]:
    """Examples whose predicted docs may be changed; the reference docs are shared."""
    return [Example(example.predicted.copy(), example.reference) for example in examples]


def _as_context(params: Any) -> AbstractContextManager[Any]:
    """What `use_params` of a component gave: a context manager, or a bare generator of an older component."""
    return params if isinstance(params, AbstractContextManager) else contextmanager(lambda: params)()
