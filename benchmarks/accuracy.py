"""Accuracy beside spaCy's: the same config, data, seeds and number of steps.

    python benchmarks/accuracy.py                  all tasks: tagging, tagger-…, parser, ner-gum, ner-wnut17, textcat-…
    python benchmarks/accuracy.py parser --seeds 1
    python benchmarks/accuracy.py parser --peer .venv-peer/bin/python

The pipelines of the configs in `benchmarks/configs` are those of `init config --optimize efficiency`. Each library
converts the data and trains through its own command line; the scores are those on dev after the last step. spaCy's are
read from `benchmarks/results/peer-accuracy.json`, which `--peer` writes anew. Entities of GUM may not be part of this
repository: `--gum` or TAGMA_GUM_NER names a folder with `train.conll.xz` and `dev.conll.xz` (word, part of speech, IOB
tag), without which that task is left out. Text categorizers learn the intents of BANKING77, of whose train part every
tenth text is held out as dev; those of several labels learn the topics of questions on cooking, which may not be here
either: `--cooking` or TAGMA_COOKING names a folder with `train.jsonl.xz` and `dev.jsonl.xz` (text, cats).
TextCatLowData has no task: spaCy cannot initialize it. tagger-bilstm needs PyTorch in both interpreters; it is run only
where it is named. Where none is named, tasks of which spaCy's scores are not stored are left out.

Prints the scores of each seed, their means and spread, and the difference in points. A score is within bounds if its
mean is not below spaCy's by more than the task allows, or by more than spaCy's own scores spread over the seeds; the
exit status is 1 if one is not.
"""

import argparse
import json
import lzma
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from harness import EWT, ROOT, WNUT17, banking77, read_conllu, read_entities, sentences
from own_vectors import save_vectors

STORED = ROOT / "benchmarks" / "results" / "peer-accuracy.json"
CONFIGS = ROOT / "benchmarks" / "configs"
PARTS = ("train", "dev")
WITH_TORCH = "tagger-bilstm"

Scores = dict[str, float]


# Makes a corpus of a JSON list of [text, {label: value}], with the library's own tokenizer.
MAKE_CORPUS = """
import importlib, json, sys
lib, source, path = sys.argv[1:]
nlp, docs = importlib.import_module(lib).blank("en"), []
for text, cats in json.load(open(source, encoding="utf8")):
    docs.append(nlp.make_doc(text))
    docs[-1].cats = cats
importlib.import_module(f"{lib}.tokens").DocBin(docs=docs).to_disk(path)
"""


@dataclass(frozen=True)
class Task:
    """What is trained, on which data, and by how many points a mean may be below spaCy's."""

    config: str
    scores: tuple[str, ...]
    steps: int
    allowed: float
    source: Callable[[str, argparse.Namespace], str]  # the text of a part
    suffix: str = "conllu"
    converter: str = "conllu"
    seeds: int = 3
    vectors: bool = False  # whether the config takes vectors, which are made of the text of train


def intents(part: str, args: argparse.Namespace) -> str:
    rows = dict(zip(PARTS, banking77(), strict=True))[part]
    return json.dumps([(text, {label: 1.0}) for text, label in rows])


def topics(part: str, args: argparse.Namespace) -> str:
    with lzma.open(args.cooking / f"{part}.jsonl.xz", "rt", encoding="utf8") as file:
        rows = [json.loads(line) for line in file]
    return json.dumps([(row["text"], row["cats"]) for row in rows])


def textcat(config: str, source: Callable[[str, argparse.Namespace], str]) -> Task:
    return Task(f"{config}.cfg", ("cats_score",), 300, 1.0, source, "json", "categories")


def tagger(config: str, *, vectors: bool = False) -> Task:
    return Task(f"{config}.cfg", ("tag_acc",), 600, 1.0, treebank, vectors=vectors)


def treebank(part: str, args: argparse.Namespace) -> str:
    return read_conllu(EWT / f"en_ewt-ud-{part}.conllu.xz")


