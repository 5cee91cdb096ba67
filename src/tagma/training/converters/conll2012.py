"""A token in each line with the mentions it is in, as in the CoNLL-2012 shared task and in LitBank.

    #begin document (name); part 000
    name  0  0  Anna  NNP  *  -  -  -  -  (PERSON)  (0)
    name  0  1  lost  VBD  *  -  -  -  -  *         -
    name  0  2  her   PRP$ *  -  -  -  -  *         (1|(0)
    name  0  3  cat   NN   *  -  -  -  -  *         1)

    #end document

A blank line ends a sentence. The last column has the numbers of clusters: "(1" where a mention begins, "1)" where it
ends, "(0)" for a mention of one word; columns that a corpus does not have are "_" or "-".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.gold.clusters import CLUSTER_PREFIX, HEAD_PREFIX
from tagma.language.loading import load_model
from tagma.tokens import Doc, Span, SpanGroup
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["SINGLETONS", "conll2012_to_docs", "guess_head"]

SINGLETONS = "coref_singletons"  # the group of mentions that are the only one of their cluster
BEGIN, END = "#begin document", "#end document"
WORD, TAG, FIRST_ENTITY = 3, 4, 10
COLUMNS = 5  # the fewest: those up to the word, one more, and the last
UNKNOWN = ("_", "-", "")
PART = re.compile(r"(\()?([0-9]+)(\))?")
# Behind the head of an English mention stand phrases and clauses that begin with one of these.
BEHIND_HEADS = frozenset(
    [
        "of",
        "in",
        "on",
        "at",
        "from",
        "with",
        "without",
        "by",
        "to",
        "for",
        "as",
        "into",
        "upon",
        "between",
        "among",
        "under",
        "over",
        "after",
        "before",
        "near",
        "than",
        "about",
        "like",
        "who",
        "whom",
        "whose",
        "which",
        "that",
        "where",
        "when",
        ",",
        "--",
        "—",
        "(",
        ":",
        ";",
        "and",
        "or",
    ]
)


@dataclass
class _Document:
    """What was read of one document: words, tags, entities, sentence starts; mentions by cluster, in tokens."""

    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    entities: list[str] = field(default_factory=list)
    starts: list[bool] = field(default_factory=list)
    mentions: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    open: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def conll2012_to_docs(input_data: str, model: str | None = None, **_: Any) -> Iterator[Doc]:
    """A Doc for each document or part: sentences, tags and entities where there are some, and clusters of mentions.

    model    pipeline with a parser, whose trees say which word of a mention is its head; it gives the vocabulary, too

    Groups in `doc.spans`: coref_clusters_1 … with the mentions of each cluster in the order of the text,
    coref_head_clusters_1 … with their heads, and coref_singletons with mentions that are alone. Without a model, heads
    are guessed, see `guess_head`.

    Raises ValueError with the number of the line: E4478 for too few columns, E4479 for brackets that do not fit.
    """
    nlp = load_model(model) if model else None
    vocab = nlp.vocab if nlp is not None else Vocab()
    for document in _read(input_data):
        yield _doc_of(document, vocab, nlp)


def guess_head(words: Sequence[str]) -> int:
    """The place of the head among the words of a mention, in English: the last one before a phrase or clause begins.

    "the captain of the ship": 1; "my sister 's": 1; "she": 0.
    """
    end = next((i for i, word in enumerate(words) if i and word.lower() in BEHIND_HEADS), len(words))
    while end > 1 and (words[end - 1] in ("'s", "’s") or not any(map(str.isalnum, words[end - 1]))):
        end -= 1
    return end - 1


def _read(text: str) -> Iterator[_Document]:
    document, new = _Document(), True
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(BEGIN):
            document, new = _Document(), True
        elif line.startswith(END):
            yield _closed(document, number)
            document = _Document()
        elif not line.strip():
            new = True
        elif not line.startswith("#"):
            columns = line.rstrip("\r").split("\t") if "\t" in line else line.split()
            if len(columns) < COLUMNS:
                raise ValueError(Errors.E4478.format(number=number, line=line[:80], n=len(columns)))
            document.starts.append(new)
            new = False
            _add(document, columns, number)
    if document.words:
        yield _closed(document, number)


def _add(document: _Document, columns: Sequence[str], number: int) -> None:
    """Add a token, and the mentions that begin and end at it."""
    i = len(document.words)
    document.words.append(columns[WORD])
    document.tags.append("" if columns[TAG] in UNKNOWN else columns[TAG])
    entity = columns[FIRST_ENTITY] if len(columns) > FIRST_ENTITY + 1 else ""
    document.entities.append("" if entity in UNKNOWN else entity)
    if (mentions := columns[-1].strip()) in UNKNOWN:
        return
    for part in mentions.split("|"):
        match = PART.fullmatch(part.strip())
        if match is None or not (match[1] or match[3]):
            raise ValueError(Errors.E4479.format(number=number, part=part, reason="it is no (N, N) or (N)"))
        cluster = int(match[2])
        if match[1]:
            document.open[cluster].append((i, number))
        if match[3]:
            if not document.open[cluster]:
                reason = "no mention of this cluster is open"
                raise ValueError(Errors.E4479.format(number=number, part=part, reason=reason))
            document.mentions[cluster].append((document.open[cluster].pop()[0], i + 1))


def _closed(document: _Document, number: int) -> _Document:
    """The document, all of whose mentions have an end."""
    for cluster, still_open in document.open.items():
        for _, line in still_open:
            reason = f"it is not closed before the document ends in line {number}"
            raise ValueError(Errors.E4479.format(number=line, part=f"({cluster}", reason=reason))
    return document


def _doc_of(document: _Document, vocab: Vocab, nlp: Language | None) -> Doc:
    tags = document.tags if any(document.tags) else None
    entities = _entity_tags(document.entities) if any(document.entities) else None
    doc = Doc(vocab, words=document.words, tags=tags, ents=entities, sent_starts=document.starts)
    parsed = _parsed(doc, nlp)
    number = 0
    alone = []
    for mentions in document.mentions.values():
        spans = [Span(doc, start, end) for start, end in sorted(set(mentions))]
        if len(spans) == 1:
            alone += spans
            continue
        number += 1
        heads = [Span(doc, i, i + 1) for i in (_head(span, parsed) for span in spans)]
        for prefix, group in ((CLUSTER_PREFIX, spans), (HEAD_PREFIX, heads)):
            doc.spans[f"{prefix}_{number}"] = SpanGroup(doc, name=f"{prefix}_{number}", spans=group)
    if alone:
        doc.spans[SINGLETONS] = SpanGroup(doc, name=SINGLETONS, spans=sorted(alone, key=lambda span: span.start))
    return doc


def _parsed(doc: Doc, nlp: Language | None) -> Doc | None:
    """A copy of the doc with the trees of a pipeline. Raises ValueError E4480 if it makes none."""
    if nlp is None:
        return None
    parsed = Doc(nlp.vocab, words=[token.text for token in doc])
    for _, component in nlp.pipeline:
        parsed = component(parsed)
    if not parsed.has_annotation("DEP"):
        raise ValueError(Errors.E4480.format(names=nlp.pipe_names))
    return parsed


def _head(span: Span, parsed: Doc | None) -> int:
    if parsed is not None:
        return parsed[span.start : span.end].root.i
    return span.start + guess_head([token.text for token in span])


def _entity_tags(column: Sequence[str]) -> list[str]:
    """Entities as IOB tags, from "(PERSON*", "*" and "*)"."""
    tags, label = [], ""
    for entry in column:
        first = "(" in entry
        if first:
            label = entry.strip("()*")
        tags.append(f"{'B' if first else 'I'}-{label}" if label else "O")
        if ")" in entry:
            label = ""
    return tags
