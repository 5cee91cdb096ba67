"""The users' snippets, letter by letter: under `python -m tagma.compat` their imports need not be changed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .blocks import IMPORTS, program

pytestmark = pytest.mark.user_documents

PROLOGUE = """
from typing import Callable, Dict, Iterable, List, Optional, Tuple
import numpy as np
import spacy
from spacy import registry
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Dropout, Model, Optimizer, Relu, Softmax, chain, with_array
from thinc.types import Floats2d
width, hidden_width, nO, dropout, embed_size, nM, nC = 16, 12, 3, 0.2, 50, 4, 3
input_sample = [spacy.blank("en")("She sells shells")]
output_sample = [np.eye(3, dtype="float32")]
model = Model("x", None, attrs={"create_candidate_tensor": 1, "get_candidates": 2})
model.set_ref("tok2vec", model)
model.set_ref("output_layer", model)
"""
# In the order in which one needs what another defines.
NAMES = (
    "architecture",
    "types",
    "references",
    "operators",
    "some widths",
    "no widths",
    "dropout",
    "relations",
    "all pairs",
    "near pairs",
    "component",
    "initialize",
    "update",
    "predict",
    "extension",
    "set_annotations",
    "call",
    "factory",
)


def test_letter_by_letter(user_documents: Path, tmp_path: Path) -> None:
    """All that need no other framework run one after the other, and the last network predicts."""
    parts = [f"# {name}\n{program(user_documents, name, changed=False)}" for name in NAMES]
    assert any("from thinc.api import" in part for part in parts)
    assert any("from spacy.pipeline import Pipe" in part for part in parts)
    script = tmp_path / "script.py"
    script.write_text(
        "\n".join([PROLOGUE, *parts, "print(char_embed.predict(input_sample)[0].shape, Model.__module__)"]),
        encoding="utf8",
    )
    result = subprocess.run([sys.executable, "-m", "tagma.compat", script], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "(3, 16) tagma.nn.model\n"


def test_imports_are_all_that_is_changed(user_documents: Path) -> None:
    """Elsewhere in the suite the snippets run with other imports, and are the same but for these."""
    for name in NAMES:
        text = program(user_documents, name, changed=False)
        for old, new in IMPORTS.items():
            text = re.sub(old, new, text)
        assert text == program(user_documents, name)
