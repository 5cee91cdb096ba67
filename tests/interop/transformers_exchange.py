"""Taggers over small transformers in either library.

python transformers_exchange.py LIB train MODELS CORPUS OUT     a pipeline for each folder in MODELS
python transformers_exchange.py LIB predict PIPELINES TEXTS OUT  what each says of texts
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

STEPS = 15


def pipeline(lib: str, folder: Path) -> Any:
    """A transformer, and a tagger that listens to it; weights in the format that both read."""
    nlp = importlib.import_module(lib).blank("en")
    spans = {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 24, "stride": 18}
    model = {"name": str(folder), "get_spans": spans, "tokenizer_config": {"use_fast": True}}
    own = {"state_format": "torch"} if lib == "tagma" else {}
    nlp.add_pipe("transformer", config={"model": model, **own})
    pooling = {"@layers": "reduce_mean.v1"}
    tok2vec = {"@architectures": "spacy-transformers.TransformerListener.v1", "grad_factor": 1.0, "pooling": pooling}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": tok2vec}})
    return nlp


def train(lib: str, models: Path, corpus: Path, out: Path) -> None:
    """A few steps on each."""
    tokens, training = (importlib.import_module(f"{lib}.{name}") for name in ("tokens", "training"))
    for folder in sorted(models.iterdir()):
        nlp = pipeline(lib, folder)
        docs = list(tokens.DocBin().from_disk(corpus).get_docs(nlp.vocab))[:60]
        examples = [training.Example(nlp.make_doc(doc.text), doc) for doc in docs]
        optimizer = nlp.initialize(lambda: examples)  # noqa: B023 - called at once
        optimizer.learn_rate = 0.005
        rng = random.Random(0)
        for _ in range(STEPS):
            nlp.update(rng.sample(examples, 4), sgd=optimizer)
        nlp.to_disk(out / folder.name)


def predict(lib: str, pipelines: Path, texts: Path, out: Path) -> None:
    """Tags, and the vectors of all pieces of tokens, token by token."""
    said: dict[str, Any] = {}
    arrays = {}
    for folder in sorted(pipelines.iterdir()):
        nlp = importlib.import_module(lib).load(folder)
        docs = list(nlp.pipe(json.loads(texts.read_text(encoding="utf8"))))
        data = [doc._.trf_data for doc in docs]
        said[folder.name] = {
            "tags": [[token.tag_ for token in doc] for doc in docs],
            "pieces": [each.align.lengths.tolist() for each in data],
            "nodes": [node.name for name in nlp.pipe_names for node in nlp.get_pipe(name).model.walk()],
        }
        hidden = [each.model_output.last_hidden_state for each in data]
        rows = [np.asarray(h).reshape((-1, h.shape[-1]))[d.align.dataXd.ravel()] for h, d in zip(hidden, data)]  # noqa: B905
        arrays[folder.name] = np.concatenate(rows)
    out.write_text(json.dumps(said), encoding="utf8")
    np.savez(out.with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    lib, command, *places = sys.argv[1:]
    {"train": train, "predict": predict}[command](lib, *map(Path, places))
