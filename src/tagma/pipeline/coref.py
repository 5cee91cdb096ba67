"""coref: clusters of tokens that stand for the same, in `doc.spans`; and span_cleaner, which takes clusters out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors, Warnings, warn_user
from tagma.gold.clusters import CLUSTER_PREFIX, MentionClusters, clusters_of, head_of
from tagma.gold.example import as_examples, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats2d, Ints2d
from tagma.pipeline.factory import factory
from tagma.pipeline.trainable_pipe import TrainablePipe
from tagma.registries import registry
from tagma.scorer import Scorer
from tagma.tokens import Doc, Span, SpanGroup
from tagma.tokens.columns import lengths_of

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

Array = np.ndarray[Any, np.dtype[Any]]
Scores = tuple[Floats2d, Ints2d]  # of each token, and the antecedents that they are of

WORDS_AT_A_TIME = 10_000  # predicted together; a longer doc alone
SAMPLE_SIZE = 2  # docs that the model's shapes are taken from
EMBEDDING: dict[str, Any] = {
    "@architectures": "spacy.Tok2Vec.v2",
    "embed": {
        "@architectures": "spacy.MultiHashEmbed.v1",
        "width": 64,
        "attrs": ["NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE"],
        "rows": [5000, 2500, 1000, 2500, 2500],
        "include_static_vectors": False,
    },
    "encode": {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": 64,
        "window_size": 1,
        "maxout_pieces": 3,
        "depth": 2,
    },
}
DEFAULT_COREF_MODEL: dict[str, Any] = {
    "@architectures": "spacy-experimental.Coref.v1",
    "distance_embedding_size": 20,
    "hidden_size": 1024,
    "depth": 1,
    "dropout": 0.3,
    "antecedent_limit": 50,
    "antecedent_batch_size": 512,
    "tok2vec": EMBEDDING,
}
WEIGHTS = {"coref_f": 1.0, "coref_p": None, "coref_r": None}


def coref_score(examples: Iterable[Example], span_cluster_prefix: str, **kwargs: Any) -> dict[str, Any]:
    """Scores of the clusters under a prefix; see `Scorer.score_coref_clusters`."""
    return Scorer.score_coref_clusters(examples, span_cluster_prefix=span_cluster_prefix, **kwargs)


@registry.scorers("spacy-experimental.coref_scorer.v1")
def make_coref_scorer(span_cluster_prefix: str = CLUSTER_PREFIX) -> Callable[..., dict[str, Any]]:
    """The scorer of clusters under this prefix."""
    return partial(coref_score, span_cluster_prefix=span_cluster_prefix)


class CoreferenceResolver(TrainablePipe):
    """The earlier token that each token goes back to, and the clusters that follow.

    Mentions are single tokens: of a gold mention of several words, its head, the root of its span.

    span_cluster_prefix    Of the groups in `doc.spans` that are read in training and written in use: one for each
                           cluster, "prefix_1", "prefix_2" …
    sum_antecedents        A token goes back to its best antecedent if all of its antecedents together are more probable
                           than none; else, as in spacy-experimental, if the best one alone is. In training all that
                           are right share the probability, so the sum finds more.
    """

    can_rehearse = False

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Scores],
        name: str = "coref",
        *,
        span_cluster_prefix: str = CLUSTER_PREFIX,
        scorer: Callable[..., Any] | None = make_coref_scorer(),  # noqa: B008 - a function
        sum_antecedents: bool = False,
    ) -> None:
        super().__init__(vocab, model, name, **({"sum_antecedents": True} if sum_antecedents else {}))
        self.span_cluster_prefix: str = span_cluster_prefix
        self.scorer = scorer
        self._told_of_shared_heads = False  # one warning is enough: tagma debug data counts them

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Set up the model.

        Raises TypeError E930 without examples, AssertionError E923 for none, ValueError E4470 if none has a cluster.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        sample = sample_of(get_examples(), self.span_cluster_prefix, self.name)
        self.model.initialize(X=[example.predicted for example in sample])
        self.cfg["nI"] = self.model.get_ref("coref_clusterer").get_dim("nI")

    def predict(self, docs: Iterable[Doc]) -> list[MentionClusters]:
        """The clusters of each doc: lists of the first token and the token behind the last of each mention."""
        docs = list(docs)
        found: list[MentionClusters] = []
        for part in parts_of(docs):
            if not any(map(len, part)):
                found += [[] for _ in part]
                continue
            chosen = self.model.ops.to_numpy(self._chosen(*self.model.predict(part)))
            ends = np.cumsum(lengths_of(part)).tolist()
            found += [linked(chosen[end - len(doc) : end]) for doc, end in zip(part, ends, strict=True)]
        return found

    def _chosen(self, scores: Floats2d, antecedents: Ints2d) -> Any:
        """The antecedent of each token, int32 (n_tokens,), -1 for none."""
        xp = self.model.ops.xp
        if antecedents.shape[1] == 0:
            return xp.full(len(scores), -1, dtype="int32")
        best = scores[:, 1:].argmax(axis=1)
        rows = xp.arange(len(scores))
        highest = scores[rows, best + 1]
        if self.cfg.get("sum_antecedents", False):
            top = xp.maximum(highest, scores[:, 0])
            goes_back = xp.exp(scores[:, 1:] - top[:, None]).sum(axis=1) > xp.exp(scores[:, 0] - top)
        else:
            goes_back = highest > scores[:, 0]
        return xp.where(goes_back, antecedents[rows, best], -1)

    def set_annotations(self, docs: Iterable[Doc], clusters_by_doc: Sequence[MentionClusters]) -> None:
        """Write each cluster into a group of its own in `doc.spans`.

        Raises ValueError: E4475 for another number of docs, E4471 if a doc has such a group already.
        """
        docs = list(docs)
        if len(docs) != len(clusters_by_doc):
            raise ValueError(Errors.E4475.format(name=self.name, n=len(clusters_by_doc), docs=len(docs)))
        for doc, clusters in zip(docs, clusters_by_doc, strict=True):
            for number, cluster in enumerate(clusters, 1):
                key = f"{self.span_cluster_prefix}_{number}"
                if key in doc.spans:
                    raise ValueError(Errors.E4471.format(key=key, name=self.name, prefix=self.span_cluster_prefix))
                doc.spans[key] = SpanGroup(doc, name=key, spans=[Span(doc, start, end) for start, end in cluster])

    def get_loss(
        self, examples: Iterable[Example], score_matrix: Floats2d | Scores, mention_idx: Ints2d | None = None
    ) -> tuple[float, Floats2d]:
        """Sum of the squared gradient, and the gradient of the scores, (n_tokens, 1 + K).

        Scores go through softmax; all antecedents in the token's gold cluster are right, or else the first column. A
        doc whose reference has no cluster has no part in it.

        score_matrix    The scores, or the model's output, scores and antecedents.
        mention_idx     The antecedents, int32 (n_tokens, K).

        Raises TypeError E978, ValueError: E4472 if the texts of an example differ, E4473 if the head of a mention is
        not known, E910 for NaN; IndexError E4474 if it is no token of the predicted doc.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        scores, antecedents = score_matrix if isinstance(score_matrix, tuple) else (score_matrix, mention_idx)
        if antecedents is None:
            raise TypeError(Errors.E4477.format(name=self.name))
        ops = self.model.ops
        xp = ops.xp
        lengths = lengths_of([example.predicted for example in examples])
        clusters = [self._gold(example) for example in examples]
        cluster = ops.asarray_i(np.concatenate([np.zeros(0, dtype="int32"), *clusters]))
        known = ops.asarray_f(np.repeat([float((numbers >= 0).any()) for numbers in clusters], lengths))
        starts = ops.asarray_i(np.repeat(np.cumsum(lengths) - lengths, lengths))
        theirs = cluster[antecedents + starts[:, None]]
        right = xp.empty(scores.shape, dtype="bool")
        right[:, 1:] = (theirs == cluster[:, None]) & (theirs >= 0) & (scores[:, 1:] > -xp.inf)
        right[:, 0] = ~right[:, 1:].any(axis=1)
        d_scores = _softmax(xp, scores) - _softmax(xp, xp.where(right, scores, -xp.inf))
        d_scores *= known[:, None]
        return self._check_loss((d_scores**2).sum()), d_scores

    def _gold(self, example: Example) -> Array:
        """The number of the gold cluster of each predicted token, int32, -1 for none."""
        doc, reference = example.predicted, example.reference
        if doc.text != reference.text:
            raise ValueError(Errors.E4472.format(name=self.name, x=_short(doc), y=_short(reference)))
        numbers = np.full(len(doc), -1, dtype="int32")
        for number, (key, spans) in enumerate(clusters_of(reference, self.span_cluster_prefix).items()):
            for span in spans:
                place = head_in(doc, reference, head_of(span))
                if numbers[place] not in (-1, number) and not self._told_of_shared_heads:
                    self._told_of_shared_heads = True
                    warn_user(Warnings.W4151.format(text=span.text, key=key, head=doc[place].text, i=place))
                numbers[place] = number
        return numbers


