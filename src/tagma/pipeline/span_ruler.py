"""span_ruler: spans, or entities, by patterns: token patterns of a matcher, and phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings, warn_user
from tagma.matcher import Matcher, PhraseMatcher
from tagma.matcher.levenshtein import levenshtein_compare
from tagma.pipeline._phrases import phrase_docs
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.pipe import Pipe
from tagma.registries import registry
from tagma.scorer import Scorer
from tagma.tokens import Span
from tagma.tokens.spans import filter_chain_spans, make_first_longest_spans_filter
from tagma.util.serialize import Part, Parts, reading

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline

Pattern = dict[str, Any]  # {"label": …, "pattern": text or list of dicts, "id": …}
SpansFilter = Callable[[Iterable[Span], Iterable[Span]], Iterable[Span]]
FuzzyCompare = Callable[[str, str, int], bool]

DEFAULT_KEY = "ruler"
FIRST_LONGEST = {"@misc": "spacy.first_longest_spans_filter.v1"}
LEVENSHTEIN = {"@misc": "spacy.levenshtein_compare.v1"}
NO_ID_SEPARATOR = "__unused__"

registry.misc("spacy.first_longest_spans_filter.v1", func=make_first_longest_spans_filter)


def _free(spans: Iterable[Span], taken: set[int]) -> list[Span]:
    """Spans none of whose tokens is taken, the longest first, then the earliest; their tokens are taken then."""
    kept = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            kept.append(span)
            taken.update(tokens)
    return kept


def prioritize_new_ents_filter(entities: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    """New spans without overlap, the longest win; of the entities those that touch none of them."""
    taken: set[int] = set()
    new = _free(spans, taken)
    return [*(entity for entity in entities if taken.isdisjoint(range(entity.start, entity.end))), *new]


def prioritize_existing_ents_filter(entities: Iterable[Span], spans: Iterable[Span]) -> list[Span]:
    """All entities, and the new spans that touch none of them and none of each other, the longest win."""
    kept = list(entities)
    return [*kept, *_free(spans, {i for entity in kept for i in range(entity.start, entity.end)})]


@registry.misc("spacy.prioritize_new_ents_filter.v1")
def make_prioritize_new_ents_filter() -> SpansFilter:
    """The filter by which new entities replace older ones."""
    return prioritize_new_ents_filter


@registry.misc("spacy.prioritize_existing_ents_filter.v1")
def make_prioritize_existing_ents_filter() -> SpansFilter:
    """The filter by which entities stay where they are."""
    return prioritize_existing_ents_filter


def overlapping_labeled_spans_score(
    examples: Iterable[Example], *, spans_key: str = DEFAULT_KEY, **kwargs: Any
) -> dict[str, Any]:
    """spans_<key>_p/r/f and spans_<key>_per_type of a group whose spans may overlap."""
    settings = {
        "attr": f"spans_{spans_key}",
        "allow_overlap": True,
        "labeled": True,
        "getter": lambda doc, attr: doc.spans.get(attr.removeprefix("spans_"), []),
        "has_annotation": lambda doc: spans_key in doc.spans,
    }
    return Scorer.score_spans(examples, **{**settings, **kwargs})


@registry.scorers("spacy.overlapping_labeled_spans_scorer.v1")
def make_overlapping_labeled_spans_scorer(spans_key: str = DEFAULT_KEY) -> Callable[..., dict[str, Any]]:
    """The scorer of a group of spans."""
    return partial(overlapping_labeled_spans_score, spans_key=spans_key)


DEFAULT_SCORER = partial(overlapping_labeled_spans_score, spans_key=DEFAULT_KEY)


class Ruler(Pipe):
    """What rulers have in common: matchers that are given patterns, and files of these."""

    nlp: Pipeline
    matcher: Matcher
    phrase_matcher: PhraseMatcher
    phrase_matcher_attr: str | int | None
    matcher_fuzzy_compare: FuzzyCompare
    _validate: bool

    def _annotate(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.match(doc))
        return doc

    def match(self, doc: Doc) -> list[Any]:
        """What the patterns match in a doc."""
        raise NotImplementedError

    def set_annotations(self, doc: Doc, matches: list[Any]) -> None:
        """Write what `match` found."""
        raise NotImplementedError

    def add_patterns(self, patterns: list[Pattern]) -> None:
        """Add patterns."""
        raise NotImplementedError

    def clear(self) -> None:
        """Take out all patterns."""
        raise NotImplementedError

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        patterns: Sequence[Pattern] | None = None,
    ) -> None:
        """Replace the patterns by those given."""
        self.clear()
        if patterns:
            self.add_patterns(list(patterns))

    def _new_matchers(self) -> None:
        vocab = self.nlp.vocab
        self.matcher = Matcher(vocab, validate=self._validate, fuzzy_compare=self.matcher_fuzzy_compare)
        self.phrase_matcher = PhraseMatcher(vocab, attr=self.phrase_matcher_attr, validate=self._validate)

    def _found(self, doc: Doc) -> list[tuple[int, int, int]]:
        """(key, start, end) of all matches. Warns W036 if there are no patterns."""
        if not len(self.matcher) and not len(self.phrase_matcher):
            warn_user(Warnings.W036.format(name=self.name))
        by_tokens = self.matcher(doc) if len(self.matcher) else []
        by_phrases = self.phrase_matcher(doc) if len(self.phrase_matcher) else []
        return [match for match in (*by_tokens, *by_phrases) if match[1] != match[2]]

    def _take_out(self, keys: Iterable[str]) -> None:
        for key in keys:
            for matcher in (self.matcher, self.phrase_matcher):
                if key in matcher:
                    matcher.remove(key)


@factory(
    "span_ruler",
    default_config={
        "spans_key": DEFAULT_KEY,
        "spans_filter": None,
        "annotate_ents": False,
        "ents_filter": FIRST_LONGEST,
        "phrase_matcher_attr": None,
        "matcher_fuzzy_compare": LEVENSHTEIN,
        "validate": False,
        "overwrite": True,
        "scorer": {"@scorers": "spacy.overlapping_labeled_spans_scorer.v1", "spans_key": DEFAULT_KEY},
    },
    assigns=["doc.spans"],
    default_score_weights={
        f"spans_{DEFAULT_KEY}_f": 1.0,
        f"spans_{DEFAULT_KEY}_p": 0.0,
        f"spans_{DEFAULT_KEY}_r": 0.0,
        f"spans_{DEFAULT_KEY}_per_type": None,
    },
)
class SpanRuler(Ruler):
    """Writes what patterns match to a group of spans, to the entities, or to both.

    spans_key              The group in `doc.spans`; None for none.
    spans_filter           `(spans that are there, matches) -> spans`; None adds all matches.
    annotate_ents          Also write to `doc.ents`.
    ents_filter            The same for the entities, which may not overlap.
    phrase_matcher_attr    Attribute by which phrases are compared; their text, if None.
    matcher_fuzzy_compare  Comparison of FUZZY patterns.
    validate               Check patterns when they are added.
    overwrite              Drop the spans and entities that are there.
    """

    def __init__(
        self,
        nlp: Pipeline,
        name: str = "span_ruler",
        *,
        spans_key: str | None = DEFAULT_KEY,
        spans_filter: SpansFilter | None = None,
        annotate_ents: bool = False,
        ents_filter: SpansFilter = filter_chain_spans,
        phrase_matcher_attr: int | str | None = None,
        matcher_fuzzy_compare: FuzzyCompare = levenshtein_compare,
        validate: bool = False,
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = DEFAULT_SCORER,
    ) -> None:
        self.nlp = nlp
        self.name = name
        self.spans_key = spans_key
        self.spans_filter = spans_filter
        self.annotate_ents = annotate_ents
        self.ents_filter = ents_filter
        self.phrase_matcher_attr = phrase_matcher_attr
        self.matcher_fuzzy_compare = matcher_fuzzy_compare
        self._validate = validate
        self.overwrite = overwrite
        self.scorer = scorer
        self.clear()

    def __len__(self) -> int:
        """The number of patterns."""
        return len(self._patterns)

    def __contains__(self, label: str) -> bool:
        """Whether there are patterns with a label."""
        return any(pattern["label"] == label for pattern in self._patterns)

    @property
    def key(self) -> str | None:
        """The group of spans that is written."""
        return self.spans_key

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the patterns, sorted."""
        return tuple(sorted({str(pattern["label"]) for pattern in self._patterns}))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the patterns, sorted."""
        return tuple(sorted({str(pattern["id"]) for pattern in self._patterns if pattern.get("id") is not None}))

    @property
    def patterns(self) -> list[Pattern]:
        """The patterns as they were added."""
        return self._patterns

    def clear(self) -> None:
        """Take out all patterns."""
        self._patterns: list[Pattern] = []
        self._labels: dict[int, tuple[str, str]] = {}  # label and id of each key of the matchers
        self._new_matchers()

    def add_patterns(self, patterns: list[Pattern]) -> None:
        """Add patterns: {"label": "ORG", "pattern": "Apple", "id": "apple"}; a phrase, or a token pattern.

        Phrases are annotated by the components in front of this one. Raises ValueError: E097 for other patterns, E4516
        for other labels and ids, and those of matchers.
        """
        phrases: list[tuple[str, str]] = []
        for entry in patterns:
            label, id_ = entry["label"], entry.get("id", "")
            if not (isinstance(label, str) and isinstance(id_, str)):
                raise ValueError(Errors.E4516.format(name=self.name, label=label, id=id_))
            key = repr((label, id_))
            if isinstance(entry["pattern"], str):
                phrases.append((key, entry["pattern"]))
            elif isinstance(entry["pattern"], list):
                self.matcher.add(key, [entry["pattern"]])
            else:
                raise ValueError(Errors.E097.format(pattern=entry["pattern"]))
            self._labels[self.nlp.vocab.strings.add(key)] = (label, id_)
            self._patterns.append(entry)
        docs = phrase_docs(self.nlp, self, [text for _, text in phrases], self.phrase_matcher_attr)
        for (key, _), doc in zip(phrases, docs, strict=True):
            self.phrase_matcher.add(key, [doc])

    def remove(self, label: str) -> None:
        """Take out the patterns of a label. Raises ValueError E1024 if there are none."""
        if label not in self:
            raise ValueError(Errors.E1024.format(attr_type="label", label=label, component=self.name))
        self._remove(lambda found, _: found == label)

    def remove_by_id(self, pattern_id: str) -> None:
        """Take out the patterns of an id. Raises ValueError E1024 if there are none."""
        if pattern_id not in self.ids:
            raise ValueError(Errors.E1024.format(attr_type="ID", label=pattern_id, component=self.name))
        self._remove(lambda _, found: found == pattern_id)

    def _remove(self, is_meant: Callable[[str, str], bool]) -> None:
        self._patterns = [p for p in self._patterns if not is_meant(p["label"], p.get("id", ""))]
        self._take_out(repr(pair) for pair in self._labels.values() if is_meant(*pair))

    def match(self, doc: Doc) -> list[Span]:
        """The spans that patterns match, each once, sorted. Warns W036 if there are no patterns."""
        found: set[Span] = set()
        for key, start, end in self._found(doc):
            label, id_ = self._labels[key]
            found.add(Span(doc, start, end, label=label, span_id=id_))
        return sorted(found)

    def set_annotations(self, doc: Doc, matches: list[Span]) -> None:
        """Write spans to the group and the entities. Raises ValueError E854 for entities that overlap."""
        if self.spans_key:
            kept = list(doc.spans[self.spans_key]) if self.spans_key in doc.spans and not self.overwrite else []
            added = self.spans_filter(kept, matches) if self.spans_filter else matches
            doc.spans[self.spans_key] = [*kept, *added]
        if self.annotate_ents:
            entities = self.ents_filter([] if self.overwrite else list(doc.ents), matches)
            try:
                doc.ents = sorted(entities)
            except ValueError as error:
                raise ValueError(Errors.E854.format(name=self.name)) from error

    # Files

    def _parts(self) -> Parts:
        import srsly

        def load(read: Callable[[], Any], what: object) -> None:
            with reading(what):
                patterns = list(read())
                self.clear()
                self.add_patterns(patterns)

        return Parts(
            patterns=Part(
                to_bytes=lambda: srsly.json_dumps(self._patterns),
                from_bytes=lambda data: load(lambda: srsly.json_loads(data), f"patterns of {self.name!r}"),
                to_disk=lambda path: srsly.write_jsonl(path, self._patterns),
                from_disk=lambda path: load(lambda: srsly.read_jsonl(path), path),
            )
        )

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The patterns."""
        return self._parts().to_bytes(exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> SpanRuler:
        """Load what `to_bytes` wrote, in place of the patterns that are here."""
        self._parts().from_bytes(bytes_data, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the patterns to a folder, one in a line."""
        self._parts().to_disk(path, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> SpanRuler:
        """Load what `to_disk` wrote, in place of the patterns that are here."""
        self._parts().from_disk(path, exclude)
        return self


@factory(
    "future_entity_ruler",
    default_config={
        "phrase_matcher_attr": None,
        "validate": False,
        "overwrite_ents": False,
        "scorer": {"@scorers": "spacy.entity_ruler_scorer.v1"},
        "ent_id_sep": NO_ID_SEPARATOR,
        "matcher_fuzzy_compare": LEVENSHTEIN,
    },
    assigns=["doc.ents"],
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_entity_ruler(
    nlp: Pipeline,
    name: str,
    *,
    phrase_matcher_attr: int | str | None,
    matcher_fuzzy_compare: FuzzyCompare,
    validate: bool,
    overwrite_ents: bool,
    scorer: Callable[..., Any] | None,
    ent_id_sep: str,
) -> SpanRuler:
    """A span ruler that writes entities alone, with the settings of an entity ruler; `ent_id_sep` says nothing."""
    return SpanRuler(
        nlp,
        name,
        spans_key=None,
        spans_filter=None,
        annotate_ents=True,
        ents_filter=prioritize_new_ents_filter if overwrite_ents else prioritize_existing_ents_filter,
        phrase_matcher_attr=phrase_matcher_attr,
        matcher_fuzzy_compare=matcher_fuzzy_compare,
        validate=validate,
        overwrite=False,
        scorer=scorer,
    )


make_span_ruler: Callable[..., SpanRuler] = maker(SpanRuler)
