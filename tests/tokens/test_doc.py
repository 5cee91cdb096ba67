"""The Doc: tokens, entities, sentences, vectors, hooks, copies."""

import gc
import re
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

DATA = Path(__file__).parent.parent / "data" / "docs"
MINUS = 2**64 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.tuples(TEXTS, st.booleans())))
def test_words_and_spaces_come_back(pairs: list[tuple[str, bool]]) -> None:
    """Any words and spaces give a Doc with that text, those tokens, and offsets that point to them."""
    words, spaces = [w for w, _ in pairs], [s for _, s in pairs]
    doc = Doc(Vocab(), words=words, spaces=spaces)
    assert doc.text == "".join(w + " " * s for w, s in pairs)
    assert [token.text for token in doc] == words
    assert [bool(token.whitespace_) for token in doc] == spaces
    assert all(doc.text[token.idx : token.idx + len(token)] == token.text for token in doc)
    copy = Doc(Vocab()).from_bytes(doc.to_bytes())
    assert (copy.text, [t.text for t in copy]) == (doc.text, words)


def test_empty_and_long_docs(vocab: Vocab) -> None:
    """A Doc of nothing and a Doc with a token of a million characters work."""
    empty = Doc(vocab)
    assert (len(empty), empty.text, list(empty), empty.ents, list(empty.sents)) == (0, "", [], (), [])
    long = Doc(vocab, words=["x" * 1_000_000, "y"])
    assert long[1].idx == 1_000_001
    assert long[0].shape_ == "LONG"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"words": ["a"], "spaces": [True, False]}, "E027"),
        ({"spaces": [True]}, "E908"),
        ({"words": [b"a"]}, "E028"),
        ({"words": ["a", ""]}, r"E031\] Word 1 is ''"),
        ({"words": ["a", ""], "spaces": [True, False]}, r"E031\] Word 1 is ''"),
        ({"words": [0]}, r"E031\] Word 0 is 0"),
        ({"words": ["a"], "tags": []}, "E189"),
        ({"words": ["a"], "heads": [0]}, "E1017"),
        ({"words": ["a"], "pos": ["NOPE"]}, "E1021"),
        ({"words": ["a"], "ents": ["X-Y"]}, "E177"),
        ({"words": ["a"], "heads": [7], "deps": ["x"]}, "E190"),
        ({"words": ["a", "b", "c"], "heads": [0, 2, 1], "deps": ["x", "x", None]}, r"E4052\].*tokens \[1, 2\]"),
    ],
)
def test_bad_arguments(vocab: Vocab, arguments: dict[str, Any], code: str) -> None:
    """Contradictory or unknown annotation is a ValueError with its code."""
    with pytest.raises(ValueError, match=code):
        Doc(vocab, **arguments)


def test_partial_annotation(vocab: Vocab) -> None:
    """None is a value that is not known: no label, tag or lemma, and as head the token itself."""
    doc = Doc(vocab, words=["I", "left", "."], heads=[1, None, 1], deps=["nsubj", None, "punct"])
    assert [token.head.i for token in doc] == [1, 1, 1]
    assert [token.dep_ for token in doc] == ["nsubj", "", "punct"]
    assert not any(token.is_sent_start for token in doc)
    doc = Doc(vocab, words=["a", "b"], heads=[1, 1], deps=[None, None], tags=[None, "X"], lemmas=["a", None])
    assert not doc.has_annotation("DEP")
    assert [(token.tag_, token.lemma_) for token in doc] == [("", "a"), ("X", "")]


@pytest.mark.parametrize(
    ("word", "shown"), [(None, r"None \(NoneType\)"), (1.5, r"1.5 \(float\)"), (True, r"True \(bool\)")]
)
def test_words_are_text_or_keys(vocab: Vocab, word: Any, shown: str) -> None:
    """Anything else is TypeError E1022, which says which word it is; keys of any integer type are fine."""
    with pytest.raises(TypeError, match=rf"E1022\] Word 1 is {shown}"):
        Doc(vocab, words=["a", word])
    keys = numpy.asarray([vocab.strings.add("x"), vocab.strings.add("y")], dtype="uint64")
    assert Doc(vocab, words=[*keys, int(keys[0])]).text == "x y x "


