"""Architectures, and the layers that read docs: `tagma.nn` with text in it.

Reading order: `featureextractor`, `extract_ngrams`, `staticvectors` and `_character_embed` (docs in, arrays out),
`listener` and `tok2vec_listener` (where a shared network comes in), `transformer` (pretrained models), `extract_spans`,
`span_maker`, `mean_max` and `span_scores` (from tokens to spans), `precomputable_affine` and `transition_model` (from
vectors to the scores of a parser's actions), `cloze` (hidden words to guess, for pretraining), then `models`, which
wires them. `architectures` imports all files, for the registries. Imported by components and what lies above them;
knows no pipeline.
"""

from tagma.doors import door
from tagma.ml.models import ARCHITECTURES, CLOZE, LAYERS, LINKING

# Files that register something, and what of it is public.
REGISTERED: dict[str, str] = {
    "tagma.ml.callbacks": "create_models_with_nvtx_range",
    **LAYERS,
    "tagma.ml.transformer.data": "FullTransformerBatch TransformerData WordpieceBatch",
    "tagma.ml.transformer.model": "TransformerModel",
    "tagma.ml.transformer.pooling": "TransformerListener split_trf_batch trfs2arrays",
    "tagma.ml.transformer.span_getters": "configure_get_doc_spans configure_get_sent_spans configure_strided_spans",
    **ARCHITECTURES,
}
__getattr__, __dir__, __all__ = door(
    __name__,
    {**REGISTERED, **LINKING, **CLOZE},
    rooms="architectures cloze extract_spans featureextractor mean_max precomputable_affine span_maker span_scores"
    " staticvectors tok2vec_listener transformer transition_model",
)
