"""Reading, writing and keeping annotated Docs, on the parsed dev part of EWT: the everyday work of the text core.

Rates are tokens per second of CPU time, medians of --passes; "bytes a token" is what the process grows by while it
holds ten more copies of the corpus. The corpus is one .spacy file that both libraries read.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import corpus, load, main

MEMORY = "bytes a token of a parsed Doc"
ATTRS = ["ORTH", "LEMMA", "POS", "TAG", "DEP", "HEAD"]


def rate(n_tokens: int, passes: int, work: Callable[[], Any]) -> float:
    rates = []
    for _ in range(passes):
        start = time.process_time()
        work()
        rates.append(n_tokens / (time.process_time() - start))
    return statistics.median(rates)


def six_attributes(docs: list[Any]) -> int:
    """What most programs ask of every token."""
    found = 0
    for doc in docs:
        for token in doc:
            if token.text and token.lemma_ and token.pos_ and token.tag_ and token.dep_ and token.head is not token:
                found += 1
    return found


def resident() -> int:
    """Bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def memory(read: Callable[[], list[Any]], n_tokens: int) -> float:
    """Growth of the process by ten copies of the Docs, whose words the vocabulary knows."""
    before = resident()
    kept = [read() for _ in range(10)]
    return (resident() - before) / (len(kept) * n_tokens)


def merge_pairs(docs: list[Any]) -> None:
    """Every fourth pair of tokens becomes one."""
    for doc in docs:
        with doc.retokenize() as retokenizer:
            for i in range(0, len(doc) - 1, 4):
                retokenizer.merge(doc[i : i + 2])


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    bins = load(lib, "tokens").DocBin
    path = corpus(lib, "dev", args.folder)
    vocab = load(lib).blank("en").vocab
    docs = list(bins().from_disk(path).get_docs(vocab))
    n = sum(len(doc) for doc in docs)
    grown = memory(lambda: list(bins().from_disk(path).get_docs(vocab)), n)
    packed = bins(docs=docs, store_user_data=True).to_bytes()
    results = {
        "six attributes of every token, tokens/s": rate(n, args.passes, lambda: six_attributes(docs)),
        "to_array of six, tokens/s": rate(
            n * 10, args.passes, lambda: [[d.to_array(ATTRS) for d in docs] for _ in range(10)]
        ),
        "DocBin written, tokens/s": rate(n, args.passes, lambda: bins(docs=docs, store_user_data=True).to_bytes()),
        "DocBin read, tokens/s": rate(n, args.passes, lambda: list(bins().from_bytes(packed).get_docs(vocab))),
        "Doc.to_bytes, tokens/s": rate(n, args.passes, lambda: [doc.to_bytes() for doc in docs]),
        "as_doc of sentences, tokens/s": rate(n, args.passes, lambda: [s.as_doc() for doc in docs for s in doc.sents]),
        "children of every token, tokens/s": rate(n, args.passes, lambda: [list(t.children) for d in docs for t in d]),
        "merged pairs, tokens/s": rate(n, 1, lambda: merge_pairs(list(bins().from_bytes(packed).get_docs(vocab)))),
    }
    return {**results, MEMORY: grown}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passes", type=int, default=5)


if __name__ == "__main__":
    main(__file__, measure, {MEMORY: False}, arguments)
