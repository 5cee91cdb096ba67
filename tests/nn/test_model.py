"""Model: dims, parameters, references, the tree, copies, operators and training helpers."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import pickle
import threading
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    Adam,
    Dropout,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    ParametricAttention_v2,
    Ragged,
    Relu,
    Shim,
    add,
    chain,
    change_attr_values,
    concatenate,
    get_ops,
    set_dropout_rate,
    use_ops,
    with_array,
    wrap_model_recursive,
)
from tagma.nn.backends import ParamServer


def _forward(model: Model, X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


def _node(name: str = "node", **settings: Any) -> Model:
    return Model(name, _forward, **settings)


def _X(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_instances_are_locked() -> None:
    """Unknown attributes and the containers cannot be assigned."""
    model = _node()
    for name in ("unknown", "layers", "shims", "attrs"):
        with pytest.raises(AttributeError):
            setattr(model, name, [])


def test_ids_are_unique_across_threads() -> None:
    """Models made at the same time in several threads get ids of their own."""
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(_node().id for _ in range(200))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 800


def test_dims() -> None:
    """Unknown, unset and set dims are told apart, and a set dim changes only by force and without parameters."""
    model = _node(dims={"nO": 2, "nI": None})
    assert (model.has_dim("nO"), model.has_dim("nI"), model.has_dim("nX")) == (True, None, False)
    assert model.get_dim("nO") == 2
    assert model.maybe_get_dim("nI") is None
    assert model.maybe_get_dim("nX") is None
    with pytest.raises(KeyError):
        model.get_dim("nX")
    with pytest.raises(ValueError, match=r"'nI' is not set"):
        model.get_dim("nI")
    with pytest.raises(KeyError):
        model.set_dim("nX", 1)
    model.set_dim("nO", 2)
    with pytest.raises(ValueError, match=r"nO is 2.*3"):
        model.set_dim("nO", 3)
    model.set_dim("nO", 3, force=True)
    model.set_param("W", _X(2))
    with pytest.raises(ValueError, match=r"parameters are set"):
        model.set_dim("nO", 4, force=True)


@pytest.mark.parametrize("size", [0, -3])
def test_dims_below_one(size: int) -> None:
    """A dim below 1 is refused with node, dim and value, when the layer is made and when it is set."""
    with pytest.raises(ValueError, match=rf"^linear: nO is {size}\. Give it at least 1"):
        Linear(size, 4)
    model = Linear(nI=4)
    with pytest.raises(ValueError, match=rf"linear: nO is {size}"):
        model.set_dim("nO", size)
    assert model.has_dim("nO") is None


def test_params_and_gradients() -> None:
    """Gradients start as a copy and add up; unset parameters raise KeyError, also after set_param(name, None)."""
    model = _node(params={"W": None})
    assert model.has_param("W") is None
    assert model.has_param("b") is False
    assert model.maybe_get_param("W") is None
    for name in ("W", "b"):
        with pytest.raises(KeyError):
            model.get_param(name)
    W, g = _X(2, 2), _X(2, 2)
    model.set_param("W", W)
    assert model.get_param("W") is W
    assert not model.has_grad("W")
    with pytest.raises(KeyError):
        model.get_grad("W")
    model.inc_grad("W", g)
    model.inc_grad("W", g)
    np.testing.assert_allclose(model.get_grad("W"), 2 * g)
    assert model.grad_names == ("W",)
    assert list(model.get_gradients()) == [(model.id, "W")]
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        model.inc_grad("W", _X(3, 3))
    model.set_param("W", None)
    assert model.has_param("W") is None
    with pytest.raises(KeyError):
        model.get_param("W")


def test_param_server_uses_its_proxy() -> None:
    """With a proxy, parameters come from it and gradients go to it."""

    class Proxy:
        def __init__(self) -> None:
            self.calls: list[str] = []

        def get_param(self, model_id: int, name: str) -> str:
            return "from afar"

        def set_param(self, model_id: int, name: str, value: Any) -> None:
            self.calls.append("set_param")

        def inc_grad(self, model_id: int, name: str, value: Any) -> None:
            self.calls.append("inc_grad")

        def set_grad(self, model_id: int, name: str, value: Any) -> None:
            self.calls.append("set_grad")

    model = _node(params={"W": _X(2)})
    proxy = Proxy()
    model._params.proxy = proxy
    assert model.get_param("W") == "from afar"
    model.set_param("W", _X(2))
    model.inc_grad("W", _X(2))
    model.set_grad("W", _X(2))
    assert proxy.calls == ["set_param", "inc_grad", "set_grad"]
    assert not model.has_grad("W")
    assert isinstance(model._params, ParamServer)
    assert model._params.param_keys == ((model.id, "W"),)


def test_refs() -> None:
    """A reference must point into the tree; the node itself is in it."""
    child = _node("child")
    model = _node(layers=[child], refs={"a": None})
    assert model.has_ref("a") is None
    assert model.has_ref("b") is False
    assert model.maybe_get_ref("a") is None
    with pytest.raises(ValueError, match=r"is not set"):
        model.get_ref("a")
    with pytest.raises(KeyError):
        model.get_ref("b")
    model.set_ref("a", child)
    model.set_ref("self", model)
    assert model.get_ref("a") is child
    assert model.ref_names == ("a", "self")
    with pytest.raises(ValueError, match="not in the tree"):
        model.set_ref("a", _node("stranger"))


def test_walk_orders() -> None:
    """Breadth first by levels, depth first before or after the children; shared nodes once."""
    d = _node("d")
    b, c = _node("b", layers=[d]), _node("c", layers=[d])
    a = _node("a", layers=[b, c])
    names = {order: "".join(node.name for node in a.walk(order=order)) for order in ("bfs", "dfs_pre", "dfs_post")}
    assert names == {"bfs": "abcd", "dfs_pre": "abdc", "dfs_post": "dbca"}
    with pytest.raises(ValueError, match=r"unknown order"):
        a.walk(order="sideways")


def test_remove_and_replace_nodes_with_unset_refs() -> None:
    """Removing clears references to what is gone, replacing moves them, and unset references do not matter."""
    old, new = _node("old"), _node("new")
    middle = _node("middle", layers=[old, old], refs={"nothing": None})
    root = _node("root", layers=[middle, old], refs={"nothing": None})
    root.set_ref("to_old", old)
    assert root.replace_node(old, new) is True
    assert [node.name for node in root.walk()] == ["root", "middle", "new"]
    assert root.get_ref("to_old") is new
    assert root.replace_node(old, new) is False
    assert root.replace_node(root, new) is True
    root.remove_node(new)
    assert root.has_ref("to_old") is None
    assert not middle.layers


def test_replacement_may_contain_the_original() -> None:
    """A node can be wrapped where it stands."""
    inner = _node("inner")
    root = _node("root", layers=[inner])
    wrapper = _node("wrapper", layers=[inner])
    root.replace_node(inner, wrapper)
    assert root.layers[0] is wrapper
    assert wrapper.layers[0] is inner


def test_wrap_model_recursive() -> None:
    """Every node gets one wrapper, the root another one around all."""
    model = wrap_model_recursive(chain(Relu(), Linear()), lambda node: _node(f"<{node.name}>", layers=[node]))
    assert [node.name for node in model.walk()] == [
        "<relu>>linear>",
        "relu>>linear",
        "<relu>",
        "<linear>",
        "relu",
        "linear",
    ]


def test_copy_keeps_sharing_refs_and_ops() -> None:
    """Shared children stay shared, references point into the copy, parameters are new, the backend stays."""
    shared = Linear(3, 3).initialize()
    with use_ops("numpy"):
        model = chain(shared, shared)
    model.set_ref("last", shared)
    twin = model.copy()
    assert twin.layers[0] is twin.layers[1]
    assert twin.layers[0] is not shared
    assert twin.get_ref("last") is twin.layers[0]
    assert twin.ops is model.ops
    assert {node.id for node in twin.walk()}.isdisjoint(node.id for node in model.walk())
    twin.layers[0].get_param("W")[...] = 0
    assert shared.get_param("W").any()


def test_copied_attention_runs() -> None:
    """A layer that finds its child through a reference works after copying."""
    X = Ragged(_X(5, 3), np.array([2, 3], dtype="int32"))
    model = ParametricAttention_v2(key_transform=Relu(3)).initialize(X)
    np.testing.assert_array_equal(model.copy().predict(X).data, model.predict(X).data)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_deepcopy_and_pickle_keep_ids(duplicate: Any) -> None:
    """The general ways of copying keep ids, parameters and gradients."""
    X = _X(2, 3)
    model = chain(Relu(4), Linear(2)).initialize(X)
    Y, backprop = model.begin_update(X)
    backprop(Y)
    twin = duplicate(model)
    assert [node.id for node in twin.walk()] == [node.id for node in model.walk()]
    np.testing.assert_array_equal(twin.predict(X), Y)
    assert set(twin.get_gradients()) == set(model.get_gradients())


def test_axes_go_with_every_copy() -> None:
    """Which dims a parameter's axes have is known of copies too, and is no part of the bytes."""
    model = Model("node", _forward, params={"W": None}, dims={"nI": 2}, axes={"W": ("nI",)})
    for twin in (model.copy(), copy.deepcopy(model)):
        assert twin.axes == {"W": ("nI",)}
    assert pickle.loads(pickle.dumps(Maxout())).axes == {"W": ("nO", "nP", "nI"), "b": ("nO", "nP")}
    assert model.to_bytes() == Model("node", _forward, params={"W": None}, dims={"nI": 2}).to_bytes()


