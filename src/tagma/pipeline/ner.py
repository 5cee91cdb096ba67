"""ner, beam_ner: named entities, in `doc.ents`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.nn import Model
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.tok2vec import STANDARD_CNN
from tagma.pipeline.transition_parser import BEAM_SETTINGS, OWN_PARSER_SETTINGS, Parser
from tagma.pipeline.transitions.biluo import BEGIN, IN, INSIDE, LAST, START, UNIT, BiluoPushDown, entities_of
from tagma.pipeline.transitions.runs import Beams, Parses, parts_of
from tagma.pipeline.transitions.system import Array
from tagma.registries import registry
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
SETTINGS = ["moves", "update_with_oracle_cut_size", "incorrect_spans_key", "model", "scorer"]


@scorer("spacy.ner_scorer.v1")
def ner_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """ents_p, ents_r, ents_f, ents_per_type."""
    return get_ner_prf(examples, **kwargs)


@factory(
    "ner",
    default_config={"model": DEFAULT_NER_MODEL},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    settings=SETTINGS,
    own_settings=OWN_PARSER_SETTINGS,
)
@factory(
    "beam_ner",
    default_config={"model": DEFAULT_NER_MODEL, "beam_width": 32, "beam_density": 0.01, "beam_update_prob": 0.5},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    settings=[*SETTINGS, *BEAM_SETTINGS],
    own_settings=OWN_PARSER_SETTINGS,
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
        save_activations: bool = False,
        relu_in_prediction: bool = True,
        labels: Iterable[str] = (),
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
            save_activations=save_activations,
            relu_in_prediction=relu_in_prediction,
            labels=labels,
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
        tags = parses.tags
        types = self.moves.keys_in(self.vocab.strings)[parses.labels]
        first = ((tags == BEGIN) | (tags == UNIT)) & (types != 0)
        codes = np.where(first, START, np.where((tags == IN) | (tags == LAST), INSIDE, 0)).astype(np.int8)
        write_entities(docs, codes, types)
        if self.cfg.get("scores") and parses.sure is not None:
            for doc, part in zip(docs, parts_of(parses.lengths), strict=True):
                sure = parses.sure[part]
                ents = doc.ents
                values = [float(sure[ent.start]) for ent in ents]
                doc.spans[SCORES_KEY] = SpanGroup(doc, name=SCORES_KEY, attrs={"scores": values}, spans=list(ents))

    def _marginals(self, beams: Beams) -> Array:
        assert beams.tags is not None, "the system is an entity recognizer's"
        sure = np.ones(beams.tags.shape[1], dtype=np.float32)
        for doc, part in enumerate(parts_of(beams.lengths)):
            of_ents = self._scored(beams, doc, part)
            for start, end, number in entities_of(beams.tags[0, part], beams.labels[0, part]):
                sure[part][start] = of_ents[start, end, number]
        return sure

    def _scored(self, beams: Beams, doc: int, part: slice) -> dict[tuple[int, int, int], float]:
        assert beams.tags is not None, "the system is an entity recognizer's"
        found: dict[tuple[int, int, int], float] = defaultdict(float)
        for k, p in enumerate(beams.shares(doc).tolist()):
            for ent in entities_of(beams.tags[k, part], beams.labels[k, part]):
                found[ent] += p
        return found

    def scored_ents(self, beams: Beams) -> list[dict[tuple[int, int, str], float]]:
        """For each doc the probabilities of (start, end, label), over the analyses of its beam."""
        names = self.moves.label_names
        return [
            {(start, end, names[number]): p for (start, end, number), p in self._scored(beams, doc, part).items()}
            for doc, part in enumerate(parts_of(beams.lengths))
        ]

    def scores(self, docs: Iterable[Doc]) -> list[Any]:
        """How probable the moves of each entity are: float32 (n_ents,) for each doc, in the order of `doc.ents`.

        The docs are read anew, without regard to what they have; an entity that is not found in this way has NaN.
        """
        docs = list(docs)
        parses = self._greedy(docs, want_p=True, open_docs=True)
        assert parses.tags is not None, "the system is an entity recognizer's"
        assert parses.sure is not None, "it was asked for"
        out, names = [], self.moves.label_names
        for doc, part in zip(docs, parts_of(parses.lengths), strict=True):
            found = entities_of(parses.tags[part], parses.labels[part])
            sure = {(start, end, names[number]): parses.sure[part][start] for start, end, number in found}
            values = [sure.get((ent.start, ent.end, ent.label_), np.nan) for ent in doc.ents]
            out.append(np.array(values, dtype=np.float32))
        return out


make_ner: Callable[..., EntityRecognizer] = maker(EntityRecognizer)
make_beam_ner: Callable[..., EntityRecognizer] = registry.factories.get("beam_ner")
make_ner_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(ner_score)
