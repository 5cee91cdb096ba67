"""What the sections of a config and the patterns of a matcher may hold, as pydantic models.

Heavy to import: done where something is checked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    create_model,
)

from tagma.attrs import IDS
from tagma.nn.config import ConfigValidationError, schema_errors

__all__ = [
    "ConfigSchema",
    "ConfigSchemaDistillation",
    "ConfigSchemaInit",
    "ConfigSchemaNlp",
    "ConfigSchemaPretrain",
    "ConfigSchemaPretrainEmpty",
    "ConfigSchemaTraining",
    "DocJSONSchema",
    "ModelMetaSchema",
    "RecommendationSchema",
    "RecommendationTrf",
    "RecommendationTrfItem",
    "SECTIONS",
    "TokenPattern",
    "TokenPatternNumber",
    "TokenPatternOperatorSimple",
    "TokenPatternSchema",
    "TokenPatternString",
    "get_arg_model",
    "optimizer_errors",
    "validate",
    "validate_init_settings",
    "validate_token_pattern",
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


class ModelMetaSchema(BaseModel):
    """meta.json of a pipeline; other entries are kept."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")
    lang: Annotated[StrictStr, Field(min_length=1, title="Language code")]
    name: Annotated[StrictStr, Field(min_length=1, title="Name, without the language")]
    version: Annotated[StrictStr, Field(min_length=1, title="Version of the pipeline")]
    spacy_version: StrictStr = Field(default="", title="Versions of spaCy whose level a library must have")
    parent_package: StrictStr = Field(default="spacy", title="Library that the pipeline was made with")
    requirements: list[StrictStr] = Field(default=[], title="Packages that it needs besides")
    pipeline: list[StrictStr] = Field(default=[], title="Names of the components that run")
    description: StrictStr = ""
    license: StrictStr = ""
    author: StrictStr = ""
    email: StrictStr = ""
    url: StrictStr = ""
    sources: list[StrictStr | dict[str, str]] | None = Field(default=None, title="What it was trained on")
    vectors: dict[str, Any] = Field(default={}, title="Width and numbers of the word vectors")
    labels: dict[str, list[str]] = Field(default={}, title="Labels by component")
    performance: dict[str, Any] = Field(default={}, title="Scores")
    spacy_git_version: StrictStr = ""


class RecommendationTrfItem(BaseModel):
    """A pretrained transformer, and by how much its texts are longer in pieces than in tokens."""

    name: str
    size_factor: int


class RecommendationTrf(BaseModel):
    """Pretrained transformers for a language."""

    efficiency: RecommendationTrfItem
    accuracy: RecommendationTrfItem


class RecommendationSchema(BaseModel):
    """What a new config for a language starts from."""

    word_vectors: str | None = None
    transformer: RecommendationTrf | None = None
    has_letters: bool = True


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


def get_arg_model(
    func: Callable[..., Any], *, exclude: Iterable[str] = (), name: str = "ArgModel", strict: bool = True
) -> type[BaseModel]:
    """The arguments of a function as a model, by their annotations; of any type where these cannot be resolved.

    exclude   arguments that are left out
    strict    refuse arguments that the function has not, unless it takes any keyword
    Compiled functions that do not say what they take accept all arguments.
    """
    try:
        hints = get_type_hints(func, include_extras=True)
    except NameError:
        hints = {}
    return _arguments(func, {"self", *exclude}, hints, name=name, strict=strict)


def _schema_of(func: Callable[..., Any], exclude: Iterable[str]) -> type[BaseModel]:
    """The arguments of a function but for `exclude`, of whatever type: annotations may be names that only a type
    checker sees, and what they say is checked by the function itself."""
    return _arguments(func, {"self", *exclude}, {}, name="Arguments", strict=True)


def _arguments(
    func: Callable[..., Any], exclude: set[str], types: dict[str, Any], *, name: str, strict: bool
) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    extra: Literal["allow", "forbid"] = "forbid" if strict else "allow"
    try:
        parameters = inspect.signature(func).parameters
    except ValueError:
        extra, parameters = "allow", MappingProxyType({})
    for parameter in parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "allow"
        elif parameter.kind is not parameter.VAR_POSITIONAL and parameter.name not in exclude:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[parameter.name] = (types.get(parameter.name, Any), default)
    return create_model(name, __config__=ConfigDict(extra=extra, arbitrary_types_allowed=True), **fields)


