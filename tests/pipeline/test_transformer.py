"""The component: a transformer shared by others, from a config to a saved pipeline."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.ml.transformer import pretrained
from tagma.nn import Adam
from tagma.nn.config import Config
from tagma.pipeline import Transformer
from tagma.registries import registry
from tagma.training.distill import distill, init_student

TAGGED = [
    ("she sells seashells", ["PRP", "VBZ", "NNS"]),
    ("they sleep", ["PRP", "VB"]),
    ("old books , unbelievable shells .", ["JJ", "NNS", ",", "JJ", "NNS", "."]),
]
HEADS = [([1, 1, 1], ["nsubj", "ROOT", "dobj"]), ([1, 1], ["nsubj", "ROOT"])]
HEADS += [([1, 1, 1, 4, 1, 1], ["amod", "ROOT", "punct", "amod", "appos", "punct"])]

transformers = pytest.mark.transformers


@pytest.fixture(scope="session")
def folder(small_transformers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT."""
    made: Path = small_transformers.bert(tmp_path_factory.mktemp("bert"))
    return made


@pytest.fixture
def small(small_transformers: ModuleType) -> Any:
    return small_transformers


def examples(nlp: Language) -> list[Example]:
    found = []
    for (text, tags), (heads, deps) in zip(TAGGED, HEADS, strict=True):
        ents = [(0, len(text.split()[0]), "X")]
        gold = {"tags": tags, "heads": heads, "deps": deps, "entities": ents, "cats": {"A": 1.0, "B": 0.0}}
        found.append(Example.from_dict(nlp.make_doc(text), gold))
    return found


def transitions(state: str, tok2vec: dict[str, Any]) -> dict[str, Any]:
    block = {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": state, "extra_state_tokens": False}
    return {**block, "hidden_width": 16, "maxout_pieces": 1, "use_upper": False, "nO": None, "tok2vec": tok2vec}


def pipeline(small: Any, folder: Path, *names: str, **settings: Any) -> Language:
    """A transformer and components that listen to it, not initialized."""
    blocks: dict[str, Any] = {"transformer": {"factory": "transformer", "model": small.network(folder), **settings}}
    listener = small.listener()
    textcat = {"@architectures": "spacy.TextCatCNN.v2", "exclusive_classes": True, "nO": None, "tok2vec": listener}
    known = {
        "tagger": small.tagger(listener),
        "parser": {"factory": "parser", "model": transitions("parser", listener)},
        "ner": {"factory": "ner", "model": transitions("ner", listener)},
        "textcat": {"factory": "textcat", "model": textcat},
    }
    blocks |= {name: known[name] for name in names}
    config = Config({"nlp": {"lang": "en", "pipeline": list(blocks)}, "components": blocks})
    nlp: Language = tagma.util.load_model_from_config(config, auto_fill=True)
    return nlp


def trained(small: Any, folder: Path, *names: str, steps: int = 3, **settings: Any) -> Language:
    nlp = pipeline(small, folder, *names, **settings)
    data = examples(nlp)
    nlp.initialize(lambda: data)
    optimizer = Adam(0.002)
    for _ in range(steps):
        nlp.update(data, sgd=optimizer)
    return nlp


def tags(nlp: Language) -> list[list[str]]:
    return [[token.tag_ for token in doc] for doc in nlp.pipe([text for text, _ in TAGGED])]


def weights(nlp: Language) -> dict[str, Any]:
    model: Any = nlp.get_pipe("transformer").model
    return {name: tensor.numpy().copy() for name, tensor in model.transformer.state_dict().items()}


def test_without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(Exception, match=r"\[E4450\].*pip install \"tagma\[transformers\]\""):
        tagma.blank("en").add_pipe("transformer")


def test_curated_transformers() -> None:
    """Those of another package are not here, which is said."""
    with pytest.raises(ValueError, match=r"curated_transformer' is not in this version of tagma yet \(curated"):
        tagma.blank("en").add_pipe("curated_transformer")


@transformers
def test_defaults() -> None:
    """Those of the contract; what the peer does not know is in no config."""
    nlp = tagma.blank("en")
    nlp.add_pipe("transformer")
    block = nlp.config["components"]["transformer"]
    assert set(block) == {"factory", "max_batch_items", "set_extra_annotations", "model"}
    assert block["model"]["name"] == "roberta-base"
    assert block["model"]["get_spans"]["window"] == 128


@transformers
def test_learns_by_heart(small: Any, folder: Path) -> None:
    """Heads that share it learn together, and its weights with them."""
    nlp = trained(small, folder, "tagger", "parser", "ner", "textcat", steps=0)
    pipe: Any = nlp.get_pipe("transformer")
    assert pipe.listening_components == ["tagger", "parser", "ner", "textcat"]
    before, data, optimizer = weights(nlp), examples(nlp), Adam(0.005)
    losses = [nlp.update(data, sgd=optimizer) for _ in range(40)]
    assert losses[-1]["tagger"] < losses[0]["tagger"] / 4
    assert all(losses[-1][name] < losses[0][name] for name in ("parser", "ner", "textcat"))
    assert losses[0]["transformer"] > 0
    after = weights(nlp)
    assert not np.allclose(before["embeddings.word_embeddings.weight"], after["embeddings.word_embeddings.weight"])
    assert tags(nlp) == [gold for _, gold in TAGGED]


@transformers
def test_saved_and_loaded_in_a_new_process(small: Any, folder: Path, tmp_path: Path) -> None:
    """Without the folder that it was trained from, and without a network."""
    nlp = trained(small, folder, "tagger", "parser")
    config = nlp.config["components"]["transformer"]
    assert config["model"]["name"] == str(folder)
    nlp.to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "config.cfg").write_text(
        (tmp_path / "saved" / "config.cfg").read_text(encoding="utf8").replace(str(folder), "gone/away")
    )
    code = (
        "import socket, sys, tagma\n"
        "def refuse(*args): raise SystemExit('asked for a network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        f"nlp = tagma.load({str(tmp_path / 'saved')!r})\n"
        f"print([[[t.tag_, t.head.i, t.dep_] for t in doc] for doc in nlp.pipe({[text for text, _ in TAGGED]!r})])\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    expected = [
        [[token.tag_, token.head.i, token.dep_] for token in doc] for doc in nlp.pipe([text for text, _ in TAGGED])
    ]
    assert result.stdout.strip() == str(expected)