def test_operators_are_bound_within_the_block_only() -> None:
    """Operators chain to the left, nested blocks replace the table, and it is restored after errors."""
    a, b, c = _node("a"), _node("b"), _node("c")
    with Model.define_operators({">>": chain, "|": concatenate}):
        assert (a >> b >> c).name == "a>>b>>c"
        assert len((a >> b >> c).layers) == 2
        with Model.define_operators({"+": lambda x, y: "sum"}):
            assert a + b == "sum"
            with pytest.raises(TypeError):
                a >> b
        assert (a | b).name == "a|b"
    with pytest.raises(TypeError, match="define_operators"):
        a >> b
    with pytest.raises(RuntimeError), Model.define_operators({">>": chain}):
        raise RuntimeError
    with pytest.raises(TypeError):
        a >> b


def test_operators_of_other_threads_are_unseen() -> None:
    """A new thread starts without bindings."""
    seen: list[str] = []

    def work() -> None:
        try:
            _node() >> _node()
        except TypeError:
            seen.append("undefined")

    with Model.define_operators({">>": chain}):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == ["undefined"]


def test_operators_of_tasks_are_their_own() -> None:
    """Tasks that take turns on one thread have each their bindings, also from a block around their start."""

    async def use(operators: dict[str, Any] | None) -> list[str]:
        names = []
        with contextlib.nullcontext() if operators is None else Model.define_operators(operators):
            for _ in range(2):
                await asyncio.sleep(0)
                names.append((_node("a") >> _node("b")).name)
        return names

    async def work() -> list[list[str]]:
        with Model.define_operators({">>": concatenate}):
            return await asyncio.gather(use({">>": chain}), use(None), use({">>": add}))

    assert asyncio.run(work()) == [["a>>b"] * 2, ["a|b"] * 2, ["add"] * 2]
    with pytest.raises(TypeError, match="define_operators"):
        _node() >> _node()


