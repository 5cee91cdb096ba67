"""Streams: error handlers, components with pipe methods, batches, memory zones, hooks, generators."""

import itertools

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ignore_error, minibatch, raise_error


@Language.component("picky")
def picky(doc):
    if "bad" in doc.text:
        raise ValueError("no bad words")
    return doc


@Language.factory("counter")
class Counter:
    def __init__(self, nlp, name):
        self.batches = []

    def __call__(self, doc):
        self.batches.append(1)
        return doc

    def pipe(self, stream, batch_size, **kwargs):
        for docs in minibatch(stream, size=batch_size):
            docs = list(docs)
            self.batches.append(len(docs))
            yield from docs


nlp = spacy.blank("en")
nlp.add_pipe("picky")
counter = nlp.add_pipe("counter")
TEXTS = ["good", "bad", "fine", "so bad", "great"]
try:
    list(nlp.pipe(TEXTS))
except ValueError as error:
    print(error)
seen = []


def remember(name, proc, docs, error):
    seen.append((name, [doc.text for doc in docs], str(error)))


nlp.set_error_handler(remember)
print([doc.text for doc in nlp.pipe(TEXTS, batch_size=2)], seen)
nlp.set_error_handler(ignore_error)
print([doc.text for doc in nlp.pipe(TEXTS)])
nlp.set_error_handler(raise_error)
print(counter.batches)
stream = nlp.pipe((f"text {i}" for i in itertools.count()), batch_size=4)
print([doc.text for doc in itertools.islice(stream, 3)])
print([doc.text for doc in nlp.pipe([nlp.make_doc("made before"), "text"], disable=["picky"])])
print([[doc.text for doc in batch] for batch in minibatch(nlp.pipe(["a", "b", "c"]), size=2)])
docs = list(nlp.pipe(["one two", "three"], n_process=1))
print([len(doc) for doc in docs])
Doc.set_extension("x", default=0)
for doc, context in nlp.pipe([("a", {"n": 1}), ("b", {"n": 2})], as_tuples=True):
    doc._.x = context["n"]
    print(doc._.x)
doc = nlp("Hooks are here")
doc.user_hooks["vector_norm"] = lambda doc: 5.0
doc.user_token_hooks["similarity"] = lambda a, b: 0.25
print(doc.vector_norm, doc[0].similarity(doc[1]))
with nlp.memory_zone():
    inside = [doc.text for doc in nlp.pipe(["Zones come", "and go"])]
print(inside)
