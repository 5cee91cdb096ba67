"""Fast paths that run several nodes of a graph at once. The graph, its parameters, its random draws and its results
(float32, 1e-5) are those of the plain nodes; tests/nn/fusion runs both.

Read `patterns` (what is recognised), then `blocks`, `tables`, `words` and `labels` (how it runs). Layers that may begin
a pattern call `run_*` with their input first; None means: run the plain nodes. Those that occur in a pattern mark their
forward with `kind`. Only NumpyOps and float32 are taken.

Lies above models and backends, below the layers, and imports none of these. Layers import it, and components that want
the best label alone.
"""

from .blocks import run_feed_forward, run_window_block
from .labels import best_labels
from .patterns import fusion, kind
from .tables import run_embedding, run_hash_tables
from .words import run_words

__all__ = [
    "best_labels",
    "fusion",
    "kind",
    "run_embedding",
    "run_feed_forward",
    "run_hash_tables",
    "run_window_block",
    "run_words",
]
