"""The command line is run: commands and plug-ins loaded, the line parsed, failures turned into messages."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from typer.main import get_command

from tagma import compat
from tagma.cli._app import COMMAND, app, leave
from tagma.cli._commands import COMMANDS
from tagma.cli._failures import checked_failures, short_warnings
from tagma.errors import Warnings, warn_user
from tagma.nn.config import load_entry
from tagma.training.interrupts import raise_terminated

__all__ = ["ENTRY_POINTS", "load_commands", "setup_cli"]

ENTRY_POINTS = ("tagma_cli", "spacy_cli")


def setup_cli() -> None:
    """Run the command line: load the commands and the plug-ins, parse, and turn failures into messages.

    Code that is not of this library, of plug-ins, of installed pipelines and of --code, may import spaCy: it gets this
    library under that name.
    """
    _print_any_character()
    with _answering_signals(), _under_the_alias():
        load_commands()
        with checked_failures(), short_warnings():
            _load_plug_ins()
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


@contextmanager
def _under_the_alias() -> Iterator[None]:
    """`import spacy` gives this library while a command runs; not in a process that has imported the real one."""
    install_it = not compat.is_installed() and not any(name in sys.modules for name in compat.PEERS)
    if install_it:
        compat.install()
    try:
        yield
    finally:
        if install_it:
            compat.uninstall()


def _print_any_character() -> None:
    """A character that the terminal cannot show must not stop a command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _load_plug_ins() -> None:
    for group in ENTRY_POINTS:
        for entry in entry_points(group=group):
            try:
                load_entry(entry)
            except Exception as error:  # other commands do not need it
                reason = f"{type(error).__name__}: {error}"
                warn_user(Warnings.W4130.format(entry=entry.value, package=_package(entry), reason=reason))


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "unknown"
