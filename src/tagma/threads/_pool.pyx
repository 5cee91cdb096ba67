"""Door to csrc/pool.c. Used by tagma.threads, and by compiled code through _pool.pxd."""

cdef extern from "pool.h" nogil:
    ctypedef void (*tg_part)(void*, Py_ssize_t, Py_ssize_t)
    void tg_pool_resize(int)
    int tg_pool_workers()
    void tg_pool_run(tg_part, void*, Py_ssize_t)
    void tg_pool_forget()
    void* tg_pool_scratch(size_t)


cdef void run_parts(part_function run, void* context, Py_ssize_t parts) noexcept nogil:
    tg_pool_run(<tg_part>run, context, parts)


cdef void* thread_scratch(size_t size) noexcept nogil:
    return tg_pool_scratch(size)


def resize(int workers):
    """Use `workers` threads beside the caller's."""
    with nogil:
        tg_pool_resize(workers)


def forget():
    tg_pool_forget()


cdef class _Job:
    cdef object run
    cdef object error


cdef void _call(void* context, Py_ssize_t part, Py_ssize_t worker) noexcept with gil:
    job = <_Job>context
    if job.error is not None:
        return
    try:
        job.run(part)
    except BaseException as error:
        job.error = error


def run(function, Py_ssize_t parts):
    """function(0) … function(parts - 1), each with the interpreter's lock, which they should give up for their work.
    Raises what a part raised; parts that had not begun are then left out."""
    job = _Job()
    job.run = function
    with nogil:
        tg_pool_run(<tg_part>_call, <void*>job, parts)
    if job.error is not None:
        raise job.error
