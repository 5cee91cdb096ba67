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
        "assert spacy is tagma and spacy.tokens is tagma.tokens and strings is tagma.strings\n"
        "assert thinc is tagma.nn and thinc.api is tagma.nn.api and Model is tagma.nn.Model\n"
        "assert Example is tagma.training.Example and English is tagma.lang.en.English\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.split('.')[0] in ('spacy', 'thinc'):\n"
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
        "if __name__ == '__main__':\n    print(spacy.__name__, beside.VALUE, sys.argv[1:], sys.argv[0] == __file__)\n"
        "    sys.exit(3)\n"
    )
    command = [sys.executable, "-m", "tagma.compat", str(script), "a", "--b"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.stdout.strip() == "tagma 7 ['a', '--b'] True", result.stderr
    assert result.returncode == 3


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
