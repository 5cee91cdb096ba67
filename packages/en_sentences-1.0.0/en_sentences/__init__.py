"""A pipeline that tagma packaged. A program that has imported spaCy alone gets it from spaCy."""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("tagma") is None or ("spacy" in sys.modules and "tagma" not in sys.modules):
    from spacy.util import get_model_meta, load_model_from_init_py
else:
    from tagma.util import get_model_meta, load_model_from_init_py

__version__ = get_model_meta(Path(__file__).parent)["version"]


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
