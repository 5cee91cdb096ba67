"""Span categorizers in either library: `python spancat.py LIB train OUT`, `python spancat.py LIB predict IN OUT`.

`train` writes a pipeline for each of CONFIGS into a folder; `predict` loads all that are in a folder and writes the
spans of TEXTS, with their scores, as JSON.
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy

# Spans by their texts: nested, overlapping, and one with two labels.
GOLD = {
    "The Bank of New England closed in Boston .": [
        ("Bank of New England", "ORG"),
        ("New England", "GPE"),
        ("England", "GPE"),
        ("Boston", "GPE"),
    ],
    "She works for the New York Times .": [("New York Times", "ORG"), ("New York", "GPE"), ("York Times", "NAME")],
    "Paris met Berlin .": [("Paris", "GPE"), ("Paris", "NAME"), ("Berlin", "GPE")],
    "Nothing here .": [],
}
TEXTS = [*GOLD, "The New York Bank", "Boston", "Times of England and New York in Paris, says she.", "!"]
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 16,
    "depth": 2,
    "embed_size": 200,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}


def model(scorer: str) -> dict[str, Any]:
    """A small span categorizer."""
    reducer = {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 24}
    scores = {"@layers": scorer}
    return {"@architectures": "spacy.SpanCategorizer.v1", "tok2vec": TOK2VEC, "reducer": reducer, "scorer": scores}


FINDER = {
    "@architectures": "spacy.SpanFinder.v1",
    "tok2vec": TOK2VEC,
    "scorer": {"@layers": "spacy.LinearLogistic.v1", "nO": 2},
}
RANGE = {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 1, "max_size": 4}
# Name of the pipeline: factory, settings.
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "multi": ("spancat", {"model": model("spacy.LinearLogistic.v1"), "suggester": RANGE, "threshold": 0.2}),
    "multi-two": ("spancat", {"model": model("spacy.LinearLogistic.v1"), "threshold": 0.0, "max_positive": 2}),
    "single": ("spancat_singlelabel", {"model": model("Softmax.v2"), "suggester": RANGE}),
    "single-apart": (
        "spancat_singlelabel",
        {"model": model("Softmax.v2"), "suggester": RANGE, "allow_overlap": False, "negative_weight": 0.2},
    ),
    "finder": ("span_finder", {"model": FINDER, "threshold": 0.3, "max_length": 4}),
}


def train(lib: str, out: Path) -> None:
    """Trains each for 20 steps, and writes the losses of the first five beside the pipelines."""
    library, util = importlib.import_module(lib), importlib.import_module(f"{lib}.util")
    losses = {}
    for name, (factory, config) in CONFIGS.items():
        nlp = library.blank("en")
        nlp.add_pipe(factory, config=config)
        examples = gold(lib, nlp)
        util.fix_random_seed(0)
        random.seed(0)
        sgd = nlp.initialize(lambda examples=examples: examples)
        sgd.learn_rate = 0.02
        found = [nlp.update(examples, sgd=sgd, drop=0.0)[factory] for _ in range(20)]
        losses[name] = found[:5]
        nlp.to_disk(out / name)
    (out / "losses.json").write_text(json.dumps(losses), encoding="utf8")


def predict(lib: str, folder: Path, out: Path) -> None:
    """The spans of the texts and their scores, by pipeline."""
    library = importlib.import_module(lib)
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        nlp = library.load(path)
        docs = list(nlp.pipe(TEXTS))
        groups = [doc.spans["sc"] for doc in docs]
        found[path.name] = {
            "spans": [[(span.start, span.end, span.label_) for span in group] for group in groups],
            "scores": [numpy.ravel(group.attrs.get("scores", ())).tolist() for group in groups],
            "evaluation": nlp.evaluate(gold(lib, nlp)),
        }
        del found[path.name]["evaluation"]["speed"]
    out.write_text(json.dumps(found), encoding="utf8")


def gold(lib: str, nlp: Any) -> list[Any]:
    """Examples of the gold spans."""
    example = importlib.import_module(f"{lib}.training").Example
    return [
        example.from_dict(
            nlp.make_doc(text),
            {"spans": {"sc": [(text.index(part), text.index(part) + len(part), label) for part, label in spans]}},
        )
        for text, spans in GOLD.items()
    ]


if __name__ == "__main__":
    _, lib, command, *paths = sys.argv
    {"train": train, "predict": predict}[command](lib, *map(Path, paths))
