"""extract_ngrams: docs in, the distinct n-grams of each and how often they occur out.

docs ──▶ keys uint64 (n_keys,), counts float32 (n_keys,), lengths int32 (n_docs,)      what SparseLinear takes
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tagma.attrs import LOWER
from tagma.ml._ngrams import count_ngrams
from tagma.ml.featureextractor import read_features
from tagma.nn import Model
from tagma.nn.types import Floats1d, Ints1d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

NgramsT = tuple[Ints1d, Floats1d, Ints1d]


@registry.layers("spacy.extract_ngrams.v1")
def extract_ngrams(ngram_size: int, attr: int | str = LOWER) -> Model[list[Doc], NgramsT]:
    """Count n-grams.

    ngram_size    The longest n-grams; single tokens are always among them.
    attr          The attribute of the tokens, by id or name.
    """
    return Model("extract_ngrams", forward, attrs={"ngram_size": ngram_size, "attr": attr})


def forward(
    model: Model[list[Doc], NgramsT], docs: Sequence[Any], is_train: bool
) -> tuple[NgramsT, Callable[[Any], list[Any]]]:
    """Docs or spans to keys, counts and lengths. No gradient flows back."""
    ops = model.ops
    values, lengths = read_features(docs, [model.attrs["attr"]])
    keys, counts, found = count_ngrams(values.reshape(-1), lengths, model.attrs["ngram_size"])

    def backprop(d_counts: Any) -> list[Any]:
        return []

    return (ops.asarray(keys), ops.asarray(counts), ops.asarray(found)), backprop
