"""Docs made from words with annotations; trees, morphology, arrays, retokenizing-free editing, copies."""

import numpy
import spacy
from spacy.attrs import DEP, HEAD, LEMMA, POS, TAG
from spacy.tokens import Doc, Span, Token

vocab = spacy.blank("en").vocab
WORDS = ["The", "quick", "fox", "jumped", "over", "lazy", "dogs", "."]
doc = Doc(
    vocab,
    words=WORDS,
    spaces=[True] * 6 + [False, False],
    tags=["DT", "JJ", "NN", "VBD", "IN", "JJ", "NNS", "."],
    pos=["DET", "ADJ", "NOUN", "VERB", "ADP", "ADJ", "NOUN", "PUNCT"],
    lemmas=["the", "quick", "fox", "jump", "over", "lazy", "dog", "."],
    morphs=["Definite=Def", "", "Number=Sing", "Tense=Past|VerbForm=Fin", "", "", "Number=Plur", ""],
    heads=[2, 2, 3, 3, 3, 6, 4, 3],
    deps=["det", "amod", "nsubj", "ROOT", "prep", "amod", "pobj", "punct"],
    sent_starts=[True] + [False] * 7,
    ents=["O", "O", "B-ANIMAL", "O", "O", "O", "B-ANIMAL", "O"],
)
print(
    doc.text,
    doc.has_annotation("ENT_IOB"),
    [doc.has_annotation(a) for a in ("TAG", "DEP", "ENT_IOB", "MORPH")],
)
for token in doc:
    print(
        token.text,
        token.head.text,
        token.dep_,
        token.lemma_,
        token.pos_,
        token.tag_,
        token.morph,
        [t.text for t in token.children],
        token.n_lefts,
        token.n_rights,
        token.left_edge.i,
        token.right_edge.i,
    )
root = doc[3]
print(
    [t.text for t in root.subtree], [t.text for t in doc[6].ancestors], root.is_ancestor(doc[5]), doc[2] in root.lefts
)
print(doc[0:3].root.text, [s.root.text for s in doc.sents], doc[0:3].sent.text, doc[4:7].lemma_)
print(doc[3].morph.to_dict(), doc[3].morph.get("Tense"), "Tense=Past" in doc[3].morph, doc[3].morph == doc[3].morph)
array = doc.to_array([TAG, POS, LEMMA, HEAD, DEP])
print(array.dtype, array.shape)
copy = Doc(vocab, words=WORDS, spaces=[t.whitespace_ == " " for t in doc]).from_array(
    [TAG, POS, LEMMA, HEAD, DEP], array
)
print([t.lemma_ for t in copy] == [t.lemma_ for t in doc], [t.head.i for t in copy], [s.text for s in copy.sents])
copy[0].tag_ = "XX"
copy[0].pos = spacy.symbols.X
copy[0].lemma_ = "thee"
copy[0].set_morph({"Case": "Nom"})
copy[2].head = copy[1]
copy[2].dep_ = "odd"
print(copy[0].tag_, copy[0].pos_, copy[0].lemma_, copy[0].morph, copy[2].head.text, copy[2].dep_, doc[0].tag_)
print(
    doc.copy().text == doc.text if hasattr(doc, "copy") else "",
    doc.vocab is vocab,
    doc == doc,
    doc[0] == doc[0],
    doc[0] < doc[1],
)
print(doc[2:4] == Span(doc, 2, 4), hash(doc[2:4]) == hash(Span(doc, 2, 4)), Span(doc, 2, 4, label="X") != doc[2:4])
span = Span(doc, 4, 7, label="PP", kb_id="Q1")
print(span.label_, span.kb_id_, span.start, span.end, span.start_char, span.end_char, len(span), [t.i for t in span])
print(
    span[0].text,
    span[-1].text,
    span[0:2].text,
    span.char_span(0, 4).text,
    span.to_array([POS, TAG]).tolist() == doc.to_array([POS, TAG])[4:7].tolist(),
)
print(
    [t.text for t in span.lefts], [t.text for t in span.subtree], span.get_lca_matrix().tolist() if span.doc else None
)
print(
    doc.get_lca_matrix()[0].tolist(), doc.noun_chunks.__class__.__name__ in ("tuple", "generator"), doc.cats, doc.lang_
)
print(numpy.array_equal(doc.to_array("POS"), doc.to_array(["POS"])), doc.to_array(["IS_ALPHA", "LENGTH"]).tolist()[:2])
print(
    Token.has_extension("q"),
    doc.user_data,
    len(doc.to_bytes()) > 100,
    list(doc.to_utf8_array().shape) if hasattr(doc, "to_utf8_array") else "",
)
for call in (
    lambda: doc[0].nbor(99),
    lambda: Span(doc, 5, 99),
    lambda: doc[0].nbor(-1),
    lambda: Doc(vocab, words=["a"], spaces=[]),
    lambda: Doc(vocab, words=["a"], heads=[5], deps=["x"]),
    lambda: doc.to_array("NOPE"),
    lambda: setattr(doc[0], "pos_", "NOPE"),
    lambda: Span(doc, 0, 2) in [None],
    lambda: doc.has_annotation("NOPE"),
    lambda: Doc(vocab, words=["a"], tags=[]),
):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, str(error)[:7] if str(error).startswith("[E") else "")
