"""tagma debug config: is this config complete and right, before a corpus is read."""

import re
from pathlib import Path
from typing import Annotated, Any

from typer import Context

from tagma.cli._app import Arg, Opt, debug_cli
from tagma.cli._failures import show_validation_error
from tagma.cli._options import CodePath, config_path, example, import_code, read_config
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._references import reference_errors, unknown_scores
from tagma.cli._report import Printer
from tagma.errors import Errors

VARIABLE = re.compile(r"\$\{([\w.:@-]+)\}")


@debug_cli.command(
    "config",
    cls=OverridesCommand,
    epilog=example("tagma debug config config.cfg --paths.train train.spacy --paths.dev dev.spacy --show-functions"),
)
def debug_config_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    code_path: CodePath = None,
    show_funcs: Annotated[
        bool, Opt("--show-functions", "-F", help="List the registered functions and where they are written.")
    ] = False,
    show_vars: Annotated[bool, Opt("--show-variables", "-V", help="List the variables and their values.")] = False,
) -> None:
    """Check a config: build the pipeline, resolve [initialize] and [training].

    Any setting can be given in the line: --training.max_steps 500.
    """
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    debug_config(config_path, overrides=overrides, show_funcs=show_funcs, show_vars=show_vars)


def debug_config(
    config_path: Path,
    *,
    overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    show_funcs: bool = False,
    show_vars: bool = False,
) -> None:
    """Print what is wrong and exit with 1 at the first part that is; say so where all is well."""
    from tagma import util
    from tagma.language.check import check_types
    from tagma.language.configs import NEW_CONFIG
    from tagma.nn.config import ConfigValidationError
    from tagma.registries import registry
    from tagma.schemas import ConfigSchemaInit, ConfigSchemaTraining, optimizer_errors

    msg = Printer()
    msg.divider("The pipeline")
    with show_validation_error(config_path):
        raw = read_config(config_path, overrides)
        if "nlp" not in raw:
            raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
        if errors := reference_errors(raw.interpolate()):
            raise ConfigValidationError(errors=errors, show_config=False)
        check_types(raw.interpolate())
        nlp = util.load_model_from_config(raw)
        config = nlp.config.interpolate()
    for section, schema in (("initialize", ConfigSchemaInit), ("training", ConfigSchemaTraining)):
        msg.divider(f"[{section}]")
        with show_validation_error(config_path):
            settings = registry.resolve(config[section], schema=schema)
            util.resolve_dot_names(config, [settings.get("train_corpus"), settings.get("dev_corpus")])
            if errors := optimizer_errors(settings.get("optimizer")):
                raise ConfigValidationError(errors=errors, show_config=False)
    for text in unknown_scores(nlp):
        msg.warn(text, "A score that is not there counts as 0 in the final one.")
    msg.good("All parts of the config are valid")
    if show_vars:
        rows = variables(raw, config)
        msg.divider(f"Variables ({len(rows)})")
        msg.table(rows, header=("Variable", "Value"), max_width=1000)
    if show_funcs:
        found = functions(config)
        msg.divider(f"Functions ({len(found)})")
        for place, facts in found:
            msg.info(f"[{place}]")
            msg.table(list(facts.items()), max_width=1000)


def variables(raw: Any, config: Any) -> list[tuple[str, str]]:
    """`${section.key}` and its value, for each variable that the config uses."""
    from tagma.util import dot_to_object

    used = sorted(set(VARIABLE.findall(raw.to_str(interpolate=False))))
    return [(f"${{{name}}}", repr(dot_to_object(config, name.replace(":", ".")))) for name in used]


def functions(config: Any) -> list[tuple[str, dict[str, str]]]:
    """Place in the config, and registry, name, module and file of each registered function it names."""
    from tagma.registries import registry
    from tagma.util import walk_dict

    rows = []
    for path, value in walk_dict(config):
        if not path[-1].startswith("@"):
            continue
        name = path[-1][1:]
        facts = registry.find(name, value)
        rows.append(
            (
                ".".join(path[:-1]),
                {
                    "Registry": path[-1],
                    "Name": str(value),
                    "Module": str(facts.get("module")),
                    "File": f"{facts['file']} (line {facts['line_no']})" if facts["file"] else "(compiled)",
                },
            )
        )
    return rows