@transformers
def test_batches(small: Any, folder: Path) -> None:
    """A text says the same by itself, in a batch, and in a batch that is read in parts."""
    nlp = trained(small, folder, "tagger")
    pipe: Any = nlp.get_pipe("transformer")
    texts = [f"{text} " * n for n in (1, 5, 2) for text, _ in TAGGED] + [""]
    alone = [nlp(text)._.trf_data.rows for text in texts]
    for limit in (4096, 8):
        pipe.cfg["max_batch_items"] = pipe.model.max_padded = limit
        for doc, rows in zip(nlp.pipe(texts), alone, strict=True):
            if rows is None:
                assert doc._.trf_data.rows is None
            else:
                assert np.allclose(doc._.trf_data.rows, rows, atol=1e-5)


@transformers
def test_empty_docs(small: Any, folder: Path) -> None:
    """They go through, alone and among others, in use and in training."""
    nlp = trained(small, folder, "tagger")
    assert len(nlp("")) == 0
    assert [len(doc) for doc in nlp.pipe(["", "they sleep", ""])] == [0, 2, 0]
    empty = Example.from_dict(nlp.make_doc(""), {})
    assert nlp.update([empty], sgd=Adam(0.01)) is not None
    assert nlp.update([empty, *examples(nlp)], sgd=Adam(0.01))["tagger"] > 0


