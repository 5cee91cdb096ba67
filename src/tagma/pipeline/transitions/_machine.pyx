"""Doors to csrc/machine.h: transition systems, and the runs that train and predict with them.

The callers are the files of this folder, which check, convert and allocate; arrays are flat over the tokens of a batch.
"""

cimport numpy as cnp
from libc.stdint cimport int8_t, int32_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from tagma.nn.backends._kernels cimport Panels, panels_product, gemm_here
from tagma.threads._pool cimport part_function, run_parts

import numpy as np

from tagma.errors import Errors

cnp.import_array()

cdef extern from "machine.h" nogil:
    ctypedef Py_ssize_t isize
    ctypedef struct tg_services:
        void (*run)(part_function, void*, isize) noexcept nogil
        void (*gemm)(int, int, isize, isize, isize, const float*, isize, const float*, isize, float, float*, isize) noexcept nogil
        int (*dense)(const void*, const float*, isize, isize, float*, isize) noexcept nogil
    tg_services tg_use
    ctypedef struct tg_arena:
        void* blocks
        int failed
    void tg_release(tg_arena*)
    ctypedef struct tg_cell:
        const tg_cell* below
        int32_t token
        int32_t head
        int32_t depth
    ctypedef struct tg_doc:
        int32_t n
        const int8_t* sent_start
        const uint8_t* is_space
        const int8_t* ent_iob
        const int32_t* ent_label
    ctypedef struct tg_state:
        const tg_doc* doc
        const tg_cell* stack
        const tg_cell* front
        int32_t next
        int32_t n_steps
        int32_t ent_start
        int32_t ent_label
        uint8_t ent_open
    ctypedef struct tg_run:
        int32_t begin
        int32_t end
        uint8_t action
    ctypedef struct tg_system:
        int is_parser
        int32_t n_moves
        int32_t n_runs
        int32_t subtok
        const uint8_t* action
        const int32_t* label
        const tg_run* runs
    ctypedef struct tg_allowed:
        int32_t* rule
        uint8_t subtok
    ctypedef struct tg_gold:
        const int32_t* heads
        const int32_t* labels
        const int8_t* starts
        const int32_t* kids
        const int32_t* kids_at
        const int32_t* next_start
        const uint8_t* tags
        const int32_t* wrong
        int32_t n_wrong
    void tg_begin(tg_state*, const tg_doc*)
    int tg_is_final(const tg_state*)
    int32_t tg_buffer(const tg_state*, int)
    int32_t tg_buffer_length(const tg_state*)
    void tg_features(const tg_state*, int, int32_t*)
    void tg_allow(const tg_system*, const tg_state*, tg_allowed*)
    int tg_allows(const tg_system*, const tg_allowed*, int32_t)
    ctypedef struct tg_chance:
        float made
    void tg_apply(const tg_system*, tg_state*, int32_t, const tg_chance*, tg_arena*)
    void tg_costs(const tg_system*, const tg_state*, const tg_allowed*, const tg_gold*, float*)
    void tg_history(const tg_state*, int32_t*, float*)
    int tg_read(const tg_system*, const tg_state*, int32_t*, int32_t*, uint8_t*, uint8_t*, int32_t*, float*)
    ctypedef struct tg_net:
        isize nF, nI, nO, nP, n_moves, stride
        int relu
        const float* W
        const float* b
        const float* pad
        const float* upper_W
        const void* lower
        const void* upper
        const uint8_t* unseen
    ctypedef struct tg_greedy:
        const tg_system* system
        const tg_net* net
        const tg_doc* docs
        const isize* offsets
        isize n_docs
        const float* X
        int want_p
        int32_t* heads
        int32_t* labels
        int32_t* ent_labels
        uint8_t* starts
        uint8_t* tags
        float* sure
        int32_t** moves
        int32_t* n_steps
        int status
    void tg_run_greedy(tg_greedy*, isize)
    ctypedef struct tg_search:
        const tg_system* system
        const tg_net* net
        const tg_doc* docs
        const isize* offsets
        isize n_docs, width
        float density
        const float* X
        int32_t* sizes
        float* scores
        int32_t* heads
        int32_t* labels
        uint8_t* starts
        uint8_t* tags
        int32_t** moves
        int32_t* n_steps
        int status
    void tg_run_search(tg_search*, isize)
    ctypedef struct tg_start:
        isize doc
        tg_state state
    ctypedef struct tg_gradients:
        float* W
        float* b
        float* pad
        float* upper_W
        float* upper_b
    ctypedef struct tg_train:
        const tg_system* system
        const tg_net* net
        const tg_doc* docs
        const tg_gold* golds
        const isize* offsets
        isize n_docs
        const tg_start* starts
        isize n_starts
        isize max_steps
        double drop
        uint64_t seed
        const float* X
        float* dX
        tg_gradients grads
        uint8_t* right
        double loss
        isize n_scored
        const tg_net* teacher
        const float* teacher_X
        isize beam_width
        float beam_density
        int compare
        int status
    void tg_run_training(tg_train*, isize)
    int32_t* tg_oracle_moves(const tg_system*, const tg_doc*, const tg_gold*, isize*)
    isize tg_cut(const tg_system*, const tg_doc*, isize, const tg_gold*, const int32_t*, isize, isize, tg_start*, tg_arena*)
    int tg_has_gold(const tg_system*, const tg_gold*, int32_t, int32_t)
    int INVALID_COST

