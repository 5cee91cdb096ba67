"""What all commands share: help, options, overrides, lazy loading."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import tagma
from tagma.cli import _util
from tagma.cli._overrides import parse_config_overrides, split_overrides

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
    "train": "config_path --output/--output-path/-o --code/-c --VERBOSE/-V/-VV --gpu-id/-g --RESUME",
}
SURFACE["benchmark accuracy"] = SURFACE["evaluate"]


@pytest.mark.parametrize("name", SURFACE)
def test_surface(name: str) -> None:
    """Each command has its arguments, in order, and its options under all their names; and no others."""
    for module in _util.COMMANDS:
        import_module(f"tagma.cli.{module}")
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


def test_groups_without_a_command(tagma_command: Tagma) -> None:
    """A bare `tagma` and a bare group are wrong usage; the group prints its commands."""
    assert tagma_command().returncode == 2
    result = tagma_command("init")
    assert result.returncode == 2
    assert "fill-config" in result.stdout + result.stderr


def test_overrides_are_found_anywhere() -> None:
    """Dotted options with their values leave the line, whatever stands around them."""
    line = ["--a.b", "3", "config.cfg", "-o", "out", "--c.d=x y", "--e.f", "--g.@h", "z"]
    overrides, rest = split_overrides(line)
    assert rest == ["config.cfg", "-o", "out"]
    assert parse_config_overrides(overrides, env_var=None) == {"a.b": 3, "c.d": "x y", "e.f": True, "g.@h": "z"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10), ("0.1", 0.1), ("false", False), ("null", None), ("[1,2]", [1, 2]), ("plain", "plain"), ("1a", "1a")],
)
def test_override_values_are_json(text: str, value: object) -> None:
    """A value is JSON where it can be, else a string."""
    assert parse_config_overrides(["--a.b", text], env_var=None) == {"a.b": value}


def test_dashes_in_override_names() -> None:
    """`-` in a name stands for `_`, in both ways of writing."""
    assert parse_config_overrides(["--a.max-steps=1", "--b.max-steps", "2"], env_var=None) == {
        "a.max_steps": 1,
        "b.max_steps": 2,
    }


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """TAGMA_CONFIG_OVERRIDES beats the line; SPACY_CONFIG_OVERRIDES counts where it is not set."""
    monkeypatch.setenv("SPACY_CONFIG_OVERRIDES", "--a.b 1")
    assert parse_config_overrides(["--a.b", "0"]) == {"a.b": 1}
    monkeypatch.setenv("TAGMA_CONFIG_OVERRIDES", "--a.b '2 3' --c.d")
    assert parse_config_overrides(["--a.b", "0"]) == {"a.b": "2 3", "c.d": True}


def test_environment_without_a_dot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A name without a dot in the environment fails with exit status 1 and is named."""
    monkeypatch.setenv("TAGMA_CONFIG_OVERRIDES", "--nodot 1")
    with pytest.raises(SystemExit) as error:
        parse_config_overrides([])
    assert error.value.code == 1
    assert "--nodot" in capsys.readouterr().out


def test_version(tagma_command: Tagma) -> None:
    """--version prints name and version."""
    result = tagma_command("--version")
    assert (result.returncode, result.stdout) == (0, f"tagma {tagma.__version__}\n")


def test_bad_environment(tagma_command: Tagma) -> None:
    """A number of threads that is none is named in one line."""
    result = tagma_command("info", env={"TAGMA_NUM_THREADS": "abc"})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "TAGMA_NUM_THREADS is 'abc'; set it to a whole number of at least 1, or unset it"
    ]


@pytest.mark.parametrize("module", ["numpy", "typer", "tagma.cli.train"])
def test_interrupt_while_loading(tmp_path: Path, tagma_command: Tagma, module: str) -> None:
    """Ctrl-C while modules are imported is one line, with the exit status that it has later."""
    # sitecustomize runs first of all: it has the import of a module raise what Ctrl-C raises
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )
    result = tagma_command("info", env={"PYTHONPATH": str(tmp_path)})
    assert (result.returncode, result.stderr.splitlines()) == (130, ["Aborted!"])


def test_importing_the_package_imports_no_command() -> None:
    """`import tagma.cli` loads neither typer nor the commands; a function comes when it is asked for."""
    code = (
        "import sys, tagma.cli\n"
        "heavy = ('typer', 'rich', 'pydantic', 'tagma.cli.')\n"
        "assert not [name for name in sys.modules if name.startswith(heavy)]\n"
        "from tagma.cli import convert\n"
        "import tagma.cli.convert, tagma.cli.train\n"
        "assert tagma.cli.convert is convert and callable(convert)\n"
        "assert tagma.cli.train.train.__name__ == 'train'\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
