"""A pipeline put together with add_pipe and configs: one tok2vec, two listeners, frozen and updated parts."""

import numpy
import spacy
from spacy.training import Example
from thinc.api import get_current_ops, set_dropout_rate

spacy.util.fix_random_seed(0)
nlp = spacy.blank("en")
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 24,
    "depth": 1,
    "embed_size": 300,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}
nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 24, "upstream": "tok2vec"}
for name in ("tagger", "morphologizer"):
    nlp.add_pipe(name, config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}})
data = [("She sees him", "P V P", "PRON VERB PRON"), ("He sees cats", "P V N", "PRON VERB NOUN")]
examples = [
    Example.from_dict(nlp.make_doc(t), {"tags": tags.split(), "pos": pos.split(), "morphs": ["", "Tense=Pres", ""]})
    for t, tags, pos in data
]
optimizer = nlp.initialize(lambda: examples)
for _ in range(40):
    losses = nlp.update(examples, sgd=optimizer, drop=0.0)
doc = nlp("She sees cats")
print(sorted(losses), [(t.tag_, t.pos_, str(t.morph), t.morph.get("Tense")) for t in doc])
print(nlp.get_pipe("tok2vec").listening_components, doc.tensor.shape, nlp.get_pipe("morphologizer").labels)
before = nlp.get_pipe("tok2vec").model.to_bytes()
nlp.update(examples, sgd=optimizer, exclude=["tok2vec", "tagger"], annotates=["tok2vec"])
print(before == nlp.get_pipe("tok2vec").model.to_bytes())
model = nlp.get_pipe("tagger").model
set_dropout_rate(model, 0.2)
print(model.name, model.get_dim("nO"), model.has_ref("tok2vec"), model.get_ref("tok2vec").name, get_current_ops().name)
again = spacy.util.load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())
scores = again.get_pipe("tagger").model.predict([again.make_doc("She sees cats")])
print(len(scores), scores[0].shape, numpy.allclose(scores[0].sum(axis=1), 1.0, atol=1e-5) or scores[0].dtype)
print([t.tag_ for t in again("She sees cats")])
print(nlp.analyze_pipes()["summary"]["tagger"]["assigns"])
