"""nlp.pipe in several processes: order, contexts, annotations and extension values come back."""

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

Doc.set_extension("n_vowels", default=0)


@Language.component("vowels")
def vowels(doc):
    doc._.n_vowels = sum(doc.text.lower().count(vowel) for vowel in "aeiou")
    doc.spans["first"] = [Span(doc, 0, 1, label="FIRST")]
    doc.user_data["seen"] = True
    return doc


def main():
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("vowels")
    tagger = nlp.add_pipe("tagger")
    tagger.add_label("A")
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("a b"), {"tags": ["A", "A"]})])
    texts = [f"Text number {i}. It ends." for i in range(23)]
    one = list(nlp.pipe(texts))
    two = list(nlp.pipe(texts, n_process=2, batch_size=4))
    print([doc.text for doc in two] == texts, [doc._.n_vowels for doc in two] == [doc._.n_vowels for doc in one])
    print([[sent.text for sent in doc.sents] for doc in two[:2]], [token.tag_ for token in two[5]])
    print([span.label_ for span in two[3].spans["first"]], two[3].user_data["seen"], two[0].vocab is nlp.vocab)
    pairs = [(text, {"id": i}) for i, text in enumerate(texts)]
    print(
        [context["id"] for _, context in nlp.pipe(pairs, as_tuples=True, n_process=2, batch_size=3)] == list(range(23))
    )
    made = [nlp.make_doc(text) for text in texts[:3]]
    print([doc.has_annotation("TAG") for doc in nlp.pipe(made, n_process=2, batch_size=1)])


if __name__ == "__main__":
    main()
