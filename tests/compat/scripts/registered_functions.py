"""Registered functions for a config: reader, batcher, logger, callbacks, tokenizer and scorer, in one training run."""

import contextlib
import io
import tempfile
from pathlib import Path

import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from thinc.api import Config

CALLS = []
CONFIG = """
[paths]
train = "unused"

[nlp]
lang = "en"
pipeline = ["tagger"]

[nlp.tokenizer]
@tokenizers = "splitter.v1"

[nlp.before_creation]
@callbacks = "lower_norms.v1"

[components]

[components.tagger]
factory = "tagger"

[components.tagger.scorer]
@scorers = "half_scorer.v1"

[corpora]

[corpora.train]
@readers = "made_up.v1"
times = 6

[corpora.dev]
@readers = "made_up.v1"
times = 1

[training]
max_steps = 9
seed = 0
gpu_allocator = null
eval_frequency = 3
patience = 0

[training.batcher]
@batchers = "two_by_two.v1"

[training.logger]
@loggers = "quiet.v1"

[training.before_to_disk]
@callbacks = "stamp.v1"
text = "done"

[training.score_weights]
half = 1.0
"""


@spacy.registry.tokenizers("splitter.v1")
def create_tokenizer():
    class Splitter:
        def __init__(self, vocab):
            self.vocab = vocab

        def __call__(self, text):
            return Doc(self.vocab, words=text.split("_") or [""])

        def to_bytes(self, **kwargs):
            return b""

        def from_bytes(self, data, **kwargs):
            return self

        def to_disk(self, path, **kwargs):
            pass

        def from_disk(self, path, **kwargs):
            return self

    return lambda nlp: Splitter(nlp.vocab)


@spacy.registry.callbacks("lower_norms.v1")
def create_lower():
    def before_creation(lang_cls):
        CALLS.append(lang_cls.__name__)
        lang_cls.Defaults.stop_words = {"green"}
        return lang_cls

    return before_creation


@spacy.registry.callbacks("stamp.v1")
def create_stamp(text: str):
    def before_to_disk(nlp):
        nlp.meta["description"] = text
        return nlp

    return before_to_disk


@spacy.registry.scorers("half_scorer.v1")
def create_scorer():
    def score(examples, **kwargs):
        return {"half": 0.5, "n": len(list(examples))}

    return score


@spacy.registry.readers("made_up.v1")
def create_reader(times: int):
    def read(nlp):
        for _ in range(times):
            yield Example.from_dict(nlp.make_doc("green_eggs"), {"tags": ["J", "N"]})

    return read


@spacy.registry.batchers("two_by_two.v1")
def create_batcher():
    def batch(items):
        items = list(items)
        for i in range(0, len(items), 2):
            yield items[i : i + 2]

    return batch


@spacy.registry.loggers("quiet.v1")
def create_logger():
    def setup(nlp, stdout=None, stderr=None):
        def log_step(info):
            if info is not None:
                CALLS.append((info["epoch"], info["step"], info["score"], sorted(info["other_scores"]), info["words"]))

        return log_step, lambda: CALLS.append("end")

    return setup


config = Config().from_str(CONFIG, interpolate=False)
nlp = init_nlp(config)
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
    train(nlp, Path(folder), stdout=io.StringIO(), stderr=io.StringIO())
    best = spacy.load(Path(folder) / "model-best")
for call in CALLS:
    print(call)
print(best.meta["description"], [t.text for t in best("a_b")], [t.is_stop for t in best("green_b")])
print(best.config["corpora"]["train"], best.config["training"]["batcher"])
