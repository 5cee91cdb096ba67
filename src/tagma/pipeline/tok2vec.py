"""tok2vec: one embedding network shared by the components after it, through their listeners.

Writes the vectors to `doc.tensor`. In training it runs once per batch and collects the gradients of its listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.gold.example import validate_get_examples
from tagma.ml.tok2vec_listener import Tok2VecListener as Tok2VecListener
from tagma.nn import Model
from tagma.nn.types import ArrayList, Floats2d
from tagma.pipeline._token_loss import flatten
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.shared_embedding import SharedEmbedding

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

STANDARD_CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}


@factory("tok2vec", default_config={"model": STANDARD_CNN}, assigns=["doc.tensor"])
class Tok2Vec(SharedEmbedding):
    """Share one embedding network among components: those that have a `Tok2VecListener` for this one."""

    listener_class = Tok2VecListener

    def __init__(self, vocab: Vocab, model: Model[list[Doc], list[Floats2d]], name: str = "tok2vec") -> None:
        super().__init__(vocab, model, name)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Infer the network's shapes from the first docs. Raises TypeError E930 without examples."""
        validate_get_examples(get_examples, "Tok2Vec.initialize")
        sample = [example.x for example in islice(get_examples(), 10)]
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        self.model.initialize(X=sample)

    def predict(self, docs: Iterable[Doc]) -> list[Floats2d]:
        """Vectors of each doc, float32 (n_tokens, width)."""
        docs = list(docs)
        if any(map(len, docs)):
            return self._outputs(self.model, docs)
        return ArrayList.from_flat(self.model.ops.alloc2f(0, self.model.get_dim("nO")), [0] * len(docs))

    def set_annotations(self, docs: Sequence[Doc], tokvecses: Sequence[Floats2d]) -> None:
        """Set each doc's tensor: no copies, the docs of a batch share one array."""
        for doc, tokvecs in zip(docs, tokvecses, strict=True):
            if len(tokvecs) != len(doc):
                raise ValueError(f"{self.name}: got {len(tokvecs)} vectors for a doc of {len(doc)} tokens")
            doc.tensor = tokvecs

    def _outputs(self, model: Model[Any, Any], docs: list[Doc]) -> ArrayList[Floats2d]:
        return _compact(model.predict(docs))

    def _handed(self, outputs: Sequence[Floats2d]) -> ArrayList[Floats2d]:
        return _compact(outputs)

    def _flat(self, dY: Sequence[Floats2d]) -> Floats2d:
        flat: Floats2d = flatten(dY)[0]
        return flat

    def _gradient(self, outputs: Sequence[Floats2d], flat: Any) -> ArrayList[Floats2d]:
        return ArrayList.from_flat(flat, [len(tokvecs) for tokvecs in outputs])


make_tok2vec: Callable[..., Tok2Vec] = maker(Tok2Vec)


def _compact(arrays: Sequence[Floats2d]) -> ArrayList[Floats2d]:
    """The arrays as views of one, without the padding that an encoder leaves between them.

    Copied once here, so that no listener needs to.
    """
    if isinstance(arrays, ArrayList) and arrays.intact():
        return arrays
    return ArrayList.from_flat(*flatten(arrays))
