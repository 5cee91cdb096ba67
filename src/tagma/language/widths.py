"""Widths of a config that must agree: of a listener and of what it listens to, of an embedding and of its encoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagma.nn.errors import DimensionError

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["name_setting", "width_errors"]

# Of other architectures it is not known what their `width` says.
KNOWN = ("spacy.", "spacy-legacy.", "tagma.")
Place = list[str]


def width_errors(config: dict[str, Any]) -> list[tuple[Place, str]]:
    """(place of a width, why it does not fit), for each that does not. `config` is interpolated."""
    found = []
    components = _dict(config, "components")
    names = _dict(config, "nlp").get("pipeline")
    for name in names if isinstance(names, list) else ():
        block = _dict(components, str(name))
        for path, inner in _blocks(block, ["components", str(name)]):
            found += [*_embed_and_encode(path, inner), *_listener(path, inner, components)]
    return found


def name_setting(error: DimensionError, nlp: Pipeline, name: str) -> None:
    """Have an error of the component `name` begin with the setting that is to be changed, or with the component."""
    if error.place:
        return
    for path, message in width_errors(nlp.config.interpolate()):
        if path[1] == name:
            error.place = f"[{'.'.join(path[:-1])}] {path[-1]}: {message}"
            return
    error.place = f"[components.{name}]"


def _embed_and_encode(path: Place, block: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    embed, encode = _width(_dict(block, "embed")), _width(_dict(block, "encode"))
    if _is_known(block) and embed is not None and encode is not None and embed != encode:
        inner = f"[{'.'.join([*path, 'embed'])}]"
        yield [*path, "encode", "width"], f"it is {encode}, but {inner} has width {embed}; give both the same"


def _listener(path: Place, block: dict[str, Any], components: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    width = _width(block)
    if width is None or "Listener" not in str(block.get("@architectures")):
        return
    upstream = block.get("upstream", "*")
    given = {}
    for name, component in components.items():
        is_meant = _dict(components, name).get("factory") == "tok2vec" if upstream == "*" else name == upstream
        if is_meant and (output := _output(["components", name, "model"], _dict(component, "model"))):
            given[output[0]] = output[1]
    if given and width not in given.values():
        place, other = next(iter(given.items()))
        message = f"it is {width}, but it listens to [{place}], which has width {other}; give both the same"
        yield [*path, "width"], message


def _output(path: Place, model: dict[str, Any]) -> tuple[str, int] | None:
    """The block that says how wide the output of an embedding network is, and what it says."""
    for inner, block in ((path, model), ([*path, "encode"], _dict(model, "encode"))):
        if (width := _width(block)) is not None:
            return ".".join(inner), width
    return None


def _width(block: dict[str, Any]) -> int | None:
    width = block.get("width")
    return width if _is_known(block) and isinstance(width, int) else None


def _is_known(block: dict[str, Any]) -> bool:
    return str(block.get("@architectures")).startswith(KNOWN)


def _dict(section: Any, key: str) -> dict[str, Any]:
    value = section.get(key) if isinstance(section, dict) else None
    return value if isinstance(value, dict) else {}


def _blocks(section: dict[str, Any], path: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    yield path, section
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _blocks(value, [*path, str(key)])
