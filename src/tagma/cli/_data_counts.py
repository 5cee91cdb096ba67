"""What `tagma debug data` counts. A corpus is read once, a document at a time; numbers and a few places are kept.

`count_part` reads; the classes say what is known then. What the numbers mean for training is told in `_data_checks`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.gold.clusters import HEAD_PREFIX, clusters_of
from tagma.gold.projective import DELIMITER, lift
from tagma.morphology import Morphology
from tagma.tokens.trees import find_cycle

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.pipeline import EntityLinker
    from tagma.tokens import Doc, Span, Token

CLUSTER_KEY = re.compile(r"(.+)_\d+")
KEPT = 20  # places of a problem that are remembered

Located = tuple[str, "Example"]  # where the example is from, for the reader of the report


@dataclass(slots=True)
class Places:
    """How often something was found, and the first places of it."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: Callable[[], str]) -> None:
        """Count a place; its text is only made if it is kept."""
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(place())


@dataclass(slots=True)
class Labels:
    """Labels of one annotation.

    counts      how often each occurs
    docs_of     in how many documents each occurs
    docs        documents with this annotation
    unknown     tokens without a value in those documents
    """

    counts: Counter[str] = field(default_factory=Counter)
    docs_of: Counter[str] = field(default_factory=Counter)
    docs: int = 0
    unknown: int = 0

    def add(self, labels: Sequence[str], unknown: int = 0) -> None:
        """Count the labels of a document that has the annotation."""
        self.docs += 1
        self.unknown += unknown
        found = Counter(labels)
        self.counts.update(found)
        self.docs_of.update(found.keys())


@dataclass(slots=True)
class Entities:
    """Named entities, and those that cannot be learnt as they are."""

    labels: Labels = field(default_factory=Labels)
    unlabeled: Places = field(default_factory=Places)
    with_space: Places = field(default_factory=Places)
    only_space: Places = field(default_factory=Places)
    only_punctuation: Places = field(default_factory=Places)
    across_sentences: Places = field(default_factory=Places)
    misaligned: Places = field(default_factory=Places)
    broken: Places = field(default_factory=Places)


@dataclass(slots=True)
class Trees:
    """Dependency trees, before and after crossing arcs are lifted."""

    labels: Labels = field(default_factory=Labels)
    lifted: Counter[str] = field(default_factory=Counter)
    roots: Counter[str] = field(default_factory=Counter)
    trees: int = 0
    crossing: Places = field(default_factory=Places)
    cycles: Places = field(default_factory=Places)


@dataclass(slots=True)
class Sentences:
    """Sentence boundaries."""

    docs: int = 0
    count: int = 0
    words: int = 0
    single: int = 0  # documents of one sentence


@dataclass(slots=True)
class Categories:
    """Categories of documents.

    labels       those that documents have
    named        how often each is named, also as one that a document does not have
    undecided    documents with a value that is neither 0 nor 1
    several      documents with more than one category
    """

    labels: Labels = field(default_factory=Labels)
    named: Counter[str] = field(default_factory=Counter)
    undecided: Places = field(default_factory=Places)
    several: Places = field(default_factory=Places)


@dataclass(slots=True)
class Links:
    """Gold entities of a corpus, and what a knowledge base has for them.

    linked          those with an id of an entry
    nil             those that are said to be in no knowledge base
    bare            those without an id
    unknown         ids that the knowledge base lacks
    no_candidates   links of whose text it has no entity
    not_among       links whose entity is not among the candidates, though there are some
    by_prior        links that the most probable candidate gets right
    single          links with one candidate
    candidates      candidates of all links
    """

    linked: int = 0
    nil: int = 0
    bare: int = 0
    unknown: Places = field(default_factory=Places)
    no_candidates: Places = field(default_factory=Places)
    not_among: Places = field(default_factory=Places)
    by_prior: int = 0
    single: int = 0
    candidates: int = 0


@dataclass(slots=True)
class Clusters:
    """Clusters of mentions under one prefix.

    docs            documents with clusters
    lengths         how many mentions have how many tokens
    single          clusters of one mention
    twice           the same mention in two clusters
    shared          mentions with the head of one in another cluster
    nested          mentions that overlap one of their own cluster
    without_head    mentions of several tokens in documents without a parse, and without heads under another prefix
    """

    docs: int = 0
    clusters: int = 0
    mentions: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    single: int = 0
    twice: Places = field(default_factory=Places)
    shared: Places = field(default_factory=Places)
    nested: Places = field(default_factory=Places)
    across_sentences: Places = field(default_factory=Places)
    without_head: Places = field(default_factory=Places)


