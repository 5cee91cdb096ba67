"""Softmax: a dense layer that gives probabilities.

    A = X·Wᵀ + b    Y = softmax(A/T)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Backprop takes the gradient of the *logits* (probabilities − targets, as the cross-entropies give it): the Jacobian of
the softmax is not applied.
"""

from __future__ import annotations

from .. import fusion
from ..arrays import ArrayInfo
from ..config import registry
from ..initializers import Initializer, partial, zero_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import dense_node, init_unset, run_dense

__all__ = ["Softmax", "Softmax_v2"]

init = init_unset

NORMALIZE = "softmax_normalize"
TEMPERATURE = "softmax_temperature"


@registry.layers("Softmax.v1")
def Softmax(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
) -> Model[Floats2d, Floats2d]:
    """As `Softmax_v2` with its defaults."""
    return Softmax_v2(nO, nI, init_W=init_W, init_b=init_b)


@registry.layers("Softmax.v2")
def Softmax_v2(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    normalize_outputs: bool = True,
    temperature: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with softmax. `init_W` and `init_b`: zeros if None.

    normalize_outputs    if False, predictions are the raw A: faster, and the largest is the same. Training normalizes.
    temperature          T; more makes the probabilities more even. Raises ValueError unless > 0.
    """
    validate_temperature(temperature)
    initializer = partial(init, init_W or zero_init, init_b or zero_init)
    return dense_node("softmax", forward, nO, nI, initializer, {NORMALIZE: normalize_outputs, TEMPERATURE: temperature})


@fusion.kind("softmax")
def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    attrs = model.attrs
    temperature = attrs[TEMPERATURE]
    validate_temperature(temperature)
    if not (attrs[NORMALIZE] or is_train):

        def refuse(dY: Floats2d) -> Floats2d:
            raise ValueError(
                f"{model.name}: there is no gradient for unnormalized outputs; "
                "call the layer with is_train=True, or set normalize_outputs=True"
            )

        return run_dense(model, X, is_train)[0], refuse
    Y, backprop_rows = run_dense(model, X, is_train, "softmax", (temperature,))
    info = ArrayInfo.from_array(Y)

    def backprop(dY: Floats2d) -> Floats2d:
        info.check_consistency(dY)
        return backprop_rows(dY)

    return Y, backprop


def validate_temperature(temperature: float) -> None:
    """Raises ValueError unless temperature > 0."""
    if temperature <= 0.0:
        raise ValueError(f"the temperature of a softmax must be greater than 0, but is {temperature}")
