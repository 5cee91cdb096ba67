"""Span classification: training and `nlp.pipe` in words per second, of spancat, spancat_singlelabel and span_finder.

    python benchmarks/spancat.py --peer .venv-peer/bin/python --threads 1 2
    python benchmarks/spancat.py --only spancat --data ../gum_ner

The data are the entities of WNUT-17, or of another folder with `train.conll.xz`, as spans; candidates are all spans of
one to three tokens, networks those of the factories. Training counts words over the wall time of the updates, without
evaluation, after a warm-up; batches have 1,000 words. `nlp.pipe` reads texts of about 200 words of EWT's train part
with the pipeline that was trained.
"""

import argparse
from pathlib import Path
from typing import Any

from harness import (
    WARM_UP,
    WNUT17,
    initialize,
    load,
    main,
    paragraphs,
    rate,
    read_entities,
    training_rate,
    updates,
)

FACTORIES = ("spancat", "spancat_singlelabel", "span_finder")


def documents(lib: str, folder: Path) -> list[Any]:
    """Docs of ten sentences, their entities in the group "sc"."""
    convert = load(lib, "training.converters").conll_ner_to_docs
    docs = list(convert(read_entities(folder, "train"), n_sents=10, no_print=True))
    for doc in docs:
        doc.spans["sc"] = list(doc.ents)
    return docs


def examples_of(lib: str, nlp: Any, docs: list[Any]) -> list[Any]:
    example, blank = load(lib, "training").Example, load(lib, "tokens").Doc
    examples = []
    for doc in docs:
        words, spaces = [token.text for token in doc], [bool(token.whitespace_) for token in doc]
        spans = [(span.start_char, span.end_char, span.label_) for span in doc.spans["sc"]]
        predicted = blank(nlp.vocab, words=words, spaces=spaces)
        examples.append(example.from_dict(predicted, {"words": words, "spaces": spaces, "spans": {"sc": spans}}))
    return examples


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    results = {}
    docs, texts = documents(lib, args.data), paragraphs("train")[: args.texts]
    for name in args.only or FACTORIES:
        nlp = load(lib).blank("en")
        nlp.add_pipe(name)
        examples = examples_of(lib, nlp, docs)
        optimizer = initialize(lib, nlp, examples)
        results[f"{name}: training, words/s"] = training_rate(
            updates(lib, nlp, examples, optimizer, args.updates + WARM_UP, start=1000)
        )
        list(nlp.pipe(texts[:50]))
        results[f"{name}: nlp.pipe, words/s"] = rate(lambda nlp=nlp: nlp.pipe(texts), args.passes)
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=FACTORIES, help="these factories; all if not given")
    parser.add_argument("--data", type=Path, default=WNUT17, help="folder with train.conll.xz")
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--passes", type=int, default=3)


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
