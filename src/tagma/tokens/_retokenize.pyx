# distutils: language = c++
"""Merging and splitting the tokens of a Doc: `with doc.retokenize() as retokenizer: retokenizer.merge(doc[2:5])`.

Requests are checked when they are made and applied together at the end of the block: all, or none of them where the
block or a setter of an extension raises. Applying is two passes over a table that stands in for the Doc's, one for
merges and one for splits; then the Doc and that table trade what they hold. Both passes are linear in the tokens.
"""

from libc.stdint cimport int8_t, int32_t, uint8_t, uint64_t
from libcpp.vector cimport vector

from tagma.symbols cimport ADJ, DEP, ENT_IOB, HEAD, ID, LOWER, MORPH, NORM, POS, SENT_START, SPACE, SUFFIX
from tagma.tokens.doc cimport Doc, find_hook
from tagma.tokens.span cimport Roots, Span, SpanData
from tagma.tokens.span_group cimport SpanGroup
from tagma.tokens.table cimport (
    COL_ENT_ID, COL_ENT_IOB, COL_ENT_KB_ID, COL_ENT_TYPE, COL_HEAD, COL_LEMMA, COL_POS, COL_SENT_START, TokenTable, column_of,
)
from tagma.tokens.token cimport Token
from tagma.vocab cimport Vocab

import numpy

from tagma.attrs import intify_attr
from tagma.errors import Errors
from tagma.parts_of_speech import IDS as POS_IDS
from tagma.tokens.table import IOB_STRINGS
from tagma.tokens.underscore import Underscore
from tagma.util.frozen import SimpleFrozenDict


cdef class _Merge:
    """One request: the tokens from start to end become one."""

    cdef Py_ssize_t start, end, root
    cdef dict values      # of the token's columns, by attribute
    cdef dict lexical     # of the new word form
    cdef dict extensions
    cdef object vector    # for the new word, None where it needs none


cdef class _Split:
    """One request: the token becomes several. Lists have one item per piece; heads are (token, its piece)."""

    cdef Py_ssize_t i
    cdef list orths, heads, values, lexical, extensions


