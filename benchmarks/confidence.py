"""How far confidences can be trusted: ECE after one temperature, and AUROC of right against wrong, on dev.

    python benchmarks/confidence.py --only ner --entities ../shared/data/gum_ner --steps 1500 --seeds 3

Trains an entity recognizer and a parser, keeps every tenth training document back to fit the temperature, and reads the
confidence of each predicted entity (right: same tokens, same type) and of each token's arc (right: same head, same
label) as the components give it with `scores = true`, beside the marginals of a beam of eight. The temperature divides
the scores of moves. ECE has ten bins. The optimizer is that of the default config.

Results go to benchmarks/results/confidence.json, by component, data and steps; seeds that are stored are not run again.
"""

import argparse
import json
import lzma
import os
import platform
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

import tagma
from accuracy import cpu
from harness import EWT, ROOT
from tagma.language import Language
from tagma.nn import Model, fix_random_seed
from tagma.tokens import Doc
from tagma.training import Example
from tagma.training.batchers import minibatch_by_words
from tagma.training.converters import conll_ner_to_docs, conllu_to_docs

Pairs = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]  # confidences; whether right
Read = Callable[[Language, list[Example]], Iterator[tuple[float, bool]]]
Corpus = Callable[[str], Iterator[Doc]]
BEAM_WIDTH = 8
RESULTS = ROOT / "benchmarks" / "results" / "confidence.json"
TEMPERATURES = [0.7 * 1.15**i for i in range(18)]


