"""Tokenizers of languages without spaces between words: Thai and Vietnamese, with stand-ins for their packages."""

import pickle
import sys
from types import ModuleType

import pytest

import tagma
from tagma.tokenizer.chinese import ChineseTokenizer
from tagma.tokenizer.unspaced import VietnameseTokenizer

SYLLABLES = {"nlp": {"tokenizer": {"use_pyvi": False}}}


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


def test_vietnamese_syllables() -> None:
    """What stands between spaces."""
    doc = tagma.blank("vi", config=SYLLABLES)("Đây là  một")
    assert [token.text_with_ws for token in doc] == ["Đây ", "là ", " ", "một"]


class Joiner:
    """Stands in for pyvi: each syllable but the first goes on with the word before."""

    model: "Joiner"

    def sent2features(self, words: list[str], _: bool) -> list[str]:
        return words

    def predict(self, sentences: list[list[str]]) -> list[list[str]]:
        return [["B_W", *["I_W"] * (len(words) - 1)] for words in sentences]


@pytest.fixture
def pyvi(monkeypatch: pytest.MonkeyPatch) -> None:
    module, joiner = ModuleType("pyvi.ViTokenizer"), Joiner()
    joiner.model = joiner
    module.ViTokenizer = joiner  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "pyvi", ModuleType("pyvi"))
    monkeypatch.setitem(sys.modules, "pyvi.ViTokenizer", module)


@pytest.mark.usefixtures("pyvi")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("học  sinh", ["học  sinh"]),  # white space inside a word stays
        (" học\n", [" ", "học", "\n"]),
        ("học, sinh", ["học", ", ", "sinh"]),  # punctuation stands alone
        ("năm 2024 x", ["năm ", "2024 ", "x"]),  # and numbers
        ("ông Nguyễn Văn", ["ông ", "Nguyễn Văn"]),  # no name behind a small letter
        ("Tp. Hồ 3.500,5 a@b.vn http://x.vn/y ==> ...", ["Tp. Hồ ", "3.500,5 ", "a@b.vn http://x.vn/y ==> ..."]),
        ("", []),
        ("  ", ["  "]),
    ],
)
def test_vietnamese_words(text: str, words: list[str]) -> None:
    """Syllables that the model joins, but where signs, numbers or names forbid it."""
    doc = tagma.blank("vi")(text)
    assert doc.text == text
    assert [token.text_with_ws for token in doc] == words


def test_pyvi_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed, the error says how to get it; also when files ask for it."""
    monkeypatch.setitem(sys.modules, "pyvi", None)
    with pytest.raises(ImportError, match=r"E4411.*pip install pyvi$"):
        tagma.blank("vi")
    with pytest.raises(ImportError, match="E4411"):
        tagma.blank("vi", config=SYLLABLES).tokenizer.from_bytes(b'\x81\xa3cfg\xc4\x11{"use_pyvi":true}')


def test_files() -> None:
    """The setting is saved, in bytes and pickles; that of another tokenizer is refused."""
    nlp = tagma.blank("vi", config=SYLLABLES)
    tokenizer = nlp.tokenizer
    assert isinstance(tokenizer, VietnameseTokenizer)
    assert tokenizer.from_bytes(tokenizer.to_bytes()).use_pyvi is False
    assert [token.text for token in pickle.loads(pickle.dumps(tokenizer))("a b")] == ["a", "b"]
    with pytest.raises(ValueError, match="E4010"):
        tokenizer.from_bytes(ChineseTokenizer(nlp.vocab).to_bytes())


def test_score() -> None:
    """Tokenizers are scored by their tokens."""
    nlp = tagma.blank("vi", config=SYLLABLES)
    doc = nlp("a b")
    assert nlp.tokenizer.score([tagma.training.Example(doc, doc)])["token_acc"] == 1.0
