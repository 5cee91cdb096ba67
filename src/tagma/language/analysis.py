"""What the components of a pipeline assign and require, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.pipeline.factory import validate_attrs

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["DEFAULT_KEYS", "analyze_pipes", "get_attr_info", "print_pipe_analysis", "validate_attrs"]

DEFAULT_KEYS = ["requires", "assigns", "scores", "retokenizes"]


def get_attr_info(nlp: Pipeline, attr: str) -> dict[str, list[str]]:
    """{"assigns": names of the active components that assign it, "requires": of those that require it}."""
    metas = {name: nlp.get_pipe_meta(name) for name in nlp.pipe_names}
    return {
        key: [name for name, meta in metas.items() if attr in getattr(meta, key)] for key in ("assigns", "requires")
    }


def analyze_pipes(nlp: Pipeline, *, keys: list[str] = DEFAULT_KEYS) -> dict[str, dict[str, Any]]:
    """{"summary": {pipe: {key: value}}, "problems": {pipe: [unmet requirements]}, "attrs": {attr: who}}."""
    summary: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    attrs: set[str] = set()
    assigned: set[str] = set()
    for name in nlp.pipe_names:
        meta = nlp.get_pipe_meta(name)
        summary[name] = {key: getattr(meta, key, None) for key in keys}
        problems[name] = [attr for attr in meta.requires if attr not in assigned]
        assigned.update(meta.assigns)
        attrs.update(meta.assigns, meta.requires)
    return {"summary": summary, "problems": problems, "attrs": {attr: get_attr_info(nlp, attr) for attr in attrs}}


def print_pipe_analysis(
    analysis: dict[str, dict[str, Any]], *, keys: list[str] = DEFAULT_KEYS
) -> dict[str, Any] | None:
    """Print the summary as a table, then the problems."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("#", "Component", *(key.capitalize() for key in keys), title="Pipeline")
    for i, (name, info) in enumerate(analysis["summary"].items()):
        table.add_row(str(i), name, *(_shown(info[key]) for key in keys))
    console.print(table)
    problems = {name: missing for name, missing in analysis["problems"].items() if missing}
    if problems:
        for name, missing in problems.items():
            console.print(f"{name!r} requires {', '.join(missing)}, which no component before it assigns")
    else:
        console.print("What each component requires is assigned before it.")
    return analysis


def _shown(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
