"""Rehearsal in training: what is kept, from which texts, and that a run without it is as it was."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.language import Language
from tagma.nn import Config, ConfigValidationError
from tagma.registries import registry
from tagma.tokens import DocBin
from tagma.training import Example
from tagma.training.initialize import init_nlp
from tagma.training.interrupts import TrainingInterrupted
from tagma.training.loop import train
from tagma.training.rehearsal import Rehearsal, read_texts

from .networks import TOK2VEC

OLD = ["Anna sings", "we met Anna", "Anna and Bert", "hello Bert", "Bert sleeps now"]
NEW = ["they saw Paris", "in Paris again", "Paris is nice", "to Rome now", "Rome was far"]
TYPES = {"Anna": "PERSON", "Bert": "PERSON", "Paris": "PLACE", "Rome": "PLACE"}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": TOK2VEC["width"]}


def examples_of(nlp: Language, texts: list[str]) -> list[Example]:
    """Names as entities."""
    made = []
    for text in texts:
        doc = nlp.make_doc(text)
        entities = [(token.idx, token.idx + len(token), TYPES[token.text]) for token in doc if token.text in TYPES]
        made.append(Example.from_dict(doc, {"entities": entities}))
    return made


@registry.readers("rehearsed_names.v1")
def make_reader(texts: list[str]) -> Any:
    """A corpus of texts with names."""
    return lambda nlp: examples_of(nlp, texts)


@registry.callbacks("rehearsed_interrupt.v1")
def make_interrupt(at: int) -> Any:
    """Ctrl-C at a step."""

    def before_update(nlp: Language, info: dict[str, Any]) -> None:
        if info["step"] == at:
            os.kill(os.getpid(), signal.SIGINT)

    return before_update


@pytest.fixture(scope="module", params=[True, False], ids=["shared network", "own network"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved pipeline that knows persons."""
    nlp = tagma.blank("en")
    if request.param:
        nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    model = {"tok2vec": LISTENER if request.param else TOK2VEC, "hidden_width": 16, "maxout_pieces": 2}
    nlp.add_pipe("ner", config={"model": {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner",
                                          "extra_state_tokens": False, "use_upper": True, **model}})  # fmt: skip
    tagma.util.fix_random_seed(0)
    examples = examples_of(nlp, OLD)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(80):
        nlp.update(examples, sgd=optimizer)
    assert nlp.evaluate(examples)["ents_f"] == 1.0
    path = tmp_path_factory.mktemp("source")
    nlp.to_disk(path)
    return path


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """The old texts, without annotation."""
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in OLD))
    return path


def config(source: Path, **training: Any) -> Config:
    """A run on the new texts, with the components of the saved pipeline."""
    nlp = tagma.load(source)
    made = nlp.config.copy()
    made["components"] = {name: {"source": str(source)} for name in nlp.pipe_names}
    made["corpora"] = {"train": {"@readers": "rehearsed_names.v1", "texts": NEW}}
    made["corpora"]["dev"] = {"@readers": "rehearsed_names.v1", "texts": [*OLD, *NEW]}
    made["training"].update(max_steps=60, eval_frequency=30, patience=0, dropout=0.0)
    made["training"]["optimizer"]["learn_rate"] = 0.02
    made["training"].update(training)
    return made


def run(made: Config, output: Path | None = None, **settings: Any) -> Language:
    """The trained pipeline."""
    nlp: Language = init_nlp(made)
    train(nlp, output, stdout=io.StringIO(), stderr=io.StringIO(), **settings)
    return nlp


def f_of(nlp: Language, texts: list[str], label: str) -> float:
    """F of a type on texts."""
    found = nlp.evaluate(examples_of(nlp, texts))["ents_per_type"]
    return float(found[label]["f"]) if label in found else 0.0


def test_old_and_new(source: Path, texts: Path) -> None:
    """The new type is learnt and the old one kept; without rehearsal the old one is lost.

    Words that the new data never show come up as the new type now and then, which F of all types counts.
    """
    without = run(config(source))
    rehearsed = run(config(source, rehearse=str(texts)))
    assert f_of(without, NEW, "PLACE") == f_of(rehearsed, NEW, "PLACE") == 1.0
    assert f_of(without, OLD, "PERSON") < 0.5
    assert f_of(rehearsed, OLD, "PERSON") == 1.0
    assert without.evaluate(examples_of(without, OLD))["ents_f"] == 0.0
    assert rehearsed.evaluate(examples_of(rehearsed, OLD))["ents_f"] > 0.6


def test_saved_config_is_the_peer_s(source: Path, texts: Path, tmp_path: Path) -> None:
    """The settings of the run are not among those that are saved: spaCy would refuse them."""
    nlp = run(config(source, rehearse=str(texts), rehearse_weight=2.0, max_steps=2, eval_frequency=2), tmp_path / "out")
    assert nlp.config["training"]["rehearse"] == str(texts)
    for name in ("model-best", "model-last"):
        saved = Config().from_disk(tmp_path / "out" / name / "config.cfg")
        assert not {"rehearse", "rehearse_weight"} & saved["training"].keys()
    assert b"rehearse =" not in nlp.to_bytes()


