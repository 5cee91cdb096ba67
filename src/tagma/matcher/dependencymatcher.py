"""`DependencyMatcher`: tokens that stand in given relations in dependency trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tagma.errors import Errors, Warnings, warn_user
from tagma.matcher._patterns import Pattern, parse_pattern
from tagma.matcher._program import Program
from tagma.matcher._trees import RELATIONS, TreePatterns
from tagma.matcher.levenshtein import levenshtein_compare
from tagma.matcher.matcher import check_annotated, check_patterns
from tagma.tokens import Doc, Span

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["DependencyMatcher"]

OnMatch: TypeAlias = Callable[["DependencyMatcher", Doc, int, list[Any]], Any]
KEYS = ("LEFT_ID", "REL_OP", "RIGHT_ID", "RIGHT_ATTRS")


class _Item(NamedTuple):
    """One token of a pattern: what it is, and the relation to an earlier item; the anchor relates to none."""

    attrs: Mapping[Any, Any]
    pattern: Pattern
    left: int
    relation: int


class _Compiled(NamedTuple):
    program: Program
    trees: TreePatterns
    attrs: list[Mapping[Any, Any]]  # of the program's rules


class DependencyMatcher:
    """Finds tokens by what they are and by the relations between them.

    matcher = DependencyMatcher(nlp.vocab)
    verb = {"RIGHT_ID": "verb", "RIGHT_ATTRS": {"POS": "VERB"}}
    subject = {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "subject", "RIGHT_ATTRS": {"DEP": "nsubj"}}
    matcher.add("SUBJECT", [[verb, subject]])
    for key, (verb, subject) in matcher(doc): ...
    """

    def __init__(self, vocab: Vocab, *, validate: bool = False) -> None:
        """
        vocab      that of the docs
        validate   check RIGHT_ATTRS when patterns are added (MatchPatternError)
        """
        self.vocab = vocab
        self.validate = validate
        self._raw_patterns: dict[int, list[list[dict[str, Any]]]] = {}
        self._callbacks: dict[int, OnMatch | None] = {}
        self._parsed: dict[int, list[list[_Item]]] = {}
        self._compiled: _Compiled | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled": None}

    def __len__(self) -> int:
        """The number of keys."""
        return len(self._raw_patterns)

    def __contains__(self, key: str | int) -> bool:
        """Whether there are patterns under the key."""
        return self._id(key) in self._raw_patterns

    def has_key(self, key: str | int) -> bool:
        """`key in matcher`."""
        return key in self

    def add(self, key: str | int, patterns: list[list[dict[str, Any]]], *, on_match: OnMatch | None = None) -> None:
        """Add patterns under a key. Those that it has stay; the callback is replaced.

        on_match    called as `on_match(matcher, doc, i, matches)` for each match of the key

        Raises ValueError: E171 (callback), E948 (no list), E012 (empty pattern), E1008 (item that is no dict), E098 to
        E101 (keys and ids of items), E1007 (relation), E1016 (operator ?, * or +), those of token patterns, and
        MatchPatternError; warns W126 about keys that items do not have.
        """
        if on_match is not None and not callable(on_match):
            raise ValueError(Errors.E171.format(name="DependencyMatcher", arg_type=type(on_match)))
        if not isinstance(patterns, list):
            raise ValueError(Errors.E948.format(name="DependencyMatcher", arg_type=type(patterns)))
        for pattern in patterns:
            if not pattern:
                raise ValueError(Errors.E012.format(key=key))
            _check_items(pattern)
        if self.validate:
            check_patterns(key, [[item["RIGHT_ATTRS"]] for pattern in patterns for item in pattern])
        parsed = [self._parse(pattern) for pattern in patterns]
        number = self.vocab.strings.add(key) if isinstance(key, str) else key
        self._raw_patterns.setdefault(number, []).extend(patterns)
        self._parsed.setdefault(number, []).extend(parsed)
        self._callbacks[number] = on_match
        self._compiled = None

    def remove(self, key: str | int) -> None:
        """Remove a key with its patterns. Raises ValueError E175 if there is no such key."""
        number = self._id(key)
        if number not in self._raw_patterns:
            raise ValueError(Errors.E175.format(key=key))
        for kept in (self._raw_patterns, self._parsed, self._callbacks):
            del kept[number]
        self._compiled = None

    def get(self, key: str | int, default: Any = None) -> Any:
        """(callback, patterns) of a key, `default` where there is no such key."""
        number = self._id(key)
        return (self._callbacks[number], self._raw_patterns[number]) if number in self._raw_patterns else default

    def __call__(self, doclike: Doc | Span) -> list[tuple[int, list[int]]]:
        """(key, [a token for each item of the pattern]) for each match.

        Keys, and patterns of a key, come in the order of adding; for each, trees in the order of their first token that
        any item of the matcher could be; in a tree, the token of the last item changes fastest. Of a Span, tokens are
        counted from its beginning, and trees end at its borders.

        Raises ValueError E195 for other objects, E155 for annotation that patterns ask for and the Doc lacks; warns
        W036 if there are no patterns, W110 about items that found several tokens.
        """
        if isinstance(doclike, Doc):
            doc = doclike
        elif isinstance(doclike, Span):
            doc = doclike.as_doc(copy_user_data=True)
        else:
            raise ValueError(Errors.E195.format(good="Doc or Span", got=type(doclike).__name__))
        if not self._raw_patterns:
            warn_user(Warnings.W036.format(name="dependency matcher"))
            return []
        program, trees, attrs = self._compile()
        check_annotated(doc, program.annotated)
        tokens = program.search(doc, 0, len(doc))
        for rule, (start, end) in {rule: (start, end) for rule, start, end in tokens if end > start + 1}.items():
            warn_user(Warnings.W110.format(item=dict(attrs[rule]), tokens=doc[start:end].text))
        found = trees.search(doc, tokens)
        for i, match in enumerate(found):
            on_match = self._callbacks.get(match[0])
            if on_match is not None:
                on_match(self, doc, i, found)
        return found

    def _id(self, key: str | int) -> int:
        return self.vocab.strings[key] if isinstance(key, str) else key

    def _parse(self, pattern: list[dict[str, Any]]) -> list[_Item]:
        ids = [item["RIGHT_ID"] for item in pattern]
        return [
            _Item(
                item["RIGHT_ATTRS"],
                parse_pattern(self.vocab, [item["RIGHT_ATTRS"]], levenshtein_compare),
                ids.index(item["LEFT_ID"]) if i else 0,
                RELATIONS.index(item["REL_OP"]) if i else 0,
            )
            for i, item in enumerate(pattern)
        ]

    def _compile(self) -> _Compiled:
        compiled = self._compiled
        if compiled is None:
            every = [(key, pattern) for key, patterns in self._parsed.items() for pattern in patterns]
            # items that ask the same of a token share a rule
            shown = {item.pattern: item.attrs for _, items in every for item in items}
            rules = {pattern: number for number, pattern in enumerate(shown)}
            trees = TreePatterns(len(rules))
            for key, items in every:
                trees.add(key, [(rules[item.pattern], item.left, item.relation) for item in items])
            program = Program((number, pattern) for pattern, number in rules.items())
            compiled = self._compiled = _Compiled(program, trees, list(shown.values()))
        return compiled


def _check_items(pattern: list[dict[str, Any]]) -> None:
    """Raises ValueError E1008, E098, E099, E100, E101, E1007, E154, E1016; warns W126."""
    known: list[Any] = []
    for i, item in enumerate(pattern):
        if not isinstance(item, Mapping):
            raise ValueError(Errors.E1008.format(value=item))
        if "RIGHT_ATTRS" not in item and "RIGHT_ID" not in item:
            raise ValueError(Errors.E098.format(item=dict(item)))
        if i == 0:
            if "RIGHT_ID" not in item or "LEFT_ID" in item or "REL_OP" in item:
                raise ValueError(Errors.E099.format(item=dict(item)))
            if "RIGHT_ATTRS" not in item:
                raise ValueError(Errors.E098.format(item=dict(item)))
        else:
            _check_relation(item, known)
        if not isinstance(item["RIGHT_ATTRS"], Mapping):
            raise ValueError(Errors.E154.format(value=item["RIGHT_ATTRS"]))
        for name, value in item["RIGHT_ATTRS"].items():
            if isinstance(name, str) and name.upper() == "OP" and value in ("?", "*", "+"):
                raise ValueError(Errors.E1016.format(op=value, node=item["RIGHT_ID"]))
        known.append(item["RIGHT_ID"])


def _check_relation(item: Mapping[str, Any], known: list[Any]) -> None:
    if any(key not in item for key in KEYS):
        raise ValueError(Errors.E100.format(required=", ".join(KEYS), item=dict(item)))
    if unsupported := [key for key in item if key not in KEYS]:
        warn_user(Warnings.W126.format(unsupported=", ".join(map(str, unsupported))))
    if item["RIGHT_ID"] in known or item["LEFT_ID"] not in known:
        raise ValueError(Errors.E101.format(item=dict(item)))
    if item["REL_OP"] not in RELATIONS:
        raise ValueError(Errors.E1007.format(op=item["REL_OP"], known=" ".join(RELATIONS)))
