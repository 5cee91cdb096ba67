"""Write the pipelines of this folder and what spaCy says with them. To be run with spaCy 3.8: `python make.py FOLDER`.

Each pipeline is trained for a few hundred steps with narrow layers on the treebank or the entities in `data/`, then
loaded into an empty vocabulary and saved again, so that its strings are those of its labels and its tokenizer alone.
A pipeline that is there already is not trained anew. Only `parser` and `ner` keep the special cases of the English
tokenizer, which are larger than the networks.
"""

import json
import lzma
import random
import re
import sys
from pathlib import Path

import spacy
from spacy.tokens import Span
from spacy.training import Example
from spacy.training.converters import conll_ner_to_docs, conllu_to_docs
from spacy.util import fix_random_seed, minibatch

DATA = Path(__file__).parents[3] / "data"
TEXTS = 20
BEAM_WIDTH = 8


def network(width=16, depth=2, rows=(200, 50, 100, 50)):
    return {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": width,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": list(rows),
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": width,
            "depth": depth,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    }


def scorer_network(kind, tok2vec, **settings):
    architecture = "spacy.TransitionBasedParser.v2"
    return {"@architectures": architecture, "state_type": kind, "tok2vec": tok2vec, "nO": None, **settings}


LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 24, "upstream": "*"}

SETTINGS = ("extra_state_tokens", "hidden_width", "maxout_pieces", "use_upper")
# Name → factory, width of a shared network (0: its own), SETTINGS of the architecture.
PIPELINES = {
    "parser": ("parser", 24, (False, 32, 2, True)),
    "parser_extra": ("parser", 0, (True, 24, 2, True)),
    "parser_lower": ("parser", 0, (False, 24, 2, False)),
    "parser_linear": ("parser", 0, (False, 24, 1, False)),
    "parser_one_piece": ("parser", 0, (True, 24, 1, True)),
    "ner": ("ner", 0, (False, 32, 2, True)),
    "ner_extra": ("ner", 0, (True, 24, 2, False)),
    "ner_linear": ("ner", 0, (False, 24, 1, False)),
}


def build(name):
    factory, shared, settings = PIPELINES[name]
    nlp = spacy.blank("en")
    nlp.meta["name"] = name
    if shared:
        nlp.add_pipe("tok2vec", config={"model": network(shared, rows=(250, 100, 150, 100))})
    config = {
        "model": scorer_network(
            factory, LISTENER if shared else network(), **dict(zip(SETTINGS, settings, strict=True))
        )
    }
    if factory == "parser":
        config["min_action_freq"] = 3
    nlp.add_pipe(factory, config=config)
    return nlp


def read(path):
    with lzma.open(DATA / path, "rt", encoding="utf8") as file:
        return file.read()


def gold(factory, part):
    """Docs of ten sentences."""
    if factory == "parser":
        return list(conllu_to_docs(read(f"ewt/en_ewt-ud-{part}.conllu.xz"), n_sents=10, no_print=True))
    text = re.sub(r"^\s+$", "", read(f"wnut17/{part}.conll.xz"), flags=re.MULTILINE)
    return list(conll_ner_to_docs(text, n_sents=10, no_print=True))


def train(nlp, factory):
    steps = {"parser": 150, "ner": 1200}[factory]
    fix_random_seed(0)
    docs = gold(factory, "train")[:200]
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    batches = minibatch(examples * 1000, size=3)
    for _, batch in zip(range(steps), batches, strict=False):
        nlp.update(batch, drop=0.1, sgd=optimizer)


def presets(nlp, factory, text, index):
    """A Doc in which something is said already: where sentences start and do not, or what is an entity and what not."""
    doc = nlp.make_doc(text)
    rng = random.Random(index)
    size = len(doc)
    if factory == "parser":
        starts = [rng.choice([None, None, None, None, False, True]) for _ in doc]
        starts[0] = True
        for token, start in zip(doc, starts, strict=True):
            token.is_sent_start = start
        return doc, {"sent_starts": starts}
    spots = sorted(rng.sample(range(size - 1), 6))
    spans = [[spots[i], min(spots[i] + 1 + rng.randrange(3), spots[i + 1])] for i in (0, 2, 4)]
    person, blocked, outside = spans
    doc.set_ents(
        [Span(doc, *person, label="person")],
        blocked=[doc[slice(*blocked)]],
        outside=[doc[slice(*outside)]],
        default="missing",
    )
    return doc, {"person": person, "blocked": blocked, "outside": outside}


def annotations(doc, factory):
    if factory == "parser":
        return {
            "heads": [token.head.i for token in doc],
            "deps": [token.dep_ for token in doc],
            "sent_starts": [int(bool(token.is_sent_start)) for token in doc],
        }
    return {
        "ents": [[ent.start, ent.end, ent.label_] for ent in doc.ents],
        "iob": "".join(token.ent_iob_ or "-" for token in doc),
    }


