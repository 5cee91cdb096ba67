"""tagma pretrain: a tok2vec network learns from raw text, before it is trained on annotated text."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

from typer import Context

from tagma.cli._app import COMMAND, Arg, Opt, app, exit_status
from tagma.cli._options import (
    Code,
    GpuId,
    config_path,
    example,
    existing_path,
    import_code,
    read_config,
    setup_gpu,
    write_beside,
)
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.errors import Errors
from tagma.util.paths import check_place


@app.command(
    "pretrain",
    cls=OverridesCommand,
    epilog=example("tagma pretrain config.cfg ./pretrained --paths.raw_text raw.jsonl --pretraining.max_epochs 20"),
)
def pretrain_cli(
    ctx: Context,
    config_path: Annotated[
        Path,
        Arg(help="Config file with [pretraining]; '-' reads stdin.", callback=config_path, show_default=False),
    ],
    output_dir: Annotated[Path, Arg(help="Folder for the weights.", show_default=False)],
    code_path: Code = None,
    resume_path: Annotated[
        Path | None,
        Opt("--resume-path", "-r", help="File of weights to go on from, model3.bin.", callback=existing_path),
    ] = None,
    epoch_resume: Annotated[
        int | None,
        Opt("--epoch-resume", "-er", help="Number of the first epoch, where the file's name does not tell it."),
    ] = None,
    use_gpu: GpuId = -1,
    skip_last: Annotated[bool, Opt("--skip-last", "-L", help="Do not write model-last.bin in the end.")] = False,
    resume: Annotated[
        bool, Opt("--resume", help="Go on with the interrupted run in the output folder, as if it had not been.")
    ] = False,
) -> None:
    """Pretrain a tok2vec network on raw text. Ctrl-C stops and keeps what was learnt.

    The text is read in each epoch and never held as a whole: lines of JSON with a "text", plain text with a document a
    line, or .spacy files, as [corpora.pretrain] says. 'tagma init fill-config --pretraining' adds both sections to a
    config. With the weights in [initialize] init_tok2vec (--paths.init_tok2vec ./pretrained/model-last.bin), 'tagma
    train' begins with what was learnt here.
    """
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    msg = Printer()
    start = _start(output_dir, resume_path, epoch_resume, resume, msg)
    setup_gpu(use_gpu)
    config = read_config(config_path, overrides)
    if "nlp" not in config:
        raise ValueError(Errors.E985.format(besides=""))
    if not config.get("pretraining"):
        raise ValueError(Errors.E4322.format(path=config_path))
    try:
        _pretrain(config, output_dir, start, epoch_resume, use_gpu, skip_last, msg)
    except KeyboardInterrupt as interrupt:
        _say_what_is_left(interrupt, output_dir)


def _start(output: Path, resume_path: Path | None, epoch: int | None, resume: bool, msg: Printer) -> Path | None:
    """The file to go on from, None to begin. Exits with 1 where the options do not say which, or at which epoch."""
    from tagma.training.pretrain import PRETRAINING_STATE, number_of_epoch

    check_place(output, folder=True)
    if resume:
        state = output / PRETRAINING_STATE
        if resume_path is not None or not state.is_file():
            reason = f"no file {state}" if resume_path is None else "--resume-path names another file to go on from"
            msg.fail_and_exit("No interrupted run to go on with", reason)
        return state
    if output.is_dir() and any(output.iterdir()):
        what = "epochs that follow replace its files." if resume_path else "files of the same names are replaced."
        msg.warn(f"The output folder {output} is not empty", f"The {what}")
    if resume_path is None:
        return None
    if resume_path.is_dir():
        msg.fail_and_exit("--resume-path names a folder; a file of weights is needed", str(resume_path))
    if epoch is not None and epoch < 0:
        msg.fail_and_exit(f"--epoch-resume is the number of an epoch, from 0 on, not {epoch}")
    if resume_path.name != PRETRAINING_STATE:
        number_of_epoch(resume_path, epoch)
    return resume_path


def _pretrain(
    config: Any, output: Path, start: Path | None, epoch: int | None, use_gpu: int, skip_last: bool, msg: Printer
) -> None:
    from tagma.training.pretrain import LAST_WEIGHTS, pretrain

    write_beside(output / "config.cfg", config.to_str(interpolate=False).encode("utf8"))
    msg.good("Saved the config", str(output / "config.cfg"))
    msg.divider("Pretraining")
    pretrain(config, output, start, epoch, use_gpu=use_gpu, silent=False, skip_last=skip_last)
    msg.good("Pretrained" if skip_last else f"Pretrained: {output / LAST_WEIGHTS}")


def _say_what_is_left(interrupt: KeyboardInterrupt, output: Path) -> NoReturn:
    msg = Printer()
    saved = getattr(interrupt, "saved", None)
    msg.text()
    msg.fail("Pretraining was interrupted.", f"{saved} holds what was learnt." if saved else "Nothing was saved.")
    if getattr(interrupt, "can_resume", False):
        msg.text("This goes on from the last saved epoch, as if there had been no interruption:")
        msg.text(shlex.join([COMMAND, *(word for word in sys.argv[1:] if word != "--resume"), "--resume"]))
    msg.text()
    raise SystemExit(exit_status(interrupt))
