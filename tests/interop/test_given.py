"""Pipelines that spaCy trained, in `given/`: they load, say the same as there, and learn as there."""

import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.tokens import Doc, Span
from tagma.training.converters import conll_ner_to_docs, conllu_to_docs

from .conftest import unpacked

GIVEN = Path(__file__).parent / "given"
NAMES = sorted(path.stem for path in GIVEN.glob("*.json"))
BEAM_WIDTH = 8

Row = dict[str, Any]


@cache
def said(name: str) -> Row:
    """What spaCy says with a pipeline: see `make.py`."""
    row: Row = json.loads((GIVEN / f"{name}.json").read_text(encoding="utf8"))
    return row


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """A pipeline, by the name of its folder."""
    value: str = request.param
    return value


@pytest.fixture
def nlp(name: str) -> Language:
    return tagma.load(GIVEN / name)


def factory_of(name: str) -> str:
    """The component that the pipeline is about: parser or ner."""
    return name.partition("_")[0]


def annotation(doc: Doc, factory: str) -> Row:
    if factory == "parser":
        return {
            "heads": [token.head.i for token in doc],
            "deps": [token.dep_ for token in doc],
            "sent_starts": [int(bool(token.is_sent_start)) for token in doc],
        }
    return {
        "ents": [[ent.start, ent.end, ent.label_] for ent in doc.ents],
        "iob": "".join(token.ent_iob_ or "-" for token in doc),
    }


def with_preset(doc: Doc, preset: Row) -> Doc:
    """The Doc with what is said of it before the component comes: sentence starts, or entities."""
    if "sent_starts" in preset:
        for token, start in zip(doc, preset["sent_starts"], strict=True):
            token.is_sent_start = start
        return doc
    spans = {key: doc[start:end] for key, (start, end) in preset.items()}
    person = Span(doc, spans["person"].start, spans["person"].end, label="person")
    doc.set_ents([person], blocked=[spans["blocked"]], outside=[spans["outside"]], default="missing")
    return doc


def test_all_are_there() -> None:
    """Each pipeline has what was said with it, and both kinds of component are among them."""
    assert sorted(path.name for path in GIVEN.iterdir() if (path / "config.cfg").exists()) == NAMES
    assert {factory_of(name) for name in NAMES} == {"parser", "ner"}


def test_annotates_as_there(nlp: Language, name: str) -> None:
    """Words, and heads, labels and sentence starts, or entities."""
    rows = said(name)["docs"]
    for row, doc in zip(rows, nlp.pipe(row["text"] for row in rows), strict=True):
        assert [token.text for token in doc] == row["words"]
        assert annotation(doc, factory_of(name)) == row["greedy"]


@pytest.mark.parametrize("name", ["parser_one_piece"], indirect=True)
def test_annotates_without_relu(nlp: Language, name: str) -> None:
    """The greedy way of spaCy for one piece below an upper layer, which is another than that of training."""
    rows = said(name)["docs"]
    assert any(row["without_relu"] != row["greedy"] for row in rows)
    nlp.get_pipe("parser").cfg["relu_in_prediction"] = False
    for row in rows:
        assert annotation(nlp(row["text"]), "parser") == row["without_relu"]


def test_keeps_to_what_is_preset(nlp: Language, name: str) -> None:
    """The same where sentence starts or entities are given beforehand."""
    for row in said(name)["docs"]:
        doc = nlp(with_preset(nlp.make_doc(row["text"]), row["preset"]))
        assert annotation(doc, factory_of(name)) == row["with_preset"]


@pytest.mark.parametrize("name", [name for name in NAMES if "beam" in said(name)["docs"][0]], indirect=True)
def test_annotates_with_a_beam(nlp: Language, name: str) -> None:
    """The best of eight analyses is the one that was best there."""
    nlp.get_pipe(factory_of(name)).cfg.update(beam_width=BEAM_WIDTH, beam_density=0.0)
    for row in said(name)["docs"]:
        assert annotation(nlp(row["text"]), factory_of(name)) == row["beam"]


@pytest.mark.parametrize("name", [name for name in NAMES if "scored_ents" in said(name)["docs"][0]], indirect=True)
def test_probabilities_of_entities(nlp: Language, name: str) -> None:
    """The share of the beam's analyses that have an entity, weighted by their scores."""
    pipe: Any = nlp.get_pipe("ner")
    rows = [row for row in said(name)["docs"] if "scored_ents" in row]
    assert len(rows) >= 5
    for row in rows:
        beams = pipe.beam_parse([nlp.make_doc(row["text"])], beam_width=BEAM_WIDTH)
        found = pipe.scored_ents(beams)[0]
        expected = {(start, end, label): value for start, end, label, value in row["scored_ents"]}
        assert found == pytest.approx(expected, abs=2e-4)


def gold_docs(factory: str, treebank: Path) -> list[Doc]:
    """The first twelve Docs of ten sentences of dev."""
    if factory == "parser":
        trees = conllu_to_docs(unpacked(treebank / "en_ewt-ud-dev.conllu.xz"), n_sents=10, no_print=True)
        return list(islice(trees, 12))
    words = unpacked(treebank.parent / "wnut17" / "dev.conll.xz")
    return list(islice(conll_ner_to_docs(words, n_sents=10, no_print=True), 12))


@pytest.mark.parametrize("name", [name for name in NAMES if said(name)["training"]], indirect=True)
def test_learns_as_there(nlp: Language, name: str, treebank: Path) -> None:
    """Six batches without dropout have the losses that they have there, and leave the same gradients."""
    pipe: Any = nlp.get_pipe(factory_of(name))
    pipe.cfg["update_with_oracle_cut_size"] = 0
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in gold_docs(factory_of(name), treebank)]
    batches = [examples[i : i + 2] for i in range(0, len(examples), 2)]
    losses = [pipe.update(batch, drop=0.0)[pipe.name] for batch in batches]
    assert losses == pytest.approx(said(name)["training"]["losses"], rel=1e-4)
    norms = {
        f"{i} {node.name} {param}": float((node.get_grad(param) ** 2).sum() ** 0.5)
        for i, node in enumerate(pipe.model.walk())
        for param in node.param_names
        if node.has_grad(param) and (node.name, param) != ("precomputable_affine", "W")
    }
    assert norms == pytest.approx(said(name)["training"]["norms"], rel=1e-3)
