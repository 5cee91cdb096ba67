"""States of wrapped models: their outline as bytes, arrays by name as safetensors, all parameters as one vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..packing import decode
from ..types import get_array_module

__all__ = [
    "as_vector",
    "check_choice",
    "check_state",
    "from_safetensors",
    "from_vector",
    "is_safetensors",
    "read_parts",
    "to_safetensors",
]

_SAFETENSORS_HEADER = 8  # bytes that say how long the description is, which begins with a brace


def read_parts(data: Any, key: str, framework: str) -> tuple[dict[str, Any], bytes]:
    """(config, the bytes under `key`) of a saved shim. Raises ValueError."""
    msg = decode(data, f"the saved {framework} module")
    if not isinstance(msg, dict) or not isinstance(msg.get("config"), dict) or not isinstance(msg.get(key), bytes):
        raise ValueError(
            f"this is no saved {framework} module: it must be a map of 'config', a map, and {key!r}, bytes"
        )
    return msg["config"], msg[key]


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raises ValueError unless a setting has one of its values."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, but is {value!r}")


def check_state(state: dict[str, Any], shapes: dict[str, tuple[int, ...]], what: str) -> None:
    """Raises ValueError unless a state has the names and shapes that a model has."""
    if other := sorted(state.keys() ^ shapes.keys()):
        here = "has" if other[0] in shapes else "lacks"
        raise ValueError(f"the saved state is not that of this {what}, which {here} {other[0]!r}")
    for name, shape in shapes.items():
        if tuple(state[name].shape) != shape:
            raise ValueError(
                f"the saved state is not that of this {what}: {name!r} has shape {tuple(state[name].shape)} in it, "
                f"and {shape} here"
            )


# -- Arrays as safetensors


def is_safetensors(data: bytes) -> bool:
    """Whether bytes are in the format of safetensors, by their beginning."""
    length = int.from_bytes(data[:_SAFETENSORS_HEADER], "little")
    brace = data[_SAFETENSORS_HEADER : _SAFETENSORS_HEADER + 1]
    return brace == b"{" and length <= len(data) - _SAFETENSORS_HEADER


def to_safetensors(arrays: dict[str, Any]) -> bytes:
    """NumPy arrays by name in the format of safetensors. Raises ImportError without that package."""
    try:
        from safetensors.numpy import save
    except ImportError:
        raise ImportError("writing the state of a module in this format needs: pip install safetensors") from None
    data: bytes = save(arrays)
    return data


def from_safetensors(data: bytes, framework: str) -> dict[str, Any]:
    """The arrays. Raises ValueError for damaged data, ImportError without the package."""
    try:
        from safetensors.numpy import load
    except ImportError:
        raise ImportError("reading the state of a module in this format needs: pip install safetensors") from None
    try:
        arrays: dict[str, Any] = load(data)
    except Exception as error:  # the library has errors of its own, which differ by version
        raise ValueError(f"the saved state of the {framework} module cannot be read: {error}") from error
    return arrays


# -- All parameters as one vector


def as_vector(arrays: Sequence[Any]) -> Any:
    """Arrays, at least one, end to end in a new vector of 32 bits or more."""
    vector = get_array_module(arrays[0]).concatenate([array.reshape(-1) for array in arrays])
    return vector.astype("float32") if vector.dtype.itemsize < 4 else vector


def from_vector(vector: Any, shapes: Sequence[tuple[int, ...]], what: str) -> list[Any]:
    """The arrays of these shapes that a vector holds, as views. Raises ValueError if it has another length."""
    sizes = [_size(shape) for shape in shapes]
    if vector.shape != (sum(sizes),):
        raise ValueError(f"{what} has {sum(sizes)} numbers, but the values to use have shape {tuple(vector.shape)}")
    parts, start = [], 0
    for shape, size in zip(shapes, sizes, strict=True):
        parts.append(vector[start : start + size].reshape(shape))
        start += size
    return parts


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size