cdef class Retokenizer:
    """What `doc.retokenize()` gives: `merge` and `split` collect what the end of the block applies."""

    cdef Doc doc
    cdef dict merges  # by first token
    cdef dict splits  # by token
    cdef object taken  # bool (n,): tokens of a merge, None before the first

    def __init__(self, Doc doc not None) -> None:
        self.doc = doc
        self._forget()

    def _forget(self) -> None:
        self.merges, self.splits, self.taken = {}, {}, None

    def merge(self, Span span not None, attrs=SimpleFrozenDict()) -> None:
        """Make one token of a span at the end of the block.

        It has tag, pos, morph, dep and head of the span's root, the joined lemmas, and the entity of the root. `attrs`
        (names in any case, or ids) are set on it, lexical ones on its word form; `"_"` holds a dict of extension
        attributes. The same span once more is passed over.

        Raises ValueError: E199 for an empty span, E102 for one that overlaps another, E855 for one of another Doc, E1021
        and E982 for a pos and an ent_iob that are none, E4019 for a sent_start that is none, E118, E119 and E120 for
        extensions. IndexError E035 for a span that lies outside.
        """
        cdef Py_ssize_t start = span.data.start, end = span.data.end
        cdef _Merge known = self.merges.get(start)
        if span.doc is not self.doc:
            raise ValueError(Errors.E855.format(obj="span"))
        if known is not None and known.end == end:
            return
        if start >= end:
            raise ValueError(Errors.E199.format(start=start, end=end))
        if end > self.doc.length:
            raise IndexError(Errors.E035.format(start=start, end=end, length=self.doc.length))
        if self.taken is None:
            self.taken = numpy.zeros(self.doc.length, dtype="bool")
        if self.taken[start:end].any():
            raise ValueError(Errors.E102.format(span=repr(span.text)))
        cdef _Merge request = _Merge.__new__(_Merge)
        request.start, request.end = start, end
        request.values, request.lexical, request.extensions = _checked(self.doc.vocab, attrs)
        self.taken[start:end] = True
        self.merges[start] = request

    def split(self, Token token not None, orths, heads, attrs=SimpleFrozenDict()) -> None:
        """Make several tokens of one at the end of the block.

        `orths` are the texts of the pieces, which joined are the token's. `heads` has a Token for each piece, or
        `(token, k)` for the k-th piece of a token that is split. `attrs` holds lists of values, one a piece, `"_"` a list
        of dicts; a shorter list sets those of the first pieces.

        Raises ValueError: E117 for pieces that are not the token's text, E031 for an empty piece, E115 for another number
        of heads, E191 for heads and E855 for a token of another Doc, E4380 for a token that is split already, E4381 for
        attrs that are no lists of the pieces' values, and as `merge` for single values. IndexError E123 for a piece that
        is not there, E040 for a token outside.
        """
        cdef list texts = list(orths), wanted = list(heads)
        cdef str text = token.text
        cdef _Split request
        if token.doc is not self.doc:
            raise ValueError(Errors.E855.format(obj="token"))
        if "".join(texts) != text:
            raise ValueError(Errors.E117.format(new="".join(texts), old=text))
        for i, piece in enumerate(texts):
            if not piece:
                raise ValueError(Errors.E031.format(i=i, value=piece))
        if len(wanted) != len(texts):
            raise ValueError(Errors.E115.format(n_heads=len(wanted), n_pieces=len(texts)))
        if token.i in self.splits:
            raise ValueError(Errors.E4380.format(token=text))
        request = _Split.__new__(_Split)
        request.i, request.orths = token.i, texts
        request.heads = [self._head(head) for head in wanted]
        for i, k in request.heads:
            if i == token.i and not 0 <= k < len(texts):
                raise IndexError(Errors.E123.format(head=text, piece=k))
        self._set_split_attrs(request, attrs)
        self.splits[token.i] = request

    def _head(self, head) -> tuple:
        """Index of a head, and which of its pieces is meant."""
        item, k = head if isinstance(head, tuple) else (head, 0)
        if not isinstance(item, Token):
            raise TypeError(Errors.E4382.format(type=type(item).__name__))
        if item.doc is not self.doc:
            raise ValueError(Errors.E191)
        if item.i >= self.doc.length:
            raise IndexError(Errors.E040.format(i=item.i, max_length=self.doc.length))
        return item.i, k

    def _set_split_attrs(self, _Split request, attrs) -> None:
        """Attributes by piece, from lists by attribute."""
        cdef Py_ssize_t n = len(request.orths)
        by_piece = [{} for _ in range(n)]
        for name, values in attrs.items():
            if isinstance(values, dict) and name == "_":
                raise ValueError(Errors.E120.format(value=repr(values)))
            if isinstance(values, (str, int)) or not hasattr(values, "__len__") or len(values) > n:
                raise ValueError(Errors.E4381.format(name=name, value=repr(values)[:80], n=n))
            for piece, value in zip(by_piece, values):
                piece[name] = value
        parts = [_checked(self.doc.vocab, piece) for piece in by_piece]
        request.values, request.lexical, request.extensions = ([part[k] for part in parts] for k in range(3))

    def __enter__(self):
        self._forget()
        return self

    def __exit__(self, kind, error, traceback) -> None:
        try:
            if kind is None and (self.merges or self.splits):
                _apply(self.doc, [self.merges[i] for i in sorted(self.merges)], [self.splits[i] for i in sorted(self.splits)])
        finally:
            self._forget()


def bulk_merge(Doc doc not None, spans, attributes) -> None:
    """Merge spans with a dict of attributes for each, in which `label` stands for the entity's type.

    Raises ValueError E121 unless there are as many dicts as spans, else what `Retokenizer.merge` raises.
    """
    spans = list(spans)
    if len(spans) != len(attributes):
        raise ValueError(Errors.E121.format(attr_len=len(attributes), span_len=len(spans)))
    with Retokenizer(doc) as retokenizer:
        for span, attrs in zip(spans, attributes):
            named = {"ENT_TYPE" if key in ("label", "LABEL") else key: value for key, value in attrs.items()}
            retokenizer.merge(span, named)


# Checks of attributes


