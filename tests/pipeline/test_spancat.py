"""spancat, spancat_singlelabel: labels, gold, loss, annotation, activations, distillation, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import build_linear_logistic, build_mean_max_reducer, build_spancat_model
from tagma.nn import Adam, Model, Softmax_v2, fix_random_seed
from tagma.nn.config import code_of
from tagma.nn.types import Ragged
from tagma.pipeline import SpanCategorizer, Tagger
from tagma.pipeline.spancat import DEFAULT_SPANCAT_MODEL, DEFAULT_SPANCAT_SINGLELABEL_MODEL, spancat_score
from tagma.pipeline.suggesters import build_ngram_suggester
from tagma.registries import registry
from tagma.testing.components import (
    check_deterministic,
    check_empty_docs,
    check_learns,
    check_predict_leaves_docs,
    check_round_trip,
    check_unknown_label,
    fresh,
    initialized,
)
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

# Nested, overlapping, a span with two labels, and none.
GOLD: list[tuple[list[str], list[tuple[int, int, str]]]] = [
    (["the", "Bank", "of", "New", "England"], [(1, 5, "ORG"), (3, 5, "GPE"), (4, 5, "GPE")]),
    (["New", "York", "Times"], [(0, 3, "ORG"), (0, 2, "GPE"), (1, 3, "NAME"), (0, 2, "NAME")]),
    (["nothing", "here"], []),
]


def example_of(vocab: Vocab, words: list[str], spans: list[tuple[int, int, str]], key: str = "sc") -> Example:
    """An example whose reference has spans."""
    reference = Doc(vocab, words=words)
    reference.spans[key] = [Span(reference, start, end, label=label) for start, end, label in spans]
    return Example(Doc(vocab, words=words), reference)


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The texts of GOLD."""
    return [example_of(vocab, words, spans) for words, spans in GOLD]


@pytest.fixture
def make(tok2vec_model: Any) -> Callable[..., SpanCategorizer]:
    """Function: a small span categorizer, for settings; with `single`, one of the single-label kind."""

    def make(vocab: Vocab, *, single: bool = False, sizes: tuple[int, ...] = (1, 2, 3, 4), **settings: Any) -> Any:
        scorer: Model[Any, Any] = Softmax_v2() if single else build_linear_logistic()
        model = build_spancat_model(tok2vec_model(), build_mean_max_reducer(16), scorer)
        kind = {"add_negative_label": True, "max_positive": 1, "threshold": None} if single else {}
        return SpanCategorizer(
            vocab, model, build_ngram_suggester(list(sizes)), **{"spans_key": "sc", **kind, **settings}
        )

    return make


Make = Callable[..., SpanCategorizer]


@pytest.fixture
def spancat(make: Make, examples: list[Example]) -> SpanCategorizer:
    """One that is initialized."""
    return initialized(make, examples)  # type: ignore[return-value]  # what make gives


def spans_of(doc: Doc, key: str = "sc") -> list[tuple[int, int, str]]:
    """Start, end and label of the spans of a group."""
    return [(span.start, span.end, span.label_) for span in doc.spans[key]]


def scored(pipe: SpanCategorizer, vocab: Vocab, spans: list[list[int]], scores: list[list[float]]) -> Doc:
    """A doc of six tokens, annotated as if the model had given these scores to these spans."""
    doc = Doc(vocab, words=list("abcdef"))
    rows = np.array(spans, dtype="int32").reshape((-1, 2))
    table = np.array(scores, dtype="float32").reshape((len(spans), -1))
    pipe.set_annotations([doc], (Ragged(rows, np.array([len(spans)], dtype="int32")), table))
    return doc


@pytest.mark.parametrize("single", [False, True])
def test_it_is_a_component(single: bool, make: Make, examples: list[Example]) -> None:
    """It learns, predicts, is saved and comes back as every component."""

    def small(vocab: Vocab) -> SpanCategorizer:
        return make(vocab, single=single)

    check_deterministic(small, examples)
    pipe = initialized(small, examples)
    check_empty_docs(pipe, examples)
    check_predict_leaves_docs(pipe, examples)
    # two labels of one span cannot both be most probable
    learned = [example_of(pipe.vocab, words, spans[:3]) for words, spans in GOLD]
    check_learns(pipe, learned)
    check_round_trip(small, pipe, examples)
    check_unknown_label(pipe)


