"""Knowledge bases: what entities there are, by which names they are called, and a vector for each.

Reading order: `kb` (what all of them can do, and the candidates that they give), `kb_in_memory`, whose entries lie in
`_entries`, compiled, and `disk`, for any number of entities, with `trigrams` for names that are written alike. `build`
writes it from `tables`. `factories` has what configs name, `folders` says which kind is saved somewhere. Imported by
`tagma.ml`, by components and what lies above them; knows Docs, and no pipeline.
"""

from tagma.doors import door

_TABLE = {
    "tagma.kb.build": "HashedVectors build_kb to_memory",
    "tagma.kb.disk": "DiskKB",
    "tagma.kb.kb": "Candidate KnowledgeBase get_candidates get_candidates_batch",
    "tagma.kb.kb_in_memory": "InMemoryLookupKB",
    "tagma.kb.tables": "read_table",
}
__getattr__, __dir__, __all__ = door(__name__, _TABLE, rooms="build disk factories folders kb kb_in_memory tables")
