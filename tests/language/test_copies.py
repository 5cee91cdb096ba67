"""Copies of a pipeline: by copy.deepcopy, by pickle, and of its networks."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import tagma
from tagma.language import Language
from tagma.ml.tok2vec_listener import Tok2VecListener
from tagma.training import Example

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 8}
CNN = {"width": 8, "depth": 1, "embed_size": 20, "window_size": 1, "maxout_pieces": 2, "subword_features": False}


@pytest.fixture
def trained() -> tuple[Language, list[Example]]:
    """A tagger that listens to a tok2vec, after one update, and its examples."""
    nlp = tagma.blank("en")
    cnn = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, **CNN}
    nlp.add_pipe("tok2vec", config={"model": cnn})
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}})
    examples = [Example.from_dict(nlp.make_doc("Otto slept"), {"tags": ["N", "V"]})]
    optimizer = nlp.initialize(lambda: examples)
    nlp.update(examples, sgd=optimizer)
    return nlp, examples


def by_pickle(nlp: Language) -> Language:
    return pickle.loads(pickle.dumps(nlp))


@pytest.mark.parametrize("make", [copy.deepcopy, by_pickle])
def test_a_copy_does_what_the_original_does(
    make: Callable[[Language], Language], trained: tuple[Language, list[Example]]
) -> None:
    """It annotates and trains alike, on weights of its own; its components can be taken out, renamed and sourced."""
    nlp, examples = trained
    twin = make(nlp)
    assert twin.to_bytes() == nlp.to_bytes()
    for pipeline in (nlp, twin):
        pipeline.update(examples, sgd=pipeline.create_optimizer(), exclude=["tok2vec"], annotates=["tok2vec"])
        pipeline.update(examples, sgd=pipeline.create_optimizer())
    assert twin.to_bytes() == nlp.to_bytes()
    with twin.select_pipes(disable=["tagger"]):
        assert twin.pipe_names == ["tok2vec"]
    target = tagma.blank("en")
    target.add_pipe("tok2vec", source=twin)
    target.add_pipe("tagger", source=twin)
    assert target("Otto slept")[0].tag_ == nlp("Otto slept")[0].tag_
    twin.rename_pipe("tagger", "words")
    twin.remove_pipe("words")
    assert nlp.pipe_names == ["tok2vec", "tagger"]


def test_a_copied_network_keeps_its_listener(trained: tuple[Language, list[Example]]) -> None:
    """Its node is a listener to the same component, without the batch that the original has received."""
    nlp, examples = trained
    tok2vec: Any = nlp.get_pipe("tok2vec")
    tok2vec.update(examples)
    model = nlp.get_pipe("tagger").model
    listeners = [
        [node for node in network.walk() if isinstance(node, Tok2VecListener)] for network in (model, model.copy())
    ]
    (original,), (twin,) = listeners
    assert twin is not original
    assert twin.upstream_name == original.upstream_name
    assert original._batch is not None
    assert twin._batch is None
