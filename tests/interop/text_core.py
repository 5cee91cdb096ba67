"""What either library makes of generated Docs: `python text_core.py LIB KIND NUMBER OUT`.

Each kind of case draws from its own seed, so that both libraries are asked the same; what they answer is written as a
JSON list. An error is its type, and its code if it has one.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

WORDS = ["a", "Bc", "def", "ghij", "don't", ",", ".", "Été", "12", "x-y", "\n"]
TAGS = ["NN", "VB", "", "DT"]
POS = ["NOUN", "VERB", "", "PROPN", "PUNCT", "SPACE"]
MORPHS = ["Case=Nom", "Number=Sing|Case=Acc", "", "Tense=Past"]
LABELS = ["nsubj", "dobj", "conj", "amod", "punct"]
KINDS = ["A", "B"]


class Library:
    """The names that the cases use of a library."""

    def __init__(self, name: str) -> None:
        tokens = importlib.import_module(f"{name}.tokens")
        self.name = name
        self.Doc, self.Span, self.Token, self.DocBin = tokens.Doc, tokens.Span, tokens.Token, tokens.DocBin
        self.Vocab = importlib.import_module(f"{name}.vocab").Vocab


def random_heads(rng: random.Random, n: int) -> list[int]:
    """Heads of one or more trees: each token hangs on one that is near."""
    heads: list[int] = []
    for i in range(n):
        choices = [j for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < n]
        heads.append(i if rng.random() < 0.3 or not choices else rng.choice(choices))
    for i in range(n):
        seen, at = {i}, i
        while heads[at] != at:
            at = heads[at]
            if at in seen:
                heads[at] = at
            seen.add(at)
    return heads


def random_iob(rng: random.Random, n: int) -> list[str]:
    """IOB of random entities."""
    out: list[str] = []
    for i in range(n):
        within = i > 0 and out[-1] not in ("", "O") and rng.random() < 0.6
        out.append("I-" + out[-1][2:] if within else rng.choice(["", "O", "O", "B-A", "B-B"]))
    return out


def random_doc(lib: Library, rng: random.Random, vocab: Any = None, parsed: bool | None = None) -> Any:
    """A Doc with random annotation, each kind there or not."""
    n = rng.randint(1, 10)
    given: dict[str, Any] = {}
    if rng.random() < 0.6 if parsed is None else parsed:
        given["heads"] = random_heads(rng, n)
        given["deps"] = ["ROOT" if head == i else rng.choice(LABELS) for i, head in enumerate(given["heads"])]
    elif rng.random() < 0.5:
        given["sent_starts"] = [rng.choice([1, 0, -1]) for _ in range(n)]
    for name, values in (("tags", TAGS), ("pos", POS), ("morphs", MORPHS), ("lemmas", ["l", "m", "", "n"])):
        if rng.random() < 0.6:
            given[name] = [rng.choice(values) for _ in range(n)]
    if rng.random() < 0.7:
        given["ents"] = random_iob(rng, n)
    words = [rng.choice(WORDS) for _ in range(n)]
    spaces = [rng.random() < 0.7 for _ in range(n)]
    return lib.Doc(lib.Vocab() if vocab is None else vocab, words=words, spaces=spaces, **given)


def is_projective(doc: Any) -> bool:
    """Whether heads make trees in which no arcs cross or span a root. Of others the peer knows some edges wrongly."""
    arcs = [(min(token.i, token.head.i), max(token.i, token.head.i)) for token in doc]
    roots = [token.i for token in doc if token.head.i == token.i]
    crosses = any(a < c < b < d for a, b in arcs for c, d in arcs) or any(a < i < b for a, b in arcs for i in roots)
    return not crosses and all((list(token.ancestors) or [token])[-1].i in roots for token in doc)


def described(doc: Any) -> dict[str, Any]:
    """All that a Doc says of its tokens; of its trees where they are there, since else the peer may crash."""
    has_trees = doc.has_annotation("DEP") and is_projective(doc)
    rows = []
    for token in doc:
        row = [token.text, token.whitespace_, token.idx, token.tag_, token.pos_, str(token.morph), token.lemma_]
        row += [token.dep_, token.head.i, token.is_sent_start, token.ent_iob_, token.ent_type_, token.has_morph()]
        if has_trees:
            row += [[child.i for child in token.children], token.left_edge.i, token.right_edge.i]
        rows.append(row)
    return {"tokens": rows, "ents": attempt(lambda: [[ent.start, ent.end, ent.label_] for ent in doc.ents])}


def attempt(ask: Callable[[], Any]) -> Any:
    """The answer, or the error's type and code."""
    try:
        return ask()
    except Exception as error:  # what is raised is the answer
        code = re.match(r"\W*\[([EW]\d+)\]", str(error))
        return [type(error).__name__, code.group(1) if code else ""]


