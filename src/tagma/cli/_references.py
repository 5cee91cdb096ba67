"""What a config refers to and no schema knows: vectors, corpora, components, attributes, scores."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.nn.config import suggest

if TYPE_CHECKING:
    from tagma.language import Language

LANGUAGE_SCORES = ("token_acc", "token_p", "token_r", "token_f", "speed")  # of the tokenizer and the run
ALL = "*"  # as upstream: whatever embedding the pipeline has


def reference_errors(config: dict[str, Any]) -> list[dict[str, Any]]:
    """What is not there, in the form of a ConfigValidationError's errors. `config` may lack settings."""
    from tagma.language.widths import width_errors

    found = [*_pipeline(config), *_components(config), *_corpora(config), *_vectors(config), *width_errors(config)]
    return [{"loc": loc, "msg": msg, "type": "value_error"} for loc, msg in found]


def unknown_scores(nlp: "Language") -> list[str]:
    """A sentence for each weighted score that no component of the pipeline says it computes."""
    known = {score for name in nlp.component_names for score in nlp.get_pipe_meta(name).scores}
    known.update(LANGUAGE_SCORES)
    weights = nlp.config["training"]["score_weights"]
    wrong = [name for name, weight in weights.items() if weight and name not in known]
    return [f"No component says that it computes the score {name!r}{suggest(name, known) or '.'}" for name in wrong]


Found = Iterator[tuple[list[str], str]]


def _section(config: dict[str, Any], *path: str) -> dict[str, Any]:
    node: Any = config
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _names(section: dict[str, Any], key: str) -> list[str]:
    value = section.get(key)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _pipeline(config: dict[str, Any]) -> Found:
    names = _names(_section(config, "nlp"), "pipeline")
    if not names:
        yield ["nlp", "pipeline"], "there are no components; 'tagma init config' writes a config with some"
        return
    for key in ("frozen_components", "annotating_components"):
        for name in _names(_section(config, "training"), key):
            if name not in names:
                near = suggest(name, names) or f"; the pipeline has: {', '.join(names)}"
                yield ["training", key], f"no component {name!r}{near}"


def _components(config: dict[str, Any]) -> Found:
    from tagma.attrs import intify_attr, unknown_attr

    names = _names(_section(config, "nlp"), "pipeline")
    for name in names:
        for path, block in _blocks(_section(config, "components", name), ["components", name]):
            architecture = str(block.get("@architectures"))
            upstream = block.get("upstream", ALL)
            if "Listener" in architecture and upstream != ALL and upstream not in names:
                near = suggest(str(upstream), names) or f"; the pipeline has: {', '.join(names)}"
                yield [*path, "upstream"], f"no component {upstream!r}{near}"
            if "MultiHashEmbed" in architecture:
                for attr in _names(block, "attrs"):
                    if intify_attr(attr) is None:
                        yield [*path, "attrs"], str(unknown_attr(attr).args[0])


def _blocks(section: dict[str, Any], path: list[str]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    yield path, section
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _blocks(value, [*path, str(key)])


def _corpora(config: dict[str, Any]) -> Found:
    for part in ("train", "dev"):
        name = _section(config, "training").get(f"{part}_corpus", f"corpora.{part}")
        place = str(name).split(".")
        path = _section(config, *place).get("path")
        if isinstance(path, str) and not Path(path).exists():
            yield [*place, "path"], f"there is no file or folder {path!r}; name the corpus with --paths.{part}"


def _vectors(config: dict[str, Any]) -> Found:
    from tagma.util import is_package

    name = _section(config, "initialize").get("vectors")
    if not isinstance(name, str) or is_package(name):
        return
    way_out = "name a pipeline with vectors with --paths.vectors, or do without (include_static_vectors = false)"
    if not Path(name).exists():
        yield ["initialize", "vectors"], f"{name!r} is neither an installed package nor a path that exists; {way_out}"
    elif not (Path(name) / "vocab" / "vectors").exists():
        yield ["initialize", "vectors"], f"the pipeline in {name!r} has no vectors; {way_out}"
