"""The plan of the house: rooms in their order, no circles between files, what is private, where each file is tested.

Imports are counted wherever they stand: at the top of a file, inside a function, for type checkers alone. A name that
is imported through a door counts as an import of the file it stands in.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent / "src" / "tagma"

# From the bottom up. A room is a folder with all that is in it, or files beside the folders; the longest entry decides.
ROOMS: dict[str, str] = {
    "doors": "doors",
    "threads": "threads",
    "nn": "nn",
    "errors": "errors about",
    "util": "util",
    "registries": "registries",
    "words": "attrs symbols parts_of_speech strings lookups vectors morphology lexeme vocab vocab_files glossary",
    "language data": "lang",
    "tokens": "tokens",
    "displacy": "displacy",
    "gold": "gold",
    "scorer": "scorer",
    "tokenizer": "tokenizer",
    "roles": "ty",
    "schemas": "schemas",
    "matcher": "matcher",
    "knowledge bases": "kb",
    "ml": "ml",
    "pipeline": "pipeline",
    "testing": "testing",
    "language": "language",
    "language classes": "",  # lang/<code>/__init__.py: a few lines over Language; the rules beside it are data
    "training": "training",
    "compat": "compat",
    "cli": "cli __main__",
}
ORDER = list(ROOMS)

# What may import from above, and why.
UPWARD = {
    ("language.loading", "compat"): "whether the code of a package, which imports the peer, gets this library",
    ("language.assembly", "language.loading"): "components are taken from other pipelines, which are loaded by name",
    ("language.initialize", "language.loading"): "vectors are taken from other pipelines, which are loaded by name",
}
# Files that may import each other: faces of one thing.
CIRCLES = [
    {"tokens.doc", "tokens.token", "tokens.span", "tokens.span_group", "tokens.forms.bytes", "tokens.forms.joining"}
    # Methods of Doc hand on to these, which make Docs.
    | {"tokens.forms.json", "tokens._retokenize"},
    {"vocab", "lexeme"},
]
# Private files that others may import, and why.
SHARED = {
    "threads._pool": "compiled loops of other rooms run on the pool, through its .pxd",
    "nn.backends._kernels": "compiled loops of other rooms multiply matrices, through its .pxd",
}

# What `ls src/tagma` shows, compiled files left out.
ENTRIES = """
__init__.py __init__.pyi __main__.py py.typed about.py errors.py glossary.py registries.py schemas.py
ty.py attrs.py lexeme.pxd lexeme.pyi lexeme.pyx lookups.py morphology.py parts_of_speech.py pipe_analysis.py
pipe_analysis.pyi strings.pxd strings.pyi strings.pyx symbols.pxd symbols.py vocab.pxd vocab.pyi vocab.pyx
vocab_files.py cli compat csrc displacy doors gold kb lang language matcher ml nn pipeline scorer testing threads
tokenizer tokens training util vectors
"""

# Files without a test file of their name, "x.*" for those of a folder, and the test that stands in.
TESTED_BY: dict[str, str] = {
    "__main__": "test_import.py",
    "about": "test_import.py",
    "cli._commands": "cli/test_app.py",
    "cli._data_checks": "cli/test_debug_data.py",
    "cli._data_counts": "cli/test_debug_data.py",
    "cli._packaging": "cli/test_package.py",
    "cli._published": "cli/test_download.py",
    "cli._quickstart": "cli/test_init_config.py",
    "doors.filters": "test_errors.py",
    "cli._recommendations": "cli/test_init_config.py",
    "cli._references": "cli/test_debug_config.py",
    "cli.apply": "cli/test_apply_evaluate.py",
    "cli.evaluate": "cli/test_apply_evaluate.py",
    "cli.find_function": "cli/test_info.py",
    "cli.link": "cli/test_download.py",
    "cli.project.commands": "cli/test_project.py",
    "compat.__main__": "compat/test_scripts.py",
    "compat._distributions": "compat/test_alias.py",
    "displacy.templates": "displacy/test_render.py",
    "gold._lifting": "gold/test_projective.py",
    "gold.forms": "gold/test_example.py",
    "kb._entries": "kb/test_kb_in_memory.py",
    "kb.folders": "kb/test_disk.py",
    "lang.elision": "lang/test_languages.py",
    "lang.emoticons": "lang/test_tokenizer_exceptions.py",
    "lang.number_words": "lang/test_languages.py",
    "lang.special_cases": "lang/test_tokenizer_exceptions.py",
    "lang.stop_words": "lang/test_languages.py",
    "lang.unicode_ranges": "lang/test_char_classes.py",
    "lang.xx": "language/test_codes.py",
    "language.analysis": "language/test_components.py",
    "language.defaults": "language/test_codes.py",
    "language.generic": "lang/test_languages.py",
    "language.initialize": "training/test_initialize.py",
    "language.language": "language/test_components.py",
    "language.packages": "language/test_loading.py",
    "matcher._automaton": "matcher/test_matcher.py",
    "matcher._distance": "matcher/test_levenshtein.py",
    "matcher._phrases": "matcher/test_phrasematcher.py",
    "matcher._program": "matcher/test_matcher.py",
    "matcher._trees": "matcher/test_dependencymatcher.py",
    "matcher._tests": "matcher/test_patterns.py",
    "ml._character_embed": "ml/test_architectures.py",
    "ml._ngrams": "ml/test_extract_ngrams.py",
    "ml._pairs": "ml/test_pair_scores.py",
    "ml._spans": "ml/test_mean_max.py",
    "ml.featureextractor": "ml/test_layers.py",
    "ml.listener": "ml/test_layers.py",
    "ml.models.*": "ml/test_architectures.py",
    "ml.transformer.batch": "ml/transformer/test_data.py",
    "ml.transformer.pieces": "ml/transformer/test_align.py",
    "ml.staticvectors": "ml/test_layers.py",
    "ml.tok2vec_listener": "ml/test_layers.py",
    "ml.torch_layout": "pipeline/test_coref.py",
    "nn.backends.*": "nn/backends/test_numpy_ops.py",
    "nn.compat": "nn/test_devices.py",
    "nn.config._catalogue": "nn/config/test_registry.py",
    "nn.layers.*": "nn/layers/test_all_layers.py",
    "nn.mypy": "nn/test_typing.py",
    "nn.shims.shim": "nn/test_model.py",
    "pipeline._phrases": "pipeline/test_entityruler.py",
    "pipeline._token_conditions": "pipeline/test_attributeruler.py",
    "pipeline._token_loss": "pipeline/test_tagger.py",
    "pipeline.shared_embedding": "pipeline/test_tok2vec.py",
    "pipeline.lemmatizers.*": "pipeline/test_lemmatizers.py",
    "pipeline.transitions._machine": "pipeline/transitions/test_oracle.py",
    "schemas": "language/test_assembly.py",
    "scorer.*": "scorer/test_scorer.py",
    "testing.components": "pipeline/test_components.py",
    "threads._pool": "threads/test_threads.py",
    "tokenizer.explain": "tokenizer/test_tokenizer.py",
    "tokenizer.rules": "tokenizer/test_patterns.py",
    "tokens._annotations": "tokens/test_doc.py",
    "tokens._dict_proxies": "tokens/test_span_group.py",
    "tokens._serialize": "tokens/test_doc_bin.py",
    "tokens._vectors": "tokens/test_doc.py",
    "tokens.matrix": "tokens/test_doc.py",
    "tokens.token": "tokens/test_doc.py",
    "training._numbers": "training/test_word_vectors.py",
    "training.converters.*": "training/test_converters.py",
    "training.events": "training/test_report.py",
    "training.gold_io": "training/test_converters.py",
    "training.output": "training/test_loop_output.py",
    "util.handlers": "language/test_streams.py",
    "util.names": "language/test_components.py",
    "vectors._rows": "vectors/test_nearest.py",
    "vocab_files": "test_vocab.py",
}


@cache
def sources() -> dict[str, Path]:
    """Module name below tagma → file, for Python and Cython sources; "" is the face."""
    found = {}
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.pyx")]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix("__init__").removesuffix(".")] = path
    return found


@cache
def gathered(module: str) -> dict[str, str]:
    """What a door gathers: name → module below tagma; nothing for other files."""
    path = sources()[module]
    if path.suffix != ".py" or "\n__getattr__, __dir__, __all__ = door(" not in path.read_text(encoding="utf8"):
        return {}
    table = import_module(f"tagma.{module}".removesuffix(".")).__dict__["__door__"]
    return {name: source.removeprefix("tagma.") for name, (source, _) in table.items()}


def room_of(module: str) -> str | None:
    """The room of a module."""
    if re.fullmatch(r"lang\.[a-z]{2,3}", module):
        return "language classes"
    matches = [
        (len(entry), room)
        for room, entries in ROOMS.items()
        for entry in entries.split()
        if module == entry or module.startswith(entry + ".")
    ]
    return max(matches)[1] if matches else None


def resolved(module: str, name: str) -> str:
    """The file that `from tagma.<module> import <name>` is about."""
    there = f"{module}.{name}".removeprefix(".")
    if module in sources() and name in gathered(module):
        return resolved(gathered(module)[name], name)
    return there if there in sources() else module


def imports(path: Path, module: str) -> set[str]:
    """Modules below tagma that a file imports, at any depth."""
    text = path.read_text(encoding="utf8")
    return set(_of_cython(text) if path.suffix == ".pyx" else _of_python(text, module)) - {"", module}


def _of_cython(text: str) -> Iterator[str]:
    for source, names in re.findall(
        r"^\s*from\s+tagma\.?([\w.]*)\s+c?import\s+\(?([\w\s,]+)", text, flags=re.MULTILINE
    ):
        for name in re.findall(r"\w+", names):
            yield resolved(source, name)
    yield from re.findall(r"^\s*c?import\s+tagma\.([\w.]+)", text, flags=re.MULTILINE)


def _of_python(text: str, module: str) -> Iterator[str]:
    package = module if sources().get(module, Path()).name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("tagma.") for alias in node.names if alias.name.startswith("tagma."))
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                parts = package.split(".")
                source = ".".join(filter(None, ["tagma", *parts[: len(parts) - node.level + 1], source]))
            if source == "tagma" or source.startswith("tagma."):
                for alias in node.names:
                    yield resolved(source.removeprefix("tagma").removeprefix("."), alias.name)


@cache
def graph() -> dict[str, set[str]]:
    """Imports of every file that is no door."""
    return {name: imports(path, name) for name, path in sources().items() if not gathered(name)}


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """Groups of files that import each other, directly or through others (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = set()
            while node not in group:
                group.add(stack.pop())
            if len(group) > 1:
                found.append(group)

    for node in edges:
        if node not in index:
            visit(node)
    return found


@pytest.mark.parametrize("module", sorted(set(sources()) - {"", "pipe_analysis"}))
def test_every_module_has_a_room(module: str) -> None:
    """A new module must be given its place in the order."""
    assert room_of(module) is not None, f"tagma.{module} is in no room of tests/test_rooms.py"


@pytest.mark.parametrize("module", sorted(set(graph()) - {""}))
def test_imports_point_down(module: str) -> None:
    """A file imports from its own room and those below it, but for the short list `UPWARD`."""
    own = room_of(module)
    assert own is not None
    upward = [
        f"tagma.{name} ({room_of(name)})"
        for name in sorted(graph()[module])
        if (module, name) not in UPWARD
        and room_of(name) is not None
        and ORDER.index(str(room_of(name))) > ORDER.index(own)
    ]
    assert not upward, f"tagma.{module} ({own}) imports from above: {', '.join(upward)}"


def test_no_circles() -> None:
    """No two files import each other, directly or through others, but for the faces in `CIRCLES`."""
    edges = {module: {name for name in names if (module, name) not in UPWARD} for module, names in graph().items()}
    wrong = [sorted(group) for group in circles(edges) if not any(group <= allowed for allowed in CIRCLES)]
    assert not wrong


def test_a_circle_is_found() -> None:
    """The search sees a circle of three, and no circle where there is none."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_nn_knows_no_text() -> None:
    """tagma.nn imports nothing of tagma outside itself but doors and threads."""
    outside = {
        f"{module} → {name}"
        for module, names in graph().items()
        if module.split(".")[0] == "nn"
        for name in names
        if name.split(".")[0] not in ("nn", "threads", "doors")
    }
    assert not outside


def test_private_files_stay_in_their_room() -> None:
    """A file `_x` is imported from its own folder alone, and from folders below that."""
    wrong = []
    for module, names in graph().items():
        for name in names:
            parts = name.split(".")
            private = next((i for i, part in enumerate(parts) if part.startswith("_") and part != "__main__"), None)
            folder = ".".join(parts[:private])
            if private is None or name in SHARED or module == "__main__":  # which asks the door of the command line
                continue
            if not (module == folder or module.startswith(folder + ".") or not folder):
                wrong.append(f"tagma.{module} → tagma.{name}")
    assert not wrong


def test_modules_are_not_named_in_strings() -> None:
    """Only registries and doors import modules of tagma by a string."""
    allowed = {"doors", "doors.languages", "registries", "nn.config.registry"}
    wrong = []
    for module, path in sources().items():
        if path.suffix == ".py" and module not in allowed:
            found = re.findall(r"import_module\(\s*f?\"tagma\.[^\"]*\"", path.read_text(encoding="utf8"))
            wrong += [f"tagma.{module}: {call}" for call in found]
    assert not wrong


def test_entries_of_the_package() -> None:
    """`ls src/tagma` shows what is listed here, and no more than 50 entries."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a clone of the repository")
    files = [line for line in listing.stdout.splitlines() if (ROOT / line).exists()]
    listed = ENTRIES.split()
    assert {line.split("/")[0] for line in files} == set(listed)
    assert len(listed) <= 50


