"""LSTM over packed rows, written out: the steps forth and, exactly, back through time.

Rows are packed by time: first those of step 0 of all sequences, then those of step 1 and so on; sequences come by
decreasing length, so that the rows of a step continue the first rows of the step before. `sizes` says how many rows
each step has. All products over a whole direction are one; within a step there is one for all sequences.

    a = X·Wxᵀ + bx + h′·Whᵀ + bh        a, and all gates, (n, 4·nH): forget, input, output, candidate
    C = f ⊙ C′ + i ⊙ c                  f, i, o = σ of their parts of a, c = tanh of its
    h = o ⊙ tanh(C)                     h′, C′: of the row before, or the initial ones

Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000 (the forget gate).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

GATES = 4


class Device(Protocol):
    """What is used of `Ops`."""

    @property
    def xp(self) -> Any: ...

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any: ...

    def lstm_gates(self, A: Any, C_before: Any) -> tuple[Any, Any]: ...

    def backprop_lstm_gates(self, dH: Any, dC: Any, gates: Any, C: Any, C_before: Any) -> tuple[Any, Any]: ...

    def lstm_steps(self, A: Any, Wh: Any, h0: Any, c0: Any, order: list[slice]) -> tuple[Any, Pass]: ...

    def backprop_lstm_steps(self, dH: Any, Wh: Any, run: Pass, order: list[slice]) -> Any: ...


@dataclass(frozen=True)
class Weights:
    """Views of the parameters of one direction of one layer: Wx (4·nH, nI), Wh (4·nH, nH), biases (4·nH,)."""

    Wx: Any
    bx: Any
    Wh: Any
    bh: Any


@dataclass(frozen=True)
class Pass:
    """What one direction leaves for the way back, all with a row for each of X."""

    gates: Any
    C: Any
    H_before: Any
    C_before: Any


@dataclass(frozen=True)
class State:
    """What a whole run leaves for the way back: the input of each layer, and the passes of its directions."""

    inputs: list[Any]
    passes: list[list[Pass]]


def n_params(depth: int, dirs: int, nH: int, nI: int) -> int:
    """How many floats the parameters of the whole network are."""
    widths = [nI] + [nH * dirs] * (depth - 1)
    return sum(dirs * GATES * nH * (width + nH + 2) for width in widths)


def split(params: Any, depth: int, dirs: int, nH: int, nI: int) -> list[list[Weights]]:
    """Views of the parameters, by layer and direction. Raises ValueError if they are of another number."""
    if params.shape != (expected := (n_params(depth, dirs, nH, nI),)):
        raise ValueError(
            f"an LSTM of depth {depth} in {dirs} directions from width {nI} to {nH * dirs} has parameters of the shape "
            f"{expected}, not {params.shape}: initialize the layer with the dims that its parameters were made for"
        )
    layers: list[list[Weights]] = []
    at, rows = 0, GATES * nH
    for layer in range(depth):
        layers.append([])
        for _ in range(dirs):
            shapes = [(rows, nI if layer == 0 else nH * dirs), (rows,), (rows, nH), (rows,)]
            views = []
            for shape in shapes:
                size = shape[0] * (shape[1] if len(shape) == 2 else 1)
                views.append(params[at : at + size].reshape(shape))
                at += size
            layers[-1].append(Weights(*views))
    return layers


def steps(sizes: Any) -> list[slice]:
    """The rows of each step. Raises ValueError if a step has more rows than the one before."""
    counts = [int(size) for size in sizes.tolist()]
    if any(later > sooner for sooner, later in pairwise(counts)):
        raise ValueError(
            f"sequences must come by decreasing length, but the steps have {counts} rows: list2padded makes one"
        )
    slices, start = [], 0
    for count in counts:
        slices.append(slice(start, start + count))
        start += count
    return slices


def forward(ops: Device, params: Any, H0: Any, C0: Any, X: Any, sizes: Any) -> tuple[Any, State]:
    """Y (n, dirs·nH) of rows X (n, nI). H0, C0 (depth, dirs, nH)."""
    depth, dirs, nH = H0.shape
    order = steps(sizes)
    if (total := sum(step.stop - step.start for step in order)) != len(X):
        raise ValueError(f"the steps have {total} rows, but the input has {len(X)}: the sizes are of another batch")
    state = State([], [])
    for layer, directions in enumerate(split(params, depth, dirs, nH, X.shape[1])):
        state.inputs.append(X)
        runs = [
            _run(ops, weights, H0[layer, d], C0[layer, d], X, order[::-1] if d else order)
            for d, weights in enumerate(directions)
        ]
        state.passes.append([run for _, run in runs])
        X = runs[0][0] if dirs == 1 else ops.xp.concatenate([Y for Y, _ in runs], axis=1)
    return X, state


def _run(ops: Device, weights: Weights, h0: Any, c0: Any, X: Any, order: list[slice]) -> tuple[Any, Pass]:
    """One direction of one layer, the steps in the order given."""
    A = ops.gemm(X, weights.Wx, trans2=True)
    A += weights.bx + weights.bh
    return ops.lstm_steps(A, weights.Wh, h0, c0, order)


def run_steps(ops: Device, A: Any, Wh: Any, h0: Any, c0: Any, order: list[slice]) -> tuple[Any, Pass]:
    """The outputs, and what the way back needs. A (n, 4·nH), the share of the inputs in a, becomes the gates."""
    shape = (len(A), len(h0))
    H, C, H_before, C_before = (ops.xp.empty(shape, dtype=A.dtype) for _ in range(4))
    before = slice(0, 0)
    for step in order:
        for now, then, start in ((H_before, H, h0), (C_before, C, c0)):
            kept = _continued(step, before)
            now[step][:kept] = then[before][:kept]
            now[step][kept:] = start
        A[step] += ops.gemm(H_before[step], Wh, trans2=True)
        H[step], C[step] = ops.lstm_gates(A[step], C_before[step])
        before = step
    return H, Pass(A, C, H_before, C_before)


def _continued(step: slice, before: slice) -> int:
    """How many rows of a step continue rows of the step that ran before it."""
    return min(step.stop - step.start, before.stop - before.start)


def backward(ops: Device, dY: Any, sizes: Any, params: Any, state: State) -> tuple[Any, Any]:
    """dX (n, nI) and the gradient of the parameters."""
    d_params = ops.xp.zeros(params.shape, dtype=params.dtype)
    depth, dirs = len(state.passes), len(state.passes[0])
    nH, nI = state.passes[0][0].C.shape[1], state.inputs[0].shape[1]
    weights, gradients = (split(flat, depth, dirs, nH, nI) for flat in (params, d_params))
    order = steps(sizes)
    for layer in reversed(range(depth)):
        X = state.inputs[layer]
        d_input = ops.xp.zeros(X.shape, dtype=X.dtype)
        for d, run in enumerate(state.passes[layer]):
            dH = dY[:, d * nH : (d + 1) * nH].copy()
            dA = ops.backprop_lstm_steps(dH, weights[layer][d].Wh, run, order if d else order[::-1])
            _add_gradients(ops, gradients[layer][d], dA, X, run.H_before)
            d_input += ops.gemm(dA, weights[layer][d].Wx)
        dY = d_input
    return dY, d_params


def run_steps_back(ops: Device, dH: Any, Wh: Any, run: Pass, order: list[slice]) -> Any:
    """The gradient of a, from that of the outputs, which is overwritten; the steps against their order forth."""
    dA = ops.xp.empty(run.gates.shape, dtype=run.gates.dtype)
    dC = ops.xp.zeros(run.C.shape, dtype=run.C.dtype)
    for step, earlier in pairwise([*order, slice(0, 0)]):
        dA[step], dC_before = ops.backprop_lstm_gates(
            dH[step], dC[step], run.gates[step], run.C[step], run.C_before[step]
        )
        kept = _continued(step, earlier)
        dH[earlier][:kept] += ops.gemm(dA[step], Wh)[:kept]
        dC[earlier][:kept] = dC_before[:kept]
    return dA


def _add_gradients(ops: Device, gradient: Weights, dA: Any, X: Any, H_before: Any) -> None:
    gradient.Wx[...] = ops.gemm(dA, X, trans1=True)
    gradient.Wh[...] = ops.gemm(dA, H_before, trans1=True)
    gradient.bx[...] = gradient.bh[...] = dA.sum(axis=0)
