"""Components that listen to a shared network: what is told when nobody hands them its vectors."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language

LISTENING = {
    "model": {
        "@architectures": "spacy.Tagger.v2",
        "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"},
    }
}


def listening_pipeline() -> Language:
    """A tok2vec and a tagger that listens to it, initialized."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tok2vec")
    nlp.add_pipe("tagger", config=LISTENING)
    examples = [Example.from_dict(nlp.make_doc("a b"), {"tags": ["X", "Y"]})]
    nlp.initialize(lambda: examples)
    return nlp


def removed(nlp: Language) -> Language:
    """Without its upstream."""
    nlp.remove_pipe("tok2vec")
    return nlp


def disabled(nlp: Language) -> Language:
    """With its upstream disabled."""
    nlp.disable_pipe("tok2vec")
    return nlp


def behind(nlp: Language) -> Language:
    """With its upstream behind it."""
    nlp.remove_pipe("tok2vec")
    nlp.add_pipe("tok2vec", last=True)
    nlp.get_pipe("tok2vec").initialize(lambda: [Example.from_dict(nlp.make_doc("a"), {})])
    return nlp


def elsewhere(nlp: Language) -> Language:
    """Taken into a pipeline without its upstream."""
    other = Language(nlp.vocab)
    other.add_pipe("tagger", source=nlp)
    return other


@pytest.mark.parametrize("change", [removed, disabled, behind, elsewhere])
def test_a_listener_without_its_upstream_is_told_once(change: Callable[[Language], Language]) -> None:
    """A listener whose upstream does not run before it: one warning, with both names and the way out."""
    nlp = change(listening_pipeline())
    with pytest.warns(UserWarning, match=r"\[W4012\].*'tagger'.*'tok2vec'.*replace_listeners"):
        nlp("a b")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp("a b")
        list(nlp.pipe(["a b"]))


def test_a_listener_with_its_upstream_is_not_told() -> None:
    """No warning where the upstream runs, also after it was disabled for a while."""
    nlp = listening_pipeline()
    with nlp.select_pipes(disable=["tok2vec"]):
        pass
    nlp("a b")


def test_a_copy_of_its_own_needs_no_upstream() -> None:
    """After `replace_listeners` the upstream may go."""
    nlp = listening_pipeline()
    expected = nlp.get_pipe("tagger").predict([next(nlp.get_pipe("tok2vec").pipe([nlp.make_doc("a b")]))])[0]
    nlp.replace_listeners("tok2vec", "tagger", ["model.tok2vec"])
    nlp.remove_pipe("tok2vec")
    nlp("a b")
    assert (nlp.get_pipe("tagger").predict([nlp.make_doc("a b")])[0] == expected).all()
