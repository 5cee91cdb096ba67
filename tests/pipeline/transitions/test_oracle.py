"""The compiled transition systems beside the reference and the peer, on random documents and random ways."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.projective import dropped, lift
from tagma.pipeline.transitions import ArcEager, BiluoPushDown
from tagma.tokens import Doc
from tagma.training import Example
from tagma.vocab import Vocab


def sent_starts_of(example: Example) -> list[bool | None]:
    """Gold sentence starts; none where a predicted token belongs to two sentences, or there is no annotation."""
    if not example.reference.has_annotation("SENT_START"):
        return [None] * len(example.predicted)
    rows = [example.alignment.y2x[sent.start : sent.end].tolist() for sent in example.reference.sents]
    if any(set(row) & set(other) for i, row in enumerate(rows) for other in rows[:i]):
        return [None] * len(example.predicted)
    firsts = {row[0] for row in rows if row}
    return [i in firsts for i in range(len(example.predicted))]


def gold_parse(reference: ModuleType, example: Example) -> Any:
    """The gold parse of the predicted Doc: tokens without a label have no head, parts of a token the next part."""
    heads, labels = example.get_aligned_parse(projectivize=True)
    heads = [head if label else None for head, label in zip(heads, labels, strict=True)]
    whole = example.alignment.x2y.single().tolist()
    last = {token: i for i, token in enumerate(whole) if token >= 0}
    gold_heads, _ = Example(example.reference, example.reference).get_aligned_parse(projectivize=True)
    for i, token in enumerate(whole):
        if token >= 0 and last[token] > i:
            heads[i], labels[i] = i + 1, "subtok"
        elif token >= 0 and labels[i] and heads[i] is None:
            heads[i] = last.get(gold_heads[token])
    return reference.GoldParse(heads, labels, sent_starts_of(example))


def gold_entities(reference: ModuleType, cases: ModuleType, example: Example) -> Any:
    """The gold tags of the predicted Doc, and the spans known to be wrong."""
    wrong = example.get_aligned_spans_y2x(example.reference.spans.get(cases.WRONG, []), allow_overlap=True)
    return reference.GoldEntities(example.get_aligned_ner(), [(s.start, s.end, s.label_) for s in wrong])


def parser_moves(vocab: Vocab, examples: list[Example]) -> ArcEager:
    """The parser's moves for these examples; labels that are rare are left out."""
    moves = ArcEager(vocab.strings)
    moves.initialize_actions(moves.get_actions(examples=examples, min_freq=5, learn_tokens=True))
    return moves


def ner_moves(vocab: Vocab, cases: ModuleType, examples: list[Example]) -> BiluoPushDown:
    """The moves of entities for these examples."""
    moves = BiluoPushDown(vocab.strings, incorrect_spans_key=cases.WRONG)
    moves.initialize_actions(moves.get_actions(examples=examples))
    return moves


def random_move(rng: Random, names: list[str], costs: list[float]) -> int:
    """A valid class: one of the cheapest, or, in every other step, one of any kind."""
    lowest = min(costs)
    choices = [i for i, cost in enumerate(costs) if cost < 9000]
    if rng.random() < 0.5:
        choices = [i for i in choices if costs[i] == lowest]
    else:
        letter = rng.choice(sorted({names[i][0] for i in choices}))
        choices = [i for i in choices if names[i][0] == letter]
    return rng.choice(choices)


def arcs_of(moves: Any, state: Any) -> tuple[list[int], list[str], set[int]]:
    """Heads (-1 for none) and labels of all tokens, and the sentence starts that were found."""
    arrays, names = state.arrays(), moves.label_names
    labels = [names[label] for label in arrays["labels"].tolist()]
    return arrays["heads"].tolist(), labels, set(np.flatnonzero(arrays["starts"]).tolist())


def entities_of(moves: Any, state: Any) -> list[tuple[int, int, str]]:
    """Start, end and label of all entities; the end of an open one is -1."""
    arrays, names = state.arrays(), moves.label_names
    ents: list[tuple[int, int, str]] = []
    for i, (action, label) in enumerate(zip(arrays["tags"].tolist(), arrays["ent_labels"].tolist(), strict=True)):
        letter = moves.letters[action] if action else "M"
        if letter in "BU":
            ents.append((i, -1 if letter == "B" else i + 1, names[label]))
        elif letter == "L":
            ents[-1] = (ents[-1][0], i + 1, ents[-1][2])
    return ents


def assert_same_state(moves: Any, state: Any, expected: Any) -> None:
    """The compiled state says what the state of the reference says."""
    assert (state.stack, state.buffer) == (expected.stack, expected.buffer)
    if moves.is_parser:
        assert arcs_of(moves, state) == (expected.heads, expected.deps, expected.marked)
    else:
        assert entities_of(moves, state) == expected.ents
    names = moves.names
    assert [names[move] for move in state.history] == expected.history
    assert state.is_final() == expected.is_final
    for n in (8, 13) if moves.is_parser else (3, 6):
        assert state.features(n) == expected.features(n), n


