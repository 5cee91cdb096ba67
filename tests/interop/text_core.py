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


def set_entities(lib: Library, rng: random.Random) -> Any:
    """`set_ents` with spans of all kinds, or `doc.ents`."""
    doc = random_doc(lib, rng)
    spans = random_spans(rng, len(doc))
    kinds: dict[str, list[Any]] = {"entities": [], "blocked": [], "missing": [], "outside": []}
    for start, end in spans:
        kind = rng.choice([*kinds, "entities"])
        label = rng.choice(KINDS) if kind == "entities" else ""
        kinds[kind].append(lib.Span(doc, start, end, label=label))
    if rng.random() < 0.2:
        doc.ents = [(span.label, span.start, span.end) for span in kinds["entities"]]
    else:
        doc.set_ents(
            kinds.pop("entities"), default=rng.choice(["outside", "missing", "blocked", "unmodified"]), **kinds
        )
    return described(doc)


ATTRS = [
    "TAG",
    "POS",
    "LEMMA",
    "MORPH",
    "DEP",
    "HEAD",
    "ENT_IOB",
    "ENT_TYPE",
    "ENT_ID",
    "ENT_KB_ID",
    "SENT_START",
    "NORM",
]


def arrays(lib: Library, rng: random.Random) -> Any:
    """Some columns of one Doc, written to another one of the same words."""
    doc = random_doc(lib, rng)
    names = rng.sample(ATTRS, rng.randint(1, len(ATTRS)))
    if "HEAD" in names and "DEP" not in names:
        names.append("DEP")
    spaces = [bool(token.whitespace_) for token in doc]
    copy = lib.Doc(doc.vocab, words=[token.text for token in doc], spaces=spaces)
    given = [name.lower() if rng.random() < 0.5 else name for name in names]
    values = doc.to_array(given)
    copy.from_array(given, values)
    lexical = doc.to_array(["ORTH", "LENGTH", "IDX", "SPACY"])
    annotated = {
        name: [doc.has_annotation(name), doc.has_annotation(name, require_complete=True)] for name in [*ATTRS, "LENGTH"]
    }
    counts = sorted(doc.count_by(75).items())
    out = [values.tolist(), lexical.tolist(), annotated, counts, doc.to_utf8_array(rng.randint(1, 6)).tolist()]
    return {**described(copy), "rest": out}


def cut_out(lib: Library, rng: random.Random) -> Any:
    """`as_doc` of spans."""
    doc = random_doc(lib, rng)
    start = rng.randrange(len(doc))
    end = rng.randint(start + 1, len(doc))
    span = lib.Span(doc, start, end, label="L")
    doc.cats = {"x": 1.0, (span.start_char, span.end_char, "L"): 0.5}
    doc.tensor = numpy.arange(2 * len(doc), dtype="float32").reshape(-1, 2)
    doc.user_data = {"key": 1}
    made = span.as_doc(copy_user_data=rng.random() < 0.5)
    rest = [made.cats, made.tensor.tolist(), sorted(made.user_data.items()), made.has_unknown_spaces]
    return {**described(made), "rest": rest, "sents": attempt(lambda: [sent.text for sent in made.sents])}


def joined(lib: Library, rng: random.Random) -> Any:
    """`from_docs`."""
    vocab = lib.Vocab()
    parsed = rng.random() < 0.5
    docs = [random_doc(lib, rng, vocab, parsed) for _ in range(rng.randint(1, 4))]
    for doc in docs:
        for key in rng.sample(["a", "b"], rng.randint(0, 2)):
            spans = random_spans(rng, len(doc))
            doc.spans[key] = [lib.Span(doc, *span, label=rng.choice(KINDS), kb_id="Q") for span in spans]
    if rng.random() < 0.3:
        docs.insert(rng.randrange(len(docs)), lib.Doc(vocab))
    made = lib.Doc.from_docs(docs, ensure_whitespace=rng.random() < 0.5)
    groups = {key: [[s.start, s.end, s.label_, s.kb_id_] for s in group] for key, group in sorted(made.spans.items())}
    return {**described(made), "groups": groups, "text": made.text}


