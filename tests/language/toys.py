"""Components for tests of pipelines: they write what they were given into the docs, or fail."""

from __future__ import annotations

import time
from typing import Any

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.threads import get_num_threads
from tagma.tokens import Doc

SENTENCES = [("I like it", ["PRP", "VBP", "PRP"]), ("You too", ["PRP", "RB"]), ("Go home now", ["VB", "NN", "RB"])]


@Language.component("toy_first", assigns=["token.tag"])
def toy_first(doc: Doc) -> Doc:
    """Does nothing."""
    return doc


@Language.component("toy_second", assigns=["doc.ents"], requires=["token.tag", "token.lemma"], retokenizes=True)
def toy_second(doc: Doc) -> Doc:
    """Does nothing."""
    return doc


@Language.component("toy_nothing")
def toy_nothing(doc: Doc) -> None:
    """Returns no doc, as a component must not."""


@Language.component("toy_slow")
def toy_slow(doc: Doc) -> Doc:
    """Takes ten milliseconds."""
    time.sleep(0.01)
    return doc


@Language.component("toy_keyerror")
def toy_keyerror(doc: Doc) -> Doc:
    """Fails as a component without its tables does."""
    raise KeyError("x")


@Language.component("toy_threads")
def toy_threads(doc: Doc) -> Doc:
    """Writes down how many threads tagma may use in the process that runs it."""
    doc.user_data["threads"] = get_num_threads()
    return doc


class Marker:
    """Marks docs with its number; fails on docs with "bad" in them."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.seen: list[dict[str, Any]] = []

    def __call__(self, doc: Doc, mark: str | None = None) -> Doc:
        if "bad" in doc.text:
            raise ValueError(f"cannot mark {doc.text!r}")
        if "slow" in doc.text:
            time.sleep(0.05)
        doc.user_data["mark"] = mark or self.number
        return doc

    def update(self, examples: list[Example], **kwargs: Any) -> dict[str, float]:
        """Remembers what it was given."""
        self.seen.append({"tagged": examples[0].predicted.has_annotation("TAG"), "drop": kwargs["drop"]})
        return kwargs["losses"]


@Language.factory("toy_marker", default_config={"number": 3}, default_score_weights={"a": 0.5, "b": 0.5, "c": None})
def make_marker(nlp: Language, name: str, number: int) -> Marker:
    """A marker."""
    return Marker(name, number)


def pipeline_of(*factories: str) -> Language:
    """A blank English pipeline with components of these factories."""
    nlp = tagma.blank("en")
    for factory in factories:
        nlp.add_pipe(factory)
    return nlp


def examples_for(nlp: Language) -> list[Example]:
    """Three sentences with tags."""
    return [Example.from_dict(nlp.make_doc(text), {"tags": tags}) for text, tags in SENTENCES]


def small_tagger(upstream: bool = False) -> Language:
    """A tagger that has not seen any example, with a network of its own or over a shared one."""
    nlp = tagma.blank("en")
    sizes = {"width": 16, "depth": 1, "embed_size": 50, "window_size": 1, "maxout_pieces": 2}
    network = {
        "@architectures": "spacy.HashEmbedCNN.v2",
        **sizes,
        "subword_features": True,
        "pretrained_vectors": None,
    }
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "*"}
    if upstream:
        nlp.add_pipe("tok2vec", config={"model": network})
    model = {"@architectures": "spacy.Tagger.v2", "tok2vec": listener if upstream else network}
    nlp.add_pipe("tagger", config={"model": model})
    return nlp


def trained_tagger(upstream: bool = False, steps: int = 15) -> Language:
    """The same, trained until it knows the three sentences by heart."""
    nlp = small_tagger(upstream)
    examples = examples_for(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp


def tags_of(nlp: Language) -> list[list[str]]:
    """Tags that the pipeline gives the three sentences."""
    return [[token.tag_ for token in doc] for doc in nlp.pipe(text for text, _ in SENTENCES)]