tg_use.run = run_parts
tg_use.gemm = gemm_here
tg_use.dense = panels_product

cdef enum:
    NO_MEMORY = -1
    NOT_A_NUMBER = -2
    # Words of a part: enough for full matrix products, few enough for what depends on them to stay in the cache.
    GREEDY_WORDS = 1024
    TRAIN_WORDS = 256
    TRAIN_PARTS = 16


cdef int _check(int status) except -1:
    if status == NO_MEMORY:
        raise MemoryError()
    if status == NOT_A_NUMBER:
        raise ValueError(Errors.E4054)
    return 0


cdef class System:
    """The moves of a transition system by class index."""

    cdef tg_system system
    cdef readonly object actions, labels
    cdef tg_run* runs

    def __cinit__(self, bint is_parser, const uint8_t[::1] actions, const int32_t[::1] labels, int subtok):
        """actions, labels: of each class, (n_moves,); label 0 is the empty one. subtok: number of that label, or -1."""
        cdef Py_ssize_t i, n = actions.shape[0]
        self.actions, self.labels = np.array(actions), np.array(labels)
        self.system.is_parser = is_parser
        self.system.n_moves = <int32_t>n
        self.system.subtok = subtok
        self.system.action = <const uint8_t*>cnp.PyArray_DATA(self.actions)
        self.system.label = <const int32_t*>cnp.PyArray_DATA(self.labels)
        self.runs = <tg_run*>malloc((n + 1) * sizeof(tg_run))
        if self.runs is NULL:
            raise MemoryError()
        self.system.runs = self.runs
        self.system.n_runs = 0
        for i in range(n):
            if i == 0 or actions[i] != actions[i - 1]:
                self.runs[self.system.n_runs] = tg_run(<int32_t>i, <int32_t>i, actions[i])
                self.system.n_runs += 1
            self.runs[self.system.n_runs - 1].end = <int32_t>(i + 1)

    def __dealloc__(self):
        free(self.runs)


cdef class Docs:
    """What is known of the docs of a batch beforehand."""

    cdef tg_doc* docs
    cdef readonly object offsets
    cdef object arrays
    cdef Py_ssize_t n_docs

    def __cinit__(self, const int32_t[::1] lengths, const int8_t[::1] sent_start, const uint8_t[::1] is_space,
                  const int8_t[::1] ent_iob, const int32_t[::1] ent_label):
        """lengths (n_docs,); the others (n_tokens,), or None where nothing is known."""
        cdef Py_ssize_t i
        cdef isize at = 0
        cdef cnp.ndarray offsets = np.zeros(lengths.shape[0] + 1, dtype=np.intp)
        self.n_docs = lengths.shape[0]
        self.offsets = offsets
        self.arrays = (sent_start, is_space, ent_iob, ent_label)
        self.docs = <tg_doc*>malloc((self.n_docs + 1) * sizeof(tg_doc))
        if self.docs is NULL:
            raise MemoryError()
        for i in range(self.n_docs):
            self.docs[i] = tg_doc(lengths[i], NULL, NULL, NULL, NULL)
            if lengths[i]:
                if sent_start is not None:
                    self.docs[i].sent_start = &sent_start[at]
                if is_space is not None:
                    self.docs[i].is_space = &is_space[at]
                if ent_iob is not None:
                    self.docs[i].ent_iob = &ent_iob[at]
                if ent_label is not None:
                    self.docs[i].ent_label = &ent_label[at]
            at += lengths[i]
            (<isize*>cnp.PyArray_DATA(offsets))[i + 1] = at

    def __dealloc__(self):
        free(self.docs)

    cdef const isize* starts(self):
        return <const isize*>cnp.PyArray_DATA(self.offsets)


