"""The vocabulary: strings and hashes, lexemes, flags, lookups, vectors, morphology, saving."""

import tempfile

import numpy
import spacy
from spacy.attrs import IS_ALPHA, LOWER
from spacy.lookups import Lookups, Table
from spacy.strings import StringStore, hash_string
from spacy.tokens import Doc
from spacy.vocab import Vocab

store = StringStore(["coffee", "naïve"])
number = hash_string("naïve")
print(store["coffee"], number, store[number], number in store, "coffee" in store, "café" in store, len(store), [*store])
print(store.add("café") == hash_string("café"), "café" in store, store[""], repr(store[0]))
print(StringStore().from_bytes(store.to_bytes())["café"] == store["café"], sorted(StringStore(list(store))))
try:
    store[123456]
except KeyError as error:
    print("E018" in str(error))
nlp = spacy.blank("en")
vocab = nlp.vocab
lexeme = vocab["Berlin"]
print(
    lexeme.text,
    lexeme.lower_,
    lexeme.norm_,
    lexeme.shape_,
    lexeme.prefix_,
    lexeme.suffix_,
    lexeme.is_alpha,
    lexeme.is_title,
)
print(lexeme.is_oov, lexeme.has_vector, lexeme.orth == store.add("Berlin"), "Berlin" in vocab, "nowhere12" in vocab)
lexeme.is_stop = True
print(vocab["Berlin"].is_stop, nlp("Berlin")[0].is_stop, lexeme.check_flag(IS_ALPHA))
flag = vocab.add_flag(lambda text: text in ("tea", "milk"))
print([token.check_flag(flag) for token in nlp("tea and milk")])
vocab.lex_attr_getters[LOWER] = lambda text: text.lower()
words = ["cat", "dog", "fish"]
rng = numpy.random.RandomState(0)
data = rng.normal(size=(3, 4)).astype("float32")
vocab.reset_vectors(width=4)
for word, row in zip(words, data, strict=True):
    vocab.set_vector(word, row)
print(
    vocab.vectors_length, vocab.vectors.shape, vocab.has_vector("cat"), vocab.has_vector("cow"), vocab["dog"].has_vector
)
doc = nlp("cat dog cow")
print(
    doc[0].vector.tolist() == data[0].tolist(),
    doc[2].vector.tolist(),
    numpy.allclose(doc[:2].vector, data[:2].mean(axis=0)),
)
cosine = float(data[0] @ data[1] / numpy.linalg.norm(data[0]) / numpy.linalg.norm(data[1]))
print(
    abs(doc[0].similarity(doc[1]) - cosine) < 1e-5, round(float(doc[0].vector_norm), 4), doc.has_vector, doc[2].is_oov
)
keys, rows, scores = vocab.vectors.most_similar(data[:1].copy(), n=2)
print(vocab.strings[keys[0][0]], keys.shape, rows.shape, round(float(scores[0][0]), 3))
print(vocab.vectors.n_keys, vocab.vectors.size, vocab.vectors.is_full, vocab.vectors.find(key=vocab.strings["dog"]))
lookups = Lookups()
table = lookups.add_table("lemma", {"cats": "cat"})
table["dogs"] = "dog"
print(lookups.tables, lookups.has_table("lemma"), table["cats"], table.get("none"), "dogs" in table, len(table))
print(
    Lookups().from_bytes(lookups.to_bytes()).get_table("lemma")["dogs"],
    isinstance(table, Table),
    lookups.get_table("x", None),
)
vocab.lookups = lookups
print(vocab.morphology.add("Number=Sing|Case=Nom") == vocab.strings["Case=Nom|Number=Sing"])
print(vocab.morphology.get(vocab.morphology.add({"Number": "Plur"})), vocab.morphology.feats_to_dict("A=b,c|D=e"))
with tempfile.TemporaryDirectory() as folder:
    vocab.to_disk(folder)
    again = Vocab().from_disk(folder)
print(
    again.vectors.shape,
    again["cat"].vector.tolist() == data[0].tolist(),
    again.lookups.tables,
    "Berlin" in again.strings,
)
copy = Vocab().from_bytes(vocab.to_bytes())
print(copy.has_vector("fish"), Doc(copy, words=["fish"])[0].vector.tolist() == data[2].tolist())
