"""Pipelines and components from their configs: what `Language.from_config` and `add_pipe` do, step by step."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tagma.doors.missing import explain_missing
from tagma.errors import Errors, Warnings, warn_user
from tagma.language.check import check_config
from tagma.language.configs import CONFIG_SECTION_ORDER, NEW_CONFIG
from tagma.nn.config import Config, ConfigValidationError, slip_of, suggest
from tagma.pipeline.factory import FactoryMeta, component_block
from tagma.registries import registry
from tagma.ty import Named, Pipeline, SharesVectors
from tagma.util.names import Names, listed
from tagma.util.paths import check_component_name

if TYPE_CHECKING:
    from tagma.ty import Component
    from tagma.vocab import Vocab

__all__ = ["Choice", "Made", "component_of", "create_component", "from_config", "get_sourced_components"]

PipelineT = TypeVar("PipelineT", bound=Pipeline)
# What `exclude` may name beside components: files of a pipeline's folder, parts of its vocabulary.
FILES = ("config.cfg", "lookups", "meta.json", "strings", "tokenizer", "vectors", "vocab")


class Choice:
    """Which components of a config are made, and which of those run; names, or one name.

    disable    these do not run
    enable     if given, all others do not run
    exclude    these are not made
    """

    def __init__(self, *, disable: Names = (), enable: Names = (), exclude: Names = ()) -> None:
        self.disable: set[str] = set(listed(disable))
        self.enable: set[str] = set(listed(enable))
        self.exclude: set[str] = set(listed(exclude))


class Made(NamedTuple):
    """A component with what is known of its factory, and its config with the defaults filled in."""

    component: Component
    meta: FactoryMeta
    config: Config


def from_config(
    cls: type[PipelineT],
    config: dict[str, Any] | Config,
    choice: Choice,
    *,
    vocab: Vocab | bool,
    meta: dict[str, Any],
    auto_fill: bool,
    validate: bool,
) -> PipelineT:
    """See `Language.from_config`."""
    given = _complete(cls, config, auto_fill)
    _check_names(given)
    interpolated = given if given.is_interpolated else given.interpolate()
    names = [name for name in _names(interpolated) if name not in choice.exclude]
    _require_blocks(interpolated, names)
    # A saved pipeline (not filled) is not to be trained here: what only training needs may be missing, or unknown here.
    # The defaults alone are known to be good, and checking them would be half of the time of `tagma.blank`.
    if validate and (config or not auto_fill):
        check_config(cls, interpolated, names, is_whole=auto_fill)
    filled = _filled(given) if auto_fill else given
    settings = registry.resolve({"nlp": interpolated["nlp"]}, validate=validate)["nlp"]
    nlp = _create(cls, settings, vocab, meta)
    _add_components(nlp, given, interpolated, names, validate)
    _choose(nlp, interpolated, choice)
    nlp.batch_size = settings.get("batch_size") or nlp.batch_size
    nlp.config = filled
    return _called_back(settings.get("after_pipeline_creation"), "after_pipeline_creation", nlp)


def _complete(cls: type[Pipeline], config: dict[str, Any] | Config, auto_fill: bool) -> Config:
    """The config over the defaults of the language. Raises ValueError E985, E958."""
    given = Config(config, section_order=CONFIG_SECTION_ORDER).copy()
    if auto_fill:
        given = Config(cls.default_config, section_order=CONFIG_SECTION_ORDER).merge(given)
    if "nlp" not in given:
        raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
    lang = given["nlp"].get("lang")
    if lang is not None and lang != cls.lang:
        raise ValueError(Errors.E958.format(bad_lang_code=lang, lang_code=cls.lang, lang=cls.__name__))
    given["nlp"]["lang"] = cls.lang
    given["nlp"].setdefault("vectors", {"@vectors": "spacy.Vectors.v1"})
    return given


def _names(config: Config) -> list[str]:
    """The names in [nlp.pipeline]; a text would pass as a list of letters."""
    names = config["nlp"].get("pipeline", [])
    if not isinstance(names, list | tuple):
        error = {
            "loc": ["nlp", "pipeline"],
            "msg": f"must be a list of names, not {names!r}{slip_of(names)}",
            "type": "list_type",
        }
        raise ConfigValidationError(config=config, errors=[error], show_config=False)
    return list(names)


def _check_names(config: Config) -> None:
    """Raises ValueError E4051 for a name that would reach out of a pipeline's folder."""
    names = config["nlp"].get("pipeline")
    all_names = [*(names if isinstance(names, list | tuple) else ()), *config.get("components", {})]
    for name in all_names:
        check_component_name(name, (other for other in all_names if isinstance(other, str)))


