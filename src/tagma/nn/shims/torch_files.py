"""States of modules of PyTorch, as `torch.save` writes them, read and written without PyTorch.

Such a file is a zip of a pickle and of the numbers of each tensor. The pickle is read by names that stand for tensors
here; anything else in it is an error, so that no code in a file is run. It is written opcode by opcode, since Python's
writer would want to import what it names.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np

__all__ = ["read_torch_file", "write_torch_file"]

DTYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
FOLDER = "archive/"
VERSION = b"3\n"  # of the layout of the zip
ORDERED_DICT = b"ccollections\nOrderedDict\n)R"  # an empty one


def read_torch_file(data: bytes) -> dict[str, Any]:
    """The arrays of a state by name. Raises ValueError for what is no such file, is damaged, or holds anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist()}
            if any(e.compress_type != zipfile.ZIP_STORED or e.file_size > len(data) for e in entries.values()):
                raise ValueError("it has entries that torch.save does not write")
            [pickled] = [name for name in entries if name.endswith("data.pkl")]
            found = _Reader(archive, pickled.removesuffix("data.pkl")).load()
    except Exception as error:  # whatever altered bytes lead to, in three libraries
        raise ValueError(f"the saved state of the PyTorch module cannot be read: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(array, np.ndarray) for array in found.values()):
        raise ValueError("the saved state of the PyTorch module cannot be read: it is no map of tensors")
    return dict(found)


class _Reader(pickle.Unpickler):
    """Reads the pickle of a file, with arrays in the place of tensors."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{folder}data.pkl")))
        self.archive, self.folder = archive, folder
        order = f"{folder}byteorder"
        little = order not in archive.namelist() or archive.read(order) == b"little"
        self.order = "<" if little else ">"

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the pickle stands for. Raises ValueError for all but the parts of tensors."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
            return _tensor if name == "_rebuild_tensor_v2" else _parameter
        raise ValueError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, pid: Any) -> Any:
        """The numbers of a tensor, as they lie in the file."""
        kind, dtype, key, _, size = pid
        numbers = np.frombuffer(self.archive.read(f"{self.folder}data/{key}"), dtype=self.order + dtype)
        if kind != "storage" or len(numbers) != size:
            raise ValueError(f"{key} has {len(numbers)} numbers, not {size}")
        return numbers


def _tensor(numbers: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *rest: Any) -> Any:
    """A tensor of these numbers. Raises ValueError where it would reach beyond them."""
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    beyond = last >= len(numbers) or math.prod(shape) > len(numbers)
    if min((offset, *shape, *strides)) < 0 or (0 not in shape and beyond):
        raise ValueError(f"a tensor of shape {shape} reaches beyond its {len(numbers)} numbers")
    steps = [step * numbers.itemsize for step in strides]
    array = np.lib.stride_tricks.as_strided(numbers[offset:], shape, steps)
    return np.array(array, dtype=numbers.dtype.newbyteorder("="))


def _parameter(array: Any, *rest: Any) -> Any:
    return array


def write_torch_file(arrays: dict[str, np.ndarray[Any, np.dtype[np.float32]]]) -> bytes:
    """A state of float32 arrays as `torch.save` would write it; the same arrays give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        contents = {f"data/{i}": array.astype("<f4").tobytes() for i, array in enumerate(arrays.values())}
        for name, data in {
            "data.pkl": _pickled(arrays),
            "byteorder": b"little",
            **contents,
            "version": VERSION,
        }.items():
            archive.writestr(zipfile.ZipInfo(FOLDER + name), data)
    return file.getvalue()


def _pickled(arrays: dict[str, np.ndarray[Any, np.dtype[np.float32]]]) -> bytes:
    """The pickle (protocol 2) of an OrderedDict of tensors, whose numbers lie in files beside it."""
    items = b"".join(_text(name) + _tensor_code(str(i), array.shape) for i, (name, array) in enumerate(arrays.items()))
    return pickle.PROTO + b"\x02" + ORDERED_DICT + pickle.MARK + items + pickle.SETITEMS + pickle.STOP


def _tensor_code(key: str, shape: tuple[int, ...]) -> bytes:
    """`_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`."""
    storage = _tuple(_text("storage"), b"ctorch\nFloatStorage\n", _text(key), _text("cpu"), _integer(math.prod(shape)))
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    arguments = _tuple(
        storage + pickle.BINPERSID,
        _integer(0),
        _tuple(*map(_integer, shape)),
        _tuple(*map(_integer, strides)),
        pickle.NEWFALSE,
        ORDERED_DICT,
    )
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + pickle.REDUCE


def _tuple(*items: bytes) -> bytes:
    return pickle.MARK + b"".join(items) + pickle.TUPLE


def _text(text: str) -> bytes:
    data = text.encode("utf8")
    return pickle.BINUNICODE + struct.pack("<I", len(data)) + data


def _integer(value: int) -> bytes:
    """Up to 2³¹ in four bytes, and beyond in eight."""
    if value < 1 << 31:
        return pickle.BININT + struct.pack("<i", value)
    return pickle.LONG1 + bytes([8]) + struct.pack("<q", value)
