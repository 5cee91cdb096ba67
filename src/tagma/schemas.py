"""What the sections of a config may hold, as pydantic models. Heavy to import: done where a config is checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    create_model,
)

from tagma.nn.config import ConfigValidationError, schema_errors

__all__ = [
    "ConfigSchema",
    "ConfigSchemaDistillation",
    "ConfigSchemaInit",
    "ConfigSchemaNlp",
    "ConfigSchemaPretrain",
    "ConfigSchemaPretrainEmpty",
    "ConfigSchemaTraining",
    "SECTIONS",
    "optimizer_errors",
    "validate",
    "validate_init_settings",
]


def _rate(value: Any) -> Any:
    if isinstance(value, bool | str | list) or value is None:
        raise ValueError("must be a number or a schedule")
    if isinstance(value, int | float) and not 0 <= value < 1:
        raise ValueError("must be at least 0 and less than 1")
    return value


def _function(value: Any) -> Any:
    if isinstance(value, bool | str | int | float | list):
        raise ValueError("must be a block that names a function, or null")
    return value


Rate = Annotated[Any, BeforeValidator(_rate)]
RateOrNone = Annotated[Any, BeforeValidator(lambda value: None if value is None else _rate(value))]
# A block with an "@" key, or what came out of it.
Function = Annotated[Any, BeforeValidator(_function)]

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


def optimizer_errors(optimizer: Any) -> list[dict[str, Any]]:
    """What is wrong with a made [training.optimizer], in the form of a ConfigValidationError's errors."""
    rate = getattr(optimizer, "learn_rate", None)
    if not isinstance(rate, int | float) or rate >= 0:
        return []
    msg = f"must not be negative, but is {rate}: that would train away from the corpus"
    return [{"loc": ["training", "optimizer", "learn_rate"], "msg": msg, "type": "value_error"}]


class ConfigSchemaTraining(BaseModel):
    """[training], resolved."""

    model_config: ClassVar[ConfigDict] = _STRICT
    dev_corpus: StrictStr = Field(title="Dotted name of the development corpus")
    train_corpus: StrictStr = Field(title="Dotted name of the training corpus")
    batcher: Function = Field(title="Function that groups examples")
    dropout: Rate = Field(title="Dropout rate, a number or a schedule")
    patience: StrictInt = Field(ge=0, title="Steps without improvement before training stops; 0 never stops it")
    max_epochs: StrictInt = Field(ge=-1, title="Passes over the corpus; 0 has no limit, -1 streams it")
    max_steps: StrictInt = Field(ge=0, title="Updates; 0 has no limit")
    eval_frequency: StrictInt = Field(gt=0, title="Steps between evaluations")
    seed: StrictInt | None = Field(title="Seed of the random numbers")
    gpu_allocator: StrictStr | None = Field(title="Memory allocator on a GPU")
    accumulate_gradient: StrictInt = Field(gt=0, title="Parts in which a batch is run")
    score_weights: dict[StrictStr, float | StrictInt | None] = Field(title="Weights of the scores in the final one")
    optimizer: Function = Field(title="Optimizer")
    logger: Function = Field(title="Logger")
    frozen_components: list[StrictStr] = Field(title="Components that are not updated")
    annotating_components: list[StrictStr] = Field(title="Components whose predictions later ones see")
    before_to_disk: Function = Field(title="Callback before the pipeline is saved")
    before_update: Function = Field(title="Callback before each update")
    rehearse: StrictStr | None = Field(default=None, title="File of texts on which components keep what they knew")
    rehearse_weight: float = Field(default=1.0, ge=0, title="Weight of these beside the training corpus")


class ConfigSchemaNlp(BaseModel):
    """[nlp], resolved."""

    model_config: ClassVar[ConfigDict] = _STRICT
    lang: StrictStr = Field(title="Language code")
    pipeline: list[StrictStr] = Field(title="Names of the components, in order")
    disabled: list[StrictStr] = Field(title="Names of the components that do not run")
    enabled: list[StrictStr] = Field(default=[], title="Names of the components that run")
    tokenizer: Function = Field(title="Function that makes the tokenizer")
    before_creation: Function = Field(title="Callback before the pipeline is made")
    after_creation: Function = Field(title="Callback after it is made, before components are added")
    after_pipeline_creation: Function = Field(title="Callback after components are added")
    batch_size: StrictInt | None = Field(title="Texts in a batch")
    vectors: Function = Field(title="Function that makes the vectors table")


