"""Relations between entities (examples/relations): micro F, each document held out once.

    python benchmarks/relations.py --data annotations.jsonl.xz

The same script and config for both libraries, imports apart, trained five times on four fifths of the documents;
predicted is the fifth that is left, and the threshold is the one that is best over all. Documents are told apart by the
hash of their source, so that no source is on both sides. Beside it what rules reach: every candidate pair has every
relation, or the most frequent one. Without --data, the thirty sentences of the example are taken.
"""

import argparse
import contextlib
import importlib
import json
import lzma
import re
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

from harness import ROOT, load, main

EXAMPLE = ROOT / "examples" / "relations"
TO_SPACY = {r"\bfrom tagma\.nn\.": "from thinc.", r"\btagma\b": "spacy"}
FOLDS = 5


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stdout(sys.stderr):
        folder = Path(name)
        run, relations = modules(lib, folder)
        (folder / "config.cfg").write_text((EXAMPLE / "config.cfg").read_text(encoding="utf8"), encoding="utf8")
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


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=EXAMPLE / "sentences.jsonl", help="JSONL, also packed as .xz")
    parser.add_argument("--steps", type=int, default=600)


if __name__ == "__main__":
    main(__file__, measure, {"CPU time, s": False}, arguments)
