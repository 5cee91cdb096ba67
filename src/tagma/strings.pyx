# distutils: language = c++
"""Texts and their 64-bit keys.

The key of a text is the MurmurHash64A (seed 1) of its UTF-8 bytes, the same in every process and in spaCy. The names in
`tagma.symbols` keep their small ids and the empty text is 0; neither takes room in a store.
"""

from contextlib import contextmanager
from pathlib import Path

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.unicode cimport PyUnicode_DecodeUTF8

from tagma.errors import Errors
from tagma.util.json_text import parse_json
from tagma.symbols import IDS as SYMBOLS_BY_STR
from tagma.symbols import NAMES as SYMBOLS_BY_INT


cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL


cdef enum:
    N_RECENT = 1024

cdef SymbolTable SYMBOLS


def _fill_symbols() -> None:
    cdef bytes utf8
    for name, key in SYMBOLS_BY_STR.items():
        if name:
            utf8 = name.encode("utf8")
            SYMBOLS.add(PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8), key)


_fill_symbols()


cpdef uint64_t hash_string(object string) except? 0:
    """MurmurHash64A of a str (as UTF-8) or bytes; symbols are hashed like any other text, the empty text is 0.

    Lone surrogates cannot be encoded: UnicodeEncodeError.
    """
    cdef const char* s
    cdef Py_ssize_t n
    if isinstance(string, bytes):
        s, n = PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string)
    else:
        s = PyUnicode_AsUTF8AndSize(string, &n)
    return tagma_hash64a(s, n, 1) if n else 0


def hash128(bytes key, uint32_t seed) -> tuple[int, int]:
    """Both halves of MurmurHash3 x64 128-bit."""
    cdef uint64_t out[2]
    tagma_hash128_x64(PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), seed, out)
    return out[0], out[1]


cpdef uint64_t get_string_id(object string_or_hash) except? 0:
    """Key of a str (symbols give their ids) or the key itself."""
    cdef const char* s
    cdef Py_ssize_t n
    if isinstance(string_or_hash, str):
        s = PyUnicode_AsUTF8AndSize(string_or_hash, &n)
        return SYMBOLS.key_of(s, n)
    return string_or_hash


