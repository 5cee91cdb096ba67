"""Tables of a language that are looked up by text: lemmas, norms, probabilities. Keys are hashed."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, overload

from tagma.errors import Errors, Warnings
from tagma.registries import registry
from tagma.strings import get_string_id
from tagma.util.serialize import reading, unpack_map

DefaultT = TypeVar("DefaultT")

# Languages for which there are tables of norms.
LEXEME_NORM_LANGS: list[str] = ["cs", "da", "de", "el", "en", "grc", "id", "lb", "mk", "pt", "ru", "sr", "ta", "th"]
UNSET = object()
# spaCy asks a Bloom filter before the dict. This one (1 hash, 8 bits, seed 0, all bits set) lets every key pass.
_OPEN_BLOOM = struct.pack("<QQQQ", 1, 8, 0, 0xFF)
_DEFAULT_SIZE = 1_000_000


class Table(dict[int, Any]):
    """A dict whose keys are the hashes of texts; every method takes a text or its hash.

    `changes` grows whenever the content may have changed, for those who keep what they computed from it.
    """

    def __init__(self, name: str | None = None, data: dict[str | int, Any] | None = None) -> None:
        super().__init__()
        self.name = name
        self.default_size = _DEFAULT_SIZE
        self.changes: int = 0
        if data:
            self.update(data)

    @classmethod
    def from_dict(cls, data: dict[str | int, Any], name: str | None = None) -> Table:
        """A table with the content of `data`."""
        return cls(name=name, data=data)

    def __setitem__(self, key: str | int, value: Any) -> None:
        self.changes += 1
        super().__setitem__(get_string_id(key), value)

    def set(self, key: str | int, value: Any) -> None:
        """Set one value."""
        self[key] = value

    def __getitem__(self, key: str | int) -> Any:
        return super().__getitem__(get_string_id(key))

    def __delitem__(self, key: str | int) -> None:
        self.changes += 1
        super().__delitem__(get_string_id(key))

    def pop(self, key: str | int, *default: Any) -> Any:
        """Take out the value of a key; KeyError where it is not there and no default is given."""
        self.changes += 1
        return super().pop(get_string_id(key), *default)

    def clear(self) -> None:
        """Take out everything."""
        self.changes += 1
        super().clear()

    @property
    def bloom(self) -> bytes:
        """The Bloom filter that is saved for spaCy's sake; it lets every key pass."""
        return _OPEN_BLOOM

    def get(self, key: str | int, default: Any = None) -> Any:
        """Value of a key or `default`."""
        return super().get(get_string_id(key), default)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(get_string_id(key) if isinstance(key, str) else key)

    def update(self, data: Any = (), /, **kwargs: Any) -> None:
        """Set the values of a mapping or of pairs."""
        self.changes += 1
        if isinstance(data, dict) and all(type(key) is int for key in data):
            super().update(data)  # as files have them, without a call for each
        else:
            for key, value in data.items() if hasattr(data, "items") else data:
                self[key] = value
        for key, value in kwargs.items():
            self[key] = value

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickle_table, (self.name, list(self.items())))

    def to_bytes(self) -> bytes:
        """Name, content, and a Bloom filter for spaCy's sake, as msgpack."""
        import srsly

        packed: bytes = srsly.msgpack_dumps({"name": self.name, "dict": dict(self), "bloom": _OPEN_BLOOM})
        return packed

    def from_bytes(self, bytes_data: bytes) -> Table:
        """Replace the content by that of `to_bytes`; ValueError E4010 for altered bytes."""
        loaded = unpack_map(bytes_data, "lookup table")
        data = loaded.get("dict", {})
        if not isinstance(data, dict):
            raise ValueError(Errors.E4010.format(what="lookup table", reason="'dict' is not a map"))
        with reading("lookup table"):
            table = Table(loaded.get("name"), data)
        self.name = table.name
        self.clear()
        self.update(table)
        return self


def _unpickle_table(name: str | None, items: list[tuple[int, Any]]) -> Table:
    return Table(name, dict(items))


