"""Which pieces are of which token."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np

from tagma.ml.transformer.align import align_offsets, align_strings, by_token


def aligned(tokens: list[list[tuple[int, int]]], pieces: list[list[tuple[int, int]]]) -> list[list[int]]:
    """The pieces of each token, over all stretches."""
    starts = np.asarray([start for stretch in tokens for start, _ in stretch])
    offsets = np.asarray([piece for stretch in pieces for piece in stretch]).reshape((-1, 2))
    sizes, numbers = np.asarray([len(x) for x in tokens]), np.asarray([len(x) for x in pieces])
    found, lengths = by_token(*align_offsets(starts, sizes, offsets, numbers), len(starts))
    return [part.tolist() for part in np.split(found, np.cumsum(lengths)[:-1])]


def test_pieces_of_words() -> None:
    """Special pieces are of no token, one over two tokens is of both, the space behind a token is its own."""
    tokens = [[(0, 3), (4, 9)], [(0, 2), (2, 5)]]
    pieces = [[(0, 0), (0, 3), (3, 6), (6, 9), (0, 0)], [(0, 0), (0, 5), (0, 0)]]
    assert aligned(tokens, pieces) == [[1, 2], [2, 3], [6], [6]]


def test_against_letter_by_letter() -> None:
    """The same as marking each letter with its token."""
    rng = random.Random(0)
    for _ in range(200):
        tokens, pieces, expected = [], [], []
        number = 0
        for _ in range(rng.randint(1, 3)):
            stretch, at = [], 0
            for _ in range(rng.randint(1, 5)):
                end = at + rng.randint(1, 4)
                stretch.append((at, end))
                at = end + rng.randint(0, 1)
            owner = {}
            for i, (start, end) in enumerate(stretch):
                owner.update(dict.fromkeys(range(start, end + 1), i))
            cuts = sorted(rng.sample(range(at + 1), min(at + 1, rng.randint(2, 6))))
            found = [(0, 0), *pairwise(cuts), (0, 0)]
            mine: list[list[int]] = [[] for _ in stretch]
            for j, (start, end) in enumerate(found):
                for i in sorted({owner[c] for c in range(start, end) if c in owner}):
                    mine[i].append(number + j)
            number += len(found)
            tokens.append(stretch)
            pieces.append(found)
            expected += mine
        assert aligned(tokens, pieces) == expected


def test_a_token_in_two_stretches() -> None:
    """It has the pieces of both."""
    found, lengths = by_token(np.asarray([0, 1, 1, 2]), np.asarray([5, 6, 8, 9]), 4)
    assert found.tolist() == [5, 6, 8, 9]
    assert lengths.tolist() == [1, 2, 1, 0]


def test_texts_of_pieces() -> None:
    """Marks of pieces, case and accents count for nothing."""
    words = ["Über", "walking", "(", "sea)"]
    pieces = ["", "uber", "walk", "##ing", "(", "▁sea", ")", ""]
    tokens, found = align_strings(words, pieces)
    assert list(zip(tokens.tolist(), found.tolist(), strict=True)) == [(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6)]


def test_texts_without_anything_in_common() -> None:
    """No pairs."""
    tokens, pieces = align_strings(["abc"], ["[UNK]"[:1], "xyz"])
    assert len(tokens) == len(pieces) == 0
    assert len(align_strings([], [])[0]) == 0


def test_the_common_part_is_a_longest() -> None:
    """As long as the plain table of common subsequences says."""
    rng = random.Random(1)
    for _ in range(100):
        a = "".join(rng.choice("abc") for _ in range(rng.randint(0, 12)))
        b = "".join(rng.choice("abc") for _ in range(rng.randint(0, 12)))
        table = np.zeros((len(a) + 1, len(b) + 1), dtype="int64")
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                table[i + 1, j + 1] = table[i, j] + 1 if x == y else max(table[i, j + 1], table[i + 1, j])
        tokens, pieces = align_strings(list(a), list(b))
        assert len(tokens) == table[-1, -1]
        assert all(a[i] == b[j] for i, j in zip(tokens, pieces, strict=True))
