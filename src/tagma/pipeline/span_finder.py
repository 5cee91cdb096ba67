"""span_finder: spans without labels, from where they begin and end, in `doc.spans`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats2d
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.spancat import ASSIGNS, DEFAULT_SPANS_KEY, SAMPLE_SIZE, WEIGHTS, embedding, group_settings
from tagma.pipeline.trainable_pipe import TrainablePipe
from tagma.scorer import Scorer
from tagma.tokens import Doc, Span, SpanGroup
from tagma.tokens.columns import lengths_of

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.ty import Pipeline

Array = np.ndarray[Any, np.dtype[Any]]

DEFAULT_SPAN_FINDER_MODEL = {
    "@architectures": "spacy.SpanFinder.v1",
    "scorer": {"@layers": "spacy.LinearLogistic.v1", "nO": 2},
    "tok2vec": embedding(),
}


@scorer("spacy.span_finder_scorer.v1")
def span_finder_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """spans_<key>_p/r/f of the group `spans_key`, without regard to labels."""
    return Scorer.score_spans(examples, **group_settings({"labeled": False, **kwargs}))


@factory(
    "span_finder",
    default_config={
        "threshold": 0.5,
        "model": DEFAULT_SPAN_FINDER_MODEL,
        "spans_key": DEFAULT_SPANS_KEY,
        "max_length": 25,
        "min_length": None,
    },
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
)
class SpanFinder(TrainablePipe):
    """Spans from every token where one may begin to every token where one may end.

    spans_key     The group in `doc.spans` that is read in training and written in use.
    threshold     Probability from which on a token is a beginning, or an end.
    max_length    The longest span, in tokens; None for any length.
    min_length    The shortest; None for 1.

    Raises ValueError E1053 for lengths below 1.
    """

    def __init__(
        self,
        nlp: Pipeline,
        model: Model[list[Doc], Floats2d],
        name: str = "span_finder",
        *,
        spans_key: str = DEFAULT_SPANS_KEY,
        threshold: float = 0.5,
        max_length: int | None = None,
        min_length: int | None = None,
        scorer: Callable[..., Any] | None = span_finder_score,
    ) -> None:
        _check_lengths(name, min_length, max_length)
        cfg = {"min_length": min_length, "max_length": max_length, "threshold": threshold, "spans_key": spans_key}
        super().__init__(nlp.vocab, model, name, **cfg)
        self.scorer = scorer

    def _set_cfg(self, load: Callable[[], dict[str, Any]], what: object) -> None:
        super()._set_cfg(load, what)
        _check_lengths(self.name, self.cfg["min_length"], self.cfg["max_length"])

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Set up the model. Raises TypeError E930 without examples, AssertionError E923 for none."""
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        sample = [example for example, _ in zip(get_examples(), range(SAMPLE_SIZE), strict=False)]
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        truths, _ = self._truths(sample)
        self.model.initialize(X=[example.predicted for example in sample], Y=truths)

    def predict(self, docs: Iterable[Doc]) -> Floats2d:
        """For each token of all docs the probability that a span begins, and that one ends: float32 (n_tokens, 2)."""
        docs = list(docs)
        if not any(map(len, docs)):
            return self.model.ops.alloc2f(0, 2)
        scores: Floats2d = self.model.predict(docs)
        return scores

    def set_annotations(self, docs: Iterable[Doc], scores: Floats2d) -> None:
        """Write all spans between a beginning and an end, by beginning, into `doc.spans`; a group there is replaced."""
        docs = list(docs)
        probabilities = self.model.ops.to_numpy(scores)
        ends_of_docs = np.cumsum(lengths_of(docs))
        starts, ends = self._pairs(probabilities >= self.cfg["threshold"], ends_of_docs)
        cuts = np.searchsorted(starts, [0, *ends_of_docs.tolist()]).tolist()
        key, before = self.cfg["spans_key"], 0
        for doc, (low, high), after in zip(docs, pairwise(cuts), ends_of_docs.tolist(), strict=True):
            pairs = zip((starts[low:high] - before).tolist(), (ends[low:high] - before).tolist(), strict=True)
            doc.spans[key] = SpanGroup(doc, name=key, spans=[Span(doc, start, end) for start, end in pairs])
            before = after

    def _pairs(self, positive: Array, ends_of_docs: Array) -> tuple[Array, Array]:
        """First tokens of all spans and the tokens behind their last, among the tokens of all docs, by first token.

        positive    bool (n_tokens, 2), whether a span begins, and whether one ends
        """
        starts, lasts = np.flatnonzero(positive[:, 0]), np.flatnonzero(positive[:, 1])
        bounds = ends_of_docs[np.searchsorted(ends_of_docs, starts, side="right")] if len(starts) else starts
        if self.cfg["max_length"] is not None:
            bounds = np.minimum(bounds, starts + self.cfg["max_length"])
        first = np.searchsorted(lasts, starts + (self.cfg["min_length"] or 1) - 1)
        counts = np.maximum(np.searchsorted(lasts, bounds) - first, 0)
        places = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
        return np.repeat(starts, counts), lasts[places] + 1

    def get_loss(self, examples: Iterable[Example], scores: Floats2d) -> tuple[float, Floats2d]:
        """Sum of the squared differences to gold, and the differences, (n_tokens, 2), as the gradient.

        A token in whose middle a gold span begins or ends has no part in it.
        Raises TypeError E978, ValueError: E1054 if the texts of an example differ, E910 for NaN.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        truths, known = self._truths(examples)
        d_scores = (scores - truths) * known
        return self._check_loss((d_scores**2).sum()), d_scores

    def _truths(self, examples: Sequence[Example]) -> tuple[Floats2d, Floats2d]:
        """Where spans begin and end, and 1.0 where that is known: both float32 (n_tokens, 2)."""
        n_tokens = sum(len(example.predicted) for example in examples)
        truths, known = np.zeros((n_tokens, 2), dtype="float32"), np.ones((n_tokens, 2), dtype="float32")
        before = 0
        for example in examples:
            doc, reference = example.predicted, example.reference
            if doc.text != reference.text:
                raise ValueError(Errors.E1054.format(name=self.name, x=doc.text, y=reference.text))
            for span in reference.spans.get(self.cfg["spans_key"], ()):
                found = doc.char_span(span.start_char, span.end_char, alignment_mode="expand")
                assert found is not None, "the text is the same"
                starts, ends = found.start_char == span.start_char, found.end_char == span.end_char
                borders = (found.start, starts), (found.end - 1, ends)
                for side, (token, exact) in enumerate(borders):
                    if exact:
                        truths[before + token, side] = 1.0
                    else:
                        known[before + token, side] = 0.0
            before += len(doc)
        ops = self.model.ops
        return ops.asarray2f(truths), ops.asarray2f(known)

    def get_teacher_student_loss(self, teacher_scores: Floats2d, student_scores: Floats2d) -> tuple[float, Floats2d]:
        """Sum of the squared differences of probabilities, and the differences. Raises ValueError E910 for NaN."""
        d_scores = student_scores - teacher_scores
        return self._check_loss((d_scores**2).sum()), d_scores


def _check_lengths(name: str, min_length: Any, max_length: Any) -> None:
    """Raise ValueError E1053 for lengths that are no whole numbers from 1 on, or None."""
    for length in (min_length, max_length):
        if length is not None and not (isinstance(length, int) and length >= 1):
            raise ValueError(Errors.E1053.format(name=name, min_length=min_length, max_length=max_length))


make_span_finder: Callable[..., SpanFinder] = maker(SpanFinder)
make_span_finder_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(span_finder_score)
