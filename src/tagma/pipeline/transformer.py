"""transformer: a pretrained transformer shared by the components after it, through their listeners.

Writes what it says of a doc to `doc._.trf_data`. In training it runs once per batch and collects the gradients of its
listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Warnings, warn_user
from tagma.ml.transformer.data import FullTransformerBatch, TransformerData, install_extensions
from tagma.ml.transformer.layers import configure
from tagma.ml.transformer.model import TransformerModel
from tagma.ml.transformer.pooling import TransformerListener, gradient_rows
from tagma.ml.transformer.pretrained import from_name
from tagma.ml.transformer.span_getters import null_annotation_setter
from tagma.nn import Model
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.shared_embedding import SharedEmbedding

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn.types import Floats2d
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

DEFAULT_MODEL = {
    "@architectures": "spacy-transformers.TransformerModel.v3",
    "name": "roberta-base",
    "tokenizer_config": {"use_fast": True},
    "transformer_config": {},
    "mixed_precision": False,
    "grad_scaler_config": {},
    "get_spans": {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 128, "stride": 96},
}
# So many times `max_batch_items` tokens are read at a time, which bounds the memory that their vectors take.
ROUNDS = 8
# Settings that the peer's component lacks, kept in `cfg`.
OWN_SETTINGS = ("frozen_layers", "gradient_checkpointing", "state_format")


@factory(
    "transformer",
    default_config={
        "max_batch_items": 4096,
        "set_extra_annotations": {"@annotation_setters": "spacy-transformers.null_annotation_setter.v1"},
        "model": DEFAULT_MODEL,
    },
    assigns=["doc._.trf_data"],
    own_settings=OWN_SETTINGS,
)
class Transformer(SharedEmbedding):
    """Share one transformer among components: those that have a `TransformerListener` for this one.

    set_extra_annotations     called with docs and their FullTransformerBatch, after `doc._.trf_data` is set
    max_batch_items           pieces, with padding, that the model reads at once
    frozen_layers             layers from the bottom, embeddings included, that do not learn; -1 all, None none
    gradient_checkpointing    in training, compute what lies within layers twice, and keep it in memory never
    state_format              how weights are saved: "safetensors", or "torch", which spacy-transformers reads
    """

    listener_class = TransformerListener

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], FullTransformerBatch],
        set_extra_annotations: Callable[[list[Doc], FullTransformerBatch], object] = null_annotation_setter,
        *,
        name: str = "transformer",
        max_batch_items: int = 4096,
        frozen_layers: int | None = None,
        gradient_checkpointing: bool = False,
        state_format: str | None = None,
    ) -> None:
        super().__init__(vocab, model, name, max_batch_items=max_batch_items)
        own = {
            "frozen_layers": frozen_layers,
            "gradient_checkpointing": gradient_checkpointing,
            "state_format": state_format,
        }
        self.cfg.update({key: value for key, value in own.items() if value})
        self.set_extra_annotations: Callable[[list[Doc], FullTransformerBatch], object] = set_extra_annotations
        install_extensions()
        self._configure()

    def _configure(self) -> None:
        """Have the model follow the settings."""
        if isinstance(self.model, TransformerModel):
            configure(self.model, self.name, self.cfg)

    def add_listener(self, listener: TransformerListener, component_name: str) -> None:
        """Register a listener of a component, and tell it how wide the vectors are, if that is known."""
        super().add_listener(listener, component_name)
        if self.model.has_dim("nO") and listener.has_dim("nO") is None:
            listener.set_dim("nO", self.model.get_dim("nO"))

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Load the pretrained model, unless there is one. No examples are needed.

        Raises ValueError: E4451 there is no such model, E4452 the tokenizer is that of another.
        """
        self.model.initialize()
        self._configure()
        for component in self.listening_components:
            for listener in list(self.listener_map[component]):
                self.add_listener(listener, component)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs, in order. A batch that fails goes to the error handler and is left out."""
        install_extensions()
        annotate = self._annotate_all
        return self._in_batches(stream, batch_size, lambda docs: [annotate(part) for part in self._parts_of(docs)])

    def _annotate_all(self, docs: list[Doc]) -> None:
        self.set_annotations(docs, self.predict(docs))

    def _parts_of(self, docs: list[Doc]) -> Iterator[list[Doc]]:
        """Docs in parts of a bounded number of tokens, but of one doc at least."""
        part: list[Doc] = []
        size = 0
        for doc in docs:
            if part and size + len(doc) > ROUNDS * self.cfg["max_batch_items"]:
                yield part
                part, size = [], 0
            part.append(doc)
            size += len(doc)
        if part:
            yield part

    def predict(self, docs: Iterable[Doc]) -> FullTransformerBatch:
        """What the transformer says of docs."""
        docs = list(docs)
        if any(map(len, docs)):
            return self._outputs(self.model, docs)
        return FullTransformerBatch.empty(len(docs))

    def set_annotations(self, docs: Sequence[Doc], predictions: FullTransformerBatch) -> None:
        """Set `doc._.trf_data`: no copies, the docs of a batch share one array."""
        install_extensions()
        for doc, data in zip(docs, predictions.doc_data, strict=True):
            doc._.trf_data = data
        self.set_extra_annotations(list(docs), predictions)

    def _outputs(self, model: Model[Any, Any], docs: list[Doc]) -> FullTransformerBatch:
        output: FullTransformerBatch = model.predict(docs)
        return output

    def _handed(self, outputs: FullTransformerBatch) -> list[TransformerData]:
        return outputs.doc_data

    def _flat(self, dY: Sequence[TransformerData]) -> Floats2d:
        return gradient_rows(dY)

    def _gradient(self, outputs: FullTransformerBatch, flat: Any) -> FullTransformerBatch:
        return outputs.with_rows(flat)

    def _set_cfg(self, read: Callable[[], dict[str, Any]], what: object) -> None:
        super()._set_cfg(read, what)
        self._configure()

    def _load_model(self, data: bytes, source: str) -> None:
        super()._load_model(data, source)
        self._configure()

    def _read_model(self, path: Path) -> None:
        """Also what spacy-transformers 1.0 wrote: a folder, as `transformers` saves a model."""
        if not path.is_dir():
            super()._read_model(path)
            return
        assert isinstance(self.model, TransformerModel)
        warn_user(Warnings.W4142.format(path=path))
        settings = self.model._init_tokenizer_config, self.model._init_transformer_config
        self.model.attrs["set_transformer"](self.model, from_name(str(path), *settings))
        self._configure()


make_transformer: Callable[..., Transformer] = maker(Transformer)
