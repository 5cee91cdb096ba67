"""Thinc alone: a network for vectors, operators, a training loop, schedules, saving, a layer of one's own."""

import tempfile
from pathlib import Path

import numpy
from thinc.api import (
    Adam,
    CategoricalCrossentropy,
    Model,
    Relu,
    Softmax,
    chain,
    clone,
    compounding,
    concatenate,
    decaying,
    fix_random_seed,
    get_current_ops,
    to_categorical,
    use_ops,
)
from thinc.types import Floats2d

fix_random_seed(0)
rng = numpy.random.RandomState(1)
X = rng.normal(size=(200, 6)).astype("float32")
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype("int32")
with Model.define_operators({">>": chain, "|": concatenate, "**": clone}):
    model = (Relu(nO=16) | Relu(nO=8, dropout=0.1)) >> Relu(nO=16) ** 2 >> Softmax()
model.initialize(X=X[:5], Y=to_categorical(Y[:5], n_classes=2))
print(model.name, model.get_dim("nI"), model.get_dim("nO"), len(list(model.walk())))
optimizer = Adam(learn_rate=decaying(0.01, 1e-4), L2=0.0)
loss = CategoricalCrossentropy()
sizes = compounding(8, 32, 1.1)
for _ in range(15):
    for batch_x, batch_y in model.ops.multibatch(sizes, X, Y, shuffle=True):
        guess, backprop = model(batch_x, is_train=True)
        backprop(loss.get_grad(guess, batch_y))
        model.finish_update(optimizer)
        optimizer.step_schedules()
accuracy = (model.predict(X).argmax(axis=1) == Y).mean()
print(accuracy > 0.9, loss.get_loss(model.predict(X), Y) < 60)
with tempfile.TemporaryDirectory() as folder:
    model.to_disk(Path(folder) / "model")
    other = model.copy()
    for node in other.walk():
        for name in node.param_names:
            node.set_param(name, node.get_param(name) * 0)
    other.from_disk(Path(folder) / "model")
print(numpy.array_equal(other.predict(X), model.predict(X)), len(model.to_bytes()) == len(other.to_bytes()))


def Scale(nO: int | None = None) -> Model[Floats2d, Floats2d]:
    return Model("scale", forward, init=init, dims={"nO": nO, "nI": nO}, params={"g": None}, attrs={"power": 2})


def init(model, X=None, Y=None):
    if X is not None:
        model.set_dim("nO", X.shape[1])
        model.set_dim("nI", X.shape[1])
    model.set_param("g", model.ops.alloc1f(model.get_dim("nO")) + 1)


def forward(model, X, is_train):
    g = model.get_param("g")

    def backprop(dY):
        model.inc_grad("g", (dY * X).sum(axis=0))
        return dY * g * model.attrs["power"]

    return X * g * model.attrs["power"], backprop


layer = chain(Scale(), Softmax(nO=3))
layer.initialize(X=X)
print(layer.layers[0].get_param("g").tolist(), layer.layers[0].has_grad("g"))
out, back = layer.begin_update(X)
print(back(numpy.ones_like(out)).shape, layer.layers[0].has_grad("g"), layer.layers[0].get_grad("g").shape)
node = layer.layers[0]
print(
    node.has_dim("nO"), node.has_param("g"), node.has_param("zz"), node.has_ref("x"), node.dim_names, node.param_names
)
layer.set_ref("x", layer.layers[1])
print(layer.get_ref("x").name, node.maybe_get_dim("nQ"), node.maybe_get_ref("none"))
for wrong in (
    lambda: node.get_dim("nope"),
    lambda: node.get_param("nope"),
    lambda: node.set_dim("nO", 9),
    lambda: layer.predict(X[:, :2]),
    lambda: Relu(3, 4).from_bytes(model.to_bytes()),
    lambda: Softmax().predict(X),
):
    try:
        print(wrong())
    except Exception as error:
        print(isinstance(error, (KeyError, ValueError)))
with use_ops("numpy"):
    print(get_current_ops().name)