def places_of(module: str, path: Path) -> list[Path]:
    """Where the tests of a file are looked for: a file of its name, for a package also a folder of its name."""
    *folder, name = module.split(".")
    bare = name.strip("_")
    places = [TESTS.joinpath(*folder, f"test_{bare}.py")]
    if path.name == "__init__.py":
        places += [TESTS.joinpath(*folder, bare, f"test_{bare}.py"), TESTS.joinpath(*folder, bare)]
    return places


def stand_in(module: str) -> Path | None:
    """The test that stands in for one of the file's own name, by its own entry or that of its folder."""
    found = TESTED_BY.get(module) or TESTED_BY.get(module.rpartition(".")[0] + ".*")
    return TESTS / found if found else None


@pytest.mark.parametrize("module", sorted(set(sources()) - {""}))
def test_every_file_has_its_tests(module: str) -> None:
    """A source file has a test file of its name in the folder of its room, or a line in `TESTED_BY`."""
    path, other = sources()[module], stand_in(module)
    if gathered(module) or any(place.exists() for place in places_of(module, path)):
        assert module not in TESTED_BY, f"tagma.{module} needs no line in TESTED_BY"
        return
    assert other is not None, f"tests/{places_of(module, path)[0].relative_to(TESTS)} is not there"
    assert other.exists(), f"{other} is not there"
