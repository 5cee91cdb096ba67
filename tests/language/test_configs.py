"""Reading configs of pipelines, and what dotted names in them stand for."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tagma.language import configs
from tagma.nn import ConfigValidationError

TEXT = '[training]\nseed = 3\n\n[a]\nb = ${training.seed}\n\n[a.s]\n@schedules = "constant.v1"\nrate = 0.5\n'


def test_load_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file, from standard input and from a text: references kept or replaced, settings overridden."""
    (tmp_path / "x.cfg").write_text(TEXT)
    kept = configs.load_config(tmp_path / "x.cfg")
    assert kept["a"]["b"] == "${training.seed}"
    assert configs.load_config(str(tmp_path / "x.cfg"), {"training.seed": 5}, interpolate=True)["a"]["b"] == 5
    assert configs.load_config_from_str(TEXT, interpolate=True)["a"]["b"] == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO(TEXT))
    assert configs.load_config("-") == kept


def test_sections_are_in_order() -> None:
    """A config is written with its sections in the usual order, whatever order they were read in."""
    text = configs.load_config_from_str("[training]\na = 1\n\n[nlp]\nb = 2\n\n[paths]\nc = 3\n").to_str()
    assert [line for line in text.splitlines() if line.startswith("[")] == ["[paths]", "[nlp]", "[training]"]


def test_config_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is E053 with its name, one that is no text E4010 with its path."""
    with pytest.raises(OSError, match=r"\[E053\].*absent\.cfg"):
        configs.load_config(tmp_path / "absent.cfg")
    (tmp_path / "x.cfg").write_bytes(b"[a]\nb = \xff\n")
    with pytest.raises(ValueError, match=r"\[E4010\].*x\.cfg"):
        configs.load_config(tmp_path / "x.cfg")


def test_overrides_of_what_is_not_there() -> None:
    """A misspelt section is named, with the nearest."""
    with pytest.raises(ConfigValidationError, match=r"(?s)trainin.*did you mean 'training'"):
        configs.load_config_from_str(TEXT, {"trainin.seed": 1})


def test_resolve_dot_names() -> None:
    """Names give values and what functions return; None stays None; a function is called once."""
    config = configs.load_config_from_str(TEXT)
    value, nothing, schedule = configs.resolve_dot_names(config, ["a.b", None, "a.s"])
    assert (value, nothing) == (3, None)
    assert next(schedule) == 0.5


def test_resolve_names_that_are_not_there() -> None:
    """All names that are not there are told at once."""
    config = configs.load_config_from_str(TEXT)
    with pytest.raises(ConfigValidationError) as error:
        configs.resolve_dot_names(config, ["a.b", "a.absent", "none.at.all"])
    assert [entry["loc"] for entry in error.value.errors] == [["a", "absent"], ["none", "at", "all"]]


def test_resolve_block() -> None:
    """A block is resolved without those beside it, whose paths may be null; one that is not there is named."""
    block = '@readers = "spacy.Corpus.v1"\ngold_preproc = false\n'
    text = f'[corpora]\n[corpora.a]\n{block}path = null\n[corpora.b]\n{block}path = "x"\n'
    config = configs.load_config_from_str(text)
    assert str(configs.resolve_block(config, "corpora.b").path) == "x"
    with pytest.raises(ValueError, match=r"E913.*It is null in \[corpora.a\]"):
        configs.resolve_block(config, "corpora.a")
    with pytest.raises(ConfigValidationError, match="corpora -> c"):
        configs.resolve_block(config, "corpora.c")
