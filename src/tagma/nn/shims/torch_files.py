"""States of modules of PyTorch, as `torch.save` writes them, read without PyTorch.

Such a file is a zip of a pickle and of the numbers of each tensor. The pickle is read by names that stand for tensors
here; anything else in it is an error, so that no code in a file is run.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np

__all__ = ["read_torch_file"]

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
