"""Taggers over each embedding in either library: `python embeddings.py LIB train OUT`, `… LIB predict IN OUT`.

`train` writes a pipeline for each of MODELS into a folder, or of TORCH with the argument "torch" at the end; `predict`
loads all that are in a folder and writes the scores of all labels for the tokens of TEXTS; `again` trains them on.
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

GOLD = [
    "She/PRP reads/VBZ old/JJ books/NNS ./.",
    "He/PRP writes/VBZ letters/NNS at/IN night/NN",
    "They/PRP sang/VBD two/CD songs/NNS !/.",
    "Nobody/NN slept/VBD here/RB ,/, in/IN March/NNP",
]
TEXTS = ["She writes songs.", "Nobody reads at night!", "unseen words, here", "", "Büchern 日本 SANG", "."]
WORDS = ["She", "reads", "books", "letters", "at", "two", ",", ".", "songs", "she", "unseen", "sang"]
WIDTH = 16
MULTI = {"width": WIDTH, "attrs": ["NORM", "PREFIX", "SHAPE"], "rows": [100, 50, 30]}
CHARS = {"width": WIDTH, "rows": 100, "nM": 8, "nC": 6, "feature": "LOWER"}
WINDOW = {"@architectures": "spacy.MaxoutWindowEncoder.v2", "maxout_pieces": 3, "window_size": 1, "depth": 2}
WINDOW["width"] = WIDTH
MISH = {"width": WIDTH, "window_size": 1, "depth": 2}
CNN = {"width": WIDTH, "depth": 2, "embed_size": 100, "window_size": 1, "maxout_pieces": 2, "subword_features": True}


def tok2vec(embed: dict[str, Any], encode: dict[str, Any], version: int = 2) -> dict[str, Any]:
    """An embedding below an encoder."""
    return {"@architectures": f"spacy.Tok2Vec.v{version}", "embed": embed, "encode": encode}


def hashed(version: int, vectors: bool) -> dict[str, Any]:
    """MultiHashEmbed."""
    return {"@architectures": f"spacy.MultiHashEmbed.v{version}", **MULTI, "include_static_vectors": vectors}


def characters(version: int, vectors: bool) -> dict[str, Any]:
    """CharacterEmbed."""
    return {"@architectures": f"spacy.CharacterEmbed.v{version}", **CHARS, "include_static_vectors": vectors}


def mish(version: int) -> dict[str, Any]:
    """MishWindowEncoder."""
    return {"@architectures": f"spacy.MishWindowEncoder.v{version}", **MISH}


def old_window() -> dict[str, Any]:
    """MaxoutWindowEncoder of version 1."""
    return {**WINDOW, "@architectures": "spacy.MaxoutWindowEncoder.v1"}


def bilstm(depth: int) -> dict[str, Any]:
    """TorchBiLSTMEncoder."""
    return {"@architectures": "spacy.TorchBiLSTMEncoder.v1", "width": WIDTH, "depth": depth, "dropout": 0.0}


# name → (kind of vectors, network)
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "multi-v2-default": ("default", tok2vec(hashed(2, True), WINDOW)),
    "multi-v2-lower": ("lower", tok2vec(hashed(2, True), WINDOW)),
    "multi-v2-floret": ("floret", tok2vec(hashed(2, True), WINDOW)),
    "multi-v1-default": ("default", tok2vec(hashed(1, True), old_window(), version=1)),
    "cnn-v2-default": ("default", {"@architectures": "spacy.HashEmbedCNN.v2", **CNN, "pretrained_vectors": True}),
    "cnn-v2-floret": ("floret", {"@architectures": "spacy.HashEmbedCNN.v2", **CNN, "pretrained_vectors": True}),
    "cnn-v1-default": ("default", {"@architectures": "spacy.HashEmbedCNN.v1", **CNN, "pretrained_vectors": True}),
    "characters-v2": ("default", tok2vec(characters(2, False), WINDOW)),
    "characters-v2-default": ("default", tok2vec(characters(2, True), mish(2))),
    "characters-v2-floret": ("floret", tok2vec(characters(2, True), WINDOW)),
    "characters-v1-default": ("default", tok2vec(characters(1, True), mish(1), version=1)),
    "mish-v2": ("default", tok2vec(hashed(2, False), mish(2))),
    "mish-v1": ("default", tok2vec(hashed(1, False), mish(1), version=1)),
}
TORCH = {
    "bilstm-1": ("default", tok2vec(hashed(2, False), bilstm(1))),
    "bilstm-2": ("default", tok2vec(hashed(2, True), bilstm(2))),
    "bilstm-0": ("default", tok2vec(hashed(2, False), bilstm(0))),
}


def vectors(lib: str, vocab: Any, kind: str) -> Any:
    """A table of some of the words, or of pieces of all."""
    table = np.random.RandomState(5).uniform(-1, 1, (len(WORDS), 10)).astype("f")
    if kind == "floret":
        settings: dict[str, Any] = {"mode": "floret", "minn": 2, "maxn": 3, "hash_count": 2, "attr": "NORM"}
    else:
        settings = {"keys": WORDS, "attr": "LOWER" if kind == "lower" else "ORTH"}
    for word in WORDS:
        vocab.strings.add(word)
    return importlib.import_module(f"{lib}.vectors").Vectors(strings=vocab.strings, data=table, **settings)


def examples(lib: str, nlp: Any) -> list[Any]:
    """The sentences with their tags."""
    docs, example = importlib.import_module(f"{lib}.tokens"), importlib.import_module(f"{lib}.training").Example
    pairs = [[token.rsplit("/", 1) for token in line.split()] for line in GOLD]
    return [
        example.from_dict(docs.Doc(nlp.vocab, words=[w for w, _ in pair]), {"tags": [t for _, t in pair]})
        for pair in pairs
    ]


def steps(lib: str, nlp: Any, sgd: Any, number: int) -> list[float]:
    """The losses of some steps."""
    return [nlp.update(examples(lib, nlp), sgd=sgd, drop=0.0)["tagger"] for _ in range(number)]


def train(lib: str, models: dict[str, Any], out: Path) -> None:
    """Trains each for 15 steps, and writes the losses beside the pipelines."""
    library, util = importlib.import_module(lib), importlib.import_module(f"{lib}.util")
    losses = {}
    for name, (kind, network) in models.items():
        nlp = library.blank("en")
        nlp.vocab.vectors = vectors(lib, nlp.vocab, kind)
        nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": network}})
        util.fix_random_seed(0)
        random.seed(0)
        sgd = nlp.initialize(lambda nlp=nlp: examples(lib, nlp))
        losses[name] = steps(lib, nlp, sgd, 15)
        nlp.to_disk(out / name)
    (out / "losses.json").write_text(json.dumps(losses, default=float), encoding="utf8")


def predict(lib: str, folder: Path, out: Path, more: int = 0) -> None:
    """The scores of all tokens, by pipeline."""
    library = importlib.import_module(lib)
    answers = {}
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        nlp = library.load(path)
        if more:
            importlib.import_module(f"{lib}.util").fix_random_seed(0)
            steps(lib, nlp, nlp.resume_training(), more)
        model = nlp.get_pipe("tagger").model
        scores = model.predict([nlp.make_doc(text) for text in TEXTS])
        nodes = [node.name for node in model.walk()]
        answers[path.name] = {"scores": [np.asarray(rows).tolist() for rows in scores], "nodes": nodes}
    out.write_text(json.dumps(answers), encoding="utf8")


if __name__ == "__main__":
    _, lib, command, *paths = sys.argv
    if command == "train":
        train(lib, TORCH if "torch" in paths else MODELS, Path(paths[0]))
    else:
        predict(lib, Path(paths[0]), Path(paths[1]), more=5 if command == "again" else 0)
