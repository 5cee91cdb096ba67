"""Components that listen to a shared network: whether it is there; giving them a network of their own instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.nn import Model
from tagma.nn.config import suggest
from tagma.ty import Listens, Named, SharesVectors, nodes_of
from tagma.util.dotted import dot_to_object, set_dot_to_object

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["check_upstreams", "link", "replace_listeners", "unheard"]


def link(running: Sequence[tuple[str, Any]]) -> None:
    """Tell components their names, and each one that shares vectors which of the later ones listen to it."""
    for name, proc in running:
        if isinstance(proc, Named):
            proc.name = name
        if isinstance(proc, SharesVectors):
            proc.listener_map = {}
    for i, (_, proc) in enumerate(running):
        if isinstance(proc, SharesVectors):
            for _, later in running[i + 1 :]:
                proc.find_listeners(later)


def unheard(running: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    """(component, upstream) of the listeners to which no component that runs before them hands its vectors."""
    served = {
        id(node)
        for _, proc in running
        if isinstance(proc, SharesVectors)
        for nodes in proc.listener_map.values()
        for node in nodes
    }
    return [
        (name, node.upstream_name)
        for name, proc in running
        for node in nodes_of(proc)
        # To ask for the name first is a tenth of the time: this is done for each node after each change.
        if hasattr(node, "upstream_name") and isinstance(node, Listens) and id(node) not in served
    ]


def check_upstreams(nlp: Pipeline) -> None:
    """Raises ValueError E4025 if a component that runs listens to one, by name, that the pipeline does not have."""
    known = ["*", *nlp.component_names]
    shared = [name for name, proc in nlp.components if isinstance(proc, SharesVectors)]
    for name, proc in nlp.pipeline:
        for node in nodes_of(proc):
            if isinstance(node, Listens) and node.upstream_name not in known:
                upstream, opts = node.upstream_name, ", ".join(shared) or "none"
                near = suggest(upstream, shared)
                raise ValueError(Errors.E4025.format(name=name, upstream=upstream, suggest=near, opts=opts))


def replace_listeners(nlp: Pipeline, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None:
    """See `Language.replace_listeners`."""
    for name in (tok2vec_name, pipe_name):
        if name not in nlp.pipe_names:
            described = {"tok2vec": tok2vec_name, "name": pipe_name, "unknown": name}
            raise ValueError(Errors.E889.format(opts=", ".join(nlp.pipe_names), **described))
    upstream = nlp.get_pipe(tok2vec_name)
    if not isinstance(upstream, SharesVectors):
        raise ValueError(Errors.E888.format(name=tok2vec_name, pipe=type(upstream)))
    paths = list(listeners)
    nodes = list(upstream.listener_map.get(pipe_name, []))
    config = nlp.get_pipe_config(pipe_name)
    if not paths:
        return
    if len(nodes) != len(paths):
        numbers: dict[str, Any] = {"n_paths": len(paths), "paths": paths, "n_listeners": len(nodes)}
        raise ValueError(Errors.E887.format(name=tok2vec_name, pipe=pipe_name, **numbers))
    for path in paths:
        try:
            dot_to_object(config, path)
        except KeyError:
            raise ValueError(Errors.E886.format(name=pipe_name, tok2vec=tok2vec_name, path=path)) from None
    model = nlp.get_pipe(pipe_name).model
    upstream_config = nlp.get_pipe_config(tok2vec_name)["model"]
    for path, listener in zip(paths, nodes, strict=True):
        attrs = upstream.model.attrs
        new_config = upstream_config
        if "replace_listener_cfg" in attrs:
            new_config = attrs["replace_listener_cfg"](upstream_config, dot_to_object(config, path))
        set_dot_to_object(config, path, new_config)
        new_model = upstream.model.copy()
        if "replace_listener" in attrs:
            new_model = _replacement(attrs["replace_listener"], new_model, listener, upstream)
        model.replace_node(listener, new_model)
        upstream.remove_listener(listener, pipe_name)


def _replacement(callback: Callable[..., Any], copied: Model[Any, Any], listener: Any, upstream: Any) -> Any:
    """What the callback makes of the copied network. Raises ValueError E1055 unless it takes 1 or 3 arguments."""
    count = len(inspect.signature(callback).parameters)
    if count == 1:
        return callback(copied)
    if count == 3:
        return callback(copied, listener, upstream)
    raise ValueError(Errors.E1055.format(num_params=count))
