"""Names with small ids instead of hashes: attributes, parts of speech, entity types, dependency labels.

The ids are part of the exchange formats and never change. Compiled code has them from symbols.pxd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# First id of a block and its names. FLAG19 to FLAG63 are free for flags of one's own; what is DEPRECATED is taken.
_BLOCKS: dict[int, str] = {
    1: """
    IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL IS_STOP
    IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY
    """,
    19: " ".join(f"FLAG{i}" for i in range(19, 64)),
    64: """
    ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD SENT_START SPACY
    PROB LANG
    """,
    84: """
    ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL SPACE
    """,
    104: " ".join(f"DEPRECATED{i:03d}" for i in range(1, 277)),
    380: """
    PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY QUANTITY ORDINAL
    CARDINAL
    """,
    398: """
    acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj expl
    hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl parataxis
    partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl rcmod root xcomp acl
    """,
    452: """
    ENT_KB_ID MORPH ENT_ID IDX _
    """,
}

IDS: dict[str, int] = {"": 0}
for _first, _block in _BLOCKS.items():
    IDS.update((name, i) for i, name in enumerate(_block.split(), _first))
NAMES: list[str] = list(IDS)
globals().update((name, i) for name, i in IDS.items() if name)
if TYPE_CHECKING:

    def __getattr__(name: str) -> int: ...
