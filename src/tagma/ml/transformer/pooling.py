"""From pieces to tokens: the layers behind a transformer in the network of a component.

transformer-listener ──▶ [TransformerData] ──▶ trfs2arrays ──▶ [float32 (n_tokens, width)]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.ml.listener import Backprop, Listener, no_gradient
from tagma.ml.transformer.batch import DocList, flat_rows
from tagma.ml.transformer.data import (
    HIDDEN,
    FullTransformerBatch,
    ModelOutput,
    TransformerData,
    doc_data_of,
    install_extensions,
)
from tagma.nn import Model, chain
from tagma.nn.types import ArrayList, Floats2d, Ints1d, Ragged, get_array_module

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = [
    "TransformerListener",
    "gradient_rows",
    "replace_listener",
    "replace_listener_cfg",
    "split_trf_batch",
    "trfs2arrays",
]


class TransformerListener(Listener["list[TransformerData]"]):
    """One node, "transformer-listener": where the output of a transformer component comes into another network.

    upstream_name    Name of the transformer component to listen to; "*" takes any.
    """

    name = "transformer-listener"

    def __init__(self, upstream_name: str) -> None:
        Model.__init__(self, name="transformer-listener", forward=_listen, dims={"nO": None})
        self._listen_to(upstream_name)
        install_extensions()


def _listen(model: TransformerListener, docs: Sequence[Doc], is_train: bool) -> tuple[list[TransformerData], Backprop]:
    """What was received when training on a received batch, else what `doc._.trf_data` has, or zeros.

    Raises ValueError: E203 if training without a received batch on docs without data, E4459 if it is something else.
    """
    if is_train and (found := model.take(docs)) is not None:
        return found
    outputs = []
    for doc in docs:
        data = doc_data_of(doc)
        if data is None:
            if is_train:
                upstream = "transformer" if model.upstream_name == "*" else model.upstream_name
                raise ValueError(Errors.E203.format(name=upstream).replace("doc.tensor", "doc._.trf_data"))
            data = TransformerData.zeros(len(doc), model.get_dim("nO"), xp=model.ops.xp)
        elif not isinstance(data, TransformerData):
            raise ValueError(Errors.E4459.format(type=type(data).__name__))
        outputs.append(data)
    return outputs, no_gradient


def split_trf_batch() -> Model[FullTransformerBatch, list[TransformerData]]:
    """One node, "split-trf-batch": a batch of a transformer, doc by doc."""
    return Model("split-trf-batch", _split)


def _split(
    model: Model[Any, Any], batch: FullTransformerBatch, is_train: bool
) -> tuple[list[TransformerData], Backprop]:
    return batch.doc_data, lambda d_docs: joined(batch, d_docs)


def joined(batch: FullTransformerBatch, d_docs: Sequence[TransformerData]) -> FullTransformerBatch:
    """A batch with gradients, given doc by doc, in the place of its arrays."""
    return batch.with_rows(gradient_rows(d_docs))


def gradient_rows(d_docs: Sequence[TransformerData]) -> Floats2d:
    """Gradients of docs, those that have some, as one array: float32 (n_rows, width)."""
    if isinstance(d_docs, DocList) and d_docs.rows is not None:
        return d_docs.rows
    parts = [data.rows for data in d_docs if data.rows is not None]
    rows: Floats2d = get_array_module(parts[0]).concatenate(parts)
    return rows


def trfs2arrays(pooling: Model[Ragged, Floats2d], grad_factor: float) -> Model[list[TransformerData], list[Floats2d]]:
    """One node, "trfs2arrays": the vectors of each token's pieces become one.

    pooling        Ragged (rows of pieces, for each token) -> float32 (n_tokens, width)
    grad_factor    what gradients for the transformer are multiplied by
    """
    return Model("trfs2arrays", _pool, layers=[pooling], attrs={"grad_factor": grad_factor})


def _pool(
    model: Model[list[TransformerData], list[Floats2d]], docs: list[TransformerData], is_train: bool
) -> tuple[list[Floats2d], Backprop]:
    """A doc without vectors gives (0, width). Tokens of a doc none of which has a piece give what pooling makes of one
    row of zeros; for other tokens without pieces it is asked for the vector of nothing."""
    taken = _take(model, docs)
    if taken is None:
        return [model.ops.alloc2f(0, 0) for _ in docs], lambda dY: DocList()
    rows, index = taken.rows, model.ops.asarray1i(taken.index)
    Xr = Ragged(rows[index], model.ops.asarray1i(taken.lengths))
    Y, backprop_pooling = model.layers[0](Xr, is_train)
    grad_factor = model.attrs["grad_factor"]

    def backprop(dY: Sequence[Floats2d]) -> list[TransformerData]:
        flat = dY.flat if isinstance(dY, ArrayList) and dY.intact() else model.ops.xp.concatenate(list(dY))
        d_rows = model.ops.alloc2f(*rows.shape)
        model.ops.scatter_add(d_rows, index, backprop_pooling(flat).rows)
        d_rows *= grad_factor
        return _gradients(docs, d_rows, taken.n_rows)

    return ArrayList.from_flat(Y, taken.n_tokens), backprop


@dataclass
class _Taken:
    """Rows of some docs: `index` of those that tokens have, `lengths` how many each, tokens and rows of each doc."""

    rows: Floats2d
    index: Ints1d
    lengths: Ints1d
    n_tokens: Ints1d
    n_rows: Ints1d


def _take(model: Model[Any, Any], docs: list[TransformerData]) -> _Taken | None:
    """The rows of docs end to end, without a copy if they are those of one batch; None if there are none."""
    if (found := flat_rows(docs)) is not None:
        batch, which = found
        layout = batch.layout
        tokens = slice(int(layout.token_starts[which.start]), int(layout.token_starts[which.stop]))
        first, last = int(layout.row_starts[which.start]), int(layout.row_starts[which.stop])
        align = batch.row_align if which == slice(0, len(layout.n_spans)) else batch.row_align[tokens]
        n_rows = (layout.n_spans * layout.longest)[which]
        taken = _Taken(
            batch.rows[first:last], align.dataXd - first, align.lengths, layout.n_tokens[which].astype("int32"), n_rows
        )
    else:
        parts = [(data.rows, data.align) for data in docs]
        filled = [(rows, align) for rows, align in parts if rows is not None]
        if not filled:
            return None
        n_rows = np.asarray([0 if rows is None else len(rows) for rows, _ in parts])
        starts = np.cumsum([len(rows) for rows, _ in filled]) - [len(rows) for rows, _ in filled]
        taken = _Taken(
            model.ops.xp.concatenate([rows for rows, _ in filled]),
            np.concatenate([align.dataXd + start for (_, align), start in zip(filled, starts, strict=True)]),
            np.concatenate([align.lengths for _, align in filled]),
            np.asarray([0 if rows is None else len(align.lengths) for rows, align in parts], dtype="int32"),
            n_rows,
        )
    return _with_zeros(model, taken)


def _with_zeros(model: Model[Any, Any], taken: _Taken) -> _Taken:
    """With a row of zeros for each token of the docs that have no pieces of any token."""
    ends = np.cumsum(taken.n_tokens)
    totals = np.concatenate([[0], np.cumsum(taken.lengths)])
    lacking = (totals[ends] == totals[ends - taken.n_tokens]) & (taken.n_tokens > 0)
    if not lacking.any():
        return taken
    width = taken.rows.shape[1]
    rows = model.ops.xp.concatenate([taken.rows, model.ops.alloc2f(1, width)])
    is_lacking = np.repeat(lacking, taken.n_tokens)
    index = np.insert(taken.index, totals[:-1][is_lacking], len(taken.rows))
    lengths = np.where(is_lacking, 1, taken.lengths).astype("int32")
    return _Taken(rows, index, lengths, taken.n_tokens, taken.n_rows)


def _gradients(docs: list[TransformerData], d_rows: Floats2d, n_rows: Ints1d) -> DocList:
    """Gradients of the vectors of docs: one for each doc that has some."""
    starts = np.concatenate([[0], np.cumsum(n_rows)])
    d_rows = d_rows[: int(starts[-1])]
    found = DocList(
        Gradient(data, d_rows[start:end])
        for data, start, end in zip(docs, starts[:-1].tolist(), starts[1:].tolist(), strict=True)
        if end > start
    )
    found.rows = d_rows
    return found


class Gradient(TransformerData):
    """The gradient of what a transformer says of a doc, of which it has pieces and alignment."""

    def __init__(self, of: TransformerData, rows: Floats2d) -> None:
        self._of = of
        self._rows = rows

    @property
    def wordpieces(self) -> Any:  # type: ignore[override]  # made when asked for
        """The doc's spans in pieces."""
        return self._of.wordpieces

    @property
    def align(self) -> Ragged:  # type: ignore[override]  # made when asked for
        """For each token the rows of its pieces."""
        return self._of.align

    @property
    def model_output(self) -> ModelOutput:  # type: ignore[override]  # made when asked for
        """The gradient, in the shape of the vectors."""
        return ModelOutput({HIDDEN: self._rows.reshape(self._of.model_output[HIDDEN].shape)})


# -- A component with a transformer of its own


def replace_listener(model: Model[Any, Any]) -> Model[Any, Any]:
    """What takes the place of a listener: the transformer itself."""
    return chain(model, split_trf_batch())


def replace_listener_cfg(tok2vec_model_cfg: dict[str, Any], listener_model_cfg: dict[str, Any]) -> dict[str, Any]:
    """The config of that: the transformer's, with how the listener pools."""
    result = dict(tok2vec_model_cfg)
    is_transformer = "TransformerModel" in tok2vec_model_cfg["@architectures"]
    if is_transformer and "TransformerListener" in listener_model_cfg["@architectures"]:
        result["@architectures"] = "spacy-transformers.Tok2VecTransformer.v3"
        for key in ("pooling", "grad_factor"):
            if key in listener_model_cfg:
                result.setdefault(key, listener_model_cfg[key])
    return result