_ABSENT: Any = None  # what a part of a pattern has that was not given; None itself cannot be given


class _PatternPart(BaseModel):
    """Keys are written in upper or in lower case."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", populate_by_name=True)


class TokenPatternString(_PatternPart):
    """Predicates of an attribute that is a text."""

    REGEX: StrictStr | TokenPatternString = Field(_ABSENT, alias="regex")
    IN: list[StrictStr] = Field(_ABSENT, alias="in")
    NOT_IN: list[StrictStr] = Field(_ABSENT, alias="not_in")
    IS_SUBSET: list[StrictStr] = Field(_ABSENT, alias="is_subset")
    IS_SUPERSET: list[StrictStr] = Field(_ABSENT, alias="is_superset")
    INTERSECTS: list[StrictStr] = Field(_ABSENT, alias="intersects")
    FUZZY: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy")
    FUZZY1: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy1")
    FUZZY2: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy2")
    FUZZY3: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy3")
    FUZZY4: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy4")
    FUZZY5: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy5")
    FUZZY6: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy6")
    FUZZY7: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy7")
    FUZZY8: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy8")
    FUZZY9: StrictStr | TokenPatternString = Field(_ABSENT, alias="fuzzy9")


class TokenPatternNumber(_PatternPart):
    """Predicates of an attribute that is a number."""

    REGEX: StrictStr = Field(_ABSENT, alias="regex")
    IN: list[StrictInt] = Field(_ABSENT, alias="in")
    NOT_IN: list[StrictInt] = Field(_ABSENT, alias="not_in")
    IS_SUBSET: list[StrictInt] = Field(_ABSENT, alias="is_subset")
    IS_SUPERSET: list[StrictInt] = Field(_ABSENT, alias="is_superset")
    INTERSECTS: list[StrictInt] = Field(_ABSENT, alias="intersects")
    EQ: StrictInt | StrictFloat = Field(_ABSENT, alias="==")
    NEQ: StrictInt | StrictFloat = Field(_ABSENT, alias="!=")
    GEQ: StrictInt | StrictFloat = Field(_ABSENT, alias=">=")
    LEQ: StrictInt | StrictFloat = Field(_ABSENT, alias="<=")
    GT: StrictInt | StrictFloat = Field(_ABSENT, alias=">")
    LT: StrictInt | StrictFloat = Field(_ABSENT, alias="<")


class TokenPatternOperatorSimple(str, Enum):  # noqa: UP042 StrEnum would print otherwise
    """Operators of one character."""

    plus = "+"
    star = "*"
    question = "?"
    exclamation = "!"


_NAMES = {number: name for name, number in IDS.items()}
_Counts = Annotated[str, StringConstraints(pattern=r"^(\{\d+\}|\{\d+,\d*\}|\{\d*,\d+\})$")]
_Text = TokenPatternString | StrictStr
_Number = TokenPatternNumber | StrictInt | StrictFloat
_Extension = TokenPatternString | TokenPatternNumber | str | int | float | list[Any] | bool


class TokenPattern(_PatternPart):
    """What a token pattern asks of one token."""

    orth: _Text = Field(_ABSENT, alias="ORTH")
    text: _Text = Field(_ABSENT, alias="TEXT")
    lower: _Text = Field(_ABSENT, alias="LOWER")
    pos: _Text = Field(_ABSENT, alias="POS")
    tag: _Text = Field(_ABSENT, alias="TAG")
    morph: _Text = Field(_ABSENT, alias="MORPH")
    dep: _Text = Field(_ABSENT, alias="DEP")
    lemma: _Text = Field(_ABSENT, alias="LEMMA")
    shape: _Text = Field(_ABSENT, alias="SHAPE")
    ent_type: _Text = Field(_ABSENT, alias="ENT_TYPE")
    ent_iob: Literal["", "I", "O", "B", 0, 1, 2, 3] = Field(_ABSENT, alias="ENT_IOB")
    ent_id: _Text = Field(_ABSENT, alias="ENT_ID")
    ent_kb_id: _Text = Field(_ABSENT, alias="ENT_KB_ID")
    norm: _Text = Field(_ABSENT, alias="NORM")
    length: _Number = Field(_ABSENT, alias="LENGTH")
    spacy: StrictBool = Field(_ABSENT, alias="SPACY")
    is_alpha: StrictBool = Field(_ABSENT, alias="IS_ALPHA")
    is_ascii: StrictBool = Field(_ABSENT, alias="IS_ASCII")
    is_digit: StrictBool = Field(_ABSENT, alias="IS_DIGIT")
    is_lower: StrictBool = Field(_ABSENT, alias="IS_LOWER")
    is_upper: StrictBool = Field(_ABSENT, alias="IS_UPPER")
    is_title: StrictBool = Field(_ABSENT, alias="IS_TITLE")
    is_punct: StrictBool = Field(_ABSENT, alias="IS_PUNCT")
    is_space: StrictBool = Field(_ABSENT, alias="IS_SPACE")
    is_bracket: StrictBool = Field(_ABSENT, alias="IS_BRACKET")
    is_quote: StrictBool = Field(_ABSENT, alias="IS_QUOTE")
    is_left_punct: StrictBool = Field(_ABSENT, alias="IS_LEFT_PUNCT")
    is_right_punct: StrictBool = Field(_ABSENT, alias="IS_RIGHT_PUNCT")
    is_currency: StrictBool = Field(_ABSENT, alias="IS_CURRENCY")
    is_stop: StrictBool = Field(_ABSENT, alias="IS_STOP")
    is_sent_start: StrictBool = Field(_ABSENT, alias="IS_SENT_START")
    sent_start: StrictBool = Field(_ABSENT, alias="SENT_START")
    like_num: StrictBool = Field(_ABSENT, alias="LIKE_NUM")
    like_url: StrictBool = Field(_ABSENT, alias="LIKE_URL")
    like_email: StrictBool = Field(_ABSENT, alias="LIKE_EMAIL")
    op: TokenPatternOperatorSimple | _Counts = Field(_ABSENT, alias="OP")
    underscore: dict[StrictStr, _Extension] = Field(_ABSENT, alias="_")


class TokenPatternSchema(BaseModel):
    """One pattern."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    pattern: list[TokenPattern] = Field(min_length=1)


