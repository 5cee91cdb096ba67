"""tagger: one fine-grained tag per token, in the column `tag`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import aligned_columns, as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.fusion import best_labels
from tagma.nn.types import ArrayList, Floats2d, Ints1d
from tagma.pipeline._token_loss import MISSING, cross_entropy, distribution_loss, flatten
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.tok2vec import STANDARD_CNN
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS, TrainablePipe
from tagma.scorer import Scorer
from tagma.strings import get_string_id
from tagma.tokens import Doc
from tagma.tokens.columns import read, write

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.strings import StringStore
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

DEFAULT_MODEL = {"@architectures": "spacy.Tagger.v2", "tok2vec": STANDARD_CNN}
SAMPLE_SIZE = 10


@scorer("spacy.tagger_scorer.v1")
def tagger_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """tag_acc."""
    return Scorer.score_token_attr(examples, "tag", **kwargs)


@factory(
    "tagger",
    default_config={"model": DEFAULT_MODEL},
    assigns=["token.tag"],
    default_score_weights={
        "tag_acc": 1.0,
        "pos_acc": 0.0,
        "tag_micro_p": None,
        "tag_micro_r": None,
        "tag_micro_f": None,
    },
    own_settings=OWN_LABELLED_SETTINGS,
)
class Tagger(TrainablePipe):
    """The most probable tag of each token.

    overwrite          Also replace tags that are there already.
    neg_prefix         A gold tag that starts with it says which tag the token does not have.
    label_smoothing    Share of the gold tag's probability that is spread over the others in training, 0 ≤ ε < 1.
    save_activations   Also keep the model's output with each doc, in `doc.activations`.
    labels             Tags to begin with; those of the examples come behind them.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], list[Floats2d]],
        name: str = "tagger",
        *,
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = tagger_score,
        neg_prefix: str = "!",
        label_smoothing: float = 0.0,
        save_activations: bool = False,
        labels: Iterable[str] = (),
    ) -> None:
        cfg = {"labels": [], "overwrite": overwrite, "neg_prefix": neg_prefix, "label_smoothing": label_smoothing}
        super().__init__(vocab, model, name, **dict(sorted(cfg.items())))
        self.scorer = scorer
        self._rehearsal_model: Model[Any, Any] | None = None
        self._activations: tuple[list[Doc], Sequence[Floats2d]] | None = None
        self.save_activations = save_activations
        self._kept_keys: tuple[StringStore, tuple[str, ...], Any] | None = None
        for label in labels:
            self.add_label(label)

    @property
    def labels(self) -> tuple[str, ...]:
        """Tags, in the order of the model's output."""
        return tuple(self.cfg["labels"])

    def _fitting_outputs(self) -> tuple[int, ...]:
        return (len(self.labels),)

    @property
    def label_data(self) -> Any:
        """The tags, as `initialize(labels=…)` takes them."""
        return self.labels

    def add_label(self, label: str) -> int:
        """Add a tag: 1 if it is new, 0 if not.

        Raises ValueError: E187 if it is no string, E922 if the model already has its size.
        """
        labels = self.cfg["labels"]
        if is_new := self._is_new(label, labels):
            self.vocab.strings.add(label, allow_transient=False)
            labels.append(label)
        return int(is_new)

    def _is_new(self, label: str, known: Container[str]) -> bool:
        """Whether there is no such label, but room for it. Raises ValueError E187, E922; see `add_label`."""
        if not isinstance(label, str):
            raise ValueError(Errors.E187)
        is_new = label not in known
        if is_new:
            self._allow_extra_label()
        return is_new

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Iterable[str] | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the tags and the model.

        labels    The tags; without them, all that occur in the examples, in alphabetical order.
        Raises TypeError E930 without examples, ValueError E143 if no example has tags.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        if labels is not None:
            for label in labels:
                self.add_label(label)
            sample = list(islice(get_examples(), SAMPLE_SIZE))
        else:
            sample = self._collect_labels(get_examples())
        self._require_labels()
        self._initialize_model(sample)

    def _collect_labels(self, examples: Iterable[Example]) -> list[Example]:
        """Add the tags of the references; the first examples."""
        sample: list[Example] = []
        found: set[int] = set()
        strings = None
        for example in examples:
            if len(sample) < SAMPLE_SIZE:
                sample.append(example)
            tags, _ = read([example.reference], "tag")
            found.update(np.unique(tags).tolist())
            strings = example.reference.vocab.strings
        prefix = self.cfg.get("neg_prefix") or ""
        tags_found = {strings[tag] for tag in found if tag} if strings is not None else set()
        if prefix:
            tags_found = {tag.removeprefix(prefix) for tag in tags_found}
        for tag in sorted(tags_found):
            self.add_label(tag)
        return sample

    def _initialize_model(self, sample: Sequence[Example]) -> None:
        """Infer shapes from the sample. Raises AssertionError E923 for none, ValueError E4026 if labels do not fit."""
        docs = [example.x for example in sample]
        if not docs:
            raise AssertionError(Errors.E923.format(name=self.name))
        gold, _ = self._gold(sample, check=False)
        Y = self.model.ops.alloc2f(len(gold), len(self.labels))
        rows = np.flatnonzero(gold != MISSING)
        Y[rows, gold[rows]] = 1.0
        self.model.initialize(X=docs, Y=ArrayList.from_flat(Y, [len(doc) for doc in docs]))
        nO = self._number_of_outputs()
        if nO is not None and nO != len(self.labels):
            raise ValueError(Errors.E4026.format(name=self.name, nO=nO, n_labels=len(self.labels)))

    def predict(self, docs: Iterable[Doc]) -> list[Ints1d]:
        """For each doc the column of the best label of each token: int (n_tokens,)."""
        docs = list(docs)
        if not any(map(len, docs)):
            return [self.model.ops.alloc1i(0) for _ in docs]
        if not self.save_activations:
            return best_labels(self.model, docs)
        scores = self.model.predict(docs)
        self._activations = (docs, scores)
        flat, lengths = flatten(scores)
        guesses = flat.argmax(axis=1)
        return ArrayList.from_flat(self.model.ops.to_numpy(guesses), lengths)

    def set_annotations(self, docs: Doc | Sequence[Doc], batch_tag_ids: Sequence[Ints1d]) -> None:
        """Write the labels of the whole batch at once."""
        docs = [docs] if isinstance(docs, Doc) else list(docs)
        if not len(docs):
            return
        ids, _ = flatten(batch_tag_ids)
        if len(ids):
            self._write_labels(docs, ids.reshape((-1,)))
        if self.save_activations:
            self._store_activations(docs, batch_tag_ids)

    def _write_labels(self, docs: Sequence[Doc], ids: Ints1d) -> None:
        write(docs, "tag", self._label_keys()[ids], overwrite=self.cfg["overwrite"])

    def _label_keys(self) -> Any:
        """Keys of the labels: uint64. They are added to the strings once, since labels may come from a file without its
        vocabulary.
        """
        strings, labels, kept = self.vocab.strings, self.labels, self._kept_keys
        if kept is None or kept[0] is not strings or kept[1] != labels:
            keys = np.asarray([strings.add(label, allow_transient=False) for label in labels], dtype="uint64")
            kept = self._kept_keys = strings, labels, keys
        return kept[2]

    def _store_activations(self, docs: Sequence[Doc], batch_tag_ids: Sequence[Ints1d]) -> None:
        scores = self._scores_of(docs)
        for doc, rows, ids in zip(docs, scores, batch_tag_ids, strict=True):
            doc.activations[self.name] = {"probabilities": rows, "label_ids": ids}

    def _scores_of(self, docs: Sequence[Doc]) -> Sequence[Floats2d]:
        """Probabilities of the docs: of the last prediction if it was for them, else made anew."""
        kept, self._activations = self._activations, None
        same = kept is not None and len(kept[0]) == len(docs) and all(map(_is, kept[0], docs))
        scores = kept[1] if same and kept is not None else self.model.predict(docs)
        output = self.model.get_ref("softmax") if self.model.has_ref("softmax") else None
        if output is None or output.attrs.get("softmax_normalize", True):
            return scores
        flat, lengths = flatten(scores)
        return ArrayList.from_flat(self.model.ops.softmax(flat), lengths)

    def get_loss(self, examples: Iterable[Example], scores: Sequence[Floats2d]) -> tuple[float, list[Floats2d]]:
        """Cross-entropy summed over tokens; a token without a gold tag has loss and gradient 0.

        Raises TypeError E978, KeyError for a gold tag that is no label, ValueError E910 if the loss is NaN.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        gold, is_negative = self._gold(examples)
        loss, d_scores = cross_entropy(
            scores, gold, is_negative=is_negative, label_smoothing=self.cfg.get("label_smoothing", 0.0)
        )
        return self._check_loss(loss), d_scores

    def _gold(self, examples: Sequence[Example], check: bool = True) -> tuple[Any, Any]:
        """Gold columns of all predicted tokens, int64 (n,), MISSING where unknown; bool (n,) or None: negative."""
        (tags,) = aligned_columns(examples, ["TAG"])
        labels = self.labels
        prefix = self.cfg.get("neg_prefix") or ""
        n = len(labels)
        known = [get_string_id(label) for label in labels]
        if prefix:
            known += [get_string_id(prefix + label) for label in labels]
        index = index_of(tags, np.asarray(known, dtype="uint64"))
        if check:
            unknown = np.flatnonzero((index == MISSING) & (tags != 0))
            if len(unknown):
                tag = examples[0].reference.vocab.strings[int(tags[unknown[0]])]
                raise KeyError(
                    f"gold tag {tag!r} is not among the {n} labels of the component {self.name!r}: initialize it "
                    "with examples, or labels, that have it"
                )
        is_negative = index >= n
        if not is_negative.any():
            return index, None
        return np.where(is_negative, index - n, index), is_negative

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

        The gradient is summed over tokens, as that of `update` is.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        earlier = self._rehearsal_model
        if earlier is None:
            return losses
        examples = as_examples(examples, f"{type(self).__name__}.rehearse")
        docs = [example.predicted for example in examples]

        def get_loss(scores: Sequence[Floats2d]) -> tuple[float, list[Floats2d]]:
            targets, _ = earlier.begin_update(docs)
            loss, d_scores = distribution_loss(scores, targets)
            return self._check_loss(loss), d_scores

        self._step(docs, get_loss, drop, sgd, losses)
        return losses

    def get_teacher_student_loss(
        self, teacher_scores: Sequence[Floats2d], student_scores: Sequence[Floats2d]
    ) -> tuple[float, list[Floats2d]]:
        """Cross-entropy of the student's probabilities against the teacher's. Raises ValueError E910 for NaN."""
        loss, d_scores = distribution_loss(student_scores, teacher_scores)
        return self._check_loss(loss), d_scores

    def _prepare_model(self) -> None:
        output = self.model.get_ref("output_layer") if self.model.has_ref("output_layer") else None
        if output is not None and output.has_dim("nO") is None and self.labels:
            output.set_dim("nO", len(self.labels))


make_tagger: Callable[..., Tagger] = maker(Tagger)
make_tagger_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(tagger_score)


def index_of(values: np.ndarray[Any, Any], known: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """For each of `values` its place in `known`, int64; MISSING if it is not there. Both are uint64 vectors."""
    if not len(known):
        return np.full(len(values), MISSING, dtype="int64")
    order = np.argsort(known, kind="stable")
    place = order[np.minimum(np.searchsorted(known[order], values), len(known) - 1)]
    return np.where(known[place] == values, place, MISSING)


def _is(left: Any, right: Any) -> bool:
    return left is right
