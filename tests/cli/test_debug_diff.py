"""tagma debug diff-config (debug_diff.py)."""

from pathlib import Path

import pytest

from tagma.nn.config import Config

from .conftest import Tagma


@pytest.fixture
def other(tmp_path: Path, config_file: Path) -> Path:
    """The config with another batch size, and one setting more."""
    config = Config().from_disk(config_file, interpolate=False)
    config["nlp"]["batch_size"] = 7
    config["training"]["score_weights"]["speed"] = 0.0
    path = tmp_path / "other.cfg"
    config.to_disk(path)
    return path


def changed(text: str) -> list[str]:
    """The lines that are in one of the configs alone."""
    return [line for line in text.splitlines() if line.startswith(("+ ", "- "))]


def test_the_same(tagma_command: Tagma, config_file: Path) -> None:
    """A config that `init config` wrote differs in nothing from what it would write."""
    result = tagma_command("debug", "diff-config", config_file)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "language 'en', components: tagger, morphologizer" in result.stdout
    assert "the two configs are the same" in result.stdout


def test_lines_of_either(tagma_command: Tagma, config_file: Path, other: Path) -> None:
    """What is in the given config alone has a plus, what is in the other alone a minus; all lines are shown."""
    result = tagma_command("debug", "diff-config", other, "--compare-to", config_file)
    assert result.returncode == 0, result.stdout + result.stderr
    assert changed(result.stdout) == ["- batch_size = 1000", "+ batch_size = 7", "+ speed = 0.0"]
    assert "  [nlp]" in result.stdout
    back = tagma_command("debug", "diff-config", config_file, "--compare-to", other)
    assert changed(back.stdout) == ["- batch_size = 7", "+ batch_size = 1000", "- speed = 0.0"]


def test_markdown(tagma_command: Tagma, config_file: Path, other: Path) -> None:
    """A fenced block of the kind diff, without codes of colours."""
    result = tagma_command("debug", "diff-config", other, "--compare-to", config_file, "--markdown")
    lines = result.stdout.strip().splitlines()
    assert lines[0] == "```diff"
    assert lines[-1] == "```"
    assert "\033" not in result.stdout


def test_what_it_is_compared_with(tagma_command: Tagma, config_file: Path) -> None:
    """The larger config of the same components has a tok2vec of greater depth."""
    result = tagma_command("debug", "diff-config", config_file, "--optimize", "accuracy", "--gpu")
    assert "made for accuracy on a GPU" in " ".join(result.stdout.split())
    assert "+ depth = 4" in changed(result.stdout)


def test_a_config_without_components(tagma_command: Tagma, tmp_path: Path) -> None:
    """There is nothing to make another config of; the way out is named."""
    path = tmp_path / "empty.cfg"
    path.write_text('[nlp]\nlang = "en"\npipeline = []\n', encoding="utf8")
    result = tagma_command("debug", "diff-config", path)
    assert result.returncode == 1
    assert "--compare-to" in result.stdout


@pytest.mark.parametrize("arguments", [["--nosuch"], ["--compare-to", "nowhere.cfg"], ["--optimize", "speed"]])
def test_wrong_usage(tagma_command: Tagma, config_file: Path, arguments: list[str]) -> None:
    """Misspelt options and files that are not there are exit status 2."""
    assert tagma_command("debug", "diff-config", config_file, *arguments).returncode == 2
