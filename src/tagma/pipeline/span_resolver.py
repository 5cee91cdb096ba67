"""span_resolver: mentions of several words from their heads, in `doc.spans`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors, Warnings, warn_user
from tagma.gold.clusters import CLUSTER_PREFIX, HEAD_PREFIX, MentionClusters, clusters_of, head_of, is_cluster_key
from tagma.gold.example import Example, as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats3d
from tagma.pipeline.coref import EMBEDDING, head_in, parts_of, sample_of
from tagma.pipeline.factory import factory
from tagma.pipeline.trainable_pipe import TrainablePipe
from tagma.registries import registry
from tagma.scorer import Scorer
from tagma.tokens import Doc, Span, SpanGroup

if TYPE_CHECKING:
    from tagma.nn import Optimizer
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

DEFAULT_SPAN_RESOLVER_MODEL: dict[str, Any] = {
    "@architectures": "spacy-experimental.SpanResolver.v1",
    "hidden_size": 1024,
    "distance_embedding_size": 64,
    "conv_channels": 4,
    "window_size": 1,
    "max_distance": 128,
    "prefix": HEAD_PREFIX,
    "tok2vec": EMBEDDING,
}


def span_resolver_score(
    examples: Iterable[Example], output_prefix: str = CLUSTER_PREFIX, **kwargs: Any
) -> dict[str, Any]:
    """The share of mentions whose bounds are right; see `Scorer.score_span_predictions`."""
    return Scorer.score_span_predictions(examples, output_prefix=output_prefix)


@registry.scorers("spacy-experimental.span_resolver_scorer.v1")
def make_span_resolver_scorer(
    input_prefix: str = HEAD_PREFIX, output_prefix: str = CLUSTER_PREFIX
) -> Callable[..., dict[str, Any]]:
    """The scorer of mentions under `output_prefix`; `input_prefix` has no effect."""
    return partial(span_resolver_score, output_prefix=output_prefix)


class SpanResolver(TrainablePipe):
    """The first and the last token of mentions whose heads are known.

    input_prefix     Of the groups in `doc.spans` whose spans are heads: one group for each cluster.
    output_prefix    Of the groups that are read in training and written in use, with as many mentions.

    In training, docs without heads get those of their reference for the time being: from its groups under
    `input_prefix` where it has some, else the roots of its mentions. Scores are of mentions from gold heads.
    """

    can_rehearse = False

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Floats3d],
        name: str = "span_resolver",
        *,
        input_prefix: str = HEAD_PREFIX,
        output_prefix: str = CLUSTER_PREFIX,
        scorer: Callable[..., Any] | None = make_span_resolver_scorer(),  # noqa: B008 - a function
    ) -> None:
        super().__init__(vocab, model, name)
        self.input_prefix: str = input_prefix
        self.output_prefix: str = output_prefix
        self.scorer = scorer

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Set up the model.

        Raises TypeError E930 without examples, AssertionError E923 for none, ValueError: E4470 if none has a mention,
        E4473 if the head of one is not known.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        sample = sample_of(get_examples(), self.output_prefix, self.name)
        with self._gold_heads(sample):
            self.model.initialize(X=[example.predicted for example in sample])
        self.cfg["nI"] = self.model.get_ref("span_resolver").get_dim("nI")

    def predict(self, docs: Iterable[Doc]) -> list[MentionClusters]:
        """The mentions of each doc, by cluster, in the order of the heads: first token and token behind the last."""
        docs = list(docs)
        found: list[MentionClusters] = []
        for part in parts_of(docs):
            clusters = [list(clusters_of(doc, self.input_prefix).values()) for doc in part]
            if not any(clusters):
                found += [[] for _ in part]
                continue
            scores = self.model.predict(part)
            starts, lasts = (self.model.ops.to_numpy(scores[:, :, side].argmax(axis=1)).tolist() for side in (0, 1))
            mentions = iter([(start, max(start, last) + 1) for start, last in zip(starts, lasts, strict=True)])
            found += [[[next(mentions) for _ in heads] for heads in of_doc] for of_doc in clusters]
        return found

    def set_annotations(self, docs: Iterable[Doc], clusters_by_doc: Sequence[MentionClusters]) -> None:
        """Write each cluster into a group of its own in `doc.spans`; a group there is replaced.

        Raises ValueError E4475 for another number of docs.
        """
        docs = list(docs)
        if len(docs) != len(clusters_by_doc):
            raise ValueError(Errors.E4475.format(name=self.name, n=len(clusters_by_doc), docs=len(docs)))
        for doc, clusters in zip(docs, clusters_by_doc, strict=True):
            for number, mentions in enumerate(clusters, 1):
                key = f"{self.output_prefix}_{number}"
                doc.spans[key] = SpanGroup(doc, name=key, spans=[Span(doc, start, end) for start, end in mentions])

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from a batch; docs without heads get those of their reference.

        Arguments and errors as for all components; besides, errors of `get_loss`.
        """
        examples = as_examples(examples, f"{type(self).__name__}.update")
        with self._gold_heads(examples):
            return super().update(examples, drop=drop, sgd=sgd, losses=losses, set_annotations=set_annotations)

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Scores by the component's scorer, of mentions that are found from gold heads, whatever heads a doc has.

        So the score does not depend on the component that finds the heads. Docs whose gold heads are not known, since
        there is neither a group of them nor a parse, are scored as they are.
        """
        known: list[Example] = []
        others: list[Example] = []
        for example in examples:
            if not self._knows_heads(example.reference):
                others.append(example)
                continue
            doc = example.predicted.copy()
            for prefix in (self.input_prefix, self.output_prefix):
                for key in [key for key in doc.spans if is_cluster_key(prefix, key)]:
                    del doc.spans[key]
            known.append(Example(doc, example.reference))
        with self._gold_heads(known):
            docs = [example.predicted for example in known]
            self.set_annotations(docs, self.predict(docs))
        return super().score([*known, *others], **kwargs)

    def _knows_heads(self, reference: Doc) -> bool:
        """Whether the heads of a doc's gold mentions are told, or can be."""
        heads = clusters_of(reference, self.input_prefix)
        return (
            bool(heads)
            or reference.has_annotation("DEP")
            or all(len(span) == 1 for spans in clusters_of(reference, self.output_prefix).values() for span in spans)
        )

    def get_loss(self, examples: Iterable[Example], span_scores: Floats3d) -> tuple[float, Floats3d]:
        """Sum of the squared gradient, and the gradient of the scores, (n_heads, n_tokens, 2).

        Scores of first and of last tokens go through softmax. Heads that are those of no gold mention have no part in
        it, nor mentions that reach out of the sentence of their head, for which a warning W4152 is given.
        Raises TypeError E978, ValueError: E4472 if the texts of an example differ, E4473, E910; IndexError E4474.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        ops = self.model.ops
        xp = ops.xp
        rows: list[int] = []
        bounds: list[tuple[int, int]] = []
        head = 0
        for example in examples:
            gold = self._gold(example)
            for spans in clusters_of(example.predicted, self.input_prefix).values():
                for span in spans:
                    if wanted := gold.get(span.start):
                        rows.append(head)
                        bounds.append(wanted.pop(0) if len(wanted) > 1 else wanted[0])
                    head += 1
        d_scores = xp.zeros_like(span_scores)
        kept = np.array(rows, dtype="int64")
        if len(kept):
            wanted_at = np.array(bounds, dtype="int64")
            wanted_at[:, 1] -= 1
            within = ops.to_numpy(
                (span_scores[kept, wanted_at[:, 0], 0] > -xp.inf) & (span_scores[kept, wanted_at[:, 1], 1] > -xp.inf)
            )
            kept, wanted_at = kept[within], wanted_at[within]
            for side in (0, 1):
                scores = span_scores[kept, :, side]
                exp = xp.exp(scores - scores.max(axis=1, keepdims=True))
                exp /= exp.sum(axis=1, keepdims=True)
                exp[np.arange(len(kept)), wanted_at[:, side]] -= 1.0
                d_scores[kept, :, side] = exp
        return self._check_loss((d_scores**2).sum()), d_scores

    def _gold(self, example: Example) -> dict[int, list[tuple[int, int]]]:
        """Gold mentions, first token and token behind the last, by their heads, in the tokens of the predicted doc."""
        doc, reference = example.predicted, example.reference
        if doc.text != reference.text:
            raise ValueError(Errors.E4472.format(name=self.name, x=doc.text[:80], y=reference.text[:80]))
        found: dict[int, list[tuple[int, int]]] = {}
        for _, mentions in self._gold_clusters(reference):
            for head, mention in mentions:
                span = doc.char_span(mention.start_char, mention.end_char)
                if span is None:
                    reason = f"characters {mention.start_char} to {mention.end_char} are no tokens of the predicted doc"
                    warn_user(Warnings.W4152.format(text=mention.text, reason=reason))
                    continue
                place = head_in(doc, reference, head)
                if doc.has_annotation("SENT_START") and any(
                    doc[i].is_sent_start for i in range(span.start + 1, span.end)
                ):
                    reason = "a sentence begins in it, and mentions are looked for in the sentence of their head"
                    warn_user(Warnings.W4152.format(text=mention.text, reason=reason))
                    continue
                found.setdefault(place, []).append((span.start, span.end))
        return found

    def _gold_clusters(self, reference: Doc) -> Iterator[tuple[str, list[tuple[int, Span]]]]:
        """Number of the cluster, and for each of its mentions the head and the span."""
        heads = clusters_of(reference, self.input_prefix)
        for key, mentions in clusters_of(reference, self.output_prefix).items():
            number = key[len(self.output_prefix) + 1 :]
            own = heads.get(f"{self.input_prefix}_{number}", [])
            if len(own) == len(mentions):
                yield number, [(head.start, mention) for head, mention in zip(own, mentions, strict=True)]
            else:
                yield number, [(head_of(mention), mention) for mention in mentions]

    @contextmanager
    def _gold_heads(self, examples: Sequence[Example]) -> Iterator[None]:
        """Within the `with` block, docs without heads have those of their reference."""
        given: list[tuple[Example, list[str]]] = []
        try:
            for example in examples:
                doc, reference = example.predicted, example.reference
                if not len(doc) or clusters_of(doc, self.input_prefix) or doc.text != reference.text:
                    continue
                keys: list[str] = []
                given.append((example, keys))
                for number, mentions in self._gold_clusters(reference):
                    key = f"{self.input_prefix}_{number}"
                    places = [head_in(doc, reference, head) for head, _ in mentions]
                    doc.spans[key] = SpanGroup(doc, name=key, spans=[Span(doc, i, i + 1) for i in places])
                    keys.append(key)
            yield
        finally:
            for example, keys in given:
                for key in keys:
                    del example.predicted.spans[key]


# What both names have: that of the documents, and that of the package it comes from.
_DECLARED: dict[str, Any] = {
    "default_config": {
        "model": DEFAULT_SPAN_RESOLVER_MODEL,
        "input_prefix": HEAD_PREFIX,
        "output_prefix": CLUSTER_PREFIX,
        "scorer": {"@scorers": "spacy-experimental.span_resolver_scorer.v1", "output_prefix": CLUSTER_PREFIX},
    },
    "assigns": ["doc.spans"],
    "requires": ["doc.spans"],
    "default_score_weights": {"span_accuracy": 1.0},
}


@factory("span_resolver", **_DECLARED)
@factory("experimental_span_resolver", **_DECLARED)
def make_span_resolver(
    nlp: Pipeline,
    name: str,
    model: Model[list[Doc], Floats3d],
    input_prefix: str,
    output_prefix: str,
    scorer: Callable[..., Any] | None,
) -> SpanResolver:
    """A span resolver."""
    return SpanResolver(nlp.vocab, model, name, input_prefix=input_prefix, output_prefix=output_prefix, scorer=scorer)
