"""What one build computes, for scripts/test_clones.py, which runs this once for each.

    python scripts/clone_results.py MODEL OUTPUT

Runs the kernels, and trains a small tagger on the treebank with a fixed seed, each with one, two and three threads: all
must be the same, bit for bit. MODEL is a pipeline's folder; where there is none, what was trained is saved there. Its
tags and scores of the dev set, and the results of the kernels, go to OUTPUT (.npz).
"""

from __future__ import annotations

import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tagma
from tagma.gold.example import Example
from tagma.nn import Adam, HashEmbed, Maxout, NumpyOps, chain, concatenate, expand_window, fix_random_seed, residual
from tagma.threads import set_num_threads
from tagma.training.converters import conllu_to_docs

import numpy as np  # isort: skip - after tagma, which starts BLAS without threads of its own

ROOT = Path(__file__).resolve().parent.parent
TRAIN_DOCS, UPDATES, SENTENCES = 300, 120, 10
THREADS = (1, 2, 3)
TAGGER = {
    "@architectures": "spacy.Tagger.v2",
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "width": 96,
        "depth": 3,
        "embed_size": 1000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
        "pretrained_vectors": None,
    },
}
Arrays = dict[str, Any]


def floats(*shape: int) -> Any:
    return np.random.RandomState(sum(shape)).normal(size=shape).astype("float32")


def of_kernels() -> Arrays:
    """Each family of loops, at a size of several parts."""
    ops, X, dY, ones = NumpyOps(), floats(1500, 96), floats(1500, 96) * 0.1, np.ones(96, dtype="float32")
    lengths = np.random.RandomState(5).randint(1, 60, size=45).astype("int32")
    lengths[-1] += len(X) - lengths.sum()
    Y, Xhat, rstd = ops.layer_norm(X, ones, ones)
    keys = np.random.RandomState(1).randint(0, 2**62, size=1500).astype("uint64")
    rows = ops.hash(keys, 7) % 500
    table = np.zeros((500, 96), dtype="float32")
    ops.scatter_add(table, rows.astype("int32"), dY)
    ((weights, _),) = Adam(0.001).update_many([((1, "W"), floats(40_000), floats(40_000) * 0.1)])
    maxes, which = ops.reduce_max(X, lengths)
    sparse, _ = ops.sparse_linear(floats(4 * 4096), keys, X[:, 0].copy(), lengths, 4, shared=False)
    return {
        "affine": ops.affine(X, floats(288, 96), floats(288)),
        "maxout": ops.maxout(X.reshape((-1, 32, 3)))[0],
        "layer_norm": Y,
        **dict(zip(("dX", "dG", "db"), ops.backprop_layer_norm(dY, Xhat, rstd, ones), strict=True)),
        "hash": rows,
        "gather_add": ops.gather_add(X[:500].copy(), rows),
        "scatter_add": table,
        "weights": weights,
        "seq2col": ops.seq2col(X, 1, lengths=lengths),
        "backprop_seq2col": ops.backprop_seq2col(floats(1500, 288) * 0.1, 1, lengths=lengths),
        **{name: getattr(ops, name)(X) for name in ("softmax", "mish", "dish", "gelu", "swish")},
        **{name: getattr(ops, f"backprop_{name}")(dY, X) for name in ("mish", "dish", "gelu")},
        **{name: getattr(ops, name)(X, lengths) for name in ("reduce_sum", "reduce_mean", "softmax_sequences")},
        "maxes": maxes,
        "which": which,
        "sparse_linear": sparse,
    }


def of_network() -> Arrays:
    """Output and gradients of hash tables and window blocks, which run as one pass."""
    fix_random_seed(0)
    keys = np.random.RandomState(2).randint(0, 300, size=(1200, 2)).astype("uint64")
    tables = concatenate(*(HashEmbed(64, 300, seed=column, column=column) for column in range(2)))
    block = residual(chain(expand_window(1), Maxout(96, nP=3, normalize=True)))
    model = chain(tables, Maxout(96, nP=3, normalize=True), block, block.copy())
    model.initialize(X=keys)
    Y, backprop = model.begin_update(keys)
    backprop(Y * 0.01)
    gradients = [node.get_grad(name) for node in model.walk() for name in node.grad_names]
    return {"network": Y, **{f"gradient {i}": value for i, value in enumerate(gradients)}}


def same_for_any_threads(compute: Callable[[], Arrays]) -> Arrays:
    """What it gives. Exit status 1 if one number of threads gives another bit."""
    results = []
    for number in THREADS:
        set_num_threads(number)
        results.append(compute())
    for number, result in zip(THREADS, results, strict=True):
        for name, value in result.items():
            if value.tobytes() != results[0][name].tobytes():
                sys.exit(f"{name}: not the same bits with {number} threads as with {THREADS[0]}")
    return results[0]


def docs(part: str) -> list[Any]:
    with lzma.open(ROOT / "data" / "ewt" / f"en_ewt-ud-{part}.conllu.xz", "rt", encoding="utf8") as file:
        return list(conllu_to_docs(file.read(), n_sents=SENTENCES, no_print=True))


def trained(gold: list[Any]) -> Any:
    """A tagger after some updates, the same for the same build."""
    fix_random_seed(0)
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger", config={"model": TAGGER})
    examples = [Example(nlp.make_doc(" ".join(token.text for token in doc)), doc) for doc in gold]
    optimizer = nlp.initialize(lambda: examples)
    for i in range(UPDATES):
        start = i * 10 % len(examples)
        nlp.update(examples[start : start + 10], sgd=optimizer, drop=0.1)
    return nlp


def tags(nlp: Any, gold: list[Any]) -> Arrays:
    """Scores and decisions for every token of the dev set, on its gold tokens."""
    texts = [tagma.tokens.Doc(nlp.vocab, words=[token.text for token in doc]) for doc in gold]
    scores = np.concatenate(nlp.get_pipe("tagger").model.predict(texts))
    found = [token.tag_ for doc in nlp.pipe(texts) for token in doc]
    return {"scores": scores, "decisions": np.array(found)}


def main() -> None:
    model, output = map(Path, sys.argv[1:])
    results = {**same_for_any_threads(of_kernels), **same_for_any_threads(of_network)}
    gold = docs("train")[:TRAIN_DOCS]
    nlp: Any = None

    def weights() -> Arrays:
        nonlocal nlp
        nlp = trained(gold)
        return {"weights of the tagger": np.frombuffer(nlp.get_pipe("tagger").model.to_bytes(), dtype="uint8")}

    same_for_any_threads(weights)
    if not model.exists():
        nlp.to_disk(model)
    dev = docs("dev")
    results |= same_for_any_threads(lambda: tags(tagma.load(model), dev))
    results |= {"own decisions": tags(nlp, dev)["decisions"]}
    results["accuracy"] = np.mean(results["decisions"] == [token.tag_ for doc in dev for token in doc])
    np.savez(output, **results)


if __name__ == "__main__":
    main()
