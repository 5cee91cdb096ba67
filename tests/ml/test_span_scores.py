"""SpanScores: parts of spans are scored as all at once, and gradients are those of the plain chain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import span_scores
from tagma.ml.models.spancat import build_linear_logistic, build_mean_max_reducer, build_spancat_model
from tagma.ml.span_scores import SpanScores
from tagma.nn import Model, chain, fix_random_seed
from tagma.nn.types import ArrayList, Ragged

LENGTHS = np.array([9, 0, 14, 3], dtype="int32")
N_TOKENS = int(LENGTHS.sum())


def suggested(*sizes: int) -> Ragged:
    """All spans of these sizes of four docs."""
    spans = [[(i, i + size) for size in sizes for i in range(n - size + 1)] for n in LENGTHS.tolist()]
    rows = np.array([span for of_doc in spans for span in of_doc], dtype="int32").reshape((-1, 2))
    return Ragged(rows, np.array([len(of_doc) for of_doc in spans], dtype="int32"))


def _embed(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    """The rows of a parameter, as lists by doc: in place of a network over docs."""
    E = model.get_param("E")

    def backprop(dY: Any) -> Any:
        model.inc_grad("E", model.ops.flatten(dY))
        return X

    return ArrayList.from_flat(E, LENGTHS), backprop


def network(width: int = 6, n_labels: int = 3) -> Model[Any, Any]:
    """A span categorizer whose vectors of tokens are a parameter; initialized."""
    tok2vec: Model[Any, Any] = Model("rows", _embed, dims={"nO": width}, params={"E": None})
    fix_random_seed(0)
    tok2vec.set_param("E", np.random.normal(size=(N_TOKENS, width)).astype("float32"))
    model: Model[Any, Any] = build_spancat_model(tok2vec, build_mean_max_reducer(8), build_linear_logistic())
    spans = suggested(1)
    return model.initialize(X=(LENGTHS, spans), Y=np.zeros((len(spans.data), n_labels), dtype="float32"))


def plain(model: Model[Any, Any]) -> Model[Any, Any]:
    """The same layers in a chain."""
    return chain(*model.layers)


@pytest.mark.parametrize("rows", [1, 7, 40, 10_000])
def test_parts_are_as_the_whole(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores do not depend on how many spans are in memory at a time; a span longer than that is a part."""
    model, spans = network(), suggested(1, 3, 2, 9)
    expected = plain(model).predict((LENGTHS, spans))
    monkeypatch.setattr(span_scores, "ROWS_AT_A_TIME", rows)
    found = model.predict((LENGTHS, spans))
    assert found.shape == (len(spans.data), 3)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No layer behind the vectors ever sees more rows than the bound, but for one span that is longer."""
    model, spans = network(), suggested(1, 2, 3, 12)
    seen = []
    extract = model.layers[1]
    forward = extract._func

    def watched(node: Model[Any, Any], X: Any, is_train: bool) -> Any:
        Y, backprop = forward(node, X, is_train)
        seen.append(len(Y.data))
        return Y, backprop

    monkeypatch.setattr(extract, "_func", watched)
    monkeypatch.setattr(span_scores, "ROWS_AT_A_TIME", 10)
    model.predict((LENGTHS, spans))
    assert len(seen) > 5
    assert max(seen) < 10 + 12


def test_gradients() -> None:
    """Those of all parameters are the plain chain's, with spans nested, overlapping and twice the same."""
    spans = suggested(2, 1, 3, 2)
    found = {}
    for kind in (lambda model: model, plain):
        model = kind(network())
        scores, backprop = model.begin_update((LENGTHS, spans))
        backprop(np.linspace(-1, 1, scores.size, dtype="float32").reshape(scores.shape))
        found[kind] = {
            (i, name): node.get_grad(name)
            for i, node in enumerate(model.walk())
            for name in node.param_names
            if node.has_grad(name)
        }
    ours, theirs = found.values()
    assert len(ours) == 7
    assert ours.keys() == theirs.keys()
    for key, gradient in ours.items():
        np.testing.assert_allclose(gradient, theirs[key], atol=1e-5, err_msg=str(key))


def test_gradients_are_those_of_the_scores() -> None:
    """Changing the vectors of tokens a little changes the scores as the gradient says."""
    model, spans = network(), suggested(1, 2, 4)
    scores, backprop = model.begin_update((LENGTHS, spans))
    weights = np.random.default_rng(1).normal(size=scores.shape).astype("float32")
    backprop(weights)
    tok2vec = model.get_ref("tok2vec")
    E, dE = tok2vec.get_param("E"), tok2vec.get_grad("E")
    step = np.random.default_rng(2).normal(size=E.shape).astype("float32")
    values = []
    for eps in (1e-3, -1e-3):
        tok2vec.set_param("E", E + eps * step)
        values.append(float((model.begin_update((LENGTHS, spans))[0] * weights).sum(dtype="float64")))
    assert (values[0] - values[1]) / 2e-3 == pytest.approx(float((dE * step).sum()), rel=2e-2)


def test_a_prediction_can_be_taken_back() -> None:
    """The callback of a prediction gives the gradient, too."""
    model, spans = network(), suggested(1, 2)
    scores, backprop = model((LENGTHS, spans), is_train=False)
    backprop(np.ones_like(scores))
    assert model.get_ref("tok2vec").get_grad("E").any()


def test_no_spans() -> None:
    """Without spans there are no scores."""
    model = network()
    none = Ragged(np.zeros((0, 2), dtype="int32"), np.zeros(4, dtype="int32"))
    assert model.predict((LENGTHS, none)).shape == (0, 3)


def test_it_is_a_chain() -> None:
    """The node has the name, the children and the dims of a chain of the layers."""
    model = network()
    again = SpanScores(*model.layers)
    assert again.name == plain(model).name == model.name
    assert again.layers == model.layers
    assert model.get_dim("nO") == 3
    assert not model.has_dim("nI")
