"""MessagePack documents with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import srsly

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
