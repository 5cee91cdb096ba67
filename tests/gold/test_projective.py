"""Crossing arcs: lifted as the definition says, put back as far as labels tell, both beside spaCy."""

from __future__ import annotations

import json
import random
import subprocess
import time

import numpy as np
import pytest

from tagma.gold.projective import dropped, lift, lifted
from tagma.nn.config import code_of
from tagma.strings import StringStore

Heads = list[int | None]


def tree(rng: random.Random, n: int, roots: float = 0.1, missing: float = 0.0) -> Heads:
    """Heads of n tokens without cycles, near ones more often than far ones."""
    heads: Heads = [None] * n
    order = rng.sample(range(n), n)
    for at, token in enumerate(order):
        above = order[:at]
        if rng.random() < missing:
            continue
        if not above or rng.random() < roots:
            heads[token] = token
        else:
            some = rng.sample(above, min(len(above), rng.choice([1, 3])))
            heads[token] = min(some, key=lambda other, token=token: abs(other - token))  # type: ignore[misc]  # a default
    return heads


def is_below(heads: Heads, token: int, head: int) -> bool:
    """By climbing; a token without a known head is below all others."""
    while token != head:
        above = heads[token]
        if above is None:
            return True
        if above == token:
            return False
        token = above
    return True


def plainly_lifted(heads: Heads) -> tuple[Heads, set[int]]:
    """The definition, word by word: heads, and what was moved."""
    heads, moved = list(heads), set()
    while True:
        crossing = [
            (abs(head - child), child)
            for child, head in enumerate(heads)
            if head is not None
            and any(not is_below(heads, k, head) for k in range(min(child, head) + 1, max(child, head)))
        ]
        if not crossing:
            return heads, moved
        child = min(crossing)[1]
        head = heads[child]
        assert head is not None
        heads[child] = child if heads[head] in (None, head) else heads[head]
        moved.add(child)


def as_array(heads: Heads) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array([-1 if head is None else head for head in heads], dtype="int32")


def drop(heads: Heads, labels: list[str], blank: list[bool] | None = None) -> tuple[list[int], list[str], list[bool]]:
    """`dropped`, on lists."""
    strings = StringStore()
    keys = np.array([strings.add(label) for label in labels], dtype="uint64")
    new, new_keys, marks = dropped(as_array(heads), keys, np.array(blank or [False] * len(heads)), strings)
    return new.tolist(), [strings[key] for key in new_keys.tolist()], marks.tolist()


def test_lift() -> None:
    """Crossing arcs are lifted, shortest first, and leave their first head's label; cycles are refused."""
    assert lift([1, 1, 1], ["a", "ROOT", "b"]) == ([1, 1, 1], ["a", "ROOT", "b"])
    heads, labels = lift([2, 3, 2, 2], ["a", "b", "ROOT", "c"])
    assert (heads, labels) == ([2, 2, 2, 2], ["a", "b||c", "ROOT", "c"])
    assert lift([2, None, 2], ["a", "", "ROOT"])[0] == [2, None, 2]
    assert lift([], []) == ([], [])
    with pytest.raises(ValueError, match=r"\[0, 1\].*cycle") as caught:
        lift([1, 0], ["a", "b"])
    assert code_of(caught.value) == "E4052"


@pytest.mark.parametrize(("roots", "missing"), [(0.0, 0.0), (0.2, 0.0), (0.1, 0.1), (0.1, 0.4)])
def test_random_trees(roots: float, missing: float) -> None:
    """Thousands of trees are lifted as the definition says."""
    rng = random.Random(f"{roots} {missing}")
    n_moved = 0
    for _ in range(1500):
        heads = tree(rng, rng.randint(0, 14), roots, missing)
        given = as_array(heads)
        result, moved = lifted(given)
        expected, expected_moved = plainly_lifted(heads)
        assert result.tolist() == as_array(expected).tolist(), heads
        assert set(np.flatnonzero(moved).tolist()) == expected_moved
        assert given.tolist() == as_array(heads).tolist()
        n_moved += len(expected_moved)
    assert result.dtype == np.int32
    assert moved.dtype == np.bool_
    assert n_moved > 500


