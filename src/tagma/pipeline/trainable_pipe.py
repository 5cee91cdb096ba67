"""TrainablePipe: a component with a model, and what all of them share: the steps of prediction, training, saving."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tagma.errors import Errors, NotANumberError
from tagma.gold.example import as_examples, validate_distillation_examples
from tagma.nn import Adam, Model, set_dropout_rate
from tagma.pipeline._settings import check_settings
from tagma.pipeline.pipe import Pipe, deserialize_config
from tagma.ty import has_network
from tagma.util.checksums import signed, sum_beside, verify, verify_beside
from tagma.util.json_text import parse_json
from tagma.util.paths import replace_file
from tagma.util.serialize import Part, Parts, part_of, reading

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.nn.model import ParamKey
    from tagma.nn.types import FloatArray
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

Self = TypeVar("Self", bound="TrainablePipe")

# Settings that spaCy's factories do not know: see `own_settings` of `tagma.pipeline.factory.factory`.
OWN_SETTINGS = ("save_activations",)
OWN_LABELLED_SETTINGS = (*OWN_SETTINGS, "labels")  # of components whose labels may be given before there are examples


class TrainablePipe(Pipe):
    """Base class of components with a model.

    vocab    The shared vocabulary.
    model    The network; its input is a list of docs.
    name     Name of the component; losses and errors carry it.
    cfg      Settings, saved with the component.
    """

    vocab: Vocab
    model: Model[Any, Any]
    can_rehearse: bool = True

    def __init__(self, vocab: Vocab, model: Model[Any, Any], name: str, **cfg: Any) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg: dict[str, Any] = dict(cfg)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs batch by batch, in order.

        A batch that fails goes to the error handler as a whole and is left out.
        """
        return self._in_batches(stream, batch_size, lambda docs: self.set_annotations(docs, self.predict(docs)))

    def predict(self, docs: Iterable[Doc]) -> Any:
        """Scores of the docs, which are left alone."""
        raise NotImplementedError(Errors.E931.format(parent="TrainablePipe", method="predict", name=self.name))

    def set_annotations(self, docs: Sequence[Doc], scores: Any) -> None:
        """Write predictions into the docs."""
        raise NotImplementedError(Errors.E931.format(parent="TrainablePipe", method="set_annotations", name=self.name))

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Learn from a batch.

        drop               Dropout rate of the whole model.
        sgd                Optimizer; with None or False gradients are only accumulated.
        losses             The loss is added to the entry of this component.
        set_annotations    Also annotate the predicted docs, after the update.
        Raises TypeError E978 for anything but examples, ValueError E910 for a loss that is no number.
        """
        losses = {} if losses is None else losses
        if not has_network(self):
            return losses
        examples = as_examples(examples, f"{type(self).__name__}.update")
        docs = [example.predicted for example in examples]
        stepped = self._step(docs, lambda scores: self.get_loss(examples, scores), drop, sgd, losses)
        if stepped and set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def _step(
        self,
        docs: Sequence[Doc],
        get_loss: Callable[[Any], tuple[float, Any]],
        drop: float,
        sgd: Optimizer | None,
        losses: dict[str, float],
        *,
        inputs: Any = None,
    ) -> bool:
        """Forward and back through the model; False if there are no tokens. Updating, distilling, rehearsing share it.

        get_loss    From the scores of the docs: the loss, which is added to `losses`, and the gradient of the scores.
        inputs      What the model reads, if it is not the docs.
        """
        losses.setdefault(self.name, 0.0)
        if not any(map(len, docs)):
            return False
        set_dropout_rate(self.model, drop)
        scores, backprop = self.model.begin_update(docs if inputs is None else inputs)
        loss, d_scores = get_loss(scores)
        backprop(d_scores)
        if is_optimizer(sgd):
            self.finish_update(sgd)
        losses[self.name] += loss
        return True

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        **config: Any,
    ) -> Any:
        """Keep the model near its state when training was resumed. Components that can do this define it.

        Raises NotImplementedError E4481 in a component whose `can_rehearse` is False; `nlp.rehearse` leaves it out.
        """
        if not self.can_rehearse:
            raise NotImplementedError(Errors.E4481.format(name=self.name))

    def get_loss(self, examples: Iterable[Example], scores: Any) -> tuple[float, Any]:
        """Loss of the batch and its gradient for `scores`."""
        raise NotImplementedError(Errors.E931.format(parent="TrainablePipe", method="get_loss", name=self.name))

    def distill(
        self,
        teacher_pipe: TrainablePipe | None,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn the predictions of another component.

        The teacher reads the reference docs, this component the predicted ones; their tokens must be the same.
        Raises ValueError: E4002 without a teacher, E4003 if the tokens differ, E4201 if the labels of classifiers do.
        """
        if teacher_pipe is None:
            raise ValueError(Errors.E4002.format(name=self.name))
        if (labels := self._outputs_of(self)) != (others := self._outputs_of(teacher_pipe)):
            raise ValueError(
                Errors.E4201.format(name=self.name, teacher=teacher_pipe.name, labels=labels, others=others)
            )
        losses = {} if losses is None else losses
        examples = as_examples(examples, f"{type(self).__name__}.distill")
        validate_distillation_examples(examples, f"{type(self).__name__}.distill")
        docs, references = [eg.predicted for eg in examples], [eg.reference for eg in examples]
        inputs = self._distillation_inputs(docs, references)
        if inputs is None:
            losses.setdefault(self.name, 0.0)
            return losses
        teacher, (mine, its) = teacher_pipe.model, inputs

        def get_loss(scores: Any) -> tuple[float, Any]:
            normalize_softmax(teacher)  # the loss compares probabilities
            return self.get_teacher_student_loss(teacher.predict(its), scores)

        self._step(docs, get_loss, drop, sgd, losses, inputs=mine)
        return losses

    def _outputs_of(self, pipe: TrainablePipe) -> list[Any] | None:
        """What the columns of a component's scores stand for, the same in a teacher; None if that is not asked."""
        return None

    def _distillation_inputs(self, docs: list[Doc], references: list[Doc]) -> tuple[Any, Any] | None:
        """What this component's network and its teacher's read; None if there is nothing to learn."""
        return docs, references

    def get_teacher_student_loss(self, teacher_scores: Any, student_scores: Any) -> tuple[float, Any]:
        """Loss of the student's scores against the teacher's, and its gradient for the student's."""
        raise NotImplementedError(
            Errors.E931.format(parent="TrainablePipe", method="get_teacher_student_loss", name=self.name)
        )

    @property
    def is_distillable(self) -> bool:
        """Whether the component defines how it learns from a teacher."""
        own = type(self)
        return (
            own.distill is not TrainablePipe.distill
            or own.get_teacher_student_loss is not TrainablePipe.get_teacher_student_loss
        )

    if TYPE_CHECKING:  # a subclass need not take `pipeline`

        def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None) -> None: ...

    else:

        def initialize(self, get_examples, *, nlp=None, pipeline=None):
            """Set up labels and model from examples; here there is nothing to do.

            pipeline    Has no effect, here and in the built-in components: older code gives it.
            """

    def create_optimizer(self) -> Optimizer:
        """An optimizer with the library's defaults."""
        return Adam()

    @contextmanager
    def use_params(self, params: dict[ParamKey, FloatArray]) -> Iterator[None]:
        """Within the `with` block, the model has other parameters, such as an optimizer's averages."""
        with self.model.use_params(params):
            yield

    def finish_update(self, sgd: Any) -> None:
        """Change the parameters by the gradients accumulated so far."""
        self.model.finish_update(sgd)

    def add_label(self, label: str) -> int:
        """Add a label: 1 if it is new, 0 if not."""
        raise NotImplementedError(Errors.E931.format(parent="TrainablePipe", method="add_label", name=self.name))

    @property
    def is_trainable(self) -> bool:
        """Whether `update` may be called."""
        return True

    @property
    def is_resizable(self) -> bool:
        """Whether the model can change its number of outputs after initialization."""
        return has_network(self) and "resize_output" in self.model.attrs

    def set_output(self, nO: int) -> None:
        """Change the model's number of outputs. Raises NotImplementedError E921 if it cannot."""
        if not self.is_resizable:
            raise NotImplementedError(Errors.E921.format(name=self.name))
        self.model.attrs["resize_output"](self.model, nO)

    def _allow_extra_label(self) -> None:
        """Raises ValueError E922 if the model has no room for one more label."""
        nO = self._number_of_outputs()
        if nO == len(self.labels) and not self.is_resizable:
            raise ValueError(Errors.E922.format(name=self.name, nO=nO))

    def _number_of_outputs(self) -> int | None:
        """Width of the model's scores, or else of its output layer; None while it is open."""
        for layer in (self.model, self.model.maybe_get_ref("output_layer")):
            if layer is not None and layer.has_dim("nO"):
                return layer.get_dim("nO")
        return None

    @property
    def save_activations(self) -> bool:
        """Whether `set_annotations` also stores the model's output, in `doc.activations[name]`; in `cfg`, if on."""
        return bool(getattr(self, "cfg", {}).get("save_activations", False))

    @save_activations.setter
    def save_activations(self, value: bool) -> None:
        if value:
            self.cfg["save_activations"] = True
        else:
            self.cfg.pop("save_activations", None)

    def _check_loss(self, loss: float) -> float:
        """`loss` as a Python number. Raises NotANumberError E910 if it is NaN."""
        loss = float(loss)
        if math.isnan(loss):
            raise NotANumberError(Errors.E910.format(name=self.name))
        return loss

    def _validate_serialization_attrs(self) -> None:
        """Raises ValueError: E899 without a vocabulary, E898 without a model."""
        if getattr(self, "vocab", None) is None:
            raise ValueError(Errors.E899.format(name=self.name))
        if getattr(self, "model", None) is None:
            raise ValueError(Errors.E898.format(name=self.name))

    def _parts(self, exclude: Iterable[str]) -> Parts:
        """What the component is saved as. Raises ValueError E899, E898."""
        self._validate_serialization_attrs()
        parts = Parts()
        if getattr(self, "cfg", None) is not None:
            parts["cfg"] = Part(
                to_bytes=self._cfg_text,
                from_bytes=lambda data: self._set_cfg(lambda: parse_json(data), f"settings of {self.name!r}"),
                to_disk=self._save_cfg,
                from_disk=self._load_cfg,
            )
        parts["vocab"] = part_of(self.vocab, exclude=exclude)
        parts["model"] = Part(
            to_bytes=lambda: b"".join(signed(self.model.to_bytes())),
            from_bytes=self._read_model_bytes,
            to_disk=self._save_model,
            from_disk=self._read_model,
        )
        return parts

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The component as bytes. Fields: cfg, vocab, model."""
        return self._parts(exclude).to_bytes(exclude)

    def from_bytes(self: Self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` wrote. Raises ValueError E149 if the model is not this component's."""
        self._parts(exclude).from_bytes(bytes_data, exclude)
        self._check_outputs(exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component into a folder. Files: cfg, vocab (a folder), model."""
        self._parts(exclude).to_disk(path, exclude)

    def from_disk(self: Self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_disk` wrote. Raises ValueError: E149 the model is not this component's, E4023 it is altered."""
        self._parts(exclude).from_disk(path, exclude)
        self._check_outputs(exclude)
        return self

    _label_type: type = str  # of the labels among its settings

    def _fitting_outputs(self) -> tuple[int, ...]:
        """How many outputs the network may have for the labels there are; () where labels say nothing of it."""
        return ()

    def _check_outputs(self, exclude: Iterable[str]) -> None:
        """Raise ValueError E4514 if a trained network has another number of outputs than there are labels."""
        fitting = self._fitting_outputs()
        if not fitting or "cfg" in exclude or "model" in exclude or not self.model.has_dim("nO"):
            return
        outputs = self.model.get_dim("nO")
        if outputs not in fitting and any(
            node.has_param(name) for node in self.model.walk() for name in node.param_names
        ):
            raise ValueError(Errors.E4514.format(name=self.name, outputs=outputs, fitting=fitting[0]))

    def _cfg_text(self) -> str:
        import srsly

        text: str = srsly.json_dumps(self.cfg)
        return text

    def _save_cfg(self, path: Path) -> None:
        import srsly

        srsly.write_json(path, self.cfg)

    def _load_cfg(self, path: Path) -> None:
        if not path.exists() and any(key.startswith("labels") for key in self.cfg):
            # without its labels the component would fail when it is used
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self._set_cfg(lambda: deserialize_config(path), path)

    def _set_cfg(self, load: Callable[[], dict[str, Any]], what: object) -> None:
        with reading(what):
            found = load()
            check_settings(self.cfg, found, self._label_type)
            self.cfg.update(found)

    def _save_model(self, path: Path) -> None:
        pieces = signed(self.model.to_bytes())
        with replace_file(path) as part, part.open("wb") as file:
            file.writelines(pieces)
        sum_beside(path).unlink(missing_ok=True)  # of a model that was here before

    def _read_model(self, path: Path) -> None:
        data = path.read_bytes()
        self._load_model(data, str(path))  # first, because it tells more about a file that is cut or of another model
        if not verify(data, path):
            verify_beside(path, data)

    def _read_model_bytes(self, data: bytes) -> None:
        self._load_model(data, "the given bytes")
        verify(data, f"the model of {self.name!r}")

    def _prepare_model(self) -> None:
        """Called before parameters are loaded: gives the output layer its size, for components that know it."""

    def _load_model(self, data: bytes, source: str) -> None:
        """Load parameters from bytes. Raises ValueError E149, naming the component, `source` and the reason."""
        try:
            self._prepare_model()
            self.model.from_bytes(data)
        except Exception as error:
            raise ValueError(Errors.E149.format(name=self.name, path=source, error=error)) from error


def is_optimizer(sgd: Any) -> bool:
    """Whether parameters are to be changed: None and False mean that gradients are only accumulated."""
    return sgd is not None and sgd is not False


def normalize_softmax(model: Model[Any, Any]) -> None:
    """Have the model's softmax layers give probabilities when predicting, too."""
    for node in model.walk():
        if node.name == "softmax":
            node.attrs["softmax_normalize"] = True
