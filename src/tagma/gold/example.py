"""Example: a predicted Doc and the reference Doc with the gold annotation of the same text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from tagma.attrs import IDS
from tagma.errors import Errors
from tagma.gold.alignment import Alignment, AlignmentArray, folded
from tagma.gold.biluo import offsets_to_biluo_tags
from tagma.gold.forms import attribute, doc_from_dict, doc_to_dict
from tagma.gold.projective import lift
from tagma.tokens import Doc, Span
from tagma.tokens.columns import gather, lengths_of

__all__ = [
    "Example",
    "aligned_columns",
    "aligned_sent_starts",
    "as_examples",
    "validate_distillation_examples",
    "validate_examples",
    "validate_get_examples",
]

Array = np.ndarray[Any, Any]
NO_STRINGS = (IDS["ENT_IOB"], IDS["SENT_START"])
SIGNED = (IDS["HEAD"], IDS["SENT_START"])

# The last alignment of each reference Doc, with the words it holds for. nlp.update makes new predicted Docs in every
# epoch, which have the same words.
_alignments: WeakKeyDictionary[Doc, tuple[Array, Array, Alignment]] = WeakKeyDictionary()


class Example:
    """Two Docs of one text: what a pipeline sees and predicts, and what is right.

    The tokens may differ; `alignment` says which belong together. Raises TypeError: E972 for None, E4027 for no Doc.
    """

    __slots__ = ("_alignment", "_predicted", "_reference")

    def __init__(self, predicted: Doc, reference: Doc, *, alignment: Alignment | None = None) -> None:
        if predicted is None:
            raise TypeError(Errors.E972.format(arg="predicted"))
        if reference is None:
            raise TypeError(Errors.E972.format(arg="reference"))
        _require_type("Example", "predicted", predicted, Doc)
        _require_type("Example", "reference", reference, Doc)
        self._predicted = predicted
        self._reference = reference
        self._alignment = (words_of([predicted]), words_of([reference]), alignment) if alignment is not None else None

    @classmethod
    def from_dict(cls, predicted: Doc, example_dict: Mapping[str, Any]) -> Example:
        """An example whose reference has the annotation of a dict; see `doc_from_dict`.

        Raises ValueError E976 for None, TypeError E4027 for what is no Doc or no dict.
        """
        if predicted is None:
            raise ValueError(Errors.E976.format(method="from_dict", arg="Doc"))
        if example_dict is None:
            raise ValueError(Errors.E976.format(method="from_dict", arg="dict"))
        _require_type("Example.from_dict", "predicted", predicted, Doc)
        _require_type("Example.from_dict", "example_dict", example_dict, Mapping)
        return cls(predicted, doc_from_dict(predicted, example_dict))

    def to_dict(self) -> dict[str, Any]:
        """The annotation of the reference, as `from_dict` takes it."""
        return doc_to_dict(self._reference)

    @property
    def predicted(self) -> Doc:
        """The Doc that a pipeline annotates."""
        return self._predicted

    @predicted.setter
    def predicted(self, doc: Doc) -> None:
        self._predicted = doc
        self._alignment = None

    @property
    def reference(self) -> Doc:
        """The Doc with the gold annotation."""
        return self._reference

    @reference.setter
    def reference(self, doc: Doc) -> None:
        self._reference = doc
        self._alignment = None

    x = predicted
    y = reference

    @property
    def text(self) -> str:
        """The text of the predicted Doc."""
        return self._predicted.text

    def __len__(self) -> int:
        return len(self._predicted)

    def __str__(self) -> str:
        return str(self.to_dict())

    __repr__ = __str__

    def copy(self) -> Example:
        """An example of copies of both Docs."""
        return Example(self._predicted.copy(), self._reference.copy())

    @property
    def alignment(self) -> Alignment:
        """Which tokens belong together; made anew when words changed. Raises ValueError E949 for different texts."""
        return self._align(words_of([self._predicted]), words_of([self._reference]))

    def _align(self, x: Array, y: Array) -> Alignment:
        """The alignment, given the words of both sides."""
        for known in (self._alignment, _alignments.get(self._reference)):
            if known is not None and _equal(known[0], x) and _equal(known[1], y):
                self._alignment = known
                return known[2]
        if _equal(x, y):
            alignment = Alignment.identity(len(x))
        else:
            strings = self._predicted.vocab.strings, self._reference.vocab.strings
            alignment = Alignment.from_strings(
                [strings[0][key] for key in x.tolist()], [strings[1][key] for key in y.tolist()]
            )
        self._alignment = _alignments[self._reference] = (x.copy(), y.copy(), alignment)
        return alignment

    def get_aligned(self, field: str | int, as_string: bool = False) -> list[Any]:
        """The reference's attribute for each predicted token; None unless all tokens aligned to it agree."""
        attr = attribute(field)
        values, known = project(_column(self._reference, attr), self.alignment)
        found: list[Any] = values.tolist()
        if as_string and attr not in NO_STRINGS:
            strings = self._reference.vocab.strings
            texts = {value: strings[value] for value in set(found)}
            found = [texts[value] for value in found]
        return [value if is_known else None for value, is_known in zip(found, known.tolist(), strict=True)]

    def get_aligned_parse(self, projectivize: bool = True) -> tuple[list[int | None], list[str | None]]:
        """Heads (predicted tokens) and dependency labels of the predicted tokens, None where they are not known.

        A token must belong to exactly one reference token; for a head, that token's head to exactly one predicted one.
        projectivize    Lift heads until no arcs cross, with the label of the former head in the label; see `lift`.
        """
        offsets = _column(self._reference, IDS["HEAD"])
        heads: list[int | None] = (offsets + np.arange(len(offsets))).tolist()
        keys = _column(self._reference, IDS["DEP"])
        strings = self._reference.vocab.strings
        labels = [strings[key] for key in keys.tolist()]
        if projectivize and self._reference.has_annotation("DEP"):
            heads, labels = lift(heads, labels)
        to_reference, to_predicted = self.alignment.x2y.single(), self.alignment.y2x.single()
        found_heads: list[int | None] = []
        found_labels: list[str | None] = []
        for gold in to_reference.tolist():
            gold_head = heads[gold] if gold >= 0 else None
            head = -1 if gold_head is None else int(to_predicted[gold_head])
            found_heads.append(head if head >= 0 else None)
            found_labels.append(labels[gold] if gold >= 0 else None)
        return found_heads, found_labels

    def get_aligned_sent_starts(self) -> list[bool | None]:
        """Whether a sentence of the reference starts at each predicted token; all None without such annotation."""
        starts = aligned_sent_starts([self])
        return [None if start == 0 else start == 1 for start in starts.tolist()]

    def get_aligned_spans_x2y(self, x_spans: Iterable[Span], allow_overlap: bool = False) -> list[Span]:
        """Spans of the predicted Doc as spans of the reference; those without the same text are left out."""
        return list(_aligned_spans(self._reference, x_spans, self.alignment.x2y, allow_overlap))

    def get_aligned_spans_y2x(self, y_spans: Iterable[Span], allow_overlap: bool = False) -> list[Span]:
        """Spans of the reference as spans of the predicted Doc; those without the same text are left out."""
        return list(_aligned_spans(self._predicted, y_spans, self.alignment.y2x, allow_overlap))

    def get_aligned_ents_and_ner(self) -> tuple[list[Span], list[str | None]]:
        """The gold entities as spans of the predicted Doc, and its BILUO tags, None where nothing is known."""
        if not self._reference.has_annotation("ENT_IOB"):
            return [], [None] * len(self._predicted)
        ents = self.get_aligned_spans_y2x(self._reference.ents, allow_overlap=False)
        offsets = [(ent.start_char, ent.end_char, ent.label_) for ent in ents]
        tags: list[str | None] = [
            None if tag == "-" else tag for tag in offsets_to_biluo_tags(self._predicted, offsets, missing="-")
        ]
        codes = self.get_aligned("ENT_IOB")
        blank, _ = gather([self._predicted], ["IS_SPACE"])
        for i, (code, is_blank) in enumerate(zip(codes, blank[:, 0].tolist(), strict=True)):
            if tags[i] is None and (code == 2 or is_blank):
                tags[i] = "O"
        return ents, tags

    def get_aligned_ner(self) -> list[str | None]:
        """BILUO tags of the predicted tokens, None where nothing is known."""
        return self.get_aligned_ents_and_ner()[1]

    def get_matching_ents(self, check_label: bool = True) -> list[Span]:
        """The predicted entities at the characters (with the label) of a gold one."""

        def key(ent: Span) -> tuple[Any, ...]:
            return (ent.start_char, ent.end_char, ent.label_ if check_label else None)

        gold = {key(ent) for ent in self._reference.ents}
        return [ent for ent in self._predicted.ents if key(ent) in gold]

    def split_sents(self) -> list[Example]:
        """An example for each sentence of the reference; [self] if it has no sentence starts."""
        if not self._reference.has_annotation("SENT_START"):
            return [self]
        sents = list(self._reference.sents)
        rows = self.alignment.x2y
        tokens = np.flatnonzero(rows.lengths)
        # a token that spans two sentences goes to the first
        first = rows.data[rows.starts[tokens]]
        parts = np.split(tokens, np.searchsorted(first, [sent.start for sent in sents]))[1:]
        return [
            Example(self._predicted[part[0] : part[-1] + 1].as_doc(), sent.as_doc())
            for part, sent in zip(parts, sents, strict=True)
            if len(part)
        ]


