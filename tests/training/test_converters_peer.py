"""The converters of entity tags and of JSON beside spaCy's, on random files of each form and on real ones."""

from __future__ import annotations

import json
import logging
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagma.tokens import Doc
from tagma.training import converters
from tagma.util.paths import read_text

pytestmark = pytest.mark.peer

Case = tuple[str, str, dict[str, Any]]  # function, text of the file, settings

THEIRS = """
import json, sys, warnings
from spacy.training import converters

warnings.simplefilter("ignore")
sys.stdout, out = sys.stderr, sys.stdout
answers = []
for name, text, settings in json.load(sys.stdin):
    docs = getattr(converters, name)(text, no_print=True, **settings)
    answers.append([[
        [
            token.text, token.whitespace_, token.tag_, token.pos_, token.lemma_, token.dep_, token.head.i,
            token.ent_iob_, token.ent_type_, token.is_sent_start,
        ]
        for token in doc
    ] for doc in docs])
json.dump(answers, out)
"""


def ours(case: Case) -> list[list[list[Any]]]:
    name, text, settings = case
    docs: list[Doc] = list(getattr(converters, name)(text, no_print=True, **settings))
    return [
        [
            [token.text, token.whitespace_, token.tag_, token.pos_, token.lemma_, token.dep_, token.head.i]
            + [token.ent_iob_, token.ent_type_, token.is_sent_start]
            for token in doc
        ]
        for doc in docs
    ]


def compare(cases: list[Case], peer_python: str) -> None:
    """All cases give the tokens, annotations and docs that the peer's converters give."""
    logging.getLogger("tagma").setLevel(logging.ERROR)
    command = [peer_python, "-c", THEIRS]
    answer = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=600)
    assert answer.returncode == 0, answer.stderr
    for case, theirs in zip(cases, json.loads(answer.stdout), strict=True):
        assert ours(case) == theirs, case


def tags(rng: random.Random, size: int, scheme: str) -> list[str]:
    """Entity tags of a sentence, in one of the three schemes."""
    found: list[str] = []
    before = "O"
    while len(found) < size:
        if rng.random() < 0.5:
            found.append("O")
            before = "O"
            continue
        label, length = rng.choice(["PER", "ORG"]), min(rng.randint(1, 3), size - len(found))
        if scheme == "BILUO":
            found += [f"U-{label}"] if length == 1 else [f"B-{label}", *[f"I-{label}"] * (length - 2), f"L-{label}"]
        else:
            first = "B" if scheme == "IOB2" or before == label else "I"
            found += [f"{first}-{label}", *[f"I-{label}"] * (length - 1)]
        before = label
    return found


def sentences(rng: random.Random, scheme: str, count: int) -> list[list[tuple[str, str, str]]]:
    """(word, tag, entity tag) of each word."""
    made = []
    for _ in range(count):
        size = rng.randint(1, 6)
        words = [rng.choice(["Ann", "in", "Rome", "1,5", "é", "U.S."]) for _ in range(size)]
        if rng.random() < 0.6:
            words[-1] = rng.choice([".", "!", "?"])
        kinds = [rng.choice(["NNP", "IN", "."]) for _ in range(size)]
        # here an entity ends with its sentence; there one that ends a sentence may go on in the next
        made.append(list(zip(words, kinds, [*tags(rng, size - 1, scheme), "O"], strict=True)))
    return made


def token_lines(rng: random.Random) -> Case:
    """A file with a token in each line: two to four columns, with and without sentences and documents."""
    scheme, columns = rng.choice(["IOB1", "IOB2", "BILUO"]), rng.choice([2, 3, 4])
    separator = rng.choice([" ", "\t"])
    with_sentences, with_documents = rng.random() < 0.7, rng.random() < 0.4
    lines = ["-DOCSTART- -X- O O", ""] if with_documents else []
    for number, sentence in enumerate(sentences(rng, scheme, rng.randint(1, 7))):
        if with_documents and number and rng.random() < 0.4:
            lines += ["-DOCSTART- -X- O O", ""]
        for word, tag, entity in sentence:
            lines.append(separator.join([word, *[tag, "X"][: columns - 2], entity]))
        if with_sentences:
            lines.append("")
    # there a document without sentences stays whole even if they are looked for
    seg_sents = rng.random() < 0.4 and not (with_documents and not with_sentences)
    settings = {"n_sents": rng.choice([0, 1, 2, 10]), "seg_sents": seg_sents}
    return "conll_ner_to_docs", "\n".join(lines) + rng.choice(["", "\n"]), settings


def sentence_lines(rng: random.Random) -> Case:
    """A file with a sentence in each line, words with two or three fields."""
    scheme, with_tags = rng.choice(["IOB1", "IOB2", "BILUO"]), rng.random() < 0.5
    lines = [
        " ".join("|".join([word, tag, entity] if with_tags else [word, entity]) for word, tag, entity in sentence)
        for sentence in sentences(rng, scheme, rng.randint(1, 7))
    ]
    return "iob_to_docs", "\n".join(lines), {"n_sents": rng.choice([1, 2, 10])}


def json_file(rng: random.Random) -> Case:
    """A file of documents with paragraphs, with some of the annotations."""
    keys = rng.sample(["tag", "pos", "lemma", "ner", "head"], rng.randint(0, 5))
    paragraphs = []
    for _ in range(rng.randint(1, 3)):
        paragraph: dict[str, Any] = {"sentences": []}
        words: list[str] = []
        for sentence in sentences(rng, "BILUO", rng.randint(1, 3)):
            root = rng.randrange(len(sentence))
            tokens = []
            for i, (word, tag, entity) in enumerate(sentence):
                values = {"tag": tag, "pos": "NOUN", "lemma": word.lower(), "ner": entity, "head": root - i}
                token = {"id": len(words), "orth": word, **{key: values[key] for key in keys}}
                if "head" in keys:
                    token["dep"] = "ROOT" if i == root else "dep"
                tokens.append(token)
                words.append(word)
            paragraph["sentences"].append({"tokens": tokens, "brackets": []})
        if rng.random() < 0.5:
            paragraph["raw"] = rng.choice([" ", "  ", "\n"]).join(words)
        paragraphs.append(paragraph)
    return "json_to_docs", json.dumps([{"id": 0, "paragraphs": paragraphs}]), {}


@pytest.mark.parametrize("make", [token_lines, sentence_lines, json_file])
def test_random_files(make: Callable[[random.Random], Case], peer_python: str) -> None:
    """60 files of each form."""
    rng = random.Random(1)
    compare([make(rng) for _ in range(60)], peer_python)


@pytest.mark.shared_data
@pytest.mark.parametrize("path", ["wnut17/train.conll", "gum_ner/dev.conll.xz"])
def test_real_files(path: str, peer_python: str, shared_data: Path) -> None:
    """Real entity tags as a token, and as a sentence in each line."""
    # there a line of blanks does not end a sentence
    text = "\n".join(line.strip() for line in read_text(shared_data / path).split("\n"))
    blocks = [[line.split("\t") for line in block.split("\n") if line] for block in text.split("\n\n")]
    words = [[row for row in block if row[0].strip() and "|" not in row[0]] for block in blocks]
    lines = "\n".join(" ".join(f"{row[0]}|{row[-1]}" for row in block) for block in words)
    compare(
        [
            ("conll_ner_to_docs", text, {"n_sents": 10}),
            ("iob_to_docs", lines.strip(), {"n_sents": 10}),
        ],
        peer_python,
    )
