"""Which pieces are of which token: from offsets in the text, or, where a tokenizer has none, from the texts of pieces.

A piece is of every token that it has a character of; the space behind a token is the token's. Special pieces, such as
the one that ends a text, have no characters and are of none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import chain

import numpy as np

from tagma.nn.types import Ints1d

__all__ = ["align_offsets", "align_strings", "by_token"]


def align_offsets(starts: Ints1d, tokens_of: Ints1d, offsets: np.ndarray, pieces_of: Ints1d) -> tuple[Ints1d, Ints1d]:
    """Pairs of a token and a piece, of the same stretch of text, that share a character: two int64 arrays.

    starts       int (n_tokens,), first character of each token in its stretch; stretch by stretch, in order
    tokens_of    int (n_stretches,), number of tokens of each
    offsets      int (n_pieces, 2), first character of each piece, and the one behind its last
    pieces_of    int (n_stretches,), number of pieces of each
    """
    size = 1 + int(max(starts.max(initial=0), offsets.max(initial=0)))
    stretches = np.arange(len(tokens_of), dtype="int64") * size
    places = starts.astype("int64") + np.repeat(stretches, tokens_of)
    shift = np.repeat(stretches, pieces_of)
    begin, end = offsets[:, 0] + shift, offsets[:, 1] + shift
    first = np.searchsorted(places, begin, side="right") - 1
    last = np.searchsorted(places, np.maximum(end - 1, begin), side="right") - 1
    # Characters in front of a stretch's first token, which no piece has, would be of the stretch before.
    first = np.maximum(first, np.repeat(np.cumsum(tokens_of) - tokens_of, pieces_of))
    counts = np.where(end > begin, last - first + 1, 0).clip(min=0)
    pieces = np.repeat(np.arange(len(offsets)), counts)
    within = np.arange(len(pieces)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + within, pieces


def by_token(tokens: Ints1d, pieces: Ints1d, n_tokens: int) -> tuple[Ints1d, Ints1d]:
    """Pairs in the order of their tokens, and of pieces within these: the pieces, and how many each token has (int32).

    A token that stands in several stretches has pieces of each.
    """
    order = np.argsort(tokens, kind="stable")
    return pieces[order].astype("int32"), np.bincount(tokens, minlength=n_tokens).astype("int32")


def align_strings(words: Sequence[str], pieces: Sequence[str]) -> tuple[Ints1d, Ints1d]:
    """Pairs of a word and a piece that share a character, by the shortest way from the one text to the other.

    Case and accents count for nothing. Special pieces are to be given as "".
    """
    word_text, word_at = _characters(words)
    piece_text, piece_at = _characters(pieces)
    pairs = sorted({(word_at[i], piece_at[j]) for i, j in _common(word_text, piece_text)}, key=lambda pair: pair[::-1])
    found = np.asarray(pairs, dtype="int64").reshape((-1, 2))
    return found[:, 0], found[:, 1]


def _characters(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """The characters of texts in their simplest form, and the text that each is of."""
    plain = [unicodedata.normalize("NFKD", text).lower() for text in texts]
    kept = [[letter for letter in text if not unicodedata.combining(letter)] for text in plain]
    return list(chain.from_iterable(kept)), [i for i, text in enumerate(kept) for _ in text]


def _common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence (Myers 1986)."""
    n, m = len(a), len(b)
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(n + m + 1):
        history.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            furthest[k] = x
            if x >= n and x - k >= m:
                return _way_back(history, n, m)
    return []


def _way_back(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """The matches on the way that was found, from its end to its beginning."""
    found = []
    for edits in range(len(history) - 1, -1, -1):
        furthest, k = history[edits], x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        start_x = furthest.get(before, 0)
        start_y = start_x - before
        while x > max(start_x, 0) and y > max(start_y, 0):
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = start_x, start_y
    return found[::-1]
