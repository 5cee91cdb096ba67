"""Layers one by one: prediction, and forward and backward in training, in microseconds, beside Thinc and PyTorch.

    python benchmarks/layers.py --peer .venv-peer/bin/python --torch .venv-torch/bin/python --only Maxout reduce_max

The cases are fixed: every layer of LAYERS at two widths and four numbers of rows, predicting and training, with one
thread and with two; then whole steps of Adam. A process for each library answers case by case, in turns, so that what
else the machine does hits all alike. In a turn a case is called for some milliseconds, of which the shortest call
counts; its time is the median over the turns. --quick takes one width, two numbers of rows, one thread and one turn.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from harness import ROOT, THREADS, load

WIDTHS = (96, 300)
ROWS = (20, 200, 2000, 20000)
SECONDS = 0.02  # for which a case is called in one turn
MOST_CALLS = 300
TABLE_ROWS = 5000
CLASSES = 50
BAG_CLASSES = 10
SLOW = 1.1  # times a peer's time from which a case is listed
PEERS = ("Thinc", "PyTorch")
# How each is told its number of threads.
ENVIRONMENT = {"tagma": THREADS["tagma"], "Thinc": THREADS["spacy"], "PyTorch": ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}


class Case(NamedTuple):
    layer: str
    width: int
    rows: int
    mode: str  # "predict", "train" or "step"

    def __str__(self) -> str:
        return f"{self.layer} {self.width} x {self.rows:,} {self.mode}"


@dataclass(frozen=True)
class Run:
    """What is timed, and what is done before each call."""

    call: Callable[[], Any]
    before: Callable[[], Any] | None = None


# -- The layers. Each has a kind of input, a maker from a library's `api` and a width, and a number of rows at most.


@dataclass(frozen=True)
class Layer:
    kind: str
    make: Callable[[Any, int], Any]
    most_rows: int = ROWS[-1]


def plain(kind: str, name: str, **settings: Any) -> Layer:
    return Layer(kind, lambda api, width: getattr(api, name)(**settings))


def dense(name: str, **settings: Any) -> Layer:
    """A layer from `width` to `width`."""
    return Layer("floats", lambda api, width: getattr(api, name)(nO=width, nI=width, **settings))


def table(name: str, **settings: Any) -> Layer:
    return Layer("ids", lambda api, width: getattr(api, name)(nO=width, nV=TABLE_ROWS, **settings))


def window_block(api: Any, width: int) -> Any:
    block = api.Maxout(nO=width, nI=3 * width, nP=3, normalize=True)
    return api.residual(api.chain(api.expand_window(window_size=1), block))


DENSE = (
    "Linear",
    "Relu",
    "Mish",
    "Gelu",
    "Swish",
    "Dish",
    "HardSwish",
    "HardSwishMobilenet",
    "HardSigmoid",
    "HardTanh",
)
POOLS = ("reduce_sum", "reduce_mean", "reduce_max", "reduce_first", "reduce_last")
LAYERS: dict[str, Layer] = {
    **{name: dense(name) for name in (*DENSE, "ReluK", "ClippedLinear", "Sigmoid")},
    "Maxout": dense("Maxout", nP=3),
    "Maxout+LayerNorm": dense("Maxout", nP=3, normalize=True),
    "window block": Layer("floats", window_block),
    "Softmax": plain("floats", "Softmax", nO=CLASSES),
    "MultiSoftmax": plain("floats", "MultiSoftmax", nOs=(20, 30)),
    "LayerNorm": plain("floats", "LayerNorm"),
    "Logistic": plain("floats", "Logistic"),
    "softmax_activation": plain("floats", "softmax_activation"),
    "Dropout": plain("floats", "Dropout", rate=0.1),
    "expand_window": plain("floats", "expand_window", window_size=1),
    "expand_window of sequences": plain("ragged", "expand_window", window_size=1),
    "Embed": table("Embed"),
    "HashEmbed": table("HashEmbed", seed=1),
    **{name: plain("ragged", name) for name in POOLS},
    "ParametricAttention": plain("ragged", "ParametricAttention"),
    "SparseLinear": plain("bags", "SparseLinear", nO=BAG_CLASSES),
    "SparseLinear_v2": plain("bags", "SparseLinear_v2", nO=BAG_CLASSES),
    "LSTM": Layer("padded", lambda api, width: api.LSTM(nO=width, nI=width), most_rows=2000),
}


def lengths_of(rows: int) -> np.ndarray:
    """Sequences of 5 to 40 rows, but for the last one."""
    generator = np.random.RandomState(rows)
    lengths: list[int] = []
    while (left := rows - sum(lengths)) > 0:
        lengths.append(min(left, int(generator.randint(5, 41))))
    return np.array(lengths, dtype="int32")


def input_of(kind: str, width: int, rows: int) -> Any:
    """Arrays alone, the same for each library: X, (X, lengths), ids, or (keys, values, lengths)."""
    generator = np.random.RandomState(width)
    if kind == "ids":
        return generator.randint(0, TABLE_ROWS, rows).astype("uint64")
    if kind == "bags":
        keys = generator.randint(0, 2**62, 1000)[generator.zipf(1.3, rows) % 1000].astype("uint64")
        return keys, np.ones(rows, dtype="float32"), lengths_of(rows)
    X = generator.normal(size=(rows, width)).astype("float32")
    return X if kind == "floats" else (X, lengths_of(rows))


# -- Steps of Adam: a table, and the parameters of tok2vec and tagger as `init config` makes them

TAGGER = [
    *((rows, 96) for rows in (5000, 1000, 2500, 2500)),
    *((96, 3, 384), (96, 3), (96,), (96,)),
    *[(96, 3, 288), (96, 3), (96,), (96,)] * 4,
    *((CLASSES, 96), (CLASSES,)),
]
STEPS: dict[str, list[tuple[int, ...]]] = {"Adam, tagger": TAGGER, "Adam, one table": [(20000, 300)]}


def arrays_of(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    generator = np.random.RandomState(0)
    return [generator.normal(size=shape).astype("float32") * 0.01 for shape in shapes]


# -- Tagma and Thinc, which have the same names


def layer_runs(api: Any, case: Case) -> dict[str, Run]:
    layer = LAYERS[case.layer]
    model = layer.make(api, case.width)
    X = input_of(layer.kind, case.width, case.rows)
    if layer.kind == "ragged":
        X = api.Ragged(*X)
    if layer.kind == "padded":
        X = api.list2padded().predict(np.split(X[0], np.cumsum(X[1])[:-1]))
    model.initialize(X=X)
    Y, _ = model.begin_update(X)
    dY = filled(Y)
    return {"predict": Run(lambda: model.predict(X)), "train": Run(lambda: model.begin_update(X)[1](dY))}


def filled(Y: Any) -> Any:
    """A gradient of the output's kind."""
    if isinstance(Y, np.ndarray):
        return np.full_like(Y, 0.01)
    if hasattr(Y, "size_at_t"):
        return type(Y)(np.full_like(Y.data, 0.01), Y.size_at_t, Y.lengths, Y.indices)
    return type(Y)(np.full_like(Y.dataXd, 0.01), Y.lengths)


