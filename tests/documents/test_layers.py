"""Every block of Python about layers and models in the users' documents runs with the imports changed, and does what
the document says. Names that a block leaves open are given to it; what it says of itself is checked behind it."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.ml import CharacterEmbed, MultiHashEmbed
from tagma.nn import (
    Adam,
    Dropout,
    Linear,
    Model,
    Optimizer,
    Relu,
    Softmax,
    chain,
    fix_random_seed,
    list2array,
    with_array,
)
from tagma.nn.config import REGISTRY
from tagma.nn.types import Floats2d
from tagma.pipeline.factory import FACTORY_META
from tagma.registries import registry
from tagma.tokens import Doc, Span

from .blocks import BLOCKS, COMPONENTS, LAYERS, blocks, program

SIZES = {"width": 16, "hidden_width": 12, "nO": 3, "dropout": 0.2, "embed_size": 50, "nM": 4, "nC": 3}
TYPING = {name: getattr(typing, name) for name in ("Callable", "Dict", "Iterable", "List", "Optional", "Tuple")}
OBJECTS = {"Doc": Doc, "Span": Span, "Example": Example, "Language": Language, "Optimizer": Optimizer}
OPEN = {**SIZES, **TYPING, **OBJECTS, "Floats2d": Floats2d, "registry": registry, "spacy": tagma}
LAYER_NAMES = {"Model": Model, "Relu": Relu, "Dropout": Dropout, "Softmax": Softmax, "chain": chain}
LAYER_NAMES["with_array"] = with_array
TAGGED = [("She sells shells", ["PRP", "VBZ", "NNS"]), ("They sleep well", ["PRP", "VBZ", "NNS"])]

pytestmark = pytest.mark.user_documents


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(user_documents: Path) -> Run:
    """Runs a block by its name, given what it leaves open; gives the names that there are afterwards."""

    def block(name: str, **names: Any) -> dict[str, Any]:
        found = {**OPEN, **names, "__name__": "user_document"}
        exec(compile(program(user_documents, name), name, "exec", dont_inherit=True), found)
        return found

    return block


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """What a block registers is forgotten again."""
    before = set(REGISTRY)
    yield
    for key in set(REGISTRY) - before:
        if REGISTRY[key].__module__ in ("user_document", __name__) or "relation_extractor" in key:
            del REGISTRY[key]
    FACTORY_META.pop("relation_extractor", None)


@pytest.fixture
def docs() -> list[Doc]:
    """Two texts."""
    nlp = tagma.blank("en")
    return [nlp.make_doc(text) for text, _ in TAGGED]


@pytest.fixture
def samples(docs: list[Doc]) -> dict[str, Any]:
    """What a network for words is initialized on."""
    return {"input_sample": docs, "output_sample": [np.eye(3, dtype="float32") for _ in docs]}


def char_embed() -> Model[list[Doc], list[Floats2d]]:
    """The embedding that the documents put before the network."""
    return CharacterEmbed(*(SIZES[name] for name in ("width", "embed_size", "nM", "nC")))


def learns_to_tag(model: dict[str, Any]) -> None:
    """A tagger with a model from the config learns two sentences, and predicts the same after a round trip."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger", config={"model": model})
    examples = [Example.from_dict(nlp.make_doc(text), {"tags": tags}) for text, tags in TAGGED]
    sgd = nlp.initialize(lambda: examples)
    sgd.learn_rate = 0.01
    for _ in range(60):
        nlp.update(examples, sgd=sgd)
    assert [[token.tag_ for token in nlp(text)] for text, _ in TAGGED] == [tags for _, tags in TAGGED]
    again = tagma.blank("en")
    again.add_pipe("tagger", config={"model": model})
    again.initialize(lambda: examples)
    again.from_bytes(nlp.to_bytes())
    assert [token.tag_ for token in again(TAGGED[0][0])] == TAGGED[0][1]


def widths(model: Model[Any, Any]) -> list[tuple[int, ...]]:
    """Shapes of the weights of dense layers, in order."""
    return [node.get_param("W").shape for node in model.walk(order="dfs_pre") if node.has_param("W")]


EXPECTED_WIDTHS = [(12, 16), (12, 12), (3, 12)]


@pytest.mark.parametrize("document", LAYERS)
def test_every_block_is_known(user_documents: Path, document: str) -> None:
    """A block of the documents about layers is one of those that are run here; each of these is in a document."""
    found = blocks(user_documents, document)
    assert found
    unknown = [block.joined[:100] for block in found if len(block.names) != 1]
    assert not unknown
    everywhere = {block.names[0] for each in LAYERS for block in blocks(user_documents, each)}
    assert everywhere == set(BLOCKS) - {"resize"}