def test_finish_update_calls_the_optimizer_for_each_gradient() -> None:
    """Keys are (node id, name), and what the optimizer returns becomes the parameter."""
    X = _X(2, 3)
    model = chain(Linear(4), Linear(2)).initialize(X)
    Y, backprop = model.begin_update(X)
    backprop(Y)
    keys = []

    def optimizer(key: Any, param: Any, grad: Any) -> Any:
        keys.append(key)
        return param * 0, grad

    model.finish_update(optimizer)
    assert keys == [(layer.id, name) for layer in model.layers for name in ("W", "b")]
    assert not model.layers[0].get_param("W").any()


def test_use_params_restores_after_errors() -> None:
    """Other parameters hold within the block only, whatever happens in it."""
    model = chain(Linear(2, 2), Linear(2, 2)).initialize()
    first = model.layers[0]
    W = first.get_param("W")
    with suppress(RuntimeError), model.use_params({(first.id, "W"): W * 0}):
        assert not first.get_param("W").any()
        raise RuntimeError
    assert first.get_param("W") is W


def test_training_loop_lowers_the_loss() -> None:
    """The loop of the contract (batches, update, optimizer, averages) learns a simple function."""
    np.random.seed(0)
    X = _X(64, 3)
    Y = X @ np.array([[1.0], [-2.0], [0.5]], dtype="float32")
    model = chain(Relu(16), Linear()).initialize(X, Y)
    optimizer = Adam(0.01)
    before = float(((model.predict(X) - Y) ** 2).mean())
    for _ in range(60):
        for batch, truths in model.ops.multibatch(16, X, Y, shuffle=True):
            guesses, backprop = model.begin_update(batch)
            backprop((guesses - truths) / len(batch))
            model.finish_update(optimizer)
            optimizer.step_schedules()
    with model.use_params(optimizer.averages or {}):
        after = float(((model.predict(X) - Y) ** 2).mean())
    assert after < 0.1 * before


