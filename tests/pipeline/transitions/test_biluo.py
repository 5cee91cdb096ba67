"""The moves of entities and their gold; what the moves do is compared with the reference in `test_oracle.py`."""

from __future__ import annotations

import pytest

from tagma.pipeline.transitions import BiluoPushDown
from tagma.tokens import Doc, Span
from tagma.training import Example
from tagma.vocab import Vocab

WORDS = ["a", "b", "c"]


def example_of(vocab: Vocab, tags: list[str]) -> Example:
    """Three words with tags."""
    return Example.from_dict(Doc(vocab, words=WORDS), {"words": WORDS, "entities": tags})


def moves_of(vocab: Vocab, *examples: Example, key: str | None = None) -> BiluoPushDown:
    """The moves for examples."""
    moves = BiluoPushDown(vocab.strings, incorrect_spans_key=key)
    moves.initialize_actions(moves.get_actions(examples=examples))
    return moves


def test_actions(vocab: Vocab) -> None:
    """Types are counted by tokens, for every action; a move without label is for blocked tokens."""
    example = example_of(vocab, ["B-PER", "L-PER", "U-ORG"])
    types = {"PER": 2, "ORG": 1}
    moves = moves_of(vocab, example)
    assert moves.labels == {0: {}, 1: types, 2: types, 3: types, 4: {"": 1, **types}, 5: {"": 1}}
    assert moves.names == [
        *["B-PER", "B-ORG", "I-PER", "I-ORG", "L-PER", "L-ORG"],
        *["U-PER", "U-ORG", "U-", "O"],
    ]


def test_moves_that_there_are_not(vocab: Vocab) -> None:
    """No move is added for missing tags, nor for a labelled outside."""
    moves = moves_of(vocab)
    assert [moves.add_action(0, "X"), moves.add_action(5, "X"), moves.add_action(1, "X")] == [0, 0, 1]
    assert moves.names == ["U-", "O", "B-X"]


def test_a_blocked_token_of_the_reference(vocab: Vocab) -> None:
    """What is blocked in the reference is not known, with the same tokens and with others."""
    reference = Doc(vocab, words=["aa", "bb"], spaces=[False, False])
    reference.set_ents([Span(reference, 0, 1, "PER")], blocked=[Span(reference, 1, 2)])
    for words in (["aa", "bb"], ["aa", "b", "b"]):
        example = Example(Doc(vocab, words=words, spaces=[False] * len(words)), reference)
        moves = moves_of(vocab, example)
        state = moves.apply_transition(moves.init_state(example.predicted), "U-PER")
        costs = dict(zip(moves.names, moves.costs(state, moves.gold(example)).tolist(), strict=True))
        assert (costs["U-PER"], costs["O"]) == (0, 0)


def test_wrong_spans(vocab: Vocab) -> None:
    """A span that is known to be wrong costs one, and makes gold by itself; E868 if it is an entity too."""
    example = example_of(vocab, ["-", "-", "-"])
    moves = moves_of(vocab, example_of(vocab, ["U-PER", "O", "O"]), key="wrong")
    assert not moves.has_gold(example)
    example.reference.spans["wrong"] = [Span(example.reference, 0, 1, "PER")]
    assert moves.has_gold(example)
    costs = moves.costs(moves.init_state(example.predicted), moves.gold(example)).tolist()
    found = {name: cost for name, cost in zip(moves.names, costs, strict=True) if cost < 9000}
    assert found == {"B-PER": 0, "U-PER": 1, "O": 0}
    example.reference.set_ents([Span(example.reference, 0, 1, "PER")])
    with pytest.raises(ValueError, match="E868"):
        moves.gold(example)


def test_types_without_a_move(vocab: Vocab) -> None:
    """E022 for an entity of a type that has no move, E869 for the old form of a type that is not there."""
    moves = moves_of(vocab, example_of(vocab, ["U-PER", "O", "O"]))
    with pytest.raises(KeyError, match=r"E022.*ORG"):
        moves.gold(example_of(vocab, ["U-ORG", "O", "O"]))
    with pytest.raises(ValueError, match=r"E869.*!PER"):
        moves.gold(example_of(vocab, ["U-!PER", "O", "O"]))
