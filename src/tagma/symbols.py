"""Names with small ids instead of hashes: attributes, parts of speech, entity types, dependency labels.

The ids are part of the exchange formats and never change.
"""

from __future__ import annotations

_FIRST = 84
_BLOCKS = [
    "ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL SPACE".split(),
    [f"DEPRECATED{i:03d}" for i in range(1, 277)],
    "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE".split(),
    "LAW DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL".split(),
    (
        "acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj "
        "expl hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl "
        "parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl rcmod root xcomp acl"
    ).split(),
    "ENT_KB_ID MORPH ENT_ID IDX _".split(),
]

IDS: dict[str, int] = {"": 0}
IDS.update(
    (name, i)
    for i, name in enumerate(
        (
            "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL "
            "IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY"
        ).split()
        + [f"FLAG{i}" for i in range(19, 64)]
        + "ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE".split()
        + "HEAD SENT_START SPACY PROB LANG".split(),
        1,
    )
)
IDS.update((name, i) for i, name in enumerate((name for block in _BLOCKS for name in block), _FIRST))
NAMES: list[str] = sorted(IDS, key=IDS.__getitem__)
globals().update((name, i) for name, i in IDS.items() if name)
