"""parser, beam_parser: a dependency tree of each sentence, and the sentences themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Warnings, warn_user
from tagma.gold.projective import DELIMITER, dropped
from tagma.nn import Model
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.tok2vec import STANDARD_CNN
from tagma.pipeline.transition_parser import BEAM_SETTINGS, OWN_PARSER_SETTINGS, Parser
from tagma.pipeline.transitions.arc_eager import ROOT, ArcEager
from tagma.pipeline.transitions.runs import Beams, Parses, parts_of
from tagma.pipeline.transitions.system import Array
from tagma.registries import registry
from tagma.scorer import score_parser
from tagma.tokens import Doc
from tagma.tokens.columns import gather, write_parses

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.pipeline.transitions.system import TransitionSystem
    from tagma.vocab import Vocab

DEFAULT_PARSER_MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "parser",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": STANDARD_CNN,
}
ASSIGNS = ["token.dep", "token.head", "token.is_sent_start", "doc.sents"]
WEIGHTS = {
    "dep_uas": 0.5,
    "dep_las": 0.5,
    "dep_las_per_type": None,
    "sents_p": None,
    "sents_r": None,
    "sents_f": 0.0,
}
SETTINGS = ["moves", "update_with_oracle_cut_size", "learn_tokens", "min_action_freq", "model", "scorer"]


@scorer("spacy.parser_scorer.v1")
def parser_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """sents_p, sents_r, sents_f, dep_uas, dep_las, dep_las_per_type; punctuation is left out, case of labels too."""
    return score_parser(examples, **kwargs)


@factory(
    "parser",
    default_config={"model": DEFAULT_PARSER_MODEL},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    settings=SETTINGS,
    own_settings=OWN_PARSER_SETTINGS,
)
@factory(
    "beam_parser",
    default_config={"model": DEFAULT_PARSER_MODEL, "beam_width": 8, "beam_density": 0.0001, "beam_update_prob": 0.5},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    settings=[*SETTINGS, *BEAM_SETTINGS],
    own_settings=OWN_PARSER_SETTINGS,
)
class DependencyParser(Parser):
    """Heads and labels of the tokens; sentences are what hangs together. See `Parser` for the settings."""

    system = ArcEager

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str = "parser",
        moves: TransitionSystem | None = None,
        *,
        update_with_oracle_cut_size: int = 100,
        min_action_freq: int = 30,
        learn_tokens: bool = False,
        beam_width: int = 1,
        beam_density: float = 0.0,
        beam_update_prob: float = 0.0,
        multitasks: Sequence[Any] = (),
        incorrect_spans_key: str | None = None,
        scorer: Callable[..., Any] | None = parser_score,
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
            min_action_freq=min_action_freq,
            learn_tokens=learn_tokens,
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
        self._join_tokens()
        if learn_tokens:
            warn_user(Warnings.W4015.format(name=name))

    def _join_tokens(self) -> None:
        if isinstance(self.moves, ArcEager):
            self.moves.joins = bool(self.cfg["learn_tokens"])

    def _set_cfg(self, load: Callable[[], dict[str, Any]], what: object) -> None:
        super()._set_cfg(load, what)
        self._join_tokens()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of arcs, sorted."""
        found = {label for _, label in self.moves.moves if label}
        return tuple(sorted({label.split(DELIMITER)[1] if DELIMITER in label else label for label in found}))

    def _write(self, docs: Sequence[Doc], parses: Parses) -> None:
        assert parses.heads is not None, "the system is a parser's"
        place = np.concatenate([np.arange(n, dtype=np.int32) for n in parses.lengths.tolist()])
        is_root = parses.heads < 0
        heads = np.where(is_root, place, parses.heads).astype(np.int32)
        names = self.moves.label_names
        deps = self.moves.keys_in(self.vocab.strings)[parses.labels]
        deps[is_root] = self.vocab.strings.add(ROOT, allow_transient=False)
        is_decorated = np.array([DELIMITER in name for name in names], dtype=bool)
        lifted = is_decorated[parses.labels] & ~is_root
        if lifted.any():
            self._drop_arcs(docs, heads, deps, lifted)
        write_parses(docs, heads, deps)
        if self.cfg.get("scores") and parses.sure is not None:
            for doc, part in zip(docs, parts_of(parses.lengths), strict=True):
                doc.user_data["dep_score"] = parses.sure[part]

    def _drop_arcs(self, docs: Sequence[Doc], heads: Array, deps: Array, is_lifted: Array) -> None:
        """Undo the lifting of arcs, in place; see `tagma.gold.projective`."""
        blank = gather(docs, ["IS_SPACE"])[0][:, 0].astype(bool)
        for part in parts_of([len(doc) for doc in docs]):
            if is_lifted[part].any():
                heads[part], deps[part], _ = dropped(heads[part], deps[part], blank[part], self.vocab.strings)

    def _marginals(self, beams: Beams) -> Array:
        assert beams.heads is not None, "the system is a parser's"
        same = (beams.heads == beams.heads[0]) & (beams.labels == beams.labels[0])
        sure = np.zeros(same.shape[1], dtype=np.float32)
        for doc, part in enumerate(parts_of(beams.lengths)):
            probabilities = beams.shares(doc)
            sure[part] = probabilities @ same[: len(probabilities), part]
        return sure

    def scored_parses(self, beams: Beams) -> list[tuple[dict[tuple[int, int], float], dict[tuple[int, str], float]]]:
        """For each doc the probabilities of (token, head) and of (token, label), over the analyses of its beam."""
        assert beams.heads is not None, "the system is a parser's"
        names = self.moves.label_names
        found = []
        for doc, part in enumerate(parts_of(beams.lengths)):
            of_heads: dict[tuple[int, int], float] = defaultdict(float)
            of_labels: dict[tuple[int, str], float] = defaultdict(float)
            for k, p in enumerate(beams.shares(doc).tolist()):
                arcs = zip(beams.heads[k, part].tolist(), beams.labels[k, part].tolist(), strict=True)
                for i, (head, label) in enumerate(arcs):
                    of_heads[i, head if head >= 0 else i] += p
                    of_labels[i, names[label] if head >= 0 else ROOT] += p
            found.append((dict(of_heads), dict(of_labels)))
        return found

    def scores(self, docs: Iterable[Doc]) -> list[Any]:
        """How probable the moves were that gave each token its head: float32 (n_tokens,) for each doc.

        The docs are parsed anew, without regard to what they have; nothing is written.
        """
        docs = list(docs)
        parses = self._greedy(docs, want_p=True, open_docs=True)
        assert parses.sure is not None, "it was asked for"
        return [parses.sure[part] for part in parts_of(parses.lengths)]


make_parser: Callable[..., DependencyParser] = maker(DependencyParser)
make_beam_parser: Callable[..., DependencyParser] = registry.factories.get("beam_parser")
make_parser_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(parser_score)
