"""The commands of `tagma project`, and their functions: each hands over to the one of its name in the package weasel.

What a project runs, `python -m spacy train` and scripts that import spaCy, gets tagma under that name.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from typer import Context

from tagma.cli._app import Arg, Opt, project_cli
from tagma.cli._options import example
from tagma.cli._overrides import OverridesCommand
from tagma.compat import PEERS
from tagma.errors import Errors

__all__ = [
    "project_assets",
    "project_clone",
    "project_document",
    "project_pull",
    "project_push",
    "project_run",
    "project_update_dvc",
]

TEMPLATES = "https://github.com/explosion/projects"
# A package of this text in front of all others is the first that a new process finds, and gives tagma instead.
STAND_IN = (
    "import sys\n\ndel sys.modules[__name__]\nimport tagma.compat\n\ntagma.compat.install()\n__import__(__name__)\n"
)

Folder = Annotated[Path, Arg(help="Folder of the project.", exists=True, file_okay=False, resolve_path=True)]
Remote = Annotated[str, Arg(help="Name of a remote in project.yml, or its path or address.")]
Sparse = Annotated[bool, Opt("--sparse", "-S", help="Get only the files that are needed (git 2.22 or later).")]


@project_cli.command("assets", cls=OverridesCommand, epilog=example("tagma project assets"))
def project_assets_cli(
    ctx: Context,
    project_dir: Folder = Path(),
    sparse_checkout: Sparse = False,
    extra: Annotated[bool, Opt("--extra", "-e", help="Also get what is marked as extra.")] = False,
) -> None:
    """Get the assets of a project: data sets and other files that project.yml names."""
    _weasel("assets").project_assets_cli(ctx, project_dir, sparse_checkout, extra)


@project_cli.command("clone", epilog=example("tagma project clone pipelines/tagger_parser_ud"))
def project_clone_cli(
    ctx: Context,
    name: Annotated[str, Arg(help="Folder of the template in the repository.", show_default=False)],
    dest: Annotated[Path | None, Arg(help="New folder; named as the template if not given.")] = None,
    repo: Annotated[str, Opt("--repo", "-r", help="Git repository with templates.")] = TEMPLATES,
    branch: Annotated[str | None, Opt("--branch", "-b", help="Its branch.")] = None,
    sparse_checkout: Sparse = False,
) -> None:
    """Copy the template of a project from a git repository."""
    _weasel("clone").project_clone_cli(ctx, name, dest, repo, branch, sparse_checkout)


@project_cli.command("document", epilog=example("tagma project document --output README.md"))
def project_document_cli(
    project_dir: Folder = Path(),
    output_file: Annotated[Path, Opt("--output", "-o", help="Markdown file; '-' prints.")] = Path("-"),
    no_emoji: Annotated[bool, Opt("--no-emoji", "-NE", help="Without emoji.")] = False,
) -> None:
    """Describe a project in Markdown: commands, workflows, assets. In a file, only the part between marks changes."""
    project_document(project_dir, output_file, no_emoji=no_emoji)


@project_cli.command("dvc", epilog=example("tagma project dvc . all"))
def project_update_dvc_cli(
    project_dir: Folder = Path(),
    workflow: Annotated[str | None, Arg(help="Workflow; the first one if not given.")] = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", help="Print more.")] = False,
    quiet: Annotated[bool, Opt("--quiet", "-q", help="Print less.")] = False,
    force: Annotated[bool, Opt("--force", "-F", help="Write the file also if nothing changed.")] = False,
) -> None:
    """Write a workflow as dvc.yaml, for Data Version Control."""
    project_update_dvc(project_dir, workflow, verbose=verbose, quiet=quiet, force=force)


@project_cli.command("pull", epilog=example("tagma project pull ../storage"))
def project_pull_cli(remote: Remote = "default", project_dir: Folder = Path()) -> None:
    """Get outputs of commands from a remote storage, if they were made there from the same inputs."""
    _weasel("pull").project_pull_cli(remote, project_dir)


@project_cli.command("push", epilog=example("tagma project push ../storage"))
def project_push_cli(remote: Remote = "default", project_dir: Folder = Path()) -> None:
    """Put outputs of commands into a remote storage: a folder, or any address that the package smart_open writes to."""
    _weasel("push").project_push_cli(remote, project_dir)


@project_cli.command("run", cls=OverridesCommand, epilog=example("tagma project run all"))
def project_run_cli(
    ctx: Context,
    subcommand: Annotated[str | None, Arg(help="Command or workflow of project.yml; all are listed without.")] = None,
    project_dir: Folder = Path(),
    force: Annotated[bool, Opt("--force", "-F", help="Run steps also if nothing changed.")] = False,
    dry: Annotated[bool, Opt("--dry", "-D", help="Print the lines, run none.")] = False,
    show_help: Annotated[bool, Opt("--help", help="List commands and workflows, or tell of the one given.")] = False,
) -> None:
    """Run a command or workflow of a project. What did not change since it ran last is passed over.

    Variables of the project can be given in the line: --vars.name value.
    """
    with _children_under_the_alias():
        _weasel("run").project_run_cli(ctx, subcommand, project_dir, force, dry, show_help)


def project_assets(
    project_dir: Path,
    *,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    sparse_checkout: bool = False,
    extra: bool = False,
) -> None:
    """Get the assets of a project. Raises ImportError E4513 without weasel, as all functions here do."""
    get = _weasel("assets").project_assets
    get(Path(project_dir), overrides=overrides, sparse_checkout=sparse_checkout, extra=extra)


def project_clone(
    name: str, dest: Path, *, repo: str = TEMPLATES, branch: str = "v3", sparse_checkout: bool = False
) -> None:
    """Copy the template of a project, the folder `name` of a repository, to `dest`, which is made."""
    _weasel("clone").project_clone(name, Path(dest), repo=repo, branch=branch, sparse_checkout=sparse_checkout)


def project_document(project_dir: Path, output_file: Path, *, no_emoji: bool = False) -> None:
    """Describe a project in a Markdown file; "-" prints."""
    _weasel("document").project_document(Path(project_dir), Path(output_file), no_emoji=no_emoji)


def project_pull(project_dir: Path, remote: str, *, verbose: bool = False) -> Iterator[tuple[str, str]]:
    """Address and place of each output that was got from a remote storage."""
    return _weasel("pull").project_pull(Path(project_dir), remote, verbose=verbose)  # type: ignore[no-any-return]  # its generator


def project_push(project_dir: Path, remote: str) -> Iterator[tuple[str, str | None]]:
    """Place and address of each output that was put into a remote storage, None for what is there."""
    return _weasel("push").project_push(Path(project_dir), remote)  # type: ignore[no-any-return]  # its generator


def project_run(
    project_dir: Path,
    subcommand: str,
    *,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    force: bool = False,
    dry: bool = False,
    capture: bool = False,
    skip_requirements_check: bool = False,
) -> None:
    """Run a command or workflow of a project.

    overrides    values of its variables: {"vars.name": value}
    force        run steps also if nothing changed
    dry          print the lines, run none
    capture      keep what the lines print, and raise an error with it for one that fails; else that ends this process
    skip_requirements_check    has no effect
    """
    with _children_under_the_alias():
        _weasel("run").project_run(
            Path(project_dir), subcommand, overrides=overrides, force=force, dry=dry, capture=capture
        )


def project_update_dvc(
    project_dir: Path, workflow: str | None = None, *, verbose: bool = False, quiet: bool = False, force: bool = False
) -> None:
    """Write a workflow, the first one if none is given, as dvc.yaml."""
    write = _weasel("dvc").project_update_dvc
    write(Path(project_dir), workflow, verbose=verbose, quiet=quiet, force=force)


def _weasel(command: str) -> Any:
    """The file of a command of weasel. Raises ImportError E4513 without the package."""
    try:
        return import_module(f"weasel.cli.{command}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "weasel":
            raise
        raise ImportError(Errors.E4513) from None


@contextmanager
def _children_under_the_alias() -> Iterator[None]:
    """Processes that are started meanwhile get tagma for `import spacy` and `python -m spacy`."""
    before = os.environ.get("PYTHONPATH")
    with tempfile.TemporaryDirectory() as folder:
        for name in PEERS:
            package = Path(folder, name)
            package.mkdir()
            (package / "__init__.py").write_text(STAND_IN, encoding="utf8")
        own = str(Path(sys.modules["tagma"].__path__[0]).parent)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, before, own]))
        try:
            yield
        finally:
            if before is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = before