def words_of(docs: Sequence[Doc]) -> Array:
    """ORTH of all tokens of a batch, uint64 (n,)."""
    return gather(docs, ["ORTH"])[0].reshape(-1)


def _equal(x: Array, y: Array) -> bool:
    return len(x) == len(y) and bool((x == y).all())


def _column(doc: Doc, attr: int) -> Array:
    """An attribute of all tokens, (n,): uint64, for signed ones int64."""
    values = gather([doc], [attr])[0].reshape(-1)
    return values.view("int64") if attr in SIGNED else values


def project(values: Array, alignment: Alignment) -> tuple[Array, Array]:
    """Reference values (n_reference,) for the predicted tokens (n_predicted,), and which are known, bool.

    Known are those of tokens that belong to one or several reference tokens with equal values; others are 0.
    """
    if alignment.is_identity:
        return values, np.ones(len(values), dtype=bool)
    rows = alignment.x2y
    known = rows.lengths > 0
    out = np.zeros(len(rows), dtype=values.dtype)
    out[known] = values[rows.data[rows.starts[known]]]
    owners = np.repeat(np.arange(len(rows)), rows.lengths)
    known[owners[values[rows.data] != out[owners]]] = False
    out[~known] = 0
    return out, known


def same_words(examples: Sequence[Example]) -> bool:
    """Whether all examples have the same tokens on both sides."""
    x, x_lengths = _words_and_lengths([eg.predicted for eg in examples])
    y, y_lengths = _words_and_lengths([eg.reference for eg in examples])
    return np.array_equal(x_lengths, y_lengths) and _equal(x, y)


