"""The Doc: tokens, annotation columns, entities, sentences, copies, files."""

import gc
import json
import pickle
import re
import weakref
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc, Span
from tagma.tokens.table import COLUMNS
from tagma.vocab import Vocab

DATA = Path(__file__).parent.parent / "data" / "docs"
ATTRS = [
    "ORTH",
    "NORM",
    "TAG",
    "HEAD",
    "DEP",
    "ENT_IOB",
    "ENT_TYPE",
    "ENT_KB_ID",
    "ENT_ID",
    "LEMMA",
    "MORPH",
    "POS",
    "SENT_START",
    "SPACY",
]
MINUS = 2**64 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the getters that all languages share."""
    return Vocab(dict(LEX_ATTRS))


@pytest.fixture
def parsed(vocab: Vocab) -> Doc:
    """Two sentences with a parse: "I like it . You go ."."""
    return Doc(
        vocab,
        words=["I", "like", "it", ".", "You", "go", "."],
        heads=[1, 1, 1, 1, 5, 5, 5],
        deps=["nsubj", "ROOT", "dobj", "punct", "nsubj", "ROOT", "punct"],
        tags=["PRP", "VBP", "PRP", ".", "PRP", "VBP", "."],
    )


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
    ],
)
def test_bad_arguments(vocab: Vocab, arguments: dict[str, Any], code: str) -> None:
    """Contradictory or unknown annotation is a ValueError with its code."""
    with pytest.raises(ValueError, match=code):
        Doc(vocab, **arguments)


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


def test_columns_are_allocated_when_written(vocab: Vocab) -> None:
    """A fresh Doc has only its two columns; reading annotation makes none; writing makes just that one."""
    doc = Doc(vocab, words=["a", "b"])
    assert [t.tag_ for t in doc] == ["", ""]
    assert not any(doc.has_column(name) for name in COLUMNS)
    doc[0].tag_ = "NN"
    assert [name for name in COLUMNS if doc.has_column(name)] == ["tag"]


def test_columns_are_the_docs_memory(vocab: Vocab) -> None:
    """What is written to a column array is seen by tokens, the array keeps the Doc's memory alive, lex is read-only."""
    doc = Doc(vocab, words=["a", "b"])
    tag = doc.column("tag")
    tag[1] = vocab.strings.add("NN")
    assert doc[1].tag_ == "NN"
    lex = doc.column("lex")
    expected = lex.tolist()
    with pytest.raises(ValueError, match="read-only"):
        lex[0] = 0
    del doc, tag
    gc.collect()
    assert lex.tolist() == expected
    with pytest.raises(KeyError, match="E983"):
        Doc(vocab).column("nonsense")


def test_views_stay_valid(vocab: Vocab) -> None:
    """Tokens and spans made before a column exists see what is written later."""
    doc = Doc(vocab, words=["a", "b"])
    token, span = doc[1], doc[0:2]
    doc.column("tag")[:] = vocab.strings.add("NN")
    doc.from_array(["LEMMA"], numpy.full(2, vocab.strings.add("x"), dtype="uint64"))
    assert (token.tag_, span.lemma_) == ("NN", "x x")


def test_indexing(parsed: Doc) -> None:
    """Indices count from either end; outside is IndexError E026; slices are spans, without steps."""
    assert (parsed[0].text, parsed[-1].text, parsed[1:3].text, parsed[5:1].text) == ("I", ".", "like it", "")
    for bad in (7, -8):
        with pytest.raises(IndexError, match="E026"):
            parsed[bad]
    with pytest.raises(ValueError, match="E057"):
        parsed[::2]
    with pytest.raises(TypeError):
        parsed["a"]


def test_sentence_starts_follow_from_heads(parsed: Doc) -> None:
    """A parse gives the sentences, also where the first token of a sentence is no root."""
    assert parsed.to_array("SENT_START").tolist() == [1, MINUS, MINUS, MINUS, 1, MINUS, MINUS]
    assert [sent.text for sent in parsed.sents] == ["I like it .", "You go ."]
    assert parsed[2].sent.text == "I like it ."
    assert parsed[3].is_sent_end
    with pytest.raises(ValueError, match="E043"):
        parsed[2].is_sent_start = True


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


def test_cycles_and_wild_heads_do_no_harm(vocab: Vocab) -> None:
    """A head column with a cycle or indices outside gives errors or short answers, never a crash or an endless loop."""
    doc = Doc(vocab, words=["a", "b", "c"], heads=[1, 0, 2], deps=["x", "y", "z"])
    assert [t.i for t in doc[0].ancestors][:2] == [1, 0]
    assert {t.i for t in doc[0].subtree} >= {0}
    circle = Doc(vocab, words=["a", "b"], heads=[1, 0], deps=["conj", "conj"])
    assert [t.i for t in circle[0].conjuncts] == [1]
    doc.column("head")[0] = 1000
    with pytest.raises(ValueError, match="E190"):
        doc[0].head  # noqa: B018
    with pytest.raises(ValueError, match="E190"):
        list(doc[1].children)


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


