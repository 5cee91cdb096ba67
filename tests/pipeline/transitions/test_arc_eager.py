"""The parser's moves and its gold; what the moves do is compared with the reference in `test_oracle.py`."""

from __future__ import annotations

from typing import Any

from tagma.pipeline.transitions import ArcEager
from tagma.tokens import Doc
from tagma.training import Example
from tagma.vocab import Vocab


def example_of(vocab: Vocab, words: list[str], *, predicted: list[str] | None = None, **annotation: Any) -> Example:
    """An example of words without spaces between them."""
    spaces = [False] * len(words)
    doc = Doc(vocab, words=predicted or words, spaces=[False] * len(predicted or words))
    return Example.from_dict(doc, {"words": words, "spaces": spaces, **annotation})


def test_actions(vocab: Vocab) -> None:
    """Arcs are counted by label and direction; roots in any casing are ROOT; tokens without label are not counted."""
    first = example_of(
        vocab, ["a", "b", "c", "d"], heads=[1, 1, 1, 3], deps=["nsubj", "root", "dobj", None], predicted=["abcd"]
    )
    actions = ArcEager(vocab.strings).get_actions(examples=[first])
    assert actions == {
        0: {"": 2},
        1: {"": 2},
        2: {"nsubj": 1, "dep": 0},
        3: {"dobj": 1, "dep": 0},
        4: {"ROOT": 1},
    }


def test_rare_labels_and_learned_tokens(vocab: Vocab) -> None:
    """Rare labels are left out, but never shift and reduce; `subtok` is there where tokens are learned."""
    example = example_of(vocab, ["a", "b"], heads=[1, 1], deps=["nsubj", "ROOT"])
    actions = ArcEager(vocab.strings).get_actions(examples=[example], min_freq=30, learn_tokens=True)
    assert actions == {
        0: {"": 2},
        1: {"": 1},
        2: {"subtok": 0, "dep": 0},
        3: {"subtok": 0, "dep": 0},
        4: {"ROOT": 0},
    }


def test_labels_of_lifted_arcs(vocab: Vocab) -> None:
    """The label of a lifted arc has the first label of its head, also where the head was lifted itself."""
    heads, deps = [3, 0, 4, 4, 4, 3, 1], ["a", "b", "c", "d", "ROOT", "f", "g"]
    example = example_of(vocab, list("abcdefg"), heads=heads, deps=deps)
    moves = ArcEager(vocab.strings)
    labels = {label for counts in moves.get_actions(examples=[example]).values() for label in counts}
    expected = {label for label in example.get_aligned_parse(projectivize=True)[1] if label}
    assert sum("||" in label for label in expected) >= 2
    assert labels == expected | {"", "dep"}


def test_has_gold(vocab: Vocab) -> None:
    """A head with its label makes gold: not a sentence start, nor a token without label, nor a head in no one token."""
    moves = ArcEager(vocab.strings)
    moves.initialize_actions(moves.get_actions())
    words = ["a", "b", "c"]
    assert moves.has_gold(example_of(vocab, words, heads=[0, 0, 2], deps=["ROOT", None, None]))
    assert not moves.has_gold(example_of(vocab, words, heads=[0, 1, 2], deps=[None, None, None]))
    assert not moves.has_gold(example_of(vocab, words, sent_starts=[1, 0, 1]))
    unaligned = example_of(vocab, words, predicted=["ab", "c"], heads=[0, 0, 2], deps=["ROOT", "x", None])
    assert not moves.has_gold(unaligned)
    assert moves.get_oracle_sequence(unaligned) == []
