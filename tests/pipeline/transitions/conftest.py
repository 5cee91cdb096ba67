"""Fixtures of the tests of transition systems: the reference, random cases, and the peer's walks over them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tagma.util.paths import import_file

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """Both systems in plain Python."""
    return import_file("reference", HERE / "reference.py")


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """Random documents."""
    return import_file("cases", HERE / "cases.py")


@pytest.fixture(scope="session")
def ask_peer(peer_python: str) -> Callable[..., Any]:
    """Function: "parser" or "ner", cases and settings of get_actions to the peer's answer; see `peer.py`."""

    def ask(system: str, documents: list[dict[str, Any]], **settings: Any) -> Any:
        done = subprocess.run(
            [peer_python, str(HERE / "peer.py")],
            input=json.dumps({"system": system, "cases": documents, "settings": settings}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return ask
