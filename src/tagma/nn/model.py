"""Model: one node of a tree of layers, with its dims, parameters, gradients, references, attributes and children.

A layer is an instance of `Model` made by a factory. `forward(model, X, is_train) -> (Y, backprop)` computes,
`init(model, X, Y)` sets dims and makes parameters; both are plain functions. The class is whole in this file; what
walking and copying are made of stands below it, saving and loading in `model_files`.
"""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeAlias, TypeVar, overload

from . import model_files
from .arrays import get_width
from .backends import Ops, ParamServer, get_current_ops, get_ops
from .devices import set_active_gpu
from .errors import DimensionError, require_size
from .model_files import deserialize_attr, serialize_attr
from .shims.shim import Shim, update_params
from .types import FloatArray, Floats2d, FloatsXdT, Ragged
from .validation import DATA_VALIDATION, validate_fwd_input_output

InT = TypeVar("InT")
OutT = TypeVar("OutT")
ModelT = TypeVar("ModelT", bound="Model[Any, Any]")
NextT = TypeVar("NextT")
ItemT = TypeVar("ItemT")
RowsT = TypeVar("RowsT", Floats2d, Ragged)
BatchT = TypeVar("BatchT")
InT_contra = TypeVar("InT_contra", contravariant=True)
OutT_co = TypeVar("OutT_co", covariant=True)

__all__ = [
    "Backprop",
    "FloatsModel",
    "InT",
    "JoinModel",
    "Link",
    "Model",
    "ModelT",
    "OutT",
    "RowsModel",
    "SameModel",
    "change_attr_values",
    "deserialize_attr",
    "empty_init",
    "serialize_attr",
    "set_dropout_rate",
    "wrap_model_recursive",
]

Backprop = Callable[[Any], Any]
ParamKey = tuple[int, str]
"""(node id, name of the parameter)"""
Operator: TypeAlias = "Callable[[Model[Any, Any], object], Any]"


