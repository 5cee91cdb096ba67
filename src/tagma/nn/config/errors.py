"""The error about what is wrong with a config: all findings at once, each with its place.

    ConfigValidationError(errors=[{"loc": ["nlp", "lang"], "msg": "this setting is missing", "type": "missing"}])

Imports nothing, since everything that reads a config raises it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

__all__ = ["ConfigValidationError"]


class ConfigValidationError(ValueError):
    """What is wrong with a config.

    config         the config, or the section of it, that is wrong
    errors         [{"loc": parts of the place, "msg": …, "type": …}]; the type may be left out
    title, desc    lines above them
    parent         what each place begins with
    show_config    whether the text ends with the config
    error_types    the types of the errors
    text           all of it: title, desc, a line for each error, the config
    """

    def __init__(
        self,
        *,
        config: Any = None,
        errors: Iterable[dict[str, Any]] | None = None,
        title: str | None = "Config validation error",
        desc: str | None = None,
        parent: str | None = None,
        show_config: bool = True,
    ) -> None:
        self.config: Any = config
        self.errors: Any = errors if errors is None or isinstance(errors, list | tuple) else list(errors)
        self.title: str | None = title
        self.desc: str | None = desc
        self.parent: str | None = parent
        self.show_config: bool = show_config
        self.error_types: set[str] = {error["type"] for error in self.errors or () if error.get("type")}
        self.text: str = self._text()
        super().__init__(self.text)

    @classmethod
    def from_error(
        cls,
        err: Any,
        title: str | None = None,
        desc: str | None = None,
        parent: str | None = None,
        show_config: bool | None = None,
    ) -> Self:
        """A copy of such an error, with what is given in place of its own."""
        return cls(
            config=err.config,
            errors=err.errors,
            title=err.title if title is None else title,
            desc=err.desc if desc is None else desc,
            parent=err.parent if parent is None else parent,
            show_config=err.show_config if show_config is None else show_config,
        )

    def _text(self) -> str:
        lines = [self.title, self.desc, *map(self._line, self.errors or ())]
        if self.config and self.show_config:
            lines.append(str(self.config))
        return "\n\n" + "\n".join(line for line in lines if line)

    def _line(self, error: dict[str, Any]) -> str:
        place = " -> ".join(map(str, error.get("loc", ())))
        return f"{self.parent} -> {place}\t{error.get('msg')}" if self.parent else f"{place}\t{error.get('msg')}"
