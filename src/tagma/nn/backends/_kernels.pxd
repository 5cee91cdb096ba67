"""Matrix products, for compiled code of other modules. Declared in csrc/native.h."""

cdef void gemm_here(
    int tx, int ty, Py_ssize_t n, Py_ssize_t m, Py_ssize_t k, const float* x, Py_ssize_t ldx, const float* y,
    Py_ssize_t ldy, float beta, float* out, Py_ssize_t ldo
) noexcept nogil
