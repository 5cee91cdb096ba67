"""Docs as bytes and as pickles."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.tokens import Doc
from tagma.tokens.table import SAVED_ATTRS
from tagma.vocab import Vocab

DATA = Path(__file__).parent.parent.parent / "data" / "docs"
ATTRS = [*SAVED_ATTRS, "SPACY"]
MINUS = 2**64 - 1


def test_pickle_keeps_everything(parsed: Doc) -> None:
    """A pickled Doc comes back with its vocabulary, annotations and user data."""
    parsed.user_data["k"] = {"x": (1, 2)}
    copy = pickle.loads(pickle.dumps(parsed))
    assert copy.to_array(ATTRS).tolist() == parsed.to_array(ATTRS).tolist()
    assert copy.user_data == parsed.user_data
    assert copy[0].lower_ == "i"


def test_peer_bytes_are_read(vocab: Vocab) -> None:
    """Bytes written by spaCy give the Doc that spaCy says it is."""
    expected = json.loads((DATA / "peer.json").read_text())[0]
    doc = Doc(vocab).from_bytes((DATA / "peer.doc").read_bytes())
    assert doc.text == expected["text"]
    assert doc.to_array(ATTRS).tolist() == expected["arr"]
    assert doc.to_json() == expected["json"]
    assert [t.norm_ for t in doc] == expected["norms"]
    assert doc.user_data == expected["ud"]


@given(st.integers(0, 1900), st.integers(0, 255))
def test_damaged_bytes_never_crash(at: int, value: int) -> None:
    """One altered byte, or a cut, gives a readable Doc or a ValueError, KeyError or TypeError; nothing else."""
    data = bytearray((DATA / "peer.doc").read_bytes())
    data[at] = value
    for damaged in (bytes(data), bytes(data[:at])):
        try:
            doc = Doc(Vocab()).from_bytes(damaged)
            list(doc.ents)
            doc.to_json()
        except (ValueError, KeyError, TypeError):
            continue


def test_hooks_are_pickled(parsed: Doc) -> None:
    """Functions among the hooks come back, be they lambdas; one that cannot be pickled is E4039, which names it."""
    parsed.user_hooks["vector_norm"] = lambda doc: len(doc) + 0.5
    parsed.user_token_hooks["sentiment"] = float
    parsed.user_span_hooks["root"] = lambda span: span[0]
    copy = pickle.loads(pickle.dumps(parsed))
    assert copy.vector_norm == 7.5
    assert copy.user_token_hooks == {"sentiment": float}
    assert copy[2:4].root.i == 2
    generator = (i for i in range(3))
    parsed.user_span_hooks["sent"] = lambda span: next(generator)
    with pytest.raises(ValueError, match=r"E4039.*user_span_hooks\['sent'\]"):
        pickle.dumps(parsed)


def test_the_context_is_pickled(parsed: Doc) -> None:
    """What a stream carries along with a Doc goes to other processes with it."""
    parsed.context = {"id": 3}
    assert pickle.loads(pickle.dumps(parsed)).context == {"id": 3}


def test_bytes_hold_no_hooks(parsed: Doc) -> None:
    """A warning says so; copies and pickles keep them."""
    parsed.user_hooks["vector"] = len
    with pytest.warns(UserWarning, match="W109"):
        parsed.to_bytes()
    assert parsed.to_bytes(exclude=["user_hooks"])
