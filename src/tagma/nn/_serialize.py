"""Model files: the MessagePack layout of `nn.md`, section 1.11, written and read with every length checked."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from ._model_files import deserialize_attr, serialize_attr
from .packing import decode

if TYPE_CHECKING:
    from .model import Model

_KEYS = ("nodes", "attrs", "params", "shims")

# Axes of the parameters, by the module of the layer. Layers that are not here, and those of users, are not checked.
_DENSE = {"W": ("nO", "nI"), "b": ("nO",)}
PARAM_SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("linear", "softmax", "multisoftmax", "relu", "mish", "swish", "gelu", "dish"), _DENSE),
    **dict.fromkeys(("hard_swish", "hard_swish_mobilenet", "clipped_linear", "sigmoid"), _DENSE),
    "hashembed": {"E": ("nV", "nO")},
    "layernorm": {"G": ("nI",), "b": ("nI",)},
    "maxout": {"W": ("nO", "nP", "nI"), "b": ("nO", "nP")},
}


def decode_model(data: Any) -> dict[str, Any]:
    """Read a model file and check its outline. Raises ValueError."""
    msg = decode(data, "the model data")
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


def model_to_dict(model: Model[Any, Any]) -> dict[str, Any]:
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
        msg["nodes"].append({"index": i, "name": node.name, "dims": dict(node._dims), "refs": refs})
        msg["attrs"].append(_attrs_as_bytes(node))
        msg["params"].append({name: node.maybe_get_param(name) for name in node.param_names})
        msg["shims"].append([shim.to_bytes() for shim in node.shims])
    return msg


def _attrs_as_bytes(node: Model[Any, Any]) -> dict[str, bytes]:
    """Those attributes of a node that can be saved."""
    saved = {}
    for name, value in node.attrs.items():
        with suppress(TypeError):
            saved[name] = serialize_attr(value, value, name, node)
    return saved


def model_from_dict(model: Model[Any, Any], msg: dict[str, Any]) -> None:
    """See `Model.from_dict`. The outline, dims and references are checked before anything is changed."""
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
    for node, info, attrs, params, shims in zip(nodes, *(msg[key] for key in _KEYS), strict=True):
        _load_structure(node, info, nodes)
        _load_attrs(node, attrs)
        _load_params(node, params)
        _load_shims(node, shims)


def _load_structure(node: Model[Any, Any], info: dict[str, Any], nodes: list[Model[Any, Any]]) -> None:
    """Name, dims and references."""
    node.name = info["name"]
    for dim, size in info["dims"].items():
        if size is not None:
            node.set_dim(dim, size)
    for ref, target in info["refs"].items():
        node.set_ref(ref, None if target is None else nodes[target])


def _load_attrs(node: Model[Any, Any], attrs: dict[str, bytes]) -> None:
    node.attrs.update({name: deserialize_attr(node.attrs.get(name), data, name, node) for name, data in attrs.items()})


def _load_params(node: Model[Any, Any], params: dict[str, Any]) -> None:
    """Copies on the node's device."""
    for name, value in params.items():
        node.set_param(name, None if value is None else node.ops.asarray(value).copy())


def _load_shims(node: Model[Any, Any], shims: list[Any]) -> None:
    """As many as both sides have."""
    for shim, data in zip(node.shims, shims, strict=False):
        shim.from_bytes(data)


def _check_node(node: Model[Any, Any], info: dict[str, Any], i: int, n: int) -> None:
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


def _check_shapes(node: Model[Any, Any], info: dict[str, Any], params: dict[str, Any], i: int) -> None:
    """Parameters of the layers whose kernels rely on it must have the shape that the saved dims say."""
    forward = getattr(node._func, "__module__", "")
    for name, dims in PARAM_SHAPES.get(forward.removeprefix("tagma.nn.layers."), {}).items():
        value = params.get(name)
        sizes = [info["dims"].get(dim) or node.maybe_get_dim(dim) for dim in dims]
        if value is not None and None not in sizes and list(value.shape) != sizes:
            raise ValueError(
                f"the saved model was altered: {name!r} of node {i} ({info['name']}) has the shape "
                f"{tuple(value.shape)}, but its dims say {tuple(sizes)}"
            )


def can_from_bytes(model: Model[Any, Any], data: Any, *, strict: bool) -> bool:
    """See `Model.can_from_bytes`."""
    try:
        msg = decode_model(data)
    except ValueError:
        return False
    return can_from_dict(model, msg, strict=strict)


def can_from_dict(model: Model[Any, Any], msg: Any, *, strict: bool) -> bool:
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
    node: Model[Any, Any],
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