def _require_blocks(config: Config, names: list[str]) -> None:
    blocks = config.get("components", {})
    for name in names:
        if name not in blocks:
            elsewhere = [part for part, inside in config.items() if isinstance(inside, dict) and name in inside]
            near = "".join(f" [{part}.{name}] is there: rename it to [components.{name}]." for part in elsewhere[:1])
            raise ValueError(Errors.E956.format(name=name, opts=", ".join(blocks) or "none", besides=near))
        if "factory" not in blocks[name] and "source" not in blocks[name]:
            raise ValueError(Errors.E984.format(name=name, config=blocks[name]))


def _filled(given: Config) -> Config:
    """The config with the default arguments of all functions; components keep theirs themselves."""
    apart = {section: given[section] for section in ("components", "pretraining") if section in given}
    rest = {section: value for section, value in given.items() if section not in apart}
    whole = Config(given, section_order=CONFIG_SECTION_ORDER)
    # References may point into the sections that are set aside, so these are there while the rest is filled.
    filled = registry.fill(whole, validate=False)
    for section in rest:
        whole[section] = filled[section]
    return whole


def _create(cls: type[PipelineT], settings: dict[str, Any], vocab: Vocab | bool, meta: dict[str, Any]) -> PipelineT:
    create = cls
    before = settings.get("before_creation")
    if before is not None:
        create = before(cls)
        if not isinstance(create, type) or create is not cls:
            raise ValueError(Errors.E943.format(value=create))
    nlp = create(
        vocab=vocab, create_tokenizer=settings["tokenizer"], create_vectors=settings["vectors"], meta=dict(meta)
    )
    return _called_back(settings.get("after_creation"), "after_creation", nlp)


def _called_back(callback: Callable[[Any], Any] | None, name: str, nlp: PipelineT) -> PipelineT:
    if callback is None:
        return nlp
    result = callback(nlp)
    if not isinstance(result, type(nlp)):
        raise ValueError(Errors.E942.format(name=name, value=type(result)))
    return result


# Which components run


def _choose(nlp: Pipeline, config: Config, choice: Choice) -> None:
    """Disable components as the config and the caller say, and tell of names that look misspelt."""
    # Leaving out what is not there is common, and harmless unless the name is misspelt.
    _warn_of_unknown("disable", _misspelt(choice.disable - choice.exclude, nlp), nlp)
    _warn_of_unknown("exclude", _misspelt(choice.exclude - {*_names(config), *FILES}, nlp), nlp)
    for name in _disabled(nlp, config["nlp"], choice):
        nlp.disable_pipe(name)


def _disabled(nlp: Pipeline, settings: dict[str, Any], choice: Choice) -> set[str]:
    """Names of the components that do not run. Raises ValueError E1042."""
    disabled = choice.disable | set(settings.get("disabled", []))
    names = set(nlp.component_names)
    if choice.enable:
        if choice.enable & disabled:
            raise ValueError(Errors.E1042.format(enable=sorted(choice.enable), disable=sorted(disabled)))
        configured = set(settings.get("enabled", []))
        if not configured <= choice.enable:
            warn_user(Warnings.W123.format(enable=sorted(choice.enable), enabled=sorted(configured)))
        if not choice.enable & names:
            _warn_of_unknown("enable", choice.enable, nlp)
        disabled |= names - choice.enable
    return disabled & names


def _warn_of_unknown(option: str, names: set[str], nlp: Pipeline) -> None:
    """Warn W4010 of names that are no components."""
    known = nlp.component_names
    if unknown := sorted(names - set(known)):
        near = (suggest(unknown[0], known) if len(unknown) == 1 else "") or "."
        text = Warnings.W4010.format(option=option, names=unknown, opts=", ".join(known) or "none", suggest=near)
        warn_user(text)


def _misspelt(names: set[str], nlp: Pipeline) -> set[str]:
    """Those that are no components, nor the usual name of one, but much like one that is not among them."""
    if not names:
        return set()
    known = [name for name in nlp.component_names if name not in names]
    return {name for name in names - {*nlp.component_names, *nlp.factory_names} if suggest(name, known)}


# Components


