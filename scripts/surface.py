"""Write tests/surface: the public names of spaCy 3.8 and Thinc 8.3, under tagma's paths, and their signatures.

    python scripts/surface.py DESCRIPTION.md …

Reads descriptions of the surface in Markdown, as they are printed from the installed peers: tables of functions, lists
of classes with their members, registered names, commands with their options. Two files come out of all of them, which
`tests/test_surface.py` compares with the library:

    names.txt         tagma.vocab: Vocab                 names of a module
                      tagma.vocab.Vocab: add_flag …      members of a class
                      @factories: tagger …               registered names
                      $ tagma train: config_path …       a command, its arguments and options
    signatures.txt    tagma.nn.api.Dropout(rate=0.0)     "?" is a default, if any, that is not known
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "tests" / "surface"

# Where the classes stand that descriptions name without their module.
HOMES = {
    "tagma.strings": "StringStore strings.hash_string",
    "tagma.vocab": "Vocab",
    "tagma.lexeme": "Lexeme",
    "tagma.vectors": "Vectors BaseVectors",
    "tagma.lookups": "Lookups Table",
    "tagma.morphology": "Morphology",
    "tagma.tokens": "Doc Token Span SpanGroup DocBin MorphAnalysis",
    "tagma.tokens._retokenize": "Retokenizer",
    "tagma.tokenizer": "Tokenizer",
    "tagma.matcher": "Matcher PhraseMatcher DependencyMatcher",
    "tagma.training": "Example Alignment Corpus JsonlCorpus PlainTextCorpus",
    "tagma.scorer": "Scorer",
    "tagma.kb": "KnowledgeBase Candidate InMemoryLookupKB",
    "tagma.language": "Language FactoryMeta",
    "tagma.pipeline": "TrainablePipe",
}
HOME = {name: module for module, names in HOMES.items() for name in names.split()}
BOUND = ("staticmethod", "classmethod", "function")  # what is called without an instance
EXPERIMENTAL = ("score_coref_clusters", "score_span_predictions")

# Names that the peers' modules import from one another; they belong to the modules named here alone.
OWNERS = {
    "tagma.errors": "Errors Warnings",
    "tagma.tokens": "Doc Span Token",
    "tagma.tokens.underscore": "Underscore",
    "tagma.morphology": "Morphology",
    "tagma.vectors": "Vectors Mode VectorsMode",
    "tagma.lookups": "Lookups",
    "tagma.matcher": "Matcher",
    "tagma.strings": "get_string_id",
    "tagma.attrs": "intify_attr",
    "tagma.kb": "KnowledgeBase Candidate InMemoryLookupKB",
    "tagma.vocab tagma": "Vocab",
    "tagma.language tagma": "Language",
    "tagma.training tagma": "Example",
    "tagma.schemas tagma": "ConfigSchema ConfigSchemaInit ConfigSchemaNlp ConfigSchemaPretrain ConfigSchemaTraining",
    "tagma.util tagma tagma.nn.api tagma.nn.config": "registry",
    "tagma.util": "SimpleFrozenDict SimpleFrozenList dot_to_dict dot_to_object ensure_path escape_html"
    " find_available_port get_lang_class get_sourced_components is_cython_func is_in_jupyter load_language_data"
    " load_model load_model_from_config minibatch minify_html resolve_dot_names",
    "tagma.training tagma.training.iob_utils": "split_bilu_label",
    "": "Any Callable Container Dict Generic Iterable Iterator List Literal Optional Protocol Sequence Sized Tuple"
    " TypeVar Union partial trapezoid",
}
OWNER = {name: modules.split() for modules, names in OWNERS.items() for name in names.split()}
# Modules whose type variables are no part of what they offer.
GENERIC = ("tagma.nn.layers.", "tagma.nn.model", "tagma.nn.loss", "tagma.nn.backends.ops", "tagma.nn.util")
TYPE_VARIABLE = re.compile(r"[A-Z]\w*T(Xd)?|[XY]Type|InFunc")


class Surface:
    """Names by the module, class, registry or command that has them, and signatures by dotted name."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = defaultdict(set)
        self.signatures: dict[str, str] = {}

    def add(self, owner: str, entry: str) -> None:
        """Put down `name` or `name(arguments) -> result` of a module or class."""
        name, found, _ = entry.partition("(")
        if not name.isidentifier() or not _belongs(owner, name):
            return
        self.names[owner].add(name)
        if found and (signature := _signature(entry[len(name) :])) is not None:
            self.signatures[f"{owner}.{name}"] = signature

    def texts(self) -> dict[str, str]:
        """What is written, by file name."""
        names = [f"{owner}: {' '.join(sorted(names))}" for owner, names in sorted(self.names.items()) if names]
        signatures = [f"{name}{signature}" for name, signature in sorted(self.signatures.items())]
        return {"names.txt": "\n".join(names) + "\n", "signatures.txt": "\n".join(signatures) + "\n"}