def _words_and_lengths(docs: Sequence[Doc]) -> tuple[Array, Array]:
    return words_of(docs), lengths_of(docs)


def _batch_alignment(examples: Sequence[Example]) -> Alignment | None:
    """Which tokens of the whole batch belong together; None if both sides have the same words."""
    x, x_lengths = _words_and_lengths([eg.predicted for eg in examples])
    y, y_lengths = _words_and_lengths([eg.reference for eg in examples])
    if np.array_equal(x_lengths, y_lengths) and _equal(x, y):
        return None
    x_ends, y_ends = np.cumsum(x_lengths), np.cumsum(y_lengths)
    ends = zip(examples, x_ends.tolist(), x_lengths.tolist(), y_ends.tolist(), y_lengths.tolist(), strict=True)
    alignments = [eg._align(x[xe - xn : xe], y[ye - yn : ye]) for eg, xe, xn, ye, yn in ends]
    return Alignment(
        AlignmentArray.joined([alignment.x2y for alignment in alignments], y_ends - y_lengths),
        AlignmentArray.joined([alignment.y2x for alignment in alignments], x_ends - x_lengths),
    )


def aligned_columns(examples: Sequence[Example], fields: Sequence[str | int]) -> list[Array]:
    """The reference's attributes for all predicted tokens of a batch, (n_tokens,) each.

    uint64, for HEAD and SENT_START int64. 0 where tokens that belong together do not agree, or there are none.
    """
    attrs = [attribute(field) for field in fields]
    alignment = _batch_alignment(examples)
    values = gather([eg.reference for eg in examples], attrs)[0]
    columns = [values[:, i] if attr not in SIGNED else values[:, i].view("int64") for i, attr in enumerate(attrs)]
    if alignment is None:
        return [np.ascontiguousarray(column) for column in columns]
    return [project(column, alignment)[0] for column in columns]