def as_json(lib: Library, rng: random.Random) -> Any:
    """`to_json`, and back."""
    doc = random_doc(lib, rng)
    if any(token.text.isspace() for token in doc):  # which the peer does not read
        return {}
    if rng.random() < 0.5:
        doc.cats = {"x": 0.5}
    if rng.random() < 0.5:
        doc.spans["k"] = [lib.Span(doc, *span, label="A", kb_id="Q") for span in random_spans(rng, len(doc))]
    data = doc.to_json()
    read = described(lib.Doc(lib.Vocab()).from_json(data))
    for row in read["tokens"]:
        row[12] = ""  # whether a morph is empty or unset, JSON does not say
    return {**read, "json": data}


def characters(lib: Library, rng: random.Random) -> Any:
    """`char_span` of a Doc and of a span, for all characters."""
    doc = random_doc(lib, rng)
    last = len(doc.text) + 2
    mode = rng.choice(["strict", "contract", "expand"])
    start = rng.randrange(len(doc))
    part = doc[start : rng.randint(start + 1, len(doc))]

    def bounds(item: Any, a: int, b: int) -> Any:
        span = item.char_span(a, b, label="X", alignment_mode=mode)
        return None if span is None else [span.start, span.end, span.label_]

    whole = [[bounds(doc, a, b) for b in range(a, last)] for a in range(-1, last)]
    return {"whole": whole, "part": [[bounds(part, a, b) for b in range(a, last)] for a in range(-4, last)]}


def views(lib: Library, rng: random.Random) -> Any:
    """Navigation of tokens and spans of parsed Docs."""
    doc = random_doc(lib, rng, parsed=True)
    if not is_projective(doc):
        return {}
    tokens = [
        [
            *([t.i for t in token.lefts], [t.i for t in token.rights], token.n_lefts, token.n_rights),
            *([t.i for t in token.subtree], [t.i for t in token.ancestors], [t.i for t in token.conjuncts]),
            *(token.is_sent_end, token.sent.text, [token.is_ancestor(t) for t in doc]),
        ]
        for token in doc
    ]
    spans = []
    for start in range(len(doc)):
        for end in range(start + 1, len(doc) + 1):
            span = doc[start:end]
            row = [span.root.i, [t.i for t in span.lefts], [t.i for t in span.rights], span.n_lefts, span.n_rights]
            row += [[t.i for t in span.subtree], [t.i for t in span.conjuncts], span.lemma_, span.sent.text]
            row += [[s.text for s in span.sents], [e.text for e in span.ents], span.get_lca_matrix().tolist()]
            spans.append(row)
    return {"tokens": tokens, "spans": spans, "lca": doc.get_lca_matrix().tolist()}


def pictures(lib: Library, rng: random.Random) -> Any:
    """What displaCy shows."""
    displacy = importlib.import_module(f"{lib.name}.displacy")
    doc = random_doc(lib, rng, parsed=True)
    for text in (",", "."):
        doc.vocab[text].set_flag(5, True)
    doc.spans["sc"] = [lib.Span(doc, *span, label="A", kb_id="Q") for span in random_spans(rng, len(doc))]
    options = {name: rng.random() < 0.5 for name in ("collapse_punct", "fine_grained", "add_lemma")}
    start = rng.randrange(len(doc))
    part = doc[start : rng.randint(start + 1, len(doc))]
    urls = {"kb_url_template": "https://x.org/{}"}
    return {
        "deps": displacy.parse_deps(doc, options),
        "part": displacy.parse_deps(part, options),
        "ents": displacy.parse_ents(doc, urls),
        "spans": displacy.parse_spans(doc, urls),
    }


CASES: dict[str, Callable[[Library, random.Random], Any]] = {
    "merged": merged,
    "split": split,
    "set_entities": set_entities,
    "arrays": arrays,
    "cut_out": cut_out,
    "joined": joined,
    "as_json": as_json,
    "characters": characters,
    "views": views,
    "pictures": pictures,
}


