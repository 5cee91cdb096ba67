"""An inventory of moves: its order, its growth, its file."""

from __future__ import annotations

from pathlib import Path

import pytest
import srsly

from tagma.pipeline.transitions import ArcEager, BiluoPushDown
from tagma.tokens import Doc
from tagma.vocab import Vocab

ACTIONS = {0: {"": 3}, 1: {"": 2}, 2: {"a": 1, "b": 1, "c": 7}, 3: {"dep": 0}, 4: {"ROOT": 0}}


def test_order_of_moves(vocab: Vocab) -> None:
    """Actions ascend; within one, the most frequent label is first, of equal ones the last in the alphabet."""
    moves = ArcEager(vocab.strings, ACTIONS)
    assert moves.names == ["S", "D", "L-c", "L-b", "L-a", "R-dep", "B-ROOT"]
    assert moves.n_moves == 7
    assert moves.labels == ACTIONS


def test_added_moves_come_last(vocab: Vocab) -> None:
    """A move that is added is last, also when the moves are read back; one that is there stays."""
    moves = ArcEager(vocab.strings, ACTIONS)
    assert [moves.add_action(action, "z") for action in (2, 3)] == [1, 1]
    assert [moves.add_action(action, "b") for action in (2, 3)] == [0, 1]
    assert moves.names[7:] == ["L-z", "R-z", "R-b"]
    assert moves.labels[2]["z"] == moves.labels[3]["z"] == -1
    assert moves.labels[3]["b"] == -2
    again = ArcEager(vocab.strings).from_bytes(moves.to_bytes())
    assert (again.names, again.labels) == (moves.names, moves.labels)


def test_the_file(vocab: Vocab, tmp_path: Path) -> None:
    """A file holds the counts as JSON and the name of the spans; one of spaCy's, with old fields, can be read."""
    moves = BiluoPushDown(vocab.strings, {4: {"PER": 2, "": 1}, 5: {"": 1}}, "wrong")
    moves.to_disk(tmp_path / "moves")
    data = srsly.msgpack_loads((tmp_path / "moves").read_bytes())
    assert srsly.json_loads(data["moves"]) == {"4": {"PER": 2, "": 1}, "5": {"": 1}}
    assert data["cfg"] == {"neg_key": "wrong"}
    again = BiluoPushDown(vocab.strings)
    again.from_disk(tmp_path / "moves")
    assert (again.names, again.neg_key) == (["U-PER", "U-", "O"], "wrong")
    old = srsly.msgpack_dumps({"moves": srsly.json_dumps({"0": {}, "5": {"": 1}}), "strings": "[]"})
    assert BiluoPushDown(vocab.strings).from_bytes(old).names == ["O"]


def test_names(vocab: Vocab) -> None:
    """A move is found by its name; E4056 names what there is."""
    moves = ArcEager(vocab.strings, ACTIONS)
    assert [moves.index_of(name) for name in moves.names] == list(range(7))
    with pytest.raises(KeyError, match=r"E4056.*'L-d'.*L-c"):
        moves.index_of("L-d")


def test_an_invalid_move(vocab: Vocab) -> None:
    """A move that is not allowed raises E170, by its name and by its class; the state stays."""
    moves = ArcEager(vocab.strings, ACTIONS)
    state = moves.init_state(Doc(vocab, words=["a", "b"]))
    assert moves.is_valid(state, "S")
    assert not moves.is_valid(state, "D")
    with pytest.raises(ValueError, match=r"E170.*'D'"):
        moves.apply_transition(state, "D")
    for index in (moves.index_of("L-a"), 7, -1):
        with pytest.raises(ValueError, match="E170"):
            moves.apply(state, index)
    assert state.history == []


def test_a_number_of_features_that_is_none(vocab: Vocab) -> None:
    """E4055 for another number of features than 3, 6, 8 and 13."""
    state = ArcEager(vocab.strings, ACTIONS).init_state(Doc(vocab, words=["a"]))
    with pytest.raises(ValueError, match="E4055"):
        state.features(7)
