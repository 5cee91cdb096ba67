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
OUTPUT = ROOT / "demo_output"
STEPS = 4000
TEXTS = [
    "The old ship sails from Lisbon at noon, and nobody aboard knows why.",
    "Could you send me the three reports that we didn't finish on Friday?",
    "She reads faster than I can write.",
]


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    start = time.perf_counter()
    train_file, dev_file = (make_corpus(part) for part in ("train", "dev"))
    config_file = OUTPUT / "config.cfg"
    say(f"tagma init config {relative(config_file)} --lang en --pipeline tagger,morphologizer --optimize efficiency")
    config = init_config(lang="en", pipeline=["tagger", "morphologizer"], optimize="efficiency")
    save_config(config, config_file, silent=True)
    overrides = {
        "paths.train": str(train_file),
        "paths.dev": str(dev_file),
        "training.max_steps": STEPS,
        "training.eval_frequency": 400,
        "training.logger.@loggers": "spacy.ConsoleLogger.v3",
        "training.logger.progress_bar": "train",
    }
    given = " ".join(f"--{name} {relative(value)}" for name, value in overrides.items())
    say(f"tagma train {relative(config_file)} --output {relative(OUTPUT)} {given}")
    train(config_file, OUTPUT, overrides=overrides)
    best = OUTPUT / "model-best"
    say(f"tagma evaluate {relative(best)} {relative(dev_file)}")
    evaluate(str(best), dev_file, silent=False)
    say("python: nlp = tagma.load(...); nlp(text)")
    annotate(best)
    print(f"\nDone in {time.perf_counter() - start:.0f} seconds. The pipeline is saved; use it so:\n")
    print(f'    {sys.executable} -c \'\n    import tagma\n    nlp = tagma.load("{relative(best)}")')
    print('    print([(token.text, token.tag_, token.pos_) for token in nlp("Time flies.")])\'\n')
    print(f"    tagma apply {relative(best)} YOUR_TEXTS.jsonl annotated.spacy     (tagma is {BIN})")


BIN = Path(sys.executable).with_name("tagma")


def make_corpus(part: str) -> Path:
    """The .spacy file of one part of the treebank, ten sentences to a document."""
    source = TREEBANK / f"en_ewt-ud-{part}.conllu.xz"
    target = OUTPUT / f"en_ewt-ud-{part}.spacy"
    say(f"tagma convert {relative(source)} {relative(OUTPUT)} --n-sents 10")
    convert(source, OUTPUT, file_type="spacy", n_sents=10, silent=False)
    return target


def annotate(folder: Path) -> None:
    nlp = tagma.load(folder)
    for doc in nlp.pipe(TEXTS):
        print(f"\n{doc.text}\n")
        for token in doc:
            print(f"    {token.text:12}{token.tag_:6}{token.pos_:8}{token.morph}")


def relative(path: object) -> str:
    return (
        str(Path(path).relative_to(ROOT))
        if isinstance(path, (str, Path)) and str(path).startswith(str(ROOT))
        else str(path)
    )


def say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
