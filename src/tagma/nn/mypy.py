"""A mypy plugin that does nothing: `plugins = tagma.nn.mypy` in an existing configuration keeps working.

The layers' own annotations say what fits what, so no plugin is needed.
"""

from __future__ import annotations

from mypy.plugin import Plugin


def plugin(version: str) -> type[Plugin]:
    """What mypy asks a plugin module for."""
    return Plugin
