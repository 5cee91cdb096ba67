"""Which warnings are shown how often: set at import, before the table of messages is needed. Lies below all rooms."""

from __future__ import annotations

import warnings

__all__ = ["filter_warning", "setup_default_warnings"]


def filter_warning(action: str, error_msg: str) -> None:
    """Install a filter ("ignore", "once", "error", …) for a warning by its code or its full text."""
    import re

    warnings.filterwarnings(action, message=re.escape(error_msg))  # type: ignore[arg-type]  # the words that are allowed are checked there


def setup_default_warnings() -> None:
    """Filters set at import: warnings that would repeat are shown once."""
    warnings.filterwarnings("ignore", message="numpy.dtype size changed")
    warnings.filterwarnings("ignore", message="numpy.ufunc size changed")
    for code in ("W036", "W108", "W114"):
        filter_warning("once", f"[{code}]")