def walk(moves: Any, system: Any, example: Example, gold: Any, presets: Any, state_of: Any, rng: Random) -> int:
    """Goes one random way on both sides and compares each state, to the end or where no class is valid.

    Returns the number of moves.
    """
    state, compiled_gold = moves.init_state(example.predicted), moves.gold(example)
    expected = state_of(presets)
    assert_same_state(moves, state, expected)
    steps = 0
    while not expected.is_final:
        valid, costs = moves.valid(state), moves.costs(state, compiled_gold)
        assert (valid.dtype, valid.shape) == (np.dtype(bool), (moves.n_moves,))
        assert (costs.dtype, costs.shape) == (np.dtype("float32"), (moves.n_moves,))
        assert valid.tolist() == system.valid(expected), (expected, example)
        assert costs.tolist() == system.costs(expected, gold), (expected, example)
        if not valid.any():
            return steps
        move = random_move(rng, system.names, costs.tolist())
        before = state.copy()
        moves.apply(state, move)
        assert_same_state(moves, before, expected)
        system.apply(expected, system.names[move])
        assert_same_state(moves, state, expected)
        steps += 1
    assert state.is_final()
    return steps


@pytest.mark.slow
def test_parser_follows_the_reference(reference: ModuleType, cases: ModuleType, vocab: Vocab) -> None:
    """Validity, costs, effects and features in each state of random ways through 1000 documents; never above 6 n moves.

    A copy of a state stays as it was.
    """
    rng = Random(4)
    examples = [cases.example_of(tagma, vocab, cases.parser_case(rng)) for _ in range(1000)]
    moves = parser_moves(vocab, examples)
    system = reference.ArcEager(moves.names)
    for example in examples:
        gold = system.known(gold_parse(reference, example))
        presets = reference.Presets.of(example.predicted)
        assert walk(moves, system, example, gold, presets, reference.State.of, rng) <= 6 * len(example.predicted)


@pytest.mark.slow
def test_entities_follow_the_reference(reference: ModuleType, cases: ModuleType, vocab: Vocab) -> None:
    """Validity, costs, effects and features in each state of random ways through 1000 documents: a move for a token.

    Nothing is valid where the Doc says what cannot be, such as an entity that goes on without a beginning.
    """
    rng = Random(5)
    documents = [cases.ner_case(rng) for _ in range(1000)]
    examples = [cases.example_of(tagma, vocab, case) for case in documents]
    moves = ner_moves(vocab, cases, examples)
    system = reference.Biluo(moves.names)
    for case, example in zip(documents, examples, strict=True):
        gold = gold_entities(reference, cases, example)
        presets = reference.Presets.of(example.predicted)
        count = walk(moves, system, example, gold, presets, reference.State.of, rng)
        assert count == len(example.predicted) or "raw" in case


@pytest.mark.slow
def test_oracle_of_the_parser_follows_the_reference(reference: ModuleType, cases: ModuleType, vocab: Vocab) -> None:
    """The sequence of the oracle is the reference's; it is empty where nothing is known."""
    rng = Random(6)
    examples = [cases.example_of(tagma, vocab, cases.parser_case(rng)) for _ in range(500)]
    moves = parser_moves(vocab, examples)
    system = reference.ArcEager(moves.names)
    for example in examples:
        sequence, gold = moves.get_oracle_sequence(example), gold_parse(reference, example)
        if not any(label and head is not None for head, label in zip(gold.heads, gold.labels, strict=True)):
            assert sequence == []
            continue
        state = reference.State.of(reference.Presets.of(example.predicted))
        assert sequence == system.oracle(state, gold), example


def test_oracle_of_the_parser_reaches_the_gold_parse(reference: ModuleType, cases: ModuleType, vocab: Vocab) -> None:
    """For whole trees over the same tokens, the oracle gives every gold head, label and sentence start."""
    rng = Random(7)
    documents = [cases.parser_case(rng) for _ in range(800)]
    documents = [case for case in documents if case["gold"]["words"] == case["words"] and "deps" in case["gold"]]
    documents = [{**case, "sent_starts": [0] * len(case["words"])} for case in documents]
    documents = [case for case in documents if None not in case["gold"]["deps"]]
    examples = [cases.example_of(tagma, vocab, case) for case in documents]
    moves = ArcEager(vocab.strings)
    moves.initialize_actions(moves.get_actions(examples=examples))
    assert len(documents) > 200
    for example in examples:
        heads, labels = example.get_aligned_parse(projectivize=True)
        if any(
            label == "subtok" and abs(head - i) > 1 for i, (head, label) in enumerate(zip(heads, labels, strict=True))
        ):
            continue  # an arc that is not allowed
        state = moves.init_state(example.predicted)
        for name in moves.get_oracle_sequence(example):
            moves.apply_transition(state, name)
        assert state.is_final()
        found_heads, found_labels, found_starts = arcs_of(moves, state)
        assert [i if head < 0 else head for i, head in enumerate(found_heads)] == heads
        assert [label or "ROOT" for label in found_labels] == labels
        starts = [i for i, start in enumerate(sent_starts_of(example)) if start]
        assert sorted(found_starts | {0}) == starts


