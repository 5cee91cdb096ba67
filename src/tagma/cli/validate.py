"""tagma validate: do the installed pipelines fit this library."""

import re
import warnings
from typing import Any

from tagma.cli._app import app
from tagma.cli._options import example
from tagma.cli._published import fetch_table, minor_version
from tagma.cli._report import Printer

VERSION = "[WE]0(94|95)"  # about versions, which is what this command is about


@app.command("validate", epilog=example("tagma validate"))
def validate_cli() -> None:
    """Compare the installed pipelines with this library, and say which to download anew.

    Exit status 1 if one does not fit.
    """
    validate()


def validate() -> None:
    """Print a table of the installed pipelines. Raises SystemExit(1) if one does not fit, or there is no table."""
    from tagma import about

    msg = Printer()
    newest, pipelines = get_model_pkgs(msg)
    msg.divider(f"Installed pipelines (level {about.__spacy_version__} of spaCy)")
    if not pipelines:
        msg.text("No pipelines are installed in this environment.")
        return
    rows = [[name, *found["shown"]] for name, found in pipelines.items()]
    msg.table(rows, header=["NAME", "FOR SPACY", "VERSION", ""], max_width=60)
    outdated = [name for name, found in pipelines.items() if not found["fits"]]
    if again := [name for name in outdated if name in newest]:
        msg.text("To get versions that fit:")
        for name in again:
            msg.text(f"tagma download {name}")
    if custom := [name for name in outdated if name not in newest]:
        msg.info(f"These are not among the published pipelines: {', '.join(custom)}", "Train or package them anew.")
    if outdated:
        raise SystemExit(1)
    msg.good("All of them fit")


def get_model_pkgs(msg: Printer) -> tuple[dict[str, list[str]], dict[str, dict[str, Any]]]:
    """(the published versions that fit by package, what there is to say about each installed pipeline)."""
    from tagma import about
    from tagma.language.loading import get_installed_models, get_model_meta, get_package_path
    from tagma.util.versions import get_package_version, is_compatible_version

    table = fetch_table(msg)
    newest = table.get(minor_version(), {})
    if not newest:
        msg.warn(f"The table lists no pipelines for level {minor_version()} of spaCy")
    found: dict[str, dict[str, Any]] = {}
    for name in get_installed_models():
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=rf"\[{VERSION}\]")
            meta = get_model_meta(get_package_path(name))
        wanted = str(meta.get("spacy_version") or "n/a")
        version = (get_package_version(name) or meta["version"]).replace("-alpha", "a0")
        fits = is_compatible_version(about.__spacy_version__, wanted) is True
        other = "n/a" if name not in newest else re.sub(r"-alpha$", "a0", newest[name][0])
        found[name] = {"fits": fits, "shown": [wanted, version, "✔" if fits else f"--> {other}"]}
    return newest, found
