"""asent: the valence of a text, with negations and intensifiers."""

import asent  # noqa: F401
import spacy

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
nlp.add_pipe("asent_en_v1")
doc = nlp("I am not very happy, but I am also not especially sad. What a great day!")
print(doc._.polarity)
for sent in doc.sents:
    print(sent._.polarity)
print([token._.polarity for token in doc][:5])
