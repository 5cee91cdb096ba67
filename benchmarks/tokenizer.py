"""Tokens per second of the English tokenizer: on first sight of a text, and when its words are known.

"first sight" makes a new blank pipeline for each pass over EWT train, so every cache is empty; "second sight" goes over
the same texts again, "all cached" over EWT dev, whose distinct words fit spaCy's cache of 10,000 as well. Texts are
sentences of about 16 tokens and paragraphs of about 230.
"""

import argparse
import statistics
import time
from typing import Any

from harness import load, main, paragraphs, sentences


def rate(tokenizer: Any, texts: list[str]) -> float:
    start = time.perf_counter()
    tokens = 0
    for text in texts:
        tokens += len(tokenizer(text))
    return tokens / (time.perf_counter() - start)


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    library = load(lib)
    library.blank("en")
    results: dict[str, float] = {}
    for name, make in (("sentences", sentences), ("paragraphs", paragraphs)):
        train, dev = make("train"), make("dev")
        first, second, cached = [], [], []
        for _ in range(args.passes):
            tokenizer = library.blank("en").tokenizer
            first.append(rate(tokenizer, train))
            second.append(rate(tokenizer, train))
            tokenizer = library.blank("en").tokenizer
            rate(tokenizer, dev)
            cached.append(rate(tokenizer, dev))
        results[f"{name}, first sight, tokens/s"] = statistics.median(first)
        results[f"{name}, second sight, tokens/s"] = statistics.median(second)
        results[f"{name}, all cached, tokens/s"] = statistics.median(cached)
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passes", type=int, default=3)


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
