"""Components of a pipeline: where they are put, how they are taken out, which of them run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import DisabledPipes
from tagma.nn import ConfigValidationError

from .toys import Marker, pipeline_of, small_tagger, toy_first, trained_tagger

THREE = ("toy_first", "toy_second", "sentencizer")


@pytest.mark.parametrize(
    ("place", "index"),
    [
        ({}, 3),
        ({"last": True}, 3),
        ({"first": True}, 0),
        ({"first": False}, 3),
        ({"before": "toy_second"}, 1),
        ({"after": "toy_second"}, 2),
        ({"before": 0}, 0),
        ({"after": 0}, 1),
        ({"before": 2}, 2),
        ({"after": 2}, 3),
    ],
)
def test_add_pipe_places(place: dict[str, Any], index: int) -> None:
    """A component lands where the argument says, at the end without one, and is returned."""
    nlp = pipeline_of(*THREE)
    made = nlp.add_pipe("toy_marker", **place)
    expected = list(THREE)
    expected.insert(index, "toy_marker")
    assert nlp.pipe_names == expected
    assert made is nlp.get_pipe("toy_marker")


def test_add_pipe_into_an_empty_pipeline() -> None:
    """Position 0 is there though there is no component yet."""
    for place in ({"before": 0}, {"after": 0}):
        nlp = tagma.blank("en")
        nlp.add_pipe("toy_first", **place)
        assert nlp.pipe_names == ["toy_first"]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"before": 3}, ValueError, r"\[E959\].* 3 "),
        ({"after": -1}, ValueError, r"\[E959\].* -1 "),
        ({"before": True}, ValueError, r"\[E959\].*True"),
        ({"before": 1.5}, ValueError, r"\[E959\].*1\.5"),
        ({"before": "absent"}, ValueError, r"\[E001\].*'absent'.*toy_second"),
        ({"after": "absent"}, ValueError, r"\[E001\].*'absent'"),
        ({"before": "toy_first", "after": "toy_second"}, ValueError, r"\[E006\]"),
        ({"first": True, "last": True}, ValueError, r"\[E006\]"),
        ({"first": True, "before": "toy_first"}, ValueError, r"\[E006\]"),
        ({"name": "toy_first"}, ValueError, r"\[E007\].*'toy_first'"),
        ({"config": {"number": "x"}}, ConfigValidationError, r"components -> toy_marker -> number\s.*'x'"),
        ({"config": {"numbr": 5}}, ConfigValidationError, r"components -> toy_marker -> numbr.*did you mean 'number'"),
        ({"config": [1]}, ValueError, r"\[E962\]"),
        ({"config": {"number": object()}}, ValueError, r"\[E961\]"),
        ({"source": 3}, ValueError, r"\[E945\].*int"),
    ],
)
def test_add_pipe_refuses(arguments: dict[str, Any], kind: type[Exception], message: str) -> None:
    """Each wrong argument has its error with the value, and the pipeline stays as it was."""
    nlp = pipeline_of(*THREE)
    with pytest.raises(kind, match=f"(?s){message}"):
        nlp.add_pipe("toy_marker", **arguments)
    assert nlp.component_names == list(THREE)


def test_unknown_factory_offers_the_nearest() -> None:
    """The error names the factory, the language and the nearest name."""
    with pytest.raises(ValueError, match=r"(?s)\[E002\].*'taggr'.*did you mean 'tagger'"):
        tagma.blank("en").add_pipe("taggr")


def test_a_component_is_added_by_name_only() -> None:
    """A function in place of the name of its factory is E966, in `replace_pipe` E968."""
    nlp = pipeline_of("toy_first")
    with pytest.raises(ValueError, match="E966"):
        nlp.add_pipe(toy_first)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="E968"):
        nlp.replace_pipe("toy_first", toy_first)  # type: ignore[arg-type]


def test_name_in_config_is_left_out() -> None:
    """A name among the settings warns W119, and the argument counts."""
    nlp = tagma.blank("en")
    with pytest.warns(UserWarning, match="W119"):
        made = nlp.add_pipe("toy_marker", name="mine", config={"name": "theirs", "number": 4})
    assert made.name == "mine"
    assert made.number == 4


def test_remove_pipe() -> None:
    """A removed component is returned; its config, its state as disabled and its block in [initialize] are gone."""
    nlp = pipeline_of("toy_first", "toy_marker")
    nlp.config["initialize"]["components"]["toy_marker"] = {}
    nlp.disable_pipe("toy_marker")
    name, component = nlp.remove_pipe("toy_marker")
    assert name == "toy_marker"
    assert isinstance(component, Marker)
    assert nlp.component_names == ["toy_first"]
    assert nlp.disabled == []
    assert "toy_marker" not in nlp.config["components"]
    assert "toy_marker" not in nlp.config["initialize"]["components"]


def test_rename_pipe() -> None:
    """Place, config, state as disabled and the block in [initialize] go with the component."""
    nlp = pipeline_of("toy_first", "toy_marker", "toy_second")
    nlp.config["initialize"]["components"]["toy_marker"] = {}
    nlp.disable_pipe("toy_marker")
    nlp.rename_pipe("toy_marker", "new")
    assert nlp.component_names == ["toy_first", "new", "toy_second"]
    assert nlp.disabled == ["new"]
    assert nlp.get_pipe_meta("new").factory == "toy_marker"
    assert nlp.config["components"]["new"] == {"factory": "toy_marker", "number": 3}
    assert list(nlp.config["initialize"]["components"]) == ["new"]


def test_replace_pipe() -> None:
    """The new component has the old one's name, place and state, and its own factory and settings."""
    nlp = pipeline_of("toy_first", "toy_second", "sentencizer")
    nlp.disable_pipe("toy_second")
    made = nlp.replace_pipe("toy_second", "toy_marker", config={"number": 9})
    assert nlp.component_names == ["toy_first", "toy_second", "sentencizer"]
    assert nlp.disabled == ["toy_second"]
    assert nlp.get_pipe("toy_second") is made
    assert nlp.get_pipe_config("toy_second") == {"factory": "toy_marker", "number": 9}


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (lambda nlp: nlp.get_pipe("absent"), KeyError, "E001"),
        (lambda nlp: nlp.remove_pipe("absent"), ValueError, "E001"),
        (lambda nlp: nlp.rename_pipe("absent", "x"), ValueError, "E001"),
        (lambda nlp: nlp.rename_pipe("toy_first", "toy_second"), ValueError, "E007"),
        (lambda nlp: nlp.replace_pipe("absent", "toy_first"), ValueError, "E001"),
        (lambda nlp: nlp.replace_pipe("toy_first", "absent"), ValueError, "E002"),
        (lambda nlp: nlp.disable_pipe("absent"), ValueError, "E001"),
        (lambda nlp: nlp.enable_pipe("absent"), ValueError, "E001"),
        (lambda nlp: nlp.get_pipe_meta("absent"), ValueError, "E967"),
        (lambda nlp: nlp.get_pipe_config("absent"), ValueError, "E960"),
        (lambda nlp: nlp.add_pipe("absent", source=pipeline_of("toy_first")), KeyError, "E944"),
    ],
)
def test_unknown_names(call: Any, kind: type[Exception], code: str) -> None:
    """A name that is not there, or is taken, is refused with its code and the name."""
    with pytest.raises(kind, match=rf"\[{code}\].*(absent|toy_second)"):
        call(pipeline_of("toy_first", "toy_second"))


