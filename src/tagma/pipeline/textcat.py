"""textcat: exactly one of several labels for each doc, in `doc.cats`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tagma.errors import Errors, Warnings, warn_user
from tagma.gold.example import as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats2d
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS, TrainablePipe
from tagma.scorer import Scorer
from tagma.scorer.cats import score_cats_v1
from tagma.tokens import Doc

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

ASSIGNS = ["doc.cats"]
WEIGHTS = {
    "cats_score": 1.0,
    "cats_score_desc": None,
    "cats_micro_p": None,
    "cats_micro_r": None,
    "cats_micro_f": None,
    "cats_macro_p": None,
    "cats_macro_r": None,
    "cats_macro_f": None,
    "cats_macro_auc": None,
    "cats_f_per_type": None,
}
SAMPLE_SIZE = 10
# Layers that have no answer for a doc without tokens.
STRICT_POOLS = ("reduce_first", "reduce_last", "reduce_max")


def ensemble(exclusive_classes: bool) -> dict[str, Any]:
    """The network that text categorizers have by default: a bag of words beside a small network with attention."""
    return {
        "@architectures": "spacy.TextCatEnsemble.v2",
        "tok2vec": {
            "@architectures": "spacy.Tok2Vec.v2",
            "embed": {
                "@architectures": "spacy.MultiHashEmbed.v2",
                "width": 64,
                "rows": [2000, 2000, 500, 1000, 500],
                "attrs": ["NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE"],
                "include_static_vectors": False,
            },
            "encode": {
                "@architectures": "spacy.MaxoutWindowEncoder.v2",
                "width": 64,
                "window_size": 1,
                "maxout_pieces": 3,
                "depth": 2,
            },
        },
        "linear_model": {
            "@architectures": "spacy.TextCatBOW.v3",
            "exclusive_classes": exclusive_classes,
            "length": 262144,
            "ngram_size": 1,
            "no_output_layer": False,
        },
    }


@scorer("spacy.textcat_scorer.v2")
def textcat_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """cats_score, the macro F of the best labels or the F of the positive one, and what it is made of."""
    return Scorer.score_cats(examples, "cats", multi_label=False, **kwargs)


@scorer("spacy-legacy.textcat_scorer.v1")
def textcat_score_v1(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """As version 2, but a label counts as said only if its score reaches the threshold."""
    return score_cats_v1(examples, "cats", multi_label=False, **kwargs)


@factory(
    "textcat",
    default_config={"threshold": 0.0, "model": ensemble(exclusive_classes=True)},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    own_settings=OWN_LABELLED_SETTINGS,
)
class TextCategorizer(TrainablePipe):
    """The probability of each of several labels, of which a doc has one.

    threshold           Without effect: the best label is the one.
    labels              Labels to begin with; those of the examples come behind them.
    save_activations    Also keep the model's output with each doc, in `doc.activations`.
    """

    # Whether labels exclude each other; what its model must have been built for.
    exclusive_classes: ClassVar[bool] = True
    factory_name: ClassVar[str] = "textcat"

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Floats2d],
        name: str = "textcat",
        *,
        threshold: float,
        scorer: Callable[..., Any] | None = textcat_score,
        save_activations: bool = False,
        labels: Iterable[str] = (),
    ) -> None:
        super().__init__(vocab, model, name, labels=[], threshold=threshold, positive_label=None)
        self.scorer = scorer
        self.save_activations = save_activations
        self._rehearsal_model: Model[Any, Any] | None = None
        for label in labels:
            self.add_label(label)

    @property
    def support_missing_values(self) -> bool:
        """Whether a label that the reference does not name is unknown; otherwise it is 0."""
        return not self.exclusive_classes

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the model's output."""
        return tuple(self.cfg["labels"])

    def _fitting_outputs(self) -> tuple[int, ...]:
        return (len(self.labels),)

    @property
    def label_data(self) -> Any:
        """The labels, as `initialize(labels=…)` takes them."""
        return self.labels

    def add_label(self, label: str) -> int:
        """Add a label: 1 if it is new, 0 if not. A trained model that can be resized gets an output for it.

        Raises ValueError: E187 if it is no string, E922 if the model has its size and cannot grow.
        """
        if not isinstance(label, str):
            raise ValueError(Errors.E187)
        if label in self.cfg["labels"]:
            return 0
        self._allow_extra_label()
        self.cfg["labels"].append(label)
        if self.is_resizable:
            self.set_output(len(self.labels))
        self.vocab.strings.add(label, allow_transient=False)
        return 1

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Iterable[str] | None = None,
        positive_label: str | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the labels and the model.

        labels            The labels; without them, all that occur in the examples, in the order in which they occur.
        positive_label    Of two labels the one whose F is the score.
        Raises TypeError E930 without examples, ValueError: E851, E895 for bad gold, E867 for a single label, E919, E920
        for a bad positive label. Warns W4030 if the model was built for labels that do not exclude each other.
        """
        sample = self._add_labels(get_examples, labels)
        if len(self.labels) < 2:
            raise ValueError(Errors.E867.format(name=self.name, labels=list(self.labels)))
        if positive_label is not None:
            if positive_label not in self.labels:
                raise ValueError(Errors.E920.format(pos_label=positive_label, labels=list(self.labels)))
            if len(self.labels) != 2:
                raise ValueError(Errors.E919.format(pos_label=positive_label, labels=list(self.labels)))
        self.cfg["positive_label"] = positive_label
        self._initialize_model(sample)

    def _add_labels(self, get_examples: Callable[[], Iterable[Example]], labels: Iterable[str] | None) -> list[Example]:
        """Check the examples and take the labels, those given or those of the references; the first examples."""
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        sample: list[Example] = []
        found: dict[str, None] = {}
        for example in get_examples():
            if len(sample) < SAMPLE_SIZE:
                sample.append(example)
            self._validate_categories([example])
            found.update(dict.fromkeys(example.reference.cats))
        for label in found if labels is None else labels:
            self.add_label(label)
        return sample

    def _initialize_model(self, sample: Sequence[Example]) -> None:
        """Infer shapes from the sample. Raises AssertionError E923 for none, ValueError E143 without labels."""
        self._require_labels()
        self._check_exclusive()
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        truths, _ = self._truths(sample)
        self.model.initialize(X=[example.reference for example in sample], Y=truths)

    def _check_exclusive(self) -> None:
        """Warn W4030 if the model was built for labels that do not exclude each other: it may be meant so."""
        if self.model.attrs.get("multi_label", False):
            warn_user(Warnings.W4030.format(name=self.name, factory=self.factory_name))

    def predict(self, docs: Iterable[Doc]) -> Floats2d:
        """Scores of the labels: float32 (n_docs, n_labels), zeros for a batch without tokens."""
        docs = list(docs)
        lengths = [len(doc) for doc in docs]
        if not any(lengths):
            return self.model.ops.alloc2f(len(docs), len(self.labels))
        if all(lengths) or not any(node.name in STRICT_POOLS for node in self.model.walk()):
            found: Floats2d = self.model.predict(docs)
            return found
        scores = self.model.ops.alloc2f(len(docs), len(self.labels))
        scores[np.flatnonzero(lengths)] = self.model.predict([doc for doc in docs if len(doc)])
        return scores

    def set_annotations(self, docs: Iterable[Doc], scores: Floats2d) -> None:
        """Write the scores of all labels; other entries of `doc.cats` stay."""
        docs, labels = list(docs), self.labels
        rows = self.model.ops.to_numpy(scores)
        for doc, row in zip(docs, rows.tolist(), strict=True):
            if doc.cats:
                doc.cats.update(zip(labels, row, strict=True))
            else:
                doc.cats = dict(zip(labels, row, strict=True))
        if self.save_activations:
            for doc, probabilities in zip(docs, rows, strict=True):
                doc.activations[self.name] = {"probabilities": probabilities}

    def get_loss(self, examples: Iterable[Example], scores: Floats2d) -> tuple[float, Floats2d]:
        """Mean of the squared differences, and the differences to gold as the gradient.

        Raises TypeError E978, ValueError: E851, E895 for bad gold, E910 if the loss is NaN.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        self._validate_categories(examples)
        truths, known = self._truths(examples)
        d_scores = scores - truths
        if known is not None:
            d_scores *= known
        return self._check_loss((d_scores**2).mean()), d_scores

    def _truths(self, examples: Sequence[Example]) -> tuple[Floats2d, Floats2d | None]:
        """Gold values of the labels, and 1.0 where they are known, both float32 (n_docs, n_labels); None: all are."""
        column = {label: i for i, label in enumerate(self.labels)}
        truths = np.zeros((len(examples), len(column)), dtype="float32")
        known = np.zeros_like(truths)
        for i, example in enumerate(examples):
            for label, value in example.reference.cats.items():
                j = column.get(label)
                if j is not None:
                    truths[i, j] = value
                    known[i, j] = 1.0
        ops = self.model.ops
        return ops.asarray2f(truths), ops.asarray2f(known) if self.support_missing_values else None

    def _validate_categories(self, examples: Iterable[Example]) -> None:
        """Raises ValueError: E851 for gold values but 0 and 1, E895 for several labels of a doc that has one."""
        for example in examples:
            cats = example.reference.cats
            for value in cats.values():
                if value not in (0.0, 1.0):
                    raise ValueError(Errors.E851.format(val=value))
            if self.exclusive_classes and sum(cats.values()) > 1:
                raise ValueError(Errors.E895.format(value=cats))

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        **config: Any,
    ) -> dict[str, float]:
        """Train towards what the model said when training was resumed. Without that model, nothing happens.

        Labels that were added since then have no gradient.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        earlier = self._rehearsal_model
        if earlier is None:
            return losses
        examples = as_examples(examples, f"{type(self).__name__}.rehearse")
        self._validate_categories(examples)
        docs = [example.predicted for example in examples]

        def get_loss(scores: Floats2d) -> tuple[float, Floats2d]:
            target, _ = earlier.begin_update(docs)
            d_scores = self.model.ops.alloc2f(*scores.shape)
            d_scores[:, : target.shape[1]] = scores[:, : target.shape[1]] - target
            return self._check_loss((d_scores**2).sum()), d_scores

        self._step(docs, get_loss, drop, sgd, losses)
        return losses

    def _outputs_of(self, pipe: TrainablePipe) -> list[Any]:
        return list(pipe.labels)

    def get_teacher_student_loss(self, teacher_scores: Floats2d, student_scores: Floats2d) -> tuple[float, Floats2d]:
        """Mean of the squared differences of probabilities, and the differences. Raises ValueError E910 for NaN."""
        d_scores = student_scores - teacher_scores
        return self._check_loss((d_scores**2).mean()), d_scores


make_textcat: Callable[..., TextCategorizer] = maker(TextCategorizer)
make_textcat_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(textcat_score)
