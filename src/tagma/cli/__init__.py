"""The command line: one file per command, `tagma.cli.<name>`; each command prints what one plain function returns.

The plain functions are also attributes of this package. They are loaded when asked for, so that `import tagma.cli` and
`tagma --help` stay cheap.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.cli._util": "setup_cli",
        "tagma.cli.apply": "apply",
        "tagma.cli.convert": "convert",
        "tagma.cli.debug_config": "debug_config",
        "tagma.cli.evaluate": "evaluate",
        "tagma.cli.find_function": "find_function",
        "tagma.cli.info": "info",
        "tagma.cli.init_config": "fill_config init_config",
        "tagma.cli.train": "train_cli",
    },
)
