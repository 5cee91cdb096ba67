"""tagma debug diff-config: what a config sets otherwise than another, or than the one `init config` would write."""

import difflib
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, debug_cli
from tagma.cli._failures import show_validation_error
from tagma.cli._options import config_path, example, existing_path
from tagma.cli._report import Printer, colours_wanted
from tagma.cli.init_config import EMBEDDINGS, Optimizations, init_config


@debug_cli.command("diff-config", epilog=example("tagma debug diff-config config.cfg --compare-to other.cfg"))
def debug_diff_cli(
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    compare_to: Annotated[
        Path | None,
        Opt(
            help="The other config; if not given, that of `init config` for the same language and components.",
            callback=existing_path,
            dir_okay=False,
        ),
    ] = None,
    optimize: Annotated[
        Optimizations,
        Opt("--optimize", "-o", help="Compare with one that is small and fast, or larger and better."),
    ] = Optimizations.efficiency,
    gpu: Annotated[bool, Opt("--gpu", "-G", help="Compare with a config for a GPU.")] = False,
    pretraining: Annotated[bool, Opt("--pretraining", "--pt", help="Compare with one that has pretraining.")] = False,
    markdown: Annotated[bool, Opt("--markdown", "-md", help="Print a block of Markdown.")] = False,
) -> None:
    """Show the settings of a config that differ from those of another."""
    debug_diff(config_path, compare_to, gpu, optimize, pretraining, markdown)


def debug_diff(
    config_path: Path,
    compare_to: Path | None,
    gpu: bool,
    optimize: Optimizations,
    pretraining: bool,
    markdown: bool,
) -> None:
    """Print the other config line by line: `+` is in `config_path` alone, `-` in the other alone.

    compare_to    the other config; None for the one that `init_config` makes for language and components of this one
    markdown      a fenced block, without colours
    """
    from tagma import util

    msg = Printer()
    with show_validation_error(config_path):
        own = util.load_config(config_path)
        if compare_to is not None:
            other = util.load_config(compare_to)
        else:
            other = _proposed(own, Optimizations(optimize), gpu, pretraining, msg)
    before, after = other.to_str(interpolate=False), own.to_str(interpolate=False)
    if before == after:
        msg.warn("There is nothing to show: the two configs are the same.")
        return
    lines = list(_diff(before.splitlines(), after.splitlines(), colours=not markdown and colours_wanted()))
    msg.text("\n".join(["```diff", *lines, "```"] if markdown else lines))


def _proposed(own: Any, optimize: Optimizations, gpu: bool, pretraining: bool, msg: Printer) -> Any:
    """What `init config` would write for the language and the components of a config."""
    nlp = own.interpolate().get("nlp", {})
    blocks = own.get("components", {})
    lang = nlp.get("lang") or "en"
    factories = [blocks.get(name, {}).get("factory") or name for name in nlp.get("pipeline") or []]
    names = [name for name in dict.fromkeys(factories) if name not in EMBEDDINGS]
    if not names:
        msg.fail_and_exit(
            "The config has no components of which 'init config' could make one to compare with.",
            "Name the other config: --compare-to other.cfg",
        )
    msg.info(
        f"Compared with a config for language {lang!r}, components: {', '.join(names)}",
        f"made for {optimize.value} on a {'GPU' if gpu else 'CPU'}{', with pretraining' if pretraining else ''}",
    )
    return init_config(lang=lang, pipeline=names, optimize=optimize.value, gpu=gpu, pretraining=pretraining)


def _diff(before: list[str], after: list[str], *, colours: bool) -> list[str]:
    """All lines of both texts, each with "+ ", "- " or two blanks in front."""
    painted = {"+": 32, "-": 31} if colours else {}
    lines = [line for line in difflib.ndiff(before, after) if not line.startswith("?")]
    return [f"\033[{painted[line[0]]}m{line}\033[0m" if line[0] in painted else line for line in lines]
