"""Where documents and spaCy's code disagree: each line of docs/documents.md has a test of its name here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import CharacterEmbed, MaxoutWindowEncoder
from tagma.nn import Adam, Linear
from tagma.nn.config import Config, ConfigValidationError
from tagma.pipeline import DependencyParser, Pipe, TrainablePipe
from tagma.registries import registry

PAGE = Path(__file__).parent.parent / "docs" / "documents.md"
NOT_YET = "not in this version of tagma yet"


def tagger() -> tuple[Any, Any, list[Example]]:
    """Pipeline, initialized tagger, examples."""
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("tagger")
    examples = [Example.from_dict(nlp.make_doc("Anna lives"), {"tags": ["NNP", "VBZ"]})]
    nlp.initialize(lambda: examples)
    return nlp, pipe, examples


def config_error(model: dict[str, Any], factory: str = "tagger") -> str:
    """What is said of a component with this network."""
    config = Config(
        {"nlp": {"lang": "en", "pipeline": ["x"]}, "components": {"x": {"factory": factory, "model": model}}}
    )
    with pytest.raises(ConfigValidationError) as caught:
        tagma.util.load_model_from_config(config, auto_fill=True)
    return str(caught.value)


def test_each_line_has_its_test() -> None:
    """No line without a test, and no test without a line."""
    lines = re.findall(r"^\| (\w+) \|", PAGE.read_text(encoding="utf8"), flags=re.MULTILINE)
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert len(lines) == len(set(lines)) == 20
    assert tests - {"each_line_has_its_test"} == set(lines)


def test_character_embed_arguments() -> None:
    """Four arguments are enough, and then there are no static vectors."""
    docs = [tagma.blank("en")("one two")]
    model = CharacterEmbed(16, 50, 4, 3).initialize(X=docs)
    assert model.predict(docs)[0].shape == (2, 16)
    assert not any("static" in node.name for node in model.walk())


def test_character_embed_feature() -> None:
    """LOWER is hashed unless another attribute is named."""
    for given, expected in (({}, "LOWER"), ({"feature": "NORM"}, "NORM")):
        model = CharacterEmbed(16, 50, 4, 3, **given)
        columns = [node.attrs["columns"] for node in model.walk() if "columns" in node.attrs]
        assert columns == [[tagma.attrs.IDS[expected]]] or columns == [[expected]]


def test_one_piece_is_no_mish() -> None:
    """An encoder with one piece is a maxout layer of one piece and a norm."""
    names = {node.name for node in MaxoutWindowEncoder(8, 1, 1, 1).walk()}
    assert "maxout" in names
    assert not [name for name in names if "mish" in name]


def test_receptive_field() -> None:
    """Of two layers with windows of one word, a token sees two to each side, and no more."""
    model = MaxoutWindowEncoder(4, 1, 2, 2)
    rows = np.random.uniform(-1, 1, (9, 4)).astype("float32")
    model.initialize(X=[rows])
    before = model.predict([rows])[0]
    moved = rows.copy()
    moved[4] += 1
    changed = np.abs(model.predict([moved])[0] - before).max(axis=1) > 1e-6
    assert np.flatnonzero(changed).tolist() == [2, 3, 4, 5, 6]


def test_one_piece_of_a_parser() -> None:
    """With an upper layer the hidden layer is cut at zero in prediction too; spaCy's way is a setting."""
    assert inspect.signature(DependencyParser).parameters["relu_in_prediction"].default is True
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("parser", config={"relu_in_prediction": False})
    assert pipe.cfg["relu_in_prediction"] is False


def test_pipe_without_call() -> None:
    """`predict` and `set_annotations` are enough."""

    class Marks(Pipe):
        name = "marks"

        def predict(self, docs: Any) -> list[int]:
            return [len(doc) for doc in docs]

        def set_annotations(self, docs: Any, scores: list[int]) -> None:
            for doc, score in zip(docs, scores, strict=True):
                doc.user_data["length"] = score

    assert Marks()(tagma.blank("en")("one two")).user_data["length"] == 2


def test_update_set_annotations() -> None:
    """True leaves predictions in the predicted docs."""
    _, pipe, examples = tagger()
    pipe.update(examples, set_annotations=False)
    assert not examples[0].predicted.has_annotation("TAG")
    pipe.update(examples, set_annotations=True)
    assert examples[0].predicted.has_annotation("TAG")


def test_update_without_optimizer() -> None:
    """A component collects gradients; a pipeline makes an optimizer."""
    nlp, pipe, examples = tagger()
    before = pipe.model.to_bytes()
    pipe.update(examples)
    assert pipe.model.to_bytes() == before
    nlp.update(examples)
    assert pipe.model.to_bytes() != before


def test_initialize_pipeline() -> None:
    """The argument is taken; only built-in components need examples."""
    nlp, pipe, _ = tagger()
    TrainablePipe(nlp.vocab, Linear(2, 2), "own").initialize(list, pipeline=nlp.pipeline)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="E930"):
        pipe.initialize(list, pipeline=nlp.pipeline)


def test_layers_as_architectures() -> None:
    """Both registries have the same function."""
    for name in ("spacy.StaticVectors.v2", "spacy.FeatureExtractor.v1"):
        assert registry.architectures.get(name) is registry.layers.get(name)