def ours(module: str) -> str:
    """A peer's module under tagma's path."""
    return re.sub(r"^thinc\b", "tagma.nn", re.sub(r"^spacy\b", "tagma", module))


def _belongs(owner: str, name: str) -> bool:
    if name in OWNER:
        return owner in OWNER[name]
    return not (owner.startswith(GENERIC) and TYPE_VARIABLE.fullmatch(name))


def _signature(text: str) -> str | None:
    """`(x: int = 3, *, y) -> None` without types: `(x=3, *, y)`. None if it is not whole."""
    end = _close(text)
    if end is None or "…" in text[:end]:
        return None
    parts = [part for part in _split(text[1:end], ",") if part]
    return f"({', '.join(_parameter(part) for part in parts)})"


def _close(text: str) -> int | None:
    """Where the bracket at the start of a text closes."""
    depth = 0
    for place, letter in _outside_quotes(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return place
    return None


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    quote = ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            yield place, letter


def _split(text: str, separator: str) -> list[str]:
    depth, start, parts = 0, 0, []
    for place, letter in _outside_quotes(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == separator and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _parameter(text: str) -> str:
    declared, *default = _split(text, "=")
    name = _split(declared, ":")[0]
    return f"{name}={_default('='.join(default))}" if default else name


def _default(text: str) -> str:
    """A default as it is written; "?" for one that is no plain value, or a sentence."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return "?"
    return "?" if isinstance(value, str) and " " in value else repr(value)


def read(text: str, surface: Surface) -> None:
    """Add what one description says."""
    for title, body in re.findall(r"^## (.*)\n((?:(?!## ).*\n?)*)", text, flags=re.MULTILINE):
        module = re.search(r"→ (?:`tagma\.nn`, )?`(tagma[\w.]*)`", title)
        if title == "Commands":
            _read_commands(body, surface)
        elif title.startswith(("Registries", "Registered names")):
            for kind, names in re.findall(r"^- `@?(\w+)`: (.*)$", body, flags=re.MULTILINE):
                surface.names[f"@{kind}"].update(_quoted(names))
        elif title == "Module map":
            for name, names in re.findall(r"^- `([\w.]+)`: (.*)$", body, flags=re.MULTILINE):
                if "._" not in name:
                    _add_all(surface, ours(name), _quoted(names))
        elif title == "`thinc.types`":
            _add_all(surface, "tagma.nn.types", _quoted(body))
        elif title.startswith("Ops methods"):
            _read_members("tagma.nn.backends.Ops", body, surface)
        elif module:
            _read_module(module[1], body, surface)
        elif title.startswith("Public classes"):
            _read_documented(body, surface)
        elif title == "Worked numbers":
            _read_ids(body, surface)
        _read_languages(body, surface)


def _quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def _add_all(surface: Surface, owner: str, names: list[str]) -> None:
    for name in names:
        surface.add(owner, name)


def _read_module(module: str, body: str, surface: Surface) -> None:
    owner = module
    for line in body.splitlines():
        if row := re.match(r"\| `(\w+)` \| `(.*)` \|$", line):
            surface.add(module, row[1] + row[2])
        elif found := re.match(r"- \*\*`(\w+)`\*\* `(.*)`$", line):
            owner = f"{module}.{found[1]}"
            surface.add(module, found[1] + found[2])
        elif line.startswith("  - `"):
            _read_members(owner, line[2:], surface)
        elif found := re.match(r"- `(\w+\(.*)`( \(class\))?\s*$", line):
            surface.add(module, found[1])
        elif re.fullmatch(r"(`\w+`,? ?)+", line):
            _add_all(surface, module, _quoted(line))


def _read_members(owner: str, lines: str, surface: Surface) -> None:
    for entry in re.findall(r"^- `([^`]+)`", lines, flags=re.MULTILINE):
        if not entry.endswith("(…)") and not owner.endswith("Error"):  # what comes from dict and Exception
            surface.add(owner, entry)


def _read_documented(body: str, surface: Surface) -> None:
    """Members of classes, each with its arguments in lines below: `- **`Doc.char_span`** (method)`."""
    for entry, kind, rest in re.findall(r"^- \*\*`([\w.]+)`\*\* \((.*)\)\n((?:  - .*\n?)*)", body, flags=re.MULTILINE):
        name, _, member = entry.partition(".")
        if entry in EXPERIMENTAL:
            continue
        if entry in HOME:
            surface.add(HOME[entry], member or name)
        if name not in HOME:
            continue
        owner = f"{HOME[name]}.{name}"
        surface.add(HOME[name], name)
        if kind == "dataclass":
            surface.names[owner].update(re.findall(r"^  - `(\w+)`", rest, flags=re.MULTILINE))
        elif member:
            surface.names[owner].add(member)
            if kind != "property" and re.search(r"^  - `", rest, flags=re.MULTILINE):  # else its arguments are not told
                surface.signatures[f"{owner}.{member}"] = _documented(rest, is_bound=kind in BOUND)


def _documented(lines: str, *, is_bound: bool) -> str:
    parts = [] if is_bound else ["self"]
    for line in lines.splitlines():
        if "*keyword-only:*" in line:
            parts.append("*")
        elif found := re.match(r"  - `(\*{0,2}\w+)`(?:.*default `([^`]*)`)?", line):
            given = _default(found[2]) if found[2] else "?"
            parts.append(found[1] if found[1].startswith("*") else f"{found[1]}={given}")
    if "*" in parts and (parts[-1] == "*" or parts[parts.index("*") + 1].startswith("**")):
        parts.remove("*")
    return f"({', '.join(parts)})"


def _read_ids(body: str, surface: Surface) -> None:
    for what, module in (("Symbols", "tagma.symbols"), ("Attributes", "tagma.attrs")):
        if found := re.search(rf"^{what} \(name → id\): (.*)$", body, flags=re.MULTILINE):
            names = [entry.partition("=")[0].strip() for entry in found[1].split(",")]
            kept = [name for name in names if not name.startswith(("DEPRECATED", "FLAG")) and name.strip("_")]
            _add_all(surface, module, kept)


def _read_languages(body: str, surface: Surface) -> None:
    if found := re.search(r"^Languages: (.*)$", body, flags=re.MULTILINE):
        surface.names["@languages"].update(re.findall(r"\w+", found[1]))


def _read_commands(body: str, surface: Surface) -> None:
    for name, hidden, rest in re.findall(r"^### `(tagma [^`]+)`(.*)\n((?:- .*\n?)*)", body, flags=re.MULTILINE):
        if not hidden.strip():
            surface.names[f"$ {name}"].update(re.findall(r"^- (?:argument|option) `([^`]+)`", rest, flags=re.MULTILINE))


def main() -> None:
    """Read all descriptions, write the two files."""
    if not sys.argv[1:]:
        sys.exit(__doc__)
    surface = Surface()
    for path in sys.argv[1:]:
        read(Path(path).read_text(encoding="utf8"), surface)
    TARGET.mkdir(exist_ok=True)
    for name, text in surface.texts().items():
        (TARGET / name).write_text(text, encoding="utf8")


if __name__ == "__main__":
    main()
