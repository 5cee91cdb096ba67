"""Pipelines from configs and configs from pipelines, and what is said about a config that is wrong."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

import tagma
from tagma.lang.en import English
from tagma.language import Language
from tagma.language.assembly import get_sourced_components
from tagma.nn import Config, ConfigValidationError
from tagma.nn.api import Linear, Relu, chain

from .toys import examples_for, pipeline_of, small_tagger, trained_tagger

MODEL = "components.tagger.model"


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """The config of a pipeline with a tagger, all settings written out."""
    return dict(small_tagger().config)


def changed(config: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a dotted place."""
    result = copy.deepcopy(config)
    *sections, name = place.split(".")
    section = result
    for key in sections:
        section = section[key]
    section[name] = value
    return result


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        # unknown functions: the nearest names are offered
        (f"{MODEL}.@architectures", "spacy.Tager.v2", ["'spacy.Tager.v2'", "'architectures'", "'spacy.Tagger.v2'"]),
        (f"{MODEL}.tok2vec.@architectures", "spacy.HashEmbedCN.v2", ["did you mean 'spacy.HashEmbedCNN.v2'"]),
        ("training.optimizer.@optimizers", "Adm.v1", ["'Adm.v1'", "did you mean 'Adam.v1'"]),
        ("corpora.train.@readers", "spacy.Corpu.v1", ["'spacy.Corpu.v1'", "did you mean 'spacy.Corpus.v1'"]),
        ("components.tagger.factory", "taggr", ["[E002]", "'taggr'", "did you mean 'tagger'"]),
        # misspelt settings: likewise
        (f"{MODEL}.tok2vec.widht", 3, ["no argument 'widht'", "did you mean 'width'"]),
        (f"{MODEL}.nope", 1, ["no argument 'nope'", "tok2vec"]),
        ("nlp.batch_sise", 1, ["did you mean 'batch_size'"]),
        ("training.max_stepz", 1, ["did you mean 'max_steps'"]),
        # wrong types: the value is shown
        (f"{MODEL}.tok2vec.width", "wide", ["must be int, not 'wide'"]),
        (f"{MODEL}.tok2vec.width", 2.5, ["must be int, not 2.5"]),
        (f"{MODEL}.tok2vec.depth", None, ["must be int, not None"]),
        ("components.tagger.overwrite", "maybe", ["must be bool, not 'maybe'"]),
        ("nlp.batch_size", "many", ["integer", "'many'"]),
        ("nlp.pipeline", "tagger", ["list of names", "'tagger'"]),
        ("training.dropout", "a", ["number or a schedule", "'a'"]),
        ("training.seed", "a", ["integer", "'a'"]),
    ],
)
def test_wrong_settings(good: dict[str, Any], place: str, value: Any, said: list[str]) -> None:
    """The error gives the path of the setting, the value and the nearest names; nothing is made."""
    with pytest.raises(ConfigValidationError) as error:
        English.from_config(changed(good, place, value))
    message = str(error.value)
    assert place.replace(".", " -> ") in message
    assert all(part in message for part in said), message
    assert message.count("\n") < 10


@pytest.mark.parametrize(("setting", "value"), [("width", 0), ("width", -3), ("maxout_pieces", 0), ("embed_size", -5)])
def test_sizes_below_one(good: dict[str, Any], setting: str, value: int) -> None:
    """A network without width is refused when it is made, with the layer and the value."""
    with pytest.raises(ValueError, match=rf"(hashembed|maxout): n\w is {value}\. Give it at least 1"):
        English.from_config(changed(good, f"{MODEL}.tok2vec.{setting}", value))


EMBED = {"@architectures": "spacy.MultiHashEmbed.v2", "width": 8, "attrs": ["NORM"], "include_static_vectors": False}
ENCODE = {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 8, "window_size": 1, "maxout_pieces": 2}


