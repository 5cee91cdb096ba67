"""BiluoPushDown: named entities, one move a token; see csrc/machine_ents.c.

B-label   first token of an entity    I-label   within it    L-label   last token of it
U-label   an entity of one token      O         none
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.biluo import split_bilu_label
from tagma.gold.example import Example
from tagma.pipeline.transitions._machine import Docs, Golds
from tagma.pipeline.transitions.system import Actions, Array, TransitionSystem
from tagma.tokens import Doc
from tagma.tokens.columns import gather, read

__all__ = ["BEGIN", "IN", "LAST", "MISSING", "OUT", "UNIT", "BiluoPushDown"]

MISSING, BEGIN, IN, LAST, UNIT, OUT = range(6)
TAGS = {"B": BEGIN, "I": IN, "L": LAST, "U": UNIT}
INSIDE, OUTSIDE, START = 1, 2, 3  # codes of the column ent_iob
NO_MOVE = 2**30  # number of a label that has no moves


class BiluoPushDown(TransitionSystem):
    """Entities by the tags B, I, L, U, O."""

    is_parser = False
    action_types = (BEGIN, IN, LAST, UNIT)
    letters = {MISSING: "M", BEGIN: "B", IN: "I", LAST: "L", UNIT: "U", OUT: "O"}  # a constant

    def move_name(self, action: int, label: str) -> str:
        """Such as "B-PERSON", "O"; "U-" is the move for a token that must not be an entity."""
        return self.letters[action] if action in (OUT, MISSING) else f"{self.letters[action]}-{label}"

    def add_action(self, action: int, label: str) -> int:
        """See `TransitionSystem.add_action`; there is no move for missing tags, and none outside with a label."""
        if action == MISSING or (action == OUT and label):
            return 0
        return super().add_action(action, label)

    def _add_move(self, action: int, label: str) -> bool:
        return action != MISSING and not (action == OUT and label) and super()._add_move(action, label)

    def get_actions(self, *, examples: Iterable[Example] = (), **settings: Any) -> Actions:
        """Moves for the types of the entities of all references, counted by tokens."""
        counts: Actions = {action: Counter() for action in (MISSING, BEGIN, IN, LAST, UNIT, OUT)}
        counts[OUT][""] = counts[UNIT][""] = 1
        for example in examples:
            keys, _ = read([example.reference], "ent_type")
            found, times = np.unique(keys, return_counts=True)
            strings = example.reference.vocab.strings
            for key, count in zip(found.tolist(), times.tolist(), strict=True):
                for action in self.action_types if key else ():
                    counts[action][strings[key]] += count
        return counts

    def read_docs(self, docs: Sequence[Doc]) -> Docs:
        """Entities known beforehand are kept, as are blocked tokens; no entity goes across a sentence start."""
        starts, lengths = read(docs, "sent_start")
        blank, _ = gather(docs, ["IS_SPACE"])
        iob, _ = read(docs, "ent_iob")
        labels = None
        if iob.any():
            keys, _ = read(docs, "ent_type")
            labels = self.numbers_of(keys, NO_MOVE)
        known = iob.astype(np.int8, copy=False) if labels is not None else None
        return Docs(lengths, starts.astype(np.int8, copy=False), blank[:, 0].astype(np.uint8), known, labels)

    def read_golds(self, examples: Sequence[Example], docs: Docs) -> Golds:
        """Tags and labels of the predicted tokens, and entities that are not there.

        Raises ValueError: E868 for a span that is an entity and is not one, E869 for a tag of the form "!label".
        KeyError E022 for an entity of a type that has no move.
        """
        tags, numbers, wrong = [], [], []
        known = self._numbers
        for example in examples:
            codes, labels = _aligned_tags(example)
            for label in labels:
                if label.startswith("!"):
                    raise ValueError(Errors.E869.format(label=label))
                if label not in known:
                    raise KeyError(Errors.E022.format(name=f"B-{label}"))
            tags.append(codes)
            numbers.append(np.array([known[label] for label in labels], dtype=np.int32))
            wrong.append(self._wrong_spans(example))
        flat = np.concatenate(tags) if tags else np.zeros(0, dtype=np.uint8)
        of_tokens = np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int32)
        return Golds(docs, None, of_tokens, None, flat, wrong if self.neg_key else None)

    def _wrong_spans(self, example: Example) -> Array | None:
        """(start, end, label) of the entities that are not there: int32 (n, 3)."""
        if not self.neg_key or self.neg_key not in example.reference.spans:
            return None
        spans = example.get_aligned_spans_y2x(example.reference.spans[self.neg_key], allow_overlap=True)
        right = {(ent.start, ent.end, ent.label_) for ent in example.get_aligned_spans_y2x(example.reference.ents)}
        for span in spans:
            if (span.start, span.end, span.label_) in right:
                raise ValueError(Errors.E868.format(span=span.text, label=span.label_))
        rows = [(span.start, span.end, self._numbers[span.label_]) for span in spans if span.label_ in self._numbers]
        return np.array(rows, dtype=np.int32).reshape((-1, 3))


def _aligned_tags(example: Example) -> tuple[Array, list[str]]:
    """Tags of the predicted tokens, uint8, and their labels, "" without one."""
    reference = example.reference
    if example.alignment.is_identity and not _has_blanks(reference):
        return _tags_of(reference)
    codes, labels = [], []
    for tag in example.get_aligned_ner():
        letter, label = (None, "") if tag in (None, "O") else split_bilu_label(str(tag))
        codes.append(TAGS[letter] if letter else OUT if tag == "O" else MISSING)
        labels.append(label)
    return np.array(codes, dtype=np.uint8), labels


def _has_blanks(doc: Doc) -> bool:
    return bool(gather([doc], ["IS_SPACE"])[0].any())


def _tags_of(doc: Doc) -> tuple[Array, list[str]]:
    iob, _ = read([doc], "ent_iob")
    keys, _ = read([doc], "ent_type")
    codes = np.where(iob == OUTSIDE, OUT, MISSING).astype(np.uint8)
    inside = np.append(iob[1:] == INSIDE, False)
    typed = keys != 0
    codes[(iob == START) & typed] = np.where(inside[(iob == START) & typed], BEGIN, UNIT)
    codes[(iob == INSIDE) & typed] = np.where(inside[(iob == INSIDE) & typed], IN, LAST)
    if not keys.any():
        return codes, [""] * len(codes)
    names = {key: doc.vocab.strings[key] for key in np.unique(keys).tolist()}
    return codes, [names[key] for key in keys.tolist()]


def entities_of(tags: Array, numbers: Array) -> list[tuple[int, int, int]]:
    """(start, end, number of the label) of the entities that tags (uint8) say; without a label there is none."""
    found = []
    start = 0
    for i in np.flatnonzero((tags == BEGIN) | (tags == UNIT) | (tags == LAST)).tolist():
        if tags[i] != LAST:
            start = i
        if tags[i] != BEGIN and numbers[start]:
            found.append((start, i + 1, int(numbers[start])))
    return found
