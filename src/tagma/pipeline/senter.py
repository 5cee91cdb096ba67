"""senter: where sentences start, learned; in the column `sent_start`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import project, validate_get_examples
from tagma.nn import Model
from tagma.nn.types import Floats2d, Ints1d
from tagma.pipeline._token_loss import MISSING
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.tagger import SAMPLE_SIZE, Tagger
from tagma.pipeline.trainable_pipe import OWN_SETTINGS
from tagma.scorer import Scorer
from tagma.tokens.columns import read, write

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

DEFAULT_MODEL = {
    "@architectures": "spacy.Tagger.v2",
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 12,
        "depth": 1,
        "embed_size": 2000,
        "window_size": 1,
        "maxout_pieces": 2,
        "subword_features": True,
    },
}
INSIDE, START = 0, 1


@scorer("spacy.senter_scorer.v1")
def senter_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """sents_p, sents_r, sents_f, over docs whose sentence starts are annotated."""
    settings = {"has_annotation": _has_sentences, **kwargs}
    scores = Scorer.score_spans(examples, "sents", **settings)
    scores.pop("sents_per_type", None)
    return scores


def _has_sentences(doc: Doc) -> bool:
    return doc.has_annotation("SENT_START")


@factory(
    "senter",
    default_config={"model": DEFAULT_MODEL},
    assigns=["token.is_sent_start"],
    default_score_weights={"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
    own_settings=OWN_SETTINGS,
)
class SentenceRecognizer(Tagger):
    """A tagger with two labels: I inside a sentence, S at its start.

    overwrite           Also replace starts that are there already.
    save_activations    As in `Tagger`.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], list[Floats2d]],
        name: str = "senter",
        *,
        overwrite: bool = False,
        scorer: Callable[..., Any] | None = senter_score,
        save_activations: bool = False,
    ) -> None:
        super().__init__(vocab, model, name, scorer=scorer)
        self.cfg: dict[str, Any] = {"overwrite": overwrite}
        self.save_activations = save_activations

    @property
    def labels(self) -> tuple[str, ...]:
        """I and S."""
        return ("I", "S")

    @property
    def hide_labels(self) -> bool:
        """True: the labels say nothing about the language."""
        return True

    @property
    def label_data(self) -> None:
        """None: the labels are fixed."""
        return None

    def add_label(self, label: str, values: Any = None) -> int:
        """Raises NotImplementedError: the labels are fixed."""
        raise NotImplementedError(Errors.E931.format(parent="SentenceRecognizer", method="add_label", name=self.name))

    def initialize(  # type: ignore[override]  # no argument for labels: they are fixed
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Set up the model. Raises TypeError E930 without examples."""
        validate_get_examples(get_examples, "SentenceRecognizer.initialize")
        self._require_labels()
        self._initialize_model(list(islice(get_examples(), SAMPLE_SIZE)))

    def _write_labels(self, docs: Sequence[Doc], ids: Ints1d) -> None:
        starts = np.where(np.asarray(ids) == START, 1, -1).astype("int8")
        write(docs, "sent_start", starts, overwrite=self.cfg["overwrite"])

    def _gold(self, examples: Sequence[Example], check: bool = True) -> tuple[Any, Any]:
        """Gold columns of all predicted tokens, int64 (n,): START, INSIDE, or MISSING where tokens do not align, and in
        docs without sentences.
        """
        gold = [np.zeros(0, dtype="int64")]
        for example in examples:
            reference = example.reference
            if not reference.has_annotation("SENT_START"):
                gold.append(np.full(len(example.predicted), MISSING))
                continue
            starts, known = project(read([reference], "sent_start")[0], example.alignment)
            gold.append(np.where(known, np.where(starts == 1, START, INSIDE), MISSING))
        return np.concatenate(gold), None


make_senter: Callable[..., SentenceRecognizer] = maker(SentenceRecognizer)
make_senter_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(senter_score)
