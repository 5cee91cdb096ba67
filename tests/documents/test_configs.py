"""Every block of settings in the users' documents, completed where it says `# ...`, resolves, initializes and trains.

Those that name what is not here yet give the error that says so; the one with a stray quote gives its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.doors.missing import explain_missing
from tagma.gold.example import Example
from tagma.kb import InMemoryLookupKB
from tagma.language import Language
from tagma.nn import Adam, ragged2list
from tagma.nn.config import REGISTRY, Config, ConfigValidationError
from tagma.pipeline.factory import FACTORY_META
from tagma.registries import registry
from tagma.tokens.underscore import Underscore
from tagma.util.paths import import_file
from tagma.vectors import Vectors
from tagma.vocab import Vocab

from .blocks import ARCHITECTURES, LAYERS, configs

pytestmark = pytest.mark.user_documents


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """What a test registers is forgotten again."""
    before = set(REGISTRY)
    yield
    for key in set(REGISTRY) - before:
        if REGISTRY[key].__module__ == "relations_of_documents" or "relation_extractor" in key:
            del REGISTRY[key]
    FACTORY_META.pop("relation_extractor", None)


RELATIONS = Path(__file__).parents[2] / "examples" / "relations"
NOT_YET = "not in this version of tagma yet"
# Architectures that users register, in the blocks that show how: those are run in test_layers.py.
OWN = ("model.v1", "CustomTorchModel.v1")
# What a block leaves out, by the architecture that needs it.
HASHED = {"width": 32, "attrs": ["NORM", "SHAPE"], "rows": [100, 100], "include_static_vectors": False}
LEFT_OUT: dict[str, dict[str, Any]] = {
    "spacy.MultiHashEmbed.v1": {"width": 32, "attrs": ["NORM"], "rows": [100], "include_static_vectors": False},
    "spacy.MultiHashEmbed.v2": HASHED,
    "spacy.CharacterEmbed.v1": {"width": 32, "rows": 100, "nM": 8, "nC": 4},
    "spacy.CharacterEmbed.v2": {"width": 32, "rows": 100, "nM": 8, "nC": 4},
    "spacy.MaxoutWindowEncoder.v1": {"width": 32, "window_size": 1, "maxout_pieces": 2, "depth": 1},
    "spacy.MaxoutWindowEncoder.v2": {"width": 32, "window_size": 1, "maxout_pieces": 2, "depth": 1},
    "spacy.HashEmbedCNN.v2": {
        "width": 32,
        "depth": 1,
        "embed_size": 100,
        "window_size": 1,
        "maxout_pieces": 2,
        "subword_features": True,
        "pretrained_vectors": None,
    },
}
TOK2VEC = {"@architectures": "spacy.HashEmbedCNN.v2"}
ENCODERS = ("spacy.MaxoutWindowEncoder.v2", "spacy.MishWindowEncoder.v2", "spacy.TorchBiLSTMEncoder.v1")
EMBEDDINGS = ("spacy.Tok2Vec.v2", "spacy.HashEmbedCNN.v2", "spacy.MultiHashEmbed.v2", "spacy.CharacterEmbed.v2")
GOLD: dict[str, Any] = {
    "words": ["Anna", "lives", "in", "Berlin", "."],
    "tags": ["NNP", "VBZ", "IN", "NNP", "."],
    "entities": [(0, 4, "PERSON"), (14, 20, "PLACE")],
    "spans": {
        "sc": [(0, 4, "PERSON")],
        "coref_head_clusters_1": [(0, 4, ""), (14, 20, "")],
        "coref_clusters_1": [(0, 4, ""), (14, 20, "")],
    },
    "links": {(0, 4): {"ANNA": 1.0}, (14, 20): {"BERLIN": 1.0}},
    "sent_starts": [True, False, False, False, False],
    "cats": {"HOME": 1.0, "WORK": 0.0},
}
OTHER: dict[str, Any] = {
    "words": ["They", "worked", "."],
    "tags": ["PRP", "VBD", "."],
    "cats": {"HOME": 0.0, "WORK": 1.0},
}


def settings_of(block: str) -> Config:
    """A block as a config: titles and what stands for more left out, sections around an excerpt put before.

    In one of the documents the lines of a block have run together.
    """
    if "\n" not in block.strip():
        block = re.sub(r" (?=#|\[\w+[\w.]*\] |@?\w+ = )", "\n", re.sub(r"^### .*?(?=\[)", "", block.strip()))
    lines = [line for line in block.splitlines() if not line.startswith(("###", "# ...", "...", "{highlight"))]
    sections = re.findall(r"^\[([\w.]+)\]", "\n".join(lines), flags=re.MULTILINE)
    above = {section[: dot.start()] for section in sections for dot in re.finditer(r"\.", section)}
    around = [f"[{section}]" for section in sorted(above - {*sections}, key=len)]
    return Config().from_str("\n\n".join([*around, "\n".join(lines)]), interpolate=False)


def completed(value: Any) -> Any:
    """The settings with those that a block leaves out; an empty network is a small one."""
    if not isinstance(value, dict):
        return value
    made = {key: completed(part) for key, part in value.items()}
    if made.get("tok2vec") == {}:
        made["tok2vec"] = completed(TOK2VEC)
    return {**LEFT_OUT.get(str(made.get("@architectures")), {}), **made}


def functions(value: Any) -> list[str]:
    """All registered names in settings."""
    if not isinstance(value, dict):
        return []
    own = [part for key, part in value.items() if key.startswith("@")]
    return own + [name for part in value.values() for name in functions(part)]


def missing(settings: Any) -> list[str]:
    """What the settings name that is not here yet."""
    return [name for name in functions(settings) if explain_missing("@architectures", name)]


def examples(nlp: Language) -> list[Example]:
    made = []
    for gold in (GOLD, OTHER):
        made.append(Example.from_dict(tagma.tokens.Doc(nlp.vocab, words=gold["words"]), gold))
    return made


def two_names(vocab: Vocab) -> InMemoryLookupKB:
    """A knowledge base of the names in GOLD."""
    kb = InMemoryLookupKB(vocab, entity_vector_length=3)
    kb.set_entities(["ANNA", "BERLIN"], [1, 1], [[1, 2, 3], [3, 2, 1]])
    kb.add_alias("Anna", ["ANNA"], [1.0])
    kb.add_alias("Berlin", ["BERLIN", "ANNA"], [0.8, 0.1])
    return kb


def trains(components: dict[str, dict[str, Any]]) -> Language:
    """A pipeline of these components, with vectors, that was made from a config, initialized and trained."""
    config = {"nlp": {"lang": "en", "pipeline": list(components)}, "components": components}
    nlp: Language = tagma.util.load_model_from_config(Config(config), auto_fill=True)
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=np.ones((5, 8), dtype="float32"), keys=GOLD["words"], name="five"
    )
    if "entity_linker" in components:
        nlp.get_pipe("entity_linker").set_kb(two_names)
    nlp.initialize(lambda: examples(nlp))
    before = nlp.to_bytes()
    losses = nlp.update(examples(nlp), sgd=Adam(0.01))
    assert any(losses.values())
    assert nlp.to_bytes() != before
    nlp(" ".join(GOLD["words"]))
    return nlp


def around(model: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Components that use a network, by its architecture."""
    name = model["@architectures"]
    if name in ENCODERS:
        width = model["width"]
        embed = {"@architectures": "spacy.MultiHashEmbed.v2", **HASHED, "width": width}
        model = {"@architectures": "spacy.Tok2Vec.v2", "embed": embed, "encode": model}
    if name in (*EMBEDDINGS, *ENCODERS):
        model = {"@architectures": "spacy.Tagger.v2", "tok2vec": model, "nO": None}
        name = "spacy.Tagger.v2"
    factory = {
        "spacy.Tagger.v2": "tagger",
        "spacy.TransitionBasedParser.v2": "ner",
        "spacy.SpanCategorizer.v1": "spancat",
        "spacy-experimental.Coref.v1": "coref",
        "spacy-experimental.SpanResolver.v1": "span_resolver",
        "spacy.EntityLinker.v2": "entity_linker",
    }.get(name, "textcat" if '"exclusive_classes": true' in json.dumps(model) else "textcat_multilabel")
    return {factory: {"factory": factory, "model": model}}


