"""Compiled loops; `numpy_ops` and (through `passes`) `nn.fusion` are the callers and say what each takes."""

from typing import Any

def __getattr__(name: str) -> Any: ...
