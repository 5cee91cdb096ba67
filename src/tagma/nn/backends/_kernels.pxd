"""Matrix products and dense layers laid out in panels, for compiled code of other modules. Declared in csrc/native.h."""

cdef class Panels:
    cdef void* layer  # a tg_panels
    cdef object memory

# The pointer is the `layer` of Panels.
cdef int panels_product(
    const void* layer, const float* X, Py_ssize_t ldx, Py_ssize_t n, float* out, Py_ssize_t ldo
) noexcept nogil

cdef void gemm_here(
    int tx, int ty, Py_ssize_t n, Py_ssize_t m, Py_ssize_t k, const float* x, Py_ssize_t ldx, const float* y,
    Py_ssize_t ldy, float beta, float* out, Py_ssize_t ldo
) noexcept nogil
