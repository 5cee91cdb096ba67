"""Base noun phrases of parsed texts, by language: what a noun is to its head where it makes one, and how far it goes.

    NOUN_CHUNKS["fr"](doc)    (start, end, label) of each phrase, left to right, none within another

All functions take a Doc or a Span, and raise ValueError E029 without a parse. English has a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from tagma.errors import Errors

Chunks = Callable[[Any], Iterator[tuple[int, int, int]]]
# Of the head of a phrase: its first and its last token.
Extent = Callable[[Any], tuple[int, int]]

NAMES = frozenset(["NOUN", "PROPN"])
NOUNS = NAMES | {"PRON"}


def parsed(doclike: Any) -> Any:
    """The Doc of a Doc or Span; ValueError E029 without a parse."""
    doc = doclike.doc
    if not doc.has_annotation("DEP"):
        raise ValueError(Errors.E029)
    return doc


def _label(doc: Any) -> int:
    return int(doc.vocab.strings.add("NP"))


def first_conjunct(word: Any) -> Any:
    """The head of a series of conjuncts, going from right to left."""
    head = word.head
    while head.dep_ == "conj" and head.head.i < head.i:
        head = head.head
    return head


def phrases(doclike: Any, deps: frozenset[str], extent: Extent, conjunct: Extent) -> Iterator[tuple[int, int, int]]:
    """Nouns with a label of `deps`, and conjuncts of such; `extent` and `conjunct` say how far they go."""
    label, taken = _label(parsed(doclike)), -1
    for word in doclike:
        if word.pos_ in NOUNS and word.left_edge.i > taken:
            if word.dep_ in deps:
                first, taken = extent(word)
            elif word.dep_ == "conj" and first_conjunct(word).dep_ in deps:
                first, taken = conjunct(word)
            else:
                continue
            yield first, taken + 1, label


def to_head(word: Any) -> tuple[int, int]:
    """From the left edge to the word."""
    return word.left_edge.i, word.i


def whole(word: Any) -> tuple[int, int]:
    """All that hangs on the word."""
    return word.left_edge.i, word.right_edge.i


def _start(word: Any, without: str) -> int:
    """The left edge, or the token after it if it is of that part of speech."""
    edge = word.left_edge
    return int(edge.i + (edge.pos_ == without))


def after_conjunction(word: Any) -> tuple[int, int]:
    """To the word, without a conjunction at the left edge."""
    return _start(word, "CCONJ"), word.i


def romance(word: Any, modifiers: frozenset[str], dets: frozenset[str]) -> tuple[int, int]:
    """Without a preposition; to the right as far as the first child there lets it: an adjective, or part of a name."""
    child = next(iter(word.rights), None)
    last = word
    if child is not None:
        if child.dep_ == "amod":
            last = child.right_edge
        elif child.dep_ in dets and child.pos_ == "DET":
            last = child
        elif child.dep_ in modifiers:
            last = word.right_edge
    return _start(word, "ADP"), last.i


def creole(word: Any) -> tuple[int, int]:
    """Without a preposition; to the last child on the right that is a noun or part of a name."""
    modifiers = ("compound", "flat", "flat:name", "fixed")
    ends = [child.right_edge.i for child in word.rights if child.dep_ in modifiers or child.pos_ == "NOUN"]
    return _start(word, "ADP"), ends[-1] if ends else word.i


def greek(word: Any) -> tuple[int, int]:
    """To the word, or for a noun to its first modifier by another noun on the right."""
    modifiers = (child.i for child in word.rights if word.pos_ == "NOUN" and child.dep_ == "nmod")
    return word.left_edge.i, next(modifiers, word.i)


def german(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """To the noun, and to names and measured things in close apposition: "eine Tasse Tee"."""
    deps = frozenset(["sb", "oa", "da", "nk", "mo", "ag", "ROOT", "root", "cj", "pd", "og", "app"])
    label, taken = _label(parsed(doclike)), -1
    for word in doclike:
        if word.i > taken and word.left_edge.i > taken and word.pos_ in NOUNS and word.dep_ in deps:
            close = [child.i for child in word.rights if child.pos_ in NAMES and child.dep_ == "nk"]
            taken = close[-1] if close else word.i
            yield word.left_edge.i, taken + 1, label


def catalan(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """All that hangs on the noun but prepositions and marks at its edges, cut before a verb or an apposition."""
    deps = frozenset(["nsubj", "nsubj:pass", "obj", "obl", "iobj", "ROOT", "appos", "nmod", "nmod:poss"])
    doc = parsed(doclike)
    label, taken = _label(doc), -1
    for word in doclike:
        if word.pos_ not in NAMES or word.left_edge.i <= taken or word.dep_ not in deps:
            continue
        taken = word.right_edge.i
        end = taken + 1
        for other in doc[word.i + 1 : word.right_edge.i]:
            if other.pos_ == "VERB" or other.dep_ == "appos":
                taken = other.left_edge.i - 1
                end = other.left_edge.i + (other.pos_ != "VERB")
        first = word.left_edge.i + (word.left_edge.pos_ in ("ADP", "PUNCT"))
        yield first, end - (word.right_edge.pos_ == "PUNCT"), label


def between_bounds(doclike: Any, left: frozenset[str], right: frozenset[str]) -> Iterator[tuple[int, int, int]]:
    """From the first child of a label of `left` to the last of `right`, and its own, with no verb or mark between."""
    doc = parsed(doclike)
    label, taken = _label(doc), -1
    for word in doclike:
        if word.pos_ in NOUNS:
            first = next((child.i for child in word.lefts if child.dep_ in left), word.i)
            if first > taken:
                taken = _right_bound(doc, word, right)
                yield first, taken + 1, label


def _right_bound(doc: Any, word: Any, deps: frozenset[str]) -> int:
    bound: int = word.i
    for child in word.rights:
        if child.dep_ in deps:
            further = _right_bound(doc, child, deps)
            if any(token.pos_ in ("VERB", "AUX") or token.dep_ == "punct" for token in doc[word.i : further]):
                break
            bound = further
    return bound


def finnish(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """From the left edge of the first modifier to the last one."""
    deps = frozenset(["appos", "nsubj", "nsubj:cop", "obj", "obl", "ROOT"])
    modifiers = [
        "amod",
        "compound",
        "compound:nn",
        "flat:name",
        "nmod",
        "nmod:gobj",
        "nmod:gsubj",
        "nmod:poss",
        "nummod",
    ]

    def is_head(word: Any) -> bool:
        return word.pos_ in NAMES and (word.dep_ in deps or word.head.pos_ == "PRON")

    label, taken = _label(parsed(doclike)), -1
    for word in doclike:
        if word.i >= taken and (is_head(word) or (word.dep_ == "conj" and is_head(word.head))):
            first = next((child.left_edge.i for child in word.lefts if child.dep_ in modifiers), word.i)
            if first > taken:
                taken = max([word.i, *(child.i for child in word.rights if child.dep_ in modifiers)])
                yield first, taken + 1, label


def dutch(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """Nouns with their adjectives and determiners, unless a subject hangs on them; pronouns that are subjects.

    Raises ValueError E1019 without parts of speech.
    """
    if not doclike.doc.has_annotation("POS"):
        raise ValueError(Errors.E1019)
    label, end = _label(parsed(doclike)), -1
    for word in doclike:
        if word.pos_ == "NOUN" and all(child.dep_ != "nsubj" for child in word.children):
            parts = [child.i for child in word.children if child.dep_ in ("amod", "nmod:poss", "det", "det:poss")]
        elif word.pos_ == "PRON" and word.dep_ in ("nsubj", "nsubj:pass"):
            parts = []
        else:
            continue
        if min([*parts, word.i]) >= end:
            end = max([*parts, word.i]) + 1
            yield min([*parts, word.i]), end, label


def turkish(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """From right to left: what hangs left of the noun, and names after it; a conjunct without what precedes it."""
    deps = frozenset(["nsubj", "iobj", "obj", "obl", "appos", "orphan", "dislocated", "ROOT"])
    doc = parsed(doclike)
    label, taken = _label(doc), len(doc) + 1
    for word in reversed(list(doclike)):
        if word.pos_ not in NOUNS or word.i >= taken:
            continue
        if word.dep_ in deps:
            first = word.left_edge.i
        elif word.dep_ == "conj":
            first = word.left_edge.right_edge.i + 1
        else:
            continue
        taken = word.left_edge.i
        yield first, _end_of_name(word), label


def _end_of_name(word: Any) -> int:
    end: int = word.i + 1
    for child in word.rights:
        if child.dep_ != "flat" or child.pos_ not in NAMES:
            break
        end = child.i + 1
    return end


def japanese(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """All that hangs on the noun and was in no phrase before, up to the noun. Asks for no parse."""
    deps = frozenset(
        [
            "nsubj",
            "nmod",
            "ddoclike",
            "nsubjpass",
            "pcomp",
            "pdoclike",
            "doclike",
            "obl",
            "dative",
            "appos",
            "attr",
            "ROOT",
        ]
    )
    label = _label(doclike.doc)
    taken: set[int] = set()
    for word in doclike:
        if word.pos_ in NOUNS and word.i not in taken and word.dep_ in deps:
            tokens = [token.i for token in word.subtree]
            first = next((i for i in tokens if i not in taken), None)
            if first is None:
                continue
            taken.update(tokens, range(word.i + 1))
            if word.head.pos_ == "VERB":
                taken.update([word.head.i, *(token.i for token in word.head.rights)])
            yield first, word.i + 1, label


def _simple(deps: str, extent: Extent = to_head, conjunct: Extent = to_head) -> Chunks:
    return partial(phrases, deps=frozenset(deps.split()), extent=extent, conjunct=conjunct)


def _romance(deps: Iterable[str], modifiers: str, dets: str = "") -> Chunks:
    extent = partial(romance, modifiers=frozenset(modifiers.split()), dets=frozenset(dets.split()))
    return partial(phrases, deps=frozenset(deps), extent=extent, conjunct=after_conjunction)


_ROMANCE = ["nsubj", "nsubj:pass", "obj", "obl", "nmod", "pcomp", "appos", "ROOT"]
_OBJECTS = "nsubj nsubj:pass obj iobj ROOT appos nmod nmod:poss"
_BOUNDS = frozenset(["fixed", "nmod:poss", "amod", "flat", "goeswith", "nummod", "appos"])
_LEFT = _BOUNDS | {"det"}

NOUN_CHUNKS: dict[str, Chunks] = {
    "ca": catalan,
    "da": partial(between_bounds, left=_LEFT, right=_BOUNDS),
    "de": german,
    "el": _simple("nsubj obj iobj appos ROOT obl", greek),
    "es": _romance(_ROMANCE, "flat fixed compound"),
    "fa": _simple("nsubj dobj nsubjpass pcomp pobj dative appos attr ROOT"),
    "fi": finnish,
    "fr": _romance([*_ROMANCE, "obl:agent", "obl:arg", "obl:mod"], "flat flat:name flat:foreign fixed compound", "det"),
    "ht": _simple("nsubj obj obl nmod appos ROOT", creole, after_conjunction),
    "id": _simple(_OBJECTS, whole, whole),
    "it": _romance([*_ROMANCE, "obl:agent"], "flat flat:name fixed compound", "det det:poss"),
    "ja": japanese,
    "la": partial(between_bounds, left=_LEFT, right=_LEFT | {"nmod"}),
    "ms": _simple(_OBJECTS, whole, whole),
    "nb": _simple(_OBJECTS, whole, whole),
    "nl": dutch,
    "nn": _simple(_OBJECTS, whole, whole),
    "pt": _romance([*_ROMANCE, "obl:agent"], "flat flat:name fixed compound", "det"),
    "sv": _simple(f"{_OBJECTS} dobj", whole, whole),
    "tr": turkish,
}