def empty_init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialization of a layer that has nothing to initialize."""


def _operator(symbol: str) -> Operator:
    """The method behind an operator, which means what `Model.define_operators` says in this context."""

    def apply(self: Model[Any, Any], other: object) -> Any:
        function = self._context_operators.get({}).get(symbol)
        if function is None:
            raise TypeError(
                f"operator {symbol} is not defined for models here: use it within "
                f"Model.define_operators({{{symbol!r}: chain}})"
            )
        return function(self, other)

    return apply


# What a layer asks its input for, by the kind of input that has it.
ASKED_OF = dict.fromkeys(("astype", "dtype", "max", "mean", "ndim", "reshape", "shape", "size", "sum", "T"), "an array")
ASKED_OF |= dict.fromkeys(("dataXd", "lengths", "rows"), "a Ragged")
ASKED_OF |= dict.fromkeys(("data", "indices", "size_at_t"), "a Padded")


class Model(Generic[InT, OutT]):
    """A node of a network.

    name       not unique; part of the saved layout
    forward    (model, X, is_train) -> (Y, backprop); called with `is_train` by keyword
    init       (model, X=None, Y=None)
    dims       name → int, or None while unknown
    params     name → array, or None while unset
    axes       name of a parameter → its axes in order, dims or lengths; parameters from files are held to it
    layers     children; the same child may occur several times
    shims      wrapped models of other frameworks
    attrs      name → anything; saved if it can be
    refs       name → node of the tree, or None
    ops        backend; default: the current one
    """

    global_id: ClassVar[int] = 0
    global_id_lock: ClassVar[threading.Lock] = threading.Lock()
    _context_operators: ClassVar[ContextVar[dict[str, Callable[..., Any]]]] = ContextVar("context_operators")

    __slots__ = (
        "__weakref__",
        "_attrs",
        "_axes",
        "_dims",
        "_func",
        "_has_params",
        "_layers",
        "_params",
        "_refs",
        "_shims",
        "id",
        "init",
        "name",
        "ops",
    )

    name: str
    ops: Ops
    id: int
    init: Callable[..., Any] | None
    _func: Callable[..., tuple[OutT, Backprop]]

    def __init__(
        self,
        name: str,
        forward: Callable[..., tuple[OutT, Backprop]],
        *,
        init: Callable[..., Any] | None = None,
        dims: dict[str, int | None] = {},  # noqa: B006 - copied, never changed
        params: dict[str, FloatArray | None] = {},  # noqa: B006
        layers: Sequence[Model[Any, Any]] = (),
        shims: Sequence[Shim] = (),
        attrs: dict[str, Any] = {},  # noqa: B006
        refs: dict[str, Model[Any, Any] | None] = {},  # noqa: B006
        ops: Ops | None = None,
        axes: dict[str, tuple[str | int, ...]] = {},  # noqa: B006
    ) -> None:
        for dim, size in dims.items():
            require_size(name, dim, size)
        with Model.global_id_lock:
            Model.global_id += 1
            self.id = Model.global_id
        self.name = name
        self.ops = get_current_ops() if ops is None else ops
        self._func = forward
        self.init = empty_init if init is None else init
        self._layers, self._shims = list(layers), list(shims)
        self._dims, self._attrs, self._refs, self._axes = dict(dims), dict(attrs), dict(refs), dict(axes)
        self._params = ParamServer()
        self._has_params: dict[str, bool | None] = {}
        for param_name, value in params.items():
            self.set_param(param_name, value)

    def __repr__(self) -> str:
        dims = ", ".join(f"{key}={value}" for key, value in self._dims.items())
        return f"<Model {self.name} ({dims})>" if dims else f"<Model {self.name}>"

    # -- Properties

    @property
    def layers(self) -> list[Model[Any, Any]]:
        """The children, a list that may be changed in place."""
        return self._layers

    @property
    def shims(self) -> list[Shim]:
        """The wrapped models, a list that may be changed in place."""
        return self._shims

    @property
    def attrs(self) -> dict[str, Any]:
        """Settings, a dict that may be changed in place."""
        return self._attrs

    @property
    def param_names(self) -> tuple[str, ...]:
        """Names of all registered parameters, also of unset ones."""
        return tuple(self._has_params)

    @property
    def grad_names(self) -> tuple[str, ...]:
        """Names of the parameters that have a gradient."""
        return tuple(name for name in self._has_params if self.has_grad(name))

    @property
    def dim_names(self) -> tuple[str, ...]:
        """Names of all registered dims, also of unset ones."""
        return tuple(self._dims)

    @property
    def axes(self) -> dict[str, tuple[str | int, ...]]:
        """Name of a parameter → its axes, as names of dims or as lengths, for those of which they are known."""
        return self._axes

    @property
    def ref_names(self) -> tuple[str, ...]:
        """Names of all registered references, also of unset ones."""
        return tuple(self._refs)

    # -- Calling

    def __call__(self, X: InT, is_train: bool) -> tuple[OutT, Backprop]:
        """Run forward: (Y, backprop). `backprop(dY)` returns dX and adds to the gradients of the parameters."""
        try:
            return self._func(self, X, is_train=is_train)
        except (ValueError, AttributeError, TypeError) as error:
            _raise_with_path(self, X, error)
            raise

    def begin_update(self, X: InT) -> tuple[OutT, Backprop]:
        """Run forward for training: (Y, backprop)."""
        try:
            return self._func(self, X, is_train=True)
        except (ValueError, AttributeError, TypeError) as error:
            _raise_with_path(self, X, error)
            raise

    def predict(self, X: InT) -> OutT:
        """Run forward, not for training, and return the output alone."""
        try:
            return self._func(self, X, is_train=False)[0]
        except (ValueError, AttributeError, TypeError) as error:
            _raise_with_path(self, X, error)
            raise

    def initialize(self, X: InT | None = None, Y: OutT | None = None) -> Self:
        """Infer missing dims from samples of input and output, and make the parameters (anew, if called again)."""
        if DATA_VALIDATION.get():
            validate_fwd_input_output(self.name, self._func, X, Y)
        if self.init is not None:
            try:
                self.init(self, X=X, Y=Y)
            except DimensionError as error:
                if error.path[0] != self.name or len(error.path) > 1:
                    error.path.insert(0, self.name)
                error.came_through(self)
                raise
        return self

    # -- Dimensions

    def has_dim(self, name: str) -> bool | None:
        """False if unknown, None if unset, True if set."""
        if name not in self._dims:
            return False
        return None if self._dims[name] is None else True

    def get_dim(self, name: str) -> int:
        """Raises KeyError if unknown, ValueError if unset."""
        if name not in self._dims:
            raise KeyError(f"{self.name} has no dimension {name!r}; it has {list(self._dims)}")
        value = self._dims[name]
        if value is None:
            raise DimensionError(
                self.name,
                f"dimension {name!r} is not set",
                "Give it to the layer, or initialize with sample data",
                mark=f"{name} is not known",
            )
        return value

    def maybe_get_dim(self, name: str) -> int | None:
        """The dimension, or None if unknown or unset."""
        return self._dims.get(name)

    def set_dim(self, name: str, value: int | None, *, force: bool = False) -> None:
        """Set an unset dimension. Raises KeyError if unknown, ValueError if it is set to another value.

        force    allow another value, as long as no parameter is set
        """
        if name not in self._dims:
            raise KeyError(f"{self.name} has no dimension {name!r}; it has {list(self._dims)}")
        old = self._dims[name]
        if old != value:
            require_size(self.name, name, value)
        if old is not None and old != value:
            has_params = any(self._has_params.values())
            if has_params and force:
                raise DimensionError(
                    self.name,
                    f"{name} is {old} and cannot become {value} while parameters are set",
                    "Build the layer anew, or unset its parameters first",
                )
            if not force:
                raise DimensionError(
                    self.name,
                    f"{name} is {old}, but the data has width {value}",
                    f"Build the layer with {name}={value}, or leave {name} out to have it inferred",
                    mark=f"{name} is {old}",
                    given=f"gives {value}" if name == "nI" else "",
                )
        self._dims[name] = value

    # -- Parameters and gradients

    def has_param(self, name: str) -> bool | None:
        """False if unknown, None if unset, True if set."""
        return self._has_params.get(name, False)

    def get_param(self, name: str) -> FloatArray:
        """Raises KeyError if unknown or not allocated."""
        store = self._params
        if store.proxy is None:
            value = store.find_param(self.id, name)
            if value is not None:
                return value
        elif self._has_params.get(name):
            return store.get_param(self.id, name)
        if name not in self._has_params:
            raise KeyError(f"{self.name} has no parameter {name!r}; it has {list(self._has_params)}")
        raise KeyError(f"parameter {name!r} of {self.name} is not allocated: call model.initialize() first")

    def maybe_get_param(self, name: str) -> FloatArray | None:
        """The parameter, or None if unknown or unset."""
        return self.get_param(name) if self._has_params.get(name) else None

    def set_param(self, name: str, value: FloatArray | None) -> None:
        """Store an array as it is, registering unknown names; None unsets."""
        if value is None:
            self._has_params[name] = None
            self._params.unset_param(self.id, name)
        else:
            self._params.set_param(self.id, name, value)
            self._has_params[name] = True

    def has_grad(self, name: str) -> bool:
        """Whether there is a gradient of that name."""
        return self._params.has_grad(self.id, name)

    def get_grad(self, name: str) -> FloatArray:
        """Raises KeyError if there is none."""
        if not self.has_grad(name):
            raise KeyError(f"{self.name} has no gradient {name!r}: run backprop first")
        return self._params.get_grad(self.id, name)

    def maybe_get_grad(self, name: str) -> FloatArray | None:
        """The gradient, or None."""
        return self._params.find_grad(self.id, name)

    def set_grad(self, name: str, value: FloatArray) -> None:
        """Store a gradient as it is."""
        self._params.set_grad(self.id, name, value)

    def inc_grad(self, name: str, value: FloatArray) -> None:
        """Add to a gradient in place; the first value is copied. Raises ValueError if shapes do not fit."""
        self._params.inc_grad(self.id, name, value)

    def get_gradients(self) -> dict[ParamKey, tuple[FloatArray, FloatArray]]:
        """(node id, name) → (parameter, gradient) for the whole tree."""
        return {
            (node.id, name): (node.get_param(name), node.get_grad(name))
            for node in self.walk()
            for name in node.grad_names
        }

    # -- References

    def has_ref(self, name: str) -> bool | None:
        """False if unknown, None if unset, True if set."""
        if name not in self._refs:
            return False
        return None if self._refs[name] is None else True

    def get_ref(self, name: str) -> Model[Any, Any]:
        """Raises KeyError if unknown, ValueError if unset."""
        if name not in self._refs:
            raise KeyError(f"{self.name} has no reference {name!r}; it has {list(self._refs)}")
        value = self._refs[name]
        if value is None:
            raise ValueError(f"reference {name!r} of {self.name} is not set: use model.set_ref({name!r}, node)")
        return value

    def maybe_get_ref(self, name: str) -> Model[Any, Any] | None:
        """The node, or None if unknown or unset."""
        return self._refs.get(name)

    def set_ref(self, name: str, value: Model[Any, Any] | None) -> None:
        """Point at a node of this tree, or at nothing. Raises ValueError for a node outside the tree."""
        if value is not None and all(node is not value for node in self.walk()):
            raise ValueError(
                f"cannot set reference {name!r} of {self.name} to {value.name}: that node is not in the tree below "
                f"{self.name}; add it to the layers first"
            )
        self._refs[name] = value

    # -- The tree

    def walk(self, *, order: str = "bfs") -> Iterable[Model[Any, Any]]:
        """All nodes, each once: "bfs" by levels, "dfs_pre" parents first, "dfs_post" children first.

        Raises ValueError for another order.
        """
        match order:
            case "bfs":
                return _walk_bfs(self)
            case "dfs_pre" | "dfs_post":
                return _walk_dfs(self, post=order == "dfs_post")
        raise ValueError(f"unknown order {order!r}: 'bfs' goes by levels, 'dfs_pre' and 'dfs_post' go deep first")

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

    def replace_callbacks(self, forward: Callable[..., Any], *, init: Callable[..., Any] | None = None) -> None:
        """Give the node another forward and init; with init None it is no longer initialized."""
        self._func = forward
        self.init = init

    def copy(self) -> Self:
        """A deep copy with new ids: parameters, gradients, attributes and shims are its own.

        Children, shims and references that are shared in the original are shared in the copy.
        """
        copies: dict[int, Model[Any, Any]] = {}
        twin: Self = _copy_node(self, copies, {})
        for node in self.walk():
            for name, value in node._refs.items():
                # A reference out of the tree stays a reference to the same node.
                copies[id(node)]._refs[name] = None if value is None else copies.get(id(value), value)
        return twin

    def _own_state(self) -> dict[str, Any]:
        """What a subclass has in a node beside the model's own attributes, for copies and pickling."""
        return dict(getattr(self, "__dict__", {}))

    def __getstate__(self) -> dict[str, Any]:
        left_out = ("__weakref__", "_params")
        state = {slot: getattr(self, slot) for slot in Model.__slots__ if slot not in left_out}
        state.update(self._own_state())
        state["params"] = self._params._params
        state["grads"] = self._params._grads
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._params = ParamServer(state.pop("params"), state.pop("grads"))
        for slot, value in state.items():
            setattr(self, slot, value)

    # -- Training

    def finish_update(self, optimizer: Callable[..., tuple[FloatArray, FloatArray]]) -> None:
        """Update shims, then every parameter that has a gradient: `optimizer((node id, name), param, grad)`, or
        all of them by `optimizer.update_many`, if it has that."""
        nodes = list(self.walk())
        for shim in _shims_of(nodes):
            shim.finish_update(optimizer)
        found = [(node, name) for node in nodes for name in node._has_params if node.has_grad(name)]
        params = [((node.id, name), node.get_param(name), node.get_grad(name)) for node, name in found]
        updated = update_params(optimizer, params)
        for (node, name), (param, _) in zip(found, updated, strict=True):
            node.set_param(name, param)

    @contextmanager
    def use_params(self, params: dict[ParamKey, FloatArray]) -> Iterator[None]:
        """Use other parameters, keyed (node id, name), within a `with` block. The old ones always come back."""
        backup: list[tuple[Model[Any, Any], str, FloatArray | None]] = []
        try:
            with ExitStack() as stack:
                for node in list(self.walk()):
                    for name in node.param_names:
                        key = (node.id, name)
                        if key in params:
                            backup.append((node, name, node.maybe_get_param(name)))
                            node.set_param(name, params[key])
                for shim in _shims_of(self.walk()):
                    stack.enter_context(shim.use_params(params))
                yield
        finally:
            for node, name, value in backup:
                node._restore_param(name, value)

    def _restore_param(self, name: str, value: FloatArray | None) -> None:
        # Not set_param(name, None), which would drop the gradient too.
        if value is None:
            self._params.forget_param(self.id, name)
            self._has_params[name] = None
        else:
            self.set_param(name, value)

    def to_cpu(self) -> None:
        """Move the tree to the CPU."""
        self._to_ops(get_ops("numpy"))

    def to_gpu(self, gpu_id: int) -> None:
        """Move the tree to a GPU. Raises ValueError without CuPy."""
        ops = get_ops("cupy", device_id=gpu_id)
        with set_active_gpu(gpu_id):
            self._to_ops(ops)

    def _to_ops(self, ops: Ops) -> None:
        for node in self.walk():
            node.ops = ops
            node._params.to_ops(ops)
        for shim in _shims_of(self.walk()):
            shim.to_device(ops.device_type, ops.device_id)

    # -- Files

    def to_dict(self) -> dict[str, Any]:
        """Nodes, attributes, parameters and shims of the tree, by level. Arrays are the live ones."""
        return model_files.to_dict(self)

    def from_dict(self, msg: dict[str, Any]) -> Self:
        """Load what `to_dict` made into a tree of the same structure.

        Raises ValueError if the structure differs or a dim conflicts, KeyError for an unknown dim.
        """
        model_files.from_dict(self, msg)
        return self

    def can_from_dict(self, msg: dict[str, Any], *, strict: bool = True) -> bool:
        """Whether `from_dict` would fit. `strict` also compares names and attributes."""
        return model_files.can_from_dict(self, msg, strict=strict)

    def to_bytes(self) -> bytes:
        """The tree as one MessagePack document, arrays little-endian."""
        return model_files.to_bytes(self)

    def from_bytes(self, bytes_data: bytes) -> Self:
        """Load what `to_bytes` made. Raises ValueError if the bytes are truncated or altered, saying what is wrong."""
        model_files.from_bytes(self, bytes_data)
        return self

    def can_from_bytes(self, bytes_data: bytes, *, strict: bool = True) -> bool:
        """Whether `from_bytes` would fit; False for unreadable bytes."""
        return model_files.can_from_bytes(self, bytes_data, strict=strict)

    def to_disk(self, path: Path | str) -> None:
        """Write `to_bytes` to one file; beside it first, then renamed, so that no half-written file is left."""
        model_files.write(path, self.to_bytes())

    def from_disk(self, path: Path | str) -> Self:
        """Load what `to_disk` wrote."""
        return self.from_bytes(model_files.read(path))

    def can_from_disk(self, path: Path | str, *, strict: bool = True) -> bool:
        """Whether `from_disk` would fit; False for a missing file or a directory."""
        return model_files.can_from_disk(self, path, strict=strict)

    # -- Operators

    @classmethod
    @contextmanager
    def define_operators(cls, operators: dict[str, Callable[..., Any]]) -> Iterator[None]:
        """Bind operators (such as ">>") to functions of two models within a `with` block, for this context only."""
        token = cls._context_operators.set(dict(operators))
        try:
            yield
        finally:
            cls._context_operators.reset(token)

    __add__: ClassVar[Operator] = _operator("+")
    __sub__: ClassVar[Operator] = _operator("-")
    __mul__: ClassVar[Operator] = _operator("*")
    __matmul__: ClassVar[Operator] = _operator("@")
    __truediv__: ClassVar[Operator] = _operator("/")
    __floordiv__: ClassVar[Operator] = _operator("//")
    __mod__: ClassVar[Operator] = _operator("%")
    __pow__: ClassVar[Operator] = _operator("**")
    __lshift__: ClassVar[Operator] = _operator("<<")
    if TYPE_CHECKING:  # what `>>` is bound to where it is used: `chain`

        def __rshift__(self, other: Link[OutT, NextT]) -> Model[InT, NextT]: ...
    else:
        __rshift__ = _operator(">>")
    __and__: ClassVar[Operator] = _operator("&")
    __xor__: ClassVar[Operator] = _operator("^")
    __or__: ClassVar[Operator] = _operator("|")