def test_attr_helpers() -> None:
    """Attributes change by node name, or on every node that has them."""
    model = chain(Dropout(0.1), HashEmbed(2, 10, dropout=0.2), Linear())
    set_dropout_rate(model, 0.5)
    assert [node.attrs.get("dropout_rate") for node in model.walk()] == [None, 0.5, 0.5, None]
    change_attr_values(model, {"dropout": {"dropout_rate": 0.3, "unknown": 1}})
    assert model.layers[0].attrs["dropout_rate"] == 0.3
    assert "unknown" not in model.layers[0].attrs


def test_dimension_errors_name_the_path() -> None:
    """A mismatch deep in a tree is reported with the nodes on the way, the dim, both values and a way out."""
    model = with_array(chain(Relu(4), chain(Relu(5), Linear(2)))).initialize([_X(3, 6)])
    with pytest.raises(ValueError, match=r"nI") as caught:
        model.predict([_X(2, 7)])
    message, _, diagram = str(caught.value).partition("\n\n")
    assert message == (
        "with_array(relu>>relu>>linear) / relu>>relu>>linear / relu: nI is 6, but got input of width 7. "
        "Give this layer input of width 6, or build it with nI=7"
    )
    assert diagram.endswith("""
   ├─ relu                        nI=6, nO=4    ← nI is 6
   └─ relu>>linear                nI=4, nO=2""")
    with pytest.raises(ValueError, match=r"linear>>linear / linear: nI is 5, but the data has width 3"):
        chain(Linear(3), Linear(2, 5)).initialize(_X(2, 4))


def test_moving_to_the_cpu_keeps_predictions() -> None:
    """to_cpu sets the backend of every node, takes gradients along and tells each shim once."""
    moves: list[tuple[str, int]] = []

    class Recorder(Shim):
        def to_device(self, device_type: str, device_id: int) -> None:
            moves.append((device_type, device_id))

    X = _X(2, 3)
    shim = Recorder(None)
    linear = Linear(2)
    model = chain(linear, _node(shims=[shim]), _node(shims=[shim])).initialize(X)
    expected = model.predict(X)
    linear.set_grad("b", np.array([1.0, 2.0]))
    model.to_cpu()
    assert all(node.ops.name == get_ops("cpu").name for node in model.walk())
    assert moves == [("cpu", -1)]
    np.testing.assert_array_equal(linear.get_grad("b"), np.array([1, 2], dtype="float32"), strict=True)
    np.testing.assert_array_equal(model.predict(X), expected)


def test_a_copied_shim_has_its_own_id() -> None:
    """Two wrapped models never share a key in the optimizer."""
    shim = Shim("model", {"a": 1})
    twin = shim.copy()
    assert twin.id != shim.id
    assert twin.cfg == {"a": 1}
