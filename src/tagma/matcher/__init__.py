"""Searching Docs: for sequences of tokens, for phrases, and for shapes of trees.

Reading order: `matcher` (the face), `_patterns` (token patterns taken apart), `_tests` (what predicates ask),
`_program` and `_automaton` with csrc/automaton.h (the search); then `phrasematcher`, `dependencymatcher`, and
`levenshtein`. Components above import the door.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.matcher.levenshtein": "levenshtein",
        "tagma.matcher.matcher": "Matcher",
        "tagma.matcher.phrasematcher": "PhraseMatcher",
    },
    rooms="matcher phrasematcher",
)