@pytest.mark.parametrize(
    ("attrs", "array", "code"),
    [
        (["TAG"], [1, 2, 3], "E971"),
        (["POS"], [7, 0], "E1021"),
        (["ENT_IOB"], [9, 0], "E982"),
        (["HEAD"], [5, 0], "E190"),
    ],
)
def test_bad_arrays(vocab: Vocab, attrs: list[str], array: list[int], code: str) -> None:
    """Arrays of another length or with impossible values are refused with their code."""
    with pytest.raises(ValueError, match=code):
        Doc(vocab, words=["a", "b"]).from_array(attrs, numpy.asarray(array))


def test_array_round_trip(parsed: Doc) -> None:
    """from_array takes what to_array gives, negative heads included."""
    copy = Doc(parsed.vocab, words=[t.text for t in parsed]).from_array(ATTRS, parsed.to_array(ATTRS))
    assert copy.to_array(ATTRS).tolist() == parsed.to_array(ATTRS).tolist()
    assert parsed.to_array("HEAD").tolist()[2] == MINUS


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


def test_pickle_keeps_everything(parsed: Doc) -> None:
    """A pickled Doc comes back with its vocabulary, annotations and user data."""
    parsed.user_data["k"] = {"x": (1, 2)}
    copy = pickle.loads(pickle.dumps(parsed))
    assert copy.to_array(ATTRS).tolist() == parsed.to_array(ATTRS).tolist()
    assert copy.user_data == parsed.user_data
    assert copy[0].lower_ == "i"


def test_peer_bytes_are_read(vocab: Vocab) -> None:
    """Bytes written by spaCy give the Doc that spaCy says it is."""
    expected = json.loads((DATA / "peer.json").read_text())[0]
    doc = Doc(vocab).from_bytes((DATA / "peer.doc").read_bytes())
    assert doc.text == expected["text"]
    assert doc.to_array(ATTRS).tolist() == expected["arr"]
    assert doc.to_json() == expected["json"]
    assert [t.norm_ for t in doc] == expected["norms"]
    assert doc.user_data == expected["ud"]


@given(st.integers(0, 1900), st.integers(0, 255))
def test_damaged_bytes_never_crash(at: int, value: int) -> None:
    """One altered byte, or a cut, gives a readable Doc or a ValueError, KeyError or TypeError; nothing else."""
    data = bytearray((DATA / "peer.doc").read_bytes())
    data[at] = value
    for damaged in (bytes(data), bytes(data[:at])):
        try:
            doc = Doc(Vocab()).from_bytes(damaged)
            list(doc.ents)
            doc.to_json()
        except (ValueError, KeyError, TypeError):
            continue


def test_json_round_trip(parsed: Doc) -> None:
    """from_json reads what to_json writes; partial annotation is E1040, other data E1038 with validation."""
    parsed.cats = {"x": 0.5}
    parsed.set_ents([Span(parsed, 0, 1, label="P")])
    parsed.spans["g"] = [Span(parsed, 0, 2, label="L", kb_id="K")]
    data = json.loads(json.dumps(parsed.to_json()))
    copy = Doc(parsed.vocab).from_json(data, validate=True)
    assert copy.to_json() == data
    del data["tokens"][0]["tag"]
    with pytest.raises(ValueError, match="E1040"):
        Doc(parsed.vocab).from_json(data)
    with pytest.raises(ValueError, match="E1038"):
        Doc(parsed.vocab).from_json({"text": 3}, validate=True)
    for other in ({"text": "a"}, {}, ["a"]):
        with pytest.raises(ValueError, match=r"E1038.* needed"):
            Doc(parsed.vocab).from_json(other)


@pytest.mark.parametrize("entity", ["a", "abc", 1, ("L", 0), ("L", 0, 1, 2, 3, 4)])
def test_entities_that_are_none(parsed: Doc, entity: Any) -> None:
    """What is neither a span nor a tuple of one is E4027 with its value; the entities stay."""
    parsed.set_ents([Span(parsed, 0, 1, label="P")])
    with pytest.raises(TypeError, match=r"E4027.*Doc\.ents takes a Span.*" + re.escape(repr(entity))):
        parsed.ents = [entity]  # type: ignore[assignment]
    assert [ent.label_ for ent in parsed.ents] == ["P"]


def test_from_docs_keeps_annotation(parsed: Doc) -> None:
    """Docs are joined with their annotation, offsets shifted, a space put between; other vocabularies are E999."""
    parsed.spans["g"] = [parsed[0:2]]
    second = Doc(parsed.vocab, words=["End", "."], spaces=[False, False], tags=["NN", "."])
    joined = Doc.from_docs([second, parsed, Doc(parsed.vocab), second])
    assert joined is not None
    assert joined.text == "End. I like it . You go . End."
    assert [t.tag_ for t in joined][:3] == ["NN", ".", "PRP"]
    assert [(s.start, s.end) for s in joined.spans["g"]] == [(2, 4)]
    assert joined[3].head.i == 3
    assert Doc.from_docs([]) is None
    with pytest.raises(ValueError, match="E999"):
        Doc.from_docs([parsed, Doc(Vocab(), words=["x"])])


def test_span_as_doc(parsed: Doc) -> None:
    """A span becomes a Doc of its own; heads outside become roots."""
    doc = parsed[2:6].as_doc()
    assert doc.text == "it . You go "
    assert [t.head.i for t in doc] == [0, 1, 3, 3]
    assert [t.tag_ for t in doc] == ["PRP", ".", "PRP", "VBP"]


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
