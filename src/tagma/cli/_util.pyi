# Written by scripts/door_stubs.py; do not edit.
from tagma.cli._app import COMMAND as COMMAND
from tagma.cli._app import HELP as HELP
from tagma.cli._app import NAME as NAME
from tagma.cli._app import Arg as Arg
from tagma.cli._app import Opt as Opt
from tagma.cli._app import app as app
from tagma.cli._app import benchmark_cli as benchmark_cli
from tagma.cli._app import debug_cli as debug_cli
from tagma.cli._app import init_cli as init_cli
from tagma.cli._app import project_cli as project_cli
from tagma.cli._commands import COMMANDS as COMMANDS
from tagma.cli._failures import show_validation_error as show_validation_error
from tagma.cli._options import _format_number as _format_number
from tagma.cli._options import config_path as config_path
from tagma.cli._options import example as example
from tagma.cli._options import existing_path as existing_path
from tagma.cli._options import import_code as import_code
from tagma.cli._options import set_verbose as set_verbose
from tagma.cli._options import setup_gpu as setup_gpu
from tagma.cli._options import string_to_list as string_to_list
from tagma.cli._options import walk_directory as walk_directory
from tagma.cli._options import write_beside as write_beside
from tagma.cli._overrides import OverridesCommand as OverridesCommand
from tagma.cli._overrides import parse_config_overrides as parse_config_overrides
from tagma.cli._report import Printer as Printer
from tagma.cli._setup import ENTRY_POINTS as ENTRY_POINTS
from tagma.cli._setup import setup_cli as setup_cli

__all__ = [
    "COMMAND",
    "HELP",
    "NAME",
    "Arg",
    "Opt",
    "app",
    "benchmark_cli",
    "debug_cli",
    "init_cli",
    "project_cli",
    "COMMANDS",
    "show_validation_error",
    "_format_number",
    "config_path",
    "example",
    "existing_path",
    "import_code",
    "set_verbose",
    "setup_gpu",
    "string_to_list",
    "walk_directory",
    "write_beside",
    "OverridesCommand",
    "parse_config_overrides",
    "Printer",
    "ENTRY_POINTS",
    "setup_cli",
]