def step_runs(api: Any, name: str) -> dict[str, Run]:
    weights, gradients = arrays_of(STEPS[name]), arrays_of(STEPS[name])
    model = api.Model("weights", lambda *args: None, params={str(i): w for i, w in enumerate(weights)})
    optimizer = api.Adam(0.001)
    for i, gradient in enumerate(gradients):
        model.set_grad(str(i), gradient.copy())

    def fill() -> None:
        for i, gradient in enumerate(gradients):
            model.get_grad(str(i))[...] = gradient

    return {"step": Run(lambda: model.finish_update(optimizer), before=fill)}


# -- PyTorch: the same computation, of the layers that it has

TORCH_ACTIVATIONS = {
    "Relu": "ReLU",
    "Mish": "Mish",
    "Gelu": "GELU",
    "Swish": "SiLU",
    "HardSwishMobilenet": "Hardswish",
    "HardTanh": "Hardtanh",
    "ReluK": "ReLU6",
    "Sigmoid": "Sigmoid",
}


def torch_module(torch: Any, case: Case) -> Callable[..., Any] | None:
    """A module, or a function of the case's tensors."""
    nn, width, name = torch.nn, case.width, case.layer
    if name in TORCH_ACTIVATIONS:
        return nn.Sequential(nn.Linear(width, width), getattr(nn, TORCH_ACTIVATIONS[name])())
    if name in ("Maxout", "Maxout+LayerNorm"):
        pieces = [nn.Linear(width, 3 * width), nn.Unflatten(1, (width, 3)), Largest.of(torch)]
        return nn.Sequential(*pieces, *([nn.LayerNorm(width)] if name != "Maxout" else []))
    if name.startswith("reduce_") and name[7:] in ("sum", "mean", "max"):
        return lambda X, lengths: torch.segment_reduce(X, name[7:], lengths=lengths)
    if name == "expand_window":
        pad = torch.nn.functional.pad
        return lambda X: torch.cat((pad(X[:-1], (0, 0, 1, 0)), X, pad(X[1:], (0, 0, 0, 1))), dim=1)
    others: dict[str, Callable[[], Any]] = {
        "Linear": lambda: nn.Linear(width, width),
        "Softmax": lambda: nn.Sequential(nn.Linear(width, CLASSES), nn.Softmax(dim=1)),
        "LayerNorm": lambda: nn.LayerNorm(width),
        "Logistic": nn.Sigmoid,
        "softmax_activation": lambda: nn.Softmax(dim=1),
        "Dropout": lambda: nn.Dropout(0.1),
        "Embed": lambda: nn.Embedding(TABLE_ROWS, width),
        "LSTM": lambda: nn.LSTM(width, width),
    }
    return others[name]() if name in others else None


