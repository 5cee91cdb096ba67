"""Typed doors to csrc/kernels.c and csrc/kernels_*.c. The only callers are tagma.nn.backends and tagma.nn.fusion, which
check, convert and allocate; here nothing is checked and the GIL is released."""

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp

from tagma.threads._pool cimport part_function, run_parts, thread_scratch

from contextlib import nullcontext

import numpy as np

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject*)

cdef extern from "kernels.h" nogil:
    ctypedef Py_ssize_t isize
    void tg_seq2col(float*, const float*, isize, isize, isize, isize, isize, isize)
    void tg_backprop_seq2col(float*, const float*, isize, isize, isize, isize, isize, isize, int)
    void tg_maxout(float*, int32_t*, const float*, isize, isize, isize)
    void tg_backprop_maxout(float*, const float*, const int32_t*, isize, isize, isize)
    void tg_backprop_layer_norm(float*, float*, float*, const float*, const float*, const float*, const float*, isize, isize)
    void tg_hash_rows(int32_t*, const uint64_t*, isize, isize, uint32_t, uint32_t)
    void tg_hash_keys(uint32_t*, const uint64_t*, isize, uint32_t)
    void tg_scatter_add(float*, const int32_t*, isize, const float*, isize, isize, isize, const float*)
    double tg_sum_squares(const float*, isize)
    void tg_adam(float*, float*, float*, float*, isize, float, float, float, float, float, float)
    void tg_add_bias(float*, const float*, isize, isize)
    void tg_softmax(float*, const float*, isize, isize, float)
    void tg_find_rows(int32_t*, const uint64_t*, isize, isize, const uint64_t*, const int32_t*, isize)
    void tg_keep_rows(int32_t*, isize, const uint64_t*, isize, isize, isize)
    void tg_mish(float*, const float*, isize, float)
    void tg_backprop_mish(float*, const float*, const float*, isize, float)
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
        isize n
        float learn_rate, decay, grad_clip
    ctypedef struct tg_piece:
        int64_t lo, hi, begin, end
    ctypedef struct tg_layer:
        isize nP
        const float *W
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
    void tg_softmax_parts(float*, const float*, isize, isize, float, isize)
    int tg_encode_words(const tg_encoder*)
    int tg_best_parts(int64_t*, const float*, const float*, const float*, isize, isize, isize, isize)
    void tg_adam_parts(const tg_adam_param*, isize, float, float, float, isize, double*)
    void tg_adam_rows(const tg_adam_table*, float, float, float, double*)
    void tg_reduce_sum(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_backprop_reduce_sum(float*, const float*, const int64_t*, isize, isize, int, isize)
    void tg_reduce_max(float*, int32_t*, const float*, const int64_t*, isize, isize, isize)
    int tg_backprop_reduce_max(float*, const float*, const int32_t*, const int64_t*, isize, isize, isize)
    void tg_softmax_sequences(float*, const float*, const int64_t*, isize, isize, isize)
    void tg_backprop_softmax_sequences(float*, const float*, const float*, const int64_t*, isize, isize, isize)
    void tg_dish_parts(float*, const float*, const float*, isize, isize)
    void tg_layer_norm_parts(float*, float*, float*, const float*, const float*, const float*, isize, isize, isize)
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


def seq2col(float[:, ::1] cols, Py_ssize_t at, const float[:, ::1] X, Py_ssize_t lo, Py_ssize_t hi, Py_ssize_t begin,
            Py_ssize_t end, Py_ssize_t w):
    """cols[at : at + hi - lo] = windows around the rows lo to hi of X, whose sequence is X[begin:end]."""
    if hi <= lo:
        return
    with nogil:
        tg_seq2col(&cols[at, 0], &X[0, 0], lo, hi, begin, end, X.shape[1], w)


def seq2col_ragged(float[:, ::1] cols, const float[:, ::1] X, const int32_t[::1] lengths, Py_ssize_t w):
    cdef Py_ssize_t s, begin = 0
    if X.shape[0] == 0:
        return
    with nogil:
        for s in range(lengths.shape[0]):
            tg_seq2col(&cols[0, 0] + begin * cols.shape[1], &X[0, 0], begin, begin + lengths[s], begin,
                       begin + lengths[s], X.shape[1], w)
            begin += lengths[s]


def backprop_seq2col(float[:, ::1] dX, const float[:, ::1] dcols, Py_ssize_t lo, Py_ssize_t hi, Py_ssize_t begin,
                     Py_ssize_t end, Py_ssize_t w, bint accumulate):
    if hi <= lo:
        return
    with nogil:
        tg_backprop_seq2col(&dX[0, 0], &dcols[0, 0], lo, hi, begin, end, dX.shape[1], w, accumulate)


def backprop_seq2col_ragged(float[:, ::1] dX, const float[:, ::1] dcols, const int32_t[::1] lengths, Py_ssize_t w):
    cdef Py_ssize_t s, begin = 0
    if dX.shape[0] == 0:
        return
    with nogil:
        for s in range(lengths.shape[0]):
            tg_backprop_seq2col(&dX[0, 0], &dcols[0, 0], begin, begin + lengths[s], begin, begin + lengths[s],
                                dX.shape[1], w, 0)
            begin += lengths[s]


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


def layer_norm(float[:, ::1] Y, float[:, ::1] Xhat, float[::1] rstd, const float[:, ::1] X, const float[::1] G,
               const float[::1] b, Py_ssize_t rows):
    """In parts of `rows` rows; Xhat and rstd may be None."""
    cdef float* Xhat_p = NULL
    cdef float* rstd_p = NULL
    if X.shape[0] == 0:
        return
    if Xhat is not None:
        Xhat_p, rstd_p = &Xhat[0, 0], &rstd[0]
    with nogil:
        tg_layer_norm_parts(&Y[0, 0], Xhat_p, rstd_p, &X[0, 0], &G[0], &b[0], X.shape[0], X.shape[1], rows)


def backprop_layer_norm(float[:, ::1] dX, float[::1] dG, float[::1] db, const float[:, ::1] dY,
                        const float[:, ::1] Xhat, const float[::1] rstd, const float[::1] G):
    if dX.shape[0] == 0:
        return
    with nogil:
        tg_backprop_layer_norm(&dX[0, 0], &dG[0], &db[0], &dY[0, 0], &Xhat[0, 0], &rstd[0], &G[0], dX.shape[0],
                               dX.shape[1])




def hash_keys(uint32_t[:, ::1] hashes, const uint64_t[::1] keys, uint32_t seed):
    if keys.shape[0] == 0:
        return
    with nogil:
        tg_hash_keys(&hashes[0, 0], &keys[0], keys.shape[0], seed)



def gather_add(float[:, ::1] out, const float[:, ::1] table, const int32_t[:, ::1] rows, Py_ssize_t rows_a_part):
    """out = sums of table rows."""
    if rows.shape[0]:
        with nogil:
            tg_gather_parts(&out[0, 0], &table[0, 0], &rows[0, 0], rows.shape[1], rows.shape[0], table.shape[1],
                            rows_a_part)


def scatter_add(float[:, ::1] table, const int32_t[:, ::1] rows, const float[:, ::1] values):
    """table[rows[i]] += values[i], in order of i."""
    if rows.shape[0]:
        with nogil:
            tg_scatter_add(&table[0, 0], &rows[0, 0], rows.shape[1], &values[0, 0], values.shape[1], rows.shape[0],
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




def add_bias(float[:, ::1] Y, const float[::1] b, Py_ssize_t lo, Py_ssize_t hi):
    if hi <= lo or Y.shape[1] == 0:
        return
    with nogil:
        tg_add_bias(&Y[lo, 0], &b[0], hi - lo, Y.shape[1])


def dish(float[::1] out, const float[::1] dY, const float[::1] X, Py_ssize_t size):
    """out = Dish of X, or unless dY is None its gradient, in parts of `size` values."""
    cdef const float* dY_p = NULL
    if X.shape[0] == 0:
        return
    if dY is not None:
        dY_p = &dY[0]
    with nogil:
        tg_dish_parts(&out[0], dY_p, &X[0], X.shape[0], size)


def mish(float[::1] Y, const float[::1] X, float threshold):
    if X.shape[0]:
        with nogil:
            tg_mish(&Y[0], &X[0], X.shape[0], threshold)


def backprop_mish(float[::1] dX, const float[::1] dY, const float[::1] X, float threshold):
    if X.shape[0]:
        with nogil:
            tg_backprop_mish(&dX[0], &dY[0], &X[0], X.shape[0], threshold)


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


def encode_words(float[:, ::1] Y, const float[:, ::1] kept, const int32_t[::1] words, Py_ssize_t first,
                 const int64_t[:, ::1] pieces, const int64_t[::1] parts, list layers, Py_ssize_t window):
    """Run words through an encoder and set the rows of Y (n, width) that the pieces say, see tg_encoder in native.h.

    layers    (W, bias, G, b) of each layer; W is None in the first
    parts     those of `pieces_of` that are to be worked on, with one more as their end
    """
    cdef tg_encoder E
    cdef const float[:, ::1] W
    cdef const float[::1] bias, G, b
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
            W, bias, G, b = layers[l]
            each[l].nP, each[l].W = bias.shape[0] // G.shape[0], NULL
            each[l].bias, each[l].G, each[l].b = &bias[0], &G[0], &b[0]
            if W is not None:
                each[l].W = &W[0, 0]
        with nogil:
            failed = tg_encode_words(&E)
    finally:
        free(each)
    if failed:
        raise MemoryError("no memory for a part of a batch")


def best_columns(int64_t[::1] best, const float[:, ::1] X, const float[:, ::1] W, const float[::1] bias,
                 Py_ssize_t rows):
    """best = argmax(X @ W.T + bias, axis=1), in parts of `rows` rows, whose scores alone are in memory."""
    cdef int failed
    if X.shape[0] == 0:
        return
    with nogil:
        failed = tg_best_parts(&best[0], &X[0, 0], &W[0, 0], &bias[0], X.shape[0], X.shape[1], W.shape[0], rows)
    if failed:
        raise MemoryError("no memory for a part of a batch")


def held_by(dict arrays, tuple key):
    """References to arrays[key] but for that of the dict, and those to the array whose memory it shows if it is a view
    (0 if it is none)."""
    cdef PyObject* found = PyDict_GetItem(arrays, key)
    if found == NULL:
        raise KeyError(key)
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


def starts_of(const int64_t[::1] lengths):
    """(starts int64 (n + 1,), shortest): where each sequence begins and the last one ends; shortest is 1 if there are no
    sequences."""
    cdef Py_ssize_t i
    cdef int64_t shortest = lengths[0] if lengths.shape[0] else 1
    cdef int64_t[::1] starts = np.empty(lengths.shape[0] + 1, dtype=np.int64)
    starts[0] = 0
    for i in range(lengths.shape[0]):
        starts[i + 1] = starts[i] + lengths[i]
        shortest = min(shortest, lengths[i])
    return starts.base, shortest


# Reductions: X (n, w) are the rows of sequences that begin at `starts`, Y (n_seqs, w); neither may be empty.


def reduce_sum(float[:, ::1] Y, const float[:, ::1] X, const int64_t[::1] starts, bint mean, Py_ssize_t rows):
    with nogil:
        tg_reduce_sum(&Y[0, 0], &X[0, 0], &starts[0], Y.shape[0], Y.shape[1], mean, rows)


def backprop_reduce_sum(float[:, ::1] dX, const float[:, ::1] dY, const int64_t[::1] starts, bint mean,
                        Py_ssize_t rows):
    with nogil:
        tg_backprop_reduce_sum(&dX[0, 0], &dY[0, 0], &starts[0], dY.shape[0], dY.shape[1], mean, rows)


def reduce_max(float[:, ::1] Y, int32_t[:, ::1] which, const float[:, ::1] X, const int64_t[::1] starts,
               Py_ssize_t rows):
    with nogil:
        tg_reduce_max(&Y[0, 0], &which[0, 0], &X[0, 0], &starts[0], Y.shape[0], Y.shape[1], rows)


def backprop_reduce_max(float[:, ::1] dX, const float[:, ::1] dY, const int32_t[:, ::1] which,
                        const int64_t[::1] starts, Py_ssize_t rows):
    """Whether all rows in `which` lie in their sequences."""
    cdef int failed
    with nogil:
        failed = tg_backprop_reduce_max(&dX[0, 0], &dY[0, 0], &which[0, 0], &starts[0], dY.shape[0], dY.shape[1], rows)
    return failed == 0


def softmax_sequences(float[:, ::1] Y, const float[:, ::1] X, const int64_t[::1] starts, Py_ssize_t rows):
    """Y may be X."""
    with nogil:
        tg_softmax_sequences(&Y[0, 0], &X[0, 0], &starts[0], starts.shape[0] - 1, X.shape[1], rows)


def backprop_softmax_sequences(float[:, ::1] dX, const float[:, ::1] dY, const float[:, ::1] Y,
                               const int64_t[::1] starts, Py_ssize_t rows):
    with nogil:
        tg_backprop_softmax_sequences(&dX[0, 0], &dY[0, 0], &Y[0, 0], &starts[0], starts.shape[0] - 1, Y.shape[1], rows)


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


cdef class BlockPass:
    """One pass of a block, forward and back; see tg_block in native.h. Holds the arrays that the way back needs."""
    cdef tg_block block
    cdef object arrays

    def __cinit__(self, const float[:, ::1] X, const float[:, ::1] W, const float[::1] bias, const float[::1] G,
                  const float[::1] b, Py_ssize_t window, bint residual, Py_ssize_t rows):
        cdef tg_block* B = &self.block
        B.n, B.width, B.nO = X.shape[0], X.shape[1], G.shape[0]
        B.nP, B.window, B.rows, B.residual = W.shape[0] // G.shape[0], window, rows, residual
        B.X, B.W, B.bias, B.G, B.b = &X[0, 0], &W[0, 0], &bias[0], &G[0], &b[0]
        B.Y, B.cols, B.which, B.Xhat, B.rstd = NULL, NULL, NULL, NULL, NULL
        self.arrays = [X, W, bias, G, b]

    def forward(self, float[:, ::1] Y, float[:, ::1] cols, uint8_t[:, ::1] which, float[:, ::1] Xhat, float[::1] rstd,
                uint8_t[:, ::1] keep, float scale, double drop, Twister twister):
        """Y set, and the four after it unless they are None. `keep` is drawn from `twister` unless that is None;
        keep None: no dropout."""
        cdef tg_block* B = &self.block
        cdef int failed
        B.Y = &Y[0, 0]
        if cols is not None:
            B.cols = &cols[0, 0]
        if which is not None:
            B.which, B.Xhat, B.rstd = &which[0, 0], &Xhat[0, 0], &rstd[0]
        B.dropout = _dropout(keep, scale, drop, twister)
        self.arrays.extend((cols, which, Xhat, rstd, keep))
        with _lock_of(twister), nogil:
            failed = tg_block_forward(B)
        B.dropout.state = NULL
        if failed:
            raise MemoryError("no memory for a part of a batch")

    @property
    def scratch_width(self):
        """Floats a row of the scratch for the way back."""
        return tg_block_scratch_width(&self.block)

    def backward(self, const float[:, ::1] dY, float[:, ::1] dX, float[:, ::1] dW, float[::1] dbias, float[::1] dG,
                 float[::1] db, float[:, ::1] scratch, float[:, ::1] dcols, float[:, ::1] sums):
        """dX set; dW, dbias, dG, db added to; scratch (n, scratch_width), dcols and sums are overwritten."""
        with nogil:
            tg_block_backward(&self.block, &dY[0, 0], &dX[0, 0], &dW[0, 0], &dbias[0], &dG[0], &db[0], &scratch[0, 0],
                              &dcols[0, 0], &sums[0, 0])


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


def adam(list params, float beta1, float beta2, float eps, Py_ssize_t block):
    """One step of all `params`: (w, g, m, v, learn_rate, grad_clip, decay) each, arrays float32 (n,), in blocks of
    `block` floats. Gradients are zeroed."""
    cdef Py_ssize_t i, blocks = 0, count = len(params)
    cdef float[::1] w, g, m, v
    cdef tg_adam_param* all_params = <tg_adam_param*>malloc((count + 1) * sizeof(tg_adam_param))
    cdef double* squares = NULL
    if all_params == NULL:
        raise MemoryError(f"no memory for {count} parameters")
    try:
        for i in range(count):
            w, g, m, v, learn_rate, grad_clip, decay = params[i]
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
