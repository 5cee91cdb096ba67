"""Losses: gradients and values from guesses and truths. Cross-entropy gradients are with respect to the logits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from .arrays import is_xp_array, to_categorical
from .config import registry
from .types import Floats1d, Floats2d, get_array_module

LossT = TypeVar("LossT")
GradT = TypeVar("GradT")
GuessT = TypeVar("GuessT")
TruthT = TypeVar("TruthT")


class Loss(Generic[GuessT, TruthT, GradT, LossT]):
    """Base of the losses. Calling one gives (gradient, loss)."""

    def __init__(self, **kwargs: Any) -> None:
        """Losses take their settings by keyword."""

    def __call__(self, guesses: GuessT, truths: TruthT) -> tuple[GradT, LossT]:
        return self.get_grad(guesses, truths), self.get_loss(guesses, truths)

    @abstractmethod
    def get_grad(self, guesses: GuessT, truths: TruthT) -> GradT:
        """The gradient of the guesses."""
        raise NotImplementedError(f"{type(self).__name__} must define get_grad(guesses, truths)")

    @abstractmethod
    def get_loss(self, guesses: GuessT, truths: TruthT) -> LossT:
        """How wrong the guesses are."""
        raise NotImplementedError(f"{type(self).__name__} must define get_loss(guesses, truths)")


class CategoricalCrossentropy(Loss[Any, Any, Any, float]):
    """One class a row; guesses are probabilities (n, n_classes), truths class ids, names or distributions.

    normalize          divide the gradient by the number of rows
    names              class names, to give truths as names
    missing_value      rows whose truth is this have no gradient
    neg_prefix         a name after this prefix says "not this class"
    label_smoothing    share of the truth that is spread over the other classes
    """

    def __init__(
        self,
        *,
        normalize: bool = True,
        names: Sequence[str] | None = None,
        missing_value: str | int | None = None,
        neg_prefix: str | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        self.normalize = normalize
        self.names = names
        self.missing_value = missing_value
        self.neg_prefix = neg_prefix
        self.label_smoothing = label_smoothing
        self._name_to_i = {name: i for i, name in enumerate(names)} if names is not None else {}

    def convert_truths(self, truths: Any, guesses: Floats2d) -> tuple[Floats2d, Floats2d]:
        """Target distribution and mask, both of the guesses' shape. Raises ValueError or KeyError for bad truths."""
        xp = get_array_module(guesses)
        mask = xp.ones(guesses.shape, dtype="float32")
        missing: list[int] = []
        negatives: list[tuple[int, int]] = []
        if isinstance(truths, list | tuple):
            ids = []
            for i, truth in enumerate(truths):
                if truth == self.missing_value and type(truth) is type(self.missing_value):
                    missing.append(i)
                    # The row is masked out, so any class does for a missing name.
                    ids.append(0 if isinstance(truth, str) and truth not in self._name_to_i else self._class_id(truth))
                elif isinstance(truth, str) and self.neg_prefix and truth.startswith(self.neg_prefix):
                    ids.append(self._class_id(truth[len(self.neg_prefix) :]))
                    negatives.append((i, ids[-1]))
                elif truth is None:
                    raise ValueError(f"the truth of row {i} is None: give missing_value a value to mark missing rows")
                else:
                    ids.append(self._class_id(truth))
            truths = xp.asarray(ids, dtype="int32")
        elif is_xp_array(truths) and truths.ndim == 1 and isinstance(self.missing_value, int):
            missing = xp.flatnonzero(truths == self.missing_value).tolist()
        if truths.ndim != guesses.ndim:
            target: Any = to_categorical(truths, guesses.shape[-1], label_smoothing=self.label_smoothing)
        elif self.label_smoothing:
            raise ValueError("label_smoothing needs class ids or names as truths, not distributions")
        else:
            target = truths
            if isinstance(self.missing_value, int):
                missing = xp.flatnonzero(target.argmax(axis=-1) == self.missing_value).tolist()
        if negatives:
            rows = [i for i, _ in negatives]
            mask[rows] = 0.0
            for i, class_id in negatives:
                target[i] = 0.0
                mask[i, class_id] = 1.0
        if missing:
            mask[missing] = 0.0
        return target, mask

    def _class_id(self, truth: Any) -> int:
        if not isinstance(truth, str):
            return truth
        if self.names is None:
            raise ValueError(f"the truth {truth!r} is a name: pass names=[…] to the loss to say which class it is")
        if truth not in self._name_to_i:
            raise KeyError(f"unknown class name {truth!r}; the names are {list(self.names)}")
        return self._name_to_i[truth]

    def get_grad(self, guesses: Floats2d, truths: Any) -> Floats2d:
        """guesses − targets, masked, by rows if `normalize`. Raises ValueError for values outside 0 … 1."""
        target, mask = self.convert_truths(truths, guesses)
        _require_same_shape(guesses, target)
        _require_probabilities("guesses", guesses, ": put a softmax before this loss")
        _require_probabilities("truths", target)
        return _per_row((guesses - target) * mask, self.normalize)

    def get_loss(self, guesses: Floats2d, truths: Any) -> float:
        """The sum of the squared gradient."""
        return _sum_of_squares(self.get_grad(guesses, truths))


