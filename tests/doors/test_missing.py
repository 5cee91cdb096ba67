"""What spaCy and Thinc have and tagma has not yet: errors say so, and name the way out."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import tagma
from tagma.doors import missing
from tagma.doors.missing import MissingModuleError, explain_missing, explain_missing_modules
from tagma.nn import Config, ConfigValidationError
from tagma.registries import registry

NOT_YET = "not in this version of tagma yet"
LEFT_OUT = "not in tagma: it is"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The folder of a pipeline of sentencizer and, made by another library, `names`, a labeller, and a transformer."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    folder = tmp_path / "saved"
    nlp.to_disk(folder)
    config = Config().from_disk(folder / "config.cfg", interpolate=False)
    config["nlp"]["pipeline"] += ["names", "roberta"]
    config["components"]["names"] = {"factory": "nn_labeller"}
    config["components"]["roberta"] = {"factory": "curated_transformer"}
    config.to_disk(folder / "config.cfg")
    return folder


@pytest.mark.parametrize(("name", "words"), [("nn_labeller", LEFT_OUT)])
def test_components(name: str, words: str) -> None:
    """Adding such a component says that it is not here, and how a saved pipeline loads; nothing is suggested."""
    with pytest.raises(ValueError, match=rf"\[E002\].*{name!r} is {words}.*exclude=\['mine'\]") as caught:
        tagma.blank("en").add_pipe(name, name="mine")
    assert "did you mean" not in str(caught.value)


def test_saved_pipelines(saved: Path) -> None:
    """A saved pipeline with such components names each under its own name, and loads without them."""
    with pytest.raises(ConfigValidationError) as caught:
        tagma.load(saved)
    text = str(caught.value)
    assert NOT_YET in text
    assert f"{NOT_YET} (curated transformers)" in text
    assert "exclude=['names']" in text
    assert "exclude=['roberta']" in text
    assert tagma.load(saved, exclude=["names", "roberta"]).pipe_names == ["sentencizer"]


def test_packages_made_for_the_peer(saved: Path, tmp_path: Path) -> None:
    """A published pipeline, whose package imports spacy, loads under the alias without what is not here yet."""
    package = tmp_path / "en_some_news_sm"
    package.mkdir()
    saved.rename(package / "en_some_news_sm-1.0.0")
    meta = {"lang": "en", "name": "some_news_sm", "version": "1.0.0", "spacy_version": ">=3.8.0,<3.9.0"}
    (package / "meta.json").write_text(json.dumps(meta))
    (package / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    )
    metadata = tmp_path / "en_some_news_sm-1.0.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: en-some-news-sm\nVersion: 1.0.0\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import tagma.compat; tagma.compat.install()\n"
        "print(tagma.load('en_some_news_sm', exclude=['names', 'roberta']).pipe_names)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.stdout.strip() == "['sentencizer']", result.stderr


@pytest.mark.parametrize(
    "line", ["import tagma.later", "from tagma import later", "from tagma.later import Later"], ids=str
)
def test_imports(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing a module, or a name from a package or door, says that it is not here yet."""
    monkeypatch.setattr(missing, "missing_names", lambda: {"tagma": {"later"}, "tagma.later": {"Later"}})
    with pytest.raises(MissingModuleError, match=f"'tagma.later': {NOT_YET}"):
        exec(line, {})


@pytest.mark.parametrize("line", ["from tagma.nn.backends import linalg", "from tagma.nn.backends.linalg import Vec"])
def test_what_is_not_to_come(line: str) -> None:
    """What has no meaning in Python, and helpers of which methods are the same, are said to be left out, and why."""
    with pytest.raises(ImportError, match=rf"{LEFT_OUT} .*compiled code"):
        exec(line, {})
    assert explain_missing("tagma.nn.backends.ops", "sigmoid").startswith(LEFT_OUT)


@pytest.mark.parametrize(("module", "name"), [("tagma", "later"), ("tagma.pipeline", "Later")])
def test_attributes(module: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking a door for such a name is an AttributeError that says so; hasattr is False."""
    monkeypatch.setattr(missing, "missing_names", lambda: {module: {name}})
    found = importlib.import_module(module)
    with pytest.raises(AttributeError, match=f"{name!r}: {NOT_YET}"):
        getattr(found, name)
    assert not hasattr(found, name)


@pytest.mark.parametrize("line", ["import tagma.nothing", "from tagma import nothing", "import tagma.nn.nothing"])
def test_what_nobody_has_is_missing_as_usual(line: str) -> None:
    """Other names are not said to come."""
    with pytest.raises(ImportError, match="nothing") as caught:
        exec(line, {})
    assert NOT_YET not in str(caught.value)
    assert importlib.util.find_spec("tagma.nothing") is None


@pytest.mark.parametrize("name", ["spacy.Later.v1", "spacy-legacy.Later.v1"])
@pytest.mark.parametrize("kind", ["architectures", "misc"])
def test_registered_names(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered function of the peers, under each of its prefixes, is said to be missing instead of mistyped."""
    monkeypatch.setattr(missing, "missing_names", lambda: {f"@{kind}": {"spacy.Later.v1"}})
    with pytest.raises(ValueError, match=NOT_YET) as caught:
        registry.get(kind, name)
    assert "did you mean" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(("name", "package"), [("negex", "negspacy"), ("textrank", "pytextrank"), ("llm", "spacy-llm")])
def test_components_of_other_packages(name: str, package: str) -> None:
    """The error about a factory that a package brings names that package, and how the rest loads."""
    with pytest.raises(ValueError, match=rf"\[E002\].*pip install {package}\..*exclude=\['mine'\]"):
        tagma.blank("en").add_pipe(name, name="mine")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("en", ["E941", "en_core_web_sm", "'blank:en'", "pip", "--no-deps"]),
        ("en_core_web_sm", ["E050", "folder", "'blank:en'", "pip", "--no-deps"]),
        ("some_pipeline", ["E050", "folder", "'blank:en'", "pip"]),
    ],
)
def test_pipelines_that_are_not_installed(name: str, words: list[str]) -> None:
    """The error about a pipeline that is not there says what can be loaded, and how published ones are."""
    with pytest.raises(OSError, match=name) as caught:
        tagma.load(name)
    assert [word for word in words if word not in str(caught.value)] == []


def test_old_names_of_languages() -> None:
    """The short name of a pipeline is that of a language, too, of which a blank one is offered."""
    with pytest.raises(OSError, match=r"de_core_news_sm.*'blank:de'"):
        tagma.load("de")


def test_the_list_is_asked_in_its_own_words() -> None:
    """Names that are here, and owners without an entry, give nothing; `lead` stands only before an answer."""
    assert explain_missing("@factories", "tagger", lead=": ") == ""
    assert explain_missing("tagma", "util") == ""
    assert explain_missing("elsewhere", "ner") == ""
    assert explain_missing("tagma.nn.backends", "linalg", lead=": ").startswith(f": {LEFT_OUT}")


def test_one_finder_is_enough() -> None:
    """Installing the finder again changes nothing; it stands last."""
    before = list(sys.meta_path)
    explain_missing_modules()
    assert sys.meta_path == before
