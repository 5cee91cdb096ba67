"""Entity linking: accuracy beside spaCy and beside the prior alone, and mentions a second.

    python benchmarks/linking.py --emerson FOLDER --gum FOLDER    accuracy with the same config, speed in memory
    python benchmarks/linking.py --disk FOLDER                    tagma alone: 100,000 mentions, a million entities

`--emerson` names a folder with entities.csv and emerson_annotated_text.jsonl (three people called Emerson, thirty
mentions, each held out once), `--gum` one with en_gum-{train,dev}.conllu.xz, whose mentions have Wikipedia identities.
Entities of GUM have the identity's title and what they are called in the training part as aliases, with counts as
priors, and the sentences of the training part as descriptions. Vectors are hashed words. Without the folders these
figures are left out. `--disk` builds its knowledge base in the folder, if none is there.
"""

import argparse
import csv
import itertools
import json
import random
import re
import resource
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy

from harness import load, main, read_conllu

WIDTH = 64
FOLDS = 5
CONFIG: dict[str, Any] = {
    "model": {
        "@architectures": "spacy.EntityLinker.v2",
        "tok2vec": {
            "@architectures": "spacy.HashEmbedCNN.v2",
            "pretrained_vectors": None,
            "width": 96,
            "depth": 2,
            "embed_size": 2000,
            "window_size": 1,
            "maxout_pieces": 3,
            "subword_features": True,
        },
    },
}
Mention = dict[str, Any]  # words, starts of sentences, and entities: start, end, id
Priors = dict[str, dict[str, float]]  # alias → entity → prior


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, data in (("emerson", emerson(args)), ("gum", gum(args))):
        right = prior = total = 0
        for train, dev, vectors, priors in data:
            nlp = trained(lib, train, vectors, priors, args.steps)
            alone = load(lib).blank("en")
            alone.add_pipe("entity_linker", config={**CONFIG, "incl_context": False})
            fill(lib, alone, vectors, priors)
            for each, pipeline in (("nel", nlp), ("prior", alone)):
                random.seed(0)
                docs = [doc_of(lib, pipeline, text, ids=False) for text in dev]
                hits = sum(
                    ent.kb_id_ == kb_id
                    for doc, text in zip(pipeline.pipe(docs), dev, strict=True)
                    for ent, (_, _, kb_id) in zip(doc.ents, text["entities"], strict=True)
                )
                right, prior = (right + hits, prior) if each == "nel" else (right, prior + hits)
            total += sum(len(text["entities"]) for text in dev)
        if total:
            found[f"{name}, %"] = 100 * right / total
            found[f"{name} by the prior alone, %"] = 100 * prior / total
            found[f"{name}, mentions"] = total
    return {**found, **speed(lib, args.entities, args.mentions)}


# Data


def emerson(args: argparse.Namespace) -> Iterator[tuple[list[Mention], list[Mention], dict[str, Any], Priors]]:
    """Five times: four fifths of the mentions, and that which is left."""
    if args.emerson is None:
        return
    with (args.emerson / "entities.csv").open(encoding="utf8") as file:
        descriptions = {row[0]: row[2] for row in csv.reader(file)}
    vectors = {entity: hashed([text]) for entity, text in descriptions.items()}
    priors = {"Emerson": dict.fromkeys(vectors, 0.3)}
    texts = []
    for line in (args.emerson / "emerson_annotated_text.jsonl").read_text(encoding="utf8").splitlines():
        record = json.loads(line)
        if record["answer"] == "accept" and record["accept"][0] in vectors:
            (span,) = record["spans"]
            before, name, after = (
                re.findall(r"\w+|[^\w\s]", part)
                for part in (
                    record["text"][: span["start"]],
                    record["text"][span["start"] : span["end"]],
                    record["text"][span["end"] :],
                )
            )
            words = [*before, *name, *after]
            starts = [i == 0 for i in range(len(words))]
            entities = [(len(before), len(before) + len(name), record["accept"][0])]
            texts.append({"words": words, "starts": starts, "entities": entities})
    random.Random(0).shuffle(texts)
    for fold in range(FOLDS):
        yield [t for i, t in enumerate(texts) if i % FOLDS != fold], texts[fold::FOLDS], vectors, priors


def gum(args: argparse.Namespace) -> Iterator[tuple[list[Mention], list[Mention], dict[str, Any], Priors]]:
    """Mentions with a proper noun in them and a Wikipedia identity; in dev those that the knowledge base has."""
    if args.gum is None:
        return
    train, dev = (list(gum_docs(args.gum / f"en_gum-{part}.conllu.xz")) for part in ("train", "dev"))
    said: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text in train:
        for start, end, entity in text["entities"]:
            counts[" ".join(text["words"][start:end])][entity] += 1
            said[entity].append(" ".join(text["words"]))
    entities = {entity for text in (*train, *dev) for _, _, entity in text["entities"]}
    for entity in entities:
        title = entity.replace("_", " ")
        counts[re.sub(r" \(.*\)$", "", title)][entity] += 1
        said[entity].append(title)
    priors = {alias: {e: n / found.total() for e, n in found.items()} for alias, found in counts.items()}
    for text in dev:
        text["entities"] = [e for e in text["entities"] if " ".join(text["words"][e[0] : e[1]]) in priors]
    yield train, dev, {entity: hashed(said[entity]) for entity in sorted(entities)}, priors


