"""entity_linker: the entry of a knowledge base that each entity stands for, in `token.ent_kb_id`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tagma.attrs import IDS
from tagma.errors import Errors, Warnings, warn_user
from tagma.gold.example import Example, as_examples, validate_get_examples
from tagma.kb import Candidate, KnowledgeBase
from tagma.kb.folders import read_bytes, read_folder
from tagma.ml.span_maker import context_windows
from tagma.nn import CosineDistance, Model
from tagma.nn.types import Floats2d, Ragged
from tagma.pipeline.factory import factory, scorer
from tagma.pipeline.trainable_pipe import OWN_SETTINGS, TrainablePipe
from tagma.scorer import Scorer
from tagma.tokens import Doc, Span
from tagma.tokens.table import SAVED_ATTRS
from tagma.util.batches import minibatch
from tagma.util.serialize import Part, Parts

if TYPE_CHECKING:
    from tagma.nn import Optimizer
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

Array = np.ndarray[Any, np.dtype[Any]]
GetCandidates = Callable[[KnowledgeBase, Span], Iterable[Candidate]]
GetCandidatesBatch = Callable[[KnowledgeBase, Iterable[Span]], Iterable[Iterable[Candidate]]]

NIL: Final = "NIL"  # the id of what the knowledge base does not know
SAMPLE_SIZE = 10
CONTEXTS_AT_ONCE = 128
ANNOTATIONS = [IDS[name] for name in SAVED_ATTRS if name != "ORTH"]  # what a doc of a context gets
DEFAULT_NEL_MODEL = {
    "@architectures": "spacy.EntityLinker.v2",
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 2,
        "embed_size": 2000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
}


@scorer("spacy.entity_linker_scorer.v1")
def entity_linker_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """nel_score, nel_micro_p/r/f, nel_macro_p/r/f and nel_f_per_type of the entities that both docs have."""
    return Scorer.score_links(examples, negative_labels=[NIL], **kwargs)


class Links(list[str]):
    """The id of each entity of a batch, in order, and what it was chosen from.

    candidates    Hashes of the candidates' ids, by entity; none for an entity whose label is discarded.
    scores        Their scores, float64, by entity; empty where none were needed.
    """

    def __init__(self, ids: Iterable[str], candidates: list[list[int]], scores: list[Array]) -> None:
        super().__init__(ids)
        self.candidates: list[list[int]] = candidates
        self.scores: list[Array] = scores


class EntityLinker(TrainablePipe):
    """Chooses an entry of a knowledge base for each entity of a doc, by its prior probability and its context.

    labels_discard           Labels of entities that are not linked: they get the id "NIL".
    n_sents                  Sentences before and behind an entity's own that count as its context.
    incl_prior               Whether the prior probability of a candidate counts.
    incl_context             Whether the similarity of its vector to the context counts.
    entity_vector_length     Width of the vectors of the empty knowledge base that the component begins with.
    get_candidates           `(kb, mention) -> candidates`, for a batch size of 1.
    get_candidates_batch     `(kb, mentions) -> candidates of each`, for a larger one.
    generate_empty_kb        `(vocab, entity_vector_length) -> kb`
    overwrite                Whether tokens that have an id get a new one.
    use_gold_ents            Train on the gold entities and score on them, whatever other components predict.
    candidates_batch_size    For how many mentions candidates are asked for at once.
    threshold                Score from which on the best candidate counts; below it the id is "NIL". None for no limit.
    save_activations         Also keep the candidates and their scores with each doc, in `doc.activations`.

    Raises ValueError: E1043 for a threshold outside of 0 … 1, E1044 for a batch size below 1.
    """

    NIL: Final = NIL

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Floats2d],
        name: str = "entity_linker",
        *,
        labels_discard: Iterable[str],
        n_sents: int,
        incl_prior: bool,
        incl_context: bool,
        entity_vector_length: int,
        get_candidates: GetCandidates,
        get_candidates_batch: GetCandidatesBatch,
        generate_empty_kb: Callable[[Vocab, int], KnowledgeBase],
        overwrite: bool = True,
        scorer: Callable[..., Any] | None = entity_linker_score,
        use_gold_ents: bool,
        candidates_batch_size: int,
        threshold: float | None = None,
        save_activations: bool = False,
    ) -> None:
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(Errors.E1043.format(name=name, value=threshold))
        if candidates_batch_size < 1:
            raise ValueError(Errors.E1044.format(name=name, value=candidates_batch_size))
        super().__init__(vocab, model, name, overwrite=overwrite)
        self.labels_discard: list[str] = list(labels_discard)
        self.n_sents: int = n_sents
        self.incl_prior: bool = incl_prior
        self.incl_context: bool = incl_context
        self.get_candidates: GetCandidates = get_candidates
        self.get_candidates_batch: GetCandidatesBatch = get_candidates_batch
        self.scorer: Callable[..., Any] | None = scorer
        self.use_gold_ents: bool = use_gold_ents
        self.candidates_batch_size: int = candidates_batch_size
        self.threshold: float | None = threshold
        self.save_activations = save_activations
        self.distance: CosineDistance = CosineDistance(normalize=False)
        self.kb: KnowledgeBase = generate_empty_kb(vocab, entity_vector_length)
        for node in model.walk():
            if node.name == "span_maker":
                node.attrs["n_sents"] = n_sents

    def set_kb(self, kb_loader: Callable[[Vocab], KnowledgeBase]) -> None:
        """Take the knowledge base that a function makes of the vocabulary. Raises ValueError E885 for anything else."""
        if not callable(kb_loader):
            raise ValueError(Errors.E885.format(arg_type=type(kb_loader)))
        kb = kb_loader(self.vocab)
        if not isinstance(kb, KnowledgeBase):
            raise ValueError(Errors.E885.format(arg_type=f"one that returns {type(kb)}"))
        self.kb = kb

    def validate_kb(self) -> None:
        """Raises ValueError: E1018 without a knowledge base, E139 if it is empty, E4492 if its vectors do not fit."""
        if self.kb is None:
            raise ValueError(Errors.E1018.format(name=self.name))
        if hasattr(self.kb, "is_empty") and self.kb.is_empty():
            raise ValueError(Errors.E139.format(name=self.name))
        width, nO = self.kb.entity_vector_length, self._number_of_outputs()
        if self.incl_context and nO not in (None, width):
            raise ValueError(Errors.E4492.format(name=self.name, width=width, nO=nO))

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        kb_loader: Callable[[Vocab], KnowledgeBase] | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the knowledge base and the model, whose outputs are as wide as its vectors.

        kb_loader    `vocab -> kb`, in place of the knowledge base that is there.
        Raises TypeError E930 without examples, AssertionError E923 for none; and see `set_kb` and `validate_kb`.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        if kb_loader is not None:
            self.set_kb(kb_loader)
        self.validate_kb()
        sample = self._sample(list(islice(get_examples(), SAMPLE_SIZE)))
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        Y = self.model.ops.alloc2f(len(sample), self.kb.entity_vector_length)
        self.model.initialize(X=sample, Y=Y)

    def _sample(self, examples: list[Example]) -> list[Doc]:
        """Docs to take shapes from, of which one has an entity at least."""
        docs = [example.predicted for example in self._with_gold_ents(examples)]
        if not any(doc.ents for doc in docs):
            docs = [doc.copy() for doc in docs if len(doc)]
            for doc in docs[:1]:
                doc.ents = [Span(doc, 0, 1, label="ENTITY")]
        return docs

    def _with_gold_ents(self, examples: list[Example]) -> list[Example]:
        """The examples; with gold entities in place of the predicted ones, on copies, if these are to be used."""
        if not self.use_gold_ents:
            return examples
        made = []
        for example in examples:
            doc = example.predicted.copy()
            copy = Example(doc, example.reference, alignment=example.alignment)
            ents, _ = copy.get_aligned_ents_and_ner()
            doc.ents = [Span(doc, ent.start, ent.end, label=ent.label) for ent in ents]
            made.append(copy)
        return made

    def batch_has_learnable_example(self, examples: Iterable[Example]) -> bool:
        """Whether any predicted entity of a batch has candidates. If none has, `update` does nothing."""
        return any(
            next(iter(self.get_candidates(self.kb, ent)), None) is not None
            for example in examples
            for ent in example.predicted.ents
        )

    def predict(self, docs: Iterable[Doc]) -> Links:
        """The id of each entity of the docs, in order; "NIL" where none fits.

        Of candidates that score the same, one is drawn by `random`.
        Raises ValueError: see `validate_kb`; E030 for entities of a doc without sentences, if their context counts.
        RuntimeError E147 if `get_candidates_batch` leaves out mentions.
        """
        self.validate_kb()
        docs = [docs] if isinstance(docs, Doc) else list(docs)
        mentions = [ent for doc in docs for ent in doc.ents]
        found = self._find_candidates(mentions)
        enough = 1 if self.threshold is not None or self.save_activations else 2
        to_score = [i for i, candidates in enumerate(found) if len(candidates) >= enough]
        scores = self._score([mentions[i] for i in to_score], [found[i] for i in to_score])
        ids = [candidates[0].entity_ if candidates else NIL for candidates in found]
        kept: list[Array] = [np.zeros(0)] * len(found)
        for i, of_mention in zip(to_score, scores, strict=True):
            kept[i] = of_mention
            ids[i] = self._choose(found[i], of_mention)
        return Links(ids, [[candidate.entity for candidate in candidates] for candidates in found], kept)

    def _find_candidates(self, mentions: Sequence[Span]) -> list[list[Candidate]]:
        """Candidates by mention; [] for labels that are discarded."""
        discarded = set(self.labels_discard)
        wanted = [i for i, mention in enumerate(mentions) if mention.label_ not in discarded]
        found: list[list[Candidate]] = [[] for _ in mentions]
        for batch in minibatch(wanted, self.candidates_batch_size):
            spans = [mentions[i] for i in batch]
            if self.candidates_batch_size == 1:
                each = [list(self.get_candidates(self.kb, spans[0]))]
            else:
                each = [list(candidates) for candidates in self.get_candidates_batch(self.kb, spans)]
            if len(each) != len(batch):
                raise RuntimeError(Errors.E147.format(name=self.name, found=len(each), wanted=len(batch)))
            for i, candidates in zip(batch, each, strict=True):
                found[i] = candidates
        return found

    def _score(self, mentions: Sequence[Span], found: Sequence[Sequence[Candidate]]) -> list[Array]:
        """Scores of candidates by mention: p + s - ps of prior probability and similarity to the context."""
        if not mentions:
            return []
        sizes = [len(candidates) for candidates in found]
        flat = [candidate for candidates in found for candidate in candidates]
        scores = np.zeros(len(flat))
        if self.incl_prior:
            scores[:] = [candidate.prior_prob for candidate in flat]
        if self.incl_context:
            contexts = self._encode(mentions)
            vectors = np.concatenate([candidate.entity_vector for candidate in flat], dtype="float32")
            if vectors.size != len(flat) * contexts.shape[1]:
                width = vectors.size / len(flat)
                raise ValueError(Errors.E4492.format(name=self.name, width=width, nO=contexts.shape[1]))
            similar = _cosines(np.repeat(contexts, sizes, axis=0), vectors.reshape(len(flat), -1))
            scores = scores + similar - scores * similar
        return np.split(scores, np.cumsum(sizes)[:-1])

    def _encode(self, mentions: Sequence[Span]) -> Array:
        """A vector for the context of each mention, float32 (n_mentions, width)."""
        contexts, places = _context_docs(mentions, self.n_sents)
        starts = [[ent.start for ent in doc.ents] for doc in contexts]
        first_rows = np.cumsum([0, *map(len, starts)]).tolist()
        rows = [
            first_rows[i] + starts[i].index(mention.start - start)
            for mention, (i, start) in zip(mentions, places, strict=True)
        ]
        return self._predict_contexts(contexts)[rows]

    def _predict_contexts(self, contexts: Sequence[Doc]) -> Array:
        """What the model makes of docs, a few at a time, on the CPU: rows of tokens are many more than of contexts."""
        batches = (self.model.predict(batch) for batch in minibatch(contexts, CONTEXTS_AT_ONCE))
        return np.concatenate([self.model.ops.to_numpy(batch) for batch in batches])

    def _choose(self, candidates: Sequence[Candidate], scores: Array) -> str:
        best = scores.max()
        if self.threshold is not None and best < self.threshold:
            return NIL
        same = np.flatnonzero(scores == best).tolist()
        if len(candidates) == 1 and not same:  # no number
            return candidates[0].entity_
        return candidates[same[0] if len(same) == 1 else random.choice(same)].entity_

    def set_annotations(self, docs: Iterable[Doc], kb_ids: Sequence[str]) -> None:
        """Write the ids of the entities into their tokens. Raises ValueError E148 for another number of ids."""
        docs = list(docs)
        n_ents = [len(doc.ents) for doc in docs]
        if sum(n_ents) != len(kb_ids):
            raise ValueError(Errors.E148.format(ents=sum(n_ents), ids=len(kb_ids)))
        overwrite, ids = self.cfg["overwrite"], iter(kb_ids)
        for doc in docs:
            for ent in doc.ents:
                kb_id = next(ids)
                for token in ent:
                    if overwrite or token.ent_kb_id == 0:
                        token.ent_kb_id_ = kb_id
        if self.save_activations and isinstance(kb_ids, Links):
            ends = np.cumsum(n_ents).tolist()
            for doc, n, end in zip(docs, n_ents, ends, strict=True):
                doc.activations[self.name] = _activations(kb_ids, end - n, end)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from a batch; if none of its entities has candidates, nothing happens.

        Arguments and errors as for all components; besides, those of `validate_kb`.
        """
        self.validate_kb()
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = self._with_gold_ents(as_examples(examples, f"{type(self).__name__}.update"))
        if not self.batch_has_learnable_example(examples):
            return losses
        docs = [example.predicted for example in examples]
        self._step(docs, lambda encodings: self.get_loss(examples, encodings), drop, sgd, losses)
        if set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def get_loss(self, examples: Iterable[Example], sentence_encodings: Floats2d) -> tuple[float, Floats2d]:
        """Mean of 1 - cosine between contexts and the vectors of the gold ids; its gradient, as wide as the encodings.

        sentence_encodings    float32 (n_entities, width), a row for each predicted entity of the batch
        Entities that are no gold entity, or whose gold id the knowledge base does not know, have gradient 0.
        Raises RuntimeError E4493 if the number of rows is another one.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        rows, ids, n_ents = [], [], 0
        for example in examples:
            gold = {(ent.start_char, ent.end_char, ent.label): ent.kb_id_ for ent in example.reference.ents}
            for i, ent in enumerate(example.predicted.ents, start=n_ents):
                if kb_id := gold.get((ent.start_char, ent.end_char, ent.label)):
                    rows.append(i)
                    ids.append(kb_id)
            n_ents += len(example.predicted.ents)
        if n_ents != len(sentence_encodings):
            raise RuntimeError(Errors.E4493.format(name=self.name, ents=n_ents, rows=len(sentence_encodings)))
        return self._loss_of(sentence_encodings, rows, ids)

    def _loss_of(self, encodings: Floats2d, rows: list[int], ids: list[str]) -> tuple[float, Floats2d]:
        """Loss and gradient where these rows are contexts of entities with these ids."""
        ops = self.model.ops
        d_encodings = ops.alloc2f(*encodings.shape)
        truths = np.array(list(self.kb.get_vectors(ids)), dtype="float32").reshape(len(ids), encodings.shape[1])
        known = np.flatnonzero(truths.any(axis=1))
        if not len(known):
            return 0.0, d_encodings
        chosen, truth = np.array(rows)[known], ops.asarray2f(truths[known])
        d_encodings[chosen] = self.distance.get_grad(encodings[chosen], truth)
        return self._check_loss(self.distance.get_loss(encodings[chosen], truth) / len(known)), d_encodings

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """The scorer's result; with `use_gold_ents` the gold entities are linked for it first, on copies."""
        if self.scorer is None or not self.use_gold_ents:
            return super().score(examples, **kwargs)
        examples = self._with_gold_ents(list(examples))
        for _ in self.pipe(example.predicted for example in examples):
            pass
        return super().score(examples, **kwargs)

    def get_teacher_student_loss(self, teacher_scores: Floats2d, student_scores: Floats2d) -> tuple[float, Floats2d]:
        """Mean of 1 - cosine between the encodings of student and teacher, and its gradient.

        Raises ValueError if they are not of the same width: both need one knowledge base. E910 for NaN.
        """
        d_scores = self.distance.get_grad(student_scores, teacher_scores)
        loss = self.distance.get_loss(student_scores, teacher_scores)
        return self._check_loss(loss / max(len(student_scores), 1)), d_scores

    def _distillation_inputs(self, docs: list[Doc], references: list[Doc]) -> tuple[Any, Any] | None:
        """Docs with the entities of the references, for both; None if there are none."""
        if not any(doc.ents for doc in references):
            return None
        students = [doc.copy() for doc in docs]
        for student, reference in zip(students, references, strict=True):
            student.ents = [Span(student, ent.start, ent.end, label=ent.label) for ent in reference.ents]
        return students, references

    def _parts(self, exclude: Iterable[str]) -> Parts:
        parts = Parts()
        for name, part in super()._parts(exclude).items():
            if name == "model":  # behind the texts of the vocabulary
                parts["kb"] = Part(
                    to_bytes=lambda: self.kb.to_bytes(),
                    from_bytes=self._read_kb_bytes,
                    to_disk=lambda path: self.kb.to_disk(path),
                    from_disk=self._read_kb,
                )
            parts[name] = part
        return parts

    def _read_kb(self, path: Path) -> None:
        self.kb = read_folder(self.kb, path)

    def _read_kb_bytes(self, data: bytes) -> None:
        self.kb = read_bytes(self.kb, data)

    def _prepare_model(self) -> None:
        output = self.model.maybe_get_ref("output_layer")
        if output is not None and output.has_dim("nO") is None:
            output.set_dim("nO", self.kb.entity_vector_length)