def test_an_architecture_is_registered(run: Run) -> None:
    """`model.v1` wires two layers together; a config that names it makes a tagger of it."""

    def output_layer(width: int, classes: int) -> Model[list[Floats2d], list[Floats2d]]:
        return with_array(Softmax(classes, width))

    def tok2vec(width: int) -> Model[list[Doc], list[Floats2d]]:
        return MultiHashEmbed(width, ["NORM"], [50], False)

    run("architecture", build_tok2vec=tok2vec, build_output_layer=output_layer)
    model = registry.get("architectures", "model.v1")(width=16, classes=3)
    assert len(model.layers) == 2
    learns_to_tag({"@architectures": "model.v1", "width": 16, "classes": 3})


def test_annotated_layers_are_chained(run: Run, docs: list[Doc]) -> None:
    """Three layers with types give one whose type is that of the whole."""
    found = run("types")
    model = found["chain_model"](char_embed(), list2array(), Softmax(3))
    assert found["chain_model"].__annotations__["return"] == Model[typing.List[Doc], Floats2d]  # noqa: UP006
    assert model.initialize(X=docs).predict(docs).shape == (6, 3)


def test_operators(run: Run, samples: dict[str, Any], docs: list[Doc]) -> None:
    """The network that has all widths: inputs and outputs are outputs first."""
    model = run("operators")["model"]
    model.initialize(X=docs)
    assert widths(model.layers[1]) == EXPECTED_WIDTHS
    assert [Y.shape for Y in model.predict(docs)] == [(3, 3), (3, 3)]
    with pytest.raises(TypeError, match="define_operators"):
        model >> model  # the operators are those of the block alone


def test_widths_are_inferred(run: Run, samples: dict[str, Any], docs: list[Doc]) -> None:
    """Whether all, some or no widths are given, the shapes are the same in the end."""
    some = run("some widths", **LAYER_NAMES)["layers"]
    some.initialize(X=np.zeros((2, 16), dtype="float32"))
    none = run("no widths", **LAYER_NAMES, **samples, char_embed=char_embed())
    assert widths(some) == widths(none["layers"]) == EXPECTED_WIDTHS
    assert [Y.shape for Y in none["model"].predict(docs)] == [(3, 3), (3, 3)]


def test_dropout_as_an_argument(run: Run, samples: dict[str, Any], docs: list[Doc]) -> None:
    """Layers with `dropout` are equivalent to those with Dropout between them: the same weights, the same values."""
    predicted, trained = [], []
    for name in ("no widths", "dropout"):
        fix_random_seed(1)
        model = run(name, **LAYER_NAMES, **samples, char_embed=char_embed())["model"]
        for node in model.walk():
            if node.has_param("E"):
                node.attrs["seed"] = 1  # otherwise the number of the node, which is another one each time
        for node in model.walk():
            if node.name == "softmax":
                node.set_param("W", np.ones_like(node.get_param("W")) * [[1], [2], [3]])
        predicted.append(np.concatenate(model.predict(docs)))
        fix_random_seed(2)
        trained.append(np.concatenate(model.begin_update(docs)[0]))
    np.testing.assert_allclose(predicted[0], predicted[1], rtol=1e-5)
    np.testing.assert_allclose(trained[0], trained[1], rtol=1e-5)
    assert not np.allclose(predicted[0], trained[0])


