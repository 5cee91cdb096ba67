"""The reference itself: what its costs mean, by trying all ways to the end, and that the peer has the same costs.

The costs are those of a parser that never takes a token back from the stack, so they are exact for LEFT alone: a token
without head that is pushed or attached in error may come back to the buffer, and nothing is lost. BREAK counts a wrong
sentence start as one arc, however many it cuts. After a missed or wrong sentence start a class without cost may lose an
arc. Tags that are not known cost nothing, although an entity over them may cut a known one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from types import ModuleType
from typing import Any

import pytest

import tagma
from tagma.gold.projective import lift
from tagma.vocab import Vocab

PARSER_NAMES = ["S", "D", "L-a", "R-a", "B-ROOT"]
NER_NAMES = [*(f"{move}-{label}" for move in "BILU" for label in "XY"), "U-", "O"]


def trees(n: int) -> Iterator[list[int]]:
    """All projective trees over n tokens."""
    for heads in product(range(n), repeat=n):
        if sum(head == i for i, head in enumerate(heads)) == 1:
            try:
                projective, _ = lift(heads, [""] * n)
            except ValueError:  # a circle
                continue
            if projective == list(heads):
                yield list(heads)


def all_ways(system: Any, initial: Any, key: Callable[[Any], Any], gain: Callable[[Any, Any], float]) -> Iterator[Any]:
    """Each state that can be reached, and the loss of each valid class.

    A loss is by how much less than the most can still be gained after the class. key    What of a state says what can
    still be gained. gain    Function of a state and the next one: what the class brought.
    """
    best: dict[Any, float] = {}
    found = []

    def visit(state: Any) -> float:
        if state.is_final:
            return 0
        if key(state) not in best:
            totals = {}
            for name in system.names:
                if system.is_valid(state, name):
                    following = state.copy()
                    system.apply(following, name)
                    totals[name] = gain(state, following) + visit(following)
            assert totals, f"{state} has no way out"
            best[key(state)] = most = max(totals.values())
            found.append((state, {name: most - total for name, total in totals.items()}))
        return best[key(state)]

    visit(initial)
    yield from found


def parser_ways(system: Any, initial: Any, gold: Any) -> Iterator[Any]:
    """All states of the parser, with the gold arcs and sentence starts that each class loses."""

    def score(state: Any) -> int:
        arcs = sum(head == gold.heads[child] for child, head in enumerate(state.heads))
        return arcs + sum(gold.sent_starts[token] is True for token in state.marked)

    def key(state: Any) -> Any:
        heads = tuple(state.heads[token] for token in state.stack)
        return tuple(state.stack), tuple(state.buffer), heads, frozenset(state.unshiftable), frozenset(state.marked)

    yield from all_ways(system, initial, key, lambda state, following: score(following) - score(state))


def gold_parse(reference: ModuleType, *sentences: list[int]) -> Any:
    """The gold parse of sentences, given by the heads in each."""
    heads: list[int] = []
    starts: list[bool] = []
    for sentence in sentences:
        heads += [len(heads) + head for head in sentence]
        starts += [i == 0 for i in range(len(sentence))]
    return reference.GoldParse(heads, ["ROOT" if head == i else "a" for i, head in enumerate(heads)], starts)


def some_parses(reference: ModuleType, cases: ModuleType) -> Iterator[Any]:
    """One and two sentences: all of up to four tokens, some of five and six."""
    rng = Random(0)
    for n in range(1, 5):
        for heads in trees(n):
            yield gold_parse(reference, heads)
        for first in range(1, n):
            for pair in product(trees(first), trees(n - first)):
                yield gold_parse(reference, *pair)
    for n, count in ((5, 6), (6, 1)):
        for _ in range(count):
            yield gold_parse(reference, cases.random_tree(rng, n, is_projective=True))
            cut = rng.randrange(1, n)
            parts = [cases.random_tree(rng, size, is_projective=True) for size in (cut, n - cut)]
            yield gold_parse(reference, *parts)


@pytest.mark.slow
def test_parser_costs(reference: ModuleType, cases: ModuleType) -> None:
    """While no sentence start is wrong or passed over, a class without cost is there and loses nothing.

    LEFT costs what it loses; SHIFT, REDUCE, RIGHT, and BREAK at a gold start, cost no less than they lose.
    """
    system = reference.ArcEager(PARSER_NAMES)
    count = 0
    for gold in some_parses(reference, cases):
        n = len(gold.heads)
        starts = [token for token in range(1, n) if gold.sent_starts[token]]
        for state, losses in parser_ways(system, reference.State.of(reference.Presets.none(n)), gold):
            ahead = {*state.marked, *state.buffer[1:]}
            if not (ahead.issuperset(starts) and state.marked.issubset(starts)):
                continue
            count += 1
            costs = dict(zip(system.names, system.costs(state, gold), strict=True))
            assert min(costs.values()) <= 0
            for name, loss in losses.items():
                assert costs[name] > 0 or loss == 0, (gold, state, name)
                if name != "B-ROOT" or gold.sent_starts[state.b(1)]:
                    assert max(costs[name], 0) >= loss, (gold, state, name)
                assert name != "L-a" or costs[name] == loss, (gold, state)
    assert count > 10_000


@pytest.mark.slow
def test_parser_costs_in_a_given_sentence(reference: ModuleType, cases: ModuleType) -> None:
    """Where the Doc forbids sentence starts, the same holds in every state, however wrong what was done before."""
    system = reference.ArcEager(PARSER_NAMES)
    rng = Random(1)
    some = [cases.random_tree(rng, n, is_projective=True) for n in [5] * 8 + [6] * 2]
    for heads in [*trees(2), *trees(3), *trees(4), *some]:
        n, gold = len(heads), gold_parse(reference, heads)
        presets = reference.Presets([1] + [-1] * (n - 1), [0] * n, [""] * n, [False] * n)
        for state, losses in parser_ways(system, reference.State.of(presets), gold):
            costs = dict(zip(system.names, system.costs(state, gold), strict=True))
            assert min(costs.values()) <= 0
            for name, loss in losses.items():
                assert max(costs[name], 0) >= loss, (gold, state, name)
                assert name != "L-a" or costs[name] == loss, (gold, state)


def test_a_wrong_label_costs_the_arc(reference: ModuleType) -> None:
    """A gold arc with another label costs one, a gold arc that the system has no label for is "dep"."""
    system = reference.ArcEager(["S", "D", "L-a", "L-dep", "R-a", "R-dep", "B-ROOT"])
    gold = system.known(reference.GoldParse([1, 1, 1], ["a", "ROOT", "rare"], [True, False, False]))
    state = reference.State.of(reference.Presets.none(3))
    system.apply(state, "S")
    assert dict(zip(system.names, system.costs(state, gold), strict=True)) | {"B-ROOT": 0} == {
        "S": 1,
        "D": 1,
        "L-a": 0,
        "L-dep": 1,
        "R-a": 1,
        "R-dep": 1,
        "B-ROOT": 0,
    }
    for name in ("L-a", "S"):
        system.apply(state, name)
    costs = dict(zip(system.names, system.costs(state, gold), strict=True))
    assert (costs["R-a"], costs["R-dep"]) == (1, 0)


def test_unknown_heads_cost_nothing(reference: ModuleType) -> None:
    """Where no head and no sentence start is known, no class has a cost."""
    system = reference.ArcEager(PARSER_NAMES)
    gold = reference.GoldParse([None] * 4, [None] * 4, [None] * 4)
    for state, _ in parser_ways(system, reference.State.of(reference.Presets.none(4)), gold):
        assert set(system.costs(state, gold)) <= {0, reference.INVALID}


@pytest.mark.parametrize("n", range(1, 6))
def test_moves_are_linear(reference: ModuleType, n: int) -> None:
    """No parse of n tokens takes more than 6 n moves."""
    system = reference.ArcEager(PARSER_NAMES)
    longest: dict[Any, int] = {}

    def key(state: Any) -> Any:
        has_head = tuple(state.heads[token] >= 0 for token in state.stack)
        return tuple(state.stack), tuple(state.buffer), has_head, frozenset(state.unshiftable), frozenset(state.marked)

    ways = all_ways(system, reference.State.of(reference.Presets.none(n)), key, lambda *_: 0)
    for state, moves in ways:  # those that come after a state are found before it
        after = [0]
        for name in moves:
            following = state.copy()
            system.apply(following, name)
            after.append(longest.get(key(following), 0))
        longest[key(state)] = 1 + max(after)
    assert max(longest.values()) <= 6 * n


def entity_sets(start: int, n: int) -> Iterator[list[tuple[int, int, str]]]:
    """All sets of entities in the tokens from start to n."""
    yield []
    for begin in range(start, n):
        for end in range(begin + 1, n + 1):
            for label, rest in product("XY", list(entity_sets(end, n))):
                yield [(begin, end, label), *rest]


def test_entity_costs(reference: ModuleType, cases: ModuleType) -> None:
    """A class without cost is there and loses nothing, a class with a cost loses a gold entity or adds a wrong one.

    But for I and L where an entity was begun at a gold entity of one token.
    """
    system = reference.Biluo(NER_NAMES)
    for n in range(1, 5):
        for spans in entity_sets(0, n):
            gold = reference.GoldEntities(cases.biluo_tags(n, spans))

            def gain(state: Any, following: Any, spans: Any = spans) -> int:
                closed = [ent for ent in following.ents if ent[1] != -1 and ent not in state.ents]
                return sum(1 if ent in spans else -1 for ent in closed)

            def key(state: Any) -> Any:
                return len(state.buffer), state.open_entity

            for state, losses in all_ways(system, reference.State.of(reference.Presets.none(n)), key, gain):
                costs = dict(zip(system.names, system.costs(state, gold), strict=True))
                assert min(costs.values()) == 0
                for name, loss in losses.items():
                    assert costs[name] > 0 or loss == 0, (gold, state, name)
                    opened = state.open_entity
                    if opened is None or gold.tags[opened[0]] != f"U-{opened[1]}":
                        assert costs[name] == 0 or loss > 0, (gold, state, name)


@pytest.mark.peer
@pytest.mark.slow
def test_parser_of_the_peer(
    reference: ModuleType, cases: ModuleType, ask_peer: Callable[..., Any], vocab: Vocab
) -> None:
    """The peer has the same states, valid classes, costs and features on random ways, and the same gold parse.

    Not costs where a token with unknown head is on top of the stack or in front of the buffer, and token 0 on the
    stack: to the peer an unknown head is token 0.
    """
    rng = Random(2)
    documents = [cases.parser_case(rng) for _ in range(500)]
    answer = ask_peer("parser", documents, min_freq=3, learn_tokens=True)
    system = reference.ArcEager(answer["names"])
    count = compared = oracles = 0
    for case, walk in zip(documents, answer["walks"], strict=True):
        example = cases.example_of(tagma, vocab, case)
        assert example.get_aligned_parse(projectivize=True) == (walk["heads"], walk["labels"]), case
        gold = system.known(reference.GoldParse(walk["heads"], walk["labels"], walk["sent_starts"]))
        state = reference.State.of(reference.Presets.of(example.predicted))
        for step in walk["steps"]:
            assert (state.stack, state.buffer) == (step["stack"], step["buffer"])
            assert system.valid(state) == step["valid"], (case, state)
            assert [state.features(8), state.features(13)] == step["features"], (case, state)
            tops = [token for token in (state.s(0), state.b(0)) if token >= 0]
            count += 1
            if 0 not in state.stack or all(gold.heads[token] is not None for token in tops):
                compared += 1
                assert system.costs(state, gold) == step["costs"], (case, state)
            system.apply(state, step["move"])
        assert state.is_final
        heads = [i if head < 0 else head for i, head in enumerate(state.heads)]
        deps = [dep or "ROOT" for dep in state.deps]
        assert [[head, dep] for head, dep in zip(heads, deps, strict=True)] == [token[:2] for token in walk["final"]]
        if None not in walk["heads"] and any(case["gold"].get("deps", [])):
            again = reference.State.of(reference.Presets.of(example.predicted))
            assert system.oracle(again, gold) == walk["oracle"], case
            oracles += 1
    assert count >= 10_000
    assert compared > 0.9 * count
    assert oracles > 200


@pytest.mark.peer
@pytest.mark.slow
def test_entities_of_the_peer(
    reference: ModuleType, cases: ModuleType, ask_peer: Callable[..., Any], vocab: Vocab
) -> None:
    """The peer has the same states, valid classes, costs and features on random ways, and the same gold tags."""
    rng = Random(3)
    documents = [cases.ner_case(rng) for _ in range(1500)]
    answer = ask_peer("ner", documents)
    system = reference.Biluo(answer["names"])
    count = 0
    for case, walk in zip(documents, answer["walks"], strict=True):
        example = cases.example_of(tagma, vocab, case)
        assert example.get_aligned_ner() == walk["tags"], case
        gold = reference.GoldEntities(walk["tags"], [tuple(span) for span in walk["wrong"]])
        state = reference.State.of(reference.Presets.of(example.predicted))
        assert list(state.presets.ent_iobs) == walk["iobs"]
        for step in walk["steps"]:
            assert (state.stack, state.buffer) == (step["stack"], step["buffer"])
            assert system.valid(state) == step["valid"], (case, state)
            assert system.costs(state, gold) == step["costs"], (case, state)
            assert [state.features(3), state.features(6)] == step["features"], (case, state)
            count += 1
            if step["move"] is None:
                break
            system.apply(state, step["move"])
        else:
            assert state.is_final
            assert "raw" in case or [list(ent) for ent in state.ents if ent[2]] == walk["final"]
    assert count >= 10_000