# -- For type checkers


class Link(Protocol[InT_contra, OutT_co]):
    """A layer that stands behind another one, as `chain` sees it: it takes what that one gives, or more than that."""

    def begin_update(self, X: InT_contra, /) -> tuple[OutT_co, Backprop]:
        """Run forward for training."""


if TYPE_CHECKING:
    # Layers that take several kinds of batches. There is one class of layers; these tell a type checker which of the
    # kinds they give for the one that they get. At the beginning of a chain that is not known, so they are open there.

    class SameModel(Model[Any, Any]):
        """Gives the kind of batch that it takes."""

        def begin_update(self, X: BatchT) -> tuple[BatchT, Backprop]: ...
        def predict(self, X: BatchT) -> BatchT: ...
        @overload
        def __rshift__(self, other: SameModel) -> SameModel: ...
        @overload
        def __rshift__(self, other: Link[Any, NextT]) -> Model[Any, NextT]: ...
        def __rshift__(self, other: Any) -> Any: ...

    class RowsModel(Model[Any, Any]):
        """Gives rows for rows, a Ragged for a Ragged."""

        def begin_update(self, X: RowsT) -> tuple[RowsT, Backprop]: ...
        def predict(self, X: RowsT) -> RowsT: ...

    class FloatsModel(Model[Any, Any]):
        """Gives arrays of the rank of those that it takes."""

        def begin_update(self, X: FloatsXdT) -> tuple[FloatsXdT, Backprop]: ...
        def predict(self, X: FloatsXdT) -> FloatsXdT: ...

    class JoinModel(Model[list[Any], Any]):
        """Gives one of what it takes a list of."""

        def begin_update(self, X: list[ItemT]) -> tuple[ItemT, Backprop]: ...
        def predict(self, X: list[ItemT]) -> ItemT: ...
