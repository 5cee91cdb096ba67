"""textcat_multilabel: any number of labels for each doc, in `doc.cats`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from tagma.errors import Errors
from tagma.nn import Model
from tagma.nn.types import Floats2d
from tagma.pipeline.factory import factory, maker, scorer
from tagma.pipeline.textcat import ASSIGNS, WEIGHTS, TextCategorizer, ensemble
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS
from tagma.scorer import Scorer
from tagma.scorer.cats import score_cats_v1

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab


@scorer("spacy.textcat_multilabel_scorer.v2")
def textcat_multilabel_score(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """cats_score, the mean over labels of the area under the ROC curve, and precision, recall, F at the threshold."""
    return Scorer.score_cats(examples, "cats", multi_label=True, **kwargs)


@scorer("spacy-legacy.textcat_multilabel_scorer.v1")
def textcat_multilabel_score_v1(examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
    """As version 2, also of labels that are found in the docs alone."""
    return score_cats_v1(examples, "cats", multi_label=True, **kwargs)


@factory(
    "textcat_multilabel",
    default_config={"threshold": 0.5, "model": ensemble(exclusive_classes=False)},
    assigns=ASSIGNS,
    default_score_weights=WEIGHTS,
    own_settings=OWN_LABELLED_SETTINGS,
)
class MultiLabel_TextCategorizer(TextCategorizer):
    """The probability of each of several labels, of which a doc may have none or more than one.

    threshold           A label whose probability reaches it counts as said, in scores.
    labels              Labels to begin with; those of the examples come behind them.
    save_activations    As in `TextCategorizer`.
    A label that the reference does not name is not known: it has no part in loss and gradient.
    """

    exclusive_classes: ClassVar[bool] = False
    factory_name: ClassVar[str] = "textcat_multilabel"

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[Doc], Floats2d],
        name: str = "textcat_multilabel",
        *,
        threshold: float,
        scorer: Callable[..., Any] | None = textcat_multilabel_score,
        save_activations: bool = False,
        labels: Iterable[str] = (),
    ) -> None:
        super().__init__(
            vocab,
            model,
            name,
            threshold=threshold,
            scorer=scorer,
            save_activations=save_activations,
            labels=labels,
        )
        self.cfg.pop("positive_label")

    def initialize(  # type: ignore[override]  # no label is the positive one
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Iterable[str] | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the labels and the model.

        labels    The labels; without them, all that occur in the examples, in the order in which they occur.
        Raises TypeError E930 without examples, ValueError: E851 for bad gold, E143 without labels, E4200 if the model
        was built for labels that exclude each other.
        """
        self._initialize_model(self._add_labels(get_examples, labels))

    def _check_exclusive(self) -> None:
        """Raises ValueError E4200 if the model can say one label alone."""
        if not self.model.attrs.get("multi_label", True):
            raise ValueError(Errors.E4200.format(name=self.name, factory=self.factory_name))


make_multilabel_textcat: Callable[..., MultiLabel_TextCategorizer] = maker(MultiLabel_TextCategorizer)
make_multilabel_textcat_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(textcat_multilabel_score)
