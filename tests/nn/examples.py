"""Examples of every layer, as data, from which tagma and Thinc alike can build it and a batch for it.

The table is read in interpreters of either library, so this file imports NumPy alone. `lib` is `tagma.nn` or
`thinc.api`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

WIDTH = 4


def rows(n: int) -> np.ndarray:
    """n rows of floats."""
    return np.random.default_rng(n).normal(size=(n, WIDTH)).astype("float32")


def ints(n: int) -> np.ndarray:
    """n rows of two keys."""
    return np.random.default_rng(n).integers(0, 20, size=(n, 2)).astype("uint64")


def batch(lib: Any, kind: str, n: int) -> Any:
    """A batch of about n rows. `kind` names the container; the same numbers for each library."""
    half = rows(n)[: n // 2]
    if kind == "ids":
        return ints(n)[:, 0].copy()
    if kind == "list":
        return [rows(n), rows(n)[:0], half]
    if kind == "nested":
        return [[rows(n), half], [], [half + 1]]
    if kind == "ragged":
        return lib.Ragged(rows(n), np.array([n - n // 2, n // 2] if n else [], dtype="int32"))
    if kind == "padded":
        return lib.get_current_ops().list2padded([rows(n), rows(n)[: n // 2 + 1], rows(n)[1:]])
    if kind == "pair":
        return rows(n), rows(n + 1)[:n]
    if kind == "cube":
        return rows(2 * n).reshape((2, n, WIDTH))
    if kind == "features":
        return ints(n)[:, 0].copy(), rows(n)[:, 0].copy(), np.array([n - n // 2, 0, n // 2], dtype="int32")
    if kind == "texts":
        return [["some", "text"][: n // 2], [], [str(n)]]
    if kind == "signed":
        return ints(n).astype("int64")
    return {"rows": rows, "ints": ints}[kind](n)


def layer(name: str, *args: Any, **settings: Any) -> dict[str, Any]:
    """A layer inside of another."""
    return {"@layers": name, "*": args, **settings}


GLOROT = {"@initializers": "glorot_uniform_init.v1"}
CURRENT_OPS = {"@ops": "current"}


def _built(lib: Any, value: Any) -> Any:
    """What a layer, an initializer or the current ops, named in a dict, are in a library; other values as they are."""
    if not isinstance(value, dict):
        return value
    rest = {key: _built(lib, inner) for key, inner in value.items() if key not in ("@layers", "@initializers", "*")}
    args = [_built(lib, inner) for inner in value.get("*", ())]
    if "@layers" in value:
        return _factory(lib, value["@layers"])(*args, **rest)
    if "@initializers" in value:
        return lib.registry.initializers.get(value["@initializers"])(**rest)
    return lib.get_current_ops() if value == CURRENT_OPS else value


def _factory(lib: Any, name: str) -> Any:
    """The function that makes a layer, which is registered if the name ends in a version."""
    if "." in name:
        return lib.registry.layers.get(name)
    return getattr(import_module(f"{lib.__name__.removesuffix('.api')}.layers"), name)


@dataclass(frozen=True)
class Example:
    """A layer, the kind of batch that it takes, and what does not apply to it."""

    name: str
    kind: str = "rows"
    args: tuple[Any, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    logits: bool = False  # backprop takes the gradient of the logits
    rowwise: bool = True  # a row's output depends on that row alone
    empty: bool = True  # takes batches of no rows
    input_gradient: bool = True  # backprop gives the gradient of the input
    tolerance: float = 1e-6

    def build(self, lib: Any) -> Any:
        """A new, uninitialized instance."""
        return _built(lib, layer(self.name, *self.args, **self.settings))

    def batch(self, lib: Any, n: int = 6) -> Any:
        """An input."""
        return batch(lib, self.kind, n)

    def initialized(self, lib: Any, n: int = 6) -> Any:
        """A new instance, initialized from seed 0."""
        np.random.seed(0)
        return self.build(lib).initialize(X=self.batch(lib, n))

    def __str__(self) -> str:
        inner = ",".join(str(arg.get("@layers", arg)) if isinstance(arg, dict) else str(arg) for arg in self.args)
        return f"{self.name}({inner}{',' if self.settings else ''}{','.join(self.settings)})-{self.kind}"


RELU = layer("Relu.v1", nO=3)
SQUARE = layer("Relu.v1", nO=WIDTH)
TWO = layer("Linear.v1", nO=2)
POOLED = layer("chain.v1", layer("list2ragged.v1"), layer("reduce_sum.v1"))
DENSE = ["Relu", "Mish", "Swish", "HardSwish", "HardSwishMobilenet", "Dish", "ClippedLinear", "HardSigmoid", "HardTanh"]

EXAMPLES = [
    *(Example(f"{name}.v1", settings={"nO": 5}) for name in DENSE),
    *(Example(f"{name}.v1", settings={"nO": 5, "normalize": True, "dropout": 0.3}) for name in DENSE),
    Example("ReluK.v1", settings={"nO": 5, "k": 0.5}),
    Example("Gelu.v1", settings={"nO": 5}, tolerance=1e-4),  # its erf is an approximation
    Example("Linear.v1", settings={"nO": 5}),
    Example("Maxout.v1", settings={"nO": 5}),
    Example("Maxout.v1", settings={"nO": 5, "nP": 1}),
    Example("Maxout.v1", settings={"nO": 5, "nP": 2, "normalize": True, "dropout": 0.3}),
    Example("Sigmoid.v1", settings={"nO": 5, "init_W": GLOROT}),
    Example("Softmax.v1", settings={"nO": 5, "init_W": GLOROT}, logits=True),
    Example("Softmax.v2", settings={"nO": 5, "init_W": GLOROT, "temperature": 2.0}, logits=True),
    Example("MultiSoftmax.v1", settings={"nOs": (2, 3)}, logits=True),
    Example("softmax_activation.v1"),
    Example("sigmoid_activation.v1"),
    Example("Logistic.v1"),
    Example("LayerNorm.v1"),
    Example("Dropout.v1", settings={"rate": 0.4}),
    Example("Dropout.v1", "list", settings={"rate": 0.4}, rowwise=False),
    Example("Dropout.v1", "ragged", settings={"rate": 0.4}),
    Example("Dropout.v1", "padded", settings={"rate": 0.4}, rowwise=False, empty=False),
    Example("expand_window.v1", settings={"window_size": 2}, rowwise=False),
    Example("expand_window.v1", "ragged"),
    Example("Embed.v1", "ids", settings={"nO": 3, "nV": 20}),
    Example("Embed.v1", "ints", settings={"nO": 3, "nV": 20, "column": 1, "dropout": 0.4}),
    Example("HashEmbed.v1", "ids", settings={"nO": 3, "nV": 20, "seed": 5}),
    Example("HashEmbed.v1", "ints", settings={"nO": 3, "nV": 20, "seed": 5, "column": 1, "dropout": 0.4}),
    Example("CauchySimilarity.v1", "pair", rowwise=False),
    *(
        Example(
            f"SparseLinear.v{version}",
            "features",
            settings={"nO": 3, "length": 64},
            rowwise=False,
            empty=False,
            input_gradient=False,
        )
        for version in (1, 2)
    ),
    Example("LSTM.v1", "padded", settings={"nO": 3}, rowwise=False),
    Example("LSTM.v1", "padded", settings={"nO": 6, "bi": True, "depth": 2, "dropout": 0.3}, rowwise=False),
    Example("ParametricAttention.v1", "ragged"),
    Example("ParametricAttention.v2", "ragged", settings={"key_transform": SQUARE}),
    *(Example(f"reduce_{kind}.v1", "ragged") for kind in ("sum", "mean", "max", "first", "last")),
    Example("noop.v1"),
    Example("chain.v1", args=(RELU, layer("LayerNorm.v1"), TWO)),
    Example("concatenate.v1", args=(RELU, TWO)),
    Example("concatenate.v1", "list", args=(layer("noop.v1"), layer("noop.v1")), rowwise=False),
    Example("concatenate.v1", "ragged", args=(layer("noop.v1"), layer("noop.v1"))),
    Example("add.v1", args=(RELU, layer("Linear.v1", nO=3))),
    Example("residual.v1", args=(SQUARE,)),
    Example("residual.v1", "list", args=(layer("with_array.v1", SQUARE),), rowwise=False),
    Example("residual.v1", "ragged", args=(layer("with_array.v1", SQUARE),)),
    Example("residual.v1", "padded", args=(layer("with_array.v1", layer("noop.v1")),), rowwise=False, empty=False),
    Example("clone.v1", args=(layer("Mish.v1", nO=WIDTH), 3)),
    Example("tuplify.v1", args=(RELU, TWO), rowwise=False),
    Example(
        "siamese.v1",
        "pair",
        args=(layer("Linear.v1", nO=3, nI=WIDTH), layer("CauchySimilarity.v1", nI=3)),
        rowwise=False,
    ),
    Example("uniqued.v1", "ints", args=(layer("Embed.v1", nO=3, nV=20, column=0),)),
    Example("list2array.v1", "list", rowwise=False),
    Example("list2ragged.v1", "list", rowwise=False),
    Example("list2padded.v1", "list", rowwise=False, empty=False),
    Example("ragged2list.v1", "ragged", rowwise=False),
    Example("padded2list.v1", "padded", rowwise=False, empty=False),
    *(Example(f"{name}.v1", "list", args=(RELU,), rowwise=False) for name in ("with_array", "with_array2d")),
    *(Example(f"{name}.v1", "ragged", args=(RELU,)) for name in ("with_array", "with_array2d")),
    Example("with_array.v1", "list", args=(layer("expand_window.v1"),), settings={"pad": 1}, rowwise=False),
    Example("with_array2d.v1", "padded", args=(RELU,), rowwise=False, empty=False),
    Example("with_list.v1", "ragged", args=(layer("with_array.v1", RELU),)),
    Example("with_list.v1", "padded", args=(layer("with_array.v1", RELU),), rowwise=False, empty=False),
    Example("with_ragged.v1", "list", args=(layer("ParametricAttention.v1"),), rowwise=False),
    Example("with_ragged.v1", "padded", args=(layer("ParametricAttention.v1"),), rowwise=False, empty=False),
    Example("with_padded.v1", "list", args=(layer("with_array2d.v1", RELU),), rowwise=False, empty=False),
    Example("with_padded.v1", "ragged", args=(layer("with_array2d.v1", RELU),), empty=False),
    Example("with_flatten.v1", "nested", args=(POOLED,), rowwise=False, empty=False),
    Example("with_flatten.v2", "nested", args=(layer("with_array.v1", RELU),), rowwise=False, empty=False),
    Example("bidirectional.v1", "padded", args=(layer("with_array2d.v1", RELU),), rowwise=False, empty=False),
    Example("bidirectional.v1", "padded", args=(layer("LSTM.v1", nO=2),), rowwise=False, empty=False),
    Example("with_getitem.v1", "pair", args=(1, RELU), rowwise=False),
    Example("with_reshape.v1", "cube", args=(RELU,), rowwise=False),
    Example("with_cpu.v1", args=(RELU, CURRENT_OPS)),
    Example("resizable.v1", args=(TWO, None)),
    Example("strings2arrays.v1", "texts", rowwise=False, empty=False),
    Example("remap_ids.v1", "ids", settings={"mapping_table": {3: 1, 7: 2}, "default": 5}),
    Example("remap_ids.v2", "ints", settings={"mapping_table": {3: 1, 7: 2}, "default": 5, "column": 1}),
    Example("premap_ids.v1", "signed", settings={"mapping_table": {3: 1, 7: 2}, "default": 5, "column": 1}),
    Example("map_list", "list", args=(RELU,), rowwise=False),
    Example("with_debug", args=(RELU,)),
    Example("array_getitem", args=((slice(None), 1),), empty=False),
    Example("floats_getitem", args=((slice(None), slice(1, 3)),), empty=False),
    Example("ints_getitem", "ints", args=((slice(None), 1),)),
]