cdef class Golds:
    """What the docs of a batch should get."""

    cdef tg_gold* golds
    cdef object arrays
    cdef readonly Docs docs

    def __cinit__(self, Docs docs, const int32_t[::1] heads, const int32_t[::1] labels, const int8_t[::1] starts,
                  const uint8_t[::1] tags, list wrong):
        """heads (n_tokens,): in their doc, -1 not known; or None, as the others, which are for the other system.
        wrong: for each doc int32 (n, 3) of (start, end, label), or None."""
        cdef Py_ssize_t i, n
        cdef isize at
        cdef const int32_t[:, ::1] spans
        cdef cnp.ndarray kids, kids_at, next_start
        cdef int32_t* kids_p
        cdef int32_t* kids_at_p
        cdef int32_t* next_p
        self.docs = docs
        n = docs.offsets[docs.n_docs]
        kids, next_start = np.empty(n + 1, dtype=np.int32), np.empty(n + 1, dtype=np.int32)
        kids_at = np.zeros(n + docs.n_docs + 1, dtype=np.int32)
        kids_p, kids_at_p = <int32_t*>cnp.PyArray_DATA(kids), <int32_t*>cnp.PyArray_DATA(kids_at)
        next_p = <int32_t*>cnp.PyArray_DATA(next_start)
        self.arrays = [heads, labels, starts, tags, kids, kids_at, next_start]
        self.golds = <tg_gold*>malloc((docs.n_docs + 1) * sizeof(tg_gold))
        if self.golds is NULL:
            raise MemoryError()
        for i in range(docs.n_docs):
            self.golds[i] = tg_gold(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0)
            if docs.docs[i].n == 0:
                continue
            at = docs.starts()[i]
            self.golds[i].labels = &labels[at]
            if heads is not None:
                self.golds[i].heads = &heads[at]
                self.golds[i].starts = &starts[at]
                self.golds[i].kids = kids_p + at
                self.golds[i].kids_at = kids_at_p + at + i
                self.golds[i].next_start = next_p + at
                _collect_kids(self.golds[i].heads, docs.docs[i].n, kids_p + at, kids_at_p + at + i)
                _collect_starts(&docs.docs[i], next_p + at)
            else:
                self.golds[i].tags = &tags[at]
            if wrong is not None and wrong[i] is not None and len(wrong[i]):
                spans = wrong[i]
                self.arrays.append(spans)
                self.golds[i].wrong = &spans[0, 0]
                self.golds[i].n_wrong = <int32_t>spans.shape[0]

    def __dealloc__(self):
        free(self.golds)

    def known(self, System system not None, Py_ssize_t doc) -> bool:
        """Whether anything is known of a doc."""
        return bool(tg_has_gold(&system.system, &self.golds[doc], 0, self.docs.docs[doc].n))


cdef void _collect_kids(const int32_t* heads, int32_t n, int32_t* kids, int32_t* at) noexcept nogil:
    cdef int32_t i, total = 0, count
    for i in range(n + 1):
        at[i] = 0
    for i in range(n):
        if heads[i] >= 0 and heads[i] != i:
            at[heads[i]] += 1
    for i in range(n):
        count = at[i]
        at[i] = total
        total += count
    for i in range(n):
        if heads[i] >= 0 and heads[i] != i:
            kids[at[heads[i]]] = i
            at[heads[i]] += 1
    for i in range(n, 0, -1):
        at[i] = at[i - 1]
    at[0] = 0


cdef void _collect_starts(const tg_doc* doc, int32_t* following) noexcept nogil:
    cdef int32_t i, first = doc.n
    for i in range(doc.n - 1, -1, -1):
        if doc.sent_start is not NULL and doc.sent_start[i] == 1:
            first = i
        following[i] = first


