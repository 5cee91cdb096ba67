"""tagma download and info --url against a server on this machine, and what never reaches an installer."""

import functools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.cli import download
from tagma.cli._published import address_of, get_version, require_name
from tagma.cli.download import download_model, get_model_filename

from .conftest import Tagma

NAME = "en_local_toy"
TABLE = {"spacy": {"3.8": {NAME: ["1.0.0", "0.9.0"], "en_broken": ["1.0.0"], "en_hostile": ["../../1"]}, "3.7": {}}}


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing of it."""

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma) -> Iterator[str]:
    """The address of a server that has the table, and both archives of a pipeline."""
    folder = tmp_path_factory.mktemp("published")
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.meta.update(name="local_toy", version="1.0.0")
    nlp.to_disk(folder / "saved")
    line = ["package", folder / "saved", folder, "--build", "sdist,wheel", "--no-require-parent"]
    result = tagma_command(*line)
    assert result.returncode == 0, result.stdout + result.stderr
    files = folder / f"{NAME}-1.0.0"
    for archive in (files / "dist").iterdir():
        archive.rename(files / archive.name)
    (folder / "compatibility.json").write_text(json.dumps(TABLE))
    (folder / "nothing.json").write_text("[1]")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mirror(published: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server is where published pipelines are looked for."""
    monkeypatch.setenv("TAGMA_COMPATIBILITY_URL", f"{published}/compatibility.json")
    monkeypatch.setenv("TAGMA_DOWNLOAD_URL", published)
    return published


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that would be run; none is."""
    ran: list[list[str]] = []
    monkeypatch.setattr("tagma.util.processes.run_command", lambda command: ran.append(command))
    return ran


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--sdist", "--no-build-isolation"]], ids=["wheel", "sdist"])
def test_installs_what_loads(mirror: str, tmp_path: Path, tagma_command: Tagma, options: list[str]) -> None:
    """pip fetches the archive of the newest version, and the pipeline is there under its name."""
    target = tmp_path / "site"
    line = ["download", NAME, *options, "--no-index", "--quiet", "--target", target]
    result = tagma_command(*line)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{NAME} 1.0.0 is installed" in result.stdout
    code = f"import sys; sys.path.insert(0, {str(target)!r}); import tagma; print(tagma.load({NAME!r}).pipe_names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "['sentencizer']", done.stderr


def test_a_missing_file_is_the_installers_failure(mirror: str, tmp_path: Path, tagma_command: Tagma) -> None:
    """What the table lists and the server has not ends with pip's status."""
    result = tagma_command("download", "en_broken", "--no-index", "--target", tmp_path, cwd=tmp_path)
    assert result.returncode == 1
    assert "is installed" not in result.stdout


def test_what_the_installer_gets(mirror: str, installer: list[list[str]]) -> None:
    """pip of this Python, the user's arguments, then the one address."""
    download(NAME, False, False, None, "--user", "--no-deps")
    (command,) = installer
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-3:] == ["--user", "--no-deps", f"{mirror}/{NAME}-1.0.0/{NAME}-1.0.0-py3-none-any.whl"]


