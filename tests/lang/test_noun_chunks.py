"""Base noun phrases; tests/interop/test_rules.py compares all languages with the peer on random parses."""

import pytest

import tagma
from tagma.lang.noun_chunks import NOUN_CHUNKS
from tagma.tokens import Doc


def doc_of(lang: str, text: str, pos: str, heads: list[int], deps: str) -> Doc:
    return Doc(tagma.blank(lang).vocab, words=text.split(), pos=pos.split(), heads=heads, deps=deps.split())


@pytest.mark.parametrize(
    ("lang", "text", "pos", "heads", "deps", "chunks"),
    [
        (
            "de", "Eine Tasse Tee steht da", "DET NOUN NOUN VERB ADV", [1, 3, 1, 3, 3], "nk sb nk ROOT mo",
            ["Eine Tasse Tee"],
        ),
        (
            "fr", "Le chat noir dort dans la maison", "DET NOUN ADJ VERB ADP DET NOUN", [1, 3, 1, 3, 6, 6, 3],
            "det nsubj amod ROOT case det obl", ["Le chat noir", "la maison"],
        ),
        (
            "es", "El rey y la reina llegan", "DET NOUN CCONJ DET NOUN VERB", [1, 5, 4, 4, 1, 5],
            "det nsubj cc det conj ROOT", ["El rey", "la reina"],
        ),
        (
            "sv", "Hunden i huset sover", "NOUN ADP NOUN VERB", [3, 2, 0, 3], "nsubj case nmod ROOT",
            ["Hunden i huset"],
        ),
        (
            "nl", "Hij ziet een mooi huis", "PRON VERB DET ADJ NOUN", [1, 1, 4, 4, 1], "nsubj ROOT det amod obj",
            ["Hij", "een mooi huis"],
        ),
    ],
)  # fmt: skip
def test_phrases(lang: str, text: str, pos: str, heads: list[int], deps: str, chunks: list[str]) -> None:
    """Through `doc.noun_chunks`, which finds the function of the language."""
    assert [chunk.text for chunk in doc_of(lang, text, pos, heads, deps).noun_chunks] == chunks


@pytest.mark.parametrize("lang", sorted(NOUN_CHUNKS))
def test_without_a_parse(lang: str) -> None:
    """An error that says what is missing; Japanese asks for nothing."""
    bare = Doc(tagma.blank("xx").vocab, words=["a"], pos=["NOUN"])
    if lang == "ja":
        assert list(NOUN_CHUNKS[lang](bare)) == []
        return
    with pytest.raises(ValueError, match="E029"):
        list(NOUN_CHUNKS[lang](bare))


def test_dutch_needs_parts_of_speech() -> None:
    """Besides a parse."""
    with pytest.raises(ValueError, match="E1019"):
        list(NOUN_CHUNKS["nl"](Doc(tagma.blank("xx").vocab, words=["a"], heads=[0], deps=["ROOT"])))
