"""Span categorizers: their graph is the contract's, and their parts are found by ref."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagma.ml import build_linear_logistic, build_mean_max_reducer, build_spancat_model, tok2vec_listener_v1
from tagma.nn import Model, Softmax_v2, fix_random_seed
from tagma.nn.types import Ragged
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab

# Breadth-first: place, parent, name, params.
GRAPH = """
0 - chain
1 0 with_getitem
2 0 extract_spans
3 0 chain
4 0 chain
5 1 chain
6 3 concatenate
7 3 chain
8 4 linear W(4,128) b(4)
9 4 logistic
10 5 tok2vec-listener
11 5 list2ragged
12 6 reduce_last
13 6 reduce_first
14 6 reduce_mean
15 6 reduce_max
16 7 chain
17 7 dropout
18 16 maxout W(128,3,384) b(128,3)
19 16 layernorm G(128) b(128)
"""


def network(vocab: Vocab, scorer: Model[Any, Any]) -> Model[Any, Any]:
    """The default network over a listener of width 96, with four labels."""
    fix_random_seed(0)
    model = build_spancat_model(tok2vec_listener_v1(96), build_mean_max_reducer(128), scorer)
    docs = [Doc(vocab, words=["a", "b", "c"]), Doc(vocab, words=["d"])]
    spans = Ragged(np.array([[0, 1], [1, 3], [0, 1]], dtype="int32"), np.array([2, 1], dtype="int32"))
    return model.initialize(X=(docs, spans), Y=np.zeros((3, 4), dtype="float32"))


def kind_of(name: str) -> str:
    """The kind of a node, whose name may be made of those of its children."""
    if name.startswith("with_getitem(") and name.endswith(")"):
        return "with_getitem"
    return "chain" if ">>" in name else "concatenate" if "|" in name else name


def listed(model: Model[Any, Any]) -> list[str]:
    """The nodes in the form of GRAPH."""
    nodes = list(model.walk())
    parent = {child.id: i for i, node in reversed(list(enumerate(nodes))) for child in node.layers}
    out = []
    for i, node in enumerate(nodes):
        shapes = [f" {name}({','.join(map(str, node.get_param(name).shape))})" for name in node.param_names]
        out.append(f"{i} {parent.get(node.id, '-')} {kind_of(node.name)}{''.join(shapes)}")
    return out


def test_graph(vocab: Vocab) -> None:
    """With independent probabilities: the 20 nodes of the contract."""
    assert listed(network(vocab, build_linear_logistic())) == GRAPH.strip().splitlines()


def test_graph_with_softmax(vocab: Vocab) -> None:
    """With a distribution over labels the scorer is one node."""
    model = network(vocab, Softmax_v2())
    assert len(list(model.walk())) == 18
    assert "4 0 softmax W(4,128) b(4)" in listed(model)


def test_refs(vocab: Vocab) -> None:
    """The parts are found by name."""
    model = network(vocab, build_linear_logistic())
    assert model.get_ref("tok2vec").name == "tok2vec-listener"
    assert model.get_ref("reducer") is model.layers[2]
    assert model.get_ref("scorer") is model.layers[3]
    assert model.get_dim("nO") == 4


def test_reducer() -> None:
    """Last, first, mean and largest values of each sequence, in this order."""
    reducer = build_mean_max_reducer(2)
    X = Ragged(np.array([[1, 5], [3, 1], [2, 0], [7, 7]], dtype="float32"), np.array([3, 1], dtype="int32"))
    reducer.initialize(X=X)
    pooled = reducer.layers[0].predict(X)
    assert pooled.tolist() == [[2, 0, 1, 5, 2, 2, 3, 5], [7] * 8]
    assert reducer.predict(X).shape == (2, 2)


def test_linear_logistic() -> None:
    """Probabilities of one half where the input is 0."""
    layer = build_linear_logistic(nO=3, nI=2).initialize()
    assert layer.predict(np.zeros((1, 2), dtype="float32")).tolist() == [[0.5, 0.5, 0.5]]
    assert layer.layers[0].get_param("W").any()


def test_names() -> None:
    """Configs find them by the peer's names."""
    assert registry.get("architectures", "spacy.SpanCategorizer.v1") is build_spancat_model
    assert registry.get("layers", "spacy.mean_max_reducer.v1") is build_mean_max_reducer
    assert registry.get("layers", "spacy.LinearLogistic.v1") is build_linear_logistic
