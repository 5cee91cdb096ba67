"""The graph of a network as a picture: SVG, or a page of HTML that holds it. Nothing is loaded from elsewhere.

A node is a box with those below it inside. What follows on another stands below it, with an arrow between; what gets
the same input stands beside it. The colour says whether a gradient arrived: see `LEGEND`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from .graph import ARRIVES, NONE, ZERO, GraphNode, memory, shown_param

__all__ = ["html", "svg"]

LINE, CHAR, PAD, GAP, ARROW = 16, 7.3, 10, 14, 24  # pixels: of a line, a character, within a box, between, of an arrow
LEGEND = {
    "learns": "a gradient arrives: the parameters learn",
    "still": "parameters without a gradient, or with one of zeros: they stay as they are",
    "joined": "gradients go on to the network of another component",
    "plain": "no parameters",
}
STYLE = """
text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #222 }
.name { font-weight: bold } .title { font-size: 15px; font-weight: bold }
rect { stroke-width: 1.2; rx: 5px }
.learns { fill: #e4f4e6; stroke: #2f8f46 } .still { fill: #fdeceb; stroke: #c4453c; stroke-dasharray: 5 3 }
.joined { fill: #e5eefb; stroke: #3466b0 } .plain { fill: #fff; stroke: #999 } .holds { fill: none; stroke: #bbb }
.arrow { stroke: #555; stroke-width: 1.4; marker-end: url(#tip) }
"""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 14px system-ui, sans-serif; color: #222; margin: 2em }}
table {{ border-collapse: collapse; margin-top: 2em }} th, td {{ text-align: left; padding: .2em .8em }}
td.number {{ text-align: right }} tr:nth-child(even) {{ background: #f4f4f4 }} div {{ overflow-x: auto }}
</style></head>
<body>
<h1>{title}</h1>
<div>
{picture}
</div>
<table>
<tr><th>layer</th><th>dims</th><th>parameters</th><th>numbers</th><th>memory</th><th>gradient</th></tr>
{rows}
</table>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Box:
    """A node with its size in pixels, and the boxes in it with their places."""

    node: GraphNode
    lines: tuple[str, ...]
    width: float
    height: float
    inside: tuple[tuple[float, float, _Box], ...]


def svg(root: GraphNode, *, title: str = "") -> str:
    """The picture; `title` stands above it."""
    box = _box(root)
    top = 2 * LINE if title else 0
    width = max(box.width, *(CHAR * (len(text) + 4) for text in LEGEND.values()), CHAR * 1.3 * len(title)) + 2 * PAD
    height = top + box.height + (len(LEGEND) + 2) * LINE + 2 * PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    ]
    if title:
        parts.append(_text(PAD, PAD + LINE, title, "title"))
    parts += _drawn(box, PAD, PAD + top)
    y = PAD + top + box.height + LINE
    for name, text in LEGEND.items():
        parts.append(f'<rect class="{name}" x="{PAD}" y="{y:.1f}" width="14" height="11"/>')
        parts.append(_text(PAD + 22, y + 10, text))
        y += LINE
    return "\n".join([*parts, "</svg>", ""])


def html(root: GraphNode, *, title: str = "") -> str:
    """A page with the picture and a table of all nodes."""
    rows = []
    for node in root.walk():
        if node.again:
            continue
        shapes = ", ".join(map(shown_param, node.params))
        values = [(f"{node.index} {node.name}", ""), (node.dims, ""), (shapes, "")]
        values += [(f"{node.n_values:,}", "number"), (memory(node.n_bytes), "number"), (node.gradient, "")]
        cells = "".join(f'<td class="{kind}">{escape(text)}</td>' for text, kind in values)
        rows.append(f"<tr>{cells}</tr>")
    return PAGE.format(title=escape(title or root.name), picture=svg(root).rstrip(), rows="\n".join(rows))


def _box(node: GraphNode) -> _Box:
    """A node with its place for all that is in it."""
    lines = tuple(filter(None, _lines(node)))
    head = len(lines) * LINE + PAD
    width = max(len(line) for line in lines) * CHAR + 2 * PAD
    boxes = [_box(child) for child in node.children]
    inside: list[tuple[float, float, _Box]] = []
    if not boxes:
        return _Box(node, lines, width, head + PAD / 2, ())
    if node.beside:
        x = float(PAD)
        for box in boxes:
            inside.append((x, head, box))
            x += box.width + GAP
        width, height = max(width, x - GAP + PAD), head + max(box.height for box in boxes) + PAD
    else:
        width = max(width, *(box.width + 2 * PAD for box in boxes))
        y = float(head)
        for box in boxes:
            inside.append(((width - box.width) / 2, y, box))
            y += box.height + ARROW
        height = y - ARROW + PAD
    return _Box(node, lines, width, height, tuple(inside))


def _lines(node: GraphNode) -> Iterator[str]:
    yield f"{node.index} {node.name}"
    if node.again:
        yield "as above"
        return
    yield node.dims
    yield from map(shown_param, node.params)
    if node.n_bytes:
        yield f"{node.n_values:,} numbers, {memory(node.n_bytes)}"
    if node.joined:
        yield f"→ {node.joined}"


def _kind(node: GraphNode) -> str:
    """The class of a box, a key of `LEGEND`; "holds" for what only holds others."""
    if node.joined:
        return "joined"
    if node.params and not node.again:
        return {ARRIVES: "learns", ZERO: "still", NONE: "still"}.get(node.gradient, "plain")
    return "holds" if node.children else "plain"


def _drawn(box: _Box, x: float, y: float) -> Iterator[str]:
    kind = _kind(box.node)
    yield f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"/>'
    for i, line in enumerate(box.lines):
        yield _text(x + PAD, y + (i + 1) * LINE, line, "name" if i == 0 else "")
    for i, (dx, dy, inner) in enumerate(box.inside):
        yield from _drawn(inner, x + dx, y + dy)
        if i and not box.node.beside:
            middle, bottom = x + box.width / 2, y + dy - 2
            yield f'<path class="arrow" d="M{middle:.1f} {bottom - ARROW + 4:.1f} V{bottom:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
