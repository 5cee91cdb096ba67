"""textcat: labels, gold, loss, annotation, more labels, rehearsal, distillation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import build_bow_text_classifier_v3, build_reduce_text_classifier, build_text_classifier_v2
from tagma.nn import Adam, Model, fix_random_seed
from tagma.nn.config import code_of
from tagma.pipeline import MultiLabel_TextCategorizer, Tagger, TextCategorizer
from tagma.pipeline.textcat import ensemble, textcat_score, textcat_score_v1
from tagma.registries import registry
from tagma.testing.components import (
    check_deterministic,
    check_empty_docs,
    check_learns,
    check_predict_leaves_docs,
    check_round_trip,
    check_unknown_label,
    initialized,
)
from tagma.tokens import Doc
from tagma.vocab import Vocab

GOLD = [
    (["what", "is", "my", "limit", "?"], {"limit": 1.0, "top_up": 0.0}),
    (["top", "up", "my", "card"], {"top_up": 1.0, "lost": 0.0}),
    (["card", "lost"], {"lost": 1.0}),
    (["my", "limit"], {"limit": 1.0}),
]


def bag(*, exclusive_classes: bool = True, **settings: Any) -> Model[Any, Any]:
    """A small bag of words."""
    return build_bow_text_classifier_v3(exclusive_classes, 1, False, **{"length": 256, **settings})


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """Four texts of three labels, some of which say which label they have not."""
    return [example_of(vocab, words, cats) for words, cats in GOLD]


def example_of(vocab: Vocab, words: list[str], cats: dict[str, float]) -> Example:
    """An example with categories."""
    return Example.from_dict(Doc(vocab, words=words), {"words": words, "cats": cats})


@pytest.fixture
def textcat(vocab: Vocab, examples: list[Example]) -> TextCategorizer:
    """A text categorizer over a bag of words, initialized."""
    return initialized(make, examples)  # type: ignore[return-value]  # what make gives


def make(vocab: Vocab) -> TextCategorizer:
    """One that is not initialized."""
    return TextCategorizer(vocab, bag(), threshold=0.0)


@pytest.mark.parametrize("kind", ["bag", "ensemble", "pools"])
def test_it_is_a_component(kind: str, examples: list[Example], tok2vec_model: Any) -> None:
    """It learns, predicts, is saved and comes back as every component; missing labels count as 0 here."""

    def make(vocab: Vocab) -> TextCategorizer:
        model = bag()
        if kind == "ensemble":
            model = build_text_classifier_v2(tok2vec_model(), model)
        elif kind == "pools":
            model = build_reduce_text_classifier(tok2vec_model(), True, True, True, True, True)
        return TextCategorizer(vocab, model, threshold=0.0)

    check_deterministic(make, examples)
    pipe = initialized(make, examples)
    check_empty_docs(pipe, examples)
    check_predict_leaves_docs(pipe, examples)
    check_learns(pipe, examples, steps=80, learn_rate=0.05)
    check_round_trip(make, pipe, examples)
    check_unknown_label(pipe)


def test_labels(textcat: TextCategorizer) -> None:
    """They stand in the order in which they occur, and label_data gives them back."""
    assert textcat.labels == ("limit", "top_up", "lost")
    assert textcat.label_data == textcat.labels
    assert textcat.model.get_dim("nO") == 3


def test_cfg(textcat: TextCategorizer) -> None:
    """The saved settings have spaCy's keys."""
    assert textcat.cfg == {"labels": ["limit", "top_up", "lost"], "threshold": 0.0, "positive_label": None}


def test_given_labels(vocab: Vocab, examples: list[Example]) -> None:
    """Those of `initialize` are all there are; those of the settings come first."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples, labels=["b", "a", "b", "limit"])
    assert pipe.labels == ("b", "a", "limit")
    pipe = TextCategorizer(vocab, bag(), threshold=0.0, labels=["z", "lost"])
    assert pipe.labels == ("z", "lost")
    pipe.initialize(lambda: examples)
    assert pipe.labels == ("z", "lost", "limit", "top_up")
    assert pipe.model.get_dim("nO") == 4


def test_labels_in_the_config() -> None:
    """A config may give labels, as the documents show it; the pipeline's own config leaves them to the component."""
    nlp = tagma.blank("en")
    nlp.add_pipe("textcat", config={"labels": ["a", "b"]})
    assert nlp.get_pipe("textcat").labels == ("a", "b")
    assert "labels" not in nlp.config["components"]["textcat"]