def test_a_file_has_no_empty_words(vocab: Vocab) -> None:
    """JSON with a token of no characters is E031, too."""
    tokens = [{"id": 0, "start": 0, "end": 1}, {"id": 1, "start": 2, "end": 2}]
    with pytest.raises(ValueError, match="E031"):
        Doc(vocab).from_json({"text": "a ", "tokens": tokens})


def test_indexing(parsed: Doc) -> None:
    """Indices count from either end; outside is IndexError E040; slices are spans, without steps."""
    assert (parsed[0].text, parsed[-1].text, parsed[1:3].text, parsed[5:1].text) == ("I", ".", "like it", "")
    for bad in (7, -8):
        with pytest.raises(IndexError, match="E040"):
            parsed[bad]
    with pytest.raises(ValueError, match="E057"):
        parsed[::2]
    with pytest.raises(TypeError):
        parsed["a"]


def test_sentences_without_a_parse(vocab: Vocab) -> None:
    """Sentences need boundaries (E030); None leaves a token open."""
    doc = Doc(vocab, words=["a", "b", "c"])
    with pytest.raises(ValueError, match="E030"):
        list(doc.sents)
    doc[2].is_sent_start = True
    assert [sent.text for sent in doc.sents] == ["a b", "c"]
    assert [token.is_sent_start for token in doc] == [True, None, True]
    with pytest.raises(ValueError, match="E044"):
        doc[1].is_sent_start = 1


def test_tree(parsed: Doc) -> None:
    """Children, ancestors, subtrees and edges follow the heads."""
    like = parsed[1]
    assert [t.text for t in like.children] == ["I", "it", "."]
    assert [t.text for t in like.lefts] == ["I"]
    assert (like.n_lefts, like.n_rights) == (1, 2)
    assert [t.i for t in like.subtree] == [0, 1, 2, 3]
    assert (like.left_edge.i, like.right_edge.i) == (0, 3)
    assert [t.text for t in parsed[2].ancestors] == ["like"]
    assert like.is_ancestor(parsed[0])
    assert not parsed[5].is_ancestor(parsed[0])
    assert parsed[0:3].root.text == "like"
    assert parsed.get_lca_matrix()[0].tolist() == [0, 1, 1, 1, -1, -1, -1]


def test_conjuncts(vocab: Vocab) -> None:
    """A coordination is found from each of its words; the first conjunct leads, then level by level down the tree."""
    words = ["buy", "tea", "with", "milk", "rice", "salt", "today"]
    deps = ["ROOT", "dobj", "prep", "conj", "conj", "conj", "npadvmod"]
    doc = Doc(vocab, words=words, heads=[0, 0, 1, 1, 3, 1, 0], deps=deps)
    found = [[token.text for token in word.conjuncts] for word in doc]
    assert found[1] == ["milk", "salt", "rice"]
    assert found[3:6] == [["tea", "salt", "rice"], ["tea", "milk", "salt"], ["tea", "milk", "rice"]]
    assert found[0] == found[2] == found[6] == []
    assert [token.text for token in doc[1:3].conjuncts] == found[1]


def test_moving_a_head_moves_sentences(parsed: Doc) -> None:
    """Hanging the second root under the first joins the sentences; heads of other docs are E191."""
    parsed[5].head = parsed[1]
    assert len(list(parsed.sents)) == 1
    assert [t.i for t in parsed[1].subtree] == list(range(7))
    with pytest.raises(ValueError, match="E191"):
        parsed[0].head = Doc(parsed.vocab, words=["x"])[0]


def test_entities(vocab: Vocab) -> None:
    """Entities are set from spans and read back; what is not mentioned is outside, missing or left as it was."""
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    doc.ents = [Span(doc, 1, 3, label="ORG", kb_id="Q1", span_id="s")]
    assert [(e.text, e.label_, e.kb_id_, e.id_) for e in doc.ents] == [("b c", "ORG", "Q1", "s")]
    assert [t.ent_iob_ for t in doc] == ["O", "B", "I", "O"]
    doc.set_ents([Span(doc, 1, 2, label="X")], default="unmodified")
    assert [(t.ent_iob_, t.ent_type_) for t in doc] == [("O", ""), ("B", "X"), ("B", "ORG"), ("O", "")]
    doc.set_ents([], missing=[doc[0:1]], blocked=[doc[1:2]])
    assert doc.to_array("ENT_IOB").tolist() == [0, 3, 2, 2]
    assert doc.ents == ()


