from typing import Any

import numpy as np

from tagma.nn.backends._kernels import Panels

_Floats1d = np.ndarray[Any, np.dtype[np.float32]]
_Floats2d = np.ndarray[Any, np.dtype[np.float32]]
_Rows = np.ndarray[Any, np.dtype[np.int32]]

def hidden(
    M: _Floats2d,
    H: _Floats2d,
    X: _Floats2d,
    by_later: _Floats2d,
    by_earlier: _Floats2d,
    by_distance: _Floats2d,
    later: _Rows,
    earlier: _Rows,
    distance: _Rows,
    layer: Panels,
    slope: float,
    rate: float,
    seed: int,
    first: int,
) -> bool:
    """Products M (n, width) and hidden layer H (n, nH) of pairs; False if memory ran out. BLAS must be held."""

def scores(
    Y: _Floats1d,
    X: _Floats2d,
    by_later: _Floats2d,
    by_earlier: _Floats2d,
    by_distance: _Floats2d,
    later: _Rows,
    earlier: _Rows,
    distance: _Rows,
    layer: Panels,
    w: _Floats1d,
    b: float,
    slope: float,
    rate: float,
    seed: int,
) -> bool:
    """Scores (n,) of pairs by one hidden layer; False if memory ran out. BLAS must be held."""

def bend(H: _Floats2d, bias: _Floats1d, slope: float, rate: float, seed: int, first: int) -> None:
    """Add the bias to a layer's products H (n, nH), bend them and drop some, in place."""

def bend_back(dH: _Floats2d, H: _Floats2d, slope: float, scale: float) -> None:
    """Make the gradient of a layer's output that of its input, in place; H: the output."""
