"""trainable_lemmatizer on EWT: initialization, training and prediction, and the accuracy on dev after it.

The component with its default settings and network. Training has batches that grow as usual; reported are words of the
reference in the measured updates over CPU time of the process, and words of dev without annotation over the same.
"""

import argparse
import time

from harness import WARM_UP, corpus, initialize, load, main, training_rate, updates


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    nlp = load(lib).blank("en")
    nlp.add_pipe("trainable_lemmatizer")
    read, tokens = load(lib, "training").Corpus, load(lib, "tokens")
    examples = list(read(corpus(lib, "train", args.folder))(nlp))
    start = clock()
    optimizer = initialize(lib, nlp, examples)
    initialized = clock() - start
    words = training_rate(updates(lib, nlp, examples, optimizer, args.updates + WARM_UP, clock=clock))
    dev = list(read(corpus(lib, "dev", args.folder))(nlp))
    accuracy = nlp.evaluate(dev)["lemma_acc"]
    docs = [tokens.Doc(nlp.vocab, words=[token.text for token in eg.predicted]) for eg in dev for _ in range(3)]
    start = clock()
    predicted = sum(map(len, nlp.get_pipe("trainable_lemmatizer").pipe(docs, batch_size=256)))
    return {
        "initialization, s": initialized,
        "training, words/s": words,
        "prediction, words/s": predicted / (clock() - start),
        "lemma_acc on dev, %": 100 * accuracy,
    }


def clock() -> float:
    """CPU time of all threads: other work on the machine does not count. With more than one thread it is no speed."""
    return time.process_time()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--updates", type=int, default=300)


if __name__ == "__main__":
    main(__file__, measure, {"initialization, s": False}, arguments)