@pytest.mark.parametrize(
    ("default", "other"), [("unmodified", None), ("outside", "O"), ("missing", ""), ("blocked", "B")]
)
def test_an_entity_without_label_is_none(vocab: Vocab, default: str, other: str | None) -> None:
    """It is passed over, also where it overlaps another: its tokens get the default."""
    doc = Doc(vocab, words=["a", "b", "c"], ents=["B-ORG", "I-ORG", "O"])
    before = doc.to_array(["ENT_IOB", "ENT_TYPE"]).tolist()
    doc.set_ents([doc[0:1], doc[1:3], Span(doc, 0, 3, kb_id="Q1")], default=default)
    if other is None:
        assert doc.to_array(["ENT_IOB", "ENT_TYPE"]).tolist() == before
    else:
        assert [(t.ent_iob_, t.ent_type_, t.ent_kb_id_) for t in doc] == [(other, "", "")] * 3
    doc.set_ents([doc[0:1], Span(doc, 0, 2, label="X")], outside=[doc[2:3]], default=default)
    assert [(t.ent_iob_, t.ent_type_) for t in doc] == [("B", "X"), ("I", "X"), ("O", "")]


def test_bad_entities_change_nothing(vocab: Vocab) -> None:
    """Overlaps are E1010, unknown defaults E1011, other things than spans E1012, and the Doc stays as it was."""
    doc = Doc(vocab, words=["a", "b"], ents=["B-X", "O"])
    before = doc.to_array(["ENT_IOB", "ENT_TYPE"]).tolist()
    with pytest.raises(ValueError, match="E1010"):
        doc.set_ents([Span(doc, 0, 2, label="A"), Span(doc, 1, 2, label="B")])
    with pytest.raises(ValueError, match="E1011"):
        doc.set_ents([], default="nope")
    with pytest.raises(ValueError, match="E1012"):
        doc.set_ents([(0, 1)])
    assert doc.to_array(["ENT_IOB", "ENT_TYPE"]).tolist() == before


@pytest.mark.parametrize(
    ("mode", "start", "end", "expected"),
    [
        ("strict", 0, 5, (0, 2)), ("strict", 0, 4, None), ("strict", 0, 6, None), ("strict", 3, 1, None),
        ("expand", 1, 4, (0, 2)), ("expand", 2, 3, (1, 1)), ("expand", 0, 99, None),
        ("contract", 1, 5, (1, 2)), ("contract", 1, 4, None), ("contract", 0, 6, (0, 2)), ("strict", -1, 2, None),
    ],
)  # fmt: skip
def test_char_span(vocab: Vocab, mode: str, start: int, end: int, expected: tuple[int, int] | None) -> None:
    """Characters become tokens by the alignment mode; what does not fit gives None."""
    doc = Doc(vocab, words=["ab", "cd", "ef"])
    span = doc.char_span(start, end, label="X", alignment_mode=mode)
    assert (None if span is None else (span.start, span.end)) == expected
    with pytest.raises(ValueError, match="E202"):
        doc.char_span(0, 2, alignment_mode="loose")


@pytest.mark.parametrize(
    ("attr", "value", "error"),
    [("pos_", "XYZ", "E1021"), ("pos", 5000, "E1021"), ("tag_", 3, "E017"), ("is_sent_end", True, "E196")],
)
def test_bad_token_values(vocab: Vocab, attr: str, value: object, error: str) -> None:
    """Setting what is no value of an attribute fails with its code."""
    with pytest.raises((ValueError, TypeError), match=error):
        setattr(Doc(vocab, words=["a"])[0], attr, value)