class EntityLinker_v1(EntityLinker):
    """As `EntityLinker`, with the network of version 1: it has a vector for each doc, so contexts are docs.

    It has no threshold, and is trained on the gold entities of each doc and scored on the predicted ones.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Floats2d],
        name: str = "entity_linker",
        *,
        labels_discard: Iterable[str],
        n_sents: int,
        incl_prior: bool,
        incl_context: bool,
        entity_vector_length: int,
        get_candidates: GetCandidates,
        generate_empty_kb: Callable[[Vocab, int], KnowledgeBase],
        overwrite: bool = True,
        scorer: Callable[..., Any] | None = entity_linker_score,
        save_activations: bool = False,
    ) -> None:
        super().__init__(
            vocab,
            model,
            name,
            labels_discard=labels_discard,
            n_sents=n_sents,
            incl_prior=incl_prior,
            incl_context=incl_context,
            entity_vector_length=entity_vector_length,
            get_candidates=get_candidates,
            get_candidates_batch=lambda kb, mentions: [get_candidates(kb, mention) for mention in mentions],
            generate_empty_kb=generate_empty_kb,
            overwrite=overwrite,
            scorer=scorer,
            use_gold_ents=False,
            candidates_batch_size=1,
            save_activations=save_activations,
        )

    def _encode(self, mentions: Sequence[Span]) -> Array:
        contexts, places = _context_docs(mentions, self.n_sents)
        return self._predict_contexts(contexts)[[i for i, _ in places]]

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from the contexts of a batch's gold entities; without any, warn (W093)."""
        self.validate_kb()
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = as_examples(examples, f"{type(self).__name__}.update")
        contexts = []
        for example in examples:
            mentions = _linked(example)
            for start, end in context_windows(example.reference, mentions, self.n_sents):
                tokens = example.alignment.y2x[start:end]
                span = example.predicted[int(tokens[0]) : int(tokens[-1]) + 1] if len(tokens) else example.predicted[:]
                contexts.append(span.as_doc())
        if not contexts:
            warn_user(Warnings.W093.format(name=self.name))
            return losses
        self._step(contexts, lambda encodings: self.get_loss(examples, encodings), drop, sgd, losses)
        if set_annotations:
            docs = [example.predicted for example in examples]
            self.set_annotations(docs, self.predict(docs))
        return losses

    def get_loss(self, examples: Iterable[Example], sentence_encodings: Floats2d) -> tuple[float, Floats2d]:
        """Mean of 1 - cosine between contexts and the vectors of the gold ids, and its gradient.

        sentence_encodings    float32 (n, width), a row for each gold entity of the batch that has an id
        Raises RuntimeError E4493 if the number of rows is another one.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        ids = [ent.kb_id_ for example in examples for ent in _linked(example)]
        if len(ids) != len(sentence_encodings):
            raise RuntimeError(Errors.E4493.format(name=self.name, ents=len(ids), rows=len(sentence_encodings)))
        return self._loss_of(sentence_encodings, list(range(len(ids))), ids)

    def _distillation_inputs(self, docs: list[Doc], references: list[Doc]) -> tuple[Any, Any] | None:
        return docs, references


def _linked(example: Example) -> list[Span]:
    """The gold entities that have an id."""
    return [ent for ent in example.reference.ents if ent.kb_id_]


def _cosines(X: Array, Y: Array) -> Array:
    """The cosine of each pair of rows; 0 where one has no direction."""
    squares = np.einsum("ij,ij->i", X, X, dtype="float64") * np.einsum("ij,ij->i", Y, Y, dtype="float64")
    dots = np.einsum("ij,ij->i", X, Y, dtype="float64")
    cosines: Array = np.divide(dots, np.sqrt(squares), out=np.zeros(len(X)), where=squares > 0)
    return cosines


def _context_docs(mentions: Sequence[Span], n_sents: int) -> tuple[list[Doc], list[tuple[int, int]]]:
    """The contexts of mentions as docs, each once; and for each mention which, and where that begins in its doc."""
    by_doc: dict[int, list[int]] = {}
    for i, mention in enumerate(mentions):
        by_doc.setdefault(id(mention.doc), []).append(i)
    docs: list[Doc] = []
    places: list[tuple[int, int]] = [(0, 0)] * len(mentions)
    for indices in by_doc.values():
        doc = mentions[indices[0]].doc
        made: dict[tuple[int, int], int] = {}
        spans = [mentions[i] for i in indices]
        ends = context_windows(doc, [doc[span.end - 1 : span.end] for span in spans], n_sents)
        values = doc.to_array(ANNOTATIONS)
        for i, (start, _), (_, end) in zip(indices, context_windows(doc, spans, n_sents), ends, strict=True):
            if (start, end) not in made:
                made[start, end] = len(docs)
                docs.append(doc[start:end].as_doc(array_head=ANNOTATIONS, array=values))
            places[i] = (made[start, end], start)
    return docs, places


def _activations(links: Links, low: int, high: int) -> dict[str, Any]:
    """The candidates of the entities from `low` to `high`, and their scores, by entity."""
    hashes, scores = links.candidates[low:high], links.scores[low:high]
    lengths = np.array([len(of_entity) for of_entity in hashes], dtype="int32")
    keys = np.array([key for of_entity in hashes for key in of_entity], dtype="uint64")
    return {
        "ents": Ragged(keys, lengths),
        "scores": Ragged(np.concatenate([np.zeros(0), *scores]).astype("float32"), lengths),
    }


@factory(
    "entity_linker",
    default_config={
        "model": DEFAULT_NEL_MODEL,
        "labels_discard": [],
        "n_sents": 0,
        "incl_prior": True,
        "incl_context": True,
        "entity_vector_length": 64,
        "get_candidates": {"@misc": "spacy.CandidateGenerator.v1"},
        "get_candidates_batch": {"@misc": "spacy.CandidateBatchGenerator.v1"},
        "generate_empty_kb": {"@misc": "spacy.EmptyKB.v2"},
        "overwrite": True,
        "scorer": {"@scorers": "spacy.entity_linker_scorer.v1"},
        "use_gold_ents": True,
        "candidates_batch_size": 1,
        "threshold": None,
    },
    requires=["doc.ents", "doc.sents", "token.ent_iob", "token.ent_type"],
    assigns=["token.ent_kb_id"],
    default_score_weights={"nel_micro_f": 1.0, "nel_micro_r": None, "nel_micro_p": None},
    own_settings=OWN_SETTINGS,
)
def make_entity_linker(
    nlp: Pipeline,
    name: str,
    model: Model[list[Doc], Floats2d],
    *,
    labels_discard: Iterable[str],
    n_sents: int,
    incl_prior: bool,
    incl_context: bool,
    entity_vector_length: int,
    get_candidates: GetCandidates,
    get_candidates_batch: GetCandidatesBatch,
    generate_empty_kb: Callable[[Vocab, int], KnowledgeBase],
    overwrite: bool,
    scorer: Callable[..., Any] | None,
    use_gold_ents: bool,
    candidates_batch_size: int,
    threshold: float | None = None,
    save_activations: bool = False,
) -> EntityLinker:
    """An entity linker; with a network of version 1, that of version 1."""
    settings: dict[str, Any] = {
        "labels_discard": labels_discard,
        "n_sents": n_sents,
        "incl_prior": incl_prior,
        "incl_context": incl_context,
        "entity_vector_length": entity_vector_length,
        "get_candidates": get_candidates,
        "generate_empty_kb": generate_empty_kb,
        "overwrite": overwrite,
        "scorer": scorer,
        "save_activations": save_activations,
    }
    if not model.attrs.get("include_span_maker", False):
        return EntityLinker_v1(nlp.vocab, model, name, **settings)
    return EntityLinker(
        nlp.vocab,
        model,
        name,
        get_candidates_batch=get_candidates_batch,
        use_gold_ents=use_gold_ents,
        candidates_batch_size=candidates_batch_size,
        threshold=threshold,
        **settings,
    )