cdef tuple _checked(Vocab vocab, attrs):
    """Values for the token, for its word form, and extensions; what is no attribute, or cannot be set, is left out."""
    values, lexical = {}, {}
    extensions = attrs.get("_", {})
    _check_extensions(extensions)
    for name, value in attrs.items():
        attr = None if name == "_" else intify_attr(name)
        if attr is None or attr == HEAD:
            continue
        if attr == NORM or column_of(attr) >= 0:
            values[attr] = _value(vocab, attr, value)
        elif 0 < attr < 64 or attr == ID or LOWER <= attr <= SUFFIX:
            lexical[attr] = _value(vocab, attr, value)
    return values, lexical, dict(extensions)


def _check_extensions(extensions) -> None:
    """ValueError: E120 for what is no dict, E118 for names that are not registered, E119 for what cannot be set."""
    if not isinstance(extensions, dict):
        raise ValueError(Errors.E120.format(value=repr(extensions)))
    for name in extensions:
        extension = Underscore.token_extensions.get(name)
        if extension is None:
            raise ValueError(Errors.E118.format(attr=name))
        if extension.method is not None or (extension.getter is not None and extension.setter is None):
            raise ValueError(Errors.E119.format(attr=name))


cdef object _value(Vocab vocab, int attr, value):
    """A value of an attribute as its column holds it."""
    if attr == MORPH:
        return vocab.morphology.add(value)
    if attr == POS and isinstance(value, str):
        if value not in POS_IDS:
            raise ValueError(Errors.E1021.format(pp=value))
        return POS_IDS[value]
    if isinstance(value, str):
        return vocab.strings.add(value)
    if not isinstance(value, (int, numpy.integer, numpy.bool_)):
        raise TypeError(Errors.E017.format(value_type=type(value)))
    if attr == POS and value != 0 and not ADJ <= value <= SPACE:
        raise ValueError(Errors.E1021.format(pp=value))
    if attr == ENT_IOB and not 0 <= value <= 3:
        raise ValueError(Errors.E982.format(values=IOB_STRINGS, value=value))
    if attr == SENT_START and not -1 <= value <= 1:
        raise ValueError(Errors.E4019.format(value=value))
    return int(value)


cdef int _check_pieces(list merges, list splits, Py_ssize_t n) except -1:
    """IndexError E122 for a split of a token that is merged, E123 for a head that is merged or has no such piece."""
    cdef vector[Py_ssize_t] start = vector[Py_ssize_t](n, -1)  # of the merge that a token disappears in
    cdef _Merge merge
    cdef _Split split
    cdef Py_ssize_t i, k
    for merge in merges:
        if merge.end - merge.start > 1:
            for i in range(merge.start, merge.end):
                start[i] = merge.start
    pieces = {split.i: len(split.orths) for split in splits}
    for split in splits:
        if start[split.i] >= 0:
            raise IndexError(Errors.E122.format(token="".join(split.orths)))
        for i, k in split.heads:
            if (start[i] >= 0 and start[i] != i) or not 0 <= k < pieces.get(i, 1):
                raise IndexError(Errors.E123.format(head=i, piece=k))
    return 0


# Applying


cdef int _apply(Doc doc, list merges, list splits) except -1:
    cdef TokenTable table = TokenTable(doc.vocab)
    cdef Py_ssize_t n = doc.length
    # Where the first token of what became of token i stands, for i up to n.
    cdef vector[Py_ssize_t] place
    _check_pieces(merges, splits, n)
    doc.check()
    table.set_tokens(doc.lex, doc.spacy, n)
    table.copy_columns(doc)
    for i in range(n + 1):
        place.push_back(i)
    if merges:
        _merge(doc, table, merges, place)
    if splits:
        _split(table, splits, place)
    if table.count_set(DEP, 0):
        table.sentences_from_heads(0, table.length)
    tensor = _tensor(doc, splits, place, table.length)
    before = _state(doc)
    doc.exchange(table)
    try:
        _move_groups(doc, place)
        if tensor is not None:
            doc.tensor = tensor
        _set_extensions(doc, merges, splits, place)
    except BaseException:
        doc.exchange(table)
        _restore(doc, before)
        raise
    finally:
        doc.retire(table)
    _set_lexical(doc, merges, splits, place)
    return 0