def test_norm_of_a_token_is_not_that_of_its_lexeme(vocab: Vocab) -> None:
    """A token's own norm changes neither the lexeme nor other tokens, and is part of lexical features."""
    doc = Doc(vocab, words=["ca", "ca"])
    doc[0].norm_ = "can"
    assert [t.norm_ for t in doc] == ["can", "ca"]
    assert [t.lower_ for t in doc] == ["ca", "ca"]
    assert vocab["ca"].norm_ == "ca"
    assert len(vocab) == 1
    assert Doc(vocab).from_bytes(doc.to_bytes())[0].norm_ == "can"
    doc[0].norm_ = "ca"
    assert len(set(doc.column("lex").tolist())) == 1


def test_has_annotation(parsed: Doc) -> None:
    """Annotation is there if any token has it, complete if all have; HEAD goes with DEP; unknown names are E1037."""
    assert parsed.has_annotation("TAG", require_complete=True)
    assert parsed.has_annotation("HEAD")
    assert not parsed.has_annotation("POS")
    parsed[0].pos_ = "PRON"
    assert parsed.has_annotation("POS")
    assert not parsed.has_annotation("POS", require_complete=True)
    assert Doc(parsed.vocab).has_annotation("POS")
    with pytest.raises(ValueError, match="E1037"):
        parsed.has_annotation("NOPE")


def test_copy_shares_nothing_mutable(parsed: Doc) -> None:
    """Changing a copy in any way leaves the original alone."""
    parsed.cats = {"x": 1.0}
    parsed.user_data["k"] = [1]
    parsed.spans["g"] = [parsed[0:2]]
    before = parsed.to_bytes()
    copy = parsed.copy()
    assert copy.to_bytes() == before
    copy[0].tag_ = "CHANGED"
    copy.cats["x"] = 0.0
    copy.user_data["k"].append(2)
    copy.spans["g"].append(copy[1:2])
    copy[2].head = copy[0]
    assert parsed.to_bytes() == before


def test_docs_are_freed_without_the_collector(vocab: Vocab) -> None:
    """A Doc with groups, entities and columns holds no reference to itself."""
    doc = Doc(vocab, words=["a", "b"], ents=["B-X", "O"])
    doc.spans["g"] = [doc[0:1]]
    column = doc.column("tag")
    ref = weakref.ref(doc)
    gc.disable()
    try:
        del doc, column
        assert ref() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("entity", ["a", "abc", 1, ("L", 0), ("L", 0, 1, 2, 3, 4)])
def test_entities_that_are_none(parsed: Doc, entity: Any) -> None:
    """What is neither a span nor a tuple of one is E4027 with its value; the entities stay."""
    parsed.set_ents([Span(parsed, 0, 1, label="P")])
    with pytest.raises(TypeError, match=r"E4027.*Doc\.ents takes a Span.*" + re.escape(repr(entity))):
        parsed.ents = [entity]  # type: ignore[assignment]
    assert [ent.label_ for ent in parsed.ents] == ["P"]


def test_vectors_and_similarity(vocab: Vocab) -> None:
    """The vector of a Doc is the mean of its words'; similarity is their cosine."""
    vocab.reset_vectors(width=2)
    vocab.set_vector("a", numpy.asarray([1, 0], dtype="f"))
    vocab.set_vector("b", numpy.asarray([0, 1], dtype="f"))
    doc = Doc(vocab, words=["a", "b"])
    assert doc.vector.tolist() == [0.5, 0.5]
    assert doc[0].similarity(doc[1]) == 0.0
    assert doc.similarity(doc[0]) == pytest.approx(0.5**0.5)
    assert doc[0:1].similarity(doc[0]) == 1.0


HOOKS = {
    "user_hooks": "sentiment has_vector vector vector_norm",
    "user_span_hooks": "sentiment has_vector vector vector_norm sent root",
    "user_token_hooks": "sentiment has_vector vector vector_norm sent",
}


@pytest.mark.parametrize("kind", HOOKS)
def test_hooks_replace_properties(kind: str) -> None:
    """What a hook returns is the property's value, its argument the object."""
    doc = Doc(Vocab(), words=["a", "b"], sent_starts=[True, False])
    views = {"user_hooks": doc, "user_span_hooks": doc[0:2], "user_token_hooks": doc[0]}
    for name in HOOKS[kind].split():
        getattr(doc, kind)[name] = lambda obj, name=name: (obj, name)
        assert getattr(views[kind], name) == (views[kind], name)
    getattr(doc, kind)["similarity"] = lambda obj, other: (obj, other)
    assert views[kind].similarity(doc[1]) == (views[kind], doc[1])


