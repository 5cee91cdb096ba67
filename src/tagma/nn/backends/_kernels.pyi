"""Compiled loops; `numpy_ops` and `fusion` are the only callers and say what each takes."""

from typing import Any

def __getattr__(name: str) -> Any: ...
