# distutils: language = c++
"""The loops of `projective`: crossing arcs lifted, and tokens put back under the head that their label names.

In a forest, a token without a known head (-1) is the root of a *loose* tree. What hangs on it may belong anywhere, so
such tokens are passed over where an arc is asked what lies below it. All other trees are *fixed*.
"""

cimport numpy as cnp
from cython.operator cimport dereference
from libc.stdint cimport int32_t, uint8_t, uint64_t
from libcpp.pair cimport pair
from libcpp.set cimport set as cpp_set
from libcpp.vector cimport vector

cnp.import_array()


cdef class _Forest:
    """Heads, and for each token what is known of its tree as long as no head has changed.

    bottom_up    all tokens, each before its head; fewer if there is a cycle
    loose        whether the token's tree is a loose one
    """

    cdef int32_t n
    cdef int32_t* heads
    cdef object array
    cdef vector[int32_t] bottom_up
    cdef vector[uint8_t] loose

    def __cinit__(self, cnp.ndarray heads not None):
        self.array = heads
        self.heads = <int32_t*>cnp.PyArray_DATA(heads)
        self.n = <int32_t>heads.shape[0]

    cdef bint is_top(self, int32_t token) noexcept nogil:
        return self.heads[token] < 0 or self.heads[token] == token

    cdef bint order(self) noexcept nogil:
        """Fill `bottom_up` and `loose`; False if there is a cycle."""
        cdef vector[int32_t] n_children
        cdef int32_t token, head
        cdef size_t at = 0
        n_children.resize(self.n, 0)
        for token in range(self.n):
            if not self.is_top(token):
                n_children[self.heads[token]] += 1
        self.bottom_up.clear()
        for token in range(self.n):
            if n_children[token] == 0:
                self.bottom_up.push_back(token)
        while at < self.bottom_up.size():
            token = self.bottom_up[at]
            at += 1
            if not self.is_top(token):
                head = self.heads[token]
                n_children[head] -= 1
                if n_children[head] == 0:
                    self.bottom_up.push_back(head)
        if at < <size_t>self.n:
            return False
        self.loose.assign(self.n, 0)
        while at > 0:
            at -= 1
            token = self.bottom_up[at]
            self.loose[token] = self.heads[token] < 0 if self.is_top(token) else self.loose[self.heads[token]]
        return True

    cdef bint is_projective(self) noexcept nogil:
        """Whether no arc crosses others. In time O(n): among the tokens of fixed trees, those below a token must be
        neighbours, and between the ends of a loose tree's arc there must be none of them."""
        cdef vector[int32_t] rank, first, last, size
        cdef int32_t token, head, fixed = 0
        rank.resize(self.n + 1)
        for token in range(self.n):
            rank[token] = fixed  # fixed tokens before this one
            fixed += not self.loose[token]
        rank[self.n] = fixed
        first, last = rank, rank
        size.resize(self.n, 1)
        for token in self.bottom_up:
            if self.loose[token]:
                if not self.is_top(token):
                    head = self.heads[token]
                    if rank[max(token, head)] != rank[min(token, head)]:
                        return False
                continue
            if last[token] - first[token] + 1 != size[token]:
                return False
            if not self.is_top(token):
                head = self.heads[token]
                first[head] = min(first[head], first[token])
                last[head] = max(last[head], last[token])
                size[head] += size[token]
        return True

    cdef void number(self, vector[int32_t]& place, vector[int32_t]& after) noexcept nogil:
        """Places of the tokens, such that those from place[i] to before after[i] are i and what is below it."""
        cdef vector[int32_t] size, free
        cdef int32_t token, top = 0
        cdef size_t at = self.bottom_up.size()
        size.resize(self.n, 1)
        for token in self.bottom_up:
            if not self.is_top(token):
                size[self.heads[token]] += size[token]
        place.resize(self.n)
        after.resize(self.n)
        free.resize(self.n)
        while at > 0:
            at -= 1
            token = self.bottom_up[at]
            if self.is_top(token):
                place[token] = top
                top += size[token]
            else:
                place[token] = free[self.heads[token]]
                free[self.heads[token]] += size[token]
            free[token] = place[token] + 1
            after[token] = place[token] + size[token]

    cdef bint is_below(self, int32_t token, int32_t head) noexcept nogil:
        """Whether a token hangs on `head`, or loosely on anything. Asked of heads that change, so it climbs."""
        while token != head:
            if self.heads[token] < 0:
                return True
            if self.heads[token] == token:
                return False
            token = self.heads[token]
        return True

    cdef bint crosses(self, int32_t child) noexcept nogil:
        """Whether there is a token between the child and its head that is not below the head."""
        cdef int32_t head = self.heads[child]
        cdef int32_t between
        if self.is_top(child):
            return False
        for between in range(min(child, head) + 1, max(child, head)):
            if not self.is_below(between, head):
                return True
        return False

    cdef void find_crossing(self, cpp_set[pair[int32_t, int32_t]]& found) noexcept nogil:
        """All (length, child) of arcs that cross others, with the trees as they were when `order` was called."""
        cdef vector[int32_t] place, after
        cdef int32_t child, head, between
        self.number(place, after)
        for child in range(self.n):
            if self.is_top(child):
                continue
            head = self.heads[child]
            for between in range(min(child, head) + 1, max(child, head)):
                if not self.loose[between] and not place[head] <= place[between] < after[head]:
                    found.insert(arc(child, head))
                    break