def test_root_of_a_span_is_a_word(vocab: Vocab) -> None:
    """Of tokens equally near to the root, bare punctuation gives way to words; alone it is the root."""
    words = ["I", ",", "Ann", ",", "see", "("]
    doc = Doc(vocab, words=words, heads=[4, 4, 4, 4, 4, 4], deps=["x", "x", "x", "x", "ROOT", "x"])
    assert doc[1:4].root.i == 2
    assert doc[3:4].root.i == 3
    assert doc[1:2].root.i == 1
    hung = Doc(vocab, words=words, heads=[1, 4, 4, 4, 4, 4], deps=["x", "x", "x", "x", "ROOT", "x"])
    assert hung[1:4].root.i == 1


@pytest.mark.parametrize(("kind", "names"), [("user_hooks", "ents sents"), ("user_span_hooks", "sents")])
def test_hooks_of_several(kind: str, names: str) -> None:
    """Hooks of properties that give several things may return any iterable."""
    doc = Doc(Vocab(), words=["a", "b"])
    getattr(doc, kind).update(dict.fromkeys(names.split(), lambda obj: iter([1, 2])))
    view = doc if kind == "user_hooks" else doc[0:2]
    assert [list(getattr(view, name)) for name in names.split()] == [[1, 2]] * len(names.split())


def test_hooks_of_the_tree() -> None:
    """Hooks of tokens say what their children, subtrees and conjuncts are; spans ask the tokens."""
    doc = Doc(Vocab(), words=["a", "b", "c"])
    names = ("lefts", "rights", "subtree", "conjuncts")
    doc.user_token_hooks.update(dict.fromkeys(names, lambda token: [token.doc[2]]))
    assert [list(getattr(doc[0], name)) for name in names] == [[doc[2]]] * 4
    assert list(doc[0:2].rights) == [doc[2], doc[2]]
    doc.user_hooks["sents"] = lambda doc: [doc[0:1], doc[1:3]]
    assert doc[1:2].sent == doc[1:3]
    assert doc.has_annotation("SENT_START")
    assert list(doc[1:2].sents) == [doc[1:3]]


def test_the_tensor_stands_in_for_vectors() -> None:
    """Without vectors in the vocabulary, those of tokens and spans are rows of the tensor."""
    doc = Doc(Vocab(), words=["a", "b"])
    assert (doc[0].has_vector, doc[0:2].has_vector, doc[0].vector.size) == (False, False, 0)
    doc.tensor = numpy.arange(6, dtype="float32").reshape((2, 3))
    assert (doc[0].has_vector, doc[0:2].has_vector) == (True, True)
    assert doc[1].vector.tolist() == [3, 4, 5]
    assert doc[0:2].vector.tolist() == [1.5, 2.5, 3.5]
    doc.vocab.set_vector("b", numpy.ones(3, dtype="float32"))
    assert (doc[0].has_vector, doc[1].has_vector, doc[0:1].has_vector, doc[0:2].has_vector) == (
        False,
        True,
        False,
        True,
    )
    assert doc[0].vector.tolist() == [0, 0, 0]


def test_bytes_and_memory(vocab: Vocab) -> None:
    """The UTF-8 of the text, and something that owns the tokens."""
    doc = Doc(vocab, words=["é", "b"])
    assert bytes(doc) == "é b ".encode()
    assert doc.mem is not None


@pytest.mark.parametrize("name", ["is_tagged", "is_parsed", "is_sentenced", "is_nered"])
def test_old_names_of_annotation(parsed: Doc, name: str) -> None:
    """They warn, and answer as `has_annotation` does."""
    with pytest.warns(DeprecationWarning, match="W107"):
        assert getattr(parsed, name) == (name != "is_nered")


def test_counts(vocab: Vocab) -> None:
    """Of an attribute by name or id; added to a mapping that is given."""
    doc = Doc(vocab, words=["a", "bc", "d"])
    assert doc.count_by("LENGTH") == doc.count_by(71) == {1: 2, 2: 1}
    counts = Counter({1: 5})
    assert doc.count_by(71, exclude=lambda token: token.i == 0, counts=counts) is None
    assert counts == {1: 6, 2: 1}