def annotated(nlp, factory, doc, beam_width=0):
    """The Doc as the pipeline leaves it: greedily, or by a beam of that width and without pruning by density."""
    for name, pipe in nlp.pipeline:
        if name == factory and beam_width:
            pipe.set_annotations([doc], pipe.beam_parse([doc], beam_width=beam_width))
        else:
            doc = pipe(doc)
    return annotations(doc, factory)


def say(nlp, name, texts):
    """What the pipeline says of the texts: greedily, with presets, and with a beam.

    With one piece spaCy's greedy way leaves out the ReLU of training and of the beam; tagma has it everywhere if there
    is an upper layer, and else nowhere. So the greedy way is that of a beam of one, or there is no beam; spaCy's
    own greedy way is `without_relu`.
    """
    factory, _, (*_, pieces, upper) = PIPELINES[name]
    greedy = 1 if pieces == 1 and upper else 0
    rows = []
    for index, text in enumerate(texts):
        row = {"text": text, "words": [token.text for token in nlp.make_doc(text)]}
        row["greedy"] = annotated(nlp, factory, nlp.make_doc(text), greedy)
        if greedy:
            row["without_relu"] = annotated(nlp, factory, nlp.make_doc(text))
        doc, row["preset"] = presets(nlp, factory, text, index)
        row["with_preset"] = annotated(nlp, factory, doc, greedy)
        if pieces > 1 or upper:
            row["beam"] = annotated(nlp, factory, nlp.make_doc(text), BEAM_WIDTH)
            if factory == "ner" and index < 8:
                row["scored_ents"] = scored(nlp.get_pipe(factory), nlp.make_doc(text))
        rows.append(row)
    return rows


def scored(pipe, doc):
    """Probabilities of entities over the members of the beam."""
    found = pipe.scored_ents(pipe.beam_parse([doc], beam_width=BEAM_WIDTH))[0]
    return [[start, end, label, round(value, 5)] for (start, end, label), value in sorted(found.items())]


def training(nlp, factory):
    """Losses of batches of two whole Docs, and the norms of their gradients, without dropout and without steps.

    Without an upper layer nothing is drawn at random then. The weights of the lower layer are left out: spaCy adds the
    vector of the last token to their gradient for each token that is missing in a state.
    """
    pipe = nlp.get_pipe(factory)
    pipe.cfg["update_with_oracle_cut_size"] = 0
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in gold(factory, "dev")[:12]]
    losses = [float(pipe.update(batch, drop=0.0)[pipe.name]) for batch in minibatch(examples, 2)]
    norms = {}
    for i, node in enumerate(pipe.model.walk()):
        for param in node.param_names:
            if node.has_grad(param) and (node.name, param) != ("precomputable_affine", "W"):
                norms[f"{i} {node.name} {param}"] = float((node.get_grad(param) ** 2).sum() ** 0.5)
    return {"losses": losses, "norms": norms}


def save(nlp, folder):
    """Save without the words of the training data."""
    nlp.to_disk(folder)
    fresh = spacy.util.load_model_from_config(nlp.config, auto_fill=True)
    fresh.from_disk(folder, exclude=["vocab"])
    if "_" in nlp.meta["name"]:
        fresh.tokenizer.rules = {}
    fresh.meta["description"] = "Trained by spaCy for tests of tagma"
    fresh.to_disk(folder)


def main():
    out = Path(sys.argv[1])
    wanted = sys.argv[2:] or PIPELINES
    for name in wanted:
        factory, _, (*_, pieces, upper) = PIPELINES[name]
        if not (out / name).exists():
            nlp = build(name)
            train(nlp, factory)
            save(nlp, out / name)
        nlp = spacy.load(out / name)
        texts = [" ".join(sent.text for sent in list(doc.sents)[:3]) for doc in gold(factory, "dev")[:TEXTS]]
        rows = say(nlp, name, texts)
        said = {"docs": rows, "training": training(nlp, factory) if pieces > 1 and not upper else None}
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        (out / f"{name}.json").write_text(text + "\n", encoding="utf8")
        kinds = {d for row in rows for d in (row["greedy"].get("deps") or [e[2] for e in row["greedy"]["ents"]])}
        count = sum(len(row["greedy"].get("ents", [])) for row in rows)
        differ = [sum(row["greedy"] != row.get(key) for row in rows) for key in ("with_preset", "beam")]
        print(
            f"{name}: {len(kinds)} labels, {count} entities; {differ} of {TEXTS} differ with presets, with a beam",
            flush=True,
        )


if __name__ == "__main__":
    main()
