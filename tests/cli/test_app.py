"""The applications that the commands join (_app.py, _commands.py, _util.py): help, groups, names for plug-ins."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import tagma
from tagma.cli import _util
from tagma.cli._commands import COMMANDS as FILES
from tagma.cli._setup import load_commands

from .conftest import Tagma

COMMANDS = [
    ["init", "config"],
    ["init", "fill-config"],
    ["convert"],
    ["debug", "config"],
    ["train"],
    ["evaluate"],
    ["benchmark", "accuracy"],
    ["apply"],
    ["info"],
    ["find-function"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_shows_an_example(tagma_command: Tagma, command: list[str], option: str) -> None:
    """The help of each command has a worked example, and names it as one types it."""
    result = tagma_command(*command, option)
    assert result.returncode == 0
    last = result.stdout.rstrip().splitlines()[-1]
    assert last.startswith(f"  Example: tagma {' '.join(command)} ")  # in one line, to be copied


# The surface that scripts rely on: for each command its arguments, then its options (flags in capitals).
SURFACE = {
    "apply": "model data_path output_file --code/-c --text-key/-tk --FORCE/-F --gpu-id/-g --batch-size/-b "
    "--n-process/-n",
    "convert": "input_path [output_dir] --file-type/-t --n-sents/-n --SEG-SENTS/-s --model/--base/-b --MORPHOLOGY/-m "
    "--MERGE-SUBTOKENS/-T --converter/-c --ner-map/-nm --lang/-l --CONCATENATE/-C",
    "debug config": "config_path --code-path/--code/-c --SHOW-FUNCTIONS/-F --SHOW-VARIABLES/-V",
    "evaluate": "model data_path --output/-o --code/-c --gpu-id/-g --GOLD-PREPROC/-G --displacy-path/-dp "
    "--displacy-limit/-dl --PER-COMPONENT/-P --spans-key/-sk",
    "find-function": "func_name --registry/-r",
    "info": "[model] --MARKDOWN/-md --SILENT/-s/-S --exclude/-e --URL/-u",
    "init config": "output_file --lang/-l --pipeline/-p --optimize/-o --GPU/-G --PRETRAINING/-pt --FORCE/-F",
    "init fill-config": "base_path [output_file] --PRETRAINING/-pt --DIFF/-D --code-path/--code/-c",
    "train": "config_path --output/--output-path/-o --code/-c --VERBOSE/-V/-VV --gpu-id/-g --RESUME --rehearse",
}
SURFACE["benchmark accuracy"] = SURFACE["evaluate"]


@pytest.mark.parametrize("name", SURFACE)
def test_surface(name: str) -> None:
    """Each command has its arguments, in order, and its options under all their names; and no others."""
    load_commands()
    command: Any = get_command(_util.app)
    for word in name.split():
        command = command.commands[word]
    found = []
    for param in command.params:
        if param.param_type_name == "argument":
            found.append(param.name if param.required else f"[{param.name}]")
        else:
            first, *others = param.opts
            found.append("/".join([first.upper() if param.is_flag else first, *others]))
    assert found == SURFACE[name].split()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_misspelt_option(tagma_command: Tagma, command: list[str]) -> None:
    """An unknown option is wrong usage: exit status 2, and it is named."""
    result = tagma_command(*command, __file__, __file__, "--nonsense")
    assert result.returncode == 2
    assert "--nonsense" in result.stderr


def test_misspelt_option_is_mended(tagma_command: Tagma) -> None:
    """The option that was meant is offered, also where dotted overrides are taken."""
    result = tagma_command("train", __file__, "--outptu", "x", "--training.max_steps", "3")
    assert result.returncode == 2
    assert "--output" in result.stderr


@pytest.mark.parametrize(("line", "shown"), [([], "tagma train config.cfg"), (["init"], "fill-config")], ids=str)
def test_groups_without_a_command(tagma_command: Tagma, line: list[str], shown: str) -> None:
    """A bare `tagma` and a bare group are wrong usage, and print their help."""
    result = tagma_command(*line)
    assert result.returncode == 2
    assert shown in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_every_command_is_in_the_table() -> None:
    """A file of the room is a command if its name has no underscore, or a folder's file of commands; all are named."""
    folder = Path(tagma.cli._commands.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert set(FILES) == files | {f"{path.parent.name}.commands" for path in folder.glob("*/commands.py")}
    for file, names in FILES.items():
        module = import_module(f"tagma.cli.{file}")
        for name in names.split():
            assert getattr(tagma.cli, name) is getattr(module, name)


def test_names_for_plug_ins() -> None:
    """The names that plug-ins import stand where spaCy has them."""
    for name in _util.__all__:
        assert getattr(_util, name) is not None
    assert {"Arg", "Opt", "app", "init_cli", "debug_cli", "benchmark_cli", "setup_cli"} <= set(_util.__all__)


def test_version(tagma_command: Tagma) -> None:
    """--version prints name and version."""
    result = tagma_command("--version")
    assert (result.returncode, result.stdout) == (0, f"tagma {tagma.__version__}\n")
