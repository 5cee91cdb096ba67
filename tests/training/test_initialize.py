"""Before training: what is initialized with what, the vocabulary, vectors and pretrained weights."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import srsly

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.lookups import Lookups
from tagma.nn import Config, ConfigValidationError
from tagma.registries import registry
from tagma.training.initialize import init_nlp, init_tok2vec, init_vocab, load_vectors_into_model

from .diary import PLAN, TEXTS, config_of, run
from .networks import TOK2VEC

OOV_RANK = 2**64 - 1

LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 8, "upstream": "*"}


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


class Looker:
    """A component that looks at the corpus when it is initialized."""

    def __call__(self, doc: Any) -> Any:
        return doc

    def initialize(self, get_examples: Any, nlp: Language) -> None:
        """Counts the examples."""
        PLAN.setdefault("seen", []).append(sum(1 for _ in get_examples()))


@Language.factory("initialize_looker")
def make_looker(nlp: Language, name: str) -> Looker:
    """A looker."""
    return Looker()


def lookers(*names: str, **settings: Any) -> Config:
    """A config of lookers."""
    config = config_of(*names, **settings)
    for block in config["components"].values():
        block["factory"] = "initialize_looker"
    return config


def test_corpus_is_read_once() -> None:
    """All components see the whole corpus, which is read from disk a single time."""
    init_nlp(lookers("one", "two", texts=["a"] * 150))
    assert PLAN["seen"] == [150, 150]
    assert PLAN["reads"] == 1


def test_sample_of_a_streamed_corpus() -> None:
    """If the corpus is streamed, its first hundred examples are what the components see."""
    init_nlp(lookers("one", "two", texts=["a"] * 150, max_epochs=-1))
    assert PLAN["seen"] == [100, 100]


@pytest.mark.parametrize("epochs", [-1, 0])
def test_empty_corpus(epochs: int) -> None:
    """A corpus without examples is named."""
    with pytest.raises(ValueError, match=r"E4042.*corpora\.train"):
        init_nlp(lookers("one", texts=[], max_epochs=epochs))


def test_frozen_components_are_not_initialized() -> None:
    """They keep what they have; one that is not in the pipeline is an error."""
    init_nlp(lookers("one", "two", frozen_components=["one"]))
    assert len(PLAN["seen"]) == 1
    with pytest.raises(ValueError, match=r"E001.*tree"):
        init_nlp(lookers("one", frozen_components=["tree"]))


def test_annotating_components_are_there() -> None:
    """One that is not in the pipeline is an error."""
    init_nlp(lookers("one", "two", annotating_components=["one"]))
    with pytest.raises(ValueError, match=r"E001.*tree"):
        init_nlp(lookers("one", annotating_components=["tree"]))


@pytest.mark.parametrize("option", ["seed", "gpu_allocator"])
def test_settings_that_must_be_there(option: str) -> None:
    """Seed and allocator may be null, but not left out."""
    config = lookers("one")
    del config["training"][option]
    with pytest.raises(ValueError, match=rf"E1015.*{option}"):
        init_nlp(config)


@pytest.mark.parametrize("field", ["train_corpus", "dev_corpus"])
def test_corpora_are_names(field: str) -> None:
    """A block in the place of the dotted name of a corpus is refused."""
    config = lookers("one")
    config["training"][field] = {"@readers": "spacy.Corpus.v1", "path": None, "gold_preproc": False}
    with pytest.raises(ConfigValidationError, match=rf"training -> {field}.*string"):
        init_nlp(config)


def test_corpus_that_is_not_in_the_config() -> None:
    """A name of a corpus that does not exist is refused, with the name."""
    with pytest.raises(ConfigValidationError, match="nothing"):
        init_nlp(lookers("one", train_corpus="corpora.nothing"))


def tagger_config(**training: Any) -> Config:
    """A tagger over a shared network, to be trained on texts without tags."""
    config = config_of(**training)
    config["nlp"]["pipeline"] = ["tok2vec", "tagger"]
    tagger = {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}
    config["components"] = {
        "tok2vec": {"factory": "tok2vec", "model": TOK2VEC},
        "tagger": {"factory": "tagger", "model": tagger},
    }
    config["initialize"] = {"components": {"tagger": {"labels": ["A", "B"]}}}
    return config


def weights(nlp: Language, name: str) -> bytes:
    """The model of a component."""
    proc: Any = nlp.get_pipe(name)
    return proc.model.to_bytes()


def test_seed() -> None:
    """The seed decides the weights; without one they are drawn anew."""
    same, again, other, drawn, anew = (
        weights(init_nlp(tagger_config(seed=seed)), "tok2vec") for seed in (1, 1, 2, None, None)
    )
    assert same == again
    assert len({same, other, drawn, anew}) == 4


@registry.readers("initialize_tagged.v1")
def make_tagged() -> Any:
    """A corpus in which every other token is an A."""

    def read(nlp: Language) -> Iterator[Example]:
        for text in TEXTS:
            doc = nlp.make_doc(text)
            yield Example.from_dict(doc, {"tags": ["AB"[i % 2] for i in range(len(doc))]})

    return read


def test_an_allocator_changes_nothing_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A config that names one trains the same weights, and its framework is not even looked for."""
    for module in ("torch", "tensorflow", "cupy"):
        monkeypatch.setitem(sys.modules, module, None)
    trained = []
    for allocator in (None, "pytorch", "tensorflow"):
        config = tagger_config(seed=1, gpu_allocator=allocator)
        config["corpora"] = {part: {"@readers": "initialize_tagged.v1"} for part in ("train", "dev")}
        nlp = init_nlp(config)
        before = weights(nlp, "tok2vec")
        run(nlp)
        trained.append(weights(nlp, "tok2vec"))
        assert trained[-1] != before
    assert len(set(trained)) == 1


