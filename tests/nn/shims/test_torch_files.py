"""States that `torch.save` wrote, read without PyTorch, and LSTMs made of them."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from tagma.nn import LSTM, PyTorchLSTM, with_padded
from tagma.nn.layers.lstm import load_pytorch_lstm
from tagma.nn.packing import encode
from tagma.nn.shims.torch_files import _integer, _tensor, read_torch_file, write_torch_file


def packed(content: bytes, numbers: bytes = b"", kind: int = zipfile.ZIP_STORED) -> bytes:
    """A file with a pickle and the numbers of a tensor."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", numbers)
    return file.getvalue()


class Evil:
    """What would run a function when it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit",)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a zip"),
        (packed(pickle.dumps(Evil())), "builtins.exec is no part of a tensor"),
        (packed(pickle.dumps(OrderedDict(a=1))), "no map of tensors"),
        (packed(pickle.dumps([])), "no map of tensors"),
        (packed(b"junk"), "cannot be read"),
        (packed(pickle.dumps(OrderedDict()), b"0" * 5000, zipfile.ZIP_DEFLATED), "torch.save does not write"),
    ],
)
def test_other_files(data: bytes, told: str) -> None:
    """What is no state is an error, and no code in it is run."""
    with pytest.raises(ValueError, match="cannot be read") as caught:
        read_torch_file(data)
    assert told in str(caught.value)


def test_an_lstm_needs_the_state_of_one() -> None:
    """A state without its names is an error."""
    data = encode({"config": {}, "state": packed(pickle.dumps(OrderedDict()))})
    with pytest.raises(ValueError, match="not that of an LSTM"):
        load_pytorch_lstm(LSTM(4, 4), data)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (2, 4), (4, 1)), (5, (2,), (1,)), (-1, (2,), (1,)), (0, (3,), (-1,)), (0, (10**12,), (0,))],
)
def test_tensors_beyond_their_numbers(offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    """A tensor that claims more than there is is an error, before room is made for it."""
    with pytest.raises(ValueError, match="reaches beyond its 6 numbers"):
        _tensor(np.zeros(6, dtype="f"), offset, shape, strides)


@pytest.mark.torch
def test_arrays_of_a_state() -> None:
    """All kinds of numbers, views of one storage, and parameters."""
    import torch

    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    tensors = {"a": base, "view": base.t()[1:], "half": base.half(), "ints": base.long(), "none": base[:0]}
    tensors["parameter"] = torch.nn.Parameter(base.double())
    file = io.BytesIO()
    torch.save(tensors, file)
    found = read_torch_file(file.getvalue())
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        assert np.array_equal(found[name], tensor.detach().numpy())
        assert found[name].dtype == tensor.detach().numpy().dtype


@pytest.mark.torch
@pytest.mark.parametrize("bi", [False, True])
@pytest.mark.parametrize("depth", [1, 3])
def test_lstm(bi: bool, depth: int) -> None:
    """A native LSTM with the weights of PyTorch's has its outputs, for each sequence alone."""
    theirs = PyTorchLSTM(6, 5, bi=bi, depth=depth)
    [shim] = [shim for node in theirs.walk() for shim in node.shims]
    core = LSTM(bi=bi, depth=depth)
    assert load_pytorch_lstm(core, shim.to_bytes()) is core
    ours, rng = with_padded(core), np.random.default_rng(0)
    docs = [rng.normal(size=(n, 5)).astype("f") for n in (4, 1, 7)]
    for mine, doc in zip(ours.predict(docs), docs, strict=True):
        assert np.allclose(mine, theirs.predict([doc])[0], atol=1e-5)
    with pytest.raises(ValueError, match="not that of this LSTM"):
        load_pytorch_lstm(LSTM(bi=bi, depth=depth + 1), shim.to_bytes())


def test_what_is_written_is_read() -> None:
    """Arrays of any shape, in their order, and the same bytes each time."""
    arrays = {
        "b.weight": np.arange(6, dtype="float32").reshape(2, 3),
        "a": np.zeros(0, "float32"),
        "é": np.ones((1, 2, 2), "f4"),
    }
    data = write_torch_file(arrays)
    found = read_torch_file(data)
    assert list(found) == list(arrays)
    assert all(
        np.array_equal(found[name], array) and found[name].shape == array.shape for name, array in arrays.items()
    )
    assert write_torch_file(arrays) == data
    assert pickle.loads(pickle.PROTO + b"\x02" + _integer(1 << 33) + pickle.STOP) == 1 << 33


@pytest.mark.torch
def test_pytorch_reads_what_is_written() -> None:
    """With the reader that runs no code."""
    import torch

    found = torch.load(
        io.BytesIO(write_torch_file({"w": np.arange(6, dtype="float32").reshape(2, 3)})), weights_only=True
    )
    assert found["w"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