def test_a_parse_of_crossing_arcs_comes_back(cases: ModuleType, vocab: Vocab) -> None:
    """A tree with one crossing arc is lifted, parsed by the oracle, and put back by its labels."""
    rng = Random(10)
    documents = []
    while len(documents) < 100:
        n = rng.randint(4, 12)
        heads = cases.random_tree(rng, n, is_projective=False)
        deps = ["ROOT" if head == i else f"dep{i}" for i, head in enumerate(heads)]
        if sum("||" in label for label in lift(heads, deps)[1]) == 1:
            documents.append({"words": [f"w{i}" for i in range(n)], "heads": heads, "deps": deps})
    examples = [Example.from_dict(Doc(vocab, words=annotation["words"]), annotation) for annotation in documents]
    moves = ArcEager(vocab.strings)
    moves.initialize_actions(moves.get_actions(examples=examples))
    for annotation, example in zip(documents, examples, strict=True):
        state = moves.init_state(example.predicted)
        for name in moves.get_oracle_sequence(example):
            moves.apply_transition(state, name)
        found, labels, _ = arcs_of(moves, state)
        heads = np.array([i if head < 0 else head for i, head in enumerate(found)], dtype="int32")
        keys = np.array([vocab.strings[label or "ROOT"] for label in labels], dtype="uint64")
        restored, own, _ = dropped(heads, keys, np.zeros(len(keys), dtype=bool), vocab.strings)
        assert restored.tolist() == annotation["heads"]
        assert [vocab.strings[int(key)] for key in own] == annotation["deps"]
        assert found != annotation["heads"]


def test_oracle_of_entities_reaches_the_gold_entities(cases: ModuleType, vocab: Vocab) -> None:
    """Where every tag is known and nothing was set beforehand, the oracle gives the gold entities."""
    rng = Random(8)
    examples = []
    for _ in range(1000):
        n = rng.randint(1, 12)
        words, spaces = cases.random_words(rng, n, 0.0)
        tags = cases.biluo_tags(n, cases.random_spans(rng, n, rng.randrange(5)))
        annotation = {"words": words, "spaces": spaces, "entities": tags}
        examples.append(Example.from_dict(Doc(vocab, words=words, spaces=spaces), annotation))
    moves = ner_moves(vocab, cases, examples)
    for example in examples:
        state = moves.init_state(example.predicted)
        for name in moves.get_oracle_sequence(example):
            moves.apply_transition(state, name)
        assert state.is_final()
        assert entities_of(moves, state) == [(ent.start, ent.end, ent.label_) for ent in example.reference.ents]


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parser", "ner"])
def test_moves_of_the_peer(kind: str, cases: ModuleType, ask_peer: Callable[..., Any], vocab: Vocab) -> None:
    """The peer counts the same actions, names and orders the classes alike, and agrees in each state of its ways.

    But for moves of tokens without label, which the peer counts as roots, and for the costs of unknown heads; see
    `test_reference.py`.
    """
    rng = Random(9)
    documents = [getattr(cases, f"{kind}_case")(rng) for _ in range(250)]
    settings = {"min_freq": 3, "learn_tokens": True} if kind == "parser" else {}
    answer = ask_peer(kind, documents, **settings)
    examples = [cases.example_of(tagma, vocab, case) for case in documents]
    moves: Any = ArcEager(vocab.strings) if kind == "parser" else BiluoPushDown(vocab.strings, None, cases.WRONG)
    counts = {
        int(action): {label: count for label, count in labels.items() if label or action in ("0", "1", "4", "5")}
        for action, labels in answer["actions"].items()
    }
    if kind == "parser":
        counts[4] = {label: count for label, count in counts[4].items() if label and not label.endswith("||")}
    found = moves.get_actions(examples=examples, **settings)
    assert {action: dict(labels) for action, labels in found.items() if labels} == {
        k: v for k, v in counts.items() if v
    }
    moves.initialize_actions({int(action): labels for action, labels in answer["actions"].items()})
    assert moves.names == answer["names"]
    assert {str(action): dict(labels) for action, labels in moves.labels.items()} == answer["labels"]
    for case, example, way in zip(documents, examples, answer["walks"], strict=True):
        state, gold = moves.init_state(example.predicted), moves.gold(example)
        heads = way.get("heads")
        for step in way["steps"]:
            assert (state.stack, state.buffer) == (step["stack"], step["buffer"])
            assert moves.valid(state).tolist() == step["valid"], (case, state.history)
            assert [state.features(n) for n in ((8, 13) if kind == "parser" else (3, 6))] == step["features"]
            tops = [*state.stack[-1:], *state.buffer[:1]]
            if heads is None or 0 not in state.stack or all(heads[token] is not None for token in tops):
                assert moves.costs(state, gold).tolist() == step["costs"], (case, state.history)
            if step["move"] is not None:
                moves.apply_transition(state, step["move"])
        assert state.is_final() or way["steps"][-1]["move"] is None
