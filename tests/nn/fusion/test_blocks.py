"""Feed-forward and window blocks as one pass equal the plain graph: outputs, gradients, random draws and bytes."""

from __future__ import annotations

import numpy as np
import pytest

from tagma.nn import Maxout, Ragged, residual, with_array
from tagma.threads import get_num_threads, set_num_threads

from .graphs import Build, block, check_callbacks, check_fused_equals_plain, encoder, rows, run

BLOCKS: list[tuple[str, Build, object]] = [
    ("one block", lambda: residual(block()), rows()),
    ("block of 700 rows", lambda: residual(block()), rows(700)),
    ("no dropout node", lambda: residual(block(dropout=None)), rows()),
    ("one piece", lambda: residual(block(pieces=1)), rows()),
    ("two pieces", lambda: residual(block(pieces=2)), rows()),
    ("four pieces", lambda: residual(block(16, pieces=4)), rows(50, 16)),
    # the way back through three pieces has loops for inputs in vectors of 16, of 8, and dense products for others
    ("inputs 48 wide", lambda: residual(block(16)), rows(50, 16)),
    ("inputs 24 wide", lambda: residual(block(8)), rows(50, 8)),
    ("inputs 288 wide", lambda: residual(block(96)), rows(300, 96)),
    ("inputs 600 wide", lambda: residual(block(200)), rows(30, 200)),
    ("three blocks over a list", encoder, [rows(5), rows(1), rows(9)]),
    ("three blocks, padded", lambda: encoder(pad=3), [rows(5), rows(1), rows(9)]),
    ("over a ragged", encoder, Ragged(rows(15), np.array([5, 1, 9], dtype="i"))),
    ("feed-forward", lambda: with_array(Maxout(7, 12, 3, normalize=True, dropout=0.3)), [rows(4), rows(2)]),
]


@pytest.mark.parametrize("is_train", [False, True])
@pytest.mark.parametrize(("name", "build", "X"), BLOCKS, ids=[c[0] for c in BLOCKS])
def test_fused_equals_plain(name: str, build: Build, X: object, is_train: bool) -> None:
    """Outputs, every gradient and the random stream are those of the plain nodes."""
    check_fused_equals_plain(build, X, is_train)


@pytest.mark.parametrize(("build", "X"), [case[1:] for case in BLOCKS if case[0] in ("one block", "feed-forward")])
def test_callbacks_of_all_kinds(build: Build, X: object) -> None:
    """Gradients are checked and added to, however they are stored; a proxy gets its own."""
    check_callbacks(build, X)


def test_width_mismatch_is_still_named() -> None:
    """A batch of the wrong width gives the plain graph's error, with both numbers."""
    model = residual(block()).initialize(X=rows())
    with pytest.raises(ValueError, match="maxout: nI is 36, but got input of width 30"):
        model.predict(rows(4, 10))


def test_threads_do_not_change_results() -> None:
    """The same bytes with one thread and with three, forward and backward."""
    before = get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            set_num_threads(threads)
            Y, gradients, _ = run(lambda: with_array(residual(block(96))), [rows(900, 96), rows(300, 96)], True)
            results.append((Y.tobytes(), {k: v.tobytes() for k, v in gradients.items()}))
    finally:
        set_num_threads(before)
    assert results[0] == results[1]
