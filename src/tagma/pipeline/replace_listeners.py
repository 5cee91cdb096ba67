"""Giving a component its own copy of the model that it listened to."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from tagma.dotted import dot_to_object, set_dot_to_object
from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.nn import Model

__all__ = ["replace_listeners"]


def replace_listeners(nlp: Any, tok2vec_name: str, pipe_name: str, listeners: list[str]) -> None:
    """Replace the listeners of a component, in its model and in its config. See `Language.replace_listeners`."""
    for name in (tok2vec_name, pipe_name):
        if name not in nlp.pipe_names:
            opts = ", ".join(nlp.pipe_names)
            raise ValueError(Errors.E889.format(tok2vec=tok2vec_name, name=pipe_name, unknown=name, opts=opts))
    tok2vec, pipe = nlp.get_pipe(tok2vec_name), nlp.get_pipe(pipe_name)
    if not hasattr(tok2vec, "model") or not hasattr(tok2vec, "listener_map"):
        raise ValueError(Errors.E888.format(name=tok2vec_name, pipe=type(tok2vec)))
    if not listeners:
        return
    upstream_config = nlp.get_pipe_config(tok2vec_name)["model"]
    pipe_config = nlp.get_pipe_config(pipe_name)
    registered = list(tok2vec.listener_map.get(pipe_name, []))
    if len(listeners) != len(registered):
        raise ValueError(
            Errors.E887.format(pipe=pipe_name, n_paths=len(listeners), paths=listeners, n_listeners=len(registered))
        )
    for path in listeners:
        try:
            dot_to_object(pipe_config, path)
        except KeyError:
            raise ValueError(Errors.E886.format(name=pipe_name, path=path)) from None
        new_config = upstream_config
        if (adapt := tok2vec.model.attrs.get("replace_listener_cfg")) is not None:
            new_config = adapt(upstream_config, dot_to_object(pipe_config, path))
        set_dot_to_object(pipe_config, path, new_config)
    for listener in registered:
        pipe.model.replace_node(listener, _copy_for(tok2vec.model, listener))
        tok2vec.remove_listener(listener, pipe_name)


def _copy_for(upstream: Model[Any, Any], listener: Model[Any, Any]) -> Model[Any, Any]:
    copy = upstream.copy()
    adapt = upstream.attrs.get("replace_listener")
    if adapt is None:
        return copy
    count = len(inspect.signature(adapt).parameters)
    if count == 1:
        return adapt(copy)
    if count == 3:
        return adapt(copy, listener, upstream)
    raise ValueError(Errors.E1055.format(num_params=count))
