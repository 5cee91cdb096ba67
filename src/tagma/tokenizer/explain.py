"""The tokenizer's steps in plain Python, with the name of the rule behind each token. Slow and readable.

`explain` calls nothing but the tokenizer's own rule functions, so it also is the second opinion on the compiled way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from re import Match
from typing import Protocol

from tagma.attrs import ORTH, intify_attr


class Rules(Protocol):
    """What is asked of a tokenizer."""

    faster_heuristics: bool

    @property
    def rules(self) -> dict[str, list[Mapping[int | str, str]]]: ...
    @property
    def token_match(self) -> Callable[[str], object] | None: ...
    @property
    def url_match(self) -> Callable[[str], object] | None: ...
    def find_prefix(self, string: str) -> int: ...
    def find_suffix(self, string: str) -> int: ...
    def find_infix(self, string: str) -> list[Match[str]]: ...


@dataclass(frozen=True)
class Piece:
    """A token: the rule that made it, its text, and whether a space follows."""

    rule: str
    text: str
    space: bool = False


@dataclass
class SplitCases:
    """Special cases that the affix rules split: the token texts that come of each, by the first of them."""

    by_first: defaultdict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))
    with_white_space: bool = False


def explain(tokenizer: Rules, text: str) -> list[tuple[str, str]]:
    """Pairs of rule and token text, white space left out."""
    return [(piece.rule, piece.text) for piece in tokenize(tokenizer, text) if not piece.text.isspace()]


def tokenize(tokenizer: Rules, text: str) -> list[Piece]:
    """All tokens of a text, white space included; their texts and spaces make up the text.

    Special cases are joined across chunks only if there are some with white space in them: otherwise the end of one
    chunk and the beginning of the next would stand in the way of the special cases in both, as in "a:) :)a".
    """
    cases = _split_special_cases(tokenizer)
    pieces: list[Piece] = []
    for chunk, space in chunks(text):
        found = _followed_by(space, split_chunk(tokenizer, chunk, with_specials=True))
        pieces += found if cases.with_white_space else _join_special_cases(tokenizer, cases, found)
    return _join_special_cases(tokenizer, cases, pieces) if cases.with_white_space else pieces


def chunks(text: str) -> list[tuple[str, bool]]:
    """Runs of characters that are all or none white space; one space after a word belongs to the word."""
    found: list[tuple[str, bool]] = []
    start = 0
    while start < len(text):
        is_space = text[start].isspace()
        end = start
        while end < len(text) and text[end].isspace() == is_space:
            end += 1
        space = not is_space and text[end : end + 1] == " "
        found.append((text[start:end], space))
        start = end + space
    return found


def split_chunk(tokenizer: Rules, chunk: str, *, with_specials: bool) -> list[Piece]:
    """Split a chunk from the outside in: prefixes and suffixes, then what is left as one piece or at its infixes."""
    specials = tokenizer.rules if with_specials else {}
    is_token = tokenizer.token_match or (lambda string: None)
    is_url = tokenizer.url_match or (lambda string: None)
    prefixes: list[Piece] = []
    suffixes: list[Piece] = []
    before = -1
    while chunk and len(chunk) != before:
        if is_token(chunk) or chunk in specials:
            break
        before = len(chunk)
        prefix = tokenizer.find_prefix(chunk)
        if prefix and chunk[prefix:] in specials:
            prefixes.append(Piece("PREFIX", chunk[:prefix]))
            chunk = chunk[prefix:]
            break
        suffix = tokenizer.find_suffix(chunk[prefix:])
        if suffix and chunk[:-suffix] in specials:
            suffixes.append(Piece("SUFFIX", chunk[-suffix:]))
            chunk = chunk[:-suffix]
            break
        if prefix:
            prefixes.append(Piece("PREFIX", chunk[:prefix]))
        if suffix:
            suffixes.append(Piece("SUFFIX", chunk[-suffix:]))
        chunk = chunk[prefix : len(chunk) - suffix]
    if not chunk:
        middle = []
    elif chunk in specials:
        middle = _special_case(specials[chunk])
    elif is_token(chunk):
        middle = [Piece("TOKEN_MATCH", chunk)]
    elif is_url(chunk):
        middle = [Piece("URL_MATCH", chunk)]
    else:
        middle = _split_at_infixes(tokenizer, chunk)
    return [*prefixes, *middle, *reversed(suffixes)]


def _split_at_infixes(tokenizer: Rules, chunk: str) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for match in tokenizer.find_infix(chunk):
        if match.start() == 0:
            continue
        pieces.append(Piece("TOKEN", chunk[done : match.start()]))
        pieces.append(Piece("INFIX", match.group()))
        done = match.end()
    pieces.append(Piece("TOKEN", chunk[done:]))
    return [piece for piece in pieces if piece.text]


def _special_case(tokens: Iterable[Mapping[int | str, str]]) -> list[Piece]:
    texts = [next(value for name, value in token.items() if intify_attr(name) == ORTH) for token in tokens]
    return [Piece(f"SPECIAL-{number}", text) for number, text in enumerate(texts, 1)]


def _followed_by(space: bool, pieces: list[Piece]) -> list[Piece]:
    *rest, last = pieces
    return [*rest, Piece(last.rule, last.text, space)]


def _join_special_cases(tokenizer: Rules, cases: SplitCases, pieces: list[Piece]) -> list[Piece]:
    """Special cases whose text the affix rules have split.

    Of those that overlap the longest wins, then the first; one that loses still blocks the next.
    """
    spans: list[tuple[int, int]] = []
    for start, first in enumerate(pieces):
        for texts in cases.by_first.get(first.text, ()):
            if [piece.text for piece in pieces[start : start + len(texts)]] == texts:
                spans.append((start, start + len(texts)))
    taken: set[int] = set()
    replaced: dict[int, tuple[int, list[Piece]]] = {}
    for start, end in sorted(set(spans), key=lambda span: (span[0] - span[1], span[0])):
        wins = start not in taken and end - 1 not in taken
        taken.update(range(start, end))
        if not wins:
            continue
        inside = pieces[start:end]
        text = "".join(piece.text + " " * piece.space for piece in inside[:-1]) + inside[-1].text
        if text in tokenizer.rules:
            replaced[start] = end, _followed_by(inside[-1].space, _special_case(tokenizer.rules[text]))
    out: list[Piece] = []
    at = 0
    while at < len(pieces):
        at, new = replaced.get(at, (at + 1, [pieces[at]]))
        out += new
    return out


def _split_special_cases(tokenizer: Rules) -> SplitCases:
    cases = SplitCases()
    for text in tokenizer.rules:
        splits = tokenizer.find_prefix(text) or tokenizer.find_infix(text) or tokenizer.find_suffix(text)
        if splits or " " in text or not tokenizer.faster_heuristics:
            parts = [split_chunk(tokenizer, chunk, with_specials=False) for chunk, _ in chunks(text)]
            texts = [piece.text for part in parts for piece in part]
            if texts:
                cases.by_first[texts[0]].append(texts)
            cases.with_white_space |= not text.isspace() and any(map(str.isspace, text))
    return cases
