# distutils: language = c
"""The hidden layer over pooled spans, from products of tokens, and its way back. See `mean_max`."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from tagma.threads._pool cimport run_parts, thread_scratch

cdef enum:
    SPANS_A_PART = 256

ctypedef struct job:
    const int64_t* starts
    const int64_t* ends
    const int64_t* places  # of the spans among those of more than one token; -1 for the others
    const float* P  # (n_tokens, 4, nO * nP)
    const float* Q  # (spans of more than one token, nO * nP)
    const float* bias
    const float* X  # (n_tokens, width)
    float* Y
    uint8_t* which
    int32_t* rows
    Py_ssize_t n, nO, nP, width


cdef Py_ssize_t parts_of(Py_ssize_t n) noexcept nogil:
    return (n + SPANS_A_PART - 1) // SPANS_A_PART


def largest(
    float[:, ::1] Y not None,
    int32_t[:, ::1] rows not None,
    const float[:, ::1] X not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
) -> None:
    """The largest value of each column of each span, (n_spans, width), and the row of X that it is from, the first."""
    cdef job J
    if Y.shape[0] == 0:
        return
    J.X, J.Y, J.rows, J.starts, J.ends = &X[0, 0], &Y[0, 0], &rows[0, 0], &starts[0], &ends[0]
    J.n, J.width = Y.shape[0], Y.shape[1]
    with nogil:
        run_parts(largest_part, &J, parts_of(J.n))


cdef void largest_part(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t i, t, c, width = J.width
    cdef const float* x
    cdef float* y
    cdef int32_t* row
    for i in range(part * SPANS_A_PART, min(J.n, (part + 1) * SPANS_A_PART)):
        y, row, x = J.Y + i * width, J.rows + i * width, J.X + J.starts[i] * width
        for c in range(width):
            y[c] = x[c]
            row[c] = <int32_t>J.starts[i]
        for t in range(J.starts[i] + 1, J.ends[i]):
            x = J.X + t * width
            for c in range(width):
                row[c] = <int32_t>t if x[c] > y[c] else row[c]
                y[c] = x[c] if x[c] > y[c] else y[c]


def combine(
    float[:, ::1] Y not None,
    uint8_t[:, ::1] which not None,
    const float[:, ::1] P not None,
    const float[:, ::1] Q not None,
    const float[::1] bias not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
    const int64_t[::1] places not None,
    Py_ssize_t nP,
) -> bool:
    """The largest piece of each output, (n_spans, nO), and which it is; False if memory ran out."""
    cdef job J
    cdef Py_ssize_t i
    J.P, J.bias, J.Y, J.which = &P[0, 0], &bias[0], &Y[0, 0], &which[0, 0]
    J.Q = &Q[0, 0] if Q.shape[0] else NULL
    J.starts, J.ends, J.places = &starts[0], &ends[0], &places[0]
    J.n, J.nO, J.nP = Y.shape[0], Y.shape[1], nP
    J.width = 0  # becomes 1 when a part found no memory
    with nogil:
        run_parts(combine_part, &J, parts_of(J.n))
    return J.width == 0


cdef void combine_part(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t i, t, j, o, p, best, nA = J.nO * J.nP, nP = J.nP, last, first
    cdef float* A = <float*>thread_scratch(2 * nA * sizeof(float))
    cdef float* mean = A + nA
    cdef float share, y
    cdef const float* P
    cdef const float* one
    cdef const float* two
    if A == NULL:
        J.width = 1
        return
    for i in range(part * SPANS_A_PART, min(J.n, (part + 1) * SPANS_A_PART)):
        first, last = J.starts[i], J.ends[i] - 1
        P = J.P + (first * 4 + 2) * nA
        for j in range(nA):
            mean[j] = P[j]
        for t in range(first + 1, last + 1):
            P = J.P + (t * 4 + 2) * nA
            for j in range(nA):
                mean[j] += P[j]
        share = 1.0 / <float>(last + 1 - first)
        one, two = J.P + last * 4 * nA, J.P + (first * 4 + 1) * nA
        P = J.P + (first * 4 + 3) * nA if J.places[i] < 0 else J.Q + J.places[i] * nA
        for j in range(nA):
            A[j] = one[j] + two[j] + mean[j] * share + P[j] + J.bias[j]
        for o in range(J.nO):
            y, best = A[o * nP], 0
            for p in range(1, nP):
                if A[o * nP + p] > y:
                    y, best = A[o * nP + p], p
            J.Y[i * J.nO + o] = y
            J.which[i * J.nO + o] = <uint8_t>best


def spread(
    float[:, ::1] dP not None,
    float[:, ::1] dQ not None,
    float[::1] dbias not None,
    const float[:, ::1] dY not None,
    const uint8_t[:, ::1] which not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
    const int64_t[::1] places not None,
    Py_ssize_t nP,
) -> None:
    """Add the gradients of the outputs to those of all products that they are made of; dQ is zero before."""
    cdef Py_ssize_t i, o, j, t, nO = dY.shape[1], nA = dY.shape[1] * nP
    cdef float g, share
    cdef float* one
    cdef float* two
    cdef float* other
    cdef float* mean
    cdef float* first_dP = &dP[0, 0]
    with nogil:
        for i in range(dY.shape[0]):
            share = 1.0 / <float>(ends[i] - starts[i])
            one, two = first_dP + (ends[i] - 1) * 4 * nA, first_dP + (starts[i] * 4 + 1) * nA
            other = first_dP + (starts[i] * 4 + 3) * nA if places[i] < 0 else &dQ[places[i], 0]
            for o in range(nO):
                g, j = dY[i, o], o * nP + which[i, o]
                one[j] += g
                two[j] += g
                other[j] += g
                dbias[j] += g
            for t in range(starts[i], ends[i]):
                mean = first_dP + (t * 4 + 2) * nA
                for o in range(nO):
                    mean[o * nP + which[i, o]] += dY[i, o] * share


def spread_largest(
    float[:, ::1] dX not None, const float[:, ::1] dY not None, const int32_t[:, ::1] rows not None
) -> None:
    """Add the gradient of each largest value to that of the row it is from."""
    cdef Py_ssize_t i, c
    with nogil:
        for i in range(dY.shape[0]):
            for c in range(dY.shape[1]):
                dX[rows[i, c], c] += dY[i, c]
