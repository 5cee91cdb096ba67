"""ner, beam_ner: named entities, in `doc.ents`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.nn import Model
from tagma.pipeline.factory import factory, scorer
from tagma.pipeline.tok2vec import STANDARD_CNN
from tagma.pipeline.transition_parser import Parser
from tagma.pipeline.transitions.biluo import BEGIN, IN, INSIDE, LAST, START, UNIT, BiluoPushDown, spans_of
from tagma.pipeline.transitions.runs import Parses, parse
from tagma.scorer import get_ner_prf
from tagma.tokens import Doc, SpanGroup
from tagma.tokens.columns import read, write_entities

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.pipeline.transitions.system import TransitionSystem
    from tagma.vocab import Vocab

DEFAULT_NER_MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": STANDARD_CNN,
}
ASSIGNS = ["doc.ents", "token.ent_iob", "token.ent_type"]
WEIGHTS = {"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None}
SCORES_KEY = "ner_scores"


@scorer("spacy.ner_scorer.v1")
def ner_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """ents_p, ents_r, ents_f, ents_per_type."""
    return get_ner_prf(examples, **kwargs)


@factory(
    "ner",
    default_config={
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "model": DEFAULT_NER_MODEL,
        "incorrect_spans_key": None,
        "scorer": {"@scorers": "spacy.ner_scorer.v1"},
    },
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
)
def make_ner(
    nlp: Any,
    name: str,
    model: Model[Any, Any],
    moves: TransitionSystem | None,
    update_with_oracle_cut_size: int,
    incorrect_spans_key: str | None,
    scorer: Callable[..., Any] | None,
    scores: bool = False,
) -> EntityRecognizer:
    """A recognizer that follows the best moves."""
    return EntityRecognizer(
        nlp.vocab,
        model,
        name,
        moves,
        update_with_oracle_cut_size=update_with_oracle_cut_size,
        incorrect_spans_key=incorrect_spans_key,
        scorer=scorer,
        scores=scores,
    )


@factory(
    "beam_ner",
    default_config={
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "model": DEFAULT_NER_MODEL,
        "beam_density": 0.01,
        "beam_update_prob": 0.5,
        "beam_width": 32,
        "incorrect_spans_key": None,
        "scorer": {"@scorers": "spacy.ner_scorer.v1"},
    },
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
)
def make_beam_ner(
    nlp: Any,
    name: str,
    model: Model[Any, Any],
    moves: TransitionSystem | None,
    update_with_oracle_cut_size: int,
    beam_width: int,
    beam_density: float,
    beam_update_prob: float,
    incorrect_spans_key: str | None,
    scorer: Callable[..., Any] | None,
    scores: bool = False,
) -> EntityRecognizer:
    """A recognizer that follows several analyses at once."""
    return EntityRecognizer(
        nlp.vocab,
        model,
        name,
        moves,
        update_with_oracle_cut_size=update_with_oracle_cut_size,
        beam_width=beam_width,
        beam_density=beam_density,
        beam_update_prob=beam_update_prob,
        incorrect_spans_key=incorrect_spans_key,
        scorer=scorer,
        scores=scores,
    )


class EntityRecognizer(Parser):
    """Entities that do not overlap. See `Parser` for the settings."""

    system = BiluoPushDown

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str = "ner",
        moves: TransitionSystem | None = None,
        *,
        update_with_oracle_cut_size: int = 100,
        beam_width: int = 1,
        beam_density: float = 0.0,
        beam_update_prob: float = 0.0,
        multitasks: Sequence[Any] = (),
        incorrect_spans_key: str | None = None,
        scorer: Callable[..., Any] | None = ner_score,
        scores: bool = False,
    ) -> None:
        super().__init__(
            vocab,
            model,
            name,
            moves,
            update_with_oracle_cut_size=update_with_oracle_cut_size,
            min_action_freq=1,
            learn_tokens=False,
            beam_width=beam_width,
            beam_density=beam_density,
            beam_update_prob=beam_update_prob,
            multitasks=multitasks,
            incorrect_spans_key=incorrect_spans_key,
            scorer=scorer,
            scores=scores,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Types of entities, sorted."""
        return tuple(sorted({label for _, label in self.moves.moves if label}))

    def _add_labels_of(self, docs: Iterable[Doc]) -> None:
        keys, _ = read(list(docs), "ent_type")
        if not keys.any():
            return
        strings = self.vocab.strings
        known = set(self.moves.label_keys.tolist())
        for key in np.unique(keys).tolist():
            if key and key not in known:
                self.add_label(strings[key])

    def _write(self, docs: Sequence[Doc], parses: Parses) -> None:
        assert parses.tags is not None, "the system is an entity recognizer's"
        names, tags = self.moves.label_names, parses.tags
        add = self.vocab.strings.add
        keys = np.array([add(name, allow_transient=False) if name else 0 for name in names], dtype=np.uint64)
        types = keys[parses.labels]
        first = ((tags == BEGIN) | (tags == UNIT)) & (types != 0)
        codes = np.where(first, START, np.where((tags == IN) | (tags == LAST), INSIDE, 0)).astype(np.int8)
        write_entities(docs, codes, types)
        if self.cfg.get("scores") and parses.sure is not None:
            ends = np.cumsum(parses.lengths)
            for doc, end, n in zip(docs, ends.tolist(), parses.lengths.tolist(), strict=True):
                sure = parses.sure[end - n : end]
                ents = doc.ents
                values = [float(sure[ent.start]) for ent in ents]
                doc.spans[SCORES_KEY] = SpanGroup(doc, name=SCORES_KEY, attrs={"scores": values}, spans=list(ents))

    def scores(self, docs: Iterable[Doc]) -> list[Any]:
        """How probable the moves of each entity are: float32 (n_ents,) for each doc, in the order of `doc.ents`.

        The docs are read anew, without regard to what they have; an entity that is not found in this way has NaN.
        """
        docs = list(docs)
        if not docs:
            return []
        parses = parse(self.moves, self.model, docs, want_p=True, open_docs=True)
        assert parses.tags is not None and parses.sure is not None, "they were asked for"
        out, begin = [], 0
        for doc, n in zip(docs, parses.lengths.tolist(), strict=True):
            part = slice(begin, begin + n)
            begin += n
            found = spans_of(doc, parses.tags[part], parses.labels[part], self.moves.label_names)
            sure = {(ent.start, ent.end, ent.label): parses.sure[part][ent.start] for ent in found}
            values = [sure.get((ent.start, ent.end, ent.label), np.nan) for ent in doc.ents]
            out.append(np.array(values, dtype=np.float32))
        return out
