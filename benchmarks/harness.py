"""Runs one measurement under tagma and under spaCy, alternately, each time in a fresh process, and prints ratios.

A benchmark script defines `measure(lib: str, args) -> dict[str, float]`; the same code runs for both, since the names
are the same. The peer's interpreter is given by --peer or TAGMA_PEER_PYTHON (`make bench` makes one).
"""

import argparse
import csv
import importlib
import json
import lzma
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EWT = ROOT / "data" / "ewt"
WNUT17 = ROOT / "data" / "wnut17"
WARM_UP = 20  # updates that are not measured
BANKING77 = ROOT / "data" / "banking77"

# How a library is told its number of threads.
THREADS = {
    "tagma": ("TAGMA_NUM_THREADS",),
    "spacy": ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "OMP_NUM_THREADS"),
}

Measure = Callable[[str, argparse.Namespace], dict[str, float]]
Rows = dict[str, dict[str, dict[str, float]]]  # number of threads → library → measurement → median


def load(lib: str, module: str = "") -> Any:
    """Module `tagma.X` or `spacy.X`."""
    return importlib.import_module(f"{lib}.{module}" if module else lib)


def read_conllu(path: Path) -> str:
    with lzma.open(path, "rt", encoding="utf8") as file:
        return file.read()


def sentences(part: str) -> list[str]:
    """The raw text of each sentence of EWT `part` (train or dev)."""
    lines = read_conllu(EWT / f"en_ewt-ud-{part}.conllu.xz").splitlines()
    return [line[len("# text = ") :] for line in lines if line.startswith("# text = ")]


def paragraphs(part: str, words: int = 200) -> list[str]:
    """The same text in pieces of about `words` words."""
    out: list[str] = []
    piece: list[str] = []
    count = 0
    for text in sentences(part):
        piece.append(text)
        count += text.count(" ") + 1
        if count >= words:
            out.append(" ".join(piece))
            piece, count = [], 0
    return [*out, " ".join(piece)] if piece else out


def read_entities(folder: Path, part: str) -> str:
    """A token in each line; the lines between sentences, some of which hold a tab, are empty."""
    with lzma.open(folder / f"{part}.conll.xz", "rt", encoding="utf8") as file:
        return re.sub(r"^\s+$", "", file.read(), flags=re.MULTILINE)


