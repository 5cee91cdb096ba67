"""The import alias, each test in a new process."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(code: str, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=120)


def test_modules_are_the_same_objects() -> None:
    """A module has one object under both names, whichever way and in whichever order it is imported."""
    result = run(
        "import sys\n"
        "import tagma.compat; tagma.compat.install(); tagma.compat.install()\n"
        "import spacy, spacy.tokens, thinc.api, thinc\n"
        "from spacy.training import Example\n"
        "from spacy.lang.en import English\n"
        "from thinc.api import Model, chain\n"
        "from thinc.layers.maxout import Maxout\n"
        "import spacy.strings as strings\n"
        "import tagma, tagma.nn.api, tagma.training, tagma.nn.layers.maxout, tagma.strings, tagma.lang.en\n"
        "assert spacy.load is tagma.load and spacy.tokens is tagma.tokens and strings is tagma.strings\n"
        "assert thinc.chain is tagma.nn.chain and thinc.api is tagma.nn.api and Model is tagma.nn.Model\n"
        "assert Example is tagma.training.Example and English is tagma.lang.en.English\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.split('.')[0] in ('spacy', 'thinc') and name not in ('spacy', 'thinc'):\n"
        "        real = name.replace('spacy', 'tagma', 1) if name.startswith('spacy') else 'tagma.nn' + name[5:]\n"
        "        assert module is sys.modules[real], name\n"
        "        assert module.__name__ == real and module.__spec__.name == real, (name, module.__spec__)\n"
    )
    assert result.returncode == 0, result.stderr


def test_code_written_for_the_peer_runs() -> None:
    """A pipeline made, trained and used in the other library's words."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "import spacy\n"
        "from spacy.training import Example\n"
        "nlp = spacy.blank('en')\n"
        "nlp.add_pipe('tagger').add_label('X')\n"
        "doc = nlp.make_doc('a b')\n"
        "nlp.initialize(lambda: [Example.from_dict(doc, {'tags': ['X', 'X']})])\n"
        "print([token.tag_ for token in nlp('c d')])\n"
    )
    assert result.stdout.strip() == "['X', 'X']", result.stderr


def test_missing_module_names_both() -> None:
    """What tagma does not have is an ordinary missing module."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "try:\n    import spacy.nothing\n"
        "except ModuleNotFoundError as error:\n    print(error.name, error)\n"
    )
    assert "spacy.nothing" in result.stdout
    assert "tagma.nothing" in result.stdout


@pytest.mark.parametrize("name", ["spacy", "thinc"])
def test_too_late(name: str, tmp_path: Path) -> None:
    """After the real package was imported, install() refuses and says what to do."""
    (tmp_path / f"{name}.py").write_text("")
    result = run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {name}, tagma.compat\n"
        "try:\n    tagma.compat.install()\n"
        "except RuntimeError as error:\n    print(error)\n"
    )
    assert name in result.stdout
    assert "python -m tagma.compat" in result.stdout


def test_uninstall() -> None:
    """Afterwards the names are gone, and tagma's modules are as they were."""
    result = run(
        "import sys, tagma.compat; tagma.compat.install()\n"
        "import spacy.tokens, tagma.tokens\n"
        "tagma.compat.uninstall()\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('spacy', 'thinc')]\n"
        "assert sys.modules['tagma.tokens'] is spacy.tokens\n"
    )
    assert result.returncode == 0, result.stderr


