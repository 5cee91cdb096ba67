"""Configs and metas from files, pipelines of packages, and what names in a config resolve to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import loading

TEXT = '[training]\nseed = 3\n\n[a]\nb = ${training.seed}\n\n[a.s]\n@schedules = "constant.v1"\nrate = 0.5\n'


def meta_file(folder: Path, **changes: Any) -> Path:
    """A meta.json, with None for entries that are left out."""
    meta = {"lang": "en", "name": "mine", "version": "1.0.0", **changes}
    (folder / "meta.json").write_text(json.dumps({key: value for key, value in meta.items() if value is not None}))
    return folder / "meta.json"


@pytest.mark.parametrize("setting", ["lang", "name", "version"])
def test_meta_needs_three_entries(tmp_path: Path, setting: str) -> None:
    """An entry that is missing or empty is E054 with its name."""
    for value in (None, ""):
        with pytest.raises(ValueError, match=rf"\[E054\].*{setting}"):
            loading.load_meta(meta_file(tmp_path, **{setting: value}))


def test_meta_files_that_cannot_be_read(tmp_path: Path) -> None:
    """No folder, no file, no JSON and another JSON have their codes."""
    with pytest.raises(OSError, match="E052"):
        loading.load_meta(tmp_path / "absent" / "meta.json")
    with pytest.raises(OSError, match="E053"):
        loading.load_meta(tmp_path / "meta.json")
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(OSError, match="E053"):
        loading.load_meta(tmp_path / "meta.json")
    (tmp_path / "meta.json").write_text("[1]")
    with pytest.raises(ValueError, match="E054"):
        loading.load_meta(tmp_path / "meta.json")


@pytest.mark.parametrize(
    ("wanted", "code"), [(">=3.0.0,<3.1.0", "W095"), (">=99.0,<100", "W095"), (">=3.0.0", "W094"), ("zzz", "W095")]
)
def test_meta_for_other_versions(tmp_path: Path, wanted: str, code: str) -> None:
    """A pipeline for other versions, or for any, warns with its name."""
    with pytest.warns(UserWarning, match=rf"\[{code}\].*en_mine"):
        loading.load_meta(meta_file(tmp_path, spacy_version=wanted))


def test_pipeline_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline beside a package's `__init__.py` is loaded by it; without the folder E052."""
    package = tmp_path / "en_mine"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from tagma.util import load_model_from_init_py\n"
        "def load(**options):\n    return load_model_from_init_py(__file__, **options)\n"
    )
    meta_file(package)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(OSError, match=r"\[E052\].*en_mine-1\.0\.0"):
        loading.load_model_from_package("en_mine")
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(package / "en_mine-1.0.0")
    loaded = loading.load_model_from_package("en_mine", disable=["sentencizer"])
    assert loaded.component_names == ["sentencizer"]
    assert loaded.pipe_names == []
    assert loaded.path == package / "en_mine-1.0.0"
    assert loading.get_package_path("en_mine") == package


def test_config_without_language() -> None:
    """A config without [nlp] is E985, without its language E993."""
    with pytest.raises(ValueError, match="E985"):
        loading.load_model_from_config({})
    with pytest.raises(ValueError, match="E993"):
        loading.load_model_from_config({"nlp": {"lang": None}})


def test_installed() -> None:
    """Installed modules know their distributions; no pipelines are installed here."""
    assert "numpy" in loading.packages_distributions()["numpy"]
    assert loading.get_installed_models() == sorted(loading.get_installed_models())