class Lookups:
    """Tables by name."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def __len__(self) -> int:
        return len(self._tables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    @property
    def tables(self) -> list[str]:
        """Names of the tables."""
        return list(self._tables)

    def add_table(self, name: str, data: dict[str | int, Any] | None = None) -> Table:
        """Make a table; ValueError E158 when there is one of this name."""
        if name in self._tables:
            raise ValueError(Errors.E158.format(name=name))
        table = self._tables[name] = Table(name=name, data=data)
        return table

    def set_table(self, name: str, table: Table) -> None:
        """Put a table in place, whether or not there is one of this name."""
        self._tables[name] = table

    @overload
    def get_table(self, name: str) -> Table: ...
    @overload
    def get_table(self, name: str, default: DefaultT) -> Table | DefaultT: ...
    def get_table(self, name: str, default: Any = UNSET) -> Any:
        """The table of a name, or `default`; KeyError E159 where neither is there."""
        return self._find(name) if default is UNSET else self._tables.get(name, default)

    def remove_table(self, name: str) -> Table:
        """Take a table out and return it; KeyError E159 where there is none."""
        table = self._find(name)
        del self._tables[name]
        return table

    def _find(self, name: str) -> Table:
        """The table of a name; KeyError E159 where there is none."""
        if name not in self._tables:
            raise KeyError(Errors.E159.format(name=name, tables=self.tables))
        return self._tables[name]

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return name in self._tables

    def to_bytes(self, **kwargs: Any) -> bytes:
        """All tables as a msgpack map of maps."""
        import srsly

        packed: bytes = srsly.msgpack_dumps({name: dict(table) for name, table in self._tables.items()})
        return packed

    def from_bytes(self, bytes_data: bytes, **kwargs: Any) -> Lookups:
        """Replace the tables by those of `to_bytes`; ValueError E4010 for altered bytes."""
        return self._read(bytes_data, "lookups")

    def _read(self, data: bytes, what: str) -> Lookups:
        loaded = unpack_map(data, what)
        if not all(isinstance(table, dict) for table in loaded.values()):
            raise ValueError(Errors.E4010.format(what=what, reason="a table is not a map"))
        with reading(what):
            self._tables = {name: Table(name, table) for name, table in loaded.items()}
        return self

    def to_disk(self, path: str | Path, filename: str = "lookups.bin", **kwargs: Any) -> None:
        """Write `filename` into the folder `path` (made where missing)."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / filename).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, filename: str = "lookups.bin", **kwargs: Any) -> Lookups:
        """Read `filename` from the folder `path`; without such a file nothing changes."""
        file = Path(path) / filename
        if file.exists():
            self._read(file.read_bytes(), f"lookups in {file}")
        return self


def load_lookups(lang: str, tables: list[str], strict: bool = True) -> Lookups:
    """Tables of a language from the installed `spacy_lookups` entry points.

    With `strict`, missing tables are ValueError E955, which names them; otherwise the result has what was found.
    """
    from tagma.util.objects import load_language_data

    files: dict[str, Any] = registry.lookups.get(lang) if lang in registry.lookups else {}
    missing = [name for name in tables if name not in files]
    if missing and strict:
        raise ValueError(Errors.E955.format(table=", ".join(missing), lang=lang))
    lookups = Lookups()
    for name in tables:
        if name not in missing:
            data: Any = load_language_data(str(files[name]).removesuffix(".gz"))  # packed or not
            lookups.add_table(name, data)
    return lookups


@registry.misc("spacy.LookupsDataLoader.v1")
def load_lookups_data(lang: str, tables: list[str]) -> Lookups:
    """Tables for `[initialize] lookups` of a config. Raises ValueError E955 for those that no package brings."""
    return load_lookups(lang, tables)


class LookupGetter:
    """A getter of a lexical attribute: the first table that holds the string says what it becomes, else `default` does.

    default    another getter; None for lower case
    is_own     whether the first table is a vocabulary's own, see `with_own_norms`
    The vocabulary computes it natively if `default` is the stock lower-casing (attributes `native`, `tables`).
    """

    def __init__(
        self, default: Callable[[str], Any] | None, tables: tuple[Mapping[str, Any], ...], *, is_own: bool = False
    ) -> None:
        self.default = default
        self.is_own = is_own
        self.native = "norm" if default is None or getattr(default, "native", None) in ("lower", "norm") else None
        self.tables: list[Mapping[str, Any]] = [*tables, *getattr(default, "tables", ())]

    def __call__(self, string: str) -> Any:
        for table in self.tables:
            if string in table:
                return table[string]
        return string.lower() if self.default is None else self.default(string)


def add_lookups(default_func: Callable[[str], Any], *lookups: Mapping[str, Any]) -> LookupGetter:
    """A picklable getter that looks in the tables first."""
    return LookupGetter(default_func, lookups)


def with_own_norms(getter: Callable[[str], Any] | None, norms: Mapping[str, Any]) -> LookupGetter:
    """A getter of NORM that looks first into a vocabulary's own table, in place of one that it had before."""
    if isinstance(getter, LookupGetter) and getter.is_own:
        getter = getter.default
    return LookupGetter(getter, (norms,), is_own=True)


class HasLookups(Protocol):
    """What is asked of a vocabulary."""

    @property
    def lang(self) -> str: ...

    @property
    def lookups(self) -> Lookups: ...


def check_lexeme_norms(vocab: HasLookups, component_name: str) -> None:
    """Log W033, at level DEBUG, if there is a table of norms for the language, and the vocabulary has none."""
    if vocab.lang in LEXEME_NORM_LANGS and not vocab.lookups.get_table("lexeme_norm", {}):
        text = Warnings.W033.format(model=component_name, langs=", ".join(LEXEME_NORM_LANGS))
        logging.getLogger("tagma").debug(text)