def head_in(doc: Doc, reference: Doc, i: int) -> int:
    """The token of a predicted doc that is token `i` of its reference. Raises IndexError E4474 if there is none."""
    token = reference[i]
    if i < len(doc) and doc[i].idx == token.idx and len(doc[i]) == len(token):
        return i
    span = doc.char_span(token.idx, token.idx + len(token))
    if span is None or len(span) != 1:
        raise IndexError(Errors.E4474.format(text=token.text, start=token.idx))
    return span.start


def linked(antecedents: Array) -> MentionClusters:
    """Clusters from the antecedent of each token, -1 for none: a token joins that of its antecedent."""
    number: dict[int, int] = {}
    clusters: MentionClusters = []
    for i in np.flatnonzero(antecedents >= 0).tolist():
        antecedent = int(antecedents[i])
        if antecedent not in number:
            number[antecedent] = len(clusters)
            clusters.append([(antecedent, antecedent + 1)])
        number[i] = number[antecedent]
        clusters[number[i]].append((i, i + 1))
    return clusters


def sample_of(examples: Iterable[Example], prefix: str, name: str) -> list[Example]:
    """The first examples, to take shapes from; it is read on until one has clusters.

    Raises AssertionError E923 if there are none, ValueError E4470 if none has a cluster under the prefix.
    """
    sample: list[Example] = []
    found = False
    for example in examples:
        found = found or bool(clusters_of(example.reference, prefix))
        if len(sample) < SAMPLE_SIZE:
            sample.append(example)
        elif found:
            break
    if not sample:
        raise AssertionError(Errors.E923.format(name=name))
    if not found:
        raise ValueError(Errors.E4470.format(name=name, prefix=prefix))
    return sample


