"""Config values on the command line and in the environment."""

from pathlib import Path

import pytest

from tagma.cli._overrides import parse_config_overrides, split_overrides, unused_overrides
from tagma.nn.config import Config

from .conftest import Tagma


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


CONFIG = Config().from_str(
    """
[paths]
train = "a.spacy"
dev = null

[training]
max_steps = 1

[mine]
path = ${paths.vocab}
""",
    interpolate=False,
)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("paths.trian", "'train'"),
        ("paths.train", ""),
        ("paths.quite_another", ""),
        ("paths.vocab", ""),
        ("training.max_step", ""),
        ("nowhere.trian", ""),
    ],
)
def test_unused_override(name: str, near: str) -> None:
    """It is told if the config has a similar name beside it; not if it refers to it, or if others check the section."""
    said = unused_overrides(CONFIG, {name: 1})
    assert bool(said) is bool(near)
    assert all(name in text and near in text for text in said)


def test_misspelt_path(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """A warning names it and what was meant; stdin is read as a file is."""
    for config, stdin in ((config_file, None), ("-", config_file.read_text())):
        line = ["debug", "config", config, *paths, "--paths.trian", "x"]
        result = tagma_command(*line, stdin=stdin)
        shown = " ".join(result.stdout.split())
        assert result.returncode == 0, shown
        assert "⚠ The config has no paths.trian, so nothing uses what is given for it; did you mean 'train'?" in shown