def write(lib: Library, folder: Path, number: int) -> list[Any]:
    """Files of all that is saved of texts and vocabularies, and what is in them."""
    lookups = importlib.import_module(f"{lib.name}.lookups").Lookups()
    lookups.add_table("table", {"a": 1, "é": "x", 5: [1, 2]})
    vocab = lib.Vocab(strings=["one", "Été"], lookups=lookups)
    vocab.reset_vectors(width=2)
    vocab.set_vector("one", numpy.asarray([1, 2], dtype="f"))
    strings = vocab.strings.to_bytes()
    (folder / "strings").write_bytes(strings.encode("utf8") if isinstance(strings, str) else strings)
    (folder / "lookups").write_bytes(lookups.to_bytes())
    (folder / "vocab.bin").write_bytes(vocab.to_bytes())
    vocab.to_disk(folder / "vocab")
    docs = []
    for seed in range(number):
        rng = random.Random(seed)
        doc = random_doc(lib, rng)
        doc.cats = {"x": 0.5}
        doc.user_data = {"key": 1, ("._.", "x", 0, None): "v"}
        doc.tensor = numpy.arange(2 * len(doc), dtype="float32").reshape(-1, 2)
        doc.spans["a"] = [
            lib.Span(doc, *span, label="A", kb_id="Q", span_id="I") for span in random_spans(rng, len(doc))
        ]
        doc.spans["b"] = doc.spans["a"]
        (folder / f"{seed}.doc").write_bytes(doc.to_bytes())
        (folder / f"{seed}.groups").write_bytes(doc.spans.to_bytes())
        docs.append(doc)
    lib.DocBin(docs=docs, store_user_data=True).to_disk(folder / "docs.spacy")
    return read(lib, folder, number)


def read(lib: Library, folder: Path, number: int) -> list[Any]:
    """What is in the files of `write`."""
    vocab = lib.Vocab().from_bytes((folder / "vocab.bin").read_bytes())
    from_folder = lib.Vocab().from_disk(folder / "vocab")
    store = type(vocab.strings)().from_bytes((folder / "strings").read_bytes())
    lookups = type(vocab.lookups)().from_bytes((folder / "lookups").read_bytes())
    out: list[Any] = [
        *(sorted(store), sorted(vocab.strings), sorted(from_folder.strings)),
        *(sorted(map(str, table.items())) for table in (lookups.get_table("table"), vocab.lookups.get_table("table"))),
        *(v.get_vector("one").tolist() for v in (vocab, from_folder)),
    ]
    fresh = lib.Vocab()
    for seed, binned in enumerate(lib.DocBin(store_user_data=True).from_disk(folder / "docs.spacy").get_docs(fresh)):
        doc = lib.Doc(lib.Vocab()).from_bytes((folder / f"{seed}.doc").read_bytes())
        other = lib.Doc(doc.vocab).from_bytes(doc.to_bytes(exclude=["spans"]), exclude=["spans"])
        other.spans.from_bytes((folder / f"{seed}.groups").read_bytes())
        for item in (doc, binned, other):
            groups = {
                key: [[span.start, span.end, span.label_, span.kb_id_, span.id_] for span in group]
                for key, group in sorted(item.spans.items())
            }
            out.append([described(item), groups, item.cats, item.has_unknown_spaces, sorted(map(str, item.user_data))])
        out.append(doc.tensor.tolist())
    assert len(out) == 7 + 4 * number
    return out


def main() -> None:
    """`LIB KIND NUMBER OUT`, or `LIB write|read NUMBER OUT FOLDER`."""
    name, kind, number, out = sys.argv[1:5]
    lib = Library(name)
    if kind in ("write", "read"):
        answers = {"write": write, "read": read}[kind](lib, Path(sys.argv[5]), int(number))
    else:
        answers = [attempt(lambda seed=seed: CASES[kind](lib, random.Random(seed))) for seed in range(int(number))]
    Path(out).write_text(json.dumps(answers), encoding="utf8")


if __name__ == "__main__":
    main()
