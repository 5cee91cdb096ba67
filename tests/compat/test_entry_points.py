"""What installed packages bring through entry points: found without importing the peer, under the alias and without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OTHER = """
import spacy
from spacy.cli._util import app
from spacy.language import Language
from spacy.util import registry
from thinc.api import Linear


@Language.component("stamp")
def stamp(doc):
    doc.user_data["stamped"] = True
    return doc


@Language.factory("of_class", default_config={"width": 3, "scale": 2.0})
class OfClass:
    def __init__(self, nlp, name, width, scale):
        self.width, self.scale = width, scale

    def __call__(self, doc):
        return doc


class Qq(Language):
    lang = "qq"


@Qq.component("only_here")
def only_here(doc):
    return doc


def make_linear(width: int):
    return Linear(width, width)


def answer():
    return 42


COLORS = {"X": "#fff"}
TABLE = {"lemma_lookup": "nowhere.json"}


@app.command("greet")
def greet():
    print("hello from", spacy.load.__module__)
"""
ENTRY_POINTS = """
[spacy_factories]
stamp = other:stamp
of_class = other:OfClass
only_here = other:only_here
sentencizer = other:nothing_of_that_name
broken = other_broken:thing
[spacy_languages]
qq = other:Qq
[spacy_architectures]
other.Linear.v1 = other:make_linear
[spacy_misc]
other.answer.v1 = other:answer
both = other:answer
[tagma_misc]
both = other:make_linear
[spacy_readers]
other.read.v1 = other:answer
[thinc_layers]
other.layer.v1 = other:make_linear
[spacy_displacy_colors]
theirs = other:COLORS
[spacy_lookups]
qq = other:TABLE
[spacy_cli]
greet = other:app
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages: one with entries of all kinds, and one of the peer's own."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "other.py").write_text(OTHER)
    (folder / "other_broken.py").write_text("raise RuntimeError('not today')\n")
    install(folder, "other", ENTRY_POINTS)
    install(folder, "spacy_legacy", "[spacy_architectures]\nspacy.Tagger.v2 = nowhere:tagger\n")
    return folder


def install(folder: Path, name: str, entry_points: str) -> None:
    """Say that a distribution of this name is there."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)


def run(site: Path, code: str, *, alias: bool = True) -> str:
    """What code prints in a process that has these packages."""
    begin = "import tagma.compat; tagma.compat.install()\n" if alias else ""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}
    done = subprocess.run([sys.executable, "-c", begin + code], capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_components(site: Path) -> None:
    """A function, a class with its defaults, and one for a language are found by their names alone."""
    code = """
import spacy
nlp = spacy.blank("en")
nlp.add_pipe("stamp")
part = nlp.add_pipe("of_class", config={"width": 5})
print(nlp("a").user_data, part.width, part.scale, nlp.get_pipe_config("of_class")["scale"])
nlp = spacy.blank("qq")
nlp.add_pipe("only_here")
print(type(nlp).__name__, nlp.pipe_names, nlp.get_pipe_meta("only_here").factory)
nlp.add_pipe("sentencizer")
print({"stamp", "of_class"} <= set(nlp.factory_names))
"""
    lines = run(site, code).splitlines()
    assert lines == ["{'stamped': True} 5 2.0 2.0", "Qq ['only_here'] only_here", "True"]


def test_functions_of_all_kinds(site: Path) -> None:
    """Each registry gives what its entry names; of two groups tagma's is asked first."""
    code = """
import spacy, other
get = spacy.registry.get
print(get("architectures", "other.Linear.v1") is other.make_linear)
print(get("layers", "other.layer.v1") is other.make_linear)
print(get("misc", "other.answer.v1")(), get("readers", "other.read.v1")())
print(get("misc", "both") is other.make_linear)
print(get("displacy_colors", "theirs"), get("lookups", "qq"))
print(get("languages", "qq") is other.Qq, spacy.util.get_lang_class("qq") is other.Qq)
"""
    assert run(site, code).splitlines() == [
        "True",
        "True",
        "42 42",
        "True",
        "{'X': '#fff'} {'lemma_lookup': 'nowhere.json'}",
        "True True",
    ]


def test_nothing_is_imported_before_it_is_asked_for(site: Path) -> None:
    """Making a pipeline, and telling a mistyped name, imports no other package; the peer's own are built in."""
    code = """
import sys, tagma
from tagma.registries import registry
nlp = tagma.blank("en")
nlp.add_pipe("sentencizer")
try:
    nlp.add_pipe("stampp")
except ValueError as error:
    print("'stamp'" in str(error))
print(registry.get("architectures", "spacy.Tagger.v2").__module__)
print([name for name in ("other", "spacy", "nowhere") if name in sys.modules])
"""
    assert run(site, code, alias=False).splitlines() == ["True", "tagma.ml.models.tagger", "[]"]


def test_a_component_for_the_peer_needs_the_alias(site: Path, tmp_path: Path) -> None:
    """Where `import spacy` gives something else, or nothing, the error names the package and the way out."""
    code = """
import sys
sys.path.insert(0, PLACE)
sys.modules["thinc"] = None
import tagma
for _ in range(2):
    try:
        tagma.blank("en").add_pipe("stamp")
    except ImportError as error:
        print(error)
"""
    lines = run(site, code.replace("PLACE", repr(str(tmp_path))), alias=False).splitlines()
    assert lines[0] == lines[1]
    assert all(word in lines[0] for word in ("[E4441]", "'stamp'", "'other'", "python -m tagma.compat"))


def test_a_broken_package_is_named(site: Path) -> None:
    """What an import raises says which package and entry it was."""
    code = """
import spacy
try:
    spacy.blank("en").add_pipe("broken")
except RuntimeError as error:
    print(error, error.__notes__)
"""
    out = run(site, code)
    assert "not today" in out
    assert "'other'" in out
    assert "broken = other_broken:thing" in out


def test_commands(site: Path, tmp_path: Path) -> None:
    """A plug-in of the peer's command line joins tagma's; one that is broken is told, and leaves the others."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "tagma", "greet"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "hello from tagma"), done.stderr
    broken = tmp_path / "site"
    broken.mkdir()
    (broken / "wrong.py").write_text("import nothing_of_that_name\n")
    install(broken, "wrong", "[spacy_cli]\nx = wrong:x\n")
    env["PYTHONPATH"] = os.pathsep.join([str(broken), env["PYTHONPATH"]])
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "hello from tagma"), done.stderr
    assert "[W4130]" in done.stderr
    assert "'wrong'" in done.stderr


def test_code_of_a_command_may_import_the_peer(tmp_path: Path) -> None:
    """A file of --code written for the peer runs as it is; what is loaded of the alias is gone with the command."""
    (tmp_path / "own.py").write_text(
        "import spacy\n@spacy.Language.component('mine')\n"
        "def mine(doc):\n    print(spacy.load.__module__)\n    return doc\n"
    )
    saved = (
        "import runpy, tagma.compat; tagma.compat.install(); import spacy; runpy.run_path('own.py')\n"
        "nlp = spacy.blank('en'); nlp.add_pipe('mine'); nlp.to_disk('saved')\n"
    )
    subprocess.run([sys.executable, "-c", saved], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "texts.txt").write_text("A text.")
    code = """
import sys
from tagma.cli import setup_cli
sys.argv = ["tagma", "apply", "saved", "texts.txt", "out.spacy", "--code", "own.py"]
try:
    setup_cli()
except SystemExit as error:
    assert not error.code, error.code
print("spacy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("tagma", "False"), done.stdout + done.stderr