def test_utf8_array(vocab: Vocab) -> None:
    """The first byte, the last, the second, the second last; short words are filled up with 255."""
    doc = Doc(vocab, words=["héllo", "ab"])
    assert doc.to_utf8_array(4).tolist() == [[104, 111, 195, 108], [97, 98, 255, 255]]
    assert doc.to_utf8_array().shape == (2, 6)


def test_entity_tuples_with_ids(vocab: Vocab) -> None:
    """Five values are id, knowledge base, label, start and end; an entity without an id leaves that of its tokens."""
    doc = Doc(vocab, words=["a", "b", "c"])
    doc.ents = [("I1", "Q1", "X", 0, 2)]
    assert [(ent.id_, ent.kb_id_, ent.label_, ent.start, ent.end) for ent in doc.ents] == [("I1", "Q1", "X", 0, 2)]
    doc.ents = [("Y", "Q2", 0, 1)]
    assert [(token.ent_type_, token.ent_kb_id_, token.ent_id_) for token in doc] == [
        ("Y", "Q2", "I1"),
        ("", "", ""),
        ("", "", ""),
    ]


def test_bad_iob(vocab: Vocab) -> None:
    """What is no text is no IOB."""
    wrong: Any = [1]
    with pytest.raises(ValueError, match="E177"):
        Doc(vocab, words=["a"], ents=wrong)


def test_heads_count_with_labels(vocab: Vocab) -> None:
    """A head without a label is stored, and read once there is one."""
    doc = Doc(vocab, words=["a", "b"])
    doc.from_array(["HEAD"], numpy.asarray([[1], [0]], dtype="uint64"))
    assert doc[0].head.i == 0
    assert list(doc[1].children) == []
    doc[0].dep_ = "x"
    assert doc[0].head.i == 1


def test_arrays_of_other_types(vocab: Vocab) -> None:
    """They are converted with a warning; no attributes change nothing; feature strings come into normal form."""
    doc = Doc(vocab, words=["a", "b"])
    with pytest.warns(UserWarning, match="W028"):
        doc.from_array(["TAG"], numpy.asarray([1, 2]))
    assert [token.tag for token in doc] == [1, 2]
    assert doc.from_array([], numpy.zeros((2, 0))) is doc
    keys = [vocab.strings.add(text) for text in ("B=1|A=2", "A=2|B=1")]
    doc.from_array(["MORPH"], numpy.asarray(keys, dtype="uint64"))
    assert [str(token.morph) for token in doc] == ["A=2|B=1"] * 2
    with pytest.raises(ValueError, match="E4013"):
        doc.from_array(["MORPH"], numpy.asarray([vocab.strings.add("none"), 0], dtype="uint64"))


def test_unset_morph(vocab: Vocab) -> None:
    """Its key is 0, that of set but empty features another."""
    doc = Doc(vocab, words=["a", "b"], morphs=["", "A=b"])
    doc[1].set_morph(None)
    assert [token.morph.key for token in doc] == [vocab.strings["_"], 0]
    assert [str(token.morph) for token in doc] == ["", ""]


def test_interleaved_trees(vocab: Vocab) -> None:
    """Children in another sentence are children."""
    doc = Doc(vocab, words=list("abcd"), heads=[2, 3, 2, 3], deps=["x", "x", "ROOT", "ROOT"])
    assert [[child.i for child in token.children] for token in doc] == [[], [], [0], [1]]
    assert [token.left_edge.i for token in doc] == [0, 1, 0, 1]
    doc[1].head = doc[2]
    assert [token.i for token in doc[2].subtree] == [0, 1, 2]
    assert [sent.text for sent in doc.sents] == ["a b c", "d"]
    assert [child.i for child in doc.copy()[2].children] == [0, 1]


def test_has_vector_asks_for_the_words(vocab: Vocab) -> None:
    """A table of vectors alone is none for a Doc whose words are not in it."""
    vocab.reset_vectors(width=2)
    vocab.set_vector("a", numpy.ones(2, dtype="f"))
    assert [Doc(vocab, words=[word]).has_vector for word in ("a", "b")] == [True, False]