def model_blocks(folder: Path) -> list[str]:
    return [block for block in configs(folder, ARCHITECTURES) if block.strip().startswith("[model]")]


def test_networks_of_the_document(user_documents: Path) -> None:
    """Each [model] of the page about architectures trains in a component, or says what is missing."""
    seen = []
    for block in model_blocks(user_documents):
        if 'reducer.v1"\n' in block and "= spacy" in block:
            continue  # the one with the stray quote
        model = completed(settings_of(block).interpolate()["model"])
        name = model["@architectures"]
        seen.append(name)
        if name.startswith("spacy-experimental."):
            model["tok2vec"] = completed(TOK2VEC)  # in place of a transformer elsewhere in the pipeline
        if gone := missing(model):
            with pytest.raises(ConfigValidationError, match=re.escape(NOT_YET)) as caught:
                trains({"tagger": {"factory": "tagger", "model": model}})
            assert gone[0] in str(caught.value)
        elif name == "spacy.TorchBiLSTMEncoder.v1" or name.startswith("spacy-transformers."):
            continue  # with PyTorch: tests/ml, and below
        elif name == "spacy.StaticVectors.v2":
            static_vectors(model)
        elif name == "spacy.FeatureExtractor.v1":
            (rows,) = registry.resolve({"model": model})["model"].predict([tagma.blank("en")("one two")])
            assert rows.shape == (2, len(model["columns"]))
        else:
            trains(around(model))
    assert len(seen) == 20
    assert {"spacy.TextCatEnsemble.v2", "spacy-experimental.Coref.v1", "spacy.EntityLinker.v2"} <= set(seen)


