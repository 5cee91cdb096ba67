"""Layers one by one: prediction, and forward and backward in training, in microseconds, beside Thinc and PyTorch.

    python benchmarks/layers.py --peer .venv-peer/bin/python --only Maxout reduce_max

The cases are fixed: every layer of LAYERS at two widths and four numbers of rows, with one and with two threads. Each
case is called for some milliseconds; its time is the shortest call, and with --repeats the median over as many fresh
processes. Thinc and PyTorch are measured where the peer's interpreter has them.
"""

import argparse
import importlib.util
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from harness import Rows, load, main

WIDTHS = (96, 300)
ROWS = (20, 200, 2000, 20000)
SECONDS = 0.01  # for which a case is called, in each process
MOST_CALLS = 200
TABLE_ROWS = 5000
CLASSES = 50
SLOW = 1.1  # times a peer's time from which a case is listed

Run = Callable[[], Any]

# The name of a layer, the kind of its input, and its settings but for widths.
LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Linear": ("floats", {}),
    "Relu": ("floats", {}),
    "Maxout": ("floats", {"nP": 3}),
    "Mish": ("floats", {}),
    "Gelu": ("floats", {}),
    "Swish": ("floats", {}),
    "Dish": ("floats", {}),
    "HardSwish": ("floats", {}),
    "HardSwishMobilenet": ("floats", {}),
    "ClippedLinear": ("floats", {}),
    "Softmax": ("floats", {"nO": CLASSES}),
    "LayerNorm": ("floats", {}),
    "Dropout": ("floats", {"rate": 0.1}),
    "expand_window": ("floats", {"window_size": 1}),
    "Embed": ("ids", {"nV": TABLE_ROWS}),
    "HashEmbed": ("ids", {"nV": TABLE_ROWS, "seed": 1}),
    "reduce_sum": ("ragged", {}),
    "reduce_mean": ("ragged", {}),
    "reduce_max": ("ragged", {}),
    "reduce_first": ("ragged", {}),
    "reduce_last": ("ragged", {}),
    "ParametricAttention": ("ragged", {}),
    "SparseLinear": ("bags", {"nO": 10}),
    "SparseLinear_v2": ("bags", {"nO": 10}),
}
WIDE = ("Linear", "Relu", "Maxout", "Mish", "Gelu", "Swish", "Dish", "HardSwish", "HardSwishMobilenet", "ClippedLinear")


def lengths_of(rows: int) -> np.ndarray:
    """Sequences of 5 to 40 rows, but for the last one."""
    generator = np.random.RandomState(rows)
    lengths: list[int] = []
    while (left := rows - sum(lengths)) > 0:
        lengths.append(min(left, int(generator.randint(5, 41))))
    return np.array(lengths, dtype="int32")


def input_of(kind: str, width: int, rows: int, Ragged: Any) -> Any:
    generator = np.random.RandomState(width)
    if kind == "ids":
        return generator.randint(0, TABLE_ROWS, rows).astype("uint64")
    if kind == "bags":
        keys = generator.randint(0, 2**62, 1000)[generator.zipf(1.3, rows) % 1000].astype("uint64")
        return keys, np.ones(rows, dtype="float32"), lengths_of(rows)
    X = generator.normal(size=(rows, width)).astype("float32")
    return Ragged(X, lengths_of(rows)) if kind == "ragged" else X


def gradient_of(Y: Any, Ragged: Any) -> Any:
    """Of the output's kind."""
    if isinstance(Y, Ragged):
        return Ragged(np.full_like(Y.dataXd, 0.01), Y.lengths)
    return np.full_like(Y, 0.01)


def layer_runs(api: Any, name: str, width: int, rows: int) -> Iterator[tuple[str, Run]]:
    """Prediction and training of a layer of tagma or Thinc."""
    kind, settings = LAYERS[name]
    if name in WIDE or kind == "ids":
        settings = {"nO": width, **settings}
    model = getattr(api, name)(**settings)
    X = input_of(kind, width, rows, api.Ragged)
    model.initialize(X=X)
    Y, _ = model.begin_update(X)
    dY = gradient_of(Y, api.Ragged)
    yield "predict", lambda: model.predict(X)
    yield "train", lambda: model.begin_update(X)[1](dY)


