"""Configs and metas from files, pipelines of packages, and what names in a config resolve to."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import configs, loading
from tagma.nn import ConfigValidationError


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


ONLY_FOR_TRAINING = {
    "a reader of one's own": "corpora.train = {'@readers': 'nobody.knows.v1', 'path': 'x'}",
    "a batcher of one's own": "training.batcher = {'@batchers': 'nobody.knows.v1'}",
    "an optimizer of one's own": "training.optimizer = {'@optimizers': 'nobody.knows.v1'}",
    "a callback of one's own": "training.before_to_disk = {'@callbacks': 'nobody.knows.v1'}",
    "a logger from elsewhere": "training.logger = {'@loggers': 'spacy.WandbLogger.v5', 'project_name': 'x'}",
    "lookups from elsewhere": "initialize.lookups = {'@misc': 'spacy.LookupsDataLoader.v1', 'lang': 'en'}",
    "a setting too many": "training.of_another_version = 3",
    "a setting that is missing": "training.patience",
    "pretraining without an optimizer": "pretraining = {'max_epochs': 3}",
}


@pytest.mark.parametrize("what", ONLY_FOR_TRAINING)
def test_loading_needs_nothing_that_only_training_needs(tmp_path: Path, what: str) -> None:
    """A saved pipeline loads and annotates whatever its config says of training; saved again, it says the same."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "saved")
    file = tmp_path / "saved" / "config.cfg"
    config = configs.load_config(file)
    name, given, value = ONLY_FOR_TRAINING[what].partition(" = ")
    *path, last = name.split(".")
    block = config[path[0]] if path else config
    if given:
        block[last] = ast.literal_eval(value)
    else:
        del block[last]
    config.to_disk(file)
    loaded = tagma.load(tmp_path / "saved")
    assert [sent.text for sent in loaded("One. Two.").sents] == ["One.", "Two."]
    loaded.to_disk(tmp_path / "again")
    again = configs.load_config(tmp_path / "again" / "config.cfg")
    assert (again[path[0]] if path else again).get(last) == block.get(last)


def test_a_component_must_be_known_to_load(tmp_path: Path) -> None:
    """What [components] names is checked on loading: an unknown architecture is told with its place."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger")
    nlp.config.to_disk(tmp_path / "config.cfg")
    meta_file(tmp_path)
    text = (tmp_path / "config.cfg").read_text().replace("spacy.Tagger.v2", "nobody.Tagger.v2")
    (tmp_path / "config.cfg").write_text(text)
    with pytest.raises(ConfigValidationError, match=r"nobody\.Tagger\.v2"):
        tagma.load(tmp_path)


STOCK = """from pathlib import Path
from spacy.util import load_model_from_init_py, get_model_meta

__version__ = get_model_meta(Path(__file__).parent)['version']


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package as `spacy package` makes it."""
    folder = tmp_path / "site" / "en_toy_package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(STOCK)
    meta_file(folder, name="toy_package")
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(folder / "en_toy_package-1.0.0")
    (tmp_path / "site" / "en_toy_package-1.0.0.dist-info").mkdir()
    (tmp_path / "site" / "en_toy_package-1.0.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: en_toy_package\nVersion: 1.0.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "en_toy_package"]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["en_toy_package", "en-toy-package"])
def test_a_package_of_the_peer_is_loaded_by_tagma(package: Path, name: str) -> None:
    """The folder in a stock package is loaded by this library, without importing the package or the peer."""
    nlp = tagma.load(name)
    assert isinstance(nlp, tagma.Language)
    assert nlp.path == package / "en_toy_package-1.0.0"
    assert not {"en_toy_package", "spacy"} & set(sys.modules)


def test_a_package_with_code_needs_the_alias(package: Path) -> None:
    """A package whose code imports the peer is refused with its name, the file and the way out."""
    (package / "__init__.py").write_text("from . import parts\n" + STOCK)
    (package / "parts.py").write_text(
        "from spacy.language import Language\n\n@Language.component('toy_of_package')\ndef part(doc):\n    return doc\n"
    )
    with pytest.raises(RuntimeError, match=r"\[E4032\].*en_toy_package.*parts\.py.*tagma\.compat"):
        tagma.load("en_toy_package")


def test_a_package_with_code_runs_under_the_alias(package: Path) -> None:
    """Under the alias its code registers its components here, and its own `load` is called."""
    (package / "__init__.py").write_text("from . import parts\n" + STOCK)
    (package / "parts.py").write_text(
        "from spacy.language import Language\n\n@Language.component('toy_of_package')\ndef part(doc):\n    return doc\n"
    )
    file = package / "en_toy_package-1.0.0" / "config.cfg"
    config = configs.load_config(file)
    config["components"]["sentencizer"] = {"factory": "toy_of_package"}
    config.to_disk(file)
    text = (
        "import tagma, tagma.compat; tagma.compat.install(); nlp = tagma.load('en_toy_package'); print(nlp.pipe_names)"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(package.parent)!r}); {text}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == "['sentencizer']", run.stderr


def test_a_package_that_gives_something_else(package: Path) -> None:
    """What the `load` of a package gives must be a pipeline of this library."""
    (package / "__init__.py").write_text("def load(**options):\n    return 'a spaCy pipeline'\n")
    with pytest.raises(OSError, match=r"\[E4033\].*en_toy_package.*builtins\.str"):
        tagma.load("en_toy_package")


def test_a_package_that_is_no_pipeline() -> None:
    """An installed package without a pipeline is told as such."""
    with pytest.raises(OSError, match=r"\[E4030\].*'numpy'"):
        tagma.load("numpy")