# -- Modules of PyTorch


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_a_module_is_wrapped(run: Run) -> None:
    """The module gives probabilities, and so does the layer around it."""
    from torch import nn

    torch_model = run("module", nn=nn)["torch_model"]
    wrapped = run("wrapper", torch_model=torch_model)["wrapped_pt_model"]
    Y = wrapped.predict(np.ones((4, 16), dtype="float32"))
    assert Y.shape == (4, 3)
    np.testing.assert_allclose(Y.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_a_wrapped_module_in_the_middle(run: Run, docs: list[Doc]) -> None:
    """A native embedding before the module: documents in, arrays out, gradients on both sides."""
    from torch import nn

    torch_model = run("module", nn=nn, dropout=0.0)["torch_model"]
    model = run("mixed", torch_model=torch_model)["model"].initialize(X=docs)
    before = [param.detach().clone() for param in torch_model.parameters()]
    Y, backprop = model.begin_update(docs)
    assert [y.shape for y in Y] == [(3, 3), (3, 3)]
    backprop([np.eye(3, dtype="float32") for _ in docs])
    assert any(node.has_grad("E") for node in model.walk())
    model.finish_update(Adam(0.01))
    assert any((old != new).any() for old, new in zip(before, torch_model.parameters(), strict=True))


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:dropout2d")
def test_a_registered_module_tags(run: Run) -> None:
    """The architecture of the full example, filled in by a config, trains a tagger."""
    run("registered")
    learns_to_tag({"@architectures": "CustomTorchModel.v1", **SIZES, "hidden_width": 48, "dropout": 0.0})


# -- Relations


def relation_model(get_candidates: Callable[[Doc], list[tuple[Span, Span]]], labels: int) -> Model[Any, Any]:
    """A network over pairs of spans, as the documents describe it: its functions are attributes, its layers references.

    A pair is the sum of the vectors of either span, side by side.
    """

    def create_candidate_tensor(
        vectors: list[Any], docs: list[Doc], is_train: bool
    ) -> tuple[Any, Callable[[Any], list[Any]]]:
        pairs = [(i, one, other) for i, doc in enumerate(docs) for one, other in get_candidates(doc)]
        width = vectors[0].shape[1]
        rows = [
            np.concatenate([vectors[i][span.start : span.end].sum(axis=0) for span in spans]) for i, *spans in pairs
        ]

        def backprop(d_rows: Any) -> list[Any]:
            d_vectors = [np.zeros_like(array) for array in vectors]
            for (i, one, other), row in zip(pairs, d_rows, strict=True):
                d_vectors[i][one.start : one.end] += row[:width]
                d_vectors[i][other.start : other.end] += row[width:]
            return d_vectors

        return np.stack(rows) if rows else np.zeros((0, 2 * width), dtype="float32"), backprop

    def forward(model: Model[Any, Any], docs: list[Doc], is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        vectors, to_docs = model.get_ref("tok2vec")(docs, is_train)
        rows, to_vectors = model.attrs["create_candidate_tensor"](vectors, docs, is_train)
        scores, to_rows = model.get_ref("output_layer")(rows, is_train)
        return scores, lambda d_scores: to_docs(to_vectors(to_rows(d_scores)))

    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        model.get_ref("tok2vec").initialize(X=X)
        model.get_ref("output_layer").initialize(Y=Y)

    tok2vec = MultiHashEmbed(8, ["NORM"], [50], False)
    output_layer = chain(Linear(None, 16), registry.get("layers", "Logistic.v1")())
    return Model(
        "relations",
        forward,
        init=init,
        layers=[tok2vec, output_layer],
        refs={"tok2vec": tok2vec, "output_layer": output_layer},
        attrs={"get_candidates": get_candidates, "create_candidate_tensor": create_candidate_tensor},
    )


TEXT = "Amsterdam is the capital of the Netherlands."


def with_entities(nlp: Any) -> Doc:
    """The document's sentence, with its two entities."""
    doc = nlp.make_doc(TEXT)
    doc.set_ents([Span(doc, 0, 1, label="LOC"), Span(doc, 6, 7, label="LOC")])
    return doc


def starts(pairs: list[tuple[Span, Span]]) -> list[tuple[int, int]]:
    return [(one.start, other.start) for one, other in pairs]


def test_candidates_for_relations(run: Run) -> None:
    """All pairs of entities, or those near each other that differ; a config finds the function by its name."""
    doc = with_entities(tagma.blank("en"))
    every = [(0, 0), (0, 6), (6, 0), (6, 6)]
    assert starts(run("all pairs")["get_candidates"](doc)) == every
    run("near pairs")
    for max_length, expected in ((20, [(0, 6), (6, 0)]), (5, [])):
        config = {"get_candidates": {"@misc": "rel_cand_generator.v1", "max_length": max_length}}
        assert starts(registry.resolve(config)["get_candidates"](doc)) == expected
    run("draft of all pairs")
    run("draft of near pairs")
    assert starts(registry.get("misc", "rel_cand_generator.v1")()(doc)) == every
    assert starts(registry.get("misc", "rel_cand_generator.v2")(max_length=20)(doc)) == [(0, 6), (6, 0)]


def test_a_relation_model_is_registered(run: Run) -> None:
    """The sketch of an architecture is found under its name, with the type it says."""
    found = run("relations", Model=Model)
    make = registry.get("architectures", "rel_model.v1")
    assert make is found["create_relation_model"]
    assert make.__annotations__["return"] == Model[typing.List[Doc], Floats2d]  # noqa: UP006


def test_references_and_attributes(run: Run) -> None:
    """Functions are kept as attributes and layers as references."""
    model = relation_model(lambda doc: [], 2)
    found = run("references", model=model)
    assert [found["tok2vec_layer"], found["output_layer"]] == model.layers
    assert found["get_candidates"] is model.attrs["get_candidates"]
    assert found["create_candidate_tensor"] is model.attrs["create_candidate_tensor"]


def test_the_relation_extractor_learns(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The documents' component, put together from their blocks, is initialized, trained and used in a pipeline."""
    run("extension")
    run("near pairs")
    skeleton: Any = run("component")["RelationExtractor"]
    assert issubclass(skeleton, tagma.pipeline.Pipe)

    class RelationExtractor(skeleton):  # type: ignore[misc]
        """What the documents leave to the reader."""

        labels: tuple[str, ...] = ()
        initialize = run("initialize")["initialize"]
        update = run("update")["update"]
        predict = run("predict")["predict"]
        set_annotations = run("set_annotations")["set_annotations"]
        __call__ = run("call")["__call__"]

        def add_label(self, label: str) -> int:
            self.labels = (*self.labels, *({label} - {*self.labels}))
            return 1

        def _examples_to_truth(self, examples: list[Example]) -> Any:
            candidates = self.model.attrs["get_candidates"]
            pairs = [(eg.reference, pair) for eg in examples for pair in starts(candidates(eg.reference))]
            truth = [[doc._.rel.get(pair, {}).get(label, 0.0) for label in self.labels] for doc, pair in pairs]
            return np.array(truth, dtype="float32")

        def get_loss(self, examples: list[Example], scores: Any) -> tuple[float, Any]:
            gradient = scores - self._examples_to_truth(examples)
            return float((gradient**2).sum()), gradient

    run("factory", RelationExtractor=RelationExtractor)
    try:
        nlp = tagma.blank("en")
        get_candidates = registry.get("misc", "rel_cand_generator.v1")(max_length=20)
        registry.architectures("rel_test.v1")(lambda: relation_model(get_candidates, 2))
        pipe: Any = nlp.add_pipe("relation_extractor", config={"model": {"@architectures": "rel_test.v1"}})
        gold = with_entities(nlp)
        gold._.rel = {(0, 6): {"CAPITAL_OF": 1.0, "LOCATED_IN": 0.0}, (6, 0): {"CAPITAL_OF": 0.0, "LOCATED_IN": 0.0}}
        examples = [Example(with_entities(nlp), gold)]
        sgd = nlp.initialize(lambda: examples)
        assert pipe.labels == ("CAPITAL_OF", "LOCATED_IN")
        sgd.learn_rate = 0.02
        first = nlp.update(examples, sgd=sgd, losses={"relation_extractor": 0.0})["relation_extractor"]
        for _ in range(50):
            losses = nlp.update(examples, sgd=sgd, losses={"relation_extractor": 0.0})
        assert losses["relation_extractor"] < 0.1 * first
        run("output", nlp=lambda text: pipe(with_entities(nlp)))
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "spans [(0, 'Amsterdam', 'LOC'), (6, 'Netherlands', 'LOC')]"
        assert [line.partition(":")[0] for line in lines[1:]] == ["(0, 6)", "(6, 0)"]
        scores = pipe(with_entities(nlp))._.rel
        assert scores[(0, 6)]["CAPITAL_OF"] > 0.7
        assert scores[(6, 0)]["CAPITAL_OF"] < 0.3
    finally:
        Doc.remove_extension("rel")


def test_the_draft_of_an_update(run: Run) -> None:
    """An update in its first form: the gradient alone comes from `get_loss`, and goes back through the model."""
    found = run("draft of update")
    model = Linear(2, 2).initialize()
    seen = []
    component = SimpleNamespace(model=model, get_loss=lambda predictions, refs: predictions - refs)
    component.set_annotations = seen.append
    examples = [SimpleNamespace(predicted=np.ones(2, dtype="float32"), reference=np.zeros(2, dtype="float32"))]
    component.model = SimpleNamespace(begin_update=lambda docs: model.begin_update(np.stack(docs)))
    found["update"](component, examples)
    assert model.has_grad("W")
    component.model = lambda docs: len(docs)
    found["__call__"](component, "doc")
    assert seen == [1]


def test_own_resizing(run: Run) -> None:
    """A function of one's own, kept as an attribute, is what a component calls for more labels."""
    model = Softmax(2, 3).initialize()
    found = run("resize", custom_model=model)
    assert model.attrs["resize_output"] is found["custom_resize"]
    assert model.attrs["resize_output"](model, 5) is model
    component = tagma.pipeline.TrainablePipe(tagma.blank("en").vocab, model, "own")
    assert component.is_resizable
    component.set_output(5)


def test_other_documents_are_read(user_documents: Path) -> None:
    """The document about components has the block about models that is run here."""
    assert [block.names for block in blocks(user_documents, COMPONENTS) if block.names].count(["resize"]) == 1
