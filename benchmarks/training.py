"""Training words per second: shared tok2vec, tagger and morphologizer on EWT train, without evaluation.

The settings of `init config --pipeline tagger,morphologizer --optimize efficiency`; batches grow as in training.
Reported are words of the reference in the measured updates over wall time, and the peak memory of the process.
"""

import argparse
import resource
import sys
from typing import Any

from harness import WARM_UP, corpus, initialize, load, main, training_rate, updates


def build(lib: str) -> Any:
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
    nlp = load(lib).blank("en")
    nlp.add_pipe(
        "tok2vec",
        config={
            "model": {
                "@architectures": "spacy.Tok2Vec.v2",
                "embed": {
                    "@architectures": "spacy.MultiHashEmbed.v2",
                    "width": 96,
                    "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
                    "rows": [5000, 1000, 2500, 2500],
                    "include_static_vectors": False,
                },
                "encode": {
                    "@architectures": "spacy.MaxoutWindowEncoder.v2",
                    "width": 96,
                    "depth": 4,
                    "window_size": 1,
                    "maxout_pieces": 3,
                },
            }
        },
    )
    for name in ("tagger", "morphologizer"):
        model = {"@architectures": "spacy.Tagger.v2", "tok2vec": listener, "nO": None, "normalize": False}
        nlp.add_pipe(name, config={"model": model, "label_smoothing": 0.05})
    return nlp


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    nlp = build(lib)
    examples = list(load(lib, "training").Corpus(corpus(lib, "train", args.folder))(nlp))
    optimizer = initialize(lib, nlp, examples)
    words = training_rate(updates(lib, nlp, examples, optimizer, args.updates + WARM_UP, start=args.words))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"training, words/s": words, "peak memory, MB": peak}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--updates", type=int, default=150)
    parser.add_argument("--words", type=int, default=500, help="words in the first batch")


if __name__ == "__main__":
    main(__file__, measure, {"peak memory, MB": False}, arguments)
