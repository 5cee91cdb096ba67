"""The fixed ids, for compiled code: attributes, parts of speech, types of entities, labels of dependencies.

The Python side of the table is symbols.py; a test compares them. The ids stand in files and never change.
"""

cdef enum:
    # Properties of word forms, bits of the lexeme table.
    IS_ALPHA = 1, IS_ASCII, IS_DIGIT, IS_LOWER, IS_PUNCT, IS_SPACE, IS_TITLE, IS_UPPER, LIKE_URL, LIKE_NUM
    LIKE_EMAIL, IS_STOP, IS_OOV_DEPRECATED, IS_BRACKET, IS_QUOTE, IS_LEFT_PUNCT, IS_RIGHT_PUNCT, IS_CURRENCY
    # Free for properties of one's own (`Vocab.add_flag`).
    FLAG19 = 19, FLAG20, FLAG21, FLAG22, FLAG23, FLAG24, FLAG25, FLAG26, FLAG27, FLAG28, FLAG29, FLAG30, FLAG31
    FLAG32, FLAG33, FLAG34, FLAG35, FLAG36, FLAG37, FLAG38, FLAG39, FLAG40, FLAG41, FLAG42, FLAG43, FLAG44, FLAG45
    FLAG46, FLAG47, FLAG48, FLAG49, FLAG50, FLAG51, FLAG52, FLAG53, FLAG54, FLAG55, FLAG56, FLAG57, FLAG58, FLAG59
    FLAG60, FLAG61, FLAG62, FLAG63
    # Attributes of word forms, up to LENGTH, and of tokens.
    ID = 64, ORTH, LOWER, NORM, SHAPE, PREFIX, SUFFIX, LENGTH, CLUSTER, LEMMA, POS, TAG, DEP, ENT_IOB, ENT_TYPE, HEAD
    SENT_START, SPACY, PROB, LANG
    # Parts of speech.
    ADJ = 84, ADP, ADV, AUX, CONJ, CCONJ, DET, INTJ, NOUN, NUM, PART, PRON, PROPN, PUNCT, SCONJ, SYM, VERB, X, EOL
    SPACE
    # Types of entities. 104 to 379 are names that nobody may use again.
    PERSON = 380, NORP, FACILITY, ORG, GPE, LOC, PRODUCT, EVENT, WORK_OF_ART, LANGUAGE, LAW, DATE, TIME, PERCENT
    MONEY, QUANTITY, ORDINAL, CARDINAL
    # Labels of dependencies.
    acomp = 398, advcl, advmod, agent, amod, appos, attr, aux, auxpass, cc, ccomp, complm, conj, cop, csubj
    csubjpass, dep, det, dobj, expl, hmod, hyph, infmod, intj, iobj, mark, meta, neg, nmod, nn, npadvmod, nsubj
    nsubjpass, num, number, oprd, obj, obl, parataxis, partmod, pcomp, pobj, poss, possessive, preconj, prep, prt
    punct, quantmod, relcl, rcmod, root, xcomp, acl
    # Attributes of tokens that came later, and "_", as which no features are kept.
    ENT_KB_ID = 452, MORPH, ENT_ID, IDX, _
