"""Entity linkers and knowledge bases in either library.

`python linking.py LIB kb OUT` writes a knowledge base as a folder and as bytes; `copy IN OUT` reads both and writes
them again; `train MENTIONS OUT` writes a pipeline for each of CONFIGS; `predict MENTIONS IN OUT` loads all that are in
a folder and writes the ids of the mentions as JSON. MENTIONS is a JSON list of sentences: words, borders of names.
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy

WIDTH = 12
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 16,
    "depth": 2,
    "embed_size": 300,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}
VERSION_1 = {"@architectures": "spacy-legacy.EntityLinker.v1", "tok2vec": TOK2VEC}
VERSION_2 = {"@architectures": "spacy.EntityLinker.v2", "tok2vec": TOK2VEC}
CONFIGS: dict[str, dict[str, Any]] = {
    "two": {"model": VERSION_2},
    "two-context": {"model": VERSION_2, "incl_prior": False, "candidates_batch_size": 4},
    "two-prior": {"model": VERSION_2, "incl_context": False},
    "two-threshold": {"model": VERSION_2, "threshold": 0.6, "overwrite": False},
    "one": {"model": VERSION_1},
    "one-neighbours": {"model": VERSION_1, "n_sents": 1},
}


def fill(kb: Any, names: list[str]) -> Any:
    """Three entities of each name, with vectors and priors that are drawn; the first one's prior is the largest."""
    draws = numpy.random.default_rng(0)
    for i, name in enumerate(names):
        entities = [f"Q{i}-{k}" for k in range(3)]
        for entity in entities:
            kb.add_entity(entity, float(draws.integers(1, 1000)), draws.normal(size=WIDTH).astype("float32"))
        kb.add_alias(name, entities, [0.4, 0.3, 0.2])
    return kb


def write_kb(lib: str, out: Path) -> None:
    """A folder, and bytes with the vocabulary's."""
    kb = fill(new_kb(lib), ["Emerson", "Paris", "Straße", "東京", "a b"])
    kb.append_alias("Paris", "Q0-0", 0.05)
    kb.to_disk(out / "kb")
    (out / "kb.bytes").write_bytes(kb.to_bytes())


def copy(lib: str, source: Path, out: Path) -> None:
    """Reads what `write_kb` wrote, writes it again, and what is in it as JSON."""
    out.mkdir(exist_ok=True)
    kb = new_kb(lib, 1)
    kb.from_disk(source / "kb")
    kb.to_disk(out / "kb")
    again = importlib.import_module(f"{lib}.kb").InMemoryLookupKB(kb.vocab, 1)
    again.from_bytes((source / "kb.bytes").read_bytes())
    (out / "kb.bytes").write_bytes(again.to_bytes())
    found = {
        alias: [
            (c.entity_, c.entity_freq, c.prior_prob, [float(x) for x in c.entity_vector])
            for c in again.get_alias_candidates(alias)
        ]
        for alias in sorted(again.get_alias_strings())
    }
    (out / "found.json").write_text(json.dumps(found), encoding="utf8")


def new_kb(lib: str, width: int = WIDTH) -> Any:
    """An empty knowledge base with a vocabulary of its own."""
    vocab = importlib.import_module(f"{lib}.vocab").Vocab()
    return importlib.import_module(f"{lib}.kb").InMemoryLookupKB(vocab, width)


def train(lib: str, mentions: Path, out: Path) -> None:
    """Trains each for ten steps, and writes the losses of the first five beside the pipelines."""
    library, util = importlib.import_module(lib), importlib.import_module(f"{lib}.util")
    kind, example = (
        importlib.import_module(f"{lib}.kb").InMemoryLookupKB,
        importlib.import_module(f"{lib}.training").Example,
    )
    sentences = json.loads(mentions.read_text(encoding="utf8"))
    names = names_of(sentences)
    losses = {}
    for name, config in CONFIGS.items():
        nlp = library.blank("en")
        nlp.add_pipe("sentencizer")
        linker = nlp.add_pipe("entity_linker", config=config)
        linker.set_kb(lambda vocab: fill(kind(vocab, WIDTH), names))
        examples = []
        for sentence in sentences[:100]:
            reference = doc_of(lib, nlp, sentence)
            ids = [f"Q{names.index(ent.text)}-{len(ent.text) % 3}" for ent in reference.ents]
            reference.ents = spans_of(lib, reference, sentence, ids)
            examples.append(example(doc_of(lib, nlp, {**sentence, "names": []}), reference))
        util.fix_random_seed(0)
        random.seed(0)
        sgd = nlp.initialize(lambda examples=examples: examples)
        sgd.learn_rate = 0.01
        found = [nlp.update(examples, sgd=sgd, drop=0.0)["entity_linker"] for _ in range(10)]
        losses[name] = found[:5]
        nlp.to_disk(out / name)
    (out / "losses.json").write_text(json.dumps(losses), encoding="utf8")


def predict(lib: str, mentions: Path, folder: Path, out: Path) -> None:
    """The ids of all mentions by pipeline."""
    library = importlib.import_module(lib)
    sentences = json.loads(mentions.read_text(encoding="utf8"))
    found: dict[str, list[list[str]]] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        nlp = library.load(path)
        docs = nlp.pipe([doc_of(lib, nlp, sentence) for sentence in sentences])
        found[path.name] = [[ent.kb_id_ for ent in doc.ents] for doc in docs]
    out.write_text(json.dumps(found), encoding="utf8")


def names_of(sentences: list[dict[str, Any]]) -> list[str]:
    """All names, each once."""
    return sorted({" ".join(s["words"][start:end]) for s in sentences for start, end in s["names"]})


def doc_of(lib: str, nlp: Any, sentence: dict[str, Any]) -> Any:
    """A doc with the names as entities."""
    doc = importlib.import_module(f"{lib}.tokens").Doc(nlp.vocab, words=sentence["words"])
    for token in doc:
        token.is_sent_start = token.i == 0 or sentence["words"][token.i - 1] == ";"
    doc.ents = spans_of(lib, doc, sentence, [""] * len(sentence["names"]))
    return doc


def spans_of(lib: str, doc: Any, sentence: dict[str, Any], ids: list[str]) -> list[Any]:
    """The names of a sentence as spans with ids."""
    span = importlib.import_module(f"{lib}.tokens").Span
    borders = zip(sentence["names"], ids, strict=True)
    return [span(doc, start, end, label="NAME", kb_id=kb_id) for (start, end), kb_id in borders]


if __name__ == "__main__":
    _, lib, command, *paths = sys.argv
    {"kb": write_kb, "copy": copy, "train": train, "predict": predict}[command](lib, *map(Path, paths))
