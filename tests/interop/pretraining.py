"""Pretraining in either library: `python pretraining.py LIB pretrain OUT`, `… LIB read IN OUT`.

`pretrain` writes the weights of one epoch for each objective, and the losses of the objectives on fixed guesses; `read`
initializes a pipeline with these weights and writes, as JSON, what its tok2vec makes of TEXTS.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

TEXTS = [
    "The cat sat on the mat near the door.",
    "A dog barked at the cat all night long, naïve as it was.",
    "Nobody slept, and the neighbours were not amused.",
]
OBJECTIVES: dict[str, dict[str, Any]] = {
    "characters": {"@architectures": "spacy.PretrainCharacters.v1", "n_characters": 4},
    "cosine": {"@architectures": "spacy.PretrainVectors.v1", "loss": "cosine"},
    "L2": {"@architectures": "spacy.PretrainVectors.v1", "loss": "L2"},
}
CNN = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 16, "depth": 2}
CNN |= {"embed_size": 100, "window_size": 1, "maxout_pieces": 3, "subword_features": True}


def config(lib: str, folder: Path, objective: str) -> Any:
    """A tok2vec, its pretraining, the text and vectors of it."""
    nlp = importlib.import_module(lib).blank("en")
    nlp.add_pipe("tok2vec", config={"model": CNN})
    util = importlib.import_module(f"{lib}.util")
    language = importlib.import_module(f"{lib}.language")
    made = util.load_config(language.DEFAULT_CONFIG_PRETRAIN_PATH).merge(nlp.config)
    made["pretraining"]["objective"] = {"maxout_pieces": 3, "hidden_size": 30, **OBJECTIVES[objective]}
    made["pretraining"]["max_epochs"] = 1
    made["paths"]["raw_text"] = str(folder / "raw.jsonl")
    made["initialize"]["vectors"] = str(folder / "vectors") if objective != "characters" else None
    return made.interpolate()


def vectors(lib: str, folder: Path) -> Any:
    """A pipeline with vectors of most words."""
    nlp = importlib.import_module(lib).blank("en")
    words = sorted({token.text for text in TEXTS for token in nlp.make_doc(text)})
    for i, word in enumerate(words):
        if i % 4:
            nlp.vocab.set_vector(word, np.random.default_rng(i).normal(size=12).astype("float32"))
    nlp.to_disk(folder / "vectors")
    return nlp


def losses(lib: str, nlp: Any) -> dict[str, list[float]]:
    """Of the vector objectives, on the same guesses."""
    ml, loss = (
        importlib.import_module(f"{lib}.ml.models"),
        importlib.import_module("tagma.nn" if lib == "tagma" else "thinc.api"),
    )
    docs = [nlp.make_doc(text) for text in TEXTS]
    for doc in docs:  # spaCy looks vectors up by rank, which it sets when vectors are loaded
        for token in doc:
            row = nlp.vocab.vectors.find(key=token.orth)
            nlp.vocab[token.orth].rank = row if row >= 0 else 2**64 - 1
    n = sum(map(len, docs))
    found = {}
    for name, distance in {
        "cosine": loss.CosineDistance(normalize=True, ignore_zeros=True),
        "L2": loss.L2Distance(normalize=True),
    }.items():
        guesses = np.random.default_rng(1).normal(size=(n, 12)).astype("float32")
        value, gradient = ml.get_vectors_loss(loss.NumpyOps(), docs, guesses, distance)
        found[name] = [float(value), *map(float, np.asarray(gradient).ravel())]
    guesses = np.random.default_rng(2).random(size=(n, 4 * 256)).astype("float32")
    value, gradient = ml.get_characters_loss(loss.NumpyOps(), docs, guesses, 4)
    found["characters"] = [float(value), *map(float, np.asarray(gradient).ravel()[::7])]
    return found


def pretrain(lib: str, folder: Path) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
    (folder / "raw.jsonl").write_text(lines, encoding="utf8")
    nlp = vectors(lib, folder)
    train = importlib.import_module(f"{lib}.training.pretrain").pretrain
    for objective in OBJECTIVES:
        output = folder / objective
        output.mkdir()
        train(config(lib, folder, objective), output)
    (folder / "losses.json").write_text(json.dumps(losses(lib, nlp)))


def read(lib: str, folder: Path, out: Path) -> None:
    found = {}
    for objective in OBJECTIVES:
        made = config(lib, folder, objective)
        made["initialize"]["init_tok2vec"] = str(folder / objective / "model-last.bin")
        nlp = importlib.import_module(f"{lib}.util").load_model_from_config(made, auto_fill=True)
        nlp.initialize()
        arrays = nlp.get_pipe("tok2vec").predict([nlp.make_doc(text) for text in TEXTS])
        found[objective] = [np.asarray(array).tolist() for array in arrays]
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    lib, command, *paths = sys.argv[1:]
    {"pretrain": pretrain, "read": read}[command](lib, *map(Path, paths))