def test_it_learns_nested_and_overlapping_spans(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """All spans are found, also two labels of one; scores stand with them and are above the threshold."""
    pipe = initialized(make, examples)
    sgd = Adam(0.02)
    for _ in range(80):
        pipe.update(fresh(examples), sgd=sgd)
    docs = list(pipe.pipe([example.predicted for example in fresh(examples)]))
    for doc, (_, spans) in zip(docs, GOLD, strict=True):
        assert set(spans_of(doc)) == set(spans)
        scores = doc.spans["sc"].attrs["scores"]
        assert scores.shape == (len(spans),)
        assert (scores >= 0.5).all()
    scores = pipe.score([Example(doc, example.reference) for doc, example in zip(docs, examples, strict=True)])
    assert scores["spans_sc_f"] == 1.0
    assert scores["spans_sc_per_type"].keys() == {"GPE", "NAME", "ORG"}


def test_labels(spancat: SpanCategorizer) -> None:
    """They stand in the order in which they occur, and label_data gives them back."""
    assert spancat.labels == ("ORG", "GPE", "NAME")
    assert spancat.label_data == ["ORG", "GPE", "NAME"]
    assert spancat.model.get_dim("nO") == 3
    assert spancat.key == "sc"


def test_negative_label(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """It is an output of the model, but no label."""
    pipe = make(vocab, single=True)
    pipe.initialize(lambda: examples)
    assert pipe.labels == ("ORG", "GPE", "NAME")
    assert pipe.model.get_dim("nO") == 4
    with pytest.raises(ValueError, match=r"\[E922\].*4 outputs"):
        pipe.add_label("more")


def test_cfg(spancat: SpanCategorizer) -> None:
    """The saved settings have spaCy's keys."""
    assert spancat.cfg == {
        "labels": ["ORG", "GPE", "NAME"],
        "spans_key": "sc",
        "threshold": 0.5,
        "max_positive": None,
        "negative_weight": 1.0,
        "allow_overlap": True,
    }


def test_given_labels(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Those of `initialize` are all there are; those of the settings come first."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples, labels=["b", "a", "b", "ORG"])
    assert pipe.labels == ("b", "a", "ORG")
    pipe = make(vocab, labels=["z", "NAME"])
    assert pipe.labels == ("z", "NAME")
    assert (pipe.add_label("z"), pipe.add_label("y")) == (0, 1)
    pipe.initialize(lambda: examples)
    assert pipe.labels == ("z", "NAME", "y", "ORG", "GPE")
    with pytest.raises(ValueError, match=r"\[E187\]"):
        pipe.add_label(3)  # type: ignore[arg-type]  # what is refused


def test_a_model_that_can_grow(spancat: SpanCategorizer) -> None:
    """It gets an output for a new label."""
    sizes = []
    spancat.model.attrs["resize_output"] = lambda model, nO: sizes.append(nO)
    assert spancat.add_label("new") == 1
    assert sizes == [4]


def test_initialization_is_refused(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Without examples, and without labels."""
    pipe = make(vocab)
    with pytest.raises(TypeError, match=r"\[E930\].*SpanCategorizer.initialize"):
        pipe.initialize(list)
    with pytest.raises(ValueError, match=r"\[E143\].*'spancat'"):
        pipe.initialize(lambda: [example_of(vocab, ["a"], [])])
    with pytest.raises(AssertionError, match=r"\[E923\].*'spancat'"):
        pipe.initialize(_once(examples), labels=["a"])


def _once(examples: list[Example]) -> Callable[[], Any]:
    """Examples the first time that they are asked for, none later."""
    rounds = iter([examples, []])
    return lambda: iter(next(rounds))


@pytest.mark.parametrize(
    ("name", "default"),
    [("spancat", DEFAULT_SPANCAT_MODEL), ("spancat_singlelabel", DEFAULT_SPANCAT_SINGLELABEL_MODEL)],
)
def test_default_config(name: str, default: dict[str, Any]) -> None:
    """The factory's settings are the peer's, in its order."""
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe(name)
    block = nlp.config["components"][name]
    single = name == "spancat_singlelabel"
    keys = ["spans_key", "model", "negative_weight", "suggester", "scorer", "allow_overlap"]
    assert list(block) == [
        "factory",
        *(keys if single else ["threshold", "spans_key", "max_positive", "model", "suggester", "scorer"]),
    ]
    assert block["suggester"] == {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3]}
    assert block["scorer"] == {"@scorers": "spacy.spancat_scorer.v1"}
    assert block["model"]["tok2vec"] == default["tok2vec"]
    assert default["tok2vec"]["embed"]["@architectures"] == f"spacy.MultiHashEmbed.{'v1' if single else 'v2'}"
    assert block["model"]["reducer"] == {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 128}
    assert block["model"]["scorer"]["@layers"] == ("Softmax.v2" if single else "spacy.LinearLogistic.v1")
    assert pipe.add_negative_label is single
    assert pipe.cfg["max_positive"] == (1 if single else None)
    assert pipe.cfg["threshold"] == (None if single else 0.5)
    meta = nlp.get_pipe_meta(name)
    assert list(meta.assigns) == ["doc.spans"]
    assert meta.default_score_weights == {"spans_sc_f": 1.0, "spans_sc_p": 0.0, "spans_sc_r": 0.0}


def test_labels_and_activations_in_the_config() -> None:
    """A config may give them; the pipeline's own config leaves them to the component."""
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe("spancat", config={"labels": ["a", "b"], "save_activations": True})
    assert pipe.labels == ("a", "b")
    assert pipe.save_activations
    assert not {"labels", "save_activations"} & nlp.config["components"]["spancat"].keys()


def test_overlap_is_refused(make: Make, vocab: Vocab) -> None:
    """Several labels of a span overlap."""
    with pytest.raises(ValueError, match=r"\[E1051\].*'spancat'.*2 labels"):
        make(vocab, allow_overlap=False, max_positive=2)
    assert make(vocab, allow_overlap=False, max_positive=1).cfg["allow_overlap"] is False


# -- Gold and loss


def loss_of(pipe: SpanCategorizer, examples: list[Example], value: float = 0.0) -> tuple[float, Any, Ragged]:
    """Loss and gradient where all scores have this value, and the candidates."""
    candidates = pipe.suggest([example.predicted for example in examples])
    scores = np.full((len(candidates.data), pipe.model.get_dim("nO")), value, dtype="float32")
    return *pipe.get_loss(examples, (candidates, scores)), candidates


def test_loss(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """Each gold label of a candidate is 1, all else 0; the gradient is the difference."""
    loss, d_scores, candidates = loss_of(spancat, examples)
    assert loss == 7.0
    found = set()
    places = np.repeat(np.arange(3), candidates.lengths)
    for row, column in zip(*np.nonzero(d_scores), strict=True):
        found.add((int(places[row]), *candidates.data[row].tolist(), spancat.labels[column]))
    assert found == {(i, *span) for i, (_, spans) in enumerate(GOLD) for span in spans}
    assert set(d_scores.ravel().tolist()) == {0.0, -1.0}
    loss, d_scores, _ = loss_of(spancat, examples, 1.0)
    assert loss == d_scores.size - 7


def test_gold_that_is_no_candidate(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """It has no part in the loss, nor has its label."""
    pipe = make(vocab, sizes=(1,))
    pipe.initialize(lambda: examples, labels=["GPE"])
    assert loss_of(pipe, examples)[0] == 1.0


def test_equal_candidates(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """Of a candidate that is there twice the last is gold."""
    candidates = Ragged(np.array([[1, 5], [1, 5], [0, 1]], dtype="int32"), np.array([3, 0, 0], dtype="int32"))
    _, d_scores = spancat.get_loss(examples, (candidates, np.zeros((3, 3), dtype="float32")))
    assert d_scores.tolist() == [[0, 0, 0], [-1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(("weight", "expected"), [(1.0, 1.0), (0.5, 0.5), (None, 1.0), (0.0, 0.0)])
def test_negative_weight(weight: float | None, expected: float, make: Make, examples: list[Example]) -> None:
    """Spans without gold label have the negative one; their rows are weighted, those of others are not."""
    pipe = make(examples[0].predicted.vocab, single=True, negative_weight=weight)
    pipe.initialize(lambda: examples)
    _, d_scores, _ = loss_of(pipe, examples)
    gold = d_scores[:, :3].any(axis=1)
    assert gold.sum() == 6  # one of them has two labels
    assert not d_scores[gold, 3].any()
    assert (d_scores[~gold, 3] == -expected).all()


def test_other_tokens(spancat: SpanCategorizer, vocab: Vocab) -> None:
    """Gold spans are found on the predicted doc's tokens; those that are not whole tokens there are left out."""
    reference = Doc(vocab, words=["New", "York", "er"], spaces=[True, False, False])
    reference.spans["sc"] = [Span(reference, 0, 3, "GPE"), Span(reference, 0, 2, "ORG")]
    example = Example(Doc(vocab, words=["New", "Yorker"]), reference)
    _, d_scores, candidates = loss_of(spancat, [example])
    rows, columns = np.nonzero(d_scores)
    assert [
        (candidates.data[row].tolist(), spancat.labels[column]) for row, column in zip(rows, columns, strict=True)
    ] == [([0, 2], "GPE")]


def test_unknown_gold_label(spancat: SpanCategorizer, vocab: Vocab) -> None:
    """A gold label that is none of the component's is named."""
    with pytest.raises(KeyError, match=r"\[E4235\].*'DATE'.*'spancat'.*'ORG'"):
        spancat.update([example_of(vocab, ["now"], [(0, 1, "DATE")])])


def test_nan(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """A loss that is no number is refused."""
    with pytest.raises(ValueError, match="E910"):
        loss_of(spancat, examples, float("nan"))
    with pytest.raises(TypeError, match="E978"):
        spancat.update([examples[0].predicted])  # type: ignore[list-item]  # what is refused


def test_update_without_candidates(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Nothing is learned, and nothing is found."""
    pipe = make(vocab, sizes=(30,))
    pipe.initialize(lambda: examples)
    assert pipe.update(examples) == {"spancat": 0.0}
    doc = pipe(Doc(vocab, words=["a"]))
    assert spans_of(doc) == []
    assert doc.spans["sc"].attrs["scores"].shape == (0,)
    assert pipe.predict([doc])[1].shape == (0, 3)


def test_update_can_annotate(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """The predicted docs have the group afterwards."""
    spancat.update(examples, set_annotations=True)
    assert all("sc" in example.predicted.spans for example in examples)


# -- Annotation

SPANS = [[0, 2], [1, 3], [3, 4], [0, 6]]


def test_multi_label(spancat: SpanCategorizer, vocab: Vocab) -> None:
    """Every label that reaches the threshold, by span, then by label; the score stands with each."""
    doc = scored(spancat, vocab, SPANS, [[0.5, 0.4, 0.9], [0.1, 0.2, 0.3], [0.0, 1.0, 0.0], [0.6, 0.7, 0.8]])
    expected = [(0, 2, "ORG"), (0, 2, "NAME"), (3, 4, "GPE"), (0, 6, "ORG"), (0, 6, "GPE"), (0, 6, "NAME")]
    assert spans_of(doc) == expected
    scores = doc.spans["sc"].attrs["scores"]
    np.testing.assert_allclose(scores, [0.5, 0.9, 1.0, 0.6, 0.7, 0.8])
    assert scores.dtype == np.float32


@pytest.mark.parametrize(("threshold", "number"), [(0.65, 4), (None, 8), (0.0, 8), (1.1, 0)])
def test_max_positive(threshold: float | None, number: int, make: Make, examples: list[Example], vocab: Vocab) -> None:
    """The best two labels of a span, if they reach the threshold."""
    pipe = make(vocab, max_positive=2, threshold=threshold)
    pipe.initialize(lambda: examples)
    doc = scored(pipe, vocab, SPANS, [[0.5, 0.4, 0.9], [0.1, 0.2, 0.3], [0.0, 1.0, 0.0], [0.6, 0.7, 0.8]])
    assert len(spans_of(doc)) == number
    if number == 8:
        assert spans_of(doc)[:4] == [(0, 2, "ORG"), (0, 2, "NAME"), (1, 3, "GPE"), (1, 3, "NAME")]


def test_single_label(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """The most probable label; a span whose most probable label is the negative one has none."""
    pipe = make(vocab, single=True)
    pipe.initialize(lambda: examples)
    rows = [[0.5, 0.1, 0.2, 0.2], [0.3, 0.0, 0.3, 0.4], [0.0, 0.9, 0.1, 0.0], [0.1, 0.1, 0.6, 0.2]]
    doc = scored(pipe, vocab, SPANS, rows)
    assert spans_of(doc) == [(0, 2, "ORG"), (3, 4, "GPE"), (0, 6, "NAME")]
    np.testing.assert_allclose(doc.spans["sc"].attrs["scores"], [0.5, 0.9, 0.6])
    pipe.cfg["threshold"] = 0.55
    assert spans_of(scored(pipe, vocab, SPANS, rows)) == [(3, 4, "GPE"), (0, 6, "NAME")]


def test_without_overlap(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """The most probable spans go first, and what overlaps them is left out."""
    pipe = make(vocab, single=True, allow_overlap=False)
    pipe.initialize(lambda: examples)
    rows = [[0.5, 0.1, 0.2, 0.2], [0.7, 0.0, 0.1, 0.2], [0.0, 0.9, 0.1, 0.0], [0.1, 0.1, 0.6, 0.2]]
    doc = scored(pipe, vocab, SPANS, rows)
    assert spans_of(doc) == [(3, 4, "GPE"), (1, 3, "ORG")]
    np.testing.assert_allclose(doc.spans["sc"].attrs["scores"], [0.9, 0.7])


def test_groups_are_replaced(spancat: SpanCategorizer, vocab: Vocab) -> None:
    """What stood under the key is gone; other groups stay."""
    doc = Doc(vocab, words=["a", "b"])
    doc.spans["sc"], doc.spans["other"] = [Span(doc, 0, 1, "X")], [Span(doc, 0, 1, "X")]
    spancat(doc)
    assert (0, 1, "X") not in spans_of(doc)
    assert spans_of(doc, "other") == [(0, 1, "X")]


def test_candidates(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """All of them can be looked at, in a group of their own."""
    docs = [example.predicted for example in examples]
    spancat.set_candidates(docs)
    assert [len(doc.spans["candidates"]) for doc in docs] == [14, 6, 3]
    assert spans_of(docs[2], "candidates") == [(0, 1, ""), (1, 2, ""), (0, 2, "")]
    spancat.set_candidates(docs, candidates_key="c")
    assert len(docs[0].spans["c"]) == 14


def test_activations(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """Candidates and scores of each doc, if they are asked for."""
    docs = [example.predicted for example in examples]
    list(spancat.pipe(docs))
    assert not docs[0].activations
    spancat.save_activations = True
    list(spancat.pipe(docs))
    indices, scores = spancat.predict(docs[1:2])
    found = docs[1].activations["spancat"]
    assert found.keys() == {"indices", "scores"}
    assert (found["indices"] == indices.data).all()
    np.testing.assert_allclose(found["scores"], scores, atol=1e-6)
    assert docs[2].activations["spancat"]["scores"].shape == (3, 3)


# -- Suggesters


@pytest.mark.parametrize(
    ("rows", "lengths", "code"),
    [
        (np.zeros((1, 3), dtype="int32"), [1], "E4232"),
        (np.zeros((1, 2), dtype="float32"), [1], "E4232"),
        (np.array([[0, 1]], dtype="int32"), [2], "E4233"),
        (np.array([[0, 1]], dtype="int32"), [1, 0], "E4233"),
        (np.array([[0, 1], [1, 1]], dtype="int32"), [2], "E4234"),
        (np.array([[0, 1], [1, 3]], dtype="int32"), [2], "E4234"),
        (np.array([[-1, 1]], dtype="int32"), [1], "E4234"),
    ],
)
def test_bad_suggestions(rows: Any, lengths: list[int], code: str, spancat: SpanCategorizer, vocab: Vocab) -> None:
    """Arrays of another form, lengths that do not fit, spans without tokens or beyond the doc."""
    spancat.suggester = lambda docs, *, ops=None: Ragged(rows, np.array(lengths, dtype="int32"))
    doc = Doc(vocab, words=["a", "b"])
    with pytest.raises(ValueError, match="'spancat'") as caught:
        spancat.predict([doc])
    assert code_of(caught.value) == code


def test_a_suggester_of_ones_own(examples: list[Example]) -> None:
    """A function that is registered under a name of its own proposes spans from the config."""

    @registry.misc("test.capitals_suggester.v1")
    def build(longest: int) -> Any:
        def suggest(docs: Any, *, ops: Any = None) -> Ragged:
            spans = [[(t.i, t.i + 1) for t in doc if t.text[0].isupper()][:longest] for doc in docs]
            rows = np.array([span for of_doc in spans for span in of_doc], dtype="int32").reshape((-1, 2))
            return Ragged(rows, np.array([len(of_doc) for of_doc in spans], dtype="int32"))

        return suggest

    nlp = tagma.blank("en")
    pipe = nlp.add_pipe("spancat", config={"suggester": {"@misc": "test.capitals_suggester.v1", "longest": 2}})
    nlp.initialize(lambda: examples)
    doc = nlp.make_doc("New York or Old England")
    assert pipe.suggest([doc]).data.tolist() == [[0, 1], [1, 2]]
    assert "sc" in nlp("New York").spans


# -- Scores, distillation, rehearsal


def test_scorer(vocab: Vocab) -> None:
    """Spans of the group, labelled; docs whose reference lacks the group are left out, other groups not read."""
    example = example_of(vocab, ["a", "b", "c"], [(0, 2, "X"), (1, 3, "Y"), (0, 3, "Y")])
    doc = example.predicted
    doc.spans["sc"] = [Span(doc, 0, 2, "X"), Span(doc, 1, 3, "X"), Span(doc, 0, 3, "Y")]
    bare = Example(Doc(vocab, words=["a"]), Doc(vocab, words=["a"]))
    bare.predicted.spans["sc"] = [Span(bare.predicted, 0, 1, "X")]
    scores = spancat_score([example, bare], spans_key="sc")
    assert scores["spans_sc_p"] == scores["spans_sc_r"] == pytest.approx(2 / 3)
    assert scores["spans_sc_per_type"]["X"] == {"p": 0.5, "r": 1.0, "f": pytest.approx(2 / 3)}
    assert spancat_score([example, bare], spans_key="other")["spans_other_f"] is None


@pytest.mark.parametrize("single", [False, True])
def test_distillation(single: bool, make: Make, examples: list[Example], vocab: Vocab) -> None:
    """A student learns its teacher's probabilities for the candidates that it proposes itself."""
    fix_random_seed(0)
    teacher = make(vocab, single=single)
    teacher.initialize(lambda: examples)
    sgd = Adam(0.02)
    for _ in range(40):
        teacher.update(fresh(examples), sgd=sgd)
    student = make(vocab, single=single, sizes=(1, 2))
    student.initialize(lambda: examples, labels=teacher.label_data)
    assert student.is_distillable
    sgd = Adam(0.02)
    losses = [student.distill(teacher, fresh(examples), sgd=sgd)["spancat"] for _ in range(60)]
    assert losses[-1] < losses[0] / 10
    docs = [example.predicted for example in fresh(examples)]
    candidates, scores = student.predict(docs)
    np.testing.assert_allclose(scores, teacher.model.predict((docs, candidates)), atol=0.25)


def test_distillation_is_refused(make: Make, spancat: SpanCategorizer, examples: list[Example], vocab: Vocab) -> None:
    """Without a teacher, with other tokens, with other labels, with a negative label on one side alone."""
    with pytest.raises(ValueError, match=r"\[E4002\]"):
        spancat.distill(None, examples)
    other = [Example(Doc(vocab, words=["ab"]), Doc(vocab, words=["a", "b"], spaces=[False, False]))]
    with pytest.raises(ValueError, match=r"\[E4003\]"):
        spancat.distill(spancat, other)
    teacher = make(vocab, labels=["GPE", "ORG", "NAME"])
    with pytest.raises(ValueError, match=r"\[E4201\].*'ORG', 'GPE'.*not \['GPE', 'ORG'"):
        spancat.distill(teacher, examples)
    teacher = make(vocab, single=True, labels=spancat.labels)
    with pytest.raises(ValueError, match=r"\[E4201\].*None"):
        spancat.distill(teacher, examples)


def test_distillation_without_candidates(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Nothing is learned."""
    pipe = make(vocab, sizes=(30,))
    pipe.initialize(lambda: examples)
    assert pipe.distill(pipe, fresh(examples)) == {"spancat": 0.0}


def test_rehearsal(spancat: SpanCategorizer, examples: list[Example]) -> None:
    """There is none: nothing changes."""
    before = spancat.model.to_bytes()
    assert spancat.rehearse(examples, sgd=Adam(0.1)) is None
    assert spancat.model.to_bytes() == before


def test_a_tagger_is_no_teacher(spancat: SpanCategorizer, examples: list[Example], tagger_model: Any) -> None:
    """Its labels are others."""
    with pytest.raises(ValueError, match="E4201"):
        spancat.distill(Tagger(spancat.vocab, tagger_model()), examples)


def test_a_pipeline_of_finder_and_categorizer() -> None:
    """A span finder's spans are the candidates of a span categorizer, in training and in use."""
    nlp = tagma.blank("en")
    nlp.add_pipe("span_finder", config={"spans_key": "found"})
    suggester = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": "found"}
    nlp.add_pipe("spancat", config={"suggester": suggester})
    text = "New York is old"
    gold = {"spans": {"sc": [(0, 8, "GPE")], "found": [(0, 8, "")]}}
    examples = [Example.from_dict(nlp.make_doc(text), gold)]
    fix_random_seed(0)
    sgd = nlp.initialize(lambda: examples)
    for _ in range(40):
        nlp.update(examples, sgd=sgd, annotates=["span_finder"])
    assert spans_of(nlp(text)) == [(0, 2, "GPE")]
