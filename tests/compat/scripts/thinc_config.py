"""Thinc's config system: sections, variables, registered functions, nested blocks, validation, filling."""

from collections.abc import Callable, Iterator

import catalogue
import thinc.api
from thinc.api import Config, Model, registry
from thinc.config import ConfigValidationError
from thinc.types import Floats2d

TEXT = """
[paths]
root = "/data"

[training]
epochs = 3
folder = ${paths.root}/corpus
rates = [0.1, 0.2]
nothing = null

[training.optimizer]
@optimizers = "Adam.v1"
beta1 = 0.8

[training.optimizer.learn_rate]
@schedules = "warmup_linear.v1"
initial_rate = 0.1
warmup_steps = 2
total_steps = 10

[model]
@layers = "chain.v1"

[model.*.hidden]
@layers = "Relu.v1"
nO = 4
nI = 3

[model.*.output]
@layers = "Softmax.v1"
nO = 2
nI = 4

[extra]
@misc = "pair.v1"
first = 1
second = {"a": [1, 2]}
"""


class my_registry(registry):
    misc = catalogue.create("my_project", "misc")


@my_registry.misc("pair.v1")
def pair(first: int, second: dict[str, list[int]], third: str = "x") -> tuple[int, dict[str, list[int]], str]:
    return first, second, third


config = Config().from_str(TEXT)
print(config["training"]["folder"], config["training"]["rates"], config["training"]["nothing"], config.is_interpolated)
raw = Config().from_str(TEXT, interpolate=False)
print(raw["training"]["folder"], raw.is_interpolated, raw.interpolate()["training"]["folder"])
resolved = my_registry.resolve(config)
model = resolved["model"]
print(model.name, [layer.name for layer in model.layers], model.initialize().get_dim("nO"))
print(type(resolved["training"]["optimizer"]).__name__, resolved["training"]["optimizer"].b1, resolved["extra"])
filled = my_registry.fill(config)
print(filled["extra"], sorted(filled["training"]["optimizer"]))
print(config.merge(Config({"training": {"epochs": 9}}))["training"]["epochs"], config.copy() == config)
print(Config().from_str(TEXT, overrides={"training.epochs": 77, "paths.root": "/x"})["training"]["folder"])
print(Config().from_bytes(config.to_bytes()) == config)


@thinc.api.registry.layers("my_layer.v1")
def my_layer(width: int, activation: str = "relu") -> Model[Floats2d, Floats2d]:
    return thinc.api.Linear(width, width)


@thinc.api.registry.schedules("my_schedule.v1")
def my_schedule(start: float) -> Iterator[float]:
    while True:
        yield start
        start *= 0.5


print(thinc.api.registry.resolve({"m": {"@layers": "my_layer.v1", "width": 4}})["m"].get_dim("nI"))
schedule = thinc.api.registry.resolve({"s": {"@schedules": "my_schedule.v1", "start": 1.0}})["s"]
print([next(schedule) for _ in range(3)])
make: Callable = thinc.api.registry.get("layers", "my_layer.v1")
print(make is my_layer, thinc.api.registry.has("layers", "my_layer.v1"), thinc.api.registry.has("layers", "no.v1"))
for block in (
    {"m": {"@layers": "my_layer.v1"}},
    {"m": {"@layers": "my_layer.v1", "width": "wide"}},
    {"m": {"@layers": "my_layer.v1", "width": 4, "wdith": 3}},
):
    try:
        print(thinc.api.registry.resolve(block))
    except ConfigValidationError as error:
        print([tuple(e["loc"]) for e in error.errors])
for block in (
    {"m": {"@layers": "no.v1"}},
    {"m": {"@layers": "my_layer.v1", "@optimizers": "Adam.v1"}},
    {"m": {"@nothing": "x.v1"}},
):
    try:
        print(thinc.api.registry.resolve(block))
    except ValueError:
        print("ValueError")
for text in ("[a]\nb = ${c.d}", "[a\nb = 1", "b = 1", "[a]\nb = 1\n[a.b]\nc = 1", "[a.b]\nc = 1"):
    try:
        print(dict(Config().from_str(text)))
    except Exception as error:
        print(isinstance(error, ValueError))
