"""Entity tags: one tag per token, as BILUO (begin, inside, last, unit, outside) or IOB, and spans of text.

"-" stands for a token of which nothing is known.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

import numpy as np

from tagma.errors import Errors, Warnings
from tagma.tokens import Doc, Span

__all__ = [
    "biluo_tags_from_offsets",
    "biluo_tags_to_offsets",
    "biluo_tags_to_spans",
    "biluo_to_iob",
    "doc_to_biluo_tags",
    "iob_to_biluo",
    "offsets_from_biluo_tags",
    "offsets_to_biluo_tags",
    "remove_bilu_prefix",
    "spans_from_biluo_tags",
    "split_bilu_label",
    "tags_to_entities",
]

UNKNOWN = "-"


def iob_to_biluo(tags: Iterable[str]) -> list[str]:
    """From IOB1, IOB2 or BILUO to BILUO. Raises ValueError E177 for an entity tag without a label."""
    tags = list(tags)
    out: list[str] = []
    start = 0
    while start < len(tags):
        tag = tags[start]
        if tag in ("O", UNKNOWN):
            out.append(tag)
            start += 1
            continue
        rest = tag[1:]
        end = start + 1
        while end < len(tags) and tags[end] in ("I" + rest, "L" + rest):
            end += 1
        if end == start + 1:
            if not tag[2:]:
                raise ValueError(Errors.E177.format(tag=tag, place=""))
            out.append("U-" + tag[2:])
        else:
            out.extend(["B" + rest, *["I" + rest] * (end - start - 2), "L" + rest])
        start = end
    return out


def biluo_to_iob(tags: Iterable[str | None]) -> list[str | None]:
    """From BILUO to IOB2; None stays None."""
    first = {"U-": "B-", "L-": "I-"}
    return [tag if tag is None else first.get(tag[:2], tag[:2]) + tag[2:] for tag in tags]


def offsets_to_biluo_tags(doc: Doc, entities: Iterable[tuple[int, int, str | int]], missing: str = "O") -> list[str]:
    """BILUO tags of a Doc's tokens from (first character, character after the last, label).

    missing    The tag of tokens outside of all entities. Tokens of entities that do not fall on token borders get "-".
    An entity with an empty label marks the tokens that begin in it "O".
    Raises ValueError E103 if entities overlap; warns W030.
    """
    entities = sorted(entities, key=lambda entity: entity[:2])
    starts = np.asarray(doc.to_array(["IDX"])).astype("int64").reshape(-1)
    ends = starts + np.asarray(doc.to_array(["LENGTH"])).astype("int64").reshape(-1)
    tags = [missing] * len(doc)
    unaligned = []
    last: tuple[int, int, str | int] | None = None
    for entity in entities:
        start_char, end_char, label = entity
        first = int(np.searchsorted(ends, start_char, side="right"))
        stop = int(np.searchsorted(starts, end_char, side="left"))
        if label and last is not None and start_char < last[1]:
            raise ValueError(Errors.E103.format(token=first, span1=last, span2=entity))
        if not label:
            begins = slice(int(np.searchsorted(starts, start_char)), stop)
            tags[first:stop] = [UNKNOWN] * max(stop - first, 0)
            tags[begins] = ["O"] * len(tags[begins])
            continue
        last = entity
        if isinstance(label, int):
            label = doc.vocab.strings[label]
        if first < stop and starts[first] == start_char and ends[stop - 1] == end_char:
            inside = [f"I-{label}"] * (stop - first - 2)
            tags[first:stop] = [f"U-{label}"] if stop - first == 1 else [f"B-{label}", *inside, f"L-{label}"]
        else:
            tags[first:stop] = [UNKNOWN] * max(stop - first, 0)
            unaligned.append(entity)
    if unaligned and missing != UNKNOWN:
        text = doc.text if len(doc.text) <= 50 else doc.text[:50] + "..."
        warnings.warn(Warnings.W030.format(text=text, entities=str(unaligned)[:200]), stacklevel=2)
    return tags


def doc_to_biluo_tags(doc: Doc, missing: str = "O") -> list[str]:
    """BILUO tags of the entities of a Doc; other tokens get `missing`."""
    return offsets_to_biluo_tags(doc, [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents], missing=missing)


def biluo_tags_to_spans(doc: Doc, tags: Iterable[str]) -> list[Span]:
    """The entities that BILUO tags describe, as spans of the Doc."""
    return [Span(doc, start, end + 1, label=label) for label, start, end in tags_to_entities(tags)]


def biluo_tags_to_offsets(doc: Doc, tags: Iterable[str]) -> list[tuple[int, int, str | int]]:
    """The entities that BILUO tags describe, as (first character, character after the last, label)."""
    return [(span.start_char, span.end_char, span.label_) for span in biluo_tags_to_spans(doc, tags)]


def tags_to_entities(tags: Iterable[str | None]) -> list[tuple[str, int, int]]:
    """(label, first token, last token) of each entity of BILUO tags.

    "-" and None break off an open entity; elsewhere they give an entry with an empty label. Raises ValueError E067 for
    an inner or last tag that follows no beginning, E068 for other tags.
    """
    return list(_entities(list(tags)))


def _entities(tags: list[str | None]) -> Iterator[tuple[str, int, int]]:
    start: int | None = None
    for i, tag in enumerate(tags):
        kind = UNKNOWN if tag is None else tag[:1]
        if kind == UNKNOWN:
            if start is None:
                yield "", i, i
            start = None
        elif kind in ("I", "L"):
            if start is None:
                raise ValueError(Errors.E067.format(tag=tag, start=i, tags=tags[max(0, i - 5) : i + 1]))
            if kind == "L":
                yield str(tag)[2:], start, i
                start = None
        elif kind == "U":
            yield str(tag)[2:], i, i
        elif kind == "B":
            start = i
        elif kind != "O":
            raise ValueError(Errors.E068.format(tag=tag))


def split_bilu_label(label: str) -> tuple[str, str]:
    """("B", "ORG") of "B-ORG"."""
    prefix, _, name = label.partition("-")
    return prefix, name


def remove_bilu_prefix(label: str) -> str:
    """ "ORG" of "B-ORG"."""
    return split_bilu_label(label)[1]


# The names of version 2.
biluo_tags_from_offsets = offsets_to_biluo_tags
offsets_from_biluo_tags = biluo_tags_to_offsets
spans_from_biluo_tags = biluo_tags_to_spans
