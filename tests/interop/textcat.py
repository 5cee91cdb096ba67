"""Text categorizers in either library: `python textcat.py LIB train OUT`, `python textcat.py LIB predict IN OUT`.

`train` writes a pipeline for each of MODELS into a folder; `predict` loads all that are in a folder and writes the
categories of TEXTS as JSON.
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

GOLD = {
    "What is my card limit?": "limit",
    "How much can I spend a day": "limit",
    "I want to top up my card.": "top_up",
    "Top up by bank transfer, please": "top_up",
    "Someone stole my card!": "lost",
    "My card is lost. What now?": "lost",
}
TEXTS = [*GOLD, "limit", "Can you top up a card that is lost or stolen?", "Nothing of that kind", "!"]
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
BOW = {"ngram_size": 2, "no_output_layer": False}
POOLS = {"use_reduce_first": True, "use_reduce_last": True, "use_reduce_max": True, "use_reduce_mean": True}
OLD = {"width": 16, "embed_size": 200, "window_size": 1, "conv_depth": 2, "ngram_size": 1, "dropout": None}


def models(exclusive_classes: bool) -> dict[str, dict[str, Any]]:
    """The settings of each architecture."""
    kind = {"exclusive_classes": exclusive_classes}
    bag = {"@architectures": "spacy.TextCatBOW.v3", "length": 1024, **BOW, **kind}
    return {
        "bow-v3": bag,
        "bow-v2": {"@architectures": "spacy.TextCatBOW.v2", **BOW, **kind},
        "bow-v1": {"@architectures": "spacy.TextCatBOW.v1", **BOW, **kind},
        "cnn-v2": {"@architectures": "spacy.TextCatCNN.v2", "tok2vec": TOK2VEC, **kind},
        "cnn-v1": {"@architectures": "spacy.TextCatCNN.v1", "tok2vec": TOK2VEC, **kind},
        "reduce-v1": {"@architectures": "spacy.TextCatReduce.v1", "tok2vec": TOK2VEC, **POOLS, **kind},
        "attention-v1": {"@architectures": "spacy.TextCatParametricAttention.v1", "tok2vec": TOK2VEC, **kind},
        "ensemble-v2": {"@architectures": "spacy.TextCatEnsemble.v2", "tok2vec": TOK2VEC, "linear_model": bag},
        "ensemble-v1": {"@architectures": "spacy.TextCatEnsemble.v1", "pretrained_vectors": None, **OLD, **kind},
    }


def train(lib: str, out: Path) -> None:
    """Trains each for 20 steps, and writes the losses of the first five beside the pipelines."""
    library, util = importlib.import_module(lib), importlib.import_module(f"{lib}.util")
    example = importlib.import_module(f"{lib}.training").Example
    losses = {}
    for factory, exclusive in (("textcat", True), ("textcat_multilabel", False)):
        for name, model in models(exclusive).items():
            nlp = library.blank("en")
            nlp.add_pipe(factory, config={"model": model})
            labels = sorted(set(GOLD.values()))
            examples = [
                example.from_dict(nlp.make_doc(text), {"cats": {label: float(label == gold) for label in labels}})
                for text, gold in GOLD.items()
            ]
            util.fix_random_seed(0)
            random.seed(0)
            sgd = nlp.initialize(lambda examples=examples: examples)
            found = [nlp.update(examples, sgd=sgd, drop=0.0)[factory] for _ in range(20)]
            losses[f"{factory}-{name}"] = found[:5]
            nlp.to_disk(out / f"{factory}-{name}")
    (out / "losses.json").write_text(json.dumps(losses), encoding="utf8")


def predict(lib: str, folder: Path, out: Path) -> None:
    """The categories of the texts, by pipeline."""
    library = importlib.import_module(lib)
    cats = {}
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        nlp = library.load(path)
        cats[path.name] = [doc.cats for doc in nlp.pipe(TEXTS)]
    out.write_text(json.dumps(cats), encoding="utf8")


if __name__ == "__main__":
    _, lib, command, *paths = sys.argv
    {"train": train, "predict": predict}[command](lib, *map(Path, paths))
