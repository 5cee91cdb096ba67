"""Callbacks that mark the work of models and components for NVIDIA's profiler.

    [nlp.after_pipeline_creation]
    @callbacks = "spacy.models_with_nvtx_range.v1"

Without CuPy the marks do nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tagma.errors import Warnings, warn_user
from tagma.nn import Model, with_nvtx_range
from tagma.nn.util import use_nvtx_range
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = ["create_models_and_pipes_with_nvtx_range", "create_models_with_nvtx_range"]

AnyPipeline = TypeVar("AnyPipeline", bound="Pipeline")
METHODS = (
    "pipe",
    "predict",
    "set_annotations",
    "update",
    "rehearse",
    "get_loss",
    "initialize",
    "begin_update",
    "finish_update",
)


@registry.callbacks("spacy.models_with_nvtx_range.v1")
def create_models_with_nvtx_range(
    forward_color: int = -1, backprop_color: int = -1
) -> Callable[[AnyPipeline], AnyPipeline]:
    """Callback that marks each layer of the models of trainable components, under its name."""

    def mark_models(nlp: AnyPipeline) -> AnyPipeline:
        seen: set[int] = set()
        for _, component in nlp.components:
            model = getattr(component, "model", None)
            if not (getattr(component, "is_trainable", False) and isinstance(model, Model)):
                continue
            for node in model.walk():
                if node.id not in seen:
                    seen.add(node.id)
                    with_nvtx_range(node, forward_color=forward_color, backprop_color=backprop_color)
        return nlp

    return mark_models


@registry.callbacks("spacy.models_and_pipes_with_nvtx_range.v1")
def create_models_and_pipes_with_nvtx_range(
    forward_color: int = -1,
    backprop_color: int = -1,
    additional_pipe_functions: Mapping[str, Sequence[str]] | None = None,
) -> Callable[[AnyPipeline], AnyPipeline]:
    """Callback that marks layers, and besides the methods of components.

    additional_pipe_functions    {component: names of methods that are marked besides those of trainable components}
    Warns W121 of a method that is not there, W122 of one that cannot be marked.
    """
    mark_models = create_models_with_nvtx_range(forward_color, backprop_color)
    more = additional_pipe_functions or {}

    def mark(nlp: AnyPipeline) -> AnyPipeline:
        for name, component in mark_models(nlp).components:
            for method in dict.fromkeys((*METHODS, *more.get(name, ()))):
                _mark_method(name, component, method, is_wanted=method in more.get(name, ()))
        return nlp

    return mark


def _mark_method(name: str, component: Any, method: str, *, is_wanted: bool) -> None:
    function = getattr(component, method, None)
    if function is None:
        if is_wanted:
            warn_user(Warnings.W121.format(method=method, pipe=name))
        return

    @functools.wraps(function)
    def marked(*args: Any, **kwargs: Any) -> Any:
        with use_nvtx_range(f"{name} {method}"):
            return function(*args, **kwargs)

    try:
        marked.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # settings are checked by it
        setattr(component, method, marked)
    except (AttributeError, TypeError, ValueError):
        warn_user(Warnings.W122.format(method=method, pipe=name))
