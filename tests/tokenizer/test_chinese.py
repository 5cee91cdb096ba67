"""Chinese: characters, and words of jieba and pkuseg, with stand-ins for the packages."""

import pickle
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import srsly

import tagma
from tagma.tokenizer.chinese import ChineseTokenizer

CHINESE = "我爱 北京！ok 1"
JIEBA = {"nlp": {"tokenizer": {"segmenter": "jieba"}}}
PKUSEG: dict[str, Any] = {"nlp": {"tokenizer": {"segmenter": "pkuseg"}}}


def words(nlp: Any, text: str = CHINESE) -> list[str]:
    return [token.text_with_ws for token in nlp(text)]


def test_characters() -> None:
    """Each character a token; a blank belongs to the one before it."""
    doc = tagma.blank("zh")(CHINESE)
    assert [token.text_with_ws for token in doc] == ["我", "爱 ", "北", "京", "！", "o", "k ", "1"]
    assert doc.text == CHINESE


def test_jieba(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for jieba gives words; without it, the error says what to install."""
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ImportError, match=r"E4411.*pip install jieba"):
        tagma.blank("zh", config=JIEBA)
    package = ModuleType("jieba")
    package.cut = lambda text, cut_all: iter(["我", "爱", " ", "北京", "！", "ok", " ", "1"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jieba", package)
    assert words(tagma.blank("zh", config=JIEBA)) == ["我", "爱 ", "北京", "！", "ok ", "1"]


def test_other_segmenters() -> None:
    """A config is refused; the class itself warns and takes characters."""
    with pytest.raises(ValueError, match=r"segmenter.*'other'"):
        tagma.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "other"}}})
    with pytest.warns(UserWarning, match=r"W103.*'other'.*char, jieba, pkuseg"):
        tokenizer = ChineseTokenizer(tagma.blank("xx").vocab, "other")  # type: ignore[arg-type]  # not one of them
    assert tokenizer.segmenter == "char"


class Trie(SimpleNamespace):
    """A node of the words that are not split."""


class Preprocesser:
    """Stands in for the words that are never split."""

    def __init__(self, given: Any) -> None:
        self.trie = Trie(isword=False, usertag="", children={})
        for word, tag in given or ():
            self.insert(word, tag)

    def insert(self, word: str, tag: str) -> None:
        node = self.trie
        for character in word:
            node = node.children.setdefault(character, Trie(isword=False, usertag="", children={}))
        node.isword, node.usertag = True, tag


class Saves(SimpleNamespace):
    """A model or feature extractor, which is saved as its file."""

    def save(self, folder: Any) -> None:
        Path(folder, self.name).write_bytes(self.data)


class Segmenter:
    """Stands in for pkuseg: pairs of characters, and the user's first words whole."""

    def __init__(self, model: str, user_dict: str | None = "default") -> None:
        features, weights = (Path(model, name).read_bytes() for name in ("features.msgpack", "weights.npz"))
        if weights != b"weights":
            raise AssertionError
        self.feature_extractor = Saves(name="features.msgpack", data=features)
        self.model = Saves(name="weights.npz", data=weights)
        self.preprocesser = Preprocesser(None)
        self.postprocesser = SimpleNamespace(do_process=False)
        self.user_dict = user_dict

    def cut(self, text: str) -> list[str]:
        known = set(self.preprocesser.trie.children)
        found = []
        for piece in text.split():
            step = 1 if piece[0] in known else 2
            found += [piece[i : i + step] for i in range(0, len(piece), step)]
        return found


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a model, where the stand-in is installed."""
    package = ModuleType("spacy_pkuseg")
    vars(package).update(pkuseg=Segmenter, Preprocesser=Preprocesser, config=SimpleNamespace(available_models=["news"]))
    monkeypatch.setitem(sys.modules, "spacy_pkuseg", package)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "features.msgpack").write_bytes(b"features")
    (folder / "weights.npz").write_bytes(b"weights")
    return folder


def with_model(model: Path) -> Any:
    nlp = tagma.blank("zh", config={**PKUSEG, "initialize": {"tokenizer": {"pkuseg_model": str(model)}}})
    nlp.initialize()
    return nlp


def test_pkuseg_needs_its_package_and_a_model(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    """What is missing is named: a model before `initialize`, the model's name, files of its folder, the package."""
    nlp = tagma.blank("zh", config=PKUSEG)
    with pytest.raises(ValueError, match="E1000"):
        nlp(CHINESE)
    with pytest.raises(ValueError, match="E1000"):
        nlp.tokenizer.pkuseg_update_user_dict(["我"])  # type: ignore[attr-defined]  # a method of this tokenizer
    with pytest.raises(ValueError, match="E4512"):
        nlp.initialize()
    (model / "weights.npz").unlink()
    with pytest.raises(OSError, match=r"E4511.*weights\.npz"):
        with_model(model)
    monkeypatch.setitem(sys.modules, "spacy_pkuseg", None)
    with pytest.raises(ImportError, match=r"E4411.*pip install spacy-pkuseg$"):
        tagma.blank("zh", config=PKUSEG)


def test_old_models_are_not_unpickled(model: Path) -> None:
    """A folder with a pickle in the place of features is refused before pkuseg sees it."""
    (model / "features.msgpack").rename(model / "features.pkl")
    with pytest.raises(OSError, match=r"E4511.*features\.msgpack"):
        with_model(model)


def test_pkuseg(model: Path) -> None:
    """Words of the model; those of the user are never split, and may be forgotten."""
    nlp = with_model(model)
    assert words(nlp) == ["我爱 ", "北京", "！o", "k ", "1"]
    assert nlp.tokenizer.pkuseg_seg.user_dict == "default"
    nlp.tokenizer.pkuseg_update_user_dict(["北"])
    assert words(nlp)[1:3] == ["北", "京"]
    nlp.tokenizer.pkuseg_update_user_dict([], reset=True)
    assert words(nlp)[1] == "北京"
    nlp.tokenizer.initialize(pkuseg_model=str(model), pkuseg_user_dict=None)
    assert nlp.tokenizer.pkuseg_seg.user_dict == str(model)
    with pytest.warns(UserWarning, match=r"W104.*'char'"):
        ChineseTokenizer(nlp.vocab).pkuseg_update_user_dict(["北"])


def test_files_of_pkuseg(model: Path, tmp_path: Path) -> None:
    """Model and words come back from a folder, from bytes, and from a pickle."""
    nlp = with_model(model)
    nlp.tokenizer.pkuseg_update_user_dict(["北京"])
    expected = words(nlp)
    nlp.to_disk(tmp_path / "nlp")
    assert words(tagma.load(tmp_path / "nlp")) == expected
    other = tagma.blank("zh", config=PKUSEG)
    other.tokenizer.from_bytes(nlp.tokenizer.to_bytes())
    assert words(other) == expected
    assert words(pickle.loads(pickle.dumps(nlp.tokenizer))) == expected


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("pkuseg_model/weights.npz", b"other", r"E4010.*pkuseg"),
        ("pkuseg_model/weights.npz", None, r"E4511.*weights\.npz"),
        ("pkuseg_model/features.msgpack", None, r"E4511.*features\.msgpack"),
        ("pkuseg_processors", b"\xc1", r"E4010.*pkuseg_processors"),
        ("pkuseg_processors", b"", r"E4010.*pkuseg_processors"),
        ("pkuseg_processors", srsly.msgpack_dumps([[], False, []]), r"E4010.*pkuseg_processors"),
        ("pkuseg_processors", srsly.msgpack_dumps([[3], False, [], []]), r"E4010.*pkuseg_processors"),
        ("pkuseg_processors", None, "pkuseg_processors"),
        ("cfg", b"[]", r"E4010.*cfg"),
    ],
)
def test_damaged_files_of_pkuseg(model: Path, tmp_path: Path, name: str, data: bytes | None, error: str) -> None:
    """A file that is missing or altered is named."""
    with_model(model).to_disk(tmp_path / "nlp")
    damaged = tmp_path / "nlp" / "tokenizer" / name
    damaged.unlink()
    if data is not None:
        damaged.write_bytes(data)
    with pytest.raises((ValueError, OSError), match=error):
        tagma.load(tmp_path / "nlp")


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
    assert words(pickle.loads(pickle.dumps(nlp.tokenizer))) == words(nlp)