cdef class State:
    """A state of one doc, to look at and to move by hand."""

    cdef tg_state state
    cdef tg_arena arena
    cdef readonly Docs docs
    cdef readonly System system
    cdef readonly object doc
    cdef list kept  # states whose cells this one uses

    def __cinit__(self, System system not None, Docs docs not None, object doc):
        self.system = system
        self.docs = docs
        self.doc = doc
        self.kept = []
        self.arena.blocks = NULL
        self.arena.failed = 0
        tg_begin(&self.state, docs.docs)

    def __dealloc__(self):
        tg_release(&self.arena)

    def copy(self) -> State:
        """A state that moves on by itself."""
        cdef State copied = State(self.system, self.docs, self.doc)
        copied.state = self.state
        copied.kept = [*self.kept, self]
        return copied

    def is_final(self) -> bool:
        """Whether nothing is left to do."""
        return bool(tg_is_final(&self.state))

    @property
    def stack(self) -> list:
        """Tokens on the stack, the top one last."""
        out = []
        cdef const tg_cell* cell = self.state.stack
        while cell is not NULL:
            out.append(cell.token)
            cell = cell.below
        return out[::-1]

    @property
    def buffer(self) -> list:
        """Tokens of the buffer, the next one first."""
        out = []
        cdef const tg_cell* cell = self.state.front
        while cell is not NULL:
            out.append(cell.token)
            cell = cell.below
        return out + list(range(self.state.next, self.state.doc.n))

    @property
    def history(self) -> list:
        """Class indices of the moves so far."""
        cdef cnp.ndarray moves = np.zeros(self.state.n_steps, dtype=np.int32)
        tg_history(&self.state, <int32_t*>cnp.PyArray_DATA(moves), NULL)
        return moves.tolist()

    def features(self, int n) -> list:
        """Tokens that the network sees, -1 where there is none; n is 3, 6, 8 or 13."""
        cdef int32_t ids[13]
        if n not in (3, 6, 8, 13):
            raise ValueError(Errors.E4055.format(n=n))
        tg_features(&self.state, n, ids)
        return [ids[i] for i in range(n)]

    def arrays(self) -> dict:
        """What the moves so far say, by the names and meanings of tg_read in csrc/machine.h."""
        n = self.state.doc.n
        heads, labels = np.full(n, -1, dtype=np.int32), np.zeros(n, dtype=np.int32)
        starts, tags = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.uint8)
        ent_labels = np.zeros(n, dtype=np.int32)
        _check(tg_read(
            &self.system.system, &self.state, <int32_t*>cnp.PyArray_DATA(heads), <int32_t*>cnp.PyArray_DATA(labels),
            <uint8_t*>cnp.PyArray_DATA(starts), <uint8_t*>cnp.PyArray_DATA(tags),
            <int32_t*>cnp.PyArray_DATA(ent_labels), NULL))
        return {"heads": heads, "labels": labels, "starts": starts, "tags": tags, "ent_labels": ent_labels}

    def valid(self) -> object:
        """Which moves are allowed: bool (n_moves,)."""
        cdef tg_allowed allowed
        cdef cnp.ndarray out = np.zeros(self.system.system.n_moves, dtype=np.bool_)
        cdef int32_t i
        if not tg_is_final(&self.state):
            tg_allow(&self.system.system, &self.state, &allowed)
            for i in range(self.system.system.n_moves):
                (<uint8_t*>cnp.PyArray_DATA(out))[i] = tg_allows(&self.system.system, &allowed, i) != 0
        return out

    def costs(self, Golds golds not None) -> object:
        """Cost of each move against the gold of the doc: float32 (n_moves,), 9000 where a move is not allowed."""
        cdef tg_allowed allowed
        cdef cnp.ndarray out = np.full(self.system.system.n_moves, INVALID_COST, dtype=np.float32)
        if not tg_is_final(&self.state):
            tg_allow(&self.system.system, &self.state, &allowed)
            tg_costs(&self.system.system, &self.state, &allowed, golds.golds, <float*>cnp.PyArray_DATA(out))
        return out

    def apply(self, int move) -> None:
        """Make a move, which must be allowed."""
        tg_apply(&self.system.system, &self.state, move, NULL, &self.arena)
        if self.arena.failed:
            raise MemoryError()


