"""The graph of a network as facts (graph.py)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import Linear, Model, Relu, chain, concatenate
from tagma.nn.graph import GraphNode, graph, memory, tree


def network() -> Model[Any, Any]:
    """A layer that stands in two places, one that gets no gradient, and an output."""
    shared = Linear(2, 3)
    return chain(concatenate(shared, Relu(2, 3), shared), Linear(2, 6)).initialize()


def named(root: GraphNode, index: int) -> GraphNode:
    return next(node for node in root.walk() if node.index == index and not node.again)


def test_facts_of_a_network() -> None:
    """Numbers are those of `walk`; parameters are counted once, however often their layer is used."""
    model = network()
    root = graph(model)
    nodes = list(model.walk())
    assert {node.index: node.id for node in root.walk()} == {i: node.id for i, node in enumerate(nodes)}
    assert root.n_values == (3 * 2 + 2) + (3 * 2 + 2) + (6 * 2 + 2)
    assert root.n_bytes == 4 * root.n_values
    assert [(param.name, param.shape) for param in named(root, 2).params] == [("W", (2, 6)), ("b", (2,))]
    assert named(root, 1).beside
    assert not root.beside
    assert [node.again for node in named(root, 1).children] == [False, False, True]


def test_gradients() -> None:
    """A gradient arrives, is zero, or was not asked for; a layer that is joined says where it goes on to."""
    model = network()
    assert {param.gradient for param in graph(model).all_params} == {"does not arrive"}
    assert {param.gradient for param in graph(model, gradients=False).all_params} == {None}
    Y, backprop = model.begin_update(np.ones((2, 3), dtype="float32"))
    backprop(np.zeros_like(Y))
    assert {param.gradient for param in graph(model).all_params} == {"is zero"}
    model.layers[1].set_grad("W", np.ones((2, 6), dtype="float32"))
    assert named(graph(model), 2).gradient == "arrives"
    joined = graph(model, joined={model.layers[1].id: "component 'x'"})
    assert named(joined, 2).gradient == "goes on to component 'x'"


def test_as_lines() -> None:
    """A tree with columns; what is not known yet has a question mark."""
    assert (
        tree(graph(chain(Linear(2, 3).initialize(), Linear(2))))
        == """\
layer               dims          parameters    numbers    memory    gradient
0 linear>>linear    nI=3, nO=2                        8      32 B
├─ 1 linear         nI=3, nO=2    W 2×3, b 2          8      32 B    does not arrive
└─ 2 linear         nI=?, nO=2    W ?, b ?"""
    )
    assert [line.split() for line in tree(graph(network())).splitlines()][5][-3:] == ["nO=2", "as", "above"]


@pytest.mark.parametrize(
    ("n_bytes", "shown"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_000_000, "2.0 MB"), (3 * 10**10, "30.0 GB")],
)
def test_memory(n_bytes: int, shown: str) -> None:
    """Bytes in the unit that fits."""
    assert memory(n_bytes) == shown


@pytest.mark.torch
def test_a_wrapped_module() -> None:
    """The parameters of a module of PyTorch are listed with their gradients."""
    from torch import nn

    from tagma.nn import PyTorchWrapper

    model = PyTorchWrapper(nn.Linear(3, 2)).initialize()
    Y, backprop = model.begin_update(np.ones((4, 3), dtype="float32"))
    backprop(Y)
    assert [(param.name, param.shape, param.gradient) for param in graph(model).params] == [
        ("weight", (2, 3), "arrives"),
        ("bias", (2,), "arrives"),
    ]
