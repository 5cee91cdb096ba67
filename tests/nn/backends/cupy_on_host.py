"""A stand-in for CuPy, by which CupyOps runs on the CPU: its arrays lie in main memory, its RawModule is made by c++.

A launch goes over the grid that was asked for, thread after thread. What CuPy would refuse is refused: arrays of NumPy
among its own, counts for `repeat` that lie on the device. So are arguments that are not what the kernel's parameters
say, which CuPy would hand on, and the kernel misread.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from tagma.nn import CupyOps

HEADER = Path(__file__).parent / "host_grid.h"
SCALARS = {"isize": np.int64, "int": np.int32, "uint32": np.uint32, "uint64": np.uint64}
C_TYPES = {
    np.int64: ctypes.c_int64,
    np.int32: ctypes.c_int32,
    np.uint32: ctypes.c_uint32,
    np.uint64: ctypes.c_uint64,
    np.float32: ctypes.c_float,
    np.float64: ctypes.c_double,
}
LARGEST_BLOCK = 1024


class DeviceArray(np.ndarray):
    """An array that computes with its own kind and numbers alone."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **options: Any) -> Any:
        for value in (*inputs, *out):
            if type(value) is np.ndarray and value.ndim:
                raise TypeError(f"{ufunc.__name__}: an array of NumPy among arrays of the device")
        if out:
            options["out"] = tuple(_plain(value) for value in out)
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        return out[0] if out else _on_device(result)

    def get(self) -> np.ndarray:
        """A copy of NumPy's."""
        return np.array(_plain(self))


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, DeviceArray) else value


def _on_device(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(map(_on_device, value))
    return value.view(DeviceArray) if isinstance(value, np.ndarray) else value


@cache
def _compiled(code: str, options: tuple[str, ...]) -> ctypes.CDLL:
    with TemporaryDirectory() as folder:
        text, library = Path(folder) / "kernels.cpp", Path(folder) / "kernels.so"
        text.write_text(code, encoding="utf8")
        flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-shared", "-fPIC", *options]
        subprocess.run(["c++", *flags, "-include", str(HEADER), "-o", str(library), str(text)], check=True)
        return ctypes.CDLL(str(library))


class HostModule:
    """RawModule: the kernels of a text, compiled for the CPU."""

    def __init__(self, *, code: str, options: tuple[str, ...]) -> None:
        (real,) = (option.removeprefix("-DREAL=") for option in options if option.startswith("-DREAL="))
        scalars = {**SCALARS, "real": {"float": np.float32, "double": np.float64}[real]}
        self.library = _compiled(code, options)
        self.parameters = {
            name: [_parameter(text, scalars) for text in parameters.split(",")]
            for name, parameters in re.findall(r"^KERNEL (\w+)\(([^)]*)\)", code, flags=re.MULTILINE)
        }

    def get_function(self, name: str) -> HostKernel:
        """Raises KeyError if there is no such kernel."""
        return HostKernel(name, self.library, self.parameters[name])


def _parameter(text: str, scalars: dict[str, Any]) -> tuple[Any, bool]:
    """The type of a parameter, and whether it is a pointer to values of that type."""
    match = re.fullmatch(r"(?:const )?(\w+) (\*?)\w+", " ".join(text.split()))
    assert match is not None, text
    return scalars[match[1]], bool(match[2])


class HostKernel:
    """A kernel that is called as CuPy's: (grid, block, arguments)."""

    def __init__(self, name: str, library: ctypes.CDLL, parameters: list[tuple[Any, bool]]) -> None:
        self.name, self.library, self.parameters = name, library, parameters

    def __call__(self, grid: tuple[int], block: tuple[int], args: tuple[Any, ...]) -> None:
        (blocks,), (threads,) = grid, block
        if blocks < 1 or not 1 <= threads <= LARGEST_BLOCK:
            raise ValueError(f"{self.name}: {blocks} blocks of {threads} threads cannot be launched")
        values = [self._value(*both) for both in zip(args, self.parameters, strict=True)]
        function = getattr(self.library, self.name)
        self._set("gridDim", blocks)
        self._set("blockDim", threads)
        for i in range(blocks):
            self._set("blockIdx", i)
            for j in range(threads):
                self._set("threadIdx", j)
                function(*values)

    def _set(self, variable: str, value: int) -> None:
        ctypes.c_uint.in_dll(self.library, variable).value = value

    def _value(self, arg: Any, parameter: tuple[Any, bool]) -> Any:
        dtype, is_pointer = parameter
        if not is_pointer:
            if type(arg) is not dtype:
                raise TypeError(f"{self.name}: {arg!r} is no {dtype.__name__}")
            return C_TYPES[dtype](arg)
        if not isinstance(arg, DeviceArray) or arg.dtype != dtype or not arg.flags.c_contiguous:
            raise TypeError(f"{self.name}: no contiguous array of {dtype.__name__} on the device: {arg!r}")
        return ctypes.c_void_p(arg.ctypes.data)


def _asarray(data: Any, dtype: Any = None) -> Any:
    if isinstance(data, DeviceArray) and (dtype is None or data.dtype == dtype):
        return data
    return np.array(_plain(data), dtype=dtype).view(DeviceArray)


def _ascontiguousarray(data: Any, dtype: Any = None) -> Any:
    data = _asarray(data, dtype)
    return data if data.flags.c_contiguous else np.ascontiguousarray(_plain(data)).view(DeviceArray)


def _repeat(array: Any, repeats: Any, axis: int | None = None) -> Any:
    if isinstance(repeats, np.ndarray):
        raise ValueError("repeats must be an int or a list")
    return _on_device(np.repeat(_plain(array), repeats, axis=axis))


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy for arrays of the device."""

    def call(*args: Any, **options: Any) -> Any:
        for value in (*args, *options.values()):
            if type(value) is np.ndarray and value.ndim:
                raise TypeError(f"{function.__name__}: an array of NumPy, where CuPy wants its own")
        return _on_device(function(*args, **options))

    return call


class HostCupy(ModuleType):
    """The module `cupy`: NumPy's functions, but for these."""

    ndarray = DeviceArray
    RawModule = HostModule
    asarray = array = staticmethod(_asarray)
    ascontiguousarray = staticmethod(_ascontiguousarray)
    repeat = staticmethod(_repeat)
    from_dlpack = staticmethod(lambda data: _on_device(np.from_dlpack(data)))
    random = SimpleNamespace(uniform=_wrapped(np.random.uniform))

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        is_function = callable(value) and not isinstance(value, np.ufunc | type)
        return _wrapped(value) if is_function else value


CUPY = HostCupy("cupy")


class CupyOpsOnHost(CupyOps):
    """CupyOps itself, with the stand-in for CuPy."""

    def __init__(self, *args: Any, **options: Any) -> None:
        with patch.dict(sys.modules, {"cupy": CUPY}):
            super().__init__(*args, **options)
