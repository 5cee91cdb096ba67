"""Vectors in either library: `python vectors.py LIB tables OUT`, `python vectors.py LIB look PIPELINE OUT`.

`tables` makes tables at random and writes what is asked of them as JSON; `look` writes what a saved pipeline has, and
`published` what a large one says of words and docs.
"""

import importlib
import json
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LETTERS = "abcé日😀"
REST = ["lemmatizer", "ner", "senter"]
PROSE = [
    "The quick brown fox jumped over seven lazy dogs in Paris.",
    "Nobody expected that prices would rise so quickly, she said.",
    "zxqwv unknownword The the THE",
]
WORDS = ["the", "The", "cat", "dog", "kitten", "xyz"]


def tables(lib: str, out: Path) -> None:
    """Answers of random tables of both modes, by the number of the table."""
    Vectors = importlib.import_module(f"{lib}.vectors").Vectors
    rng = random.Random(3)
    answers = {f"floret {i}": floret(Vectors, rng, i) for i in range(60)}
    answers.update({f"default {i}": default(lib, Vectors, rng, i) for i in range(60)})
    answers["docs"] = of_docs(lib, Vectors)
    answers["errors"] = errors(Vectors)
    out.write_text(json.dumps(answers, default=float), encoding="utf8")


def word(rng: random.Random) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(0, 9)))


def table(i: int, rows: int, width: int) -> np.ndarray:
    return np.random.RandomState(i).uniform(-1, 1, (rows, width)).astype("f")


def floret(Vectors: Any, rng: random.Random, i: int) -> list[Any]:
    """Vectors of words by text and by key, in a batch and one by one."""
    minn = rng.randint(0, 4)
    settings = {"minn": minn, "maxn": minn + rng.randint(0, 3), "hash_count": rng.randint(1, 4)}
    settings.update(hash_seed=rng.choice([0, 1, 2166136261]), bow=rng.choice("<§"), eow=rng.choice([">", "", "é"]))
    vectors = Vectors(data=table(i, rng.randint(1, 50), rng.randint(1, 8)), mode="floret", **settings)
    words = [word(rng) for _ in range(12)]
    keys = [vectors.strings.add(text) for text in words]
    return [
        *(np.asarray(vectors.get_batch(given)).tolist() for given in (words, keys, np.asarray(keys, dtype="uint64"))),
        [vectors[text].tolist() for text in words],
    ]


def default(lib: str, Vectors: Any, rng: random.Random, i: int) -> list[Any]:
    """A table that is filled, shared, resized, compared, made distinct and pruned."""
    vocab = importlib.import_module(lib).blank("en").vocab
    words = sorted({f"w{word(rng)}" for _ in range(10)})
    vectors = Vectors(strings=vocab.strings, shape=(12, 3), name="given")
    vocab.vectors = vectors
    data = np.round(table(i, 12, 3), 0 if i % 3 else 2) + 0.0  # no -0.0, which the peer takes for another value
    answers: list[Any] = []
    for j, text in enumerate(words):
        vocab.strings.add(text)
        key = vocab.strings[text]
        answers.append(vectors.add(key, vector=data[j]) if j % 4 else vectors.add(key, row=rng.randrange(12)))
    answers += [vectors.is_full, vectors.n_keys, len(vectors), list(map(str, vectors))]
    keys = [vocab.strings[text] for text in words]
    answers.append(vectors.find(keys=[*keys, 5]).tolist())
    answers.append(np.asarray(vectors.get_batch([*keys, 5])).tolist())
    queries = table(i + 100, 4, 3)
    answers.append(vectors.most_similar(queries.copy(), n=1)[2].tolist())
    answers.append(vectors.most_similar(queries.copy(), n=len(set(vectors.key2row.values())))[2].tolist())
    answers.append([[str(key), row] for key, row in vectors.resize((8, 3))])
    vocab.deduplicate_vectors()
    vectors = vocab.vectors
    answers += [vectors.data.tolist(), [[str(key), row] for key, row in vectors.key2row.items()], vectors.is_full]
    if vectors.n_keys > 2:
        moved = vocab.prune_vectors(vectors.n_keys - 2)
        answers += [sorted(moved), [score for _, score in moved.values()], vocab.vectors.data.tolist()]
    for text in words:
        vocab.set_vector(text, data[0])
    return [*answers, list(vocab.vectors.shape), [vocab.get_vector(text).tolist() for text in words]]