def aligned_sent_starts(examples: Sequence[Example]) -> Array:
    """1 for predicted tokens where a sentence of the reference starts, -1 for others, 0 if there are no sentences.

    int8 (n_tokens,), flat over the batch.
    """
    out = []
    for example in examples:
        reference = example.reference
        starts = np.zeros(len(example.predicted), dtype="int8")
        if len(reference) and reference.has_annotation("SENT_START"):
            gold = _column(reference, IDS["SENT_START"]) == 1
            gold[0] = True
            alignment = example.alignment
            borders = np.flatnonzero(gold)
            rows = alignment.y2x
            # where the tokens of each sentence begin and end in the array of all aligned tokens
            first = rows.starts[borders]
            last = np.append(first[1:], len(rows.data))
            starts[:] = -1
            starts[rows.data[first[first < last]]] = 1
        out.append(starts)
    return np.concatenate(out) if out else np.zeros(0, dtype="int8")


def _aligned_spans(doc: Doc, spans: Iterable[Span], rows: AlignmentArray, allow_overlap: bool) -> Iterator[Span]:
    """The spans on the tokens of `doc` that `rows` gives them; without overlap, no token is in two of them."""
    is_free = np.ones(len(doc), dtype=bool)
    for span in spans:
        tokens = rows[span.start : span.end]
        tokens = tokens[is_free[tokens]]
        moved = _moved(span, doc, tokens)
        if moved is not None:
            yield moved
            is_free[tokens] = allow_overlap


def _moved(span: Span, doc: Doc, tokens: Array) -> Span | None:
    """The span with its label and ids on other tokens, ascending; None if they are none, or have another text."""
    if not len(tokens):
        return None
    moved = Span(doc, tokens[0], tokens[-1] + 1, label=span.label_, kb_id=span.kb_id_, span_id=span.id_)
    return moved if _letters(moved) == _letters(span) else None


def _require_type(method: str, arg: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        described = {
            "method": method,
            "arg": arg,
            "wanted": "Doc" if kind is Doc else "dict",
            "type": type(value).__name__,
        }
        besides = "; nlp.make_doc makes one of a text" if kind is Doc else ""
        raise TypeError(Errors.E4027.format(value=repr(value)[:80], besides=besides, **described))


def _letters(span: Span) -> str:
    return folded("".join(span.text.split()))


def as_examples(examples: Any, method: str) -> list[Example]:
    """The examples of an iterable as a list. Raises TypeError E978 for anything else."""
    found: list[Example] = list(examples) if isinstance(examples, Iterable) else examples
    validate_examples(found, method)
    return found


def validate_examples(examples: Any, method: str) -> None:
    """Raises TypeError E978 unless `examples` holds Example objects only."""
    if not isinstance(examples, Iterable):
        found = "one Example by itself" if isinstance(examples, Example) else type(examples).__name__
        raise TypeError(Errors.E978.format(name=method, types=found))
    wrong = {type(item).__name__ for item in examples if not isinstance(item, Example)}
    if wrong:
        raise TypeError(Errors.E978.format(name=method, types=", ".join(sorted(wrong))))


def validate_get_examples(get_examples: Callable[[], Iterable[Example]], method: str) -> None:
    """Raises TypeError E930 unless this is a function that returns one Example at least, E978 for other objects.

    Of an iterator only the first item is looked at: reading a whole corpus would take long.
    """
    if not callable(get_examples):
        raise TypeError(Errors.E930.format(method=method, obj=type(get_examples).__name__))
    examples = get_examples()
    if isinstance(examples, Iterator):
        examples = list(islice(examples, 1))
    if not examples:
        raise TypeError(Errors.E930.format(method=method, obj="a function that returns none"))
    validate_examples(examples, method)


def validate_distillation_examples(examples: Iterable[Example], method: str) -> None:
    """Raises TypeError E978 for other objects, ValueError E4003 for Docs with different tokens."""
    examples = as_examples(examples, method)
    for example in examples:
        if not same_words([example]):
            x, y = ([token.text for token in doc] for doc in (example.predicted, example.reference))
            raise ValueError(Errors.E4003.format(x=x, y=y))
