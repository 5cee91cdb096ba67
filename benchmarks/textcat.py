"""Text classification: training and `nlp.pipe` in words per second, for each architecture.

    python benchmarks/textcat.py --peer .venv-peer/bin/python --threads 1 2
    python benchmarks/textcat.py --only BOW.v3 Ensemble.v2

The data are the 77 intents of BANKING77, nine tenths of its train part, a text of twelve words on average; the networks
have the settings of the factory's default and of `init config`. Training counts words of the reference over the wall
time of the updates, without evaluation, after a warm-up; batches grow from 500 words to 1,000. `nlp.pipe` reads all
texts of train. TextCatLowData is left out: spaCy cannot initialize it.
"""

import argparse
from typing import Any

from harness import WARM_UP, banking77, initialize, load, main, rate, training_rate, updates

CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}
BOW = {"exclusive_classes": True, "ngram_size": 1, "no_output_layer": False}
POOLS = {"use_reduce_first": True, "use_reduce_last": True, "use_reduce_max": True, "use_reduce_mean": True}
# Settings of the model; none for the factory's default.
MODELS: dict[str, dict[str, Any]] = {
    "BOW.v3": {"@architectures": "spacy.TextCatBOW.v3", "length": 262144, **BOW},
    "BOW.v3, 3-grams": {"@architectures": "spacy.TextCatBOW.v3", "length": 262144, **BOW, "ngram_size": 3},
    "BOW.v2": {"@architectures": "spacy.TextCatBOW.v2", **BOW},
    "CNN.v2": {"@architectures": "spacy.TextCatCNN.v2", "exclusive_classes": True, "tok2vec": CNN},
    "Reduce.v1": {"@architectures": "spacy.TextCatReduce.v1", "exclusive_classes": True, "tok2vec": CNN, **POOLS},
    "ParametricAttention.v1": {
        "@architectures": "spacy.TextCatParametricAttention.v1",
        "exclusive_classes": True,
        "tok2vec": CNN,
    },
    "Ensemble.v2": {},
    "Ensemble.v1": {
        "@architectures": "spacy.TextCatEnsemble.v1",
        "exclusive_classes": True,
        "pretrained_vectors": None,
        "width": 64,
        "embed_size": 2000,
        "window_size": 1,
        "conv_depth": 2,
        "ngram_size": 1,
        "dropout": None,
    },
}


def build(lib: str, name: str) -> Any:
    nlp = load(lib).blank("en")
    nlp.add_pipe("textcat", config={"model": MODELS[name]} if MODELS[name] else {})
    return nlp


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    train, _ = banking77()
    example = load(lib, "training").Example
    results = {}
    for name in args.only or MODELS:
        nlp = build(lib, name)
        examples = [example.from_dict(nlp.make_doc(text), {"cats": {label: 1.0}}) for text, label in train]
        optimizer = initialize(lib, nlp, examples)
        results[f"{name}: training, words/s"] = training_rate(
            updates(lib, nlp, examples, optimizer, args.updates + WARM_UP)
        )
        texts = [text for text, _ in train]
        list(nlp.pipe(texts[:500]))
        results[f"{name}: nlp.pipe, words/s"] = rate(lambda nlp=nlp, texts=texts: nlp.pipe(texts), args.passes)
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=list(MODELS), help="these architectures; all if not given")
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--passes", type=int, default=3)


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
