"""Japanese, with a stand-in for SudachiPy that knows a few words."""

import pickle
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

import tagma
from tagma.tokenizer.japanese import DetailedToken, JapaneseTokenizer

VERB = ("動詞", "非自立可能", "*", "*", "サ行変格", "連用形")
NOUN = ("名詞", "普通名詞", "一般", "*", "*", "*")
ACTION = ("名詞", "普通名詞", "サ変可能", "*", "*", "*")
SPACE = ("空白", "*", "*", "*", "*", "*")


class Morpheme(NamedTuple):
    """A word as SudachiPy gives it."""

    form: str
    levels: tuple[str, ...]
    parts: dict[str, list[str]] = {}  # a default that is never written to

    def surface(self) -> str:
        return self.form

    def part_of_speech(self) -> tuple[str, ...]:
        return self.levels

    def dictionary_form(self) -> str:
        return "する" if self.form == "し" else ""

    def normalized_form(self) -> str:
        return "為る" if self.form == "し" else self.form

    def reading_form(self) -> str:
        return "シ=|" if self.form == "し" else "ヨミ"

    def split(self, mode: str) -> list["Morpheme"]:
        return [Morpheme(form, NOUN) for form in self.parts.get(mode, [self.form])]


KNOWN = [
    Morpheme("選挙委員会", NOUN, {"A": ["選挙", "委員", "会"], "B": ["選挙", "委員会"]}),
    Morpheme("医薬品", NOUN, {"A": ["医薬", "品"], "B": ["医薬", "品"]}),
    Morpheme("勉強", ACTION),
    Morpheme("し", VERB),
    *(Morpheme(blank, SPACE) for blank in " \n\u3000"),
]


class Analyser(NamedTuple):
    """Finds known words; what it does not know it leaves out."""

    mode: str

    def tokenize(self, text: str) -> list[Morpheme]:
        found, i = [Morpheme("", NOUN)], 0  # Sudachi gives empty words where a sign stands for several
        while i < len(text):
            word = next((word for word in KNOWN if text.startswith(word.form, i)), None)
            found += [word] if word else []
            i += len(word.form) if word else 1
        return found


@pytest.fixture(autouse=True)
def sudachi(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("sudachipy")
    dictionary = SimpleNamespace(create=lambda mode: Analyser(mode))
    vars(package).update(SplitMode=SimpleNamespace(A="A", B="B", C="C"), Dictionary=lambda: dictionary)
    monkeypatch.setitem(sys.modules, "sudachipy", package)
    monkeypatch.setitem(sys.modules, "sudachidict_core", ModuleType("sudachidict_core"))


def pipeline(mode: str | None = None) -> Any:
    return tagma.blank("ja", config={"nlp": {"tokenizer": {"split_mode": mode}}})


def test_what_is_known_of_words() -> None:
    """Tag, part of speech (here by the pair), lemma or the word itself, norm, features; no features of white space."""
    doc = pipeline()("勉強し  \n")
    assert doc.text == "勉強し  \n"
    assert [(token.text, token.whitespace_) for token in doc] == [("勉強", ""), ("し", " "), (" \n", "")]
    assert [token.tag_ for token in doc] == ["名詞-普通名詞-サ変可能", "動詞-非自立可能", "空白"]
    assert [token.pos_ for token in doc] == ["VERB", "AUX", "SPACE"]
    assert [token.lemma_ for token in doc] == ["勉強", "する", " \n"]
    assert [token.norm_ for token in doc] == ["勉強", "為る", " \n"]
    assert [str(token.morph) for token in doc] == ["Reading=ヨミ", "Inflection=サ行変格;連用形|Reading=シ__", ""]
    assert "sub_tokens" not in doc.user_data


@pytest.mark.parametrize("text", ["", " ", "\u3000勉強", "勉強\n\n勉強 "])
def test_texts_are_kept(text: str) -> None:
    """White space too."""
    assert pipeline()(text).text == text


def test_a_text_that_does_not_line_up() -> None:
    """The analyser left a word out."""
    with pytest.raises(ValueError, match="E194"):
        pipeline()("勉強?")


def test_parts_of_words() -> None:
    """With B the shortest parts, with C also the longer ones; None for words of one part and for white space."""
    by_b = pipeline("B")("選挙委員会\n勉強").user_data["sub_tokens"]
    assert [[part.surface for part in parts] for parts in by_b[0]] == [["選挙", "委員", "会"]]
    assert by_b[1:] == [None, None]
    by_c = pipeline("C")("選挙委員会医薬品").user_data["sub_tokens"]
    assert [[[part.surface for part in parts] for parts in word] for word in by_c] == [
        [["選挙", "委員", "会"], ["選挙", "委員会"]],
        [["医薬", "品"], ["医薬", "品"]],
    ]
    assert by_c[0][0][0] == DetailedToken("選挙", "名詞-普通名詞-一般", "", "", "選挙", "ヨミ", None)


def test_settings(tmp_path: Path) -> None:
    """The mode is given to the analyser, and saved in every form; others are refused."""
    nlp = pipeline("C")
    assert nlp.tokenizer.tokenizer.mode == "C"
    assert pipeline().tokenizer.tokenizer.mode == "A"
    nlp.to_disk(tmp_path / "nlp")
    assert tagma.load(tmp_path / "nlp").tokenizer.tokenizer.mode == "C"  # type: ignore[attr-defined]  # the analyser
    assert pickle.loads(pickle.dumps(nlp.tokenizer)).split_mode == "C"
    assert pipeline().tokenizer.from_bytes(nlp.tokenizer.to_bytes()).tokenizer.mode == "C"
    with pytest.raises(ValueError, match=r"split_mode.*'D'"):
        pipeline("D")
    (tmp_path / "nlp" / "tokenizer" / "cfg").write_text('{"split_mode": "D"}')
    with pytest.raises(ValueError, match=r"E4010.*cfg"):
        tagma.load(tmp_path / "nlp")


@pytest.mark.parametrize("module", ["sudachipy", "sudachidict_core"])
def test_packages_are_needed(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """The analyser and its dictionary; the error says how to get both."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"E4411.*{module}.*pip install sudachipy sudachidict_core$"):
        JapaneseTokenizer(tagma.blank("xx").vocab)


def test_morphologizer_of_japanese() -> None:
    """Pipelines for Japanese have their own defaults: what the tokenizer set is kept."""
    nlp = pipeline()
    proc = nlp.add_pipe("morphologizer")
    assert proc.cfg["extend"] is True
    assert nlp.get_factory_meta("morphologizer").default_score_weights == {
        "pos_acc": 0.5,
        "morph_micro_f": 0.5,
        "morph_per_feat": None,
    }
    assert tagma.blank("xx").add_pipe("morphologizer").cfg["extend"] is False  # type: ignore[attr-defined]  # its settings
