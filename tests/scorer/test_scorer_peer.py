"""Scores beside spaCy's, on random pairs of docs that are cut and annotated differently."""

from __future__ import annotations

import json
import random
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tagma.gold.example import Example
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.scorer import Scorer, get_ner_prf, score_parser
from tagma.tokens import Doc, DocBin, Span
from tagma.vocab import Vocab

LABELS = ["PER", "ORG", "LOC"]
DEPS = ["ROOT", "nsubj", "Obj", "punct", "p", ""]
TAGS = ["A", "B", ""]

# Reads pairs of docs and prints their scores; docs come one group of pairs after the other.
THEIRS = """
import json, sys
from spacy.pipeline.dep_parser import parser_score
from spacy.scorer import Scorer, get_ner_prf
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.vocab import Vocab
from spacy.lang.lex_attrs import LEX_ATTRS

folder, sizes = sys.argv[1], json.loads(sys.argv[2])
vocab = Vocab(lex_attr_getters=LEX_ATTRS)
sides = [list(DocBin().from_disk(f"{folder}/{side}.spacy").get_docs(vocab)) for side in ("predicted", "reference")]
pairs = [Example(x, y) for x, y in zip(*sides)]
has_group = lambda doc: "sc" in doc.spans
found = []
for size in sizes:
    examples, pairs = pairs[:size], pairs[size:]
    deps = {}
    for example in examples:  # one at a time, since there tokens without a label leak into the next doc
        deps.setdefault("parses", []).append(parser_score([example]))
    found.append({
        **deps,
        "tokens": Scorer.score_tokenization(examples),
        "ner": get_ner_prf(examples),
        "ents": Scorer.score_spans(examples, "ents"),
        "groups": Scorer.score_spans(
            examples, "sc", getter=lambda doc, key: doc.spans.get(key, []), has_annotation=has_group, allow_overlap=True
        ),
        "unlabeled": Scorer.score_spans(
            examples, "sc", getter=lambda doc, key: doc.spans.get(key, []), has_annotation=has_group, labeled=False
        ),
        "tags": Scorer.score_token_attr(examples, "tag"),
    })
print(json.dumps(found))
"""


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice(["a", "b", "c", "A", " "]) for _ in range(24)).strip() or "a"


def cut(rng: random.Random, text: str) -> tuple[list[str], list[bool]]:
    """Words that spell the text, and whether a blank follows; several blanks make a token of their own."""
    borders = sorted({0, len(text), *(rng.randrange(len(text)) for _ in range(9))})
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pairwise(borders):
        piece = text[start:end]
        for word in piece.replace(" ", "\0 \0").split("\0"):
            if word == " " and words and not spaces[-1]:
                spaces[-1] = True
            elif word:
                words.append(word)
                spaces.append(False)
    return words, spaces


def random_doc(rng: random.Random, vocab: Vocab, text: str) -> Doc:
    """A doc of the text with random tags, tree, entities and spans, some of them unknown."""
    words, spaces = cut(rng, text)
    size = len(words)
    order = rng.sample(range(size), size)
    heads = list(range(size))
    for place, token in enumerate(order):
        if place and rng.random() < 0.9:
            heads[token] = order[rng.randrange(place)]
    deps = [rng.choice(DEPS) for _ in words]
    heads = [head if dep else i for i, (head, dep) in enumerate(zip(heads, deps, strict=True))]
    with_deps, with_ents = rng.random() < 0.9, rng.random() < 0.9
    doc = Doc(
        vocab,
        words=words,
        spaces=spaces,
        tags=[rng.choice(TAGS) for _ in words],
        heads=heads if with_deps else None,
        deps=deps if with_deps else None,
    )
    if with_ents:
        ents: list[Span] = []
        missing: list[Span] = []
        for span in random_spans(rng, doc, overlap=False):
            (missing if rng.random() < 0.2 else ents).append(span)
        doc.set_ents(ents, missing=missing)
    if rng.random() < 0.8:
        doc.spans["sc"] = random_spans(rng, doc, overlap=True)
    return doc


def random_spans(rng: random.Random, doc: Doc, *, overlap: bool) -> list[Span]:
    spans, end = [], 0
    while end < len(doc):
        start = rng.randrange(max(0, end - 2 * overlap), len(doc))
        stop = min(len(doc), start + rng.randint(1, 3))
        spans.append(Span(doc, start, stop, label=rng.choice(LABELS)))
        end = max(end + 1, stop)
    return spans


def random_groups(vocab: Vocab, seed: int, count: int) -> list[list[Example]]:
    rng = random.Random(seed)
    groups = []
    for _ in range(count):
        examples = []
        for _ in range(rng.randint(1, 4)):
            text = random_text(rng)
            gold = random_doc(rng, vocab, text)
            guess = random_doc(rng, vocab, text)
            kind = rng.random()
            if kind < 0.2:
                guess = gold.copy()
            elif kind < 0.3:
                guess = Doc(vocab, words=[t.text for t in gold], spaces=[bool(t.whitespace_) for t in gold])
            examples.append(Example(guess, gold))
        groups.append(examples)
    return groups


def our_scores(examples: list[Example]) -> dict[str, Any]:
    def group(doc: Doc, key: str) -> Any:
        return doc.spans.get(key, [])

    def has_group(doc: Doc) -> bool:
        return "sc" in doc.spans

    return {
        "parses": [score_parser([example]) for example in examples],
        "tokens": Scorer.score_tokenization(examples),
        "ner": get_ner_prf(examples),
        "ents": Scorer.score_spans(examples, "ents"),
        "groups": Scorer.score_spans(examples, "sc", getter=group, has_annotation=has_group, allow_overlap=True),
        "unlabeled": Scorer.score_spans(examples, "sc", getter=group, has_annotation=has_group, labeled=False),
        "tags": Scorer.score_token_attr(examples, "tag"),
    }


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in flat(item, f"{path}/{key}").items()} or {path: {}}
    if isinstance(value, list):
        return {k: v for key, item in enumerate(value) for k, v in flat(item, f"{path}/{key}").items()}
    return {path: value}


@pytest.mark.peer
def test_same_scores_as_the_peer(tmp_path: Path, peer_python: str) -> None:
    """400 groups of random pairs: tokens, parses, entities, span groups, with all their tables by type."""
    vocab = Vocab(lex_attr_getters=dict(LEX_ATTRS))
    groups = random_groups(vocab, seed=0, count=400)
    examples = [example for group in groups for example in group]
    for side in ("predicted", "reference"):
        docs = [getattr(example, side) for example in examples]
        DocBin(attrs=["ORTH", "SPACY", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE"], docs=docs).to_disk(
            tmp_path / f"{side}.spacy"
        )
    sizes = json.dumps([len(group) for group in groups])
    command = [peer_python, "-c", THEIRS, str(tmp_path), sizes]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, answer.stderr
    for number, (group, theirs) in enumerate(zip(groups, json.loads(answer.stdout), strict=True)):
        ours, expected = flat(our_scores(group)), flat(theirs)
        assert ours.keys() == expected.keys(), number
        for key, value in expected.items():
            assert ours[key] == pytest.approx(value, abs=1e-9), (number, key)
