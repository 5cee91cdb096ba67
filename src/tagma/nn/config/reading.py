"""Reading the text of a config: sections, values, ${…} references.

Values are JSON; what is no JSON is a plain string. A reference alone stands for the value that it names, inside a text
or a quoted string for the text of that value. `$$` is a dollar, and so is the JSON escape `\\u0024`.
"""

from __future__ import annotations

import configparser
import difflib
import json
import re
import warnings
from typing import Any

from .errors import ConfigValidationError

__all__ = ["REFERENCE", "VARIABLE_RE", "parse", "slip_of"]

# What can be a reference: a text that has one stands for something else.
VARIABLE_RE = re.compile(r"\$\{[\w.:]+\}")

# Between the braces there may be more than VARIABLE_RE lets through: names of sections have dashes.
REFERENCE = re.compile(r"\$\{([^}]+)\}")
# A dollar with what belongs to it, and what says where quotes begin and end: they count in JSON.
DOLLAR = re.compile(r"\$(?:\$|\{([^}]+)\})?")
DOLLAR_OR_QUOTE = re.compile(r"\$(?:\$|\{([^}]+)\})?|\"|\\[^$]|\\")
LITERALS = {"True": True, "False": False, "None": None}
# A quoted path of Windows whose first folder begins as an escape does: "C:\new".
PATH_AS_ESCAPE = re.compile(r'"[A-Za-z]:\\[bfnrt]')
WHOLE_SECTION = (
    "A whole section, or what a function returns, cannot stand inside a string. Name one of its settings: they are put "
    "in while the config is read, and functions are called afterwards."
)
# The escape of a dollar in JSON, if the backslash is not itself escaped.
ESCAPED_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\\u0024")
DOLLAR_MARK = "\ue000dollar\ue000"
SECTION_MARK = "\ue000section\ue000"