cdef class Net:
    """Weights of the network over states, as arrays that must stay as they are."""

    cdef tg_net net
    cdef object arrays

    def __cinit__(self, const float[:, :, :, ::1] W, const float[:, ::1] b, const float[:, :, ::1] pad,
                  const float[:, ::1] upper_W, const float[::1] upper_b, const uint8_t[::1] unseen, bint relu):
        """W (nF, nO, nP, nI), b (nO, nP), pad (nF, nO, nP); upper_W (n_moves, nO), upper_b (n_moves,) or None, where
        the hidden layer gives the scores; unseen (n_moves,) or None; relu: with one piece, whether negatives are cut.
        """
        cdef tg_net* net = &self.net
        cdef Panels lower, upper
        net.nF, net.nO, net.nP, net.nI = W.shape[0], W.shape[1], W.shape[2], W.shape[3]
        net.relu = relu
        net.W, net.b, net.pad = &W[0, 0, 0, 0], &b[0, 0], &pad[0, 0, 0]
        net.upper_W, net.upper = NULL, NULL
        lower = Panels(np.asarray(W).reshape(net.nF * net.nO * net.nP, net.nI), None, 1)
        net.lower = lower.layer
        net.unseen = NULL
        net.n_moves = net.nO if upper_W is None else upper_W.shape[0]
        net.stride = (net.n_moves + 31) // 32 * 32
        self.arrays = [W, b, pad, upper_W, unseen, lower]
        if unseen is not None:
            net.unseen = &unseen[0]
        if upper_W is not None:
            upper = Panels(upper_W, upper_b, 1)
            self.arrays.append(upper)
            net.upper_W, net.upper = &upper_W[0, 0], upper.layer


cdef class _Histories:
    """Moves of the docs of a batch, as runs leave them: arrays of their own, the probabilities behind the moves."""

    cdef int32_t** moves
    cdef int32_t* n_steps
    cdef Py_ssize_t n_docs

    def __cinit__(self, Py_ssize_t n_docs):
        self.n_docs = n_docs
        self.moves = <int32_t**>calloc(n_docs + 1, sizeof(int32_t*))
        self.n_steps = <int32_t*>calloc(n_docs + 1, sizeof(int32_t))
        if self.moves is NULL or self.n_steps is NULL:
            raise MemoryError()

    def __dealloc__(self):
        cdef Py_ssize_t i
        if self.moves is not NULL:
            for i in range(self.n_docs):
                free(self.moves[i])
        free(self.moves)
        free(self.n_steps)

    cdef dict arrays(self):
        cdef Py_ssize_t i, n
        cdef cnp.ndarray moves, probabilities
        cdef dict out = {"moves": [], "probabilities": []}
        for i in range(self.n_docs):
            n = self.n_steps[i]
            moves, probabilities = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.float32)
            if n:
                memcpy(cnp.PyArray_DATA(moves), self.moves[i], n * sizeof(int32_t))
                memcpy(cnp.PyArray_DATA(probabilities), self.moves[i] + n, n * sizeof(float))
            out["moves"].append(moves)
            out["probabilities"].append(probabilities)
        return out


def greedy(System system not None, Net net not None, Docs docs not None, const float[:, ::1] X, bint want_p,
           bint want_moves) -> dict:
    """Parse a batch by the best moves. X (n_tokens, nI) are the vectors of the tokens.

    Arrays over all tokens, see tg_read in csrc/machine.h: "heads", "labels", "starts" of the parser, "tags", "labels"
    of the other system; "sure" with `want_p`; with `want_moves`, "moves" and "probabilities" of the moves (0 without
    `want_p`): for each doc an int32 and a float32 array.
    Raises ValueError E4054 for scores that are no numbers.
    """
    cdef tg_greedy job
    cdef Py_ssize_t n = X.shape[0]
    cdef _Histories histories = None
    out = {"labels": np.zeros(n, dtype=np.int32)}
    job.system, job.net, job.docs = &system.system, &net.net, docs.docs
    job.offsets, job.n_docs = docs.starts(), docs.n_docs
    job.X = &X[0, 0] if n else NULL
    job.want_p = want_p
    job.heads = job.labels = job.ent_labels = NULL
    job.starts = job.tags = NULL
    job.sure = NULL
    job.moves = NULL
    job.n_steps = NULL
    if system.system.is_parser:
        out["heads"], out["starts"] = np.full(n, -1, dtype=np.int32), np.zeros(n, dtype=np.uint8)
        job.heads, job.labels = <int32_t*>cnp.PyArray_DATA(out["heads"]), <int32_t*>cnp.PyArray_DATA(out["labels"])
        job.starts = <uint8_t*>cnp.PyArray_DATA(out["starts"])
    else:
        out["tags"] = np.zeros(n, dtype=np.uint8)
        job.tags, job.ent_labels = <uint8_t*>cnp.PyArray_DATA(out["tags"]), <int32_t*>cnp.PyArray_DATA(out["labels"])
    if want_p:
        out["sure"] = np.ones(n, dtype=np.float32)
        job.sure = <float*>cnp.PyArray_DATA(out["sure"])
    if want_moves:
        histories = _Histories(docs.n_docs)
        job.moves, job.n_steps = histories.moves, histories.n_steps
    with nogil:
        tg_run_greedy(&job, GREEDY_WORDS)
    _check(job.status)
    if want_moves:
        out.update(histories.arrays())
    return out


