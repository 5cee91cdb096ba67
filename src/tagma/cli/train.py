"""tagma train: from a config and a corpus to a trained pipeline."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

from typer import Context

from tagma.cli._util import (
    COMMAND,
    Arg,
    Opt,
    OverridesCommand,
    Printer,
    app,
    config_path,
    example,
    import_code,
    parse_config_overrides,
    set_verbose,
    setup_gpu,
    show_validation_error,
)


@app.command(
    "train",
    cls=OverridesCommand,
    epilog=example("tagma train config.cfg --output ./model --paths.train train.spacy --paths.dev dev.spacy"),
)
def train_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    output_path: Annotated[
        Path | None, Opt("--output", "--output-path", "-o", help="Folder for model-best and model-last.")
    ] = None,
    code_path: Annotated[
        Path | None, Opt("--code", "-c", help="Python file run first, for its registered functions.")
    ] = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")] = False,
    use_gpu: Annotated[int, Opt("--gpu-id", "-g", help="Number of the GPU; -1: CPU.")] = -1,
    resume: Annotated[bool, Opt("--resume", help="Go on with the interrupted run in the output folder.")] = False,
) -> None:
    """Train a pipeline. Ctrl-C stops and keeps what was learnt.

    Any setting of the config can be given in the line: --training.max_steps 500. The environment variable
    TAGMA_CONFIG_OVERRIDES holds such settings too, and wins.
    """
    set_verbose(verbose)
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    try:
        train(config_path, output_path, use_gpu=use_gpu, overrides=overrides, resume=resume)
    except KeyboardInterrupt:
        _say_what_is_left(output_path)


def train(
    config_path: str | Path,
    output_path: str | Path | None = None,
    *,
    use_gpu: int = -1,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    resume: bool = False,
) -> None:
    """Initialise and train the pipeline of a config file; without `output_path` nothing is saved.

    resume    Continue from the state in `output_path`, as if there had been no interruption.
    Raises SystemExit(1) for a missing file or an invalid config, and what training raises.
    """
    from tagma import util
    from tagma.training.initialize import init_nlp
    from tagma.training.loop import train as train_nlp

    msg = Printer()
    config_path = Path(config_path)
    if str(config_path) != "-" and not config_path.exists():
        msg.fail_and_exit("Config file not found", str(config_path))
    folder, is_new = _output_folder(output_path, resume, msg)
    setup_gpu(use_gpu)
    try:
        with show_validation_error(config_path):
            config = util.load_config(config_path, overrides=overrides, interpolate=False)
        msg.divider("Initializing pipeline")
        with show_validation_error(config_path, hint_fill=False):
            nlp = init_nlp(config, use_gpu=use_gpu)
        msg.good("Initialized pipeline")
        msg.divider("Training pipeline")
        train_nlp(nlp, folder, use_gpu=use_gpu, stdout=sys.stdout, stderr=sys.stderr, resume=resume)
    finally:
        if folder is not None and is_new and not any(folder.iterdir()):
            folder.rmdir()  # the run failed before there was anything to save


def _say_what_is_left(folder: Path | None) -> NoReturn:
    from tagma.training.state import STATE_FILE

    msg = Printer()
    if folder is None or not (folder / STATE_FILE).exists():
        msg.fail_and_exit("Training was interrupted.", "Nothing was saved.")
    msg.text()
    msg.fail("Training was interrupted.", f"{folder / 'model-last'} holds what was learnt.")
    msg.text("This goes on from the last evaluation, as if there had been no interruption:")
    msg.text(shlex.join([COMMAND, *(word for word in sys.argv[1:] if word != "--resume"), "--resume"]))
    msg.text()
    raise SystemExit(1)


def _output_folder(output_path: str | Path | None, resume: bool, msg: Printer) -> tuple[Path | None, bool]:
    """The folder, and whether it was made now."""
    if output_path is None:
        if resume:
            msg.fail_and_exit("--resume needs the folder of the interrupted run: give --output.")
        msg.info("No output directory given: nothing will be saved")
        return None, False
    folder = Path(output_path)
    if folder.exists() and not folder.is_dir():
        msg.fail_and_exit("The output is a file; a folder is needed.", str(folder))
    is_new = not folder.exists()
    if is_new:
        if resume:
            msg.fail_and_exit("No interrupted run here: the folder does not exist", str(folder))
        folder.mkdir(parents=True)
        msg.good("Created output directory", str(folder))
    msg.info(f"Saving to output directory: {folder}")
    return folder, is_new
