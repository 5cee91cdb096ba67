"""English noun chunks."""

from collections.abc import Iterator

import pytest

import tagma
from tagma.tokens import Doc

WORDS = ["The", "old", "man", "and", "his", "small", "dog", "crossed", "the", "busy", "road", "in", "Paris", "."]
HEADS = [2, 2, 7, 2, 6, 6, 2, 7, 10, 10, 7, 7, 11, 7]
DEPS = ["det", "amod", "nsubj", "cc", "poss", "amod", "conj", "ROOT", "det", "amod", "dobj", "prep", "pobj", "punct"]
POS = ["DET", "ADJ", "NOUN", "CCONJ", "PRON", "ADJ", "NOUN", "VERB", "DET", "ADJ", "NOUN", "ADP", "PROPN", "PUNCT"]


def parsed() -> Doc:
    return Doc(tagma.blank("en").vocab, words=WORDS, heads=HEADS, deps=DEPS, pos=POS)


def test_chunks() -> None:
    """A noun with what stands before it; a conjunct is a chunk where the first of its series is one."""
    chunks = list(parsed().noun_chunks)
    assert [chunk.text for chunk in chunks] == ["The old man", "his small dog", "the busy road", "Paris"]
    assert {chunk.label_ for chunk in chunks} == {"NP"}


def test_conjuncts_of_what_is_no_phrase() -> None:
    """The conjunct of a compound's noun is none; one that stands before its head is a chunk for itself."""
    vocab = tagma.blank("en").vocab
    pos = ["NOUN", "CCONJ", "NOUN", "NOUN"]
    doc = Doc(
        vocab, words=["cat", "and", "dog", "food"], heads=[3, 0, 0, 3], deps=["nmod", "cc", "conj", "ROOT"], pos=pos
    )
    assert [chunk.text for chunk in doc.noun_chunks] == ["cat and dog food"]
    doc = Doc(vocab, words=["a", "b"], heads=[1, 1], deps=["conj", "nsubj"], pos=["NOUN", "NOUN"])
    assert [chunk.text for chunk in doc.noun_chunks] == ["a"]


def test_chunks_of_a_span() -> None:
    """Those of the Doc that lie wholly inside."""
    assert [chunk.text for chunk in parsed()[1:11].noun_chunks] == ["his small dog", "the busy road"]


def test_another_function() -> None:
    """A Doc can have its own idea of noun chunks, which goes along with its spans; None is that of the language."""
    doc = parsed()
    assert doc.noun_chunks_iterator is doc.vocab.get_noun_chunks
    doc.noun_chunks_iterator = lambda doc: [(0, len(doc), doc.vocab.strings.add("ALL"))]
    assert [(chunk.end, chunk.label_) for chunk in doc.noun_chunks] == [(14, "ALL")]
    assert [len(chunk) for chunk in doc[0:3].as_doc().noun_chunks] == [3]
    doc.noun_chunks_iterator = None
    assert [chunk.text for chunk in doc.noun_chunks][:1] == ["The old man"]


def test_merging_while_looking() -> None:
    """All chunks are found before the first is given out, so that the Doc can be changed meanwhile."""
    found = []

    def every_token(doc: Doc) -> Iterator[tuple[int, int, int]]:
        for token in doc:
            found.append(token.i)
            yield token.i, token.i + 1, 0

    doc = parsed()
    doc.noun_chunks_iterator = every_token
    assert next(iter(doc.noun_chunks)).text == "The"
    assert found == list(range(len(doc)))


def test_without_a_parse() -> None:
    """One sentence says that the parse is missing; an empty Doc has no chunks, a language without rules says so."""
    doc = tagma.blank("en")("The old man")
    for place in (doc, doc[:2]):
        with pytest.raises(ValueError, match=r"^\[E029\] Noun chunks need a parse"):
            list(place.noun_chunks)
    assert list(tagma.blank("en")("").noun_chunks) == []
    with pytest.raises(NotImplementedError, match=r"E894.*'xx'"):
        list(tagma.blank("xx")("a").noun_chunks)
