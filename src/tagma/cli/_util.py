"""What commands share: the typer applications, options, files. Plug-ins of the group `spacy_cli` import these names."""

import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from tagma.cli._failures import OWN_CODE, checked_failures, short_warnings, show_validation_error
from tagma.cli._messages import Printer
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.util.handlers import place_in_user_code

__all__ = [
    "COMMAND",
    "NAME",
    "Arg",
    "Opt",
    "OverridesCommand",
    "Printer",
    "app",
    "benchmark_cli",
    "config_path",
    "debug_cli",
    "example",
    "existing_path",
    "import_code",
    "init_cli",
    "parse_config_overrides",
    "setup_cli",
    "setup_gpu",
    "show_validation_error",
    "string_to_list",
    "walk_directory",
    "write_beside",
]

NAME = "tagma"
COMMAND = "tagma"
COMMANDS = ("init_config", "convert", "debug_config", "train", "evaluate", "apply", "info", "find_function")
INTERRUPTED = 130  # typer's exit status after Ctrl-C
ENTRY_POINTS = ("tagma_cli", "spacy_cli")
HELP = """tagma: train and use natural-language pipelines.

The usual way, from a treebank to annotated texts:

\b
  tagma convert train.conllu . --n-sents 10
  tagma convert dev.conllu . --n-sents 10
  tagma init config config.cfg --lang en --pipeline tagger,morphologizer
  tagma train config.cfg --output ./model \\
      --paths.train train.spacy --paths.dev dev.spacy
  tagma apply ./model/model-best texts.jsonl annotated.spacy
"""

Arg = typer.Argument
Opt = typer.Option

SETTINGS = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name=NAME, help=HELP, context_settings=SETTINGS, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from tagma.about import __version__

        print(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, Opt("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None: ...


def _group(name: str, text: str) -> typer.Typer:
    return typer.Typer(name=name, help=text, no_args_is_help=True, context_settings=SETTINGS, rich_markup_mode=None)


init_cli = _group("init", "Make configs.")
debug_cli = _group("debug", "Look for mistakes before training.")
benchmark_cli = _group("benchmark", "Measure a trained pipeline.")
app.add_typer(init_cli)
app.add_typer(debug_cli)
app.add_typer(benchmark_cli)


def example(line: str) -> str:
    """End of a command's help: a line that can be copied, however narrow the terminal is."""
    return f"\b\nExample: {line}"


def setup_cli() -> None:
    """Run the command line: load the commands and the plug-ins, parse, and turn failures into messages."""
    _print_any_character()
    for name in COMMANDS:
        import_module(f"tagma.cli.{name}")
    _load_plug_ins()
    with checked_failures(), short_warnings():
        try:
            get_command(app)(prog_name=COMMAND)
        except SystemExit as end:
            if end.code == INTERRUPTED:
                print("Aborted!", file=sys.stderr)
            raise


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


def existing_path(path: Path | None) -> Path | None:
    """Callback of arguments and options: the file or folder must be there (exit status 2 otherwise)."""
    if path is not None and not path.exists():
        raise typer.BadParameter(f"path {str(path)!r} does not exist.")
    return path


def config_path(path: Path) -> Path:
    """Callback of config arguments: an existing file, or `-` for stdin."""
    if str(path) == "-":
        return path
    if path.is_dir():
        raise typer.BadParameter(f"{str(path)!r} is a directory; a config file is needed.")
    existing_path(path)
    return path


def set_verbose(verbose: bool) -> None:
    if verbose:
        logging.getLogger("tagma").setLevel(logging.DEBUG)


def import_code(path: Path | str | None) -> None:
    """Run a Python file, so that what it registers is known; nothing for None."""
    OWN_CODE.append(path)
    if path is None:
        return
    from tagma.util import import_file

    if not Path(path).exists():
        Printer().fail_and_exit("No such Python file", str(path))
    try:
        import_file("python_code", path)
    except Exception as error:
        place = place_in_user_code(error)
        lines = [f"{type(error).__name__}: {error}", *([f"Raised in {place}."] if place else [])]
        Printer().fail_and_exit(f"Could not run {path}", "\n".join(lines))


def string_to_list(value: str, intify: bool = False) -> list[Any]:
    """`"[a, 'b']"` → `["a", "b"]`; an empty string has no items."""
    if not value:
        return []
    text = value.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    items = [item.strip().strip("'").strip('"').strip() for item in text.split(",")]
    return [int(item) for item in items] if intify else items


def setup_gpu(use_gpu: int, silent: bool | None = None) -> None:
    """Say which processor is used; `use_gpu` >= 0 is the number of a GPU. Raises ValueError where there is none."""
    from tagma.nn.compat import has_cupy_gpu
    from tagma.nn.util import require_gpu

    msg = Printer(silent=bool(silent))
    if use_gpu >= 0:
        msg.info(f"Computing on GPU {use_gpu}")
        require_gpu(use_gpu)
    else:
        msg.info("Computing on the CPU")
        if has_cupy_gpu:
            msg.info("This machine has a GPU: --gpu-id 0 uses it")


def walk_directory(path: Path, suffix: str | None = None) -> list[Path]:
    """A file itself, or every file below a folder in order, without those whose name or folder starts with a dot."""
    if not path.is_dir():
        return [path]
    found = [p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path))]
    return sorted(p for p in found if suffix is None or p.name.endswith(suffix))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _format_number(number: float | int | str, ndigits: int = 2) -> str:
    return f"{number:.{ndigits}f}" if isinstance(number, float) else str(number)


def write_beside(path: Path, data: bytes) -> None:
    """Write the whole file beside `path`, then rename it: nobody ever sees half of it."""
    from tagma.util.paths import check_place, replace_file

    check_place(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as beside:
        beside.write_bytes(data)
