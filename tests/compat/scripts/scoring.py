"""Evaluating predictions with Examples and the Scorer, where the tokens differ from the gold ones."""

import spacy
from spacy.scorer import PRFScore, Scorer
from spacy.tokens import Doc, Span
from spacy.training import Alignment, Example, biluo_tags_to_offsets, iob_to_biluo, offsets_to_biluo_tags

nlp = spacy.blank("en")
predicted = Doc(nlp.vocab, words=["I", "'m", "in", "New", "York", "."], tags=["P", "V", "I", "N", "N", "."])
predicted.ents = [Span(predicted, 3, 5, label="GPE"), Span(predicted, 0, 1, label="PERSON")]
reference = Doc(nlp.vocab, words=["I", "'m", "in", "New York", "."], tags=["P", "W", "I", "N", "."])
reference.ents = [Span(reference, 3, 4, label="GPE")]
example = Example(predicted, reference)
print(example.alignment.x2y.lengths.tolist(), example.get_aligned("TAG", as_string=True))
print([e.text for e in example.get_aligned_spans_y2x(reference.ents)])
scores = Scorer().score([example])
for key in ("token_acc", "token_f", "ents_p", "ents_r", "ents_f", "tag_acc", "cats_score"):
    value = scores.get(key)
    print(key, round(value, 6) if isinstance(value, float) else value)
print({k: {x: round(y, 4) for x, y in v.items()} for k, v in scores["ents_per_type"].items()})
print(Scorer.score_token_attr([example], "tag"))
prf = PRFScore()
prf.score_set({1, 2, 3}, {2, 3, 4, 5})
print(round(prf.precision, 3), round(prf.recall, 3), round(prf.fscore, 3))
doc = nlp("Trains link Porto with Lisbon")
tags = offsets_to_biluo_tags(doc, [(12, 17, "LOC"), (23, 29, "LOC")])
print(tags, biluo_tags_to_offsets(doc, tags), iob_to_biluo(["B-A", "I-A", "O", "I-B"]))
print(Alignment.from_strings(["ab", "c"], ["a", "bc"]).x2y.data.tolist())
gold = Example.from_dict(
    doc, {"entities": [(12, 17, "LOC")], "cats": {"CITY": 1.0, "OTHER": 0.0}, "sent_starts": [1, -1, -1, 0, 0]}
)
print(
    gold.to_dict()["doc_annotation"]["entities"], gold.reference.cats, gold.to_dict()["token_annotation"]["SENT_START"]
)
