"""ner: entities that are given, blocked or known to be wrong, ids of entities, confidence, long texts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma import testing
from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tb_parser_model
from tagma.nn import Adam, Model
from tagma.pipeline import EntityRecognizer
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

WORDS = ["Ann", "Lee", "saw", "New", "York", "City", "in", "May"]
TAGS = ["B-PERSON", "L-PERSON", "O", "B-CITY", "I-CITY", "L-CITY", "O", "U-MONTH"]
FOUND = [("Ann Lee", "PERSON"), ("New York City", "CITY"), ("May", "MONTH")]


def network() -> Model[Any, Any]:
    """A small network."""
    cnn = build_hash_embed_cnn_tok2vec(
        width=16,
        depth=1,
        embed_size=200,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )
    return build_tb_parser_model(cnn, "ner", extra_state_tokens=False, hidden_width=16, maxout_pieces=2, use_upper=True)


def make(vocab: Vocab, **settings: Any) -> EntityRecognizer:
    """A small component."""
    return EntityRecognizer(vocab, network(), **settings)


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """One text with three entities."""
    return [Example.from_dict(Doc(vocab, words=WORDS), {"words": WORDS, "entities": TAGS})]


@pytest.fixture
def ner(examples: list[Example]) -> EntityRecognizer:
    """A component that knows the text by heart."""
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples, steps=80)
    assert isinstance(pipe, EntityRecognizer)
    return pipe


def found(doc: Doc) -> list[tuple[str, str]]:
    """Text and type of the entities."""
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_entities(ner: EntityRecognizer, vocab: Vocab) -> None:
    """Entities are written, all other tokens are known to be outside."""
    doc = ner(Doc(vocab, words=WORDS))
    assert found(doc) == FOUND
    assert [token.ent_iob_ for token in doc] == ["B", "I", "O", "B", "I", "I", "O", "B"]
    assert ner.labels == ("CITY", "MONTH", "PERSON")
    assert "U-" not in ner.move_names
    assert "O" in ner.move_names


def test_given_entities_stay(ner: EntityRecognizer, vocab: Vocab) -> None:
    """Entities that are there stay with their types and ids, others are added around them."""
    doc = Doc(vocab, words=WORDS)
    doc.set_ents([Span(doc, 3, 5, label="STATE", kb_id="Q1384", span_id="ny")], default="unmodified")
    ner(doc)
    assert ("New York", "STATE") in found(doc)
    assert ("Ann Lee", "PERSON") in found(doc)
    kept = doc.ents[1]
    assert (kept.kb_id_, kept.id_) == ("Q1384", "ny")
    assert "STATE" in ner.labels
    again = ner(doc)
    assert [(ent.kb_id_, ent.id_) for ent in again.ents if ent.label_ == "STATE"] == [("Q1384", "ny")]


def test_blocked_tokens(ner: EntityRecognizer, vocab: Vocab) -> None:
    """Tokens that are blocked are in no entity."""
    doc = Doc(vocab, words=WORDS)
    doc.set_ents([], blocked=[Span(doc, 7, 8), Span(doc, 4, 5)], default="missing")
    ner(doc)
    assert not any(token.ent_type_ for token in (doc[4], doc[7]))
    assert ("Ann Lee", "PERSON") in found(doc)
    assert all(not ent.start <= i < ent.end for ent in doc.ents for i in (4, 7))


def test_no_entity_crosses_a_sentence_start(ner: EntityRecognizer, vocab: Vocab) -> None:
    """An entity ends where a sentence does."""
    doc = Doc(vocab, words=WORDS, sent_starts=[True, False, False, False, True, False, False, False])
    ner(doc)
    assert not any(ent.start < 4 < ent.end for ent in doc.ents)


def test_white_space_begins_no_entity(vocab: Vocab, examples: list[Example]) -> None:
    """A token of white space alone is no entity, and begins none, even if the gold says so."""
    words = ["  ", "Ann", "\n", "Lee"]
    bad = [Example.from_dict(Doc(vocab, words=words), {"words": words, "entities": ["O", "B-P", "I-P", "L-P"]})]
    pipe = testing.initialized(make, bad)
    sgd = Adam(0.05)
    for _ in range(40):
        pipe.update(testing.fresh(bad), sgd=sgd)
    for text in (words, ["\n", "Ann"], [" "], ["Lee", " "]):
        doc = pipe(Doc(vocab, words=text))
        assert not any(ent[0].is_space for ent in doc.ents)
        assert not any(token.is_space and token.ent_iob_ == "B" for token in doc)


def test_wrong_spans(vocab: Vocab) -> None:
    """Spans that are known to be no entities are unlearnt; one that is an entity too is an error."""
    words = ["Ann", "saw", "May"]
    tags = ["U-PERSON", "O", "-"]

    def example(wrong: list[tuple[int, int, str]]) -> Example:
        made = Example.from_dict(Doc(vocab, words=words), {"words": words, "entities": tags})
        made.reference.spans["wrong"] = [Span(made.reference, *span[:2], label=span[2]) for span in wrong]
        return made

    pipe = make(vocab, incorrect_spans_key="wrong")
    pipe.add_label("PERSON")
    batch = [example([(2, 3, "PERSON")])]
    pipe.initialize(lambda: batch)
    sgd = Adam(0.02)
    for _ in range(60):
        pipe.update([example([(2, 3, "PERSON")])], sgd=sgd)
    assert found(pipe(Doc(vocab, words=words))) == [("Ann", "PERSON")]
    with pytest.raises(ValueError, match=r"E868.*'Ann' \(PERSON\)"):
        pipe.update([example([(0, 1, "PERSON")])])


def test_old_negative_tags(ner: EntityRecognizer, vocab: Vocab) -> None:
    """Types of the form "!label" are refused."""
    pipe = make(vocab)
    bad = Example.from_dict(Doc(vocab, words=["a", "b"]), {"words": ["a", "b"], "entities": ["U-!X", "O"]})
    pipe.initialize(lambda: [bad])
    with pytest.raises(ValueError, match="E869"):
        pipe.update([bad])


def test_types_of_the_examples_are_added(ner: EntityRecognizer, vocab: Vocab) -> None:
    """A type that training meets later gets its moves by itself."""
    text = {"words": ["Bob", "left"], "entities": ["U-GUEST", "O"]}
    ner.update([Example.from_dict(Doc(vocab, words=text["words"]), text)])
    assert "GUEST" in ner.labels
    assert found(ner(Doc(vocab, words=WORDS))) == FOUND


def test_confidence(ner: EntityRecognizer, vocab: Vocab) -> None:
    """With `scores` each entity has a confidence, in a span group beside the entities; by default there is none."""
    assert "ner_scores" not in ner(Doc(vocab, words=WORDS)).spans
    ner.cfg["scores"] = True
    ner.save_activations = True
    docs = list(ner.pipe([Doc(vocab, words=WORDS), Doc(vocab), Doc(vocab, words=["in", "in"])]))
    for doc in docs:
        group = doc.spans["ner_scores"]
        assert [(span.start, span.end, span.label) for span in group] == [
            (ent.start, ent.end, ent.label) for ent in doc.ents
        ]
        assert group.attrs["scores"] == pytest.approx(ner.scores([doc])[0].tolist(), rel=1e-5)
    p = docs[0].activations["ner"]["probabilities"]
    expected = [p[0:2].prod(), p[3:6].prod(), p[7]]
    assert docs[0].spans["ner_scores"].attrs["scores"] == pytest.approx(expected, rel=1e-5)
    assert min(expected) > 0.8
    again = Doc(vocab).from_bytes(docs[0].to_bytes())
    assert again.spans["ner_scores"].attrs["scores"] == docs[0].spans["ner_scores"].attrs["scores"]


def test_confidence_of_entities_from_elsewhere(ner: EntityRecognizer, vocab: Vocab) -> None:
    """What is given has 1.0; `scores`, which looks anew, gives NaN for an entity that the component does not find."""
    doc = Doc(vocab, words=WORDS)
    doc.ents = [Span(doc, 0, 2, label="PERSON"), Span(doc, 6, 7, label="CITY")]
    ner.cfg["scores"] = True
    copy = ner(doc.copy())
    given = copy.spans["ner_scores"]
    assert [(span.text, p) for span, p in zip(given, given.attrs["scores"], strict=True)][:1] == [("Ann Lee", 1.0)]
    one, other = ner.scores([doc])[0]
    assert one > 0.8
    assert np.isnan(other)


@pytest.mark.peer
def test_spacy_reads_confident_pipelines(peer_python: str, tmp_path: Path, examples: list[Example]) -> None:
    """spaCy loads a pipeline with `scores`, and the docs that it annotated."""
    nlp = tagma.blank("en")
    small = {"tok2vec": {"width": 16, "depth": 1, "embed_size": 100}, "hidden_width": 16}
    nlp.add_pipe("ner", config={"scores": True, "save_activations": True, "model": small})
    nlp.initialize(lambda: examples)
    doc = nlp("Ann Lee saw New York City")
    nlp.to_disk(tmp_path / "nlp")
    (tmp_path / "doc").write_bytes(doc.to_bytes())
    code = (
        "import json, sys, spacy; from spacy.tokens import Doc; nlp = spacy.load(sys.argv[1]);"
        "doc = Doc(nlp.vocab).from_bytes(open(sys.argv[2], 'rb').read());"
        "print(json.dumps([[str(e) for e in nlp(doc.text).ents], doc.spans['ner_scores'].attrs['scores']]))"
    )
    command = [peer_python, "-c", code, str(tmp_path / "nlp"), str(tmp_path / "doc")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr[-2000:]
    predicted, scores = json.loads(process.stdout)
    assert predicted == [ent.text for ent in doc.ents]
    assert scores == pytest.approx(doc.spans["ner_scores"].attrs["scores"])


def test_one_text_without_end(ner: EntityRecognizer, vocab: Vocab) -> None:
    """A doc of 100,000 words has its entities from the first to the last."""
    doc = ner(Doc(vocab, words=WORDS * 12_500))
    assert found(doc)[:3] == FOUND
    assert len(doc.ents) == pytest.approx(3 * 12_500, rel=0.01)


def test_a_megabyte_on_one_line() -> None:
    """A text of 990,000 characters without a line break goes through tokenizer and component."""
    nlp = tagma.blank("en")
    small = {"tok2vec": {"width": 8, "depth": 1, "embed_size": 50}, "hidden_width": 8}
    nlp.add_pipe("ner", config={"model": small})
    words = {"words": WORDS, "entities": TAGS}
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(" ".join(WORDS)), words)])
    doc = nlp(" ".join(WORDS * 30_000))
    assert len(doc) == 8 * 30_000
    assert len(doc.text) > 980_000
    assert doc.has_annotation("ENT_IOB", require_complete=True)


def test_rehearsal_leaves_new_types_free(ner: EntityRecognizer, examples: list[Example]) -> None:
    """Where the former self finds nothing, a new type costs nothing; where it finds an entity, a new type gives way."""
    ner._rehearsal_model = ner.model.copy()
    ner.add_label("VERB")
    upper = ner.model.get_ref("upper")
    b = upper.get_param("b").copy()
    b[ner.moves.index_of("U-VERB")] = 0.0  # above O alone, which is made unlikely everywhere
    b[ner.moves.index_of("O")] -= 30.0
    upper.set_param("b", b)
    ner.model.attrs["unseen_classes"] = set()
    outside = [Example(Doc(ner.vocab, words=["saw"]), Doc(ner.vocab, words=["saw"]))]
    assert ner.rehearse(outside)["ner"] < 0.02
    assert found(ner(Doc(ner.vocab, words=["saw"]))) == [("saw", "VERB")]
    b[ner.moves.index_of("U-VERB")] = 60.0
    upper.set_param("b", b)
    assert {label for _, label in found(ner(Doc(ner.vocab, words=WORDS)))} == {"VERB"}
    sgd = Adam(0.3)
    for _ in range(60):
        ner.rehearse(testing.fresh(examples), sgd=sgd)
    assert [ent for ent in found(ner(Doc(ner.vocab, words=WORDS))) if ent[1] != "VERB"] == FOUND
