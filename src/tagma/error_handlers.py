"""Error handlers of pipelines: what is done with docs on which a component fails."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["ignore_error", "raise_error"]


def raise_error(proc_name: str | None, proc: Any, docs: Any, e: Exception) -> NoReturn:
    """Raise the error again."""
    raise e


def ignore_error(proc_name: str | None, proc: Any, docs: Any, e: Exception) -> None:
    """Go on without the docs."""