def test_script_under_the_alias(tmp_path: Path) -> None:
    """python -m tagma.compat script.py args: as `python script.py args`, with the alias."""
    (tmp_path / "beside.py").write_text("VALUE = 7\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, spacy, beside\n"
        "if __name__ == '__main__':\n"
        "    print(spacy.load.__module__, beside.VALUE, sys.argv[1:], sys.argv[0] == __file__)\n"
        "    sys.exit(3)\n"
    )
    command = [sys.executable, "-m", "tagma.compat", str(script), "a", "--b"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.stdout.strip() == "tagma 7 ['a', '--b'] True", result.stderr
    assert result.returncode == 3


def under_alias(*args: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tagma.compat", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def test_module_under_the_alias(tmp_path: Path) -> None:
    """-m finds modules of the current folder, relative imports work, and sys.argv is as with python -m."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("VALUE = 7\n")
    (package / "main.py").write_text(
        "import sys, spacy\nfrom .part import VALUE\nprint(__name__, spacy.load.__module__, VALUE, sys.argv[1:])\n"
    )
    result = under_alias("-m", "package.main", "a", "-m", cwd=tmp_path)
    assert result.stdout.strip() == "__main__ tagma 7 ['a', '-m']", result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [(["train", "--help"], 0, "tagma train"), (["info"], 0, "spaCy level"), ([], 2, "find-function")],
)
def test_command_line_of_the_peer(tmp_path: Path, arguments: list[str], status: int, words: str) -> None:
    """-m spacy is the command line of tagma."""
    result = under_alias("-m", "spacy", *arguments, cwd=tmp_path)
    assert result.returncode == status, result.stderr
    assert words in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_main_is_a_module_like_any_other(tmp_path: Path) -> None:
    """What the script defines can be pickled, and is still there when functions registered at exit run."""
    (tmp_path / "script.py").write_text(
        "import atexit, pickle, sys\nclass A: pass\n"
        "atexit.register(lambda: print(sys.modules['__main__'].A is A))\n"
        "print(type(pickle.loads(pickle.dumps(A()))) is A, __file__)\n"
    )
    result = under_alias("script.py", cwd=tmp_path)
    assert result.stdout.split() == ["True", str(tmp_path / "script.py"), "True"], result.stderr


@pytest.mark.parametrize(
    ("code", "status", "lines"),
    [
        (
            "def f():\n    raise KeyError('boo')\nf()\n",
            1,
            ["Traceback (most recent call last):", "line 3, in <module>", "line 2, in f", "KeyError: 'boo'"],
        ),
        ("x = (\n", 1, ["line 1", "x = (", "SyntaxError: '(' was never closed"]),
        ("import spacy.nothing\n", 1, ["Traceback", "line 1", "ModuleNotFoundError"]),
        ("raise SystemExit('bye')\n", 1, ["bye"]),
        ("raise SystemExit(7)\n", 7, []),
    ],
)
@pytest.mark.parametrize("how", ["script", "module"])
def test_failures_are_the_scripts_own(tmp_path: Path, code: str, status: int, lines: list[str], how: str) -> None:
    """Traceback and exit status are those of the code; no line of the runner stands in it."""
    (tmp_path / "broken.py").write_text(code)
    result = under_alias(*(["-m", "broken"] if how == "module" else ["broken.py"]), cwd=tmp_path)
    assert result.returncode == status
    assert all(line in result.stderr for line in lines), result.stderr
    assert "compat/__main__" not in result.stderr
    assert "runpy" not in result.stderr


@pytest.mark.parametrize("name", ["nowhere", "nowhere.part"])
def test_module_that_is_not_there(tmp_path: Path, name: str) -> None:
    """As with python -m: one line that names it, exit status 1."""
    result = under_alias("-m", name, cwd=tmp_path)
    assert result.returncode == 1
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr


def test_script_that_is_not_there() -> None:
    """Wrong usage: exit status 2, and the name."""
    command = [sys.executable, "-m", "tagma.compat", "nowhere.py"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, "nowhere.py" in result.stderr) == (2, True)


def test_names_of_the_peers_module() -> None:
    """tagma.compat has the names that spacy.compat has."""
    from tagma import compat
    from tagma.nn.optimizers import Optimizer

    assert compat.Optimizer is Optimizer
    assert sum([compat.is_linux, compat.is_osx, compat.is_windows]) <= 1
    assert compat.pickle.loads(compat.pickle.dumps(3)) == 3
    assert callable(compat.copy_array)
    assert compat.cupy is None or compat.CudaStream is not None
    with pytest.raises(AttributeError):
        _ = compat.nothing


def test_versions_are_the_levels_of_the_peers() -> None:
    """Under the alias spacy and thinc say which version of theirs tagma is level with; tagma says its own."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "import spacy, spacy.about, spacy.util, thinc, tagma\n"
        "from spacy import __version__ as imported, about\n"
        "from thinc.about import __version__ as level\n"
        "assert spacy.__version__ == spacy.about.__version__ == imported == tagma.about.__spacy_version__\n"
        "assert about is spacy.about and about.__title__ == 'spacy'\n"
        "assert spacy.util.is_compatible_version(imported, '~=3.8.0')\n"
        "assert thinc.__version__ == level == thinc.about.__version__ == tagma.about.__thinc_version__\n"
        "assert level.startswith('8.3.')\n"
        "assert tagma.__version__ == tagma.about.__version__ != imported\n"
        "assert tagma.about.__title__ == 'tagma'\n"
    )
    assert result.returncode == 0, result.stderr


def test_setting_a_name_goes_through() -> None:
    """What is set at the top under the alias is set in tagma, and listed there; versions and `about` stay its own."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "import spacy, spacy.about, tagma\n"
        "spacy.mine = 3\n"
        "assert tagma.mine == 3 and 'mine' in dir(spacy) and 'load' in dir(spacy)\n"
        "del spacy.mine\n"
        "assert not hasattr(tagma, 'mine') and not hasattr(spacy, 'mine')\n"
        "assert tagma.about.__version__ == tagma.__version__\n"
        "assert spacy.__file__ == tagma.__file__ and spacy.__spec__.name == 'spacy'\n"
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "line",
    [
        "import thinc.backends.linalg",
        "from thinc.backends.linalg import Vec",
        "from thinc.backends import linalg",
    ],
)
def test_what_is_left_out_says_so(line: str) -> None:
    """Modules and names of the peers that are left out are told from those that nobody has."""
    result = run(f"import tagma.compat; tagma.compat.install()\n{line}\n")
    assert "ModuleError" in result.stderr
    assert "not in tagma: it is" in result.stderr


def test_versions_of_distributions(tmp_path: Path) -> None:
    """importlib.metadata says of the peers what `__version__` says, also where others are installed; then no more."""
    info = tmp_path / "spacy-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spacy\nVersion: 2.0\n")
    result = run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from importlib.metadata import distributions, packages_distributions, requires, version\n"
        "import tagma.compat; tagma.compat.install()\n"
        "import spacy, thinc, spacy.about\n"
        "assert version('spacy') == spacy.__version__ == spacy.about.__version__, version('spacy')\n"
        "assert version('thinc') == thinc.__version__\n"
        "assert version('spaCy').startswith('3.8.')\n"
        "assert [d.version for d in distributions(name='spacy')][0] == spacy.__version__\n"
        "assert packages_distributions()['thinc'] == ['thinc'] and requires('spacy') is None\n"
        "assert spacy.util.is_package('spacy') and version('numpy')\n"
        "tagma.compat.uninstall()\n"
        "assert version('spacy') == '2.0'\n"
    )
    assert result.returncode == 0, result.stderr


def test_modules_that_stand_elsewhere() -> None:
    """Paths of the peer whose names stand in another room here; tagma's own paths are not changed."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "from spacy.git_info import GIT_VERSION\n"
        "from spacy.ml._precomputable_affine import PrecomputableAffine\n"
        "from spacy.ml.tb_framework import TransitionModel\n"
        "from spacy.registrations import REGISTRY_POPULATED, populate_registry\n"
        "from spacy.tokens.morphanalysis import MorphAnalysis\n"
        "from spacy.training.align import get_alignments\n"
        "import tagma.morphology\n"
        "assert MorphAnalysis is tagma.morphology.MorphAnalysis and GIT_VERSION == ''\n"
        "assert get_alignments(['a'], ['a']) == ([[0]], [[0]])\n"
    )
    assert result.returncode == 0, result.stderr


def test_languages_of_the_table() -> None:
    """Their modules are made under the alias, too, and have the same class."""
    result = run(
        "import tagma.compat; tagma.compat.install()\n"
        "from spacy.lang.de import German\n"
        "from spacy.lang.fr.stop_words import STOP_WORDS\n"
        "import spacy, tagma\n"
        "assert type(spacy.blank('de')) is German is tagma.util.get_lang_class('de') and STOP_WORDS\n"
    )
    assert result.returncode == 0, result.stderr
