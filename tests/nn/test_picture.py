"""The graph of a network as a picture (picture.py)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np

from tagma.nn import Linear, Model, Relu, chain, concatenate
from tagma.nn.graph import graph
from tagma.nn.picture import LEGEND, html, svg

SVG = "{http://www.w3.org/2000/svg}"


def network() -> Model[Any, Any]:
    """Two layers beside each other, and one behind them whose name is markup."""
    last = Linear(2, 4)
    last.name = "<b>&\"'"
    return chain(concatenate(Linear(2, 3), Relu(2, 3)), last).initialize()


def boxes(text: str) -> list[ElementTree.Element]:
    """The rectangles of a picture but for those of the legend."""
    return list(ElementTree.fromstring(text).iter(f"{SVG}rect"))[: -len(LEGEND)]


def test_svg_is_xml_with_a_box_for_each_node() -> None:
    """It can be parsed, names are text and no markup, and what follows on another has an arrow to it."""
    text = svg(graph(network()), title="a < b")
    root = ElementTree.fromstring(text)
    assert len(boxes(text)) == 5
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert "a < b" in texts
    assert "2 <b>&\"'" in texts
    assert "<b>" not in text
    assert len(root.findall(f"{SVG}path")) == 1
    assert not [name for node in root.iter() for name in node.attrib if "href" in name]


def test_boxes_lie_within_the_one_that_holds_them() -> None:
    """Every box is inside of the picture; those beside each other do not overlap."""
    text = svg(graph(network()))
    size = ElementTree.fromstring(text).attrib
    places = [[float(box.attrib[key]) for key in ("x", "y", "width", "height")] for box in boxes(text)]
    for x, y, width, height in places:
        assert x >= 0
        assert y >= 0
        assert x + width <= float(size["width"])
        assert y + height <= float(size["height"])
    (x1, y1, width, _), (x2, y2, _, _) = places[2], places[3]
    assert y1 == y2
    assert x1 + width < x2


def test_colours_say_what_learns() -> None:
    """A layer with a gradient, one without, one that is joined with another component, and one that only holds."""
    model = network()
    model.layers[1].set_grad("W", np.ones((2, 4), dtype="float32"))
    joined = {model.layers[0].layers[0].id: "component 'tok2vec'"}
    kinds = [box.attrib["class"] for box in boxes(svg(graph(model, joined=joined)))]
    assert kinds == ["holds", "holds", "joined", "still", "learns"]


def test_a_page_holds_picture_and_table() -> None:
    """One row for each node, all escaped, and nothing that is loaded."""
    page = html(graph(network()), title="<script>")
    assert page.count("<tr>") == 1 + 5
    assert "<svg" in page
    assert "<script>" not in page
    assert "&lt;b&gt;&amp;" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
