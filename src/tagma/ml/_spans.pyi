from typing import Any

import numpy as np

_Floats1d = np.ndarray[tuple[int], np.dtype[np.float32]]
_Floats2d = np.ndarray[Any, np.dtype[np.float32]]
_Rows = np.ndarray[Any, np.dtype[np.int32]]
_Pieces = np.ndarray[Any, np.dtype[np.uint8]]
_Places = np.ndarray[Any, np.dtype[np.int64]]

def largest(Y: _Floats2d, rows: _Rows, X: _Floats2d, starts: _Places, ends: _Places) -> None:
    """The largest value of each column of each span, (n_spans, width), and the row of X that it is from, the first."""

def combine(
    Y: _Floats2d,
    which: _Pieces,
    P: _Floats2d,
    Q: _Floats2d,
    bias: _Floats1d,
    starts: _Places,
    ends: _Places,
    order: _Places,
    places: _Places,
    nP: int,
) -> bool:
    """The largest piece of each output, (n_spans, nO), and which it is; False if memory ran out."""

def spread(
    dP: _Floats2d,
    dQ: _Floats2d,
    dbias: _Floats1d,
    dY: _Floats2d,
    which: _Pieces,
    starts: _Places,
    ends: _Places,
    order: _Places,
    places: _Places,
    nP: int,
) -> None:
    """Add the gradients of the outputs to those of all products that they are made of; dQ is zero before."""

def spread_largest(dX: _Floats2d, dY: _Floats2d, rows: _Rows) -> None:
    """Add the gradient of each largest value to that of the row it is from."""
