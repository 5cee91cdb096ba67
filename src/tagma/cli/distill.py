"""tagma distill: a small pipeline learns the predictions of a large one."""

import sys
from pathlib import Path
from typing import Annotated, Any

from typer import Context

from tagma.cli._app import Arg, Opt, app
from tagma.cli._failures import show_validation_error
from tagma.cli._options import Code, GpuId, config_path, example, import_code, read_config, set_verbose, setup_gpu
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.cli.train import output_folder, say_what_is_left
from tagma.errors import Errors


@app.command(
    "distill",
    cls=OverridesCommand,
    epilog=example("tagma distill ./large student.cfg --output ./small --paths.train raw.spacy --paths.dev dev.spacy"),
)
def distill_cli(
    ctx: Context,
    teacher: Annotated[str, Arg(help="Name or folder of the trained pipeline to learn from.", show_default=False)],
    config_path: Annotated[
        Path, Arg(help="Config file of the student; '-' reads stdin.", callback=config_path, show_default=False)
    ],
    output_path: Annotated[
        Path | None, Opt("--output", "--output-path", "-o", help="Folder for model-best and model-last.")
    ] = None,
    gold_weight: Annotated[
        float | None,
        Opt("--gold-weight", "-w", min=0, max=1, help="Share of gold annotation; the rest is the teacher's."),
    ] = None,
    code_path: Code = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")] = False,
    use_gpu: GpuId = -1,
    resume: Annotated[bool, Opt("--resume", help="Go on with the interrupted run in the output folder.")] = False,
) -> None:
    """Train a pipeline on what another one predicts. Ctrl-C stops and keeps what was learnt.

    The corpus needs no annotation: it is that of [distillation] corpus, or else the training corpus. With annotation,
    --gold-weight 0.3 learns from both. The student has the labels of its teacher. The table shows its scores, the
    teacher's final score, and the agreement: the student's, if the teacher's predictions were the gold annotation.
    """
    set_verbose(verbose)
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    try:
        distill(
            teacher,
            config_path,
            output_path,
            gold_weight=gold_weight,
            use_gpu=use_gpu,
            overrides=overrides,
            resume=resume,
        )
    except KeyboardInterrupt as interrupt:
        say_what_is_left(interrupt)


def distill(
    teacher: str | Path,
    config_path: str | Path,
    output_path: str | Path | None = None,
    *,
    gold_weight: float | None = None,
    use_gpu: int = -1,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    resume: bool = False,
) -> None:
    """Initialise and train the pipeline of a config file on the predictions of `teacher`, a name or a folder.

    gold_weight    share of gold annotation, in place of that in [distillation]
    Without `output_path` nothing is saved; `resume` goes on from the state there. Raises SystemExit(1) for a missing
    file or an invalid config, and what loading, initializing and training raise.
    """
    from tagma import util
    from tagma.training.distill import distill as distill_nlp
    from tagma.training.distill import init_student

    msg = Printer()
    if str(config_path) != "-" and not Path(config_path).exists():
        msg.fail_and_exit("There is no such config file", str(config_path))
    with output_folder(output_path, resume, msg) as folder:
        setup_gpu(use_gpu)
        config = read_config(Path(config_path), overrides)
        if "nlp" not in config:
            raise ValueError(Errors.E985.format(besides=""))
        if gold_weight is not None:
            config.setdefault("distillation", {})["gold_weight"] = gold_weight
        msg.divider("Initializing the student")
        taught_by = util.load_model(teacher)
        with show_validation_error(config_path, hint_fill=False):
            student = init_student(config, taught_by, use_gpu=use_gpu)
        msg.good(f"Ready to learn from {teacher}: {', '.join(student.pipe_names)}")
        msg.divider("Distilling")
        distill_nlp(taught_by, student, folder, use_gpu=use_gpu, stdout=sys.stdout, stderr=sys.stderr, resume=resume)
