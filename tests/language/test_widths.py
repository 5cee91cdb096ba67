"""Widths that must agree are told by the settings that hold them, before training and in its errors."""

from __future__ import annotations

import re
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.language.widths import name_setting, width_errors
from tagma.nn import Config
from tagma.nn.errors import DimensionError

CONFIG = """
[nlp]
lang = "en"
pipeline = ["tok2vec", "tagger"]
[components]
[components.tok2vec]
factory = "tok2vec"
[components.tok2vec.model]
@architectures = "spacy.Tok2Vec.v2"
[components.tok2vec.model.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = 8
attrs = ["NORM"]
rows = [100]
include_static_vectors = false
[components.tok2vec.model.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 8
window_size = 1
maxout_pieces = 3
depth = 2
[components.tagger]
factory = "tagger"
[components.tagger.model]
@architectures = "spacy.Tagger.v2"
nO = null
[components.tagger.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
width = 8
upstream = "*"
"""
LISTENER, ENCODE = "components.tagger.model.tok2vec.width", "components.tok2vec.model.encode.width"
WRONG = [
    ({LISTENER: 4}, LISTENER, r"it is 4, but it listens to \[components\.tok2vec\.model\.encode\], which has width 8"),
    ({"components.tok2vec.model.embed.width": 4}, ENCODE, r"it is 8, but \[components\.tok2vec\.model\.embed\] has"),
]


def config(overrides: dict[str, Any]) -> Config:
    """The config with other settings."""
    return Config().from_str(CONFIG, overrides=overrides)


@pytest.mark.parametrize(("overrides", "place", "said"), WRONG)
def test_widths(overrides: dict[str, Any], place: str, said: str) -> None:
    """The place of the width and both numbers are told, also for a listener that names its component."""
    for upstream in ("*", "tok2vec"):
        errors = width_errors(config({**overrides, "components.tagger.model.tok2vec.upstream": upstream}))
        assert [".".join(path) for path, _ in errors] == [place]
        assert re.match(said, errors[0][1])


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {LISTENER: 4, "components.tagger.model.tok2vec.@architectures": "my.Listener.v1"},
        {ENCODE: 4, "components.tok2vec.model.encode.@architectures": "my.Encoder.v1", LISTENER: 4},
        {LISTENER: None},
        {"nlp.pipeline": None},
    ],
    ids=str,
)
def test_nothing_to_tell(overrides: dict[str, Any]) -> None:
    """Widths that agree, and architectures of which it is not known what their width means, are left alone."""
    assert not width_errors(config(overrides))


def _train(nlp: Language, example: Example) -> None:
    nlp.initialize(lambda: [example])
    nlp.update([example])


@pytest.mark.parametrize(("overrides", "place", "said"), WRONG)
def test_error_of_training_names_the_setting(overrides: dict[str, Any], place: str, said: str) -> None:
    """Initializing or updating begins its error with the setting; the node of the network comes last, and short."""
    nlp = tagma.util.load_model_from_config(config(overrides), auto_fill=True)
    assert isinstance(nlp, Language)
    example = Example.from_dict(nlp.make_doc("I like it"), {"tags": ["A", "B", "A"]})
    section, _, key = place.rpartition(".")
    with pytest.raises(DimensionError, match=rf"^\[{section}\] {key}: {said}.* \(.*: nI is ") as caught:
        _train(nlp, example)
    assert len(str(caught.value)) < 350


def test_error_of_another_network_names_the_component() -> None:
    """Where no setting is known to be wrong, the component is named."""
    nlp = tagma.util.load_model_from_config(config({}), auto_fill=True)
    error = DimensionError("softmax", "nI is 4, but got input of width 8", "Build it with nI=8")
    name_setting(error, nlp, "tagger")
    assert str(error).startswith("[components.tagger] softmax: nI is 4")
