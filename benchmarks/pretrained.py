"""A tagger over a pretrained transformer: `nlp.pipe` and training, in words per second of CPU time, beside the peer.

    python benchmarks/pretrained.py MODEL --peer .venv-torch-peer/bin/python --threads 1

MODEL is a folder of a model of the library transformers. Runs in an environment with PyTorch and transformers
(.venv-torch); the peer's needs spacy-transformers. Texts are sentences of EWT's train part, short and long ones as they
come, in batches of 1 and of 64; training takes batches of 32 sentences. The processor time of all threads is counted,
so that other work on the machine matters less.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import initialize, load, main, sentences


def pipeline(lib: str, model: Path) -> Any:
    """A transformer with the defaults of its component, and a tagger."""
    nlp = load(lib).blank("en")
    nlp.add_pipe("transformer", config={"model": {"name": str(model.absolute())}})
    pooling = {"@layers": "reduce_mean.v1"}
    tok2vec = {"@architectures": "spacy-transformers.TransformerListener.v1", "grad_factor": 1.0, "pooling": pooling}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": tok2vec}})
    return nlp


def rate(run: Callable[[], int]) -> float:
    """What `run` says that it did, by the processor time that it took."""
    start = time.process_time()
    return run() / (time.process_time() - start)


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    import torch

    torch.set_num_threads(int(os.environ.get("TAGMA_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or 2))
    nlp = pipeline(lib, args.model)
    texts = sentences("train")
    random.Random(0).shuffle(texts)
    texts = texts[: args.texts]
    example = load(lib, "training").Example
    docs = [nlp.make_doc(text) for text in texts]
    # What the tags are does not matter to speed.
    examples = [
        example.from_dict(doc, {"tags": ["odd" if len(word.text) % 2 else "even" for word in doc]}) for doc in docs
    ]
    optimizer = initialize(lib, nlp, examples)

    def piped(batch_size: int, part: list[str]) -> Callable[[], int]:
        return lambda: sum(len(doc) for doc in nlp.pipe(part, batch_size=batch_size))

    def trained() -> int:
        done = 0
        for start in range(0, 32 * args.updates, 32):
            batch = examples[start : start + 32]
            nlp.update(batch, sgd=optimizer)
            done += sum(len(each.predicted) for each in batch)
        return done

    piped(64, texts[:64])()
    return {
        "nlp.pipe, batches of 1": rate(piped(1, texts[: args.texts // 4])),
        "nlp.pipe, batches of 64": rate(piped(64, texts)),
        "training, batches of 32": rate(trained),
    }


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="folder of a model")
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--updates", type=int, default=4)


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
