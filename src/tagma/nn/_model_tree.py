"""The tree of nodes: walking through it, and changing all of its nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from .model import Model

ModelT = TypeVar("ModelT", bound="Model[Any, Any]")


class ModelTree:
    """What `Model` has for the tree below it."""

    __slots__ = ()

    @property
    def _root(self) -> Model[Any, Any]:
        return cast("Model[Any, Any]", self)

    def walk(self, *, order: str = "bfs") -> Iterable[Model[Any, Any]]:
        """All nodes, each once: "bfs" by levels, "dfs_pre" parents first, "dfs_post" children first.

        Raises ValueError for another order.
        """
        match order:
            case "bfs":
                return self._walk_bfs()
            case "dfs_pre" | "dfs_post":
                return self._walk_dfs(post=order == "dfs_post")
        raise ValueError(f"unknown order {order!r}: 'bfs' goes by levels, 'dfs_pre' and 'dfs_post' go deep first")

    def _walk_bfs(self) -> Iterator[Model[Any, Any]]:
        queue: deque[Model[Any, Any]] = deque([self._root])
        seen: set[int] = set()
        while queue:
            node = queue.popleft()
            if id(node) not in seen:
                seen.add(id(node))
                yield node
                queue.extend(node._layers)

    def _walk_dfs(self, post: bool) -> Iterator[Model[Any, Any]]:
        root = self._root
        seen = {id(root)}
        stack = [(root, iter(root._layers))]
        if not post:
            yield root
        while stack:
            node, children = stack[-1]
            for child in children:
                if id(child) not in seen:
                    seen.add(id(child))
                    if not post:
                        yield child
                    stack.append((child, iter(child._layers)))
                    break
            else:
                stack.pop()
                if post:
                    yield node

    def remove_node(self, node: Model[Any, Any]) -> None:
        """Remove every occurrence of `node` from the tree; references to what is gone become None."""
        for child in list(self.walk()):
            child._layers[:] = [layer for layer in child._layers if layer is not node]
        tree = list(self.walk())
        inside = {id(child) for child in tree}
        for child in tree:
            for name, value in child._refs.items():
                if value is not None and id(value) not in inside:
                    child._refs[name] = None

    def replace_node(self, old: Model[Any, Any], new: Model[Any, Any]) -> bool:
        """Put `new` in the place of `old`, in layers and references. True if `old` was in the tree.

        The node itself cannot be replaced; `new` may contain `old`.
        """
        nodes = list(self.walk())

        def exchanged(target: Model[Any, Any] | None) -> Any:
            return new if target is old else target

        for node in nodes:
            if node is not old:  # whose references to itself stay
                node._layers[:] = map(exchanged, node._layers)
                node._refs.update({name: exchanged(target) for name, target in node._refs.items()})
        return any(node is old for node in nodes)


def change_attr_values(model: ModelT, mapping: dict[str, dict[str, Any]]) -> ModelT:
    """Set attributes by node name: {node name: {attr: value}}. Attributes a node does not have are ignored."""
    for node in model.walk():
        for attr, value in mapping.get(node.name, {}).items():
            if attr in node.attrs:
                node.attrs[attr] = value
    return model


def set_dropout_rate(model: ModelT, drop: float, attrs: Sequence[str] = ("dropout_rate",)) -> ModelT:
    """Set the dropout rate of every node that has one."""
    for node, attr in product(model.walk(), attrs):
        if attr in node.attrs:
            node.attrs[attr] = drop
    return model


def wrap_model_recursive(model: Model[Any, Any], wrapper: Callable[[Model[Any, Any]], ModelT]) -> ModelT:
    """Replace every node of the tree by `wrapper(node)`, and return the wrapped root."""
    _, *inner = model.walk()
    for node in inner:
        model.replace_node(node, wrapper(node))
    wrapped = wrapper(model)
    model.replace_node(model, wrapped)  # in the references of the others
    return wrapped