def torch_runs(torch: Any, name: str, width: int, rows: int) -> Iterator[tuple[str, Run]]:
    """The same of PyTorch, for the layers that it has."""
    activations = {"Relu": "ReLU", "Mish": "Mish", "Gelu": "GELU", "Swish": "SiLU", "HardSwishMobilenet": "Hardswish"}
    nn = torch.nn
    if name in activations:
        module = nn.Sequential(nn.Linear(width, width), getattr(nn, activations[name])())
    elif name == "Linear":
        module = nn.Linear(width, width)
    elif name == "Softmax":
        module = nn.Sequential(nn.Linear(width, CLASSES), nn.Softmax(dim=1))
    elif name in ("LayerNorm", "Dropout"):
        module = nn.LayerNorm(width) if name == "LayerNorm" else nn.Dropout(0.1)
    elif name == "Embed":
        module = nn.Embedding(TABLE_ROWS, width)
    else:
        return
    array = input_of(LAYERS[name][0], width, rows, None)
    X = torch.from_numpy(array.astype("int64") if LAYERS[name][0] == "ids" else array)
    X.requires_grad_(X.is_floating_point())
    dY = torch.full_like(module(X), 0.01)

    def predict() -> None:
        module.eval()
        with torch.no_grad():
            module(X)

    def train() -> None:
        module.train()
        module(X).backward(dY)

    yield "predict", predict
    yield "train", train


def shortest(run: Run) -> float:
    """Microseconds of the shortest call, after one that does not count."""
    run()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < SECONDS and len(times) < MOST_CALLS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1e6


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    """Library, layer, width, rows and mode → microseconds."""
    makers: dict[str, Callable[[str, int, int], Iterator[tuple[str, Run]]]] = {}
    if lib == "tagma":
        api = load("tagma", "nn")
        makers["tagma"] = lambda *case: layer_runs(api, *case)
    else:
        if importlib.util.find_spec("thinc"):
            thinc = load("thinc", "api")
            makers["Thinc"] = lambda *case: layer_runs(thinc, *case)
        if importlib.util.find_spec("torch"):
            torch = load("torch")
            makers["PyTorch"] = lambda *case: torch_runs(torch, *case)
    return {
        f"{library}/{name} {width} x {rows:,} {mode}": shortest(run)
        for name in args.only
        for width in WIDTHS
        for rows in ROWS
        for library, runs in makers.items()
        for mode, run in runs(name, width, rows)
    }


def ratios(medians: dict[str, dict[str, float]], peer: str) -> dict[str, float]:
    """Case → the peer's time over ours."""
    ours = medians["tagma"]
    named = {key.partition("/")[2]: value for key, value in medians["spacy"].items() if key.startswith(peer + "/")}
    return {case: value / ours[f"tagma/{case}"] for case, value in named.items()}


def mean_of(found: dict[str, float], name: str) -> float:
    """Geometric mean over the cases of a layer, "" for all layers."""
    return math.exp(statistics.mean(math.log(ratio) for case, ratio in found.items() if case.startswith(name)))


def report(rows: Rows) -> None:
    """For each peer: geometric means of the ratios, by layer and over all, and the cases that are slower than there."""
    for peer in ("Thinc", "PyTorch"):
        found = {
            f"{case} {threads}".strip(): ratio
            for threads, medians in rows.items()
            for case, ratio in ratios(medians, peer).items()
        }
        if not found:
            print(f"The peer's interpreter has no {peer}.")
            continue
        by_mode = {mode: {case: r for case, r in found.items() if f" {mode}" in case} for mode in ("predict", "train")}
        print(f"\nTimes of {peer} over tagma's{'predict':>24}{'train':>10}{'both':>10}")
        for name in ("", *dict.fromkeys(case.partition(" ")[0] + " " for case in found)):
            means = [mean_of(some, name) for some in (by_mode["predict"], by_mode["train"], found)]
            print(f"{name or 'all layers':<32}" + "".join(f"{m:9.2f}x" for m in means))
        slow = sorted((ratio, case) for case, ratio in found.items() if ratio < 1 / SLOW)
        print(f"{len(slow)} of {len(found)} cases take more than {SLOW} times {peer}'s time:")
        for ratio, case in slow:
            print(f"  {case:50}{ratio:6.2f}x")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=list(LAYERS), default=list(LAYERS), help="layers")
    parser.set_defaults(threads=[1, 2], repeats=1)


if __name__ == "__main__":
    main(__file__, measure, {}, arguments, report)
