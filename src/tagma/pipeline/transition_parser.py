"""Parser: what the dependency parser and the entity recognizer share: a transition system, and a network over states.

Training follows the network's own moves with a dynamic oracle (Goldberg and Nivre 2013), in stretches cut out of long
docs along their gold.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tagma.errors import Errors
from tagma.gold.example import as_examples, validate_distillation_examples, validate_get_examples
from tagma.nn import Model, set_dropout_rate
from tagma.pipeline.trainable_pipe import OWN_LABELLED_SETTINGS, TrainablePipe, is_optimizer
from tagma.pipeline.transitions.runs import (
    Beams,
    Parses,
    cut_length,
    follow_teacher,
    learn,
    loss_along,
    parse,
    search_beams,
)
from tagma.pipeline.transitions.system import TransitionSystem
from tagma.tokens import Doc
from tagma.util.serialize import Part, Parts

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

SAMPLE_SIZE = 10
BEAM_SETTINGS = ("beam_width", "beam_density", "beam_update_prob")
OWN_PARSER_SETTINGS = (*OWN_LABELLED_SETTINGS, "scores", "relu_in_prediction")

__all__ = ["Parser"]


class Parser(TrainablePipe):
    """Base of the components with a transition system.

    moves                            The inventory of moves; made by `initialize`, if None.
    update_with_oracle_cut_size      In training, docs are cut into stretches of about so many moves; 0 for whole docs.
    min_action_freq                  Labels that occur less often with an arc of their direction become "dep".
    learn_tokens                     Also learn which tokens are parts of one: their head is the next part, their label
                                     "subtok". They are not merged.
    beam_width, beam_density, beam_update_prob
                                     Analyses that are followed at once (1: the best moves alone); the probability,
                                     relative to the best, below which one is dropped; share of updates by beam.
    multitasks                       See `add_multitask_objective`; not saved.
    incorrect_spans_key              Span group of reference docs with entities that are not there.
    scores                           Annotate how sure the predictions are, too.
    save_activations                 Also keep the moves and their probabilities with each doc, in `doc.activations`.
    relu_in_prediction               With one maxout piece and an upper layer, whether the best moves are looked for
                                     with the hidden layer cut at zero, as in training and beams. False: spaCy's way.
    labels                           Labels to begin with; those of the examples come behind them.
    """

    system: ClassVar[type[TransitionSystem]]

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str,
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
        scorer: Callable[..., Any] | None = None,
        scores: bool = False,
        save_activations: bool = False,
        relu_in_prediction: bool = True,
        labels: Iterable[str] = (),
    ) -> None:
        settings: dict[str, Any] = {
            "moves": None,
            "update_with_oracle_cut_size": update_with_oracle_cut_size,
            "multitasks": [],
            "min_action_freq": min_action_freq,
            "learn_tokens": learn_tokens,
            "beam_width": beam_width,
            "beam_density": beam_density,
            "beam_update_prob": beam_update_prob,
            "incorrect_spans_key": incorrect_spans_key,
        }
        if scores:
            settings["scores"] = True  # alone where it is on: spaCy's components do not know it
        if not relu_in_prediction:
            settings["relu_in_prediction"] = False  # likewise
        super().__init__(vocab, model, name, **settings)
        self.save_activations = save_activations
        self._multitasks: list[Any] = list(multitasks)
        self.moves: TransitionSystem = (
            self.system(vocab.strings, incorrect_spans_key=incorrect_spans_key) if moves is None else moves
        )
        self.scorer = scorer
        self._rehearsal_model: Model[Any, Any] | None = None
        for label in labels:
            self.add_label(label)

    # --- labels ------------------------------------------------------------------------------------------------------

    @property
    def move_names(self) -> list[str]:
        """Names of the moves by class index; "U-", which blocks a token, is left out."""
        return [name for name in self.moves.names if name != "U-"]

    @property
    def label_data(self) -> Any:
        """The moves as `initialize(labels=…)` takes them: {action: {label: count}}."""
        return self.moves.labels

    @property
    def incorrect_spans_key(self) -> str | None:
        """See the setting."""
        key: str | None = self.cfg["incorrect_spans_key"]
        return key

    def add_label(self, label: str) -> int:
        """Add the moves of a label: 1 if any is new, 0 if not. Raises ValueError E187 if it is no string."""
        if not isinstance(label, str):
            raise ValueError(Errors.E187)
        added = [self.moves.add_action(action, label) for action in self.moves.action_types]
        if not any(added):
            return 0
        self.vocab.strings.add(label, allow_transient=False)
        self._resize()
        return 1

    @property
    def is_resizable(self) -> bool:
        """True: labels may be added at any time."""
        return True

    def _resize(self) -> None:
        for model in (self.model, self._rehearsal_model):
            if model is not None and "resize_output" in model.attrs:
                model.attrs["resize_output"](model, self.moves.n_moves)

    def _prepare_model(self) -> None:
        self._resize()

    def _add_labels_of(self, docs: Iterable[Doc]) -> None:
        """Add the labels that docs have already; for systems that are bound by them."""

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Pipeline | None = None,
        labels: Mapping[int | str, Mapping[str, int]] | None = None,
        pipeline: object = None,
    ) -> None:
        """Set up the moves and the model.

        labels    The moves, {action: {label: count}}; without them, those that the examples need.
        Raises TypeError E930 without examples.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        if labels is not None:
            actions = {int(action): dict(counts) for action, counts in labels.items()}
        else:
            found = self.moves.get_actions(
                examples=get_examples(),
                min_freq=self.cfg["min_action_freq"],
                learn_tokens=self.cfg["learn_tokens"],
            )
            actions = {action: dict(counts) for action, counts in found.items()}
        for action, counts in self.moves.labels.items():
            known = actions.setdefault(action, {})
            for label, count in counts.items():
                known.setdefault(label, count)
        self.moves.initialize_actions(actions)
        sample = [example.predicted for example in islice(get_examples(), SAMPLE_SIZE)]
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        self._resize()
        self.model.initialize(X=sample)
        self.init_multitask_objectives(get_examples, nlp)

    # --- prediction --------------------------------------------------------------------------------------------------

    def predict(self, docs: Iterable[Doc]) -> Parses | Beams:
        """The predictions for a batch: the best moves, or with beam_width > 1 several analyses.

        Raises ValueError E4054 if the network's scores are no numbers.
        """
        docs = [docs] if isinstance(docs, Doc) else list(docs)
        self._add_labels_of(docs)
        if (width := self.cfg["beam_width"]) > 1:
            density, want_moves = self.cfg["beam_density"], self.save_activations
            return search_beams(self.moves, self.model, docs, width, density, want_moves=want_moves)
        return self._greedy(docs, want_p=bool(self.cfg.get("scores")) or self.save_activations)

    def greedy_parse(self, docs: Iterable[Doc], drop: float = 0.0) -> Parses:
        """The best moves, whatever the setting of the beam. `drop` is there for callers' sake and has no effect."""
        docs = list(docs)
        self._add_labels_of(docs)
        return self._greedy(docs)

    def _greedy(self, docs: Sequence[Doc], *, want_p: bool = False, open_docs: bool = False) -> Parses:
        relu = bool(self.cfg.get("relu_in_prediction", True))
        want_moves = want_p and self.save_activations
        return parse(self.moves, self.model, docs, want_p=want_p, want_moves=want_moves, open_docs=open_docs, relu=relu)

    def beam_parse(
        self, docs: Iterable[Doc], *, beam_width: int, drop: float = 0.0, beam_density: float = 0.0
    ) -> Beams:
        """Several analyses of each doc. `drop` is there for callers' sake and has no effect."""
        docs = list(docs)
        self._add_labels_of(docs)
        return search_beams(self.moves, self.model, docs, beam_width, beam_density)

    def set_annotations(self, docs: Doc | Sequence[Doc], states_or_beams: Parses | Beams) -> None:
        """Write the predictions; of several analyses the best."""
        docs = [docs] if isinstance(docs, Doc) else list(docs)
        parses = states_or_beams
        if isinstance(parses, Beams):
            sure = self._marginals(parses) if self.cfg.get("scores") else None
            parses = parses.best()
            parses.sure = sure
        if len(docs):
            self._write(docs, parses)
        if self.save_activations and parses.moves is not None and parses.probabilities is not None:
            made = zip(docs, parses.moves, parses.probabilities, strict=True)
            for doc, moves, probabilities in made:
                doc.activations[self.name] = {"moves": moves, "probabilities": probabilities}

    @abstractmethod
    def _write(self, docs: Sequence[Doc], parses: Parses) -> None: ...

    @abstractmethod
    def _marginals(self, beams: Beams) -> Any:
        """As `Parses.sure`, for the best analyses: the probability of all that agree with them."""

    @abstractmethod
    def scores(self, docs: Iterable[Doc]) -> list[Any]:
        """How sure the predictions are: for each doc an array, see the component."""

    # --- training ----------------------------------------------------------------------------------------------------

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from a batch; see `TrainablePipe.update`. Examples of which nothing is known are passed over."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = as_examples(examples, f"{type(self).__name__}.update")
        docs = [example.predicted for example in examples]
        self._add_labels_of([*docs, *(example.reference for example in examples)])
        if not any(map(len, docs)):
            return losses
        set_dropout_rate(self.model, drop)
        cut, beam = 0, (0, 0.0)
        if self.cfg["beam_width"] > 1 and np.random.random() < self.cfg["beam_update_prob"]:
            beam = (self.cfg["beam_width"], self.cfg["beam_density"])
        else:
            cut = cut_length(self.cfg["update_with_oracle_cut_size"])
        loss, backprop = learn(self.moves, self.model, examples, cut, beam)
        self._finish(loss, backprop, sgd, losses)
        for component in self._multitasks:
            component.update(examples, drop=drop, sgd=sgd)
        if set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def add_multitask_objective(self, mt_component: Any) -> None:
        """Experimental: let another trainable component learn along, from each batch of `update`.

        It is initialized with this one, and not saved with it. To share a network, give both a listener.
        """
        self._multitasks.append(mt_component)

    def init_multitask_objectives(
        self, get_examples: Callable[[], Iterable[Example]], nlp: Pipeline | None = None, **cfg: Any
    ) -> None:
        """Initialize the components that learn along; see `add_multitask_objective`."""
        for component in self._multitasks:
            component.initialize(get_examples, nlp=nlp)

    def _finish(self, loss: float, backprop: Any, sgd: Optimizer | None, losses: dict[str, float]) -> None:
        if backprop is None:
            return
        losses[self.name] += self._check_loss(loss)
        backprop()
        if is_optimizer(sgd):
            self.finish_update(sgd)

    def get_loss(self, examples: Iterable[Example], scores: Parses | Beams) -> tuple[float, list[Any]]:
        """How far predictions are from the gold: the loss of the states that their moves come to, and the gradient of
        the scores there, float32 (n_moves, n_classes) for each doc.

        scores    What `predict` gave for the predicted docs; of several analyses the best.
        `update` goes its own way, along the moves of the model in training.
        """
        examples = as_examples(examples, f"{type(self).__name__}.get_loss")
        sequences = scores.moves
        if sequences is None:
            sequences = self._moves_of([example.predicted for example in examples], scores)
        loss, gradients = loss_along(self.moves, self.model, examples, sequences)
        return self._check_loss(loss), gradients

    def _moves_of(self, docs: Sequence[Doc], scores: Parses | Beams) -> list[Any]:
        """The moves of predictions that were not asked to keep them."""
        if isinstance(scores, Beams):
            width, density = self.cfg["beam_width"], self.cfg["beam_density"]
            return search_beams(self.moves, self.model, docs, width, density, want_moves=True).moves or []
        relu = bool(self.cfg.get("relu_in_prediction", True))
        return parse(self.moves, self.model, docs, want_moves=True, relu=relu).moves or []

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        **config: Any,
    ) -> dict[str, float]:
        """Train towards the probabilities of the model as it was when training was resumed.

        Without that model, nothing happens. Of labels that it did not have it says nothing: where it found no entity,
        one of a new type is as good as none. The gradient is summed over states, as that of `update` is.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        earlier = self._rehearsal_model
        if earlier is None:
            return losses
        docs = [example.predicted for example in as_examples(examples, f"{type(self).__name__}.rehearse")]
        if not any(map(len, docs)):
            return losses
        self._add_labels_of(docs)
        self._resize()
        set_dropout_rate(self.model, 0.0)
        self._finish(*follow_teacher(self.moves, self.model, docs, earlier, docs, None), sgd, losses)
        return losses

    def distill(
        self,
        teacher_pipe: TrainablePipe | None,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn the probabilities of another component's moves, in the states that this one comes to.

        Raises ValueError: E4002 without a teacher, E4003 if the tokens differ, E4057 if it has other moves.
        """
        if teacher_pipe is None:
            raise ValueError(Errors.E4002.format(name=self.name))
        if not isinstance(teacher_pipe, Parser) or teacher_pipe.moves.moves != self.moves.moves:
            raise ValueError(Errors.E4057.format(name=self.name, teacher=teacher_pipe.name))
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = as_examples(examples, f"{type(self).__name__}.distill")
        validate_distillation_examples(examples, f"{type(self).__name__}.distill")
        docs, references = [eg.predicted for eg in examples], [eg.reference for eg in examples]
        if not any(map(len, docs)):
            return losses
        set_dropout_rate(self.model, drop)
        cut = max(cut_length(max(self.cfg["update_with_oracle_cut_size"], 2)), 1)
        self._finish(*follow_teacher(self.moves, self.model, docs, teacher_pipe.model, references, cut), sgd, losses)
        return losses

    def get_teacher_student_loss(
        self, teacher_scores: Sequence[Any], student_scores: Sequence[Any]
    ) -> tuple[float, list[Any]]:
        """Cross-entropy of the student's probabilities against the teacher's, both from scores of states by moves.

        Raises ValueError E910 for NaN.
        """
        softmax = self.model.ops.softmax
        gradients = [softmax(mine) - softmax(its) for its, mine in zip(teacher_scores, student_scores, strict=True)]
        return self._check_loss(sum(float((grad**2).sum()) for grad in gradients)), gradients

    # --- files -------------------------------------------------------------------------------------------------------

    def _parts(self, exclude: Iterable[str]) -> Parts:
        parts = super()._parts(exclude)
        ordered = Parts()
        ordered["moves"] = Part(
            to_bytes=self.moves.to_bytes,
            from_bytes=lambda data: self.moves.from_bytes(data),
            to_disk=lambda path: self.moves.to_disk(path),
            from_disk=lambda path: self.moves.from_disk(path),
        )
        for name, part in parts.items():
            ordered[name] = part
        return ordered
