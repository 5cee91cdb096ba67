"""Questions about Python objects and the environment that several rooms ask."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tagma.errors import Errors

__all__ = [
    "all_equal",
    "check_bool_env_var",
    "get_arg_names",
    "get_object_name",
    "is_cython_func",
    "is_in_interactive",
    "is_in_jupyter",
    "is_same_func",
    "load_language_data",
    "plain_numbers",
    "to_ternary_int",
]


def get_object_name(obj: Any) -> str:
    """Its `name`, else `__name__`, else the name of its class, else its repr."""
    own = getattr(obj, "name", None)
    name: str | None = getattr(obj, "__name__", None) if own is None else own
    if name is None:
        name = getattr(getattr(obj, "__class__", None), "__name__", None)
    return repr(obj) if name is None else name


def get_arg_names(func: Callable[..., Any]) -> list[str]:
    """Names of the positional and keyword-only arguments."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [name for name, p in inspect.signature(func).parameters.items() if p.kind not in kinds]


def is_same_func(func1: Callable[..., Any], func2: Callable[..., Any]) -> bool:
    """Whether two functions have the same qualified name, file and source."""
    if not callable(func1) or not callable(func2):
        return False
    if getattr(func1, "__qualname__", None) != getattr(func2, "__qualname__", None):
        return False
    try:
        same_file = inspect.getfile(func1) == inspect.getfile(func2)
        return same_file and inspect.getsource(func1) == inspect.getsource(func2)
    except (OSError, TypeError):
        return func1 is func2


def is_cython_func(func: Callable[..., Any]) -> bool:
    """Whether a function or method is compiled."""
    inner = getattr(func, "__func__", func)
    return not inspect.isfunction(inner)


def is_in_jupyter() -> bool:
    """Whether this runs in a notebook."""
    shell = sys.modules.get("IPython")
    if "google.colab" in sys.modules:
        return True
    get_ipython = getattr(shell, "get_ipython", lambda: None)
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def is_in_interactive() -> bool:
    """Whether this runs at a Python prompt."""
    return hasattr(sys, "ps1") or hasattr(sys, "ps2")


def check_bool_env_var(env_var: str) -> bool:
    """False if the variable is unset, "" or "0"."""
    return os.environ.get(env_var, "0") not in ("", "0")


def all_equal(iterable: Iterable[Any]) -> bool:
    """Whether all items are equal; true for none."""
    items = list(iterable)
    return all(item == items[0] for item in items)


def to_ternary_int(val: Any) -> int:
    """1 for True and 1, 0 for None and 0, -1 for anything else (False too)."""
    if val is True or (val == 1 and val is not False):
        return 1
    if val is None or (val == 0 and val is not False):
        return 0
    return -1


def load_language_data(path: str | Path) -> dict[str, Any] | list[Any]:
    """A JSON file, or the same path with .gz. Raises ValueError E160 if there is neither."""
    import srsly

    path = Path(path)
    packed = path.with_suffix(f"{path.suffix}.gz")
    for file, read in ((path, srsly.read_json), (packed, srsly.read_gzip_json)):
        if file.exists():
            data: dict[str, Any] | list[Any] = read(file)
            return data
    raise ValueError(Errors.E160.format(path=path))


def plain_numbers(value: Any) -> Any:
    """NumPy scalars as Python numbers, in nested dicts too."""
    if isinstance(value, dict):
        return {key: plain_numbers(item) for key, item in value.items()}
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