class Largest:
    """A module that takes the largest of the last axis."""

    @staticmethod
    def of(torch: Any) -> Any:
        module = type("Largest", (torch.nn.Module,), {"forward": lambda self, A: A.max(dim=2).values})
        return module()


def torch_runs(torch: Any, case: Case) -> dict[str, Run]:
    if (module := torch_module(torch, case)) is None:
        return {}
    kind = LAYERS[case.layer].kind
    given = input_of(kind, case.width, case.rows)
    arrays = given if isinstance(given, tuple) else (given,)
    X, *rest = (torch.from_numpy(a if a.dtype == "float32" else a.astype("int64")) for a in arrays)
    X.requires_grad_(X.is_floating_point())
    inputs = [X, *rest]
    if kind == "padded":
        packed = torch.nn.utils.rnn.pack_sequence(X.split(rest[0].tolist()), enforce_sorted=False)
        X = packed.data.detach().requires_grad_()
        inputs = [packed._replace(data=X)]

    def output() -> Any:
        Y = module(*inputs)
        return Y[0].data if kind == "padded" else Y

    dY = torch.full_like(output(), 0.01)

    def predict() -> None:
        with torch.no_grad():
            output()

    def train() -> None:
        X.grad = None
        output().backward(dY)

    def mode(training: bool) -> Callable[[], Any] | None:
        return (lambda: module.train(training)) if isinstance(module, torch.nn.Module) else None

    return {"predict": Run(predict, before=mode(False)), "train": Run(train, before=mode(True))}


def torch_step(torch: Any, name: str) -> dict[str, Run]:
    """Without the clipping and the averages of the others."""
    gradients = [torch.from_numpy(a) for a in arrays_of(STEPS[name])]
    params = [torch.nn.Parameter(torch.from_numpy(a)) for a in arrays_of(STEPS[name])]
    optimizer = torch.optim.Adam(params, lr=0.001, fused=True)

    def fill() -> None:
        for param, gradient in zip(params, gradients, strict=True):
            param.grad = gradient.clone()

    return {"step": Run(optimizer.step, before=fill)}


# -- A process for each library


def answer(library: str) -> None:
    """Time the cases that come in, a line each; null for what the library does not have."""
    module = load({"tagma": "tagma.nn", "Thinc": "thinc.api", "PyTorch": "torch"}[library])
    runs_of, step_of = (torch_runs, torch_step) if library == "PyTorch" else (layer_runs, step_runs)
    made: tuple[Any, dict[str, Run]] = (None, {})
    for line in sys.stdin:
        case = Case(*json.loads(line))
        if made[0] != case[:3]:
            made = (case[:3], step_of(module, case.layer) if case.mode == "step" else runs_of(module, case))
        run = made[1].get(case.mode)
        print("RESULT " + json.dumps(None if run is None else shortest(run)), flush=True)


def shortest(run: Run) -> float:
    """Microseconds of the shortest call, after one that does not count."""
    times: list[float] = []
    while len(times) < 4 or (sum(times) < SECONDS and len(times) < MOST_CALLS):
        if run.before:
            run.before()
        start = time.perf_counter()
        run.call()
        times.append(time.perf_counter() - start)
    return min(times[1:]) * 1e6


class Worker:
    """A process that answers cases."""

    def __init__(self, library: str, python: str, threads: int) -> None:
        env = {**os.environ, **dict.fromkeys(ENVIRONMENT[library], str(threads))}
        command = [python, __file__, "--worker", library]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, case: Case) -> float | None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("RESULT "):
                return json.loads(line[len("RESULT ") :])
        sys.exit(f"{' '.join(self.process.args)} ended at {case}")

    def end(self) -> None:
        self.process.communicate()


