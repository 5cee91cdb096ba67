"""Parsers: their settings, room for more actions, and the way of weights from tagma to spaCy and back."""

from __future__ import annotations

import pickle
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.ml import build_tb_parser_model, resize_output, tok2vec_listener_v1
from tagma.nn import Model, fix_random_seed
from tagma.nn.config import code_of
from tagma.nn.packing import decode
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab


def parser(upper: bool, nO: int | None = 5, version: str = "v2", initialize: bool = True) -> Model[Any, Any]:
    """An entity recognizer over a listener of width 8."""
    fix_random_seed(0)
    build = registry.get("architectures", f"spacy.TransitionBasedParser.{version}")
    model: Model[Any, Any] = build(tok2vec_listener_v1(8), "ner", False, 6, 2, upper, nO)
    return model.initialize() if initialize else model


def scored(upper: bool) -> tuple[Model[Any, Any], str]:
    """A parser, and the name of the layer that has a row for each action."""
    return parser(upper), "upper" if upper else "lower"


def test_state_type() -> None:
    """Other kinds of states are refused."""
    with pytest.raises(ValueError, match=r"\[E917\].*'textcat'"):
        build_tb_parser_model(tok2vec_listener_v1(8), "textcat", False, 6, 2, True)  # type: ignore[arg-type]  # what is refused


def test_versions() -> None:
    """Version 1 has both prefixes, and an upper layer unless it is told otherwise."""
    legacy = registry.get("architectures", "spacy-legacy.TransitionBasedParser.v1")
    assert registry.get("architectures", "spacy.TransitionBasedParser.v1") is legacy
    assert legacy(tok2vec_listener_v1(8), "ner", False, 6, 2).attrs["has_upper"] is True
    assert registry.get("architectures", "spacy.TransitionBasedParser.v2") is build_tb_parser_model


def test_all_actions_start_equal(vocab: Vocab) -> None:
    """With an upper layer, all scores are 0 before training."""
    model = parser(upper=True)
    step = model.predict([Doc(vocab, words=["a", "b"])])
    assert not step.predict(np.array([[0, 1, -1]])).any()


@pytest.mark.parametrize("upper", [True, False])
def test_the_first_number_of_actions_is_set(upper: bool) -> None:
    """A model that waits for its number of actions gets it, and all classes count as seen."""
    model = parser(upper, nO=None, initialize=False)
    assert resize_output(model, 4) is model
    layer = model.get_ref("upper" if upper else "lower")
    assert layer.get_dim("nO") == 4
    assert not model.attrs["unseen_classes"]
    model.initialize()
    assert layer.get_param("b").shape[0] == 4


@pytest.mark.parametrize("upper", [True, False])
def test_before_initialization(upper: bool) -> None:
    """A model without weights becomes wider, and nothing is unseen."""
    model = parser(upper, initialize=False)
    resize_output(model, 7)
    assert not model.attrs["unseen_classes"]
    model.initialize()
    assert model.get_ref("upper" if upper else "lower").get_param("b").shape[0] == 7


@pytest.mark.parametrize("upper", [True, False])
def test_the_same_number_of_actions(upper: bool) -> None:
    """Nothing changes."""
    model, name = scored(upper)
    layer = model.get_ref(name)
    assert resize_output(model, 5) is model
    assert model.get_ref(name) is layer


@pytest.mark.parametrize("upper", [True, False])
def test_more_actions(upper: bool, vocab: Vocab) -> None:
    """What was learnt stays, new actions have zero weights, are unseen and so come last."""
    model, name = scored(upper)
    old = model.get_ref(name)
    rng = np.random.default_rng(0)
    for param in old.param_names:
        old.set_param(param, rng.normal(size=old.get_param(param).shape).astype("float32"))
    docs, ids = [Doc(vocab, words=["a", "b"])], np.array([[0, 1, -1], [1, -1, 0]])
    before = model.predict(docs).predict(ids)
    assert resize_output(model, 7) is model
    new = model.get_ref(name)
    assert new is not old
    assert new is model.layers[2 if upper else 1]
    assert new.get_dim("nO") == 7
    assert model.attrs["unseen_classes"] == {5, 6}
    axes = {"W": 0, "b": 0} if upper else {"W": 1, "b": 0, "pad": 2}
    for param, axis in axes.items():
        first, last = np.split(np.moveaxis(new.get_param(param), axis, 0), [5])
        np.testing.assert_array_equal(first, np.moveaxis(old.get_param(param), axis, 0))
        assert last.shape[0] == 2
        assert not last.any()
    scores = model.predict(docs).predict(ids)
    np.testing.assert_allclose(scores[:, :5], before, rtol=1e-5, atol=1e-6)
    assert (scores[:, 5:] == scores.min(axis=1, keepdims=True)).all()
    resize_output(model, 8)
    assert model.attrs["unseen_classes"] == {5, 6, 7}