cdef int _merge(Doc doc, TokenTable table, list merges, vector[Py_ssize_t]& place) except -1:
    """Replace the spans in `table`, which holds the tokens of `doc`, and note in `place` where each token went."""
    cdef vector[int32_t] lex
    cdef vector[uint8_t] spacy
    cdef vector[Py_ssize_t] source
    cdef Py_ssize_t i = 0, k, n = doc.length
    cdef _Merge merge
    cdef Roots roots = Roots(doc)
    hook = find_hook(doc, "user_span_hooks", "root")
    for merge in merges:
        _keep(table, i, merge.start, lex, spacy, source, place)
        if hook is None:
            merge.root = roots.root_of(merge.start, merge.end)
        else:
            merge.root = (<Token?>hook(doc[merge.start:merge.end])).i
        text = doc.slice_text(merge.start, merge.end, False)
        merge.vector = _new_vector(doc, text, merge)
        for i in range(merge.start, merge.end):
            place[i] = lex.size()
        lex.push_back(doc.vocab.row_of(text))
        spacy.push_back(doc.spacy[merge.end - 1])
        source.push_back(merge.root)
        i = merge.end
    _keep(table, i, n, lex, spacy, source, place)
    place[n] = lex.size()
    table.regroup(lex.data(), spacy.data(), source.data(), lex.size())
    _point_heads(doc, table, source, place)
    for merge in merges:
        k = place[merge.start]
        _set_merged(doc, table, merge, k)
        _set_values(table, k, merge.values)
    _mend_entities(table)
    return 0


cdef int _keep(
    TokenTable table,
    Py_ssize_t start,
    Py_ssize_t end,
    vector[int32_t]& lex,
    vector[uint8_t]& spacy,
    vector[Py_ssize_t]& source,
    vector[Py_ssize_t]& place,
) except -1:
    """Take over tokens as they are."""
    cdef Py_ssize_t i
    for i in range(start, end):
        place[i] = lex.size()
        lex.push_back(table.lex[i])
        spacy.push_back(table.spacy[i])
        source.push_back(i)
    return 0


cdef int _point_heads(TokenTable old, TokenTable table, vector[Py_ssize_t]& source, vector[Py_ssize_t]& place) except -1:
    """Heads of `table` from those of `old`, of which `source` and `place` say what became of them."""
    cdef int32_t* heads
    cdef Py_ssize_t k
    if old.col[COL_HEAD] is NULL:
        return 0
    heads = <int32_t*>table.need(COL_HEAD)
    for k in range(table.length):
        heads[k] = <int32_t>(place[old.stored_head(source[k])] - k)
    return 0


cdef int _set_merged(Doc doc, TokenTable table, _Merge merge, Py_ssize_t k) except -1:
    """What a merged token does not have of its root: lemma, sentence start, ids and begin of its entity."""
    cdef int8_t* iob
    cdef uint64_t kind
    cdef int which
    if table.col[COL_LEMMA] is not NULL:
        lemma = "".join([token.lemma_ + token.whitespace_ for token in doc[merge.start:merge.end]]).strip()
        (<uint64_t*>table.col[COL_LEMMA])[k] = doc.vocab.strings.add(lemma)
    if table.col[COL_SENT_START] is not NULL:
        (<int8_t*>table.col[COL_SENT_START])[k] = (<int8_t*>doc.col[COL_SENT_START])[merge.start]
    for which in (COL_ENT_KB_ID, COL_ENT_ID):
        if table.col[which] is not NULL:
            (<uint64_t*>table.col[which])[k] = (<uint64_t*>doc.col[which])[merge.start]
    if table.col[COL_ENT_IOB] is not NULL:
        iob = <int8_t*>doc.col[COL_ENT_IOB]
        if iob[merge.root] == 1 or iob[merge.root] == 3:
            kind = _column_value(doc, COL_ENT_TYPE, merge.root)
            (<int8_t*>table.col[COL_ENT_IOB])[k] = 1 if (
                merge.start > 0
                and iob[merge.start] == 1
                and _column_value(doc, COL_ENT_TYPE, merge.start) == kind
                and _column_value(doc, COL_ENT_TYPE, merge.start - 1) == kind
            ) else 3
    return 0


