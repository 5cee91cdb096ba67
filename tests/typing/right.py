"""What a type checker knows of documents, pipelines and models, as users write them. Read by mypy in test_typing.py."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np

import tagma
from tagma.language import Language
from tagma.lexeme import Lexeme
from tagma.lookups import Table
from tagma.morphology import MorphAnalysis
from tagma.nn import Model, Relu, Softmax, chain, registry
from tagma.nn.types import Floats1d, Floats2d, Ints1d
from tagma.strings import StringStore
from tagma.tokenizer import Tokenizer
from tagma.tokens import Doc, Span, SpanGroup, SpanGroups, Token
from tagma.tokens.columns import gather, write
from tagma.vectors import Vectors
from tagma.vocab import Vocab

nlp = tagma.blank("en")
assert_type(nlp, Language)
assert_type(nlp.vocab, Vocab)

doc = nlp("Ada Lovelace was born in London.")
assert_type(doc, Doc)
assert_type(doc[0], Token)
assert_type(doc[0:2], Span)
assert_type(list(doc), list[Token])
assert_type([token.text for token in doc], list[str])
assert_type(doc.ents, tuple[Span, ...])
assert_type(doc.sents, Iterator[Span])
assert_type(doc.cats["POSITIVE"], float)
assert_type(doc.vector, Floats1d)
assert_type(doc.char_span(0, 3, label="PERSON"), Span | None)
assert_type(doc.to_array("LEMMA"), np.ndarray[tuple[int], np.dtype[np.uint64]])
assert_type(doc.column("tag"), Ints1d)
assert_type(Doc.from_docs([doc, doc]), Doc | None)
assert_type(Doc(nlp.vocab).from_disk(Path("ada.doc")), Doc)
assert_type(doc.to_json()["tokens"][0]["start"], int)
doc.ents = [Span(doc, 0, 2, label="PERSON"), ("GPE", 5, 6)]
doc.set_ents([doc[0:2]], default="unmodified")
Doc(nlp.vocab).from_json(doc.to_json())

token = doc[0]
assert_type(token.head, Token)
assert_type(token.sent, Span)
assert_type(token.lex, Lexeme)
assert_type(token.morph, MorphAnalysis)
assert_type(list(token.children), list[Token])
assert_type(token.tag_, str)
assert_type(token.tag, int)
assert_type(token.is_sent_start, bool | None)
assert_type(token.similarity(doc), float)
token.tag_ = "NNP"
token.head = doc[1]
Token.set_extension("length", getter=len, force=True)
assert_type(token._.length, Any)

assert_type(list(nlp.pipe(["Ada.", doc])), list[Doc])
assert_type(list(nlp.pipe([("Ada.", int("1815"))], as_tuples=True)), list[tuple[Doc, int]])
with nlp.memory_zone():
    assert_type(nlp("Ada."), Doc)

span = doc[0:2]
assert_type(span[0], Token)
assert_type(span[0:1], Span)
assert_type(span.root, Token)
assert_type(span.as_doc(), Doc)
assert_type(sorted(doc.ents), list[Span])
span.label_ = "PERSON"

assert_type(doc.spans, SpanGroups)
assert_type(doc.spans["people"], SpanGroup)
assert_type(doc.spans["people"][0], Span)
assert_type(doc.spans["people"][0:1], list[Span])
doc.spans["people"] = [span]

vocab = nlp.vocab
assert_type(vocab["x"], Lexeme)
assert_type([lexeme.is_stop for lexeme in vocab], list[bool])
assert_type(vocab.strings, StringStore)
assert_type(vocab.strings["x"], int)
assert_type(vocab.strings[8566208034543834098], str)
assert_type(list(vocab.strings), list[str])
assert_type(vocab.vectors, Vectors)
assert_type(vocab.lookups.get_table("lexeme_norm"), Table)
assert_type(vocab.get_vector("x"), Floats1d)

tokenizer = Tokenizer(vocab, rules={"don't": [{"ORTH": "do"}, {"ORTH": "n't", "NORM": "not"}]})
assert_type(tokenizer("I don't"), Doc)
assert_type(tokenizer.explain("I don't"), list[tuple[str, str]])

columns, lengths = gather([doc], ["ORTH", "LOWER"])
assert_type(columns, np.ndarray[tuple[int, int], np.dtype[np.uint64]])
write([doc], "tag", columns[:, 0])


@registry.layers("Twice.v1")
def twice(width: int) -> Model[Floats2d, Floats2d]:
    """A registered function keeps its type."""
    with Model.define_operators({">>": chain}):
        network: Model[Floats2d, Floats2d] = Relu(width) >> Softmax(width)
    return network


assert_type(twice(2).predict(np.zeros((1, 2), dtype="float32")), Floats2d)
