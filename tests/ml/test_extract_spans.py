"""extract_spans: rows of nested and overlapping spans, and the sum of their gradients."""

from __future__ import annotations

import numpy as np
import pytest

from tagma.ml import extract_spans
from tagma.nn import NumpyOps
from tagma.nn.types import Ragged
from tagma.registries import registry

# Two docs of three and two tokens, with one without tokens between them.
X = Ragged(np.arange(10, dtype="float32").reshape((5, 2)), np.array([3, 0, 2], dtype="int32"))
# In the first a span, one nested in it and one that overlaps both; in the last the whole doc, twice.
SPANS = Ragged(np.array([[0, 3], [1, 2], [1, 3], [0, 2], [0, 2]], dtype="int32"), np.array([3, 0, 2], dtype="int32"))


def test_rows() -> None:
    """The rows of each span stand together, with the number of them."""
    Y, _ = extract_spans()((X, SPANS), is_train=False)
    assert Y.lengths.tolist() == [3, 1, 2, 2, 2]
    assert (Y.data == X.data[[0, 1, 2, 1, 1, 2, 3, 4, 3, 4]]).all()


def test_gradient() -> None:
    """A token's gradient is the sum over all spans that it is in; the borders have none."""
    Y, backprop = extract_spans()((X, SPANS), is_train=True)
    dX, d_spans = backprop(Ragged(np.ones_like(Y.data), Y.lengths))
    assert dX.data[:, 0].tolist() == [1, 3, 2, 2, 2]
    assert dX.lengths.tolist() == X.lengths.tolist()
    assert d_spans is SPANS
    # the scalar product of what goes forward and of what comes back, for any gradient
    dY = np.random.default_rng(0).normal(size=Y.data.shape).astype("float32")
    back = backprop(Ragged(dY, Y.lengths))[0].data
    assert (back * X.data).sum() == pytest.approx((dY * Y.data).sum(), rel=1e-5)


@pytest.mark.parametrize("n_docs", [0, 2])
def test_no_spans(n_docs: int) -> None:
    """Without spans there are no rows, and a gradient of zeros."""
    docs = Ragged(np.ones((2 * n_docs, 2), dtype="float32"), np.full(n_docs, 2, dtype="int32"))
    none = Ragged(np.zeros((0, 2), dtype="int32"), np.zeros(n_docs, dtype="int32"))
    Y, backprop = extract_spans()((docs, none), is_train=True)
    assert Y.rows.shape == (0, 2)
    assert len(Y.lengths) == 0
    dX, _ = backprop(Y)
    assert dX.dataXd.shape == (2 * n_docs, 2)
    assert not dX.data.any()


def test_rows_of_spans() -> None:
    """Rows count from the first token of all docs."""
    from tagma.ml.extract_spans import span_rows

    rows, lengths = span_rows(NumpyOps(), SPANS, X.lengths)
    assert rows.tolist() == [0, 1, 2, 1, 1, 2, 3, 4, 3, 4]
    assert lengths.tolist() == [3, 1, 2, 2, 2]


def test_it_is_registered() -> None:
    """Configs find it by the peer's name."""
    assert registry.get("layers", "spacy.extract_spans.v1") is extract_spans