def search(System system not None, Net net not None, Docs docs not None, const float[:, ::1] X, Py_ssize_t width,
           float density, bint want_moves) -> dict:
    """Parse a batch by beams of `width` analyses; those of less than `density` of the best one's probability go.

    "sizes" int32 (n_docs,): analyses of each doc; "scores" float32 (n_docs, width), the best first; the others as in
    `greedy`, with a first axis of `width`. With `want_moves`, "moves" and "probabilities" are those of the best
    analyses. Raises ValueError E4054 for scores that are no numbers.
    """
    cdef tg_search job
    cdef Py_ssize_t n = X.shape[0]
    cdef _Histories histories = None
    out = {
        "sizes": np.zeros(docs.n_docs, dtype=np.int32),
        "scores": np.zeros((docs.n_docs, width), dtype=np.float32),
        "labels": np.zeros((width, n), dtype=np.int32),
    }
    job.system, job.net, job.docs = &system.system, &net.net, docs.docs
    job.offsets, job.n_docs = docs.starts(), docs.n_docs
    job.X = &X[0, 0] if n else NULL
    job.width, job.density = width, density
    job.heads = job.n_steps = NULL
    job.starts = job.tags = NULL
    job.moves = NULL
    job.sizes, job.scores = <int32_t*>cnp.PyArray_DATA(out["sizes"]), <float*>cnp.PyArray_DATA(out["scores"])
    job.labels = <int32_t*>cnp.PyArray_DATA(out["labels"])
    if system.system.is_parser:
        out["heads"] = np.full((width, n), -1, dtype=np.int32)
        out["starts"] = np.zeros((width, n), dtype=np.uint8)
        job.heads = <int32_t*>cnp.PyArray_DATA(out["heads"])
        job.starts = <uint8_t*>cnp.PyArray_DATA(out["starts"])
    else:
        out["tags"] = np.zeros((width, n), dtype=np.uint8)
        job.tags = <uint8_t*>cnp.PyArray_DATA(out["tags"])
    if want_moves:
        histories = _Histories(docs.n_docs)
        job.moves, job.n_steps = histories.moves, histories.n_steps
    with nogil:
        tg_run_search(&job, GREEDY_WORDS)
    _check(job.status)
    if want_moves:
        out.update(histories.arrays())
    return out


def oracle_moves(System system not None, Golds golds not None, Py_ssize_t doc) -> object:
    """The moves that the gold of a doc asks for, as far as there are any: int32 (n,)."""
    cdef isize count = 0
    cdef int32_t* moves
    cdef cnp.ndarray array
    if golds.docs.docs[doc].n == 0:
        return np.zeros(0, dtype=np.int32)
    with nogil:
        moves = tg_oracle_moves(&system.system, &golds.docs.docs[doc], &golds.golds[doc], &count)
    if moves is NULL:
        raise MemoryError()
    array = np.zeros(count, dtype=np.int32)
    memcpy(cnp.PyArray_DATA(array), moves, count * sizeof(int32_t))
    free(moves)
    return array


