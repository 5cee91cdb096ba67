"""tagma package: the folder, its archives, what pip makes of them, and what is refused."""

import ast
import json
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.cli import package
from tagma.cli._packaging import licence_expression, project_text
from tagma.cli._report import Printer
from tagma.cli.package import generate_meta, get_build_formats, get_meta, get_third_party_dependencies
from tagma.language.packages import find_package, init_text

from .conftest import Tagma

CODE = """from tagma.language import Language


@Language.component("toy_shouter")
def shout(doc):
    doc.user_data["shouted"] = doc.text.upper()
    return doc
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pipeline that splits sentences."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.meta.update(name="toy", version="1.2.3", author="Ann", email="a@ann.example", license="CC BY-SA 4.0")
    folder = tmp_path_factory.mktemp("pipeline") / "saved"
    nlp.to_disk(folder)
    (folder / "LICENSE").write_text("Do what you like.")
    (folder / ".hidden").write_text("x")
    return folder


@pytest.fixture(scope="module")
def packaged(pipeline: Path, tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma) -> Path:
    """Its package with both archives."""
    folder = tmp_path_factory.mktemp("packages")
    result = tagma_command("package", pipeline, folder, "--build", "sdist,wheel")
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "en_toy-1.2.3"


def python(code: str, *places: Path, executable: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run code with these places on the path; the library's own is there already."""
    start = f"import sys; sys.path[:0] = {[str(place) for place in places]!r}\n"
    return subprocess.run([executable, "-c", start + code], capture_output=True, text=True, timeout=120)


def install(archive: Path, target: Path) -> Path:
    """Have pip unpack an archive there, without a network."""
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--target", target]
    command = [sys.executable, "-m", "pip", "install", *map(str, options), str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_files(packaged: Path, pipeline: Path) -> None:
    """The data folder is the saved one and more; the meta stands in three places; hidden files are left out."""
    data = packaged / "en_toy" / "en_toy-1.2.3"
    saved = {str(path.relative_to(pipeline)) for path in pipeline.rglob("*") if path.is_file()}
    there = {str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()}
    assert there == saved - {".hidden"} | {"README.md"}
    metas = [json.loads((place / "meta.json").read_text()) for place in (packaged, data.parent, data)]
    assert metas[0] == metas[1] == metas[2]
    assert metas[0]["parent_package"] == "tagma"
    assert metas[0]["requirements"] == ["tagma>=0.1.0,<0.2.0"]
    assert (packaged / "README.md").read_text().startswith("| Feature | Description |")
    assert (packaged / "LICENSE").read_text() == "Do what you like."
    assert [path.name for path in packaged.parent.iterdir()] == ["en_toy-1.2.3"]  # nothing else is left


def test_project(packaged: Path) -> None:
    """What pip reads: name, version, author, licence as an expression, entry points of both libraries."""
    project = tomllib.loads((packaged / "pyproject.toml").read_text())["project"]
    assert (project["name"], project["version"]) == ("en_toy", "1.2.3")
    assert project["authors"] == [{"name": "Ann", "email": "a@ann.example"}]
    assert (project["license"], project["license-files"]) == ("CC-BY-SA-4.0", ["LICENSE"])
    assert project["entry-points"] == {group: {"en_toy": "en_toy"} for group in ("spacy_models", "tagma_models")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["py3-none-any.whl", "tar.gz"])
def test_an_archive_installs_and_loads(packaged: Path, tmp_path: Path, kind: str) -> None:
    """pip installs it; the pipeline is loaded by its name, and by the function of its module; it is listed."""
    archive = next(path for path in (packaged / "dist").iterdir() if path.name.endswith(kind))
    target = install(archive, tmp_path / "site")
    code = (
        "import tagma, json\n"
        "nlp = tagma.load('en_toy')\n"
        "import en_toy\n"
        "again = en_toy.load(disable=['sentencizer'])\n"
        "print(json.dumps([[s.text for s in nlp('One. Two.').sents], again.pipe_names, en_toy.__version__,"
        " tagma.util.get_installed_models(), type(again).__module__]))"
    )
    done = python(code, target)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["One.", "Two."], [], "1.2.3", ["en_toy"], "tagma.lang.en"]


@pytest.mark.slow
@pytest.mark.peer
def test_spacy_loads_the_package(packaged: Path, tmp_path: Path, peer_python: str) -> None:
    """A program that has imported spaCy alone gets a pipeline of spaCy, without tagma."""
    archive = next((packaged / "dist").glob("*.whl"))
    target = install(archive, tmp_path / "site")
    code = "import spacy; nlp = spacy.load('en_toy')\n"
    code += "print(type(nlp).__module__, [s.text for s in nlp('One. Two.').sents])"
    done = python(code, target, executable=peer_python)
    assert done.stdout.strip() == "spacy.lang.en ['One.', 'Two.']", done.stderr