cdef class StringStore:
    """Texts interned by key. `store["text"]` gives the key, `store[key]` the text (KeyError E018 when unknown)."""

    def __cinit__(self) -> None:
        self.table = new StringTable(&SYMBOLS)
        self.recent_keys = <uint64_t*>PyMem_Calloc(N_RECENT, sizeof(uint64_t))
        if self.recent_keys is NULL:
            raise MemoryError()
        self.recent_texts = [""] * N_RECENT  # key 0 is the empty text

    def __dealloc__(self) -> None:
        del self.table
        PyMem_Free(self.recent_keys)

    def __init__(self, strings=None, freeze: bool = False) -> None:
        if strings is not None:
            for string in strings:
                self.add(string)

    cdef uint64_t add_utf8(self, const char* s, Py_ssize_t n) except? 0:
        return self.table.add(s, n, False)

    cdef const char* utf8(self, uint64_t key, Py_ssize_t* n) noexcept nogil:
        return self.table.get(key, <size_t*>n)

    cdef uint64_t key(self, object string_or_key) except? 0:
        if isinstance(string_or_key, (str, bytes)):
            return self.add(string_or_key)
        return string_or_key

    cdef str text(self, uint64_t key):
        cdef Py_ssize_t n
        cdef const char* s
        cdef str text
        cdef size_t slot = key % N_RECENT
        if self.recent_keys[slot] == key:
            return <str>self.recent_texts[slot]
        s = self.utf8(key, &n)
        if s is NULL:
            raise KeyError(Errors.E018.format(hash_value=key))
        text = PyUnicode_DecodeUTF8(s, n, NULL)
        if not self.table.in_zone():  # what a zone adds may be gone tomorrow
            self.recent_texts[slot] = text
            self.recent_keys[slot] = key
        return text

    def __getitem__(self, object string_or_id):
        cdef Py_ssize_t n
        cdef const char* s
        if isinstance(string_or_id, str):
            s = PyUnicode_AsUTF8AndSize(string_or_id, &n)
            return self.table.key_of(s, n)
        if isinstance(string_or_id, bytes):
            return self.table.key_of(PyBytes_AS_STRING(string_or_id), PyBytes_GET_SIZE(string_or_id))
        return self.text(string_or_id)

    def as_int(self, key: str | int) -> int:
        """Key of a text; a key is returned as it is, known or not."""
        return self[key] if isinstance(key, str) else key

    def as_string(self, key: str | int) -> str:
        """Text of a key; a text is returned as it is."""
        return key if isinstance(key, str) else self[key]

    def add(self, string, allow_transient=None) -> int:
        """Intern a str or UTF-8 bytes (an int is taken as a key and returned) and return the key.

        Inside a memory zone the text is released with the zone unless `allow_transient=False`. Raises TypeError E017
        for other types, UnicodeEncodeError for lone surrogates.
        """
        cdef Py_ssize_t n
        cdef const char* s
        cdef bint permanent = not self.table.in_zone() or allow_transient is False
        if isinstance(string, str):
            s = PyUnicode_AsUTF8AndSize(string, &n)
        elif isinstance(string, bytes):
            string.decode("utf8")
            s, n = PyBytes_AS_STRING(string), PyBytes_GET_SIZE(string)
        elif isinstance(string, int):
            return string
        else:
            raise TypeError(Errors.E017.format(value_type=type(string)))
        return self.table.add(s, n, permanent)

    def __len__(self) -> int:
        return self.table.size()

    def __contains__(self, string_or_id: str | int) -> bool:
        cdef size_t n
        cdef uint64_t key = self.as_int(string_or_id)
        return self.table.get(key, &n) is not NULL

    def __iter__(self):
        """The stored texts in the order they came."""
        cdef size_t i = 0
        while i < self.table.size():
            yield self.text(self.table.key_at(i))
            i += 1

    def keys(self) -> list[int]:
        """Keys of the stored texts in the order they came."""
        return [self.table.key_at(i) for i in range(self.table.size())]

    def values(self) -> list[int]:
        """The same as `keys()`: the values that texts map to."""
        return self.keys()

    def items(self) -> list[tuple[str, int]]:
        """Pairs (text, key)."""
        return [(self.text(key), key) for key in self.keys()]

    @property
    def nbytes(self) -> int:
        """Bytes of text memory held."""
        return self.table.bytes()

    @contextmanager
    def memory_zone(self, mem=None):
        """Texts added inside are released at the end. Zones cannot be nested (ValueError E4000)."""
        if self.table.in_zone():
            raise ValueError(Errors.E4000)
        self.table.begin_zone()
        try:
            yield mem
        finally:
            self.table.end_zone()

    def __reduce__(self):
        return (_unpickle, (self.to_bytes(),))

    def to_disk(self, path) -> None:
        """Write the sorted texts as a JSON list."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path) -> "StringStore":
        """Read the JSON list at `path`, before what was known. ValueError E4010 where it is none."""
        return self._read(Path(path).read_bytes(), f"strings in {path}")

    def to_bytes(self, **kwargs) -> bytes:
        """The sorted texts as a JSON list."""
        import srsly

        return srsly.json_dumps(sorted(self)).encode("utf8")

    def from_bytes(self, bytes_data, **kwargs) -> "StringStore":
        """Read a JSON list of texts (bytes or str), before what was known. ValueError E4010 where it is none."""
        return self._read(bytes_data, "string store")

    def _read(self, data, str what) -> "StringStore":
        cdef size_t slot
        try:
            strings = parse_json(data)
        except (ValueError, TypeError) as error:
            raise ValueError(Errors.E4010.format(what=what, reason=error)) from None
        if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
            raise ValueError(Errors.E4010.format(what=what, reason="not a list of texts"))
        try:
            "".join(strings).encode("utf8")
        except UnicodeEncodeError as error:
            raise ValueError(Errors.E4010.format(what=what, reason=error)) from None
        before = []
        if not self.table.in_zone():  # in a zone, what was known before stays in front
            before = list(self)
            self.table.clear()
            for slot in range(N_RECENT):
                self.recent_keys[slot] = 0
                self.recent_texts[slot] = ""
        for string in strings:
            self.add(string, False)
        for string in before:
            self.add(string, False)
        return self


def _unpickle(data: bytes) -> StringStore:
    return StringStore().from_bytes(data)