@pytest.mark.parametrize(
    ("embed", "encode", "said"),
    [
        ({"rows": [5, 5]}, {"depth": 1}, ["embed", "spacy.MultiHashEmbed.v2", "2 numbers [5, 5]"]),
        ({"rows": [-5]}, {"depth": 1}, ["embed", "spacy.MultiHashEmbed.v2", "nV is -5"]),
        ({"rows": [5]}, {"depth": 1, "width": -3}, ["encode", "spacy.MaxoutWindowEncoder.v2", "nO is -3"]),
    ],
)
def test_settings_that_a_function_refuses(embed: dict[str, Any], encode: dict[str, Any], said: list[str]) -> None:
    """What an architecture says of its settings comes with the dotted place of its section and its name."""
    network = {"@architectures": "spacy.Tok2Vec.v2", "embed": {**EMBED, **embed}, "encode": {**ENCODE, **encode}}
    with pytest.raises(ConfigValidationError) as error:
        tagma.blank("en").add_pipe("tok2vec", name="mine", config={"model": network})
    section, function, problem = said
    message = str(error.value)
    assert f"components -> mine -> model -> {section}\t{function} does not take these settings: " in message
    assert problem in message
    assert isinstance(error.value.__cause__, ValueError)


@tagma.registry.architectures("tests.no_model.v1")
def no_model(value: Any = None) -> Any:
    """An architecture that forgot to return its model."""
    return value


@pytest.mark.parametrize(
    ("model", "place", "said"),
    [
        ({"@architectures": "tests.no_model.v1"}, "model", "needs a Model here, but tests.no_model.v1 gives None"),
        ({"@architectures": "tests.no_model.v1", "value": 3}, "model", "tests.no_model.v1 gives a int"),
        (
            {"@architectures": "spacy.Tagger.v2", "tok2vec": {"@architectures": "tests.no_model.v1"}},
            "model -> tok2vec",
            "spacy.Tagger.v2 needs a Model here, but tests.no_model.v1 gives None",
        ),
        (None, "model", "must be Model, not None"),
    ],
)
def test_an_architecture_that_gives_no_model(model: Any, place: str, said: str) -> None:
    """Component, setting and function are named when the component is made, not when it runs."""
    with pytest.raises(ConfigValidationError) as error:
        tagma.blank("en").add_pipe("tagger", name="mine", config={"model": model})
    assert f"components -> mine -> {place}\t" in str(error.value)
    assert said in str(error.value)


def test_settings_of_a_factory_are_listed() -> None:
    """What a config may set is listed; nlp and name, which the pipeline gives, are not."""
    with pytest.raises(ConfigValidationError, match=r"has no argument 'zzz'; it has: number$"):
        tagma.blank("en").add_pipe("toy_marker", config={"zzz": 1})
    with pytest.raises(ConfigValidationError, match=r"has no argument 'zzz'; it has: punct_chars, overwrite, scorer$"):
        tagma.blank("en").add_pipe("sentencizer", config={"zzz": 1})


def test_all_errors_come_together(good: dict[str, Any]) -> None:
    """Three mistakes in three sections are told at once."""
    config = changed(changed(good, "nlp.batch_sise", 1), "training.max_stepz", 2)
    config = changed(config, f"{MODEL}.tok2vec.width", "w")
    with pytest.raises(ConfigValidationError) as error:
        English.from_config(config)
    assert {tuple(entry["loc"])[-1] for entry in error.value.errors} == {"batch_sise", "max_stepz", "width"}


