"""Clusters in `doc.spans`: which groups they are, their mentions, and heads."""

from __future__ import annotations

import pytest

from tagma.gold.clusters import clusters_of, head_of, is_cluster_key
from tagma.nn.config import code_of
from tagma.tokens import Doc
from tagma.vocab import Vocab


@pytest.mark.parametrize(
    ("key", "is_one"),
    [("c_1", True), ("c_20", True), ("c_", False), ("c", False), ("c_x", False), ("c_heads_1", False), ("d_1", False)],
)
def test_keys_of_clusters(key: str, is_one: bool) -> None:
    """The prefix, an underscore and a number, and nothing else."""
    assert is_cluster_key("c", key) is is_one


def test_clusters_of_a_doc() -> None:
    """In the order of the groups; other groups and empty ones are none."""
    doc = Doc(Vocab(), words=["a", "b", "c"])
    doc.spans.update({"c_2": [doc[1:2]], "c_1": [doc[0:1], doc[2:3]], "c_3": [], "sc": [doc[0:1]]})
    assert {key: [span.text for span in spans] for key, spans in clusters_of(doc, "c").items()} == {
        "c_2": ["b"],
        "c_1": ["a", "c"],
    }


def test_heads() -> None:
    """The only token, or the root; without a parse that is not known."""
    doc = Doc(Vocab(), words=["the", "old", "man"])
    assert head_of(doc[1:2]) == 1
    with pytest.raises(ValueError, match=r"'the old man' \(tokens 0 to 3\)") as caught:
        head_of(doc[0:3])
    assert code_of(caught.value) == "E4473"
    parsed = Doc(Vocab(), words=["the", "man", "slept"], heads=[1, 2, 2], deps=["det", "nsubj", "ROOT"])
    assert head_of(parsed[0:2]) == 1
