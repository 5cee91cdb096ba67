"""Typed doors to csrc/kernels.c and csrc/kernels_*.c. The only callers are tagma.nn.backends and tagma.nn.fusion, which
check, convert and allocate; here nothing is checked and the GIL is released."""

cimport numpy as cnp
from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.math cimport rint
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp

from tagma.threads._pool cimport part_function, run_parts, thread_scratch

from contextlib import nullcontext

import numpy as np

cnp.import_array()

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject*)

cdef extern from "kernels.h" nogil:
    ctypedef Py_ssize_t isize
    void tg_maxout(float*, int32_t*, const float*, isize, isize, isize)
    void tg_backprop_maxout(float*, const float*, const int32_t*, isize, isize, isize)
    void tg_hash_keys(uint32_t*, const uint64_t*, isize, uint32_t)
    void tg_add_bias(float*, const float*, isize, isize)
    void tg_find_rows(int32_t*, const uint64_t*, isize, isize, const uint64_t*, const int32_t*, isize)
    void tg_keep_rows(int32_t*, isize, const uint64_t*, isize, isize, isize)
    void tg_dropout_keep(uint8_t*, isize, double, uint32_t*, int32_t*)
    isize tg_unique_rows(int32_t*, int32_t*, const uint64_t*, isize, isize, int32_t*, isize)
    void tg_expand_rows(float*, const float*, const int32_t*, const uint8_t*, float, isize, isize, isize)
    void tg_collect_rows(float*, const float*, const int32_t*, const uint8_t*, float, isize, isize)

