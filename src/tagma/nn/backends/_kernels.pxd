"""Matrix products and dense layers, for compiled code of other modules. Declared in csrc/native.h."""

cdef class Dense:
    cdef void* dense  # a tg_dense
    cdef object memory

# The pointers are the `dense` of a Dense.
cdef int dense_rows(const void* dense, const float** rows, Py_ssize_t n, float* out, Py_ssize_t ldo) noexcept nogil
cdef int dense_product(
    const void* dense, const float* X, Py_ssize_t ldx, Py_ssize_t n, float* out, Py_ssize_t ldo
) noexcept nogil

cdef void gemm_here(
    int tx, int ty, Py_ssize_t n, Py_ssize_t m, Py_ssize_t k, const float* x, Py_ssize_t ldx, const float* y,
    Py_ssize_t ldy, float beta, float* out, Py_ssize_t ldo
) noexcept nogil
