"""Models as dicts, bytes and files: in the MessagePack layout that thinc writes, read with every length checked."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from .backends import Ops
from .packing import decode, encode
from .shims.shim import Shim
from .types import FloatArray, Unserializable

_KEYS = ("nodes", "attrs", "params", "shims")


class Node(Protocol):
    """What saving and loading ask of a model; `model.Model` says what each does."""

    name: str
    ops: Ops

    @property
    def attrs(self) -> dict[str, Any]: ...
    @property
    def axes(self) -> dict[str, tuple[str | int, ...]]: ...
    @property
    def dim_names(self) -> tuple[str, ...]: ...
    @property
    def param_names(self) -> tuple[str, ...]: ...
    @property
    def ref_names(self) -> tuple[str, ...]: ...
    @property
    def shims(self) -> list[Shim]: ...
    def walk(self) -> Iterable[Self]: ...
    def has_dim(self, name: str) -> bool | None: ...
    def get_dim(self, name: str) -> int: ...
    def maybe_get_dim(self, name: str) -> int | None: ...
    def set_dim(self, name: str, value: int | None) -> None: ...
    def has_param(self, name: str) -> bool | None: ...
    def maybe_get_param(self, name: str) -> FloatArray | None: ...
    def set_param(self, name: str, value: FloatArray | None) -> None: ...
    def maybe_get_ref(self, name: str) -> Self | None: ...
    def set_ref(self, name: str, value: Self | None) -> None: ...


# -- Bytes and files


def to_bytes(model: Node) -> bytes:
    """See `Model.to_bytes`."""
    return encode(to_dict(model))


def from_bytes(model: Node, data: bytes) -> None:
    """See `Model.from_bytes`."""
    from_dict(model, decode_model(data))


def write(path: Path | str, data: bytes) -> None:
    """See `Model.to_disk`."""
    path = _as_path(path)
    if not isinstance(path, Path):
        with path.open("wb") as file_:
            file_.write(data)
        return
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def can_from_disk(model: Node, path: Path | str, *, strict: bool) -> bool:
    """See `Model.can_from_disk`."""
    try:
        data = read(path)
    except OSError:
        return False
    return can_from_bytes(model, data, strict=strict)


def read(path: Path | str) -> bytes:
    """The bytes of a file, which may be any object that can be opened."""
    with _as_path(path).open("rb") as file_:
        return file_.read()


def _as_path(path: Path | str) -> Path:
    """A text as a path; other objects that can be opened as they are."""
    return Path(path) if isinstance(path, str) else path


@contextmanager
def make_tempfile(mode: str = "r") -> Iterator[Any]:
    """An open temporary file that is removed afterwards, also on Windows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.touch()
        with path.open(mode) as file_:
            yield file_


# -- Attributes


@functools.singledispatch
def serialize_attr(_: Any, value: Any, name: str, model: Node) -> bytes:
    """An attribute's value as bytes; dispatches on the type of the value. Register your own types.

    Raises TypeError for what cannot be saved; such attributes are left out of the file.
    """
    return encode(value)


@serialize_attr.register(Unserializable)
def _serialize_unserializable(_: Any, value: Any, name: str, model: Node) -> bytes:
    raise TypeError(f"attribute {name!r} of {model.name} is marked as not to be saved")


@functools.singledispatch
def deserialize_attr(_: Any, value: Any, name: str, model: Node) -> Any:
    """The inverse of `serialize_attr`; dispatches on the type of the attribute's current value on the model."""
    return decode(value, f"attribute {name!r} of {model.name}")


# -- The layout


def decode_model(data: Any) -> dict[str, Any]:
    """Read a model file and check its outline. Raises ValueError."""
    msg: dict[str, Any] = decode(data, "the model data")
    _check_outline(msg)
    return msg


