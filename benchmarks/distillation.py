"""What distillation is worth to a small tagger: a quarter of its teacher's width, with all and with few gold sentences.

    python benchmarks/distillation.py              three seeds
    python benchmarks/distillation.py --seeds 1 --steps 400

The teacher is trained on EWT train (benchmarks/configs/pretraining.cfg, width 96). Students have the width 24. With all
12,544 sentences: trained on gold, and distilled. With 500 gold sentences: trained on these, and distilled on all, of
which the other 12,044 have no annotation, with the gold annotation weighing `--gold-weight`. Each through the command
line, with the same number of steps. Seeds whose results are stored with the same settings are not run again. Prints TAG
on dev and words per second of `nlp.pipe`, CPU time of one thread; results go to benchmarks/results/distillation.json.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import tagma
from accuracy import CONFIGS, cpu, run
from harness import EWT, ROOT, read_conllu, stored_rows
from pretraining import OBJECTIVES
from tagma.tokens import Doc, DocBin
from tagma.training.converters import conllu_to_docs

RESULTS = ROOT / "benchmarks" / "results" / "distillation.json"
ANNOTATED = 500
SMALL = 24  # a quarter of 96


def prepare(folder: Path) -> None:
    """train, few (annotated), mixed (few annotated, the others bare), dev; and the configs."""
    for part in ("train", "dev"):
        text = read_conllu(EWT / f"en_ewt-ud-{part}.conllu.xz")
        docs = list(conllu_to_docs(text, n_sents=1, no_print=True))
        DocBin(docs=docs).to_disk(folder / f"{part}.spacy")
        if part == "train":
            chosen = set(random.Random(0).sample(range(len(docs)), ANNOTATED))
            DocBin(docs=[docs[i] for i in sorted(chosen)]).to_disk(folder / "few.spacy")
            mixed = [doc if i in chosen else bare(doc) for i, doc in enumerate(docs)]
            DocBin(docs=mixed).to_disk(folder / "mixed.spacy")
    text = (CONFIGS / "pretraining.cfg").read_text(encoding="utf8") + OBJECTIVES["characters"]
    (folder / "large.cfg").write_text(text, encoding="utf8")
    (folder / "small.cfg").write_text(text.replace("width = 96", f"width = {SMALL}"), encoding="utf8")


def bare(doc: Doc) -> Doc:
    """Without annotation."""
    return Doc(doc.vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc])


def command_line(folder: Path, name: str, corpus: str, seed: int, steps: int) -> list[str]:
    command = ["-o", str(folder / name), "--system.seed", str(seed)]
    command += ["--paths.train", str(folder / f"{corpus}.spacy"), "--paths.dev", str(folder / "dev.spacy")]
    return [*command, "--training.max_steps", str(steps), "--training.eval_frequency", str(steps)]


def result(folder: Path, name: str) -> dict[str, float]:
    """TAG on dev, and words per second of CPU time, the best of three passes over dev."""
    nlp = tagma.load(folder / name / "model-last")
    gold = list(DocBin().from_disk(folder / "dev.spacy").get_docs(nlp.vocab))
    rates = []
    for _ in range(3):
        docs = [bare(doc) for doc in gold]
        start = time.process_time()
        words = sum(len(doc) for doc in nlp.pipe(docs, batch_size=256))
        rates.append(words / (time.process_time() - start))
    meta = json.loads((folder / name / "model-last" / "meta.json").read_text())
    return {"TAG": round(100 * meta["performance"]["tag_acc"], 2), "words/s": round(max(rates))}


def measure(folder: Path, seed: int, steps: int, weight: float) -> dict[str, dict[str, float]]:
    tag = [sys.executable, "-m", "tagma"]
    rows: dict[str, dict[str, float]] = {}

    def train(name: str, config: str, corpus: str) -> None:
        run([*tag, "train", str(folder / config), *command_line(folder, name, corpus, seed, steps)], dict(os.environ))
        rows[name] = result(folder, name)
        print(f"  {name}: {rows[name]}", flush=True)

    def distill(name: str, corpus: str, *more: str) -> None:
        taught = [*tag, "distill", str(folder / "teacher" / "model-last"), str(folder / "small.cfg")]
        run([*taught, *command_line(folder, name, corpus, seed, steps), *more], dict(os.environ))
        rows[name] = result(folder, name)
        print(f"  {name}: {rows[name]}", flush=True)

    train("teacher", "large.cfg", "train")
    train("gold", "small.cfg", "train")
    distill("distilled", "train")
    distill("distilled and gold", "train", "--gold-weight", str(weight))
    train("few", "small.cfg", "few")
    distill("few and distilled", "mixed", "--gold-weight", str(weight))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--gold-weight", type=float, default=0.3)
    args = parser.parse_args()
    os.environ["TAGMA_NUM_THREADS"] = "1"
    tagma.set_num_threads(1)
    settings = {"annotated sentences": ANNOTATED, "steps": args.steps, "gold weight": args.gold_weight}
    rows: dict[str, dict[str, dict[str, float]]] = stored_rows(RESULTS, settings, "results")
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        for seed in range(args.seeds):
            if str(seed) in rows:
                continue
            print(f"seed {seed}", flush=True)
            rows[str(seed)] = measure(Path(name), seed, args.steps, args.gold_weight)
            machine = {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()}
            entry = {"date": date.today().isoformat(), "machine": machine, "settings": settings, "results": rows}
            RESULTS.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf8")
    for label in next(iter(rows.values())):
        means = {key: statistics.mean(row[label][key] for row in rows.values()) for key in ("TAG", "words/s")}
        spread = max(row[label]["TAG"] for row in rows.values()) - min(row[label]["TAG"] for row in rows.values())
        print(f"{label:20} TAG {means['TAG']:.2f}, spread {spread:.2f}   {means['words/s']:,.0f} words/s")


if __name__ == "__main__":
    main()
