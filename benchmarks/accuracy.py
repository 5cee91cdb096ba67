"""Accuracy side by side: the same config, data, seeds and number of steps; TAG_ACC, POS_ACC, MORPH_ACC on EWT dev.

The config is the one that `tagma init config --lang en --pipeline tagger,morphologizer --optimize efficiency` writes;
both libraries convert the treebank themselves and train through their command line. Takes about three minutes a seed
for spaCy. Prints the scores after the last step, their means over the seeds, and the difference in points.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import EWT, ROOT, read_conllu

SCORES = ("tag_acc", "pos_acc", "morph_acc")


def train(lib: str, python: str, folder: Path, config: Path, seed: int, steps: int) -> dict[str, float]:
    log = folder / f"{lib}-{seed}.jsonl"
    command = [python, "-m", lib, "train", str(config), "--paths.train", str(folder / lib / "train.spacy")]
    command += ["--paths.dev", str(folder / lib / "dev.spacy"), "--system.seed", str(seed)]
    command += ["--training.max_steps", str(steps), "--training.patience", "0"]
    command += ["--training.logger.@loggers", "spacy.ConsoleLogger.v3", "--training.logger.output_file", str(log)]
    command += ["--training.logger.progress_bar", "null", "--training.logger.console_output", "false"]
    run(command)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    return {name: rows[-1]["scores"][name] for name in SCORES}


def run(command: list[str]) -> None:
    process = subprocess.run(command, capture_output=True, text=True)
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{process.stdout[-2000:]}\n{process.stderr[-4000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", default=os.environ.get("TAGMA_PEER_PYTHON", str(ROOT / ".venv-peer/bin/python")))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--only", choices=["tagma", "spacy"], help="run one of the two")
    args = parser.parse_args()
    pythons = {"tagma": sys.executable, "spacy": args.peer}
    if args.only:
        pythons = {args.only: pythons[args.only]}
    means: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("train", "dev"):
            (folder / f"{part}.conllu").write_text(read_conllu(EWT / f"en_ewt-ud-{part}.conllu.xz"), encoding="utf8")
        config = folder / "config.cfg"
        run(
            [sys.executable, "-m", "tagma", "init", "config", str(config), "--lang", "en"]
            + ["--pipeline", "tagger,morphologizer", "--optimize", "efficiency"]
        )
        for lib, python in pythons.items():
            (folder / lib).mkdir()
            for part in ("train", "dev"):
                run([python, "-m", lib, "convert", str(folder / f"{part}.conllu"), str(folder / lib), "-n", "10"])
            rows = []
            for seed in range(args.seeds):
                rows.append(train(lib, python, folder, config, seed, args.steps))
                print(f"{lib:6} seed {seed}: " + "  ".join(f"{k} {v:.2f}" for k, v in rows[-1].items()), flush=True)
            means[lib] = {k: statistics.mean(row[k] for row in rows) for k in SCORES}
    for lib, scores in means.items():
        print(f"{lib:6} mean:   " + "  ".join(f"{k} {v:.2f}" for k, v in scores.items()))
    if len(means) == 2:
        gaps = {k: means["tagma"][k] - means["spacy"][k] for k in SCORES}
        print("tagma - spaCy, points: " + "  ".join(f"{k} {v:+.2f}" for k, v in gaps.items()))


if __name__ == "__main__":
    main()