cdef uint64_t _column_value(TokenTable table, int which, Py_ssize_t i) noexcept:
    """A value of a column of keys, 0 where there is none."""
    return 0 if table.col[which] is NULL else (<uint64_t*>table.col[which])[i]


cdef int _mend_entities(TokenTable table) except -1:
    """An I at the start, or of another type than the token before it, begins an entity."""
    cdef int8_t* iob = <int8_t*>table.col[COL_ENT_IOB]
    cdef Py_ssize_t k
    if iob is NULL:
        return 0
    for k in range(table.length):
        if iob[k] == 1 and (
            k == 0 or _column_value(table, COL_ENT_TYPE, k - 1) != _column_value(table, COL_ENT_TYPE, k)
        ):
            iob[k] = 3
    return 0


cdef int _split(TokenTable table, list splits, vector[Py_ssize_t]& place) except -1:
    """Replace tokens in `table` by their pieces; `place` goes on from where the merges left it."""
    cdef vector[int32_t] lex
    cdef vector[uint8_t] spacy
    cdef vector[Py_ssize_t] source, moved
    cdef Py_ssize_t i = 0, k, at, n = table.length
    cdef bint sentences = table.count_set(SENT_START, 1) > 0
    cdef TokenTable old = TokenTable(table.vocab)
    cdef _Split split
    old.set_tokens(table.lex, table.spacy, n)
    old.copy_columns(table)
    moved.resize(n + 1)
    for split in splits:
        at = place[split.i]
        _keep(table, i, at, lex, spacy, source, moved)
        moved[at] = lex.size()
        for orth in split.orths:
            lex.push_back(table.vocab.row_of(orth))
            spacy.push_back(0)
            source.push_back(at)
        spacy[spacy.size() - 1] = table.spacy[at]
        i = at + 1
    _keep(table, i, n, lex, spacy, source, moved)
    moved[n] = lex.size()
    for k in range(<Py_ssize_t>place.size()):
        place[k] = moved[place[k]]
    table.regroup(lex.data(), spacy.data(), source.data(), lex.size())
    _point_heads(old, table, source, moved)
    for split in splits:
        _set_pieces(table, split, place, sentences)
    return 0


cdef int _set_pieces(TokenTable table, _Split split, vector[Py_ssize_t]& place, bint sentences) except -1:
    """What a piece does not have of the token that was split: head, lemma, begin of a sentence or entity."""
    cdef Py_ssize_t first = place[split.i], k, head, piece, count = len(split.orths)
    cdef int32_t* heads = <int32_t*>table.need(COL_HEAD)
    cdef int8_t* starts = <int8_t*>table.col[COL_SENT_START]
    cdef int8_t* iob = <int8_t*>table.col[COL_ENT_IOB]
    cdef uint64_t* lemmas = <uint64_t*>table.col[COL_LEMMA]
    for k in range(first, first + count):
        head, piece = split.heads[k - first]
        heads[k] = <int32_t>(place[head] + piece - k)
        if lemmas is not NULL and lemmas[k] != 0:
            lemmas[k] = table.vocab.table.orth()[table.lex[k]]
        if k > first:
            if starts is not NULL and starts[k] == 1:
                starts[k] = -1 if sentences else 0
            if iob is not NULL and iob[k] == 3:
                iob[k] = 1
        _set_values(table, k, split.values[k - first])
    return 0


cdef int _set_values(TokenTable table, Py_ssize_t k, dict values) except -1:
    """Write what `_checked` let through to the columns of one token."""
    cdef int which
    for attr, value in values.items():
        which = column_of(attr)
        if which < 0:
            table.lex[k] = table.vocab.variant(table.lex[k], value)
        elif which < COL_POS:
            (<uint64_t*>table.need(which))[k] = value
        elif which == COL_POS:
            (<uint8_t*>table.need(which))[k] = value
        else:
            (<int8_t*>table.need(which))[k] = value
    return 0


# What a Doc has besides columns


