"""PrecomputableAffine: what each token adds to the hidden layer of a parser's state, in each place it may stand in.

    Y[0, f] = pad[f]    Y[i + 1, f] = W[f] · X[i]
    X float32 (n, nI)   W (nF, nO, nP, nI)   pad (1, nF, nO, nP)   b (nO, nP)   Y (n + 1, nF, nO, nP)

A state is described by nF tokens, and its hidden layer is linear in them: Σ_f W[f] · X[token_f] + b. A document has far
more states than tokens, so the products are taken once for each token, and states only add rows. Row 0 stands for a
token that is not there; b is added by what adds the rows. The gradient comes by states: (d_hidden float32 (n_states,
nO, nP), ids int (n_states, nF), -1 for no token), and goes back as (n_states, nF, nI).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tagma.nn import Model, Ops, normal_init
from tagma.nn.types import Floats2d, Floats3d, Floats4d, Ints2d
from tagma.registries import registry

__all__ = ["PrecomputableAffine"]

ByStates = tuple[Floats3d, Ints2d]

# Of the data that W is scaled by: states, tokens to choose from, rounds, what is near enough.
N_STATES, N_TOKENS, N_ROUNDS, TOLERANCE = 5000, 1000, 10, 0.01


@registry.layers("spacy.PrecomputableAffine.v1")
def PrecomputableAffine(
    nO: int | None, nI: int | None, nF: int, nP: int, dropout: float = 0.1
) -> Model[Floats2d, Floats4d]:
    """The lower layer of a parser.

    nO, nP     Width of the hidden layer, and pieces of each of its outputs.
    nI         Width of the token vectors.
    nF         Number of tokens that describe a state.
    dropout    Kept as the attribute "dropout_rate"; states draw their masks at a rate of their own.
    """
    return Model(
        "precomputable_affine",
        forward,
        init=init,
        dims={"nO": nO, "nI": nI, "nF": nF, "nP": nP},
        params={"W": None, "b": None, "pad": None},
        axes={"W": ("nF", "nO", "nP", "nI"), "b": ("nO", "nP"), "pad": (1, "nF", "nO", "nP")},
        attrs={"dropout_rate": dropout},
    )


def forward(
    model: Model[Floats2d, Floats4d], X: Floats2d, is_train: bool
) -> tuple[Floats4d, Callable[[ByStates], Floats3d]]:
    ops = model.ops
    W: Any = model.get_param("W")
    nF, nO, nP, nI = W.shape
    Y = ops.alloc2f(len(X) + 1, nF * nO * nP, zeros=False)
    Y[0] = model.get_param("pad").reshape(-1)
    ops.gemm(X, W.reshape((nF * nO * nP, nI)), trans2=True, out=Y[1:])

    def backprop(d_states: ByStates) -> Floats3d:
        ids = d_states[1]
        n = len(ids)
        d_hidden: Any = d_states[0].reshape((n, nO * nP))
        present: Any = ops.asarray_f(ids >= 0)
        tokens: Any = ops.alloc3f(n, nF, nI)
        tokens[ids >= 0] = X[ids[ids >= 0]]
        model.inc_grad("b", d_hidden.sum(axis=0).reshape((nO, nP)))
        model.inc_grad("pad", ops.gemm(1 - present, d_hidden, trans1=True).reshape((1, nF, nO, nP)))
        dW = ops.gemm(d_hidden, tokens.reshape((n, nF * nI)), trans1=True)
        model.inc_grad("W", dW.reshape((nO, nP, nF, nI)).transpose((2, 0, 1, 3)))
        dX = ops.gemm(d_hidden, W.transpose((1, 2, 0, 3)).reshape((nO * nP, nF * nI)))
        by_place: Floats3d = dX.reshape((n, nF, nI)) * present[:, :, None]
        return by_place

    return Y.reshape((len(Y), nF, nO, nP)), backprop


def init(model: Model[Floats2d, Floats4d], X: Any = None, Y: Any = None) -> None:
    """Normal W and pad, then W scaled and b shifted so that hidden layers of random states have mean 0, variance 1.

    A layer with weights keeps them. Raises ValueError if a dim is not set.
    """
    if model.has_param("W") and model.get_param("W").any():
        return
    ops = model.ops
    nF, nO, nP, nI = (model.get_dim(dim) for dim in ("nF", "nO", "nP", "nI"))
    W: Any = normal_init(ops, (nF, nO, nP, nI), mean=math.sqrt(1.0 / nF * nI))
    pad = normal_init(ops, (1, nF, nO, nP), mean=1.0)
    scale, shift = _whitening(ops, W, pad)
    model.set_param("W", W * scale)
    model.set_param("b", ops.alloc2f(nO, nP) + shift)
    model.set_param("pad", pad)


def _whitening(ops: Ops, W: Any, pad: Any) -> tuple[float, float]:
    """What W is to be multiplied by and b to be set to, found with random tokens and states.

    The data are those of the peer, with their oddities, so that a seed means the same weights: tokens are dealt out to
    the first N_TOKENS of the states, so most states are empty; the pad row counts as a token.
    """
    nF, nO, nP, nI = W.shape
    states = ops.asarray_f(np.random.uniform(0, N_TOKENS, (N_STATES, nF))).astype("int32")
    tokens = ops.asarray_f(np.random.normal(size=(N_STATES, nI)))[:-1]
    of_pad, of_tokens = ops.alloc2f(N_STATES, nO * nP), ops.alloc2f(N_STATES, nO * nP)
    ops.scatter_add(of_pad, states[0], pad.reshape((nF, nO * nP)))
    for f in range(nF):  # one place at a time: all together take 100 MB and more
        rows = ops.gemm(tokens, W[f].reshape((nO * nP, nI)), trans2=True)
        ops.scatter_add(of_tokens, states[1:, f], rows)
    scale, shift = 1.0, 0.0
    for _ in range(N_ROUNDS):
        hidden = _activate(ops, (of_tokens * scale + of_pad + shift).reshape((N_STATES, nO, nP)))
        mean, variance = float(hidden.mean()), float(hidden.var())
        if abs(variance - 1) >= TOLERANCE:
            scale /= math.sqrt(variance)
        elif abs(mean) >= TOLERANCE:
            shift -= mean
        else:
            break
    return scale, shift


def _activate(ops: Ops, hidden: Floats3d) -> Floats2d:
    """The largest piece, or the positive part of the only one."""
    return ops.maxout(hidden)[0] if hidden.shape[2] > 1 else ops.xp.maximum(hidden[:, :, 0], 0)