class ConfigSchemaInit(BaseModel):
    """[initialize], resolved."""

    model_config: ClassVar[ConfigDict] = _STRICT
    vocab_data: StrictStr | None = Field(title="JSONL file of lexemes")
    lookups: Function = Field(title="Lookup tables")
    vectors: StrictStr | None = Field(title="Pipeline to take vectors from")
    init_tok2vec: StrictStr | None = Field(title="File of pretrained weights")
    tokenizer: dict[StrictStr, Any] = Field(title="Arguments of Tokenizer.initialize")
    components: dict[StrictStr, dict[StrictStr, Any]] = Field(title="Arguments of each component's initialize")
    before_init: Function = Field(title="Callback before")
    after_init: Function = Field(title="Callback after")


class ConfigSchemaPretrain(BaseModel):
    """[pretraining], resolved."""

    model_config: ClassVar[ConfigDict] = _STRICT
    max_epochs: StrictInt
    dropout: Rate
    n_save_every: StrictInt | None
    n_save_epoch: StrictInt | None
    optimizer: Function
    corpus: StrictStr
    batcher: Function
    component: StrictStr
    layer: StrictStr
    objective: Function


class ConfigSchemaDistillation(BaseModel):
    """[distillation], resolved; what is null or absent is as in [training]."""

    model_config: ClassVar[ConfigDict] = _STRICT
    corpus: StrictStr | None = Field(default=None, title="Dotted name of the corpus to learn on, which is streamed")
    dropout: RateOrNone = Field(default=None, title="Dropout rate, a number or a schedule")
    max_epochs: StrictInt | None = Field(default=None, ge=-1, title="Passes over the corpus; 0 has no limit")
    max_steps: StrictInt | None = Field(default=None, ge=0, title="Updates; 0 has no limit")
    student_to_teacher: dict[StrictStr, StrictStr] = Field(default={}, title="Names of the teacher's components")
    gold_weight: float = Field(default=0.0, ge=0, le=1, title="Share of gold annotation; the rest is the teacher's")
    batcher: Function = Field(default=None, title="Function that groups examples")
    optimizer: Function = Field(default=None, title="Optimizer")


class ConfigSchemaPretrainEmpty(BaseModel):
    """[pretraining], absent."""

    model_config: ClassVar[ConfigDict] = _STRICT


class ConfigSchema(BaseModel):
    """A whole config."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", arbitrary_types_allowed=True)
    training: ConfigSchemaTraining
    nlp: ConfigSchemaNlp
    pretraining: ConfigSchemaPretrain | ConfigSchemaPretrainEmpty = ConfigSchemaPretrainEmpty()
    components: dict[str, dict[str, Any]]
    corpora: dict[str, Any]
    initialize: ConfigSchemaInit


# Settings of these sections are known in advance; a setting that is not among them is an error.
SECTIONS: dict[str, type[BaseModel]] = {
    "nlp": ConfigSchemaNlp,
    "training": ConfigSchemaTraining,
    "pretraining": ConfigSchemaPretrain,
    "distillation": ConfigSchemaDistillation,
    "initialize": ConfigSchemaInit,
}


def validate(schema: type[BaseModel], obj: dict[str, Any]) -> list[str]:
    """Messages about what does not fit, [] if all does."""
    return [f"[{' -> '.join(map(str, error['loc']))}] {error['msg']}" for error in schema_errors(schema, obj)]


def validate_init_settings(
    func: Callable[..., Any],
    settings: dict[str, Any],
    *,
    section: str | None = None,
    name: str = "",
    exclude: Iterable[str] = ("get_examples", "nlp"),
) -> dict[str, Any]:
    """Settings of an `initialize` method, checked against its signature.

    Raises ConfigValidationError that names the section, and the nearest argument for one that does not exist.
    """
    block = f"initialize.{section}" if section else "initialize"
    if errors := schema_errors(_schema_of(func, exclude), settings):
        raise ConfigValidationError(
            title=f"Config validation error in [{block}]",
            desc=f"The settings of {name or section!r} do not fit its initialize method.",
            errors=errors,
            config=settings,
            parent=block,
        )
    return dict(settings)


def _schema_of(func: Callable[..., Any], exclude: Iterable[str]) -> type[BaseModel]:
    """The arguments of a function but for `exclude`, of whatever type: annotations may be names that only a type
    checker sees, and what they say is checked by the function itself."""
    fields: dict[str, Any] = {}
    extra: Literal["allow", "forbid"] = "forbid"
    for parameter in inspect.signature(func).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "allow"
        elif parameter.name not in (*exclude, "self"):
            fields[parameter.name] = (Any, ... if parameter.default is parameter.empty else parameter.default)
    return create_model("Arguments", __config__=ConfigDict(extra=extra, arbitrary_types_allowed=True), **fields)