def test_disable_and_enable() -> None:
    """A disabled component stays, does not run and can be enabled again; both may be said twice."""
    nlp = pipeline_of("toy_first", "toy_marker")
    for _ in range(2):
        nlp.disable_pipe("toy_marker")
    assert (nlp.pipe_names, nlp.component_names) == (["toy_first"], ["toy_first", "toy_marker"])
    assert not nlp.has_pipe("toy_marker")
    assert "mark" not in nlp("a text").user_data
    for _ in range(2):
        nlp.enable_pipe("toy_marker")
    assert nlp.has_pipe("toy_marker")
    assert nlp("a text").user_data["mark"] == 3


@pytest.mark.parametrize(
    ("before", "arguments", "running"),
    [
        ([], {"disable": "toy_first"}, ["toy_second", "toy_marker"]),
        ([], {"disable": ["toy_first", "toy_marker"]}, ["toy_second"]),
        ([], {"enable": "toy_second"}, ["toy_second"]),
        ([], {"enable": ["toy_second"], "disable": ["toy_marker", "toy_first"]}, ["toy_second"]),
        ([], {"enable": []}, []),
        ([], {"disable": []}, ["toy_first", "toy_second", "toy_marker"]),
        (["toy_first"], {"disable": ["toy_first", "toy_second"]}, ["toy_marker"]),
        (["toy_first"], {"enable": ["toy_first"]}, []),
    ],
)
def test_select_pipes(before: list[str], arguments: dict[str, Any], running: list[str]) -> None:
    """Within the block only the selected run; after it what ran before, and what was disabled stays so."""
    nlp = pipeline_of("toy_first", "toy_second", "toy_marker")
    for name in before:
        nlp.disable_pipe(name)
    ran = list(nlp.pipe_names)
    with nlp.select_pipes(**arguments) as disabled:
        assert isinstance(disabled, DisabledPipes)
        assert nlp.pipe_names == running
    assert nlp.pipe_names == ran


