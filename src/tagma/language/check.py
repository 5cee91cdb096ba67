"""All that is wrong with the config of a pipeline, found before anything is made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.nn.config import ConfigValidationError, suggest
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
    from pydantic import ValidationError

    from tagma import schemas

    found: list[dict[str, Any]] = []
    for section, schema in schemas.SECTIONS.items():
        values = config.get(section)
        if not values:
            continue
        try:
            schema.model_validate(values)
        except ValidationError as error:
            first: dict[tuple[Any, ...], dict[str, Any]] = {}
            for entry in error.errors():
                described = _described(section, schema, values, entry)
                first.setdefault(tuple(described["loc"]), described)
            found += first.values()
    return found


def _described(section: str, schema: Any, values: dict[str, Any], entry: Any) -> dict[str, Any]:
    # where several types are allowed, each gives an entry, with its name at the end of the place
    loc = [section, *(place for place in entry["loc"] if place not in ("float", "int", "str", "bool"))]
    kind = entry["type"]
    if kind == "extra_forbidden":
        fields = list(schema.model_fields)
        missing = [name for name in fields if name not in values]
        near = suggest(str(entry["loc"][-1]), missing or fields) or suggest(str(entry["loc"][-1]), fields)
        return {"loc": loc, "msg": f"no such setting{near}", "type": kind}
    if kind == "missing":
        return {"loc": loc, "msg": "this setting is missing (field required)", "type": kind}
    return {
        "loc": loc,
        "msg": f"{entry['msg'].removeprefix('Value error, ')}, not {entry.get('input')!r}"[:300],
        "type": kind,
    }


def _component_errors(cls: type[Pipeline], name: str, block: Any) -> list[dict[str, Any]]:
    if not isinstance(block, dict) or "factory" not in block:
        return []
    factory = block["factory"]
    if not isinstance(factory, str) or not cls.has_factory(factory):
        known = [key for key in registry.factories.names() if "." not in key]
        msg = Errors.E002.format(
            name=factory,
            lang=cls.__name__,
            lang_code=cls.lang,
            suggest=suggest(str(factory), known),
            opts=", ".join(known),
        )
        return [{"loc": ["components", name, "factory"], "msg": msg, "type": "unknown_function"}]
    settings = {key: value for key, value in block.items() if key != "factory"}
    whole = component_block(cls.get_factory_name(factory), factory, name, settings, nlp=None)
    problems = registry.problems({"components": {name: whole}})
    # there is no pipeline yet that could be the argument
    return [problem for problem in problems if list(problem["loc"]) != ["components", name, "nlp"]]