cdef pair[int32_t, int32_t] arc(int32_t child, int32_t head) noexcept nogil:
    return pair[int32_t, int32_t](max(child, head) - min(child, head), child)


def lift_arcs(cnp.ndarray heads not None, cnp.ndarray moved not None) -> bool:
    """Lift the crossing arcs of `heads` (int32 (n,), in place) and mark their children in `moved` (uint8 (n,)).

    False, and nothing is changed, if the heads form a cycle. Arrays must be contiguous, and heads from -1 to n - 1.
    """
    cdef _Forest forest = _Forest(heads)
    cdef uint8_t* marks = <uint8_t*>cnp.PyArray_DATA(moved)
    if not forest.order():
        return False
    if not forest.is_projective():
        with nogil:
            lift_all(forest, marks)
    return True


cdef void lift_all(_Forest forest, uint8_t* moved) noexcept nogil:
    """Move the child of the shortest crossing arc to the head of its head, until there is none."""
    cdef cpp_set[pair[int32_t, int32_t]] crossing
    cdef int32_t child, head, other
    cdef bint was_loose
    forest.find_crossing(crossing)
    while crossing.size():
        child = dereference(crossing.begin()).second
        crossing.erase(crossing.begin())
        head = forest.heads[child]
        was_loose = forest.heads[head] < 0
        forest.heads[child] = child if forest.is_top(head) else forest.heads[head]
        moved[child] = 1
        # Only the head has lost what is below the child: its other arcs may cross now. A child that was loose and
        # becomes a root can be in the way of any arc.
        for other in range(forest.n):
            if other == child or forest.heads[other] == head or was_loose:
                if forest.crosses(other):
                    crossing.insert(arc(other, forest.heads[other]))


def drop_arcs(
    cnp.ndarray heads not None,
    cnp.ndarray labels not None,
    cnp.ndarray wanted not None,
    cnp.ndarray own not None,
    cnp.ndarray decorated not None,
    cnp.ndarray blank not None,
) -> bool:
    """Give decorated tokens, from left to right, their own label and the head that has the wanted one, in place.

    heads                   int32 (n,), from -1 to n - 1
    labels, wanted, own     uint64 (n,)
    decorated, blank        uint8 (n,)

    The head is the nearest to the top of the tokens below the present head, the leftmost of those equally near; if there
    is none it stays, as for a root. Blank tokens and the token itself are passed over with what is below them.
    False, and nothing is changed, if the heads form a cycle. Arrays must be contiguous.
    """
    cdef _Forest forest = _Forest(heads)
    cdef uint64_t* label = <uint64_t*>cnp.PyArray_DATA(labels)
    cdef const uint64_t* label_wanted = <const uint64_t*>cnp.PyArray_DATA(wanted)
    cdef const uint64_t* own_label = <const uint64_t*>cnp.PyArray_DATA(own)
    cdef const uint8_t* is_decorated = <const uint8_t*>cnp.PyArray_DATA(decorated)
    cdef const uint8_t* is_blank = <const uint8_t*>cnp.PyArray_DATA(blank)
    cdef vector[int32_t] first, last
    cdef int32_t token, head
    if not forest.order():
        return False
    first.resize(forest.n)
    last.resize(forest.n)
    for token in range(forest.n):
        first[token] = last[token] = token
    for token in forest.bottom_up:
        if not forest.is_top(token):
            head = forest.heads[token]
            first[head] = min(first[head], first[token])
            last[head] = max(last[head], last[token])
    for token in range(forest.n):
        if is_decorated[token]:
            if not forest.is_top(token):
                forest.heads[token] = search(forest, token, label_wanted[token], label, is_blank, first, last)
            label[token] = own_label[token]
    return True


cdef int32_t search(
    _Forest forest,
    int32_t token,
    uint64_t wanted,
    const uint64_t* labels,
    const uint8_t* blank,
    const vector[int32_t]& first,
    const vector[int32_t]& last,
) noexcept nogil:
    """The head of `token`: breadth-first, from its present head down.

    Tokens that got another head already are met below that one only if they lie within the extent that it had at first.
    """
    cdef vector[int32_t] queue
    cdef size_t at = 0
    cdef int32_t head, child
    queue.push_back(forest.heads[token])
    while at < queue.size():
        head = queue[at]
        at += 1
        for child in range(first[head], last[head] + 1):
            if child == head or child == token or forest.heads[child] != head or blank[child]:
                continue
            if labels[child] == wanted:
                return child
            queue.push_back(child)
    return forest.heads[token]