@transformers
def test_extra_annotations(small: Any, folder: Path) -> None:
    """The function is called with docs and their batch, after the data is set."""
    seen = []

    @registry.annotation_setters("mean_of_test.v1")
    def configure() -> Any:
        def set_mean(docs: list[Any], batch: Any) -> None:
            for doc, data in zip(docs, batch.doc_data, strict=True):
                assert doc._.trf_data is data
                doc.user_data["mean"] = float(data.model_output.last_hidden_state.mean())
            seen.append(len(docs))

        return set_mean

    nlp = trained(small, folder, "tagger", set_extra_annotations={"@annotation_setters": "mean_of_test.v1"})
    assert "mean" in nlp("they sleep").user_data
    assert seen[-1] == 1


@transformers
def test_frozen_and_annotating(small: Any, folder: Path) -> None:
    """A transformer that only annotates: heads learn from `doc._.trf_data`, its weights stay."""
    nlp = trained(small, folder, "tagger", steps=0)
    before, data, optimizer = weights(nlp), examples(nlp), Adam(0.05)
    losses = [
        nlp.update(data, sgd=optimizer, exclude=["transformer"], annotates=["transformer"])["tagger"] for _ in range(20)
    ]
    assert losses[-1] < losses[0]
    assert all(np.array_equal(before[name], value) for name, value in weights(nlp).items())


@transformers
def test_own_settings(small: Any, folder: Path, tmp_path: Path) -> None:
    """Frozen layers stay, checkpoints change nothing in the numbers; both are kept with the component alone."""
    nlp = trained(small, folder, "tagger", steps=0, frozen_layers=2, gradient_checkpointing=True)
    other = trained(small, folder, "tagger", steps=0, frozen_layers=2)
    before = weights(nlp)
    for each in (nlp, other):
        optimizer = Adam(0.01)
        for _ in range(2):  # the first step is that of the tagger, whose weights begin as zeros
            each.update(examples(each), sgd=optimizer)
    after = weights(nlp)
    changed = {name.rpartition("layer.")[2][0] for name in after if not np.array_equal(before[name], after[name])}
    assert changed == {"2"}
    assert all(np.allclose(after[name], value, atol=1e-5) for name, value in weights(other).items())
    assert "frozen_layers" not in nlp.config["components"]["transformer"]
    nlp.to_disk(tmp_path)
    again: Any = tagma.load(tmp_path)
    pipe = again.get_pipe("transformer")
    assert pipe.cfg == {"max_batch_items": 4096, "frozen_layers": 2, "gradient_checkpointing": True}
    assert not pipe.model.transformer.encoder.layer[1].output.dense.weight.requires_grad
    assert pipe.model.transformer.encoder.layer[2].output.dense.weight.requires_grad


@transformers
def test_everything_frozen(small: Any, folder: Path) -> None:
    """-1: heads learn alone."""
    nlp = trained(small, folder, "tagger", steps=0, frozen_layers=-1)
    before = weights(nlp)
    assert nlp.update(examples(nlp), sgd=Adam(0.01))["tagger"] > 0
    assert all(np.array_equal(before[name], value) for name, value in weights(nlp).items())


@transformers
def test_grad_factor(small: Any, folder: Path) -> None:
    """With 0 a head teaches the transformer nothing."""
    nlp = tagma.blank("en")
    nlp.add_pipe("transformer", config={"model": small.network(folder)})
    nlp.add_pipe("tagger", config={"model": small.tagger(small.listener(grad_factor=0.0))["model"]})
    data = examples(nlp)
    nlp.initialize(lambda: data)
    before = weights(nlp)
    nlp.update(data, sgd=Adam(0.01))
    assert all(np.array_equal(before[name], value) for name, value in weights(nlp).items())


@transformers
def test_replaced_listeners(small: Any, folder: Path, tmp_path: Path) -> None:
    """A head with its own copy says the same, is saved and loaded."""
    nlp = trained(small, folder, "tagger")
    expected = tags(nlp)
    nlp.replace_listeners("transformer", "tagger", ["model.tok2vec"])
    architecture = nlp.config["components"]["tagger"]["model"]["tok2vec"]["@architectures"]
    assert architecture == "spacy-transformers.Tok2VecTransformer.v3"
    nlp.remove_pipe("transformer")
    assert tags(nlp) == expected
    nlp.to_disk(tmp_path)
    assert tags(tagma.load(tmp_path)) == expected


