"""The command line is run: commands and plug-ins loaded, the line parsed, failures turned into messages."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from typer.main import get_command

from tagma.cli._app import COMMAND, app, leave
from tagma.cli._commands import COMMANDS
from tagma.cli._failures import checked_failures, short_warnings
from tagma.training.interrupts import raise_terminated

__all__ = ["ENTRY_POINTS", "load_commands", "setup_cli"]

ENTRY_POINTS = ("tagma_cli", "spacy_cli")


def setup_cli() -> None:
    """Run the command line: load the commands and the plug-ins, parse, and turn failures into messages."""
    _print_any_character()
    with _answering_signals():
        load_commands()
        _load_plug_ins()
        with checked_failures(), short_warnings():
            get_command(app)(prog_name=COMMAND)


def load_commands() -> None:
    """Import the files of all commands, which join the applications of `_app`."""
    for name in COMMANDS:
        import_module(f"{__package__}.{name}")


@contextmanager
def _answering_signals() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: workers and half-written files are cleared away."""
    in_main = threading.current_thread() is threading.main_thread()
    is_ours = in_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if is_ours:
        signal.signal(signal.SIGTERM, raise_terminated)
    try:
        yield
    except KeyboardInterrupt as interrupt:  # while commands are loaded; later typer would see it first
        leave(interrupt)
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _print_any_character() -> None:
    """A character that the terminal cannot show must not stop a command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _load_plug_ins() -> None:
    from importlib.metadata import entry_points

    for group in ENTRY_POINTS:
        for entry in entry_points(group=group):
            entry.load()
