"""mean_max: the numbers and gradients of the plain layers, and when these must run themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import build_mean_max_reducer, extract_spans
from tagma.ml.mean_max import run_mean_max
from tagma.nn import (
    Maxout,
    Model,
    chain,
    concatenate,
    fix_random_seed,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
    set_dropout_rate,
)
from tagma.nn.fusion import fusion
from tagma.nn.types import Ragged

LENGTHS = np.array([6, 0, 9], dtype="int32")


def spans_of(*sizes: int) -> Ragged:
    """All spans of these sizes, by doc and size."""
    spans = [[(i, i + size) for size in sizes for i in range(n - size + 1)] for n in LENGTHS.tolist()]
    rows = np.array([span for of_doc in spans for span in of_doc], dtype="int32")
    return Ragged(rows, np.array([len(of_doc) for of_doc in spans], dtype="int32"))


def tokens_of(width: int = 5) -> Ragged:
    """Rows of tokens, some of which are equal, so that there are ties."""
    rows = np.random.default_rng(0).normal(size=(int(LENGTHS.sum()), width)).astype("float32")
    rows[3] = rows[2]
    return Ragged(rows, LENGTHS)


def sample(width: int = 5) -> Ragged:
    """The rows of two spans."""
    return Ragged(np.ones((3, width), dtype="float32"), np.array([1, 2], dtype="int32"))


def reducer_of(pieces: int = 3, width: int = 5) -> Model[Any, Any]:
    """The reducer with as many pieces, initialized."""
    fix_random_seed(0)
    model = build_mean_max_reducer(7)
    if pieces != 3:
        pools = concatenate(reduce_last(), reduce_first(), reduce_mean(), reduce_max())
        model = chain(pools, Maxout(nO=7, nP=pieces, normalize=True, dropout=0.0))
    model.initialize(X=sample(width))
    maxout = next(node for node in model.walk() if node.name == "maxout")
    maxout.set_param("b", np.random.normal(size=maxout.get_param("b").shape).astype("float32"))
    return model


def gradients(model: Model[Any, Any]) -> dict[str, Any]:
    """Those of all parameters."""
    return {f"{node.name} {name}": node.get_grad(name) for node in model.walk() for name in node.param_names}


@pytest.mark.parametrize("drop", [0.0, 0.4])
@pytest.mark.parametrize("pieces", [1, 2, 3, 4])
@pytest.mark.parametrize("sizes", [(1,), (1, 2, 3), (3, 1, 2, 1), (2, 5), (1, 2, 9)])
def test_it_is_as_the_plain_layers(sizes: tuple[int, ...], pieces: int, drop: float) -> None:
    """Output, gradients of rows and of all parameters; with dropout, from the same random numbers."""
    tokens, spans, found = tokens_of(), spans_of(*sizes), []
    for fused in (True, False):
        reducer, extract = reducer_of(pieces), extract_spans()
        set_dropout_rate(reducer, drop)
        fix_random_seed(1)
        if fused:
            run = run_mean_max(extract, reducer, tokens, spans, True)
            assert run is not None
            Y, backprop = run
            dX = backprop(np.sin(np.arange(Y.size, dtype="float32")).reshape(Y.shape))
        else:
            rows, backprop_rows = extract.begin_update((tokens, spans))
            Y, backprop_pooled = reducer.begin_update(rows)
            dY = np.sin(np.arange(Y.size, dtype="float32")).reshape(Y.shape)
            dX = backprop_rows(backprop_pooled(dY))[0].dataXd
        found.append((Y, dX, gradients(reducer)))
    (Y, dX, params), (plain_Y, plain_dX, plain_params) = found
    np.testing.assert_allclose(Y, plain_Y, atol=2e-5)
    np.testing.assert_allclose(dX, plain_dX, atol=5e-5)
    assert len(params) == 4
    for name, gradient in params.items():
        np.testing.assert_allclose(gradient, plain_params[name], atol=5e-5, err_msg=name)


def test_gradients_add_up() -> None:
    """A second way back adds to the gradients of the first."""
    reducer = reducer_of()
    run = run_mean_max(extract_spans(), reducer, tokens_of(), spans_of(1, 2), True)
    assert run is not None
    Y, backprop = run
    backprop(np.ones_like(Y))
    once = {name: gradient.copy() for name, gradient in gradients(reducer).items()}
    backprop(np.ones_like(Y))
    for name, gradient in gradients(reducer).items():
        np.testing.assert_allclose(gradient, 2 * once[name], atol=1e-5)


def test_many_parts() -> None:
    """Spans that are worked on in several parts, over a stretch of the tokens that begins late."""
    rows = np.random.default_rng(0).normal(size=(900, 5)).astype("float32")
    tokens = Ragged(rows, np.array([900], dtype="int32"))
    starts = np.concatenate([np.arange(300, 890)] * 3)
    borders = np.stack([starts, starts + np.repeat([1, 4, 2], 590)], axis=1).astype("int32")
    spans = Ragged(borders, np.array([len(borders)], dtype="int32"))
    reducer, extract = reducer_of(), extract_spans()
    run = run_mean_max(extract, reducer, tokens, spans, False)
    assert run is not None
    np.testing.assert_allclose(run[0], reducer.predict(extract.predict((tokens, spans))), atol=2e-5)
    assert not run[1](np.ones_like(run[0]))[:300].any()


def test_the_plain_layers_run() -> None:
    """Where fast paths are off, spans are few or long, or layers are of other kinds."""
    tokens, spans, reducer, extract = tokens_of(), spans_of(1, 2), reducer_of(), extract_spans()
    assert run_mean_max(extract, reducer, tokens, spans, False) is not None
    with fusion(False):
        assert run_mean_max(extract, reducer, tokens, spans, False) is None
    few = Ragged(np.array([[0, 2], [7, 9]], dtype="int32"), np.array([1, 0, 1], dtype="int32"))
    assert run_mean_max(extract, reducer, tokens, few, False) is None
    long = Ragged(np.array([[0, 9]] * 20, dtype="int32"), np.array([0, 0, 20], dtype="int32"))
    assert run_mean_max(extract, reducer, tokens, long, False) is None
    wide = Ragged(tokens.data.astype("float64"), LENGTHS)
    assert run_mean_max(extract, reducer, wide, spans, False) is None
    assert run_mean_max(extract, reduce_mean(), tokens, spans, False) is None
    pools = concatenate(reduce_first(), reduce_last(), reduce_mean(), reduce_max())
    swapped = chain(pools, Maxout(nO=7, normalize=True, dropout=0.0)).initialize(X=sample())
    assert run_mean_max(extract, swapped, tokens, spans, False) is None
    other: Model[Any, Any] = Model("extract_spans", lambda model, X, is_train: (X, lambda dY: dY))
    assert run_mean_max(other, reducer, tokens, spans, False) is None
