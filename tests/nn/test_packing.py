"""MessagePack documents with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import srsly
from hypothesis import given
from hypothesis import strategies as st
from srsly.msgpack._unpacker import unpackb

from tagma.nn.packing import decode, encode

VALUES: list[Any] = [
    None,
    [1, -2, 2**63, 1.5, "ä", b"\xff", True],
    {"a": {"b": []}, 3: "x"},
    np.arange(6, dtype="float32").reshape(2, 3),
    np.arange(6, dtype="int64")[::2],
    np.zeros((0, 4), dtype="uint64"),
    np.float32(0.5),
    np.int64(-3),
    1 + 2j,
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_round_trip(value: Any) -> None:
    """What is packed comes back with type and shape."""
    found = decode(encode({"value": value}))["value"]
    assert np.array_equal(found, value) if isinstance(value, np.ndarray) else found == value
    if isinstance(value, np.ndarray | np.generic):
        assert (found.dtype, found.shape) == (value.dtype, value.shape)


@pytest.mark.parametrize("value", VALUES[:-1], ids=str)
def test_the_bytes_are_those_of_srsly(value: Any) -> None:
    """Both ways: the same bytes are written, and what srsly writes is read."""
    assert encode(value) == srsly.msgpack_dumps(value)
    found = decode(srsly.msgpack_dumps(value))
    assert np.array_equal(found, value) if isinstance(value, np.ndarray) else found == value


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()])], ids=["object", "set", "array"])
def test_what_cannot_be_saved(value: Any) -> None:
    """Other types are a TypeError, and the next document is not touched by it."""
    with pytest.raises(TypeError, match="cannot be saved"):
        encode({"a": "begun", "value": value})
    assert decode(encode([1])) == [1]


@pytest.mark.parametrize("data", [b"", b"\x81\xa1a", b"\x01\x02", b"\xa2\xff\xfe", b"\xc1"])
def test_damaged(data: bytes) -> None:
    """Bytes that are no document are a ValueError that names what was read."""
    with pytest.raises(ValueError, match="the thing is truncated, altered or not a MessagePack document"):
        decode(data, "the thing")


DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 300), inner),
    max_leaves=30,
)


@given(value=DOCUMENTS)
def test_documents_of_all_kinds(value: Any) -> None:
    """Values of any depth and size come back, and from what srsly writes."""
    assert decode(encode(value)) == decode(srsly.msgpack_dumps(value)) == value


@given(data=st.binary(max_size=40))
def test_any_bytes(data: bytes) -> None:
    """Bytes are a document to this reader if and only if they are one to srsly's, and then they say the same."""
    try:
        expected = unpackb(data, raw=False, use_list=True, strict_map_key=False)
    except Exception:
        with pytest.raises(ValueError, match="the data"):
            decode(data)
        return
    if b"nd" not in data and b"complex" not in data:
        assert repr(decode(data)) == repr(expected)


def test_long_items() -> None:
    """Lengths of one, two and four bytes are read."""
    for n in (31, 32, 255, 256, 65535, 65536):
        value = ["x" * n, b"x" * n, [0] * n, dict.fromkeys(range(n), 1)]
        assert decode(encode(value)) == value


@pytest.mark.parametrize("kind", [b"\xc6", b"\xdb", b"\xdd", b"\xdf"])
def test_claimed_lengths(kind: bytes) -> None:
    """A length that is only claimed takes no memory."""
    with pytest.raises(ValueError, match=r"incomplete input|exceeds max_\w+_len"):
        decode(kind + b"\xff\xff\xff\xff")


def test_depth() -> None:
    """Nesting has an end before the stack has."""
    with pytest.raises(ValueError, match="StackError"):
        decode(b"\x91" * 100_000 + b"\xc0")
    assert decode(b"\x91" * 500 + b"\xc0") == decode(srsly.msgpack_dumps(decode(b"\x91" * 500 + b"\xc0")))
