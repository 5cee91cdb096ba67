"""The stubs of compiled modules say what the build has: the same names, arguments and defaults."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, WrapperDescriptorType
from typing import Any

import pytest

from tagma.gold.example import Example
from tagma.kb._entries import Entries
from tagma.pipeline._edit_trees import EditTrees
from tagma.pipeline._memo import Memo
from tagma.pipeline.transitions import ArcEager
from tagma.pipeline.transitions._machine import Starts
from tagma.strings import StringStore
from tagma.tokenizer import Tokenizer
from tagma.tokens import Doc, SpanGroup
from tagma.vocab import Vocab

SRC = Path(__file__).parent.parent / "src"
# Files of loops for one caller each, whose stubs stand for more than their names or are a few lines.
LOOPS = ("tagma.nn.backends._kernels", "tagma.threads._pool")
MODULES = [
    name
    for path in sorted((SRC / "tagma").rglob("*.pyx"))
    if (name := ".".join(path.relative_to(SRC).with_suffix("").parts)) not in LOOPS
]
# Special methods that object has for type checkers, that pickle and copy ask for, or that Cython adds.
UNSAID = {
    *("__new__", "__init__", "__doc__", "__module__", "__repr__", "__str__", "__hash__", "__eq__", "__ne__"),
    *("__reduce__", "__reduce_cython__", "__setstate__", "__setstate_cython__", "__copy__", "__deepcopy__"),
    *("__radd__", "__pyx_vtable__", "__abstractmethods__"),
}
FAR_TOO_MANY = 99
STUBS_TO_SPOIL = ("doc", "table", "span_group")

Parameters = list[tuple[str, str, object]]
Examples = dict[str, Callable[[], object]]


# What a stub says


def statements(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """The declarations of a module or class by name: overloads and the parts of a property stand together."""
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if "type_check_only" not in decorators(node):
                found.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) != "TypeAlias":
            assert isinstance(node.target, ast.Name)
            found.setdefault(node.target.id, []).append(node)
    return found


def decorators(node: ast.stmt) -> list[str]:
    return [ast.unparse(item) for item in getattr(node, "decorator_list", [])]


def said_parameters(function: ast.FunctionDef, namespace: dict[str, Any]) -> Parameters:
    """(name, kind, default) of each parameter; defaults are looked up in the build."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    out = [
        (arg.arg, "position" if arg in args.posonlyargs else "either", value(default, namespace))
        for arg, default in zip(positional, defaults, strict=True)
    ]
    out += [(args.vararg.arg, "*", inspect.Parameter.empty)] if args.vararg else []
    out += [
        (arg.arg, "keyword", value(default, namespace))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    out += [(args.kwarg.arg, "**", inspect.Parameter.empty)] if args.kwarg else []
    return out


def value(default: ast.expr | None, namespace: dict[str, Any]) -> object:
    return inspect.Parameter.empty if default is None else eval(ast.unparse(default), dict(namespace))


# What the build has


def built_parameters(function: Callable[..., object]) -> Parameters:
    """(name, kind, default) of each parameter of a compiled or Python function."""
    kinds = {"POSITIONAL_ONLY": "position", "POSITIONAL_OR_KEYWORD": "either", "KEYWORD_ONLY": "keyword"}
    kinds |= {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    parameters = inspect.signature(function).parameters.values()
    return [(one.name, kinds[one.kind.name], one.default) for one in parameters]


def embedded_parameters(doc: str, name: str, namespace: dict[str, Any]) -> Parameters | None:
    """Parameters in the first line of a docstring, where Cython writes what a slot method takes; None without one.

    In that line types stand before names, as in C.
    """
    match = re.match(rf"(?:\w+\.)*{re.escape(name)}\((.*)\)(?: -> .*)?$", doc.partition("\n")[0])
    if match is None:
        return None
    out: Parameters = []
    kind = "either"
    for part in re.split(r", (?![^(\[]*[)\]])", match[1]):
        stars, declared, default = re.fullmatch(r"(\*{0,2})(.*?)(?: ?= ?(.*))?", part).groups()  # type: ignore[union-attr]
        if not declared:
            kind = "keyword"
            continue
        word = declared.partition(":")[0].split()[-1]
        given = inspect.Parameter.empty if default is None else eval(default, dict(namespace))
        out.append((word, stars or kind, given))
    return out


def constructor_parameters(cls: type, namespace: dict[str, Any]) -> Parameters | None:
    """Parameters of a compiled class. How many of them may be positional is asked of the constructor itself.

    Cython's own line puts the star behind one argument too many.
    """
    found = embedded_parameters(cls.__doc__ or "", cls.__name__, namespace)
    if not isinstance(vars(cls).get("__init__"), WrapperDescriptorType | None):  # a Python class in a compiled file
        return built_parameters(vars(cls)["__init__"])[1:]
    if found is None:
        return None
    n = n_positional(cls)
    return [
        (name, kind if kind.startswith("*") else "either" if i < n else "keyword", default)
        for i, (name, kind, default) in enumerate(found)
    ]


def n_positional(cls: type) -> int:
    """How many positional arguments a constructor takes at most."""
    try:
        cls(*[None] * FAR_TOO_MANY)
    except TypeError as error:
        match = re.search(r"takes (?:at most|exactly) (\d+) positional", str(error))
        return int(match[1]) if match else 0
    raise AssertionError(f"{cls.__name__} takes {FAR_TOO_MANY} arguments")


def is_data(attribute: object) -> bool:
    return inspect.isdatadescriptor(attribute)


def is_read_only(attribute: Any, owner: object) -> bool:
    """Whether an attribute cannot be set. Deleting asks the same question without the need of a value."""
    if isinstance(attribute, property):
        return attribute.fset is None
    try:
        attribute.__delete__(owner)
    except AttributeError:
        return True
    except NotImplementedError:
        pass  # may be set, but not deleted
    return False


def public_names(module: ModuleType) -> set[str]:
    """Functions and classes that a module defines, and constants that its source assigns."""
    source = Path(SRC, *module.__name__.split(".")).with_suffix(".pyx").read_text(encoding="utf8")
    constants = set(re.findall(r"^([A-Za-z]\w*)(?:: [^=\n]+)? = ", source, flags=re.MULTILINE))
    own = {name for name, item in vars(module).items() if getattr(item, "__module__", "") == module.__name__}
    return {name for name in (own | constants) & set(vars(module)) if not name.startswith("_")}


# The comparison


def differences(module: ModuleType, stub: str, examples: Examples) -> Iterator[str]:
    """What the text of a stub and the build of its module do not have in common."""
    said = statements(ast.parse(stub).body)
    namespace = vars(module)
    for name in sorted(public_names(module) - set(said)):
        yield f"{name}: not in the stub"
    for name, nodes in said.items():
        if name not in namespace:
            yield f"{name}: not in the build"
        elif isinstance(nodes[0], ast.ClassDef):
            yield from class_differences(namespace[name], nodes[0], namespace, examples)
        elif isinstance(nodes[0], ast.FunctionDef):
            yield from signature_differences(name, nodes, built_parameters(namespace[name]), namespace)


def class_differences(cls: type, stub: ast.ClassDef, namespace: dict[str, Any], examples: Examples) -> Iterator[str]:
    said = statements(stub.body)
    built = {name for name in vars(cls) if name not in UNSAID}
    kept = getattr(examples.get(cls.__name__, object)(), "__dict__", {})  # attributes of a Python class
    for name in sorted(name for name in built if name.startswith("__") or not name.startswith("_")):
        if name not in said:
            yield f"{cls.__name__}.{name}: not in the stub"
    for name, nodes in said.items():
        if name in kept and isinstance(nodes[0], ast.AnnAssign):
            continue
        if name not in built and name != "__init__":
            yield f"{cls.__name__}.{name}: not in the build"
        else:
            yield from member_differences(cls, name, nodes, namespace, examples)
    constructor = constructor_parameters(cls, namespace)
    if constructor and "__init__" not in said:
        yield f"{cls.__name__}.__init__: not in the stub"


def member_differences(
    cls: type, name: str, nodes: list[ast.stmt], namespace: dict[str, Any], examples: Examples
) -> Iterator[str]:
    where = f"{cls.__name__}.{name}"
    attribute = vars(cls).get(name)
    marks = [mark for node in nodes for mark in decorators(node)]
    if isinstance(nodes[0], ast.AnnAssign) or "property" in marks:
        settable = isinstance(nodes[0], ast.AnnAssign) or f"{name}.setter" in marks
        if not is_data(attribute):
            yield f"{where}: no property in the build"
        elif settable == is_read_only(attribute, examples[cls.__name__]()):
            yield f"{where}: {'can be set' if settable else 'is read-only'} in the stub alone"
        return
    for kind in (classmethod, staticmethod):
        if isinstance(attribute, kind) != (kind.__name__ in marks):
            yield f"{where}: {kind.__name__} on one side alone"
    if name == "__init__":
        found = constructor_parameters(cls, namespace)
        receiver = [("self", "either", inspect.Parameter.empty)]
        if found is not None:
            yield from signature_differences(where, nodes, receiver + found, namespace)
        elif n_positional(cls) != len(nodes[0].args.args) - 1:  # type: ignore[attr-defined]
            yield f"{where}: another number of arguments in the build"
    elif name.startswith("__") and (built := slot_parameters(attribute, name, namespace)) is not None:
        yield from signature_differences(where, nodes, built, namespace, by_name=name == "__call__")
    elif is_data(attribute):
        yield f"{where}: a property in the build"
    elif not name.startswith("__"):
        yield from signature_differences(
            where, nodes, built_parameters(getattr(attribute, "__func__", attribute)), namespace
        )


def slot_parameters(attribute: Any, name: str, namespace: dict[str, Any]) -> Parameters | None:
    """Parameters of a special method, None where the build does not tell."""
    embedded = embedded_parameters(attribute.__doc__ or "", name, namespace)
    if embedded is not None:
        return embedded
    return built_parameters(attribute) if getattr(attribute, "__text_signature__", None) else None


def signature_differences(
    where: str, nodes: list[ast.stmt], built: Parameters, namespace: dict[str, Any], *, by_name: bool = True
) -> Iterator[str]:
    """Overloads are compared one by one. Of arguments that are never given by name, the names may differ."""
    for node in nodes:
        said = said_parameters(node, namespace)  # type: ignore[arg-type]
        if (said != built) if by_name else (nameless(said) != nameless(built)):
            yield f"{where}: {shown(said)} in the stub, {shown(built)} in the build"


def nameless(parameters: Parameters) -> list[tuple[bool, object]]:
    return [(kind in ("position", "either"), default) for _, kind, default in parameters]


def shown(parameters: Parameters) -> str:
    marks = {"keyword": "keyword ", "position": "position ", "either": ""}
    return ", ".join(
        f"{marks.get(kind, kind)}{name}" + ("" if default is inspect.Parameter.empty else f"={default!r}")
        for name, kind, default in parameters
    )


def starts(moves: ArcEager, doc: Doc) -> Starts:
    """The first state of a doc, to train from."""
    return Starts(moves.system, moves.read_docs([doc]), None, [None], 1)


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Makes an object of each class, a new one each time: asking whether an attribute can be set may clear it."""

    def doc() -> Doc:
        return Doc(Vocab(strings=["a"]), words=["a", "b"])

    def arc_eager() -> ArcEager:
        moves = ArcEager(StringStore())
        moves.add_action(0, "")
        return moves

    return {
        "Doc": doc,
        "Token": lambda: doc()[0],
        "Span": lambda: doc()[0:2],
        "SpanData": lambda: doc()[0:2].data,
        "SpanGroup": lambda: SpanGroup(doc()),
        "SpanGroups": lambda: doc().spans,
        "TokenTable": doc,
        "Vocab": Vocab,
        "EditTrees": lambda: EditTrees(Vocab()),
        "Entries": lambda: Entries(2),
        "Memo": lambda: Memo(2),
        "Lexeme": lambda: Vocab()["a"],
        "StringStore": lambda: Vocab().strings,
        "Tokenizer": lambda: Tokenizer(Vocab()),
        "System": lambda: arc_eager().system,
        "Docs": lambda: arc_eager().read_docs([doc()]),
        "Golds": lambda: arc_eager().gold(Example(doc(), doc())),
        "State": lambda: arc_eager().init_state(doc()),
        "Starts": lambda: starts(arc_eager(), doc()),
        "Rule": lambda: import_module("tagma.tokenizer.rules").Rule(None, ("search",)),
    }


@pytest.mark.parametrize("name", MODULES)
def test_stub_and_build_agree(name: str, examples: Examples) -> None:
    """A compiled module has a stub, which has its public names, and arguments and defaults as they are built."""
    stub = Path(SRC, *name.split(".")).with_suffix(".pyi")
    assert stub.exists(), f"{name} has no stub"
    assert list(differences(import_module(name), stub.read_text(encoding="utf8"), examples)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("def to_bytes(self, *, exclude", "def to_bytes(self, exclude", "Doc.to_bytes: self, exclude"),
        (
            "def column(self, name: str)",
            "def column(self, name: str, /)",
            "Doc.column: position self, position name in",
        ),
        ("nr_char: int = -1", "nr_char: int = 0", "Doc.to_utf8_array: self, nr_char=0"),
        ("def char_span(", "def chars_span(", "Doc.char_span: not in the stub"),
        ("def char_span(", "def chars_span(", "Doc.chars_span: not in the build"),
        ("    def __iter__(self) -> Iterator[Token]: ...\n", "", "Doc.__iter__: not in the stub"),
        (
            "        *,\n        user_data",
            "        user_data",
            "Doc.__init__: self, vocab, words=None, spaces=None, user",
        ),
        ("spaces: Iterable[bool] | None = None", "blanks: Iterable[bool] | None = None", "Doc.__init__: self, vocab"),
        ("    @ents.setter\n", "    @property\n", "Doc.ents: is read-only in the stub alone"),
        ("    has_unknown_spaces: bool\n", "    unknown: bool\n", "Doc.has_unknown_spaces: not in the stub"),
        ("    @property\n    def text(", "    def text(", "Doc.text: a property in the build"),
        ("    @staticmethod\n", "", "Doc.from_docs: staticmethod on one side alone"),
        ("COLUMNS: Final", "COLUMN: Final", "COLUMNS: not in the stub"),
        ("def attr_id(attr:", "def attr_id(name:", "attr_id: name in the stub, attr in the build"),
        ("doc_ref: weakref", "doc: weakref", "SpanGroups.doc: not in the build"),
    ],
)
def test_a_wrong_stub_is_found(right: str, wrong: str, found: str, examples: Examples) -> None:
    """A name too many or too few, another argument, default, kind or setter: each is told."""
    stubs = {name: Path(SRC, "tagma", "tokens", f"{name}.pyi").read_text(encoding="utf8") for name in STUBS_TO_SPOIL}
    name = next(name for name, stub in stubs.items() if right in stub)
    told = list(differences(import_module(f"tagma.tokens.{name}"), stubs[name].replace(right, wrong, 1), examples))
    assert any(difference.startswith(found) for difference in told), told
