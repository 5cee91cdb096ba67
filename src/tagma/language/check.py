"""All that is wrong with the config of a pipeline, found before anything is made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.doors.missing import explain_missing
from tagma.errors import Errors
from tagma.nn.config import ConfigValidationError, schema_errors, suggest
from tagma.pipeline.factory import component_block
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["check_config"]

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
    from tagma.schemas import SECTIONS

    return [
        error
        for section, schema in SECTIONS.items()
        if config.get(section)
        for error in schema_errors(schema, config[section], [section])
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