@pytest.mark.transformers
def test_transformers_of_the_document(user_documents: Path, small_transformers: ModuleType, tmp_path: Path) -> None:
    """Each [model] with a transformer trains, with a small model, is saved, and says the same when it is loaded."""
    folder = small_transformers.bert(tmp_path / "model")
    shared = {"factory": "transformer", "model": small_transformers.network(folder)}
    seen = []
    for block in model_blocks(user_documents):
        model = completed(settings_of(block).interpolate()["model"])
        name = model["@architectures"]
        if not name.startswith("spacy-transformers."):
            continue
        seen.append(name)
        if "name" in model:
            model["name"] = str(folder)
        if name == "spacy-transformers.TransformerModel.v3":
            components = {"transformer": {"factory": "transformer", "model": model}}
            components["tagger"] = small_transformers.tagger(small_transformers.listener())
        elif name == "spacy-transformers.TransformerListener.v1":
            components = {"transformer": shared, "tagger": small_transformers.tagger(model)}
        else:
            left_out = {"get_spans": small_transformers.GETTERS["doc"], "pooling": {"@layers": "reduce_mean.v1"}}
            components = {"tagger": small_transformers.tagger({**left_out, **model})}
        nlp = trains(components)
        nlp.to_disk(tmp_path / "saved")
        doc, again = (each(" ".join(GOLD["words"])) for each in (nlp, tagma.load(tmp_path / "saved")))
        assert [token.tag_ for token in doc] == [token.tag_ for token in again]
    assert sorted(seen) == [
        "spacy-transformers.Tok2VecTransformer.v3",
        "spacy-transformers.TransformerListener.v1",
        "spacy-transformers.TransformerModel.v3",
    ]


def static_vectors(model: dict[str, Any]) -> None:
    """The layer looks rows up and multiplies them."""
    nlp = tagma.blank("en")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=np.ones((1, 8), dtype="float32"), keys=["one"], name="one"
    )
    layer = registry.resolve({"model": {**model, "nO": 4}})["model"]
    docs = [nlp("one two")]
    whole = tagma.nn.chain(layer, ragged2list()).initialize(X=docs)
    (rows,) = whole.predict(docs)
    assert rows.shape == (2, 4)
    assert rows[0].any()
    assert not rows[1].any()


def test_the_stray_quote(user_documents: Path) -> None:
    """The reducer's name has a quote too many: no such function, and the one that is meant; mended, it trains."""
    (block,) = (block for block in model_blocks(user_documents) if '= spacy.mean_max_reducer.v1"' in block)
    model = completed(settings_of(block)["model"])
    with pytest.raises(ConfigValidationError, match=r"\[E893\].*mean_max_reducer.v1\".*did you mean") as caught:
        trains(around(model))
    assert "reducer -> @layers" in str(caught.value)
    mended = settings_of(block.replace("= spacy.mean_max", '= "spacy.mean_max'))
    trains(around(completed(mended["model"])))


