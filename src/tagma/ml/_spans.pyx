# distutils: language = c
"""The hidden layer over pooled spans, from products of tokens, and its way back. See `mean_max`."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from tagma.threads._pool cimport run_parts, thread_scratch

cdef extern from "spans.h" nogil:
    void tg_span_largest(float*, int32_t*, const float*, int64_t, int64_t, Py_ssize_t)
    void tg_span_outputs(
        float*, uint8_t*, float*, int32_t*, const float*, const float*, const float*, int64_t, int64_t, Py_ssize_t,
        Py_ssize_t,
    )

cdef enum:
    SPANS_A_PART = 256

ctypedef struct job:
    const int64_t* starts
    const int64_t* ends
    const int64_t* order  # in which the spans are taken
    const int64_t* places  # of the spans among those of more than one token; -1 for the others
    const float* P  # (n_tokens, 4, nP, nO)
    const float* Q  # (spans of more than one token, nP, nO)
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
    cdef Py_ssize_t i, width = J.width
    for i in range(part * SPANS_A_PART, min(J.n, (part + 1) * SPANS_A_PART)):
        tg_span_largest(J.Y + i * width, J.rows + i * width, J.X, J.starts[i], J.ends[i], width)


def combine(
    float[:, ::1] Y not None,
    uint8_t[:, ::1] which not None,
    const float[:, ::1] P not None,
    const float[:, ::1] Q not None,
    const float[::1] bias not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
    const int64_t[::1] order not None,
    const int64_t[::1] places not None,
    Py_ssize_t nP,
) -> bool:
    """The largest piece of each output, (n_spans, nO), and which it is; False if memory ran out."""
    cdef job J
    J.P, J.bias, J.Y, J.which = &P[0, 0], &bias[0], &Y[0, 0], &which[0, 0]
    J.Q = &Q[0, 0] if Q.shape[0] else NULL
    J.starts, J.ends, J.order, J.places = &starts[0], &ends[0], &order[0], &places[0]
    J.n, J.nO, J.nP = Y.shape[0], Y.shape[1], nP
    J.width = 0  # becomes 1 when a part found no memory
    with nogil:
        run_parts(combine_part, &J, parts_of(J.n))
    return J.width == 0


cdef void combine_part(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t k, i, nO = J.nO, nA = J.nO * J.nP
    cdef float* mean = <float*>thread_scratch(nA * sizeof(float) + nO * sizeof(int32_t))
    cdef int32_t* best = <int32_t*>(mean + nA)
    cdef const float* other
    if mean == NULL:
        J.width = 1
        return
    for k in range(part * SPANS_A_PART, min(J.n, (part + 1) * SPANS_A_PART)):
        i = J.order[k]
        other = J.P + (J.starts[i] * 4 + 3) * nA if J.places[i] < 0 else J.Q + J.places[i] * nA
        tg_span_outputs(
            J.Y + i * nO, J.which + i * nO, mean, best, J.P, other, J.bias, J.starts[i], J.ends[i], nO,
            J.nP,
        )


def spread(
    float[:, ::1] dP not None,
    float[:, ::1] dQ not None,
    float[::1] dbias not None,
    const float[:, ::1] dY not None,
    const uint8_t[:, ::1] which not None,
    const int64_t[::1] starts not None,
    const int64_t[::1] ends not None,
    const int64_t[::1] order not None,
    const int64_t[::1] places not None,
    Py_ssize_t nP,
) -> None:
    """Add the gradients of the outputs to those of all products that they are made of; dQ is zero before."""
    cdef Py_ssize_t k, i, o, j, t, nO = dY.shape[1], nA = dY.shape[1] * nP
    cdef float g, share
    cdef float* one
    cdef float* two
    cdef float* other
    cdef float* mean
    cdef float* first_dP = &dP[0, 0]
    with nogil:
        for k in range(dY.shape[0]):
            i = order[k]
            share = 1.0 / <float>(ends[i] - starts[i])
            one, two = first_dP + (ends[i] - 1) * 4 * nA, first_dP + (starts[i] * 4 + 1) * nA
            other = first_dP + (starts[i] * 4 + 3) * nA if places[i] < 0 else &dQ[places[i], 0]
            for o in range(nO):
                g, j = dY[i, o], which[i, o] * nO + o
                one[j] += g
                two[j] += g
                other[j] += g
                dbias[j] += g
            for t in range(starts[i], ends[i]):
                mean = first_dP + (t * 4 + 2) * nA
                for o in range(nO):
                    mean[which[i, o] * nO + o] += dY[i, o] * share


def spread_largest(
    float[:, ::1] dX not None, const float[:, ::1] dY not None, const int32_t[:, ::1] rows not None
) -> None:
    """Add the gradient of each largest value to that of the row it is from."""
    cdef Py_ssize_t i, c
    with nogil:
        for i in range(dY.shape[0]):
            for c in range(dY.shape[1]):
                dX[rows[i, c], c] += dY[i, c]
