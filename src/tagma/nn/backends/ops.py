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
from ._activation_ops import Activation as Activation
from ._activation_ops import ActivationOps

AdamParam = tuple[Any, Any, Any, Any, float, float, float]
"""weights, gradient, first and second moment, 1-d of one length; learning rate with the bias correction in it; largest
norm of the gradient; share of themselves that the weights lose after the step. The last two are 0 for none."""

Average = tuple[Any, float]
"""The running average of a parameter, 1-d, and the share of its distance to the weights that it moves after a step."""

Backprop = Callable[..., Any]
"""A way back that adds to gradients: arrays like the parameters, C-contiguous, which come after the gradient dY."""

SparseBackprop = Callable[[Any, Any], Any]
"""The way back of `Ops.sparse_linear`: (dW, dY), dW (nO · length,) is added to for the gradient dY (nL, nO). Returns
the buckets of the keys, ints (n, 2); if classes share weights, all places that were added to."""


def average_decay(t: int, most: float = 0.9999) -> float:
    """The share of themselves that running averages keep at step t."""
    return min((1.0 + t) / (10.0 + t), most)


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

    # -- Whole layers, with the way back

    def dense(
        self,
        X: Floats2d,
        W: Floats2d,
        b: Floats1d,
        activation: Activation = "linear",
        settings: tuple[float, ...] = (),
        *,
        is_train: bool = True,
    ) -> tuple[Floats2d, Backprop]:
        """Y (n, nO), the activation of `affine`, and the way back: (dY, dW, db) → dX.

        settings    what the activation's operation takes behind its array: see `clipped_linear`; softmax: a temperature
        is_train    whether the way back will be gone; it can be in any case

        For softmax dY is the gradient of its input, as cross-entropy gives it.
        """
        A = self.affine(X, W, b)
        Y = self._bent(activation, A, settings)

        def backprop(dY: Floats2d, dW: Floats2d, db: Floats1d) -> Floats2d:
            dA = self._straightened(activation, dY, A, Y, settings)
            db += dA.sum(axis=0)
            dW += self.gemm(dA, X, trans1=True)
            return self.gemm(dA, W)

        return Y, backprop

    def dense_maxout(
        self, X: Floats2d, W: Floats3d, b: Floats2d, *, is_train: bool = True
    ) -> tuple[Floats2d, Backprop]:
        """Y (n, nO), the largest piece of X·Wᵀ + b, W (nO, nP, nI), and the way back: (dY, dW, db) → dX."""
        nO, nP, nI = W.shape
        flat = W.reshape((nO * nP, nI))
        Y, which = self.maxout(self.affine(X, flat, b.reshape(nO * nP)).reshape((len(X), nO, nP)))

        def backprop(dY: Floats2d, dW: Floats3d, db: Floats2d) -> Floats2d:
            dA = self.backprop_maxout(dY, which, nP).reshape((len(which), nO * nP))
            db += dA.sum(axis=0).reshape((nO, nP))
            dW += self.gemm(dA, X, trans1=True).reshape((nO, nP, nI))
            return self.gemm(dA, flat)

        return Y, backprop

    def look_up(self, table: Floats2d, ids: Ints1d, mask: Floats1d | None = None) -> tuple[Floats2d, Backprop]:
        """The rows of the table (nV, nO) at ids (n,), negative ones from the end, and the way back: (dY, d_table).

        mask    factors of the columns (nO,), those of dropout
        Raises IndexError for an id that is no row.
        """
        xp = self.xp
        Y = table[ids] if mask is None else table[ids] * mask
        rows = xp.where(ids < 0, ids + len(table), ids) if ids.dtype.kind == "i" else ids
        return Y, lambda dY, d_table: self.scatter_add(d_table, rows, dY if mask is None else dY * mask)

    def look_up_hashed(
        self, table: Floats2d, ids: Ints1d, seed: int, mask: Floats1d | None = None
    ) -> tuple[Floats2d, Backprop]:
        """As `look_up`, but a row of Y is the sum of four rows, those that `hash` gives modulo nV."""
        keys = self.hash(self.as_contig(ids, dtype="uint64"), seed) % len(table)
        Y = self.gather_add(table, keys)

        def backprop(dY: Floats2d, d_table: Floats2d) -> None:
            for column in keys.T:
                self.scatter_add(d_table, self.as_contig(column), dY if mask is None else dY * mask)

        return Y if mask is None else Y * mask, backprop

    def attend(self, X: Floats2d, K: Floats2d | None, q: Floats1d, lengths: Ints1d) -> tuple[Floats2d, Backprop]:
        """Y = a ⊙ X, where a is the softmax of K·q over each sequence, and the way back: (dY, dq) → (dX, dK).

        K    keys, like X (n, w); None for X itself: then dX is the whole gradient, and dK None
        """
        keys = X if K is None else K
        attention = self.softmax_sequences(self.gemm(keys, q.reshape((-1, 1))), lengths)

        def backprop(dY: Floats2d, dq: Floats1d) -> tuple[Floats2d, Floats2d | None]:
            d_attention = (X * dY).sum(axis=1, keepdims=True)
            d_scores = self.backprop_softmax_sequences(d_attention, attention, lengths)
            dq += self.gemm(keys, d_scores, trans1=True).reshape(-1)
            dX, dK = dY * attention, self.gemm(d_scores, q.reshape((1, -1)))
            return (dX + dK, None) if K is None else (dX, dK)

        return X * attention, backprop

    def dropout(self, X: Any, rate: float) -> tuple[Any, Callable[[Any], Any]]:
        """X times a mask of `get_dropout_mask`, and the way back: dY → dX."""
        mask = self.get_dropout_mask(X.shape, rate)
        return X * mask, lambda dY: dY * mask

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

    def layer_norm(self, X: Floats2d, G: Floats1d, b: Floats1d) -> tuple[Floats2d, Floats1d, Floats1d]:
        """Y = (X − mean)·rstd·G + b with rstd = 1/√(variance + 1e-8), mean and variance of each row.

        X (n, w), G and b (w,). Returns Y (n, w), mean and rstd (n,).
        """
        xp = self.xp
        if not X.shape[1]:
            return X.copy(), xp.zeros(len(X), dtype=X.dtype), xp.ones(len(X), dtype=X.dtype)
        mean = X.mean(axis=1)
        Y = X - mean[:, None]
        rstd = 1.0 / xp.sqrt((Y * Y).mean(axis=1) + 1e-8)
        Y *= rstd[:, None]
        return Y * G + b, mean, rstd

    def backprop_layer_norm(
        self, dY: Floats2d, X: Floats2d, mean: Floats1d, rstd: Floats1d, G: Floats1d, dG: Floats1d, db: Floats1d
    ) -> Floats2d:
        """dX (n, w), from the X that `layer_norm` took and what it returned; adds to dG and db (w,)."""
        Xhat = (X - mean[:, None]) * rstd[:, None]
        dG += (dY * Xhat).sum(axis=0)
        db += dY.sum(axis=0)
        if not dY.shape[1]:
            return dY.copy()
        g = dY * G
        dX = g - g.mean(axis=1, keepdims=True)
        dX -= Xhat * (g * Xhat).mean(axis=1, keepdims=True)
        dX *= rstd[:, None]
        return dX

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

    def lstm_steps(
        self, A: Floats2d, Wh: Floats2d, h0: Floats1d, c0: Floats1d, order: list[slice]
    ) -> tuple[Floats2d, _recurrent.Pass]:
        """Outputs (n, nH) of one direction of a layer, and a state for `backprop_lstm_steps`.

        A (n, 4·nH)    X·Wxᵀ and both biases; becomes the gates
        order          the rows of each step, from the first step to the last or the other way round
        """
        return _recurrent.run_steps(self, A, Wh, h0, c0, order)

    def backprop_lstm_steps(self, dH: Floats2d, Wh: Floats2d, run: _recurrent.Pass, order: list[slice]) -> Floats2d:
        """The gradient of A, from that of the outputs, which is overwritten; the order is the other one."""
        return _recurrent.run_steps_back(self, dH, Wh, run, order)

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

    def adam_steps(
        self,
        params: list[AdamParam],
        averages: list[Average | None] | None = None,
        *,
        beta1: float,
        beta2: float,
        eps: float,
    ) -> None:
        """A whole update of parameters by Adam, each in place: clip, step, zero the gradient, decay, average.

        eps is added to the uncorrected √mom2. averages: one for each parameter, or None.
        """
        for i, (weights, gradient, mom1, mom2, learn_rate, grad_clip, decay) in enumerate(params):
            if grad_clip:
                gradient = self.clip_gradient(gradient, grad_clip)
            self.adam(weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate)
            if decay:
                weights -= decay * weights
            if averages and (moving := averages[i]) is not None:
                average, share = moving
                average += share * (weights - average)

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
        decay = average_decay(t, max_decay)
        change = weights - ema
        change *= 1 - decay
        ema += change

    def logloss(self, y_true: Any, y_pred: Any) -> Any:
        """−(y·ln p + (1−y)·ln(1−p)), elementwise."""
        log = self.xp.log
        return -(y_true * log(y_pred + 1e-8) + (1 - y_true) * log((1 - y_pred) + 1e-8))