@registry.losses("CategoricalCrossentropy.v1")
def configure_CategoricalCrossentropy_v1(
    *, normalize: bool = True, names: Sequence[str] | None = None, missing_value: str | int | None = None
) -> CategoricalCrossentropy:
    return CategoricalCrossentropy(normalize=normalize, names=names, missing_value=missing_value)


@registry.losses("CategoricalCrossentropy.v2")
def configure_CategoricalCrossentropy_v2(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
) -> CategoricalCrossentropy:
    return CategoricalCrossentropy(normalize=normalize, names=names, missing_value=missing_value, neg_prefix=neg_prefix)


@registry.losses("CategoricalCrossentropy.v3")
def configure_CategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
    label_smoothing: float = 0.0,
) -> CategoricalCrossentropy:
    return CategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )


class SequenceCategoricalCrossentropy(Loss[Any, Any, Any, float]):
    """`CategoricalCrossentropy` over a list of sequences; `normalize` divides by the number of sequences."""

    def __init__(
        self,
        *,
        normalize: bool = True,
        names: Sequence[str] | None = None,
        missing_value: str | int | None = None,
        neg_prefix: str | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        self.cc: CategoricalCrossentropy = CategoricalCrossentropy(
            normalize=False,
            names=names,
            missing_value=missing_value,
            neg_prefix=neg_prefix,
            label_smoothing=label_smoothing,
        )
        self.normalize = normalize

    def __call__(self, guesses: Sequence[Floats2d], truths: Sequence[Any]) -> tuple[list[Floats2d], float]:
        grads = self.get_grad(guesses, truths)
        return grads, _loss_of_grads(grads)

    def get_grad(self, guesses: Sequence[Floats2d], truths: Sequence[Any]) -> list[Floats2d]:
        """One gradient a sequence. Raises ValueError if the numbers of sequences differ."""
        if len(guesses) != len(truths):
            raise ValueError(f"there are guesses for {len(guesses)} sequences, but truths for {len(truths)}")
        n = len(guesses)
        grads = [self.cc.get_grad(yh, y) for yh, y in zip(guesses, truths, strict=True)]
        return [grad / n for grad in grads] if self.normalize else grads

    def get_loss(self, guesses: Sequence[Floats2d], truths: Sequence[Any]) -> float:
        """The sum of the squared gradients."""
        return _loss_of_grads(self.get_grad(guesses, truths))


@registry.losses("SequenceCategoricalCrossentropy.v1")
def configure_SequenceCategoricalCrossentropy_v1(
    *, normalize: bool = True, names: Sequence[str] | None = None
) -> SequenceCategoricalCrossentropy:
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names)


@registry.losses("SequenceCategoricalCrossentropy.v2")
def configure_SequenceCategoricalCrossentropy_v2(
    *, normalize: bool = True, names: Sequence[str] | None = None, neg_prefix: str | None = None
) -> SequenceCategoricalCrossentropy:
    return SequenceCategoricalCrossentropy(normalize=normalize, names=names, neg_prefix=neg_prefix)


@registry.losses("SequenceCategoricalCrossentropy.v3")
def configure_SequenceCategoricalCrossentropy_v3(
    *,
    normalize: bool = True,
    names: Sequence[str] | None = None,
    missing_value: str | int | None = None,
    neg_prefix: str | None = None,
    label_smoothing: float = 0.0,
) -> SequenceCategoricalCrossentropy:
    return SequenceCategoricalCrossentropy(
        normalize=normalize,
        names=names,
        missing_value=missing_value,
        neg_prefix=neg_prefix,
        label_smoothing=label_smoothing,
    )