def test_default_config() -> None:
    """The factory's settings are the peer's, and the two kinds differ in what excludes what."""
    nlp = tagma.blank("en")
    nlp.add_pipe("textcat")
    block = nlp.config["components"]["textcat"]
    filled = {**ensemble(exclusive_classes=True), "nO": None}
    filled["linear_model"] = {**filled["linear_model"], "nO": None}
    assert block == {
        "factory": "textcat",
        "threshold": 0.0,
        "model": filled,
        "scorer": {"@scorers": "spacy.textcat_scorer.v2"},
    }
    meta = nlp.get_pipe_meta("textcat")
    assert meta.assigns == ["doc.cats"]
    assert meta.default_score_weights["cats_score"] == 1.0
    assert meta.default_score_weights["cats_score_desc"] is None
    assert len(meta.default_score_weights) == 10


@pytest.mark.parametrize(
    ("cats", "code"),
    [
        ({"limit": 0.5, "lost": 0.0}, "E851"),
        ({"limit": 2.0}, "E851"),
        ({"limit": 1.0, "lost": 1.0}, "E895"),
    ],
)
def test_bad_gold(textcat: TextCategorizer, vocab: Vocab, cats: dict[str, float], code: str) -> None:
    """Values are 0 or 1, and one label of a doc is 1; asked when labels are taken, in training and in rehearsal."""
    bad = [example_of(vocab, ["a"], cats)]
    textcat._rehearsal_model = textcat.model.copy()
    for action in (
        lambda: make(vocab).initialize(lambda: bad),
        lambda: textcat.update(bad),
        lambda: textcat.rehearse(bad),
    ):
        with pytest.raises(ValueError, match=r"doc\.cats|several") as caught:
            action()
        assert code_of(caught.value) == code


def test_one_label_is_too_few(vocab: Vocab) -> None:
    """There must be something to choose from."""
    pipe = make(vocab)
    with pytest.raises(ValueError, match="textcat_multilabel") as caught:
        pipe.initialize(lambda: [example_of(vocab, ["a"], {"only": 1.0})])
    assert code_of(caught.value) == "E867"


def test_positive_label(vocab: Vocab, examples: list[Example]) -> None:
    """One of two labels may be the one that counts: it is kept in the settings, and scores are its F."""
    two = [example_of(vocab, ["good"], {"pos": 1.0, "neg": 0.0}), example_of(vocab, ["bad"], {"neg": 1.0, "pos": 0.0})]
    pipe = make(vocab)
    pipe.initialize(lambda: two, positive_label="pos")
    assert pipe.cfg["positive_label"] == "pos"
    assert pipe.score([*pipe_examples(pipe, two)])["cats_score_desc"] == "F (pos)"
    for given, label, code in ((two, "other", "E920"), (examples, "lost", "E919")):
        with pytest.raises(ValueError, match="positive label") as caught:
            make(vocab).initialize(lambda given=given: given, positive_label=label)
        assert code_of(caught.value) == code


def pipe_examples(pipe: TextCategorizer, examples: list[Example]) -> list[Example]:
    """The examples with predictions."""
    for example in examples:
        pipe(example.predicted)
    return examples


def test_no_examples(vocab: Vocab) -> None:
    """Examples are needed."""
    with pytest.raises(TypeError, match="E930"):
        make(vocab).initialize(list)


def test_no_labels(vocab: Vocab) -> None:
    """Without labels there is nothing to learn."""
    pipe = MultiLabel_TextCategorizer(vocab, bag(exclusive_classes=False), threshold=0.5)
    with pytest.raises(ValueError, match="E143"):
        pipe.initialize(lambda: [example_of(vocab, ["a"], {})])


def test_loss(textcat: TextCategorizer, vocab: Vocab) -> None:
    """The mean of the squared differences; the gradient is the difference, also for labels that are not named."""
    batch = [example_of(vocab, ["a"], {"limit": 1.0}), example_of(vocab, ["b"], {"lost": 1.0, "top_up": 0.0})]
    scores = np.asarray([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], dtype="f")
    loss, d_scores = textcat.get_loss(batch, scores)
    assert d_scores.tolist() == [[-0.5, 0.25, 0.25], [0.0, 0.0, 0.0]]
    assert loss == pytest.approx((0.25 + 2 * 0.0625) / 6)
    assert not textcat.support_missing_values


def test_unknown_gold_labels(textcat: TextCategorizer, vocab: Vocab) -> None:
    """A label that the component does not have has no part in the loss."""
    loss, d_scores = textcat.get_loss([example_of(vocab, ["a"], {"new": 1.0})], np.zeros((1, 3), dtype="f"))
    assert loss == 0.0
    assert not d_scores.any()


