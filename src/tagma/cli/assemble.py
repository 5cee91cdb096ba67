"""tagma assemble: a pipeline from a config and its parts, without training."""

from pathlib import Path
from typing import Annotated, Any

from typer import Context

from tagma.cli._app import Arg, Opt, app
from tagma.cli._failures import show_validation_error
from tagma.cli._options import Code, config_path, example, import_code, read_config, set_verbose
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.util.paths import check_place


@app.command("assemble", cls=OverridesCommand, epilog=example("tagma assemble config.cfg ./model --nlp.lang en"))
def assemble_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    output_path: Annotated[Path, Arg(help="Folder to save the pipeline to.", file_okay=False, show_default=False)],
    code_path: Code = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")] = False,
) -> None:
    """Put a pipeline together from a config: rules, and components of other pipelines. Nothing is trained.

    Any setting of the config can be given in the line: --components.ner.source ./other.
    """
    set_verbose(verbose)
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    assemble(config_path, output_path, overrides=overrides)


def assemble(config_path: Path, output_path: Path, *, overrides: dict[str, Any] = {}) -> None:  # noqa: B006 - read only
    """Build, initialize and save the pipeline of a config; its components get no examples.

    Components taken from another pipeline stay as they are. What is left to defaults is filled in, and no section of
    training is needed. Raises SystemExit(1) for an invalid config, and what a component says that needs examples.
    """
    from tagma import util
    from tagma.language.assembly import get_sourced_components

    msg = Printer()
    check_place(output_path, folder=True)
    config = read_config(config_path, overrides)
    msg.divider("Initializing pipeline")
    with show_validation_error(config_path, hint_fill=False):
        nlp = util.load_model_from_config(config, auto_fill=True)
        sourced = [name for name in get_sourced_components(config) if name in nlp.component_names]
        with nlp.select_pipes(disable=sourced):
            nlp.initialize()
    msg.good(f"Initialized: {', '.join(nlp.pipe_names) or 'a pipeline without components'}")
    msg.divider("Serializing to disk")
    output_path.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(output_path)
    msg.good("Saved the pipeline", str(output_path))
