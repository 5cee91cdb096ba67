"""From pieces to tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.ml.transformer.data import ModelOutput, TransformerData, WordpieceBatch
from tagma.ml.transformer.pooling import TransformerListener, replace_listener_cfg, split_trf_batch, trfs2arrays
from tagma.nn import reduce_max, reduce_mean
from tagma.nn.types import Ragged
from tagma.registries import registry
from tagma.tokens import Doc

from .small import listener, network


def data_of(lengths: list[int], n_pieces: int, seed: int = 0) -> TransformerData:
    """A doc of which each token has so many pieces, in order."""
    hidden = np.random.default_rng(seed).normal(size=(1, n_pieces, 4)).astype("f")
    align = Ragged(np.arange(sum(lengths), dtype="i") + 1, np.asarray(lengths, dtype="i"))
    return TransformerData(WordpieceBatch.zeros([n_pieces]), ModelOutput(last_hidden_state=hidden), align)


def test_mean_of_pieces() -> None:
    """A token's vector is the mean of its pieces' vectors; one without pieces has zeros; a doc without tokens none."""
    data = data_of([1, 2, 0], 5)
    rows = data.rows
    assert rows is not None
    found = trfs2arrays(reduce_mean(), 1.0).predict([data, TransformerData.empty()])
    assert np.allclose(found[0], [rows[1], rows[2:4].mean(axis=0), np.zeros(4)])
    assert found[1].shape == (0, 4)


def test_docs_of_nothing() -> None:
    """Only docs without tokens."""
    assert [part.shape for part in trfs2arrays(reduce_mean(), 1.0).predict([TransformerData.empty()])] == [(0, 0)]


def test_docs_without_any_piece() -> None:
    """A row of zeros stands for the pieces of each token, so that any pooling works."""
    found = trfs2arrays(reduce_max(), 1.0).predict([data_of([1, 1], 4), data_of([0, 0], 2), data_of([2], 4)])
    assert [part.shape for part in found] == [(2, 4), (2, 4), (1, 4)]
    assert not found[1].any()
    assert found[2].any()


@pytest.mark.parametrize("grad_factor", [1.0, 0.5, 0.0])
def test_gradients(grad_factor: float) -> None:
    """Each piece gets its share, times the factor; docs that have no rows get none."""
    docs = [data_of([1, 2], 4), TransformerData.empty(), data_of([0], 2, seed=1)]
    model = trfs2arrays(reduce_mean(), grad_factor)
    found, backprop = model.begin_update(docs)
    d_docs = backprop([np.ones_like(part) for part in found])
    assert [part.rows.shape for part in d_docs] == [(4, 4), (2, 4)]
    assert np.allclose(d_docs[0].rows[:, 0], np.asarray([0, 1, 0.5, 0.5]) * grad_factor)
    assert not d_docs[1].rows.any()
    assert d_docs[0].model_output.last_hidden_state.shape == (1, 4, 4)
    assert d_docs[0].align is docs[0].align
    assert d_docs[0].wordpieces is docs[0].wordpieces


def test_listener_without_a_transformer() -> None:
    """In use it gives zeros; in training it asks for data."""
    doc = Doc(tagma.blank("en").vocab, words=["a", "b"])
    model = registry.resolve({"model": listener()})["model"]
    assert [node.name for node in model.walk()] == [
        "transformer-listener>>trfs2arrays",
        "transformer-listener",
        "trfs2arrays",
        "reduce_mean",
    ]
    model.get_ref("listener").set_dim("nO", 3)
    [vectors] = model.predict([doc])
    assert vectors.shape == (2, 3)
    assert not vectors.any()
    with pytest.raises(ValueError, match=r"\[E203\].*doc._.trf_data: run 'transformer' before"):
        model.begin_update([doc])
    doc._.trf_data = "something else"
    with pytest.raises(ValueError, match=r"\[E4459\] doc._.trf_data is a str"):
        model.predict([doc])


def test_another_batch() -> None:
    """The docs must be those that the transformer saw."""
    vocab = tagma.blank("en").vocab
    model = TransformerListener("*")
    model.receive(1, [], lambda dY: dY)
    with pytest.raises(ValueError, match="E953"):
        model.begin_update([Doc(vocab, words=["a"])])


def test_config_of_an_own_transformer() -> None:
    """The transformer's, with the listener's pooling; other networks stay as they are."""
    made = replace_listener_cfg(network(Path("x")), listener("reduce_max.v1", grad_factor=0.5))
    assert made["@architectures"] == "spacy-transformers.Tok2VecTransformer.v3"
    assert (made["pooling"], made["grad_factor"]) == ({"@layers": "reduce_max.v1"}, 0.5)
    other = {"@architectures": "mine.v1"}
    assert replace_listener_cfg(other, listener()) == other


@pytest.mark.transformers
@pytest.mark.parametrize("version", [1, 2, 3])
def test_own_transformer(folder: Path, docs: Any, version: int) -> None:
    """Docs to vectors of tokens in one network, in the nodes of the contract; weights learn."""
    block = {**network(folder), "tokenizer_config": {"use_fast": True}, "pooling": {"@layers": "reduce_mean.v1"}}
    block["@architectures"] = f"spacy-transformers.Tok2VecTransformer.v{version}"
    model = registry.resolve({"model": block})["model"].initialize(X=docs)
    names = [node.name for node in model.walk()]
    depth = 2 if version == 3 else 1
    assert sorted(names[depth:]) == sorted(
        ["transformer", "split-trf-batch", "trfs2arrays", "hf-pytorch", "reduce_mean"]
    )
    found, backprop = model.begin_update(docs)
    assert [part.shape for part in found] == [(len(doc), 32) for doc in docs]
    assert backprop([np.ones_like(part) for part in found]) == docs
    [trf] = [node for node in model.walk() if node.name == "transformer"]
    assert trf.transformer.embeddings.word_embeddings.weight.grad.abs().sum() > 0


@pytest.mark.transformers
def test_a_batch_of_several(bert_folder: Path, make: Any, docs: Any) -> None:
    """Docs of different batches, or a part of one, give the same as those of one."""
    model, pool = make(bert_folder), trfs2arrays(reduce_mean(), 1.0)
    whole = pool.predict(model.predict(docs).doc_data)
    parts = [*model.predict(docs[:2]).doc_data, *model.predict(docs[2:]).doc_data]
    for data, expected in ((parts, whole), (parts[2:], whole[2:]), (model.predict(docs).doc_data[2:], whole[2:])):
        for ours, theirs in zip(pool.predict(data), expected, strict=True):
            assert np.allclose(ours, theirs, atol=1e-6)


@pytest.mark.transformers
def test_split(bert_folder: Path, make: Any, docs: Any) -> None:
    """A batch doc by doc, and gradients back as a batch."""
    batch = make(bert_folder).predict(docs)
    data, backprop = split_trf_batch().begin_update(batch)
    assert data is batch.doc_data
    assert np.array_equal(backprop([part for part in data if part.rows is not None]).rows, batch.rows)
