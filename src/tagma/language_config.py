"""A pipeline from a config: fill the defaults, check, make the parts, add the components or take them from others."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.registry import registry

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn import Config
    from tagma.vocab import Vocab

__all__ = ["pipeline_from_config"]

CALLBACKS = ("before_creation", "after_creation", "after_pipeline_creation")


def _names(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def pipeline_from_config(
    cls: type[Language],
    config: dict[str, Any] | Config,
    *,
    vocab: Vocab | bool,
    disable: str | Iterable[str],
    enable: str | Iterable[str],
    exclude: str | Iterable[str],
    meta: dict[str, Any],
    auto_fill: bool,
    validate: bool,
) -> Language:
    """See `Language.from_config`.

    Raises ValueError: E985 no [nlp], E958 another language, E943 E942 wrong callback results, E956 E984 wrong
    components, E1042 enabled and disabled at once; ConfigValidationError with all wrong settings.
    """
    from tagma.nn import Config

    if not isinstance(config, Config):
        config = Config(config)
    if auto_fill:
        config = Config(cls.get_default_config(), is_interpolated=False).merge(config)
    if "nlp" not in config:
        raise ValueError(Errors.E985)
    lang = config["nlp"].get("lang")
    if lang is not None and cls.lang is not None and lang != cls.lang:
        raise ValueError(Errors.E958.format(bad_lang_code=lang, lang_code=cls.lang, lang=cls.__name__))
    config["nlp"]["lang"] = cls.lang
    config["nlp"].setdefault("vectors", {"@vectors": "spacy.Vectors.v1"})
    interpolated = config.interpolate() if not config.is_interpolated else config.copy()
    filled = _filled(config, interpolated, validate)
    resolved = _resolved_nlp(interpolated["nlp"], validate)
    nlp = _create(cls, resolved, vocab, meta)
    _add_components(nlp, config, interpolated, _names(exclude), validate)
    _enable_and_disable(nlp, interpolated["nlp"], _names(disable), _names(enable), _names(exclude))
    nlp.batch_size = resolved["batch_size"] or nlp.batch_size
    nlp.config = filled if auto_fill else config
    if resolved["after_pipeline_creation"] is not None:
        result = resolved["after_pipeline_creation"](nlp)
        _require_language(result, "after_pipeline_creation")
        nlp = result
    nlp._link_components()
    return nlp


def _filled(config: Config, interpolated: Config, validate: bool) -> Config:
    """The config with default arguments, variables kept. Checks names of settings in [training] and [initialize]."""
    from tagma.nn import Config

    if validate:
        _check_sections(interpolated)
    set_aside = ("components", "pretraining", "nlp")
    rest = Config(
        {key: value for key, value in config.items() if key not in set_aside},
        is_interpolated=config.is_interpolated,
        section_order=config.section_order,
    )
    if config.is_interpolated:
        filled = registry.fill(rest, validate=validate)
    else:
        whole = Config({k: v for k, v in interpolated.items() if k not in set_aside})
        defaults = registry.fill(whole, validate=validate)
        filled = Config(defaults.merge(rest, remove_extra=False), is_interpolated=False)
    for key in set_aside:
        if key in config:
            filled[key] = config[key]
    return Config(filled, is_interpolated=config.is_interpolated, section_order=config.section_order)


def _check_sections(config: Config) -> None:
    """All wrong names in the sections that the library reads, in one error with dotted paths."""
    from tagma.nn import ConfigValidationError
    from tagma.nn.config import suggest
    from tagma.schemas import ConfigSchemaInit, ConfigSchemaNlp, ConfigSchemaPretrain, ConfigSchemaTraining

    schemas = {
        "nlp": ConfigSchemaNlp,
        "training": ConfigSchemaTraining,
        "initialize": ConfigSchemaInit,
        "pretraining": ConfigSchemaPretrain,
    }
    errors: list[dict[str, Any]] = []
    for section, schema in schemas.items():
        block = config.get(section)
        if not isinstance(block, dict) or not block:
            continue
        for key in block:
            if key not in schema.model_fields:
                msg = f"unexpected setting{suggest(key, schema.model_fields)}"
                errors.append({"loc": [section, key], "msg": msg, "type": "extra_forbidden"})
        plain = {k: v for k, v in block.items() if k in schema.model_fields and not registry.is_promise(v)}
        errors += _type_errors(schema, plain, section)
    if errors:
        raise ConfigValidationError(errors=errors, config=config, show_config=False)


def _type_errors(schema: Any, values: dict[str, Any], section: str) -> list[dict[str, Any]]:
    from pydantic import ValidationError

    try:
        schema.model_validate(values)
    except ValidationError as error:
        return [
            {"loc": [section, *e["loc"]], "msg": f"{e['msg']}, not {e['input']!r}", "type": e["type"]}
            for e in error.errors()
            if e["type"] != "missing" or e["loc"][0] in values
        ]
    return []


def _resolved_nlp(block: dict[str, Any], validate: bool) -> dict[str, Any]:
    resolved = registry.resolve({"nlp": block}, validate=validate)["nlp"]
    for name in CALLBACKS:
        resolved.setdefault(name, None)
    resolved.setdefault("batch_size", None)
    return resolved


def _create(cls: type[Language], resolved: dict[str, Any], vocab: Vocab | bool, meta: dict[str, Any]) -> Language:
    before, after = resolved["before_creation"], resolved["after_creation"]
    if before is not None:
        made = before(cls)
        if made is not cls:
            raise ValueError(Errors.E943.format(value=type(made)))
    nlp = cls(
        vocab=vocab,
        create_tokenizer=resolved["tokenizer"],
        create_vectors=resolved["vectors"] if vocab is True else None,
        meta=dict(meta),
    )
    if after is not None:
        result = after(nlp)
        _require_language(result, "after_creation")
        nlp = result
    return nlp


def _require_language(value: Any, name: str) -> None:
    from tagma.language import Language

    if not isinstance(value, Language):
        raise ValueError(Errors.E942.format(name=name, value=type(value)))


def _add_components(nlp: Language, config: Config, interpolated: Config, exclude: list[str], validate: bool) -> None:
    from tagma.nn import Config, ConfigValidationError

    blocks = interpolated.get("components", {})
    raw_blocks = config.get("components", {})
    sources: dict[str, Language] = {}
    errors: list[dict[str, Any]] = []
    for name in interpolated["nlp"].get("pipeline", []):
        if name in exclude:
            continue
        if name not in blocks:
            raise ValueError(Errors.E956.format(name=name, opts=", ".join(blocks) or "none"))
        block = dict(blocks[name])
        if "factory" not in block and "source" not in block:
            raise ValueError(Errors.E984.format(name=name, config=block))
        if "source" in block:
            _add_sourced(nlp, name, block, sources)
            continue
        factory = block.pop("factory")
        raw = Config(raw_blocks[name], is_interpolated=config.is_interpolated)
        try:
            nlp.add_pipe(factory, name=name, config=block, raw_config=raw, validate=validate)
        except ConfigValidationError as error:
            errors.extend(error.errors)
    if errors:
        raise ConfigValidationError(errors=errors, show_config=False)


def _add_sourced(nlp: Language, name: str, block: dict[str, Any], sources: dict[str, Language]) -> None:
    from tagma.loading import load_model

    source = block["source"]
    replace = list(block.get("replace_listeners", []))
    if source not in sources:
        sources[source] = load_model(source, vocab=nlp.vocab, exclude=["lookups"])
    source_name = block.get("component", name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W113\]")
        nlp.add_pipe(source_name, source=sources[source], name=name)
    if replace:
        upstream = next(
            (n for n, pipe in sources[source].pipeline if name in getattr(pipe, "listening_components", [])), None
        )
        if upstream is not None:
            sources[source].replace_listeners(upstream, name, replace)
            del sources[source]


def _enable_and_disable(
    nlp: Language, block: dict[str, Any], disable: list[str], enable: list[str], exclude: list[str]
) -> None:
    disabled = [*disable, *(name for name in block.get("disabled", []) if name not in disable)]
    if enable:
        if configured := block.get("enabled"):
            if not set(configured) <= set(enable):
                warnings.warn(Warnings.W123.format(enable=enable, enabled=configured), stacklevel=4)
        if both := sorted(set(enable) & set(disabled)):
            raise ValueError(Errors.E1042.format(enable=enable, disable=both))
        if not set(enable) & set(nlp.component_names) and nlp.component_names:
            warnings.warn(
                Warnings.W4010.format(names=", ".join(enable), opts=", ".join(nlp.component_names)), stacklevel=4
            )
        disabled += [name for name in nlp.component_names if name not in enable]
    nlp._disabled = {name for name in disabled if name in nlp.component_names and name not in exclude}
