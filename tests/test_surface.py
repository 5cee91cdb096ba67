"""The public surface of the peers: every name of tests/surface is here, or on the list of what is missing.

`scripts/surface.py` writes names and signatures, `scripts/missing.py` the list of what is missing. Where a signature is
not what the peers document, tests/surface/differs.txt says why.
"""

import ast
import inspect
import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from inspect import Parameter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tagma.doors.missing import missing_names

ROOT = Path(__file__).parent.parent
SURFACE = Path(__file__).parent / "surface"
UNKNOWN = "?"
# What compiled classes say of methods whose arguments they do not tell.
UNTOLD = "(self, /, *args, **kwargs)"


def load_script(name: str) -> ModuleType:
    spec = spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script("missing")
LISTED: dict[str, list[str]] = script.listed()
MISSING = missing_names()
PRESENT = {owner: [name for name in names if name not in MISSING.get(owner, ())] for owner, names in LISTED.items()}


def is_gone(owner: str) -> bool:
    """Whether a class or command, or the group of it, is on the list itself, so that its members are not."""
    joint = " " if owner.startswith("$") else "."
    parent, _, name = owner.rpartition(joint)
    return bool(parent) and (name in MISSING.get(parent, ()) or is_gone(parent))


def lines(file: str) -> list[str]:
    return (SURFACE / file).read_text(encoding="utf8").splitlines()


# Names at deeper paths, by hand: those that programs written for the peers are seen to import.
PATHS = {line.partition(": ")[0]: line.partition(": ")[2].split() for line in lines("paths.txt")}
DIFFERS = {line.partition(": ")[0]: line.partition(": ")[2] for line in lines("differs.txt")}
SIGNATURES = {line.partition("(")[0]: f"({line.partition('(')[2]}" for line in lines("signatures.txt")}


@pytest.mark.parametrize("owner", [owner for owner in sorted(PRESENT) if not is_gone(owner)])
def test_names_are_here(owner: str) -> None:
    """All names of a module, class, registry or command are there, but for those on the list of what is missing."""
    assert [name for name in PRESENT[owner] if not script.exists(owner, name)] == []


@pytest.mark.parametrize("owner", PATHS)
def test_deeper_paths_are_here(owner: str) -> None:
    """The names are where the peers' users find them, whichever room their code stands in."""
    assert [name for name in PATHS[owner] if not script.exists(owner, name)] == []


