"""Activation functions with their gradients, and softmax, elementwise or by rows."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..types import (
    Floats2d,
    Ints1d,
)
from ._sequence_ops import SequenceOps

_SQRT2PI = math.sqrt(2.0 / math.pi)
_INV_SQRT2 = 1.0 / math.sqrt(2.0)
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)

Activation = Literal[
    "linear",
    "relu",
    "sigmoid",
    "softmax",
    "mish",
    "gelu",
    "swish",
    "dish",
    "hard_swish",
    "hard_swish_mobilenet",
    "clipped_linear",
]
"""What `Ops.dense` can put behind a product: nothing, or the operation of that name."""


class ActivationOps(SequenceOps):
    """The part of `Ops` that bends values. `inplace` allows the result to take the place of the first argument."""

    def _bent(self, activation: Activation, A: Any, settings: tuple[float, ...]) -> Any:
        """The activation of A, which it may write to only if there is none."""
        if activation == "linear":
            return A
        if activation == "softmax":
            return self.softmax(A, temperature=settings[0])
        return getattr(self, activation)(A, *settings)

    def _straightened(self, activation: Activation, dY: Any, A: Any, Y: Any, settings: tuple[float, ...]) -> Any:
        """dA of an activation Y of A, for softmax without its Jacobian."""
        if activation == "linear":
            return dY
        if activation == "softmax":
            return dY / settings[0] if settings[0] != 1.0 else dY
        if activation in ("relu", "sigmoid"):
            return getattr(self, f"backprop_{activation}")(dY, Y)
        values = (A, Y) if activation == "swish" else (A,)
        return getattr(self, f"backprop_{activation}")(dY, *values, *settings)

    def relu(self, X: Any, inplace: bool = False) -> Any:
        return self.xp.maximum(X, 0, out=X if inplace else None)

    def backprop_relu(self, dY: Any, Y: Any, inplace: bool = False) -> Any:
        return self._times(dY, Y > 0, inplace)

    def clipped_linear(
        self,
        X: Any,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> Any:
        out = X if inplace else X.copy()
        out *= slope
        out += offset
        return self.xp.clip(out, min_val, max_val, out=out)

    def backprop_clipped_linear(
        self,
        dY: Any,
        X: Any,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> Any:
        low, high = (min_val - offset) / slope, (max_val - offset) / slope
        inside = (low < X) & (high > X)
        return self._times(dY, inside.astype(dY.dtype) * dY.dtype.type(slope), inplace)

    def relu_k(self, X: Any, n: float = 6.0, inplace: bool = False) -> Any:
        return self.clipped_linear(X, max_val=n, inplace=inplace)

    def backprop_relu_k(self, dY: Any, X: Any, n: float = 6.0, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, max_val=n, inplace=inplace)

    def hard_sigmoid(self, X: Any, inplace: bool = False) -> Any:
        return self.clipped_linear(X, slope=0.2, offset=0.5, inplace=inplace)

    def backprop_hard_sigmoid(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, slope=0.2, offset=0.5, inplace=inplace)

    def hard_tanh(self, X: Any, inplace: bool = False) -> Any:
        return self.clipped_linear(X, min_val=-1.0, max_val=1.0, inplace=inplace)

    def backprop_hard_tanh(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, min_val=-1.0, max_val=1.0, inplace=inplace)

    def sigmoid(self, X: Any, *, inplace: bool = False) -> Any:
        xp = self.xp
        out = xp.clip(X, -20.0, 20.0, out=X if inplace else None)
        xp.exp(-out, out=out)
        out += 1.0
        return xp.divide(1.0, out, out=out)

    def backprop_sigmoid(self, dY: Any, Y: Any, *, inplace: bool = False) -> Any:
        """dY·Y(1−Y); with `inplace` the result is written into Y."""
        self._same_shape(dY, Y)
        slope = self.dsigmoid(Y, inplace=inplace)
        slope *= dY
        return slope

    def dsigmoid(self, Y: Any, *, inplace: bool = False) -> Any:
        return self.xp.multiply(Y, 1 - Y, out=Y if inplace else None)

    def dtanh(self, Y: Any, *, inplace: bool = False) -> Any:
        return self.xp.subtract(1, Y * Y, out=Y if inplace else None)

    def sechsq(self, X: Any) -> Any:
        """1/cosh², of X clipped to ±20."""
        return (1 / self.xp.cosh(self.xp.clip(X, -20.0, 20.0))) ** 2

    def erf(self, X: Any) -> Any:
        """The error function by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
        xp = self.xp
        sign, x = xp.sign(X), xp.minimum(xp.abs(X), 9.0)  # beyond that it is 1, and the exponential subnormal
        t = 1.0 / (1.0 + 0.3275911 * x)
        tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
        return (sign * (1.0 - tail * xp.exp(-x * x))).astype(X.dtype)

    def swish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self.sigmoid(X), inplace)

    def backprop_swish(self, dY: Any, X: Any, Y: Any, inplace: bool = False) -> Any:
        return self._times(dY, Y + self.sigmoid(X) * (1 - Y), inplace)

    def hard_swish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self.hard_sigmoid(X), inplace)

    def backprop_hard_swish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        slope = X * 0.4 + 0.5
        slope[X > 2.5] = 1.0
        slope[X < -2.5] = 0.0
        return self._times(dY, slope, inplace)

    def hard_swish_mobilenet(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * (self.relu_k(X + 3) / 6), inplace)

    def backprop_hard_swish_mobilenet(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        slope = (X * 2.0 + 3.0) / 6.0
        slope[X > 3.0] = 1.0
        slope[X < -3.0] = 0.0
        return self._times(dY, slope, inplace)

    def dish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, 0.5 * X * (X / self.xp.sqrt(1 + X * X) + 1), inplace)

    def backprop_dish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        root = 1 / self.xp.sqrt(1 + X * X)
        return self._times(dY, X * root - 0.5 * (X * root) ** 3 + 0.5, inplace)

    def gelu(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self._gaussian_cdf(X), inplace)

    def backprop_gelu(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        density = _INV_SQRT_2PI * self._flushed(self.xp.exp(-0.5 * X * X))
        return self._times(dY, self._flushed(self._gaussian_cdf(X) + X * density), inplace)

    def _gaussian_cdf(self, X: Any) -> Any:
        return 0.5 * (1.0 + self.erf(X * _INV_SQRT2))

    def gelu_approx(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, 0.5 * X * (1.0 + self.xp.tanh(_SQRT2PI * (X + 0.044715 * X**3))), inplace)

    def backprop_gelu_approx(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        cube = X**3
        inner = 0.0356774 * cube + 0.797885 * X
        slope = 0.5 * self.xp.tanh(inner) + (0.0535161 * cube + 0.398942 * X) * self.sechsq(inner) + 0.5
        return self._times(dY, slope, inplace)

    def mish(self, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        xp = self.xp
        low = xp.minimum(X, threshold)  # keeps exp from overflowing where the result is not used
        Y = low * xp.tanh(xp.log1p(self._flushed(xp.exp(low))))
        return self._into(X, xp.where(threshold <= X, X, self._flushed(Y)), inplace)

    def backprop_mish(self, dY: Any, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        xp = self.xp
        low = xp.minimum(X, threshold)
        # With e = exp(x): slope = e·ω/δ². Both are divided by e⁴ (as e² each) to stay finite for large x.
        e = self._flushed(xp.exp(low))
        omega = 4.0 * (low + 1) + 4.0 * e * e + e * e * e + e * (4.0 * low + 6)
        delta = 2.0 * e + e * e + 2.0
        slope = xp.where(threshold <= X, 1.0, self._flushed((e / delta) * (omega / delta))).astype(dY.dtype)
        return self._times(dY, slope, inplace)

    def _times(self, dY: Any, slope: Any, inplace: bool) -> Any:
        self._same_shape(dY, slope)
        if inplace:
            dY *= slope
            return dY
        return (dY * slope).astype(dY.dtype, copy=False)

    def _flushed(self, Y: Any) -> Any:
        """Y, changed in place: 0 for subnormal numbers, with which every product takes many times as long."""
        Y *= self.xp.abs(Y) >= self.xp.finfo(Y.dtype).tiny
        return Y

    def _into(self, X: Any, Y: Any, inplace: bool) -> Any:
        if inplace:
            X[:] = Y
            return X
        return Y.astype(X.dtype, copy=False)

    def _same_shape(self, a: Any, b: Any) -> None:
        if a.shape != b.shape:
            raise ValueError(f"the gradient and the value it belongs to must have one shape: {a.shape} and {b.shape}")

    # -- Softmax

    def softmax(self, x: Any, *, inplace: bool = False, axis: int = -1, temperature: float = 1.0) -> Any:
        """Softmax of x/temperature along `axis`, exactly 0 for far-off scores. Always use the returned array."""
        xp = self.xp
        if temperature != 1.0:
            x = x / temperature
        out = x - xp.max(x, axis=axis, keepdims=True) if x.size else x.copy()
        self._flushed(xp.exp(out, out=out))
        out /= out.sum(axis=axis, keepdims=True)
        return self._flushed(out)

    def backprop_softmax(self, Y: Any, dY: Any, *, axis: int = -1, temperature: float = 1.0) -> Any:
        if temperature != 1.0:
            dY = dY / temperature
        dX = Y * dY
        dX -= Y * dX.sum(axis=axis, keepdims=True)
        return dX

    def softmax_sequences(self, Xs: Floats2d, lengths: Ints1d, *, inplace: bool = False, axis: int = -1) -> Floats2d:
        """Softmax of every column over the rows of each sequence. Inputs are clipped to ±20.

        Raises NotImplementedError for arrays of more than two axes.
        """
        if Xs.ndim >= 3:
            raise NotImplementedError(f"softmax_sequences takes arrays of at most two axes, but got {Xs.ndim}")
        xp = self.xp
        powers = xp.exp(xp.clip(Xs, -20.0, 20.0))
        sums = self._repeat(self._segment_sum(powers, lengths), lengths)
        return self._into(Xs, powers / sums, inplace)

    def backprop_softmax_sequences(self, dY: Floats2d, Y: Floats2d, lengths: Ints1d) -> Floats2d:
        dX = Y * dY
        dX -= Y * self._repeat(self._segment_sum(dX, lengths), lengths)
        return dX
