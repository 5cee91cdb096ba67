"""A network as a small tree, for errors: the way to the layers that are pointed at, with the dims known so far.

    linear>>linear|linear>>linear       nI=3, nO=5
    ├─ linear                           nI=3, nO=4    ← gives 4
    ├─ linear|linear                    nI=4, nO=?
    │  ├─ linear                        nI=4, nO=5
    │  └─ linear                        nI=6, nO=5    ← nI is 6
    └─ linear                           nI=?, nO=5

Only what lies beside the way is shown besides, without the layers inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

__all__ = ["Node", "aligned", "diagram", "shown_dims", "shown_name"]

NAME_LENGTH = 40  # characters of a name; those of composed layers hold the names of all their parts
MAX_CHILDREN = 12  # of one node; of more, those in the middle are counted


class Node(Protocol):
    """What is shown of a `Model`."""

    @property
    def name(self) -> str: ...
    @property
    def id(self) -> int: ...
    @property
    def layers(self) -> Sequence[Node]: ...
    @property
    def dim_names(self) -> tuple[str, ...]: ...
    def maybe_get_dim(self, name: str) -> int | None: ...


def diagram(root: Node, marks: Mapping[int, str], *, given: str = "") -> str:
    """The lines of the tree, "" if no marked node is in it.

    marks    id of a node → what is said of it
    given    what is said of the input of the tree, "" if nothing
    """
    if not _leads(root, marks):
        return ""
    rows = list(_rows(root, marks, "", ""))
    if given:
        rows.insert(0, ("input", "", given))
    return aligned([(tree, dims, f"← {mark}" if mark else "") for tree, dims, mark in rows])


def aligned(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows as lines, each column as wide as its longest cell and four blanks apart; `right` are flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("    ".join(cells).rstrip())
    return "\n".join(lines)


def shown_name(node: Node) -> str:
    """The name of a node, cut if it is long."""
    return node.name if len(node.name) <= NAME_LENGTH else f"{node.name[: NAME_LENGTH - 1]}…"


def shown_dims(node: Node) -> str:
    """`nI=3, nO=?`: the dims of a node in order, "?" where one is not known yet."""
    return ", ".join(f"{dim}={_size(node.maybe_get_dim(dim))}" for dim in sorted(node.dim_names))


def _leads(node: Node, marks: Mapping[int, str]) -> bool:
    """Whether a node is marked or holds one that is."""
    return node.id in marks or any(_leads(child, marks) for child in node.layers)


def _rows(node: Node, marks: Mapping[int, str], first: str, rest: str) -> Iterator[tuple[str, str, str]]:
    """Name, dims and mark of a node and of those below it; `first` stands before it, `rest` before those."""
    yield first + shown_name(node), shown_dims(node), marks.get(node.id, "")
    if not any(_leads(child, marks) for child in node.layers):
        return
    children = list(node.layers)
    shown = [i for i, child in enumerate(children) if len(children) <= MAX_CHILDREN or _leads(child, marks)]
    before = -1
    for i in shown:
        if i - before > 1:
            yield f"{rest}├─ … {i - before - 1} more", "", ""
        is_last = i == len(children) - 1
        yield from _rows(children[i], marks, rest + ("└─ " if is_last else "├─ "), rest + ("   " if is_last else "│  "))
        before = i
    if before < len(children) - 1:
        yield f"{rest}└─ … {len(children) - 1 - before} more", "", ""


def _size(size: int | None) -> str:
    return "?" if size is None else str(size)
