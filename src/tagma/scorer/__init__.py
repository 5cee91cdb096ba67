"""Scores of predicted Docs against reference Docs.

Token scores work on whole columns of the batch; spans, categories and links on sets. A score of which there was nothing
to observe is None, never 0.

Reading order: `counts` (precision, recall, areas under curves), `tokens` (attributes of tokens), `deps` (arcs), `cats`
(categories), `clusters` (mentions of the same), then this file: `Scorer`, with spans, entities and links. Imported by
components, for their scorers, and by what lies above them; of the pipeline, which it is given, it knows the parts
alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol

from tagma.gold.example import Example
from tagma.registries import registry
from tagma.scorer.cats import score_cats
from tagma.scorer.clusters import score_coref_clusters, score_span_predictions
from tagma.scorer.counts import MISSING_VALUES, PRFScore, ROCAUCScore
from tagma.scorer.deps import score_deps
from tagma.scorer.tokens import attribute_key, score_token_attr, score_token_attr_per_feat, score_tokenization
from tagma.tokens import Doc, Span, Token
from tagma.tokens.columns import gather

__all__ = [
    "DEFAULT_PIPELINE",
    "MISSING_VALUES",
    "PRFScore",
    "ROCAUCScore",
    "Scorer",
    "attribute_key",
    "get_ner_prf",
    "score_parser",
]

DEFAULT_PIPELINE = ("senter", "tagger", "morphologizer", "parser", "ner", "textcat")


class Scored(Protocol):
    """What of a pipeline is scored: the parts that have a `score`."""

    @property
    def tokenizer(self) -> Any: ...
    @property
    def pipeline(self) -> Sequence[tuple[str, Any]]: ...


class Scorer:
    """Runs the scorers of a pipeline's components.

    nlp    The pipeline. Without one, a blank pipeline of `default_lang` with the components of `default_pipeline`.
    cfg    Passed on to each scorer.
    """

    def __init__(
        self,
        nlp: Scored | None = None,
        default_lang: str = "xx",
        default_pipeline: Iterable[str] = DEFAULT_PIPELINE,
        **cfg: Any,
    ) -> None:
        self.cfg = cfg
        if nlp is None:
            blank = registry.languages.get(default_lang)()
            for name in default_pipeline:
                blank.add_pipe(name)
            nlp = blank
        self.nlp: Scored = nlp

    def score(self, examples: Iterable[Example], *, per_component: bool = False) -> dict[str, Any]:
        """Scores of the tokenizer and of the components, where they have a `score`: one dict, or one for each."""
        examples = list(examples)
        scores: dict[str, Any] = {}
        for name, part in [("tokenizer", self.nlp.tokenizer), *self.nlp.pipeline]:
            if not hasattr(part, "score"):
                continue
            found = part.score(examples, **self.cfg)
            if per_component:
                scores[name] = found
            else:
                scores.update(found)
        return scores

    # Final, so that all type checkers take the functions' own signatures.
    score_tokenization: Final = staticmethod(score_tokenization)
    score_token_attr: Final = staticmethod(score_token_attr)
    score_token_attr_per_feat: Final = staticmethod(score_token_attr_per_feat)
    score_cats: Final = staticmethod(score_cats)
    score_deps: Final = staticmethod(score_deps)
    score_coref_clusters: Final = staticmethod(score_coref_clusters)
    score_span_predictions: Final = staticmethod(score_span_predictions)

    @staticmethod
    def score_spans(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Doc, str], Iterable[Span]] = getattr,
        has_annotation: Callable[[Doc], bool] | None = None,
        labeled: bool = True,
        allow_overlap: bool = False,
        **cfg: Any,
    ) -> dict[str, Any]:
        """<attr>_p/r/f and, if labeled, <attr>_per_type of spans, equal if label and tokens of the reference are.

        has_annotation    Docs whose reference has none are left out; predictions without it are misses alone.
        Predicted spans that do not have the text of the reference tokens they belong to are left out.
        """
        total = PRFScore()
        per_type: dict[str, PRFScore] = defaultdict(PRFScore)
        for example in examples:
            if has_annotation is not None and not has_annotation(example.reference):
                continue
            gold = {_span_key(span) for span in getter(example.reference, attr)}
            found: set[tuple[str, int, int]] = set()
            if has_annotation is None or has_annotation(example.predicted):
                spans = list(getter(example.predicted, attr))
                found = _found_spans(example, spans, allow_overlap)
                # a label all of whose predictions were left out has a row as well
                per_type.update({label: PRFScore() for span in spans if (label := span.label_) not in per_type})
            if labeled:
                _count_by_label(per_type, found, gold)
                total.score_set(found, gold)
            else:
                total.score_set({key[1:] for key in found}, {key[1:] for key in gold})
        scores: dict[str, Any] = _prf(attr, total)
        if labeled:
            scores[f"{attr}_per_type"] = (
                {label: per_type[label].to_dict() for label in sorted(per_type)} if total else None
            )
        return scores

    @staticmethod
    def score_links(examples: Iterable[Example], *, negative_labels: Iterable[str], **cfg: Any) -> dict[str, Any]:
        """nel_score and nel_micro/macro_p/r/f, nel_f_per_type: knowledge-base ids of the entities both sides have.

        negative_labels    Ids that stand for no entry.
        """
        negative = set(negative_labels)
        per_type: dict[str, PRFScore] = {}
        for example in examples:
            gold = {(ent.start_char, ent.end_char): ent for ent in example.reference.ents}
            for ent in example.predicted.ents:
                match = gold.get((ent.start_char, ent.end_char))
                if match is None:
                    continue
                score = per_type.setdefault(match.label_, PRFScore())
                right, guess = match.kb_id_, ent.kb_id_
                if right in negative and guess in negative:
                    continue
                if right == guess:
                    score.tp += 1
                    continue
                score.fp += guess not in negative
                score.fn += right not in negative
        micro = sum(per_type.values(), PRFScore())
        macro = {
            name: sum(getattr(prf, long) for prf in per_type.values()) / len(per_type) if per_type else 0.0
            for name, long in (("p", "precision"), ("r", "recall"), ("f", "fscore"))
        }
        return {
            "nel_score": micro.fscore,
            "nel_score_desc": "micro F",
            "nel_micro_p": micro.precision,
            "nel_micro_r": micro.recall,
            "nel_micro_f": micro.fscore,
            "nel_macro_p": macro["p"],
            "nel_macro_r": macro["r"],
            "nel_macro_f": macro["f"],
            "nel_f_per_type": {label: prf.to_dict() for label, prf in per_type.items()},
        }


def get_ner_prf(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """ents_p/r/f and ents_per_type of named entities.

    Docs without gold entities annotated are left out, and predicted entities over tokens without such annotation.
    """
    per_type: dict[str, PRFScore] = defaultdict(PRFScore)
    for example in examples:
        if not example.reference.has_annotation("ENT_IOB"):
            continue
        gold = {(ent.label_, ent.start, ent.end) for ent in example.reference.ents}
        known = gather([example.reference], ["ENT_IOB"])[0][:, 0] != 0
        align = example.alignment.x2y
        for ent in example.predicted.ents:
            score = per_type[ent.label_]
            indices = align[ent.start : ent.end]
            if not len(indices):
                score.fp += 1
                continue
            key = (ent.label_, int(indices[0]), int(indices[-1]) + 1)
            if not known[key[1] : key[2]].all():
                continue
            if key in gold:
                gold.remove(key)
                score.tp += 1
            else:
                score.fp += 1
        for label, _, _ in gold:
            per_type[label].fn += 1
    total = sum(per_type.values(), PRFScore())
    scores: dict[str, Any] = _prf("ents", total)
    scores["ents_per_type"] = {label: prf.to_dict() for label, prf in per_type.items()} if total else None
    return scores


def score_parser(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """Scores of sentences and of dependencies, the latter without punctuation and with labels in lower case."""

    def label(token: Token, attr: str) -> str:
        return str(getattr(token, f"{attr}_")).lower()

    def has_sentences(doc: Doc) -> bool:
        return doc.has_annotation("SENT_START")

    settings = {**kwargs, "has_annotation": has_sentences, "getter": lambda doc, attr: getattr(doc, attr)}
    scores = Scorer.score_spans(examples, "sents", **settings)
    scores.pop("sents_per_type", None)
    settings = {**kwargs, "getter": label, "ignore_labels": ("p", "punct")}
    return {**scores, **Scorer.score_deps(examples, "dep", **settings)}


def _prf(attr: str, score: PRFScore) -> dict[str, Any]:
    if not score:
        return {f"{attr}_p": None, f"{attr}_r": None, f"{attr}_f": None}
    return {f"{attr}_{name}": value for name, value in score.to_dict().items()}


def _span_key(span: Span) -> tuple[str, int, int]:
    return span.label_, span.start, span.end


def _found_spans(example: Example, spans: Sequence[Span], allow_overlap: bool) -> set[tuple[str, int, int]]:
    """Keys of predicted spans on the reference tokens; of spans that overlap, where that is not allowed, the first."""
    if example.alignment.is_identity and (allow_overlap or _are_apart(spans)):
        return {_span_key(span) for span in spans if span.start < span.end}
    return {_span_key(span) for span in example.get_aligned_spans_x2y(spans, allow_overlap)}


def _are_apart(spans: Sequence[Span]) -> bool:
    """Whether spans stand in the order of the text and do not overlap."""
    return all(one.end <= other.start for one, other in pairwise(spans))


def _count_by_label(
    per_type: dict[str, PRFScore], found: Iterable[tuple[str, int, int]], gold: Iterable[tuple[str, int, int]]
) -> None:
    """Count keys of spans, each under its label."""
    found, gold = set(found), set(gold)
    for key in found:
        per_type[key[0]].tp += key in gold
        per_type[key[0]].fp += key not in gold
    for key in gold - found:
        per_type[key[0]].fn += 1
