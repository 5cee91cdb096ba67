# distutils: language = c++
"""The tokenizer: text to Doc, without losing a character.

The text is split at white space. Each chunk between is looked up in a cache (chunk -> lexeme rows); on a miss it is a
special case, or prefixes and suffixes are split off from the outside until nothing matches, then it is a special case,
a token by `token_match` or `url_match`, or is split at its infixes. At last, special cases are looked for among the
tokens that the affix rules have made. `Tokenizer.explain` is the readable twin of the compiled way.

Rules are ordinary regular expressions. Those that tagma.tokenizer.patterns can translate run natively on the code
points of the chunk; for the others the Python function is called.
"""

import re
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import RLock

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string as cppstring
from libcpp.vector cimport vector

from tagma.strings cimport tagma_hash64a
from tagma.tokenizer.rules cimport Rule
from tagma.tokens.doc cimport Doc, doc_from_rows
from tagma.vocab cimport Vocab

from tagma.attrs import NORM, ORTH, intify_attr
from tagma.errors import Errors
from tagma.util.paths import replace_file
from tagma.util.serialize import reading, unpack_map
from tagma.tokenizer.regexes import Expression, infix_text, prefix_text, suffix_text
from tagma.registries import registry
from tagma.tokenizer.rules import FIND_ALL, SEARCH, match_width


cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* n) except NULL
    int PyUnicode_KIND(object text)
    bint PyUnicode_IS_ASCII(object text)
    void* PyUnicode_DATA(object text)


cdef extern from "chunks.h" namespace "tagma" nogil:
    void append(vector[int32_t]& rows, const int32_t* more, size_t n) except +
    void append_tokens(vector[int32_t]& rows, vector[uint8_t]& spacy, const int32_t* more, size_t n) except +


DEFAULT_MAX_CACHE_SIZE = 500_000
cdef int64_t LONGEST_TEXT = 2**30