@transformers
def test_sourced(small: Any, folder: Path) -> None:
    """Taken from another pipeline with its listeners."""
    nlp = trained(small, folder, "tagger")
    other = tagma.blank("en")
    for name in nlp.pipe_names:
        other.add_pipe(name, source=nlp)
    assert tags(other) == tags(nlp)


@transformers
def test_several_processes(small: Any, folder: Path) -> None:
    """The same as one."""
    nlp = trained(small, folder, "tagger")
    texts = [text for text, _ in TAGGED] * 4
    found = [[token.tag_ for token in doc] for doc in nlp.pipe(texts, n_process=2, batch_size=3)]
    assert found == [[token.tag_ for token in doc] for doc in nlp.pipe(texts)]


@transformers
def test_listeners_by_name(small: Any, folder: Path) -> None:
    """A listener of another kind, or of another name, is not registered."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tok2vec")
    pipe: Any = nlp.add_pipe("transformer", config={"model": small.network(folder)})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    nlp.add_pipe("tagger", config={"model": small.tagger(listener)["model"]})
    nlp.add_pipe("senter", config={"model": small.tagger(small.listener(upstream="transformer"))["model"]})
    other: Any = nlp.get_pipe("tok2vec")
    assert (other.listening_components, pipe.listening_components) == (["tagger"], ["senter"])
    with pytest.raises(NotImplementedError, match=r"E931.*Transformer"):
        pipe.add_label("X")


@transformers
def test_folder_of_the_first_version(small: Any, folder: Path, tmp_path: Path) -> None:
    """What spacy-transformers 1.0 wrote is loaded, with a warning."""
    nlp = trained(small, folder, "tagger")
    nlp.to_disk(tmp_path)
    model: Any = nlp.get_pipe("transformer").model
    place = tmp_path / "transformer" / "model"
    place.unlink()
    model.transformer.save_pretrained(place)
    model.tokenizer.save_pretrained(place)
    with pytest.warns(UserWarning, match=r"\[W4142\]"):
        again = tagma.load(tmp_path)
    assert tags(again) == tags(nlp)


@transformers
def test_docs_that_fail(small: Any, folder: Path) -> None:
    """They go to the error handler."""
    nlp = trained(small, folder, "tagger")
    model: Any = nlp.get_pipe("transformer").model
    model.attrs["get_spans"] = lambda docs: []
    failed = []
    nlp.set_error_handler(lambda name, proc, docs, error: failed.append((name, len(docs))))
    assert list(nlp.pipe(["they sleep"])) == []
    assert failed == [("transformer", 1)]


@transformers
def test_distilled(small: Any, folder: Path) -> None:
    """A student of hash embeddings learns what a tagger over a transformer says."""
    teacher = trained(small, folder, "tagger", steps=40)
    student = tagma.blank("en")
    cnn = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 16, "depth": 1, "embed_size": 100, "window_size": 1}
    cnn |= {"maxout_pieces": 2, "subword_features": True, "pretrained_vectors": None}
    student.add_pipe("tagger", config={"model": small.tagger(cnn)["model"]})

    @registry.readers("texts_of_test.v1")
    def read() -> Any:
        return lambda nlp: [Example(nlp.make_doc(text), nlp.make_doc(text)) for text, _ in TAGGED]

    training = {"max_steps": 40, "eval_frequency": 20, "optimizer": {"@optimizers": "Adam.v1", "learn_rate": 0.02}}
    corpora = {part: {"@readers": "texts_of_test.v1"} for part in ("train", "dev")}
    config = student.config.merge({"training": training, "corpora": corpora})
    taught, _ = distill(teacher, init_student(config, teacher), stdout=io.StringIO())
    assert tags(taught) == tags(teacher)


def test_is_a_component() -> None:
    """Its name stands with the others."""
    assert Transformer.__module__ == "tagma.pipeline.transformer"
    assert "transformer" in tagma.blank("en").factory_names