def test_missing_settings(good: dict[str, Any]) -> None:
    """Settings that are missing are named with their path; of a saved one, read without defaults, those of [nlp]."""
    config = Config(good).interpolate()
    del config["training"]["dropout"]
    del config["nlp"]["pipeline"]
    with pytest.raises(ConfigValidationError) as error:
        English.from_config(config, auto_fill=False)
    assert {tuple(entry["loc"]) for entry in error.value.errors} == {("nlp", "pipeline")}
    assert "missing" in str(error.value)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"nlp": {"lang": "de"}}, "E958"),
        ({"nlp": {"lang": "en", "pipeline": ["x"]}, "components": {}}, "E956"),
        (
            {"nlp": {"lang": "en", "pipeline": ["x"]}, "component": {"x": {"factory": "y"}}},
            r"E956.*\[component\.x\] is there: rename it to \[components\.x\]",
        ),
        ({"nlp": {"lang": "en", "pipeline": ["x"]}, "components": {"x": {"n": 1}}}, "E984"),
    ],
)
def test_wrong_outlines(config: dict[str, Any], code: str) -> None:
    """Another language, a name without block and a block without factory have their codes."""
    with pytest.raises(ValueError, match=code):
        English.from_config(config)


def test_no_nlp_section() -> None:
    """Without defaults and without [nlp] there is nothing to make: E985."""
    with pytest.raises(ValueError, match="E985"):
        English.from_config({}, auto_fill=False)


def test_dimension_mismatch_while_running() -> None:
    """The path of the node and both numbers are in the error."""
    model = chain(Relu(8, 4), chain(Relu(6, 8), Linear(2, 6)))
    model.initialize(numpy.zeros((3, 4), dtype="float32"))
    with pytest.raises(ValueError, match=r"relu>>relu>>linear / relu: nI is 4, .* width 5"):
        model.predict(numpy.zeros((3, 5), dtype="float32"))
    wrong = chain(Relu(8, 4), chain(Relu(6, 9), Linear(2, 6)))
    with pytest.raises(ValueError, match=r"relu>>relu>>linear / relu>>linear / relu: nI is 9, .* width 8"):
        wrong.initialize(numpy.zeros((3, 4), dtype="float32"))


def test_dimension_mismatch_of_a_listener() -> None:
    """A tagger that expects another width than its shared network gives is told so, with both widths."""
    config = changed(dict(small_tagger(upstream=True).config), f"{MODEL}.tok2vec.width", 24)
    nlp = English.from_config(config)
    with pytest.raises(ValueError, match=r"(?s)(24.*16|16.*24)"):
        _train_once(nlp)


def _train_once(nlp: Language) -> None:
    examples = examples_for(nlp)
    nlp.initialize(lambda: examples)
    nlp.update(examples)


def test_a_trained_tagger_cannot_grow() -> None:
    """A label added after initialization is refused with the component and its size, and the tagger stays usable."""
    nlp = trained_tagger(steps=0)
    tagger = nlp.get_pipe("tagger")
    with pytest.raises(ValueError, match=r"\[E922\] 'tagger' has 5 outputs"):
        tagger.add_label("NEW")
    assert "NEW" not in tagger.labels
    assert nlp("a text")[0].tag_


@pytest.mark.parametrize(
    ("options", "running", "all_names"),
    [
        ({}, ["toy_first", "toy_second"], ["toy_first", "toy_second"]),
        ({"disable": ["toy_first"]}, ["toy_second"], ["toy_first", "toy_second"]),
        ({"enable": "toy_first"}, ["toy_first"], ["toy_first", "toy_second"]),
        ({"enable": ["toy_first"], "disable": ["toy_second"]}, ["toy_first"], ["toy_first", "toy_second"]),
        ({"exclude": ["toy_first"]}, ["toy_second"], ["toy_second"]),
    ],
)
def test_from_config_options(options: dict[str, Any], running: list[str], all_names: list[str]) -> None:
    """`disable`, `enable` and `exclude` decide what runs and what is made."""
    nlp = English.from_config(pipeline_of("toy_first", "toy_second").config, **options)
    assert (nlp.pipe_names, nlp.component_names) == (running, all_names)