@pytest.mark.parametrize(
    ("allocator", "error", "reason"),
    [
        ("pytorch", ImportError, "the module 'torch'"),
        ("tensorflow", ImportError, "the module 'tensorflow'"),
        ("jax", ValueError, "choose 'pytorch' or 'tensorflow'"),
    ],
)
def test_an_allocator_that_is_not_there(
    allocator: str, error: type[Exception], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a GPU the error names the setting, and what was looked for."""
    for module in ("torch", "tensorflow"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(error, match=rf"E4150.*gpu_allocator is '{allocator}'.*{reason}"):
        init_nlp(tagger_config(gpu_allocator=allocator), use_gpu=0)


def test_sourced_components(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A component from another pipeline goes on with its weights, frozen or not; the others are initialized."""
    source = init_nlp(tagger_config(seed=1))
    source.to_disk(tmp_path / "source")
    config = tagger_config(seed=2)
    config["components"]["tok2vec"] = {"source": str(tmp_path / "source")}
    with caplog.at_level(logging.INFO, logger="tagma"):
        nlp = init_nlp(config)
    assert "tok2vec" in caplog.text
    assert weights(nlp, "tok2vec") == weights(source, "tok2vec")
    caplog.clear()
    config["training"]["frozen_components"] = ["tok2vec"]
    with caplog.at_level(logging.INFO, logger="tagma"):
        assert weights(init_nlp(config), "tok2vec") == weights(source, "tok2vec")
    assert "INFO" not in caplog.text


@pytest.mark.parametrize(
    ("frozen", "annotating", "code"),
    [
        (["tagger"], [], "W087"),
        (["tok2vec"], [], "W086"),
        (["tok2vec"], ["tok2vec"], None),
        (["tok2vec", "tagger"], [], None),
        ([], [], None),
    ],
)
def test_frozen_on_one_side(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, frozen: list[str], annotating: list[str], code: str | None
) -> None:
    """It is said if a shared network and who listens to it do not learn together, or the network does not run."""
    init_nlp(tagger_config()).to_disk(tmp_path / "source")
    config = tagger_config(frozen_components=frozen, annotating_components=annotating)
    for name in frozen:
        config["components"][name] = {"source": str(tmp_path / "source")}
    with caplog.at_level(logging.WARNING, logger="tagma"):
        init_nlp(config)
    assert [record.getMessage()[1:5] for record in caplog.records] == ([code] if code else [])


def test_disabled_listener(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A component that is switched off does not learn with the shared network, and need not."""
    init_nlp(tagger_config()).to_disk(tmp_path / "source")
    config = tagger_config(frozen_components=["tok2vec"])
    config["components"]["tok2vec"] = {"source": str(tmp_path / "source")}
    config["nlp"]["disabled"] = ["tagger"]
    with caplog.at_level(logging.WARNING, logger="tagma"):
        init_nlp(config)
    assert caplog.records == []


def test_lexeme_data(tmp_path: Path) -> None:
    """Rows give words their attributes; a row of settings is passed over; ranks from before do not count any more."""
    rows: list[dict[str, Any]] = [
        {"lang": "en", "settings": {"oov_prob": -30}},
        {"orth": "zork", "id": 7, "norm": "Zork", "prob": -8.5, "cluster": 3, "is_stop": True, "like_num": True},
        {"orth": "Pear", "id": 8, "prefix": "Q", "suffix": "zz", "shape": "x", "lower": "pear", "is_alpha": False},
    ]
    srsly.write_jsonl(tmp_path / "vocab.jsonl", [*rows, {"orth": "rare", "prob": -12.0}])
    nlp = tagma.blank("en")
    nlp.vocab["before"].rank = 5
    init_vocab(nlp, data=tmp_path / "vocab.jsonl")
    zork, pear = nlp.vocab["zork"], nlp.vocab["Pear"]
    assert (zork.rank, zork.norm_, zork.prob, zork.cluster) == (7, "Zork", -8.5, 3)
    assert zork.is_stop
    assert zork.like_num
    assert (pear.rank, pear.prefix_, pear.suffix_, pear.shape_, pear.lower_) == (8, "Q", "zz", "x", "pear")
    assert not pear.is_alpha
    assert nlp.vocab["before"].rank == nlp.vocab["rare"].rank == OOV_RANK
    assert nlp.vocab.cfg["oov_prob"] == -13.0
    assert nlp("zork")[0].norm_ == "Zork"


def test_norms_are_saved(tmp_path: Path) -> None:
    """Norms from lexeme data are features of words, so they are there in the pipeline that is loaded, too."""
    srsly.write_jsonl(tmp_path / "vocab.jsonl", [{"orth": "zork", "norm": "fork"}])
    nlp = tagma.blank("en")
    lookups = Lookups()
    lookups.add_table("lexeme_norm", {"spork": "spoon"})
    init_vocab(nlp, data=tmp_path / "vocab.jsonl", lookups=lookups)
    nlp.to_disk(tmp_path / "nlp")
    for each in (nlp, tagma.load(tmp_path / "nlp")):
        assert [token.norm_ for token in each("zork spork Other")] == ["fork", "spoon", "other"]


def with_vector(word: str, width: int = 4) -> Language:
    """A pipeline with a vector."""
    nlp = tagma.blank("en")
    nlp.vocab.set_vector(word, numpy.ones(width, dtype="float32"))
    return nlp


def test_vectors(tmp_path: Path) -> None:
    """Vectors and strings are taken over, words get their ranks, the language's lookups stay."""
    source = with_vector("cat")
    source.vocab.strings.add("SOME_LABEL")
    source.vocab.lookups.add_table("theirs", {})
    source.to_disk(tmp_path / "vectors")
    nlp = tagma.blank("en")
    nlp.vocab.lookups.add_table("ours", {})
    assert nlp.vocab["cat"].rank == OOV_RANK
    load_vectors_into_model(nlp, tmp_path / "vectors")
    assert nlp.vocab["cat"].vector.tolist() == [1.0] * 4
    assert nlp.vocab["cat"].rank == nlp.vocab.vectors.find(key="cat")
    assert nlp.vocab["dog"].rank == OOV_RANK
    assert "SOME_LABEL" in nlp.vocab.strings
    assert "ours" in nlp.vocab.lookups.tables
    assert "theirs" not in nlp.vocab.lookups.tables


def test_vectors_that_are_not_there(tmp_path: Path) -> None:
    """A pipeline without vectors is a warning; one that cannot be loaded is named, once."""
    tagma.blank("en").to_disk(tmp_path / "empty")
    with pytest.warns(UserWarning, match=r"W112.*empty"):
        init_vocab(tagma.blank("en"), vectors=str(tmp_path / "empty"))
    nlp = tagma.blank("en")
    nlp.config["initialize"]["vectors"] = "no/such/vectors"
    with pytest.raises(OSError, match=r"E884.*no/such/vectors.*it is neither") as error:
        nlp.initialize()
    assert str(error.value).count("E884") == 1


def test_vectors_of_a_broken_pipeline(tmp_path: Path) -> None:
    """What is wrong with the config of the pipeline with the vectors is said under its name."""
    nlp = with_vector("cat")
    nlp.to_disk(tmp_path / "vectors")
    path = tmp_path / "vectors" / "config.cfg"
    path.write_text(path.read_text().replace("batch_size = 1000", 'batch_size = "many"'))
    with pytest.raises(ConfigValidationError, match=r"(?s)vectors.*batch_size"):
        load_vectors_into_model(tagma.blank("en"), tmp_path / "vectors")


def test_component_from_a_pipeline_with_other_vectors(tmp_path: Path) -> None:
    """A component that comes from a pipeline with other vectors is a warning, one with the same is none."""
    for word in ("cat", "dog"):
        with_vector(word).to_disk(tmp_path / word)
    source = with_vector("cat")
    source.add_pipe("sentencizer")
    source.to_disk(tmp_path / "source")
    config = {"nlp": {"lang": "en", "pipeline": ["sentencizer"]}}
    config["components"] = {"sentencizer": {"source": str(tmp_path / "source")}}
    for word in ("cat", "dog"):
        sections = Config({**config, "initialize": {"vectors": str(tmp_path / word)}})
        nlp = tagma.util.load_model_from_config(sections, auto_fill=True)
        if word == "cat":
            nlp.initialize()
        else:
            with pytest.warns(UserWarning, match="W113.*sentencizer"):
                nlp.initialize()


def test_pretrained_weights(tmp_path: Path) -> None:
    """Weights of a file go into the component, or into one of its layers, that [pretraining] names."""
    source, target = (init_nlp(tagger_config(seed=seed)) for seed in (1, 2))
    path = tmp_path / "weights.bin"
    path.write_bytes(weights(source, "tok2vec"))
    assert init_tok2vec(target, {"component": "tok2vec", "layer": ""}, {"init_tok2vec": str(path)})
    assert weights(target, "tok2vec") == weights(source, "tok2vec")
    models: list[Any] = []
    for seed in (1, 2):
        nlp = tagma.blank("en")
        nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": TOK2VEC}})
        tagma.util.fix_random_seed(seed)
        nlp.initialize(lambda nlp=nlp: [Example.from_dict(nlp.make_doc("a b"), {"tags": ["A", "B"]})])
        models.append((nlp, nlp.get_pipe("tagger").model.get_ref("tok2vec")))
    path.write_bytes(models[0][1].to_bytes())
    assert models[0][1].to_bytes() != models[1][1].to_bytes()
    assert init_tok2vec(models[1][0], {"component": "tagger", "layer": "tok2vec"}, {"init_tok2vec": path})
    assert models[0][1].to_bytes() == models[1][1].to_bytes()


def test_no_pretrained_weights(tmp_path: Path) -> None:
    """null is none; a file that is not there and a missing name of the component are refused."""
    nlp = tagma.blank("en")
    assert not init_tok2vec(nlp, {"component": "tok2vec", "layer": ""}, {"init_tok2vec": None})
    with pytest.raises(ConfigValidationError, match=r"init_tok2vec.*none\.bin"):
        init_tok2vec(nlp, {"component": "tok2vec", "layer": ""}, {"init_tok2vec": str(tmp_path / "none.bin")})
    (tmp_path / "weights.bin").touch()
    with pytest.raises(ConfigValidationError, match=r"(?s)pretraining.*component"):
        init_tok2vec(nlp, {"component": None, "layer": ""}, {"init_tok2vec": str(tmp_path / "weights.bin")})
    with pytest.raises(ConfigValidationError, match=r"init_tok2vec.*no section \[pretraining\]"):
        init_tok2vec(nlp, {}, {"init_tok2vec": str(tmp_path / "weights.bin")})
    nlp.config["initialize"]["init_tok2vec"] = str(tmp_path / "none.bin")
    with pytest.raises(ConfigValidationError, match=r"init_tok2vec.*none\.bin"):
        nlp.initialize()
