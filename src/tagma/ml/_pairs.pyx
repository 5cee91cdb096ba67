# distutils: language = c
"""Hidden layers and scores of pairs of words, part by part on the pool. See `pair_scores`."""

from libc.stdint cimport int32_t, uint32_t

from tagma.nn.backends._kernels cimport Panels, panels_product
from tagma.threads._pool cimport run_parts, thread_scratch

cdef extern from "pairs.h" nogil:
    ctypedef struct tg_pair_sums:
        const float* by_later
        const float* by_earlier
        const float* by_distance
        const int32_t* later
        const int32_t* earlier
        const int32_t* distance

    ctypedef struct tg_pair_bend:
        float slope
        float scale
        uint32_t seed
        uint32_t threshold
        uint32_t first

    void tg_pair_products(float*, const float*, const int32_t*, const int32_t*, Py_ssize_t, Py_ssize_t)
    void tg_pair_hidden(float*, const tg_pair_sums*, const float*, const tg_pair_bend*, Py_ssize_t, Py_ssize_t)
    void tg_pair_scores(
        float*, const float*, const tg_pair_sums*, const tg_pair_bend*, const float*, float, Py_ssize_t, Py_ssize_t
    )
    void tg_pair_bend_back(float*, const float*, float, float, Py_ssize_t)

cdef enum:
    PAIRS_A_PART = 64  # whose hidden layers stay in the processor's cache
    UNITS_A_PART = 65536

ctypedef struct job:
    tg_pair_sums sums
    tg_pair_bend bend
    const void* layer  # the weights of the products
    const float* X  # (n_words, width)
    const float* w
    float b
    float* M  # (n, width), or NULL: then scores are wanted, and M and H are scratch
    float* H  # (n, nH)
    float* scores
    const float* bias
    Py_ssize_t n, width, nH
    int failed


cdef void fill(
    job* J, const float[:, ::1] X, const float[:, ::1] by_later, const float[:, ::1] by_earlier,
    const float[:, ::1] by_distance, const int32_t[::1] later, const int32_t[::1] earlier, const int32_t[::1] distance,
    Panels layer,
) noexcept:
    J.sums.by_later, J.sums.by_earlier, J.sums.by_distance = &by_later[0, 0], &by_earlier[0, 0], &by_distance[0, 0]
    J.sums.later, J.sums.earlier, J.sums.distance = &later[0], &earlier[0], &distance[0]
    J.layer, J.X = layer.layer, &X[0, 0]
    J.n, J.width, J.nH, J.failed = later.shape[0], X.shape[1], by_later.shape[1], 0


cdef void set_bend(job* J, float slope, double rate, uint32_t seed, uint32_t first) noexcept:
    J.bend.slope, J.bend.seed, J.bend.first = slope, seed, first
    J.bend.threshold = <uint32_t>(rate * 4294967295.0)
    J.bend.scale = <float>(1.0 / (1.0 - rate)) if rate < 1.0 else 0.0


