"""Word vectors: a table of rows, and how the keys of texts find them.

Reading order: `base` (what a vocabulary needs of vectors, whoever makes them), `table` (`Vectors`, with a row for each
key or with rows for the pieces of words), `rows` (the nearest rows, equal rows), `files` (how tables are read, mapped
and written). Lies below the vocabulary, and knows no Docs.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.vectors.base": "BaseVectors Mode",
        "tagma.vectors.table": "Vectors create_mode_vectors",
    },
)