cdef object _new_vector(Doc doc, str text, _Merge merge):
    """The vector that the word of several tokens is to get, None where the vocabulary has one for it, or none at all."""
    vocab = doc.vocab
    if merge.end - merge.start == 1 or not vocab.vectors.size or vocab.has_vector(text):
        return None
    return doc[merge.start:merge.end].vector


cdef object _tensor(Doc doc, list splits, vector[Py_ssize_t]& place, Py_ssize_t length):
    """Rows of the new tokens: of a merged one that of its last token, of pieces zeros. None for a Doc without rows."""
    cdef Py_ssize_t i, n = doc.length
    cdef _Split split
    tensor = doc.extra("tensor")
    if tensor is None or tensor.size == 0 or len(tensor) != n:
        return None
    split_tokens = {split.i for split in splits}
    kept = [i for i in range(n) if place[i] != place[i + 1] and i not in split_tokens]
    rows = tensor[kept]
    if not splits:
        return rows
    out = doc.vocab.vectors.xp.zeros((length, *tensor.shape[1:]), dtype=tensor.dtype)
    out[[place[i] for i in kept]] = rows
    return out


cdef int _move_groups(Doc doc, vector[Py_ssize_t]& place) except -1:
    """Let the spans of groups be the tokens that now hold their characters."""
    cdef SpanGroup group
    cdef SpanData old, new
    cdef Py_ssize_t last
    if not doc.has_spans:
        return 0
    doc.need_offsets()
    for group in {id(group): group for group in doc.spans.values()}.values():
        moved = []
        for old in group.data:
            new = SpanData.__new__(SpanData)
            new.label, new.kb_id, new.id = old.label, old.kb_id, old.id
            new.start = new.end = place[old.start]
            if old.end > old.start:
                last = old.end
                # The token after the last one of the span may have been merged with it.
                new.end = place[last] if place[last] != place[last - 1] else place[last] + 1
            new.start_char = doc.offsets[new.start]
            new.end_char = doc.offsets[new.end] - doc.spacy[new.end - 1] if new.end > new.start else new.start_char
            moved.append(new)
        group.data = moved
    return 0


cdef tuple _state(Doc doc):
    """What `_restore` needs besides the columns."""
    cdef SpanGroup group
    groups = [(group, group.data) for group in doc.spans.values()] if doc.has_spans else []
    return dict(doc.user_data), doc.extra("tensor"), groups


cdef int _restore(Doc doc, tuple state) except -1:
    cdef SpanGroup group
    user_data, tensor, groups = state
    doc.user_data.clear()
    doc.user_data.update(user_data)
    doc.set_extra("tensor", tensor)
    for group, data in groups:
        group.data = data
    return 0


cdef int _set_extensions(Doc doc, list merges, list splits, vector[Py_ssize_t]& place) except -1:
    cdef _Merge merge
    cdef _Split split
    for merge in merges:
        for name, value in merge.extensions.items():
            doc[place[merge.start]]._.set(name, value)
    for split in splits:
        for k, extensions in enumerate(split.extensions):
            for name, value in extensions.items():
                doc[place[split.i] + k]._.set(name, value)
    return 0


cdef int _set_lexical(Doc doc, list merges, list splits, vector[Py_ssize_t]& place) except -1:
    """Write to the vocabulary: lexical attributes of new words, and vectors of merged ones."""
    cdef _Merge merge
    cdef _Split split
    for merge in merges:
        _set_word(doc, place[merge.start], merge.lexical)
        if merge.vector is not None:
            doc.vocab.set_vector(doc.slice_text(place[merge.start], place[merge.start] + 1, False), merge.vector)
    for split in splits:
        for k, lexical in enumerate(split.lexical):
            _set_word(doc, place[split.i] + k, lexical)
    return 0


cdef int _set_word(Doc doc, Py_ssize_t k, dict lexical) except -1:
    cdef int32_t row = doc.lex[k]
    for attr, value in lexical.items():
        doc.vocab.set(row, attr, value)
        if doc.vocab.table.primary_of(row) != row:
            doc.vocab.set(doc.vocab.table.primary_of(row), attr, value)
    return 0
