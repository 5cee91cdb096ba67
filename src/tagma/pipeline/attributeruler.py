"""attribute_ruler: attributes of tokens by rules, patterns of a matcher and what to set where one is found.

Patterns of single tokens, and of tokens one after the other, are decided by tables (`_token_conditions`), for a batch
at a time; those with operators, extension attributes and other forms are left to a matcher.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.attrs import IDS, MORPH, NAMES, NORM, SENT_START, intify_attrs
from tagma.errors import Errors
from tagma.matcher import Matcher
from tagma.pipeline._token_conditions import TokenConditions
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.pipe import Pipe
from tagma.scorer import Scorer
from tagma.scorer.tokens import attribute_key
from tagma.tokens.columns import read, write
from tagma.util.paths import replace_file
from tagma.util.serialize import Part, Parts, part_of, reading, unpack

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

Array = np.ndarray[Any, Any]
TokenPattern = list[dict[Any, Any]]
Rule = dict[str, Any]  # {"patterns": …, "attrs": …, "index": …}
Match = tuple[int, int, int, int]  # number of the rule, hash of that as a text, start, end

# Attributes that are written as columns.
COLUMNS = {
    IDS[name.upper()]: name for name in ("tag", "pos", "morph", "lemma", "dep", "ent_type", "ent_kb_id", "ent_id")
}
# What else a rule may set. All other attributes follow from the word form or its context.
STARTS = {1: True, 0: None, -1: False}
SETTABLE = frozenset([*COLUMNS, NORM, SENT_START])


@scorer("spacy.attribute_ruler_scorer.v1")
def attribute_ruler_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """tag_acc, pos_acc, morph_acc, morph_micro_p/r/f, morph_per_feat, lemma_acc."""
    examples = list(examples)
    of_morph = {**kwargs, "getter": attribute_key}
    return {
        **Scorer.score_token_attr(examples, "tag", **kwargs),
        **Scorer.score_token_attr(examples, "pos", **kwargs),
        **Scorer.score_token_attr(examples, "morph", **of_morph),
        **Scorer.score_token_attr_per_feat(examples, "morph", **of_morph),
        **Scorer.score_token_attr(examples, "lemma", **kwargs),
    }


@dataclass(slots=True)
class _Sequence:
    """A pattern of conditions on tokens one after the other, and the rule that it belongs to."""

    rule: int
    conditions: list[int]


@dataclass(slots=True)
class _Tables:
    """The patterns that need no matcher.

    singles, longer    of one token, and of several
    winners            of each kind of token and each column: the last rule with a pattern of one token, -1 for none
    occurs             whether any kind of token fulfils a condition, bool (n_conditions,)
    values             of each column what each rule sets, uint64 (n_rules,)
    sequences          patterns that are not in `winners`
    """

    conditions: TokenConditions
    singles: list[_Sequence] = field(default_factory=list)
    longer: list[_Sequence] = field(default_factory=list)
    winners: Array = field(default_factory=lambda: np.zeros((0, len(COLUMNS)), dtype="int32"))
    occurs: Array = field(default_factory=lambda: np.zeros(0, dtype=bool))
    values: list[Array] = field(default_factory=list)
    sequences: list[_Sequence] = field(default_factory=list)


@factory("attribute_ruler", default_config={"validate": False})
class AttributeRuler(Pipe):
    """Sets attributes of tokens that patterns match; where several rules set one, the last rule counts.

    All patterns see the doc as it came, not what other rules set.
    validate    Check patterns when they are added, and name what is wrong with them.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str = "attribute_ruler",
        *,
        validate: bool = False,
        scorer: Callable[..., Any] | None = attribute_ruler_score,
    ) -> None:
        self.vocab = vocab
        self.name = name
        self.validate = validate
        self.scorer = scorer
        self.clear()

    def clear(self) -> None:
        """Take out all rules."""
        self._rules: list[Rule] = []
        self.attrs: list[dict[Any, Any]] = []
        self.indices: list[int] = []
        self._tables = _Tables(TokenConditions(self.vocab))
        self._matcher: Matcher | None = None
        self._all: Matcher | None = None

    def __getstate__(self) -> dict[str, Any]:
        """All but what is made of the rules."""
        return {key: value for key, value in vars(self).items() if key not in ("_tables", "_matcher", "_all")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        rules = self._rules
        self.clear()
        self.add_patterns(rules)

    @property
    def patterns(self) -> list[Rule]:
        """The rules as they were added: {"patterns", "attrs", "index"}."""
        return list(self._rules)

    @property
    def matcher(self) -> Matcher:
        """A matcher with all patterns, each under the number of its rule."""
        if self._all is None:
            self._all = self._new_matcher()
            for number, rule in enumerate(self._rules):
                self._all.add(str(number), rule["patterns"])
        return self._all

    def _new_matcher(self) -> Matcher:
        return Matcher(self.vocab, validate=self.validate)

    # Rules

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        nlp: Pipeline | None = None,
        patterns: Iterable[Mapping[str, Any]] | None = None,
        tag_map: Mapping[str, Mapping[Any, Any]] | None = None,
        morph_rules: Mapping[str, Mapping[str, Mapping[Any, Any]]] | None = None,
    ) -> None:
        """Replace the rules by those given; see `add_patterns`, `load_from_tag_map` and `load_from_morph_rules`."""
        self.clear()
        self.add_patterns(patterns or ())
        self.load_from_tag_map(tag_map or {})
        self.load_from_morph_rules(morph_rules or {})

    def add(self, patterns: Iterable[TokenPattern], attrs: Mapping[Any, Any], index: int = 0) -> None:
        """Add a rule.

        patterns    patterns of a matcher
        attrs       what to set: {"POS": "NOUN", "MORPH": "Number=Plur"}
        index       which token of what a pattern matches is meant; -1 is the last
        Raises ValueError for patterns that no matcher takes, E4515 for attributes or values that cannot be set.
        """
        patterns, index = [list(pattern) for pattern in patterns], operator.index(index)
        number = len(self._rules)
        if self.validate:
            self._new_matcher().add(str(number), patterns)
        others = [pattern for pattern in patterns if not self._tabulate(number, pattern)]
        if others or not patterns:
            self._matcher = self._matcher or self._new_matcher()
            self._matcher.add(str(number), others)
        self.vocab.strings.add(str(number))
        self._rules.append({"patterns": patterns, "attrs": attrs, "index": index})
        self.attrs.append(self._normalized(attrs))
        self.indices.append(index)
        self._all = None
        self._tables.winners = self._tables.winners[:0]

    def _tabulate(self, rule: int, pattern: TokenPattern) -> bool:
        """Whether a pattern could be added to the tables."""
        numbers = [self._tables.conditions.add(token) for token in pattern]
        if not numbers or None in numbers:
            return False
        found = _Sequence(rule, [number for number in numbers if number is not None])
        (self._tables.singles if len(pattern) == 1 else self._tables.longer).append(found)
        return True

    def _normalized(self, attrs: Mapping[Any, Any]) -> dict[Any, Any]:
        """Attributes by id, texts as keys, features in their normal form; extension attributes as they are."""
        values: dict[Any, Any] = intify_attrs(attrs, self.vocab.strings)
        if MORPH in values:
            values[MORPH] = self.vocab.morphology.add(self.vocab.strings.as_string(values[MORPH]))
        for attr, value in values.items():
            if attr not in SETTABLE or not _can_be_set(attr, value):
                known = sorted(NAMES[number] for number in SETTABLE)
                raise ValueError(Errors.E4515.format(attr=NAMES[attr], value=value, attrs=known))
        return {**values, "_": attrs["_"]} if "_" in attrs else values

    def add_patterns(self, patterns: Iterable[Mapping[str, Any]]) -> None:
        """Add rules, each with the arguments of `add`."""
        for rule in patterns:
            self.add(**rule)

    def load_from_tag_map(self, tag_map: Mapping[str, Mapping[Any, Any]]) -> None:
        """Add a rule for each tag: {"NNS": {"POS": "NOUN", "Number": "Plur"}}. What is no attribute is a feature."""
        for tag, given in tag_map.items():
            attrs, features = _without_features(given)
            attrs["MORPH"] = self._features(attrs.get("MORPH", features))
            self.add([[{"TAG": tag}]], attrs)

    def load_from_morph_rules(self, morph_rules: Mapping[str, Mapping[str, Mapping[Any, Any]]]) -> None:
        """Add a rule for each tag and word: {"VBZ": {"is": {"LEMMA": "be", "VerbForm": "Fin"}}}."""
        for tag, words in morph_rules.items():
            for word, given in words.items():
                attrs, features = _without_features(given)
                if "MORPH" in attrs or features:
                    attrs["MORPH"] = self._features(attrs.get("MORPH", features))
                self.add([[{"ORTH": word, "TAG": tag}]], attrs)

    def _features(self, features: Any) -> str:
        return str(self.vocab.strings[self.vocab.morphology.add(features)])

    # Annotating

    def _annotate(self, doc: Doc) -> Doc:
        if self._is_own():
            self._apply([doc])
        else:
            self.set_annotations(doc, self.match(doc))
        return doc

    def _is_own(self) -> bool:
        """Whether rules are found and applied as here, and not by a subclass."""
        cls = type(self)
        return cls.match is AttributeRuler.match and cls.set_annotations is AttributeRuler.set_annotations

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Apply the rules to a stream of docs, batch by batch, in order; what fails goes to the error handler."""
        if not self._is_own():
            return super().pipe(stream, batch_size=batch_size)
        return self._in_batches(stream, batch_size, self._apply)

    def match(self, doc: Doc) -> list[Match]:
        """(number of a rule, its key, start, end) of all that patterns match, by rule and place."""
        found: set[tuple[int, int, int]] = set()
        kinds, _ = self._tables.conditions.judge([doc])
        self._complete()
        for pattern in (*self._tables.singles, *self._tables.longer):
            starts = self._starts(pattern, kinds, np.zeros(len(kinds), dtype="int32"))
            found.update((pattern.rule, start, start + len(pattern.conditions)) for start in starts.tolist())
        found.update(self._by_matcher(doc))
        key = self.vocab.strings.add
        return [(rule, key(str(rule)), start, end) for rule, start, end in sorted(found)]

    def _by_matcher(self, doc: Doc) -> Iterator[tuple[int, int, int]]:
        if self._matcher is not None:
            for key, start, end in self._matcher(doc, allow_missing=True):
                yield int(self.vocab.strings[key]), start, end

    def set_annotations(self, doc: Doc, matches: Iterable[Match]) -> None:
        """Set what the rules of the matches say, in their order. Raises ValueError E1001 for an index outside."""
        ordered = list(matches)
        places = [self._target(rule, start, end, doc) for rule, _, start, end in ordered]
        values: dict[int, Array] = {}
        for (rule, *_), place in zip(ordered, places, strict=True):
            self._set_others(doc, place, rule)
            for attr, name in COLUMNS.items():
                if attr in self.attrs[rule]:
                    values.setdefault(attr, read([doc], name)[0])[place] = self.attrs[rule][attr]
        for attr, column in values.items():
            write([doc], COLUMNS[attr], column)

    def _target(self, rule: int, start: int, end: int, doc: Doc) -> int:
        """The token that a rule means in what it matched."""
        index = self.indices[rule]
        if not start - end <= index < end - start:
            patterns, words = self._rules[rule]["patterns"], [token.text for token in doc[start:end]]
            raise ValueError(Errors.E1001.format(name=self.name, patterns=patterns, span=words, index=index))
        return start + index if index >= 0 else end + index

    def _set_others(self, doc: Doc, place: int, rule: int) -> None:
        """Set what stands in no column of its own: extension attributes, and those of word forms."""
        for attr, value in self.attrs[rule].items():
            if attr == "_":
                for name, extension in value.items():
                    doc[place]._.set(name, extension)
            elif attr == NORM:
                doc[place].norm_ = self.vocab.strings[value]
            elif attr == SENT_START:
                doc[place].is_sent_start = STARTS[value]

    def _apply(self, docs: Sequence[Doc]) -> None:
        """Apply all rules to a batch."""
        kinds, lengths = self._tables.conditions.judge(docs)
        self._complete()
        winners = self._tables.winners[kinds]
        ends = np.cumsum(lengths)
        others: list[tuple[int, int]] = []
        doc_of = np.repeat(np.arange(len(lengths), dtype="int32"), lengths)
        for pattern in self._tables.sequences:
            starts = self._starts(pattern, kinds, doc_of)
            if len(starts):
                self._take(pattern.rule, starts, len(pattern.conditions), docs, ends, winners, others)
        for number, doc in enumerate(docs if self._matcher is not None else ()):
            for rule, start, end in self._by_matcher(doc):
                begin = np.asarray([start + int(ends[number] - lengths[number])])
                self._take(rule, begin, end - start, docs, ends, winners, others)
        self._write(docs, winners)
        for rule, place in sorted(others):
            number = int(np.searchsorted(ends, place, side="right"))
            self._set_others(docs[number], place - int(ends[number] - lengths[number]), rule)

    def _complete(self) -> None:
        """Bring the tables up to all rules and all kinds of tokens that are known."""
        tables, holds = self._tables, self._tables.conditions.holds
        known = len(tables.winners)
        if known == 0:
            odd = [
                pattern
                for pattern in tables.singles
                if self.indices[pattern.rule] not in (0, -1) or not COLUMNS.keys() >= self.attrs[pattern.rule].keys()
            ]
            tables.sequences = [*tables.longer, *odd]
            tables.values = [np.asarray([rule.get(attr, 0) for rule in self.attrs], "uint64") for attr in COLUMNS]
        if known < len(holds):
            tables.winners = np.concatenate([tables.winners, self._winners_of(holds[known:])])
            tables.occurs = np.asarray(holds.any(axis=0))

    def _winners_of(self, holds: Array) -> Array:
        """Of each kind of token and each column: the last rule with a pattern of one token, int32 (n, n_columns)."""
        winners = np.full((len(holds), len(COLUMNS)), -1, dtype="int32")
        for pattern in self._tables.singles:
            if self.indices[pattern.rule] in (0, -1):
                kinds = np.flatnonzero(holds[:, pattern.conditions[0]])
                for place, attr in enumerate(COLUMNS):
                    if attr in self.attrs[pattern.rule]:
                        winners[kinds, place] = np.maximum(winners[kinds, place], pattern.rule)
        return winners

    def _starts(self, pattern: _Sequence, kinds: Array, doc_of: Array) -> Array:
        """Where a pattern matches, int64 (n,)."""
        holds = self._tables.conditions.holds
        size = len(pattern.conditions)
        if len(kinds) < size or not all(self._tables.occurs[condition] for condition in pattern.conditions):
            return np.zeros(0, dtype="int64")
        last = len(kinds) - size + 1
        fits = holds[kinds[:last], pattern.conditions[0]]
        for offset, condition in enumerate(pattern.conditions[1:], start=1):
            fits &= holds[kinds[offset : last + offset], condition]
        if size > 1:
            fits &= doc_of[:last] == doc_of[size - 1 :]
        return np.flatnonzero(fits)

    def _take(
        self,
        rule: int,
        starts: Array,
        size: int,
        docs: Sequence[Doc],
        ends: Array,
        winners: Array,
        others: list[tuple[int, int]],
    ) -> None:
        """Note that a rule matched `size` tokens from each start, places counted through the batch."""
        number = int(np.searchsorted(ends, starts[0], side="right"))
        first = int(starts[0] - (ends[number - 1] if number else 0))
        targets = starts + (self._target(rule, first, first + size, docs[number]) - first)
        for place, attr in enumerate(COLUMNS):
            if attr in self.attrs[rule]:
                winners[targets, place] = np.maximum(winners[targets, place], rule)
        if not COLUMNS.keys() >= self.attrs[rule].keys():
            others += [(rule, target) for target in targets.tolist()]

    def _write(self, docs: Sequence[Doc], winners: Array) -> None:
        is_won = winners >= 0
        some = np.asarray(is_won.any(axis=0))
        for place, name in enumerate(COLUMNS.values()):
            if some[place]:
                values = self._tables.values[place][winners[:, place]]
                write(docs, name, np.where(is_won[:, place], values, read(docs, name)[0]))

    # Files

    def _parts(self, exclude: Iterable[str]) -> Parts:
        return Parts(
            vocab=part_of(self.vocab, exclude=exclude),
            patterns=Part(
                to_bytes=self._packed,
                from_bytes=lambda data: self._load(data, f"patterns of {self.name!r}"),
                to_disk=self._save,
                from_disk=lambda path: self._load(path.read_bytes(), path),
            ),
        )

    def _packed(self) -> bytes:
        import srsly

        packed: bytes = srsly.msgpack_dumps(self._rules)
        return packed

    def _save(self, path: Path) -> None:
        with replace_file(path) as part:
            part.write_bytes(self._packed())

    def _load(self, data: bytes, what: object) -> None:
        with reading(what):
            self.clear()
            self.add_patterns(unpack(data, what))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Vocabulary and rules."""
        return self._parts(exclude).to_bytes(exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> AttributeRuler:
        """Load what `to_bytes` wrote, in place of the rules that are here."""
        self._parts(exclude).from_bytes(bytes_data, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Vocabulary and rules, in a folder."""
        self._parts(exclude).to_disk(path, exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> AttributeRuler:
        """Load what `to_disk` wrote, in place of the rules that are here."""
        self._parts(exclude).from_disk(path, exclude)
        return self


def _can_be_set(attr: int, value: Any) -> bool:
    """Whether a value is one of the attribute: a key of the string store, for a start one of those of `STARTS`."""
    if attr == SENT_START:
        return isinstance(value, int) and value in STARTS
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64


def _without_features(given: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Attributes of tokens, and the rest of an entry of a tag map: its features."""
    attrs = {key: value for key, value in given.items() if key == "_" or key in IDS or key in IDS.values()}
    return attrs, {key: value for key, value in given.items() if key not in attrs}


make_attribute_ruler: Callable[..., AttributeRuler] = maker(AttributeRuler)
make_attribute_ruler_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(attribute_ruler_score)
