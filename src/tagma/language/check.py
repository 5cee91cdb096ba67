"""All that is wrong with the config of a pipeline, found before anything is made from it, or read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagma.doors.missing import explain_missing
from tagma.errors import Errors
from tagma.language.plain_settings import are_plain
from tagma.nn.config import ConfigValidationError, schema_errors, suggest
from tagma.pipeline.factory import component_block
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.nn.fitting import Misfit
    from tagma.ty import Pipeline

__all__ = ["check_config", "check_types"]

KNOWN_SECTIONS = ("nlp", "training", "pretraining", "distillation", "initialize")  # those of `schemas.SECTIONS`
SOURCE_KEYS = ("source", "component", "replace_listeners")


def check_config(cls: type[Pipeline], config: dict[str, Any], names: list[str], *, is_whole: bool = True) -> None:
    """Raise one ConfigValidationError with everything that is wrong with an interpolated config.

    Checked: the settings of [nlp], [training], [pretraining] and [initialize]; all blocks that name functions, with
    their arguments; the blocks of the components `names`. If the config is not `is_whole`, only [nlp] and components.
    """
    plain = {section: value for section, value in config.items() if section != "components"}
    if not is_whole:
        plain = {"nlp": config["nlp"]}
    errors = _section_errors(plain)
    errors += registry.problems(plain)
    for name in names:
        errors += _component_errors(cls, name, config["components"][name])
    if errors:
        raise ConfigValidationError(config=config, errors=errors, show_config=False)


def _section_errors(config: dict[str, Any]) -> list[dict[str, Any]]:
    doubtful = {name: values for name, values in config.items() if values and not are_plain(name, values)}
    if not any(name in doubtful for name in KNOWN_SECTIONS):
        return []
    from tagma.schemas import SECTIONS

    return [
        error
        for section, schema in SECTIONS.items()
        if section in doubtful
        for error in schema_errors(schema, doubtful[section], [section])
    ]


def _component_errors(cls: type[Pipeline], name: str, block: Any) -> list[dict[str, Any]]:
    if not isinstance(block, dict) or "factory" not in block:
        return []
    factory = block["factory"]
    if not isinstance(factory, str) or not cls.has_factory(factory):
        known = [key for key in registry.factories.names() if "." not in key]
        missing = explain_missing("@factories", str(factory), called=name, lead=f"; {factory!r} is ")
        msg = Errors.E002.format(
            name=factory,
            lang=cls.__name__,
            lang_code=cls.lang,
            suggest=missing or suggest(str(factory), known),
            opts=", ".join(known),
        )
        return [{"loc": ["components", name, "factory"], "msg": msg, "type": "unknown_function"}]
    settings = {key: value for key, value in block.items() if key != "factory"}
    whole = component_block(cls.get_factory_name(factory), factory, name, settings, nlp=None)
    problems = registry.problems({"components": {name: whole}})
    # there is no pipeline yet that could be the argument
    return [problem for problem in problems if list(problem["loc"]) != ["components", name, "nlp"]]


def check_types(config: Mapping[str, Any], names: Iterable[str] | None = None) -> None:
    """Raise one ConfigValidationError E4120 with all models of components that are of another type than is asked for.

    config    interpolated; what else is wrong with it is for `check_config` to tell
    names     of the components that are checked; those in [nlp.pipeline], if None
    Types are those in the annotations of the registered functions. What they leave open is not checked.
    """
    from tagma.nn.fitting import misfits

    components, nlp = config.get("components", {}), config.get("nlp", {})
    pipeline, lang = nlp.get("pipeline", []), nlp.get("lang")
    errors = []
    for name in (pipeline if isinstance(pipeline, list | tuple) else ()) if names is None else names:
        block = components.get(name)
        if isinstance(block, dict) and isinstance(factory := block.get("factory"), str):
            settings = {key: value for key, value in block.items() if key != "factory"}
            default = component_block(f"{lang}.{factory}", factory, name, {}, nlp=None)
            whole = component_block(f"{lang}.{factory}", factory, name, settings, nlp=None)
            for misfit in misfits(registry, whole, ("components", name)):
                errors.append(_type_error(misfit, _block_at(default, misfit.path[2:])))
    if errors:
        raise ConfigValidationError(errors=errors, show_config=False)


def _type_error(misfit: Misfit, default: Any) -> dict[str, Any]:
    msg = Errors.E4120.format(
        taker=misfit.taker,
        wanted=misfit.wanted_text,
        kind=misfit.kind,
        name=misfit.name,
        given=misfit.given_text,
        fit=", ".join(_that_fit(misfit, default)) or "none that is known",
    )
    return {"loc": list(misfit.path), "msg": msg, "type": "model_type"}


def _that_fit(misfit: Misfit, default: Any) -> list[str]:
    """Three functions whose models are of the type that is asked for, the one of the default config first."""
    from tagma.nn.fitting import models_that_fit

    usual = [default[key] for key in default if key.startswith("@")] if isinstance(default, dict) else []
    kinds = dict.fromkeys(("architectures", misfit.kind, "layers"))
    found = [name for kind in kinds for name in models_that_fit(getattr(registry, kind).get_all(), misfit.wanted)]
    return list(dict.fromkeys([*usual, *found]))[:3]


def _block_at(config: Any, path: Iterable[str]) -> Any:
    """What stands at a place of a config, None if nothing does."""
    for key in path:
        config = config.get(key) if isinstance(config, dict) else None
    return config
