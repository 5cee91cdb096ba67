"""TransformerModel: docs in, the vectors of all their pieces out.

    docs ──▶ spans ──▶ pieces ──▶ runs of the model ──▶ rows ──▶ FullTransformerBatch

Spans of all docs are sorted by length and run in parts of about the same length, so that little is padding, whatever
the docs are like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors, Warnings, warn_user
from tagma.ml.transformer.align import align_offsets, align_strings, by_token
from tagma.ml.transformer.batch import PIECE_AXES, Layout, RowBatch
from tagma.ml.transformer.data import HIDDEN, FullTransformerBatch, ModelOutput, WordpieceBatch
from tagma.ml.transformer.pieces import Pieces, encode
from tagma.ml.transformer.pooling import replace_listener, replace_listener_cfg
from tagma.ml.transformer.pretrained import HFObjects, from_name
from tagma.ml.transformer.shim import HFShim
from tagma.nn import Model
from tagma.nn.exchange import torch2xp, xp2torch
from tagma.nn.layers.pytorchwrapper import pytorch_node
from tagma.nn.types import ArgsKwargs, Floats2d, Ints1d, Ragged
from tagma.tokens.columns import gather

if TYPE_CHECKING:
    from tagma.tokens import Doc, Span

__all__ = ["TransformerModel", "set_pytorch_transformer"]

Backprop = Callable[[Any], Any]
UNLIMITED = 10**9  # what tokenizers say where they know of no limit is more
# Pieces, with padding, that a CPU reads at once. More do not stay in its cache: MiniLM on sentences reads 1,320 words a
# second of processor time in parts of 4,096 pieces, 1,600 in parts of 1,024, and no more in smaller ones.
CPU_PART = 1024


class TransformerModel(Model[Any, Any]):
    """Two nodes, "transformer" and "hf-pytorch" in it, with the dim nO once a model is loaded.

    name                  of the model on the hub, or its folder; looked up by `initialize`
    get_spans             docs -> a list of spans for each, which the model reads
    tokenizer_config      settings for loading the tokenizer
    transformer_config    settings for loading the model
    mixed_precision       half precision on a CUDA device
    grad_scaler_config    arguments of PyTorchGradScaler
    Raises ImportError E4450 without the packages that this needs.
    """

    def __init__(
        self,
        name: str,
        get_spans: Callable[[list[Doc]], list[list[Span]]],
        tokenizer_config: Mapping[str, Any] = {},
        transformer_config: Mapping[str, Any] = {},
        mixed_precision: bool = False,
        grad_scaler_config: Mapping[str, Any] = {},
    ) -> None:
        hf_model = HFObjects(
            _init_tokenizer_config=dict(tokenizer_config), _init_transformer_config=dict(transformer_config)
        )
        shim = HFShim(hf_model, mixed_precision=mixed_precision, grad_scaler_config=grad_scaler_config)
        super().__init__(
            "transformer",
            forward,
            init=init,
            layers=[pytorch_node("hf-pytorch", shim, _to_tensors, _from_tensors)],
            dims={"nO": None},
            attrs={
                "get_spans": get_spans,
                "name": name,
                "set_transformer": set_pytorch_transformer,
                "has_transformer": False,
                "flush_cache_chance": 0.0,
                "replace_listener": replace_listener,
                "replace_listener_cfg": replace_listener_cfg,
            },
        )
        self.max_padded: int = 4096

    @property
    def shim(self) -> HFShim:
        """What holds model and tokenizer."""
        shim = self.layers[0].shims[0]
        assert isinstance(shim, HFShim)
        return shim

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of `transformers`; None before it is loaded."""
        return self.shim._hfmodel.tokenizer

    @property
    def transformer(self) -> Any:
        """The model of `transformers`, a `torch.nn.Module`; None before it is loaded."""
        return self.shim._hfmodel.transformer

    @property
    def _init_tokenizer_config(self) -> dict[str, Any]:
        return self.shim._hfmodel._init_tokenizer_config

    @property
    def _init_transformer_config(self) -> dict[str, Any]:
        return self.shim._hfmodel._init_transformer_config


def set_pytorch_transformer(model: TransformerModel, hf_model: HFObjects) -> None:
    """Give a node its model. Raises ValueError E4456 if it has one."""
    if model.attrs["has_transformer"]:
        raise ValueError(Errors.E4456.format(name=model.attrs["name"]))
    model.shim.set_model(hf_model)
    model.attrs["has_transformer"] = True
    model.set_dim("nO", hf_model.transformer.config.hidden_size)


def init(model: TransformerModel, X: Any = None, Y: Any = None) -> None:
    """Load model and tokenizer by name, once. Raises ValueError E4451, E4452, E4457."""
    if not model.attrs["has_transformer"]:
        found = from_name(model.attrs["name"], model._init_tokenizer_config, model._init_transformer_config)
        model.attrs["set_transformer"](model, found)