@dataclass(slots=True)
class Part:
    """What is known of one corpus."""

    docs: int = 0
    words: int = 0
    word_counts: Counter[str] = field(default_factory=Counter)
    texts: set[int] = field(default_factory=set)  # hashes
    repeated: Places = field(default_factory=Places)  # documents whose text is in `seen`
    misaligned: Places = field(default_factory=Places)
    without_vector: Counter[str] = field(default_factory=Counter)
    tags: Labels = field(default_factory=Labels)
    morphs: Labels = field(default_factory=Labels)
    entities: Entities = field(default_factory=Entities)
    trees: Trees = field(default_factory=Trees)
    sentences: Sentences = field(default_factory=Sentences)
    categories: Categories = field(default_factory=Categories)
    links: dict[str, Links] = field(default_factory=dict)  # by entity linker
    clusters: dict[str, Clusters] = field(default_factory=dict)  # by prefix


def located(corpus: Callable[[Any], Iterable[Example]], nlp: Language) -> Iterator[Located]:
    """Examples with their places; of a reader of the user's own only the number of the example is known."""
    from tagma.training import Corpus

    if isinstance(corpus, Corpus):
        for path, number, example in corpus.examples_with_places(nlp):
            yield place_of(path, number), example
    else:
        for number, example in enumerate(corpus(nlp), 1):
            yield f"example {number}", example


def place_of(path: Path, number: int) -> str:
    return f"{path}, document {number}"


def count_part(examples: Iterable[Located], nlp: Language, seen: Part | None = None) -> Part:
    """Count everything of a corpus in one pass.

    seen    the training corpus, where texts of the other are looked for
    """
    part = Part()
    linked = linkers(nlp)
    part.links = {name: Links() for name in linked}
    has_vectors = bool(nlp.vocab.vectors_length) and getattr(nlp.vocab.vectors, "mode", None) == "default"
    for place, example in examples:
        reference = example.reference
        part.docs += 1
        part.words += len(reference)
        words = Counter(token.text for token in reference)
        part.word_counts.update(words)
        if has_vectors:
            part.without_vector.update({word: n for word, n in words.items() if not nlp.vocab.has_vector(word)})
        _count_text(part, reference, place, seen)
        _count_alignment(part, example, place)
        _count_tags(part, reference)
        _count_entities(part.entities, example, place)
        _count_trees(part.trees, reference, place)
        _count_sentences(part.sentences, reference)
        _count_categories(part.categories, reference, place)
        for name, linker in linked.items():
            _count_links(part.links[name], linker, reference, place)
        for prefix in sorted({match[1] for key in reference.spans if (match := CLUSTER_KEY.fullmatch(key))}):
            _count_clusters(part.clusters.setdefault(prefix, Clusters()), reference, prefix, place)
    return part


def _count_text(part: Part, doc: Doc, place: str, seen: Part | None) -> None:
    text = doc.text.strip()
    part.texts.add(hash(text))
    if seen is not None and hash(text) in seen.texts:
        part.repeated.add(lambda: f"{place}: {shown(text)}")


def _count_alignment(part: Part, example: Example, place: str) -> None:
    """Tokens of the tokenizer that do not lie in one token of the annotation."""
    if example.alignment.is_identity:
        return
    rows = example.alignment.x2y
    for i in np.flatnonzero(rows.lengths != 1).tolist():
        token = example.predicted[i]
        if not token.text.isspace():
            part.misaligned.add(partial(_misaligned, place, token, example.reference, rows[i]))


def _misaligned(place: str, token: Token, reference: Doc, others: Iterable[int]) -> str:
    gold = " ".join(repr(reference[int(i)].text) for i in others)
    where = characters(token.idx, token.idx + len(token))
    return f"{place}, {where}: the token {token.text!r} is annotated as {gold or 'none'}"


def _count_tags(part: Part, doc: Doc) -> None:
    if doc.has_annotation("TAG"):
        tags = [token.tag_ for token in doc]
        part.tags.add([tag for tag in tags if tag], tags.count(""))
    if doc.has_annotation("MORPH") or doc.has_annotation("POS"):
        both = [_features(str(token.morph), token.pos_) for token in doc]
        part.morphs.add([label for label in both if label], both.count(""))


