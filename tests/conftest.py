"""Fixtures and skips for the whole suite."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tagma.nn.seeds import fix_random_seed
from tagma.util.paths import import_file

# The same examples in every run, so that a change is judged by itself; `HYPOTHESIS_PROFILE=search` looks for new ones.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
USER_DOCUMENTS = ROOT.parent / "shared" / "spec" / "user-documents"
PEER_PYTHON = os.environ.get("TAGMA_PEER_PYTHON", str(ROOT / ".venv-peer" / "bin" / "python"))

Tagma = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "TAGMA_PEER_PYTHON" in os.environ and not Path(PEER_PYTHON).exists():
        raise pytest.UsageError(f"TAGMA_PEER_PYTHON: there is no {PEER_PYTHON}")
    for framework in os.environ.get("TAGMA_FRAMEWORKS", "").split():
        if find_spec(framework) is None:
            raise pytest.UsageError(f"TAGMA_FRAMEWORKS: there is no {framework}")
    absent = {
        "torch": None if find_spec("torch") else "PyTorch is not installed (make test-torch)",
        "transformers": None if find_spec("transformers") else "transformers is not installed (make test-torch)",
        "tensorflow": None if find_spec("tensorflow") else "TensorFlow is not installed (make test-frameworks)",
        "jax": None if find_spec("jax") else "JAX is not installed (make test-frameworks)",
        "peer": None if Path(PEER_PYTHON).exists() else "no interpreter with spaCy (TAGMA_PEER_PYTHON)",
        "shared_data": None if SHARED_DATA.exists() else "no ../shared/data",
        "user_documents": None if USER_DOCUMENTS.exists() else "no ../shared/spec/user-documents",
    }
    for item in items:
        for marker, reason in absent.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    """No test depends on the random draws of those before it."""
    fix_random_seed(0)


@pytest.fixture(scope="session")
def killing() -> ModuleType:
    """Processes that are killed at a chosen moment, and file systems that refuse: see `tests/util/killing.py`."""
    return import_file("killing", ROOT / "tests" / "util" / "killing.py")


@pytest.fixture(scope="session")
def small_transformers() -> ModuleType:
    """Transformers with weights at random, and blocks of configs that use them: `tests/ml/transformer/small.py`."""
    return import_file("small_transformers", ROOT / "tests" / "ml" / "transformer" / "small.py")


@pytest.fixture(scope="session")
def treebank() -> Path:
    """The folder of the bundled treebank."""
    return ROOT / "data" / "ewt"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that is not of the project; tests that use it carry the mark `shared_data`."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def user_documents() -> Path:
    """The folder of the users' documents; tests that read them carry the mark `user_documents`."""
    return USER_DOCUMENTS


@pytest.fixture(scope="session")
def peer_python() -> str:
    """An interpreter that has spaCy; tests that use it carry the mark `peer`."""
    return PEER_PYTHON


@pytest.fixture(scope="session")
def tagma_command() -> Tagma:
    """Runs `python -m tagma …` in a new process: stdout, stderr, returncode."""

    def run(
        *args: object, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tagma", *map(str, args)]
        environment = {**os.environ, **(env or {})}
        return subprocess.run(
            command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, timeout=300
        )

    return run