def test_select_pipes_restores_after_an_error() -> None:
    """An exception inside the block does not leave components disabled."""
    nlp = pipeline_of("toy_first", "toy_second")
    with pytest.raises(RuntimeError), nlp.select_pipes(disable="toy_first"):
        raise RuntimeError
    assert nlp.pipe_names == ["toy_first", "toy_second"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "E991"),
        ({"enable": ["toy_second"], "disable": ["toy_second"]}, "E992"),
        ({"disable": ["absent"]}, "E001"),
        ({"disable": ["toy_first", "absent"]}, "E001"),
        ({"enable": "absent"}, r"E001.*'absent'.*toy_first"),
        ({"enable": ["toy_first", "absent"]}, "E001"),
    ],
)
def test_select_pipes_refuses(arguments: dict[str, Any], code: str) -> None:
    """Nothing given, a contradiction and unknown names are errors that change nothing."""
    nlp = pipeline_of("toy_first", "toy_second")
    with pytest.raises(ValueError, match=code):
        nlp.select_pipes(**arguments)
    assert nlp.pipe_names == ["toy_first", "toy_second"]


def test_restore_needs_the_components() -> None:
    """A component that was removed in between cannot be enabled again: E008 names it. The others run again."""
    nlp = pipeline_of("toy_first", "toy_second")
    disabled = nlp.select_pipes(disable=["toy_first", "toy_second"])
    nlp.remove_pipe("toy_first")
    with pytest.raises(ValueError, match=r"\[E008\].*toy_first"):
        disabled.restore()
    assert nlp.pipe_names == ["toy_second"]


def test_disable_pipes_is_the_old_name() -> None:
    """`disable_pipes` takes names or lists, warns W096 and gives what can be restored."""
    for names in (("toy_first",), (["toy_first"],), ("toy_first", ["toy_first"])):
        nlp = pipeline_of("toy_first", "toy_second")
        with pytest.warns(DeprecationWarning, match="W096"):
            disabled = nlp.disable_pipes(*names)
        assert nlp.pipe_names == ["toy_second"]
        disabled.restore()
        assert nlp.pipe_names == ["toy_first", "toy_second"]


def test_analyze_pipes(capsys: pytest.CaptureFixture[str]) -> None:
    """What is assigned later does not meet a requirement; `pretty` prints the unmet one."""
    nlp = pipeline_of("toy_second", "toy_first", "toy_marker")
    found = nlp.analyze_pipes(pretty=True)
    assert found["problems"] == {"toy_second": ["token.tag", "token.lemma"], "toy_first": [], "toy_marker": []}
    assert found["attrs"]["token.tag"] == {"assigns": ["toy_first"], "requires": ["toy_second"]}
    assert found["summary"]["toy_second"] == {
        "assigns": ["doc.ents"],
        "requires": ["token.tag", "token.lemma"],
        "scores": [],
        "retokenizes": True,
    }
    assert found["summary"]["toy_marker"]["scores"] == ["a", "b", "c"]
    assert nlp.analyze_pipes(keys=["retokenizes"])["summary"]["toy_first"] == {"retokenizes": False}
    printed = capsys.readouterr().out
    assert "token.lemma" in printed
    assert "toy_second" in printed
    ordered = pipeline_of("toy_first", "toy_second").analyze_pipes()
    assert ordered["problems"]["toy_second"] == ["token.lemma"]


@pytest.mark.parametrize("attribute", ["components", "component_names", "pipeline", "pipe_names", "disabled"])
def test_lists_are_read_only(attribute: str) -> None:
    """Changing a list that describes the pipeline is E926 with the name of the list."""
    with pytest.raises(NotImplementedError, match=rf"\[E926\].*{attribute}"):
        getattr(pipeline_of("toy_first"), attribute).append("x")


