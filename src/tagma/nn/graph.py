"""The graph of a network: each node with its dims, its parameters and their memory, and where gradients arrived.

    root = graph(model)         # facts; gradients are those that the model holds at this moment
    print(tree(root))           # as lines of text

    0 linear>>softmax    nI=4, nO=2                                     32         128 B
    ├─ 1 linear          nI=4, nO=4    W 4×4, b 4                       20          80 B    arrives
    └─ 2 softmax         nI=4, nO=2    W 2×4, b 2                       10          40 B    arrives

`picture` draws the same facts. Knows models alone: what a node that reads another component's vectors is joined with
is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .diagram import aligned, shown_dims, shown_name
from .model import Model
from .shims.shim import Shim

__all__ = ["GraphNode", "Parameter", "graph", "memory", "tree"]

ARRIVES, ZERO, NONE = "arrives", "is zero", "does not arrive"
# Layers whose parts get the same input, by the file of their forward function.
BESIDE_EACH_OTHER = ("add", "concatenate", "tuplify")


@dataclass(frozen=True, slots=True)
class Parameter:
    """An array of weights of one node.

    shape       None while it is not made yet, and for a state of another framework that has no single shape
    n_values    numbers in it
    n_bytes     bytes that they take
    gradient    "arrives", "is zero", "does not arrive"; None where that cannot be asked
    """

    name: str
    shape: tuple[int, ...] | None
    n_values: int
    n_bytes: int
    gradient: str | None


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node as it is shown.

    index       its place in `Model.walk()`
    dims        `nI=3, nO=?`
    params      its own, not those of the nodes in it
    children    the nodes in it, in order
    beside      whether these get the same input, and do not follow each other
    again       whether this is another place of a node that was shown before; then without its children
    joined      what the node is joined with outside of this network, "" for most
    """

    index: int
    id: int
    name: str
    dims: str
    params: tuple[Parameter, ...]
    children: tuple[GraphNode, ...]
    beside: bool
    again: bool
    joined: str

    def walk(self) -> Iterator[GraphNode]:
        """This node and all below it, parents first; a node that stands in two places comes twice."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def all_params(self) -> list[Parameter]:
        """The parameters of this node and of all below it, each once."""
        return [param for node in self.walk() if not node.again for param in node.params]

    @property
    def n_values(self) -> int:
        """Numbers in all of these."""
        return sum(param.n_values for param in self.all_params)

    @property
    def n_bytes(self) -> int:
        """Bytes that they take."""
        return sum(param.n_bytes for param in self.all_params)

    @property
    def gradient(self) -> str:
        """What is said of the node's own parameters; of those that differ, that a gradient arrives."""
        if self.joined:
            return f"goes on to {self.joined}"
        found = {param.gradient for param in self.params}
        return next((word for word in (ARRIVES, ZERO, NONE) if word in found), "")


def graph(model: Model[Any, Any], *, joined: Mapping[int, str] = {}, gradients: bool = True) -> GraphNode:
    """The facts of a network.

    joined       id of a node → what it is joined with outside of the network
    gradients    whether to ask for them; without a pass forth and back they say nothing
    """
    places = {id(node): index for index, node in enumerate(model.walk())}
    return _fact(model, places, joined, gradients, set())


def _fact(
    node: Model[Any, Any], places: Mapping[int, int], joined: Mapping[int, str], gradients: bool, seen: set[int]
) -> GraphNode:
    again = id(node) in seen
    seen.add(id(node))
    children = () if again else tuple(_fact(child, places, joined, gradients, seen) for child in node.layers)
    params = (*_params(node), *(param for shim in node.shims for param in _params_of_shim(shim)))
    return GraphNode(
        index=places[id(node)],
        id=node.id,
        name=shown_name(node),
        dims=shown_dims(node),
        params=params if gradients else tuple(replace(param, gradient=None) for param in params),
        children=children,
        beside=node._func.__module__.rpartition(".")[2] in BESIDE_EACH_OTHER,
        again=again,
        joined=joined.get(node.id, ""),
    )


def _params(node: Model[Any, Any]) -> Iterator[Parameter]:
    for name in node.param_names:
        value = node.maybe_get_param(name)
        if value is None:
            yield Parameter(name, None, 0, 0, None)
            continue
        gradient = NONE
        if node.has_grad(name):
            gradient = ARRIVES if bool(node.ops.xp.any(node.get_grad(name))) else ZERO
        yield Parameter(name, tuple(value.shape), int(value.size), int(value.nbytes), gradient)


def _params_of_shim(shim: Shim) -> Iterator[Parameter]:
    """The parameters of a wrapped module, one by one where it tells them."""
    named = getattr(shim, "named_parameters", None)
    if named is None:
        yield Parameter(type(shim).__name__, None, 0, len(shim.to_bytes()), None)
        return
    for name, value in named():
        gradient = NONE if value.grad is None else ARRIVES if bool(value.grad.any()) else ZERO
        yield Parameter(name, tuple(value.shape), value.numel(), value.numel() * value.element_size(), gradient)


def tree(root: GraphNode) -> str:
    """The graph as lines: name with number, dims, parameters, how many numbers, how many bytes, gradient."""
    header = ("layer", "dims", "parameters", "numbers", "memory", "gradient")
    return aligned([header, *_rows(root, "", "")], right=(3, 4))


def _rows(node: GraphNode, first: str, rest: str) -> Iterator[tuple[str, ...]]:
    shapes = ", ".join(shown_param(param) for param in node.params)
    numbers, size = (f"{node.n_values:,}", memory(node.n_bytes)) if node.n_bytes else ("", "")
    if node.again:
        yield f"{first}{node.index} {node.name}", node.dims, "as above", "", "", ""
        return
    yield f"{first}{node.index} {node.name}", node.dims, shapes, numbers, size, node.gradient
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        yield from _rows(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "))


def shown_param(param: Parameter) -> str:
    """`W 3×4`; "?" for the shape of one that is not made yet."""
    if param.shape is None:
        return f"{param.name} {memory(param.n_bytes) if param.n_bytes else '?'}"
    return f"{param.name} {'×'.join(map(str, param.shape))}"


def memory(n_bytes: int) -> str:
    """`1.5 MB`: bytes in the unit that fits."""
    size = float(n_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