cdef class Tokenizer:
    """Splits texts into tokens.

    vocab              The vocabulary that tokens refer to.
    rules              Special cases: text -> tokens, each a map with ORTH and, if need be, NORM.
    prefix_search      Function of a string that finds what is split off at its beginning (`re.compile(...).search`).
    suffix_search      The same for its end.
    infix_finditer     Function of a string that yields the matches at which the rest is split.
    token_match        Function of a string; a match makes it one token before affixes are split off.
    url_match          The same, asked after affixes are split off.
    faster_heuristics  Look for special cases among split tokens only where a rule can have split them.
    max_cache_size     Chunks remembered; when it is reached, the cache begins anew.

    Raises ValueError E997 or E1005 for special cases that change the text or set other attributes.
    """

    def __init__(
        self,
        Vocab vocab not None,
        rules=None,
        prefix_search=None,
        suffix_search=None,
        infix_finditer=None,
        token_match=None,
        url_match=None,
        faster_heuristics=True,
        max_cache_size=DEFAULT_MAX_CACHE_SIZE,
    ) -> None:
        self.vocab = vocab
        self.lock = RLock()
        self._faster_heuristics = faster_heuristics
        self._max_cache_size = max_cache_size
        self._prefix = Rule(prefix_search, SEARCH)
        self._suffix = Rule(suffix_search, SEARCH)
        self._infix = Rule(infix_finditer, FIND_ALL)
        self._token = Rule(token_match, SEARCH)
        self._url = Rule(url_match, SEARCH)
        self.rules = rules

    @classmethod
    def deferred(cls, Vocab vocab not None, rest) -> Tokenizer:
        """A tokenizer whose rules are asked for when they are needed, which those of a saved one make needless.

        rest    gives the arguments of a Tokenizer but for the vocabulary, as a dict
        """
        cdef Tokenizer tokenizer = cls(vocab)
        tokenizer.rest = rest
        return tokenizer

    # Rules

    cdef int _complete(self) except -1:
        """Set the rules that were deferred."""
        if self.rest is None:
            return 0
        with self.lock:
            if self.rest is not None:
                made = Tokenizer(self.vocab, **self.rest())
                self._take_rules(made)
                self.rest = None
        return 0

    cdef int _take_rules(self, Tokenizer other) except -1:
        self._prefix, self._suffix, self._infix = other._prefix, other._suffix, other._infix
        self._token, self._url = other._token, other._url
        self._rules = other._rules
        self.stale = True
        return 0

    @property
    def prefix_search(self):
        """Finds a prefix; None splits none. Setting a rule function forgets what was remembered with the old one."""
        self._complete()
        return self._prefix.callable

    @prefix_search.setter
    def prefix_search(self, function) -> None:
        self._complete()
        self._prefix = Rule(function, SEARCH)
        self.stale = True

    @property
    def suffix_search(self):
        """Finds a suffix; None splits none."""
        self._complete()
        return self._suffix.callable

    @suffix_search.setter
    def suffix_search(self, function) -> None:
        self._complete()
        self._suffix = Rule(function, SEARCH)
        self.stale = True

    @property
    def infix_finditer(self):
        """Finds all infixes; None splits none."""
        self._complete()
        return self._infix.callable

    @infix_finditer.setter
    def infix_finditer(self, function) -> None:
        self._complete()
        self._infix = Rule(function, FIND_ALL)
        self.stale = True

    @property
    def token_match(self):
        """Tells what is a token before affixes are split off; None: nothing."""
        self._complete()
        return self._token.callable

    @token_match.setter
    def token_match(self, function) -> None:
        self._complete()
        self._token = Rule(function, SEARCH)
        self.stale = True

    @property
    def url_match(self):
        """Tells what is a token after affixes are split off; None: nothing."""
        self._complete()
        return self._url.callable

    @url_match.setter
    def url_match(self, function) -> None:
        self._complete()
        self._url = Rule(function, SEARCH)
        self.stale = True

    @property
    def rules(self):
        """The special cases. Setting them replaces them all; one more is added by `add_special_case`."""
        self._complete()
        return self._rules

    @rules.setter
    def rules(self, rules) -> None:
        self._complete()
        rules = {} if rules is None else {text: list(tokens) for text, tokens in rules.items()}
        for text, tokens in rules.items():
            _check_special_case(text, tokens)
        self._rules = rules
        self.stale = True

    @property
    def faster_heuristics(self) -> bool:
        """Whether special cases are looked for among split tokens only where a rule can have split them."""
        return self._faster_heuristics

    @faster_heuristics.setter
    def faster_heuristics(self, value: bool) -> None:
        self._faster_heuristics = value
        self.stale = True

    @property
    def max_cache_size(self) -> int:
        """Chunks remembered; 0 remembers none."""
        return self._max_cache_size

    @max_cache_size.setter
    def max_cache_size(self, size: int) -> None:
        self._max_cache_size = size
        self.cache.clear()
        self.zone_cache.clear()

    def add_special_case(self, str string not None, substrings) -> None:
        """Add or replace a special case. Raises ValueError E997 or E1005, KeyError for a token without ORTH."""
        substrings = list(substrings)
        _check_special_case(string, substrings)
        self._complete()
        self._rules[string] = substrings
        self.stale = True

    def find_prefix(self, str string not None) -> int:
        """Length of the prefix of a string, 0 if it has none."""
        search = self.prefix_search
        return 0 if search is None else match_width(search(string))

    def find_suffix(self, str string not None) -> int:
        """Length of the suffix of a string, 0 if it has none."""
        search = self.suffix_search
        return 0 if search is None else match_width(search(string))

    def find_infix(self, str string not None) -> list:
        """Matches of the infixes in a string."""
        finditer = self.infix_finditer
        return [] if finditer is None else list(finditer(string))

    # Tokenizing

    def __call__(self, str string not None) -> Doc:
        """Tokenize a text. Raises ValueError E025 for a text of 2**30 characters or more, E4015 for lone surrogates."""
        cdef vector[int32_t] lex
        cdef vector[uint8_t] spacy
        if len(string) >= LONGEST_TEXT:
            raise ValueError(Errors.E025.format(length=len(string)))
        self._ready()
        self._tokens_of(string, True, lex, spacy)
        if self.across_chunks:
            self._apply_spans(lex, spacy)
        return doc_from_rows(self.vocab, lex.data(), spacy.data(), lex.size(), string)

    def pipe(self, texts, batch_size=1000):
        """One Doc for each text, in order; `batch_size` is accepted for other tokenizers' sake."""
        for text in texts:
            yield self(text)

    cdef int _ready(self) except -1:
        if self.stale:
            self._prepare()
        elif self.generation != self.vocab.generation:
            self._forget_released()
        return 0

    cdef int _tokens_of(self, str text, bint with_specials, vector[int32_t]& lex, vector[uint8_t]& spacy) except -1:
        """Tokens of a text before special cases are looked for among the split tokens of several chunks."""
        cdef int64_t n = len(text)
        cdef int64_t start = 0
        cdef int64_t at = 0
        cdef int64_t end
        cdef bint in_space
        cdef uint64_t key = 0
        cdef bint cacheable
        cdef const CacheEntry* entry
        cdef ChunkCache* home = &self.cache
        cdef Chunk chunk
        cdef vector[int32_t] found
        cdef vector[uint8_t] inside
        cdef TextReader reader
        if n == 0:
            return 0
        lex.reserve(n // 4 + 4)
        spacy.reserve(n // 4 + 4)
        reader = TextReader(PyUnicode_DATA(text), PyUnicode_KIND(text), PyUnicode_IS_ASCII(text), n)
        in_space = reader.space_at(0)
        while True:
            end = reader.end_of_run(at, in_space)
            if start < end:
                cacheable = with_specials and end - start <= LONGEST_CACHED and reader.hash(start, end, &key)
                entry = NULL
                if cacheable:
                    home = &self.cache
                    entry = home.find(key)
                    if entry is NULL and self.zone_cache.size() > 0:
                        home = &self.zone_cache
                        entry = home.find(key)
                if entry is not NULL:
                    append_tokens(lex, spacy, home.rows(entry), entry.count)
                else:
                    found.clear()
                    self._read(text, start, end, reader, chunk)
                    self._split(chunk, with_specials, found)
                    if with_specials and not self.across_chunks:
                        inside.assign(found.size(), 0)
                        self._apply_spans(found, inside)
                    if cacheable:
                        self._remember(key, found)
                    append_tokens(lex, spacy, found.data(), found.size())
            if end == n:
                return 0
            if not in_space and reader.at(end) == 32:
                spacy[spacy.size() - 1] = 1
                start = end + 1
            else:
                start = end
            at = end + 1
            in_space = not in_space

    cdef int _read(self, str text, int64_t a, int64_t b, const TextReader& reader, Chunk& chunk) except -1:
        cdef int64_t bad = reader.read(a, b, chunk)
        if bad >= 0:
            raise ValueError(Errors.E4015.format(char=f"U+{ord(text[bad]):04X}", position=bad))
        return 0

    cdef int _split(self, Chunk& chunk, bint with_specials, vector[int32_t]& out) except -1:
        """Append the tokens of a chunk to `out`."""
        cdef const uint32_t* s = chunk.points.data()
        cdef int64_t a = 0
        cdef int64_t b = chunk.points.size()
        cdef int64_t before = -1
        cdef int64_t prefix, suffix
        cdef vector[int32_t] suffixes
        cdef const CacheEntry* special
        while a < b and b - a != before:
            if self._token.function is not None and self._token.width(s + a, b - a) > 0:
                break
            if with_specials and self._special(chunk, a, b) is not NULL:
                break
            before = b - a
            prefix = self._prefix.width(s + a, b - a)
            if prefix and with_specials and self._special(chunk, a + prefix, b) is not NULL:
                out.push_back(self._row(chunk, a, a + prefix))
                a += prefix
                break
            suffix = self._suffix.width(s + a + prefix, b - a - prefix)
            if suffix and with_specials and self._special(chunk, a, b - suffix) is not NULL:
                suffixes.push_back(self._row(chunk, b - suffix, b))
                b -= suffix
                break
            if prefix:
                out.push_back(self._row(chunk, a, a + prefix))
                a += prefix
            if suffix:
                suffixes.push_back(self._row(chunk, b - suffix, b))
                b -= suffix
        if a < b:
            special = self._special(chunk, a, b) if with_specials else NULL
            if special is not NULL:
                append(out, self.specials.rows(special), special.count)
            elif self._token.width(s + a, b - a) > 0 or self._url.width(s + a, b - a) > 0:
                out.push_back(self._row(chunk, a, b))
            else:
                self._split_middle(chunk, a, b, out)
        while suffixes.size():
            out.push_back(suffixes.back())
            suffixes.pop_back()
        return 0

    cdef int _split_middle(self, Chunk& chunk, int64_t a, int64_t b, vector[int32_t]& out) except -1:
        """Append what stands between affixes, split at its infixes. An infix at the very beginning splits nothing."""
        cdef vector[int64_t] spans
        cdef int64_t done = a
        cdef int64_t start, end
        cdef size_t i
        self._infix.infixes(chunk.points.data() + a, b - a, spans)
        for i in range(0, spans.size(), 2):
            start = a + spans[i]
            end = a + spans[i + 1]
            if start == a:
                continue
            if start > done:
                out.push_back(self._row(chunk, done, start))
            if end > start:
                out.push_back(self._row(chunk, start, end))
            done = end
        if done < b:
            out.push_back(self._row(chunk, done, b))
        return 0

    cdef int32_t _row(self, Chunk& chunk, int64_t a, int64_t b) except -1:
        return self.vocab.row_utf8(chunk.bytes(a), chunk.n_bytes(a, b))

    cdef const CacheEntry* _special(self, Chunk& chunk, int64_t a, int64_t b) noexcept:
        if a >= b or b - a > self.longest_special:
            return NULL
        return self.specials.find(chunk.hash(a, b))

    cdef int _apply_spans(self, vector[int32_t]& lex, vector[uint8_t]& spacy) except -1:
        """Replace the tokens of special cases that the affix rules have split, in place."""
        cdef vector[uint64_t] orths
        cdef vector[Span] spans
        cdef vector[int32_t] new_lex
        cdef vector[uint8_t] new_spacy
        cdef cppstring text
        cdef const CacheEntry* special
        cdef const char* s
        cdef Py_ssize_t n
        cdef int64_t done = 0
        cdef int64_t i
        cdef size_t k
        if self.span_rules.empty():
            return 0
        orths.resize(lex.size())
        for k in range(lex.size()):
            orths[k] = self.vocab.table.orth()[lex[k]]
        self.span_rules.find(orths, spans)
        if spans.empty():
            return 0
        for k in range(spans.size()):
            text.clear()
            for i in range(spans[k].start, spans[k].end):
                s = self.vocab.strings.utf8(orths[i], &n)
                text.append(s, n)
                if spacy[i] and i + 1 < spans[k].end:
                    text.append(b" ", 1)
            special = self.specials.find(tagma_hash64a(text.data(), text.size(), 1))
            if special is NULL:
                continue
            append(new_lex, lex.data() + done, spans[k].start - done)
            new_spacy.insert(new_spacy.end(), spacy.begin() + done, spacy.begin() + spans[k].start)
            append(new_lex, self.specials.rows(special), special.count)
            new_spacy.resize(new_lex.size(), 0)
            done = spans[k].end
            new_spacy[new_spacy.size() - 1] = spacy[done - 1]
        append(new_lex, lex.data() + done, lex.size() - done)
        new_spacy.insert(new_spacy.end(), spacy.begin() + done, spacy.end())
        lex.swap(new_lex)
        spacy.swap(new_spacy)
        return 0

    # What is remembered

    cdef int _remember(self, uint64_t key, vector[int32_t]& rows) except -1:
        """Cache the rows of a chunk: apart, if some of them last no longer than the memory zone."""
        cdef int32_t top = -1
        cdef int32_t row
        cdef ChunkCache* home = &self.cache
        if self._max_cache_size == 0 or rows.empty():
            return 0
        for row in rows:
            top = max(top, row)
        if 0 <= self.vocab.zone_mark <= top:
            home = &self.zone_cache
        elif top > self.top_row:
            self.top_row = top
        if home.size() >= self._max_cache_size:
            home.clear()
        home.insert(key, rows.data(), rows.size())
        return 0

    cdef int _forget_released(self) except -1:
        """Drop what refers to rows that the vocabulary has released since."""
        cdef int32_t lowest = self.top_row + 1
        for generation, mark in self.vocab.releases:
            if generation > self.generation:
                lowest = min(lowest, <int32_t>mark)
        self.zone_cache.clear()
        self.generation = self.vocab.generation
        if lowest <= self.top_row:
            self.stale = True
            self._prepare()
        return 0

    cdef int _prepare(self) except -1:
        """Set up the special cases anew. Other threads wait until they are; a rule function that tokenizes does not."""
        with self.lock:
            if self.stale and not self.preparing:
                self.preparing = True
                try:
                    self._set_up()
                finally:
                    self.preparing = False
        return 0

    cdef int _set_up(self) except -1:
        """Forget all chunks and set up the special cases anew, for the rule functions of now."""
        self._complete()
        self.cache.clear()
        self.zone_cache.clear()
        self.specials.clear()
        self.span_rules.clear()
        self.longest_special = 0
        self.across_chunks = False
        self.top_row = -1
        self.generation = self.vocab.generation
        for text, tokens in self._rules.items():
            self._add_special(text, tokens)
        self.stale = False
        return 0

    cdef int _add_special(self, str text, object tokens) except -1:
        cdef vector[int32_t] rows
        cdef vector[uint8_t] spacy
        cdef vector[uint64_t] orths
        cdef int32_t row
        cdef Py_ssize_t n
        cdef const char* s = PyUnicode_AsUTF8AndSize(text, &n)
        if not tokens:  # a case of the empty text, which no chunk is
            return 0
        for token in tokens:
            row = self.vocab.row_of(_value(token, "ORTH", ORTH))
            norm = _value(token, "NORM", NORM)
            if norm is not None:
                row = self.vocab.variant(row, self.vocab.strings.key(norm))
            self.top_row = max(self.top_row, row)
            rows.push_back(row)
        self.specials.insert(tagma_hash64a(s, n, 1), rows.data(), rows.size())
        self.longest_special = max(self.longest_special, len(text))
        if self._may_be_split(text):
            rows.clear()
            self._tokens_of(text, False, rows, spacy)
            for row in rows:
                orths.push_back(self.vocab.table.orth()[row])
            self.span_rules.add(orths)
            if not text.isspace() and any(char.isspace() for char in text):
                self.across_chunks = True
        return 0

    cdef bint _may_be_split(self, str text) except -1:
        """Whether a special case has to be looked for among split tokens."""
        cdef Chunk chunk
        cdef vector[int64_t] spans
        cdef TextReader reader
        cdef int64_t n = len(text)
        if not self.faster_heuristics or " " in text:
            return True
        reader = TextReader(PyUnicode_DATA(text), PyUnicode_KIND(text), PyUnicode_IS_ASCII(text), n)
        self._read(text, 0, n, reader, chunk)
        if self._prefix.width(chunk.points.data(), n) > 0 or self._suffix.width(chunk.points.data(), n) > 0:
            return True
        self._infix.infixes(chunk.points.data(), n, spans)
        return spans.size() > 0

    @contextmanager
    def memory_zone(self, mem=None):
        """Forget at the end what was remembered inside about the vocabulary's memory zone. Yields `mem`."""
        try:
            yield mem
        finally:
            self.zone_cache.clear()

    # Explaining

    def explain(self, str text not None) -> list:
        """The tokens of a text that are no white space, each with the rule that made it: [(rule, token text), ...].

        Rules are PREFIX, SUFFIX, INFIX, TOKEN, TOKEN_MATCH, URL_MATCH and SPECIAL-1, SPECIAL-2 … of a special case.
        Follows the same steps as tokenizing, in plain Python.
        """
        from tagma.tokenizer.explain import explain

        return explain(self, text)

    # Scoring and serialization

    def score(self, examples, **kwargs) -> dict:
        """Accuracy and F-score of the tokens: see `Scorer.score_tokenization`."""
        from tagma.scorer import Scorer

        return Scorer.score_tokenization(examples)

    def to_bytes(self, *, exclude=()) -> bytes:
        """Serialize; `exclude` may name fields ("vocab", "exceptions" …). Rule functions are kept as their patterns."""
        import srsly

        data = {name: _pattern_text(name, getattr(self, name)) for name in _PATTERN_METHODS if name not in exclude}
        if "vocab" not in exclude:
            data = {"vocab": self.vocab.to_bytes(exclude=exclude), **data}
        if "exceptions" not in exclude:
            data["exceptions"] = {text: self.rules[text] for text in sorted(self.rules)}
        if "faster_heuristics" not in exclude:
            data["faster_heuristics"] = self.faster_heuristics
        return srsly.msgpack_dumps(data)

    def from_bytes(self, bytes_data, *, exclude=()) -> Tokenizer:
        """Load what `to_bytes` wrote, in place; returns self. Rule functions that are not in the data are kept."""
        with reading("tokenizer"):
            self._load({name: value for name, value in unpack_map(bytes_data, "tokenizer").items() if name not in exclude}, exclude)
        return self

    def _load(self, dict data, exclude) -> None:
        """Check what was read, then take it over."""
        rules = data["exceptions"] if "exceptions" in data else self.rules
        for text, tokens in rules.items():
            _check_special_case(text, tokens)
        read = {name: _expression(name, data[name]) for name in _PATTERN_METHODS if name in data}
        if "vocab" in data:
            self.vocab.from_bytes(data["vocab"], exclude=exclude)
        if "exceptions" in data and all(name in data for name in _PATTERN_METHODS):
            self.rest = None
        for name, expression in read.items():
            setattr(self, name, expression)
        if "faster_heuristics" in data:
            self.faster_heuristics = data["faster_heuristics"]
        self.rules = rules

    def to_disk(self, path, *, exclude=()) -> None:
        """Write `to_bytes` to one file."""
        data = self.to_bytes(exclude=exclude)
        with replace_file(path) as part:
            part.write_bytes(data)

    def from_disk(self, path, *, exclude=()) -> Tokenizer:
        """Load what `to_disk` wrote, in place; returns self."""
        return self.from_bytes(Path(path).read_bytes(), exclude=exclude)

    def __reduce__(self) -> tuple:
        args = (
            self.vocab,
            self.rules,
            self.prefix_search,
            self.suffix_search,
            self.infix_finditer,
            self.token_match,
            self.url_match,
            self.faster_heuristics,
            self._max_cache_size,
        )
        return Tokenizer, args


# Which method of the compiled pattern a rule function is when it comes from a file.
_PATTERN_METHODS = {
    "prefix_search": "search",
    "suffix_search": "search",
    "infix_finditer": "finditer",
    "token_match": "match",
    "url_match": "match",
}


def _expression(name: str, pattern) -> Expression | None:
    """A rule function as it was read. Raises TypeError if it is no text, re.error if it is no regular expression."""
    if pattern is None:
        return None
    if not isinstance(pattern, str):
        raise TypeError(f"{name} is {type(pattern).__name__}, not a text")
    expression = Expression(pattern, _PATTERN_METHODS[name])
    Rule(expression, (expression.method,)).is_native  # translates it, which fails for what is no expression
    return expression


def _pattern_text(name: str, function) -> str | None:
    if function is None:
        return None
    pattern = getattr(function, "__self__", None)
    if not isinstance(pattern, re.Pattern):
        raise ValueError(Errors.E4016.format(name=name, function=function))
    return pattern.pattern


def _check_special_case(str text, tokens) -> None:
    """A special case must not change the text, and sets nothing but ORTH and NORM."""
    pieces = []
    for token in tokens:
        orth = _value(token, "ORTH", ORTH)
        if orth is None:
            raise KeyError(Errors.E4028.format(chunk=text, token=token))
        pieces.append(orth)
        for name in token:
            if name not in _SETTABLE and intify_attr(name) not in (ORTH, NORM):
                raise ValueError(Errors.E1005.format(attr=name, chunk=text))
    if "".join(pieces) != text or not all(pieces):
        raise ValueError(Errors.E997.format(chunk=text, orth=pieces))


_SETTABLE = frozenset(("ORTH", ORTH, "NORM", NORM))


cdef object _value(token, str name, int attr):
    """What a token of a special case has for an attribute, whose name may be written in any case; None if nothing."""
    value = token.get(attr)
    if value is None:
        value = token.get(name)
    if value is None:
        for key in token:
            if key not in _SETTABLE and intify_attr(key) == attr:
                return token[key]
    return value


@registry.tokenizers("spacy.Tokenizer.v1")
def create_tokenizer():
    """The tokenizer of a language, from the rules in its `Defaults`."""

    def tokenizer_factory(nlp) -> Tokenizer:
        return Tokenizer.deferred(nlp.vocab, partial(_default_rules, nlp.Defaults))

    return tokenizer_factory


def _default_rules(defaults) -> dict:
    """The rules of a language as arguments of a Tokenizer."""
    return {
        "rules": defaults.tokenizer_exceptions,
        "prefix_search": Expression(prefix_text(defaults.prefixes), "search") if defaults.prefixes else None,
        "suffix_search": Expression(suffix_text(defaults.suffixes), "search") if defaults.suffixes else None,
        "infix_finditer": Expression(infix_text(defaults.infixes), "finditer") if defaults.infixes else None,
        "token_match": defaults.token_match,
        "url_match": defaults.url_match,
    }
