"""Configs as they are read: values, references, slips of the pen."""

from __future__ import annotations

import configparser
from typing import Any

import pytest

from tagma.nn.config.reading import parse, slip_of
from tagma.nn.config.text import ConfigValidationError


def read(text: str, interpolate: bool = True) -> dict[str, Any]:
    """The section [a] of a config that has it."""
    section: dict[str, Any] = parse(text, interpolate=interpolate)["a"]
    return section


def test_values() -> None:
    """Values are JSON or literals of Python; what is neither is a text."""
    text = (
        '[a]\ni = 1\nn = null\nt = True\nf = None\ns = "1"\nw = bare word\nz = 007\ne =\nl = [1,\n  "x"]\nd = {"k": 1}'
    )
    expected = {"i": 1, "n": None, "t": True, "f": None, "s": "1", "w": "bare word", "z": "007", "e": ""}
    assert read(text) == expected | {"l": [1, "x"], "d": {"k": 1}}
    assert read(text) == read(text, interpolate=False)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${b.n}", 3),
        ("${b:n}", 3),
        ('"${b.n}"', "3"),
        ('"v${b.n}"', "v3"),
        ("v${b.n}", "v3"),
        ('"v${b.list}"', 'v["x", 1]'),
        ("v${b.list}", 'v["x", 1]'),
        ("${b.s}", "3"),
        ('[${b.n}, "p${b.w}"]', [3, "pq"]),
        ('["${b.w}", "${b.w}"]', ["q", "q"]),
        ('{"k": ${b.list}}', {"k": ["x", 1]}),
        ("${b.t}", True),
        ('"${b.t}"', "true"),
        ("${b.chained}/r", "q/p/r"),
        ('["${b.chained}", 1]', ["q/p", 1]),
        ('"${b.path}/x"', "C:\\new\\data/x"),
        ('"${b.quotes}!"', 'say "hi"\nthere!'),
        ("${other}", 5),
    ],
)
def test_references(written: str, value: Any) -> None:
    """Alone a reference has the type of what it names; in a text it is the text of that, whatever stands in it."""
    b = (
        '[b]\nn = 3\ns = "3"\nw = q\nt = true\nlist = ["x", 1]\nchained = "${b.w}/p"\npath = "C:\\\\new\\\\data"\n'
        'quotes = "say \\"hi\\"\\nthere"'
    )
    assert read(f"[a]\nother = 5\nx = {written}\n{b}")["x"] == value
    assert read(f"[a]\nother = 5\nx = {written}\n{b}", interpolate=False)["x"] != value or "$" not in written


def test_sections_are_the_same_object() -> None:
    """A reference to a section, alone, in quotes or in a list, is its very dict; in a text it is refused."""
    config = parse('[a]\nx = ${b}\ny = [${b.c}]\nz = "${b}"\nb = ${b}\nw = ${a.x}\n[b]\n[b.c]\nk = 1', interpolate=True)
    section = config["a"]
    assert section["x"] is section["z"] is section["b"] is section["w"] is config["b"]
    assert section["y"][0] is config["b"]["c"]
    for written in ('"x${b}"', '["x${b}"]', "x ${b}"):
        with pytest.raises(ConfigValidationError, match="uses section variable in string or list"):
            read(f"[a]\nx = {written}\n[b]")
    with pytest.raises(ConfigValidationError, match=r"a\.x\.k"):
        read("[a]\nx = ${b}\ny = ${a.x.k}\n[b]\nk = 1")


