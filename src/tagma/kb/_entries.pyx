# distutils: language = c++
"""Entities and aliases by hash, with vectors, priors and frequencies, and the bytes that spaCy has for them.

Rows count from 0, in the order in which entities and aliases came. The bytes, little-endian and without gaps:

    int64 entities · int64 width · float32 vectors · for each entity (uint64 hash, float32 frequency, int32 vector)
    int64 aliases · for each alias (uint64 hash, int64 n) and n × (int64 entity from 1, float32 prior)
"""

import numpy

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector

cnp.import_array()

cdef int64_t ENTITY_BYTES = 16, ALIAS_BYTES = 16, PAIR_BYTES = 12
WIDEST = 1 << 20  # of a table without entities, in which nothing else tells a width that cannot be


cdef class Entries:
    """The entries of a knowledge base with vectors of one width."""

    cdef unordered_map[uint64_t, int64_t] entity_rows
    cdef unordered_map[uint64_t, int64_t] alias_rows
    cdef vector[uint64_t] entities
    cdef vector[float] freqs
    cdef vector[float] vectors
    cdef vector[uint64_t] aliases
    cdef vector[int64_t] starts  # where an alias has its pairs
    cdef vector[int64_t] counts
    cdef vector[int64_t] targets  # rows of entities
    cdef vector[float] priors
    cdef readonly int64_t width

    def __init__(self, int64_t width):
        self.width = width

    @property
    def n_entities(self):
        """Number of entities."""
        return self.entities.size()

    @property
    def n_aliases(self):
        """Number of aliases."""
        return self.aliases.size()

    def entity_row(self, uint64_t key):
        """Row of an entity; -1 if it is not there."""
        found = self.entity_rows.find(key)
        return -1 if found == self.entity_rows.end() else self.entity_rows[key]

    def alias_row(self, uint64_t key):
        """Row of an alias; -1 if it is not there."""
        found = self.alias_rows.find(key)
        return -1 if found == self.alias_rows.end() else self.alias_rows[key]

    def add_entity(self, uint64_t key, float frequency, const float[::1] vector):
        """Add an entity that is not there, with a vector of the table's width."""
        cdef Py_ssize_t i
        self.entity_rows[key] = <int64_t>self.entities.size()
        self.entities.push_back(key)
        self.freqs.push_back(frequency)
        for i in range(self.width):
            self.vectors.push_back(vector[i])

    def add_alias(self, uint64_t key, const int64_t[::1] rows, const float[::1] priors):
        """Add an alias that is not there, for the entities of these rows."""
        cdef Py_ssize_t i
        self.alias_rows[key] = <int64_t>self.aliases.size()
        self.aliases.push_back(key)
        self.starts.push_back(<int64_t>self.targets.size())
        self.counts.push_back(rows.shape[0])
        for i in range(rows.shape[0]):
            self.targets.push_back(rows[i])
            self.priors.push_back(priors[i])

    def extend_alias(self, int64_t alias, int64_t row, float prior):
        """Add an entity to an alias, whose pairs move to the end unless they are there."""
        cdef int64_t start = self.starts[alias], n = self.counts[alias], i
        if start + n != <int64_t>self.targets.size():
            self.starts[alias] = <int64_t>self.targets.size()
            for i in range(start, start + n):
                self.targets.push_back(self.targets[i])
                self.priors.push_back(self.priors[i])
        self.targets.push_back(row)
        self.priors.push_back(prior)
        self.counts[alias] = n + 1

    def pairs(self, int64_t alias):
        """What an alias may stand for, as tuples: the entity's row, its hash, its frequency and its prior."""
        cdef int64_t start = self.starts[alias], i, row
        found = []
        for i in range(start, start + self.counts[alias]):
            row = self.targets[i]
            found.append((row, self.entities[row], self.freqs[row], self.priors[i]))
        return found

    def vector(self, int64_t row):
        """A copy of an entity's vector, float32 (width,)."""
        cdef float[::1] copy
        found = numpy.empty(self.width, dtype="float32")
        if self.width:
            copy = found
            memcpy(&copy[0], &self.vectors[row * self.width], self.width * sizeof(float))
        return found

    def entity_keys(self):
        """Hashes of the entities, uint64 (n_entities,)."""
        return _copied_keys(self.entities)

    def frequencies(self):
        """Frequencies of the entities, float32 (n_entities,)."""
        cdef float[::1] copy
        found = numpy.empty(self.freqs.size(), dtype="float32")
        if self.freqs.size():
            copy = found
            memcpy(&copy[0], &self.freqs[0], self.freqs.size() * sizeof(float))
        return found

    def alias_keys(self):
        """Hashes of the aliases, uint64 (n_aliases,)."""
        return _copied_keys(self.aliases)

    def pack(self):
        """All entries as bytes."""
        cdef int64_t n = self.entities.size(), n_aliases = self.aliases.size(), n_pairs = 0, i, j, target
        cdef int32_t row
        for i in range(n_aliases):
            n_pairs += self.counts[i]
        packed = bytearray(
            16 + n * (4 * self.width + ENTITY_BYTES) + 8 + n_aliases * ALIAS_BYTES + n_pairs * PAIR_BYTES
        )
        cdef char[::1] view = packed
        cdef char* to = &view[0]
        to = _put(to, &n, 8)
        to = _put(to, &self.width, 8)
        if self.vectors.size():
            to = _put(to, &self.vectors[0], self.vectors.size() * sizeof(float))
        for i in range(n):
            row = <int32_t>i
            to = _put(to, &self.entities[i], 8)
            to = _put(to, &self.freqs[i], 4)
            to = _put(to, &row, 4)
        to = _put(to, &n_aliases, 8)
        for i in range(n_aliases):
            to = _put(to, &self.aliases[i], 8)
            to = _put(to, &self.counts[i], 8)
            for j in range(self.starts[i], self.starts[i] + self.counts[i]):
                target = self.targets[j] + 1
                to = _put(to, &target, 8)
                to = _put(to, &self.priors[j], 4)
        return bytes(packed)

    @staticmethod
    def unpack(const unsigned char[::1] data):
        """The entries that `pack` made bytes of. ValueError that says what is wrong with other bytes.

        Room is made for what the bytes hold, not for what they claim to.
        """
        cdef int64_t size = data.shape[0], at = 0, n, width, i
        cdef const char* begin = <const char*>&data[0] if size else NULL
        cdef uint64_t key
        cdef int32_t row
        cdef float number
        if size < 16:
            raise ValueError(f"it has {size} bytes, and its head alone has 16")
        memcpy(&n, begin, 8)
        memcpy(&width, begin + 8, 8)
        if n < 0 or width < 0 or n > (size - 16) // ENTITY_BYTES or width > max(WIDEST, size // 4):
            raise ValueError(f"it claims {n} entities with vectors of width {width}, and has {size} bytes")
        if n and width > ((size - 16) // n - ENTITY_BYTES) // 4:
            raise ValueError(f"it breaks off in the vectors of {n} entities of width {width}")
        cdef Entries made = Entries(width)
        cdef const char* vectors = begin + 16
        at = 16 + n * width * 4
        made.vectors.resize(n * width)
        made.entity_rows.reserve(n)
        for i in range(n):
            memcpy(&key, begin + at, 8)
            memcpy(&number, begin + at + 8, 4)
            memcpy(&row, begin + at + 12, 4)
            at += ENTITY_BYTES
            if row < 0 or row >= n:
                raise ValueError(f"entity {i} has vector {row} of {n}")
            if made.entity_rows.count(key):
                raise ValueError(f"entity {i} is there twice")
            made.entity_rows[key] = i
            made.entities.push_back(key)
            made.freqs.push_back(number)
            if width:
                memcpy(&made.vectors[i * width], vectors + row * width * 4, width * 4)
        made._unpack_aliases(begin, at, size)
        return made

    cdef object _unpack_aliases(self, const char* begin, int64_t at, int64_t size):
        cdef int64_t n_aliases, n, i, j, target, n_entities = self.entities.size()
        cdef uint64_t key
        cdef float prior
        if size - at < 8:
            raise ValueError("it breaks off before the number of aliases")
        memcpy(&n_aliases, begin + at, 8)
        at += 8
        if n_aliases < 0 or n_aliases > (size - at) // ALIAS_BYTES:
            raise ValueError(f"it claims {n_aliases} aliases, and {size - at} bytes are left for them")
        self.alias_rows.reserve(n_aliases)
        for i in range(n_aliases):
            if size - at < ALIAS_BYTES:
                raise ValueError(f"it breaks off in alias {i} of {n_aliases}")
            memcpy(&key, begin + at, 8)
            memcpy(&n, begin + at + 8, 8)
            at += ALIAS_BYTES
            if n < 0 or n > (size - at) // PAIR_BYTES:
                raise ValueError(f"alias {i} claims {n} entities, and {size - at} bytes are left")
            if self.alias_rows.count(key):
                raise ValueError(f"alias {i} is there twice")
            self.alias_rows[key] = i
            self.aliases.push_back(key)
            self.starts.push_back(<int64_t>self.targets.size())
            self.counts.push_back(n)
            for j in range(n):
                memcpy(&target, begin + at, 8)
                memcpy(&prior, begin + at + 8, 4)
                at += PAIR_BYTES
                if target < 1 or target > n_entities:
                    raise ValueError(f"alias {i} stands for entity {target} of {n_entities}")
                if not (prior >= -1e30 and prior <= 1e30):
                    raise ValueError(f"a prior of alias {i} is {prior}")
                self.targets.push_back(target - 1)
                self.priors.push_back(prior)
        if at != size:
            raise ValueError(f"{size - at} bytes are left over behind the last alias")


cdef char* _put(char* to, const void* value, size_t size):
    memcpy(to, value, size)
    return to + size


cdef object _copied_keys(vector[uint64_t]& keys):
    cdef uint64_t[::1] copy
    found = numpy.empty(keys.size(), dtype="uint64")
    if keys.size():
        copy = found
        memcpy(&copy[0], &keys[0], keys.size() * sizeof(uint64_t))
    return found
