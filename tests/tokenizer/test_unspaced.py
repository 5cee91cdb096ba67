"""Tokenizers of languages without spaces between words."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

import tagma
from tagma.tokenizer.unspaced import ChineseTokenizer, VietnameseTokenizer

CHINESE = "我爱 北京！ok 1"


def test_characters() -> None:
    """Each character a token; a blank belongs to the one before it."""
    doc = tagma.blank("zh")(CHINESE)
    assert [token.text_with_ws for token in doc] == ["我", "爱 ", "北", "京", "！", "o", "k ", "1"]
    assert doc.text == CHINESE


def test_words_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for jieba gives words; without it, the error says what to install."""
    config = {"nlp": {"tokenizer": {"segmenter": "jieba"}}}
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ImportError, match=r"E4411.*pip install jieba"):
        tagma.blank("zh", config=config)
    package = ModuleType("jieba")
    package.cut = lambda text, cut_all: iter(["我", "爱", " ", "北京", "！", "ok", " ", "1"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jieba", package)
    doc = tagma.blank("zh", config=config)(CHINESE)
    assert [token.text_with_ws for token in doc] == ["我", "爱 ", "北京", "！", "ok ", "1"]


def test_thai(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words of pythainlp, white space among them."""
    monkeypatch.setitem(sys.modules, "pythainlp.tokenize", None)
    with pytest.raises(ImportError, match=r"E4411.*pip install pythainlp$"):
        tagma.blank("th")
    package = ModuleType("pythainlp.tokenize")
    package.word_tokenize = lambda text: ["ab", " ", "c"]  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "pythainlp", ModuleType("pythainlp"))
    monkeypatch.setitem(sys.modules, "pythainlp.tokenize", package)
    assert [token.text for token in tagma.blank("th")("ab c")] == ["ab", " ", "c"]


def test_vietnamese() -> None:
    """Syllables; joining them to words is not in this version."""
    with pytest.raises(ValueError, match=r"E4413.*use_pyvi = false"):
        tagma.blank("vi")
    doc = tagma.blank("vi", config={"nlp": {"tokenizer": {"use_pyvi": False}}})("Đây là  một")
    assert [token.text_with_ws for token in doc] == ["Đây ", "là ", " ", "một"]


@pytest.mark.parametrize("segmenter", ["pkuseg", "other"])
def test_other_segmenters(segmenter: str) -> None:
    """What is not here is named, with what is."""
    with pytest.raises(ValueError, match=rf"E4412.*'{segmenter}'.*char"):
        ChineseTokenizer(tagma.blank("xx").vocab, segmenter)


def test_files(tmp_path: Path) -> None:
    """The setting is saved; a pipeline comes back."""
    nlp = tagma.blank("zh")
    nlp.to_disk(tmp_path / "nlp")
    assert (tmp_path / "nlp" / "tokenizer" / "cfg").read_text(encoding="utf8").split() == [
        "{",
        '"segmenter":"char"',
        "}",
    ]
    assert len(tagma.load(tmp_path / "nlp")(CHINESE)) == 8
    tokenizer = VietnameseTokenizer(nlp.vocab)
    assert tokenizer.from_bytes(tokenizer.to_bytes()).use_pyvi is False
    with pytest.raises(ValueError, match="E4010"):
        tokenizer.from_bytes(ChineseTokenizer(nlp.vocab).to_bytes())
