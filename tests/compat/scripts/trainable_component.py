"""A trainable component of one's own: a subclass of TrainablePipe with its own model, loss and scorer."""

import tempfile

import numpy
import spacy
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc, Token
from spacy.training import Example, validate_examples, validate_get_examples
from thinc.api import Linear, Model, Sigmoid, chain, with_array
from thinc.types import Floats2d

Token.set_extension("is_name", default=False)


@spacy.registry.architectures("name_model.v1")
def name_model(tok2vec: Model[list[Doc], list[Floats2d]]) -> Model[list[Doc], list[Floats2d]]:
    output = with_array(chain(Linear(nO=8), Sigmoid(nO=1, nI=8)))
    model = chain(tok2vec, output)
    model.set_ref("tok2vec", tok2vec)
    return model


class NameFinder(TrainablePipe):
    def __init__(self, vocab, model, name="names", *, threshold):
        self.vocab = vocab
        self.model = model
        self.name = name
        self.cfg = {"threshold": threshold}

    @property
    def labels(self):
        return ("NAME",)

    def initialize(self, get_examples, *, nlp=None, threshold=None):
        validate_get_examples(get_examples, "NameFinder.initialize")
        if threshold is not None:
            self.cfg["threshold"] = threshold
        docs = [example.x for example in get_examples()]
        self.model.initialize(X=docs[:5], Y=[numpy.zeros((len(doc), 1), dtype="f") for doc in docs[:5]])

    def predict(self, docs):
        return self.model.predict(docs)

    def set_annotations(self, docs, scores):
        for doc, rows in zip(docs, scores, strict=False):
            for token, row in zip(doc, rows, strict=False):
                token._.is_name = bool(row[0] >= self.cfg["threshold"])

    def get_loss(self, examples, scores):
        validate_examples(examples, "NameFinder.get_loss")
        gold = [[[float(token.ent_iob_ in "BI")] for token in example.y] for example in examples]
        d_scores = [(row - numpy.asarray(y, dtype="f")) for row, y in zip(scores, gold, strict=False)]
        return float(sum((d**2).sum() for d in d_scores)), d_scores

    def update(self, examples, *, drop=0.0, sgd=None, losses=None):
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        scores, backprop = self.model.begin_update([example.predicted for example in examples])
        loss, d_scores = self.get_loss(examples, scores)
        backprop(d_scores)
        if sgd is not None:
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def score(self, examples, **kwargs):
        right = total = 0
        for example in examples:
            for token, gold in zip(example.predicted, example.reference, strict=False):
                right += token._.is_name == (gold.ent_iob_ in "BI")
                total += 1
        return {"names_acc": right / total}


@Language.factory(
    "names",
    default_config={
        "threshold": 0.5,
        "model": {
            "@architectures": "name_model.v1",
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2",
                "pretrained_vectors": None,
                "width": 16,
                "depth": 1,
                "embed_size": 200,
                "window_size": 1,
                "maxout_pieces": 2,
                "subword_features": False,
            },
        },
    },
    default_score_weights={"names_acc": 1.0},
)
def make_names(nlp, name, model, threshold):
    return NameFinder(nlp.vocab, model, name, threshold=threshold)


spacy.util.fix_random_seed(0)
nlp = spacy.blank("en")
nlp.config["initialize"]["components"]["names"] = {"threshold": 0.4}
nlp.add_pipe("names")
texts = [
    ("I saw Ada", ["O", "O", "U-P"]),
    ("Bob saw me", ["U-P", "O", "O"]),
    ("They saw Ada", ["O", "O", "U-P"]),
    ("Ada Bob saw", ["B-P", "L-P", "O"]),
]
examples = [Example.from_dict(nlp.make_doc(t), {"entities": tags}) for t, tags in texts]
sgd = nlp.initialize(lambda: examples)
sgd.learn_rate = 0.02
for _ in range(100):
    losses = nlp.update(examples, sgd=sgd)
print(losses["names"] < 0.1, nlp.evaluate(examples)["names_acc"])
print([token._.is_name for token in nlp("They saw Ada")])
names = nlp.get_pipe("names")
print(names.is_trainable, names.is_resizable if hasattr(names, "is_resizable") else None, names.cfg, names.labels)
with tempfile.TemporaryDirectory() as folder:
    nlp.to_disk(folder)
    again = spacy.load(folder, config={"components": {"names": {"threshold": 0.9}}})
print([token._.is_name for token in again("They saw Ada")], again.get_pipe("names").cfg)
print(nlp.config["training"]["score_weights"], nlp.meta.get("labels", None))
try:
    nlp.get_pipe("names").update([nlp("x")])
except (TypeError, ValueError, AttributeError) as error:
    print(type(error).__name__)
