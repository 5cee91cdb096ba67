"""spancat, spancat_singlelabel: labels for spans that may overlap, in `doc.spans`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats2d, Ragged
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.suggesters import Suggester, build_ngram_suggester
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS, TrainablePipe
from tagma.scorer import Scorer
from tagma.tokens import Doc, Span, SpanGroup

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

Array = np.ndarray[Any, np.dtype[Any]]
Candidates = tuple[Ragged, Floats2d]  # the spans of a batch, int32 (n_spans, 2) by doc, and their scores

DEFAULT_SPANS_KEY = "sc"
DEFAULT_SUGGESTER = {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3]}
ASSIGNS = ["doc.spans"]
WEIGHTS = {"spans_sc_f": 1.0, "spans_sc_p": 0.0, "spans_sc_r": 0.0}
SAMPLE_SIZE = 10


def embedding(version: str = "v2") -> dict[str, Any]:
    """The embedding network that span categorizers and finders have by default."""
    return {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": f"spacy.MultiHashEmbed.{version}",
            "width": 96,
            "rows": [5000, 1000, 2500, 1000],
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 96,
            "window_size": 1,
            "maxout_pieces": 3,
            "depth": 4,
        },
    }


def network(output: str, version: str) -> dict[str, Any]:
    """The network of a span categorizer, with this layer at its end."""
    return {
        "@architectures": "spacy.SpanCategorizer.v1",
        "scorer": {"@layers": output},
        "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 128},
        "tok2vec": embedding(version),
    }


DEFAULT_SPANCAT_MODEL = network("spacy.LinearLogistic.v1", "v2")
DEFAULT_SPANCAT_SINGLELABEL_MODEL = network("Softmax.v2", "v1")


@scorer("spacy.spancat_scorer.v1")
def spancat_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """spans_<key>_p/r/f and spans_<key>_per_type of the group `spans_key`, whose spans may overlap."""
    return Scorer.score_spans(examples, **group_settings(kwargs))


def group_settings(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `Scorer.score_spans` that make it read the group `spans_key`; those given go first."""
    key = kwargs["spans_key"]
    return {
        "attr": f"spans_{key}",
        "allow_overlap": True,
        "getter": lambda doc, attr: doc.spans.get(attr.removeprefix("spans_"), []),
        "has_annotation": lambda doc: key in doc.spans,
        **kwargs,
    }


