"""nlp.pipe words per second: tokenizer, tok2vec, tagger and morphologizer over EWT train texts.

The pipeline has the efficiency settings and random weights (speed does not depend on them); texts are sentences and
paragraphs of about 200 words. Also the peak memory of the process.
"""

import argparse
import resource
import statistics
import sys
import time

from harness import corpus, load, main, paragraphs, sentences
from training import build


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    nlp = build(lib)
    load(lib, "util").fix_random_seed(0)
    examples = list(load(lib, "training").Corpus(corpus(lib, "dev", args.folder))(nlp))
    nlp.initialize(lambda: examples)
    results = {}
    for name, texts in (("sentences", sentences("train")), ("paragraphs", paragraphs("train"))):
        texts = texts[: args.texts] if name == "sentences" else texts
        list(nlp.pipe(texts[:200]))
        rates = []
        for _ in range(args.passes):
            start = time.perf_counter()
            words = sum(len(doc) for doc in nlp.pipe(texts))
            rates.append(words / (time.perf_counter() - start))
        results[f"pipe, {name}, words/s"] = statistics.median(rates)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results["peak memory, MB"] = peak / (2**20 if sys.platform == "darwin" else 2**10)
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--texts", type=int, default=8000)
    parser.add_argument("--passes", type=int, default=2)


if __name__ == "__main__":
    main(__file__, measure, {"peak memory, MB": False}, arguments)
