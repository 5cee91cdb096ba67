"""What spaCy 3.8 and Thinc 8.3 have and this version of tagma has not, so that asking for it does not read like a typo.

    explain_missing("@factories", "ner")    "not in this version of tagma yet: …", with the way out

`scripts/missing.py` writes the list, from tests/surface and from what there is; a test fails when it is out of date.
Lies below all rooms, and imports none.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

__all__ = ["MissingModuleError", "explain_missing", "explain_missing_modules", "left_out", "missing_names"]

# What can be done instead.
_WAYS_OUT = {
    "@factories": "A saved pipeline that has it loads without it: tagma.load(…, exclude=[{name!r}])",
}

# Factories of packages that extend spaCy.
_FACTORIES_OF = {
    "coreferee": "coreferee",
    "gliner-spacy": "gliner_spacy",
    "medspacy": "medspacy_context medspacy_pyrush medspacy_sectionizer medspacy_target_matcher",
    "negspacy": "negex",
    "pytextrank": "biasedtextrank positionrank textrank topicrank",
    "scispacy": "abbreviation_detector hyponym_detector scispacy_linker",
    "spacy-conll": "conll_formatter",
    "spacy-entity-linker": "entityLinker",
    "spacy-experimental": "experimental_arc_labeler experimental_arc_predicter experimental_char_ner_tokenizer"
    " experimental_char_tagger_tokenizer experimental_span_finder",
    "spacy-llm": "llm llm_ner llm_rel llm_spancat llm_summarization llm_textcat",
    "spacymoji": "emoji",
    "spacytextblob": "spacytextblob",
    "span-marker": "span_marker",
    "textdescriptives": "textdescriptives/all",
}
_PACKAGE_OF = {name: package for package, names in _FACTORIES_OF.items() for name in names.split()}

# What packages beside spaCy bring and tagma is to have itself: how the names begin, or the factories, and the subject.
_PACKAGES = {
    "spacy-curated-transformers.": "curated transformers",
}
_PACKAGED_FACTORIES = {
    "curated_transformer": "curated transformers",
}

# What stays out, and what is there instead: by owner, or by owner and name.
_COMPILED = "it is Thinc's interface for compiled code, which Python cannot call"
_HELPER = "it is a helper inside Thinc's backends; call the method of Ops, such as Ops.sigmoid"
_LEFT_OUT = {
    "tagma.nn.backends": _COMPILED,
    "tagma.nn.backends.cblas": _COMPILED,
    "tagma.nn.backends.linalg": _COMPILED,
    "tagma.nn.backends.numpy_ops": _HELPER,
    "tagma.nn.backends.ops": _HELPER,
    "@factories nn_labeller": "it is an experiment that spaCy 3.8 itself cannot initialize",
}

# Names by module, class, "@registry" or "$ group of commands".
_LIST = """
@factories: nn_labeller
tagma.nn.backends: cblas linalg
tagma.nn.backends.cblas: CBlas
tagma.nn.backends.linalg: Mat Matrix Vec VecVec
tagma.nn.backends.numpy_ops: add_gradient_noise backprop_lstm check_seq2col_lengths cpu_clip_gradient
    lstm_forward_training
tagma.nn.backends.ops: backprop_lstm backprop_lstm_gates dsigmoid dtanh gaussian_cdf gaussian_pdf
    lstm_forward_training sigmoid
"""


@cache
def missing_names() -> dict[str, frozenset[str]]:
    """What is missing, by module or class, "@registry" or "$ group of commands"."""
    lines = _LIST.replace("\n    ", " ").strip().splitlines()
    return {owner: frozenset(names.split()) for owner, _, names in (line.partition(": ") for line in lines)}


def left_out(owner: str, name: str) -> str:
    """Why a name of the peers that is missing is not to come; "" for those that are."""
    return _LEFT_OUT.get(f"{owner} {name}") or _LEFT_OUT.get(owner, "")


def explain_missing(owner: str, name: str, *, called: str = "", lead: str = "") -> str:
    """That a name of the peers is "not in this version of tagma yet", and the way out; "" for all other names.

    Of a name that is not to come it says why not.

    A factory of a package that extends spaCy is named with that.

    owner     a module, "@factories" or another registry, "$ tagma" or another group of commands
    called    what the thing is called where it was asked for: a component's name in its pipeline
    lead      what stands before these words, if there are any
    """
    way_out = _WAYS_OUT.get(owner, "").format(name=called or name)
    if owner == "@factories" and (package := _PACKAGE_OF.get(name)):
        return f"{lead}part of the package {package}, which is not installed: pip install {package}. {way_out}"
    subject = _packaged(owner, name)
    if not subject and name not in missing_names().get(owner, ()):
        return ""
    if reason := left_out(owner, name):
        return f"{lead}not in tagma: {reason}" + (f". {way_out}" if way_out else "")
    return f"{lead}not in this version of tagma yet{subject}" + (f". {way_out}" if way_out else "")


def _packaged(owner: str, name: str) -> str:
    """ " (transformers)", for a name that comes with a package beside spaCy; "" for all others."""
    if owner == "@factories":
        subject = _PACKAGED_FACTORIES.get(name)
    else:
        subject = next((what for start, what in _PACKAGES.items() if name.startswith(start)), None)
    return f" ({subject})" if subject else ""


class MissingModuleError(ModuleNotFoundError):
    """A module or name that the peers have and this version of tagma has not.

    Its `name` is None: `from tagma import displacy` drops an error that names the very module, and says of its own that
    the name cannot be imported.
    """


class _LastFinder:
    """Is asked for a module of tagma after all others found none; also for a name that a package lacks.

    Has no base: `importlib.abc` would double the time that importing tagma takes beside NumPy.
    """

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        owner, _, name = fullname.rpartition(".")
        if owner.partition(".")[0] == "tagma" and (reason := explain_missing(owner, name)):
            raise MissingModuleError(f"No module or name {fullname!r}: {reason}")


def explain_missing_modules() -> None:
    """From now on importing what is missing says so. Doing it twice changes nothing."""
    if not any(isinstance(finder, _LastFinder) for finder in sys.meta_path):
        sys.meta_path.append(_LastFinder())
