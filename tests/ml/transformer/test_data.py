"""What is kept of a batch and of a doc."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.ml.transformer.batch import flat_rows
from tagma.ml.transformer.data import (
    FullTransformerBatch,
    ModelOutput,
    TransformerData,
    WordpieceBatch,
    install_extensions,
)
from tagma.nn.types import Ragged
from tagma.tokens import Doc


def data_of(n: int = 3, width: int = 4) -> TransformerData:
    """Of a doc with one piece a token."""
    data = TransformerData.zeros(n, width)
    data.model_output["last_hidden_state"][:] = np.arange(n * width, dtype="f").reshape((1, n, width))
    return data


def same(one: TransformerData, other: TransformerData) -> bool:
    return (
        np.array_equal(one.model_output.last_hidden_state, other.model_output.last_hidden_state)
        and one.align.lengths.tolist() == other.align.lengths.tolist()
        and one.wordpieces.strings == other.wordpieces.strings
    )


def test_zeros_and_nothing() -> None:
    """Of a doc that no transformer has seen, and of one without tokens."""
    data = TransformerData.zeros(2, 3)
    assert data.width == 3
    assert data.tensors[0].shape == (1, 2, 3)
    assert not data.tensors[0].any()
    assert data.align.lengths.tolist() == [1, 1]
    assert TransformerData.empty().rows is None
    with pytest.raises(ValueError, match="no 'last_hidden_state'"):
        _ = TransformerData.empty().width
    assert [part.rows for part in FullTransformerBatch.empty(2).doc_data] == [None, None]


def test_bytes_and_pickle() -> None:
    """As msgpack, and as a part of a doc that is copied or sent to another process."""
    data = data_of()
    assert same(TransformerData.empty().from_bytes(data.to_bytes()), data)
    assert same(pickle.loads(pickle.dumps(data)), data)
    assert same(copy.deepcopy(data), data)


def test_pieces() -> None:
    """Some of the stretches, by number or slice; strings are made when they are asked for."""
    calls = []

    def strings() -> list[list[str]]:
        calls.append(1)
        return [["a", "b"], ["c", "[PAD]"]]

    ids = np.asarray([[1, 2], [3, 0]])
    batch = WordpieceBatch(strings, ids, np.asarray([[1, 1], [1, 0]], dtype="f"), [2, 1], None)
    last = batch[-1]
    assert not calls
    assert (last.strings, last.lengths, last.input_ids.tolist()) == ([["c", "[PAD]"]], [1], [[3, 0]])
    assert batch.strings is batch.strings
    assert len(calls) == 1
    assert len(batch[0:2]) == 2
    assert WordpieceBatch.zeros([2, 1]).attention_mask.tolist() == [[1, 1], [1, 0]]
    assert WordpieceBatch.empty().from_dict(batch.to_dict()).strings == batch.strings


def test_split_and_joined() -> None:
    """A batch made of padded arrays is cut at the borders of docs, and put together again."""
    vocab = tagma.blank("en").vocab
    docs = [Doc(vocab, words=["a", "b"]), Doc(vocab), Doc(vocab, words=["c"])]
    hidden = np.arange(3 * 4 * 2, dtype="f").reshape((3, 4, 2))
    align = Ragged(np.asarray([1, 5, 9], dtype="i"), np.asarray([1, 1, 1], dtype="i"))
    spans = [[docs[0][:1], docs[0][1:]], [], [docs[2][:]]]
    batch = FullTransformerBatch(spans, WordpieceBatch.zeros([4, 4, 4]), ModelOutput(last_hidden_state=hidden), align)
    first, none, last = batch.doc_data
    assert none.rows is None
    assert first.model_output.last_hidden_state.shape == (2, 4, 2)
    assert last.align.dataXd.tolist() == [1]
    joined = batch.unsplit_by_doc([first.tensors, last.tensors])
    assert np.array_equal(joined.model_output.last_hidden_state, hidden)
    rows = np.concatenate([first.rows, last.rows])
    assert np.array_equal(batch.with_rows(rows * 2).model_output.last_hidden_state, hidden * 2)


@pytest.mark.transformers
def test_views(bert_folder: Path, make: Any, docs: Any) -> None:
    """The docs of a batch share one array; copies have their own. A part of a batch is known as such."""
    batch = make(bert_folder).predict(docs)
    first, _, third, _ = batch.doc_data
    assert np.shares_memory(first.model_output.last_hidden_state, batch.rows)
    twin = pickle.loads(pickle.dumps(third))
    assert same(twin, third)
    assert not np.shares_memory(twin.model_output.last_hidden_state, batch.rows)
    assert flat_rows(batch.doc_data[1:3]) == (batch, slice(1, 3))
    assert flat_rows([first, third]) is None
    assert flat_rows([twin]) is None
    assert flat_rows([]) is None


@pytest.mark.transformers
def test_tensors_of_pieces(bert_folder: Path, make: Any, docs: Any) -> None:
    """What models of `transformers` take."""
    batch = make(bert_folder).predict(docs)
    tokens = batch.tokens
    assert set(tokens) == {"input_ids", "attention_mask", "input_texts", "token_type_ids"}
    assert tokens["input_ids"].shape == batch.wordpieces.input_ids.shape
    assert set(batch.doc_data[0].tokens) == set(tokens)


@pytest.mark.transformers
def test_docs_with_data_as_bytes(bert_folder: Path, make: Any, docs: Any) -> None:
    """`doc._.trf_data` goes with a doc as bytes, as that of the peer."""
    install_extensions()
    [data] = make(bert_folder).predict(docs[:1]).doc_data
    docs[0]._.trf_data = data
    again = Doc(docs[0].vocab).from_bytes(docs[0].to_bytes())
    assert isinstance(again._.trf_data, TransformerData)
    assert same(again._.trf_data, data)