@cache
def _features(morph: str, pos: str) -> str:
    """The label that a morphologizer learns: features with the part of speech as one of them."""
    features = Morphology.feats_to_dict(morph)
    if pos:
        features["POS"] = pos
    return Morphology.dict_to_feats(features)


# --- entities ---------------------------------------------------------------------------------------------------------


def _count_entities(found: Entities, example: Example, place: str) -> None:
    doc = example.reference
    if not doc.has_annotation("ENT_IOB"):
        return
    try:
        ents = doc.ents
    except ValueError as error:
        reason = str(error)
        found.broken.add(lambda: f"{place}: {reason}")
        return
    found.labels.add([ent.label_ for ent in ents], int((doc.column("ent_iob") == 0).sum()))
    # a beginning without a label is no entity of the doc, and keeps other entities away
    for i in np.flatnonzero((doc.column("ent_iob") == 3) & (doc.column("ent_type") == 0)).tolist():
        found.unlabeled.add(partial(_entity, place, doc[i : i + 1]))
    starts = doc.column("sent_start") == 1
    same = example.alignment.is_identity
    for ent in ents:
        text = ent.text
        if not text.strip():
            found.only_space.add(partial(_entity, place, ent))
        elif text != text.strip():
            found.with_space.add(partial(_entity, place, ent, _stripped(ent)))
        elif all(unicodedata.category(char)[0] in "PZ" for char in text):
            found.only_punctuation.add(partial(_entity, place, ent))
        if starts[ent.start + 1 : ent.end].any():
            found.across_sentences.add(partial(_entity, place, ent))
        if not same and example.predicted.char_span(ent.start_char, ent.end_char) is None:
            found.misaligned.add(partial(_entity, place, ent, nearest(example.predicted, ent)))


def _entity(place: str, ent: Span, better: tuple[int, int] | None = None) -> str:
    text = f"{place}, {characters(ent.start_char, ent.end_char)}: {shown(ent.text)} ({ent.label_ or 'no label'})"
    if better is None:
        return text
    start, end = better
    return f"{text}; nearest valid: {characters(start, end)}: {shown(ent.doc.text[start:end])}"


def _stripped(ent: Span) -> tuple[int, int]:
    start = ent.start_char + len(ent.text) - len(ent.text.lstrip())
    return start, start + len(ent.text.strip())


def nearest(doc: Doc, ent: Span) -> tuple[int, int] | None:
    """The characters of the span on tokens of `doc` that differs from an entity in the fewest characters."""
    best: tuple[int, int, int] | None = None
    for mode in ("contract", "expand"):
        span = doc.char_span(ent.start_char, ent.end_char, alignment_mode=mode)
        if span is not None and span.start < span.end:
            distance = abs(span.start_char - ent.start_char) + abs(span.end_char - ent.end_char)
            best = min(best or (distance, span.start_char, span.end_char), (distance, span.start_char, span.end_char))
    return best and best[1:]


# --- trees ------------------------------------------------------------------------------------------------------------


def _count_trees(found: Trees, doc: Doc, place: str) -> None:
    if not doc.has_annotation("DEP"):
        return
    labels = [token.dep_ for token in doc]
    found.labels.add([label for label in labels if label], labels.count(""))
    heads = (doc.column("head") + np.arange(len(doc))).tolist()
    found.roots.update(label for i, label in enumerate(labels) if label and heads[i] == i)
    sentence = np.cumsum(doc.column("sent_start") == 1).tolist()
    found.trees += len(set(sentence))
    known = [head if label else None for head, label in zip(heads, labels, strict=True)]
    if cycle := find_cycle(known):
        way = " → ".join(repr(doc[i].text) for i in [*cycle, cycle[0]])
        found.cycles.add(lambda: f"{place}, {_words(doc, min(cycle), max(cycle))}: {way}")
        return
    lifted = lift(known, labels)[1]
    found.lifted.update(label for label in lifted if label)
    crossing: dict[int, int] = {}
    for i, label in enumerate(lifted):
        if DELIMITER in label and DELIMITER not in labels[i]:
            crossing.setdefault(sentence[i], i)
    for i in crossing.values():
        found.crossing.add(partial(_crossing, place, doc, i))


def _crossing(place: str, doc: Doc, i: int) -> str:
    head = doc[i].head
    where = _words(doc, min(i, head.i), max(i, head.i))
    return f"{place}, {where}: the arc from {head.text!r} to {doc[i].text!r} crosses others"


