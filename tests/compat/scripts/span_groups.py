"""Span groups, entities and spans of one's own."""

import spacy
from spacy.tokens import Span, SpanGroup
from spacy.util import filter_spans

nlp = spacy.blank("en")
doc = nlp("Letters for the Museum of Glass in Porto Alegre tomorrow")
doc.spans["drafts"] = [doc[0:2], doc[2:6]]
group = SpanGroup(doc, name="orgs", spans=[Span(doc, 3, 6, label="ORG", span_id="x1")], attrs={"by": "me"})
doc.spans["orgs"] = group
group.append(Span(doc, 7, 9, label="GPE"))
print(sorted(doc.spans), len(group), group.has_overlap, doc.spans["orgs"].attrs)
print([(s.text, s.label_, s.id_, s.start, s.end) for s in doc.spans["orgs"]])
doc.spans["drafts"] += doc.spans["orgs"]
print(len(doc.spans["drafts"]), doc.spans["drafts"].has_overlap)
doc.ents = filter_spans(list(doc.spans["drafts"]) + [Span(doc, 9, 10, label="DATE")])
print([(e.text, e.label_) for e in doc.ents])
print([(t.text, t.ent_iob_, t.ent_type_) for t in doc])
try:
    doc.ents = [Span(doc, 0, 3, label="A"), Span(doc, 2, 4, label="B")]
except ValueError as error:
    print(str(error)[:7])
doc.set_ents([Span(doc, 3, 6, label="ORG")], default="outside")
print([e.text for e in doc.ents], doc[0].ent_iob_)
copy = spacy.tokens.Doc(nlp.vocab).from_bytes(doc.to_bytes())
print({k: [s.text for s in v] for k, v in copy.spans.items()}, copy.spans["orgs"].attrs)
span = doc[3:6]
print(
    span.root.text if doc.has_annotation("DEP") else None,
    span.as_doc().text,
    span == Span(doc, 3, 6),
    span.ents[0].label_,
)