TASKS = {
    "tagging": Task("tagging.cfg", ("tag_acc", "pos_acc", "morph_acc"), 2000, 0.5, treebank),
    "tagger-characters": tagger("tagger-characters"),
    "tagger-mish": tagger("tagger-mish"),
    "tagger-vectors": tagger("tagger-vectors", vectors=True),
    WITH_TORCH: tagger("tagger-bilstm"),
    "parser": Task("parser.cfg", ("dep_uas", "dep_las", "sents_f"), 600, 0.5, treebank),
    "ner-gum": Task("ner.cfg", ("ents_f",), 600, 1.0, lambda part, args: read_entities(args.gum, part), "conll", "ner"),
    "ner-wnut17": Task(
        "ner.cfg", ("ents_f",), 1000, 1.0, lambda part, args: read_entities(WNUT17, part), "conll", "ner", seeds=6
    ),
    "textcat-bow": textcat("textcat-bow", intents),
    "textcat-cnn": textcat("textcat-cnn", intents),
    "textcat-reduce": textcat("textcat-reduce", intents),
    "textcat-attention": textcat("textcat-attention", intents),
    "textcat-ensemble": textcat("textcat-ensemble", intents),
    "textcat-cooking": textcat("textcat-cooking", topics),
}


def run(command: list[str], env: dict[str, str]) -> None:
    process = subprocess.run(command, capture_output=True, text=True, env=env)
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{process.stdout[-2000:]}\n{process.stderr[-4000:]}")


def convert(lib: str, python: str, task: Task, folder: Path, args: argparse.Namespace) -> None:
    """`train.spacy` and `dev.spacy` in `folder`, as the library's own command makes them."""
    if task.vectors:
        save_vectors(lib, python, sentences("train"), folder / "vectors")
    for part in PARTS:
        path = folder / f"{part}.{task.suffix}"
        path.write_text(task.source(part, args), encoding="utf8")
        if task.converter == "categories":
            run([python, "-c", MAKE_CORPUS, lib, str(path), str(folder / f"{part}.spacy")], dict(os.environ))
            continue
        run([python, "-m", lib, "convert", str(path), str(folder), "-c", task.converter, "-n", "10"], dict(os.environ))


def command_line(lib: str, python: str, task: Task, seed: int, steps: int, folder: Path, log: Path) -> list[str]:
    command = [python, "-m", lib, "train", str(CONFIGS / task.config)]
    command += ["--paths.train", str(folder / "train.spacy"), "--paths.dev", str(folder / "dev.spacy")]
    command += ["--system.seed", str(seed), "--training.max_steps", str(steps)]
    command += ["--paths.vectors", str(folder / "vectors")] if task.vectors else []
    return command + ["--training.eval_frequency", str(steps), "--training.logger.output_file", str(log)]


def train(lib: str, python: str, name: str, args: argparse.Namespace, env: dict[str, str]) -> dict[str, Scores]:
    """Seed → scores on dev, of one library."""
    task = TASKS[name]
    rows: dict[str, Scores] = {}
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        convert(lib, python, task, folder, args)
        for seed in range(args.seeds or task.seeds):
            log = folder / f"{seed}.jsonl"
            run(command_line(lib, python, task, seed, args.steps or task.steps, folder, log), env)
            scores = json.loads(log.read_text().splitlines()[-1])["scores"]
            rows[str(seed)] = {key: round(scores[key], 4) for key in task.scores}
            print(f"{lib:6} seed {seed}: {shown(rows[str(seed)])}", flush=True)
    return rows


def shown(scores: Scores, form: str = ".2f") -> str:
    return "  ".join(f"{key} {value:{form}}" for key, value in scores.items())


