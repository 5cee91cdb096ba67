"""PyTorchLSTM: the LSTM of PyTorch as a layer for lists, Ragged and Padded."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..exchange import assert_pytorch_installed
from ..model import Model
from .noop import noop
from .pytorchwrapper import PyTorchRNNWrapper
from .with_padded import with_padded

__all__ = ["PyTorchLSTM"]


@registry.layers("PyTorchLSTM.v1")
def PyTorchLSTM(nO: int, nI: int, *, bi: bool = False, depth: int = 1, dropout: float = 0.0) -> Model[Any, Any]:
    """`depth` layers of width nO, half of it for each direction if `bi`; none for depth 0.

    Raises ImportError without PyTorch.
    """
    if depth == 0:
        return noop()
    assert_pytorch_installed()
    import torch

    width = nO // 2 if bi else nO
    lstm = PyTorchRNNWrapper(torch.nn.LSTM(nI, width, depth, bidirectional=bi, dropout=dropout))
    lstm.set_dim("nO", nO)
    lstm.set_dim("nI", nI)
    return with_padded(lstm)
