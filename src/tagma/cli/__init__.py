"""The command line: one file per command, `tagma.cli.<name>`; each command prints what one plain function returns.

Reading order: `_commands` (which there are), `_app` (the typer applications that they join), `_options` and
`_overrides` (what they share on the line), `_report` (what they print), `_failures` (what an error looks like),
`_setup` (the line is run); then any command. A file `_x` is imported in this room alone; `_util` is the door for
plug-ins. Nobody imports this room but `tagma.__main__` and `tagma.info`.

The plain functions are also attributes of this package. They are loaded when asked for, so that `import tagma.cli` and
`tagma --help` stay cheap.
"""

from tagma.cli._commands import COMMANDS
from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.cli._setup": "setup_cli",
        "tagma.training.pretrain": "pretrain",
        **{f"tagma.cli.{file}": names for file, names in COMMANDS.items() if names},
    },
)
