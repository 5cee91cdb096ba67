"""From docs to the vectors of pieces, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.ml.transformer.batch import RowBatch
from tagma.ml.transformer.data import FullTransformerBatch
from tagma.ml.transformer.model import parts_of_a_length, window_of
from tagma.nn import Adam
from tagma.registries import registry

from .small import bert, network

pytestmark = pytest.mark.transformers


def hidden_of(model: Any, text: str) -> np.ndarray[Any, Any]:
    """What the library says of a text by itself."""
    import torch

    with torch.no_grad():
        given = model.transformer.eval()(**model.tokenizer([text], return_tensors="pt"))
    return given.last_hidden_state.numpy()[0]


def test_nodes(bert_folder: Path, make: Any) -> None:
    """Two, with the attributes of the contract."""
    model = make(bert_folder, load=False)
    assert [node.name for node in model.walk()] == ["transformer", "hf-pytorch"]
    assert model.has_dim("nO") is None
    assert set(model.attrs) == {
        *("get_spans", "name", "set_transformer", "has_transformer", "flush_cache_chance"),
        *("replace_listener", "replace_listener_cfg"),
    }
    model.initialize()
    assert model.get_dim("nO") == 32
    assert model.attrs["has_transformer"] is True


@pytest.mark.parametrize("max_padded", [1, 20, 4096])
@pytest.mark.parametrize("getter", ["strided", "doc"])
def test_vectors_are_those_of_the_library(folder: Path, make: Any, docs: Any, getter: str, max_padded: int) -> None:
    """Of each span by itself, whatever stands beside it and however it is cut into parts."""
    model = make(folder, getter)
    model.max_padded = max_padded
    batch = model.predict(docs)
    assert len(batch.doc_data) == len(docs)
    for spans, data in zip(batch.spans, batch.doc_data, strict=True):
        for i, span in enumerate(spans):
            expected = hidden_of(model, span.text)
            assert data.wordpieces.lengths[i] == len(expected)
            assert np.allclose(data.model_output.last_hidden_state[i, : len(expected)], expected, atol=1e-5)


def test_batch_as_one_padded_array(folder: Path, make: Any, docs: Any) -> None:
    """`model_output`, `wordpieces` and `align` of the batch say the same as those of the docs."""
    batch = make(folder).predict(docs)
    hidden = batch.model_output.last_hidden_state.numpy()
    assert hidden.shape[:2] == batch.wordpieces.input_ids.shape
    rows = hidden.reshape((-1, hidden.shape[-1]))
    own = np.concatenate([data.rows[data.align.dataXd] for data in batch.doc_data if data.rows is not None])
    assert np.array_equal(rows[batch.align.dataXd], own)
    plain = FullTransformerBatch(batch.spans, batch.wordpieces, {"last_hidden_state": hidden}, batch.align)
    for ours, theirs in zip(batch.doc_data, plain.doc_data, strict=True):
        if ours.rows is None:
            assert theirs.rows is None
            continue
        assert np.array_equal(ours.rows[ours.align.dataXd], theirs.rows[theirs.align.dataXd])
        assert ours.align.lengths.tolist() == theirs.align.lengths.tolist()


def test_alignment(bert_folder: Path, make: Any) -> None:
    """Each token has the pieces that spell it."""
    doc = tagma.blank("en")("she sells seashells, unbelievable!")
    [data] = make(bert_folder, "doc").predict([doc]).doc_data
    [strings] = data.wordpieces.strings
    found = [[strings[i] for i in data.align[i].dataXd] for i in range(len(doc))]
    assert found == [["she"], ["sells"], ["sea", "##shells"], [","], ["un", "##believ", "##able"], ["!"]]


def test_slow_tokenizers(folder: Path, make: Any) -> None:
    """Where a tokenizer does not say where pieces stand, their texts are compared: the same for words it knows."""
    from tagma.ml.transformer import model as module

    nlp = tagma.blank("en")
    docs = [nlp("she sells seashells, unbelievable!"), nlp(""), nlp("they sleep. she sells old books in the sea.")]
    model = make(folder)
    expected = model.predict(docs).row_align

    def without_offsets(tokenizer: Any, texts: list[str]) -> Any:
        pieces = encode(tokenizer, texts)
        pieces.offsets = None
        return pieces

    encode = module.encode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "encode", without_offsets)
        found = model.predict(docs).row_align
    assert found.lengths.tolist() == expected.lengths.tolist()
    assert found.dataXd.tolist() == expected.dataXd.tolist()


def test_other_arrays(bert_folder: Path, make: Any, docs: Any) -> None:
    """What the settings ask for besides is cut doc by doc: layers, attention."""
    model = make(bert_folder, transformer_config={"output_hidden_states": True, "output_attentions": True,
                                                  "attn_implementation": "eager"})  # fmt: skip
    model.max_padded = 20
    batch = model.predict(docs)
    for doc, data in zip(docs, batch.doc_data, strict=True):
        if not len(doc):
            continue
        output, (n_spans, n_pieces) = data.model_output, data.wordpieces.input_ids.shape
        assert len(output.hidden_states) == 4
        assert np.allclose(output.hidden_states[-1], output.last_hidden_state, atol=1e-6)
        assert output.attentions[0].shape == (n_spans, 4, n_pieces, n_pieces)
        assert output.pooler_output.shape == (n_spans, 32)
    assert len(batch.tensors) == 4
    with pytest.raises(AttributeError, match="has no 'logits'"):
        _ = batch.doc_data[0].model_output.logits


def test_gradients(bert_folder: Path, make: Any, docs: Any) -> None:
    """Those of weights are what finite differences say, also where a batch is cut into parts."""
    model = make(bert_folder)
    model.max_padded = 20
    batch, backprop = model.begin_update(docs)
    direction = np.random.default_rng(0).normal(size=batch.rows.shape).astype("f")
    direction[~np.isin(np.arange(len(direction)), batch.row_align.dataXd)] = 0
    backprop(batch.with_rows(direction))
    weight = model.transformer.encoder.layer[1].output.dense.weight
    gradient = weight.grad[3, 5].item()

    def value() -> float:
        return float((model.predict(docs).rows * direction).sum(dtype="float64"))

    step, values = 1e-2, []
    for sign in (1, -1):
        weight.data[3, 5] += sign * step
        values.append(value())
        weight.data[3, 5] -= sign * step
    assert gradient == pytest.approx((values[0] - values[1]) / (2 * step), rel=2e-2)


def test_gradients_as_padded_arrays(bert_folder: Path, make: Any, docs: Any) -> None:
    """A gradient given for the batch as one padded array does the same as one given by rows."""
    found = []
    for as_rows in (True, False):
        model = make(bert_folder)
        batch, backprop = model.begin_update(docs)
        ones = batch.with_rows(np.where(batch.rows != 0, np.float32(1), np.float32(0)))
        plain = FullTransformerBatch(batch.spans, batch.wordpieces, ones.model_output, batch.align)
        backprop(ones if as_rows else plain)
        found.append(model.transformer.embeddings.word_embeddings.weight.grad.numpy())
    assert np.allclose(*found, atol=1e-4)


def test_steps_change_weights(bert_folder: Path, make: Any, docs: Any) -> None:
    """The optimizer of the network changes those of the module."""
    model = make(bert_folder)
    before = model.predict(docs).rows
    batch, backprop = model.begin_update(docs)
    backprop(batch.with_rows(np.ones_like(batch.rows)))
    model.finish_update(Adam(0.01))
    assert not np.allclose(model.predict(docs).rows, before)


def test_parts() -> None:
    """Longest first, as many as fit with padding; a long one alone."""
    parts = [part.tolist() for part in parts_of_a_length(np.asarray([3, 9, 2, 5, 4]), 10)]
    assert parts == [[1], [3, 4], [0, 2]]


def test_beyond_the_window(tmp_path: Path, make: Any) -> None:
    """What a model cannot read at once is cut off, of which a warning tells; the tokens there have no pieces."""
    model = make(bert(tmp_path, window=12), "doc")
    doc = tagma.blank("en")("a b c d e " * 5)
    with pytest.warns(UserWarning, match=r"\[W4140\] A span of 25 tokens has 27 pieces, and the transformer reads 12"):
        [data] = model.predict([doc]).doc_data
    assert data.align.lengths.tolist() == [1] * 11 + [0] * 14
    assert np.isfinite(data.rows).all()


def test_window_without_a_limit_of_the_tokenizer(bert_folder: Path, folder: Path, make: Any) -> None:
    """The table of places says it, less what the model keeps for padding."""
    model = make(folder)
    model.tokenizer.model_max_length = int(1e30)
    assert window_of(model.tokenizer, model.transformer) == 64


def test_docs_without_spans(bert_folder: Path, make: Any, docs: Any) -> None:
    """Tokens that no span has get no pieces, and docs of nothing but these no rows."""
    model = make(bert_folder)
    model.attrs["get_spans"] = lambda docs: [[doc[1:2]] if len(doc) > 4 else [] for doc in docs]
    batch = model.predict(docs)
    assert [data.align.lengths.sum() for data in batch.doc_data] == [0, 0, 1, 0]
    model.attrs["get_spans"] = lambda docs: [[] for _ in docs]
    assert not isinstance(model.predict(docs), RowBatch)


def test_wrong_span_getter(bert_folder: Path, make: Any, docs: Any) -> None:
    """It must give a list for each doc."""
    model = make(bert_folder)
    model.attrs["get_spans"] = lambda docs: [[docs[0][:]]]
    with pytest.raises(ValueError, match=r"\[E4458\].*gave 1 lists of spans for 4 docs"):
        model.predict(docs)


def test_not_loaded(bert_folder: Path, make: Any, docs: Any) -> None:
    """A model that is not initialized says so, and one takes no second transformer."""
    model = make(bert_folder, load=False)
    with pytest.raises(ValueError, match=r"\[E4455\].*is not loaded"):
        model.predict(docs)
    model.initialize()
    with pytest.raises(ValueError, match=r"\[E4456\]"):
        model.attrs["set_transformer"](model, model.shim._hfmodel)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_versions(bert_folder: Path, docs: Any, version: int) -> None:
    """Each takes its arguments, and says the same."""
    settings = {1: {}, 2: {"transformer_config": {}}, 3: {"mixed_precision": True, "grad_scaler_config": {}}}[version]
    block = network(bert_folder, version=version, **settings)
    model = registry.resolve({"model": block})["model"].initialize()
    batch, backprop = model.begin_update(docs)
    backprop(batch.with_rows(np.ones_like(batch.rows)))
    assert batch.rows.shape[1] == 32