def test_knowledge_bases() -> None:
    """They stand in the registry of miscellaneous functions, as in the peer's code, not among the architectures."""
    for name in ("spacy.EmptyKB.v1", "spacy.KBFromFile.v1", "spacy.CandidateGenerator.v1"):
        assert name in registry.misc
        assert name not in registry.architectures


def test_labels_in_the_component() -> None:
    """Given labels are there; a saved config has none."""
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("textcat", config={"labels": ["A", "B"]})
    assert pipe.labels == ("A", "B")
    assert "labels" not in nlp.config["components"]["textcat"]


def test_not_exclusive_textcat() -> None:
    """The document's config is taken, with a warning when it is initialized."""
    model = {
        "@architectures": "spacy.TextCatEnsemble.v1",
        "exclusive_classes": False,
        "pretrained_vectors": None,
        "width": 16,
        "conv_depth": 1,
        "embed_size": 50,
        "window_size": 1,
        "ngram_size": 1,
        "dropout": 0,
        "nO": None,
    }
    nlp = tagma.blank("en")
    nlp.add_pipe("textcat", config={"model": model})
    examples = [Example.from_dict(nlp.make_doc("good"), {"cats": {"A": 1.0, "B": 0.0}})]
    with pytest.warns(UserWarning, match="W4030"):
        nlp.initialize(lambda: examples)
    nlp.update(examples, sgd=Adam(0.01))


def test_integers_for_floats() -> None:
    """0 is taken for a float of an architecture."""
    model = registry.resolve({"model": {"@layers": "Dropout.v1", "rate": 0}})["model"]
    assert model.attrs["dropout_rate"] == 0


def test_stray_quote() -> None:
    """The name with a quote is unknown, and the one without is suggested."""
    with pytest.raises(Exception, match=r"did you mean 'spacy.mean_max_reducer.v1'"):
        registry.layers.get('spacy.mean_max_reducer.v1"')
    assert "[E893]" in config_error({"@layers": 'spacy.mean_max_reducer.v1"', "hidden_size": 8})


def test_coreference_depth() -> None:
    """One hidden layer by default; two, as in the example, work as well."""
    nlp = tagma.blank("en")
    assert nlp.add_pipe("coref").model.get_ref("coref_clusterer").attrs["depth"] == 1
    deep = nlp.add_pipe("coref", name="deep", config={"model": {"depth": 2}})
    assert deep.model.get_ref("coref_clusterer").attrs["depth"] == 2
    name = "spacy-curated-transformers.XlmrTransformer.v1"
    assert f"{NOT_YET} (curated transformers)" in config_error({"@architectures": name})


def test_methods_of_version_4() -> None:
    """A teacher, activations: without any switch."""
    nlp, pipe, examples = tagger()
    _, teacher, _ = tagger()
    assert pipe.distill(teacher, examples)["tagger"] >= 0
    pipe.save_activations = True
    assert set(nlp("Anna lives").activations["tagger"]) == {"probabilities", "label_ids"}


@pytest.mark.parametrize("name", ["coref", "span_resolver", "span_cleaner"])
def test_names_of_coreference(name: str) -> None:
    """Both names make the same component, with the same settings."""
    nlp = tagma.blank("en")
    one, other = nlp.add_pipe(name), nlp.add_pipe(f"experimental_{name}")
    assert type(one) is type(other)
    settings = [dict(nlp.config["components"][added]) for added in (name, f"experimental_{name}")]
    assert [made.pop("factory") for made in settings] == [name, f"experimental_{name}"]
    assert settings[0] == settings[1]


def test_begin_training() -> None:
    """The former name of `initialize` works, and warns."""
    nlp = tagma.blank("en")
    with pytest.warns(DeprecationWarning, match="W089"):
        assert isinstance(nlp.begin_training(), type(Adam()))


@pytest.mark.torch
def test_wrapped_module_in_a_tagger() -> None:
    """A module that ends in a softmax, behind a native embedding, trains and is saved in a tagger."""
    from torch import nn

    from tagma.nn import PyTorchWrapper, chain, with_array

    @registry.architectures("wrapped_of_decisions.v1")
    def wrapped(nO: int) -> Any:
        module = nn.Sequential(nn.Linear(16, nO), nn.Softmax(dim=1))
        return chain(CharacterEmbed(16, 50, 4, 3), with_array(PyTorchWrapper(module)))

    nlp = tagma.blank("en")
    nlp.add_pipe("tagger", config={"model": {"@architectures": "wrapped_of_decisions.v1", "nO": 2}})
    examples = [Example.from_dict(nlp.make_doc("Anna lives"), {"tags": ["NNP", "VBZ"]})]
    sgd = nlp.initialize(lambda: examples)
    nlp.update(examples, sgd=sgd)
    again = tagma.blank("en")
    again.add_pipe("tagger", config={"model": {"@architectures": "wrapped_of_decisions.v1", "nO": 2}})
    again.initialize(lambda: examples)
    again.from_bytes(nlp.to_bytes())
    assert [token.tag_ for token in again("Anna lives")] == [token.tag_ for token in nlp("Anna lives")]
