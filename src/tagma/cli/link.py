"""tagma link: says that shortcuts for pipelines are gone."""

from typing import Any

import typer

from tagma.cli._app import app
from tagma.cli._report import Printer


@app.command(
    "link",
    hidden=True,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
)
def link_cli(ctx: typer.Context) -> None:
    """Shortcuts for pipelines are gone: does nothing."""
    link(*ctx.args)


def link(*args: Any, **kwargs: Any) -> None:
    """Warns, whatever it is given."""
    Printer().warn(
        "There are no shortcuts for pipelines any more: 'link' does nothing",
        "Load a pipeline by the name of its package, or by the path of its folder.",
    )
