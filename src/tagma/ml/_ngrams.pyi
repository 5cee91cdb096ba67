import numpy as np

def count_ngrams(
    values: np.ndarray[tuple[int], np.dtype[np.uint64]], lengths: np.ndarray[tuple[int], np.dtype[np.int32]], size: int
) -> tuple[
    np.ndarray[tuple[int], np.dtype[np.uint64]],
    np.ndarray[tuple[int], np.dtype[np.float32]],
    np.ndarray[tuple[int], np.dtype[np.int32]],
]:
    """The distinct n-grams of each sequence, for n from 1 to `size`, and how often they occur in it."""