def random_spans(rng: random.Random, n: int, share: float = 0.5) -> list[tuple[int, int]]:
    """Spans without overlap, in any order."""
    spans, at = [], 0
    while at < n:
        end = min(n, at + rng.randint(1, 4))
        if rng.random() < share:
            spans.append((at, end))
        at = end
    rng.shuffle(spans)
    return spans


def token_attrs(rng: random.Random, parsed: bool) -> dict[str, Any]:
    """Some attributes as a merge takes them."""
    values = {"TAG": TAGS[:2], "POS": POS[:2], "LEMMA": ["x", "y"], "ENT_TYPE": KINDS, "NORM": ["n"], "MORPH": MORPHS}
    if parsed:
        values["DEP"] = LABELS
    return {
        (name.lower() if rng.random() < 0.3 else name): rng.choice(options)
        for name, options in values.items()
        if rng.random() < 0.25
    }


def merged(lib: Library, rng: random.Random) -> Any:
    """Random merges."""
    doc = random_doc(lib, rng)
    doc.tensor = numpy.arange(2 * len(doc), dtype="float32").reshape(-1, 2)
    with doc.retokenize() as retokenizer:
        for start, end in random_spans(rng, len(doc)):
            retokenizer.merge(doc[start:end], attrs=token_attrs(rng, doc.has_annotation("DEP")))
    return {**described(doc), "norms": [token.norm_ for token in doc], "tensor": doc.tensor.tolist()}


def split(lib: Library, rng: random.Random) -> Any:
    """Random splits, with some merges; a piece is given all it can have, since the peer takes the rest from nowhere."""
    doc = random_doc(lib, rng, parsed=True)
    spans = [span for span in random_spans(rng, len(doc), 0.3) if span[1] - span[0] > 1]
    taken = {i for start, end in spans for i in range(start, end)}
    free = [i for i in range(len(doc)) if i not in taken]
    lemmas = doc.has_annotation("LEMMA")
    with doc.retokenize() as retokenizer:
        for start, end in spans:
            retokenizer.merge(doc[start:end])
        for i in free:
            text = doc[i].text
            if len(text) < 2 or rng.random() < 0.5:
                continue
            cuts = sorted(rng.sample(range(1, len(text)), min(len(text) - 1, rng.randint(1, 2))))
            pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
            own = rng.randrange(len(pieces))
            outer = doc[rng.choice(free)]
            heads: list[Any] = [(doc[i], own) for _ in pieces]
            heads[own] = outer if outer.i != i else (doc[i], own)
            options = {"TAG": TAGS[:2], "POS": POS[:2], "ENT_TYPE": KINDS, "DEP": LABELS, "MORPH": MORPHS[:2]}
            attrs = {name: [rng.choice(values) for _ in pieces] for name, values in options.items()}
            attrs["LEMMA"] = ["l" for _ in pieces] if lemmas else []
            attrs["ENT_ID"], attrs["ENT_KB_ID"] = [""] * len(pieces), [""] * len(pieces)
            for values in attrs.values():
                for value in values:
                    doc.vocab.strings.add(value)
            retokenizer.split(doc[i], pieces, heads, attrs)
    return described(doc)


CASES: dict[str, Callable[[Library, random.Random], Any]] = {"merged": merged, "split": split}


def main() -> None:
    name, kind, number, out = sys.argv[1:]
    lib = Library(name)
    answers = [attempt(lambda seed=seed: CASES[kind](lib, random.Random(seed))) for seed in range(int(number))]
    Path(out).write_text(json.dumps(answers), encoding="utf8")


if __name__ == "__main__":
    main()
