"""What pretraining on raw text is worth to a tagger that has few annotated sentences, beside spaCy's.

    python benchmarks/pretraining.py                          both objectives, three seeds, tagma alone
    python benchmarks/pretraining.py --seeds 1 --epochs 4
    python benchmarks/pretraining.py --lib spacy --python .venv-peer/bin/python

The text is that of EWT train, a sentence a document, without annotation. The tagger is trained on 500 of its sentences
and measured on dev. Each seed trains it from nothing, and from weights that were pretrained with each objective; all
through the library's own command line, with benchmarks/configs/pretraining.cfg. The vectors that PretrainVectors
guesses are of the same text: singular vectors of the words' positive mutual information in windows of four words.

Results go to benchmarks/results/pretraining.json, those of spaCy to peer-pretraining.json. Prints TAG on dev and gains.
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
from typing import Any

from accuracy import CONFIGS, cpu, run
from harness import EWT, ROOT, read_conllu, sentences, stored_rows
from own_vectors import save_vectors

RESULTS = ROOT / "benchmarks" / "results"
CONFIG = CONFIGS / "pretraining.cfg"
OBJECTIVES = {
    "characters": """
[pretraining.objective]
@architectures = "spacy.PretrainCharacters.v1"
maxout_pieces = 3
hidden_size = 300
n_characters = 4
""",
    "vectors": """
[pretraining.objective]
@architectures = "spacy.PretrainVectors.v1"
maxout_pieces = 3
hidden_size = 300
loss = "cosine"
""",
}
ANNOTATED = 500


def prepare(lib: str, python: str, folder: Path) -> None:
    """Raw text, a corpus of few sentences, the dev corpus, a pipeline with vectors."""
    texts = sentences("train")
    lines = (json.dumps({"text": text}) + "\n" for text in texts)
    (folder / "raw.jsonl").write_text("".join(lines), encoding="utf8")
    blocks = read_conllu(EWT / "en_ewt-ud-train.conllu.xz").strip().split("\n\n")
    few = random.Random(0).sample(blocks, ANNOTATED)
    (folder / "few.conllu").write_text("\n\n".join(few) + "\n\n", encoding="utf8")
    (folder / "dev.conllu").write_text(read_conllu(EWT / "en_ewt-ud-dev.conllu.xz"), encoding="utf8")
    for part in ("few", "dev"):
        run([python, "-m", lib, "convert", str(folder / f"{part}.conllu"), str(folder), "-n", "1"], dict(os.environ))
    save_vectors(lib, python, texts, folder / "vectors")


def config_of(folder: Path, objective: str) -> Path:
    """The config with an objective."""
    path = folder / f"{objective}.cfg"
    path.write_text(CONFIG.read_text(encoding="utf8") + OBJECTIVES[objective], encoding="utf8")
    return path


def score(lib: str, python: str, folder: Path, seed: int, weights: Path | None, steps: int) -> float:
    """TAG on dev of a tagger trained on the few sentences."""
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    config = config_of(folder, "characters")  # training does not read its objective
    command = [python, "-m", lib, "train", str(config), "--system.seed", str(seed)]
    command += ["--paths.train", str(folder / "few.spacy"), "--paths.dev", str(folder / "dev.spacy")]
    command += ["--training.max_steps", str(steps), "--training.eval_frequency", str(steps)]
    command += ["--training.logger.output_file", str(log)]
    command += ["--paths.init_tok2vec", str(weights)] if weights else []
    run(command, dict(os.environ))
    return round(float(json.loads(log.read_text().splitlines()[-1])["scores"]["tag_acc"]), 3)


def pretrain(lib: str, python: str, folder: Path, seed: int, objective: str, epochs: int) -> Path:
    output = folder / f"{objective}-{seed}"
    command = [
        python,
        "-m",
        lib,
        "pretrain",
        str(config_of(folder, objective)),
        str(output),
        "--system.seed",
        str(seed),
    ]
    command += ["--paths.raw_text", str(folder / "raw.jsonl"), "--pretraining.max_epochs", str(epochs)]
    command += ["--paths.vectors", str(folder / "vectors")] if objective == "vectors" else []
    run(command, dict(os.environ))
    return output / f"model{epochs - 1}.bin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lib", choices=["tagma", "spacy"], default="tagma")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has it")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10, help="of pretraining")
    parser.add_argument("--steps", type=int, default=400, help="of training")
    parser.add_argument("--objectives", nargs="*", choices=sorted(OBJECTIVES), default=sorted(OBJECTIVES))
    args = parser.parse_args()
    path = RESULTS / ("pretraining.json" if args.lib == "tagma" else "peer-pretraining.json")
    settings: dict[str, Any] = {"annotated sentences": ANNOTATED, "epochs": args.epochs, "steps": args.steps}
    settings["config"] = CONFIG.read_text(encoding="utf8")
    rows: dict[str, dict[str, float]] = stored_rows(path, settings, "TAG")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(args.lib, args.python, folder)
        for seed in range(args.seeds):
            row = rows.setdefault(str(seed), {})
            for objective in (None, *args.objectives):
                start = time.perf_counter()
                key = objective or "none"
                if key in row:
                    continue
                weights = pretrain(args.lib, args.python, folder, seed, objective, args.epochs) if objective else None
                row[key] = score(args.lib, args.python, folder, seed, weights, args.steps)
                print(f"{args.lib} seed {seed}: {key} {row[key]}  ({time.perf_counter() - start:.0f} s)", flush=True)
                machine = {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()}
                entry = {"date": date.today().isoformat(), "machine": machine, "settings": settings, "TAG": rows}
                path.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf8")
    report(rows)


def report(rows: dict[str, dict[str, float]]) -> None:
    """Means over the seeds, and what each objective gains."""
    for key in ("none", *OBJECTIVES):
        values = [row[key] for row in rows.values() if key in row]
        gains = [row[key] - row["none"] for row in rows.values() if key in row and "none" in row]
        if values:
            print(
                f"{key:11} TAG {statistics.mean(values):.2f}   gain {statistics.mean(gains):+.2f}   seeds {len(values)}"
            )


if __name__ == "__main__":
    main()
