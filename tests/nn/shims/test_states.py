"""States of wrapped models: outline, names and shapes, vectors."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tagma.nn.packing import encode
from tagma.nn.shims.states import (
    as_vector,
    check_choice,
    check_state,
    from_safetensors,
    from_vector,
    is_safetensors,
    read_parts,
    to_safetensors,
)

ARRAYS = {"a/W": np.arange(6, dtype="float32").reshape(2, 3), "b": np.float32([7.0])}


def test_a_vector_holds_all_arrays() -> None:
    """Arrays end to end and back; a vector of another length is refused, halves become whole."""
    vector = as_vector(list(ARRAYS.values()))
    assert vector.tolist() == [0, 1, 2, 3, 4, 5, 7]
    back = from_vector(vector, [(2, 3), (1,)], "it")
    assert all(np.array_equal(one, other) for one, other in zip(back, ARRAYS.values(), strict=True))
    assert as_vector([np.zeros(2, "float16")]).dtype == np.float32
    assert as_vector([np.zeros(2)]).dtype == np.float64
    with pytest.raises(ValueError, match=r"it has 6 numbers, but the values to use have shape \(7,\)"):
        from_vector(vector, [(2, 3)], "it")


def test_outlines() -> None:
    """A map of the config and the bytes; anything else names the framework."""
    assert read_parts(encode({"config": {"a": 1}, "state": b"x"}), "state", "JAX") == ({"a": 1}, b"x")
    for wrong in ({}, {"config": 1, "state": b""}, {"config": {}, "state": "text"}, [1]):
        with pytest.raises(ValueError, match="this is no saved JAX module"):
            read_parts(encode(wrong), "state", "JAX")
    with pytest.raises(ValueError, match="the saved JAX module"):
        read_parts(b"\xc1", "state", "JAX")


def test_choices() -> None:
    """A setting that is none of its values is refused with these."""
    check_choice("serialize", "a", ["a", "b"])
    with pytest.raises(ValueError, match="serialize must be one of 'a', 'b', but is 'c'"):
        check_choice("serialize", "c", ["a", "b"])


def test_states_of_other_models() -> None:
    """A name too many, one too few, and another shape are each named."""
    shapes = {"a/W": (2, 3), "b": (1,)}
    check_state(ARRAYS, shapes, "net")
    with pytest.raises(ValueError, match="not that of this net, which has 'c'"):
        check_state(ARRAYS, {**shapes, "c": ()}, "net")
    with pytest.raises(ValueError, match="not that of this net, which lacks 'b'"):
        check_state(ARRAYS, {"a/W": (2, 3)}, "net")
    with pytest.raises(ValueError, match=r"'b' has shape \(1,\) in it, and \(2,\) here"):
        check_state(ARRAYS, {**shapes, "b": (2,)}, "net")


@pytest.mark.jax  # whose environment has the package
def test_safetensors_are_known_by_their_beginning() -> None:
    """A length that fits and a brace; MessagePack with a brace in the ninth byte is none."""
    data = to_safetensors(ARRAYS)
    assert is_safetensors(data)
    assert all(np.array_equal(array, ARRAYS[name]) for name, array in from_safetensors(data, "JAX").items())
    for other in (b"", data[:4], encode({"abcdef{": 1}), b"PK\x03\x04    {"):
        assert not is_safetensors(other)
    with pytest.raises(ValueError, match="saved state of the JAX module cannot be read"):
        from_safetensors(data[:-1], "JAX")


def test_without_safetensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the command that installs the package."""
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match="pip install safetensors"):
        to_safetensors(ARRAYS)
    with pytest.raises(ImportError, match="pip install safetensors"):
        from_safetensors(b"", "JAX")
