# distutils: language = c++
"""The rule functions of a tokenizer, run natively where their patterns can be translated."""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libcpp.vector cimport vector

from tagma.tokenizer.patterns import translate
from tagma.tokenizer.regexes import Expression


cdef extern from "Python.h":
    object PyUnicode_FromKindAndData(int kind, const void* buffer, Py_ssize_t size)


SEARCH = ("search", "match", "fullmatch")
FIND_ALL = ("finditer",)


cdef class Rule:
    """One of the five rule functions of a tokenizer, called with strings or natively with code points.

    Its pattern is translated when it is first used, or asked for `is_native`.
    """

    def __cinit__(self, function, tuple methods) -> None:
        self.function = function
        self.methods = methods
        self.translated = False
        self.program = NULL
        self.matcher = NULL

    cdef int _translate(self) except -1:
        cdef RegexProgram* program = NULL
        source = translate(self.function, self.methods)
        if source is not None:
            program = _load_program(source)
        elif isinstance(self.function, Expression):
            self.function = self.function.compiled()
        if self.translated:  # by another thread meanwhile
            del program
            return 0
        if program is not NULL:
            self.program = program
            self.matcher = new RegexMatcher(program[0])
        self.translated = True
        return 0

    def __dealloc__(self) -> None:
        del self.matcher
        del self.program

    @property
    def callable(self):
        """The function, to be called from Python; None if there is no rule."""
        if isinstance(self.function, Expression):
            self.function = self.function.compiled()
        return self.function

    @property
    def is_native(self) -> bool:
        """Whether the pattern runs without Python."""
        if not self.translated:
            self._translate()
        return self.matcher is not NULL

    def spans(self, str text not None) -> list[tuple[int, int]]:
        """Start and end of everything found in a text, by the way that tokenizing goes (a search finds one at most)."""
        cdef vector[uint32_t] points = [ord(char) for char in text]
        cdef vector[int64_t] ends
        cdef int64_t start = 0
        cdef int64_t end
        if self.callable.__name__ == "finditer":
            self.infixes(points.data(), points.size(), ends)
            return [(ends[i], ends[i + 1]) for i in range(0, ends.size(), 2)]
        if not self.is_native:
            match = self.function(text)
            return [] if match is None else [match.span()]
        if self.matcher.ruled_out(points.data(), points.size()):
            return []
        end = self.matcher.search(points.data(), points.size(), 0, &start)
        return [] if end < 0 else [(start, end)]

    cdef int64_t width(self, const uint32_t* s, int64_t n) except -1:
        """Length of what the function finds in these code points, 0 if nothing."""
        cdef int64_t start = 0
        cdef int64_t end
        if self.function is None or n == 0:
            return 0
        if not self.translated:
            self._translate()
        if self.matcher is not NULL:
            if self.matcher.ruled_out(s, n):
                return 0
            end = self.matcher.search(s, n, 0, &start)
            return 0 if end < 0 else end - start
        match = self.function(PyUnicode_FromKindAndData(4, s, n))
        return match_width(match)

    cdef int infixes(self, const uint32_t* s, int64_t n, vector[int64_t]& spans) except -1:
        """Start and end of each thing that the function finds, one after the other."""
        cdef int64_t start = 0
        cdef int64_t end = 0
        spans.clear()
        if self.function is None or n == 0:
            return 0
        if not self.translated:
            self._translate()
        if self.matcher is not NULL:
            if self.matcher.ruled_out(s, n):
                return 0
            while True:
                end = self.matcher.search(s, n, end, &start)
                if end < 0:
                    return 0
                spans.push_back(start)
                spans.push_back(end)
        for match in self.function(PyUnicode_FromKindAndData(4, s, n)):
            spans.push_back(match.start())
            spans.push_back(match.end())
        return 0


cpdef int64_t match_width(object match) except -1:
    """Length of what a rule function has found; 0 for nothing, 1 for a bare True."""
    if match is None or match is False:
        return 0
    if match is True:
        return 1
    return match.end() - match.start()


cdef RegexProgram* _load_program(object source) except NULL:
    """A translated pattern (tagma.tokenizer.patterns.Program) in the matcher's own form."""
    cdef RegexProgram* program = new RegexProgram()
    cdef CharSet chars
    cdef DispatchTable table
    cdef int slot
    program.code = source.code
    for source_set in source.sets:
        chars.ascii[0] = source_set.ascii & 0xFFFFFFFFFFFFFFFF
        chars.ascii[1] = source_set.ascii >> 64
        chars.bounds = source_set.bounds()
        chars.categories = source_set.categories
        chars.negated = source_set.negated
        program.sets.push_back(chars)
    for slots in source.tables:
        table.targets.clear()
        for slot in range(130):
            table.first[slot] = <int32_t>table.targets.size()
            for target in slots[slot]:
                table.targets.push_back(target)
        table.first[130] = <int32_t>table.targets.size()
        program.tables.push_back(table)
    program.first_set = source.first_set
    program.last_set = source.last_set
    program.needed_set = source.needed_set
    program.only_at_begin = source.only_at_begin
    program.tail_width = source.tail_width
    program.tail_set = source.tail_set
    return program
