"""Networks as small trees (diagram.py)."""

from __future__ import annotations

from tagma.nn import Linear, Model, Relu, chain, clone, concatenate
from tagma.nn.diagram import diagram


def test_only_the_way_is_shown() -> None:
    """Nodes beside the way to the marked ones are shown without what is in them."""
    marked = Linear(3, 2)
    model = chain(concatenate(Relu(1), Relu()), chain(Linear(), marked), Relu(2))
    assert (
        diagram(model, {marked.id: "x", model.layers[0].id: "y"}, given="z")
        == """\
input                                            ← z
relu|relu>>linear>>linear>>relu    nI=?, nO=2
├─ relu|relu                       nI=?, nO=?    ← y
├─ linear>>linear                  nI=?, nO=3
│  ├─ linear                       nI=?, nO=?
│  └─ linear                       nI=2, nO=3    ← x
└─ relu                            nI=?, nO=2"""
    )


def test_nothing_to_point_at() -> None:
    """Without a marked node in the tree there is no diagram."""
    assert diagram(chain(Linear(), Linear()), {Linear().id: "x"}) == ""


def test_long_names_and_many_children() -> None:
    """A screen holds it: names are cut, and of many children those that are not pointed at are counted."""
    model: Model[object, object] = clone(Linear(2, 2), 20)
    lines = diagram(model, {model.layers[7].id: "x"}).splitlines()
    assert len(lines[0].split("    ")[0]) == 40
    assert [line.split("    ")[0].strip() for line in lines[1:]] == ["├─ … 7 more", "├─ linear", "└─ … 12 more"]
    lines = diagram(model, {model.layers[0].id: "x", model.layers[19].id: "y"}).splitlines()
    assert [line.split("    ")[0].strip() for line in lines[1:]] == ["├─ linear", "├─ … 18 more", "└─ linear"]