def test_archives_hold_the_data(packaged: Path) -> None:
    """Both have every file of the data folder, and the licence."""
    data = packaged / "en_toy" / "en_toy-1.2.3"
    wanted = {f"en_toy/en_toy-1.2.3/{path.relative_to(data).as_posix()}" for path in data.rglob("*") if path.is_file()}
    with zipfile.ZipFile(next((packaged / "dist").glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    assert wanted | {"en_toy/meta.json", "en_toy-1.2.3.dist-info/licenses/LICENSE"} <= names
    with tarfile.open(next((packaged / "dist").glob("*.tar.gz"))) as sdist:
        assert {f"en_toy-1.2.3/{name}" for name in wanted} <= set(sdist.getnames())


def test_code_is_part_of_the_package(pipeline: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """A file of --code is run before the pipeline is loaded, shipped, and imported by the package."""
    (tmp_path / "parts.py").write_text(CODE)
    saved = tmp_path / "saved"
    code = f"import tagma, runpy; runpy.run_path({str(tmp_path / 'parts.py')!r}); nlp = tagma.blank('en')\n"
    code += f"nlp.add_pipe('toy_shouter'); nlp.meta['name'] = 'loud'; nlp.to_disk({str(saved)!r})"
    assert python(code).returncode == 0
    out = tmp_path / "packages"
    out.mkdir()
    line = ["package", saved, out, "--build", "none", "--no-require-parent"]
    result = tagma_command(*line, "--code", tmp_path / "parts.py", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads((out / "en_loud-0.0.0" / "meta.json").read_text())["requirements"] == []
    code = "import tagma; print(tagma.util.load_model_from_init_py)\nimport en_loud\n"
    code += "print(en_loud.load()('hey').user_data['shouted'])"
    done = python(code, out / "en_loud-0.0.0")
    assert done.stdout.splitlines()[-1] == "HEY", done.stderr


def test_force(packaged: Path, pipeline: Path, tagma_command: Tagma) -> None:
    """A package that is there is kept, unless it is to be replaced; then nothing of the old one stays."""
    line = ["package", pipeline, packaged.parent, "--version", "9.0.0", "--build", "none"]
    folder = packaged.parent / "en_toy-9.0.0"
    assert tagma_command(*line).returncode == 0
    (folder / "old.txt").touch()
    result = tagma_command(*line)
    assert (result.returncode, str(folder) in result.stdout.replace("\n", "")) == (1, True)
    assert (folder / "old.txt").exists()
    assert tagma_command(*line, "-F").returncode == 0
    assert not (folder / "old.txt").exists()
    assert json.loads((folder / "meta.json").read_text())["version"] == "9.0.0"


def test_name_and_meta(pipeline: Path, tmp_path: Path) -> None:
    """A name loses the prefix of its language; a meta file goes before the pipeline's, arguments before both."""
    meta = {"lang": "en", "name": "x", "version": "2.0.0", "description": "A text\nof two lines", "own": [1]}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    package(pipeline, tmp_path, meta_path=tmp_path / "meta.json", name="en_other", create_sdist=False)
    made = tmp_path / "en_other-2.0.0"
    assert json.loads((made / "meta.json").read_text())["own"] == [1]
    assert tomllib.loads((made / "pyproject.toml").read_text())["project"]["description"] == "A text of two lines"
    assert find_package_of(made / "en_other").has_code is False


def find_package_of(folder: Path) -> Any:
    """What there is to say of a package that lies in a folder on the path."""
    sys.path.insert(0, str(folder.parent))
    try:
        return find_package(folder.name)
    finally:
        sys.path.remove(str(folder.parent))


REFUSED: dict[str, tuple[list[str], str]] = {
    "an unknown archive": (["--build", "egg"], "egg"),
    "none and another": (["--build", "none,wheel"], "none"),
    "a name with a slash": (["--name", "a/b"], "a/b"),
    "a name that leaves the folder": (["--name", "../../x"], "../../x"),
    "a name with a hyphen": (["--name", "a-b"], "a-b"),
    "a name that ends in _": (["--name", "a_"], "a_"),
    "letters beyond ASCII": (["--name", "ä"], "ä"),
    "no version": (["--version", "new"], "new"),
    "a version that leaves the folder": (["--version", "1/../../x"], "1/../../x"),
    "a file that is not there": (["--code", "nowhere.py"], "nowhere.py"),
    "an empty name": (["--name", ""], "name"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(pipeline: Path, tmp_path: Path, tagma_command: Tagma, what: str) -> None:
    """Each ends with status 1, names the value, and writes nothing."""
    arguments, value = REFUSED[what]
    build = [] if "--build" in arguments else ["--build", "none"]
    result = tagma_command("package", pipeline, tmp_path, *build, *arguments)
    assert (result.returncode, value in result.stdout) == (1, True), result.stdout + result.stderr
    assert list(tmp_path.iterdir()) == []


def test_refused_places(pipeline: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """Folders that are not there are wrong usage; a folder without a pipeline, and one in the other, fail."""
    assert tagma_command("package", tmp_path / "no", tmp_path).returncode == 2
    assert tagma_command("package", pipeline, tmp_path / "no").returncode == 2
    for source, target in ((tmp_path, tmp_path), (pipeline, pipeline)):
        assert tagma_command("package", source, target, "--build", "none").returncode == 1
    with pytest.raises(SystemExit, match="no folder of a pipeline"):
        package(tmp_path / "no", tmp_path, create_sdist=False)
    (tmp_path / "meta.json").write_text('{"lang": "en", "name": "x", "version": "1", "author": 3}')
    with pytest.raises(SystemExit, match=r"\[author\]"):
        package(pipeline, tmp_path, meta_path=tmp_path / "meta.json", create_sdist=False)
    (tmp_path / "meta.json").write_text("[]")
    with pytest.raises(SystemExit, match="no map"):
        package(pipeline, tmp_path, meta_path=tmp_path / "meta.json", create_sdist=False)


def test_meta_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field is asked for with what is there; what is answered is taken, and other fields stay."""
    asked = {}

    def prompt(question: str, default: str) -> str:
        asked[question] = default
        return " 3.0.0 " if question == "Version" else default

    monkeypatch.setattr("typer.prompt", prompt)
    meta = generate_meta({"lang": "de", "name": "x", "own": 1}, Printer(silent=True))
    assert (meta["lang"], meta["version"], meta["license"], meta["own"]) == ("de", "3.0.0", "MIT", 1)
    assert asked["Language code"] == "de"
    assert len(asked) == 8


def test_requirements(pipeline: Path) -> None:
    """Packages of functions and factories are required in their minor version, this library when asked for, once."""
    config = {"nlp": {"lang": "en"}, "components": {"a": {"factory": "sentencizer"}}}
    assert get_third_party_dependencies(config) == []
    tagma.util.registry.misc("toy_of_numpy.v1", func=numpy_function())
    config["components"]["a"]["x"] = {"@misc": "toy_of_numpy.v1"}
    (found,) = get_third_party_dependencies(config)
    assert found.startswith("numpy>=")
    assert get_third_party_dependencies(config, exclude=["NumPy"]) == []
    meta = get_meta(pipeline, {"requirements": ["tagma>=0.0.1", "x"]}, require_parent=True)
    assert meta["requirements"] == ["tagma>=0.0.1", "x"]
    assert meta["spacy_version"] == ">=3.8.18,<3.9.0"


def numpy_function() -> Callable[..., Any]:
    """A function of another distribution."""
    import numpy

    return numpy.linalg.norm


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("", ""),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("My own, please ask!", "LicenseRef-My-own-please-ask"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
    ],
)
def test_licences(text: str, expression: str) -> None:
    """Licences are expressions, or references to a text of one's own."""
    assert licence_expression(text) == expression


def test_any_text_is_one_string() -> None:
    """Quotes, newlines, backslashes and control characters in a meta do not break out of the project file."""
    hostile = 'a"\n[tool.x]\\ \x7f\x01 ü 😀'
    meta = {"lang": "en", "name": "x", "version": "1", "author": hostile, "url": hostile, "description": hostile}
    read = tomllib.loads(project_text(meta))
    assert read["project"]["authors"] == [{"name": hostile}]
    assert read["project"]["urls"]["Homepage"] == hostile
    assert set(read["tool"]) == {"setuptools"}


def test_init_is_python_that_only_loads() -> None:
    """The `__init__` of a package parses, with and without code."""
    for modules in ((), ("one", "two")):
        names = [node for node in ast.parse(init_text(modules)).body if isinstance(node, ast.ImportFrom) and node.level]
        assert [node.names[0].name for node in names] == list(modules)


def test_formats() -> None:
    """sdist and wheel in any order; nothing for none."""
    assert get_build_formats(["wheel", "sdist"]) == (True, True)
    assert get_build_formats(["none"]) == get_build_formats([]) == (False, False)


def test_nothing_to_build_with(pipeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a builder archives are refused before anything is written."""
    module = sys.modules["tagma.cli.package"]
    for name in ("has_build", "has_wheel"):
        monkeypatch.setattr(module, name, lambda: False)
    with pytest.raises(SystemExit, match="pip install build"):
        package(pipeline, tmp_path)
    assert list(tmp_path.iterdir()) == []