def hidden(
    float[:, ::1] M not None,
    float[:, ::1] H not None,
    const float[:, ::1] X not None,
    const float[:, ::1] by_later not None,
    const float[:, ::1] by_earlier not None,
    const float[:, ::1] by_distance not None,
    const int32_t[::1] later not None,
    const int32_t[::1] earlier not None,
    const int32_t[::1] distance not None,
    Panels layer not None,
    float slope,
    double rate,
    uint32_t seed,
    uint32_t first,
) -> bool:
    """Products M (n, width) and hidden layer H (n, nH) of pairs; False if memory ran out. BLAS must be held."""
    cdef job J
    if M.shape[0] == 0:
        return True
    fill(&J, X, by_later, by_earlier, by_distance, later, earlier, distance, layer)
    set_bend(&J, slope, rate, seed, first)
    J.M, J.H = &M[0, 0], &H[0, 0]
    with nogil:
        run_parts(part_of_pairs, &J, (J.n + PAIRS_A_PART - 1) // PAIRS_A_PART)
    return not J.failed


def scores(
    float[::1] Y not None,
    const float[:, ::1] X not None,
    const float[:, ::1] by_later not None,
    const float[:, ::1] by_earlier not None,
    const float[:, ::1] by_distance not None,
    const int32_t[::1] later not None,
    const int32_t[::1] earlier not None,
    const int32_t[::1] distance not None,
    Panels layer not None,
    const float[::1] w not None,
    float b,
    float slope,
    double rate,
    uint32_t seed,
) -> bool:
    """Scores (n,) of pairs by one hidden layer; False if memory ran out. BLAS must be held."""
    cdef job J
    if Y.shape[0] == 0:
        return True
    fill(&J, X, by_later, by_earlier, by_distance, later, earlier, distance, layer)
    set_bend(&J, slope, rate, seed, 0)
    J.M, J.scores, J.w, J.b = NULL, &Y[0], &w[0], b
    with nogil:
        run_parts(part_of_pairs, &J, (J.n + PAIRS_A_PART - 1) // PAIRS_A_PART)
    return not J.failed


cdef void part_of_pairs(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t low = part * PAIRS_A_PART, n = min(J.n - low, PAIRS_A_PART)
    cdef tg_pair_sums sums = J.sums
    cdef tg_pair_bend bend = J.bend
    cdef float* M
    cdef float* H
    sums.later += low
    sums.earlier += low
    sums.distance += low
    bend.first += <uint32_t>low
    if J.M != NULL:
        M, H = J.M + low * J.width, J.H + low * J.nH
    else:
        M = <float*>thread_scratch(PAIRS_A_PART * (J.width + J.nH) * sizeof(float))
        H = M + PAIRS_A_PART * J.width
        if M == NULL:
            J.failed = 1
            return
    tg_pair_products(M, J.X, sums.later, sums.earlier, n, J.width)
    if panels_product(J.layer, M, J.width, n, H, J.nH):
        J.failed = 1
        return
    if J.M != NULL:
        tg_pair_hidden(H, &sums, NULL, &bend, n, J.nH)
    else:
        tg_pair_scores(J.scores + low, H, &sums, &bend, J.w, J.b, n, J.nH)


def bend(
    float[:, ::1] H not None, const float[::1] bias not None, float slope, double rate, uint32_t seed, uint32_t first
) -> None:
    """Add the bias to a layer's products H (n, nH), bend them and drop some, in place."""
    cdef job J
    if H.shape[0] == 0:
        return
    set_bend(&J, slope, rate, seed, first)
    J.H, J.bias, J.n, J.nH = &H[0, 0], &bias[0], H.shape[0], H.shape[1]
    with nogil:
        run_parts(part_of_bend, &J, (J.n + PAIRS_A_PART - 1) // PAIRS_A_PART)


cdef void part_of_bend(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t low = part * PAIRS_A_PART
    cdef tg_pair_bend bend = J.bend
    bend.first += <uint32_t>low
    tg_pair_hidden(J.H + low * J.nH, NULL, J.bias, &bend, min(J.n - low, PAIRS_A_PART), J.nH)


def bend_back(float[:, ::1] dH not None, const float[:, ::1] H not None, float slope, float scale) -> None:
    """Make the gradient of a layer's output that of its input, in place; H: the output."""
    cdef Py_ssize_t n = H.shape[0] * H.shape[1], rows = max(1, UNITS_A_PART // max(H.shape[1], 1))
    cdef job J
    if n == 0:
        return
    J.H, J.X, J.b, J.bend.slope = &dH[0, 0], &H[0, 0], scale, slope
    J.n, J.width = n, rows * H.shape[1]
    with nogil:
        run_parts(part_of_bend_back, &J, (n + J.width - 1) // J.width)


cdef void part_of_bend_back(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil:
    cdef job* J = <job*>context
    cdef Py_ssize_t low = part * J.width
    tg_pair_bend_back(J.H + low, J.X + low, J.bend.slope, J.b, min(J.n - low, J.width))
