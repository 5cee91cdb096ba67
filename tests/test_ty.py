"""Roles of components: what a class has to have to be taken for one, and what follows for a pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy
import pytest

import tagma
from tagma import ty
from tagma.gold.example import Example
from tagma.language import Language
from tagma.nn import Model, Softmax, chain, list2array
from tagma.pipeline import Pipe
from tagma.tokens import Doc
from tagma.training.loop import train_while_improving

LABELS = ["PRP", "VBP"]


class DocumentsExtractor(Pipe):
    """A trainable component as the documents print it: a `Pipe` with a model, `update`, and no `finish_update`."""

    def __init__(self, vocab: Any, model: Any, name: str = "extractor") -> None:
        self.model = model
        self.vocab = vocab
        self.name = name

    def update(
        self,
        examples: Iterable[Example],
        drop: float = 0.0,
        set_annotations: bool = False,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn to give each token its tag."""
        losses = {} if losses is None else losses
        examples = list(examples)
        predictions, backprop = self.model.begin_update([example.predicted for example in examples])
        gold = [LABELS.index(token.tag_) for example in examples for token in example.reference]
        gradient = predictions - numpy.eye(len(LABELS), dtype="float32")[gold]
        backprop(gradient)
        losses[self.name] = losses.get(self.name, 0.0) + float((gradient**2).sum())
        return losses

    def predict(self, docs: Iterable[Doc]) -> Any:
        """Scores of all tokens."""
        return self.model.predict(docs)

    def set_annotations(self, docs: Iterable[Doc], predictions: Any) -> None:
        """Write the scores."""
        for doc in docs:
            doc.user_data["scores"] = predictions

    def initialize(self, get_examples: Any, nlp: Any = None, labels: Any = None) -> None:
        """Infer the shapes."""
        self.model.initialize(X=[example.reference for example in get_examples()])


class Silent:
    """Has a model and no way to train it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        return doc


class Watcher:
    """Takes part in training without a model."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def update(self, examples: Iterable[Example], **kwargs: Any) -> None:
        """Count the examples."""
        self.seen += len(list(examples))


def network() -> Model[Any, Any]:
    """Docs to scores of LABELS."""
    make = tagma.registry.architectures.get("spacy.HashEmbedCNN.v2")
    tok2vec = make(
        width=16,
        depth=1,
        embed_size=50,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )
    return chain(tok2vec, list2array(), Softmax(len(LABELS), 16))


@pytest.fixture
def nlp() -> Language:
    """A pipeline with the component of the documents, one that watches, and one that cannot learn."""

    @Language.factory("documents_extractor")
    def make_extractor(nlp: Language, name: str) -> DocumentsExtractor:
        return DocumentsExtractor(nlp.vocab, network(), name)

    @Language.factory("silent")
    def make_silent(nlp: Language, name: str) -> Silent:
        return Silent(network())

    @Language.factory("watcher")
    def make_watcher(nlp: Language, name: str) -> Watcher:
        return Watcher()

    pipeline = tagma.blank("en")
    pipeline.add_pipe("documents_extractor", name="extractor")
    return pipeline


def examples_for(nlp: Language) -> list[Example]:
    """Three sentences with tags."""
    return [
        Example.from_dict(nlp.make_doc(text), {"tags": tags.split()})
        for text, tags in [("I sleep", "PRP VBP"), ("you dream", "PRP VBP"), ("they eat", "PRP VBP")]
    ]


def test_the_documents_component_learns(nlp: Language) -> None:
    """A `Pipe` with `update` and a model learns in `nlp.update`: its weights change and its loss falls."""
    examples = examples_for(nlp)
    optimizer = nlp.initialize(lambda: examples)
    model = nlp.get_pipe("extractor").model
    before = model.to_bytes()
    history = [nlp.update(examples, sgd=optimizer)["extractor"] for _ in range(30)]
    assert history[-1] < history[0] / 2
    assert model.to_bytes() != before
    assert nlp("I dream").user_data["scores"].shape == (2, len(LABELS))


def test_the_documents_component_learns_in_a_run(nlp: Language) -> None:
    """It learns in the loop of `tagma train`, too, where gradients are collected first: its loss falls."""
    examples = examples_for(nlp)
    optimizer = nlp.initialize(lambda: examples)
    model = nlp.get_pipe("extractor").model
    before = model.to_bytes()
    steps = train_while_improving(
        nlp,
        optimizer,
        ((0, examples) for _ in range(40)),
        lambda: (0.0, {}),
        dropout=0.0,
        eval_frequency=1,
        accumulate_gradient=2,
        patience=0,
        max_steps=30,
        exclude=[],
        annotating_components=[],
        before_update=None,
    )
    history = [info["losses"]["extractor"] for _, info, _ in steps]
    assert history[-1] < history[0] / 2
    assert model.to_bytes() != before


def test_collected_gradients_wait_for_an_optimizer(nlp: Language) -> None:
    """With sgd=False the weights stay as they are."""
    examples = examples_for(nlp)
    nlp.initialize(lambda: examples)
    before = nlp.get_pipe("extractor").model.copy().to_bytes()
    nlp.update(examples, sgd=False)
    assert nlp.get_pipe("extractor").model.to_bytes() == before


def test_who_takes_part_without_a_model_is_left_to_itself(nlp: Language) -> None:
    """A component with `update` and no model is called with the examples, and nothing else happens to it."""
    watcher = nlp.add_pipe("watcher")
    examples = examples_for(nlp)
    optimizer = nlp.initialize(lambda: examples)
    nlp.update(examples, sgd=optimizer)
    assert watcher.seen == len(examples)


def test_who_cannot_learn_is_told_by_name(nlp: Language) -> None:
    """A component with a model and no `update` is warned of once, when the pipeline is made ready for training."""
    nlp.add_pipe("silent", name="mute")
    examples = examples_for(nlp)
    with pytest.warns(UserWarning, match=r"\[W4011\].*'mute'"):
        optimizer = nlp.initialize(lambda: examples)
    nlp.update(examples, sgd=optimizer)  # warns of nothing: warnings are errors here


def test_roles() -> None:
    """Each role is had by whoever has its names, and by nobody else."""
    tagger = tagma.blank("en").add_pipe("tagger")
    roles = [ty.Streams, ty.HandlesErrors, ty.Initializes, ty.Learns, ty.Finishes, ty.Distils, ty.Scores]
    assert all(isinstance(tagger, role) for role in [*roles, ty.TrainableComponent, ty.InitializableComponent])
    assert not isinstance(tagger, ty.SharesVectors)
    tok2vec = tagma.blank("en").add_pipe("tok2vec")
    assert isinstance(tok2vec, ty.SharesVectors)
    assert isinstance(tok2vec, ty.ListenerComponent)
    assert isinstance(Watcher(), ty.Component)
    assert isinstance(Watcher(), ty.Updates)
    assert not isinstance(Watcher(), ty.Learns)
    assert not ty.has_network(Watcher())
