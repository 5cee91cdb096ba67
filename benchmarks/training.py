"""Training words per second: shared tok2vec, tagger and morphologizer on EWT train, without evaluation.

The settings of `init config --pipeline tagger,morphologizer --optimize efficiency`; batches grow as in training.
Reported are words of the reference in the measured updates over wall time, and the peak memory of the process.
"""

import argparse
import random
import resource
import sys
import time
from itertools import islice

from harness import corpus, load, main

WARM_UP = 20


def build(lib: str) -> object:
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
    training = load(lib, "training")
    util = load(lib, "util")
    util.fix_random_seed(0)
    random.seed(0)
    examples = list(training.Corpus(corpus(lib, "train", args.folder))(nlp))
    optimizer = nlp.initialize(lambda: examples)
    sizes = util.compounding(args.words, 1000, 1.001)
    updates = args.updates + WARM_UP
    words, start, losses = 0, 0.0, {}

    def batches() -> object:
        while True:
            random.shuffle(examples)
            yield from training.minibatch_by_words(examples, size=sizes, tolerance=0.2)

    for step, batch in enumerate(islice(batches(), updates)):
        if step == WARM_UP:
            start = time.perf_counter()
        nlp.update(batch, drop=0.1, losses=losses, sgd=False)
        for _, pipe in nlp.pipeline:
            pipe.finish_update(optimizer)
        optimizer.step_schedules()
        if step >= WARM_UP:
            words += sum(len(eg.reference) for eg in batch)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"training, words/s": words / seconds, "peak memory, MB": peak}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--updates", type=int, default=150)
    parser.add_argument("--words", type=int, default=500, help="words in the first batch")


if __name__ == "__main__":
    main(__file__, measure, {"peak memory, MB": False}, arguments)
