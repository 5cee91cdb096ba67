"""The typer applications that commands join: `tagma` itself, and its groups `init`, `debug`, `benchmark`, `project`."""

import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from tagma.cli._report import Printer
from tagma.training.interrupts import signal_of

__all__ = [
    "COMMAND",
    "HELP",
    "NAME",
    "Arg",
    "Opt",
    "app",
    "benchmark_cli",
    "debug_cli",
    "exit_status",
    "init_cli",
    "leave",
    "project_cli",
]

NAME = "tagma"
COMMAND = "tagma"
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
SETTINGS = {"help_option_names": ["-h", "--help"]}

Arg = typer.Argument
Opt = typer.Option


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """130 after Ctrl-C and 143 after SIGTERM, as shells have it, so that a scheduler can tell it from a failure."""
    return 128 + signal_of(interrupt)


def leave(interrupt: KeyboardInterrupt) -> NoReturn:
    """End an interrupted command: a line on stderr, and the exit status of its signal."""
    Printer(stream=sys.stderr).text("Aborted!")
    raise SystemExit(exit_status(interrupt)) from None


class Commands(TyperGroup):
    """All commands: sees an interrupt before typer, to which all signals are Ctrl-C."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            leave(interrupt)


app = typer.Typer(
    cls=Commands,
    name=NAME,
    help=HELP,
    no_args_is_help=True,
    context_settings=SETTINGS,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from tagma.about import __version__

        Printer().text(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, Opt("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None: ...


def _group(name: str, text: str) -> typer.Typer:
    return typer.Typer(name=name, help=text, no_args_is_help=True, context_settings=SETTINGS, rich_markup_mode=None)


init_cli = _group("init", "Make configs, and pipelines with word vectors.")
debug_cli = _group("debug", "Look for mistakes before training.")
benchmark_cli = _group("benchmark", "Measure a trained pipeline.")
project_cli = _group("project", "Run projects: assets, commands and workflows of a project.yml (tagma[project]).")
app.add_typer(init_cli)
app.add_typer(debug_cli)
app.add_typer(benchmark_cli)
app.add_typer(project_cli)
