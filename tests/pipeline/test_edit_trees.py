"""Edit trees: built, applied, saved."""

from __future__ import annotations

import pickle

import pytest

from tagma.pipeline._edit_trees import NO_TREE, EditTrees
from tagma.vocab import Vocab

PAIRS = [
    ("running", "run"),
    ("stories", "story"),
    ("geht", "gehen"),
    ("a", "b"),
    ("naïve", "naive"),
    ("", "x"),
    ("", ""),
]


def test_trees_make_the_lemma() -> None:
    """A pair's tree makes the lemma of its form, and equal pairs have one tree."""
    trees = EditTrees(Vocab())
    for form, lemma in PAIRS:
        assert trees.find(form, lemma) == NO_TREE
        tree = trees.add(form, lemma)
        assert trees.add(form, lemma) == trees.find(form, lemma) == tree
        assert trees.apply(tree, form) == lemma


def test_bytes_and_pickle() -> None:
    """Bytes, dicts and pickle bring the same trees back."""
    vocab = Vocab()
    trees = EditTrees(vocab)
    ids = [trees.add(*pair) for pair in PAIRS]
    copies = [EditTrees(vocab).from_bytes(trees.to_bytes()), EditTrees(Vocab()).from_json(trees.to_json())]
    for other in [*copies, pickle.loads(pickle.dumps(trees))]:
        assert [other.tree_to_str(i) for i in ids] == [trees.tree_to_str(i) for i in ids]


def test_unfit_and_unknown() -> None:
    """A tree that does not apply gives None; a number that is none, and a node before its trees, are refused."""
    trees = EditTrees(Vocab())
    tree = trees.add("stories", "story")
    assert trees.apply(tree, "cat") is None
    with pytest.raises(IndexError, match="E1030"):
        trees.apply(99, "cat")
    with pytest.raises(ValueError, match="E1026"):
        trees.from_json([{"prefix_len": 0, "suffix_len": 0, "prefix_tree": 0, "suffix_tree": NO_TREE}])
