"""Docs, their tokens and spans, and the forms in which they are kept.

Reading order: `table` (the columns of a text, and the loops over them), `doc` (the face of a table), `token` and `span`
(views of a Doc), `span_group`; then `columns` (many Docs at once, which is what components use), `forms` (bytes, JSON,
Docs joined and cut out), `doc_bin` with `matrix` (many Docs in a file), `underscore` (extension attributes), `spans`.

`doc`, `token`, `span` and `span_group` know each other; the other files import what lies to the left of them. Rooms above
may import all but the files with an underscore; compiled code that needs values only cimports `table`.
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
