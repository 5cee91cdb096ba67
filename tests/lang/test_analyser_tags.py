"""Parts of speech for tags of UniDic and mecab-ko-dic."""

import pytest

from tagma.lang.analyser_tags import GAP, KOREAN, japanese_parts
from tagma.parts_of_speech import IDS


@pytest.mark.parametrize(
    ("tag", "part"),
    [
        ("名詞-普通名詞-一般", "NOUN"),
        ("名詞-普通名詞-サ変可能", "NOUN"),
        ("名詞-固有名詞-人名-姓", "PROPN"),
        ("名詞-数詞", "NUM"),
        ("名詞-助動詞語幹", "AUX"),
        ("接尾辞-名詞的-助数詞", "NOUN"),
        ("接尾辞-動詞的", "PART"),
        ("補助記号-句点", "PUNCT"),
        ("補助記号-一般", "SYM"),
        ("補助記号-ＡＡ-一般", "SYM"),
        ("補助記号-ＡＡ-顔文字", "PUNCT"),
        ("動詞-一般", "VERB"),
        ("動詞-非自立可能", "AUX"),
        ("助詞-接続助詞", "SCONJ"),
        (GAP, "SPACE"),
        ("", "X"),
        ("新しい-品詞", "X"),
    ],
)
def test_by_the_longest_beginning(tag: str, part: str) -> None:
    """A tag is what its longest known beginning is, X if none is known."""
    assert japanese_parts(["語"], [tag]) == [part]


def test_words_decide_before_tags() -> None:
    """Some determiners are pronouns; a wide blank is no white space."""
    assert japanese_parts(["この", "あらゆる", "\u3000"], ["連体詞", "連体詞", GAP]) == ["DET", "PRON", "X"]


def test_pairs_decide_for_both() -> None:
    """A noun of action before a light verb is the verb, which is its auxiliary; the second of a pair is decided."""
    noun, verb = "名詞-普通名詞-サ変可能", "動詞-非自立可能"
    assert japanese_parts(["勉強", "する", "する"], [noun, verb, verb]) == ["VERB", "AUX", "AUX"]
    assert japanese_parts(["て", "い"], ["助詞-格助詞", verb]) == ["ADP", "VERB"]
    assert japanese_parts(["勉強"], [noun]) == ["NOUN"]


def test_words_and_tags_go_together() -> None:
    """One tag a word."""
    with pytest.raises(ValueError, match="shorter"):
        japanese_parts(["a", "b"], ["名詞"])


def test_korean_parts_are_known() -> None:
    """All are parts of speech of the library."""
    assert set(KOREAN.values()) <= set(IDS)
    assert (KOREAN["NNG"], KOREAN["VV"]) == ("NOUN", "VERB")
