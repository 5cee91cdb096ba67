"""The table of the files that register the built-in functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tagma.doors.registered import FILES
from tagma.registries import registry

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "registered.py"


def test_table_is_up_to_date() -> None:
    """The table has each built-in function, and its file."""
    run = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_name_brings_in_its_file_alone() -> None:
    """A component is found without those beside it; also where it is asked for by the name of a language's own."""
    code = (
        "import sys; from tagma.registries import registry\n"
        "print(*[name in registry.factories for name in ('en.tagger', 'en.lemmatizer', 'tagger')])"
        "\nprint(*[name in sys.modules for name in ('tagma.pipeline.tagger', 'tagma.pipeline.spancat')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "False True True\nTrue False\n"


def test_names_without_an_entry() -> None:
    """A function that is not in the table is found by importing its room."""
    assert "spacy.Tagger.v2" in FILES["architectures"]["tagma.ml.models.tagger"]
    code = (
        "from tagma.doors.registered import FILES; FILES.clear()\n"
        "import tagma; nlp = tagma.blank('en'); nlp.add_pipe('tagger'); nlp.add_pipe('lemmatizer')\n"
        "print(nlp.pipe_names)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "['tagger', 'lemmatizer']\n"
    assert registry.has("architectures", "spacy.Tagger.v2")