else:
    SameModel = RowsModel = FloatsModel = JoinModel = Model


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


def _walk_bfs(root: Model[Any, Any]) -> Iterator[Model[Any, Any]]:
    queue: deque[Model[Any, Any]] = deque([root])
    seen: set[int] = set()
    while queue:
        node = queue.popleft()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            queue.extend(node._layers)


def _walk_dfs(root: Model[Any, Any], *, post: bool) -> Iterator[Model[Any, Any]]:
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


def _asked(model: Model[Any, Any], X: Any, error: AttributeError) -> str:
    """The kind of input that a node took X for, "" if the error is another one."""
    asked = ASKED_OF.get(str(error.name), "")
    if error.obj is X or not asked:
        return asked
    # an item of X was asked
    return "" if model._layers or isinstance(X, list | tuple) else "a list of arrays"


def _wrong_kind(model: Model[Any, Any], X: Any, asked: str) -> DimensionError:
    """That a layer was given another kind of input than it takes."""
    is_list = isinstance(X, list | tuple)
    advice = f"Give it {asked}"
    if asked == "an array" and is_list:
        advice += ", such as numpy.vstack(items), or wrap the layer in with_array, which runs it on lists"
    elif asked == "a Ragged" and is_list:
        advice += ", or chain list2ragged before it"
    given = "None" if X is None else f"a {type(X).__name__}{f' of {len(X)}' if is_list else ''}"
    return DimensionError(model.name, f"it takes {asked}, but got {given}", advice)


