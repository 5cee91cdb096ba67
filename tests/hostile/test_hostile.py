"""Data that tries to break its reader is refused clearly, soon, and within bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
READERS = ["DocBin", "Doc", "StringStore", "Vocab", "Vectors", "Lookups", "Table", "Model", "Tokenizer", "folder"]
READERS += ["DocJSON", "SpanGroup", "SpanGroups", "KB", "KBContents"]
READERS += ["components", "files of vectors", "files of floret"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the size of a process is read as on Linux")
@pytest.mark.parametrize("reader", READERS)
def test_reader(reader: str) -> None:
    """Each is read, or is a ValueError or OSError with words, within 600 MB and 5 seconds; nothing else comes out."""
    command = [sys.executable, str(FOLDER / "read_all.py"), reader]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["cases"] > 10
    assert report["wrong"] == {}