def of_docs(lib: str, Vectors: Any) -> list[Any]:
    """Docs, spans, tokens and lexemes, by tables of both modes and of two attributes."""
    answers: list[Any] = []
    for attr in ("ORTH", "LOWER"):
        for mode in ("default", "floret"):
            nlp = importlib.import_module(lib).blank("en")
            settings = {"minn": 2, "maxn": 3} if mode == "floret" else {"keys": ["apples", "are", "Nice", "."]}
            vectors = Vectors(strings=nlp.vocab.strings, data=table(7, 4, 5), mode=mode, attr=attr, **settings)
            nlp.vocab.vectors = vectors
            doc = nlp("Apples are nice. apples ARE not")
            answers += [doc.vector.tolist(), doc.vector_norm, [token.vector.tolist() for token in doc]]
            answers += [[token.has_vector for token in doc], [token.is_oov for token in doc], doc.has_vector]
            answers += [doc[1:3].vector.tolist(), doc[1:3].has_vector, doc[1:3].vector_norm]
            answers += [doc.similarity(doc[2:5]), doc[0].similarity(doc[4]), doc[:2].similarity(doc[4:6])]
            lexemes = [nlp.vocab[text] for text in ("Foo", "apples", "APPLES")]
            answers += [[lexeme.vector.tolist(), lexeme.has_vector, lexeme.vector_norm] for lexeme in lexemes]
            answers += [nlp.vocab.has_vector("ARE"), nlp.vocab.get_vector("Bar").tolist()]
    return answers


def errors(Vectors: Any) -> list[Any]:
    """Kinds and codes of errors and warnings."""
    data = table(0, 4, 2)
    floret = Vectors(data=data, mode="floret", minn=1, maxn=2)
    calls: list[Callable[[], Any]] = [
        lambda: floret.find(key="x"),
        lambda: floret.most_similar(data),
        lambda: floret.clear(),
        lambda: floret[12345],
        lambda: floret.add("x"),
        lambda: floret.resize((3, 3)),
        lambda: floret.__setitem__("x", 1),
        lambda: [floret.n_keys, floret.is_full, list(floret), 5 in floret],
        lambda: Vectors(mode="floret"),
        lambda: Vectors(mode="floret", data=data, keys=["a"]),
        lambda: Vectors(mode="floret", data=data, minn=3, maxn=2),
        lambda: Vectors(mode="floret", data=data, hash_count=5),
        lambda: Vectors(mode="other"),
        lambda: Vectors(data=data[:2], keys=["a", "b", "c"]),
        lambda: Vectors(data=data, keys=["a"]).add("b"),
        lambda: Vectors(shape=(3, 2))["a"],
        lambda: Vectors(shape=(3, 2)).find(),
        lambda: Vectors(shape=(3, 2)).most_similar(data),
        lambda: Vectors(shape=(3, 2)).resize((3, 4), inplace=True),
        lambda: [Vectors(attr=attr).attr for attr in ("text", "lower", "no such", 67)],
        lambda: importlib.import_module(Vectors.__module__.partition(".")[0] + ".vectors").BaseVectors(),
    ]
    return [outcome(call) for call in calls]


def outcome(call: Callable[[], Any]) -> Any:
    """What it returns with the codes of warnings, or type and code of its error."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            return [call(), [str(warning.message)[:6] for warning in told]]
        except Exception as error:
            return [type(error).__name__, str(error).strip("'\"").partition("]")[0]]


def look(lib: str, folder: Path, out: Path) -> None:
    """Table, keys and vectors of some words of a pipeline."""
    nlp = importlib.import_module(lib).load(folder)
    vectors = nlp.vocab.vectors
    found = {
        "data": vectors.data.tolist(),
        "keys": {nlp.vocab.strings[key]: row for key, row in vectors.key2row.items()},
        "meta": nlp.meta["vectors"],
        "words": [nlp.vocab[text].vector.tolist() for text in WORDS],
        "has": [nlp.vocab.has_vector(text) for text in WORDS],
        "settings": [getattr(vectors, name) for name in ("mode", "minn", "maxn", "hash_count", "bow", "eow")],
    }
    out.write_text(json.dumps(found, default=float), encoding="utf8")


def published(lib: str, folder: Path, out: Path) -> None:
    """Vectors, similarities and nearest words by the vectors of a published pipeline."""
    nlp = importlib.import_module(lib).load(folder, exclude=["tok2vec", "tagger", "parser", "attribute_ruler"] + REST)
    docs = [nlp.make_doc(text) for text in PROSE]
    queries = np.stack([nlp.vocab[text].vector for text in ("dog", "Paris", "quickly", "seven")])
    keys, rows, scores = nlp.vocab.vectors.most_similar(queries.copy(), n=8)
    found = {
        "shape": list(nlp.vocab.vectors.shape),
        "keys": nlp.vocab.vectors.n_keys,
        "docs": [doc.vector.tolist() for doc in docs],
        "norms": [float(doc.vector_norm) for doc in docs],
        "spans": [doc[1:4].vector.tolist() for doc in docs],
        "tokens": [[token.has_vector, token.is_oov, float(token.vector_norm)] for doc in docs for token in doc],
        "alike": [float(a.similarity(b)) for a in docs for b in docs],
        "alike tokens": [float(a.similarity(b)) for a in docs[0] for b in docs[1] if a.has_vector and b.has_vector],
        "nearest": [[nlp.vocab.strings[int(key)] for key in line] for line in keys],
        "rows": rows.tolist(),
        "scores": scores.tolist(),
    }
    out.write_text(json.dumps(found), encoding="utf8")


if __name__ == "__main__":
    _, lib, command, *paths = sys.argv
    {"tables": tables, "look": look, "published": published}[command](lib, *map(Path, paths))