def banking77() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(text, intent) of the train part of BANKING77, and of the tenth of it, every tenth text, that is held out."""
    with lzma.open(BANKING77 / "train.csv.xz", "rt", encoding="utf8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    return [row for i, row in enumerate(rows) if i % 10], rows[::10]


def stored_rows(path: Path, settings: dict[str, Any], key: str) -> dict[str, Any]:
    """Results by seed of a stored file, if they were made with the same settings; else none."""
    stored = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    rows: dict[str, Any] = stored[key] if stored.get("settings") == settings else {}
    return rows


def corpus(lib: str, part: str, folder: Path, n_sents: int = 10) -> Path:
    """EWT `part` as a .spacy file in `folder`, made once by whichever library comes first; both read it."""
    path = folder / f"{part}.spacy"
    if not path.exists():
        convert = load(lib, "training.converters").conllu_to_docs
        docs = list(convert(read_conllu(EWT / f"en_ewt-ud-{part}.conllu.xz"), n_sents=n_sents, no_print=True))
        load(lib, "tokens").DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


def initialize(lib: str, nlp: Any, examples: list[Any]) -> Any:
    """The optimizer, with the seed that both libraries begin with."""
    load(lib, "util").fix_random_seed(0)
    random.seed(0)
    return nlp.initialize(lambda: examples)


def updates(
    lib: str,
    nlp: Any,
    examples: list[Any],
    optimizer: Any,
    number: int,
    start: int = 500,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[tuple[int, float]]:
    """Trains for a number of steps, with batches from `start` words to 1,000: words of each, and when it ended."""
    training = load(lib, "training")
    sizes = load(lib, "util").compounding(start, 1000, 1.001)

    def batches() -> Iterator[list[Any]]:
        while True:
            random.shuffle(examples)
            yield from training.minibatch_by_words(examples, size=sizes, tolerance=0.2)

    losses: dict[str, float] = {}
    for batch in islice(batches(), number):
        nlp.update(batch, drop=0.1, losses=losses, sgd=False)
        for _, pipe in nlp.pipeline:
            pipe.finish_update(optimizer)
        optimizer.step_schedules()
        yield sum(len(example.reference) for example in batch), clock()


def training_rate(steps: Iterable[tuple[int, float]]) -> float:
    """Words per second of the `updates` behind the first WARM_UP."""
    all_steps = list(steps)
    measured = all_steps[WARM_UP:]
    return sum(words for words, _ in measured) / (measured[-1][1] - all_steps[WARM_UP - 1][1])


def rate(run: Callable[[], Iterable[Any]], passes: int) -> float:
    """Words per second of a stream of Docs, median of the passes."""
    rates = []
    for _ in range(passes):
        start = time.perf_counter()
        words = sum(len(doc) for doc in run())
        rates.append(words / (time.perf_counter() - start))
    return statistics.median(rates)


def main(
    script: str,
    measure: Measure,
    higher_is_better: dict[str, bool],
    add_arguments: Any = None,
    report: Callable[[Rows], None] | None = None,
) -> None:
    """Runs the script's `measure` under both libraries and prints a table, or what `report` makes of the medians."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--peer", default=os.environ.get("TAGMA_PEER_PYTHON", str(ROOT / ".venv-peer/bin/python")))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[None], help="threads of either library; their defaults if not given"
    )
    parser.add_argument("--folder", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--worker", choices=["tagma", "spacy"], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if add_arguments:
        add_arguments(parser)
    args = parser.parse_args()
    if args.worker:
        sys.stdout.flush()
        print("RESULT " + json.dumps(measure(args.worker, args)))
        return
    if not Path(args.peer).exists():
        sys.exit(f"no peer interpreter at {args.peer}; run 'make bench', or give --peer or TAGMA_PEER_PYTHON")
    rows: Rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for threads in args.threads:
            rows[f"{threads} threads" if threads else ""] = _medians(args, script, folder, threads)
    if args.json:
        print(json.dumps(rows if len(rows) > 1 else next(iter(rows.values()))))
        return
    if report:
        report(rows)
        return
    print(f"{'':40}{'tagma':>14}{'spaCy':>14}{'ratio':>9}   medians of {args.repeats}")
    for name, medians in rows.items():
        if len(rows) > 1:
            print(name.replace("1 threads", "1 thread"))
        for key, value in medians["tagma"].items():
            other = medians["spacy"][key]
            ratio = value / other if higher_is_better.get(key, True) else other / value
            print(f"{key:40}{value:14,.4g}{other:14,.4g}{ratio:8.2f}x")


def _medians(args: argparse.Namespace, script: str, folder: str, threads: int | None) -> dict[str, dict[str, float]]:
    """Library → measurement → median of the repeats; the libraries take turns in who begins."""
    results: dict[str, list[dict[str, float]]] = {"tagma": [], "spacy": []}
    for i in range(args.repeats):
        for lib in ("tagma", "spacy") if i % 2 == 0 else ("spacy", "tagma"):
            python = sys.executable if lib == "tagma" else args.peer
            results[lib].append(_run(python, script, lib, folder, threads))
    return {lib: {k: statistics.median(r[k] for r in rows) for k in rows[0]} for lib, rows in results.items()}


def _run(python: str, script: str, lib: str, folder: str, threads: int | None) -> dict[str, float]:
    env = dict(os.environ)
    if threads is not None:
        env.update(dict.fromkeys(THREADS[lib], str(threads)))
    own = [a for a in sys.argv[1:] if a not in ("--json",)]
    return run_worker(python, script, [*own, "--folder", folder], lib, env)


def run_worker(
    python: str, script: str, options: list[str], lib: str, env: dict[str, str] | None = None
) -> dict[str, float]:
    """What a script measures of a library, in a process of its own; exits with its output if it fails."""
    process = subprocess.run([python, script, *options, "--worker", lib], env=env, capture_output=True, text=True)
    for line in process.stdout.splitlines():
        if line.startswith("RESULT "):
            found: dict[str, float] = json.loads(line[len("RESULT ") :])
            return found
    sys.exit(f"{lib} failed:\n{process.stdout[-2000:]}\n{process.stderr[-4000:]}")
