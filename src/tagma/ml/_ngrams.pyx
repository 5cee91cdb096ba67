# distutils: language = c++
"""N-grams of each sequence of a batch, counted."""

import numpy

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memmove
from libcpp.algorithm cimport sort

from tagma.threads._pool cimport run_parts

cdef extern from "hashing.h" nogil:
    uint64_t tagma_hash64a(const void* key, size_t n, uint64_t seed)

cdef enum:
    KEYS_A_PART = 4096

ctypedef struct counting:
    const uint64_t* values
    const int32_t* lengths  # of the sequences
    const Py_ssize_t* starts  # of the sequences among the values, and of their keys
    const Py_ssize_t* at
    const Py_ssize_t* parts  # the sequences of part i are those from parts[i] to parts[i + 1]
    int size
    uint64_t* keys
    float* counts
    int32_t* found


def count_ngrams(const uint64_t[::1] values not None, const int32_t[::1] lengths not None, int size) -> tuple:
    """The distinct n-grams of each sequence, for n from 1 to `size`, and how often they occur in it.

    values, lengths    sequences one behind the other: uint64 (n,), int32 (n_sequences,), whose sum is n
    Returns keys, uint64 (n_keys,), ascending in each sequence; counts, float32 (n_keys,); keys of each sequence, int32
    (n_sequences,). The key of a single value is the value, that of a longer run MurmurHash64A of its bytes, seed 0.
    """
    cdef Py_ssize_t i, n, total = 0, in_part = 0, written = 0, number = lengths.shape[0], n_parts = 0
    cdef counting job
    places = numpy.empty((2, number + 1), dtype=numpy.intp)
    bounds = numpy.empty(number + 1, dtype=numpy.intp)
    cdef Py_ssize_t[:, ::1] place = places
    cdef Py_ssize_t[::1] bound = bounds
    bound[0] = place[0, 0] = 0
    for i in range(number):
        place[1, i] = total
        n = runs_of(lengths[i], size)
        total += n
        in_part += n
        place[0, i + 1] = place[0, i] + lengths[i]
        if in_part >= KEYS_A_PART or i == number - 1:
            n_parts += 1
            bound[n_parts] = i + 1
            in_part = 0
    if place[0, number] != values.shape[0]:
        raise ValueError(f"the sequences have {place[0, number]} values, but {values.shape[0]} were given")
    keys = numpy.empty(total, dtype=numpy.uint64)
    counts = numpy.empty(total, dtype=numpy.float32)
    found = numpy.zeros(number, dtype=numpy.int32)
    cdef uint64_t[::1] key = keys
    cdef float[::1] count = counts
    cdef int32_t[::1] kept = found
    if total == 0:
        return keys, counts, found
    job.values, job.lengths, job.starts, job.at, job.parts = &values[0], &lengths[0], &place[0, 0], &place[1, 0], &bound[0]
    job.size, job.keys, job.counts, job.found = size, &key[0], &count[0], &kept[0]
    with nogil:
        run_parts(count_part, &job, n_parts)
        for i in range(number):
            memmove(&job.keys[written], &job.keys[job.at[i]], job.found[i] * sizeof(uint64_t))
            memmove(&job.counts[written], &job.counts[job.at[i]], job.found[i] * sizeof(float))
            written += job.found[i]
    return keys[:written], counts[:written], found


cdef Py_ssize_t runs_of(Py_ssize_t length, int size) noexcept nogil:
    """Number of runs of 1 to `size` values of a sequence."""
    cdef Py_ssize_t total = length
    cdef int n
    for n in range(2, size + 1):
        if length < n:
            break
        total += length - n + 1
    return total


cdef void count_part(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef counting* job = <counting*>context
    cdef Py_ssize_t s
    for s in range(job.parts[part], job.parts[part + 1]):
        job.found[s] = <int32_t>count_one(job, s)


cdef Py_ssize_t count_one(counting* job, Py_ssize_t s) noexcept nogil:
    """Write the keys of a sequence and their counts to its place; the number of distinct ones."""
    cdef const uint64_t* values = job.values + job.starts[s]
    cdef uint64_t* keys = job.keys + job.at[s]
    cdef float* counts = job.counts + job.at[s]
    cdef Py_ssize_t i, length = job.lengths[s], total = length, distinct = 0
    cdef int n
    for i in range(length):
        keys[i] = values[i]
    for n in range(2, job.size + 1):
        if length < n:
            break
        for i in range(length - n + 1):
            keys[total] = tagma_hash64a(&values[i], n * sizeof(uint64_t), 0)
            total += 1
    sort(keys, keys + total)
    for i in range(total):
        if distinct and keys[distinct - 1] == keys[i]:
            counts[distinct - 1] += 1
        else:
            keys[distinct], counts[distinct] = keys[i], 1
            distinct += 1
    return distinct