def test_references_that_lead_nowhere() -> None:
    """Unknown targets, circles, chains of more than ten and lone dollars are errors of their kind."""
    for wrong in ("${c.d}", "${c}", '"x${a.c}"', "${x}"):
        with pytest.raises(ConfigValidationError, match="Bad value substitution"):
            read(f"[a]\nx = {wrong}")
    with pytest.raises(configparser.InterpolationDepthError):
        read("[a]\nx = ${a.y}\ny = ${a.x}")
    chain = "[a]\nx0 = 1\n" + "\n".join(f"x{i} = ${{a.x{i - 1}}}" for i in range(1, 13))
    with pytest.raises(configparser.InterpolationDepthError):
        read(chain)
    assert read(chain[: chain.index("x11")])["x10"] == 1
    for wrong in ("5$", "$5", '["$"]', '"$x ${a.y}"'):
        with pytest.raises(configparser.InterpolationSyntaxError, match="must be followed by"):
            read(f"[a]\ny = 1\nx = {wrong}")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a$$b"', "a$b"),
        ("$$5", "$5"),
        ('"$$1.50$$"', "$1.50$"),
        ('["$$", "$$"]', ["$", "$"]),
        ('"$${b.c}"', "${b.c}"),
        ('"\\u0024{a.b}"', "${a.b}"),
        ('"$$${a.n}"', "$3"),
        (r'["^\\$$\\d+$$", "\\s"]', [r"^\$\d+$", r"\s"]),
    ],
)
def test_dollars(written: str, value: Any) -> None:
    """`$$` is a dollar wherever it stands, and what stands between two of them is left alone."""
    assert read(f"[a]\nn = 3\nx = {written}")["x"] == value


def test_uninterpolated() -> None:
    """Without interpolation references and `$$` stay, texts with references as they were written."""
    text = '[a]\nv = ${b.c}\nq = "x${b.c}"\nl = [${b.c}]\nm = ["${b.c}"]\nd = "a$$"\ne = "\\u0024{b.c}"'
    values = {"v": "${b.c}", "q": '"x${b.c}"', "l": "[${b.c}]", "m": ["${b.c}"], "d": "a$$", "e": "$${b.c}"}
    assert read(text, interpolate=False) == values


@pytest.mark.parametrize("path", [r"C:\data\new", r"\\server\share\data", "C:\\data\\", r"C:\Users\new", r"\d+\.\d+"])
def test_backslashes_in_quotes(path: str) -> None:
    """A quoted text that is no JSON because of its backslashes is taken as it stands, also behind references."""
    assert read(f'[a]\nx = "{path}"')["x"] == path
    assert read(f'[a]\nx = "{path}"', interpolate=False)["x"] == path
    assert read(f'[a]\nx = "{path}"\ny = "${{a.x}}|"\nz = ${{a.x}}') == {"x": path, "y": f"{path}|", "z": path}
    assert read(f'[a]\nn = new\nx = "{path}${{a.n}}"')["x"] == f"{path}new"


def test_warnings() -> None:
    """Single quotes, and paths that JSON reads as control characters, are told with place and way out."""
    with pytest.warns(UserWarning, match=r"""\[a\] x = 'y': the value seems to be single-quoted, .* write "y"$"""):
        assert read("[a]\nx = 'y'")["x"] == "'y'"
    with pytest.warns(UserWarning, match=r"\[a\] x = \"C:\\new\": in double quotes \\n is a control character"):
        assert read('[a]\nx = "C:\\new"')["x"] == "C:\new"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[component.x]\n[components]", r"'component' is not defined; did you mean \[components\.x\]\?"),
        ("[a]\n[a.modle.x]\n[a.model]", r"'a\.modle' is not defined; did you mean \[a\.model\.x\]\?"),
        ("[zzz.x]\n[components]", r"'zzz' is not defined: correct the name, or add the line \[zzz\]"),
        ("[a]\nx = 1\n[a.x]", "a -> x\tfound conflicting values"),
        ("[DEFAULT]\nx = 1", "not part of a section"),
    ],
)
def test_sections_that_do_not_fit(text: str, said: str) -> None:
    """Sections without parent, names given twice and settings outside of sections are named, with the way out."""
    with pytest.raises(ConfigValidationError, match=said):
        parse(text, interpolate=False)


def test_positional_sections_need_no_parent() -> None:
    """From `*` on sections are made as needed, and each keeps its place."""
    assert parse("[a]\n[a.*.y.z]\nk = 1\n[a.*.x]", interpolate=True) == {"a": {"*": {"y": {"z": {"k": 1}}, "x": {}}}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["a, 3]', "at '\"a, 3]'"),
        ('["a" 3]', "at '3]'"),
        ("[1, 2", "at its end"),
        ("['a']", "double quotes"),
        ("'a'", "double quotes"),
        ("[1]", ""),
        ("a", ""),
        ("", ""),
    ],
)
def test_slips(text: str, said: str) -> None:
    """A text that begins like JSON and is none says where it fails."""
    assert said in slip_of(text)
    assert bool(slip_of(text)) is bool(said)