def auroc(p: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """Probability that what is right has the higher confidence; ties count half."""
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n_right = int(right.sum())
    n_wrong = len(right) - n_right
    return float((ranks[right].sum() - n_right * (n_right + 1) / 2) / (n_right * n_wrong))


def ece(p: np.ndarray[Any, Any], right: np.ndarray[Any, Any], bins: int = 10) -> float:
    """Mean distance between confidence and share of right ones, over bins of confidences."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=p - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(p))


def by_chance(p: np.ndarray[Any, Any]) -> float:
    """ECE that confidences have if they are just right: the mean of 200 draws."""
    rng = np.random.default_rng(0)
    return float(np.mean([ece(p, rng.random(len(p)) < p) for _ in range(200)]))


@contextmanager
def divided(model: Model[Any, Any], temperature: float) -> Iterator[None]:
    """Within the block, all scores of moves are divided by a temperature: the best ones stay the best."""
    upper = model.get_ref("upper")
    with model.use_params({(upper.id, name): upper.get_param(name) / temperature for name in ("W", "b")}):
        yield


def fitted(nlp: Language, name: str, read: Read, examples: list[Example]) -> float:
    """The temperature, of those in `TEMPERATURES`, with the highest likelihood of what is right."""

    def loss(temperature: float) -> float:
        with divided(nlp.get_pipe(name).model, temperature):  # type: ignore[attr-defined]  # of both
            p, right = _arrays(read(nlp, examples))
        return float(-np.log(np.clip(np.where(right, p, 1 - p), 1e-6, 1)).mean())

    return min(TEMPERATURES, key=loss)


def entities(nlp: Language, examples: list[Example]) -> Iterator[tuple[float, bool]]:
    """Confidence of each entity that `ner` finds."""
    for doc, example in zip(_read(nlp, examples), examples, strict=True):
        gold = {(ent.start, ent.end, ent.label_) for ent in example.reference.ents}
        group = doc.spans["ner_scores"]
        for ent, p in zip(group, group.attrs["scores"], strict=True):
            yield p, (ent.start, ent.end, ent.label_) in gold


def arcs(nlp: Language, examples: list[Example]) -> Iterator[tuple[float, bool]]:
    """Confidence of each token's head and label by `parser`."""
    for doc, example in zip(_read(nlp, examples), examples, strict=True):
        for token, gold, p in zip(doc, example.reference, doc.user_data["dep_score"], strict=True):
            yield float(p), (token.head.i, token.dep_) == (gold.head.i, gold.dep_)


def _read(nlp: Language, examples: list[Example]) -> Iterator[Doc]:
    return nlp.pipe([_words(nlp, example) for example in examples])


def _words(nlp: Language, example: Example) -> Doc:
    return Doc(nlp.vocab, words=[token.text for token in example.reference])


def trained(name: str, examples: list[Example], steps: int, seed: int) -> Language:
    """A pipeline of a tok2vec and a component, after so many steps over batches of some 1,000 words."""
    fix_random_seed(seed)
    nlp = tagma.blank("en")
    nlp.add_pipe(name, config={"scores": True})
    nlp.initialize(lambda: examples)
    sgd, rng, done = nlp.create_optimizer(), np.random.default_rng(seed), 0
    while done < steps:
        order = [examples[i] for i in rng.permutation(len(examples))]
        for batch in minibatch_by_words(order, size=1000):
            if done < steps:
                nlp.update([Example(_words(nlp, eg), eg.reference) for eg in batch], sgd=sgd, drop=0.1)
                done += 1
    return nlp


def measured(nlp: Language, name: str, read: Read, held: list[Example], dev: list[Example]) -> dict[str, float]:
    temperature = fitted(nlp, name, read, held)
    p, right = _arrays(read(nlp, dev))
    with divided(nlp.get_pipe(name).model, temperature):  # type: ignore[attr-defined]  # of both
        q, _ = _arrays(read(nlp, dev))
    found = {
        "n": len(q),
        "right": right.mean(),
        "AUROC": auroc(p, right),
        "ECE": ece(p, right),
        "temperature": temperature,
        "ECE at temperature": ece(q, right),
        "ECE by chance": by_chance(q),
    }
    return {key: round(float(value), 4) for key, value in found.items()}


def _arrays(pairs: Iterator[tuple[float, bool]]) -> Pairs:
    rows = list(pairs)
    return np.array([p for p, _ in rows]), np.array([right for _, right in rows], dtype=bool)


def read_xz(path: Path) -> str:
    with lzma.open(path, "rt", encoding="utf8") as file:
        return file.read()


def store(key: str, seed: int, row: dict[str, dict[str, float]]) -> None:
    stored = json.loads(RESULTS.read_text(encoding="utf8")) if RESULTS.exists() else {}
    machine = {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()}
    entry = stored.setdefault(key, {"date": date.today().isoformat(), "machine": machine, "seeds": {}})
    entry["seeds"][str(seed)] = row
    RESULTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf8")


def stored_seeds(key: str) -> dict[str, dict[str, dict[str, float]]]:
    """Seed → way of reading → what was measured."""
    stored = json.loads(RESULTS.read_text(encoding="utf8")) if RESULTS.exists() else {}
    seeds: dict[str, dict[str, dict[str, float]]] = stored.get(key, {}).get("seeds", {})
    return seeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=["ner", "parser"])
    parser.add_argument(
        "--entities", type=Path, default=ROOT / "data" / "wnut17", help="folder with train.conll.xz and dev.conll.xz"
    )
    args = parser.parse_args()
    tasks: dict[str, tuple[str, Read, Corpus]] = {
        "ner": (
            args.entities.name,
            entities,
            lambda part: conll_ner_to_docs(read_xz(args.entities / f"{part}.conll.xz"), n_sents=1, no_print=True),
        ),
        "parser": (
            "ewt",
            arcs,
            lambda part: conllu_to_docs(read_xz(EWT / f"en_ewt-ud-{part}.conllu.xz"), n_sents=5, no_print=True),
        ),
    }
    for name in [args.only] if args.only else list(tasks):
        data, read, corpus = tasks[name]
        key = f"{name}, {data}, {args.steps} steps"
        train, dev = ([Example(doc, doc) for doc in corpus(part)] for part in ("train", "dev"))
        held, rest = ([eg for i, eg in enumerate(train) if (i % 500 < 50) == kept] for kept in (True, False))
        for seed in range(args.seeds):
            if str(seed) in stored_seeds(key):
                continue
            nlp = trained(name, rest, args.steps, seed)
            row = {"moves": measured(nlp, name, read, held, dev)}
            nlp.get_pipe(name).cfg["beam_width"] = BEAM_WIDTH  # type: ignore[attr-defined]  # of both
            row[f"beam of {BEAM_WIDTH}"] = measured(nlp, name, read, held, dev)
            print(f"seed {seed}: {row}", flush=True)
            store(key, seed, row)
        report(key)


def report(key: str) -> None:
    """Means over the seeds."""
    rows = list(stored_seeds(key).values())
    for way in rows[0]:
        means = {name: statistics.mean(row[way][name] for row in rows) for name in rows[0][way]}
        print(f"{key}, {way}, seeds {len(rows)}: " + "  ".join(f"{name} {mean:.3f}" for name, mean in means.items()))


if __name__ == "__main__":
    main()
