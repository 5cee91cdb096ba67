"""Compiled loops; `numpy_ops` and (through `passes`) `nn.fusion` are the callers and say what each takes."""

from typing import Any

class Twister:
    @staticmethod
    def current() -> Twister | None: ...

def __getattr__(name: str) -> Any: ...