@pytest.mark.parametrize("option", ["disable", "exclude"])
def test_leaving_out_unknown_names_warns(option: Any) -> None:
    """A name that is nearly one of a component changes nothing: a warning says so. Others just are not there."""
    config = pipeline_of("toy_first", "toy_second").config
    with pytest.warns(UserWarning, match=rf"\[W4010\] '{option}'.*'toy_frst'.*did you mean 'toy_first'"):
        nlp = English.from_config(config, **{option: ["toy_frst", "toy_second"]})
    assert nlp.pipe_names == ["toy_first"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        English.from_config(
            config, exclude=["toy_first", "vocab", "lookups"], disable=["toy_second", "parser", "senter"]
        )


def test_enabling_only_unknown_names_warns() -> None:
    """If nothing that is to be enabled exists, no component would run: a warning names what there is."""
    with pytest.warns(UserWarning, match=r"\[W4010\].*absent.*toy_first"):
        English.from_config(pipeline_of("toy_first").config, enable=["absent"])


def test_config_round_trip() -> None:
    """A pipeline made from the config of another has the same config, through text too."""
    nlp = small_tagger(upstream=True)
    nlp.add_pipe("toy_marker", name="mine", config={"number": 8})
    nlp.disable_pipe("mine")
    twin = English.from_config(Config().from_str(nlp.config.to_str(), interpolate=False))
    assert twin.config == nlp.config
    assert twin.get_pipe("mine").number == 8
    assert twin.disabled == ["mine"]
    assert twin.get_pipe("tok2vec").listening_components == ["tagger"]


def test_references_survive() -> None:
    """A ${…} reference in a component's block is kept for saving, and replaced for making it."""
    text = pipeline_of("toy_marker").config.to_str().replace("number = 3", "number = ${system.seed}")
    nlp = English.from_config(Config().from_str(text, interpolate=False, overrides={"system.seed": 11}))
    assert nlp.get_pipe("toy_marker").number == 11
    assert nlp.config["components"]["toy_marker"]["number"] == "${system.seed}"


def test_score_weights() -> None:
    """Weights of all components' scores add up to 1, and null ones are kept."""
    nlp = pipeline_of("toy_marker", "tagger")
    weights = nlp.config["training"]["score_weights"]
    assert weights["c"] is None
    assert sum(weight for weight in weights.values() if weight) == pytest.approx(1.0, abs=0.02)


def test_component_from_another_pipeline(tmp_path: Any) -> None:
    """`source` in a block takes the trained component of a saved pipeline, with its own copy of what it listened to."""
    trained = trained_tagger(upstream=True)
    trained.to_disk(tmp_path / "trained")
    expected = [token.tag_ for token in trained("I like it")]
    block = {"source": str(tmp_path / "trained"), "component": "tagger", "replace_listeners": ["model.tok2vec"]}
    nlp = English.from_config({"nlp": {"lang": "en", "pipeline": ["new"]}, "components": {"new": block}})
    assert nlp.pipe_names == ["new"]
    assert [token.tag_ for token in nlp("I like it")] == expected
    assert nlp.config["components"]["new"]["factory"] == "tagger"


def test_callbacks_of_creation() -> None:
    """The three callbacks of [nlp] run in order; one that returns something else is refused with its code."""
    order: list[str] = []

    @tagma.registry.callbacks("toy_log.v1")
    def log(word: str, broken: bool = False) -> Any:
        def call(value: Any) -> Any:
            order.append(word)
            return None if broken else value

        return call

    names = ["before_creation", "after_creation", "after_pipeline_creation"]
    nlp = {"lang": "en", **{name: {"@callbacks": "toy_log.v1", "word": name} for name in names}}
    English.from_config({"nlp": nlp})
    assert order == names
    for name, code in zip(names, ("E943", "E942", "E942"), strict=True):
        broken = {**nlp, name: {"@callbacks": "toy_log.v1", "word": "x", "broken": True}}
        with pytest.raises(ValueError, match=code):
            English.from_config({"nlp": broken})


def test_blank() -> None:
    """A blank pipeline takes settings and meta; an unknown language names those that there are."""
    nlp = tagma.blank("en", config={"nlp": {"batch_size": 4}}, meta={"name": "mine"})
    assert (nlp.lang, nlp.batch_size, nlp.meta["name"]) == ("en", 4, "mine")
    with pytest.raises(ImportError, match=r"\[E048\].*'zzz'.*en"):
        tagma.blank("zzz")


def test_defaults_need_no_check() -> None:
    """The config of a blank pipeline, which is made unchecked, passes all checks."""
    config = tagma.blank("en").config
    assert English.from_config(config, auto_fill=False, validate=True).config == config


def test_vocabulary() -> None:
    """Anything but a vocabulary, and one of another language, are refused with their codes."""
    with pytest.raises(ValueError, match=r"\[E918\].*3"):
        English(vocab=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\[E150\].*'xx'.*'en'"):
        English(vocab=tagma.blank("xx").vocab)
    vocab = tagma.blank("en").vocab
    assert tagma.blank("en", vocab=vocab).vocab is vocab


def test_subclass_brings_its_defaults() -> None:
    """A language of one's own has the settings of its Defaults in its config, and its own factories."""

    class Mine(Language):
        lang = "mine"

        class Defaults(Language.Defaults):
            config = Config({"nlp": {"batch_size": 17}})

    @Mine.factory("toy_only_mine")
    def make(nlp: Language, name: str) -> Any:
        return lambda doc: doc

    nlp = Mine()
    assert nlp.config["nlp"]["lang"] == "mine"
    assert Mine.from_config({}).batch_size == 17
    assert Mine.has_factory("toy_only_mine")
    assert not English.has_factory("toy_only_mine")
    nlp.add_pipe("toy_only_mine")
    assert nlp.pipe_factories == {"toy_only_mine": "toy_only_mine"}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Language.factory("a.b", func=lambda nlp, name: None), "E853"),
        (lambda: Language.component("a.b", func=lambda doc: doc), "E853"),
        (lambda: Language.factory("toy_bad", func=lambda nlp: None), "E964"),
        (lambda: Language.factory("toy_bad", default_config=[], func=lambda nlp, name: None), "E962"),  # type: ignore[arg-type]
        (lambda: Language.factory("toy_marker", func=lambda nlp, name: None), "E004"),
        (lambda: Language.component("toy_bad", func=int), "E965"),  # type: ignore[arg-type]
        (lambda: Language.component(3), "E963"),  # type: ignore[arg-type]
        (lambda: Language.factory(3), "E963"),  # type: ignore[arg-type]
        (lambda: Language.component("toy_bad", func=lambda doc: doc, assigns=["token.absent"]), "E185"),
        (lambda: Language.component("toy_bad", func=lambda doc: doc, assigns=["tokens.tag"]), "E181"),
        (lambda: Language.get_factory_meta("absent"), "E967"),
    ],
)
def test_wrong_factories(call: Any, code: str) -> None:
    """Each mistake in registering a component has its code, and leaves no factory behind."""
    with pytest.raises(ValueError, match=code):
        call()
    assert not Language.has_factory("toy_bad")


