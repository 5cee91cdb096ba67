"""Alignment of two tokenizations."""

import random
from itertools import pairwise

import numpy as np
import pytest

from tagma.gold.alignment import Alignment, AlignmentArray, folded, get_alignments


def rows(array: AlignmentArray) -> list[list[int]]:
    return [array[i].tolist() for i in range(len(array))]


@pytest.mark.parametrize(
    ("a", "b", "x2y", "y2x"),
    [
        (["a", "bc", " ", "d"], ["ab", "c", "d"], [[0], [0, 1], [], [2]], [[0, 1], [1], [3]]),
        (["HER", "Owl"], ["Her", "owl"], [[0], [1]], [[0], [1]]),
        (["cannot"], ["can", "not"], [[0, 1]], [[0], [0]]),
        ([], [], [], []),
        (["a", "\n"], ["a"], [[0], []], [[0]]),
        (["a", " "], [" ", "a"], [[1], []], [[], [0]]),
        (["a ", "b"], ["a", " b"], [[0, 1], [1]], [[0], [0, 1]]),
        (["a", "\n ", "b"], ["a", " ", " b"], [[0], [1], [2]], [[0], [1], [2]]),
        (["", "a", ""], ["a", " "], [[], [0], []], [[1], []]),
        ([" "], [], [[]], []),
    ],
)
def test_tokens_that_share_characters(a: list[str], b: list[str], x2y: list[list[int]], y2x: list[list[int]]) -> None:
    """Each token is linked to the tokens of the other side that share characters with it, in both directions."""
    alignment = Alignment.from_strings(a, b)
    assert (rows(alignment.x2y), rows(alignment.y2x)) == (x2y, y2x)


@pytest.mark.parametrize(
    ("a", "b", "x2y"),
    [
        (["İİa", "b"], ["İ", "İ", "ab"], [[0, 1, 2], [2]]),
        (["İstanbul", " ", "İl"], ["İSTANBUL", "il"], [[0], [], [1]]),
        (["ΟΔΟΣ", " ", "Α"], ["οδοσ", "α"], [[0], [], [1]]),
        (["ΟΔΟΣ"], ["οδ", "ος"], [[0, 1]]),
        (["STRAẞE", "ﬃ"], ["straße", "ﬃ"], [[0], [1]]),
        (["𐐀", "b"], ["𐐨b"], [[0], [0]]),
    ],
)
def test_case_keeps_places(a: list[str], b: list[str], x2y: list[list[int]]) -> None:
    """Case does not count where a small form is longer, or depends on what follows: each character has its place."""
    assert rows(Alignment.from_strings(a, b).x2y) == x2y


def test_every_character_folds_to_one() -> None:
    """A text without case has the length of the text, whatever it holds."""
    text = "".join(map(chr, range(0x20000)))
    assert len(folded(text)) == len(text)
    assert folded("Ab") == "ab"


@pytest.mark.parametrize(("a", "b"), [(["a"], ["b"]), (["a", "b"], ["a"]), (["i\u0307a"], ["İ", "a"])])
def test_different_texts(a: list[str], b: list[str]) -> None:
    """Texts that differ beyond case and space are refused by name."""
    with pytest.raises(ValueError, match=r"E949.*" + a[0][0]):
        Alignment.from_strings(a, b)


def test_random_cuts() -> None:
    """Two ways to cut one text link exactly the tokens whose character ranges overlap."""
    rng = random.Random(0)
    for _ in range(50):
        text = "".join(rng.choice("abAB") for _ in range(30))
        cut = [sorted({0, 30, *(rng.randrange(30) for _ in range(8))}) for _ in range(2)]
        words = [[text[s:e] for s, e in pairwise(c)] for c in cut]
        x2y, _ = get_alignments(*words)
        for i in range(len(words[0])):
            ours = range(cut[0][i], cut[0][i + 1])
            overlaps = [j for j in range(len(words[1])) if set(ours) & set(range(cut[1][j], cut[1][j + 1]))]
            assert x2y[i] == overlaps


def test_array_indexing() -> None:
    """Indices and slices give int32 arrays; steps, bad indices and indices outside are refused."""
    array = AlignmentArray([[0], [0, 1], [], [2]])
    assert array[-1].tolist() == [2]
    assert array[1:3].tolist() == [0, 1]
    assert array[:].tolist() == [0, 0, 1, 2]
    assert array[2:0].tolist() == []
    assert array.data.dtype == array.lengths.dtype == np.int32
    assert array.single().tolist() == [0, -1, -1, 2]
    with pytest.raises(ValueError, match="E1027"):
        array[0:3:2]
    with pytest.raises(ValueError, match="E1028"):
        array["a"]  # type: ignore[index]
    with pytest.raises(IndexError, match="7"):
        array[7]