cdef extern from "native.h" nogil:
    ctypedef struct tg_dropout:
        uint8_t* keep
        float scale
        double drop
        uint32_t* state
        int32_t* pos
        isize turn
    ctypedef struct tg_block:
        isize n, width, nO, nP, window, rows
        const float *X
        const float *W
        const float *bias
        const float *G
        const float *b
        int residual
        tg_dropout dropout
        float *Y
        float *cols
        uint8_t *which
        float *Xhat
        float *rstd
    ctypedef struct tg_table:
        const uint64_t* keys
        isize key_stride
        uint32_t seed
        isize nV, width, at
        const float* table
        float* gradient
        int32_t* rows
        const float* column_scale
    ctypedef struct tg_adam_param:
        float *w
        float *g
        float *m
        float *v
        float *average
        isize n
        float learn_rate, decay, grad_clip, share
    ctypedef struct tg_piece:
        int64_t lo, hi, begin, end
    ctypedef struct tg_panels:
        isize nI, nO, nP
        const float* weights
    ctypedef struct tg_layer:
        const tg_panels* panels
        isize nP
        const float *bias
        const float *G
        const float *b
    ctypedef struct tg_encoder:
        isize width, window, depth
        const tg_layer* layers
        const float* kept
        isize stride
        const int32_t* words
        isize first
        const tg_piece* pieces
        const int64_t* parts
        isize n_parts
        float* Y
    ctypedef enum tg_bend_kind:
        TG_LINEAR
        TG_RELU
        TG_SIGMOID
        TG_SOFTMAX
        TG_MISH
        TG_GELU
        TG_SWISH
        TG_DISH
        TG_HARD_SWISH
        TG_HARD_SWISH_MOBILENET
        TG_CLIPPED_LINEAR
    ctypedef struct tg_bend:
        int kind
        float settings[4]
    ctypedef struct tg_dense:
        isize n, nI, nO, rows
        tg_bend bend
        const float* X
        const float* W
        const float* b
        float* Y
        float* slope
    ctypedef struct tg_adam_table:
        tg_adam_param p
        isize classes
        const int32_t *rows
        const int32_t *fresh
        isize n_rows, n_fresh
    ctypedef struct tg_sparse:
        const uint64_t* keys
        const float* values
        const int64_t* starts
        isize n_bags, nO, length, class_step, bags
        uint32_t* buckets
    ctypedef struct tg_lstm:
        isize n_steps, nH, seqs
        int reverse
        const int64_t* starts
        const float* Wh
        const float* h0
        const float* c0
        float* gates
        float* H
        float* C
        float* H_before
        float* C_before
    void tg_lstm_steps(const tg_lstm*)
    void tg_backprop_lstm_steps(const tg_lstm*, float*, float*, float*)
    void tg_use_pool(void (*)(part_function, void*, isize) noexcept nogil, void* (*)(size_t) noexcept nogil)
    void tg_use_sgemm(void*, int)
    void tg_gemm(int, int, isize, isize, isize, const float*, isize, const float*, isize, float, float*, isize)
    void tg_gemm_parts(int, int, isize, isize, isize, const float*, isize, const float*, isize, float, float*, isize, isize)
    int tg_block_forward(tg_block*)
    isize tg_block_scratch_width(const tg_block*)
    void tg_block_backward(const tg_block*, const float*, float*, float*, float*, float*, float*, float*, float*, float*)
    void tg_tables_forward(tg_table*, isize, isize, float*, isize, isize)
    void tg_tables_backward(const tg_table*, isize, isize, const float*, isize)
    void tg_expand_parts(float*, const float*, const int32_t*, tg_dropout*, isize, isize, isize)
    void tg_backprop_softmax(float*, const float*, const float*, isize, isize, float, isize)
    void tg_softmax_parts(float*, const float*, isize, isize, float, isize)
    int tg_encode_words(const tg_encoder*)
    isize tg_panels_floats(tg_panels*)
    void tg_panels_fill(const tg_panels*, float*, const float*, const float*)
    int tg_panels_product(const tg_panels*, const float*, isize, isize, float*, isize)
    int tg_panels_parts(const tg_panels*, const float*, isize, isize, float*, isize, const float*, const float*, isize)
    int tg_best_parts(int64_t*, const float*, const tg_panels*, isize, isize)
    void tg_adam_parts(const tg_adam_param*, isize, float, float, float, isize, double*)
    void tg_adam_rows(const tg_adam_table*, float, float, float, double*)
    void tg_reduce_sum(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_backprop_reduce_sum(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_reduce_max(float*, int32_t*, const float*, const int64_t*, isize, isize, isize)
    int tg_backprop_reduce_max(float*, const float*, const int32_t*, const int64_t*, isize, isize, isize)
    void tg_softmax_sequences(float*, const float*, const int64_t*, isize, isize, isize)
    void tg_backprop_softmax_sequences(float*, const float*, const float*, const int64_t*, isize, isize, isize)
    void tg_bend_parts(const tg_bend*, float*, const float*, const float*, isize, isize)
    void tg_dense_forward(const tg_dense*)
    void tg_dense_backward(const tg_dense*, const float*, float*, float*, float*, float*, float*, isize)
    void tg_layer_norm(float*, float*, float*, const float*, const float*, const float*, isize, isize, isize)
    void tg_backprop_layer_norm(float*, float*, float*, const float*, const float*, const float*, const float*, const float*, isize, isize, isize, float*)
    void tg_scatter_parts(float*, const int32_t*, isize, const float*, isize, isize, isize, const float*)
    void tg_windows(float*, const float*, const int64_t*, isize, isize, isize, isize)
    void tg_backprop_windows(float*, const float*, const int64_t*, isize, isize, isize, isize)
    void tg_dropout_parts(float*, const float*, tg_dropout*, isize, isize)
    void tg_reduce_edge(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_backprop_reduce_edge(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_attend(float*, float*, const float*, const float*, const float*, const int64_t*, isize, isize, isize)
    void tg_backprop_attend(float*, float*, float*, float*, float*, const float*, const float*, const float*, const float*, const float*, const int64_t*, isize, isize, isize)
    isize tg_segment_parts(isize, isize)
    void tg_gather_parts(float*, const float*, const int32_t*, isize, isize, isize, isize)
    void tg_sparse_hash(const tg_sparse*)
    void tg_sparse_forward(const tg_sparse*, float*, const float*)
    void tg_sparse_fetch(float*, const float*, const int64_t*, isize, isize, isize)
    void tg_sparse_forward_rows(const tg_sparse*, float*, const float*, const int32_t*)
    void tg_sparse_backward(const tg_sparse*, float*, const float*)

tg_use_pool(run_parts, thread_scratch)


cdef void gemm_here(
    int tx, int ty, Py_ssize_t n, Py_ssize_t m, Py_ssize_t k, const float* x, Py_ssize_t ldx, const float* y,
    Py_ssize_t ldy, float beta, float* out, Py_ssize_t ldo
) noexcept nogil:
    tg_gemm(tx, ty, n, m, k, x, ldx, y, ldy, beta, out, ldo)


def use_sgemm(uintptr_t address, bint wide):
    """Multiply by the cblas_sgemm at `address`; `wide` if its integers have 64 bits."""
    tg_use_sgemm(<void*>address, wide)


cdef enum:
    ROWS_A_PART = 512  # BLAS packs the other factor anew for each part: long parts make that cheap
    PARALLEL_FROM = 1000000  # multiply-adds from which handing out parts pays: some 10 µs of work


cpdef Py_ssize_t rows_a_part(Py_ssize_t n, Py_ssize_t work_a_row):
    """How many of n rows one part has: about ROWS_A_PART, in pairs of even parts; all if there is little to do."""
    cdef Py_ssize_t parts
    if n * work_a_row < PARALLEL_FROM:
        return max(1, n)
    parts = 2 * max(1, <Py_ssize_t>rint(n / (2.0 * ROWS_A_PART)))
    return (n + 8 * parts - 1) // (8 * parts) * 8


cdef inline bint _takes(object array):
    """Whether an array is float32 and C-contiguous."""
    return (
        cnp.PyArray_CheckExact(array)
        and cnp.PyArray_TYPE(<cnp.ndarray>array) == cnp.NPY_FLOAT32
        and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>array)
        and cnp.PyArray_ISALIGNED(<cnp.ndarray>array)
    )


cdef inline bint _is_fast(object array, int ndim):
    """... and of that rank."""
    return _takes(array) and cnp.PyArray_NDIM(<cnp.ndarray>array) == ndim


def is_fast(*arrays):
    """Whether compiled loops can take these arrays: float32 and C-contiguous."""
    for array in arrays:
        if not _takes(array):
            return False
    return True


cdef inline Py_ssize_t _dim(object array, int axis) noexcept:
    return cnp.PyArray_DIM(<cnp.ndarray>array, axis)


cdef float* _matrix(object array, Py_ssize_t n, Py_ssize_t width) except? NULL:
    """The data of a float32 array of n rows (or n values, if width is 0) in C order. Raises ValueError for another."""
    if not _is_fast(array, 2 if width else 1) or _dim(array, 0) != n or (width and _dim(array, 1) != width):
        wanted = f"({n}, {width})" if width else f"({n},)"
        raise ValueError(f"a float32 array {wanted} in C order was expected, not {array.dtype} {array.shape}")
    return _data(array)


cdef inline float* _data(object array) noexcept:
    return <float*>cnp.PyArray_DATA(<cnp.ndarray>array)


cdef inline object _floats(Py_ssize_t n, Py_ssize_t width):
    """An array (n, width), not initialized."""
    cdef cnp.npy_intp shape[2]
    shape[0], shape[1] = n, width
    return cnp.PyArray_EMPTY(2, shape, cnp.NPY_FLOAT32, 0)


cdef inline object _values(Py_ssize_t n):
    cdef cnp.npy_intp shape[1]
    shape[0] = n
    return cnp.PyArray_EMPTY(1, shape, cnp.NPY_FLOAT32, 0)


cdef enum:
    PART_FLOATS = 1 << 15  # values of a part of loops over rows
    SEGMENT_FLOATS = 1 << 16  # floats of the sequences, or windows, of one part


cdef inline Py_ssize_t _rows_of(Py_ssize_t floats, Py_ssize_t width) noexcept nogil:
    return max(1, floats // max(1, width))


ctypedef fused id_type:
    int32_t
    int64_t
    uint32_t
    uint64_t


cdef int64_t _add_up(int64_t* starts, const id_type* lengths, Py_ssize_t n) noexcept nogil:
    """Where sequences begin and the last ends; the shortest length, 1 if there are none."""
    cdef Py_ssize_t i
    cdef int64_t shortest = <int64_t>lengths[0] if n else 1
    starts[0] = 0
    for i in range(n):
        starts[i + 1] = starts[i] + <int64_t>lengths[i]
        shortest = min(shortest, <int64_t>lengths[i])
    return shortest


cdef class Segments:
    """Sequences of rows. Arrays of reductions are float32 and C-contiguous; `of` gives None for what is not for compiled
    loops, wrong lengths among it."""
    cdef object starts
    cdef int64_t* at
    cdef Py_ssize_t n_seqs, n

    @staticmethod
    cdef Segments of(object lengths, int64_t minimum):
        cdef Segments segments
        cdef cnp.npy_intp size
        cdef int64_t shortest
        cdef void* data
        cdef int kind
        if not cnp.PyArray_CheckExact(lengths):
            lengths = np.asarray(lengths)
        if cnp.PyArray_NDIM(<cnp.ndarray>lengths) != 1:
            return None
        kind = cnp.PyArray_TYPE(<cnp.ndarray>lengths)
        if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>lengths) or kind not in (
            cnp.NPY_INT32, cnp.NPY_INT64, cnp.NPY_UINT32, cnp.NPY_UINT64
        ):
            if lengths.dtype.kind not in "iu":
                return None
            lengths, kind = np.ascontiguousarray(lengths, dtype=np.int64), cnp.NPY_INT64
        segments = Segments.__new__(Segments)
        segments.n_seqs = _dim(lengths, 0)
        size = segments.n_seqs + 1
        segments.starts = cnp.PyArray_EMPTY(1, &size, cnp.NPY_INT64, 0)
        segments.at = <int64_t*>cnp.PyArray_DATA(<cnp.ndarray>segments.starts)
        data = cnp.PyArray_DATA(<cnp.ndarray>lengths)
        if kind == cnp.NPY_INT32:
            shortest = _add_up(segments.at, <int32_t*>data, segments.n_seqs)
        elif kind == cnp.NPY_INT64:
            shortest = _add_up(segments.at, <int64_t*>data, segments.n_seqs)
        elif kind == cnp.NPY_UINT32:
            shortest = _add_up(segments.at, <uint32_t*>data, segments.n_seqs)
        else:
            shortest = _add_up(segments.at, <uint64_t*>data, segments.n_seqs)
        segments.n = segments.at[segments.n_seqs]
        return None if shortest < minimum or segments.n < 1 else segments

    @staticmethod
    cdef Segments of_rows(object X, object lengths, int64_t minimum, bint whole):
        """... that the rows X (n, w), w > 0, have; all rows if `whole`."""
        cdef Segments segments
        if not _is_fast(X, 2) or not _dim(X, 1):
            return None
        segments = Segments.of(lengths, minimum)
        if segments is None or segments.n > _dim(X, 0) or (whole and segments.n != _dim(X, 0)):
            return None
        return segments

    @staticmethod
    cdef Segments of_results(object Y, object lengths, int64_t minimum):
        """... of which each has one row of Y (n_seqs, w), w > 0."""
        cdef Segments segments
        if not _is_fast(Y, 2) or not _dim(Y, 1):
            return None
        segments = Segments.of(lengths, minimum)
        return None if segments is None or segments.n_seqs != _dim(Y, 0) else segments


cdef object _one_segment(Py_ssize_t n):
    cdef Segments segments = Segments.__new__(Segments)
    cdef cnp.npy_intp size = 2
    segments.n_seqs, segments.n = 1, n
    segments.starts = cnp.PyArray_EMPTY(1, &size, cnp.NPY_INT64, 0)
    segments.at = <int64_t*>cnp.PyArray_DATA(<cnp.ndarray>segments.starts)
    segments.at[0], segments.at[1] = 0, n
    return segments


def windows(object X, Py_ssize_t w, object lengths):
    """Each row of X (n, width) with w rows on either side, within sequences of these lengths, one if None; None for what is
    not for compiled loops."""
    if not _is_fast(X, 2) or w < 1:
        return None
    cdef Segments S = _one_segment(_dim(X, 0)) if lengths is None else Segments.of_rows(X, lengths, 0, True)
    if S is None or not S.n or not _dim(X, 1):
        return None
    cdef Py_ssize_t width = _dim(X, 1), span = (2 * w + 1) * width
    cdef object cols = _floats(S.n, span)
    cdef float* cols_p = _data(cols)
    cdef float* X_p = _data(X)
    with nogil:
        tg_windows(cols_p, X_p, S.at, S.n_seqs, width, w, _rows_of(SEGMENT_FLOATS, span))
    return cols


def backprop_windows(object dcols, Py_ssize_t w, object lengths):
    """The transpose of `windows`; None for what is not for compiled loops."""
    if not _is_fast(dcols, 2) or w < 1:
        return None
    cdef Segments S = _one_segment(_dim(dcols, 0)) if lengths is None else Segments.of_rows(dcols, lengths, 0, True)
    cdef Py_ssize_t span = _dim(dcols, 1), width = span // (2 * w + 1)
    if S is None or not S.n or not width:
        return None
    cdef object dX = _floats(S.n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dcols_p = _data(dcols)
    with nogil:
        tg_backprop_windows(dX_p, dcols_p, S.at, S.n_seqs, width, w, _rows_of(SEGMENT_FLOATS, span))
    return dX


def maxout(float[:, ::1] best, int32_t[:, ::1] which, const float[:, :, ::1] X):
    if X.shape[0] == 0 or X.shape[1] == 0:
        return
    with nogil:
        tg_maxout(&best[0, 0], &which[0, 0], &X[0, 0, 0], X.shape[0], X.shape[1], X.shape[2])


def backprop_maxout(float[:, :, ::1] dX, const float[:, ::1] dY, const int32_t[:, ::1] which):
    if dX.shape[0] == 0 or dX.shape[1] == 0:
        return
    with nogil:
        tg_backprop_maxout(&dX[0, 0, 0], &dY[0, 0], &which[0, 0], dX.shape[0], dX.shape[1], dX.shape[2])


def layer_norm(object X, object G, object b):
    """(Y, mean, rstd) of rows; None for what is not for compiled loops."""
    if not (_is_fast(X, 2) and _is_fast(G, 1) and _is_fast(b, 1)):
        return None
    cdef Py_ssize_t n = _dim(X, 0), width = _dim(X, 1)
    if not width or _dim(G, 0) != width or _dim(b, 0) != width:
        return None
    cdef object Y = _floats(n, width), mean = _values(n), rstd = _values(n)
    cdef float* X_p = _data(X)
    cdef float* G_p = _data(G)
    cdef float* b_p = _data(b)
    cdef float* Y_p = _data(Y)
    cdef float* mean_p = _data(mean)
    cdef float* rstd_p = _data(rstd)
    with nogil:
        tg_layer_norm(Y_p, mean_p, rstd_p, X_p, G_p, b_p, n, width, _rows_of(PART_FLOATS, width))
    return Y, mean, rstd


def backprop_layer_norm(object dY, object X, object mean, object rstd, object G, object dG, object db):
    """dX; dG and db are added to."""
    cdef Py_ssize_t n = _dim(X, 0), width = _dim(X, 1), rows = _rows_of(PART_FLOATS, width)
    cdef object dX = _floats(n, width), sums = _floats((n + rows - 1) // rows, 2 * width)
    cdef float* dY_p = _matrix(dY, n, width)
    cdef float* X_p = _matrix(X, n, width)
    cdef float* mean_p = _matrix(mean, n, 0)
    cdef float* rstd_p = _matrix(rstd, n, 0)
    cdef float* G_p = _matrix(G, width, 0)
    cdef float* dG_p = _matrix(dG, width, 0)
    cdef float* db_p = _matrix(db, width, 0)
    cdef float* dX_p = _data(dX)
    cdef float* sums_p = _data(sums)
    with nogil:
        tg_backprop_layer_norm(dX_p, dG_p, db_p, dY_p, X_p, mean_p, rstd_p, G_p, n, width, rows, sums_p)
    return dX


def hash_keys(uint32_t[:, ::1] hashes, const uint64_t[::1] keys, uint32_t seed):
    if keys.shape[0] == 0:
        return
    with nogil:
        tg_hash_keys(&hashes[0, 0], &keys[0], keys.shape[0], seed)



def gather_add(object table, const int32_t[:, ::1] rows):
    """Sums of table rows, none of which may lie outside; table and rows must not be empty."""
    cdef Py_ssize_t width = _dim(table, 1)
    cdef object out = _floats(rows.shape[0], width)
    cdef float* out_p = _data(out)
    cdef float* table_p = _data(table)
    with nogil:
        tg_gather_parts(out_p, table_p, &rows[0, 0], rows.shape[1], rows.shape[0], width,
                        _rows_of(PART_FLOATS, width))
    return out


def scatter_add(float[:, ::1] table, const int32_t[:, ::1] rows, const float[:, ::1] values):
    """table[rows[i]] += values[i], in order of i; negative rows are skipped."""
    if rows.shape[0]:
        with nogil:
            tg_scatter_parts(&table[0, 0], &rows[0, 0], rows.shape[1], &values[0, 0], values.shape[1], rows.shape[0],
                             table.shape[1], NULL)


def row_bounds(const int32_t[:, ::1] rows):
    """(smallest, largest) index of a non-empty array."""
    cdef Py_ssize_t i, n = rows.shape[0] * rows.shape[1]
    cdef const int32_t* r = &rows[0, 0]
    cdef int32_t low = r[0], high = r[0]
    with nogil:
        for i in range(n):
            if r[i] < low:
                low = r[i]
            if r[i] > high:
                high = r[i]
    return low, high


cdef Py_ssize_t _to_rows(int32_t* rows, const id_type* ids, Py_ssize_t n, int64_t n_rows, bint wrap) noexcept nogil:
    """rows = ids; negative ones count from the end if `wrap`. The place of the first that is no row, else -1."""
    cdef Py_ssize_t i
    cdef int64_t row
    for i in range(n):
        if id_type is uint64_t:
            if ids[i] >= <uint64_t>n_rows:
                return i
        row = <int64_t>ids[i]
        if wrap and row < 0:
            row += n_rows
        if row < 0 or row >= n_rows:
            return i
        rows[i] = <int32_t>row
    return -1


def table_rows(object ids, Py_ssize_t n_rows, bint wrap):
    """Ids as int32 rows (n, k) of a table of n_rows rows, (n, 1) if they are 1-d; negative ones count from the end if
    `wrap`. Raises IndexError for one that is no row."""
    cdef cnp.ndarray rows
    cdef Py_ssize_t bad
    cdef int kind = cnp.PyArray_TYPE(<cnp.ndarray>ids)
    cdef int32_t* out
    cdef void* data
    if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>ids) or kind not in (
        cnp.NPY_INT32, cnp.NPY_INT64, cnp.NPY_UINT32, cnp.NPY_UINT64
    ):
        ids, kind = np.ascontiguousarray(ids, dtype=np.int64), cnp.NPY_INT64
    cdef Py_ssize_t n = cnp.PyArray_SIZE(<cnp.ndarray>ids)
    cdef cnp.npy_intp shape[2]
    shape[0] = _dim(ids, 0)
    shape[1] = _dim(ids, 1) if cnp.PyArray_NDIM(<cnp.ndarray>ids) == 2 else 1
    rows = cnp.PyArray_EMPTY(2, shape, cnp.NPY_INT32, 0)
    out, data = <int32_t*>cnp.PyArray_DATA(rows), cnp.PyArray_DATA(<cnp.ndarray>ids)
    if kind == cnp.NPY_INT32:
        bad = _to_rows(out, <int32_t*>data, n, n_rows, wrap)
    elif kind == cnp.NPY_INT64:
        bad = _to_rows(out, <int64_t*>data, n, n_rows, wrap)
    elif kind == cnp.NPY_UINT32:
        bad = _to_rows(out, <uint32_t*>data, n, n_rows, wrap)
    else:
        bad = _to_rows(out, <uint64_t*>data, n, n_rows, wrap)
    if bad >= 0:
        raise IndexError(f"row {ids.reshape(-1)[bad]} lies outside a table of {n_rows} rows")
    return rows


def add_bias(float[:, ::1] Y, const float[::1] b, Py_ssize_t lo, Py_ssize_t hi):
    if hi <= lo or Y.shape[1] == 0:
        return
    with nogil:
        tg_add_bias(&Y[lo, 0], &b[0], hi - lo, Y.shape[1])


cdef dict KINDS = {
    "linear": TG_LINEAR,
    "relu": TG_RELU,
    "sigmoid": TG_SIGMOID,
    "softmax": TG_SOFTMAX,
    "mish": TG_MISH,
    "gelu": TG_GELU,
    "swish": TG_SWISH,
    "dish": TG_DISH,
    "hard_swish": TG_HARD_SWISH,
    "hard_swish_mobilenet": TG_HARD_SWISH_MOBILENET,
    "clipped_linear": TG_CLIPPED_LINEAR,
}


cdef tg_bend _bend(str name, tuple settings):
    cdef tg_bend bend
    cdef Py_ssize_t i
    bend.kind = KINDS[name]
    for i in range(4):
        bend.settings[i] = settings[i] if i < len(settings) else 0.0
    return bend


def bend(str name, tuple settings, object X, object dY, bint inplace):
    """An activation of X; unless dY is None, dY times its slope, and X are the outputs for relu and sigmoid. `inplace`: it
    takes the place of X, or of dY. None for what is not for compiled loops."""
    cdef object first = X if dY is None else dY
    if not (_takes(X) and _takes(first)) or not cnp.PyArray_SAMESHAPE(<cnp.ndarray>X, <cnp.ndarray>first):
        return None
    cdef tg_bend how = _bend(name, settings)
    cdef object out = first if inplace else np.empty_like(first)
    cdef float* out_p = _data(out)
    cdef float* X_p = _data(X)
    cdef float* dY_p = NULL if dY is None else _data(dY)
    cdef Py_ssize_t n = cnp.PyArray_SIZE(<cnp.ndarray>X)
    with nogil:
        tg_bend_parts(&how, out_p, dY_p, X_p, n, PART_FLOATS)
    return out


cdef class DensePass:
    """One pass of a dense layer, forward and back; see tg_dense in native.h. Holds the arrays that the way back needs."""
    cdef tg_dense dense
    cdef readonly object Y
    cdef object arrays, slope

    @staticmethod
    def forward(object X, object W, object b, str name, tuple settings, bint is_train):
        """The pass, whose Y (n, nO) is set; None unless X (n, nI), W (nO, nI) and b (nO,) are float32, C-contiguous, and
        fit each other."""
        if not (_is_fast(X, 2) and _is_fast(W, 2) and _is_fast(b, 1)):
            return None
        cdef DensePass run = DensePass.__new__(DensePass)
        cdef tg_dense* D = &run.dense
        D.n, D.nI, D.nO = _dim(X, 0), _dim(X, 1), _dim(W, 0)
        if _dim(W, 1) != D.nI or _dim(b, 0) != D.nO or D.nI == 0 or D.nO == 0:
            return None
        D.bend = _bend(name, settings)
        D.rows = rows_a_part(D.n, D.nI * D.nO)
        D.X, D.W, D.b = _data(X), _data(W), _data(b)
        run.arrays = (X, W, b)
        run.Y = _floats(D.n, D.nO)
        D.Y, D.slope = _data(run.Y), NULL
        if is_train and D.bend.kind >= TG_MISH:
            run.slope = _floats(D.n, D.nO)
            D.slope = _data(run.slope)
        with nogil:
            tg_dense_forward(D)
        return run

    def backward(self, object dY, object dW, object db):
        """dX (n, nI); dW (nO, nI) and db (nO,) are added to. `forward` must have been for training."""
        cdef tg_dense* D = &self.dense
        cdef float* dY_p = _matrix(dY, D.n, D.nO)
        cdef float* dW_p = _matrix(dW, D.nO, D.nI)
        cdef float* db_p = _matrix(db, D.nO, 0)
        cdef Py_ssize_t outs = rows_a_part(D.nO, D.nI * D.n)
        cdef object dX = _floats(D.n, D.nI), sums = _floats((D.n + D.rows - 1) // D.rows, D.nO)
        cdef object dA = _floats(D.n, D.nO) if D.bend.kind not in (TG_LINEAR, TG_SOFTMAX) else None
        cdef float* dX_p = _data(dX)
        cdef float* sums_p = _data(sums)
        cdef float* dA_p = NULL if dA is None else _data(dA)
        if D.n:
            with nogil:
                tg_dense_backward(D, dY_p, dX_p, dW_p, db_p, dA_p, sums_p, outs)
        return dX


cdef enum:
    WORDS = 624

cdef class Twister:
    """NumPy's global generator, a Mersenne twister, whose state compiled code moves on as numpy.random would."""
    cdef uint32_t* key
    cdef int32_t* pos
    cdef object generator, lock

    @staticmethod
    def current():
        """None if NumPy's generator is of another kind, or keeps its state otherwise than expected."""
        global _twister
        generator = np.random.get_bit_generator()
        if _twister is None or _twister.generator is not generator:
            _twister = Twister()
            _twister.find(generator)
        return _twister if _twister.key != NULL else None

    cdef find(self, object generator):
        cdef uintptr_t address
        cdef const uint32_t[::1] key
        cdef int32_t pos
        # numpy documents the address of the state, but not the struct (key[624], pos): so its content is compared
        self.generator = generator
        self.lock = generator.lock
        self.key = NULL
        if generator.state["bit_generator"] != "MT19937":
            return
        address = generator.ctypes.state_address
        key = generator.state["state"]["key"]
        pos = generator.state["state"]["pos"]
        if memcmp(<void*>address, &key[0], WORDS * sizeof(uint32_t)) == 0 and (<int32_t*>address)[WORDS] == pos:
            self.key = <uint32_t*>address
            self.pos = <int32_t*>address + WORDS

cdef Twister _twister = None
cdef object _no_lock = nullcontext()


cdef object _lock_of(Twister twister):
    """To be held while the generator's state moves on: other threads may draw too."""
    return _no_lock if twister is None else twister.lock


def dropout_keep(uint8_t[::1] keep, double drop, Twister twister):
    """keep[i] = numpy.random.uniform() >= drop."""
    if keep.shape[0]:
        with twister.lock, nogil:
            tg_dropout_keep(&keep[0], keep.shape[0], drop, twister.key, twister.pos)


cdef tg_dropout _dropout(uint8_t[:, ::1] keep, float scale, double drop, Twister twister):
    """Dropout that draws `keep` first, or has it drawn if twister is None; no dropout if keep is None."""
    cdef tg_dropout dropout
    dropout.keep = NULL
    dropout.scale = scale
    dropout.drop = drop
    dropout.turn = 0
    dropout.state = NULL
    dropout.pos = NULL
    if keep is not None:
        dropout.keep = &keep[0, 0]
    if twister is not None:
        dropout.state = twister.key
        dropout.pos = twister.pos
    return dropout


def drop_out(object Y, object X, uint8_t[:, ::1] keep, float scale, double drop, Twister twister):
    """Y = X * keep * scale, with `keep` drawn from `twister` unless that is None. Arrays are float32 and C-contiguous, and
    have as many values as `keep`."""
    cdef tg_dropout dropout = _dropout(keep, scale, drop, twister)
    cdef float* Y_p = _data(Y)
    cdef float* X_p = _data(X)
    with _lock_of(twister), nogil:
        tg_dropout_parts(Y_p, X_p, &dropout, keep.shape[0] * keep.shape[1], PART_FLOATS)


def unique_rows(const uint64_t[:, ::1] X):
    """(first int32 (u,), inverse int32 (n,)): X[first] are the distinct rows of X (n, width) in order of appearance,
    X[first][inverse] is X. X must not be empty."""
    cdef Py_ssize_t n = X.shape[0], found, n_slots = 16
    while n_slots < 2 * n:
        n_slots *= 2
    cdef int32_t[::1] first = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] inverse = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] slots = np.empty(n_slots, dtype=np.int32)
    with nogil:
        found = tg_unique_rows(&first[0], &inverse[0], &X[0, 0], n, X.shape[1], &slots[0], n_slots)
    return np.asarray(first)[:found], np.asarray(inverse)



def find_rows(int32_t[::1] places, const uint64_t[:, ::1] X, const uint64_t[:, ::1] kept, const int32_t[::1] slots):
    """places[i] = the place of X[i] among the kept rows that `keep_rows` has put in slots, -1 if it is not there."""
    if X.shape[0]:
        with nogil:
            tg_find_rows(&places[0], &X[0, 0], X.shape[0], X.shape[1], &kept[0, 0], &slots[0], slots.shape[0])


def keep_rows(int32_t[::1] slots, const uint64_t[:, ::1] kept, Py_ssize_t lo, Py_ssize_t hi):
    """Put kept[lo:hi] into slots, a power of two in number and more than the rows, -1 where empty; rows that are there
    already are left out."""
    if hi > lo:
        with nogil:
            tg_keep_rows(&slots[0], slots.shape[0], &kept[0, 0], lo, hi, kept.shape[1])


def pieces_of(const int32_t[::1] lengths, Py_ssize_t size, Py_ssize_t margin):
    """(pieces int64 (k, 4), parts int64 (p + 1,)): sequences cut into pieces (lo, hi, begin, end) of at most `size` rows,
    and pieces put together to parts of at most `size` rows, `margin` more at both ends of each piece not counted against
    a single one."""
    cdef Py_ssize_t i, j, n, count = 0, begin = 0, in_part = 0, cuts, rows
    for i in range(lengths.shape[0]):
        count += (lengths[i] + size - 1) // size
    cdef int64_t[:, ::1] pieces = np.empty((count, 4), dtype=np.int64)
    cdef int64_t[::1] parts = np.empty(count + 1, dtype=np.int64)
    cdef Py_ssize_t piece = 0, part = 0
    for i in range(lengths.shape[0]):
        n = lengths[i]
        cuts = (n + size - 1) // size
        for j in range(cuts):
            pieces[piece, 0], pieces[piece, 1] = begin + n * j // cuts, begin + n * (j + 1) // cuts
            pieces[piece, 2], pieces[piece, 3] = begin, begin + n
            rows = pieces[piece, 1] - pieces[piece, 0] + 2 * margin
            if piece == 0 or in_part + rows > size:
                parts[part] = piece
                part += 1
                in_part = 0
            in_part += rows
            piece += 1
        begin += n
    parts[part] = count
    return np.asarray(pieces), np.asarray(parts)[:part + 1]


cdef class Panels:
    """The weights of a dense layer, copied and laid out for predictions: biases, products, the largest of the pieces.

    nI, nO, nP    numbers of inputs, of outputs, and of the pieces that an output is the largest of
    """
    def __cinit__(self, const float[:, ::1] W not None, const float[::1] bias, Py_ssize_t nP):
        """W (nO * nP, nI), bias (nO * nP,) or None."""
        cdef tg_panels* D = <tg_panels*>calloc(1, sizeof(tg_panels))
        self.layer = D
        if D == NULL:
            raise MemoryError("no memory for a layer")
        D.nI, D.nO, D.nP = W.shape[1], W.shape[0] // nP, nP
        cdef float[::1] memory = np.empty(max(tg_panels_floats(D), 1), dtype=np.float32)
        self.memory = memory
        D.weights = &memory[0]
        cdef const float* bias_p = NULL
        if bias is not None:
            bias_p = &bias[0]
        if W.shape[0] and W.shape[1]:
            tg_panels_fill(D, &memory[0], &W[0, 0], bias_p)

    def __dealloc__(self):
        free(self.layer)

    @property
    def nI(self):
        return (<tg_panels*>self.layer).nI

    @property
    def nO(self):
        return (<tg_panels*>self.layer).nO

    @property
    def nP(self):
        return (<tg_panels*>self.layer).nP

    def predict(self, const float[:, ::1] X, float[:, :] Y, const float[::1] G, const float[::1] b, Py_ssize_t rows):
        """Y (n, nO), whose rows are contiguous = outputs of X (n, nI), in parts of so many rows; normalized if G and b
        (nO,) are given, and then Y has no gaps. BLAS must be held."""
        cdef const tg_panels* D = <const tg_panels*>self.layer
        cdef const float* G_p = NULL
        cdef const float* b_p = NULL
        cdef int failed
        if X.shape[0] == 0:
            return
        if X.shape[1] != D.nI or Y.shape[0] != X.shape[0] or Y.shape[1] != D.nO:
            raise ValueError(f"rows {X.shape[1]} wide and ({Y.shape[0]}, {Y.shape[1]}) outputs do not fit the layer")
        if G is not None:
            G_p, b_p = &G[0], &b[0]
        with nogil:
            failed = tg_panels_parts(D, &X[0, 0], X.shape[1], X.shape[0], &Y[0, 0],
                                    Y.strides[0] // <Py_ssize_t>sizeof(float), G_p, b_p, rows)
        if failed:
            raise MemoryError("no memory for a part of a batch")

    def best(self, int64_t[::1] best, const float[:, ::1] X, Py_ssize_t rows):
        """best (n,) = the largest output of each row of X (n, nI), in parts, whose outputs alone are in memory. BLAS
        must be held."""
        cdef int failed
        if X.shape[0] == 0:
            return
        with nogil:
            failed = tg_best_parts(&best[0], &X[0, 0], <const tg_panels*>self.layer, X.shape[0], rows)
        if failed:
            raise MemoryError("no memory for a part of a batch")


cdef int panels_product(
    const void* layer, const float* X, Py_ssize_t ldx, Py_ssize_t n, float* out, Py_ssize_t ldo
) noexcept nogil:
    return tg_panels_product(<const tg_panels*>layer, X, ldx, n, out, ldo)


def encode_words(float[:, ::1] Y, const float[:, ::1] kept, const int32_t[::1] words, Py_ssize_t first,
                 const int64_t[:, ::1] pieces, const int64_t[::1] parts, list layers, Py_ssize_t window):
    """Run words through an encoder and set the rows of Y (n, width) that the pieces say, see tg_encoder in native.h.

    layers    (bias, G, b) of the first layer, (Panels, G, b) of each other
    parts     those of `pieces_of` that are to be worked on, with one more as their end
    """
    cdef tg_encoder E
    cdef const float[::1] bias, G, b
    cdef Panels panels
    cdef Py_ssize_t l
    cdef int failed
    cdef tg_layer* each = <tg_layer*>malloc(len(layers) * sizeof(tg_layer))
    if each == NULL:
        raise MemoryError(f"no memory for {len(layers)} layers")
    E.width, E.window, E.depth, E.layers = Y.shape[1], window, len(layers), each
    E.kept, E.stride, E.words, E.first = &kept[0, 0], kept.shape[1], &words[0], first
    E.pieces, E.parts, E.n_parts, E.Y = <const tg_piece*>&pieces[0, 0], &parts[0], parts.shape[0] - 1, &Y[0, 0]
    try:
        for l in range(len(layers)):
            weights, G, b = layers[l]
            each[l].panels, each[l].G, each[l].b = NULL, &G[0], &b[0]
            if l == 0:
                bias = weights
                each[l].bias, each[l].nP = &bias[0], bias.shape[0] // G.shape[0]
            else:
                panels = weights
                each[l].panels = <const tg_panels*>panels.layer
        with nogil:
            failed = tg_encode_words(&E)
    finally:
        free(each)
    if failed:
        raise MemoryError("no memory for a part of a batch")


cdef class Watch:
    """Whether a network is as it was: its graph and settings, and its parameters, to which nobody else can have written.

    An array that was handed out can be written to at any time. So parameters count as untouched while no one was set,
    unset or handed out (`ParamServer.touched`), and while nobody holds an array but its node and the watch's owner.
    """
    cdef tuple nodes, funcs, layers, attrs, servers, keys
    cdef list touched, held

    def __init__(self, root, nodes, parameters):
        """root, nodes: whose forward functions, layers and attributes are watched; parameters: (node, name) each. The
        root is not held, so that it can go."""
        cdef tuple watched = (root, *nodes)
        self.nodes = watched[1:]
        self.funcs = tuple([node._func for node in watched])
        self.layers = tuple([list(node._layers) for node in watched])
        self.attrs = tuple([dict(node._attrs) for node in watched])
        self.servers = tuple([node._params for node, _ in parameters])
        self.keys = tuple([(node.id, name) for node, name in parameters])
        self.touched = [server.touched for server in self.servers]
        self.held = self.holders()

    def holders(self):
        """Of each parameter the references to its array but for that of the node, and those to the array whose memory
        it shows if it is a view (0 if it is none)."""
        return [_holders(server._params, key) for server, key in zip(self.servers, self.keys)]

    def settle(self):
        """Whoever holds arrays now is the owner of this watch."""
        self.held = self.holders()

    def is_same(self, root):
        cdef Py_ssize_t i
        for i in range(len(self.servers)):
            server = self.servers[i]
            if server.touched != self.touched[i] or _holders(server._params, self.keys[i]) != self.held[i]:
                return False
        for i in range(len(self.funcs)):
            node = self.nodes[i - 1] if i else root
            if node._func is not self.funcs[i] or node._layers != self.layers[i] or node._attrs != self.attrs[i]:
                return False
        return True


cdef tuple _holders(dict arrays, tuple key):
    cdef PyObject* found = PyDict_GetItem(arrays, key)
    if found == NULL:
        return (-1, -1)
    cdef Py_ssize_t references = Py_REFCNT(found) - 1
    base = (<object>found).base
    # this function's own reference, and the view's
    return references, 0 if base is None else Py_REFCNT(<PyObject*>base) - 2


def collect_rows(float[:, ::1] drows, const float[:, ::1] dY, const int32_t[::1] inverse, const uint8_t[:, ::1] keep,
                 float scale):
    """drows[inverse[i]] += dY[i] * keep[i] * scale, in order of i."""
    cdef const uint8_t* keep_p = NULL
    if dY.shape[0] == 0:
        return
    if keep is not None:
        keep_p = &keep[0, 0]
    with nogil:
        tg_collect_rows(&drows[0, 0], &dY[0, 0], &inverse[0], keep_p, scale, dY.shape[0], dY.shape[1])


def gemm(float[:, :] out, const float[:, :] x, const float[:, :] y, float beta, Py_ssize_t rows):
    """out = x @ y + beta * out, in parts of `rows` rows. Rows of `out` must be contiguous, and rows or columns of x and
    y; x and y must not be empty."""
    cdef Py_ssize_t size = sizeof(float)
    cdef bint tx = x.strides[1] != size, ty = y.strides[1] != size
    cdef Py_ssize_t ldx = (x.strides[1] if tx else x.strides[0]) // size
    cdef Py_ssize_t ldy = (y.strides[1] if ty else y.strides[0]) // size
    cdef Py_ssize_t ldo = out.strides[0] // size
    # an array of one row or one column may have any stride there
    ldx = max(ldx, x.shape[0] if tx else x.shape[1])
    ldy = max(ldy, y.shape[0] if ty else y.shape[1])
    ldo = max(ldo, out.shape[1])
    with nogil:
        tg_gemm_parts(tx, ty, x.shape[0], y.shape[1], x.shape[1], &x[0, 0], ldx, &y[0, 0], ldy, beta, &out[0, 0], ldo,
                      rows)


def softmax(float[:, ::1] Y, const float[:, ::1] X, float temperature, Py_ssize_t rows):
    """Y = softmax(X / temperature), in parts of `rows` rows; Y may be X."""
    if X.shape[0] == 0 or X.shape[1] == 0:
        return
    with nogil:
        tg_softmax_parts(&Y[0, 0], &X[0, 0], X.shape[0], X.shape[1], temperature, rows)


# Reductions over sequences of rows; None for what is not for compiled loops, wrong lengths among it.


def reduce_sum(object X, object lengths, bint mean):
    """Sums of the rows X (n, w) of each sequence, or means."""
    cdef Segments S = Segments.of_rows(X, lengths, 0, False)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(X, 1)
    cdef object Y = _floats(S.n_seqs, width)
    cdef float* Y_p = _data(Y)
    cdef float* X_p = _data(X)
    with nogil:
        tg_reduce_sum(Y_p, X_p, S.at, S.n_seqs, width, mean, _rows_of(SEGMENT_FLOATS, width))
    return Y


def backprop_reduce_sum(object dY, object lengths, bint mean):
    cdef Segments S = Segments.of_results(dY, lengths, 0)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(dY, 1)
    cdef object dX = _floats(S.n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dY_p = _data(dY)
    with nogil:
        tg_backprop_reduce_sum(dX_p, dY_p, S.at, S.n_seqs, width, mean, _rows_of(SEGMENT_FLOATS, width))
    return dX


def reduce_max(object X, object lengths):
    """(largest values, rows within the sequence)"""
    cdef Segments S = Segments.of_rows(X, lengths, 1, False)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(X, 1)
    cdef cnp.npy_intp shape[2]
    shape[0], shape[1] = S.n_seqs, width
    cdef object Y = _floats(S.n_seqs, width), which = cnp.PyArray_EMPTY(2, shape, cnp.NPY_INT32, 0)
    cdef float* Y_p = _data(Y)
    cdef float* X_p = _data(X)
    cdef int32_t* which_p = <int32_t*>cnp.PyArray_DATA(<cnp.ndarray>which)
    with nogil:
        tg_reduce_max(Y_p, which_p, X_p, S.at, S.n_seqs, width, _rows_of(SEGMENT_FLOATS, width))
    return Y, which


def backprop_reduce_max(object dY, const int32_t[:, ::1] which, object lengths):
    """None also if one of the rows does not lie in its sequence."""
    cdef Segments S = Segments.of_results(dY, lengths, 1)
    if S is None or which.shape[0] != _dim(dY, 0) or which.shape[1] != _dim(dY, 1):
        return None
    cdef Py_ssize_t width = _dim(dY, 1)
    cdef object dX = _floats(S.n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dY_p = _data(dY)
    cdef int failed
    with nogil:
        failed = tg_backprop_reduce_max(dX_p, dY_p, &which[0, 0], S.at, S.n_seqs, width,
                                        _rows_of(SEGMENT_FLOATS, width))
    return None if failed else dX


def reduce_edge(object X, object lengths, bint last):
    """(first row of each sequence, or the last; starts of the sequences and end int64 (n_seqs + 1,))"""
    cdef Segments S = Segments.of_rows(X, lengths, 1, True)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(X, 1)
    cdef object Y = _floats(S.n_seqs, width)
    cdef float* Y_p = _data(Y)
    cdef float* X_p = _data(X)
    with nogil:
        tg_reduce_edge(Y_p, X_p, S.at, S.n_seqs, width, last, _rows_of(SEGMENT_FLOATS, width))
    return Y, S.starts


def backprop_reduce_edge(object dY, const int32_t[::1] ends, bint last):
    """ends (n_seqs,): where each sequence ends, which begins where the one before ends, and is not empty."""
    cdef Py_ssize_t i
    cdef int32_t before = 0
    cdef cnp.npy_intp size = ends.shape[0]
    if not size:
        return None
    cdef object lengths = cnp.PyArray_EMPTY(1, &size, cnp.NPY_INT32, 0)
    cdef int32_t* lengths_p = <int32_t*>cnp.PyArray_DATA(<cnp.ndarray>lengths)
    for i in range(size):
        lengths_p[i] = ends[i] - before
        before = ends[i]
    cdef Segments S = Segments.of_results(dY, lengths, 1)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(dY, 1)
    cdef object dX = _floats(S.n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dY_p = _data(dY)
    with nogil:
        tg_backprop_reduce_edge(dX_p, dY_p, S.at, S.n_seqs, width, last, _rows_of(SEGMENT_FLOATS, width))
    return dX


def softmax_sequences(object X, object lengths, bint inplace):
    cdef Segments S = Segments.of_rows(X, lengths, 0, True)
    if S is None:
        return None
    cdef Py_ssize_t width = _dim(X, 1)
    cdef object Y = X if inplace else _floats(S.n, width)
    cdef float* Y_p = _data(Y)
    cdef float* X_p = _data(X)
    with nogil:
        tg_softmax_sequences(Y_p, X_p, S.at, S.n_seqs, width, _rows_of(SEGMENT_FLOATS, width))
    return Y


def backprop_softmax_sequences(object dY, object Y, object lengths):
    cdef Segments S = Segments.of_rows(Y, lengths, 0, True)
    if S is None or not _is_fast(dY, 2) or _dim(dY, 0) != S.n or _dim(dY, 1) != _dim(Y, 1):
        return None
    cdef Py_ssize_t width = _dim(Y, 1)
    cdef object dX = _floats(S.n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dY_p = _data(dY)
    cdef float* Y_p = _data(Y)
    with nogil:
        tg_backprop_softmax_sequences(dX_p, dY_p, Y_p, S.at, S.n_seqs, width, _rows_of(SEGMENT_FLOATS, width))
    return dX


cdef class AttentionPass:
    """Y = a X, where a is the softmax of K q over each sequence."""
    cdef Segments segments
    cdef readonly object Y
    cdef object X, K, q, attention

    @staticmethod
    def forward(object X, object K, object q, object lengths):
        """The pass, whose Y (n, w) is set; None for what is not for compiled loops. K (n, w), None for X."""
        cdef Segments S = Segments.of_rows(X, lengths, 0, True)
        cdef object keys = X if K is None else K
        if S is None or not _is_fast(keys, 2) or not _is_fast(q, 1) or _dim(q, 0) != _dim(X, 1):
            return None
        if _dim(keys, 0) != S.n or _dim(keys, 1) != _dim(X, 1):
            return None
        cdef AttentionPass run = AttentionPass.__new__(AttentionPass)
        cdef Py_ssize_t width = _dim(X, 1)
        run.segments, run.X, run.K, run.q = S, X, K, q
        run.Y, run.attention = _floats(S.n, width), _values(S.n)
        cdef float* Y_p = _data(run.Y)
        cdef float* a_p = _data(run.attention)
        cdef float* X_p = _data(X)
        cdef float* K_p = _data(keys)
        cdef float* q_p = _data(q)
        with nogil:
            tg_attend(Y_p, a_p, X_p, K_p, q_p, S.at, S.n_seqs, width, _rows_of(SEGMENT_FLOATS, width))
        return run

    def backward(self, object dY, object dq):
        """(dX, dK), or (the sum of both, None) where K is X; dq is added to."""
        cdef Segments S = self.segments
        cdef Py_ssize_t n = S.n, width = _dim(self.X, 1), rows = _rows_of(SEGMENT_FLOATS, width)
        cdef object dX = _floats(n, width), dK = None if self.K is None else _floats(n, width)
        cdef object scratch = _values(n + width * tg_segment_parts(n, rows))
        cdef float* dY_p = _matrix(dY, n, width)
        cdef float* dq_p = _matrix(dq, width, 0)
        cdef float* dX_p = _data(dX)
        cdef float* dK_p = NULL if dK is None else _data(dK)
        cdef float* scores = _data(scratch)
        cdef float* a_p = _data(self.attention)
        cdef float* X_p = _data(self.X)
        cdef float* K_p = X_p if dK is None else _data(self.K)
        cdef float* q_p = _data(self.q)
        with nogil:
            tg_backprop_attend(dX_p, dK_p, dq_p, scores, scores + n, dY_p, a_p, X_p, K_p, q_p, S.at, S.n_seqs, width,
                               rows)
        return dX, dK


def backprop_softmax(object dY, object Y, float temperature):
    """dX of the softmax Y of X / temperature, by rows; None for what is not for compiled loops."""
    if not (_is_fast(Y, 2) and _is_fast(dY, 2)) or not cnp.PyArray_SAMESHAPE(<cnp.ndarray>Y, <cnp.ndarray>dY):
        return None
    cdef Py_ssize_t n = _dim(Y, 0), width = _dim(Y, 1)
    cdef object dX = _floats(n, width)
    cdef float* dX_p = _data(dX)
    cdef float* dY_p = _data(dY)
    cdef float* Y_p = _data(Y)
    if width:
        with nogil:
            tg_backprop_softmax(dX_p, dY_p, Y_p, n, width, temperature, _rows_of(PART_FLOATS, width))
    return dX


def starts_of(object X, object lengths):
    """Where sequences of rows of X (n, w) begin and the last one ends: int64 (n_seqs + 1,)."""
    cdef Segments S = Segments.of_rows(X, lengths, 0, False)
    return None if S is None else S.starts


cdef class SparsePass:
    """One pass of a linear model over bags of hashed keys, forward and back; see tg_sparse in native.h. There must be
    keys and bags, which begin at `starts`, and weights for nO * length."""
    cdef tg_sparse sparse
    cdef object arrays

    def __cinit__(self, const uint64_t[::1] keys, const float[::1] values, const int64_t[::1] starts, Py_ssize_t nO,
                  Py_ssize_t length, bint shared, Py_ssize_t bags):
        cdef tg_sparse* S = &self.sparse
        cdef uint32_t[:, ::1] buckets = np.empty((keys.shape[0], 2), dtype=np.uint32)
        S.keys, S.values, S.starts, S.n_bags = &keys[0], &values[0], &starts[0], starts.shape[0] - 1
        S.nO, S.length, S.class_step, S.bags = nO, length, 1 if shared else length, bags
        S.buckets = &buckets[0, 0]
        self.arrays = (keys, values, starts, buckets)
        with nogil:
            tg_sparse_hash(S)

    def forward(self, float[:, ::1] Y, const float[::1] W):
        """Y (bags, nO) added to."""
        with nogil:
            tg_sparse_forward(&self.sparse, &Y[0, 0], &W[0])

    def fetch(self, const float[::1] W, const int64_t[::1] used):
        """The weights of the buckets `used` (n,): float32 (n, nO)."""
        cdef float[:, ::1] rows = np.empty((used.shape[0], self.sparse.nO), dtype=np.float32)
        with nogil:
            tg_sparse_fetch(&rows[0, 0], &W[0], &used[0], used.shape[0], self.sparse.nO, self.sparse.length)
        return rows

    def forward_rows(self, float[:, ::1] Y, const float[:, ::1] rows, const int32_t[:, ::1] places):
        """The same, where each key has two `places` (keys, 2) in `rows` (n, nO), the weights of buckets."""
        with nogil:
            tg_sparse_forward_rows(&self.sparse, &Y[0, 0], &rows[0, 0], &places[0, 0])

    @property
    def buckets(self):
        """Those of each key: uint32 (keys, 2)."""
        return np.asarray(self.arrays[3])

    def backward(self, float[::1] dW, const float[:, ::1] dY):
        """dW (nO * length,) added to."""
        with nogil:
            tg_sparse_backward(&self.sparse, &dW[0], &dY[0, 0])


cdef tg_lstm _lstm(const float[:, ::1] Wh, const int64_t[::1] starts, bint reverse, Py_ssize_t seqs):
    cdef tg_lstm lstm
    lstm.n_steps, lstm.nH, lstm.seqs, lstm.reverse = starts.shape[0] - 1, Wh.shape[1], seqs, reverse
    lstm.starts, lstm.Wh = &starts[0], &Wh[0, 0]
    lstm.h0, lstm.c0, lstm.H, lstm.H_before = NULL, NULL, NULL, NULL
    return lstm


def lstm_steps(float[:, ::1] gates, float[:, ::1] H, float[:, ::1] C, float[:, ::1] H_before, float[:, ::1] C_before,
               const float[:, ::1] Wh, const float[::1] h0, const float[::1] c0, const int64_t[::1] starts, bint reverse,
               Py_ssize_t seqs):
    """Run the steps of an LSTM, see tg_lstm in native.h, in parts of `seqs` sequences. No array may be empty."""
    cdef tg_lstm lstm = _lstm(Wh, starts, reverse, seqs)
    lstm.h0, lstm.c0, lstm.gates = &h0[0], &c0[0], &gates[0, 0]
    lstm.H, lstm.C, lstm.H_before, lstm.C_before = &H[0, 0], &C[0, 0], &H_before[0, 0], &C_before[0, 0]
    with nogil:
        tg_lstm_steps(&lstm)


def backprop_lstm_steps(float[:, ::1] dA, float[:, ::1] dH, float[:, ::1] dC, float[:, ::1] gates, float[:, ::1] C,
                        float[:, ::1] C_before, const float[:, ::1] Wh, const int64_t[::1] starts, bint reverse,
                        Py_ssize_t seqs):
    """dA set; dH, the gradient of the outputs, and dC, zeros, are overwritten."""
    cdef tg_lstm lstm = _lstm(Wh, starts, reverse, seqs)
    lstm.gates, lstm.C, lstm.C_before = &gates[0, 0], &C[0, 0], &C_before[0, 0]
    with nogil:
        tg_backprop_lstm_steps(&lstm, &dA[0, 0], &dH[0, 0], &dC[0, 0])


cdef class BlockPass:
    """One pass of a block, forward and back; see tg_block in native.h. Holds the arrays that the way back needs."""
    cdef tg_block block
    cdef object arrays

    def __cinit__(self, object X, object W, object bias, object G, object b, Py_ssize_t nO, Py_ssize_t window,
                  bint residual, Py_ssize_t rows):
        """X (n, width), W (nO * nP, width * (2 * window + 1)), bias (nO * nP,), G and b (nO,), or None for maxout alone;
        none may be empty. In parts of `rows` rows."""
        cdef tg_block* B = &self.block
        B.n, B.width, B.nO = _dim(X, 0), _dim(X, 1), nO
        B.nP, B.window, B.rows, B.residual = _dim(W, 0) // nO, window, rows, residual
        B.X, B.W = _matrix(X, B.n, B.width), _matrix(W, nO * B.nP, B.width * (2 * window + 1))
        B.bias, B.G, B.b = _matrix(bias, nO * B.nP, 0), NULL, NULL
        if G is not None:
            B.G, B.b = _matrix(G, nO, 0), _matrix(b, nO, 0)
        B.Y, B.cols, B.which, B.Xhat, B.rstd = NULL, NULL, NULL, NULL, NULL
        self.arrays = [X, W, bias, G, b]

    def forward(self, bint is_train, uint8_t[:, ::1] keep, float scale, double drop, Twister twister):
        """Y (n, nO). `keep` is drawn from `twister` unless that is None; keep None: no dropout."""
        cdef tg_block* B = &self.block
        cdef int failed
        cdef object Y = _floats(B.n, B.nO), cols, Xhat, rstd
        cdef cnp.npy_intp shape[2]
        B.Y = _data(Y)
        if is_train:
            shape[0], shape[1] = B.n, B.nO
            which = cnp.PyArray_EMPTY(2, shape, cnp.NPY_UINT8, 0)
            B.which = <uint8_t*>cnp.PyArray_DATA(<cnp.ndarray>which)
            self.arrays.append(which)
            if B.window:
                cols = _floats(B.n, B.width * (2 * B.window + 1))
                B.cols = _data(cols)
                self.arrays.append(cols)
            if B.G != NULL:
                Xhat, rstd = _floats(B.n, B.nO), _floats(1, B.n)
                B.Xhat, B.rstd = _data(Xhat), _data(rstd)
                self.arrays.extend((Xhat, rstd))
        B.dropout = _dropout(keep, scale, drop, twister)
        self.arrays.append(keep)
        with _lock_of(twister), nogil:
            failed = tg_block_forward(B)
        B.dropout.state = NULL
        if failed:
            raise MemoryError("no memory for a part of a batch")
        return Y

    def backward(self, object dY, object dW, object dbias, object dG, object db):
        """dX (n, width); the others are added to. dG and db are None for maxout alone. `forward` must have been for
        training."""
        cdef tg_block* B = &self.block
        cdef float* dY_p = _matrix(dY, B.n, B.nO)
        cdef float* dW_p = _matrix(dW, B.nO * B.nP, B.width * (2 * B.window + 1))
        cdef float* dbias_p = _matrix(dbias, B.nO * B.nP, 0)
        cdef object dX = _floats(B.n, B.width), scratch = _floats(B.n, tg_block_scratch_width(B))
        cdef object dcols = _floats(B.n, B.width * (2 * B.window + 1)) if B.window else dX
        cdef object sums = _floats((B.n + B.rows - 1) // B.rows, B.nO * (B.nP + 3))
        cdef float* dX_p = _data(dX)
        cdef float* scratch_p = _data(scratch)
        cdef float* dcols_p = _data(dcols)
        cdef float* sums_p = _data(sums)
        cdef float* dG_p = NULL
        cdef float* db_p = NULL
        if B.G != NULL:
            dG_p, db_p = _matrix(dG, B.nO, 0), _matrix(db, B.nO, 0)
        with nogil:
            tg_block_backward(B, dY_p, dX_p, dW_p, dbias_p, dG_p, db_p, scratch_p, dcols_p, sums_p)
        return dX


cdef class TablesPass:
    """One pass of hash tables side by side, forward and back."""
    cdef tg_table* tables
    cdef Py_ssize_t count, n, width
    cdef list arrays

    def __cinit__(self, Py_ssize_t count, Py_ssize_t n):
        self.tables = <tg_table*>malloc(count * sizeof(tg_table))
        if self.tables == NULL:
            raise MemoryError(f"no memory for {count} tables")
        self.count, self.n, self.width, self.arrays = 0, n, 0, []

    def __dealloc__(self):
        free(self.tables)

    def add(self, const uint64_t[:] keys, uint32_t seed, const float[:, ::1] table, int32_t[:, ::1] rows,
            const float[::1] column_scale):
        """Put a table to the right of those there. keys (n,) may be strided, rows (n, 4) is written."""
        cdef tg_table* T = &self.tables[self.count]
        T.keys, T.key_stride, T.seed = &keys[0], keys.strides[0] // <Py_ssize_t>sizeof(uint64_t), seed
        T.nV, T.width, T.at = table.shape[0], table.shape[1], self.width
        T.table, T.gradient, T.rows, T.column_scale = &table[0, 0], NULL, &rows[0, 0], NULL
        if column_scale is not None:
            T.column_scale = &column_scale[0]
        self.arrays.extend((keys, table, rows, column_scale))
        self.width += table.shape[1]
        self.count += 1

    def forward(self, float[:, ::1] out, Py_ssize_t rows):
        with nogil:
            tg_tables_forward(self.tables, self.count, self.n, &out[0, 0], self.width, rows)

    def backward(self, list gradients, const float[:, ::1] dY):
        """Adds to the tables' gradients, one array (nV, width) each."""
        cdef float[:, ::1] gradient
        cdef Py_ssize_t t
        for t in range(self.count):
            gradient = gradients[t]
            self.tables[t].gradient = &gradient[0, 0]
        with nogil:
            tg_tables_backward(self.tables, self.count, self.n, &dY[0, 0], self.width)


def expand_rows(float[:, ::1] Y, const float[:, ::1] rows, const int32_t[::1] inverse, uint8_t[:, ::1] keep,
                float scale, double drop, Twister twister, Py_ssize_t rows_a_part):
    """Y = rows[inverse] * keep * scale, with `keep` drawn from `twister` unless that is None; keep None: no
    dropout."""
    cdef tg_dropout dropout = _dropout(keep, scale, drop, twister)
    with _lock_of(twister), nogil:
        tg_expand_parts(&Y[0, 0], &rows[0, 0], &inverse[0], &dropout, Y.shape[0], Y.shape[1], rows_a_part)


def adam(list params, list averages, float beta1, float beta2, float eps, Py_ssize_t block):
    """One step of all `params`: (w, g, m, v, learn_rate, grad_clip, decay) each, arrays float32 (n,), in blocks of
    `block` floats. Gradients are zeroed. averages: (array like w, share of its way to the weights) for each, or None."""
    cdef Py_ssize_t i, blocks = 0, count = len(params)
    cdef float[::1] w, g, m, v
    cdef tg_adam_param* all_params = <tg_adam_param*>malloc((count + 1) * sizeof(tg_adam_param))
    cdef double* squares = NULL
    if all_params == NULL:
        raise MemoryError(f"no memory for {count} parameters")
    try:
        for i in range(count):
            w, g, m, v, learn_rate, grad_clip, decay = params[i]
            all_params[i].average, all_params[i].share = NULL, 0
            if averages[i] is not None:
                all_params[i].average, all_params[i].share = _matrix(averages[i][0], w.shape[0], 0), averages[i][1]
            all_params[i].w, all_params[i].g, all_params[i].m, all_params[i].v = &w[0], &g[0], &m[0], &v[0]
            all_params[i].n = w.shape[0]
            all_params[i].learn_rate, all_params[i].decay, all_params[i].grad_clip = learn_rate, decay, grad_clip
            blocks += (w.shape[0] + block - 1) // block
        squares = <double*>malloc((blocks + 1) * sizeof(double))
        if squares == NULL:
            raise MemoryError(f"no memory for {blocks} blocks")
        with nogil:
            tg_adam_parts(all_params, count, beta1, beta2, eps, block, squares)
    finally:
        free(squares)
        free(all_params)


def adam_rows(param, const int32_t[::1] rows, const int32_t[::1] fresh, Py_ssize_t classes, float beta1, float beta2,
              float eps):
    """One step of a parameter as in `adam`, of which `rows` of each class are in use and `fresh` have a gradient, which
    is zeroed there."""
    cdef tg_adam_table T
    cdef float[::1] w, g, m, v
    cdef double[::1] squares = np.empty(classes, dtype=np.float64)
    w, g, m, v, learn_rate, grad_clip, decay = param
    if rows.shape[0] == 0:
        return
    T.p.w, T.p.g, T.p.m, T.p.v, T.p.n = &w[0], &g[0], &m[0], &v[0], w.shape[0] // classes
    T.p.learn_rate, T.p.decay, T.p.grad_clip = learn_rate, decay, grad_clip
    T.classes, T.rows, T.n_rows = classes, &rows[0], rows.shape[0]
    T.fresh, T.n_fresh = &fresh[0] if fresh.shape[0] else NULL, fresh.shape[0]
    with nogil:
        tg_adam_rows(&T, beta1, beta2, eps, &squares[0])