def test_factories_are_read_only() -> None:
    """Factories are added by registering, not by changing the dict: E957."""
    with pytest.raises(NotImplementedError, match="E957"):
        tagma.blank("en").factories.update(mine=len)
    assert "tagger" in Language.factories
    assert "tagger" in tagma.blank("en").factory_names


def test_copies_of_a_base_pipeline(tmp_path: Any) -> None:
    """The callback copies tokenizer and vocabulary of saved pipelines; tokenizers of another kind are E872."""
    base = tagma.blank("en")
    base.tokenizer.add_special_case("gotit", [{"ORTH": "got"}, {"ORTH": "it"}])
    base.vocab.strings.add("onlythere")
    base.to_disk(tmp_path / "base")
    make = tagma.registry.callbacks.get("spacy.copy_from_base_model.v1")
    path = str(tmp_path / "base")
    for given, tokens, has_string in [
        ({}, 1, False),
        ({"tokenizer": path}, 2, False),
        ({"vocab": path}, 1, True),
        ({"tokenizer": path, "vocab": path}, 2, True),
    ]:
        nlp = tagma.blank("en")
        assert make(**given)(nlp) is nlp
        assert (len(nlp("gotit")), "onlythere" in nlp.vocab.strings) == (tokens, has_string)
    nlp.config["nlp"]["tokenizer"] = {"@tokenizers": "another.v1"}
    with pytest.raises(ValueError, match=r"\[E872\].*another"):
        make(tokenizer=path)(nlp)


