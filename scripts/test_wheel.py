"""Build the wheel, install it into an environment of its own, and test it there, without the sources beside.

    python scripts/test_wheel.py dist              source distribution and wheel into dist/, tested with this Python
    python scripts/test_wheel.py pythons [3.12 …]  the same with each Python that is here, lowest and newest NumPy
    python scripts/test_wheel.py installed         only the tests, of the package that this Python has (cibuildwheel)

The tests are copied to an empty folder with the data that they read. Those about the source tree stay behind: what
reads src/, docs/, scripts/ or examples/ is tested by `make test`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "wheels"
MAX_MEGABYTES = 25
PYTHONS = ("3.11", "3.12", "3.13")
LOWEST_NUMPY = {"3.11": "2.0", "3.12": "2.0", "3.13": "2.1"}  # the first minor version with wheels for that Python
TEST_PACKAGES = ("pytest>=8.3", "hypothesis>=6.100", "setuptools>=77")
# Tests that read the source tree, by path below tests/; folders end in "/".
OF_THE_TREE = (
    "compat/test_scripts.py",
    "documents/",
    "doors/",
    "interop/",
    "lang/test_char_classes.py",
    "language/test_check.py",
    "nn/backends/test_clones.py",
    "nn/backends/test_cuda.py",
    "nn/layers/test_page.py",
    "nn/test_typing.py",
    "pipeline/test_trainable_pipe.py",
    "test_adding.py",
    "test_demo.py",
    "test_docs.py",
    "test_errors.py",
    "test_rooms.py",
    "test_stubs.py",
    "test_surface.py",
    "test_typing.py",
    "typing/",
)
# What each Python is tried with: documents, words, rules, layers, training, files, commands.
CORE = (
    "test_import.py",
    "test_strings.py",
    "test_vocab.py",
    "vectors",
    "tokens",
    "tokenizer",
    "gold",
    "language",
    "nn/config",
    "nn/test_model.py",
    "nn/backends/test_numpy_ops.py",
    "pipeline/transitions",
    "pipeline/test_components.py",
    "cli/test_info.py",
    "cli/test_package.py",
    "threads",
)


def main() -> None:
    """Do what the command line says; exit status 1 if something fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["dist", "pythons", "installed"])
    parser.add_argument("versions", nargs="*", help="of Python, such as 3.12; all that are here if none is given")
    args = parser.parse_args()
    if args.what == "installed":
        run_tests(Path(sys.executable), CORE)
    elif args.what == "dist":
        distribute()
    else:
        try_pythons(args.versions)


def distribute() -> None:
    """Both archives in dist/, the wheel tested in a new environment with everything that needs no source tree."""
    sdist = ROOT / "dist" / build(Path(sys.executable), "sdist", ROOT / "dist")
    wheel = ROOT / "dist" / build(Path(sys.executable), "wheel", ROOT / "dist")
    require_size(wheel)
    python = new_environment(Path(sys.executable), wheel, "numpy")
    run_tests(python, ())
    print(f"{sdist}\n{wheel}")


def try_pythons(versions: Sequence[str]) -> None:
    """A wheel for each Python, tested with the lowest and the newest NumPy. Those that are not here are told."""
    for version in versions or PYTHONS:
        python = find_python(version)
        if python is None:
            print(f"== Python {version}: not here")
            if versions:
                sys.exit(1)
            continue
        folder = BUILT / version
        shutil.rmtree(folder, ignore_errors=True)
        command = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
        run(command)
        (wheel,) = folder.glob("*.whl")
        require_size(wheel)
        for numpy in (f"numpy=={LOWEST_NUMPY.get(version, '2.1')}.*", "numpy"):
            installed = new_environment(python, wheel, numpy)
            print(f"== Python {version}, NumPy {version_of(installed, 'numpy')}", flush=True)
            run_tests(installed, CORE)


def find_python(version: str) -> Path | None:
    """An interpreter of a version: on the path, or among those of pyenv."""
    candidates = [shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")]
    for candidate in filter(None, candidates):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        found = subprocess.run([candidate, "-c", code], capture_output=True, text=True)
        if found.stdout.strip() == version:
            return Path(candidate)
    return None


def build(python: Path, kind: str, folder: Path) -> str:
    """Build the "sdist" or "wheel" with the setuptools of this Python; the name of its file."""
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(folder)!r}))"
    return run([python, "-c", code], capture=True).splitlines()[-1]


def require_size(wheel: Path) -> None:
    """Stop if a wheel is larger than it may be."""
    size = wheel.stat().st_size / 2**20
    print(f"{wheel.name}: {size:.1f} MB", flush=True)
    if size > MAX_MEGABYTES:
        sys.exit(f"{wheel} has more than {MAX_MEGABYTES} MB")


def new_environment(python: Path, wheel: Path, numpy: str) -> Path:
    """The interpreter of a new virtual environment that has the wheel and what the tests need."""
    folder = BUILT / "environment"
    shutil.rmtree(folder, ignore_errors=True)
    run([python, "-m", "venv", folder])
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run([inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, numpy, *TEST_PACKAGES])
    return inside


def version_of(python: Path, package: str) -> str:
    """The version of a package that an interpreter has."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return run([python, "-c", code], capture=True).strip()


def run_tests(python: Path, chosen: Sequence[str]) -> None:
    """The tests, copied without the source tree; all that are not slow if none are chosen."""
    with tempfile.TemporaryDirectory(prefix="tagma-tests-") as folder:
        place = Path(folder)
        shutil.copytree(ROOT / "tests", place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "data", place / "data")
        for path in OF_THE_TREE:
            (shutil.rmtree if path.endswith("/") else os.remove)(place / "tests" / path)
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["pytest"]["ini_options"]
        (place / "pytest.ini").write_text(ini(settings), encoding="utf8")
        paths = [f"tests/{path}" for path in chosen] or ["tests"]
        code = "import sys, tagma; print(tagma.__file__); sys.exit('src' in tagma.__file__)"
        environment = {"PYTHONPATH": "", "TAGMA_PEER_PYTHON": str(Path(sys.executable))}
        run([python, "-c", code], environment, cwd=place)
        run([python, "-m", "pytest", "-q", "-m", "not slow and not peer", *paths], environment, cwd=place)


def ini(settings: dict[str, object]) -> str:
    """pytest's settings of pyproject.toml in the form of pytest.ini."""
    lines = ["[pytest]"]
    for name, value in settings.items():
        if isinstance(value, list):
            joined = " ".join(value) if name in ("addopts", "testpaths") else "\n    ".join(["", *value])
            lines.append(f"{name} = {joined}")
        else:
            lines.append(f"{name} = {str(value).lower() if isinstance(value, bool) else value}")
    return "\n".join(lines) + "\n"


def run(
    command: Sequence[str | Path], more: dict[str, str] | None = None, *, cwd: Path = ROOT, capture: bool = False
) -> str:
    """Run a command, and stop with its exit status if it fails; what it prints, if that is captured."""
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(
        list(map(str, command)), env=environment, cwd=cwd, text=True, stdout=subprocess.PIPE if capture else None
    )
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout or ""


if __name__ == "__main__":
    main()
