"""Uses that a type checker must refuse: each line that ends in "# wrong", no other. Read by mypy in test_typing.py."""

import tagma
from tagma.tokens import Doc, Span, SpanGroup

nlp = tagma.blank("en")
doc = nlp("Ada Lovelace was born in London.")
token, span = doc[0], doc[0:2]

doc["Ada"]  # wrong
doc.text = "Ada"  # wrong
doc.ents = ["PERSON"]  # wrong
print(doc.ents[0].text.tokens)  # wrong
doc.has_annotation("TAG", True)  # wrong
doc.set_ents([span], default="keep")  # wrong
print(doc.char_span(0, 3).text)  # wrong
Doc(nlp.vocab, ["a"], [True], {})  # wrong
Doc(nlp.vocab, words="a", tagz=["NN"])  # wrong
Doc.set_extension("length", geter=len)  # wrong
token.tag_ = 15794550382381185553  # wrong
token.tag = "NN"  # wrong
token.head = 1  # wrong
token.is_sent_end = True  # wrong
token.i = 1  # wrong
token.children[0]  # wrong
Span(doc, 0, 2, lable="PERSON")  # wrong
SpanGroup(doc, "people")  # wrong
nlp.vocab.strings[1.5]  # wrong
nlp.vocab["x"].lower_ + 1  # wrong
nlp.pipe([("Ada.", 1815)])  # wrong
nlp.pipe(["Ada."], as_tuples=True)  # wrong
nlp.update([], sgd="Adam.v1")  # wrong
