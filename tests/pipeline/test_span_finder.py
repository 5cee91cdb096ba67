"""span_finder: gold borders, loss, annotation, scores, distillation, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.ml import build_finder_model, build_linear_logistic
from tagma.nn import Adam, fix_random_seed
from tagma.pipeline import SpanFinder
from tagma.pipeline.span_finder import DEFAULT_SPAN_FINDER_MODEL, span_finder_score
from tagma.testing.components import (
    check_deterministic,
    check_empty_docs,
    check_learns,
    check_predict_leaves_docs,
    check_round_trip,
    fresh,
    initialized,
)
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

# Nested spans, two that overlap, one token, and none.
GOLD: list[tuple[list[str], list[tuple[int, int]]]] = [
    (["the", "Bank", "of", "New", "England"], [(1, 5), (3, 5)]),
    (["New", "York", "Times"], [(0, 2), (1, 3)]),
    (["Boston"], [(0, 1)]),
    (["nothing", "here"], []),
]


class _Pipeline:
    """All that a component is given of its pipeline."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab


def example_of(vocab: Vocab, words: list[str], spans: list[tuple[int, int]]) -> Example:
    """An example whose reference has spans."""
    reference = Doc(vocab, words=words)
    reference.spans["sc"] = [Span(reference, start, end) for start, end in spans]
    return Example(Doc(vocab, words=words), reference)


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The texts of GOLD."""
    return [example_of(vocab, words, spans) for words, spans in GOLD]


@pytest.fixture
def make(tok2vec_model: Any) -> Any:
    """Function: a small span finder, for settings."""

    def make(vocab: Vocab, **settings: Any) -> SpanFinder:
        model = build_finder_model(tok2vec_model(), build_linear_logistic(nO=2))
        return SpanFinder(_Pipeline(vocab), model, **settings)  # type: ignore[arg-type]  # the vocabulary is all it takes

    return make


@pytest.fixture
def finder(make: Any, examples: list[Example]) -> SpanFinder:
    """One that is initialized."""
    return initialized(make, examples)  # type: ignore[return-value]  # what make gives


def annotated(
    finder: SpanFinder, lengths: list[int], starts: list[int], ends: list[int]
) -> list[list[tuple[int, int]]]:
    """The spans of docs of these lengths, whose tokens at these places, of all docs, begin and end spans."""
    docs = [Doc(finder.vocab, words=["w"] * n) for n in lengths]
    scores = np.zeros((sum(lengths), 2), dtype="float32")
    scores[starts, 0] = scores[ends, 1] = 1.0
    finder.set_annotations(docs, scores)
    return [[(span.start, span.end) for span in doc.spans["sc"]] for doc in docs]


def test_it_is_a_component(make: Any, examples: list[Example]) -> None:
    """It learns, predicts, is saved and comes back as every component."""
    check_deterministic(make, examples)
    pipe = initialized(make, examples)
    check_empty_docs(pipe, examples)
    check_predict_leaves_docs(pipe, examples)
    check_learns(pipe, examples)
    check_round_trip(make, pipe, examples)


def test_it_learns(finder: SpanFinder, examples: list[Example]) -> None:
    """All gold spans are found; what overlaps gives one more, from the first beginning to the last end."""
    sgd = Adam(0.02)
    for _ in range(60):
        finder.update(fresh(examples), sgd=sgd)
    docs = list(finder.pipe([example.predicted for example in fresh(examples)]))
    found = [{(span.start, span.end) for span in doc.spans["sc"]} for doc in docs]
    assert found == [{(1, 5), (3, 5)}, {(0, 2), (0, 3), (1, 2), (1, 3)}, {(0, 1)}, set()]
    scores = finder.score([Example(doc, example.reference) for doc, example in zip(docs, examples, strict=True)])
    assert scores == {"spans_sc_p": 5 / 7, "spans_sc_r": 1.0, "spans_sc_f": pytest.approx(5 / 6)}


def test_default_config() -> None:
    """The factory's settings are the peer's, in its order."""
    nlp = tagma.blank("en")
    pipe = nlp.add_pipe("span_finder")
    block = nlp.config["components"]["span_finder"]
    assert list(block) == ["factory", "threshold", "model", "spans_key", "max_length", "min_length", "scorer"]
    assert (block["threshold"], block["spans_key"], block["max_length"], block["min_length"]) == (0.5, "sc", 25, None)
    assert block["scorer"] == {"@scorers": "spacy.span_finder_scorer.v1"}
    assert block["model"] == {
        **DEFAULT_SPAN_FINDER_MODEL,
        "scorer": {**DEFAULT_SPAN_FINDER_MODEL["scorer"], "nI": None},
    }
    assert pipe.cfg == {"min_length": None, "max_length": 25, "threshold": 0.5, "spans_key": "sc"}
    meta = nlp.get_pipe_meta("span_finder")
    assert list(meta.assigns) == ["doc.spans"]
    assert meta.default_score_weights == {"spans_sc_f": 1.0, "spans_sc_p": 0.0, "spans_sc_r": 0.0}


@pytest.mark.parametrize("lengths", [{"max_length": 0}, {"min_length": 0}, {"min_length": -1, "max_length": 3}])
def test_lengths_are_refused(lengths: dict[str, int], make: Any, vocab: Vocab) -> None:
    """A span has one token at least."""
    with pytest.raises(ValueError, match=r"\[E1053\].*'span_finder'.*min_length is .*max_length"):
        make(vocab, **lengths)


def test_initialization_is_refused(finder: SpanFinder, examples: list[Example]) -> None:
    """Without examples."""
    with pytest.raises(TypeError, match=r"\[E930\].*SpanFinder.initialize"):
        finder.initialize(list)
    rounds = iter([examples, []])
    with pytest.raises(AssertionError, match=r"\[E923\].*'span_finder'"):
        finder.initialize(lambda: iter(next(rounds)))


def test_spans_of_borders(finder: SpanFinder) -> None:
    """From every beginning to every end behind it in the same doc, by beginning, then by end."""
    assert annotated(finder, [3, 0, 4], [0, 1, 2, 3, 4], [1, 2, 4, 6]) == [
        [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
        [],
        [(0, 2), (0, 4), (1, 2), (1, 4)],
    ]
    assert annotated(finder, [3], [], [1]) == annotated(finder, [3], [2], [1]) == [[]]


@pytest.mark.parametrize("shortest", [None, 1, 2, 5])
@pytest.mark.parametrize("longest", [None, 1, 3])
def test_lengths_of_spans(shortest: int | None, longest: int | None, make: Any, vocab: Vocab) -> None:
    """The same spans as by a loop over all pairs."""
    pipe = make(vocab, min_length=shortest, max_length=longest)
    starts, ends, lengths = [0, 1, 4, 6, 7, 9], [0, 3, 4, 5, 8, 9], [6, 4]
    expected: list[list[tuple[int, int]]] = [[], []]
    for start in starts:
        for end in ends:
            size, doc = end + 1 - start, int(start >= 6)
            if size >= (shortest or 1) and size <= (longest or 10) and doc == int(end >= 6):
                expected[doc].append((start - 6 * doc, end + 1 - 6 * doc))
    assert annotated(pipe, lengths, starts, ends) == expected


def test_threshold(make: Any, vocab: Vocab) -> None:
    """A probability that equals it is enough."""
    pipe = make(vocab, threshold=0.75)
    doc = Doc(vocab, words=["a", "b"])
    pipe.set_annotations([doc], np.array([[0.75, 0.7], [0.7, 0.75]], dtype="float32"))
    assert [(span.start, span.end, span.label_) for span in doc.spans["sc"]] == [(0, 2, "")]


def test_loss(finder: SpanFinder, examples: list[Example]) -> None:
    """Borders of gold spans are 1, all else 0; the gradient is the difference."""
    n = sum(len(example.predicted) for example in examples)
    loss, d_scores = finder.get_loss(examples, np.zeros((n, 2), dtype="float32"))
    assert np.flatnonzero(d_scores[:, 0]).tolist() == [1, 3, 5, 6, 8]
    assert np.flatnonzero(d_scores[:, 1]).tolist() == [4, 6, 7, 8]
    assert loss == 9.0
    assert finder.get_loss(examples, np.ones((n, 2), dtype="float32"))[0] == 2 * n - 9


def test_borders_within_tokens(finder: SpanFinder, vocab: Vocab) -> None:
    """A token in whose middle a span begins or ends has no part in the loss, on that side."""
    reference = Doc(vocab, words=["New", "York", "er", "s"], spaces=[True, False, False, False])
    reference.spans["sc"] = [Span(reference, 0, 2), Span(reference, 2, 4)]
    example = Example(Doc(vocab, words=["New", "Yorkers"]), reference)
    example.predicted = Doc(vocab, words=["New", "Yorkers"], spaces=[True, False])
    loss, d_scores = finder.get_loss([example], np.full((2, 2), 0.5, dtype="float32"))
    assert d_scores.tolist() == [[-0.5, 0.5], [0.0, 0.0]]
    assert loss == 0.5


def test_other_texts(finder: SpanFinder, vocab: Vocab) -> None:
    """Also where white space alone differs."""
    example = Example(Doc(vocab, words=["a", "b"]), Doc(vocab, words=["a", "b"], spaces=[False, False]))
    with pytest.raises(ValueError, match=r"\[E1054\] 'span_finder'.*'a b ' and 'ab'"):
        finder.update([example])


def test_nan(finder: SpanFinder, examples: list[Example]) -> None:
    """A loss that is no number is refused."""
    n = sum(len(example.predicted) for example in examples)
    with pytest.raises(ValueError, match="E910"):
        finder.get_loss(examples, np.full((n, 2), np.nan, dtype="float32"))


def test_scorer(vocab: Vocab) -> None:
    """Labels do not count, and there are no scores by label."""
    example = example_of(vocab, ["a", "b", "c"], [(0, 2), (1, 3)])
    doc = example.predicted
    doc.spans["sc"] = [Span(doc, 0, 2, "X")]
    assert span_finder_score([example], spans_key="sc") == {
        "spans_sc_p": 1.0,
        "spans_sc_r": 0.5,
        "spans_sc_f": pytest.approx(2 / 3),
    }


def test_distillation(make: Any, finder: SpanFinder, examples: list[Example], vocab: Vocab) -> None:
    """A student learns its teacher's probabilities."""
    sgd = Adam(0.02)
    for _ in range(40):
        finder.update(fresh(examples), sgd=sgd)
    fix_random_seed(1)
    student = make(vocab)
    student.initialize(lambda: examples)
    assert student.is_distillable
    sgd = Adam(0.02)
    losses = [student.distill(finder, fresh(examples), sgd=sgd)["span_finder"] for _ in range(60)]
    assert losses[-1] < losses[0] / 10
    with pytest.raises(ValueError, match=r"\[E4002\]"):
        student.distill(None, examples)


def test_rehearsal(finder: SpanFinder, examples: list[Example]) -> None:
    """There is none: nothing changes."""
    before = finder.model.to_bytes()
    assert finder.rehearse(examples, sgd=Adam(0.1)) is None
    assert finder.model.to_bytes() == before


def test_no_labels(finder: SpanFinder) -> None:
    """Spans have none."""
    assert finder.labels == ()
    with pytest.raises(NotImplementedError, match="E931"):
        finder.add_label("X")


def test_vocabularies_of_their_own() -> None:
    """The vocabulary is the pipeline's."""
    vocab = Vocab(lex_attr_getters=dict(LEX_ATTRS))
    nlp = tagma.blank("en", vocab=vocab)
    assert nlp.add_pipe("span_finder").vocab is vocab
