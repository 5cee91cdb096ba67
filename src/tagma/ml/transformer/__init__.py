"""Pretrained transformers of the `transformers` library: from docs to spans, to pieces, to vectors, back to tokens.

Reading order: `data` (what is kept of a batch and of a doc), `span_getters` (which stretches of docs are read),
`pieces` (their texts in the model's own pieces), `align` (which pieces are of which token), `pretrained` (where a model
and its tokenizer come from), `shim` (both inside a node, and as bytes), `model` (the node), `listener` and `pooling`
(from pieces to one vector a token, in the networks of components). PyTorch and transformers are imported where a model
is made or run, never before. Imported by `tagma.ml.models.transformer` and `tagma.pipeline.transformer`.
"""
