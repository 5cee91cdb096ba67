"""Reading texts: tokens, attributes, offsets, slices, char spans, pipe with contexts."""

import spacy
from spacy.attrs import LOWER, ORTH, SHAPE
from spacy.tokens import Doc

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")
TEXT = "Dr. Smith doesn't live at 10 Downing St., London. He paid $3.50 for tea (on 5 May) - see https://x.org/a?b=1!"
doc = nlp(TEXT)
for token in doc:
    print(
        token.i,
        token.idx,
        repr(token.text_with_ws),
        token.norm_,
        token.shape_,
        token.prefix_,
        token.suffix_,
        token.is_alpha,
        token.is_punct,
        token.like_num,
        token.like_url,
        token.is_stop,
        token.is_title,
    )
print([sent.text for sent in doc.sents])
print(doc[2:5].text, doc[-1].text, doc[2:5].start_char, len(doc), doc[1].nbor(-1).text)
print(doc.char_span(0, 9), doc.char_span(0, 2), doc.char_span(0, 2, alignment_mode="expand"))
print(doc.to_array([LOWER, ORTH]).shape, doc.to_array(SHAPE)[0] == doc[0].shape)
print(doc.count_by(ORTH)[nlp.vocab.strings["for"]])
for doc, context in nlp.pipe([("First text.", 1), ("Second one", {"id": 2})], as_tuples=True, batch_size=1):
    print([t.text for t in doc], context)
print([len(doc) for doc in nlp.pipe(["a b", "", "c"], batch_size=2)])
joined = Doc.from_docs([nlp("One."), nlp("Two here.")])
print(joined.text, [t.text for t in joined], [s.text for s in joined.sents])
made = Doc(nlp.vocab, words=["Made", "up", "!"], spaces=[True, False, False], tags=["X", "Y", "Z"])
print(made.text, [t.tag_ for t in made], made.has_annotation("TAG"))
nlp.tokenizer.add_special_case("dunno", [{"ORTH": "dun", "NORM": "do"}, {"ORTH": "no", "NORM": "not know"}])
print([(t.text, t.norm_) for t in nlp("I dunno why")])
lex = nlp.vocab["London"]
print(lex.text, lex.lower_, lex.is_alpha, lex.orth == nlp.vocab.strings["London"], lex.rank > 0)
print(nlp.tokenizer.explain("don't!"))