cdef class Starts:
    """States from which a batch is trained, in the order of the docs."""

    cdef tg_start* starts
    cdef Py_ssize_t n_starts, room
    cdef tg_arena arena
    cdef readonly Docs docs

    def __cinit__(self, System system not None, Docs docs not None, Golds golds, list moves, Py_ssize_t cut):
        """cut: docs with moves, int32 arrays, start again every `cut` of them; docs with None start once. With `golds`,
        only where something is known."""
        cdef Py_ssize_t i, room = 0
        cdef const int32_t[::1] known
        cdef tg_gold* gold
        self.docs = docs
        self.arena.blocks = NULL
        self.arena.failed = 0
        for i in range(docs.n_docs):
            room += 1 if moves[i] is None else len(moves[i]) // cut + 1
        self.starts = <tg_start*>malloc((room + 1) * sizeof(tg_start))
        if self.starts is NULL:
            raise MemoryError()
        for i in range(docs.n_docs):
            gold = NULL if golds is None else &golds.golds[i]
            if docs.docs[i].n == 0:
                continue
            if moves[i] is None:
                if gold is NULL or tg_has_gold(&system.system, gold, 0, docs.docs[i].n):
                    self.starts[self.n_starts].doc = i
                    tg_begin(&self.starts[self.n_starts].state, &docs.docs[i])
                    self.n_starts += 1
                continue
            known = moves[i]
            if known.shape[0]:
                self.n_starts += tg_cut(&system.system, &docs.docs[i], i, gold, &known[0], known.shape[0], cut,
                                        self.starts + self.n_starts, &self.arena)
        if self.arena.failed:
            raise MemoryError()

    def __dealloc__(self):
        free(self.starts)
        tg_release(&self.arena)

    def __len__(self):
        return self.n_starts


def train(System system not None, Net net not None, Starts starts not None, Golds golds, const float[:, ::1] X,
          float[:, ::1] dX, tuple gradients, Py_ssize_t max_steps, double drop, uint64_t seed, Net teacher,
          const float[:, ::1] teacher_X, bint rehearse, Py_ssize_t beam_width, float beam_density) -> tuple:
    """Follow the best moves from the states and compare each step's scores with the gold moves, with the probabilities
    of a teacher, or (`rehearse`) with those of a former self, which does not know the moves that were added since.

    dX (n_tokens, nI) and the gradients, arrays like W, b, pad, upper_W, upper_b of the net (the last two may be None),
    are added to. max_steps: of each state, 0 for all. drop: share of the hidden values to leave out. beam_width: 0, or
    whole docs are searched by beams and the best wrong analyses compared with the best right ones.
    Returns (loss, number of states scored, uint8 (n_moves,): moves that were right in some state).
    Raises ValueError E4054 for scores that are no numbers.
    """
    cdef tg_train job
    cdef float[:, :, :, ::1] W = gradients[0]
    cdef float[:, ::1] b = gradients[1]
    cdef float[:, :, ::1] pad = gradients[2]
    cdef float[:, ::1] upper_W = gradients[3]
    cdef float[::1] upper_b = gradients[4]
    cdef cnp.ndarray right = np.zeros(net.net.n_moves, dtype=np.uint8)
    cdef Docs docs = starts.docs
    cdef isize words
    if X.shape[0] == 0:
        return 0.0, 0, right
    job.system, job.net, job.docs = &system.system, &net.net, docs.docs
    job.golds = NULL if golds is None else golds.golds
    job.offsets, job.n_docs = docs.starts(), docs.n_docs
    job.starts, job.n_starts = starts.starts, starts.n_starts
    job.max_steps, job.drop, job.seed = max_steps, drop, seed
    job.X, job.dX = &X[0, 0], &dX[0, 0]
    job.grads.W, job.grads.b, job.grads.pad = &W[0, 0, 0, 0], &b[0, 0], &pad[0, 0, 0]
    job.grads.upper_W = job.grads.upper_b = NULL
    if upper_W is not None:
        job.grads.upper_W, job.grads.upper_b = &upper_W[0, 0], &upper_b[0]
    job.right = <uint8_t*>cnp.PyArray_DATA(right)
    job.loss, job.n_scored = 0, 0
    job.beam_width, job.beam_density = beam_width, beam_density
    job.teacher, job.teacher_X, job.compare = NULL, NULL, 0
    if teacher is not None:
        job.teacher, job.teacher_X, job.compare = &teacher.net, &teacher_X[0, 0], 2 if rehearse else 1
    words = max(<isize>TRAIN_WORDS, X.shape[0] // TRAIN_PARTS)
    with nogil:
        tg_run_training(&job, words)
    _check(job.status)
    return job.loss, job.n_scored, right
