"""entity_linker: learning, choosing, settings, saving, scores, activations, the network of version 1, errors."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.kb import Candidate, InMemoryLookupKB, KnowledgeBase
from tagma.language import Language
from tagma.nn import Adam, Model, fix_random_seed
from tagma.pipeline import EntityLinker
from tagma.pipeline.entity_linker import EntityLinker_v1
from tagma.testing.components import (
    check_deterministic,
    check_empty_docs,
    check_learns,
    check_missing_annotation,
    check_predict_leaves_docs,
    check_round_trip,
    initialized,
)
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

VECTORS = {"PLAYER": [1.0, 0.2, -0.4], "POET": [-0.6, 1.0, 0.3], "PARIS": [0.1, 0.1, 1.0]}
GOLD: list[tuple[str, dict[tuple[int, int], str]]] = [
    ("Emerson won the match in Paris .", {(0, 1): "PLAYER", (5, 6): "PARIS"}),
    ("It rained . Emerson wrote an essay .", {(3, 4): "POET"}),
    ("A match of Emerson .", {(3, 4): "PLAYER"}),
    ("The essay by Emerson .", {(3, 4): "POET"}),
    ("No name here .", {}),
]
Make = Callable[..., EntityLinker]
LINKER: dict[str, Any] = {
    "labels_discard": [],
    "n_sents": 0,
    "incl_prior": True,
    "incl_context": True,
    "entity_vector_length": 3,
    "use_gold_ents": True,
    "candidates_batch_size": 1,
}


def people(vocab: Vocab) -> InMemoryLookupKB:
    """Two people called Emerson, the poet known better, and a city."""
    kb = InMemoryLookupKB(vocab, entity_vector_length=3)
    kb.set_entities(VECTORS, [1, 1, 1], VECTORS.values())
    kb.add_alias("Emerson", ["PLAYER", "POET"], [0.3, 0.4])
    kb.add_alias("Paris", ["PARIS"], [0.9])
    return kb


def doc_of(vocab: Vocab, text: str) -> Doc:
    """A doc whose sentences end with periods."""
    words = text.split()
    starts = [i == 0 or words[i - 1] == "." for i in range(len(words))]
    return Doc(vocab, words=words, sent_starts=starts)


def example_of(vocab: Vocab, text: str, links: dict[tuple[int, int], str]) -> Example:
    """An example whose reference has entities with ids."""
    reference = doc_of(vocab, text)
    reference.ents = [Span(reference, *borders, label="NAME", kb_id=kb_id) for borders, kb_id in links.items()]
    return Example(doc_of(vocab, text), reference)


def with_entities(vocab: Vocab, text: str, *borders: tuple[int, int], label: str = "NAME") -> Doc:
    """A doc with predicted entities, without ids."""
    doc = doc_of(vocab, text)
    doc.ents = [Span(doc, start, end, label=label) for start, end in borders]
    return doc


def ids(linker: EntityLinker, *docs: Doc) -> list[str]:
    """The ids of the entities of docs, as they are written."""
    return [ent.kb_id_ for doc in linker.pipe(docs) for ent in doc.ents]


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The texts of GOLD."""
    return [example_of(vocab, text, links) for text, links in GOLD]


@pytest.fixture
def make(tok2vec_model: Any) -> Make:
    """Function: a small entity linker, for settings."""
    from tagma.kb.factories import create_candidates, create_candidates_batch
    from tagma.ml import build_nel_encoder

    def build(vocab: Vocab, **settings: Any) -> EntityLinker:
        defaults = {
            **LINKER,
            "get_candidates": create_candidates(),
            "get_candidates_batch": create_candidates_batch(),
            "generate_empty_kb": lambda vocab, width: people(vocab),
        }
        return EntityLinker(vocab, build_nel_encoder(tok2vec_model()), **{**defaults, **settings})

    return build


@pytest.fixture
def trained(make: Make, examples: list[Example]) -> EntityLinker:
    """A linker that knows GOLD by heart."""
    return learned(initialized(make, examples), examples)