def parts_of(docs: Sequence[Doc]) -> Iterator[list[Doc]]:
    """Runs of docs of at most WORDS_AT_A_TIME words together, or of one doc."""
    part: list[Doc] = []
    words = 0
    for doc in docs:
        if part and words + len(doc) > WORDS_AT_A_TIME:
            yield part
            part, words = [], 0
        part.append(doc)
        words += len(doc)
    if part:
        yield part


def _softmax(xp: Any, scores: Any) -> Any:
    exp = xp.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _short(doc: Doc) -> str:
    return doc.text if len(doc.text) <= 80 else f"{doc.text[:77]}..."


# What both names have: that of the documents, and that of the package it comes from.
_DECLARED: dict[str, Any] = {
    "default_config": {
        "model": DEFAULT_COREF_MODEL,
        "span_cluster_prefix": CLUSTER_PREFIX,
        "scorer": {"@scorers": "spacy-experimental.coref_scorer.v1", "span_cluster_prefix": CLUSTER_PREFIX},
    },
    "assigns": ["doc.spans"],
    "requires": ["doc.spans"],
    "default_score_weights": WEIGHTS,
    "own_settings": ["sum_antecedents"],
}


@factory("coref", **_DECLARED)
@factory("experimental_coref", **_DECLARED)
def make_coref(
    nlp: Pipeline,
    name: str,
    model: Model[list[Doc], Scores],
    span_cluster_prefix: str,
    scorer: Callable[..., Any] | None,
    sum_antecedents: bool = False,
) -> CoreferenceResolver:
    """A coreference resolver."""
    settings: dict[str, Any] = {"scorer": scorer, "sum_antecedents": sum_antecedents}
    return CoreferenceResolver(nlp.vocab, model, name, span_cluster_prefix=span_cluster_prefix, **settings)
