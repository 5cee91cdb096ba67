"""Docs, their tokens and spans, and the forms in which they are kept.

Reading order: `table` (the columns of a text, and the loops over them), `doc` (the face of a table), `token` and
`span` (views of a Doc), `span_group`, `_retokenize` (tokens merged and split); then `columns` (many Docs at once, which
is what components use), `forms` (bytes, JSON, Docs joined and cut out), `doc_bin` with `matrix` (many Docs in a file),
`underscore` (extension attributes), `spans`.

Imports go from right to left in: underscore, table, columns, forms, doc with token, span, span_group and _retokenize
(which know each other), matrix, doc_bin. Rooms above may import all but the files with an underscore; compiled code
that needs no more than values cimports `table`.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.tokens.doc": "Doc",
        "tagma.tokens.doc_bin": "DocBin",
        "tagma.morphology": "MorphAnalysis",
        "tagma.tokens.span": "Span",
        "tagma.tokens.span_group": "SpanGroup SpanGroups",
        "tagma.tokens.token": "Token",
    },
    rooms="columns doc doc_bin forms span span_group spans table token underscore",
)
