"""Door to csrc/pool.c, and the switch that holds BLAS at one thread. Used by tagma.threads, and by compiled code through
_pool.pxd."""

from cpython.pythread cimport (
    WAIT_LOCK,
    PyThread_acquire_lock,
    PyThread_allocate_lock,
    PyThread_release_lock,
    PyThread_type_lock,
)
from libc.stdint cimport uintptr_t

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


ctypedef long (*get_function)() noexcept nogil
ctypedef void (*set_function)(long) noexcept nogil

cdef enum:
    MOST_LIBRARIES = 8

cdef class BlasSwitch:
    """A context that holds BLAS libraries at one thread while any region runs, and gives each its own number back
    afterwards. `find` is called once, at the first entry: it gives addresses of functions (get, set) of each library."""
    cdef object find
    cdef PyThread_type_lock lock
    cdef get_function get[MOST_LIBRARIES]
    cdef set_function set[MOST_LIBRARIES]
    cdef int before[MOST_LIBRARIES]
    cdef int count, users

    def __init__(self, find):
        self.find = find
        self.count = 0
        self.forget()

    def forget(self):
        """In a forked child: no region runs, and nobody holds the lock."""
        self.users = 0
        self.lock = PyThread_allocate_lock()
        if self.lock == NULL:
            raise MemoryError("no memory for a lock")

    def __enter__(self):
        cdef int i
        if self.find is not None:
            self._find()
        if self.count == 0:
            return
        PyThread_acquire_lock(self.lock, WAIT_LOCK)
        self.users += 1
        if self.users == 1:
            for i in range(self.count):
                self.before[i] = <int>self.get[i]()
                if self.before[i] != 1:
                    self.set[i](1)
        PyThread_release_lock(self.lock)

    def __exit__(self, *exc):
        cdef int i
        if self.count == 0:
            return
        PyThread_acquire_lock(self.lock, WAIT_LOCK)
        self.users -= 1
        if self.users == 0:
            for i in range(self.count):
                if self.before[i] != 1:
                    self.set[i](self.before[i])
        PyThread_release_lock(self.lock)

    def _find(self):
        cdef uintptr_t get_at, set_at
        find = self.find
        found = [] if find is None else find()[:MOST_LIBRARIES]
        if self.find is not None:  # else another thread was faster
            self.find = None
            for get_at, set_at in found:
                self.get[self.count] = <get_function>get_at
                self.set[self.count] = <set_function>set_at
                self.count += 1