def create_component(
    nlp: Pipeline,
    factory_name: str,
    name: str,
    config: Mapping[str, Any],
    *,
    raw_config: Config | None,
    validate: bool,
) -> Made:
    """See `Language.create_pipe`."""
    if not isinstance(config, Mapping):
        raise ValueError(Errors.E962.format(style="config", name=name, cfg_type=type(config)))
    try:
        json.dumps(config)
    except (TypeError, ValueError):
        raise ValueError(Errors.E961.format(config=config)) from None
    if not nlp.has_factory(factory_name):
        known = [known for known in nlp.factory_names if "." not in known]
        described = {"lang": type(nlp).__name__, "lang_code": nlp.lang, "opts": ", ".join(sorted(known))}
        missing = explain_missing("@factories", factory_name, called=name, lead=f"; {factory_name!r} is ")
        near = missing or suggest(factory_name, known)
        raise ValueError(Errors.E002.format(name=factory_name, suggest=near, **described))
    config = {key: value for key, value in config.items() if key != "factory"}
    # As in a config file, so that errors name the place there.
    block = component_block(nlp.get_factory_name(factory_name), factory_name, name, config, nlp)
    whole = {"components": {name: block}}
    component = registry.resolve(whole, validate=validate)["components"][name]
    if not callable(component):
        raise ValueError(Errors.E003.format(component=type(component), name=name))
    filled = Config(registry.fill(whole, validate=False)["components"][name])
    for key in ("nlp", "name", "@factories"):
        del filled[key]
    filled["factory"] = factory_name
    if raw_config:
        filled = filled.merge(raw_config)
    meta = nlp.get_factory_meta(factory_name)
    for key in meta.own_settings:
        filled.pop(key, None)
    return Made(component, meta, filled)


def component_of(nlp: Pipeline, source_name: str, source: Pipeline, name: str) -> Made:
    """A component of another pipeline under a new name, see `Language.create_pipe_from_source`."""
    if source_name not in source.component_names:
        model = "{lang}_{name}".format_map(source.meta)
        raise KeyError(Errors.E944.format(name=source_name, model=model, opts=source.component_names))
    if nlp.vocab.vectors != source.vocab.vectors:
        warn_user(Warnings.W113.format(name=source_name))
    for string in source.vocab.strings:
        nlp.vocab.strings.add(string)
    component = source.get_pipe(source_name)
    if isinstance(component, Named):
        component.name = name
    config = Config(source.config.interpolate()["components"][source_name])
    return Made(component, source.get_pipe_meta(source_name), config)


def _add_components(nlp: Pipeline, given: Config, interpolated: Config, names: list[str], validate: bool) -> None:
    sources: dict[Any, Pipeline] = {}
    vocab_before = None
    for name in names:
        block = interpolated["components"][name]
        if "factory" in block:
            raw = Config(given["components"][name], is_interpolated=given.is_interpolated)
            nlp.add_pipe(block["factory"], name=name, config=block, raw_config=raw, validate=validate)
            continue
        if vocab_before is None:
            # Pipelines to take components from are loaded into the same vocabulary; only their strings are to stay.
            vocab_before = nlp.vocab.to_bytes(exclude=["lookups", "strings"])
        _add_from_source(nlp, name, block, sources)
    if vocab_before is not None:
        vectors_name = nlp.vocab.vectors.name
        nlp.vocab.from_bytes(vocab_before)
        nlp.vocab.vectors.name = vectors_name


def _add_from_source(nlp: Pipeline, name: str, block: dict[str, Any], sources: dict[Any, Pipeline]) -> None:
    from tagma.util import load_model  # the door: loading lies above

    model = block["source"]
    if model not in sources:
        sources[model] = load_model(model, vocab=nlp.vocab, exclude=["lookups"])
    source = sources[model]
    source_name = block.get("component", name)
    replaced = False
    if "replace_listeners" in block:
        for upstream, proc in source.pipeline:
            if isinstance(proc, SharesVectors) and source_name in proc.listening_components:
                source.replace_listeners(upstream, source_name, block["replace_listeners"])
                replaced = True
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W113\]")
        nlp.add_pipe(source_name, name=name, source=source)
    hashes = nlp.meta.setdefault("_sourced_vectors_hashes", {})
    hashes[name] = hash(source.vocab.vectors.to_bytes(exclude=["strings"]))
    if replaced:
        # Its network is no longer what the file says; another component must start from the file.
        del sources[model]


def get_sourced_components(config: Config | dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Blocks of the components that are taken from other pipelines."""
    blocks: dict[str, dict[str, Any]] = config.get("components", {})
    return {name: block for name, block in blocks.items() if "source" in block and "factory" not in block}
