"""spaczz: fuzzy and regular-expression matching, and a ruler of them."""

import spacy
from spaczz.matcher import FuzzyMatcher, RegexMatcher

nlp = spacy.blank("en")
doc = nlp("Grint M Anderson created spaczz in his home at 555 Fake St, Apt 5 in Nashv1le, TN 55555-1234 in the USA.")
matcher = FuzzyMatcher(nlp.vocab)
matcher.add("NAME", [nlp("Grant Andersen")])
matcher.add("GPE", [nlp("Nashville")])
for match_id, start, end, ratio, pattern in matcher(doc):
    print(match_id, doc[start:end], ratio, pattern)
regexes = RegexMatcher(nlp.vocab)
regexes.add("ZIP", [r"\b\d{5}(?:[-\s]\d{4})?\b"])
for match_id, start, end, ratio, pattern in regexes(doc):
    print(match_id, doc[start:end], ratio, pattern)
ruler = nlp.add_pipe("spaczz_ruler")
ruler.add_patterns([{"label": "NAME", "pattern": "Grant Andersen", "type": "fuzzy", "id": "Grant"}])
print([(ent.text, ent.label_, ent._.spaczz_type) for ent in nlp(doc.text).ents])
