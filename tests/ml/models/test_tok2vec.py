"""Encoders that run a module of another framework."""

from typing import Any

import numpy as np
import pytest

from tagma.ml import BiLSTMEncoder
from tagma.nn import Adam
from tagma.registries import registry

WIDTH = 6


def batch(*lengths: int) -> list[Any]:
    """Docs of some lengths."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, WIDTH)).astype("f") for n in lengths]


def test_no_layers() -> None:
    """With a depth of 0 vectors stay as they are, without PyTorch."""
    model = registry.architectures.get("spacy.TorchBiLSTMEncoder.v1")(WIDTH, 0, 0.1)
    assert model.name == "noop"
    docs = batch(2, 1)
    assert model.predict(docs) is docs


def test_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it needs is said."""
    monkeypatch.setattr("tagma.nn.compat.has_torch", False)
    with pytest.raises(ImportError, match="pip install torch"):
        BiLSTMEncoder(WIDTH, 1, 0.0)


@pytest.mark.torch
def test_nodes_and_widths() -> None:
    """Lists are padded around the module, whose state has the names and shapes of PyTorch's LSTM."""
    model = BiLSTMEncoder(WIDTH, 2, 0.1)
    names = ["with_padded(with_padded(pytorch))", "with_padded(pytorch)", "pytorch"]
    assert [node.name for node in model.walk()] == names
    assert model.maybe_get_dim("nO") == WIDTH
    [shim] = [shim for node in model.walk() for shim in node.shims]
    shapes = {name: tuple(value.shape) for name, value in shim.named_parameters()}
    assert shapes["weight_ih_l1_reverse"] == (4 * WIDTH // 2, WIDTH)
    assert len(shapes) == 2 * 2 * 4


@pytest.mark.torch
def test_docs_and_their_padding() -> None:
    """Tokens of a doc see each other; the way from the right begins in the padding, the way from the left before it."""
    model = BiLSTMEncoder(WIDTH, 1, 0.0)
    docs = batch(3, 5, 1)
    together = model.predict([*docs, docs[0][:0]])
    assert np.allclose(model.predict([docs[1]])[0], together[1], atol=1e-6)
    assert np.allclose(model.predict([docs[0]])[0][:, : WIDTH // 2], together[0][:, : WIDTH // 2], atol=1e-6)
    assert not np.allclose(model.predict([docs[0]])[0], together[0], atol=1e-6)
    assert together[-1].shape == (0, WIDTH)
    other = docs[0].copy()
    other[2] += 1
    assert not np.allclose(model.predict([other])[0][0], together[0][0])


@pytest.mark.torch
def test_learns_and_is_saved() -> None:
    """Steps lower the loss, and bytes bring the same predictions back."""
    model, docs = BiLSTMEncoder(WIDTH, 2, 0.0), batch(3, 4)
    wanted, optimizer, losses = [np.tanh(doc[::-1]) / 2 for doc in docs], Adam(0.02), []
    for _ in range(40):
        found, backprop = model.begin_update(docs)
        differences = [a - b for a, b in zip(found, wanted, strict=True)]
        losses.append(sum(float((d**2).sum()) for d in differences))
        backprop(differences)
        model.finish_update(optimizer)
    assert losses[-1] < losses[0] / 2
    twin = BiLSTMEncoder(WIDTH, 2, 0.0).from_bytes(model.to_bytes())
    for ours, theirs in zip(model.predict(docs), twin.predict(docs), strict=True):
        assert np.array_equal(ours, theirs)
