"""LSTM: a recurrent layer, in one or both directions, several on each other.

    f, i, o = σ(Wx·x + bx + Wh·h′ + bh)    c = tanh(…)    C = f ⊙ C′ + i ⊙ c    h = o ⊙ tanh(C)

Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735
"""

from __future__ import annotations

from typing import Any

from ..backends import Ops
from ..config import registry
from ..initializers import Initializer, glorot_uniform_init, partial, zero_init
from ..model import Backprop, Model
from ..shims.states import check_state, read_parts
from ..types import Padded
from ._containers import refill
from ._init import take_width
from .pytorchlstm import PyTorchLSTM

__all__ = ["LSTM", "PyTorchLSTM"]  # the second is known under this path too

GATES = 4  # forget, input, output, candidate


@registry.layers("LSTM.v1")
def LSTM(
    nO: int | None = None,
    nI: int | None = None,
    *,
    bi: bool = False,
    depth: int = 1,
    dropout: float = 0.0,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
) -> Model[Padded, Padded]:
    """Padded (steps, n, nI) → Padded (steps, n, nO). `init_W`: glorot_uniform if None; `init_b`: zeros.

    bi         run over the sequences in both directions, each with ⌊nO/2⌋ outputs, which come side by side
    depth      how many layers stand on each other; at least 1, else ValueError
    dropout    probability with which a weight (not an activation) is 0 in training

    Parameters: `HC0` (2, depth, directions, nH), the outputs and cells that sequences start from: zeros, which are not
    trained; and `LSTM`, 1-d: for each layer, for each direction, the input weights (nH, width of its input) of the
    forget, input, output and candidate gates, their four biases (nH,), their hidden weights (nH, nH), and four more
    biases.
    """
    if depth < 1:
        raise ValueError(f"an LSTM has at least one layer, but depth is {depth}; noop() leaves sequences as they are")
    return Model(
        "lstm",
        forward,
        init=partial(init, init_W or glorot_uniform_init, init_b or zero_init),
        dims={"nO": nO, "nI": nI, "depth": depth, "dirs": 1 + bool(bi)},
        params={"LSTM": None, "HC0": None},
        attrs={"registry_name": "LSTM.v1", "dropout_rate": dropout},
    )


def forward(model: Model[Padded, Padded], Xp: Padded, is_train: bool) -> tuple[Padded, Backprop]:
    ops = model.ops
    params = model.get_param("LSTM")
    H0, C0 = model.get_param("HC0")
    sizes, present, restore = Xp.size_at_t, _present(ops, Xp), refill(Xp)
    X = Xp.data[present]
    if not is_train:
        Y = ops.lstm_forward_inference(params, H0, C0, X, sizes)
        return restore(_padded(ops, Y, present)), _not_trained
    rate = model.attrs["dropout_rate"]
    mask = ops.get_dropout_mask(params.shape, rate) if rate else None
    params = params if mask is None else params * mask
    Y, state = ops.lstm_forward_training(params, H0, C0, X, sizes)

    def backprop(dYp: Padded) -> Padded:
        dX, d_params = ops.backprop_lstm(dYp.data[present], sizes, params, state)
        model.inc_grad("LSTM", d_params if mask is None else d_params * mask)
        return restore(_padded(ops, dX, present))

    return restore(_padded(ops, Y, present)), backprop


def _not_trained(dYp: Padded) -> Padded:
    raise AssertionError("lstm: there is no way back from a prediction; call begin_update, or pass is_train=True")


def _present(ops: Ops, batch: Padded) -> Any:
    """Which places (steps, n) of the batch are no padding; rows taken by it are packed by time."""
    return ops.xp.arange(batch.data.shape[1])[None, :] < batch.size_at_t[:, None]


def _padded(ops: Ops, rows: Any, present: Any) -> Any:
    """The rows at their places, and zeros at the others."""
    data = ops.xp.zeros((*present.shape, rows.shape[1]), dtype=rows.dtype)
    data[present] = rows
    return data


def init(init_W: Initializer, init_b: Initializer, model: Model[Padded, Padded], X: Any = None, Y: Any = None) -> None:
    """Widths from the samples, then the parameters gate by gate. Raises ValueError if a width conflicts or is unset."""
    take_width("nI", X, model)
    take_width("nO", Y, model)
    ops = model.ops
    depth, dirs, width = model.get_dim("depth"), model.get_dim("dirs"), model.get_dim("nI")
    nH = model.get_dim("nO") // dirs
    parts = []
    for _ in range(depth):
        for _ in range(dirs):
            for columns in (width, nH):
                parts += [init_W(ops, (nH, columns)) for _ in range(GATES)]
                parts += [init_b(ops, (nH,)) for _ in range(GATES)]
        width = nH * dirs
    model.set_param("LSTM", ops.xp.concatenate([part.reshape(-1) for part in parts]))
    model.set_param("HC0", zero_init(ops, (2, depth, dirs, nH)))


# The places of PyTorch's gates (input, forget, candidate, output) in the order that they have here.
_PYTORCH_GATES = (1, 0, 3, 2)


def load_pytorch_lstm(model: Model[Padded, Padded], data: bytes) -> Model[Padded, Padded]:
    """Give an LSTM of this library the weights of a `torch.nn.LSTM`: the bytes of a wrapped module's shim.

    PyTorch is not needed. Returns the model. Raises ValueError for damaged data, and for an LSTM of other widths,
    another depth or other directions; widths that are not set are taken from it. A layer of PyTorch sees the padding
    of a batch, and this one does not: a doc has the outputs here that it has there alone.
    """
    from ..shims.torch_files import read_torch_file  # which needs to read archives

    state = read_torch_file(read_parts(data, "state", "PyTorch")[1])
    depth, dirs = model.get_dim("depth"), model.get_dim("dirs")
    first = state.get("weight_ih_l0")
    if first is None or first.ndim != 2:
        raise ValueError(f"the saved state is not that of an LSTM: it has {', '.join(sorted(state)) or 'nothing'}")
    nH, nI = first.shape[0] // GATES, first.shape[1]
    model.set_dim("nI", nI)
    model.set_dim("nO", nH * dirs)
    suffixes = [f"l{layer}{end}" for layer in range(depth) for end in ("", "_reverse")[:dirs]]
    shapes: dict[str, tuple[int, ...]] = {}
    for i, suffix in enumerate(suffixes):
        width = nI if i < dirs else nH * dirs
        for kind, columns in (("ih", width), ("hh", nH)):
            shapes[f"weight_{kind}_{suffix}"] = (GATES * nH, columns)
            shapes[f"bias_{kind}_{suffix}"] = (GATES * nH,)
    check_state(state, shapes, "LSTM")
    parts = [
        state[f"{what}_{kind}_{suffix}"].reshape(GATES, -1)[list(_PYTORCH_GATES)].reshape(-1)
        for suffix in suffixes
        for kind in ("ih", "hh")
        for what in ("weight", "bias")
    ]
    ops = model.ops
    model.set_param("LSTM", ops.asarray1f(ops.xp.concatenate([ops.asarray(part) for part in parts])))
    model.set_param("HC0", zero_init(ops, (2, depth, dirs, nH)))
    return model