def test_direct_needs_no_table(installer: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows the last hyphen is the version; the address is that of published pipelines."""
    monkeypatch.setenv("TAGMA_COMPATIBILITY_URL", "http://127.0.0.1:9/nothing")
    download("en_core_web_sm-3.7.1", direct=True, sdist=True)
    assert installer[0][-1] == f"{tagma.about.__download_url__}/en_core_web_sm-3.7.1/en_core_web_sm-3.7.1.tar.gz"


def test_another_base(mirror: str, installer: list[list[str]]) -> None:
    """--url is honoured, with or without a slash at its end."""
    for base in ("https://mirror.example/models", "https://mirror.example/models/"):
        download(NAME, custom_url=base)
    wanted = f"https://mirror.example/models/{NAME}-1.0.0/{NAME}-1.0.0-py3-none-any.whl"
    assert [command[-1] for command in installer] == [wanted, wanted]


def test_old_shortcut(mirror: str, tagma_command: Tagma) -> None:
    """An old short name is told, and its package is looked for."""
    result = tagma_command("download", "en")
    assert result.returncode == 1
    assert "old shortcut" in result.stdout
    assert "en_core_web_sm" in result.stdout


def test_this_library_is_not_a_package(
    mirror: str, installer: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where pip does not know this library, dependencies are left alone, once."""
    monkeypatch.setattr("tagma.util.versions.is_package", lambda name: False)
    download(NAME)
    download(NAME, False, False, None, "--no-deps")
    assert [command.count("--no-deps") for command in installer] == [1, 1]
    assert capsys.readouterr().out.count("dependencies are not installed") == 1


HOSTILE = [
    "a/b",
    "../x",
    "-r",
    "--index-url=http://x",
    "x; touch y",
    "x y",
    "x\n",
    "http://x",
    "a..b",
    "x@http://y",
    "x[all]",
    "",
    ".",
    "ä",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_reach_no_installer(name: str, mirror: str, installer: list[list[str]]) -> None:
    """A name that no package can have ends with status 1, before a table is fetched or pip is run."""
    for direct in (False, True):
        with pytest.raises(SystemExit) as caught:
            download(name + "-1.0" * direct, direct)
        assert caught.value.code == 1
    assert installer == []


def test_a_hostile_table(mirror: str, installer: list[list[str]]) -> None:
    """A version in the table that is none is not used."""
    with pytest.raises(SystemExit):
        download("en_hostile")
    with pytest.raises(SystemExit):
        download("en_x-1.0.0.evil!", direct=True)
    assert installer == []


@pytest.mark.parametrize(
    ("filename", "base"),
    [
        ("../x.whl", "https://a.example"),
        ("a/../../x.whl", "https://a.example"),
        ("a/x.whl#egg=y", "https://a.example"),
        ("http://b.example/x.whl", "https://a.example"),
        ("//b.example/x.whl", "https://a.example"),
        ("a/%2e%2e/x.whl", "https://a.example"),
        ("a\\x.whl", "https://a.example"),
        ("a/x.whl", "git+https://a.example"),
        ("a/x.whl", "some/folder"),
    ],
)
def test_addresses_that_are_none(filename: str, base: str) -> None:
    """A file stays below the base, and the base is one of http, https and file."""
    with pytest.raises(ValueError, match="E4440"):
        address_of(filename, base)
    with pytest.raises(ValueError, match="E4440"):
        download_model(filename, (), base)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("{}/nowhere.json", "HTTP status 404"),
        ("{}/nothing.json", "no table"),
        ("ftp://127.0.0.1/x", "only http, https, file"),
        ("http://127.0.0.1:9/x", "Couldn't fetch"),
    ],
)
def test_tables_that_are_none(
    mirror: str, monkeypatch: pytest.MonkeyPatch, tagma_command: Tagma, address: str, told: str
) -> None:
    """Each is told on one screen, with the address."""
    monkeypatch.setenv("TAGMA_COMPATIBILITY_URL", address.format(mirror))
    result = tagma_command("download", NAME)
    assert (result.returncode, told in result.stdout) == (1, True), result.stdout
    assert address.format(mirror) in result.stdout


def test_a_pipeline_that_is_not_listed(mirror: str, tagma_command: Tagma, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest name is offered; a level that is not in the table fails."""
    result = tagma_command("download", "en_local_tiy")
    assert (result.returncode, NAME in result.stdout) == (1, True)
    monkeypatch.setattr(tagma.about, "__spacy_version__", "4.9.0")
    assert "level 4.9" in tagma_command("download", NAME).stdout


def test_info_url(mirror: str, tagma_command: Tagma) -> None:
    """The address of the newest version that fits, printed alone; a name is needed."""
    result = tagma_command("info", NAME, "--url")
    wanted = f"{mirror}/{NAME}-1.0.0/{NAME}-1.0.0-py3-none-any.whl"
    assert (result.returncode, result.stdout.strip()) == (0, wanted)
    facts = tagma.info(NAME, url=True)
    assert facts == {"download_url": wanted, "release_url": f"{tagma.about.__release_url__}/{NAME}-1.0.0"}
    assert tagma_command("info", "--url").returncode == 1


def test_parts() -> None:
    """The helpers by themselves."""
    assert get_model_filename("a", "1") == "a-1/a-1-py3-none-any.whl"
    assert get_model_filename("a", "1", sdist=True) == "a-1/a-1.tar.gz"
    assert get_version("a", {"a": ["2.0", "1.0"]}) == "2.0"
    assert require_name("en_core-web.sm") == "en_core-web.sm"


def test_without_an_installer(mirror: str, monkeypatch: pytest.MonkeyPatch, tagma_command: Tagma) -> None:
    """Without pip, uv is taken, for this Python unless told otherwise; without both the way out is told."""
    from tagma.cli.download import _installer

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: "/bin/uv")
    assert _installer(()) == ["/bin/uv", "pip", "install", "--python", sys.executable]
    assert _installer(("--target=x",)) == ["/bin/uv", "pip", "install"]
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit):
        _installer(())


def test_link_only_warns(tagma_command: Tagma) -> None:
    """Whatever it is given, it says that shortcuts are gone, and is not among the commands of the help."""
    result = tagma_command("link", "en_core_web_sm", "en", "--force")
    assert (result.returncode, "no shortcuts" in result.stdout) == (0, True)
    assert not re.search(r"\blink\b", tagma_command("--help").stdout)
