"""From a treebank to an annotated text, as `make demo` runs it: convert, init config, train, evaluate, use.

Every step prints the command that does the same from a shell. Everything is written to demo_output/.
"""

import sys
import time
from pathlib import Path

import tagma
from tagma.cli import convert, evaluate, init_config
from tagma.cli.init_config import save_config
from tagma.cli.train import train

ROOT = Path(__file__).resolve().parent.parent
TREEBANK = ROOT / "data" / "ewt"
BIN = Path(sys.executable).parent
TEXTS = [
    "The old ship sails from Lisbon at noon, and nobody aboard knows why.",
    "Could you send me the three reports that we didn't finish on Friday?",
    "She reads faster than I can write.",
]


def main(output: Path = ROOT / "demo_output", steps: int = 4000) -> None:
    """Train for `steps` steps and leave the pipeline in `output`."""
    output.mkdir(exist_ok=True)
    start = time.perf_counter()
    train_file, dev_file = (make_corpus(part, output) for part in ("train", "dev"))
    config_file = output / "config.cfg"
    say(f"tagma init config {relative(config_file)} --lang en --pipeline tagger,morphologizer --optimize efficiency")
    config = init_config(lang="en", pipeline=["tagger", "morphologizer"], optimize="efficiency")
    save_config(config, config_file, silent=True)
    overrides = {
        "paths.train": str(train_file),
        "paths.dev": str(dev_file),
        "training.max_steps": steps,
        "training.eval_frequency": max(1, steps // 10),
        "training.logger.@loggers": "spacy.ConsoleLogger.v3",
        "training.logger.progress_bar": "train",
    }
    given = " ".join(f"--{name} {relative(value)}" for name, value in overrides.items())
    say(f"tagma train {relative(config_file)} --output {relative(output)} {given}")
    train(config_file, output, overrides=overrides)
    best = output / "model-best"
    say(f"tagma evaluate {relative(best)} {relative(dev_file)}")
    evaluate(str(best), dev_file, silent=False)
    say("python: nlp = tagma.load(...); nlp(text)")
    annotate(best)
    print(f"\nDone in {time.perf_counter() - start:.0f} seconds. The pipeline is saved; use it so:\n")
    for command in ways_to_use(best):
        print(f"    {command}")


def make_corpus(part: str, output: Path) -> Path:
    """The .spacy file of one part of the treebank, ten sentences to a document."""
    source = TREEBANK / f"en_ewt-ud-{part}.conllu.xz"
    say(f"tagma convert {relative(source)} {relative(output)} --n-sents 10")
    convert(source, output, file_type="spacy", n_sents=10, silent=False)
    return output / f"en_ewt-ud-{part}.spacy"


def annotate(folder: Path) -> None:
    nlp = tagma.load(folder)
    for doc in nlp.pipe(TEXTS):
        print(f"\n{doc.text}\n")
        for token in doc:
            print(f"    {token.text:12}{token.tag_:6}{token.pos_:8}{token.morph}")


def ways_to_use(folder: Path) -> list[str]:
    """Commands for a shell in the repository's root: each one line, to be copied."""
    code = (
        f'import tagma; nlp = tagma.load("{relative(folder)}"); print([(t.text, t.tag_) for t in nlp("Time flies.")])'
    )
    return [
        f"{relative(BIN / 'python')} -c '{code}'",
        f"{relative(BIN / 'tagma')} apply {relative(folder)} README.md {relative(folder.parent / 'annotated.spacy')}",
    ]


def relative(path: object) -> str:
    """A path as seen from the repository's root; any other value as text."""
    text = str(path)
    return text.removeprefix(f"{ROOT}/")


def say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
