"""What importing the library costs, and what it gives."""

import subprocess
import sys
from pathlib import Path

import pytest

import tagma

# NumPy is not among them: `tagma.threads` must start it, before anybody else does, with a BLAS that has no threads.
HEAVY = ("pydantic", "confection", "typer", "rich", "jinja2", "srsly", "catalogue", "importlib.metadata")


def run(code: str) -> str:
    """Output of code in a new process."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_import_brings_in_nothing_heavy() -> None:
    """`import tagma` loads no library that takes time."""
    assert run(f"import sys, tagma; print([name for name in {HEAVY!r} if name in sys.modules])") == "[]"


@pytest.mark.parametrize("module", ["tagma.registries", "tagma.pipeline.factory", "tagma.tokens", "tagma.vocab"])
def test_low_modules_need_no_config_library(module: str) -> None:
    """Modules that work without configs do not load the libraries that configs need."""
    heavy = ("pydantic", "confection", "typer", "rich", "jinja2")
    assert run(f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])") == "[]"


def test_blank_pipeline_brings_in_no_more_than_it_runs() -> None:
    """A blank pipeline needs neither the commands' libraries nor the checks of configs nor the training loop."""
    unneeded = (*("typer", "rich", "jinja2", "srsly", "tqdm"), "tagma.schemas", "tagma.training.loop", "tagma.cli")
    code = f"import sys, tagma; tagma.blank('en'); print([name for name in {unneeded!r} if name in sys.modules])"
    assert run(code) == "[]"


def test_loading_brings_in_no_more_than_it_needs(tmp_path: Path) -> None:
    """A saved pipeline with nothing wrong in its config is loaded without the libraries that say what is wrong."""
    nlp = tagma.blank("en")
    for name in ("tok2vec", "tagger", "parser", "ner", "attribute_ruler"):
        nlp.add_pipe(name)
    nlp.get_pipe("tagger").add_label("X")  # type: ignore[attr-defined]
    nlp.initialize()
    nlp.to_disk(tmp_path)
    unneeded = ("pydantic", "confection", "catalogue", "srsly", "packaging", "importlib.metadata", "tagma.schemas")
    code = f"import sys, tagma; tagma.load({str(tmp_path)!r})('A text.')"
    assert run(f"{code}; print([name for name in {unneeded!r} if name in sys.modules])") == "[]"


@pytest.mark.parametrize("name", tagma.__all__)
def test_public_names(name: str) -> None:
    """Every public name can be had."""
    assert getattr(tagma, name) is not None
    assert name in dir(tagma)


def test_unknown_name() -> None:
    """A name that is not there is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="'no_such_name'"):
        _ = tagma.no_such_name


@pytest.mark.parametrize(
    "path",
    ["nn", "tokens", "util", "pipeline", "training", "symbols", "attrs", "language", "vocab", "scorer", "cli", "ml"],
)
def test_modules_are_attributes(path: str) -> None:
    """Modules can be used without importing them by name, as in `tagma.util.minibatch`."""
    assert run(f"import tagma; print(tagma.{path}.__name__)") == f"tagma.{path}"


def test_threads_are_one_setting() -> None:
    """The names at the top set the same number that the layers use."""
    from tagma import threads

    before = tagma.get_num_threads()
    try:
        tagma.set_num_threads(1)
        assert threads.get_num_threads() == 1
    finally:
        tagma.set_num_threads(before)


def test_populate_registry_loads_everything() -> None:
    """The flag turns true when all built-in functions are registered."""
    out = run(
        "import tagma; before = tagma.REGISTRY_POPULATED; tagma.populate_registry();"
        " print(before, tagma.REGISTRY_POPULATED)"
    )
    assert out == "False True"


def test_registry_is_always_the_object() -> None:
    """`tagma.registry` is the class of the registries, also after its file was imported."""
    code = (
        "import tagma; first = tagma.registry; tagma.blank('en'); import tagma.registries\n"
        "from tagma.registries import registry\n"
        "assert tagma.registry is registry is first, tagma.registry\n"
        "@tagma.registry.misc('x.v1')\ndef x() -> int: return 1\n"
        "print(tagma.registry.get('misc', 'x.v1') is x)"
    )
    assert run(code) == "True"
