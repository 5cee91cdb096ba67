"""The pool of threads, for compiled code of other modules. Declared in csrc/pool.h."""

ctypedef void (*part_function)(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept nogil

cdef void run_parts(part_function run, void* context, Py_ssize_t parts) noexcept nogil
cdef void* thread_scratch(size_t size) noexcept nogil
