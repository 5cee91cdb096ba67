"""ArcEager: dependency parsing by six moves; see csrc/machine_arcs.c.

S         shift: the next token goes on the stack
D         reduce: the top of the stack is done, or, without a head, goes back to the buffer
L-label   the next token becomes the head of the top of the stack, which is done
R-label   the top of the stack becomes the head of the next token, which goes on the stack
B-ROOT    the token after the next starts a sentence
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import Example
from tagma.gold.projective import DELIMITER, lifted
from tagma.pipeline.transitions._machine import Docs, Golds
from tagma.pipeline.transitions.system import Actions, Array, TransitionSystem
from tagma.strings import get_string_id
from tagma.tokens import Doc
from tagma.tokens.columns import lengths_of, read

__all__ = ["ArcEager", "BREAK", "LEFT", "REDUCE", "RIGHT", "SHIFT"]

SHIFT, REDUCE, LEFT, RIGHT, BREAK = range(5)
BACKOFF, ROOT, SUBTOK = "dep", "ROOT", "subtok"


class ArcEager(TransitionSystem):
    """The arc-eager system with sentence breaks.

    joins    Whether gold joins tokens that are parts of one token of the reference; by itself it does not.
    """

    joins = False
    is_parser = True
    action_types = (SHIFT, REDUCE, LEFT, RIGHT, BREAK)
    letters = {SHIFT: "S", REDUCE: "D", LEFT: "L", RIGHT: "R", BREAK: "B"}  # a constant

    def read_docs(self, docs: Sequence[Doc]) -> Docs:
        """Sentence starts that are known beforehand are kept."""
        starts, lengths = read(docs, "sent_start")
        return Docs(lengths, starts.astype(np.int8, copy=False), None, None, None)

    def get_actions(
        self,
        *,
        examples: Iterable[Example] = (),
        min_freq: int | None = None,
        learn_tokens: bool = False,
        **settings: Any,
    ) -> Actions:
        """Moves for the arcs of all references, without those that occur less than `min_freq` times.

        Shift and reduce without a label are always there, as are a break for roots and, for labels that were not seen
        in a direction, "dep"; with `learn_tokens`, "subtok" joins parts of a token.
        """
        counts: Actions = defaultdict(Counter)
        counts[SHIFT][""] = counts[REDUCE][""] = 1
        found: Counter[tuple[int, int]] = Counter()
        texts: dict[int, str] = {}
        for example in examples:
            heads, keys = projective_parse(example.reference)
            known = np.flatnonzero((heads >= 0) & (keys != 0))
            place = np.arange(len(heads))
            actions = np.where(heads == place, BREAK, np.where(heads > place, LEFT, RIGHT))
            found.update(zip(actions[known].tolist(), keys[known].tolist(), strict=True))
            strings = example.reference.vocab.strings
            texts.update({key: strings[key] for key in keys[known].tolist() if key not in texts})
        for (move, key), count in found.items():
            label = ROOT if texts[key].upper() == ROOT else texts[key]
            counts[move][label] += count
            if move != BREAK:
                counts[SHIFT if move == LEFT else REDUCE][""] += count
        if min_freq is not None:
            for action in (LEFT, RIGHT, BREAK):
                kept = {label: count for label, count in counts[action].items() if count >= min_freq}
                counts[action] = Counter(kept)
        counts[BREAK].setdefault(ROOT, 0)
        for action in (RIGHT, LEFT):
            if learn_tokens:
                counts[action].setdefault(SUBTOK, 0)
            counts[action].setdefault(BACKOFF, 0)
        return {action: counts[action] for action in sorted(counts)}

    def read_golds(self, examples: Sequence[Example], docs: Docs) -> Golds:
        """Heads, labels and sentence starts of the predicted tokens, projective."""
        heads, keys, starts = [], [], []
        for example in examples:
            parse = _aligned_parse(example, joins=self.joins)
            heads.append(parse[0])
            keys.append(parse[1])
            starts.append(_aligned_starts(example))
        flat_heads = _joined(heads, np.int32)
        lengths = lengths_of([example.predicted for example in examples])
        labels = self._known_labels(flat_heads, _joined(keys, np.uint64), lengths)
        return Golds(docs, flat_heads, labels, _joined(starts, np.int8), None, None)

    def _known_labels(self, heads: Array, keys: Array, lengths: Array) -> Array:
        """Numbers of labels: "dep" or "ROOT" where there is no move for one in its direction."""
        numbers = self.numbers_of(keys, -1)
        place = np.arange(len(heads)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        action = np.where(heads > place, LEFT, np.where(heads < place, RIGHT, BREAK))
        known = np.zeros((5, len(self._numbers) + 1), dtype=bool)
        for move, label in self._moves:
            known[move, self._numbers[label]] = True
        backoff = np.array([0, 0, *(self._numbers.get(label, 0) for label in (BACKOFF, BACKOFF, ROOT))], dtype=np.int32)
        return np.where(known[action, numbers], numbers, backoff[action]).astype(np.int32)


def _joined(arrays: list[Array], dtype: Any) -> Array:
    return np.concatenate(arrays).astype(dtype) if arrays else np.zeros(0, dtype)


def projective_parse(doc: Doc) -> tuple[Array, Array]:
    """Projective heads of a doc (int32, tokens of the doc) and keys of their labels; -1 and 0 if it has no parse.

    A token without a label is its own head. Raises ValueError E4052 if the heads form a cycle.
    """
    keys, _ = read([doc], "dep")
    if not keys.any():
        return np.full(len(doc), -1, dtype=np.int32), keys
    heads = (read([doc], "head")[0] + np.arange(len(doc))).astype(np.int32)
    try:
        result, moved = lifted(heads)
    except ValueError as error:
        raise ValueError(Errors.E4058.format(text=doc[:8].text, error=error)) from error
    if moved.any():
        strings, own = doc.vocab.strings, keys.tolist()
        for i in np.flatnonzero(moved).tolist():
            label = f"{strings[own[i]]}{DELIMITER}{strings[own[heads[i]]]}"
            keys[i] = strings.add(label, allow_transient=False)
    return result, keys


def _aligned_parse(example: Example, joins: bool = False) -> tuple[Array, Array]:
    """Projective heads of the predicted tokens, -1 where they are not known, and keys of their labels.

    joins    Tokens that are parts of one token of the reference have the next part as head, with the label "subtok";
             the last of them has the head and label of the whole.
    """
    heads, keys = projective_parse(example.reference)
    heads[keys == 0] = -1
    alignment = example.alignment
    if alignment.is_identity or not len(heads):
        return heads, keys
    to_reference, to_predicted = alignment.x2y.single(), alignment.y2x.single()
    known = to_reference >= 0
    is_part = np.zeros(len(known), dtype=bool)
    if joins:
        is_part[:-1] = known[:-1] & (to_reference[:-1] == to_reference[1:])
        last = known & ~is_part
        to_predicted[to_reference[last]] = np.flatnonzero(last)
    gold_heads = np.where(known, heads[to_reference], -1)
    found = np.where(gold_heads >= 0, to_predicted[gold_heads], -1)
    labels = np.where(known, keys[to_reference], 0).astype(np.uint64)
    found[is_part] = np.flatnonzero(is_part) + 1
    labels[is_part] = get_string_id(SUBTOK)
    return found.astype(np.int32), labels


def _aligned_starts(example: Example) -> Array:
    """Sentence starts of the predicted tokens: 1, 0; -1 if the reference has none, or a token is in two sentences."""
    reference, n = example.reference, len(example.predicted)
    if not reference.has_annotation("SENT_START") or not len(reference):
        return np.full(n, -1, dtype=np.int8)
    is_start = read([reference], "sent_start")[0] == 1
    is_start[0] = True
    alignment = example.alignment
    if alignment.is_identity:
        return np.asarray(is_start, dtype=np.int8)
    starts = np.zeros(n, dtype=np.int8)
    rows = alignment.y2x
    sentence = np.repeat(np.cumsum(is_start) - 1, rows.lengths)
    pairs = np.unique(np.stack([rows.data, sentence]), axis=1)
    if len(np.unique(pairs[0])) < pairs.shape[1]:
        return np.full(n, -1, dtype=np.int8)
    _, first = np.unique(sentence, return_index=True)
    starts[rows.data[first]] = 1
    return starts
