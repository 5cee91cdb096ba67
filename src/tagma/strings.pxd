from libc.stdint cimport int32_t, uint32_t, uint64_t


cdef extern from "hashing.h" nogil:
    uint64_t tagma_hash64a(const void* key, size_t n, uint64_t seed)
    uint32_t tagma_hash32_x86(const void* key, size_t n, uint32_t seed)
    void tagma_hash128_x64(const void* key, size_t n, uint32_t seed, uint64_t* out)


cdef extern from "string_table.h" namespace "tagma" nogil:
    cdef cppclass KeyMap:
        KeyMap() except +
        int32_t find(uint64_t key)
        void insert(uint64_t key, int32_t index) except +

    cdef cppclass SymbolTable:
        SymbolTable() except +
        void add(const char* s, size_t n, uint64_t key) except +
        uint64_t key_of(const char* s, size_t n)
        const char* get(uint64_t key, size_t* n)

    cdef cppclass StringTable:
        StringTable(const SymbolTable* symbols) except +
        uint64_t key_of(const char* s, size_t n)
        uint64_t add(const char* s, size_t n, bint permanent) except +
        void add_key(uint64_t key, const char* s, size_t n, bint permanent) except +
        const char* get(uint64_t key, size_t* n)
        size_t size()
        size_t bytes()
        uint64_t key_at(size_t i)
        void clear() except +
        bint in_zone()
        void begin_zone()
        void end_zone() except +


cpdef uint64_t hash_string(object string) except? 0


# Modules that cimport this are C++ (`# distutils: language = c++`).
cdef class StringStore:
    cdef StringTable* table
    cdef uint64_t* recent_keys  # what `text` made of keys of late, by the last bits of the key
    cdef list recent_texts
    cdef object __weakref__
    # Intern UTF-8 bytes; returns the key.
    cdef uint64_t add_utf8(self, const char* s, Py_ssize_t n) except? 0
    # Bytes of a key, good until the memory zone that added it ends; NULL when the key is unknown.
    cdef const char* utf8(self, uint64_t key, Py_ssize_t* n) noexcept nogil
    # Intern a str or bytes; an int is taken as a key and returned as it is.
    cdef uint64_t key(self, object string_or_key) except? 0
    # The str of a key; KeyError E018 when unknown.
    cdef str text(self, uint64_t key)