def test_what_is_missing_is_written_down() -> None:
    """The list in the library is what scripts/missing.py writes: nothing on it exists."""
    result = subprocess.run(
        [sys.executable, ROOT / "scripts" / "missing.py", "--check"], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_names_are_here_under_the_alias() -> None:
    """Every name of a module can be had as `spacy.X` or `thinc.X` too, and every class is the same object."""
    modules = {
        owner: [*PRESENT.get(owner, ()), *PATHS.get(owner, ())]
        for owner in {**PRESENT, **PATHS}
        if owner.startswith("tagma") and not is_gone(owner) and not owner.rpartition(".")[2][:1].isupper()
    }
    del modules["tagma.about"]  # which says other versions there
    code = (
        "import json, sys, importlib\n"
        "import tagma.compat; tagma.compat.install()\n"
        "for owner, names in json.load(sys.stdin).items():\n"
        "    alias = owner.replace('tagma.nn', 'thinc', 1) if owner.startswith('tagma.nn') else owner.replace('tagma', 'spacy', 1)\n"  # noqa: E501
        "    module, real = importlib.import_module(alias), importlib.import_module(owner)\n"
        "    for name in names:\n"
        "        if name != 'about' and getattr(module, name, module) is not getattr(real, name, module):\n"
        "            print(alias, name)\n"
        "        exec(f'from {alias} import {name}', {})\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(modules), capture_output=True, text=True, timeout=120
    )
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def known_signatures() -> list[str]:
    """Names of callables that are here and tell their arguments."""
    found = []
    for name in SIGNATURES:
        owner, _, last = name.rpartition(".")
        thing = getattr(script.locate(owner), last, None)
        if callable(thing) and _signature(thing) is not None:
            found.append(name)
    return found


def _signature(thing: Any) -> inspect.Signature | None:
    try:
        signature = inspect.signature(thing)
    except (ValueError, TypeError):
        return None
    is_slot = type(thing).__name__ == "wrapper_descriptor"
    return None if is_slot or str(signature) == UNTOLD else signature


@pytest.mark.parametrize("name", known_signatures())
def test_signatures_are_those_of_the_peers(name: str) -> None:
    """Arguments have the names, order, kinds and defaults of the peers; there may be more, with defaults."""
    owner, _, last = name.rpartition(".")
    signature = _signature(getattr(script.locate(owner), last))
    assert signature is not None
    found = list(_differences(SIGNATURES[name], signature))
    if name in DIFFERS:
        assert found, "agrees now: take it out of tests/surface/differs.txt"
    else:
        assert found == []


def _differences(wanted: str, signature: inspect.Signature) -> list[str]:
    expected = _parse(wanted)
    parameters = signature.parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    places = [name for name, parameter in parameters.items() if parameter.kind <= Parameter.POSITIONAL_OR_KEYWORD]
    found = []
    for place, (name, kind, default) in enumerate(expected):
        parameter = parameters.get(name)
        if kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            if kind not in kinds:
                found.append(f"takes no {'**' if kind is Parameter.VAR_KEYWORD else '*'}{name}")
        elif kind is Parameter.POSITIONAL_OR_KEYWORD and Parameter.VAR_POSITIONAL not in kinds:
            by_name = parameter is None and Parameter.VAR_KEYWORD in kinds
            if places[place : place + 1] != [name] and not by_name:
                found.append(f"{name} is not argument {place}")
        elif parameter is None and not kinds & {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}:
            found.append(f"takes no {name}")
        if parameter is not None and default not in (UNKNOWN, None) and not _same(default, parameter.default):
            found.append(f"{name} is {parameter.default!r} by default, not {default}")
    names = {name for name, _, _ in expected}
    required = [name for name, parameter in parameters.items() if _is_required(parameter) and name not in names]
    return found + [f"{name} is needed besides" for name in required]


def _parse(wanted: str) -> list[tuple[str, Any, str | None]]:
    """(name, kind, default as it is written) of each argument."""
    arguments = ast.parse(f"def f{wanted.replace('=?', '=_')}: pass").body[0].args  # type: ignore[attr-defined]
    places = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(places) - len(arguments.defaults)) + arguments.defaults
    found = [(arg.arg, Parameter.POSITIONAL_OR_KEYWORD, value) for arg, value in zip(places, defaults, strict=True)]
    found += [(arg.arg, Parameter.VAR_POSITIONAL, None) for arg in [arguments.vararg] if arg]
    found += [
        (arg.arg, Parameter.KEYWORD_ONLY, value)
        for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    found += [(arg.arg, Parameter.VAR_KEYWORD, None) for arg in [arguments.kwarg] if arg]
    return [(name, kind, None if value is None else _written(value)) for name, kind, value in found]


def _written(value: ast.expr) -> str:
    return UNKNOWN if isinstance(value, ast.Name) and value.id == "_" else ast.unparse(value)


def _same(written: str, value: Any) -> bool:
    """Whether a default is what is written; of collections only what is in them counts."""
    expected = ast.literal_eval(written)
    if isinstance(expected, (list, tuple, set, dict)):
        return list(expected) == list(value) or (isinstance(expected, set) and expected == set(value))
    return type(expected) is type(value) and expected == value


def _is_required(parameter: Parameter) -> bool:
    return parameter.default is Parameter.empty and parameter.kind not in (
        Parameter.VAR_POSITIONAL,
        Parameter.VAR_KEYWORD,
    )


def test_differences_have_a_reason() -> None:
    """Each signature that is different is one of the surface, and says why."""
    assert set(DIFFERS) <= set(SIGNATURES)
    assert all(DIFFERS.values())
