"""JSON as it is read from files, by Python's own reader: that of srsly is no faster, and takes long to import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["parse_json", "read_json"]


def parse_json(data: str | bytes) -> Any:
    """The value of a JSON text, in UTF-8 if it is bytes. Raises ValueError for anything else."""
    if not isinstance(data, str | bytes | bytearray | memoryview):
        raise ValueError(f"JSON is a text, not {type(data).__name__}")
    try:
        return json.loads(data if isinstance(data, str) else bytes(data).decode("utf8"))
    except RecursionError:
        raise ValueError("lists and maps lie too deep in each other") from None


def read_json(path: Path) -> Any:
    """The value of a JSON file. Raises OSError if it cannot be read, ValueError if it is none."""
    return parse_json(path.read_bytes())
