"""What rehearsal keeps: an entity recognizer learns a new type from data in which its old types do not occur.

    python benchmarks/rehearsal.py --gum ../shared/data/gum_ner            three seeds
    python benchmarks/rehearsal.py --gum … --seeds 1 --weight 4

The data are entities of GUM: `--gum` or TAGMA_GUM_NER names a folder with `train.conll.xz` and `dev.conll.xz`. A
pipeline of tok2vec and ner is trained on the first half of train without the annotation of PLACE. Then it is trained
on the sentences of the second half in which there is no entity of another type, with their PLACEs, with and without
rehearsal on the bare text of the first half. "together" is trained on both at once, with all annotation.

Seeds whose results are stored with these settings are not run again.

Prints F of the old types and of PLACE on dev; results go to benchmarks/results/rehearsal.json.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import tagma
from accuracy import CONFIGS, cpu, run
from harness import ROOT, read_entities, stored_rows
from tagma.tokens import Doc, DocBin

RESULTS = ROOT / "benchmarks" / "results" / "rehearsal.json"
NEW = "PLACE"
FURTHER = """
[components.tok2vec]
source = "SOURCE"

[components.ner]
source = "SOURCE"
"""


def sentences_of(gum: Path, part: str, vocab: Any) -> list[Doc]:
    """A doc for each sentence."""
    docs = []
    for block in read_entities(gum, part).split("\n\n"):
        rows = [line.split() for line in block.splitlines() if line.strip()]
        if rows:
            docs.append(Doc(vocab, words=[row[0] for row in rows], ents=[row[-1] for row in rows]))
    return docs


def with_types(doc: Doc, keep: Any) -> Doc:
    """The doc with the entities alone whose type is to be kept; what is none of them is known to be none."""
    copied = doc.copy()
    copied.set_ents([ent for ent in copied.ents if keep(ent.label_)])
    return copied


def prepare(gum: Path, folder: Path) -> None:
    vocab = tagma.blank("en").vocab
    train = sentences_of(gum, "train", vocab)
    old, later = train[: len(train) // 2], train[len(train) // 2 :]
    new = [doc for doc in later if all(ent.label_ == NEW for ent in doc.ents)]
    parts = {
        "old": [with_types(doc, lambda label: label != NEW) for doc in old],
        "new": new,
        "together": [*old, *new],
        "texts": [Doc(vocab, words=[token.text for token in doc]) for doc in old],
        "dev": sentences_of(gum, "dev", vocab),
    }
    for name, docs in parts.items():
        DocBin(docs=docs).to_disk(folder / f"{name}.spacy")


def train(folder: Path, name: str, corpus: str, seed: int, steps: int, *more: str, source: str | None = None) -> Path:
    """model-last of a run on a corpus, from scratch or from another pipeline."""
    config = folder / f"{name}.cfg"
    text = (CONFIGS / "ner.cfg").read_text(encoding="utf8")
    if source is not None:
        text = text[: text.index("[components.tok2vec]")] + FURTHER.replace(
            "SOURCE", str(folder / source / "model-last")
        )
    config.write_text(text, encoding="utf8")
    command = [sys.executable, "-m", "tagma", "train", str(config), "-o", str(folder / name)]
    command += ["--paths.train", str(folder / f"{corpus}.spacy"), "--paths.dev", str(folder / "dev.spacy")]
    command += ["--system.seed", str(seed), "--training.logger.output_file", str(folder / f"{name}.jsonl")]
    command += ["--training.max_steps", str(steps), "--training.eval_frequency", str(steps), *more]
    run(command, dict(os.environ))
    return folder / name / "model-last"


def scores(model: Path, folder: Path) -> dict[str, float]:
    """F of the old types together, and of the new one."""
    nlp = tagma.load(model)
    gold = list(DocBin().from_disk(folder / "dev.spacy").get_docs(nlp.vocab))
    asked = [Doc(nlp.vocab, words=[token.text for token in doc]) for doc in gold]
    counts = {kind: [0, 0, 0] for kind in ("old", "new")}  # found, predicted, there
    for doc, reference in zip(nlp.pipe(asked), gold, strict=True):
        for kind, keep in (("old", lambda label: label != NEW), ("new", lambda label: label == NEW)):
            said = {(ent.start, ent.end, ent.label_) for ent in doc.ents if keep(ent.label_)}
            there = {(ent.start, ent.end, ent.label_) for ent in reference.ents if keep(ent.label_)}
            for i, number in enumerate((len(said & there), len(said), len(there))):
                counts[kind][i] += number
    return {
        kind: round(200 * found / (said + there), 2) if said + there else 0.0
        for kind, (found, said, there) in counts.items()
    }


def measure(gum: Path, seed: int, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(gum, folder)
        rehearse = ["--rehearse", str(folder / "texts.spacy")]
        models = {"before": train(folder, "before", "old", seed, args.steps)}
        models["further"] = train(folder, "further", "new", seed, args.further, source="before")
        for weight in args.weight:
            label = f"rehearsal, weight {weight:g}"
            config = ["--training.rehearse_weight", str(weight)]
            models[label] = train(
                folder, f"rehearsed{weight:g}", "new", seed, args.further, *rehearse, *config, source="before"
            )
        models["together"] = train(folder, "together", "together", seed, args.steps)
        return {label: scores(model, folder) for label, model in models.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gum", type=Path, default=os.environ.get("TAGMA_GUM_NER"), help="folder with GUM's entities")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=600, help="from scratch")
    parser.add_argument("--further", type=int, default=300, help="of the new type")
    parser.add_argument("--weight", type=float, nargs="*", default=[1.0], help="of rehearsal")
    args = parser.parse_args()
    if not (args.gum and args.gum.exists()):
        parser.error("GUM's entities are not here: give --gum or TAGMA_GUM_NER")
    settings = {"steps": args.steps, "further": args.further, "new type": NEW, "weights": args.weight}
    rows: dict[str, dict[str, dict[str, float]]] = stored_rows(RESULTS, settings, "F")
    for seed in range(args.seeds):
        if str(seed) in rows:
            continue
        rows[str(seed)] = measure(args.gum, seed, args)
        print(f"seed {seed}: {rows[str(seed)]}", flush=True)
        machine = {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()}
        entry = {"date": date.today().isoformat(), "machine": machine, "settings": settings, "F": rows}
        RESULTS.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf8")
    for label in next(iter(rows.values())):
        means = {kind: statistics.mean(row[label][kind] for row in rows.values()) for kind in ("old", "new")}
        print(f"{label:24} old types {means['old']:.2f}   {NEW} {means['new']:.2f}")


if __name__ == "__main__":
    main()
