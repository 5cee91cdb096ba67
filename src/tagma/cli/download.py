"""tagma download: install a published pipeline with pip."""

import sys
from typing import Annotated

import typer

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import example
from tagma.cli._published import (
    address_of,
    get_compatibility,
    get_latest_version,
    get_model_filename,
    get_version,
    require_name,
    require_version,
)
from tagma.cli._report import Printer

__all__ = ["download", "download_model", "get_compatibility", "get_latest_version", "get_model_filename", "get_version"]

NO_DEPS = "--no-deps"


@app.command(
    "download",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog=example("tagma download en_core_web_sm"),
)
def download_cli(
    ctx: typer.Context,
    model: Annotated[str, Arg(help="Name of the package; with --direct NAME-VERSION.", show_default=False)],
    direct: Annotated[
        bool, Opt("--direct", "-d", "-D", help="Take the version from the name, not the newest that fits.")
    ] = False,
    sdist: Annotated[bool, Opt("--sdist", "-S", help="The source archive instead of the wheel.")] = False,
    url: Annotated[
        str | None, Opt("--url", "-U", help="Address below which the files are, if not where they are published.")
    ] = None,
) -> None:
    """Install a pipeline that is published for this level of spaCy, with pip (or uv).

    Further arguments go to the installer: tagma download en_core_web_sm --user
    """
    download(model, direct, sdist, url, *ctx.args)


def download(
    model: str, direct: bool = False, sdist: bool = False, custom_url: str | None = None, *pip_args: str
) -> None:
    """Install the package of a published pipeline, the newest version that fits, or the one that `model` ends in.

    direct       `model` is NAME-VERSION; no table of versions is fetched
    sdist        the source archive instead of the wheel
    custom_url   address below which the files are: http, https or file
    pip_args     further arguments of the installer
    Raises SystemExit(1) for a name that no package can have, a pipeline or table that is not there, and with the
    installer's own status if that fails; ValueError E4440 for an address that is none.
    """
    from tagma import about
    from tagma.errors import OLD_MODEL_SHORTCUTS
    from tagma.util.objects import is_in_interactive, is_in_jupyter
    from tagma.util.versions import is_package

    msg = Printer()
    require_name(model, msg)
    if not is_package(about.__title__) and NO_DEPS not in pip_args:
        msg.warn(f"{about.__title__} itself is not installed as a package: dependencies are not installed ({NO_DEPS})")
        pip_args = (*pip_args, NO_DEPS)
    if direct:
        *parts, version = model.split("-")
        name = "".join(parts)
        if not name:
            msg.fail_and_exit(f"--direct needs a name with a version, not {model!r}", "Such as en_core_web_sm-3.8.0.")
        require_version(version, msg)
    else:
        name = OLD_MODEL_SHORTCUTS.get(model, model)
        if name != model:
            msg.warn(f"{model!r} is an old shortcut; the package is called {name!r}.")
        version = get_version(name, get_compatibility(msg), msg)
    download_model(get_model_filename(name, version, sdist), pip_args, custom_url)
    msg.good(f"{name} {version} is installed", f"Load it with tagma.load({name!r}).")
    if is_in_jupyter() or is_in_interactive():
        msg.warn(
            "This process may not see the new package", "Restart the notebook's kernel, or Python, if it does not."
        )


def download_model(filename: str, user_pip_args: tuple[str, ...] = (), custom_url: str | None = None) -> None:
    """Have the installer take a file, named by its address below that of all. Exits with its status if it fails."""
    from tagma.util.processes import run_command

    address = address_of(filename, custom_url)
    run_command([*_installer(user_pip_args), *user_pip_args, address])


def _installer(arguments: tuple[str, ...]) -> list[str]:
    """The words before the arguments: pip of this Python, else uv."""
    import shutil
    from importlib.util import find_spec

    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    if (uv := shutil.which("uv")) is not None:
        chosen = any(word.split("=")[0] in ("--python", "-p", "--system", "--target", "--prefix") for word in arguments)
        return [uv, "pip", "install", *([] if chosen else ["--python", sys.executable])]
    Printer().fail_and_exit(
        "There is neither pip nor uv to install packages with",
        f"Install pip, such as with {sys.executable} -m ensurepip, or install the wheel by other means.",
    )
