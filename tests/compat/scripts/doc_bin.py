"""Converting texts with annotations to a .spacy file and back, and docs to bytes and JSON."""

import tempfile
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin, Span

nlp = spacy.blank("en")
ROWS = [
    ("Berlin is big.", "B-LOC O O O", "PROPN AUX ADJ PUNCT"),
    ("Ada met Bob.", "B-PER O B-PER O", "PROPN VERB PROPN PUNCT"),
]
db = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "POS"], store_user_data=True)
for number, (text, tags, pos) in enumerate(ROWS):
    doc = nlp.make_doc(text)
    doc.ents = [Span(doc, i, i + 1, label=tag[2:]) for i, tag in enumerate(tags.split()) if tag != "O"]
    for token, value in zip(doc, pos.split(), strict=True):
        token.pos_ = value
    doc.user_data["number"] = number
    doc.cats = {"x": 0.5}
    db.add(doc)
print(len(db), db.attrs == sorted(db.attrs), len(db.strings) > 5)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "data.spacy"
    db.to_disk(path)
    docs = list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))
for doc in docs:
    print(
        doc.text, [(e.text, e.label_) for e in doc.ents], [t.pos_ for t in doc], doc.user_data.get("number"), doc.cats
    )
copy = Doc(nlp.vocab).from_bytes(docs[0].to_bytes())
print(copy.text, [e.label_ for e in copy.ents])
data = docs[1].to_json()
print(sorted(data), data["ents"], data["tokens"][0])
print(Doc(nlp.vocab).from_json(data).text)
merged = DocBin(docs=docs)
merged.merge(DocBin(docs=[nlp("third")]))
print([doc.text for doc in merged.get_docs(nlp.vocab)])
