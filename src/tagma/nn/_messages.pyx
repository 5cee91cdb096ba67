"""Reading MessagePack: one document, every length checked against the bytes that are there. For `packing` alone."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_Contains, PyDict_SetItem
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef int DEEPEST = 1024


cdef class _Reader:
    cdef const uint8_t* at
    cdef const uint8_t* end
    cdef int depth
    cdef object special
    cdef tuple marks

    cdef int need(self, uint64_t n) except -1:
        """Fail unless there are `n` more bytes."""
        if n > <uint64_t>(self.end - self.at):
            raise ValueError(f"{n} bytes are to follow, but {self.end - self.at} are there")
        return 0

    cdef uint64_t number(self, int n) except? 0xFFFFFFFFFFFFFFFF:
        """A number of `n` bytes without sign, the highest first."""
        cdef uint64_t value = 0
        cdef int i
        self.need(n)
        for i in range(n):
            value = value << 8 | self.at[i]
        self.at += n
        return value

    cdef object text(self, uint64_t n):
        self.need(n)
        self.at += n
        return PyUnicode_DecodeUTF8(<const char*>(self.at - n), n, NULL)

    cdef object binary(self, uint64_t n):
        self.need(n)
        self.at += n
        return PyBytes_FromStringAndSize(<const char*>(self.at - n), n)

    cdef object array(self, uint64_t n):
        cdef list items = []
        cdef uint64_t i
        self.need(n)  # an item takes a byte at least
        self.enter()
        for i in range(n):
            items.append(self.value())
        self.depth -= 1
        return items

    cdef object map(self, uint64_t n):
        cdef dict items = {}
        cdef uint64_t i
        self.need(2 * n)
        self.enter()
        for i in range(n):
            key = self.value()
            PyDict_SetItem(items, key, self.value())
        self.depth -= 1
        for mark in self.marks:
            if PyDict_Contains(items, mark):
                return self.special(items)
        return items

    cdef int enter(self) except -1:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"lists and maps lie more than {DEEPEST} deep in each other")
        return 0

    cdef object value(self):
        cdef uint8_t kind = self.number(1)
        cdef uint64_t bits
        cdef uint32_t half
        cdef double wide
        cdef float narrow
        if kind < 0x80:
            return kind
        if kind >= 0xE0:
            return <int8_t>kind
        if kind < 0x90:
            return self.map(kind & 0x0F)
        if kind < 0xA0:
            return self.array(kind & 0x0F)
        if kind < 0xC0:
            return self.text(kind & 0x1F)
        if kind == 0xC0:
            return None
        if kind == 0xC2:
            return False
        if kind == 0xC3:
            return True
        if 0xC4 <= kind <= 0xC6:
            return self.binary(self.number(1 << (kind - 0xC4)))
        if kind == 0xCA:
            half = self.number(4)
            memcpy(&narrow, &half, 4)
            return narrow
        if kind == 0xCB:
            bits = self.number(8)
            memcpy(&wide, &bits, 8)
            return wide
        if 0xCC <= kind <= 0xCF:
            return self.number(1 << (kind - 0xCC))
        if kind == 0xD0:
            return <int8_t>self.number(1)
        if kind == 0xD1:
            return <int16_t>self.number(2)
        if kind == 0xD2:
            return <int32_t>self.number(4)
        if kind == 0xD3:
            return <int64_t>self.number(8)
        if 0xD9 <= kind <= 0xDB:
            return self.text(self.number(1 << (kind - 0xD9)))
        if 0xDC <= kind <= 0xDD:
            return self.array(self.number(2 << (kind - 0xDC)))
        if 0xDE <= kind <= 0xDF:
            return self.map(self.number(2 << (kind - 0xDE)))
        if kind == 0xC1:
            raise ValueError("no value begins with the byte c1")
        raise NotImplementedError("an extension of MessagePack")


def read(data, special, tuple marks):
    """The value of a document.

    data       anything with the bytes in one piece
    special    called with a map that has one of the keys `marks`; what it returns stands in place of the map
    Raises ValueError for bytes that are no document, or more than one; TypeError for a key that cannot be one;
    NotImplementedError for extensions.
    """
    cdef const uint8_t[::1] view = memoryview(data).cast("B")
    cdef _Reader reader = _Reader.__new__(_Reader)
    if view.shape[0] == 0:
        raise ValueError("there are no bytes")
    reader.at = &view[0]
    reader.end = reader.at + view.shape[0]
    reader.special = special
    reader.marks = marks
    value = reader.value()
    if reader.at != reader.end:
        raise ValueError(f"{reader.end - reader.at} bytes follow the document")
    return value
