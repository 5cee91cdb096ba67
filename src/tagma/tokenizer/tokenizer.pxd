from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string as cppstring
from libcpp.vector cimport vector

from tagma.tokenizer.rules cimport Rule
from tagma.tokens.doc cimport Doc
from tagma.vocab cimport Vocab


cdef extern from "chunks.h" namespace "tagma" nogil:
    const int64_t LONGEST_CACHED

    cdef cppclass CacheEntry "tagma::ChunkCache::Entry":
        uint64_t key
        int32_t count
        int32_t value

    cdef cppclass ChunkCache:
        ChunkCache() except +
        const CacheEntry* find(uint64_t key)
        void insert(uint64_t key, const int32_t* rows, size_t n) except +
        const int32_t* rows(const CacheEntry* entry)
        void clear() except +
        size_t size()

    cdef cppclass Span "tagma::SpanRules::Span":
        int64_t start
        int64_t end

    cdef cppclass SpanRules:
        SpanRules()
        void add(const vector[uint64_t]& orths) except +
        cbool empty()
        void clear()
        void find(const vector[uint64_t]& orths, vector[Span]& spans) except +

    cdef cppclass Chunk:
        Chunk()
        vector[uint32_t] points
        const char* bytes(int64_t a)
        int64_t n_bytes(int64_t a, int64_t b)
        uint64_t hash(int64_t a, int64_t b)

    cdef cppclass TextReader:
        TextReader()
        TextReader(const void* data, int kind, cbool ascii, int64_t length)
        cbool space_at(int64_t i)
        uint32_t at(int64_t i)
        int64_t end_of_run(int64_t i, cbool space)
        cbool hash(int64_t a, int64_t b, uint64_t* key)
        int64_t read(int64_t a, int64_t b, Chunk& chunk) except +


cdef class Tokenizer:
    cdef readonly Vocab vocab
    cdef object _faster_heuristics
    cdef size_t _max_cache_size
    cdef dict _rules
    cdef Rule _prefix
    cdef Rule _suffix
    cdef Rule _infix
    cdef Rule _token
    cdef Rule _url
    cdef ChunkCache cache          # chunks whose rows live as long as the vocab
    cdef ChunkCache zone_cache     # chunks with rows of the current memory zone
    cdef ChunkCache specials       # special cases by the hash of their text
    cdef SpanRules span_rules
    cdef int64_t longest_special   # in code points
    cdef bint across_chunks        # a special case holds white space and more, so spans are looked for in whole texts
    cdef bint stale                # the rules have changed since the special cases were prepared
    cdef bint preparing            # the special cases are being set up, by the thread that has the lock
    cdef object lock
    cdef object rest               # gives the rules that are not set yet, as arguments; None when all are

    cdef int _complete(self) except -1
    cdef int _take_rules(self, Tokenizer other) except -1
    cdef int64_t generation        # of the vocab when the rows in the caches were last known to be good
    cdef int32_t top_row           # highest row in `cache` and `specials`

    cdef int _ready(self) except -1
    cdef int _prepare(self) except -1
    cdef int _set_up(self) except -1
    cdef int _add_special(self, str text, object tokens) except -1
    cdef bint _may_be_split(self, str text) except -1
    cdef int _forget_released(self) except -1
    cdef int _read(self, str text, int64_t a, int64_t b, const TextReader& reader, Chunk& chunk) except -1
    cdef int _remember(self, uint64_t key, vector[int32_t]& rows) except -1
    cdef const CacheEntry* _special(self, Chunk& chunk, int64_t a, int64_t b) noexcept
    cdef int32_t _row(self, Chunk& chunk, int64_t a, int64_t b) except -1
    cdef int _split(self, Chunk& chunk, bint with_specials, vector[int32_t]& out) except -1
    cdef int _split_middle(self, Chunk& chunk, int64_t a, int64_t b, vector[int32_t]& out) except -1
    cdef int _tokens_of(self, str text, bint with_specials, vector[int32_t]& lex, vector[uint8_t]& spacy) except -1
    cdef int _apply_spans(self, vector[int32_t]& lex, vector[uint8_t]& spacy) except -1