def test_long_docs() -> None:
    """A hundred thousand tokens, flat, as a chain, and in sentences some of which cross: each in less than a second."""
    n = 100_000
    flat = np.zeros(n, dtype="int32")
    chain = np.maximum(np.arange(n, dtype="int32") - 1, 0)
    crossing = np.arange(n, dtype="int32").reshape(-1, 4)
    crossing = np.stack([crossing[:, 2], crossing[:, 3], crossing[:, 2], crossing[:, 2]], axis=1).reshape(-1)
    sentences = np.where(np.arange(n) // 4 % 100 == 0, crossing, np.arange(n) // 4 * 4).astype("int32")
    for heads, n_moved in ((flat, 0), (chain, 0), (sentences, n // 400)):
        start = time.process_time()
        assert lifted(heads)[1].sum() == n_moved
        assert time.process_time() - start < 1


@pytest.mark.parametrize("head", [3, -2, 100])
def test_heads_are_tokens(head: int) -> None:
    """A head outside of the Doc is refused, with its token."""
    with pytest.raises(ValueError, match=rf"Token 1 .* head {head}, .* 3 tokens") as caught:
        lifted(np.array([0, head, 0], dtype="int32"))
    assert code_of(caught.value) == "E4088"


def test_drop() -> None:
    """Below its head a token looks for the label that its own names: nearest to the top first, then the leftmost."""
    marks = [False, True, False, False]
    assert drop([2, 2, 2, 2], ["a", "b||c", "ROOT", "c"]) == ([2, 3, 2, 2], ["a", "b", "ROOT", "c"], marks)
    labels = ["x||c", "ROOT", "d", "c", "c"]
    assert drop([1, 1, 1, 2, 1], labels)[0] == [4, 1, 1, 2, 1]
    assert drop([1, 1, 1, 2, 1], labels, [False, False, False, False, True])[0] == [3, 1, 1, 2, 1]
    assert drop([1, 1, 1, 2, 1], ["x||q", *labels[1:]]) == ([1, 1, 1, 2, 1], ["x", *labels[1:]], [True, *[False] * 4])


def test_roots_stay() -> None:
    """A root, or a token without a known head, keeps its place, whatever its label names; the label becomes its own."""
    assert drop([0, 0, None], ["x||b", "b", "y||b"]) == ([0, 0, -1], ["x", "b", "y"], [True, False, True])


def test_drop_takes_trees() -> None:
    """A cycle is refused, and a head that is no token."""
    with pytest.raises(ValueError, match=r"\[0, 1\].*cycle"):
        drop([1, 0], ["a||b", "b"])
    with pytest.raises(ValueError, match=r"Token 0 .* head 7"):
        drop([7, 1], ["a||b", "b"])


def test_the_inputs_of_drop_stay() -> None:
    """Arrays are not changed, and parts of labels are in the strings afterwards."""
    strings = StringStore()
    heads = np.array([2, 2, 2, 2], dtype="int32")
    keys = np.array([strings.add(label) for label in ("a", "b||c", "ROOT", "c")], dtype="uint64")
    blank = np.zeros(4, dtype="bool")
    new, new_keys, _ = dropped(heads, keys, blank, strings)
    assert heads.tolist() == [2, 2, 2, 2]
    assert strings[keys.tolist()[1]] == "b||c"
    assert strings[new_keys.tolist()[1]] == "b"
    assert new.dtype == np.int32
    assert "b" in strings


def test_what_was_lifted_is_put_back() -> None:
    """Where labels tell the tokens apart, most trees come back as they were, and never worse than they were lifted."""
    rng = random.Random(1)
    n_trees = n_right = n_lifted_right = n_tokens = 0
    for _ in range(500):
        heads = tree(rng, 10, roots=0)
        labels = [f"l{i}" for i in range(10)]
        lifted_heads, decorated = lift(heads, labels)
        if lifted_heads == heads:
            continue
        back, back_labels, marks = drop(lifted_heads, decorated)
        assert back_labels == labels
        assert sum(marks) == sum("||" in label for label in decorated)
        right = sum(a == b for a, b in zip(back, heads, strict=True))
        assert right >= sum(a == b for a, b in zip(lifted_heads, heads, strict=True))
        n_trees += 1
        n_right += right
        n_lifted_right += sum(a == b for a, b in zip(lifted_heads, heads, strict=True))
        n_tokens += 10
    assert n_trees > 200
    assert n_right > n_lifted_right + 0.5 * (n_tokens - n_lifted_right)


SCRIPT = """
import json
import sys
import spacy
from spacy.pipeline._parser_internals.nonproj import deprojectivize, projectivize
from spacy.tokens import Doc

results = []
vocab = spacy.blank("en").vocab  # which knows whitespace
for heads, labels, blank, search_heads, search_labels in json.load(sys.stdin):
    try:
        up = projectivize(heads, labels)
    except TypeError:  # lifted from a token without a head
        up = None
    words = [" " if is_blank else "w" for is_blank in blank]
    doc = Doc(vocab, words=words, heads=search_heads, deps=search_labels)
    deprojectivize(doc)
    results.append((up, [token.head.i for token in doc], [token.dep_ for token in doc]))
json.dump(results, sys.stdout)
"""


@pytest.mark.peer
def test_beside_the_peer(peer_python: str) -> None:
    """Two thousand trees are lifted as by spaCy, also with missing heads; lifted ones, with more labels, put back."""
    rng = random.Random(7)
    cases = []
    for i in range(2000):
        n = rng.randint(1, 14)
        heads = tree(rng, n, missing=0.15 if i % 2 else 0.0)
        labels = [rng.choice(["a", "b", "c", "d"]) for _ in range(n)]
        blank = [rng.random() < 0.1 for _ in range(n)]
        whole = lift(tree(rng, n, roots=0.05), labels)
        more = [f"{label}||{rng.choice('abcd')}" for label in labels]
        more = [new if "||" not in old and rng.random() < 0.2 else old for old, new in zip(whole[1], more, strict=True)]
        search = ["ROOT" if head == at else more[at] for at, head in enumerate(whole[0])]
        cases.append((heads, labels, blank, whole[0], search))
    run = subprocess.run(
        [peer_python, "-c", SCRIPT], input=json.dumps(cases), capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    n_compared = n_moved = n_dropped = 0
    for (heads, labels, blank, down, search), (up, put_back, put_labels) in zip(
        cases, json.loads(run.stdout), strict=True
    ):
        if up is not None:
            own = lift(heads, labels)
            assert list(own) == up, heads
            n_compared += 1
            n_moved += own[0] != heads
        assert drop(down, search, blank)[:2] == (put_back, put_labels), (down, search, blank)
        n_dropped += put_back != down
    assert n_compared > 1500
    assert n_moved > 500
    assert n_dropped > 500
