"""Parsing and entities: training and `nlp.pipe` in words per second, memory while texts stream, the price of a beam.

    python benchmarks/structured.py --peer .venv-peer/bin/python --threads 1 2

The pipeline is that of `benchmarks/configs/pipeline.cfg`: a shared network, tagger, morphologizer, parser and entity
recognizer. Whoever comes first trains it for some steps and saves it; both libraries load that, so that both do the
same work. Texts are those of EWT train in paragraphs of about 200 words, over 100,000 words.

Training counts the words of the reference over the wall time of the updates, without evaluation, after a warm-up;
entities alone are trained on WNUT-17. With two processes the clock starts when the first Doc has come back, so that the
start of the workers does not count. `nlp.pipe` runs with the batches of the config, 1,000 texts, and with smaller ones,
which are faster in spaCy. Memory is what the process holds more, while the texts stream and no Doc is kept,
than it held with the pipeline loaded; it is read after each Doc, from Linux's /proc.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness import (
    ROOT,
    WARM_UP,
    WNUT17,
    corpus,
    initialize,
    load,
    main,
    paragraphs,
    rate,
    read_entities,
    training_rate,
    updates,
)

CONFIG = ROOT / "benchmarks" / "configs" / "pipeline.cfg"
STEPS = 150  # of the pipeline that is measured
BEAM_WIDTH = 8
BATCH = 64  # texts at a time where batches are small and while memory is measured, about 13,000 words


def build(lib: str, names: Iterable[str]) -> Any:
    """The pipeline of the config, of these components."""
    util = load(lib, "util")
    config = util.load_config(CONFIG)
    config["nlp"]["pipeline"] = [name for name in config["nlp"]["pipeline"] if name in names]
    config["components"] = {name: config["components"][name] for name in config["nlp"]["pipeline"]}
    return util.load_model_from_config(config, auto_fill=True)


def entity_corpus(lib: str, folder: Path) -> Path:
    """WNUT-17 train as a .spacy file, made once."""
    path = folder / "entities.spacy"
    if not path.exists():
        convert = load(lib, "training.converters").conll_ner_to_docs
        docs = list(convert(read_entities(WNUT17, "train"), n_sents=10, no_print=True))
        load(lib, "tokens").DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


def examples_of(lib: str, nlp: Any, *paths: Path) -> list[Any]:
    return [example for path in paths for example in load(lib, "training").Corpus(path)(nlp)]


def trained_rate(lib: str, names: Iterable[str], paths: list[Path], number: int) -> float:
    nlp = build(lib, names)
    examples = examples_of(lib, nlp, *paths)
    return training_rate(updates(lib, nlp, examples, initialize(lib, nlp, examples), number + WARM_UP))


def trained(lib: str, folder: Path) -> Path:
    """The pipeline that both libraries load."""
    path = folder / "pipeline"
    if not path.exists():
        nlp = build(lib, ["tok2vec", "tagger", "morphologizer", "parser", "ner"])
        examples = examples_of(lib, nlp, corpus(lib, "train", folder), entity_corpus(lib, folder))
        list(updates(lib, nlp, examples, initialize(lib, nlp, examples), STEPS, start=300))
        nlp.to_disk(path)
    return path


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory_while_streaming(nlp: Any, texts: list[str]) -> float:
    """MB above the loaded pipeline; no Doc is kept. Comes first in the process, and is the warm-up of the rates."""
    list(nlp.pipe(texts[:1]))
    before = resident()
    return max(resident() for _ in nlp.pipe(texts, batch_size=BATCH)) - before


def component_rate(pipe: Any, docs: list[Any], args: argparse.Namespace) -> float:
    """Words per second of a component alone, over Docs that have the vectors of the shared network."""
    passes = [[doc.copy() for doc in docs] for _ in range(args.passes)]
    return statistics.median(rate(lambda d=copies: pipe.pipe(d), 1) for copies in passes)


def rate_of_processes(nlp: Any, texts: list[str]) -> float:
    """Words per second with two processes, from when the first Doc has come.

    By then each process has read a batch, whose words are not counted.
    """
    docs = nlp.pipe(texts, n_process=2, batch_size=BATCH // 2)
    next(docs)
    start = time.perf_counter()
    words = sum(len(doc) for number, doc in enumerate(docs, 1) if number >= BATCH)
    return words / (time.perf_counter() - start)


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    path = trained(lib, args.folder)
    nlp = load(lib).load(path)
    texts = paragraphs("train")[: args.texts]
    results: dict[str, float] = {}
    if "pipe" in args.only:
        results["memory while streaming, MB"] = memory_while_streaming(nlp, texts)
        results["nlp.pipe, words/s"] = rate(lambda: nlp.pipe(texts), args.passes)
        results[f"nlp.pipe, {BATCH} texts a batch, words/s"] = rate(
            lambda: nlp.pipe(texts, batch_size=BATCH), args.passes
        )
        if args.processes:
            results["nlp.pipe, two processes, words/s"] = rate_of_processes(nlp, texts)
            results["nlp.pipe, the faster, words/s"] = max(list(results.values())[1:])
    if "beam" in args.only:
        some = texts[: len(texts) // 10]
        with nlp.select_pipes(enable=["tok2vec"]):
            docs = list(nlp.pipe(some))
        for name in ("parser", "ner"):
            for width in (1, BEAM_WIDTH):
                nlp.get_pipe(name).cfg.update(beam_width=width, beam_density=0.0)
                results[f"{name} alone, beam of {width}, words/s"] = component_rate(nlp.get_pipe(name), docs, args)
            nlp.get_pipe(name).cfg.update(beam_width=1)
    if "training" in args.only:
        names = ["tok2vec", "tagger", "morphologizer", "parser"]
        trees, entities = corpus(lib, "train", args.folder), entity_corpus(lib, args.folder)
        results["training with parser, words/s"] = trained_rate(lib, names, [trees], args.updates)
        results["training entities, words/s"] = trained_rate(lib, ["tok2vec", "ner"], [entities], args.updates)
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=["pipe", "beam", "training"], default=["pipe", "beam", "training"])
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--processes", action="store_true", help="nlp.pipe also with two processes")


if __name__ == "__main__":
    main(__file__, measure, {"memory while streaming, MB": False}, arguments)
