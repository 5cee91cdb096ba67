"""What all trainable components share (trainable_pipe.py), for every built-in one, and the table of its page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.nn import Adam, Linear
from tagma.nn.config import Config
from tagma.pipeline import TrainablePipe
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.util.paths import import_file

ROOT = Path(__file__).parent.parent.parent
NAMES = [
    "tok2vec",
    "tagger",
    "morphologizer",
    "senter",
    "trainable_lemmatizer",
    "parser",
    "beam_parser",
    "ner",
    "beam_ner",
    "textcat",
    "textcat_multilabel",
    "spancat",
    "spancat_singlelabel",
    "span_finder",
    "entity_linker",
    "coref",
    "span_resolver",
]
LABELS = {
    "morphologizer": ["Number=Plur|POS=NOUN", "POS=X"],
    **{name: ["AA", "BB"] for name in ("tagger", "parser", "beam_parser", "ner", "beam_ner")},
    **{name: ["AA", "BB"] for name in ("textcat", "textcat_multilabel", "spancat", "spancat_singlelabel")},
}


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """The script that makes the table, with its sentences."""
    return import_file("component_table", ROOT / "scripts" / "component_table.py")


@pytest.mark.slow
def test_the_table_is_true() -> None:
    """Each cell of the page is what comes of the method now."""
    result = subprocess.run(
        [sys.executable, ROOT / "scripts" / "component_table.py", "--check"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_all_components_are_in_it(table: ModuleType) -> None:
    """A column for each factory of the library whose component can be trained, but for that which takes PyTorch."""
    nlp = tagma.blank("en")
    # names with a dot are a language's, by rules; the experimental ones are second names
    others = re.compile(r".*\..*|experimental_.*|transformer")
    known = [name for name in nlp.factory_names if not others.fullmatch(name)]
    own = [name for name in known if registry.factories.get(name).__module__.startswith("tagma.")]
    trainable = {name for name in own if getattr(nlp.create_pipe(name), "is_trainable", False)}
    assert trainable == set(table.COMPONENTS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_keyword_of_older_code(table: ModuleType, name: str) -> None:
    """`pipeline` is taken and has no effect; no examples are E930 all the same."""
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe(name)
    with pytest.raises(TypeError, match="E930"):
        pipe.initialize(list, pipeline=nlp.pipeline)


def test_the_base_has_nothing_to_initialize() -> None:
    """A component that does not say how it is initialized is left as it is."""
    nlp = tagma.blank("en")
    pipe: Any = TrainablePipe(nlp.vocab, Linear(2, 2), "own")
    assert pipe.initialize(list, pipeline=nlp.pipeline) is None
    assert not pipe.model.has_param("W")


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_the_config(name: str) -> None:
    """Labels in a component's section are there at once, and the config of the pipeline does not have them."""
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe(name, config={"labels": LABELS[name]})
    assert set(pipe.labels) >= set(LABELS[name])
    assert "labels" not in nlp.get_pipe_config(name)
    assert "labels" not in nlp.config["components"][name]
    empty: Any = tagma.blank("en").add_pipe(name, config={"labels": []})
    assert set(empty.labels) <= {"dep", "ROOT"}


@pytest.mark.parametrize("name", ["senter", "span_finder", "tok2vec"])
def test_components_without_labels_take_none(name: str) -> None:
    """Where labels mean nothing, the setting is refused as any unknown one is."""
    with pytest.raises(ValueError, match=f"{name} has no argument 'labels'"):
        tagma.blank("en").add_pipe(name, config={"labels": ["A"]})


def test_labels_of_the_config_are_learnt(table: ModuleType, tmp_path: Path) -> None:
    """A tagger with given labels has them before those of the examples, also after saving and loading."""
    config = Config().from_str(
        '[nlp]\nlang = "en"\npipeline = ["tagger"]\n\n[components]\n\n[components.tagger]\nfactory = "tagger"\n'
        'labels = ["XX"]\n'
    )
    nlp = tagma.util.load_model_from_config(config, auto_fill=True)
    examples = [Example.from_dict(nlp.make_doc("Anna lives"), {"tags": ["NNP", "VBZ"]})]
    nlp.initialize(lambda: examples)
    assert nlp.pipe_labels["tagger"] == ["XX", "NNP", "VBZ"]
    nlp.to_disk(tmp_path / "nlp")
    assert tagma.load(tmp_path / "nlp").pipe_labels["tagger"] == ["XX", "NNP", "VBZ"]


@pytest.mark.parametrize("name", ["ner", "beam_ner", "parser", "beam_parser"])
def test_loss_of_predicted_moves(table: ModuleType, name: str) -> None:
    """`get_loss` takes what `predict` gave: rows of a gradient that sum to 0, a loss that falls in training."""
    kit = table.Kit(name)

    def loss() -> tuple[float, list[Any]]:
        examples = kit.fresh()
        found: tuple[float, list[Any]] = kit.pipe.get_loss(
            examples, kit.pipe.predict([eg.predicted for eg in examples])
        )
        return found

    first, gradients = loss()
    assert first == pytest.approx(sum(float((gradient**2).sum()) for gradient in gradients))
    assert len(gradients) == len(table.SENTENCES)
    for gradient in gradients:
        assert gradient.shape[1] == kit.pipe.moves.n_moves
        np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-5)
    sgd = Adam(0.02)
    for _ in range(30):
        kit.pipe.update(kit.fresh(), sgd=sgd)
    learnt = loss()[0]
    if not name.startswith("beam"):  # whose updates rank whole analyses
        assert learnt < first / 2
    kit.pipe.save_activations = True  # then the moves are kept with the predictions
    assert loss()[0] == pytest.approx(learnt)


def test_loss_without_annotation(table: ModuleType) -> None:
    """Of docs of which nothing is known, and of empty ones, no loss and no gradient come."""
    kit = table.Kit("ner")
    docs = [*kit.docs, Doc(kit.nlp.vocab)]
    loss, gradients = kit.pipe.get_loss([Example(doc, doc.copy()) for doc in docs], kit.pipe.predict(docs))
    assert loss == 0
    assert not any(gradient.any() for gradient in gradients)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["cfg", "model", "vocab"])
def test_fields_are_left_out(table: ModuleType, name: str, field: str) -> None:
    """`exclude` leaves a field out when writing, and does not touch it when reading."""
    kit, other = table.Kit(name), table.Kit(name)
    for node in kit.pipe.model.walk():
        for param in node.param_names:
            node.set_param(param, node.get_param(param) + 1)
    kit.pipe.cfg["own"] = 1
    before = other.weights
    other.pipe.from_bytes(kit.pipe.to_bytes(), exclude=[field])
    assert (other.weights == before) is (field == "model")
    assert ("own" in other.pipe.cfg) is (field != "cfg")
    assert len(kit.pipe.to_bytes(exclude=[field])) < len(kit.pipe.to_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_a_doc_that_is_none(table: ModuleType, name: str) -> None:
    """None in place of a doc goes to the error handler as any other failure does, and does not end the process."""
    kit = table.Kit(name)
    seen: list[tuple[str, int]] = []
    kit.pipe.set_error_handler(lambda name, pipe, docs, error: seen.append((name, len(docs))))
    kit.pipe(None)
    assert list(kit.pipe.pipe([kit.docs[0], None], batch_size=2)) == []
    assert seen == [(name, 1), (name, 2)]