def validate_token_pattern(obj: list[Any]) -> list[str]:
    """Messages about what is wrong in a token pattern, with position and key; [] for a good one."""
    return validate(TokenPatternSchema, {"pattern": [_named(token) for token in obj] if isinstance(obj, list) else obj})


def _named(token: Any) -> Any:
    """Attributes may be given by their ids."""
    if not isinstance(token, dict):
        return token
    return {_NAMES.get(key, str(key)) if isinstance(key, int) else key: value for key, value in token.items()}


class DocJSONSchema(BaseModel):
    """What `Doc.to_json` writes. Offsets are characters of `text`; further keys are passed over."""

    cats: dict[StrictStr, StrictFloat] | None = Field(None, title="scores by category")
    ents: list[dict[StrictStr, StrictInt | StrictStr]] | None = Field(None, title="entities: start, end, label")
    sents: list[dict[StrictStr, StrictInt]] | None = Field(None, title="sentences: start, end")
    text: StrictStr = Field(..., title="the text")
    spans: dict[StrictStr, list[dict[StrictStr, StrictStr | StrictInt]]] | None = Field(None, title="groups of spans")
    tokens: list[dict[StrictStr, StrictStr | StrictInt]] = Field(
        ..., title="tokens: id, start, end, and their annotations"
    )
    underscore_doc: dict[StrictStr, Any] | None = Field(None, title="extensions of the doc", alias="_")
    underscore_token: dict[StrictStr, list[dict[StrictStr, Any]]] | None = Field(None, title="extensions of tokens")
    underscore_span: dict[StrictStr, list[dict[StrictStr, Any]]] | None = Field(None, title="extensions of spans")