class L2Distance(Loss[Floats2d, Floats2d, Floats2d, float]):
    """Squared distance of guesses and truths; `normalize` divides the gradient by the number of rows."""

    def __init__(self, *, normalize: bool = True) -> None:
        self.normalize = normalize

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """guesses − truths. Raises ValueError if the shapes differ."""
        _require_same_shape(guesses, truths)
        return _per_row(guesses - truths, self.normalize)

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """The sum of the squared gradient."""
        return _sum_of_squares(self.get_grad(guesses, truths))


@registry.losses("L2Distance.v1")
def configure_L2Distance(*, normalize: bool = True) -> L2Distance:
    return L2Distance(normalize=normalize)


class CosineDistance(Loss[Floats2d, Floats2d, Floats2d, float]):
    """1 − cosine of each row of guesses and truths.

    normalize       divide gradient and loss by the number of rows
    ignore_zeros    rows whose truth is all zero count for nothing
    """

    def __init__(self, *, normalize: bool = True, ignore_zeros: bool = False) -> None:
        self.normalize = normalize
        self.ignore_zeros = ignore_zeros

    def get_similarity(self, guesses: Floats2d, truths: Floats2d) -> Floats1d:
        """Cosines (n, 1). Raises ValueError if the shapes differ."""
        unit_yh, unit_y, _ = self._directions(guesses, truths)
        return (unit_yh * unit_y).sum(axis=1, keepdims=True)

    def get_grad(self, guesses: Floats2d, truths: Floats2d) -> Floats2d:
        """Gradient of 1 − cosine. Raises ValueError if the shapes differ."""
        unit_yh, unit_y, norm_yh = self._directions(guesses, truths)
        cosine = (unit_yh * unit_y).sum(axis=1, keepdims=True)
        return self._weigh((cosine * unit_yh - unit_y) / norm_yh, truths)

    def get_loss(self, guesses: Floats2d, truths: Floats2d) -> float:
        """Σ |cosine − 1|."""
        return float(self._weigh(abs(self.get_similarity(guesses, truths) - 1), truths).sum())

    def _directions(self, guesses: Floats2d, truths: Floats2d) -> tuple[Any, Any, Any]:
        """Rows of length 1 for both, and the lengths that the guesses had. Raises ValueError if the shapes differ."""
        _require_same_shape(guesses, truths)
        xp = get_array_module(guesses)
        yh, y = guesses + 1e-8, truths + 1e-8  # no row has norm 0
        norm_yh = xp.linalg.norm(yh, axis=1, keepdims=True)
        return yh / norm_yh, y / xp.linalg.norm(y, axis=1, keepdims=True), norm_yh

    def _weigh(self, rows: Any, truths: Floats2d) -> Any:
        """What each row counts for: nothing if it is to be ignored, 1/n of it if normalized. Changes `rows`."""
        if self.ignore_zeros:
            rows[(truths == 0).all(axis=1)] = 0
        return _per_row(rows, self.normalize)


@registry.losses("CosineDistance.v1")
def configure_CosineDistance(*, normalize: bool = True, ignore_zeros: bool = False) -> CosineDistance:
    return CosineDistance(normalize=normalize, ignore_zeros=ignore_zeros)


def _require_same_shape(guesses: Any, truths: Any) -> None:
    if guesses.shape != truths.shape:
        raise ValueError(f"guesses have shape {guesses.shape}, but truths {truths.shape}")


def _require_probabilities(name: str, values: Any, advice: str = "") -> None:
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"{name} must be probabilities in 0 … 1{advice}")


def _per_row(values: Any, normalize: bool) -> Any:
    """`values` over the number of rows, if they are to be normalized and there are any."""
    return values / len(values) if normalize and len(values) else values


def _sum_of_squares(grad: Any) -> float:
    return float((grad**2).sum())


def _loss_of_grads(grads: Sequence[Any]) -> float:
    return float(sum(_sum_of_squares(grad) for grad in grads))


__all__ = [
    "CategoricalCrossentropy",
    "CosineDistance",
    "L2Distance",
    "Loss",
    "SequenceCategoricalCrossentropy",
]
