"""MessagePack documents with arrays in them, in the layout that srsly writes, read with every length checked.

srsly itself asks its registries of encoders at every call, which takes longer than to pack a Doc; and to import it
takes a tenth of the time in which a pipeline is loaded.
"""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np

__all__ = ["decode", "encode"]


class _Broken(Exception):
    """What is wrong with an encoded array; becomes a ValueError that names the file's part."""


def encode(value: Any) -> bytes:
    """One MessagePack document. Raises TypeError for what cannot be saved, OverflowError for ints beyond 64 bits."""
    # A packer keeps a half-written buffer after an error, so each document gets its own.
    packed: bytes = msgpack.Packer(default=_encode_special, use_bin_type=True).pack(value)
    return packed


def decode(data: Any, what: str = "the data") -> Any:
    """Read one MessagePack document. Raises ValueError naming `what` if it is truncated or altered."""
    try:
        return msgpack.unpackb(data, object_hook=_decode_special, raw=False, use_list=True, strict_map_key=False)
    except _Broken as error:
        raise ValueError(f"{what} is damaged: {error}") from None
    except Exception as error:
        raise ValueError(
            f"{what} is truncated, altered or not a MessagePack document ({type(error).__name__}: {error})"
        ) from None


def _encode_special(value: Any) -> Any:
    if not isinstance(value, np.ndarray | np.generic | complex) and hasattr(value, "get") and hasattr(value, "dtype"):
        value = value.get()  # an array on a device
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("arrays of Python objects cannot be saved")
        array = value.astype(value.dtype.newbyteorder("<"), copy=False)
        structured = array.dtype.kind == "V"
        return {
            b"nd": True,
            b"type": array.dtype.descr if structured else array.dtype.str,
            b"kind": b"V" if structured else b"",
            b"shape": array.shape,
            b"data": array.tobytes(),
        }
    if isinstance(value, np.bool_ | np.number):
        return {b"nd": False, b"type": value.dtype.str, b"data": value.tobytes()}
    if isinstance(value, complex):
        return {b"complex": True, b"data": str(value)}
    raise TypeError(f"a {type(value).__name__} cannot be saved")


def _decode_special(obj: dict[Any, Any]) -> Any:
    if b"nd" in obj:
        return _decode_array(obj)
    if b"complex" in obj:
        return complex(_text(obj.get(b"data")))
    return obj


def _decode_array(obj: dict[Any, Any]) -> Any:
    data = obj.get(b"data")
    if not isinstance(data, bytes):
        raise _Broken(f"an array's data is a {type(data).__name__}, not bytes")
    try:
        dtype = _dtype(obj.get(b"type"), obj.get(b"kind"))
    except (TypeError, ValueError, SyntaxError) as error:
        raise _Broken(f"unknown array type {obj.get(b'type')!r} ({error})") from None
    if dtype.hasobject or not dtype.itemsize:
        raise _Broken(f"array type {obj.get(b'type')!r} is not allowed in a file")
    if obj[b"nd"] is not True:
        if len(data) != dtype.itemsize:
            raise _Broken(f"a {dtype} takes {dtype.itemsize} bytes, but {len(data)} are there")
        return np.frombuffer(data, dtype=dtype)[0]
    shape = obj.get(b"shape")
    if not isinstance(shape, list) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise _Broken(f"{shape!r} is not the shape of an array")
    expected = dtype.itemsize
    for n in shape:
        expected *= n
    if len(data) != expected:
        raise _Broken(f"an array of shape {tuple(shape)} and type {dtype} takes {expected} bytes, but has {len(data)}")
    return np.ndarray(shape=tuple(shape), dtype=dtype, buffer=data)


def _dtype(type_: Any, kind: Any) -> np.dtype[Any]:
    if kind == b"V" and isinstance(type_, list):
        return np.dtype([tuple(_text(part) if not isinstance(part, list) else part for part in f) for f in type_])
    return np.dtype(_text(type_))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf8")
    if not isinstance(value, str):
        raise TypeError(f"expected text, but got {type(value).__name__}")
    return value
