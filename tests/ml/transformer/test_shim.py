"""A transformer as bytes: its settings, weights and tokenizer."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.ml.transformer.shim import HFShim
from tagma.nn.packing import decode, encode
from tagma.nn.shims.states import is_safetensors

pytestmark = pytest.mark.transformers


def fresh(make: Any) -> Any:
    """A model of a folder that is not there."""
    return make(Path("nowhere"), load=False)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot connect."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("loading asked for a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("state_format", ["safetensors", "torch"])
@pytest.mark.usefixtures("no_network")
def test_bytes(folder: Path, make: Any, docs: Any, state_format: str) -> None:
    """What is loaded says the same and is saved the same again, in the format it had; nothing is looked up."""
    model = make(folder)
    model.shim.state_format = state_format
    data = model.to_bytes()
    twin = fresh(make).from_bytes(data)
    assert np.array_equal(twin.predict(docs).rows, model.predict(docs).rows)
    assert twin.get_dim("nO") == 32
    assert twin.tokenizer.is_fast
    assert twin.shim.state_format == state_format
    again = fresh(make).from_bytes(twin.to_bytes())
    assert again.to_bytes() == twin.to_bytes()


def test_layout(bert_folder: Path, make: Any) -> None:
    """Keys of the contract; weights as safetensors; no path of this machine."""
    data = make(bert_folder).shim.to_bytes()
    msg = decode(data, "a shim")
    assert set(msg) == {"config", "state", "tokenizer", "_init_tokenizer_config", "_init_transformer_config"}
    assert is_safetensors(msg["state"])
    assert {"kwargs", "tokenizer.json", "tokenizer_config.json", "vocab.txt"} <= set(msg["tokenizer"])
    assert msg["tokenizer"]["kwargs"] == {"use_fast": True}
    assert msg["config"]["model_type"] == "bert"
    assert str(bert_folder).encode() not in data


def test_not_loaded_yet(bert_folder: Path, make: Any) -> None:
    """Settings for loading are kept."""
    model = make(bert_folder, load=False, tokenizer_config={"use_fast": True}, transformer_config={"a": 1})
    twin = fresh(make).from_bytes(model.to_bytes())
    assert twin.transformer is None
    assert (twin._init_tokenizer_config, twin._init_transformer_config) == ({"use_fast": True}, {"a": 1})


def test_copies(bert_folder: Path, make: Any, docs: Any) -> None:
    """A copy has weights of its own."""
    model = make(bert_folder)
    twin = model.copy()
    before = model.predict(docs).rows
    for param in twin.transformer.parameters():
        param.data += 0.5
    assert twin.transformer is twin.shim._model
    assert np.array_equal(model.predict(docs).rows, before)
    assert not np.allclose(twin.predict(docs).rows, before)


def altered(data: bytes, change: Any) -> bytes:
    msg = decode(data, "a shim")
    change(msg)
    return encode(msg)


def test_unknown_weights_are_dropped(bert_folder: Path, make: Any) -> None:
    """Older files have more."""
    from safetensors.numpy import load, save

    shim = make(bert_folder).shim
    more = altered(
        shim.to_bytes(), lambda msg: msg.update(state=save({**load(msg["state"]), "other": np.zeros(2, dtype="f")}))
    )
    shim.from_bytes(more)


@pytest.mark.parametrize("name", ["../evil.py", "/tmp/evil", "a\\b", "a/b", "", ".."])
def test_files_out_of_the_folder(bert_folder: Path, make: Any, name: str) -> None:
    """A name of a file that is a path is refused."""
    shim = make(bert_folder).shim
    data = altered(shim.to_bytes(), lambda msg: msg["tokenizer"].update({name: b"x"}))
    with pytest.raises(ValueError, match=r"\[E4453\].*is no file of a tokenizer"):
        shim.from_bytes(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda msg: msg.update(state=5), r"\[E4453\].*'state' is no bytes"),
        (lambda msg: msg.update(state=b"PK not a zip"), "cannot be read"),
        (lambda msg: msg.update(state=b"nonsense"), "neither a file of torch.save nor one of safetensors"),
        (lambda msg: msg.pop("tokenizer"), r"\[E4453\].*is no map of"),
        (lambda msg: msg["config"].pop("model_type"), r"\[E4453\]"),
        (lambda msg: msg["config"].update(model_type="nonsense"), r"\[E4453\]"),
        (lambda msg: msg["config"].update(num_hidden_layers=4), r"\[E4454\].*are missing, such as 'encoder.layer.3"),
        (lambda msg: msg["config"].update(hidden_size=64), r"\[E4454\].*BertModel"),
        (lambda msg: msg["tokenizer"].update({"tokenizer.json": b"{"}), r"\[E4453\]"),
    ],
)
def test_damaged(bert_folder: Path, make: Any, docs: Any, change: Any, message: str) -> None:
    """Each is told, and what was there stays."""
    model = make(bert_folder)
    before = model.predict(docs).rows
    with pytest.raises(ValueError, match=message):
        model.shim.from_bytes(altered(model.shim.to_bytes(), change))
    assert np.array_equal(model.predict(docs).rows, before)


def test_code_is_never_loaded(bert_folder: Path, make: Any) -> None:
    """Settings that would have code fetched are dropped, also those of a tokenizer."""
    shim = make(bert_folder).shim

    def with_code(msg: Any) -> None:
        msg["config"]["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
        msg["tokenizer"]["evil.py"] = b"raise SystemExit('code was run')"

    shim.from_bytes(altered(shim.to_bytes(), with_code))
    assert type(shim._model).__name__ == "BertModel"


def test_formats(bert_folder: Path, make: Any) -> None:
    """There are two."""
    with pytest.raises(ValueError, match="state_format must be one of 'safetensors', 'torch'"):
        HFShim(make(bert_folder).shim._hfmodel, state_format="pickle")


def test_scaling_is_for_gpus(bert_folder: Path, make: Any) -> None:
    """On a CPU nothing runs in half precision, and no gradient is scaled; settings are kept."""
    shim = make(bert_folder, mixed_precision=True, grad_scaler_config={"init_scale": 32768}).shim
    assert shim._mixed_precision
    assert shim._grad_scaler.scale_factor == 32768
    assert not shim._grad_scaler.enabled
