"""A pipeline saved by spaCy is loaded component by component, gives spaCy's annotations, and is written back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tagger_model, tok2vec_listener_v1
from tagma.nn import Adam
from tagma.pipeline import Morphologizer, Tagger, Tok2Vec
from tagma.tokens import Doc
from tagma.util.checksums import signed
from tagma.vocab import Vocab

FOLDER = Path(__file__).parent.parent / "data" / "spacy"
EXPECTED: list[dict[str, Any]] = json.loads((FOLDER / "pipeline.json").read_text())


@pytest.fixture
def pipes(vocab: Vocab) -> list[Any]:
    """tok2vec, tagger and morphologizer of the saved pipeline."""
    cnn = build_hash_embed_cnn_tok2vec(
        width=8,
        depth=2,
        embed_size=40,
        window_size=1,
        maxout_pieces=3,
        subword_features=True,
        pretrained_vectors=None,
    )
    made = [
        Tok2Vec(vocab, cnn),
        Tagger(vocab, build_tagger_model(tok2vec_listener_v1(8))),
        Morphologizer(vocab, build_tagger_model(tok2vec_listener_v1(8))),
    ]
    return [pipe.from_disk(FOLDER / "pipeline" / pipe.name, exclude=["vocab"]) for pipe in made]


def test_annotations_are_spacys(pipes: list[Any], vocab: Vocab) -> None:
    """Vectors, tags, parts of speech and features equal spaCy's."""
    docs = [Doc(vocab, words=item["text"].split()) for item in EXPECTED]
    for pipe in pipes:
        docs = list(pipe.pipe(docs))
    for doc, expected in zip(docs, EXPECTED, strict=True):
        np.testing.assert_allclose(doc.tensor, np.asarray(expected["tensor"]), atol=1e-5, rtol=1e-5)
        assert [t.tag_ for t in doc] == expected["tags"]
        assert [t.pos_ for t in doc] == expected["pos"]
        assert [str(t.morph) for t in doc] == expected["morphs"]


def test_files_are_spacys(pipes: list[Any], tmp_path: Path) -> None:
    """Models are spaCy's byte for byte, in files with a checksum behind; settings equal in keys, order and values."""
    for pipe in pipes:
        pipe.to_disk(tmp_path / pipe.name, exclude=["vocab"])
        theirs = FOLDER / "pipeline" / pipe.name
        expected = b"".join(signed((theirs / "model").read_bytes()))
        assert (tmp_path / pipe.name / "model").read_bytes() == expected
        assert pipe.model.to_bytes() == (theirs / "model").read_bytes()
        ours = json.loads((tmp_path / pipe.name / "cfg").read_text())
        assert list(ours.items()) == list(json.loads((theirs / "cfg").read_text()).items())


TRAIN = [
    {
        "words": ["I", "paint", "old", "boats", "."],
        "tags": ["PRP", "NN", "JJ", "NNS", "."],
        "pos": ["PRON", "VERB", "ADJ", "NOUN", "PUNCT"],
        "morphs": ["Case=Nom|Number=Sing|Person=1", "Tense=Pres", "", "Number=Plur", ""],
    },
    {
        "words": ["She", "buys", "warm", "bread", "!"],
        "tags": ["PRP", "VBZ", "JJ", "NN", "."],
        "pos": ["PRON", "VERB", "ADJ", "NOUN", "PUNCT"],
        "morphs": ["Case=Nom|Number=Sing|Person=3", "Tense=Pres", "", "Number=Sing", ""],
    },
    {
        "words": ["They", "sleep"],
        "tags": ["JJ", "VBP"],
        "pos": ["PRON", "PRON"],
        "morphs": ["Case=Nom|Number=Plur|Person=3", "Case=Nom|Number=Sing|Person=1"],
    },
]


def test_training_is_spacys(pipes: list[Any], vocab: Vocab) -> None:
    """Six batches of training, from the same weights, have spaCy's losses: gradients and updates are the same."""
    for pipe in pipes[1:]:
        pipes[0].find_listeners(pipe)
    examples = [Example.from_dict(Doc(vocab, words=item["words"]), item) for item in TRAIN]
    sgd = Adam(0.01)
    for expected in json.loads((FOLDER / "training.json").read_text()):
        losses: dict[str, float] = {}
        for pipe in pipes:
            pipe.update(examples, losses=losses)
        for pipe in pipes:
            pipe.finish_update(sgd)
        assert losses == pytest.approx(expected, rel=1e-3, abs=1e-5)
