"""tagma train: from a config and a corpus to a trained pipeline."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

from typer import Context

from tagma.cli._app import COMMAND, Arg, Opt, app, exit_status
from tagma.cli._failures import show_validation_error
from tagma.cli._options import Code, GpuId, config_path, example, import_code, read_config, set_verbose, setup_gpu
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.errors import Errors
from tagma.util.paths import check_place


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
    code_path: Code = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")] = False,
    use_gpu: GpuId = -1,
    resume: Annotated[bool, Opt("--resume", help="Go on with the interrupted run in the output folder.")] = False,
    rehearse: Annotated[
        Path | None, Opt("--rehearse", help="Texts on which components from trained pipelines keep what they knew.")
    ] = None,
) -> None:
    """Train a pipeline. Ctrl-C stops and keeps what was learnt; the exit status then is 130 (143 after SIGTERM).

    Any setting of the config can be given in the line: --training.max_steps 500. The environment variable
    TAGMA_CONFIG_OVERRIDES holds such settings too, and wins.
    """
    set_verbose(verbose)
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    try:
        train(config_path, output_path, use_gpu=use_gpu, overrides=overrides, resume=resume, rehearse=rehearse)
    except KeyboardInterrupt as interrupt:
        say_what_is_left(interrupt)


def train(
    config_path: str | Path,
    output_path: str | Path | None = None,
    *,
    use_gpu: int = -1,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    resume: bool = False,
    rehearse: str | Path | None = None,
) -> None:
    """Initialise and train the pipeline of a config file; without `output_path` nothing is saved.

    resume      Continue from the state in `output_path`, as if there had been no interruption.
    rehearse    File of texts on which components that come from trained pipelines keep what they knew.
    Raises SystemExit(1) for a missing file or an invalid config, and what training raises.
    """
    from tagma.training.loop import train as train_nlp

    msg = Printer()
    if str(config_path) != "-" and not Path(config_path).exists():
        msg.fail_and_exit("There is no such config file", str(config_path))
    with output_folder(output_path, resume, msg) as folder:
        setup_gpu(use_gpu)
        nlp = _initialized(Path(config_path), overrides, use_gpu, msg, rehearse)
        msg.divider("Training pipeline")
        train_nlp(nlp, folder, use_gpu=use_gpu, stdout=sys.stdout, stderr=sys.stderr, resume=resume)


def _initialized(
    config_path: Path, overrides: dict[str, Any], use_gpu: int, msg: Printer, rehearse: str | Path | None
) -> Any:
    from tagma.language.configs import NEW_CONFIG
    from tagma.training.initialize import init_nlp

    config = read_config(config_path, overrides)
    if "nlp" not in config:
        raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
    if rehearse is not None:
        config.setdefault("training", {})["rehearse"] = str(rehearse)
    msg.divider("Initializing pipeline")
    with show_validation_error(config_path, hint_fill=False):
        nlp = init_nlp(config, use_gpu=use_gpu)
    msg.good(f"Ready to train: {', '.join(nlp.pipe_names)}")
    return nlp


def say_what_is_left(interrupt: KeyboardInterrupt) -> NoReturn:
    """`interrupt` is TrainingInterrupted if training had begun."""
    msg = Printer()
    saved = getattr(interrupt, "saved", None)
    if saved is None:
        msg.fail_and_exit("Training was interrupted.", "Nothing was saved.", exit_status(interrupt))
    msg.text()
    msg.fail("Training was interrupted.", f"{saved} holds what was learnt.")
    if interrupt.can_resume:  # type: ignore[attr-defined]  # then it has this
        msg.text("This goes on from the last evaluation, as if there had been no interruption:")
        msg.text(shlex.join([COMMAND, *(word for word in sys.argv[1:] if word != "--resume"), "--resume"]))
    msg.text()
    raise SystemExit(exit_status(interrupt))


@contextmanager
def output_folder(output_path: str | Path | None, resume: bool, msg: Printer) -> Iterator[Path | None]:
    """The folder to save to, made if it is not there, and removed again if the run left it empty."""
    if output_path is None:
        if resume:
            msg.fail_and_exit("--resume needs the folder of the interrupted run: give --output.")
        msg.info("Nothing is saved in this run; --output names a folder to save to.")
        yield None
        return
    folder = Path(output_path)
    if folder.is_dir():
        msg.info("Output folder", str(folder))
        yield folder
        return
    if folder.exists():
        msg.fail_and_exit("The output is a file; a folder is needed.", str(folder))
    if resume:
        msg.fail_and_exit("No interrupted run here: the folder does not exist", str(folder))
    check_place(folder, folder=True)
    folder.mkdir(parents=True)
    msg.good("New output folder", str(folder))
    try:
        yield folder
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()
