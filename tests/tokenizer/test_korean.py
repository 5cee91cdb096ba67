"""Korean, with a stand-in for natto-py that knows a few morphemes."""

import pickle
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import pytest

import tagma

FEATURES = {"나": "NP,*", "는": "JX,", "갔": "VV+EP,가/VV/*+았/EP/*", "다": "EF,*", "?": "SY9,*"}


class MeCabError(Exception):
    """The package's own."""


class MeCab:
    """Finds known morphemes."""

    made: list[str] = []  # what it was made with, for all tests

    def __init__(self, options: str) -> None:
        self.made.append(options)

    def parse(self, text: str, as_nodes: bool) -> Iterator[SimpleNamespace]:
        assert as_nodes
        for character in "".join(text.split()):
            yield SimpleNamespace(surface=character, feature=FEATURES[character], is_eos=lambda: False)
        yield SimpleNamespace(surface="", feature="", is_eos=lambda: True)


@pytest.fixture
def natto(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    package = ModuleType("natto")
    vars(package).update(MeCab=MeCab, MeCabError=MeCabError)
    monkeypatch.setitem(sys.modules, "natto", package)
    MeCab.made.clear()
    return package


@pytest.mark.usefixtures("natto")
def test_morphemes() -> None:
    """Of compounds the tag and lemma of the first; unknown tags are X; MeCab is made with the first text, once."""
    nlp = tagma.blank("ko")
    assert MeCab.made == []
    doc = nlp("나는 갔다?")
    assert [token.text_with_ws for token in doc] == ["나", "는 ", "갔", "다", "?"]
    assert [token.tag_ for token in doc] == ["NP", "JX", "VV", "EF", "SY9"]
    assert [token.pos_ for token in doc] == ["PRON", "ADP", "VERB", "X", "X"]
    assert [token.lemma_ for token in doc] == ["나", "는", "가", "다", "?"]
    assert doc.user_data["full_tags"] == ["NP", "JX", "VV+EP", "EF", "SY9"]
    nlp("나")
    assert MeCab.made == ["-F%f[0],%f[7]"]


@pytest.mark.usefixtures("natto")
@pytest.mark.parametrize("text", ["", "  ", " 나", "나  는\n\n갔다 "])
def test_texts_are_kept(text: str) -> None:
    """White space that is more than a blank is a token without tag."""
    doc = tagma.blank("ko")(text)
    assert doc.text == text
    assert {token.pos_ for token in doc if not token.tag_} <= {"SPACE"}
    assert len(doc.user_data["full_tags"]) == len(doc)


@pytest.mark.usefixtures("natto")
def test_pickle() -> None:
    """Without the library that MeCab is."""
    tokenizer = tagma.blank("ko").tokenizer
    tokenizer("나")
    assert len(pickle.loads(pickle.dumps(tokenizer))("나는")) == 2


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, natto: ModuleType) -> None:
    """MeCab with the first text, the package at once."""

    def absent(options: str) -> None:
        raise MeCabError("no library")

    natto.MeCab = absent  # type: ignore[attr-defined]  # a stand-in
    nlp = tagma.blank("ko")
    with pytest.raises(OSError, match=r"E4510.*no library.*spacy\.Tokenizer\.v1"):
        nlp("나")
    monkeypatch.setitem(sys.modules, "natto", None)
    with pytest.raises(ImportError, match=r"E4411.*natto.*pip install natto-py$"):
        tagma.blank("ko")


def test_without_morphemes() -> None:
    """The tokenizer of other languages works for Korean, too."""
    nlp = tagma.blank("ko", config={"nlp": {"tokenizer": {"@tokenizers": "spacy.Tokenizer.v1"}}})
    assert [token.text for token in nlp("안녕하세요, 세계!")] == ["안녕하세요", ",", "세계", "!"]
