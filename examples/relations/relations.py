"""A component of one's own, and the network in it: which entities of a document are related, and how.

`doc._.rel` then is {(start of one entity, start of the other): {label: score}}. docs/relations.md walks through this.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import tagma
from tagma.language import Language
from tagma.nn.api import Linear, Logistic, Model, Relu, chain
from tagma.nn.types import Floats2d
from tagma.pipeline import TrainablePipe
from tagma.tokens import Doc, Span
from tagma.training import Example

Pairs = list[tuple[Span, Span]]
Candidates = Callable[[Doc], Pairs]

if not Doc.has_extension("rel"):
    Doc.set_extension("rel", default={})


# -- The network: docs → one row of scores for each pair of entities


@tagma.registry.architectures("rel_model.v1")
def create_relation_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    get_candidates: Candidates,
    create_candidate_tensor: Callable[..., Any],
    output_layer: Model[Floats2d, Floats2d],
) -> Model[list[Doc], Floats2d]:
    return Model(
        "relations",
        forward,
        init=init,
        layers=[tok2vec, output_layer],
        refs={"tok2vec": tok2vec, "output_layer": output_layer},
        attrs={"get_candidates": get_candidates, "create_candidate_tensor": create_candidate_tensor},
    )


def forward(model: Model[Any, Any], docs: list[Doc], is_train: bool) -> tuple[Floats2d, Callable[..., Any]]:
    vectors, backprop_vectors = model.get_ref("tok2vec")(docs, is_train)
    pairs = [model.attrs["get_candidates"](doc) for doc in docs]
    tensor, backprop_tensor = model.attrs["create_candidate_tensor"](model.ops, pairs, vectors)
    scores, backprop_scores = model.get_ref("output_layer")(tensor, is_train)
    return scores, lambda d_scores: backprop_vectors(backprop_tensor(backprop_scores(d_scores)))


def init(model: Model[Any, Any], X: list[Doc] | None = None, Y: Floats2d | None = None) -> None:
    tok2vec = model.get_ref("tok2vec").initialize(X=X)
    vectors = [model.ops.alloc2f(len(doc), tok2vec.get_dim("nO")) for doc in X or []]
    pairs = [model.attrs["get_candidates"](doc) for doc in X or []]
    tensor, _ = model.attrs["create_candidate_tensor"](model.ops, pairs, vectors)
    model.get_ref("output_layer").initialize(X=tensor, Y=Y)


@tagma.registry.misc("rel_cand_generator.v1")
def create_candidates(max_length: int) -> Candidates:
    """All pairs of different entities that begin at most `max_length` tokens from each other."""

    def get_candidates(doc: Doc) -> Pairs:
        near = [(one, other) for one in doc.ents for other in doc.ents if abs(one.start - other.start) <= max_length]
        return [(one, other) for one, other in near if one != other]

    return get_candidates


@tagma.registry.misc("rel_cand_tensor.v1")
def create_pooling() -> Callable[..., Any]:
    """For each pair the means of three stretches: the one entity, the other, and all from the first to the last."""

    def create_candidate_tensor(
        ops: Any, pairs: list[Pairs], vectors: list[Floats2d]
    ) -> tuple[Floats2d, Callable[..., Any]]:
        means = [stretches(ops, doc_pairs, len(X)) for doc_pairs, X in zip(pairs, vectors, strict=True)]
        rows = [ops.xp.hstack([mean @ X for mean in doc_means]) for doc_means, X in zip(means, vectors, strict=True)]

        def backprop(d_rows: Floats2d) -> list[Floats2d]:
            ends = ops.xp.cumsum(ops.xp.asarray([len(doc_pairs) for doc_pairs in pairs]))[:-1]
            d_docs = [ops.xp.hsplit(d_doc, 3) for d_doc in ops.xp.split(d_rows, ends.tolist())]
            return [sum(mean.T @ d for mean, d in zip(*both, strict=True)) for both in zip(means, d_docs, strict=True)]

        return ops.xp.vstack(rows), backprop

    return create_candidate_tensor


def stretches(ops: Any, pairs: Pairs, n_tokens: int) -> list[Floats2d]:
    """Three matrices (pairs, tokens): each row takes the mean over the tokens of its stretch."""
    ones, others = (
        [(span.start, span.end) for span in spans] for spans in (zip(*pairs, strict=True) if pairs else ((), ()))
    )
    whole = [(min(one[0], other[0]), max(one[1], other[1])) for one, other in zip(ones, others, strict=True)]
    matrices = []
    for bounds in (ones, others, whole):
        starts, ends = ops.xp.asarray(bounds, dtype="int32").reshape(-1, 2, 1).swapaxes(0, 1)
        places = ops.xp.arange(n_tokens)
        matrices.append(((places >= starts) & (places < ends)).astype("float32") / (ends - starts))
    return [ops.asarray2f(matrix) for matrix in matrices]


@tagma.registry.architectures("rel_output_layer.v1")
def create_output_layer(
    hidden_width: int, dropout: float, nI: int | None = None, nO: int | None = None
) -> Model[Floats2d, Floats2d]:
    return chain(Relu(hidden_width, nI, dropout=dropout), Linear(nO), Logistic())


# -- The component


class RelationExtractor(TrainablePipe):
    def __init__(self, vocab, model: Model[Any, Any], name: str = "rel", *, threshold: float = 0.5):
        self.vocab, self.model, self.name = vocab, model, name
        self.cfg = {"labels": [], "threshold": threshold}

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.cfg["labels"])

    def add_label(self, label: str) -> int:
        if label in self.labels:
            return 0
        self.cfg["labels"].append(label)
        return 1

    def initialize(self, get_examples, *, nlp: Language | None = None, labels: list[str] | None = None) -> None:
        found = {label for eg in get_examples() for scores in eg.reference._.rel.values() for label in scores}
        for label in sorted(found) if labels is None else labels:
            self.add_label(label)
        sample = list(islice(get_examples(), 10))
        self.model.initialize(X=[eg.reference for eg in sample], Y=self._truth(sample))

    def predict(self, docs: Iterable[Doc]) -> Floats2d:
        docs = list(docs)
        if not any(map(self.model.attrs["get_candidates"], docs)):
            return self.model.ops.alloc2f(0, len(self.labels))
        return self.model.predict(docs)

    def set_annotations(self, docs: Iterable[Doc], predictions: Floats2d) -> None:
        rows = iter(self.model.ops.to_numpy(predictions).tolist())
        for doc in docs:
            for one, other in self.model.attrs["get_candidates"](doc):
                doc._.rel[one.start, other.start] = dict(zip(self.labels, next(rows), strict=True))

    def update(self, examples, *, drop: float = 0.0, sgd=None, losses: dict[str, float] | None = None):
        with_pairs = [eg for eg in examples if self.model.attrs["get_candidates"](eg.predicted)]
        return super().update(with_pairs, drop=drop, sgd=sgd, losses=losses)

    def get_loss(self, examples: list[Example], scores: Floats2d) -> tuple[float, Floats2d]:
        gradient = (scores - self._truth(examples)) / len(scores)
        return float((gradient**2).sum()), gradient

    def _truth(self, examples: list[Example]) -> Floats2d:
        """1.0 for each label that a candidate pair of the predicted doc has in the reference."""
        gold = [
            eg.reference._.rel.get((one.start, other.start), {})
            for eg in examples
            for one, other in self.model.attrs["get_candidates"](eg.predicted)
        ]
        rows = [[pair.get(label, 0.0) for label in self.labels] for pair in gold]
        return self.model.ops.asarray2f(rows) if rows else self.model.ops.alloc2f(0, len(self.labels))

    def score(self, examples: Iterable[Example], **kwargs) -> dict[str, float]:
        return micro_scores(examples, self.cfg["threshold"])


def micro_scores(examples: Iterable[Example], threshold: float) -> dict[str, float]:
    """Precision, recall and F over all (pair, label): predicted are those that score the threshold or more."""
    n_right = n_found = n_gold = 0
    for eg in examples:
        found, gold = (
            {(pair, label) for pair, scores in doc._.rel.items() for label, score in scores.items() if score >= least}
            for doc, least in ((eg.predicted, threshold), (eg.reference, 0.5))
        )
        n_right, n_found, n_gold = n_right + len(found & gold), n_found + len(found), n_gold + len(gold)
    f = 2 * n_right / (n_found + n_gold) if n_right else 0.0
    return {"rel_micro_p": n_right / max(n_found, 1), "rel_micro_r": n_right / max(n_gold, 1), "rel_micro_f": f}


@Language.factory(
    "relation_extractor",
    default_config={"threshold": 0.5},
    default_score_weights={"rel_micro_p": None, "rel_micro_r": None, "rel_micro_f": 1.0},
)
def make_relation_extractor(nlp: Language, name: str, model: Model[Any, Any], threshold: float) -> RelationExtractor:
    return RelationExtractor(nlp.vocab, model, name, threshold=threshold)


# -- The corpus: lines of JSON with a text, its entities, and relations between them


@tagma.registry.readers("rel_corpus.v1")
def create_reader(path: Path) -> Callable[[Language], Iterator[Example]]:
    """Examples whose predicted docs have the entities already: this component alone is to be trained."""

    def read(nlp: Language) -> Iterator[Example]:
        for line in Path(path).read_text(encoding="utf8").splitlines():
            gold = to_doc(nlp, json.loads(line))
            predicted = Doc(nlp.vocab, words=[t.text for t in gold], spaces=[bool(t.whitespace_) for t in gold])
            predicted.ents = [Span(predicted, ent.start, ent.end, ent.label) for ent in gold.ents]
            yield Example(predicted, gold)

    return read


def to_doc(nlp: Language, record: dict[str, Any]) -> Doc:
    """A doc with entities and relations; tokens are taken from the record if it has them."""
    doc = nlp.make_doc(record["text"])
    if "tokens" in record:
        tokens = record["tokens"]
        doc = Doc(nlp.vocab, words=[t["text"] for t in tokens], spaces=[t["ws"] for t in tokens])
    doc.ents = [doc.char_span(span["start"], span["end"], span["label"]) for span in record["spans"]]
    starts = {ent.start_char: ent.start for ent in doc.ents}
    for relation in record["relations"]:
        pair = starts[relation["head_span"]["start"]], starts[relation["child_span"]["start"]]
        doc._.rel.setdefault(pair, {})[relation["label"]] = 1.0
    return doc