def _count_categories(found: Categories, doc: Doc, place: str) -> None:
    cats = doc.cats
    if not cats:
        return
    given = [label for label, value in cats.items() if value == 1.0]
    found.labels.add(given)
    found.named.update(cats.keys())
    undecided = {label: value for label, value in cats.items() if value not in (0.0, 1.0)}
    if undecided:
        found.undecided.add(lambda: f"{place}: {undecided}")
    if len(given) > 1:
        found.several.add(lambda: f"{place}: {', '.join(map(repr, given))}")


def linkers(nlp: Language) -> dict[str, EntityLinker]:
    """The entity linkers of a pipeline, by name."""
    from tagma.pipeline import EntityLinker

    return {name: pipe for name, pipe in nlp.pipeline if isinstance(pipe, EntityLinker)}


def _count_links(found: Links, linker: EntityLinker, doc: Doc, place: str) -> None:
    """Count the gold entities, those with discarded labels left out."""
    if not doc.has_annotation("ENT_IOB"):
        return
    for ent in doc.ents:
        if ent.label_ in linker.labels_discard:
            continue
        if ent.kb_id_ == linker.NIL:
            found.nil += 1
        elif not ent.kb_id_:
            found.bare += 1
        else:
            _count_link(found, linker, ent, place)


def _count_link(found: Links, linker: EntityLinker, ent: Span, place: str) -> None:
    found.linked += 1
    right = ent.kb_id_
    candidates = [(candidate.prior_prob, candidate.entity_) for candidate in linker.get_candidates(linker.kb, ent)]
    found.candidates += len(candidates)
    found.single += len(candidates) == 1
    if not any(map(float, linker.kb.get_vector(right))) and right not in [entity for _, entity in candidates]:
        found.unknown.add(partial(_link, place, ent))
    elif not candidates:
        found.no_candidates.add(partial(_link, place, ent))
    elif right not in [entity for _, entity in candidates]:
        found.not_among.add(partial(_link, place, ent))
    if candidates:
        found.by_prior += max(candidates, key=lambda pair: pair[0])[1] == right


def _link(place: str, ent: Span) -> str:
    return f"{place}, {characters(ent.start_char, ent.end_char)}: {shown(ent.text)} ({ent.kb_id_})"


def _count_sentences(found: Sentences, doc: Doc) -> None:
    if not doc.has_annotation("SENT_START"):
        return
    starts = doc.column("sent_start") == 1
    count = int(starts[1:].sum()) + 1
    found.docs += 1
    found.count += count
    found.words += len(doc)
    found.single += count == 1


def _count_clusters(found: Clusters, doc: Doc, prefix: str, place: str) -> None:
    cluster_of: dict[tuple[int, int], str] = {}
    cluster_of_head: dict[int, str] = {}
    has_heads, has_sentences = doc.has_annotation("DEP"), doc.has_annotation("SENT_START")
    other_heads = any(key.startswith(f"{HEAD_PREFIX}_") for key in doc.spans)
    found.docs += 1
    for key, spans in clusters_of(doc, prefix).items():
        found.clusters += 1
        found.single += len(spans) == 1
        before: Span | None = None
        for span in sorted(spans, key=lambda span: (span.start, -span.end)):
            where = partial(_mention, place, key, span)
            found.mentions += 1
            found.lengths[len(span)] += 1
            if cluster_of.setdefault((span.start, span.end), key) != key:
                found.twice.add(where)
            head = span.root.i if has_heads else span.start if len(span) == 1 else None
            if head is None and not other_heads:
                found.without_head.add(where)
            elif head is not None and cluster_of_head.setdefault(head, key) != key:
                found.shared.add(where)
            if before is not None and span.start < before.end:
                found.nested.add(where)
            before = span if before is None or span.end > before.end else before
            if has_sentences and any(doc[i].is_sent_start for i in range(span.start + 1, span.end)):
                found.across_sentences.add(where)


def _mention(place: str, key: str, span: Span) -> str:
    return f"{place}, {characters(span.start_char, span.end_char)}: {shown(span.text)} in {key}"


# --- places in words --------------------------------------------------------------------------------------------------


def characters(start: int, end: int) -> str:
    return f"characters {start}–{end}"


def _words(doc: Doc, first: int, last: int) -> str:
    return characters(doc[first].idx, doc[last].idx + len(doc[last]))


def shown(text: str, width: int = 40) -> str:
    """A text in quotes, with line breaks as `\\n`, cut to a width."""
    return repr(text if len(text) <= width else text[: width - 1] + "…")
