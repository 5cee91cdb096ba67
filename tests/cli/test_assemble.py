"""tagma assemble (assemble.py)."""

from pathlib import Path

import pytest

import tagma

from .conftest import Tagma

CONFIG = """
[nlp]
lang = "en"
pipeline = ["sentencizer","tok2vec","tagger"]

[components]

[components.sentencizer]
factory = "sentencizer"
punct_chars = ["!"]

[components.tok2vec]
source = "{model}"

[components.tagger]
source = "{model}"
"""
ONE = '[nlp]\nlang = "en"\npipeline = ["{name}"]\n\n[components]\n\n[components.{name}]\nfactory = "{factory}"\n'


@pytest.fixture
def config(tmp_path: Path, trained: Path) -> Path:
    """A config of rules, and of a tagger of a trained pipeline with the vectors that it listens to."""
    path = tmp_path / "config.cfg"
    path.write_text(CONFIG.format(model=trained / "model-last"), encoding="utf8")
    return path


def test_parts_become_a_pipeline(tagma_command: Tagma, tmp_path: Path, config: Path, trained: Path) -> None:
    """The saved pipeline has the rules of the config, and tags as the one that the tagger was taken from."""
    result = tagma_command("assemble", config, tmp_path / "new" / "model")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Initializing pipeline" in result.stdout
    assert "Serializing to disk" in result.stdout
    nlp, before = tagma.load(tmp_path / "new" / "model"), tagma.load(trained / "model-last")
    assert nlp.pipe_names == ["sentencizer", "tok2vec", "tagger"]
    doc = nlp("She reads books! He sang.")
    assert [token.tag_ for token in doc] == [token.tag_ for token in before("She reads books! He sang.")]
    assert len(list(doc.sents)) == 2


def test_values_of_the_line_and_code(tagma_command: Tagma, tmp_path: Path) -> None:
    """Settings can be given in the line, and a component that the user's own code registers is there."""
    code = tmp_path / "own.py"
    code.write_text(
        "from tagma.language import Language\n\n\n"
        "@Language.component('own_of_assemble')\n"
        "def own(doc):\n    return doc\n",
        encoding="utf8",
    )
    path = tmp_path / "config.cfg"
    path.write_text(ONE.format(name="x", factory="sentencizer"), encoding="utf8")
    result = tagma_command(
        "assemble", path, tmp_path / "model", "--code", code, "--components.x.factory", "own_of_assemble"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert tagma.load(tmp_path / "model").get_pipe_meta("x").factory == "own_of_assemble"


def test_a_component_that_needs_examples(tagma_command: Tagma, tmp_path: Path) -> None:
    """What cannot be initialized without examples says so, and nothing is saved."""
    path = tmp_path / "config.cfg"
    path.write_text(ONE.format(name="tagger", factory="tagger"), encoding="utf8")
    result = tagma_command("assemble", path, tmp_path / "model")
    assert result.returncode == 1
    assert "E143" in result.stdout
    assert not (tmp_path / "model").exists()


def test_wrong_usage(tagma_command: Tagma, tmp_path: Path) -> None:
    """A config that is not there, and an option that is not there, are exit status 2."""
    assert tagma_command("assemble", tmp_path / "nowhere.cfg", tmp_path / "model").returncode == 2
    config = tmp_path / "config.cfg"
    config.write_text('[nlp]\nlang = "en"\npipeline = []\n', encoding="utf8")
    assert tagma_command("assemble", config, tmp_path / "model", "--nosuch").returncode == 2
