"""Config values on the command line: `--training.max_steps 500`, and in TAGMA_CONFIG_OVERRIDES."""

import json
import logging
import os
import shlex
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand

from tagma.cli._report import Printer

CONFIG_OVERRIDES = "TAGMA_CONFIG_OVERRIDES"
PEER_CONFIG_OVERRIDES = "SPACY_CONFIG_OVERRIDES"  # read where ours is not set
# Sections of which every setting is checked when the pipeline, its corpora and its training are made.
CHECKED = ("nlp", "components", "corpora", "training", "pretraining", "initialize")
WITHOUT_VALUE: list[str] = []  # options of the current line that were given none, which means true
# typer brings its own click since 0.20; either way this is its class.
UsageError: Any = typer.BadParameter.__base__

logger = logging.getLogger("tagma")


class OverridesCommand(TyperCommand):
    """A command that takes `--section.key value` anywhere on its line; they stand in `ctx.args` afterwards.

    They are taken out before the line is parsed, so a misspelt option is still a usage error with a suggestion.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        overrides, rest = split_overrides(args)
        parsed = super().parse_args(ctx, rest)
        ctx.args = [*overrides, *ctx.args]
        return parsed


def split_overrides(args: list[str]) -> tuple[list[str], list[str]]:
    """The tokens of dotted options with their values, and the others."""
    overrides: list[str] = []
    rest: list[str] = []
    i = 0
    while i < len(args):
        token = args[i]
        if token == "--":
            rest += args[i:]
            break
        if token.startswith("--") and "." in token.partition("=")[0]:
            overrides.append(token)
            if "=" not in token and i + 1 < len(args) and not args[i + 1].startswith("--"):
                i += 1
                overrides.append(args[i])
        else:
            rest.append(token)
        i += 1
    return overrides, rest


def parse_config_overrides(args: list[str], env_var: str | None = CONFIG_OVERRIDES) -> dict[str, Any]:
    """Dotted names and their values, read as JSON where they are JSON. The environment's come last, so they win.

    Raises SystemExit(1) for a token that is no option, a usage error (exit status 2) for a name without a dot.
    """
    WITHOUT_VALUE.clear()
    from_line = _parse(args, on_line=True)
    text = ""
    if env_var is not None:
        text = os.environ.get(env_var) or (
            os.environ.get(PEER_CONFIG_OVERRIDES, "") if env_var == CONFIG_OVERRIDES else ""
        )
    from_environment = _parse(shlex.split(text), on_line=False)
    if from_line:
        logger.debug("Config overrides from the command line: %s", ", ".join(from_line))
    if from_environment:
        logger.debug("Config overrides from %s: %s", env_var, ", ".join(from_environment))
    return {**from_line, **from_environment}


def _parse(args: list[str], *, on_line: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    tokens = list(args)
    while tokens:
        token = tokens.pop(0)
        if not token.startswith("--"):
            Printer().fail_and_exit(f"Not an option: {token!r}", "Config values are given as --section.key value.")
        name, equals, value = token.partition("=")
        name = name.replace("--", "").replace("-", "_")
        if "." not in name:
            _refuse(token, on_line)
        if not equals and tokens and not tokens[0].startswith("--"):
            value = tokens.pop(0)
        elif not equals:
            value = "true"
            WITHOUT_VALUE.append(token)
        result[name] = _value(value)
    return result


def _refuse(token: str, on_line: bool) -> NoReturn:
    name = token.partition("=")[0]
    if on_line:
        raise UsageError(f"No such option: {name} (config values need a dotted name: --section.key)")
    Printer().fail_and_exit(f"{CONFIG_OVERRIDES} holds {name}", "Config values are given as --section.key value.")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def unused_overrides(config: Any, overrides: dict[str, Any]) -> list[str]:
    """A line for each override that sets what `config` neither has nor refers to, but has under a similar name.

    In the sections that are checked as a whole a misspelt name is an error soon after, so they are left to it.
    """
    from tagma.nn.config import suggest

    said = []
    for name in overrides:
        path = name.split(".")
        section = _section(config, path[:-1])
        if path[0] in CHECKED or section is None or path[-1] in section or f"${{{name}}}" in str(config):
            continue
        if near := suggest(path[-1], section):
            said.append(f"The config has no {name}, so nothing uses what is given for it{near}")
    return said


def _section(config: Any, path: list[str]) -> Any:
    for name in path:
        config = config.get(name) if isinstance(config, dict) else None
    return config if isinstance(config, dict) else None
