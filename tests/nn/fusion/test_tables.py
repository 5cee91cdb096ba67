"""Hash tables as one pass equal the plain graph: outputs, gradients and random draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tagma.nn import Embed, HashEmbed, Model

from .graphs import Build, Proxy, check_callbacks, check_fused_equals_plain, embedding, keys, rows

TABLES: list[tuple[str, Build, object]] = [
    ("embedding", embedding, keys(5, 1, 30)),
    ("one table", lambda: embedding(1), keys(5, 1)),
    ("embedding without dropout", lambda: embedding(dropout=None), keys(3, 4)),
]


@pytest.mark.parametrize("is_train", [False, True])
@pytest.mark.parametrize(("name", "build", "X"), TABLES, ids=[c[0] for c in TABLES])
def test_fused_equals_plain(name: str, build: Build, X: object, is_train: bool) -> None:
    """Outputs, every gradient and the random stream are those of the plain nodes."""
    check_fused_equals_plain(build, X, is_train)


@pytest.mark.parametrize(("build", "X"), [case[1:] for case in TABLES if case[0] == "embedding"])
def test_callbacks_of_all_kinds(build: Build, X: object) -> None:
    """Gradients are checked and added to, however they are stored; a proxy gets its own."""
    check_callbacks(build, X)


@pytest.mark.parametrize("build", [Embed, HashEmbed])
def test_a_plain_table_gives_its_gradient_to_the_proxy(build: Callable[..., Model]) -> None:
    """The proxy gets the gradient that the node would keep, not the zeros it starts from."""
    ids = np.array([0, 2, 2, 1])
    table = build(nO=3, nV=5).initialize()
    _, backprop = table(ids, is_train=True)
    backprop(rows(4, 3))
    expected = table.get_grad("E").copy()
    assert expected.any()
    received: dict[tuple[int, str], np.ndarray] = {}
    table._params._grads.clear()
    table._params.proxy = Proxy(table._params._params.copy(), received)
    backprop(rows(4, 3))
    np.testing.assert_array_equal(received[table.id, "E"], expected)
    assert not table.has_grad("E")
