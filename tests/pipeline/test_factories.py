"""The factories of the components: found by name, with spaCy's defaults, in a pipeline made from a config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example

FOLDER = Path(__file__).parent.parent / "data" / "spacy"

# Settings besides model and scorer, and weights of scores: section 7.1 of the contract.
SETTINGS: dict[str, dict[str, Any]] = {
    "tok2vec": {},
    "tagger": {"overwrite": False, "neg_prefix": "!", "label_smoothing": 0.0},
    "morphologizer": {"overwrite": True, "extend": False, "label_smoothing": 0.0},
    "senter": {"overwrite": False},
    "sentencizer": {"punct_chars": None, "overwrite": False},
}
WEIGHTS: dict[str, dict[str, float | None]] = {
    "tok2vec": {},
    "tagger": {"tag_acc": 1.0, "pos_acc": 0.0, "tag_micro_p": None, "tag_micro_r": None, "tag_micro_f": None},
    "morphologizer": {"pos_acc": 0.5, "morph_acc": 0.5, "morph_per_feat": None},
    "senter": {"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
    "sentencizer": {"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_defaults(name: str) -> None:
    """A factory has the contract's settings and weights."""
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe(name)
    config = nlp.get_pipe_config(name)
    assert {key: config[key] for key in config if key not in ("factory", "model", "scorer")} == SETTINGS[name]
    assert nlp.get_pipe_meta(name).default_score_weights == WEIGHTS[name]
    assert pipe.name == name


@pytest.mark.parametrize(
    ("name", "nodes", "width"),
    [("tok2vec", 59, 96), ("tagger", 62, 96), ("morphologizer", 57, 128), ("senter", 37, 12)],
)
def test_default_models(name: str, nodes: int, width: int) -> None:
    """Default models have spaCy's number of nodes and width."""
    model = tagma.blank("en").add_pipe(name).model
    assert len(list(model.walk())) == nodes
    tok2vec = model.get_ref("tok2vec") if model.has_ref("tok2vec") else model
    assert tok2vec.get_dim("nO") == width


def test_spacys_pipeline(tmp_path: Path) -> None:
    """A whole pipeline of spaCy's is loaded, annotates as spaCy does, and comes back from our files the same."""
    nlp = tagma.load(FOLDER / "pipeline")
    nlp.to_disk(tmp_path / "ours")
    for loaded in (nlp, tagma.load(tmp_path / "ours")):
        for expected in json.loads((FOLDER / "pipeline.json").read_text()):
            doc = loaded(expected["text"])
            assert [t.tag_ for t in doc] == expected["tags"]
            assert [t.pos_ for t in doc] == expected["pos"]
            assert [str(t.morph) for t in doc] == expected["morphs"]
            np.testing.assert_allclose(doc.tensor, np.asarray(expected["tensor"]), atol=1e-5, rtol=1e-5)


def test_shared_and_independent_learn() -> None:
    """In a pipeline, components learn over a shared tok2vec and over networks of their own."""
    own = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 16, "depth": 1}
    own |= {"embed_size": 100, "window_size": 1, "maxout_pieces": 2, "subword_features": True}
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16}
    for tok2vec in (own, listener):
        nlp = tagma.blank("en")
        if tok2vec is listener:
            nlp.add_pipe("tok2vec", config={"model": own})
        model = {"@architectures": "spacy.Tagger.v2", "tok2vec": tok2vec}
        for name in ("tagger", "morphologizer"):
            nlp.add_pipe(name, config={"model": model})
        examples = [
            Example.from_dict(nlp.make_doc("I like eggs"), {"tags": ["P", "V", "N"], "pos": ["PRON", "VERB", "NOUN"]})
        ]
        optimizer = nlp.initialize(lambda examples=examples: examples)
        history = [nlp.update(examples, sgd=optimizer) for _ in range(60)]
        for name in ("tagger", "morphologizer"):
            assert history[-1][name] < history[0][name] / 2
        assert [t.tag_ for t in nlp("I like eggs")] == ["P", "V", "N"]
