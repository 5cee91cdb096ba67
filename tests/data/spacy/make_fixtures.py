"""Write the files of this folder. To be run with spaCy 3.8.18: `python make_fixtures.py FOLDER`."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import spacy
import srsly
from spacy.attrs import NORM, ORTH
from spacy.lang.en import English
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed, registry
from thinc.api import Adam

# A handful of rules in place of the many that the language has: enough to see that rules travel with a pipeline.
English.Defaults.tokenizer_exceptions = {"don't": [{ORTH: "do"}, {ORTH: "n't", NORM: "not"}]}
English.Defaults.prefixes = [r"\("]
English.Defaults.suffixes = [r"\)", "(?<=[a-z])[.!?]"]
English.Defaults.infixes = ["(?<=[a-z])-(?=[a-z])"]
English.Defaults.url_match = re.compile(r"https?://\S+$").match

WORDS = [
    ["The", "quick", "brown", "fox", "jumps", "over", "2", "dogs", "."],
    ["Hello", "Wörld", "日本語", "!"],
    ["x"],
    ["don't", "aaaaabcdefgh", "U.S.A.", "(", "1,000.50", ")"],
]
VECTORS = {"quick": [0.1, 0.2, 0.3, 0.4], "fox": [1, -1, 0.5, 0], "x": [0, 0, 1, 1]}
CNN = {
    "width": 8,
    "depth": 2,
    "embed_size": 40,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
    "pretrained_vectors": None,
}


PARSERS = [
    ("v2", "parser", True, False, 5),
    ("v2", "parser", False, True, 5),
    ("v2", "ner", True, True, None),
    ("v2", "ner", False, False, None),
    ("v1", "parser", True, True, 5),
    ("v1", "ner", False, True, None),
]


def build(kind, name, *args, **kwargs):
    return registry.get(kind, f"spacy.{name}")(*args, **kwargs)


def arch(name, *args, **kwargs):
    return build("architectures", name, *args, **kwargs)


def embed(version="v2", vectors=False, rows=(40, 20)):
    attrs = ["NORM", "SHAPE"][: len(rows)]
    return arch(f"MultiHashEmbed.{version}", width=8, attrs=attrs, rows=list(rows), include_static_vectors=vectors)


def maxout(version="v2", depth=2, window_size=1):
    return arch(f"MaxoutWindowEncoder.{version}", width=8, window_size=window_size, maxout_pieces=3, depth=depth)


def mish(version="v2"):
    return arch(f"MishWindowEncoder.{version}", width=8, window_size=1, depth=2)


def chars(version="v2", vectors=False):
    return arch(f"CharacterEmbed.{version}", width=8, rows=40, nM=4, nC=5, include_static_vectors=vectors)


def cnn(version="v2", **changes):
    return arch(f"HashEmbedCNN.{version}", **{**CNN, **changes})


def listener():
    return arch("Tok2VecListener.v1", width=8)


def graph_cases():
    return {
        "MultiHashEmbed.v2": embed(),
        "MultiHashEmbed.v2 one table": embed(rows=[40]),
        "MultiHashEmbed.v2 vectors": embed(vectors=True),
        "MultiHashEmbed.v1": embed("v1"),
        "MultiHashEmbed.v1 vectors": embed("v1", vectors=True),
        "CharacterEmbed.v2": chars(),
        "CharacterEmbed.v2 vectors": chars(vectors=True),
        "CharacterEmbed.v1": chars("v1"),
        "CharacterEmbed.v1 vectors": chars("v1", vectors=True),
        "MaxoutWindowEncoder.v2": maxout(),
        "MaxoutWindowEncoder.v2 depth 1": maxout(depth=1, window_size=2),
        "MaxoutWindowEncoder.v1": maxout("v1"),
        "MishWindowEncoder.v2": mish(),
        "MishWindowEncoder.v1": mish("v1"),
        "HashEmbedCNN.v2": cnn(depth=4),
        "HashEmbedCNN.v2 words only": cnn(subword_features=False, maxout_pieces=1),
        "HashEmbedCNN.v2 vectors": cnn(pretrained_vectors=True),
        "HashEmbedCNN.v1": cnn("v1"),
        "Tok2Vec.v2": arch("Tok2Vec.v2", embed(), maxout()),
        "Tok2Vec.v2 mish": arch("Tok2Vec.v2", embed(), mish()),
        "Tok2Vec.v1": arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
        "Tok2Vec.v1 mish": arch("Tok2Vec.v1", embed("v1"), mish("v1")),
        "Tok2VecListener.v1": listener(),
        "Tagger.v2": arch("Tagger.v2", listener(), nO=5),
        "Tagger.v2 cnn": arch("Tagger.v2", cnn()),
        "Tagger.v1": arch("Tagger.v1", listener()),
        **{
            f"TransitionBasedParser.{version} {state_type} {upper} {extra}": arch(
                f"TransitionBasedParser.{version}", listener(), state_type, extra, 6, 2, upper, nO=nO
            )
            for version, state_type, upper, extra, nO in PARSERS
        },
        "PrecomputableAffine.v1": build("layers", "PrecomputableAffine.v1", nO=5, nI=6, nF=3, nP=2),
        "FeatureExtractor.v1": build("layers", "FeatureExtractor.v1", ["NORM", "SHAPE"]),
        "CharEmbed.v1": build("layers", "CharEmbed.v1", nM=4, nC=5),
        "StaticVectors.v2": build("layers", "StaticVectors.v2"),
    }


def graph(model):
    nodes = list(model.walk())
    place = {node.id: i for i, node in enumerate(nodes)}
    return [
        {
            "name": node.name,
            "dims": {name: node.maybe_get_dim(name) for name in node.dim_names},
            "params": dict.fromkeys(node.param_names),
            "attrs": {name: plain(value) for name, value in node.attrs.items()},
            "refs": {name: place[node.get_ref(name).id] for name in node.ref_names},
            "layers": [place[layer.id] for layer in node.layers],
        }
        for node in nodes
    ]


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else type(value).__name__


def model_cases():
    return {
        "Tagger.v2 cnn": arch("Tagger.v2", cnn(), nO=5),
        "Tagger.v1 cnn.v1": arch("Tagger.v1", cnn("v1"), nO=5),
        "Tagger.v2 normalize": arch(
            "Tagger.v2",
            cnn(subword_features=False, maxout_pieces=1, depth=1, window_size=2),
            nO=5,
            normalize=True,
        ),
        "Tok2Vec.v2 characters": arch("Tok2Vec.v2", chars(), maxout()),
        "Tok2Vec.v2 mish": arch("Tok2Vec.v2", embed(), mish()),
        "Tok2Vec.v1": arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
        "Tok2Vec.v1 mish": arch("Tok2Vec.v1", embed("v1"), mish("v1")),
        "HashEmbedCNN.v2 vectors": cnn(pretrained_vectors=True),
        "HashEmbedCNN.v1 vectors": cnn("v1", pretrained_vectors=True),
    }


def write_models(path):
    nlp = spacy.blank("en")
    for word, vector in VECTORS.items():
        nlp.vocab.set_vector(word, np.asarray(vector, dtype="f"))
    rng = np.random.RandomState(0)
    result = {}
    for name, model in model_cases().items():
        docs = [Doc(nlp.vocab, words=words) for words in WORDS]
        model.initialize(X=docs)
        for node in model.walk():
            for param in node.param_names:
                node.set_param(param, rng.uniform(-0.5, 0.5, node.get_param(param).shape).astype("f"))
        result[name] = {"model": model.to_bytes(), "outputs": [np.asarray(Y) for Y in model.predict(docs)]}
    srsly.write_msgpack(path, {"words": WORDS, "vectors": VECTORS, "models": result})


TRAIN = [
    (
        "I paint old boats .",
        "PRP VBP JJ NNS .",
        "PRON VERB ADJ NOUN PUNCT",
        "Case=Nom|Number=Sing|Person=1 Tense=Pres _ Number=Plur _",
    ),
    (
        "She buys warm bread !",
        "PRP VBZ JJ NN .",
        "PRON VERB ADJ NOUN PUNCT",
        "Case=Nom|Number=Sing|Person=3 Tense=Pres _ Number=Sing _",
    ),
    ("They sleep", "PRP VBP", "PRON VERB", "Case=Nom|Number=Plur|Person=3 Tense=Pres"),
]


def write_pipeline(folder):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": {**CNN, "@architectures": "spacy.HashEmbedCNN.v2"}})
    model = {
        "@architectures": "spacy.Tagger.v2",
        "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 8},
    }
    nlp.add_pipe("tagger", config={"model": model})
    nlp.add_pipe("morphologizer", config={"model": model})
    examples = [
        Example.from_dict(
            nlp.make_doc(text),
            {"tags": tags.split(), "pos": pos.split(), "morphs": [m.strip("_") for m in morphs.split()]},
        )
        for text, tags, pos, morphs in TRAIN
    ]
    optimizer = nlp.initialize(lambda: examples, sgd=Adam(0.02))
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(folder / "pipeline")
    texts = [text for text, *_ in TRAIN] + ["We sell warm boats !"]
    docs = list(nlp.pipe(texts))
    annotations = [
        {
            "text": doc.text,
            "tags": [t.tag_ for t in doc],
            "pos": [t.pos_ for t in doc],
            "morphs": [str(t.morph) for t in doc],
            "tensor": doc.tensor.tolist(),
        }
        for doc in docs
    ]
    (folder / "pipeline.json").write_text(json.dumps(annotations, ensure_ascii=False))


def write_training(folder):
    nlp = spacy.load(folder / "pipeline")
    examples = [
        Example.from_dict(
            nlp.make_doc(text),
            {"tags": tags.split(), "pos": pos.split(), "morphs": [m.strip("_") for m in morphs.split()]},
        )
        for text, tags, pos, morphs in TRAIN
    ]
    # Gold that the pipeline has not learned, so that there is something to train.
    examples[0].reference[1].tag_ = "NN"
    examples[2].reference[0].tag_ = "JJ"
    examples[2].reference[1].pos_ = "PRON"
    examples[2].reference[1].set_morph(str(examples[0].reference[0].morph))
    optimizer = Adam(0.01)
    history = []
    for _ in range(6):
        losses = {}
        pipes = [nlp.get_pipe(name) for name in nlp.pipe_names]
        for pipe in pipes:
            pipe.update(examples, sgd=None, losses=losses)
        for pipe in pipes:
            pipe.finish_update(optimizer)
        history.append({name: float(loss) for name, loss in losses.items()})
    (folder / "training.json").write_text(json.dumps(history, indent=1))


def main(folder):
    spacy.blank("en")
    registry.ensure_populated()
    graphs = {name: graph(model) for name, model in graph_cases().items()}
    (folder / "graphs.json").write_text(json.dumps(graphs, separators=(",", ":")))
    write_models(folder / "models.msgpack")
    write_pipeline(folder)
    write_training(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