def test_sourced_components() -> None:
    """Blocks with a source and without a factory are those taken from other pipelines."""
    blocks = {"a": {"source": "x"}, "b": {"factory": "y"}, "c": {"factory": "y", "source": "z"}}
    assert get_sourced_components({"components": blocks}) == {"a": {"source": "x"}}
    assert get_sourced_components({}) == {}


def test_settings_with_dollars(tmp_path: Path) -> None:
    """Prices, regular expressions and paths in settings survive saving, loading, and every further round."""
    marks = ["$", "$$", r"^\$\d+$", "${", r"C:\new", "a$$b"]
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": marks})
    assert nlp.config.interpolate()["components"]["sentencizer"]["punct_chars"] == marks
    for folder in ("one", "two"):
        nlp.to_disk(tmp_path / folder)
        nlp = tagma.load(tmp_path / folder)
        assert nlp.config.interpolate()["components"]["sentencizer"]["punct_chars"] == marks
        again = English.from_config(nlp.config)
        assert again.config.interpolate()["components"]["sentencizer"]["punct_chars"] == marks
    assert (
        tagma.load(tmp_path / "two", config={"components.sentencizer.punct_chars": marks[:2]}).config.interpolate()[
            "components"
        ]["sentencizer"]["punct_chars"]
        == marks[:2]
    )


def test_arguments_of_a_function_as_a_model() -> None:
    """Types and defaults are those of the function; what is left out, missing, too much or of another type is told."""
    from tagma.schemas import get_arg_model, validate

    def function(a: int, b, *rest: str, c: str = "x", nlp: Any = None, **more: Any) -> None:
        """Arguments of all kinds."""

    def strict(a: int, c: str = "x") -> None:
        """Arguments without others."""

    model = get_arg_model(function, exclude=["nlp"], name="Own")
    assert (model.__name__, list(model.model_fields)) == ("Own", ["a", "b", "c"])
    assert validate(model, {"a": 1, "b": object(), "other": 2}) == []
    assert [text[:3] for text in validate(model, {"a": "one", "b": 1})] == ["[a]"]
    assert [text[:3] for text in validate(get_arg_model(strict), {"c": "y"})] == ["[a]"]
    assert [text[:3] for text in validate(get_arg_model(strict), {"a": 1, "d": 2})] == ["[d]"]
    assert validate(get_arg_model(strict, strict=False), {"a": 1, "d": 2}) == []
    assert validate(get_arg_model(dict.pop), {"whatever": 1}) == []  # compiled: its types are not known


def test_recommendations_for_a_new_config() -> None:
    """The schema has the defaults of a language of which nothing is known."""
    from pydantic import ValidationError

    from tagma.schemas import RecommendationSchema, RecommendationTrf

    item = {"name": "some/model", "size_factor": 3}
    assert RecommendationSchema().model_dump() == {"word_vectors": None, "transformer": None, "has_letters": True}
    found = RecommendationSchema(transformer={"efficiency": item, "accuracy": item})  # type: ignore[arg-type]
    assert isinstance(found.transformer, RecommendationTrf)
    with pytest.raises(ValidationError):
        RecommendationTrf(efficiency={"name": "x"}, accuracy=item)  # type: ignore[arg-type]
