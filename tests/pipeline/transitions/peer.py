"""What spaCy's transition systems say, for an interpreter that has spaCy: cases on stdin, walks on stdout, as JSON.

`{"system": "parser" or "ner", "cases": [...]}` gives the classes, their frequencies, and for each case the gold
annotation, a walk of valid classes (half of them the cheapest) with validity, costs and features in each state, the
analysis at its end, and the oracle's sequence. Cases are as in `cases.py`.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
from typing import Any

import cases
import spacy
from spacy.ml.models import build_hash_embed_cnn_tok2vec, build_tb_parser_model
from spacy.pipeline._parser_internals import arc_eager, ner
from spacy.tokens import Doc

nlp = spacy.blank("xx")


def step_models(kind: str) -> list[Any]:
    """Networks that are asked for the features of a state, with the few and the many."""
    models = []
    for has_more in (False, True):
        tok2vec = build_hash_embed_cnn_tok2vec(
            width=4,
            depth=1,
            embed_size=10,
            window_size=1,
            maxout_pieces=2,
            subword_features=True,
            pretrained_vectors=None,
        )
        model = build_tb_parser_model(tok2vec, kind, has_more, hidden_width=4, maxout_pieces=2, use_upper=True, nO=2)
        model.initialize()
        models.append(model.predict([Doc(nlp.vocab, words=["a"])]))
    return models


def walk(moves: Any, example: Any, seed: int, models: list[Any]) -> dict[str, Any]:
    """Random valid classes up to the end."""
    rng = random.Random(seed)
    state = moves.init_batch([example.predicted])[0]
    gold = moves.init_gold(state, example)
    names = [moves.get_class_name(i) for i in range(moves.n_moves)]
    steps = []
    while not state.is_final():
        gold.update(state)
        valid = [bool(moves.is_valid(state, name)) for name in names]
        costs = [moves.get_cost(state, gold, i) for i in range(moves.n_moves)]
        features = [model.get_token_ids([state])[0].tolist() for model in models]
        queue, stack = list(state.queue), list(state.stack)[::-1]
        seen = {"valid": valid, "costs": costs, "features": features, "buffer": queue, "stack": stack}
        choices = [i for i, is_valid in enumerate(valid) if is_valid]
        if not choices:
            return {"steps": [*steps, {**seen, "move": None}]}
        if rng.random() < 0.5:
            choices = [i for i in choices if costs[i] == min(costs)]
        else:
            letter = rng.choice(sorted({names[i][0] for i in choices}))
            choices = [i for i in choices if names[i][0] == letter]
        name = names[rng.choice(choices)]
        steps.append({**seen, "move": name})
        moves.apply_transition(state, name)
    moves.set_annotations(state, example.predicted)
    return {"steps": steps}


def parser(case: dict[str, Any], moves: Any, models: list[Any]) -> dict[str, Any]:
    example = cases.example_of(spacy, nlp.vocab, case)
    heads, labels = example.get_aligned_parse(projectivize=True)
    starts = arc_eager._get_aligned_sent_starts(example)
    found: dict[str, Any] = {"heads": heads, "labels": labels, "sent_starts": starts, "oracle": oracle(moves, case)}
    found |= walk(moves, example, case["seed"], models)
    doc = example.predicted
    return {**found, "final": [[token.head.i, token.dep_, token.is_sent_start] for token in doc]}


def entities(case: dict[str, Any], moves: Any, models: list[Any]) -> dict[str, Any]:
    example = cases.example_of(spacy, nlp.vocab, case)
    found: dict[str, Any] = {"tags": example.get_aligned_ents_and_ner()[1], "oracle": oracle(moves, case)}
    wrong = example.get_aligned_spans_y2x(example.y.spans.get(cases.WRONG, []), allow_overlap=True)
    found["wrong"] = [[span.start, span.end, span.label_] for span in wrong]
    found["iobs"] = [token.ent_iob for token in example.predicted]
    found |= walk(moves, example, case["seed"], models)
    if "raw" not in case:
        found["final"] = [[ent.start, ent.end, ent.label_] for ent in example.predicted.ents]
    return found


def oracle(moves: Any, case: dict[str, Any]) -> list[str] | str:
    """The classes of the oracle's sequence, or the code of the error."""
    try:
        sequence = moves.get_oracle_sequence(cases.example_of(spacy, nlp.vocab, case))
    except ValueError as error:
        return str(error)[:6]
    return [moves.get_class_name(i) for i in sequence]


def main() -> None:
    """The answer to one question."""
    question = json.load(sys.stdin)
    examples = [cases.example_of(spacy, nlp.vocab, case) for case in question["cases"]]
    if question["system"] == "parser":
        actions = arc_eager.ArcEager.get_actions(examples=examples, **question["settings"])
        moves, analyse = arc_eager.ArcEager(nlp.vocab.strings, actions), parser
    else:
        actions = ner.BiluoPushDown.get_actions(examples=examples)
        moves, analyse = ner.BiluoPushDown(nlp.vocab.strings, actions, incorrect_spans_key=cases.WRONG), entities
    names = [moves.get_class_name(i) for i in range(moves.n_moves)]
    models = step_models(question["system"])
    with contextlib.redirect_stdout(sys.stderr):  # where no class is without cost, the peer prints
        walks = [analyse(case, moves, models) for case in question["cases"]]
    json.dump({"names": names, "actions": actions, "labels": moves.labels, "walks": walks}, sys.stdout)


main()