@pytest.mark.parametrize("upper", [True, False])
def test_fewer_actions(upper: bool) -> None:
    """Weights are not thrown away."""
    with pytest.raises(ValueError, match=r"5 actions .* 4") as caught:
        resize_output(parser(upper), 4)
    assert code_of(caught.value) == "E4087"


def test_version_1_without_upper_layer() -> None:
    """Its number of actions can be set once; with an upper layer it grows like version 2."""
    model = parser(upper=False, nO=None, version="v1", initialize=False)
    resize = model.attrs["resize_output"]
    resize(model, 5)
    resize(model, 5)
    with pytest.raises(ValueError, match=r"5 actions .* 6") as caught:
        resize(model, 6)
    assert code_of(caught.value) == "E4086"
    model = parser(upper=True, version="v1")
    model.attrs["resize_output"](model, 6)
    assert model.get_ref("upper").get_dim("nO") == 6


# -- Beside spaCy

CASES = list(product(("parser", "ner"), (False, True), (True, False), (1, 2, 3), (0, 7)))
SCRIPT = """
import pickle
import sys
import numpy
import spacy
from spacy.util import registry
from thinc.api import fix_random_seed

cases, ours, path = pickle.load(open(sys.argv[1], "rb"))
arch = lambda name: registry.get("architectures", "spacy." + name)
nlp = spacy.blank("en")
docs = [nlp.make_doc("a b c d e")]
docs[0].tensor = numpy.random.RandomState(0).normal(size=(5, 8)).astype("f")
results = []
for case, own in zip(cases, ours):
    state_type, extra, upper, pieces, more = case
    fix_random_seed(3)
    model = arch("TransitionBasedParser.v2")(
        arch("Tok2VecListener.v1")(8), state_type, extra, 16, pieces, upper, nO=None
    )
    model.attrs["resize_output"](model, 5)
    model.initialize()
    if more:
        model.attrs["resize_output"](model, more)
    data, drawn = model.to_bytes(), numpy.random.uniform()
    model.from_bytes(own)
    step, _ = model(docs, False)
    nF = model.get_ref("lower").get_dim("nF")
    ids = numpy.random.RandomState(1).randint(-1, 5, size=(4, nF)).astype("i")
    scores = step.state2vec.predict(ids)
    if upper:
        scores = step.vec2scores.predict(scores)
    results.append((data, drawn, model.to_bytes(), docs[0].tensor, ids, scores))
pickle.dump(results, open(path, "wb"))
"""


def _own(state_type: str, extra: bool, upper: bool, pieces: int, more: int) -> tuple[Model[Any, Any], float]:
    fix_random_seed(3)
    model = build_tb_parser_model(tok2vec_listener_v1(8), state_type, extra, 16, pieces, upper)  # type: ignore[arg-type]  # a str
    resize_output(model, 5)
    model.initialize()
    if more:
        resize_output(model, more)
    return model, np.random.uniform()


@pytest.mark.peer
def test_weights_beside_the_peers(peer_python: str, tmp_path: Path, vocab: Vocab) -> None:
    """The same seed gives the peer's weights and leaves the generator in its state; bytes are read by both, both ways.

    Trained weights, drawn here, give the scores that they give there.
    """
    models, ours = [], []
    rng = np.random.default_rng(5)
    for case in CASES:
        trained, _ = _own(*case)
        for node in trained.walk():
            for name in node.param_names:
                node.set_param(name, rng.normal(size=node.get_param(name).shape).astype("float32"))
        models.append(trained)
        ours.append(trained.to_bytes())
    (tmp_path / "in").write_bytes(pickle.dumps((CASES, ours, str(tmp_path / "out"))))
    run = subprocess.run([peer_python, "-c", SCRIPT, str(tmp_path / "in")], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    results = pickle.loads((tmp_path / "out").read_bytes())
    for case, trained, sent, (data, drawn, back, tensor, ids, scores) in zip(CASES, models, ours, results, strict=True):
        same, own_drawn = _own(*case)
        assert own_drawn == drawn
        _assert_near(same.to_bytes(), data)
        assert same.from_bytes(data).to_bytes() == data
        assert back == sent
        doc = Doc(vocab, words=["a", "b", "c", "d", "e"])
        doc.tensor = tensor
        trained.attrs["unseen_classes"].clear()  # files do not say which they are
        if case[3] > 1:  # with one piece the documents' rule differs from the peer's code
            np.testing.assert_allclose(trained.predict([doc]).predict(ids), scores, rtol=1e-4, atol=1e-4)


def _assert_near(ours: bytes, theirs: bytes) -> None:
    """Equal but for the last bits of the sums that weights are scaled by."""
    own, other = decode(ours, "ours"), decode(theirs, "theirs")
    for key in ("nodes", "attrs", "shims"):
        assert own[key] == other[key]
    for mine, peers in zip(own["params"], other["params"], strict=True):
        assert mine.keys() == peers.keys()
        for name in mine:
            np.testing.assert_allclose(mine[name], peers[name], rtol=1e-6, atol=1e-7)
