"""tagma init labels, tagma init nlp: what initializing a pipeline from its corpus gives, saved by itself."""

import json
from pathlib import Path
from typing import Annotated, Any

from typer import Context

from tagma.cli._app import Arg, Opt, init_cli
from tagma.cli._failures import show_validation_error
from tagma.cli._options import (
    Code,
    GpuId,
    config_path,
    example,
    import_code,
    read_config,
    set_verbose,
    setup_gpu,
    write_beside,
)
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.errors import Errors
from tagma.util.paths import check_place

Config = Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)]
Folder = Annotated[Path, Arg(help="Folder to save to.", file_okay=False, show_default=False)]
Verbose = Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")]

USE = """Components take their labels from these files in place of the corpus:
[initialize.components.{name}.labels]
@readers = "spacy.read_labels.v1"
path = "{path}"
"""


@init_cli.command(
    "labels", cls=OverridesCommand, epilog=example("tagma init labels config.cfg ./labels --paths.train train.spacy")
)
def init_labels_cli(
    ctx: Context,
    config_path: Config,
    output_path: Folder,
    code_path: Code = None,
    verbose: Verbose = False,
    use_gpu: GpuId = -1,
) -> None:
    """Write the labels of each component into a JSON file, so that training need not look for them in the corpus.

    Any setting of the config can be given in the line: --paths.train train.spacy.
    """
    init_labels(config_path, output_path, overrides=_prepared(ctx, code_path, verbose), use_gpu=use_gpu)


@init_cli.command(
    "nlp",
    cls=OverridesCommand,
    hidden=True,
    epilog=example("tagma init nlp config.cfg ./initialized --paths.train train.spacy"),
)
def init_pipeline_cli(
    ctx: Context,
    config_path: Config,
    output_path: Folder,
    code_path: Code = None,
    verbose: Verbose = False,
    use_gpu: GpuId = -1,
) -> None:
    """Initialize a pipeline as training does, and save it untrained."""
    msg = Printer()
    overrides = _prepared(ctx, code_path, verbose)
    check_place(output_path, folder=True)
    nlp = initialized(config_path, overrides, use_gpu)
    nlp.to_disk(output_path)
    msg.good("Saved the initialized pipeline", str(output_path))


def _prepared(ctx: Context, code_path: list[Path] | None, verbose: bool) -> dict[str, Any]:
    """The settings of the line, after the code of the user's own has run."""
    set_verbose(verbose)
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    return overrides


def init_labels(
    config_path: Path,
    output_path: Path,
    *,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    use_gpu: int = -1,
) -> dict[str, Any]:
    """Initialize the pipeline of a config and write `<component>.json` for each component with labels.

    Returns the labels by component, in the form that `initialize(labels=…)` takes.
    """
    msg = Printer()
    check_place(output_path, folder=True)
    nlp = initialized(config_path, overrides, use_gpu)
    found = {}
    for name, component in nlp.components:
        data = getattr(component, "label_data", None)
        if data is None:
            msg.info(f"No labels: {name}")
            continue
        path = output_path / f"{name}.json"
        write_beside(path, (json.dumps(data, ensure_ascii=False) + "\n").encode("utf8"))
        msg.good(f"Saved {len(component.labels)} labels of {name}", str(path))
        found[name] = data
    for name in list(found)[:1]:
        msg.text(USE.format(name=name, path=output_path / f"{name}.json"))
    return found


def initialized(config_path: Path, overrides: dict[str, Any], use_gpu: int = -1) -> Any:
    """The pipeline of a config file, initialized with its corpus. Raises SystemExit(1) for an invalid config."""
    from tagma.language.configs import NEW_CONFIG
    from tagma.training.initialize import init_nlp

    setup_gpu(use_gpu)
    config = read_config(config_path, overrides)
    if "nlp" not in config:
        raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
    with show_validation_error(config_path, hint_fill=False):
        return init_nlp(config, use_gpu=use_gpu)