def test_source_shares_the_component(recwarn: pytest.WarningsRecorder) -> None:
    """A component of another pipeline is the same object, with its settings; equal vectors bring no warning."""
    theirs = pipeline_of("toy_marker")
    mine = tagma.blank("en")
    made = mine.add_pipe("toy_marker", name="copied", source=theirs)
    assert made is theirs.get_pipe("toy_marker")
    assert made.name == "copied"
    assert mine.get_pipe_config("copied") == {"factory": "toy_marker", "number": 3}
    assert mine.get_pipe_meta("copied").factory == "toy_marker"
    assert not [str(warning.message) for warning in recwarn if "W113" in str(warning.message)]


def test_source_with_other_vectors_warns() -> None:
    """A component from a pipeline with other vectors warns W113; its strings come along."""
    theirs = pipeline_of("toy_marker")
    theirs.vocab.set_vector("apple", [1.0, 2.0])
    mine = tagma.blank("en")
    with pytest.warns(UserWarning, match=r"\[W113\].*toy_marker"):
        mine.add_pipe("toy_marker", source=theirs)
    assert "apple" in mine.vocab.strings


def test_replace_listeners_gives_a_network_of_its_own() -> None:
    """After it the tagger says the same, does not listen, and its config tells of the network."""
    nlp = trained_tagger(upstream=True)
    doc = nlp("I like it")
    nlp.replace_listeners("tok2vec", "tagger", ["model.tok2vec"])
    nlp.remove_pipe("tok2vec")
    assert [token.tag_ for token in nlp("I like it")] == [token.tag_ for token in doc]
    assert nlp.get_pipe_config("tagger")["model"]["tok2vec"]["@architectures"] == "spacy.HashEmbedCNN.v2"
    assert type(nlp).from_config(nlp.config).pipe_names == ["tagger"]


@pytest.mark.parametrize(
    ("upstream", "name", "paths", "code"),
    [
        ("absent", "tagger", ["model.tok2vec"], "E889"),
        ("tok2vec", "absent", ["model.tok2vec"], "E889"),
        ("tagger", "tagger", ["model.tok2vec"], "E888"),
        ("tok2vec", "tagger", ["model.tok2vec", "model.x"], "E887"),
        ("tok2vec", "tagger", ["model.absent"], "E886"),
    ],
)
def test_replace_listeners_refuses(upstream: str, name: str, paths: list[str], code: str) -> None:
    """Unknown components, one nobody listens to, a wrong number of paths and a wrong path have their codes."""
    nlp = small_tagger(upstream=True)
    with pytest.raises(ValueError, match=code):
        nlp.replace_listeners(upstream, name, paths)


def test_replace_listeners_without_paths_does_nothing() -> None:
    """An empty list of paths leaves the listener."""
    nlp = small_tagger(upstream=True)
    nlp.replace_listeners("tok2vec", "tagger", [])
    assert nlp.get_pipe("tok2vec").listening_components == ["tagger"]


@pytest.mark.parametrize("name", ["../../x", "/home/me/x", "my.sents", "", "vocab", "tokenizer", "a\\b", ".."])
def test_names_that_reach_out_of_the_folder(name: str) -> None:
    """A name that cannot be that of files and of a config section is refused, from code and from a config."""
    nlp = tagma.blank("en")
    with pytest.raises(ValueError, match=r"\[E4051\]"):
        nlp.add_pipe("sentencizer", name=name)
    nlp.add_pipe("sentencizer")
    with pytest.raises(ValueError, match=r"\[E4051\]"):
        nlp.rename_pipe("sentencizer", name)
    config = {"nlp": {"lang": "en", "pipeline": [name]}, "components": {name: {"factory": "sentencizer"}}}
    with pytest.raises(ValueError, match=r"\[E4051\]"):
        type(nlp).from_config(config)


def test_names_of_parts(tmp_path: Path) -> None:
    """A component may be named as its package names it, with "/"; it is saved and loaded under that name."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer", name="rules/sentences", config={"punct_chars": ["!"]})
    with pytest.raises(ValueError, match=r"\[E4051\].*'rules/sentences'"):
        nlp.add_pipe("sentencizer", name="rules")
    nlp.to_disk(tmp_path / "saved")
    assert (tmp_path / "saved" / "rules").is_dir()
    loaded = tagma.load(tmp_path / "saved")
    assert loaded.pipe_names == ["rules/sentences"]
    assert [sent.text for sent in loaded("One. Two! Three.").sents] == ["One. Two!", "Three."]
    assert tagma.blank("en", config=nlp.config).from_bytes(nlp.to_bytes()).pipe_names == ["rules/sentences"]