def _shims_of(nodes: Iterable[Model[Any, Any]]) -> list[Shim]:
    """The shims of nodes, each once, also if several nodes share it."""
    return list({id(shim): shim for node in nodes for shim in node._shims}.values())


def _copy_node(node: ModelT, copies: dict[int, Model[Any, Any]], shims: dict[int, Shim]) -> ModelT:
    """A copy of a node and the nodes below it, whose references are still those of the original.

    copies, shims    what was copied so far, by the id of the original; added to
    """
    if id(node) in copies:
        return copies[id(node)]  # type: ignore[return-value]  # the copy of a node has its type
    for shim in node._shims:
        if id(shim) not in shims:
            shims[id(shim)] = shim.copy()
    twin = type(node).__new__(type(node))
    Model.__init__(
        twin,
        node.name,
        node._func,
        dims=copy.deepcopy(node._dims),
        params={name: copy.deepcopy(node.maybe_get_param(name)) for name in node._has_params},
        layers=[_copy_node(layer, copies, shims) for layer in node._layers],
        shims=[shims[id(shim)] for shim in node._shims],
        attrs=copy.deepcopy(node._attrs),
        refs=dict(node._refs),
        ops=node.ops,
        axes=node._axes,
    )
    twin.init = node.init
    for name in node.grad_names:
        twin.set_grad(name, node.get_grad(name).copy())
    for name, value in node._own_state().items():
        setattr(twin, name, value)
    copies[id(node)] = twin
    return twin


def _raise_with_path(model: Model[Any, Any], X: Any, error: ValueError | AttributeError | TypeError) -> None:
    """Say where in the tree a run failed, if it failed because of a width or of what X is; else return."""
    if isinstance(error, DimensionError):
        error.path.insert(0, model.name)
        error.came_through(model)
        return
    if not isinstance(error, ValueError):
        asked = _asked(model, X, error) if isinstance(error, AttributeError) else ""
        if asked or X is None:
            raise _wrong_kind(model, X, asked or "a batch") from error
        return
    if model._layers:
        return
    expected = model._dims.get("nI")
    if expected is None:
        return
    try:
        width = get_width(X)
    except (ValueError, TypeError):
        return
    if width == expected:
        return
    misfit = DimensionError(
        model.name,
        f"nI is {expected}, but got input of width {width}",
        f"Give this layer input of width {expected}, or build it with nI={width}",
        mark=f"nI is {expected}",
        given=f"gives {width}",
    )
    misfit.came_through(model)
    raise misfit from error
