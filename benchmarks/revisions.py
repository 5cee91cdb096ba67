"""Two checkouts of tagma side by side, in the same run: whether a change of structure costs speed.

    python benchmarks/revisions.py /path/to/earlier/checkout [--repeats 5] [--only training pipeline]

Both must be compiled. The scripts of this folder run alternately with one checkout's sources and the other's, each time
in a fresh process; printed are medians, and the ratio later / earlier, above 1 for better.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
SCRIPTS = ("training", "pipeline", "tokenizer", "startup")
LOWER_IS_BETTER = (", s", "MB")
# A saved pipeline with tok2vec, tagger and morphologizer, loaded in a fresh process, and its first text.
COLD = (
    f"import tagma; tagma.load({str(ROOT / 'tests' / 'data' / 'spacy' / 'pipeline')!r})('Hello world, this is a text.')"
)
# Reading attributes of every token, a microsecond each.
READ = """
import time, tagma
doc = tagma.blank("en")("This is a sentence of some words, and not a long one. " * 200)
for name in ("text", "tag_", "head", "lower_", "pos_", "is_alpha"):
    best = min(_timed(doc, name) for _ in range(7))
    print(name, best / len(doc) * 1e6)
"""
TIMED = """
import time
def _timed(doc, name):
    start = time.process_time()
    for _ in range(10):
        for token in doc:
            getattr(token, name)
    return (time.process_time() - start) / 10
"""


def environment(checkout: Path) -> dict[str, str]:
    """What makes Python take the sources of a checkout."""
    return {**os.environ, "PYTHONPATH": str(checkout / "src")}


def run_script(name: str, checkout: Path, folder: str) -> dict[str, float]:
    """The figures of one benchmark script with the sources of a checkout."""
    command = [sys.executable, str(HERE / f"{name}.py"), "--worker", "tagma", "--folder", folder]
    process = subprocess.run(command, env=environment(checkout), capture_output=True, text=True, check=True)
    line = next(line for line in process.stdout.splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def cold_start(checkout: Path) -> dict[str, float]:
    """Loading a saved pipeline and annotating a first text, in a fresh process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", COLD], env=environment(checkout), check=True, capture_output=True)
    return {"cold load and first text, s": time.perf_counter() - start}


def attributes(checkout: Path) -> dict[str, float]:
    """Microseconds for one attribute of one token."""
    command = [sys.executable, "-c", TIMED + READ]
    process = subprocess.run(command, env=environment(checkout), capture_output=True, text=True, check=True)
    pairs = (line.split() for line in process.stdout.splitlines())
    return {f"token.{name}, us, s": float(value) for name, value in pairs}


def main() -> None:
    """Run everything for both checkouts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earlier", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=[*SCRIPTS, "cold", "attributes"], default=None)
    args = parser.parse_args()
    checkouts = {"later": ROOT, "earlier": args.earlier}
    print(f"{'':40}{'later':>14}{'earlier':>14}{'ratio':>9}   medians of {args.repeats}")
    for name in args.only or [*SCRIPTS, "cold", "attributes"]:
        rows: dict[str, list[dict[str, float]]] = {which: [] for which in checkouts}
        with tempfile.TemporaryDirectory() as folder:
            for i in range(args.repeats):
                for which in sorted(checkouts, reverse=bool(i % 2)):
                    measured = {"cold": cold_start, "attributes": attributes}.get(name)
                    checkout = checkouts[which]
                    rows[which].append(measured(checkout) if measured else run_script(name, checkout, folder))
        for key in rows["later"][0]:
            later, earlier = (statistics.median(row[key] for row in rows[which]) for which in ("later", "earlier"))
            ratio = earlier / later if key.endswith(LOWER_IS_BETTER) else later / earlier
            print(f"{key:40}{later:14,.4g}{earlier:14,.4g}{ratio:8.3f}x", flush=True)


if __name__ == "__main__":
    main()