def ask_peer(name: str, args: argparse.Namespace) -> None:
    """Trains spaCy, on one thread, and stores its scores and what they were made with."""
    task, steps = TASKS[name], args.steps or TASKS[name].steps
    rows = train("spacy", args.peer, name, args, {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    versions = "import json, numpy, spacy, thinc, sys; print(json.dumps({'spacy': spacy.__version__, 'thinc': thinc."
    versions += "__version__, 'numpy': numpy.__version__, 'python': sys.version.split()[0]}))"
    answer = subprocess.run([args.peer, "-c", versions], capture_output=True, text=True, check=True)
    command = command_line("spacy", "python", task, 0, steps, Path(), Path("log.jsonl"))
    command[4] = f"benchmarks/configs/{task.config}"
    stored = stored_entries()
    stored[entry_name(name, steps)] = {
        "versions": json.loads(answer.stdout),
        "machine": {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform(), "threads": 1},
        "date": date.today().isoformat(),
        "command": " ".join(command),
        "config": (CONFIGS / task.config).read_text(encoding="utf8"),
        "convert": "" if task.converter == "categories" else f"-c {task.converter} -n 10",
        "steps": steps,
        "scores": rows,
    }
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf8")


def cpu() -> str:
    path = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", path.read_text()) if path.exists() else None
    return found[1] if found else platform.processor()


def entry_name(name: str, steps: int) -> str:
    return f"{name}, {steps} steps"


def stored_entries() -> dict[str, Any]:
    """What is known of spaCy, by task and steps."""
    entries: dict[str, Any] = json.loads(STORED.read_text(encoding="utf8")) if STORED.exists() else {}
    return entries


def is_stored(name: str, args: argparse.Namespace) -> bool:
    return entry_name(name, args.steps or TASKS[name].steps) in stored_entries()


def stored_scores(name: str, args: argparse.Namespace) -> dict[str, Scores]:
    """spaCy's scores of the seeds that are trained now; exits if there are none that were made with this config."""
    stored = stored_entries()
    task = TASKS[name]
    wanted = entry_name(name, args.steps or task.steps)
    entry = stored.get(wanted)
    if entry is None:
        sys.exit(f"{STORED} has no '{wanted}', only {', '.join(stored)}: give --peer")
    if entry["config"] != (CONFIGS / task.config).read_text(encoding="utf8"):
        sys.exit(f"{STORED}: spaCy was trained on {name} with another {task.config}; give --peer")
    missing = [str(seed) for seed in range(args.seeds or task.seeds) if str(seed) not in entry["scores"]]
    if missing:
        sys.exit(f"{STORED}: no scores of spaCy on {name} for seed {', '.join(missing)}; give --peer")
    rows = {str(seed): entry["scores"][str(seed)] for seed in range(args.seeds or task.seeds)}
    for seed, scores in rows.items():
        print(f"spacy  seed {seed}: {shown(scores)}")
    return rows


def compare(name: str, ours: dict[str, Scores], theirs: dict[str, Scores]) -> bool:
    """Prints means, spread and differences; whether all are within bounds."""
    task = TASKS[name]
    means, spreads = {}, {}
    for lib, rows in (("tagma", ours), ("spacy", theirs)):
        columns = {key: [row[key] for row in rows.values()] for key in task.scores}
        means[lib] = {key: statistics.mean(values) for key, values in columns.items()}
        spreads[lib] = {key: max(values) - min(values) for key, values in columns.items()}
        print(f"{lib:6} mean:   {shown(means[lib])}   spread: {shown(spreads[lib])}")
    gaps = {key: means["tagma"][key] - means["spacy"][key] for key in task.scores}
    bounds = {key: max(task.allowed, spreads["spacy"][key]) for key in task.scores}
    outside = [key for key in task.scores if gaps[key] < -bounds[key]]
    print(f"tagma - spaCy, points: {shown(gaps, '+.2f')}   allowed: {shown({k: -v for k, v in bounds.items()})}")
    print("outside the bounds: " + ", ".join(outside) if outside else "within the bounds")
    return not outside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=", ".join(TASKS) + "; all if none is given")
    parser.add_argument("--peer", help="an interpreter with spaCy: train it, too, and store its scores")
    parser.add_argument("--peer-only", action="store_true", help="with --peer: do not train tagma")
    parser.add_argument("--seeds", type=int, help="other than those of the task")
    parser.add_argument("--steps", type=int, help="other than those of the task")
    cooking = os.environ.get("TAGMA_COOKING")
    parser.add_argument("--cooking", type=Path, default=cooking, help="folder with the questions on cooking")
    parser.add_argument("--gum", type=Path, default=os.environ.get("TAGMA_GUM_NER"), help="folder with GUM's entities")
    args = parser.parse_args()
    unknown = set(args.tasks) - TASKS.keys()
    if unknown:
        parser.error(f"no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}")
    within = True
    for name in args.tasks or [task for task in TASKS if task != WITH_TORCH]:
        print(f"== {name}: {args.steps or TASKS[name].steps} steps")
        if name == "ner-gum" and not (args.gum and args.gum.exists()):
            print("left out: GUM's entities are not here (--gum, TAGMA_GUM_NER)")
            continue
        if name == "textcat-cooking" and not (args.cooking and args.cooking.exists()):
            print("left out: the questions on cooking are not here (--cooking, TAGMA_COOKING)")
            continue
        if not args.tasks and not args.peer and not is_stored(name, args):
            print("left out: spaCy's scores are not stored (--peer)")
            continue
        if args.peer:
            ask_peer(name, args)
        if not args.peer_only:
            theirs = stored_scores(name, args)
            within &= compare(name, train("tagma", sys.executable, name, args, dict(os.environ)), theirs)
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
