"""Saved models: the bytes of the contract, round trips, and files that are broken."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    LSTM,
    Dropout,
    HashEmbed,
    LayerNorm,
    Linear,
    Maxout,
    Model,
    Relu,
    Shim,
    Softmax,
    Unserializable,
    chain,
    deserialize_attr,
    serialize_attr,
)
from tagma.nn.model_files import make_tempfile
from tagma.nn.packing import decode, encode

WORKED_EXAMPLE = """
84 a5 6e6f646573 91 84 a5 696e646578 00 a4 6e616d65 a6 6c696e656172 a4 64696d73 82 a2 6e4f 02 a2 6e49 03 a4 72656673 80
a5 6174747273 91 80
a6 706172616d73 91 82
   a1 57 85 c402 6e64 c3 c404 74797065 a3 3c6634 c404 6b696e64 c400 c405 7368617065 92 02 03 c404 64617461
         c418 00000000 0000803f 00000040 00004040 00008040 0000a040
   a1 62 85 c402 6e64 c3 c404 74797065 a3 3c6634 c404 6b696e64 c400 c405 7368617065 91 02 c404 64617461
         c408 0000003f 000000bf
a5 7368696d73 91 90
"""


def _linear() -> Model:
    model = Linear(2, 3)
    model.set_param("W", np.arange(6, dtype="float32").reshape(2, 3))
    model.set_param("b", np.array([0.5, -0.5], dtype="float32"))
    return model


def test_worked_example() -> None:
    """A linear layer is saved as exactly the 192 bytes of the contract, and loads from them."""
    expected = bytes.fromhex("".join(WORKED_EXAMPLE.split()))
    assert len(expected) == 192
    assert _linear().to_bytes() == expected
    loaded = Linear().from_bytes(expected)
    np.testing.assert_array_equal(loaded.get_param("W"), [[0, 1, 2], [3, 4, 5]])
    assert (loaded.get_dim("nO"), loaded.get_dim("nI")) == (2, 3)
    loaded.get_param("W")[0, 0] = 7  # its own, writable array


def test_attributes_in_the_file() -> None:
    """Each attribute is a MessagePack document of its own."""
    msg = decode(Dropout(0.25).to_bytes())
    assert msg["attrs"] == [{"dropout_rate": bytes.fromhex("cb3fd0000000000000"), "is_enabled": b"\xc3"}]
    assert (msg["params"], msg["shims"]) == ([{}], [[]])


class _Kept(Shim):
    """Holds a list, in place, and takes no bytes but "good"."""

    def to_bytes(self) -> bytes:
        return b"good"

    def from_bytes(self, data: bytes) -> Shim:
        self._model.append(data)
        if data != b"good":
            raise ValueError("bad data")
        return self


def test_wrapped_models_load_together_or_not_at_all() -> None:
    """Where one fails, those before it get back what they had, and native parameters stay."""
    model = _linear()
    model.shims.extend(_Kept([i], {"i": i}) for i in range(3))
    msg = decode(model.to_bytes())
    model.from_bytes(encode(msg))
    assert [shim._model for shim in model.shims] == [[0, b"good"], [1, b"good"], [2, b"good"]]
    before = model.get_param("W")
    msg["shims"][0][2] = b"bad"
    with pytest.raises(ValueError, match="bad data"):
        model.from_bytes(encode(msg))
    assert [shim._model for shim in model.shims[:2]] == [[0, b"good"], [1, b"good"]]
    assert [shim.cfg for shim in model.shims] == [{"i": 0}, {"i": 1}, {"i": 2}]
    assert model.get_param("W") is before


def test_disk(tmp_path: Path) -> None:
    """A file holds exactly the bytes, and no other file is left beside it."""
    path = tmp_path / "model"
    _linear().to_disk(path)
    assert path.read_bytes() == _linear().to_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    assert Linear().from_disk(str(path)).to_bytes() == path.read_bytes()
    assert Linear().can_from_disk(path)
    assert not Linear().can_from_disk(tmp_path / "other")
    assert not Linear().can_from_disk(tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype="int32").reshape(2, 3),
        np.zeros((0, 4), dtype="uint64"),
        np.array(3.5),
        np.array([True, False]),
        np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.float32(1.5),
        np.int64(7),
        {1: "a", "b": [None, 2.5, b"x"]},
        2**64 - 1,
        3 + 4j,
    ],
    ids=repr,
)
def test_values_survive(value: Any) -> None:
    """Arrays of every kind, scalars and plain values come back equal."""
    back = decode(encode(value))
    if isinstance(value, np.ndarray):
        assert back.shape == value.shape
        assert back.dtype == value.dtype.newbyteorder("<")
        np.testing.assert_array_equal(back, value)
    else:
        assert back == value
        assert type(back) is type(value)


def test_peer_reads_our_arrays() -> None:
    """The encoding of arrays is the one of the msgpack-numpy convention, as srsly reads it."""
    srsly = pytest.importorskip("srsly")
    value = {"W": np.arange(6, dtype="float32").reshape(2, 3), "n": np.int64(3)}
    assert encode(value) == srsly.msgpack_dumps(value)
    np.testing.assert_array_equal(srsly.msgpack_loads(encode(value))["W"], value["W"])


def test_unserializable_attributes_are_left_out() -> None:
    """Functions, sets and marked values are not saved; loading keeps the model's own."""
    model = Model(
        "node", lambda m, X, is_train: (X, None), attrs={"f": print, "s": {1}, "u": Unserializable(1), "n": 1}
    )
    assert decode(model.to_bytes())["attrs"] == [{"n": b"\x01"}]
    model.from_bytes(model.to_bytes())
    assert model.attrs["f"] is print


