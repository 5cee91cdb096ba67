"""A training loop written out: Example.from_dict, minibatches, nlp.update, saving and loading."""

import random
import tempfile
from pathlib import Path

import spacy
from spacy.training import Example
from spacy.util import compounding, fix_random_seed, minibatch

TRAIN = [
    ("Owls watch quiet fields", {"tags": ["N", "V", "J", "N"]}),
    ("Plant red tulips", {"tags": ["V", "J", "N"]}),
    ("Owls plant tulips", {"tags": ["N", "V", "N"]}),
    ("Quiet owls amuse foxes", {"tags": ["J", "N", "V", "N"]}),
]

fix_random_seed(7)
nlp = spacy.blank("en")
tagger = nlp.add_pipe("tagger")
for _, annotations in TRAIN:
    for tag in annotations["tags"]:
        tagger.add_label(tag)
print(tagger.labels)
examples = [Example.from_dict(nlp.make_doc(text), annotations) for text, annotations in TRAIN]
optimizer = nlp.initialize(lambda: examples)
optimizer.learn_rate = 0.005
with nlp.select_pipes(enable="tagger"):
    for _ in range(25):
        random.shuffle(examples)
        losses = {}
        for batch in minibatch(examples, size=compounding(1.0, 4.0, 1.5)):
            nlp.update(batch, sgd=optimizer, drop=0.1, losses=losses)
print(sorted(losses), losses["tagger"] < 1.0)
text = "Owls watch red tulips"
print([(token.text, token.tag_) for token in nlp(text)])
with tempfile.TemporaryDirectory() as folder:
    nlp.to_disk(folder)
    print(sorted(path.name for path in Path(folder).iterdir()))
    again = spacy.load(folder)
print([token.tag_ for token in again(text)] == [token.tag_ for token in nlp(text)])
print(nlp.evaluate(examples)["tag_acc"])
