"""Configs and metas from files, pipelines of packages, and what names in a config resolve to."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import loading
from tagma.nn import ConfigValidationError

TEXT = '[training]\nseed = 3\n\n[a]\nb = ${training.seed}\n\n[a.s]\n@schedules = "constant.v1"\nrate = 0.5\n'


def test_load_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file, from standard input and from a text: references kept or replaced, settings overridden."""
    (tmp_path / "x.cfg").write_text(TEXT)
    kept = loading.load_config(tmp_path / "x.cfg")
    assert kept["a"]["b"] == "${training.seed}"
    assert loading.load_config(str(tmp_path / "x.cfg"), {"training.seed": 5}, interpolate=True)["a"]["b"] == 5
    assert loading.load_config_from_str(TEXT, interpolate=True)["a"]["b"] == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO(TEXT))
    assert loading.load_config("-") == kept


def test_sections_are_in_order() -> None:
    """A config is written with its sections in the usual order, whatever order they were read in."""
    text = loading.load_config_from_str("[training]\na = 1\n\n[nlp]\nb = 2\n\n[paths]\nc = 3\n").to_str()
    assert [line for line in text.splitlines() if line.startswith("[")] == ["[paths]", "[nlp]", "[training]"]


def test_config_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is E053 with its name, one that is no text E4010 with its path."""
    with pytest.raises(OSError, match=r"\[E053\].*absent\.cfg"):
        loading.load_config(tmp_path / "absent.cfg")
    (tmp_path / "x.cfg").write_bytes(b"[a]\nb = \xff\n")
    with pytest.raises(ValueError, match=r"\[E4010\].*x\.cfg"):
        loading.load_config(tmp_path / "x.cfg")


def test_overrides_of_what_is_not_there() -> None:
    """A misspelt section is named, with the nearest."""
    with pytest.raises(ConfigValidationError, match=r"(?s)trainin.*did you mean 'training'"):
        loading.load_config_from_str(TEXT, {"trainin.seed": 1})


def test_resolve_dot_names() -> None:
    """Names give values and what functions return; None stays None; a function is called once."""
    config = loading.load_config_from_str(TEXT)
    value, nothing, schedule = loading.resolve_dot_names(config, ["a.b", None, "a.s"])
    assert (value, nothing) == (3, None)
    assert next(schedule) == 0.5


def test_resolve_names_that_are_not_there() -> None:
    """All names that are not there are told at once."""
    config = loading.load_config_from_str(TEXT)
    with pytest.raises(ConfigValidationError) as error:
        loading.resolve_dot_names(config, ["a.b", "a.absent", "none.at.all"])
    assert [entry["loc"] for entry in error.value.errors] == [["a", "absent"], ["none", "at", "all"]]


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