def test_registered_attribute_types() -> None:
    """A type of one's own is saved by its serializer and read by the one of the current value's type."""

    class Colour:
        def __init__(self, name: str) -> None:
            self.name = name

    serialize_attr.register(Colour, lambda _, value, name, model: value.name.encode())
    deserialize_attr.register(Colour, lambda _, value, name, model: Colour(value.decode()))
    model = Model("node", lambda m, X, is_train: (X, None), attrs={"c": Colour("red")})
    data = model.to_bytes()
    model.attrs["c"] = Colour("blue")
    assert model.from_bytes(data).attrs["c"].name == "red"


@pytest.mark.parametrize("cut", [0, 1, 20, 100, 150, 191])
def test_truncated_bytes(cut: int) -> None:
    """A file that ends early is refused with a ValueError, and the model stays as it was."""
    data = _linear().to_bytes()[:cut]
    model = Linear()
    assert not model.can_from_bytes(data)
    with pytest.raises(ValueError, match=r"truncated|not a saved model"):
        model.from_bytes(data)
    assert model.has_param("W") is None
    assert model.has_dim("nO") is None


def test_altered_bytes_never_do_worse_than_refuse() -> None:
    """Whatever single byte is changed, loading works or raises ValueError or KeyError, nothing else."""
    data = _linear().to_bytes()
    for place in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[place] ^= change
            Linear().can_from_bytes(bytes(altered))
            with contextlib.suppress(ValueError, KeyError):
                Linear().from_bytes(bytes(altered))


@pytest.mark.parametrize("seed", range(4))
def test_a_failed_load_changes_nothing(seed: int) -> None:
    """Bytes cut, flipped, put in or taken out at random: what is refused, by the one word or the other, leaves the
    model, its attributes and references as they were."""
    rng = np.random.default_rng(seed)

    def make() -> Model:
        return chain(Dropout(0.5), LSTM(2, 3), Linear(4, 2))

    model, other = make().initialize(), make().initialize()
    other.layers[2].set_param("b", np.ones(4, dtype="float32"))
    before, data = model.to_bytes(), other.to_bytes()
    refused = 0
    for _ in range(300):
        place = int(rng.integers(len(data)))
        altered = [
            data[:place],
            data[:place] + bytes([data[place] ^ 1 << int(rng.integers(8))]) + data[place + 1 :],
            data[:place] + rng.bytes(int(rng.integers(1, 6))) + data[place:],
            data[:place] + data[place + int(rng.integers(1, 6)) :],
            data[:place] + b"\xc6\xff\xff\xff\xff" + data[place:],
        ][int(rng.integers(5))]
        try:
            model.from_bytes(altered)
        except (ValueError, KeyError):
            refused += 1
            assert model.to_bytes() == before
        else:
            model = make().from_bytes(before)
    assert refused > 100