def test_loss_that_is_no_number(textcat: TextCategorizer, examples: list[Example]) -> None:
    """It is refused, in distillation too."""
    nan = np.full((4, 3), np.nan, dtype="f")
    for action in (
        lambda: textcat.get_loss(examples, nan),
        lambda: textcat.get_teacher_student_loss(nan, nan),
    ):
        with pytest.raises(ValueError, match="E910"):
            action()


def test_annotation(textcat: TextCategorizer, vocab: Vocab) -> None:
    """All labels are written, and entries of other components stay."""
    doc = Doc(vocab, words=["my", "limit"])
    doc.cats = {"other": 1.0}
    textcat(doc)
    assert list(doc.cats) == ["other", "limit", "top_up", "lost"]
    assert sum(doc.cats[label] for label in textcat.labels) == pytest.approx(1.0, abs=1e-5)
    assert all(type(value) is float for value in doc.cats.values())


def test_docs_without_tokens(examples: list[Example], vocab: Vocab, tok2vec_model: Any) -> None:
    """Alone they have zeros; beside others they have zeros where pooling has nothing to take."""
    pipe = TextCategorizer(
        vocab, build_reduce_text_classifier(tok2vec_model(), True, False, False, True, False), threshold=0.0
    )
    pipe.initialize(lambda: examples)
    assert pipe.predict([Doc(vocab)]).tolist() == [[0.0, 0.0, 0.0]]
    scores = pipe.predict([Doc(vocab), Doc(vocab, words=["my", "limit"]), Doc(vocab)])
    assert scores[[0, 2]].tolist() == [[0.0] * 3] * 2
    assert scores[1].sum() == pytest.approx(1.0)
    assert scores[1].tolist() == pipe.predict([Doc(vocab, words=["my", "limit"])])[0].tolist()


def test_save_activations(textcat: TextCategorizer, vocab: Vocab) -> None:
    """The model's output is kept with each doc if that is asked for, and the settings say so."""
    doc = textcat(Doc(vocab, words=["my", "limit"]))
    assert doc.activations == {}
    textcat.save_activations = True
    doc = textcat(Doc(vocab, words=["my", "limit"]))
    assert doc.activations["textcat"]["probabilities"].tolist() == [doc.cats[label] for label in textcat.labels]
    assert textcat.cfg["save_activations"] is True


def test_more_labels(textcat: TextCategorizer, examples: list[Example], vocab: Vocab, tmp_path: Path) -> None:
    """New labels are learned after training, and a saved component has them."""
    sgd = Adam(0.05)
    for _ in range(20):
        textcat.update(examples, sgd=sgd)
    before = textcat.predict([example.predicted for example in examples])
    assert (textcat.add_label("new"), textcat.add_label("new")) == (1, 0)
    with pytest.raises(ValueError, match="E187"):
        textcat.add_label(3)  # type: ignore[arg-type]  # what is refused
    after = textcat.predict([example.predicted for example in examples])
    np.testing.assert_allclose(after[:, :3], before, rtol=1e-5)
    assert not after[:, 3].any()
    new = [*examples, example_of(vocab, ["entirely", "new"], {"new": 1.0})]
    sgd = Adam(50.0)  # from the bias that a new label starts with
    for _ in range(200):
        textcat.update(new, sgd=sgd)
    assert "new" in vocab.strings
    textcat.to_disk(tmp_path)
    loaded = make(vocab).from_disk(tmp_path)
    assert loaded.labels == ("limit", "top_up", "lost", "new")
    docs = [example.predicted for example in new]
    assert loaded.predict(docs).tolist() == textcat.predict(docs).tolist()


def test_a_model_that_cannot_grow(vocab: Vocab, examples: list[Example]) -> None:
    """Where the architecture has a fixed number of labels, a new one is refused."""
    model = registry.get("architectures", "spacy.TextCatBOW.v1")(True, 1, False)
    pipe = TextCategorizer(vocab, model, threshold=0.0)
    pipe.initialize(lambda: examples)
    assert not pipe.is_resizable
    with pytest.raises(ValueError, match=r"E922.*3 outputs"):
        pipe.add_label("new")
    with pytest.raises(NotImplementedError, match="E921"):
        pipe.set_output(4)
    assert pipe.labels == ("limit", "top_up", "lost")


def test_set_output(textcat: TextCategorizer) -> None:
    """The number of outputs changes as it is told."""
    textcat.set_output(7)
    assert textcat.model.get_dim("nO") == 7