def test_shared_width(user_documents: Path) -> None:
    """The width of a listener is that of the network it listens to, by a variable."""
    (block,) = (block for block in configs(user_documents, ARCHITECTURES) if "width = ${components" in block)
    components = completed(settings_of(block.replace("342", "32")).interpolate()["components"])
    assert components["tagger"]["model"]["tok2vec"]["width"] == 32
    trains(components)


def test_pretraining(user_documents: Path) -> None:
    """The objectives resolve, or say that they are not here yet."""
    found = [block for block in configs(user_documents, ARCHITECTURES) if "[pretraining.objective]" in block]
    assert len(found) == 2
    for block in found:
        objective = settings_of(block)["pretraining"]["objective"]
        if missing(objective):
            with pytest.raises(ConfigValidationError, match=re.escape(NOT_YET)):
                registry.resolve({"objective": objective})
        else:
            assert callable(registry.resolve({"objective": objective})["objective"])


@pytest.mark.filterwarnings("ignore:.W4030")  # the document has a textcat whose labels do not exclude each other
@pytest.mark.parametrize("document", LAYERS)
def test_components_of_the_document(user_documents: Path, document: str) -> None:
    """Each component of the pages about layers trains; those with networks of the user's own are run elsewhere."""
    trained = []
    for block in configs(user_documents, document):
        if "[components." not in block or any(f'"{name}"' in block for name in OWN) or "relation" in block:
            continue
        components = completed(settings_of(block)["components"])
        for name, component in components.items():
            component.setdefault("factory", name)
            trained.append(component["model"].get("@architectures", "parts"))
            component["model"].setdefault("@architectures", "spacy.Tok2Vec.v1")
        if "tok2vec" in components:
            width = components["tok2vec"]["model"]["encode"]["width"]
            listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": width}
            components["tagger"] = {
                "factory": "tagger",
                "model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener, "nO": None},
            }
        trains(components)
    assert trained == ["spacy.TextCatEnsemble.v1", "spacy.TextCatBOW.v1", "spacy.Tok2Vec.v1", "parts"]


def test_relations_of_the_document(user_documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks about relations, completed with the parts of the example, train."""
    monkeypatch.setattr(Underscore, "doc_extensions", dict(Underscore.doc_extensions))  # other tests declare it too
    example: Any = import_file("relations_of_documents", RELATIONS / "relations.py")
    own = Config().from_disk(RELATIONS / "config.cfg")["components"]["relation_extractor"]["model"]
    found = [block for block in configs(user_documents, LAYERS[0]) if '"rel_model.v1"' in block]
    assert len(found) == 3
    for block in found:
        settings = settings_of(block.replace("rel_cand_generator.v2", "rel_cand_generator.v1"))
        model = settings["model"] if "model" in settings else settings["components"]["relation_extractor"]["model"]
        assert model["get_candidates"]["max_length"] == 20
        model = {**own, **{key: part for key, part in completed(model).items() if part != {}}}
        model["output_layer"] = own["output_layer"]
        nlp = tagma.blank("en")
        nlp.add_pipe("relation_extractor", config={"model": model})
        (line, *_) = (RELATIONS / "sentences.jsonl").read_text(encoding="utf8").splitlines()
        gold = example.to_doc(nlp, json.loads(line))
        data = [Example(gold.copy(), gold)]
        nlp.initialize(lambda: data)  # noqa: B023 - called at once
        assert nlp.update(data, sgd=Adam(0.01))["relation_extractor"] > 0


def test_memory_of_a_framework(user_documents: Path) -> None:
    """`gpu_allocator` is a setting of training that the schema knows."""
    (block,) = (block for block in configs(user_documents, LAYERS[0]) if "gpu_allocator" in block)
    training = settings_of(block)["training"]
    filled = Config(tagma.blank("en").config).merge(Config({"training": training}))
    assert (
        registry.fill({"training": filled.interpolate()["training"]}, validate=False)["training"]["gpu_allocator"]
        == "pytorch"
    )
