"""TrainablePipe: a component with a model, and what all of them share: the steps of prediction, training, saving."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tagma import serialize
from tagma.batches import minibatch
from tagma.checksums import verify_checksum, write_checksum
from tagma.errors import Errors
from tagma.nn import Adam, Model, set_dropout_rate
from tagma.pipeline.pipe import Pipe, deserialize_config
from tagma.training.example import validate_distillation_examples, validate_examples

if TYPE_CHECKING:
    from tagma.nn import Optimizer
    from tagma.tokens import Doc
    from tagma.training.example import Example
    from tagma.vocab import Vocab

Self = TypeVar("Self", bound="TrainablePipe")


class TrainablePipe(Pipe):
    """Base class of components with a model.

    vocab    The shared vocabulary.
    model    The network; its input is a list of docs.
    name     Name of the component; losses and errors carry it.
    cfg      Settings, saved with the component.
    """

    vocab: Vocab
    model: Model[Any, Any]

    def __init__(self, vocab: Vocab, model: Model[Any, Any], name: str, **cfg: Any) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg = dict(cfg)

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one doc; if that fails it goes to the error handler."""
        try:
            self.set_annotations([doc], self.predict([doc]))
        except Exception as error:
            self.get_error_handler()(self.name, self, [doc], error)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs batch by batch, in order.

        A batch that fails goes to the error handler as a whole and is left out.
        """
        for docs in minibatch(stream, batch_size):
            try:
                self.set_annotations(docs, self.predict(docs))
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
            else:
                yield from docs

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
        model: Any = getattr(self, "model", None)
        if model is None or isinstance(model, bool):
            return losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, f"{type(self).__name__}.update")
        docs = [example.predicted for example in examples]
        if not any(map(len, docs)):
            return losses
        set_dropout_rate(self.model, drop)
        scores, backprop = self.model.begin_update(docs)
        loss, d_scores = self.get_loss(examples, scores)
        backprop(d_scores)
        if is_optimizer(sgd):
            self.finish_update(sgd)
        losses[self.name] += loss
        if set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        **config: Any,
    ) -> Any:
        """Keep the model near its state when training was resumed. Components that can do this define it."""

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
        Raises ValueError: E4002 without a teacher, E4003 if the tokens differ.
        """
        if teacher_pipe is None:
            raise ValueError(Errors.E4002.format(name=self.name))
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_distillation_examples(examples, f"{type(self).__name__}.distill")
        docs = [example.predicted for example in examples]
        if not any(map(len, docs)):
            return losses
        set_dropout_rate(self.model, drop)
        for node in teacher_pipe.model.walk():
            if node.name == "softmax":
                node.attrs["softmax_normalize"] = True
        teacher_scores = teacher_pipe.model.predict([example.reference for example in examples])
        student_scores, backprop = self.model.begin_update(docs)
        loss, d_scores = self.get_teacher_student_loss(teacher_scores, student_scores)
        backprop(d_scores)
        if is_optimizer(sgd):
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

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

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Any = None) -> None:
        """Set up labels and model from examples."""
        raise NotImplementedError(Errors.E931.format(parent="TrainablePipe", method="initialize", name=self.name))

    def create_optimizer(self) -> Optimizer:
        """An optimizer with the library's defaults."""
        return Adam()

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
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
        model: Any = getattr(self, "model", None)
        return model is not None and not isinstance(model, bool) and "resize_output" in model.attrs

    def set_output(self, nO: int) -> None:
        """Change the model's number of outputs. Raises NotImplementedError E921 if it cannot."""
        if not self.is_resizable:
            raise NotImplementedError(Errors.E921.format(name=self.name))
        self.model.attrs["resize_output"](self.model, nO)

    def _allow_extra_label(self) -> None:
        """Raises ValueError E922 if the model has no room for one more label."""
        if self.is_resizable:
            return
        nO = None
        if self.model.has_dim("nO"):
            nO = self.model.get_dim("nO")
        elif self.model.has_ref("output_layer") and self.model.get_ref("output_layer").has_dim("nO"):
            nO = self.model.get_ref("output_layer").get_dim("nO")
        if nO is not None and nO == len(self.labels):
            raise ValueError(Errors.E922.format(name=self.name, nO=nO))

    @property
    def save_activations(self) -> bool:
        """Whether `set_annotations` also stores the model's output, in `doc.activations[name]`."""
        return getattr(self, "_save_activations", False)

    @save_activations.setter
    def save_activations(self, value: bool) -> None:
        self._save_activations = value

    def _check_loss(self, loss: float) -> float:
        """`loss` as a Python number. Raises ValueError E910 if it is NaN."""
        loss = float(loss)
        if math.isnan(loss):
            raise ValueError(Errors.E910.format(name=self.name))
        return loss

    def _validate_serialization_attrs(self) -> None:
        """Raises ValueError: E899 without a vocabulary, E898 without a model."""
        if getattr(self, "vocab", None) is None:
            raise ValueError(Errors.E899.format(name=self.name))
        if getattr(self, "model", None) is None:
            raise ValueError(Errors.E898.format(name=self.name))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The component as bytes. Fields: cfg, vocab, model."""
        import srsly

        self._validate_serialization_attrs()
        fields: dict[str, Callable[[], Any]] = {}
        if getattr(self, "cfg", None) is not None:
            fields["cfg"] = lambda: srsly.json_dumps(self.cfg)
        fields["vocab"] = lambda: self.vocab.to_bytes(exclude=exclude)
        fields["model"] = self.model.to_bytes
        return serialize.to_bytes(fields, exclude)

    def from_bytes(self: Self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` wrote. Raises ValueError E149 if the model is not this component's."""
        import srsly

        self._validate_serialization_attrs()
        fields: dict[str, Callable[[Any], Any]] = {}
        if getattr(self, "cfg", None) is not None:
            fields["cfg"] = lambda data: self.cfg.update(srsly.json_loads(data))
        fields["vocab"] = lambda data: self.vocab.from_bytes(data, exclude=exclude)
        fields["model"] = lambda data: self._load_model(data, "the given bytes")
        serialize.from_bytes(bytes_data, fields, exclude)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component into a folder. Files: cfg, vocab (a folder), model and its checksum."""
        import srsly

        self._validate_serialization_attrs()
        files: dict[str, Callable[[Path], Any]] = {}
        if getattr(self, "cfg", None) is not None:
            files["cfg"] = lambda file: srsly.write_json(file, self.cfg)
        files["vocab"] = lambda folder: self.vocab.to_disk(folder, exclude=exclude)
        files["model"] = self._save_model
        serialize.to_disk(path, files, exclude)

    def from_disk(self: Self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_disk` wrote. Raises ValueError: E149 the model is not this component's, E4023 it is altered."""
        self._validate_serialization_attrs()
        files: dict[str, Callable[[Path], Any]] = {}
        if getattr(self, "cfg", None) is not None:
            files["cfg"] = self._load_cfg
        files["vocab"] = lambda folder: self.vocab.from_disk(folder, exclude=exclude)
        files["model"] = self._read_model
        serialize.from_disk(path, files, exclude)
        return self

    def _load_cfg(self, path: Path) -> None:
        if not path.exists() and any(key.startswith("labels") for key in self.cfg):
            # without its labels the component would fail when it is used
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self.cfg.update(deserialize_config(path))

    def _save_model(self, path: Path) -> None:
        self.model.to_disk(path)
        write_checksum(path)

    def _read_model(self, path: Path) -> None:
        data = path.read_bytes()
        self._load_model(data, str(path))  # first, because it tells more about a file that is cut or of another model
        verify_checksum(path, data)

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
