"""Typed doors to csrc/kernels.c. The only caller is tagma.nn.backends.numpy_ops and tagma.nn.fusion, which check,
convert and allocate; here nothing is checked and the GIL is released."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

import numpy as np

cdef extern from "kernels.h" nogil:
    ctypedef Py_ssize_t isize
    void tg_seq2col(float*, const float*, isize, isize, isize, isize, isize, isize)
    void tg_backprop_seq2col(float*, const float*, isize, isize, isize, isize, isize, isize, int)
    void tg_maxout(float*, int32_t*, const float*, isize, isize, isize)
    void tg_backprop_maxout(float*, const float*, const int32_t*, isize, isize, isize)
    void tg_layer_norm(float*, float*, float*, const float*, const float*, const float*, isize, isize)
    void tg_backprop_layer_norm(float*, float*, float*, const float*, const float*, const float*, const float*, isize, isize)
    void tg_maxout_norm(float*, uint8_t*, float*, float*, float*, const float*, const float*, const float*,
                        const uint8_t*, float, const float*, isize, isize, isize)
    void tg_backprop_maxout_norm(float*, float*, float*, float*, float*, const float*, const uint8_t*, const float*,
                                 const float*, const float*, const uint8_t*, float, isize, isize, isize)
    void tg_hash_rows(int32_t*, const uint64_t*, isize, isize, uint32_t, uint32_t)
    void tg_hash_keys(uint32_t*, const uint64_t*, isize, uint32_t)
    void tg_gather_add(float*, isize, const float*, const int32_t*, isize, isize, isize, const float*)
    void tg_scatter_add(float*, const int32_t*, isize, const float*, isize, isize, isize, const float*)
    double tg_sum_squares(const float*, isize)
    void tg_adam(float*, float*, float*, float*, isize, float, float, float, float, float, float)
    void tg_add_bias(float*, const float*, isize, isize)
    void tg_softmax(float*, const float*, isize, isize, float)
    void tg_mish(float*, const float*, isize, float)
    void tg_backprop_mish(float*, const float*, const float*, isize, float)
    void tg_dropout_keep(uint8_t*, isize, double, uint32_t*, int32_t*)
    isize tg_unique_rows(int32_t*, int32_t*, const uint64_t*, isize, isize, int32_t*, isize)
    void tg_expand_rows(float*, const float*, const int32_t*, const uint8_t*, float, isize, isize, isize)
    void tg_collect_rows(float*, const float*, const int32_t*, const uint8_t*, float, isize, isize)


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
               const float[::1] b):
    if X.shape[0] == 0:
        return
    with nogil:
        tg_layer_norm(&Y[0, 0], &Xhat[0, 0], &rstd[0], &X[0, 0], &G[0], &b[0], X.shape[0], X.shape[1])


def backprop_layer_norm(float[:, ::1] dX, float[::1] dG, float[::1] db, const float[:, ::1] dY,
                        const float[:, ::1] Xhat, const float[::1] rstd, const float[::1] G):
    if dX.shape[0] == 0:
        return
    with nogil:
        tg_backprop_layer_norm(&dX[0, 0], &dG[0], &db[0], &dY[0, 0], &Xhat[0, 0], &rstd[0], &G[0], dX.shape[0],
                               dX.shape[1])


def maxout_norm(float[:, ::1] Y, uint8_t[:, ::1] which, float[:, ::1] Xhat, float[::1] rstd, float[:, ::1] A,
                const float[::1] bias, const float[::1] G, const float[::1] b, const uint8_t[:, ::1] keep,
                float scale, const float[:, ::1] residual, Py_ssize_t lo, Py_ssize_t hi, Py_ssize_t nP):
    """Y[lo:hi] from A (hi - lo, nO*nP): bias, maxout, layer norm, dropout, residual. `which`, `Xhat`, `rstd` are None
    when predicting, `keep` and `residual` where there is none."""
    cdef Py_ssize_t nO = Y.shape[1]
    cdef uint8_t* which_p = NULL
    cdef float* xhat_p = NULL
    cdef float* rstd_p = NULL
    cdef const uint8_t* keep_p = NULL
    cdef const float* res_p = NULL
    if hi <= lo:
        return
    if which is not None:
        which_p = &which[lo, 0]
        xhat_p = &Xhat[lo, 0]
        rstd_p = &rstd[lo]
    if keep is not None:
        keep_p = &keep[lo, 0]
    if residual is not None:
        res_p = &residual[lo, 0]
    with nogil:
        tg_maxout_norm(&Y[lo, 0], which_p, xhat_p, rstd_p, &A[0, 0], &bias[0], &G[0], &b[0], keep_p, scale, res_p,
                       hi - lo, nO, nP)


def backprop_maxout_norm(float[:, ::1] dA, float[::1] dbias, float[::1] dG, float[::1] db, float[::1] scratch,
                         const float[:, ::1] dY, const uint8_t[:, ::1] which, const float[:, ::1] Xhat,
                         const float[::1] rstd, const float[::1] G, const uint8_t[:, ::1] keep, float scale,
                         Py_ssize_t lo, Py_ssize_t hi, Py_ssize_t nP):
    """dA[lo:hi] set; dbias, dG, db added to. The way back of maxout_norm, residual branch left out."""
    cdef Py_ssize_t nO = dY.shape[1]
    cdef const uint8_t* keep_p = NULL
    if hi <= lo:
        return
    if keep is not None:
        keep_p = &keep[lo, 0]
    with nogil:
        tg_backprop_maxout_norm(&dA[lo, 0], &dbias[0], &dG[0], &db[0], &scratch[0], &dY[lo, 0], &which[lo, 0],
                                &Xhat[lo, 0], &rstd[lo], &G[0], keep_p, scale, hi - lo, nO, nP)


def hash_keys(uint32_t[:, ::1] hashes, const uint64_t[::1] keys, uint32_t seed):
    if keys.shape[0] == 0:
        return
    with nogil:
        tg_hash_keys(&hashes[0, 0], &keys[0], keys.shape[0], seed)


def hash_rows(int32_t[:, ::1] rows, const uint64_t[:] keys, uint32_t seed, uint32_t nV):
    """rows (n, 4) = the four hashes of each key, modulo nV. `keys` may be a strided column."""
    if keys.shape[0] == 0:
        return
    with nogil:
        tg_hash_rows(&rows[0, 0], &keys[0], keys.strides[0] // <Py_ssize_t>sizeof(uint64_t), keys.shape[0], seed, nV)


def gather_add(float[:, :] out, const float[:, ::1] table, const int32_t[:, ::1] rows, const float[::1] column_scale,
               Py_ssize_t lo, Py_ssize_t hi):
    """out[lo:hi]: sums of table rows; `out` may be a block of columns of a wider array."""
    cdef const float* scale_p = NULL
    if hi <= lo:
        return
    if column_scale is not None:
        scale_p = &column_scale[0]
    with nogil:
        tg_gather_add(&out[lo, 0], out.strides[0] // <Py_ssize_t>sizeof(float), &table[0, 0], &rows[lo, 0],
                      rows.shape[1], hi - lo, table.shape[1], scale_p)


def scatter_add(float[:, ::1] table, const int32_t[:, ::1] rows, const float[:, :] values,
                const float[::1] column_scale):
    cdef const float* scale_p = NULL
    if rows.shape[0] == 0:
        return
    if column_scale is not None:
        scale_p = &column_scale[0]
    with nogil:
        tg_scatter_add(&table[0, 0], &rows[0, 0], rows.shape[1], &values[0, 0],
                       values.strides[0] // <Py_ssize_t>sizeof(float), rows.shape[0], table.shape[1], scale_p)


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


def sum_squares(const float[::1] x):
    cdef double total = 0
    if x.shape[0]:
        with nogil:
            total = tg_sum_squares(&x[0], x.shape[0])
    return total


def adam(float[::1] w, float[::1] g, float[::1] m, float[::1] v, float gscale, float beta1, float beta2, float eps,
         float learn_rate, float decay, Py_ssize_t lo, Py_ssize_t hi):
    if hi <= lo:
        return
    with nogil:
        tg_adam(&w[lo], &g[lo], &m[lo], &v[lo], hi - lo, gscale, beta1, beta2, eps, learn_rate, decay)


def add_bias(float[:, ::1] Y, const float[::1] b, Py_ssize_t lo, Py_ssize_t hi):
    if hi <= lo or Y.shape[1] == 0:
        return
    with nogil:
        tg_add_bias(&Y[lo, 0], &b[0], hi - lo, Y.shape[1])


def softmax(float[:, ::1] Y, const float[:, ::1] X, float temperature):
    if X.shape[0] == 0 or X.shape[1] == 0:
        return
    with nogil:
        tg_softmax(&Y[0, 0], &X[0, 0], X.shape[0], X.shape[1], temperature)


def mish(float[::1] Y, const float[::1] X, float threshold):
    if X.shape[0]:
        with nogil:
            tg_mish(&Y[0], &X[0], X.shape[0], threshold)


def backprop_mish(float[::1] dX, const float[::1] dY, const float[::1] X, float threshold):
    if X.shape[0]:
        with nogil:
            tg_backprop_mish(&dX[0], &dY[0], &X[0], X.shape[0], threshold)


def dropout_keep(uint8_t[::1] keep, double drop):
    """keep[i] = numpy.random.uniform() >= drop, drawn from NumPy's global generator, whose state moves on just as if
    uniform(size=n) had been called. Returns False, and draws nothing, if that generator is no Mersenne twister."""
    cdef uint32_t[::1] key
    cdef int32_t pos
    state = np.random.get_state(legacy=True)
    if state[0] != "MT19937":
        return False
    key = state[1]
    pos = state[2]
    if keep.shape[0]:
        with nogil:
            tg_dropout_keep(&keep[0], keep.shape[0], drop, &key[0], &pos)
    np.random.set_state(("MT19937", state[1], pos, state[3], state[4]))
    return True


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


def expand_rows(float[:, ::1] Y, const float[:, ::1] rows, const int32_t[::1] inverse, const uint8_t[:, ::1] keep,
                float scale, Py_ssize_t lo, Py_ssize_t hi):
    """Y[lo:hi] = rows[inverse[lo:hi]] * keep * scale; keep None for all."""
    cdef const uint8_t* keep_p = NULL
    if hi <= lo:
        return
    if keep is not None:
        keep_p = &keep[0, 0]
    with nogil:
        tg_expand_rows(&Y[0, 0], &rows[0, 0], &inverse[0], keep_p, scale, lo, hi, Y.shape[1])


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
