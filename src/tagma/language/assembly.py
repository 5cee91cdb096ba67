"""A pipeline from its config: what `Language.from_config` does, step by step."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from tagma.errors import Errors, Warnings
from tagma.language.check import check_config
from tagma.language.loading import CONFIG_SECTION_ORDER, NEW_CONFIG, load_model
from tagma.nn.config import Config, ConfigValidationError, suggest
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.vocab import Vocab

__all__ = ["from_config"]

LanguageT = TypeVar("LanguageT", bound="Language")
Names = str | Iterable[str]
# What `exclude` may name beside components: files of a pipeline's folder, parts of its vocabulary.
FILES = ("config.cfg", "lookups", "meta.json", "strings", "tokenizer", "vectors", "vocab")


def from_config(
    cls: type[LanguageT],
    config: dict[str, Any] | Config,
    *,
    vocab: Vocab | bool,
    disable: Names,
    enable: Names,
    exclude: Names,
    meta: dict[str, Any],
    auto_fill: bool,
    validate: bool,
) -> LanguageT:
    """See `Language.from_config`."""
    given = _complete(cls, config, auto_fill)
    interpolated = given if given.is_interpolated else given.interpolate()
    excluded = _set(exclude)
    names = [name for name in _listed(interpolated) if name not in excluded]
    _require_blocks(interpolated, names)
    # The defaults alone are known to be good, and checking them would be half of the time of `tagma.blank`.
    if validate and (config or not auto_fill):
        check_config(cls, interpolated, names)
    filled = _filled(given) if auto_fill else given
    settings = registry.resolve({"nlp": interpolated["nlp"]}, validate=validate)["nlp"]
    nlp = _create(cls, settings, vocab, meta)
    _add_components(nlp, given, interpolated, names, validate)
    # Leaving out what is not there is common, and harmless unless the name is misspelt.
    _warn_of_unknown("disable", _misspelt(_set(disable) - excluded, nlp), nlp)
    _warn_of_unknown("exclude", _misspelt(excluded - {*_listed(interpolated), *FILES}, nlp), nlp)
    nlp._disabled = _disabled(nlp, interpolated["nlp"], _set(disable), _set(enable))
    nlp._link_components()
    nlp.batch_size = settings.get("batch_size") or nlp.batch_size
    nlp.config = filled
    return _called_back(settings.get("after_pipeline_creation"), "after_pipeline_creation", nlp)


def _complete(cls: type[Language], config: dict[str, Any] | Config, auto_fill: bool) -> Config:
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


def _listed(config: Config) -> list[str]:
    """The names in [nlp.pipeline]; a text would pass as a list of letters."""
    names = config["nlp"].get("pipeline", [])
    if not isinstance(names, list | tuple):
        error = {"loc": ["nlp", "pipeline"], "msg": f"must be a list of names, not {names!r}", "type": "list_type"}
        raise ConfigValidationError(config=config, errors=[error], show_config=False)
    return list(names)


def _require_blocks(config: Config, names: list[str]) -> None:
    blocks = config.get("components", {})
    for name in names:
        if name not in blocks:
            raise ValueError(Errors.E956.format(name=name, opts=", ".join(blocks) or "none"))
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


def _create(cls: type[LanguageT], settings: dict[str, Any], vocab: Vocab | bool, meta: dict[str, Any]) -> LanguageT:
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


def _called_back(callback: Callable[[Any], Any] | None, name: str, nlp: LanguageT) -> LanguageT:
    if callback is None:
        return nlp
    result = callback(nlp)
    if not isinstance(result, type(nlp)):
        raise ValueError(Errors.E942.format(name=name, value=type(result)))
    return result


def _add_components(nlp: Language, given: Config, interpolated: Config, names: list[str], validate: bool) -> None:
    sources: dict[Any, Language] = {}
    vocab_before = None
    for name in names:
        block = interpolated["components"][name]
        if "factory" in block:
            raw = Config(given["components"][name])
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


def _add_from_source(nlp: Language, name: str, block: dict[str, Any], sources: dict[Any, Language]) -> None:
    model = block["source"]
    if model not in sources:
        sources[model] = load_model(model, vocab=nlp.vocab, exclude=["lookups"])
    source = sources[model]
    source_name = block.get("component", name)
    replaced = False
    if "replace_listeners" in block:
        for upstream, proc in source.pipeline:
            if source_name in getattr(proc, "listening_components", []):
                source.replace_listeners(upstream, source_name, block["replace_listeners"])
                replaced = True
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W113\]")
        nlp.add_pipe(source_name, name=name, source=source)
    hashes = nlp._meta.setdefault("_sourced_vectors_hashes", {})
    hashes[name] = hash(source.vocab.vectors.to_bytes(exclude=["strings"]))
    if replaced:
        # Its network is no longer what the file says; another component must start from the file.
        del sources[model]


def _disabled(nlp: Language, settings: dict[str, Any], disable: set[str], enable: set[str]) -> set[str]:
    """Names of the components that do not run. Raises ValueError E1042."""
    disabled = disable | set(settings.get("disabled", []))
    names = set(nlp.component_names)
    if enable:
        both = enable & disabled
        if both:
            raise ValueError(Errors.E1042.format(enable=sorted(enable), disable=sorted(disabled)))
        configured = set(settings.get("enabled", []))
        if not configured <= enable:
            warnings.warn(Warnings.W123.format(enable=sorted(enable), enabled=sorted(configured)), stacklevel=4)
        if not enable & names:
            _warn_of_unknown("enable", enable, nlp, stacklevel=5)
        disabled |= names - enable
    return disabled & names


def _warn_of_unknown(option: str, names: set[str], nlp: Language, stacklevel: int = 4) -> None:
    """Warn W4010 of names that are no components."""
    known = nlp.component_names
    if unknown := sorted(names - set(known)):
        near = (suggest(unknown[0], known) if len(unknown) == 1 else "") or "."
        text = Warnings.W4010.format(option=option, names=unknown, opts=", ".join(known) or "none", suggest=near)
        warnings.warn(text, stacklevel=stacklevel)


def _misspelt(names: set[str], nlp: Language) -> set[str]:
    """Those that are no components, nor the usual name of one, but much like one that is not among them."""
    known = [name for name in nlp.component_names if name not in names]
    return {name for name in names - {*nlp.component_names, *nlp.factory_names} if suggest(name, known)}


def _set(names: Names) -> set[str]:
    return {names} if isinstance(names, str) else set(names)
