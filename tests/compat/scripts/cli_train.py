"""Training from Python with a config: init_config, Corpus, spacy.cli.train, evaluate."""

import contextlib
import io
import tempfile
from pathlib import Path

import spacy
from spacy.cli.init_config import init_config
from spacy.cli.train import train
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus

vocab = spacy.blank("en").vocab
WORDS = {"she": "PRON", "he": "PRON", "runs": "VERB", "eats": "VERB", "fast": "ADV", "now": "ADV"}
SENTENCES = [[a, b, c] for a in ("she", "he") for b in ("runs", "eats") for c in ("fast", "now")]
docs = [Doc(vocab, words=s, tags=[WORDS[w][:2] for w in s], pos=[WORDS[w] for w in s]) for s in SENTENCES]
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    DocBin(docs=docs * 5).to_disk(folder / "train.spacy")
    DocBin(docs=docs).to_disk(folder / "dev.spacy")
    config = init_config(lang="en", pipeline=["tagger", "morphologizer"], optimize="efficiency")
    config.to_disk(folder / "config.cfg")
    overrides = {
        "paths.train": str(folder / "train.spacy"),
        "paths.dev": str(folder / "dev.spacy"),
        "training.max_steps": 40,
        "training.eval_frequency": 20,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        train(folder / "config.cfg", folder / "out", overrides=overrides)
    print(sorted(path.name for path in (folder / "out").iterdir() if path.is_dir()))
    nlp = spacy.load(folder / "out" / "model-best")
    print(nlp.pipe_names, nlp.meta["lang"], sorted(nlp.meta["performance"]))
    print([(t.text, t.tag_, t.pos_) for t in nlp("he eats now")])
    examples = list(Corpus(folder / "dev.spacy")(nlp))
    scores = nlp.evaluate(examples)
    print(len(examples), scores["tag_acc"], scores["pos_acc"])
    limited = list(Corpus(folder / "train.spacy", limit=3, max_length=2)(nlp))
    print(len(limited))