def test_lengths_are_not_trusted() -> None:
    """An array whose data are shorter or longer than its shape says is refused, with both numbers."""
    array = {b"nd": True, b"type": "<f4", b"kind": b"", b"shape": [2, 3]}
    for n_bytes in (20, 28):
        data = encode({"nodes": [], "x": {**array, b"data": bytes(n_bytes)}})
        with pytest.raises(ValueError, match=f"takes 24 bytes, but has {n_bytes}"):
            decode(data)
    with pytest.raises(ValueError, match="not allowed"):
        decode(encode({**array, b"type": "|O", b"data": bytes(24)}))


def test_structure_must_agree() -> None:
    """Other node counts and conflicting dims are refused with a message that names them."""
    data = _linear().to_bytes()
    with pytest.raises(ValueError, match=r"3 nodes.*1"):
        chain(Linear(), Linear()).from_bytes(data)
    with pytest.raises(ValueError, match="nO is 5, but 2"):
        Linear(5).from_bytes(data)
    with pytest.raises(KeyError, match="nO"):
        Dropout().from_bytes(data)
    with pytest.raises(ValueError, match="not a saved model"):
        Linear().from_bytes(encode({"other": 1}))


def test_can_from_dict() -> None:
    """Only what fits is said to fit; names and attributes count when strict."""
    data = _linear().to_bytes()
    assert Linear().can_from_bytes(data)
    assert Linear(2, 3).can_from_bytes(data)
    assert not Linear(5).can_from_bytes(data)
    assert not Relu().can_from_bytes(data)
    assert Relu().can_from_bytes(data, strict=False)
    assert not Linear().can_from_bytes(encode([1, 2]))
    assert not Linear().can_from_bytes(b"")
    wrong_shape = Linear()
    wrong_shape.set_param("W", np.zeros((4, 4), dtype="float32"))
    assert not wrong_shape.can_from_bytes(data)
    dropout = Dropout(0.1).to_bytes()
    assert not Dropout(0.2).can_from_bytes(dropout)
    assert Dropout(0.2).can_from_bytes(dropout, strict=False)


def test_references_are_saved_by_place() -> None:
    """References come back as references; one that leads out of the tree cannot be saved."""
    model = chain(Relu(2, 2), Linear(2, 2)).initialize()
    model.set_ref("out", model.layers[1])
    model.set_ref("none", None)
    twin = chain(Relu(), Linear()).from_bytes(model.to_bytes())
    assert twin.get_ref("out") is twin.layers[1]
    assert twin.has_ref("none") is None
    model._refs["out"] = Linear()
    with pytest.raises(ValueError, match="out"):
        model.to_bytes()


@pytest.mark.parametrize(
    ("model", "param"),
    [
        (lambda: Linear(4, 3), "W"),
        (lambda: Linear(4, 3), "b"),
        (lambda: Softmax(4, 3), "W"),
        (lambda: Maxout(4, 3, 2), "W"),
        (lambda: Maxout(4, 3, 2), "b"),
        (lambda: LayerNorm(4), "G"),
        (lambda: HashEmbed(4, 10), "E"),
    ],
)
def test_parameters_of_another_shape(model: Any, param: str) -> None:
    """A parameter that has not the shape its dims say never reaches a kernel: the error has both shapes."""
    made = model().initialize()
    msg = made.to_dict()
    right = msg["params"][0][param]
    for wrong in (right[:1], right[:0], np.concatenate([right, right]), right.reshape(1, -1)[0][:2], right[..., None]):
        altered = {**msg, "params": [{**msg["params"][0], param: wrong}]}
        for target in (model(), model().initialize()):
            with pytest.raises(ValueError, match=rf"'{param}' of node 0.*shape \({wrong.shape[0]}.*{right.shape[0]}"):
                target.from_dict(altered)
    np.testing.assert_array_equal(model().from_dict(msg).get_param(param), right)


def test_a_temporary_file_is_removed() -> None:
    """The file can be written within the block and is gone after it."""
    with make_tempfile("w") as file_:
        path = Path(file_.name)
        assert path.exists()
    assert not path.exists()