def test_interrupted_and_resumed(source: Path, texts: Path, tmp_path: Path) -> None:
    """A resumed run rehearses on the texts on which it would have, and ends with the same weights."""
    settings: dict[str, Any] = {"rehearse": str(texts), "max_steps": 12, "eval_frequency": 4}
    stops, goes_on = ({"@callbacks": "rehearsed_interrupt.v1", "at": at} for at in (6, -1))
    run(config(source, **settings, before_update=goes_on), tmp_path / "whole")
    interrupted = config(source, **settings, before_update=stops)
    with pytest.raises(TrainingInterrupted):
        run(interrupted, tmp_path / "out")
    run(config(source, **settings), tmp_path / "out", resume=True)
    whole, resumed = ((tmp_path / part / "model-last" / "ner" / "model").read_bytes() for part in ("whole", "out"))
    assert whole == resumed


def test_choice_of_texts(source: Path, texts: Path) -> None:
    """At least as many words as the batch has; others in each step; the same in each run."""
    nlp = init_nlp(config(source))
    rehearsal = Rehearsal(nlp, texts, 1.0, 0)
    assert all(sum(map(len, rehearsal.choose(words, 3))) >= words for words in (1, 5, 50))
    again = Rehearsal(nlp, texts, 1.0, 0)
    chosen = [[doc.text for doc in again.choose(20, step)] for step in range(4)]
    assert chosen == [[doc.text for doc in rehearsal.choose(20, step)] for step in range(4)]
    assert chosen[0] != chosen[1]


def test_weight(source: Path, texts: Path) -> None:
    """The gradients of rehearsal are multiplied by it."""
    found = []
    for weight in (1.0, 3.0):
        nlp = init_nlp(config(source))
        for node in nlp.get_pipe("ner").model.walk():  # so that there is something to come back from
            for name in node.param_names:
                node.set_param(name, node.get_param(name) * 0.9)
        Rehearsal(nlp, texts, weight, 0).learn(10, 0, [])
        nodes = [node for _, proc in nlp.pipeline for node in proc.model.walk()]
        found.append([node.get_grad(name).copy() for node in nodes for name in sorted(node.grad_names)])
    assert len(found[0]) > 8
    assert any(abs(gradient).max() > 0 for gradient in found[0])
    for one, three in zip(*found, strict=True):
        np.testing.assert_allclose(three, 3 * one, rtol=1e-4, atol=1e-7)


def test_frozen_components_do_not_rehearse(source: Path, texts: Path) -> None:
    """What is excluded gets no gradient; a shared network that is frozen still feeds those that learn."""
    nlp = init_nlp(config(source))
    first = nlp.pipe_names[0]
    Rehearsal(nlp, texts, 1.0, 0).learn(10, 0, [first])
    assert not any(node.grad_names for node in nlp.get_pipe(first).model.walk())


@pytest.mark.parametrize("kind", ["spacy", "txt", "folder"])
def test_kinds_of_texts(source: Path, tmp_path: Path, kind: str) -> None:
    """.spacy files, also in a folder, and lines of text."""
    nlp = tagma.load(source)
    path = tmp_path / "texts.txt"
    if kind == "txt":
        path.write_text("\n".join(OLD))
    else:
        path = tmp_path / "texts.spacy"
        DocBin(docs=[nlp.make_doc(text) for text in OLD]).to_disk(path)
    docs = list(read_texts(nlp, tmp_path if kind == "folder" else path))
    assert [doc.text for doc in docs] == OLD


def test_nothing_to_rehearse(source: Path, texts: Path, tmp_path: Path) -> None:
    """A pipeline that begins from nothing, and a file without texts, are errors that say what to do."""
    made = config(source, rehearse=str(texts))
    made["components"] = {"ner": {"factory": "ner"}}
    made["nlp"]["pipeline"] = ["ner"]
    with pytest.raises(ValueError, match=r"E4326.*source"):
        run(made)
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ValueError, match=r"E4327.*empty\.txt"):
        run(config(source, rehearse=str(tmp_path / "empty.txt")))
    with pytest.raises(OSError, match=r"nowhere\.spacy"):
        run(config(source, rehearse="nowhere.spacy"))
    with pytest.raises(ConfigValidationError, match="rehearse_weight"):
        run(config(source, rehearse=str(texts), rehearse_weight=-1.0))


def test_shared_network_gets_all_gradients(tmp_path: Path) -> None:
    """Two components that listen to one network rehearse: it learns from both, in whatever order they run."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    for name in ("one", "two"):
        nlp.add_pipe("tagger", name=name, config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}})
    tagma.util.fix_random_seed(1)
    docs = [nlp.make_doc(text) for text in OLD]
    examples = [Example.from_dict(doc, {"tags": ["A", "B", "C"][: len(doc)]}) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    nlp.resume_training()
    for _ in range(3):
        nlp.update([Example.from_dict(nlp.make_doc("x y"), {"tags": ["C", "C"]})], sgd=optimizer)
    model = nlp.get_pipe("tok2vec").model

    def gradient(*, exclude: tuple[str, ...] = ()) -> list[Any]:
        nlp.rehearse([Example(doc.copy(), doc) for doc in docs], sgd=False, exclude=exclude)
        found = [node.get_grad(name).copy() for node in model.walk() for name in sorted(node.grad_names)]
        for _, proc in nlp.pipeline:
            for node in proc.model.walk():
                for name in list(node.grad_names):
                    node.set_grad(name, node.get_grad(name) * 0)
        return found

    both, first, second = gradient(), gradient(exclude=("two",)), gradient(exclude=("one",))
    assert len(both) == len(first) == len(second) > 3
    for whole, one, two in zip(both, first, second, strict=True):
        np.testing.assert_allclose(whole, one + two, rtol=1e-3, atol=1e-6)
    assert any(abs(one).max() > 1e-6 for one in first)
