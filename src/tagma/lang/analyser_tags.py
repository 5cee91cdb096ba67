"""Parts of speech for the tags that morphological analysers give: of UniDic for Japanese, of mecab-ko-dic for Korean.

    japanese_parts(["この", "本"], ["連体詞", "名詞-普通名詞-一般"])    ["DET", "NOUN"]
    KOREAN["NNG"]                                                     "NOUN"

A tag of UniDic is a path from the general to the special, so the table has beginnings of paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

__all__ = ["GAP", "KOREAN", "japanese_parts"]

GAP = "空白"  # the tag of white space

# Part of speech: beginnings of tags. The longest one decides.
_JAPANESE_TAGS = {
    "ADJ": "形状詞 形容詞",
    "ADP": "助詞-格助詞 助詞-係助詞 助詞-副助詞",
    "ADV": "副詞",
    "AUX": "助動詞 形状詞-助動詞語幹 動詞-非自立可能 名詞-助動詞語幹 接尾辞-形容詞的",
    "CCONJ": "接続詞",
    "DET": "連体詞",
    "INTJ": "感動詞",
    "NOUN": "名詞 記号 接頭辞 接尾辞-名詞的",
    "NUM": "名詞-数詞",
    "PART": "助詞-終助詞 接尾辞-形状詞的 接尾辞-動詞的",
    "PRON": "代名詞",
    "PROPN": "名詞-固有名詞 外国語",
    "PUNCT": "補助記号 補助記号-ＡＡ-顔文字",
    "SCONJ": "助詞-準体助詞 助詞-接続助詞",
    "SPACE": GAP,
    "SYM": "補助記号-一般 補助記号-ＡＡ 絵文字・記号等",
    "VERB": "動詞-一般",
}
_BY_BEGINNING = {beginning: part for part, tags in _JAPANESE_TAGS.items() for beginning in tags.split()}

# Words that are something else than their tag says.
_JAPANESE_WORDS = {
    (GAP, "\u3000"): "X",
    ("助詞-副助詞", "たり"): "PART",
    **{("連体詞", word): "PRON" for word in ("ある", "こんな", "そんな", "どんな", "あらゆる")},
}

# Where a word has this tag and the next one that tag: what the first is, what the second is; None as their tags say.
_NOT_INDEPENDENT = "動詞-非自立可能"  # a verb on its own behind these, an auxiliary behind nouns of action
_BEFORE_VERBS = """
名詞-普通名詞-副詞可能 副詞 形容詞-一般 形容詞-非自立可能 接頭辞 助詞-係助詞 助詞-副助詞 助詞-格助詞 補助記号-読点
"""
_PAIRS: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("形容詞-非自立可能", "助詞-終助詞"): ("AUX", None),
    ("名詞-普通名詞-形状詞可能", "助動詞"): ("ADJ", None),
    ("名詞-普通名詞-サ変可能", _NOT_INDEPENDENT): ("VERB", "AUX"),
    ("名詞-普通名詞-サ変形状詞可能", _NOT_INDEPENDENT): ("VERB", "AUX"),
    ("形容詞-一般", "接尾辞-名詞的-一般"): (None, "PART"),
    **{(tag, "形状詞-助動詞語幹"): (None, "NOUN") for tag in ("助詞-格助詞", "連体詞")},
    **{(tag, "助詞-副助詞"): (None, "PART") for tag in ("動詞-一般", _NOT_INDEPENDENT, "助動詞")},
    **{(tag, _NOT_INDEPENDENT): (None, "VERB") for tag in _BEFORE_VERBS.split()},
}

KOREAN = {
    tag: part
    for part, tags in {
        "ADJ": "VA VCN",
        "ADP": "JKS JKC JKG JKO JKB JKV JKQ JX VCP",
        "ADV": "MAG",
        "AUX": "VX",
        "CONJ": "JC MAJ",
        "DET": "MM",
        "INTJ": "IC",
        "NOUN": "NNG NNB NNBC",
        "NUM": "NR SN",
        "PRON": "NP",
        "PROPN": "NNP",
        "PUNCT": "SF SE SC SSO SSC",
        "SYM": "SY",
        "VERB": "VV",
        "X": "XPN XSN XSV XSA XR EP EF EC ETN ETM SL SH",
    }.items()
    for tag in tags.split()
}


@cache
def _japanese_part(tag: str) -> str:
    """By the longest beginning of the tag that is known; X if none is."""
    while tag and tag not in _BY_BEGINNING:
        tag = tag.rpartition("-")[0]
    return _BY_BEGINNING.get(tag, "X")


def japanese_parts(words: Sequence[str], tags: Sequence[str]) -> list[str]:
    """Parts of speech of Universal Dependencies for the words of a text, in the order in which they stand."""
    parts: list[str] = []
    following: str | None = None
    for i, (word, tag) in enumerate(zip(words, tags, strict=True)):
        here, after = following, None
        if here is None:
            here = _JAPANESE_WORDS.get((tag, word))
        if here is None and i + 1 < len(tags):
            here, after = _PAIRS.get((tag, tags[i + 1]), (None, None))
        parts.append(here or _japanese_part(tag))
        following = after
    return parts
