"""A trainable lemmatizer in either library: `python lemmatizer.py LIB train OUT`, `… LIB predict IN OUT`.

`train` takes 20 steps over GOLD and writes the pipeline; `predict` writes the lemmas of TEXTS, and the labels, as JSON.
"""

import importlib
import json
import random
import sys
from pathlib import Path

GOLD = {
    "She was singing songs": "she be sing song",
    "They were running away": "they be run away",
    "The mice ran into houses": "the mouse run into house",
    "He sang and ran": "he sing and run",
    "Cats are sleeping": "cat be sleep",
    "Two dogs slept here": "two dog sleep here",
}
TEXTS = [*GOLD, "Singers were jumping", "He is walking dogs", "Überall waren Katzen", ""]


def train(lib: str, out: Path) -> None:
    library, util = importlib.import_module(lib), importlib.import_module(f"{lib}.util")
    example, doc = importlib.import_module(f"{lib}.training").Example, importlib.import_module(f"{lib}.tokens").Doc
    nlp = library.blank("en")
    nlp.add_pipe("trainable_lemmatizer", config={"min_tree_freq": 1, "top_k": 2})
    examples = [
        example(nlp.make_doc(text), doc(nlp.vocab, words=text.split(), lemmas=lemmas.split()))
        for text, lemmas in GOLD.items()
    ]
    util.fix_random_seed(0)
    random.seed(0)
    optimizer = nlp.initialize(lambda: examples)
    losses: list[float] = []
    for _ in range(20):
        step: dict[str, float] = {}
        nlp.update(examples, sgd=optimizer, losses=step, drop=0.0)
        losses.append(step["trainable_lemmatizer"])
    nlp.to_disk(out / "pipeline")
    (out / "losses.json").write_text(json.dumps(losses), encoding="utf8")


def predict(lib: str, source: Path, out: Path) -> None:
    nlp = importlib.import_module(lib).load(source / "pipeline")
    lemmas = [[token.lemma_ for token in doc] for doc in nlp.pipe(TEXTS)]
    out.write_text(json.dumps({"lemmas": lemmas, "labels": list(nlp.get_pipe("trainable_lemmatizer").labels)}), "utf8")


if __name__ == "__main__":
    if sys.argv[2] == "train":
        train(sys.argv[1], Path(sys.argv[3]))
    else:
        predict(sys.argv[1], Path(sys.argv[3]), Path(sys.argv[4]))
