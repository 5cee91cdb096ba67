"""`Matcher`: sequences of tokens, described token by token."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tagma.attrs import IDS
from tagma.errors import Errors, MatchPatternError, Warnings, warn_user
from tagma.matcher._patterns import ANNOTATED, Pattern, parse_pattern
from tagma.matcher._program import Program
from tagma.matcher._tests import FuzzyCompare
from tagma.matcher.levenshtein import levenshtein_compare
from tagma.tokens import Doc, Span

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["Matcher"]

Greedy: TypeAlias = Literal["FIRST", "LONGEST"]
OnMatch: TypeAlias = Callable[["Matcher", Doc, int, list[Any]], Any]


class Matcher:
    """Finds sequences of tokens by patterns that say what holds for each.

        matcher = Matcher(nlp.vocab)
        matcher.add("GREETING", [[{"LOWER": "hello"}, {"IS_PUNCT": True, "OP": "?"}, {"LOWER": "world"}]])
        for key, start, end in matcher(doc): ...

    Patterns are compiled together when they are first searched for: more of them cost little more time.
    """

    def __init__(
        self, vocab: Vocab, validate: bool = True, *, fuzzy_compare: FuzzyCompare = levenshtein_compare
    ) -> None:
        """
        vocab           that of the docs
        validate        check patterns when they are added (MatchPatternError)
        fuzzy_compare   `fuzzy_compare(text, pattern, edits)` for FUZZY (edits -1) and FUZZY1 to FUZZY9
        """
        self.vocab = vocab
        self.validate = validate
        self._fuzzy_compare = fuzzy_compare
        self._patterns: dict[int, list[list[dict[Any, Any]]]] = {}
        self._callbacks: dict[int, OnMatch | None] = {}
        self._greedy: dict[int, Greedy | None] = {}
        self._rules: list[tuple[int, Pattern]] = []  # in the order of adding, which that of matches follows
        self._compiled: Program | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled": None}

    def __len__(self) -> int:
        """The number of keys."""
        return len(self._patterns)

    def __contains__(self, key: str | int) -> bool:
        """Whether there are patterns under the key."""
        return self._id(key) in self._patterns

    def has_key(self, key: str | int) -> bool:
        """`key in matcher`."""
        return key in self

    def add(
        self,
        key: str | int,
        patterns: list[list[dict[Any, Any]]],
        *,
        on_match: OnMatch | None = None,
        greedy: Greedy | None = None,
    ) -> None:
        """Add patterns under a key. Those that it has stay; callback and preference are replaced.

        on_match    called as `on_match(matcher, doc, i, matches)` for each match of the key
        greedy      of matches of the key that share tokens keep the "FIRST" or the "LONGEST"

        Raises ValueError: E171 (callback), E948 and E178 (no list of lists), E947 (`greedy`), E012 (empty pattern),
        those of token patterns (E011, E152, E153, E154, E4360, E4362), and MatchPatternError.
        """
        if on_match is not None and not callable(on_match):
            raise ValueError(Errors.E171.format(name="Matcher", arg_type=type(on_match)))
        if not isinstance(patterns, list):
            raise ValueError(Errors.E948.format(name="Matcher", arg_type=type(patterns)))
        if greedy not in (None, "FIRST", "LONGEST"):
            raise ValueError(Errors.E947.format(expected=["FIRST", "LONGEST"], arg=greedy))
        for pattern in patterns:
            if not isinstance(pattern, list):
                raise ValueError(Errors.E178.format(name="Matcher", pattern=pattern, key=key))
            if not pattern:
                raise ValueError(Errors.E012.format(key=key))
        if self.validate:
            check_patterns(key, patterns)
        parsed = [parse_pattern(self.vocab, pattern, self._fuzzy_compare) for pattern in patterns]
        number = self.vocab.strings.add(key) if isinstance(key, str) else key
        self._patterns.setdefault(number, []).extend(patterns)
        self._callbacks[number] = on_match
        self._greedy[number] = greedy
        self._rules.extend((number, pattern) for pattern in parsed)
        self._compiled = None

    def remove(self, key: str | int) -> None:
        """Remove a key with its patterns. Raises ValueError E175 if there is no such key."""
        number = self._id(key)
        if number not in self._patterns:
            raise ValueError(Errors.E175.format(key=key))
        for kept in (self._patterns, self._callbacks, self._greedy):
            del kept[number]
        self._rules = [rule for rule in self._rules if rule[0] != number]
        self._compiled = None

    def get(self, key: str | int, default: Any = None) -> Any:
        """(callback, patterns) of a key, `default` where there is no such key."""
        number = self._id(key)
        return (self._callbacks[number], self._patterns[number]) if number in self._patterns else default

    def pipe(
        self, docs: Iterable[Any], batch_size: int = 1000, return_matches: bool = False, as_tuples: bool = False
    ) -> Iterator[Any]:
        """Match a stream of docs and hand them on; deprecated, call the matcher (W105)."""
        warnings.warn(Warnings.W105.format(matcher="Matcher"), DeprecationWarning, stacklevel=2)
        for item in docs:
            doc, *context = item if as_tuples else (item,)
            found = self(doc)
            out = (doc, found) if return_matches else doc
            yield (out, *context) if as_tuples else out

    def __call__(
        self,
        doclike: Doc | Span,
        *,
        as_spans: bool = False,
        allow_missing: bool = False,
        with_alignments: bool = False,
    ) -> Any:
        """(key, start, end) for each match, in the order in which matches become known while reading from the left.

        doclike         of a Span, `start` and `end` are counted from its beginning
        as_spans        Spans of the Doc instead, with the key as label
        allow_missing   search for annotations that the Doc lacks (else ValueError E155)
        with_alignments a fourth item: for each token the index of the token pattern that took it

        Raises ValueError E195 for other objects; warns W036 if there are no patterns.
        """
        if isinstance(doclike, Doc):
            doc, start, end = doclike, 0, len(doclike)
        elif isinstance(doclike, Span):
            doc, start, end = doclike.doc, doclike.start, doclike.end
        else:
            raise ValueError(Errors.E195.format(good="Doc or Span", got=type(doclike).__name__))
        if not self._patterns:
            warn_user(Warnings.W036.format(name="matcher"))
            return []
        program = self._program()
        if not allow_missing:
            check_annotated(doc, program.annotated)
        found = program.search(doc, start, end, aligned=with_alignments and not as_spans)
        if any(self._greedy.values()):
            found = _preferred(found, self._greedy)
        if any(self._callbacks.values()):
            for i, match in enumerate(found):
                on_match = self._callbacks.get(match[0])
                if on_match is not None:
                    on_match(self, doc, i, found)
        return [Span(doc, start + a, start + b, label=key) for key, a, b in found] if as_spans else found

    def _id(self, key: str | int) -> int:
        return self.vocab.strings[key] if isinstance(key, str) else key

    def _program(self) -> Program:
        program = self._compiled
        if program is None:
            program = self._compiled = Program(self._rules)
        return program


def check_patterns(key: str | int, patterns: list[list[dict[Any, Any]]]) -> None:
    """Raises MatchPatternError about patterns that do not fit the schema."""
    from tagma.schemas import validate_token_pattern

    errors = {i: messages for i, pattern in enumerate(patterns) if (messages := validate_token_pattern(pattern))}
    if errors:
        raise MatchPatternError(key, errors)


def check_annotated(doc: Doc, attrs: Iterable[str]) -> None:
    """Raises ValueError E155 for an attribute that the Doc has no annotation of."""
    for attr in attrs:
        if not doc.has_annotation(IDS[attr]):
            raise ValueError(Errors.E155.format(pipe=ANNOTATED[attr], attr=attr))


def _preferred(found: list[Any], greedy: dict[int, Greedy | None]) -> list[Any]:
    """Of keys with a preference only the matches that are preferred, key by key, behind those of the other keys."""
    out = [match for match in found if not greedy.get(match[0])]
    own: dict[int, list[Any]] = {}
    for match in found:
        if greedy.get(match[0]):
            own.setdefault(match[0], []).append(match)
    for key, matches in own.items():
        if greedy[key] == "FIRST":
            matches.sort(key=lambda match: (match[1], match[1] - match[2]))
        else:
            matches.sort(key=lambda match: (match[1] - match[2], match[1]))
        taken: set[int] = set()
        for match in matches:
            if taken.isdisjoint(range(match[1], match[2])):
                taken.update(range(match[1], match[2]))
                out.append(match)
    return out