def forward(model: TransformerModel, docs: list[Doc], is_train: bool) -> tuple[FullTransformerBatch, Backprop]:
    """Run the model over the spans of docs. Raises ValueError: E4455 it is not loaded, E4458 the span getter fails."""
    if model.transformer is None:
        raise ValueError(Errors.E4455.format(name=model.attrs["name"]))
    spans = _spans_of(model, docs)
    flat = list(chain.from_iterable(spans))
    if not flat:
        return FullTransformerBatch.empty(len(docs)), lambda d_output: docs
    pieces = _within_window(model, encode(model.tokenizer, [span.text for span in flat]), flat)
    layout = Layout.of([len(each) for each in spans], pieces.lengths, [len(doc) for doc in docs])
    rows = model.ops.alloc2f(int(layout.row_starts[-1]), model.get_dim("nO"))
    extras: dict[str, list[Any]] = {}
    runs = []
    limit = min(model.max_padded, CPU_PART) if model.shim.device.type == "cpu" else model.max_padded
    for part in parts_of_a_length(pieces.lengths, limit):
        output, backprop = model.layers[0](pieces.batch(part), is_train)
        index = _Places.of(part, pieces.lengths, layout)
        rows[index.rows] = output[HIDDEN].reshape((-1, rows.shape[1]))[index.cells]
        _keep_extras(extras, output, part, pieces.lengths)
        runs.append((index, backprop, output[HIDDEN].shape) if is_train else None)
    batch = RowBatch(spans, pieces, layout, rows, _align(docs, flat, pieces, layout), extras)

    def backprop_runs(d_output: FullTransformerBatch) -> list[Doc]:
        d_rows = d_output.rows if isinstance(d_output, RowBatch) else _rows_of(d_output, batch)
        for index, backprop, shape in filter(None, runs):
            d_hidden = model.ops.alloc(shape)
            d_hidden.reshape((-1, shape[-1]))[index.cells] = d_rows[index.rows]
            backprop(ModelOutput({HIDDEN: d_hidden}))
        return docs

    return batch, backprop_runs


def _spans_of(model: TransformerModel, docs: list[Doc]) -> list[list[Span]]:
    """The spans of each doc that have tokens."""
    spans = model.attrs["get_spans"](docs)
    if len(spans) != len(docs):
        raise ValueError(Errors.E4458.format(n_docs=len(docs), n_lists=len(spans)))
    return [[span for span in each if len(span)] for each in spans]


