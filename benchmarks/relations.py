"""Relations between entities (examples/relations): micro F, each document held out once.

    python benchmarks/relations.py --data annotations.jsonl.xz            three seeds; spaCy as it is stored
    python benchmarks/relations.py --data … --lib spacy --peer PYTHON     spaCy

The same script and config for both libraries, imports apart, trained five times on four fifths of the documents;
predicted is the fifth that is left, and the threshold is the one that is best over all. Documents are told apart by the
hash of their source, so that no source is on both sides. Beside it what rules reach: every candidate pair has every
relation, or the most frequent one. Without --data, the thirty sentences of the example are taken.

Results of each seed go to benchmarks/results/relations.json, those of spaCy to peer-relations.json; seeds that are
stored there with the same settings are not run again.
"""

import argparse
import contextlib
import importlib
import json
import lzma
import os
import platform
import re
import statistics
import sys
import tempfile
import time
import zlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from accuracy import cpu
from harness import ROOT, load, run_worker, stored_rows

EXAMPLE = ROOT / "examples" / "relations"
TO_SPACY = {r"\bfrom tagma\.nn\.": "from thinc.", r"\btagma\b": "spacy"}
FOLDS = 5


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(sys.stderr):
        folder = Path(name)
        run, relations = modules(lib, folder)
        config = (EXAMPLE / "config.cfg").read_text(encoding="utf8").replace("seed = 0", f"seed = {args.seed}")
        (folder / "config.cfg").write_text(config, encoding="utf8")
        examples, labels, start = [], set(), time.process_time()
        for fold in range(FOLDS):
            train, dev = parts(args.data, folder, fold)
            run.main(train, dev, folder / f"fold-{fold}", max_steps=args.steps)
            nlp = load(lib).load(folder / f"fold-{fold}" / "model-last")
            for eg in relations.create_reader(dev)(nlp):
                eg.predicted = nlp(eg.predicted)
                examples.append(eg)
            labels |= {*nlp.get_pipe("relation_extractor").labels}
        seconds = time.process_time() - start
        f = {threshold: relations.micro_scores(examples, threshold)["rel_micro_f"] for threshold in run.THRESHOLDS}
        every, frequent = rules(relations, examples, sorted(labels), nlp.get_pipe("relation_extractor"))
    return {
        "micro F at the best threshold, %": 100 * max(f.values()),
        "that threshold": max(f, key=lambda threshold: f[threshold]),
        "every pair has every relation, %": 100 * every,
        "every pair has the most frequent, %": 100 * frequent,
        "CPU time, s": seconds,
    }


def modules(lib: str, folder: Path) -> tuple[Any, Any]:
    """`run` and `relations` of the example, imports as the library has them."""
    for file in EXAMPLE.glob("*.py"):
        code = file.read_text(encoding="utf8")
        for old, new in TO_SPACY.items() if lib == "spacy" else ():
            code = re.sub(old, new, code)
        (folder / file.name).write_text(code, encoding="utf8")
    sys.path.insert(0, str(folder))
    return importlib.import_module("run"), importlib.import_module("relations")


def parts(data: Path, folder: Path, fold: int) -> tuple[Path, Path]:
    """The documents as two files: all but a fifth of the sources, and that fifth."""
    lines: dict[str, list[str]] = {"train.jsonl": [], "dev.jsonl": []}
    with lzma.open(data, "rt", encoding="utf8") if data.suffix == ".xz" else data.open(encoding="utf8") as file:
        for line in file:
            record = json.loads(line)
            source = record.get("meta", {}).get("source", record["text"])
            lines["dev.jsonl" if zlib.crc32(source.encode()) % FOLDS == fold else "train.jsonl"].append(line)
    for name, part in lines.items():
        (folder / name).write_text("".join(part), encoding="utf8")
    return folder / "train.jsonl", folder / "dev.jsonl"


def rules(relations: Any, examples: list[Any], labels: list[str], pipe: Any) -> tuple[float, float]:
    """Micro F where every candidate pair has every relation, and where it has the most frequent one."""
    counts = Counter(label for eg in examples for scores in eg.reference._.rel.values() for label in scores)
    found = []
    for chosen in (labels, [counts.most_common(1)[0][0]]):
        for eg in examples:
            pairs = pipe.model.attrs["get_candidates"](eg.predicted)
            eg.predicted._.rel = {(one.start, other.start): dict.fromkeys(chosen, 1.0) for one, other in pairs}
        found.append(relations.micro_scores(examples, 0.5)["rel_micro_f"])
    return found[0], found[1]


def results(lib: str, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Seed → what `measure` gives; seeds that are not stored are run, of the peer only where it is asked for."""
    path = ROOT / "benchmarks" / "results" / ("relations.json" if lib == "tagma" else "peer-relations.json")
    settings = {
        "data": zlib.crc32(args.data.read_bytes()),
        "steps": args.steps,
        "config": (EXAMPLE / "config.cfg").read_text(encoding="utf8"),
    }
    rows: dict[str, dict[str, float]] = stored_rows(path, settings, "results")
    for seed in range(args.seeds) if args.lib == lib else ():
        if str(seed) not in rows:
            options = ["--data", str(args.data), "--steps", str(args.steps), "--seed", str(seed)]
            rows[str(seed)] = run_worker(sys.executable if lib == "tagma" else args.peer, __file__, options, lib)
            print(f"{lib} seed {seed}: {rows[str(seed)]}", flush=True)
            machine = {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()}
            entry = {"date": date.today().isoformat(), "machine": machine, "settings": settings, "results": rows}
            path.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf8")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=EXAMPLE / "sentences.jsonl", help="JSONL, also packed as .xz")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--lib", choices=["tagma", "spacy"], default="tagma", help="which is trained now")
    parser.add_argument("--peer", default=os.environ.get("TAGMA_PEER_PYTHON", str(ROOT / ".venv-peer/bin/python")))
    parser.add_argument("--worker", choices=["tagma", "spacy"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        print("RESULT " + json.dumps(measure(args.worker, args)))
        return
    for lib in ("tagma", "spacy"):
        rows = results(lib, args)
        for key in next(iter(rows.values()), {}):
            values = [row[key] for row in rows.values()]
            print(f"{lib:6} {key:36} {statistics.mean(values):7.2f}   {min(values):.2f} to {max(values):.2f}")


if __name__ == "__main__":
    main()
