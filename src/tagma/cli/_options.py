"""What the lines of commands share: options, checked paths, code of the user's own, configs, files to write."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from tagma.cli._failures import OWN_CODE, show_validation_error
from tagma.cli._overrides import unused_overrides
from tagma.cli._report import Printer
from tagma.util.handlers import place_in_user_code

__all__ = [
    "Code",
    "CodePath",
    "GpuId",
    "config_path",
    "example",
    "existing_path",
    "import_code",
    "read_config",
    "set_verbose",
    "setup_gpu",
    "string_to_list",
    "walk_directory",
    "write_beside",
]

CODE_HELP = "Python file run first, for its registered functions; may be given several times."
Code = Annotated[list[Path] | None, typer.Option("--code", "-c", help=CODE_HELP)]
CodePath = Annotated[list[Path] | None, typer.Option("--code-path", "--code", "-c", help=CODE_HELP)]
GpuId = Annotated[int, typer.Option("--gpu-id", "-g", help="Number of the GPU; -1: CPU.")]


def example(line: str) -> str:
    """End of a command's help: a line that can be copied, however narrow the terminal is."""
    return f"\b\nExample: {line}"


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


def import_code(path: Path | str | Iterable[Path | str] | None) -> None:
    """Run a Python file, or several in order, so that what they register is known; nothing for None."""
    OWN_CODE.append(None)  # from here on an unknown name may be the user's own
    for file in [path] if isinstance(path, str | Path) else path or ():
        _run_code(Path(file))


def _run_code(path: Path) -> None:
    from tagma.util import import_file

    OWN_CODE.append(path)
    if not path.exists():
        Printer().fail_and_exit("No such Python file", str(path))
    try:
        import_file("python_code", path)
    except Exception as error:
        place = place_in_user_code(error)
        lines = [f"{type(error).__name__}: {error}", *([f"Raised in {place}."] if place else [])]
        Printer().fail_and_exit(f"Could not run {path}", "\n".join(lines))


def read_config(path: str | Path, overrides: dict[str, Any]) -> Any:
    """The config of a file ("-": stdin) with the values of the line in it, variables left as they are.

    Warns of values that nothing uses since their name is misspelt. Errors of the config are printed, exit status 1.
    """
    from tagma import util

    with show_validation_error(path):
        config = util.load_config(path, interpolate=False)
        if not overrides:
            return config
        for text in unused_overrides(config, overrides):
            Printer().warn(text)
        return util.load_config_from_str(config.to_str(interpolate=False), overrides, interpolate=False)


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
