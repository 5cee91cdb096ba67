"""The command line: one file per command, `tagma.cli.<name>`; each command prints what one plain function returns.

The plain functions are also attributes of this package. They are loaded when asked for, so that `import tagma.cli` and
`tagma --help` stay cheap.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

FUNCTIONS = {
    "apply": "tagma.cli.apply",
    "convert": "tagma.cli.convert",
    "debug_config": "tagma.cli.debug_config",
    "evaluate": "tagma.cli.evaluate",
    "fill_config": "tagma.cli.init_config",
    "find_function": "tagma.cli.find_function",
    "info": "tagma.cli.info",
    "init_config": "tagma.cli.init_config",
    "setup_cli": "tagma.cli._util",
    "train_cli": "tagma.cli.train",
}
__all__ = list(FUNCTIONS)


class _Commands(ModuleType):
    """Where a function and the file it stands in share a name, the attribute is the function."""

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing tagma.cli.apply would make the import system set the attribute `apply` to the file.
        if not (isinstance(value, ModuleType) and name in FUNCTIONS):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name not in FUNCTIONS:
            raise AttributeError(f"module 'tagma.cli' has no attribute {name!r}")
        function = getattr(import_module(FUNCTIONS[name]), name)
        setattr(self, name, function)
        return function

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *FUNCTIONS})


sys.modules[__name__].__class__ = _Commands
