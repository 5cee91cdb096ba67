"""The README of a packaged pipeline, written from its meta."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOT_GIVEN = "n/a"


def generate_readme(meta: Mapping[str, Any]) -> str:
    """Markdown: what the pipeline is, its labels, its scores, and the `notes` of the meta."""
    parts = [
        str(meta.get("description") or ""),
        _table(("Feature", "Description"), [(f"**{name}**", text) for name, text in _features(meta)]),
        _label_scheme(meta.get("labels") or {}),
        _scores(meta.get("performance") or {}),
        str(meta.get("notes") or ""),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _features(meta: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "Name", _code(f"{meta['lang']}_{meta['name']}")
    yield "Version", _code(meta["version"])
    yield "spaCy", _code(meta.get("spacy_version"))
    yield "Default Pipeline", _codes(meta.get("pipeline") or ())
    yield "Components", _codes(meta.get("components") or meta.get("pipeline") or ())
    vectors = meta.get("vectors") or {}
    keys, rows, width = (int(vectors.get(key) or 0) for key in ("keys", "vectors", "width"))
    yield "Vectors", f"{keys} keys, {rows} unique vectors ({width} dimensions)"
    yield "Sources", "<br>".join(map(_source, meta.get("sources") or ())) or NOT_GIVEN
    yield "License", _code(meta.get("license"))
    yield "Author", _link(str(meta.get("author") or ""), meta.get("url")) or NOT_GIVEN


def _source(source: str | Mapping[str, str]) -> str:
    """A name, or a link with its authors."""
    if isinstance(source, str):
        return _cell(source)
    author = source.get("author")
    return _link(str(source.get("name") or ""), source.get("url")) + (f" ({_cell(author)})" if author else "")


def _label_scheme(labels: Mapping[str, Sequence[Any]]) -> str:
    """A table of the labels of each component that has some, folded away; nothing where none has."""
    shown = {name: found for name, found in labels.items() if found}
    if not shown:
        return ""
    total = sum(map(len, shown.values()))
    rows = [(f"**{_code(name)}**", _codes(found)) for name, found in shown.items()]
    return "\n\n".join(
        [
            "### Label Scheme",
            "<details>",
            f"<summary>View label scheme ({total} labels for {len(shown)} components)</summary>",
            _table(("Component", "Labels"), rows),
            "</details>",
        ]
    )


def _scores(performance: Mapping[str, Any]) -> str:
    """A table of the numbers: scores in percent, losses as they are; speeds are of another machine."""
    numbers = [
        (name, float(value))
        for name, value in performance.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name != "speed"
    ]
    rows = [(_code(name.upper()), f"{value * (100 if _is_score(name, value) else 1):.2f}") for name, value in numbers]
    return "### Accuracy\n\n" + _table(("Type", "Score"), rows) if rows else ""


def _is_score(name: str, value: float) -> bool:
    return 0 <= value <= 1 and not name.endswith("loss")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: object) -> str:
    """A text that does not end its cell or its line."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def _code(text: object) -> str:
    if text is None or text == "":
        return NOT_GIVEN
    return f"`{_cell(text)}`"


def _codes(items: Iterable[object]) -> str:
    return ", ".join(_code(item) for item in items) or NOT_GIVEN


def _link(text: str, url: object) -> str:
    return f"[{_cell(text)}]({url})" if text and url else _cell(text)
