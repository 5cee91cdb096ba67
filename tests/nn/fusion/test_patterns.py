"""What is recognised: by the forward functions of the nodes."""

from __future__ import annotations

from functools import wraps
from typing import Any, get_args

import numpy as np
import pytest

import tagma.nn.layers
from tagma.nn import Maxout, Model
from tagma.nn.backends.numpy_ops import NumpyOps
from tagma.nn.fusion import fusion, patterns
from tagma.nn.fusion.patterns import Kind, is_a

from .graphs import encoder, rows


def test_every_kind_is_marked() -> None:
    """Each kind that patterns ask for is that of one layer: a mark that was lost would be the slow way unseen."""
    assert set(patterns._forwards) == set(get_args(Kind))
    assert {forward.__module__.rpartition(".")[0] for forward in patterns._forwards.values()} == {
        tagma.nn.layers.__name__
    }


def test_a_wrapped_forward_is_of_no_kind() -> None:
    """A function around the forward of a layer may do anything, so nodes that have it are not recognised."""
    node = Maxout(2, 2)
    assert is_a(node, "maxout")
    plain = node._func

    @wraps(plain)
    def wrapped(model: Model, X: Any, is_train: bool) -> Any:
        return plain(model, X, is_train)

    node.replace_callbacks(wrapped, init=node.init)
    assert not is_a(node, "maxout")


def test_fast_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases above really differ: with fusion on, the plain layers' forward functions are not called."""
    from tagma.nn.layers.layernorm import forward

    calls = []

    def counting(model: Model, X: np.ndarray, is_train: bool) -> object:
        calls.append(model.name)
        return forward(model, X, is_train)

    model = encoder().initialize(X=[rows(3)])
    for node in model.walk():
        if node.name == "layernorm":
            node.replace_callbacks(counting, init=node.init)
    model.predict([rows(3)])
    assert len(calls) == 3, "a replaced callback must be honoured, so the plain path runs"

    def refuse(*args: object) -> None:
        raise AssertionError("the plain layer norm ran")

    plain = encoder().initialize(X=[rows(3)])
    monkeypatch.setattr(NumpyOps, "layer_norm", refuse)
    assert plain.predict([rows(3)])[0].shape == (3, 12)
    with fusion(False), pytest.raises(AssertionError, match="the plain layer norm ran"):
        plain.predict([rows(3)])
