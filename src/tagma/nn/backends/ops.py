"""Array operations, written out in plain NumPy: the base of every backend and the readable twin of its kernels.

A backend subclasses `Ops`, sets `name` and `xp`, and overrides what it does faster; results must agree to 1e-5 in
float32. Layers reach arrays only through these methods. Shapes: n rows, w columns, nL sequences; `lengths` int (nL,).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..types import (
    Floats1d,
    Floats2d,
    Floats3d,
    FloatsXd,
    Ints1d,
    Ints2d,
    IntsXd,
    Shape,
)
from . import _recurrent, hashing
from ._activation_ops import ActivationOps

AdamParam = tuple[Any, Any, Any, Any, float, float, float]
"""weights, gradient, first and second moment, 1-d of one length; learning rate with the bias correction in it; largest
norm of the gradient; share of themselves that the weights lose after the step. The last two are 0 for none."""

SparseBackprop = Callable[[Any, Any], Any]
"""The way back of `Ops.sparse_linear`: (dW, dY), dW (nO · length,) is added to for the gradient dY (nL, nO). Returns
the buckets of the keys, ints (n, 2); if classes share weights, all places that were added to."""


class Ops(ActivationOps):
    """Plain reference implementation of every operation, which the backends must agree with."""

    def gemm(
        self,
        x: Floats2d,
        y: Floats2d,
        out: Floats2d | None = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> Floats2d:
        """Matrix product of x and y, either transposed first; written to `out` if given.

        Raises ValueError unless both are 2-d and their inner dims agree.
        """
        if x.ndim != 2 or y.ndim != 2:
            raise ValueError(f"gemm expects 2-d arrays, but got {x.ndim}-d and {y.ndim}-d")
        if trans1:
            x = x.T
        if trans2:
            y = y.T
        return self.xp.matmul(x, y, out=out) if out is not None else self.xp.matmul(x, y)

    def affine(self, X: Floats2d, W: Floats2d, b: Floats1d) -> Floats2d:
        """X·Wᵀ + b: X (n, nI), W (nO, nI), b (nO,)."""
        Y = self.gemm(X, W, trans2=True)
        Y += b
        return Y

    def tile(self, X: Floats2d, reps: int) -> Floats2d:
        """The columns of X, `reps` times side by side."""
        return self.xp.tile(X, (1, reps))

    # -- Maxout, layer normalization, embeddings, hashing

    def maxout(self, X: Floats3d) -> tuple[Floats2d, Ints2d]:
        """Largest piece of each output, and its number: (n, nO, nP) → (n, nO), int32 (n, nO). Ties: lowest piece."""
        which = X.argmax(axis=-1)
        best = self.xp.take_along_axis(X, which[..., None], axis=-1)[..., 0]
        return best, self.asarray2i(which)

    def backprop_maxout(self, dY: Floats2d, which: Ints2d, P: int) -> Floats3d:
        """dY (n, nO) at the pieces `which`, zero elsewhere: (n, nO, P). Raises IndexError if a piece is ≥ P."""
        xp = self.xp
        if which.size and int(self.xp.max(which)) >= P:
            raise IndexError(f"backprop_maxout: piece {int(self.xp.max(which))} of {P}")
        dX = xp.zeros((*dY.shape, P), dtype=dY.dtype)
        xp.put_along_axis(dX, which[..., None].astype("int64"), dY[..., None], axis=-1)
        return dX

    def layer_norm(self, X: Floats2d, G: Floats1d, b: Floats1d) -> tuple[Floats2d, Floats2d, Floats1d]:
        """Y = X̂·G + b with X̂ = (X − mean)/√(variance + 1e-8) of each row.

        X (n, w), G and b (w,). Returns Y and X̂ (n, w) and 1/√(variance + 1e-8) (n,), for `backprop_layer_norm`.
        """
        xp = self.xp
        if not X.shape[1]:
            return X.copy(), X.copy(), xp.ones(len(X), dtype=X.dtype)
        Xhat = X - X.mean(axis=1, keepdims=True)
        rstd = 1.0 / xp.sqrt((Xhat * Xhat).mean(axis=1) + 1e-8)
        Xhat *= rstd[:, None]
        return Xhat * G + b, Xhat, rstd

    def normalize_rows(self, X: Floats2d, G: Floats1d, b: Floats1d) -> Floats2d:
        """The Y of `layer_norm` alone, for predictions."""
        return self.layer_norm(X, G, b)[0]

    def backprop_layer_norm(
        self, dY: Floats2d, Xhat: Floats2d, rstd: Floats1d, G: Floats1d
    ) -> tuple[Floats2d, Floats1d, Floats1d]:
        """Gradients of X (n, w), G (w,) and b (w,), from what `layer_norm` returned."""
        dG = (dY * Xhat).sum(axis=0)
        db = dY.sum(axis=0)
        if not dY.shape[1]:
            return dY.copy(), dG, db
        g = dY * G
        dX = g - g.mean(axis=1, keepdims=True)
        dX -= Xhat * (g * Xhat).mean(axis=1, keepdims=True)
        dX *= rstd[:, None]
        return dX, dG, db

    def gather_add(self, table: Floats2d, indices: Ints2d) -> Floats2d:
        """Row b = Σₖ table[indices[b, k]]. Raises IndexError for an index outside the table."""
        if indices.size:
            low, high = int(self.xp.min(indices)), int(self.xp.max(indices))
            if low < 0 or high >= len(table):
                raise IndexError(
                    f"gather_add: index {low if low < 0 else high} is outside the table of {len(table)} rows"
                )
        return table[indices].sum(axis=1)

    def scatter_add(self, table: FloatsXd, indices: IntsXd, values: FloatsXd) -> None:
        """table[indices[i]] += values[i], in place; equal indices accumulate."""
        self.xp.add.at(table, indices, values)

    def sparse_linear(
        self, W: Floats1d, keys: Ints1d, values: Floats1d, lengths: Ints1d, nO: int, *, shared: bool
    ) -> tuple[Floats2d, SparseBackprop]:
        """Σ over the keys of each bag of value · (the two weights of each class that hashes of the key pick).

        W (nO · length,), keys uint64 and values (n,), lengths of the bags (nL,). Returns (nL, nO) and the way back. The
        weight of class c in bucket h < length is W[h + c] if `shared`, when length must be a power of two, else
        W[h + c · length].
        """
        xp = self.xp
        owner = xp.repeat(xp.arange(len(lengths)), lengths.tolist())
        length = len(W) // nO
        hashes = xp.stack([hashing.murmur3_32_keys(xp, keys, seed) for seed in (0, 1)], axis=1).astype("int64")
        buckets = hashes & (length - 1) if shared else hashes % length
        indices = buckets[:, :, None] + xp.arange(nO, dtype="int64") * (1 if shared else length)
        Y = xp.zeros((len(lengths), nO), dtype=W.dtype)
        xp.add.at(Y, owner, W[indices].sum(axis=1) * values[:, None])

        def backprop(dW: Floats1d, dY: Floats2d) -> Any:
            d_weights = dY[owner] * values[:, None]
            for hashed in range(2):
                xp.add.at(dW, indices[:, hashed], d_weights)
            return indices if shared else buckets

        return Y, backprop

    def hash(self, ids: Ints1d, seed: int) -> Ints2d:
        """MurmurHash3 x64-128 of each 8-byte key: uint64 (n,) → uint32 (n, 4). 0 ≤ seed < 2³²."""
        return hashing.murmur3_128(self.xp, ids, seed)

    def ngrams(self, n: int, keys: Ints1d) -> Ints1d:
        """MurmurHash64A of each run of n keys: uint64 (m,) → uint64 (max(0, m−n+1),)."""
        return hashing.ngrams(self.xp, n, keys)

    def position_encode(self, N: int, D: int, period: int = 10000, out: Floats2d | None = None) -> Floats2d:
        """Sines and cosines of the row number: column pair j holds sin and cos of p/period^(2j/D), j even."""
        xp = self.xp
        result = out if out is not None else self.alloc2f(N, D)
        even = xp.arange(0, D - D % 2, 2)
        angles = xp.arange(N)[:, None] * xp.exp(even * (-2.0 * math.log(period) / D))[None, :]
        result[:, 0 : D - D % 2 : 2] = xp.sin(angles)
        result[:, 1 : D - D % 2 : 2] = xp.cos(angles)
        if D % 2 and D > 1:
            result[:, -1] = result[:, D - 3]  # the sine of the previous pair, again
        return result

    # -- LSTM

    def lstm_forward_training(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> tuple[Floats2d, Any]:
        """Outputs (n, dirs·nH) of rows X (n, nI) packed by time, and a state for `backprop_lstm`.

        params       weights and biases in the order that `tagma.nn.LSTM` gives
        H0, C0       (depth, dirs, nH), initial outputs and cells
        size_at_t    rows of each step, not growing, n in all

        Raises ValueError if the sizes do not fit each other.
        """
        return _recurrent.forward(self, params, H0, C0, X, size_at_t)

    def lstm_forward_inference(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> Floats2d:
        """The outputs of `lstm_forward_training`."""
        return self.lstm_forward_training(params, H0, C0, X, size_at_t)[0]

    def backprop_lstm(
        self, dY: Floats2d, lengths: Ints1d, params: Floats1d, fwd_state: Any
    ) -> tuple[Floats2d, Floats1d]:
        """Gradients of X and of the parameters, from dY (n, dirs·nH); `lengths`: `size_at_t`."""
        return _recurrent.backward(self, dY, lengths, params, fwd_state)

    def lstm_gates(self, A: Floats2d, C_before: Floats2d) -> tuple[Floats2d, Floats2d]:
        """Outputs and cells (n, nH) of one step; A (n, 4·nH), summed inputs, becomes the gates."""
        xp, nH = self.xp, C_before.shape[1]
        A[:, : 3 * nH] = self.sigmoid(A[:, : 3 * nH])
        A[:, 3 * nH :] = xp.tanh(A[:, 3 * nH :])
        f, i, o, c = (A[:, k * nH : (k + 1) * nH] for k in range(4))
        C = f * C_before + i * c
        return o * xp.tanh(C), C

    def backprop_lstm_gates(
        self, dH: Floats2d, dC: Floats2d, gates: Floats2d, C: Floats2d, C_before: Floats2d
    ) -> tuple[Floats2d, Floats2d]:
        """Gradients of `lstm_gates`' A (n, 4·nH) and C_before, from those of its outputs and of its cells (n, nH)."""
        xp, nH = self.xp, C.shape[1]
        f, i, o, c = (gates[:, k * nH : (k + 1) * nH] for k in range(4))
        bent = xp.tanh(C)
        dC = dC + dH * o * (1 - bent * bent)
        parts = (dC * C_before * f * (1 - f), dC * c * i * (1 - i), dH * bent * o * (1 - o), dC * i * (1 - c * c))
        return xp.concatenate(parts, axis=1), dC * f

    # -- Dropout and optimizer steps

    def get_dropout_mask(self, shape: Shape, drop: float | None) -> FloatsXd:
        """float32 mask: 0 with probability `drop`, else 1/(1 − drop). Drawn from `xp.random`."""
        xp = self.xp
        if drop is None or drop <= 0:
            return xp.ones(shape, dtype="float32")
        if drop >= 1.0:
            return xp.zeros(shape, dtype="float32")
        drawn = xp.random.uniform(0.0, 1.0, shape)
        return ((drawn >= drop) / (1.0 - drop)).astype("float32")

    def clip_gradient(self, gradient: Any, threshold: float) -> Any:
        """Scale `gradient`, in place, to the norm `threshold` if its norm is larger."""
        flat = gradient.reshape(-1)
        norm = math.sqrt(float(self.xp.dot(flat, flat)))
        if norm >= threshold:
            gradient *= threshold / norm
        return gradient

    def adam(
        self,
        weights: Floats1d,
        gradient: Floats1d,
        mom1: Floats1d,
        mom2: Floats1d,
        beta1: float,
        beta2: float,
        eps: float,
        learn_rate: float,
        mod_rate: float = 1.0,
    ) -> tuple[Floats1d, Floats1d, Floats1d, Floats1d]:
        """One step of Adam, all in place, the gradient zeroed; bias correction is the caller's.

        Raises ValueError if the four shapes differ.
        """
        if not (weights.shape == gradient.shape == mom1.shape == mom2.shape):
            raise ValueError(
                f"adam: weights {weights.shape}, gradient {gradient.shape} and moments {mom1.shape}, {mom2.shape} "
                "must have one shape"
            )
        mom1 *= beta1
        mom1 += gradient * (1.0 - beta1)
        mom2 *= beta2
        mom2 += gradient * gradient * (1.0 - beta2)
        weights -= learn_rate * mod_rate * mom1 / (self.xp.sqrt(mom2) + eps)
        gradient.fill(0)
        return weights, gradient, mom1, mom2

    def adam_steps(self, params: list[AdamParam], *, beta1: float, beta2: float, eps: float) -> None:
        """A whole update of parameters by Adam, each in place: clip, step, zero the gradient, decay the weights.

        eps is added to the uncorrected √mom2.
        """
        for weights, gradient, mom1, mom2, learn_rate, grad_clip, decay in params:
            if grad_clip:
                gradient = self.clip_gradient(gradient, grad_clip)
            self.adam(weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate)
            if decay:
                weights -= decay * weights

    def adam_rows(
        self, param: AdamParam, rows: Any, fresh: Any, classes: int, *, beta1: float, beta2: float, eps: float
    ) -> None:
        """`adam_steps` of one parameter, a table (classes · n,) in which all but `rows` of each class is 0 in weights
        and moments, and all but `fresh`, some of these, in the gradient. Both int32, ascending."""
        tables = [array.reshape(classes, -1) for array in param[:4]]
        picked = [self.as_contig(table[:, rows]) for table in tables]
        weights, gradient, mom1, mom2 = (values.reshape(-1) for values in picked)
        self.adam_steps([(weights, gradient, mom1, mom2, *param[4:])], beta1=beta1, beta2=beta2, eps=eps)
        for table, values in zip(tables, picked, strict=True):
            table[:, rows] = values

    def update_averages(self, ema: Any, weights: Any, t: int, max_decay: float = 0.9999) -> None:
        """Move the running average `ema`, in place, towards the weights at step t."""
        decay = min((1.0 + t) / (10.0 + t), max_decay)
        change = weights - ema
        change *= 1 - decay
        ema += change

    def logloss(self, y_true: Any, y_pred: Any) -> Any:
        """−(y·ln p + (1−y)·ln(1−p)), elementwise."""
        log = self.xp.log
        return -(y_true * log(y_pred + 1e-8) + (1 - y_true) * log((1 - y_pred) + 1e-8))
