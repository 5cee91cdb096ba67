"""Extension attributes."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tagma.tokens import Doc, Span, Token
from tagma.tokens.underscore import Underscore
from tagma.vocab import Vocab


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    state = tuple(dict(part) for part in Underscore.get_state())
    yield
    Underscore.load_state(state)  # type: ignore[arg-type]


@pytest.fixture
def doc() -> Doc:
    """Two tokens."""
    return Doc(Vocab(), words=["a", "b"])


@pytest.mark.parametrize("cls", [Doc, Span, Token])
def test_every_kind_of_extension(doc: Doc, cls: Any) -> None:
    """Defaults, methods, getters and setters work on documents, spans and tokens."""
    cls.set_extension("plain", default=1)
    cls.set_extension("method", method=lambda obj, x: (obj.text, x))
    cls.set_extension("got", getter=lambda obj: obj.text, setter=lambda obj, x: obj.doc.user_data.update(seen=x))
    obj = {Doc: doc, Span: doc[0:2], Token: doc[0]}[cls]
    assert (obj._.plain, obj._.method(2), obj._.got) == (1, (obj.text, 2), obj.text)
    obj._.plain = 5
    obj._.got = "x"
    assert (obj._.plain, doc.user_data["seen"]) == (5, "x")
    assert cls.has_extension("plain")
    assert cls.remove_extension("plain")[0] == 1
    with pytest.raises(AttributeError, match="E046"):
        obj._.plain  # noqa: B018
    with pytest.raises(AttributeError, match="E047"):
        obj._.plain = 3
    with pytest.raises(ValueError, match="E046"):
        cls.remove_extension("plain")


def test_values_belong_to_their_token(doc: Doc) -> None:
    """A value set on one token or span is not seen on others, and mutable defaults are not shared."""
    Token.set_extension("bag", default=[])
    doc[0]._.bag.append(1)
    assert (doc[0]._.bag, doc[1]._.bag) == ([1], [])
    Span.set_extension("mark", default=0)
    doc[0:1]._.mark = 3
    assert (doc[0:1]._.mark, doc[0:2]._.mark) == (3, 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "E083"),
        ({"default": 1, "getter": len}, "E083"),
        ({"default": None, "method": len}, "E083"),
        ({"setter": len}, "E089"),
        ({"getter": 3}, "E091"),
    ],
)
def test_bad_definitions(arguments: dict[str, Any], code: str) -> None:
    """An extension is defined in exactly one way, by callables."""
    with pytest.raises(ValueError, match=code):
        Doc.set_extension("bad", **arguments)
    assert not Doc.has_extension("bad")


def test_redefinition_needs_force() -> None:
    """Defining twice is E090 unless forced."""
    Doc.set_extension("once", default=None)
    with pytest.raises(ValueError, match="E090"):
        Doc.set_extension("once", default=1)
    Doc.set_extension("once", default=2, force=True)
    assert Doc.get_extension("once") == (2, None, None, None)


def test_methods_keep_their_documentation(doc: Doc) -> None:
    """`help(doc._.name)` shows what the function says."""

    def count(obj: Doc, word: str) -> int:
        """How often a word occurs."""
        return sum(token.text == word for token in obj)

    Doc.set_extension("count", method=count)
    assert (doc._.count("a"), doc._.count.__doc__) == (1, "How often a word occurs.")


def test_names_are_completed(doc: Doc) -> None:
    """Completion after `._.` offers what is registered for that kind of object, get, has and set; nothing of ours."""
    Doc.set_extension("of_doc", default=None, force=True)
    Span.set_extension("of_span", default=None, force=True)
    Token.set_extension("of_token", default=None, force=True)
    for obj, name in ((doc, "of_doc"), (doc[0:1], "of_span"), (doc[0], "of_token")):
        assert set(dir(obj._)) == {*obj._._extensions, "get", "has", "set"}
        assert {n for n in dir(obj._) if n.startswith("of_")} == {name}


def test_definitions_travel_as_bytes() -> None:
    """What other processes get is what was defined."""
    Token.set_extension("length", getter=len)
    Span.set_extension("note", default=[1])
    assert pickle.loads(pickle.dumps(Underscore.get_state())) == Underscore.get_state()


def test_what_would_not_be_seen_is_refused(doc: Doc) -> None:
    """A getter without a setter, or a method, cannot be assigned."""
    Doc.set_extension("read_only", getter=lambda doc: 1)
    Doc.set_extension("method", method=len)
    for name in ("read_only", "method"):
        with pytest.raises(AttributeError, match=r"E4384.*" + name):
            setattr(doc._, name, 5)
        Doc.remove_extension(name)
