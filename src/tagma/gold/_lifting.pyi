import numpy as np
import numpy.typing as npt

def lift_arcs(heads: npt.NDArray[np.int32], moved: npt.NDArray[np.uint8]) -> bool:
    """Lift the crossing arcs of `heads` (int32 (n,), in place) and mark their children in `moved` (uint8 (n,)).

    False, and nothing is changed, if the heads form a cycle. Arrays must be contiguous, and heads from -1 to n - 1.
    """

def drop_arcs(
    heads: npt.NDArray[np.int32],
    labels: npt.NDArray[np.uint64],
    wanted: npt.NDArray[np.uint64],
    own: npt.NDArray[np.uint64],
    decorated: npt.NDArray[np.uint8],
    blank: npt.NDArray[np.uint8],
) -> bool:
    """Give decorated tokens, from left to right, their own label and the head that has the wanted one, in place.

    heads                   int32 (n,), from -1 to n - 1
    labels, wanted, own     uint64 (n,)
    decorated, blank        uint8 (n,)

    False, and nothing is changed, if the heads form a cycle. Arrays must be contiguous.
    """
