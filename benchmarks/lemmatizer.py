"""trainable_lemmatizer on EWT: initialization, training and prediction, and the accuracy on dev after it.

The component with its default settings and network. Training has batches that grow as usual; reported are words of the
reference in the measured updates over CPU time of the process, and words of dev without annotation over the same.
"""

import argparse
import random
import time
from itertools import islice

from harness import corpus, load, main

WARM_UP = 20


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    nlp = load(lib).blank("en")
    nlp.add_pipe("trainable_lemmatizer")
    training, util, tokens = (load(lib, module) for module in ("training", "util", "tokens"))
    util.fix_random_seed(0)
    random.seed(0)
    examples = list(training.Corpus(corpus(lib, "train", args.folder))(nlp))
    start = clock()
    optimizer = nlp.initialize(lambda: examples)
    initialized = clock() - start
    sizes = util.compounding(500, 1000, 1.001)
    words, start, losses = 0, 0.0, {}

    def batches() -> object:
        while True:
            random.shuffle(examples)
            yield from training.minibatch_by_words(examples, size=sizes, tolerance=0.2)

    for step, batch in enumerate(islice(batches(), args.updates + WARM_UP)):
        if step == WARM_UP:
            start = clock()
        nlp.update(batch, drop=0.1, losses=losses, sgd=optimizer)
        if step >= WARM_UP:
            words += sum(len(eg.reference) for eg in batch)
    trained = clock() - start
    dev = list(training.Corpus(corpus(lib, "dev", args.folder))(nlp))
    accuracy = nlp.evaluate(dev)["lemma_acc"]
    docs = [tokens.Doc(nlp.vocab, words=[token.text for token in eg.predicted]) for eg in dev for _ in range(3)]
    start = clock()
    for _ in nlp.get_pipe("trainable_lemmatizer").pipe(docs, batch_size=256):
        pass
    predicted = clock() - start
    return {
        "initialization, s": initialized,
        "training, words/s": words / trained,
        "prediction, words/s": sum(map(len, docs)) / predicted,
        "lemma_acc on dev, %": 100 * accuracy,
    }


def clock() -> float:
    """CPU time of all threads: other work on the machine does not count. With more than one thread it is no speed."""
    return time.process_time()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--updates", type=int, default=300)


if __name__ == "__main__":
    main(__file__, measure, {"initialization, s": False}, arguments)