def gum_docs(path: Path) -> Iterator[Mention]:
    """Sentences with the outermost mentions that have an identity."""
    for part in read_conllu(path).split("# newdoc id")[1:]:
        words: list[str] = []
        starts: list[bool] = []
        proper: list[bool] = []
        opened: list[tuple[str, str, int]] = []
        found: list[tuple[int, int, str]] = []
        begins = True
        for line in part.splitlines():
            cells = line.split("\t")
            if not line:
                begins = True
            if len(cells) != 10 or not cells[0].isdigit():
                continue
            words.append(cells[1])
            starts.append(begins)
            proper.append(cells[3] == "PROPN")
            begins = False
            entity = next((v[7:] for v in cells[9].split("|") if v.startswith("Entity=")), "")
            for bracket in re.findall(r"\([^()]*(?:\([^()]*\)[^()]*)?\)|\([^()]*|[^()]*\)", entity):
                fields = bracket.strip("()").split("-", 7)
                if bracket.startswith("("):
                    opened.append((fields[0], fields[7] if len(fields) > 7 else "", len(words) - 1))
                if bracket.endswith(")"):
                    place = next((i for i in range(len(opened) - 1, -1, -1) if opened[i][0] == fields[0]), None)
                    if place is not None:
                        _, identity, start = opened.pop(place)
                        if identity and any(proper[start:]):
                            found.append((start, len(words), identity))
        kept: list[tuple[int, int, str]] = []
        for start, end, identity in sorted(found, key=lambda f: (f[0], -f[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, end, identity))
        yield from sentences_of({"words": words, "starts": starts, "entities": kept})


def sentences_of(text: Mention) -> Iterator[Mention]:
    """Each sentence with entities as a text of its own."""
    borders = [i for i, begins in enumerate(text["starts"]) if begins] + [len(text["words"])]
    for start, end in itertools.pairwise(borders):
        entities = [(s - start, e - start, i) for s, e, i in text["entities"] if start <= s and e <= end]
        if entities:
            words = text["words"][start:end]
            yield {"words": words, "starts": [i == 0 for i in range(len(words))], "entities": entities}


def hashed(texts: Iterable[str]) -> Any:
    """The mean of a random direction for each word that has four letters or more."""
    total = numpy.zeros(WIDTH)
    for text in texts:
        for word in set(re.findall(r"\w{4,}", text.lower())):
            total += numpy.random.default_rng(zlib.crc32(word.encode())).normal(size=WIDTH)
    return (total / (numpy.linalg.norm(total) or 1)).astype("float32")


# Pipelines


def trained(lib: str, train: list[Mention], vectors: dict[str, Any], priors: Priors, steps: int) -> Any:
    """A linker after so many batches of 32 docs."""
    load(lib, "util").fix_random_seed(0)
    random.seed(0)
    nlp = load(lib).blank("en")
    nlp.add_pipe("entity_linker", config=CONFIG)
    fill(lib, nlp, vectors, priors)
    example = load(lib, "training").Example
    made = [example(doc_of(lib, nlp, text, ents=False), doc_of(lib, nlp, text)) for text in train]
    sgd = nlp.initialize(lambda: made)
    for _ in range(steps):
        nlp.update(random.sample(made, min(32, len(made))), sgd=sgd, drop=0.2)
    return nlp


def fill(lib: str, nlp: Any, vectors: dict[str, Any], priors: Priors) -> None:
    """Give the linker a knowledge base in memory."""
    kb = load(lib, "kb").InMemoryLookupKB(nlp.vocab, WIDTH)
    kb.set_entities(list(vectors), [1.0] * len(vectors), list(vectors.values()))
    for alias, entities in priors.items():
        kb.add_alias(alias, list(entities), list(entities.values()))
    nlp.get_pipe("entity_linker").kb = kb


def doc_of(lib: str, nlp: Any, text: Mention, ents: bool = True, ids: bool = True) -> Any:
    tokens = load(lib, "tokens")
    doc = tokens.Doc(nlp.vocab, words=text["words"], sent_starts=text["starts"])
    if ents:
        doc.ents = [tokens.Span(doc, s, e, label="X", kb_id=i if ids else "") for s, e, i in text["entities"]]
    return doc


# Speed


def names(n: int) -> tuple[list[str], list[str]]:
    """Full names, of which most are of one of `n` entities, and family names, of ten each; the same each time."""
    draws = random.Random(0)
    syllables = [c + v for c in "bcdfghklmnprstvz" for v in "aeiou"]

    def name() -> str:
        return "".join(draws.choices(syllables, k=draws.randint(2, 4))).title()

    first, last = [name() for _ in range(max(10, n // 300))], [name() for _ in range(max(10, n // 10))]
    return [f"{draws.choice(first)} {draws.choice(last)}" for _ in range(n)], last


def texts_of(full: list[str], last: list[str], mentions: int) -> list[Mention]:
    """Docs of ten sentences of 20 words, of which three names, half of them family names alone."""
    draws = random.Random(1)
    common = [f"{a}{b}" for a in ("win", "play", "writ", "see", "mov", "liv", "know") for b in ("s", "ing", "er", "ed")]
    docs: list[Mention] = []
    for _ in range(-(-mentions // 30)):
        words: list[str] = []
        starts: list[bool] = []
        entities = []
        for _ in range(10):
            begin = len(words)
            for _ in range(3):
                words += draws.choices(common, k=5)
                name = draws.choice(full if draws.random() < 0.5 else last).split()
                entities.append((len(words), len(words) + len(name), ""))
                words += name
            words.append(".")
            starts += [i == begin for i in range(begin, len(words))]
        docs.append({"words": words, "starts": starts, "entities": entities})
    return docs


def speed(lib: str, n: int, mentions: int) -> dict[str, float]:
    """Mentions a second with a knowledge base of `n` entities in memory."""
    full, last = names(n)
    nlp = load(lib).blank("en")
    linker = nlp.add_pipe("entity_linker", config=CONFIG)
    kb = load(lib, "kb").InMemoryLookupKB(nlp.vocab, WIDTH)
    vectors = numpy.random.default_rng(0).normal(size=(n, WIDTH)).astype("float32")
    kb.set_entities([f"Q{i}" for i in range(n)], [1.0] * n, list(vectors))
    by_name: dict[str, list[str]] = defaultdict(list)
    for i, name in enumerate(full):
        for alias in (name, name.split()[1]):
            by_name[alias].append(f"Q{i}")
    for alias, entities in by_name.items():
        kb.add_alias(alias, entities, [1 / len(entities)] * len(entities))
    linker.kb = kb
    texts = texts_of(full, last, mentions)
    example = load(lib, "training").Example
    nlp.initialize(lambda: [example(doc_of(lib, nlp, t), doc_of(lib, nlp, t)) for t in texts[:5]])
    docs = [doc_of(lib, nlp, text) for text in texts]
    count, start = sum(len(doc.ents) for doc in docs), time.process_time()
    for _ in nlp.pipe(docs):
        pass
    return {f"mentions/s of CPU time, {n:,} entities": count / (time.process_time() - start)}


def on_disk(folder: Path, n: int, mentions: int) -> None:
    """Print what it takes to link `mentions` against `n` entities on disk."""
    from tagma.kb import DiskKB, HashedVectors, build_kb
    from tagma.kb.tables import Row

    full, last = names(n)
    if not (folder / "kb.sqlite").exists():
        start = time.process_time()
        rows = (
            Row("", {"id": f"Q{i}", "name": full[i], "aliases": full[i].split()[1], "freq": i % 97}) for i in range(n)
        )
        build_kb(folder, rows, encode=HashedVectors(WIDTH), say=print)
        print(f"built in {time.process_time() - start:.0f} s of CPU time")
    texts = texts_of(full, last, mentions)
    del full, last
    nlp = load("tagma").blank("en")
    linker = nlp.add_pipe("entity_linker", config=CONFIG)
    start = time.perf_counter()
    linker.kb = DiskKB(nlp.vocab, folder)
    print(f"opened in {1000 * (time.perf_counter() - start):.1f} ms")
    example = load("tagma", "training").Example
    docs = [doc_of("tagma", nlp, text) for text in texts]
    nlp.initialize(lambda: [example(doc, doc) for doc in docs[:5]])
    del texts
    for context in (False, True):
        linker.incl_context = context
        start, cpu = time.perf_counter(), time.process_time()
        for _ in nlp.pipe(docs):
            pass
        count = sum(len(doc.ents) for doc in docs)
        rates = count / (time.perf_counter() - start), count / (time.process_time() - cpu)
        what = "prior and context" if context else "prior alone"
        print(f"{what}: {count:,} mentions, {rates[0]:,.0f} a second, {rates[1]:,.0f} a second of CPU time")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(linker.kb):,} entities, {linker.kb.get_size_aliases():,} aliases; at most {memory:.0f} MB of memory")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--emerson", type=Path, help="folder of the mentions of Emerson")
    parser.add_argument("--gum", type=Path, help="folder of the treebank GUM")
    parser.add_argument("--steps", type=int, default=300, help="of training")
    parser.add_argument("--entities", type=int, default=20_000, help="of the knowledge base whose speed is measured")
    parser.add_argument("--mentions", type=int, default=3_000, help="that are linked for it")


if __name__ == "__main__":
    if "--disk" in sys.argv:
        alone = argparse.ArgumentParser()
        alone.add_argument("--disk", type=Path, required=True)
        alone.add_argument("--entities", type=int, default=1_000_000)
        alone.add_argument("--mentions", type=int, default=100_000)
        given = alone.parse_args()
        on_disk(given.disk, given.entities, given.mentions)
    else:
        main(__file__, measure, {}, arguments)