def learned(linker: Any, examples: Iterable[Example], steps: int = 40) -> Any:
    """The linker after some steps of training."""
    sgd = Adam(0.02)
    for _ in range(steps):
        linker.update(list(examples), sgd=sgd)
    return linker


class Turned(KnowledgeBase):
    """A knowledge base of a user's own: candidates for each mention, all alike."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__(vocab, 3)

    def get_candidates(self, mention: Span) -> list[Candidate]:
        add = self.vocab.strings.add
        return [Candidate(self, add(entity), 1, self.get_vector(entity), 0, 0.5) for entity in VECTORS]

    def get_vector(self, entity: str) -> Any:
        return np.ones(3, dtype="float32")


# Learning


def test_it_is_a_component_like_all(make: Make, examples: list[Example]) -> None:
    """It learns by heart, takes empty docs, is deterministic, and comes back from bytes and disk."""
    check_deterministic(make, examples)
    linker = initialized(make, examples)
    check_empty_docs(linker, examples)
    check_predict_leaves_docs(linker, examples)
    check_missing_annotation(linker, examples)
    check_learns(linker, examples[1:], steps=80)  # in the first, one context has two entities
    check_round_trip(make, linker, examples, ["ENT_KB_ID"])


def test_it_tells_entities_of_one_name_apart(trained: EntityLinker, vocab: Vocab) -> None:
    """By their contexts, also where the prior says otherwise."""
    won = with_entities(vocab, "Emerson won the match .", (0, 1))
    wrote = with_entities(vocab, "Emerson wrote an essay .", (0, 1))
    assert ids(trained, won, wrote) == ["PLAYER", "POET"]


def test_training_needs_no_predicted_entities(make: Make, examples: list[Example]) -> None:
    """The gold entities are learned from, and the predicted docs keep theirs."""
    linker = initialized(make, examples)
    losses = linker.update(examples, sgd=Adam(0.02))
    assert losses["entity_linker"] > 0
    assert not any(example.predicted.ents for example in examples)


def test_with_predicted_entities(make: Make, vocab: Vocab) -> None:
    """Without `use_gold_ents`, those count that are gold as well, each by its own context."""
    example = example_of(vocab, *GOLD[0])
    linker = initialized(lambda vocab: make(vocab, use_gold_ents=False), [example])
    assert linker.update([example], sgd=Adam(0.02)) == {"entity_linker": 0.0}
    example.predicted.ents = [Span(example.predicted, 2, 4, label="NAME"), Span(example.predicted, 5, 6, label="NAME")]
    encodings, _ = linker.model.begin_update([example.predicted])
    loss, gradient = linker.get_loss([example], encodings)
    assert loss > 0
    assert [bool(row.any()) for row in gradient] == [False, True]


def test_loss_and_gradient(make: Make, examples: list[Example]) -> None:
    """1 - cosine to the vector of the gold id, the mean over the entities; its gradient by finite differences."""
    linker: Any = make(examples[0].reference.vocab)
    gold = linker._with_gold_ents(examples[:2])
    encodings = np.array([[1.0, 0.0, 0.5], [0.2, -1.0, 0.1], [0.3, 0.3, 0.3]], dtype="float32")
    loss, gradient = linker.get_loss(gold, encodings)
    truth = np.array([VECTORS["PLAYER"], VECTORS["PARIS"], VECTORS["POET"]])
    cosines = (encodings * truth).sum(1) / np.linalg.norm(encodings, axis=1) / np.linalg.norm(truth, axis=1)
    assert loss == pytest.approx((1 - cosines).sum() / 3, rel=1e-5)
    for at in np.ndindex(3, 3):
        moved = encodings.astype("float64")
        moved[at] += 1e-4
        change = (linker.get_loss(gold, moved)[0] - linker.get_loss(gold, encodings.astype("float64"))[0]) / 1e-4
        assert gradient[at] == pytest.approx(change * 3, abs=2e-3)


def test_unknown_gold_ids_teach_nothing(make: Make, vocab: Vocab) -> None:
    """An id that the knowledge base lacks has no vector to learn; its row has gradient 0, and does not count."""
    linker: Any = make(vocab)
    known = example_of(vocab, *GOLD[0])
    other = example_of(vocab, GOLD[0][0], {(0, 1): "PLAYER", (5, 6): "TEXAS"})
    encodings = np.ones((2, 3), dtype="float32")
    _, d_known = linker.get_loss(linker._with_gold_ents([known]), encodings)
    loss, d_other = linker.get_loss(linker._with_gold_ents([other]), encodings)
    assert d_other[0].tolist() == d_known[0].tolist()
    assert not d_other[1].any()
    cosine = np.dot([1, 1, 1], VECTORS["PLAYER"]) / np.sqrt(3) / np.linalg.norm(VECTORS["PLAYER"])
    assert loss == pytest.approx(1 - cosine, rel=1e-5)


def test_a_batch_without_candidates_changes_nothing(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """There is nothing to choose from."""
    linker = initialized(make, examples)
    before = linker.model.to_bytes()
    unknown = example_of(vocab, "Smith won .", {(0, 1): "PLAYER"})
    assert linker.update([unknown], sgd=Adam(0.1)) == {"entity_linker": 0.0}
    assert linker.update([], sgd=Adam(0.1)) == {"entity_linker": 0.0}
    assert linker.model.to_bytes() == before


def test_initializing_without_entities(make: Make, vocab: Vocab) -> None:
    """The model gets its shapes all the same, and the docs keep no entity of it."""
    for use_gold_ents in (True, False):
        example = example_of(vocab, "No name here .", {})
        linker = make(vocab, use_gold_ents=use_gold_ents)
        linker.initialize(lambda example=example: [example])
        assert linker.model.get_dim("nO") == 3
        assert not example.predicted.ents


def test_it_listens_to_a_shared_network() -> None:
    """With a tok2vec in front, gold entities alone, and no ner: a pipeline learns, is scored, saved and loaded."""
    nlp = pipeline(shared=True)
    examples = [example_of(nlp.vocab, text, links) for text, links in GOLD]
    nlp.initialize(lambda: examples)
    sgd = Adam(0.02)
    for _ in range(40):
        nlp.update(examples, sgd=sgd)
    assert nlp.evaluate(examples)["nel_micro_f"] == 1.0


def pipeline(shared: bool = False, **settings: Any) -> Language:
    """A pipeline with sentences and an entity linker, its knowledge base set."""
    fix_random_seed(0)
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    model: dict[str, Any] = {"@architectures": "spacy.HashEmbedCNN.v2", **SMALL}
    if shared:
        nlp.add_pipe("tok2vec", config={"model": model})
        model = {"@architectures": "spacy.Tok2VecListener.v1", "width": SMALL["width"]}
    network = {"@architectures": "spacy.EntityLinker.v2", "tok2vec": model}
    linker: Any = nlp.add_pipe("entity_linker", config={"model": network, **settings})
    linker.set_kb(people)
    return nlp


SMALL: dict[str, Any] = {
    "pretrained_vectors": None,
    "width": 32,
    "depth": 1,
    "embed_size": 200,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}


# Choosing


def test_discarded_labels(trained: EntityLinker, vocab: Vocab) -> None:
    """Such entities are not linked; the others get their own candidates, whatever stands between."""
    trained.labels_discard = ["DATE"]
    doc = doc_of(vocab, "Paris saw Emerson win the match in Paris .")
    doc.ents = [Span(doc, 0, 1, label="DATE"), Span(doc, 2, 3, label="NAME"), Span(doc, 7, 8, label="NAME")]
    for size in (1, 2, 10):
        trained.candidates_batch_size = size
        assert trained.predict([doc]) == ["NIL", "PLAYER", "PARIS"]


def test_unknown_names(trained: EntityLinker, vocab: Vocab) -> None:
    """What nothing is called like gets the id NIL; docs without entities have no ids."""
    doc = with_entities(vocab, "Smith met emerson .", (0, 1), (2, 3))
    assert ids(trained, doc, doc_of(vocab, "Nobody .")) == ["NIL", "NIL"]
    assert trained.predict([]) == []


def test_prior_alone(make: Make, vocab: Vocab) -> None:
    """Without context the most probable is taken, and no sentences are needed; nor is the network."""
    linker = make(vocab, incl_context=False)
    doc = Doc(vocab, words=["Emerson", "won"])
    doc.ents = [Span(doc, 0, 1, label="NAME")]
    assert linker.predict([doc]) == ["POET"]


def test_context_alone(trained: EntityLinker, vocab: Vocab) -> None:
    """Without prior, only the similarity counts; with a threshold above it there is no link."""
    doc = with_entities(vocab, "Emerson won the match in Paris .", (0, 1))
    trained.incl_prior = False
    trained.save_activations = True
    links = trained.predict([doc])
    assert links == ["PLAYER"]
    trained.threshold = float(links.scores[0].max()) + 1e-6
    assert trained.predict([doc]) == ["NIL"]
    trained.threshold -= 2e-6
    assert trained.predict([doc]) == ["PLAYER"]


def test_a_threshold_holds_for_single_candidates(make: Make, vocab: Vocab) -> None:
    """Without one, a single candidate is taken unseen."""
    doc = with_entities(vocab, "Paris .", (0, 1))
    assert make(vocab, incl_context=False).predict([doc]) == ["PARIS"]
    assert make(vocab, incl_context=False, threshold=0.8).predict([doc]) == ["PARIS"]
    assert make(vocab, incl_context=False, threshold=0.95).predict([doc]) == ["NIL"]


def test_scores(trained: EntityLinker, vocab: Vocab) -> None:
    """p + s - ps, of the prior p and the cosine s of context and entity."""
    doc = with_entities(vocab, "Emerson won the match in Paris .", (0, 1), (5, 6))
    trained.save_activations = True
    context = trained.model.predict([doc])[0]
    cosine = {
        entity: float(np.dot(context, vector) / np.linalg.norm(context) / np.linalg.norm(vector))
        for entity, vector in VECTORS.items()
    }
    scores = trained.predict([doc]).scores
    expected = [p + cosine[entity] - p * cosine[entity] for entity, p in (("PLAYER", 0.3), ("POET", 0.4))]
    assert scores[0].tolist() == pytest.approx(expected, rel=1e-5)
    assert scores[1].tolist() == pytest.approx([0.9 + cosine["PARIS"] * 0.1], rel=1e-5)


def test_equal_scores_are_drawn(make: Make, vocab: Vocab) -> None:
    """By `random`, so that a seed repeats them; without ties nothing is drawn."""
    linker = make(vocab, incl_context=False, generate_empty_kb=lambda vocab, width: Turned(vocab))
    docs = [with_entities(vocab, "x .", (0, 1)) for _ in range(60)]
    random.seed(1)
    first = linker.predict(docs)
    random.seed(1)
    assert linker.predict(docs) == first
    assert set(first) == set(VECTORS)
    state = random.getstate()
    make(vocab, incl_context=False).predict([with_entities(vocab, "Emerson .", (0, 1))])
    assert random.getstate() == state


def test_neighbouring_sentences(make: Make, vocab: Vocab) -> None:
    """`n_sents` widens the context in training and use; the sentence alone decides without."""
    one, two = (with_entities(vocab, f"It was {word} . Emerson came .", (4, 5)) for word in ("tennis", "poetry"))
    for n_sents, differ in ((0, False), (1, True)):
        linker = make(vocab, n_sents=n_sents, save_activations=True)
        linker.initialize(lambda: [Example(one, one)])
        a, b = (linker.predict([doc]).scores[0] for doc in (one, two))
        assert (np.abs(a - b).max() > 1e-6) == differ
        (layer,) = [node for node in linker.model.walk() if node.name == "span_maker"]
        assert layer.predict([one]).dataXd.tolist() == [[0 if n_sents else 4, 7]]


def test_mentions_across_sentences(make: Make, vocab: Vocab) -> None:
    """Their context is all sentences that they are in; what others lose at its borders does not matter."""
    linker: Any = make(vocab)
    linker.kb.add_alias("Emerson . Paris", ["PLAYER", "POET"], [0.5, 0.5])
    doc = with_entities(vocab, "It was Emerson . Paris knew . Emerson left .", (2, 5), (7, 8))
    linker.initialize(lambda: [Example(doc, doc)])
    assert set(linker.predict([doc])) <= set(VECTORS)


def test_overwrite(make: Make, vocab: Vocab) -> None:
    """Ids that are there stay, if they are not to be overwritten."""
    for overwrite, expected in ((True, "PARIS"), (False, "HERE")):
        doc = with_entities(vocab, "Paris .", (0, 1))
        doc[0].ent_kb_id_ = "HERE"
        assert ids(make(vocab, incl_context=False, overwrite=overwrite), doc) == [expected]


def test_all_tokens_of_an_entity_get_the_id(make: Make, vocab: Vocab) -> None:
    """So does a mention of several words."""
    linker = make(vocab, incl_context=False)
    linker.kb.add_alias("the poet Emerson", ["POET"], [1.0])  # type: ignore[attr-defined]
    doc = with_entities(vocab, "by the poet Emerson .", (1, 4))
    linker(doc)
    assert [token.ent_kb_id_ for token in doc] == ["", "POET", "POET", "POET", ""]


def test_candidates_of_a_users_own(trained: EntityLinker, vocab: Vocab) -> None:
    """Functions for one mention and for several are called as the batch size says; candidates may be any iterable."""
    asked: list[int] = []

    def one(kb: KnowledgeBase, mention: Span) -> Iterable[Candidate]:
        asked.append(1)
        return iter(kb.get_candidates(mention))

    def several(kb: KnowledgeBase, mentions: Iterable[Span]) -> Iterable[Iterable[Candidate]]:
        mentions = list(mentions)
        asked.append(len(mentions))
        return (iter(kb.get_candidates(mention)) for mention in mentions)

    trained.get_candidates, trained.get_candidates_batch = one, several
    doc = with_entities(vocab, "Emerson won the match in Paris . Paris .", (0, 1), (5, 6), (7, 8))
    for size, expected in ((1, [1, 1, 1]), (2, [2, 1]), (5, [3])):
        asked.clear()
        trained.candidates_batch_size = size
        assert trained.predict([doc]) == ["PLAYER", "PARIS", "PARIS"]
        assert asked == expected


# Saving, scoring, activations


def test_a_saved_pipeline_links_the_same(tmp_path: Path) -> None:
    """The knowledge base and its texts come along; the files are those of the peer."""
    nlp = pipeline()
    examples = [example_of(nlp.vocab, text, links) for text, links in GOLD]
    nlp.initialize(lambda: examples)
    learned(nlp.get_pipe("entity_linker"), examples)
    nlp.to_disk(tmp_path / "nlp")
    folder = tmp_path / "nlp" / "entity_linker"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "cfg",
        "model",
        "kb/contents",
        "kb/strings.json",
    }
    assert (folder / "cfg").read_text() == '{\n  "overwrite":true\n}'
    read = tagma.load(tmp_path / "nlp")
    kb: Any = read.get_pipe("entity_linker").kb
    assert kb.get_alias_strings() == ["Emerson", "Paris"]
    for text, links in GOLD:
        docs = [with_entities(each.vocab, text, *links) for each in (nlp, read)]
        assert [[ent.kb_id_ for ent in each(doc).ents] for each, doc in zip((nlp, read), docs, strict=True)] == [
            list(links.values())
        ] * 2


def test_scoring_links_gold_entities(trained: EntityLinker, examples: list[Example], vocab: Vocab) -> None:
    """With `use_gold_ents` on copies; without, what the docs have counts. Without a scorer there is none."""
    assert trained.score(examples)["nel_micro_f"] == 1.0
    assert not any(example.predicted.ents for example in examples)
    trained.use_gold_ents = False
    assert trained.score(examples)["nel_f_per_type"] == {}
    trained.scorer = None
    assert trained.score(examples) == {}


def test_activations(make: Make, vocab: Vocab) -> None:
    """The hashes of all candidates and their scores, by entity; none where there are no candidates."""
    linker = make(vocab, incl_context=False, save_activations=True)
    doc = with_entities(vocab, "Emerson met Smith in Paris .", (0, 1), (2, 3), (4, 5))
    linker(doc)
    kept: Any = doc.activations["entity_linker"]
    assert kept["ents"].lengths.tolist() == kept["scores"].lengths.tolist() == [2, 0, 1]
    assert [vocab.strings[key] for key in kept["ents"].dataXd.tolist()] == ["PLAYER", "POET", "PARIS"]
    assert kept["ents"].dataXd.dtype == np.uint64
    assert kept["scores"].dataXd.tolist() == pytest.approx([0.3, 0.4, 0.9])
    nothing = doc_of(vocab, "x .")
    linker(nothing)
    assert nothing.activations["entity_linker"]["ents"].lengths.tolist() == []  # type: ignore[union-attr]


def test_a_student_learns_the_encodings_of_its_teacher(
    make: Make, trained: EntityLinker, examples: list[Example]
) -> None:
    """Distillation needs entities in the references, and no ids."""
    for example in examples:
        for token in example.reference:
            token.ent_kb_id_ = ""
    student: Any = initialized(make, examples, seed=3)
    sgd = Adam(0.02)
    losses = [student.distill(trained, examples, sgd=sgd)["entity_linker"] for _ in range(60)]
    assert losses[-1] < losses[0] / 10
    bare = [Example(example.predicted, example.predicted) for example in examples]
    assert student.distill(trained, bare, sgd=sgd) == {"entity_linker": 0.0}


# Version 1


@pytest.fixture
def make_v1(tok2vec_model: Any) -> Make:
    """Function: a small entity linker of version 1."""
    from tagma.kb import get_candidates
    from tagma.ml.models.entity_linker import build_nel_encoder_v1

    def build(vocab: Vocab, **settings: Any) -> EntityLinker:
        taken = {key: value for key, value in LINKER.items() if key not in ("use_gold_ents", "candidates_batch_size")}
        defaults = {
            **taken,
            "get_candidates": get_candidates,
            "generate_empty_kb": lambda vocab, width: people(vocab),
        }
        return EntityLinker_v1(vocab, build_nel_encoder_v1(tok2vec_model()), **{**defaults, **settings})

    return build


def test_version_1_learns(make_v1: Make, examples: list[Example], vocab: Vocab) -> None:
    """Each context is a doc of its own; it tells the two apart as well."""
    linker = learned(initialized(make_v1, examples), examples)
    won = with_entities(vocab, "It was late . Emerson won the match in Paris .", (4, 5), (9, 10))
    wrote = with_entities(vocab, "Emerson wrote an essay .", (0, 1))
    assert ids(linker, won, wrote) == ["PLAYER", "PARIS", "POET"]
    check_round_trip(make_v1, linker, examples, ["ENT_KB_ID"])


def test_version_1_warns_without_links(make_v1: Make, examples: list[Example], vocab: Vocab) -> None:
    """There is nothing to learn from (W093), and another number of rows is told (E4493)."""
    linker: Any = initialized(make_v1, examples)
    with pytest.warns(UserWarning, match=r"W093.*entity_linker"):
        linker.update([example_of(vocab, "No name .", {})])
    with pytest.raises(RuntimeError, match=r"E4493.*5 encodings for 2 ent"):
        linker.get_loss(examples[:1], np.zeros((5, 3), dtype="float32"))


@pytest.mark.parametrize("prefix", ["spacy", "spacy-legacy"])
def test_the_network_decides_on_the_version(prefix: str) -> None:
    """An architecture of version 1 makes a component of version 1, under both names."""
    nlp = tagma.blank("en")
    tok2vec = {"@architectures": "spacy.HashEmbedCNN.v2", **SMALL}
    model = {"@architectures": f"{prefix}.EntityLinker.v1", "tok2vec": tok2vec}
    linker = nlp.add_pipe("entity_linker", config={"model": model})
    assert type(linker) is EntityLinker_v1
    assert type(nlp.add_pipe("entity_linker", name="two")) is EntityLinker


# Errors


def test_settings_that_cannot_be(make: Make, vocab: Vocab) -> None:
    """A threshold outside of 0 … 1 (E1043), batches of nothing (E1044)."""
    for threshold in (-0.1, 1.5):
        with pytest.raises(ValueError, match=rf"E1043.*'entity_linker' is {threshold}"):
            make(vocab, threshold=threshold)
    with pytest.raises(ValueError, match=r"E1044.*'entity_linker' is 0"):
        make(vocab, candidates_batch_size=0)


def test_loaders_that_are_none(make: Make, vocab: Vocab) -> None:
    """Something that cannot be called, and a function that gives something else (E885)."""
    linker: Any = make(vocab)
    for loader in ("a path", lambda vocab: "no knowledge base"):
        with pytest.raises(ValueError, match=r"E885.*str"):
            linker.set_kb(loader)


def test_knowledge_bases_that_do_not_fit(trained: EntityLinker, examples: list[Example], vocab: Vocab) -> None:
    """None (E1018), an empty one (E139), and one with vectors of another width (E4492), in training and use."""
    wide = InMemoryLookupKB(vocab, 5)
    wide.add_entity("x", 1, np.ones(5))
    for kb, code in ((None, "E1018"), (InMemoryLookupKB(vocab, 3), "E139"), (wide, "E4492.*width 5.*width 3")):
        trained.kb = kb  # type: ignore[assignment]
        with pytest.raises(ValueError, match=code):
            trained.predict([])
        with pytest.raises(ValueError, match=code):
            trained.update(examples)
        with pytest.raises(ValueError, match=code):
            trained.initialize(lambda: examples)


def test_batches_that_lose_mentions(make: Make, vocab: Vocab) -> None:
    """A function for several mentions must answer for each (E147)."""
    linker = make(vocab, get_candidates_batch=lambda kb, mentions: [[]], candidates_batch_size=4)
    with pytest.raises(RuntimeError, match=r"E147.*1 mentions for 2"):
        linker.predict([with_entities(vocab, "Emerson saw Paris .", (0, 1), (2, 3))])


def test_numbers_of_ids_and_rows(trained: EntityLinker, examples: list[Example], vocab: Vocab) -> None:
    """One id for each entity (E148), one encoding for each (E4493)."""
    doc = with_entities(vocab, "Emerson .", (0, 1))
    with pytest.raises(ValueError, match=r"E148.*2 ids for the 1 ent"):
        trained.set_annotations([doc], ["a", "b"])
    with pytest.raises(RuntimeError, match=r"E4493.*3 encodings for 0 ent"):
        trained.get_loss(examples[:1], np.zeros((3, 3), dtype="float32"))


def test_docs_without_sentences(trained: EntityLinker, vocab: Vocab) -> None:
    """Where the context counts, entities need sentences (E030)."""
    doc = Doc(vocab, words=["Emerson", "won", "."])
    doc.ents = [Span(doc, 0, 1, label="NAME")]
    with pytest.raises(ValueError, match="E030"):
        trained.predict([doc])


def test_initializing_without_examples(make: Make, vocab: Vocab) -> None:
    """There must be some (E930)."""
    with pytest.raises(TypeError, match="E930"):
        make(vocab).initialize(list)


def test_the_graph_is_that_of_the_contract(make: Make, make_v1: Make, vocab: Vocab, tok2vec_model: Any) -> None:
    """Nodes and the references to them, as saved files number them."""
    inner = len(list(tok2vec_model().walk()))
    two, one = make(vocab).model, make_v1(vocab).model
    assert len(list(two.walk())) - inner == 15
    assert len(list(one.walk())) - inner == 11
    assert two.attrs["include_span_maker"] is True
    assert "include_span_maker" not in one.attrs
    nodes = list(two.walk())
    assert [nodes[i].name for i in (2, 6, 9, 11, 13)] == [
        "linear",
        "reduce_mean",
        "extract_spans",
        "dropout",
        "span_maker",
    ]
    for model in (one, two):
        assert isinstance(model, Model)
        assert model.get_ref("output_layer") is model.layers[-1]
        assert "tok2vec" in model.ref_names