def parts_of_a_length(lengths: Ints1d, max_padded: int) -> Iterator[Ints1d]:
    """Parts of the sequences, longest first: at most `max_padded` pieces with padding, or a single sequence."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, max_padded // max(1, int(lengths[order[start]])))
        yield order[start : start + count]
        start += count


class _Places:
    """Where the pieces of a part stand: `cells` of its padded batch, and `rows` of all."""

    def __init__(self, cells: Ints1d, rows: Ints1d) -> None:
        self.cells, self.rows = cells, rows

    @classmethod
    def of(cls, part: Ints1d, lengths: Ints1d, layout: Layout) -> _Places:
        """Of the spans `part`."""
        own = lengths[part]
        within = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
        longest = int(own.max(initial=0))
        cells = np.repeat(np.arange(len(part)) * longest, own) + within
        return cls(cells, np.repeat(layout.rows_of_spans[part], own) + within)


def _keep_extras(extras: dict[str, list[Any]], output: ModelOutput, part: Ints1d, lengths: Ints1d) -> None:
    """Put what the model gives besides vectors at the places of its spans, without padding."""
    for name, value in output.items():
        if name == HIDDEN:
            continue
        places = extras.setdefault(name, [None] * len(lengths))
        for i, span in enumerate(part.tolist()):
            n = int(lengths[span])
            places[span] = (
                [_trim(name, a[i], n) for a in value] if isinstance(value, list) else _trim(name, value[i], n)
            )


def _trim(name: str, array: Any, n: int) -> Any:
    index = [slice(None)] * array.ndim
    for axis in PIECE_AXES.get(name, ()):
        index[axis] = slice(0, n)
    return array[tuple(index)].copy()


def _rows_of(d_output: FullTransformerBatch, batch: RowBatch) -> Floats2d:
    """Gradients that were given as one padded array, as rows."""
    hidden = next(iter(d_output.model_output.values()))
    hidden = hidden if hasattr(hidden, "__array_interface__") else torch2xp(hidden)
    rows = np.zeros_like(batch.rows)
    for start, n, gradient in zip(batch.layout.rows_of_spans, batch.pieces.lengths, hidden, strict=True):
        rows[start : start + n] = gradient[:n]
    return rows


# -- Spans and pieces


def _within_window(model: TransformerModel, pieces: Pieces, spans: Sequence[Span]) -> Pieces:
    """The pieces without those beyond what the model reads at once, of which W4140 warns."""
    window = window_of(model.tokenizer, model.transformer)
    longest = int(pieces.lengths.max(initial=0))
    if window is None or longest <= window:
        return pieces
    span = spans[int(pieces.lengths.argmax())]
    warn_user(Warnings.W4140.format(pieces=longest, tokens=len(span), window=window, text=span.text[:40]))
    return pieces.cut(window)


def window_of(tokenizer: Any, transformer: Any) -> int | None:
    """How many pieces the model reads at once, by its tokenizer and its table of places; None if any number."""
    limits = [int(tokenizer.model_max_length)] if tokenizer.model_max_length < UNLIMITED else []
    table = getattr(getattr(transformer, "embeddings", None), "position_embeddings", None)
    if table is not None and hasattr(table, "num_embeddings"):
        offset = 0 if table.padding_idx is None else table.padding_idx + 1
        limits.append(table.num_embeddings - offset)
    return min(limits, default=None)


def _align(docs: list[Doc], spans: Sequence[Span], pieces: Pieces, layout: Layout) -> Ragged:
    """For each token of the docs, the rows of its pieces."""
    index = np.repeat(np.arange(len(docs)), layout.n_spans)
    first = layout.token_starts[index] + np.asarray([span.start for span in spans], dtype="int64")
    sizes = np.asarray([len(span) for span in spans], dtype="int64")
    tokens = np.repeat(first, sizes) + np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    if pieces.offsets is not None:
        characters = gather(docs, ["IDX"])[0][:, 0].astype("int64")
        starts = characters[tokens] - np.repeat(characters[first], sizes)
        at, which = align_offsets(starts, sizes, pieces.offsets, pieces.lengths)
    else:
        at, which = _align_texts(spans, sizes, pieces)
    rows = np.repeat(layout.rows_of_spans, pieces.lengths) + pieces.within()
    return Ragged(*by_token(tokens[at], rows[which], int(layout.token_starts[-1])))


def _align_texts(spans: Sequence[Span], sizes: Ints1d, pieces: Pieces) -> tuple[Ints1d, Ints1d]:
    """Pairs of a token, counted over all spans, and a piece, where the tokenizer does not say where pieces stand."""
    special = set(pieces.tokenizer.all_special_tokens)
    token_starts, piece_starts = np.cumsum(sizes) - sizes, pieces.starts()
    tokens, found = [np.zeros(0, dtype="int64")], [np.zeros(0, dtype="int64")]
    for i, (span, texts) in enumerate(zip(spans, pieces.texts(), strict=True)):
        if not any(word in span.text for word in special):
            texts = ["" if text in special else text for text in texts]
        pairs = align_strings([token.text for token in span], texts)
        tokens.append(pairs[0] + token_starts[i])
        found.append(pairs[1] + piece_starts[i])
    return np.concatenate(tokens), np.concatenate(found)


# -- Arrays and tensors


def _to_tensors(
    model: Model[Any, Any], pieces: WordpieceBatch, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """What a model of `transformers` takes."""
    shim = model.shims[0]
    assert isinstance(shim, HFShim)
    arrays = {"input_ids": pieces.input_ids, "attention_mask": pieces.attention_mask}
    if pieces.token_type_ids is not None:
        arrays["token_type_ids"] = pieces.token_type_ids
    return ArgsKwargs((), {name: xp2torch(array, device=shim.device) for name, array in arrays.items()}), _no_gradient


def _no_gradient(d_inputs: ArgsKwargs) -> list[Any]:
    return []


def _from_tensors(
    model: Model[Any, Any], pieces_output: tuple[WordpieceBatch, Any], is_train: bool
) -> tuple[ModelOutput, Callable[[ModelOutput], ArgsKwargs]]:
    """The arrays of what it gives, and the way back through its vectors."""
    given = pieces_output[1]
    hidden = given.last_hidden_state
    output = ModelOutput()
    for name, value in given.items():
        if hasattr(value, "detach"):
            output[name] = torch2xp(value, ops=model.ops)
        elif isinstance(value, tuple) and value and all(hasattr(t, "detach") for t in value):
            output[name] = [torch2xp(tensor, ops=model.ops) for tensor in value]

    def to_backward(d_output: ModelOutput) -> ArgsKwargs:
        if not hidden.requires_grad:  # every parameter is frozen
            return ArgsKwargs(((),), {"grad_tensors": ()})
        gradient = xp2torch(d_output[HIDDEN], device=hidden.device).to(hidden.dtype)
        return ArgsKwargs((hidden,), {"grad_tensors": gradient})

    return output, to_backward
