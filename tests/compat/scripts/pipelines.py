"""Putting pipelines together: sourcing, from_config, disable and exclude, bytes, meta, labels, defaults."""

import tempfile
import warnings

import spacy
from spacy.lang.en import English
from spacy.language import Language
from spacy.training import Example
from spacy.vocab import Vocab

base = English()
base.add_pipe("tagger", name="my_tagger", config={"overwrite": True})
data = [Example.from_dict(base.make_doc("a b"), {"tags": ["A", "B"]})]
sgd = base.initialize(lambda: data)
for _ in range(30):
    base.update(data, sgd=sgd)
nlp = spacy.blank("en", vocab=base.vocab, config={"nlp": {"batch_size": 7}}, meta={"name": "mine", "version": "1.2.3"})
nlp.add_pipe("my_tagger", source=base, name="tagger")
nlp.add_pipe("sentencizer", before="tagger", config={"punct_chars": ["!"]})
print(nlp.pipe_names, nlp.batch_size, nlp.meta["name"], nlp.meta["version"], nlp.meta["lang"], nlp.path)
print(nlp.pipe_labels, nlp.get_pipe("tagger").labels, nlp.pipe_factories)
print([t.tag_ for t in nlp("a b")], [s.text for s in nlp("b a! b a.").sents])
print(nlp.config["components"]["sentencizer"], nlp.config["nlp"]["pipeline"])
again = spacy.util.load_model_from_config(nlp.config)
again.from_bytes(nlp.to_bytes())
print(type(again).__name__, [t.tag_ for t in again("a b")], again.meta["version"])
with tempfile.TemporaryDirectory() as folder:
    nlp.to_disk(folder)
    one = spacy.load(folder, exclude="sentencizer")
    two = spacy.load(folder, disable=["tagger"])
    three = spacy.load(folder, enable="sentencizer")
    four = spacy.load(folder, vocab=Vocab(), config={"nlp.batch_size": 99})
    print(one.pipe_names, one.disabled, two.pipe_names, two.disabled, three.pipe_names, three.disabled, four.batch_size)
    two.enable_pipe("tagger")
    print(two.pipe_names, [t.tag_ for t in two("a b")], two.component_names)
    print(
        sorted(spacy.util.load_meta(f"{folder}/meta.json"))[:6],
        spacy.util.load_config(f"{folder}/config.cfg")["nlp"]["lang"],
    )
nlp.disable_pipe("tagger")
print(nlp.pipe_names, nlp.disabled, nlp("a b").has_annotation("TAG"))
with nlp.select_pipes(enable=["tagger"]):
    print(nlp.pipe_names)
print(nlp.pipe_names, nlp.has_factory("tagger"), nlp.has_factory("nope"))
nlp.replace_pipe("sentencizer", "senter")
print(nlp.pipe_names, nlp.get_factory_meta("senter").default_score_weights, English.Defaults.stop_words >= {"the", "a"})
print(nlp.analyze_pipes()["problems"], Language.get_factory_name("tagger"))
for call in (
    lambda: nlp.get_pipe("x"),
    lambda: nlp.add_pipe("senter"),
    lambda: nlp.add_pipe("sentencizer", before="x"),
    lambda: nlp.add_pipe("sentencizer", before="senter", first=True),
    lambda: nlp.add_pipe(lambda doc: doc),
    lambda: spacy.load("no_such_pipeline"),
    lambda: spacy.blank("qqq"),
    lambda: nlp("x", component_cfg={}, disable=["nothing"]) and nlp(3),
    lambda: nlp.update([nlp("x")]),
    lambda: Example.from_dict(nlp("a b"), {"tagz": []}),
    lambda: Example.from_dict(nlp("a b"), {"tags": ["x"]}),
    lambda: list(nlp.pipe(["a"], as_tuples=True)),
):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except Exception as error:
        # codes from 4000 on are not the peer's
        print(type(error).__name__, str(error)[:6] if str(error).startswith("[E") and "[E40" not in str(error) else "")
