"""tagma info, tagma find-function (info.py, find_function.py)."""

from pathlib import Path

import tagma

from .conftest import Tagma


def test_info_about_tagma(tagma_command: Tagma) -> None:
    """Version and place of the installation are shown."""
    result = tagma_command("info")
    assert result.returncode == 0, result.stdout + result.stderr
    assert tagma.__version__ in result.stdout
    assert str(Path(tagma.__file__).parent) in result.stdout
    facts = tagma.info()
    assert facts["tagma_version"] == tagma.__version__
    assert isinstance(facts["pipelines"], dict)


def test_info_about_a_pipeline(tagma_command: Tagma, trained: Path) -> None:
    """The meta of a folder, without labels and performance; --exclude hides others."""
    model = trained / "model-last"
    result = tagma_command("info", model)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "morphologizer" in result.stdout
    assert str(model.resolve()) in result.stdout
    assert "tag_acc" not in result.stdout
    assert "PRP" not in result.stdout
    assert "PRP" in tagma_command("info", model, "--exclude", "").stdout


def test_info_as_markdown(tagma_command: Tagma) -> None:
    """A bullet for each fact; paths are left out."""
    lines = tagma_command("info", "--markdown").stdout.splitlines()
    assert lines[0].startswith("## ")
    assert f"- **tagma version:** {tagma.__version__}" in lines
    assert not any("Location" in line for line in lines)


def test_info_without_a_pipeline_there(tagma_command: Tagma, tmp_path: Path) -> None:
    """A folder without meta.json is named."""
    result = tagma_command("info", tmp_path)
    assert (result.returncode, str(tmp_path) in result.stdout) == (1, True)


def test_find_function(tagma_command: Tagma) -> None:
    """The file and the line of a registered function; unknown ones fail with names that there are."""
    result = tagma_command("find-function", "spacy.Tagger.v2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "tagger.py:" in result.stdout
    result = tagma_command("find-function", "spacy.Taggr.v2", "--registry", "architectures")
    assert (result.returncode, "spacy.Tagger.v2" in result.stdout) == (1, True)
    result = tagma_command("find-function", "spacy.Taggr.v2")
    assert (result.returncode, "did you mean 'spacy.Tagger.v2'" in result.stdout) == (1, True)
    assert tagma_command("find-function", "spacy.Tagger.v2", "-r", "nothing").returncode == 1