def test_labels_that_do_not_exclude_each_other(vocab: Vocab, examples: list[Example]) -> None:
    """A network for several labels is allowed, as the documents show it, with a warning that names both."""
    pipe = TextCategorizer(vocab, bag(exclusive_classes=False), "mine", threshold=0.0)
    with pytest.warns(UserWarning, match=r"W4030.*'mine'.*exclusive_classes = false"):
        pipe.initialize(lambda: examples)
    assert pipe.predict([examples[0].predicted]).shape == (1, 3)


def test_rehearsal(textcat: TextCategorizer, examples: list[Example], vocab: Vocab) -> None:
    """Without an earlier model nothing happens; with one, its scores come back, those of new labels stay."""
    assert textcat.rehearse(examples) == {"textcat": 0.0}
    sgd = Adam(0.05)
    for _ in range(40):
        textcat.update(examples, sgd=sgd)
    textcat._rehearsal_model = textcat.model.copy()
    docs = [example.predicted for example in examples]
    before = textcat.predict(docs)
    others = [example_of(vocab, words, {"lost": 1.0}) for words, _ in GOLD]
    for _ in range(20):
        textcat.update(others, sgd=sgd)
    far = float(np.abs(textcat.predict(docs) - before).max())
    textcat.add_label("new")
    first = textcat.rehearse(examples, sgd=Adam(0.0))["textcat"]
    assert first == pytest.approx(float(((textcat.predict(docs)[:, :3] - before) ** 2).sum()), rel=1e-3)
    sgd = Adam(0.05)
    for _ in range(60):
        textcat.rehearse(examples, sgd=sgd)
    near = float(np.abs(textcat.predict(docs)[:, :3] - before).max())
    assert near < far / 4


def test_distillation(textcat: TextCategorizer, examples: list[Example], vocab: Vocab, tok2vec_model: Any) -> None:
    """A student learns the teacher's probabilities, without gold."""
    sgd = Adam(0.05)
    for _ in range(40):
        textcat.update(examples, sgd=sgd)
    fix_random_seed(0)
    student = TextCategorizer(
        vocab, build_reduce_text_classifier(tok2vec_model(), True, False, False, False, True), "student", threshold=0.0
    )
    student.initialize(lambda: examples, labels=textcat.label_data)
    bare = [Example(Doc(vocab, words=words), Doc(vocab, words=words)) for words, _ in GOLD]
    sgd = Adam(0.02)
    losses = [student.distill(textcat, bare, sgd=sgd)["student"] for _ in range(60)]
    assert losses[-1] < losses[0] / 10
    docs = [example.predicted for example in bare]
    assert np.abs(student.predict(docs) - textcat.predict(docs)).max() < 0.2
    assert student.is_distillable
    with pytest.raises(ValueError, match="E4002"):
        student.distill(None, bare)


def test_distillation_of_other_labels(textcat: TextCategorizer, examples: list[Example], vocab: Vocab) -> None:
    """Labels must be the teacher's, in its order: E4201 names both."""
    student = TextCategorizer(vocab, bag(), "student", threshold=0.0)
    student.initialize(lambda: examples, labels=["lost", "limit", "top_up"])
    with pytest.raises(ValueError, match=r"E4201.*'student'.*'textcat'.*'lost', 'limit'.*'limit', 'top_up'"):
        student.distill(textcat, examples)
    with pytest.raises(ValueError, match="E4201"):
        student.distill(Tagger(vocab, bag()), examples)


def test_scorers(textcat: TextCategorizer) -> None:
    """They are registered under the peer's names."""
    assert textcat.scorer is textcat_score
    assert registry.scorers.get("spacy.textcat_scorer.v2")() is textcat_score
    for name in ("spacy.textcat_scorer.v1", "spacy-legacy.textcat_scorer.v1"):
        assert registry.scorers.get(name)() is textcat_score_v1


def test_in_a_pipeline(vocab: Vocab, tmp_path: Path) -> None:
    """The factory's default learns in a pipeline, which is saved and loaded."""
    nlp = tagma.blank("en")
    nlp.add_pipe("textcat")
    examples = [
        Example.from_dict(nlp.make_doc(" ".join(words)), {"cats": {label: 1.0 for label in cats if cats[label]}})
        for words, cats in GOLD
    ]
    fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    losses = [nlp.update(examples, sgd=optimizer)["textcat"] for _ in range(30)]
    assert losses[-1] < losses[0] / 4
    assert nlp.evaluate(examples)["cats_score"] == 1.0
    nlp.to_disk(tmp_path)
    loaded = tagma.load(tmp_path)
    assert loaded("what is my limit ?").cats == nlp("what is my limit ?").cats
