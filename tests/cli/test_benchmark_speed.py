"""tagma benchmark speed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tagma.cli import benchmark_speed
from tagma.cli.benchmark_speed import speed_of
from tagma.tokens import DocBin

from .conftest import Tagma


def test_prints_the_mean_and_its_interval(tagma_command: Tagma, trained: Path, corpus: Path) -> None:
    """Words a second, with the interval around them and the share of outliers; settings are taken."""
    options = ["--batches", 30, "--batch-size", 3, "--warmup", 1, "--no-shuffle"]
    result = tagma_command("benchmark", "speed", trained / "model-last", corpus / "dev.spacy", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    mean = re.search(r"^Mean: (\d+\.\d) words/s \(95% CI: (-\d+\.\d) \+(\d+\.\d)\)$", result.stdout, re.MULTILINE)
    assert mean is not None, result.stdout
    assert float(mean[1]) > 100
    assert re.search(r"^Outliers: \d+\.\d%, extreme outliers: \d+\.\d%$", result.stdout, re.MULTILINE)


def test_batches_are_measured_one_by_one(trained: Path, corpus: Path) -> None:
    """There is a rate for each batch, and the mean is theirs."""
    speed = benchmark_speed(trained / "model-last", corpus / "dev.spacy", batch_size=2, n_batches=7, warmup_epochs=0)
    assert len(speed.rates) == 7
    assert speed.mean == pytest.approx(sum(speed.rates) / 7)
    assert min(speed.rates) <= speed.low <= speed.mean <= speed.high <= max(speed.rates)


def test_the_slower_the_component_the_lower_the_rate(tmp_path: Path, corpus: Path, tagma_command: Tagma) -> None:
    """A component that sleeps 1 ms a document of 6 words leaves less than 6,000 words a second."""
    code = tmp_path / "slow.py"
    code.write_text(
        "import time\nimport tagma\n\n"
        "@tagma.Language.component('slow_for_speed')\ndef slow(doc):\n    time.sleep(0.001)\n    return doc\n"
    )
    make = tmp_path / "make.py"
    make.write_text(
        "import slow, tagma\nnlp = tagma.blank('en')\nnlp.add_pipe('slow_for_speed')\nnlp.to_disk('slow')\n"
    )
    subprocess.run([sys.executable, str(make)], cwd=tmp_path, check=True)
    options = ["--batches", 30, "--batch-size", 2, "--warmup", 0, "--code", code]
    result = tagma_command("benchmark", "speed", tmp_path / "slow", corpus / "dev.spacy", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    rate = float(result.stdout.split("Mean: ")[1].split()[0])
    assert 100 < rate < 6500


def test_interval_and_outliers() -> None:
    """Equal rates have no interval; a rate far from the quartiles is an outlier, one further away an extreme one."""
    same = speed_of([10.0] * 30)
    assert (same.low, same.mean, same.high, same.outliers) == (10.0, 10.0, 10.0, 0.0)
    # quartiles 12.25 and 17.75: the fences stand 8.25 and 16.5 outside of them
    speed = speed_of([*range(10, 20), *range(10, 20), 27.0, 40.0])
    lower, upper = 12.25, 17.75
    assert upper + 1.5 * (upper - lower) < 27 < upper + 3 * (upper - lower) < 40
    assert speed.outliers == pytest.approx(2 / 22)
    assert speed.extreme_outliers == pytest.approx(1 / 22)
    assert speed.low < speed.mean < speed.high


def test_no_documents(tmp_path: Path, tagma_command: Tagma, trained: Path) -> None:
    """An empty corpus is told with its path, E4075."""
    DocBin().to_disk(tmp_path / "empty.spacy")
    result = tagma_command("benchmark", "speed", trained / "model-last", tmp_path / "empty.spacy")
    assert (result.returncode, "E4075" in result.stdout, "empty.spacy" in result.stdout) == (1, True, True)


@pytest.mark.parametrize(
    "options", [["--batches", "29"], ["--warmup", "-1"], ["--batch-size", "0"], ["--training.max_steps", "3"]]
)
def test_wrong_usage(tagma_command: Tagma, trained: Path, corpus: Path, options: list[str]) -> None:
    """Numbers below their minimum and options that are none: exit status 2."""
    result = tagma_command("benchmark", "speed", trained / "model-last", corpus / "dev.spacy", *options)
    assert (result.returncode, options[0] in result.stderr) == (2, True)
