"""The bound of this machine for the pipeline of `benchmarks/configs/pipeline.cfg`, if only matrix products took time.

For each layer with a product: its shape, the floating-point operations that a word needs in it, and how many of them a
second `numpy.matmul` reaches with that shape, in the best of ten stretches. From these the bound in words per second of
`nlp.pipe`, and of training, where each product has two more on the way back. tagma is slower for what is no product:
tokenizer, hashes, states, writing. It leaves some products out: a table and the layer behind it run once for each
distinct word of a batch, which is about every second one, and the way back through maxout takes the winning piece
alone. So a rate above the bound is no mistake.

A word is taken to need two actions of the parser, on the stack and off it, and one of the entity recognizer.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from harness import corpus
from structured import build, entity_corpus, examples_of

NAMES = ["tok2vec", "tagger", "morphologizer", "parser", "ner"]
ROWS = 512  # of a product over words: what a thread multiplies at a time
STATES = 128  # of a product over states: Docs of a batch that are not done
STRETCHES = 10
ACTIONS = {"parser": 2.0, "ner": 1.0}


class Product(NamedTuple):
    """(rows, nI) @ (nI, nO), so many times for a word."""

    pipe: str
    layer: str
    rows: int
    nI: int
    nO: int
    times: float

    @property
    def operations(self) -> float:
        """Multiplications and additions for a word."""
        return 2 * self.nI * self.nO * self.times


def products(nlp: Any) -> Iterator[Product]:
    """The products of the pipeline's layers, by their dimensions."""
    for name, pipe in nlp.pipeline:
        upper = pipe.model.get_ref("upper") if name in ACTIONS else None
        for node in pipe.model.walk():
            if not node.has_param("W") or not node.has_dim("nI"):
                continue
            pieces = [node.get_dim(dim) for dim in ("nF", "nP") if node.has_dim(dim)]
            nO = node.get_dim("nO") * int(np.prod(pieces))
            rows, times = (STATES, ACTIONS[name]) if node is upper else (ROWS, 1.0)
            yield Product(name, node.name, rows, node.get_dim("nI"), nO, times)


def sustained(product: Product, threads: int, seconds: float) -> float:
    """GFLOP/s of `numpy.matmul` with this shape, the best of ten stretches."""
    rng = np.random.default_rng(0)
    rows = product.rows * threads
    X = rng.normal(size=(rows, product.nI)).astype("float32")
    W = rng.normal(size=(product.nI, product.nO)).astype("float32")
    Y = np.empty((rows, product.nO), dtype="float32")
    rates = []
    with threadpool_limits(limits=threads, user_api="blas"):
        np.matmul(X, W, out=Y)
        for _ in range(STRETCHES):
            start, count = time.perf_counter(), 0
            while time.perf_counter() - start < seconds / STRETCHES:
                np.matmul(X, W, out=Y)
                count += 1
            rates.append(2 * rows * product.nI * product.nO * count / (time.perf_counter() - start) / 1e9)
    return max(rates)


def initialized() -> Any:
    """The pipeline with the labels of the treebank and of WNUT-17."""
    nlp = build("tagma", NAMES)
    with TemporaryDirectory() as name:
        folder = Path(name)
        examples = examples_of("tagma", nlp, corpus("tagma", "train", folder), entity_corpus("tagma", folder))
        nlp.initialize(lambda: examples)
    return nlp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=1.0, help="to measure each shape for")
    args = parser.parse_args()
    found = list(products(initialized()))
    speeds = {(p.rows, p.nI, p.nO, n): sustained(p, n, args.seconds) for n in args.threads for p in set(found)}
    columns = "".join(f"{f'GFLOP/s, {n}T':>15}" for n in args.threads)
    print(f"{'layer':44}{'rows':>6}{'nI':>6}{'nO':>6}{'MFLOP/word':>12}{columns}")
    for p in found:
        values = "".join(f"{speeds[p.rows, p.nI, p.nO, n]:15.1f}" for n in args.threads)
        print(f"{p.pipe + ': ' + p.layer:44.44}{p.rows:6}{p.nI:6}{p.nO:6}{p.operations / 1e6:12.4f}{values}")
    print(f"MFLOP a word: {sum(p.operations for p in found) / 1e6:.3f}")
    for n in args.threads:
        seconds = sum(p.operations / speeds[p.rows, p.nI, p.nO, n] for p in found) / 1e9
        print(f"bound on {n} thread(s): nlp.pipe {1 / seconds:,.0f} words/s, training {1 / (3 * seconds):,.0f} words/s")


if __name__ == "__main__":
    main()
