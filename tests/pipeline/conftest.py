"""Fixtures of the component tests: three annotated sentences, and makers of small components."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.gold.example import Example
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tagger_model, tok2vec_listener_v1
from tagma.nn import Model
from tagma.tokens import Doc
from tagma.vocab import Vocab

SENTENCES: list[dict[str, list[Any]]] = [
    {
        "words": ["I", "like", "green", "eggs", "."],
        "tags": ["PRP", "VBP", "JJ", "NNS", "."],
        "pos": ["PRON", "VERB", "ADJ", "NOUN", "PUNCT"],
        "morphs": ["Case=Nom|Number=Sing", "Tense=Pres", "", "Number=Plur", ""],
        "sent_starts": [1, -1, -1, -1, -1],
    },
    {
        "words": ["Eat", "blue", "ham", "!", "She", "did"],
        "tags": ["VB", "JJ", "NN", ".", "PRP", "VBD"],
        "pos": ["VERB", "ADJ", "NOUN", "PUNCT", "PRON", "VERB"],
        "morphs": ["VerbForm=Inf", "", "Number=Sing", "", "Case=Nom|Number=Sing", "Tense=Past"],
        "sent_starts": [1, -1, -1, -1, 1, -1],
    },
    {
        "words": ["They", "sleep"],
        "tags": ["PRP", "VBP"],
        "pos": ["PRON", "VERB"],
        "morphs": ["Case=Nom|Number=Plur", "Tense=Pres"],
        "sent_starts": [1, -1],
    },
]


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the stock lexical attributes."""
    return Vocab(lex_attr_getters=dict(LEX_ATTRS))


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The three sentences."""
    return [make_example(vocab, **sentence) for sentence in SENTENCES]


def make_example(vocab: Vocab, words: list[str], **annotation: list[Any]) -> Example:
    """An example without annotation on the predicted side."""
    return Example.from_dict(Doc(vocab, words=words), {"words": words, **annotation})


@pytest.fixture
def example_of(vocab: Vocab) -> Any:
    """Function: words and annotations, as keywords, to an example."""
    return lambda words, **annotation: make_example(vocab, words, **annotation)


def cnn() -> Model[Any, Any]:
    """The standard network, small."""
    return build_hash_embed_cnn_tok2vec(
        width=16,
        depth=2,
        embed_size=100,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )


@pytest.fixture
def tagger_model() -> Any:
    """Function: a new tagging network of its own."""
    return lambda **kwargs: build_tagger_model(cnn(), **kwargs)


@pytest.fixture
def listening_model() -> Any:
    """Function: a new tagging network over a listener."""
    return lambda upstream="*": build_tagger_model(tok2vec_listener_v1(16, upstream))


@pytest.fixture
def tok2vec_model() -> Any:
    """Function: a new embedding network."""
    return cnn