def _check_outline(msg: Any) -> None:
    if not isinstance(msg, dict) or "nodes" not in msg:
        raise ValueError("this is not a saved model: there is no map with the key 'nodes'")
    for key in _KEYS:
        if not isinstance(msg.get(key), list):
            raise ValueError(f"this is not a saved model, or it was altered: {key!r} is missing or not a list")
        if len(msg[key]) != len(msg["nodes"]):
            raise ValueError(
                f"the saved model was altered: it has {len(msg['nodes'])} nodes, but {len(msg[key])} entries in {key!r}"
            )
    for i, node in enumerate(msg["nodes"]):
        good = isinstance(node, dict) and isinstance(node.get("name"), str)
        if not good or not isinstance(node.get("dims"), dict) or not isinstance(node.get("refs"), dict):
            raise ValueError(f"the saved model was altered: node {i} lacks a name, dims or refs")
        for dim, value in node["dims"].items():
            if not isinstance(dim, str) or not isinstance(value, int | np.integer | None):
                raise ValueError(f"the saved model was altered: dim {dim!r} of node {i} ({node['name']}) is {value!r}")
    _check_entries(msg, "attrs", bytes)
    _check_entries(msg, "params", np.ndarray | np.generic | None)
    for i, shims in enumerate(msg["shims"]):
        if not isinstance(shims, list):
            raise ValueError(f"the saved model was altered: shims of node {i} ({msg['nodes'][i]['name']}) are no list")


def _check_entries(msg: dict[str, Any], key: str, kind: Any) -> None:
    for i, entry in enumerate(msg[key]):
        where = f"{key} of node {i} ({msg['nodes'][i]['name']})"
        if not isinstance(entry, dict):
            raise ValueError(f"the saved model was altered: {where} are no map, but {entry!r}")
        for name, value in entry.items():
            # Live arrays, which `to_dict` gives, may be on a device.
            if not isinstance(name, str) or not (isinstance(value, kind) or hasattr(value, "dtype")):
                raise ValueError(f"the saved model was altered: {name!r} in {where} is a {type(value).__name__}")


def to_dict(model: Node) -> dict[str, Any]:
    """See `Model.to_dict`. Raises ValueError for a reference out of the tree."""
    nodes = list(model.walk())
    index = {id(node): i for i, node in enumerate(nodes)}
    msg: dict[str, Any] = {key: [] for key in _KEYS}
    for i, node in enumerate(nodes):
        refs: dict[str, int | None] = {}
        for name in node.ref_names:
            target = node.maybe_get_ref(name)
            if target is not None and id(target) not in index:
                raise ValueError(
                    f"cannot save {model.name}: reference {name!r} of {node.name} points at {target.name}, "
                    "which is not in the tree"
                )
            refs[name] = None if target is None else index[id(target)]
        msg["nodes"].append(
            {
                "index": i,
                "name": node.name,
                "dims": {name: node.maybe_get_dim(name) for name in node.dim_names},
                "refs": refs,
            }
        )
        msg["attrs"].append(_attrs_as_bytes(node))
        msg["params"].append({name: node.maybe_get_param(name) for name in node.param_names})
        msg["shims"].append([shim.to_bytes() for shim in node.shims])
    return msg


def _attrs_as_bytes(node: Node) -> dict[str, bytes]:
    """Those attributes of a node that can be saved."""
    saved = {}
    for name, value in node.attrs.items():
        with suppress(TypeError):
            saved[name] = serialize_attr(value, value, name, node)
    return saved


def from_dict(model: Node, msg: dict[str, Any]) -> None:
    """See `Model.from_dict`. All is checked and decoded before anything is changed but wrapped modules, which load
    themselves, one after the other, and come first. Where one fails, those before it get back what they had."""
    _check_outline(msg)
    nodes = list(model.walk())
    saved = msg["nodes"]
    if len(saved) != len(nodes):
        raise ValueError(
            f"cannot load into {model.name}: it has {len(nodes)} nodes, but the saved model has {len(saved)} "
            f"(root: {saved[0]['name'] if saved else 'none'}). Build it with the settings it was saved with"
        )
    for i, (node, info) in enumerate(zip(nodes, saved, strict=True)):
        _check_node(node, info, i, len(nodes))
        _check_shapes(node, info, msg["params"][i], i)
    attrs = [_decoded_attrs(node, values) for node, values in zip(nodes, msg["attrs"], strict=True)]
    params = [_own_params(node, values) for node, values in zip(nodes, msg["params"], strict=True)]
    _load_shims(nodes, msg["shims"])
    for i, (node, info) in enumerate(zip(nodes, saved, strict=True)):
        _load_structure(node, info, nodes)
        node.attrs.update(attrs[i])
        for name, value in params[i].items():
            node.set_param(name, value)