class SpanCategorizer(TrainablePipe):
    """Labels for the spans that a suggester proposes, each span and each label on its own.

    suggester             Proposes spans: `(docs, *, ops) -> Ragged` int32 (n_spans, 2), start and end by doc.
    add_negative_label    Give the model one more output, behind those of the labels: the span has no label.
    spans_key             The group in `doc.spans` that is read in training and written in use.
    negative_weight       Factor on the gradient of spans without gold label, with a negative label; None is 1.
    allow_overlap         Whether spans that are written may overlap; only where a span has one label at most.
    max_positive          How many labels a span has at most; None for any number.
    threshold             Probability from which on a label counts; None for no limit.
    labels                Labels to begin with; those of the examples come behind them.
    save_activations      Also keep the candidates and their scores with each doc, in `doc.activations`.

    Raises ValueError E1051 if spans with more than one label must not overlap.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[tuple[list[Doc], Ragged], Floats2d],
        suggester: Suggester,
        name: str = "spancat",
        *,
        add_negative_label: bool = False,
        spans_key: str = "spans",
        negative_weight: float | None = 1.0,
        allow_overlap: bool | None = True,
        max_positive: int | None = None,
        threshold: float | None = 0.5,
        scorer: Callable[..., Any] | None = spancat_score,
        save_activations: bool = False,
        labels: Iterable[str] = (),
    ) -> None:
        if not allow_overlap and max_positive is not None and max_positive > 1:
            raise ValueError(Errors.E1051.format(name=name, max_positive=max_positive))
        super().__init__(
            vocab,
            model,
            name,
            labels=[],
            spans_key=spans_key,
            threshold=threshold,
            max_positive=max_positive,
            negative_weight=negative_weight,
            allow_overlap=allow_overlap,
        )
        self.suggester = suggester
        self.add_negative_label = add_negative_label
        self.scorer = scorer
        self.save_activations = save_activations
        for label in labels:
            self.add_label(label)

    @property
    def key(self) -> str:
        """The group in `doc.spans` that is read in training and written in use."""
        return str(self.cfg["spans_key"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the model's outputs; the negative one is not among them."""
        return tuple(self.cfg["labels"])

    def _fitting_outputs(self) -> tuple[int, ...]:
        return (len(self.labels), len(self.labels) + 1)  # one more for no label

    @property
    def label_data(self) -> Any:
        """The labels, as `initialize(labels=…)` takes them."""
        return list(self.labels)

    @property
    def _n_labels(self) -> int:
        return len(self.labels) + self.add_negative_label

    def add_label(self, label: str) -> int:
        """Add a label: 1 if it is new, 0 if not.

        Raises ValueError: E187 if it is no string, E922 if the model has its size and cannot grow.
        """
        if not isinstance(label, str):
            raise ValueError(Errors.E187)
        if label in self.cfg["labels"]:
            return 0
        self._allow_extra_label()
        self.cfg["labels"].append(label)
        if self.is_resizable:
            self.set_output(self._n_labels)
        self.vocab.strings.add(label, allow_transient=False)
        return 1

    def _allow_extra_label(self) -> None:
        # behind the last label is the negative one, so a model that has it cannot grow at its end
        nO = self._number_of_outputs()
        if nO == self._n_labels and (self.add_negative_label or not self.is_resizable):
            raise ValueError(Errors.E922.format(name=self.name, nO=nO))

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Iterable[str] | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the labels and the model.

        labels    The labels; without them, all that occur in the examples, in the order in which they occur.
        Raises TypeError E930 without examples, AssertionError E923 for none, ValueError E143 if there are no labels.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        sample: list[Example] = []
        found: dict[str, None] = {}
        for example in get_examples():
            if len(sample) < SAMPLE_SIZE:
                sample.append(example)
            found.update(dict.fromkeys(span.label_ for span in example.reference.spans.get(self.key, ())))
        for label in found if labels is None else labels:
            self.add_label(label)
        self._require_labels()
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        docs = [example.predicted for example in sample]
        spans = build_ngram_suggester([1])(docs, ops=self.model.ops)
        self.model.initialize(X=(docs, spans), Y=self.model.ops.alloc2f(len(spans.rows), self._n_labels))

    def predict(self, docs: Iterable[Doc]) -> Candidates:
        """The candidates, int32 (n_spans, 2) by doc, and their scores, float32 (n_spans, n_labels).

        With a negative label, its scores are the last column. Raises ValueError: see `suggest`.
        """
        docs = list(docs)
        candidates = self.suggest(docs)
        if not len(candidates.rows):
            return candidates, self.model.ops.alloc2f(0, self._n_labels)
        return candidates, self.model.predict((docs, candidates))

    def suggest(self, docs: Sequence[Doc]) -> Ragged:
        """The candidates of the docs: int32 (n_spans, 2), start and end within the doc, by doc.

        Raises ValueError E4232 if the suggester gives another kind of array or spans that are not in their doc.
        """
        spans = self.suggester(docs, ops=self.model.ops)
        borders, lengths = self.model.ops.to_numpy(spans.rows), self.model.ops.to_numpy(spans.lengths)
        if len(borders) and (borders.shape[1] != 2 or borders.dtype.kind not in "iu"):
            raise ValueError(Errors.E4232.format(name=self.name, shape=borders.shape, dtype=borders.dtype))
        if len(lengths) != len(docs) or int(lengths.sum()) != len(borders):
            raise ValueError(Errors.E4233.format(name=self.name, n=len(borders), lengths=len(lengths), docs=len(docs)))
        if len(borders):
            ends = np.repeat(np.array([len(doc) for doc in docs]), lengths)
            wrong = np.flatnonzero((borders[:, 0] < 0) | (borders[:, 0] >= borders[:, 1]) | (borders[:, 1] > ends))
            if len(wrong):
                (start, end), n = borders[wrong[0]].tolist(), int(ends[wrong[0]])
                raise ValueError(Errors.E4234.format(name=self.name, start=start, end=end, n=n))
        return spans

    def set_candidates(self, docs: Iterable[Doc], *, candidates_key: str = "candidates") -> None:
        """Write all candidates into `doc.spans[candidates_key]`, to look at them."""
        docs = list(docs)
        spans = self.suggest(docs)
        borders = self.model.ops.to_numpy(spans.rows).tolist()
        ends = np.cumsum([0, *spans.lengths.tolist()]).tolist()
        for doc, (low, high) in zip(docs, pairwise(ends), strict=True):
            found = [Span(doc, start, end) for start, end in borders[low:high]]
            doc.spans[candidates_key] = SpanGroup(doc, name=candidates_key, spans=found)

    def set_annotations(self, docs: Iterable[Doc], indices_scores: Candidates) -> None:
        """Write the spans that have a label into `doc.spans`, with their probabilities in `attrs["scores"]`.

        A group that was there is replaced; `attrs["scores"]` is float32 (n_spans,).
        """
        docs = list(docs)
        candidates, scores = indices_scores
        ops = self.model.ops
        borders, lengths = ops.to_numpy(candidates.rows), ops.to_numpy(candidates.lengths)
        probabilities = ops.to_numpy(scores)
        rows, columns = self._positive(probabilities)
        sure = probabilities[rows, columns]
        ends = np.cumsum(lengths)
        cuts = np.searchsorted(rows, [0, *ends.tolist()]).tolist()
        add = self.vocab.strings.add
        keys = [add(label, allow_transient=False) for label in self.labels]
        for doc, (low, high) in zip(docs, pairwise(cuts), strict=True):
            found, labels, of_spans = borders[rows[low:high]], columns[low:high], sure[low:high]
            if self.cfg["max_positive"] == 1 and not self.cfg["allow_overlap"]:
                kept = _without_overlap(found, of_spans, len(doc))
                found, labels, of_spans = found[kept], labels[kept], of_spans[kept]
            pairs = zip(found.tolist(), labels.tolist(), strict=True)
            spans = [Span(doc, start, end, label=keys[label]) for (start, end), label in pairs]
            doc.spans[self.key] = SpanGroup(doc, name=self.key, attrs={"scores": of_spans}, spans=spans)
        if self.save_activations:
            for doc, low, high in zip(docs, (ends - lengths).tolist(), ends.tolist(), strict=True):
                doc.activations[self.name] = {"indices": borders[low:high], "scores": probabilities[low:high]}

    def _positive(self, scores: Array) -> tuple[Array, Array]:
        """Rows and columns of the labels that count, by row; the negative label has the last column."""
        threshold, max_positive = self.cfg["threshold"], self.cfg["max_positive"]
        if not scores.size:
            return np.zeros(0, dtype="int64"), np.zeros(0, dtype="int64")
        if max_positive == 1:
            columns = scores.argmax(axis=1)
            best = scores[np.arange(len(scores)), columns]
            counts = columns < len(self.labels)
            if threshold is not None:
                counts &= best >= threshold
            rows = np.flatnonzero(counts)
            return rows, columns[rows]
        scores = scores[:, : len(self.labels)]
        kept = np.ones(scores.shape, dtype=bool) if threshold is None else scores >= threshold
        if max_positive is not None:
            ranked = np.argsort(-scores, axis=1, kind="stable")
            np.put_along_axis(kept, ranked[:, max_positive:], False, axis=1)
        rows, columns = np.nonzero(kept)
        return rows, columns

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from a batch, in the candidates of the predicted docs; without any, nothing happens.

        Arguments and errors as for all components; besides, errors of `suggest` and `get_loss`.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = as_examples(examples, f"{type(self).__name__}.update")
        docs = [example.predicted for example in examples]
        candidates = self.suggest(docs)
        if not len(candidates.rows):
            return losses

        def get_loss(scores: Floats2d) -> tuple[float, Floats2d]:
            return self.get_loss(examples, (candidates, scores))

        self._step(docs, get_loss, drop, sgd, losses, inputs=(docs, candidates))
        if set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def get_loss(self, examples: Iterable[Example], spans_scores: Candidates) -> tuple[float, Floats2d]:
        """Sum of the squared differences to gold, and the differences, (n_spans, n_labels), as the gradient.

        A gold span that is not among the candidates has no part in it. With a negative label, rows of spans without
        gold label are multiplied by `negative_weight` first.
        Raises TypeError E978, KeyError E4235 for a gold label that is none of ours, ValueError E910 for NaN.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        candidates, scores = spans_scores
        rows, columns = self._gold(examples, candidates)
        truths = np.zeros(scores.shape, dtype="float32")
        truths[rows, columns] = 1.0
        weight = self.cfg["negative_weight"]
        negative = np.ones(len(truths), dtype=bool)
        negative[rows] = False
        if self.add_negative_label:
            truths[negative, len(self.labels)] = 1.0
        d_scores = scores - self.model.ops.asarray2f(truths)
        if self.add_negative_label and weight not in (None, 1.0):
            d_scores[self.model.ops.asarray(np.flatnonzero(negative))] *= weight
        return self._check_loss((d_scores**2).sum()), d_scores

    def _gold(self, examples: Sequence[Example], candidates: Ragged) -> tuple[Array, Array]:
        """Rows of the candidates that are gold spans, and the columns of their labels."""
        ops = self.model.ops
        borders, lengths = ops.to_numpy(candidates.rows).astype("int64"), ops.to_numpy(candidates.lengths)
        column = {label: i for i, label in enumerate(self.labels)}
        gold, labels = [], []
        for i, example in enumerate(examples):
            spans = example.reference.spans.get(self.key, ())
            for span in example.get_aligned_spans_y2x(spans, allow_overlap=True) if len(spans) else ():
                gold.append((i, span.start, span.end))
                labels.append(span.label_)
        if not gold:
            return np.zeros(0, dtype="int64"), np.zeros(0, dtype="int64")
        longest = max((len(example.predicted) for example in examples), default=0) + 1
        doc, start, end = np.array(gold, dtype="int64").T
        wanted = (doc * longest + start) * longest + end
        known = (np.repeat(np.arange(len(lengths)), lengths) * longest + borders[:, 0]) * longest + borders[:, 1]
        order = np.argsort(known, kind="stable")
        place = np.searchsorted(known[order], wanted, side="right") - 1  # of several equal candidates the last
        rows = order[np.maximum(place, 0)]
        found = np.flatnonzero(known[rows] == wanted)
        for i in found.tolist():
            if labels[i] not in column:
                raise KeyError(Errors.E4235.format(label=labels[i], name=self.name, labels=list(self.labels)))
        return rows[found], np.array([column[labels[i]] for i in found.tolist()], dtype="int64")

    def _distillation_inputs(self, docs: list[Doc], references: list[Doc]) -> tuple[Any, Any] | None:
        """The candidates of this component, for both."""
        candidates = self.suggest(docs)
        return ((docs, candidates), (references, candidates)) if len(candidates.rows) else None

    def _outputs_of(self, pipe: TrainablePipe) -> list[str | None]:
        """The labels by output; None for the negative one."""
        return [*pipe.labels, *([None] if getattr(pipe, "add_negative_label", False) else [])]

    def get_teacher_student_loss(self, teacher_scores: Floats2d, student_scores: Floats2d) -> tuple[float, Floats2d]:
        """Sum of the squared differences of probabilities, and the differences. Raises ValueError E910 for NaN."""
        d_scores = student_scores - teacher_scores
        return self._check_loss((d_scores**2).sum()), d_scores


def _without_overlap(borders: Array, scores: Array, n_tokens: int) -> Array:
    """Places of the spans that are kept, the most probable first; what overlaps one of those before is left out."""
    free = np.ones(n_tokens, dtype=bool)
    kept = []
    for i in np.argsort(-scores, kind="stable").tolist():
        start, end = borders[i].tolist()
        if free[start:end].all():
            kept.append(i)
            free[start:end] = False
    return np.array(kept, dtype="int64")


@factory(
    "spancat",
    default_config={
        "threshold": 0.5,
        "spans_key": DEFAULT_SPANS_KEY,
        "max_positive": None,
        "model": DEFAULT_SPANCAT_MODEL,
        "suggester": DEFAULT_SUGGESTER,
        "scorer": {"@scorers": "spacy.spancat_scorer.v1"},
    },
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    own_settings=OWN_LABELLED_SETTINGS,
)
def make_spancat(
    nlp: Pipeline,
    name: str,
    suggester: Suggester,
    model: Model[tuple[list[Doc], Ragged], Floats2d],
    spans_key: str,
    scorer: Callable[..., Any] | None,
    threshold: float | None,
    max_positive: int | None,
    save_activations: bool = False,
    labels: Iterable[str] = (),
) -> SpanCategorizer:
    """A span categorizer that gives a span any number of labels."""
    return SpanCategorizer(
        nlp.vocab,
        model,
        suggester,
        name,
        add_negative_label=False,
        spans_key=spans_key,
        negative_weight=None,
        allow_overlap=True,
        max_positive=max_positive,
        threshold=threshold,
        scorer=scorer,
        save_activations=save_activations,
        labels=labels,
    )


@factory(
    "spancat_singlelabel",
    default_config={
        "spans_key": DEFAULT_SPANS_KEY,
        "model": DEFAULT_SPANCAT_SINGLELABEL_MODEL,
        "negative_weight": 1.0,
        "suggester": DEFAULT_SUGGESTER,
        "scorer": {"@scorers": "spacy.spancat_scorer.v1"},
        "allow_overlap": True,
    },
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    own_settings=OWN_LABELLED_SETTINGS,
)
def make_spancat_singlelabel(
    nlp: Pipeline,
    name: str,
    suggester: Suggester,
    model: Model[tuple[list[Doc], Ragged], Floats2d],
    spans_key: str,
    negative_weight: float,
    allow_overlap: bool,
    scorer: Callable[..., Any] | None,
    save_activations: bool = False,
    labels: Iterable[str] = (),
) -> SpanCategorizer:
    """A span categorizer that gives a span one label or none."""
    return SpanCategorizer(
        nlp.vocab,
        model,
        suggester,
        name,
        add_negative_label=True,
        spans_key=spans_key,
        negative_weight=negative_weight,
        allow_overlap=allow_overlap,
        max_positive=1,
        threshold=None,
        scorer=scorer,
        save_activations=save_activations,
        labels=labels,
    )


make_spancat_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(spancat_score)