def parse(text: str, *, interpolate: bool) -> dict[str, Any]:
    """The sections of a config as nested dicts.

    interpolate    False keeps references: alone as they are, in a quoted string with the quotes, and `$$` as well
    Raises ConfigValidationError, and the errors of configparser for what is there twice, for references that go in
    circles or deeper than 10, and for a lone `$` (if `interpolate`).
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation says
    _read(parser, text)
    _check_sections(parser)
    sections = _skeleton(parser)
    reader = _References(parser, sections)
    for name in parser.sections():
        for key, raw in parser.items(name):
            _warn_about_quotes(name, key, raw)
            sections[name][key] = reader.value(name, key, raw) if interpolate else _uninterpolated(raw)
    return {name: section for name, section in sections.items() if "." not in name}


def _read(parser: configparser.ConfigParser, text: str) -> None:
    """Split the text into sections and settings; errors say line and text."""
    try:
        parser.read_string(text)
    except configparser.DuplicateSectionError as error:
        error.message = f"Line {error.lineno}: there is a section [{error.section}] already; join the two."
        raise
    except configparser.DuplicateOptionError as error:
        error.message = (
            f"Line {error.lineno}: {error.option!r} is set in [{error.section}] already; delete one of the lines."
        )
        raise
    except configparser.MissingSectionHeaderError as error:
        raise _line_errors([(error.lineno, repr(error.line))], "stands in no section, such as [nlp]") from None
    except configparser.ParsingError as error:
        raise _line_errors(error.errors, "is neither a [section] nor of the form key = value") from None


def _line_errors(lines: list[tuple[int, str]], wrong: str) -> ConfigValidationError:
    shown = [f"Line {number}: {line.replace(chr(92) + 'n', '')} {wrong}." for number, line in lines]
    return ConfigValidationError(desc="\n".join(shown), show_config=False)


def _check_sections(parser: configparser.ConfigParser) -> None:
    """Raises ConfigValidationError for settings in [DEFAULT], sections without parent, names given twice."""
    names = set(parser.sections())
    if outside := parser.defaults():
        title, message = (
            "Found config values without a top-level section",
            "not part of a section, which [DEFAULT] is not",
        )
        raise _error(title, [([key], message) for key in outside])
    orphans = [(name, parent) for name in parser.sections() if (parent := _missing_parent(name, names))]
    if orphans:
        title = "Error parsing config section. Perhaps a section name is wrong?"
        raise _error(title, [(name.split("."), _orphan(name, parent, names)) for name, parent in orphans])
    twice = [name for name in names if _parent(name) in names and name.rpartition(".")[2] in parser[_parent(name)]]
    if twice:
        message = "found conflicting values: a setting and a section have this name; rename one of them"
        raise _error("Config validation error", [(name.split("."), message) for name in sorted(twice)])


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def _missing_parent(name: str, names: set[str]) -> str:
    """The first section above this one that has no line of its own, "" if all have; from `*` on none is needed."""
    parts = name.split(".")
    above = parts[: parts.index("*")] if "*" in parts else parts[:-1]
    parents = [".".join(above[: i + 1]) for i in range(len(above))]
    return next((parent for parent in parents if parent not in names), "")


def _orphan(name: str, parent: str, names: set[str]) -> str:
    """What is wrong with [name], and the section that was probably meant."""
    siblings = [other for other in names if _parent(other) == _parent(parent)]
    near = difflib.get_close_matches(parent, siblings, n=1)
    message = f"Section '{parent}' is not defined"
    if near:
        return f"{message}; did you mean [{near[0]}{name.removeprefix(parent)}]? If not, add the line [{parent}]"
    return f"{message}: correct the name, or add the line [{parent}]"


def _error(title: str, entries: list[tuple[list[str], str]]) -> ConfigValidationError:
    errors = [{"loc": loc, "msg": msg} for loc, msg in entries]
    return ConfigValidationError(errors=errors, title=title, show_config=False)


def _skeleton(parser: configparser.ConfigParser) -> dict[str, dict[str, Any]]:
    """The dict of each section by its dotted name, those of subsections in those above them."""
    sections: dict[str, dict[str, Any]] = {}
    for name in parser.sections():
        parts = name.split(".")
        for i in range(len(parts)):
            path = ".".join(parts[: i + 1])
            if path not in sections:
                sections[path] = {}
                if i:
                    sections[_parent(path)][parts[i]] = sections[path]
    return sections


class _References:
    """The values of settings, with references replaced.

    parser      the raw texts
    sections    {dotted name: its dict}, of which a reference to a section gives the very object
    """

    def __init__(self, parser: configparser.ConfigParser, sections: dict[str, dict[str, Any]]) -> None:
        self.parser = parser
        self.sections = sections
        self.names = {id(section): name for name, section in sections.items()}

    def value(self, section: str, key: str, raw: str, depth: int = 1) -> Any:
        """The value of a setting; `depth` is how many references have led here."""
        if "$" not in raw:
            return loads(raw)
        if depth > configparser.MAX_INTERPOLATION_DEPTH:
            raise configparser.InterpolationDepthError(key, section, raw)
        if whole := REFERENCE.fullmatch(raw):
            return self._target(whole[1], section, key, raw, depth)
        if raw[0] in '"[{':
            try:
                return self._sections_in(json.loads(self._json(section, key, raw, depth)), [section, key])
            except json.JSONDecodeError:
                pass  # a plain text that begins like JSON
        text = DOLLAR.sub(lambda match: self._piece(match, section, key, raw, depth)[0], raw)
        return self._sections_in(loads(text), [section, key])

    def _json(self, section: str, key: str, raw: str, depth: int) -> str:
        """`raw`, which is JSON, with its references replaced; inside of quotes as quotes demand."""
        parts, end, quoted = [], 0, False
        for match in DOLLAR_OR_QUOTE.finditer(raw):
            parts.append(raw[end : match.start()])
            end = match.end()
            token = match[0]
            if token[0] == "$":
                text, is_section = self._piece(match, section, key, raw, depth)
                token = json.dumps(text)[1:-1] if quoted else json.dumps(text) if is_section else text
            elif token == "\\":
                token = "\\\\"  # before a dollar: no escape that JSON has, so a backslash is meant
            elif token == '"':
                quoted = not quoted
            parts.append(token)
        return "".join([*parts, raw[end:]])

    def _piece(self, match: re.Match[str], section: str, key: str, raw: str, depth: int) -> tuple[str, bool]:
        """What stands for a dollar, or for the reference that it begins, in a text; and whether that is a section."""
        if match[0] == "$":
            found = f"'$' must be followed by '$' or '{{', found: {raw[match.start() :]!r}"
            raise configparser.InterpolationSyntaxError(key, section, found)
        if match[0] == "$$":
            return "$", False
        value = self._target(match[1], section, key, raw, depth)
        if id(value) in self.names:
            return SECTION_MARK + self.names[id(value)], True
        return value if isinstance(value, str) else json.dumps(value), False

    def _target(self, reference: str, section: str, key: str, raw: str, depth: int) -> Any:
        """What `${reference}` names: a value, or the dict of a section. Raises ConfigValidationError if nothing."""
        path = reference.replace(":", ".")
        inside, _, name = path.rpartition(".") if "." in path else (section, "", path)
        if self.parser.has_option(inside, name):
            text = self.parser.get(inside, name)
            if "." in path or text.strip() != raw.strip():  # else the section that has the name of this setting
                return self.value(inside, name, text, depth + 1)
        if self.parser.has_section(path):
            return self.sections[path]
        error = configparser.InterpolationMissingOptionError(key, section, raw, reference)
        raise ConfigValidationError(desc=str(error)) from None

    def _sections_in(self, value: Any, place: list[str]) -> Any:
        """`value` with the dicts of sections where they are named. Raises ConfigValidationError inside of a text."""
        if isinstance(value, list):
            return [self._sections_in(item, place) for item in value]
        if isinstance(value, dict):
            return {key: self._sections_in(item, place) for key, item in value.items()}
        if not isinstance(value, str) or SECTION_MARK not in value:
            return value
        if (name := value.removeprefix(SECTION_MARK)) in self.sections:
            return self.sections[name]
        error = {"loc": place, "msg": "uses section variable in string or list"}
        raise ConfigValidationError(errors=[error], desc=WHOLE_SECTION, show_config=False)


def loads(raw: str) -> Any:
    """A value from its text: JSON, a literal of Python, or else the text.

    A text in quotes that is no JSON because of its backslashes is taken as it stands, without the quotes: "C:\\data".
    """
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        inner = raw[1:-1]
        if len(raw) > 1 and raw[0] == raw[-1] == '"' and "\\" in inner and '"' not in inner:
            return inner
        return LITERALS.get(raw, raw)


def _uninterpolated(raw: str) -> Any:
    """The value of a setting; a text with references as it was written, quotes included."""
    if ESCAPED_DOLLAR.search(raw):
        value = _with_escaped(loads(ESCAPED_DOLLAR.sub(rf"\1{DOLLAR_MARK}", raw)))
    else:
        value = loads(raw)
    return raw if isinstance(value, str) and REFERENCE.search(raw) else value


def _with_escaped(value: Any) -> Any:
    """A value with dollars for their marks: twice where one would be read as part of something else."""
    if isinstance(value, list):
        return [_with_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_with_escaped(key): _with_escaped(item) for key, item in value.items()}
    if not isinstance(value, str) or DOLLAR_MARK not in value:
        return value
    plain = value.replace(DOLLAR_MARK, "$")
    return value.replace(DOLLAR_MARK, "$$") if "$$" in plain or REFERENCE.search(plain) else plain


def _warn_about_quotes(section: str, key: str, raw: str) -> None:
    """Warn of values that are read otherwise than they look."""
    if len(raw) > 1 and raw[0] == raw[-1] == "'":
        said = f"[{section}] {key} = {raw}: the value seems to be single-quoted, and its quotes belong to it;"
        warnings.warn(f"{said} write {json.dumps(raw[1:-1])}", stacklevel=5)
    if PATH_AS_ESCAPE.match(raw):
        said = f"[{section}] {key} = {raw}: in double quotes {raw[3:5]} is a control character;"
        warnings.warn(f"{said} if this is a path, write / or \\\\ between its folders", stacklevel=5)


def slip_of(value: Any) -> str:
    """ "; …" with what was mistyped, if a text looks like a list, a dict or a quoted string and is none. Else ""."""
    if not isinstance(value, str) or value[:1] not in ("[", "{", '"', "'"):
        return ""
    try:
        json.loads(value)
    except json.JSONDecodeError as error:
        if "'" in value:
            return "; strings take double quotes, not single ones"
        rest = value[error.pos :][:20]
        where = f"at {rest!r}" if rest else "at its end"
        return f"; this is no JSON {where}: a quote, a comma or a bracket may be missing"
    return ""
