"""A model of one's own: registered, in thinc's layers, used by a config in one file."""

import spacy
from spacy.training import Example
from thinc.api import (
    Adam,
    Config,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    Relu,
    Softmax,
    chain,
    clone,
    expand_window,
    residual,
    with_array,
)
from thinc.types import Floats2d

CONFIG = """
[nlp]
lang = "en"
pipeline = ["tagger"]

[components]

[components.tagger]
factory = "tagger"

[components.tagger.model]
@architectures = "spacy.Tagger.v2"

[components.tagger.model.tok2vec]
@architectures = "my_encoder.v1"
width = 32
rows = 500
"""


@spacy.registry.architectures("my_encoder.v1")
def my_encoder(width: int, rows: int) -> Model[list[spacy.tokens.Doc], list[Floats2d]]:
    lower = spacy.ml.featureextractor.FeatureExtractor(["NORM"])
    embed = with_array(HashEmbed(width, rows, column=0, seed=3))
    hidden = residual(chain(expand_window(1), Maxout(nO=width, nI=width * 3, nP=2, normalize=True)))
    model = chain(lower, embed, with_array(clone(hidden, 2)))
    model.set_dim("nO", width)
    return model


spacy.util.fix_random_seed(1)
nlp = spacy.util.load_model_from_config(Config().from_str(CONFIG), auto_fill=True)
data = [("a b a", ["A", "B", "A"]), ("b b", ["B", "B"])]
examples = [Example.from_dict(nlp.make_doc(text), {"tags": tags}) for text, tags in data]
nlp.initialize(lambda: examples)
sgd = Adam(0.01)
for _ in range(30):
    losses = nlp.update(examples, sgd=sgd)
print([t.tag_ for t in nlp("a b b a")])
print([node.name for node in nlp.get_pipe("tagger").model.walk()])
print(nlp.config["components"]["tagger"]["model"]["tok2vec"])

model = chain(Relu(8, 4), Linear(3, 8), Softmax(nO=3, nI=3))
model.initialize()
Y, backprop = model.begin_update(model.ops.alloc2f(2, 4) + 1.0)
print(model.name, Y.shape, backprop(Y).shape, model.get_dim("nO"), [layer.name for layer in model.layers])