Times = dict[str, dict[str, float]]  # case and threads → library → microseconds


def measure(args: argparse.Namespace) -> Times:
    pythons = {"tagma": sys.executable, "Thinc": args.peer, "PyTorch": args.torch}
    times: Times = {}
    for threads in args.threads:
        with contextlib.ExitStack() as stack:
            workers = {}
            for library, python in pythons.items():
                if python and os.path.exists(python):
                    workers[library] = Worker(library, python, threads)
                    stack.callback(workers[library].end)
            for case in cases(args):
                turns: dict[str, list[float]] = {}
                for turn in range(args.repeats):
                    order = list(workers) if turn % 2 == 0 else list(reversed(workers))
                    for library in order:
                        if (found := workers[library].ask(case)) is not None:
                            turns.setdefault(library, []).append(found)
                key = f"{case} {threads} thread{'s' if threads > 1 else ''}"
                times[key] = {library: statistics.median(found) for library, found in turns.items()}
                if args.times:
                    print(
                        f"{key:60}" + "".join(f"{lib:>9}{time:12,.1f}" for lib, time in times[key].items()), flush=True
                    )
    return times


def cases(args: argparse.Namespace) -> Iterator[Case]:
    widths, all_rows = ((96,), (20, 2000)) if args.quick else (WIDTHS, ROWS)
    for name in args.only:
        if name in STEPS:
            yield Case(name, 0, 0, "step")
            continue
        for width in widths:
            for rows in all_rows:
                if rows <= LAYERS[name].most_rows:
                    yield Case(name, width, rows, "predict")
                    yield Case(name, width, rows, "train")


# -- The report


def mean_of(ratios: list[float]) -> str:
    """Geometric mean."""
    return f"{math.exp(statistics.mean(map(math.log, ratios))):.2f}x" if ratios else ""


def report(times: Times) -> None:
    """For each peer: geometric means of its times over ours, by layer and over all; and the slower cases."""
    for peer in PEERS:
        ratios = {case: found[peer] / found["tagma"] for case, found in times.items() if peer in found}
        if not ratios:
            print(f"{peer} was not measured: give its interpreter (--peer, --torch).")
            continue
        print(f"\nTimes of {peer} over tagma's{'predict':>18}{'train':>10}{'both':>10}")
        layers = dict.fromkeys(name for name in LAYERS if any(is_of(case, name) for case in ratios))
        for name in ("all layers", *layers):
            of_layer = {c: r for c, r in ratios.items() if (is_of(c, name) if name in LAYERS else " step " not in c)}
            modes = ([r for c, r in of_layer.items() if mode in c] for mode in (" predict ", " train ", " "))
            print(f"{name:<32}" + "".join(f"{mean_of(some):>10}" for some in modes))
        for case, ratio in ratios.items():
            if " step " in case:
                print(f"{case.replace(' 0 x 0 step', ''):<52}{ratio:9.2f}x")
        slow = sorted((ratio, case) for case, ratio in ratios.items() if ratio < 1 / SLOW)
        print(f"{len(slow)} of {len(ratios)} cases take more than {SLOW} times {peer}'s time:")
        for ratio, case in slow:
            print(f"  {case:60}{ratio:6.2f}x{times[case]['tagma']:12,.1f} µs")


def is_of(case: str, layer: str) -> bool:
    return case.startswith(layer + " ") and case[len(layer) + 1].isdigit()


def main() -> None:
    names = [*LAYERS, *STEPS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default=os.environ.get("TAGMA_PEER_PYTHON", str(ROOT / ".venv-peer/bin/python")))
    parser.add_argument("--torch", default=os.environ.get("TAGMA_TORCH_PYTHON", str(ROOT / ".venv-torch/bin/python")))
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="LAYER", help=", ".join(names))
    parser.add_argument("--threads", type=int, nargs="+", default=None, help="default: 1 and 2")
    parser.add_argument("--repeats", type=int, default=None, help="turns; default: 3")
    parser.add_argument("--quick", action="store_true", help="few cases, once, with one thread")
    parser.add_argument("--times", action="store_true", help="print the times of each case")
    parser.add_argument("--json", action="store_true", help="print all times as one JSON object")
    parser.add_argument("--worker", choices=list(ENVIRONMENT), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        answer(args.worker)
        return
    args.threads = args.threads or ([1] if args.quick else [1, 2])
    args.repeats = args.repeats or (1 if args.quick else 3)
    times = measure(args)
    if args.json:
        print(json.dumps(times))
    else:
        report(times)


if __name__ == "__main__":
    main()
