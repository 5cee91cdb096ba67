"""Components of one's own: a function, and a class with settings, state and serialization."""

import tempfile

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans


@Language.component("shouter")
def shouter(doc: Doc) -> Doc:
    doc.user_data["shouted"] = doc.text.upper()
    return doc


@Language.factory("keywords", default_config={"words": ["tea"], "label": "KEY"}, assigns=["doc.ents"])
class Keywords:
    def __init__(self, nlp: Language, name: str, words: list[str], label: str):
        self.name = name
        self.words = set(words)
        self.label = label

    def __call__(self, doc: Doc) -> Doc:
        spans = [doc[t.i : t.i + 1] for t in doc if t.lower_ in self.words]
        found = [spacy.tokens.Span(doc, span.start, span.end, label=self.label) for span in spans]
        doc.ents = filter_spans([*doc.ents, *found])
        return doc

    def to_disk(self, path, exclude=()):
        path.mkdir(exist_ok=True)
        (path / "words.txt").write_text("\n".join(sorted(self.words)))

    def from_disk(self, path, exclude=()):
        self.words = set((path / "words.txt").read_text().split("\n"))
        return self


nlp = spacy.blank("en")
nlp.add_pipe("shouter")
nlp.add_pipe("keywords", config={"words": ["tea", "milk"]}, before="shouter")
nlp.add_pipe("sentencizer", first=True)
print(nlp.pipe_names, nlp.has_pipe("keywords"), nlp.get_pipe("keywords").label)
doc = nlp("Tea with milk. No sugar please.")
print([(ent.text, ent.label_, ent.start_char) for ent in doc.ents])
print([sent.text for sent in doc.sents])
print(doc.user_data["shouted"])
print(nlp.get_pipe_meta("keywords").assigns, nlp.config["components"]["keywords"])
nlp.get_pipe("keywords").words.add("sugar")
with tempfile.TemporaryDirectory() as folder:
    nlp.to_disk(folder)
    again = spacy.load(folder, disable=["shouter"])
print(again.pipe_names, again.disabled, [ent.text for ent in again("Sugar and milk").ents])
with nlp.select_pipes(disable=["keywords"]):
    print(len(nlp("tea").ents), nlp.pipe_names)
print(nlp.rename_pipe("shouter", "loud"), nlp.pipe_names)
nlp.remove_pipe("loud")
print(nlp.pipe_names)
try:
    nlp.add_pipe("keywordz")
except ValueError as error:
    print(str(error)[:6])