def _load_structure(node: Node, info: dict[str, Any], nodes: list[Node]) -> None:
    """Name, dims and references."""
    node.name = info["name"]
    for dim, size in info["dims"].items():
        if size is not None:
            node.set_dim(dim, size)
    for ref, target in info["refs"].items():
        node.set_ref(ref, None if target is None else nodes[target])


def _decoded_attrs(node: Node, attrs: dict[str, bytes]) -> dict[str, Any]:
    return {name: deserialize_attr(node.attrs.get(name), data, name, node) for name, data in attrs.items()}


def _own_params(node: Node, params: dict[str, Any]) -> dict[str, Any]:
    """Copies on the node's device."""
    return {name: None if value is None else node.ops.asarray(value).copy() for name, value in params.items()}


def _load_shims(nodes: list[Node], saved: list[list[Any]]) -> None:
    """Of each node as many as both sides have."""
    pairs = [pair for node, data in zip(nodes, saved, strict=True) for pair in zip(node.shims, data, strict=False)]
    loaded: list[Callable[[], None]] = []
    try:
        for i, (shim, data) in enumerate(pairs):
            if i + 1 < len(pairs):  # after the last one nothing can fail
                loaded.append(shim.remember())
            shim.from_bytes(data)
    except BaseException:
        for bring_back in reversed(loaded):
            bring_back()
        raise


def _check_node(node: Node, info: dict[str, Any], i: int, n: int) -> None:
    where = f"node {i} ({node.name}, saved as {info['name']})"
    for name, value in info["dims"].items():
        if value is None:
            continue
        known = node.has_dim(name)
        if known is False:
            raise KeyError(f"{where} has no dimension {name!r}, but the saved model has; it has {list(node.dim_names)}")
        if known and node.get_dim(name) != value:
            raise ValueError(
                f"cannot load {where}: {name} is {node.get_dim(name)}, but {value} in the saved model. "
                "Build the model with the settings it was saved with"
            )
    for name, target in info["refs"].items():
        if target is not None and not (isinstance(target, int) and 0 <= target < n):
            raise ValueError(f"the saved model was altered: reference {name!r} of {where} points at node {target!r}")


def _check_shapes(node: Node, info: dict[str, Any], params: dict[str, Any], i: int) -> None:
    """Parameters must have the shape that the saved dims say, for kernels rely on it."""
    for name, dims in node.axes.items():
        value = params.get(name)
        sizes = [dim if isinstance(dim, int) else info["dims"].get(dim) or node.maybe_get_dim(dim) for dim in dims]
        if value is not None and None not in sizes and list(value.shape) != sizes:
            raise ValueError(
                f"the saved model was altered: {name!r} of node {i} ({info['name']}) has the shape "
                f"{tuple(value.shape)}, but its dims say {tuple(sizes)}"
            )


def can_from_bytes(model: Node, data: Any, *, strict: bool) -> bool:
    """See `Model.can_from_bytes`."""
    try:
        msg = decode_model(data)
    except ValueError:
        return False
    return can_from_dict(model, msg, strict=strict)


def can_from_dict(model: Node, msg: Any, *, strict: bool) -> bool:
    """See `Model.can_from_dict`."""
    try:
        _check_outline(msg)
    except ValueError:
        return False
    nodes = list(model.walk())
    if len(msg["nodes"]) != len(nodes):
        return False
    return all(
        _node_fits(node, *parts, strict=strict)
        for node, *parts in zip(nodes, *(msg[key] for key in _KEYS), strict=True)
    )


def _node_fits(
    node: Node,
    info: dict[str, Any],
    attrs: dict[str, Any],
    params: dict[str, Any],
    shims: list[Any],
    *,
    strict: bool,
) -> bool:
    if len(shims) != len(node.shims):
        return False
    if strict:
        own = _attrs_as_bytes(node)
        if info["name"] != node.name or any(own.get(name, data) != data for name, data in attrs.items()):
            return False
    return all(
        node.has_dim(name) is not False and node.maybe_get_dim(name) in (None, size)
        for name, size in info["dims"].items()
    ) and all(
        node.has_param(name) is not False and _shapes_agree(node.maybe_get_param(name), value)
        for name, value in params.items()
    )


def _shapes_agree(own: Any, saved: Any) -> bool:
    return own is None or saved is None or own.shape == saved.shape
