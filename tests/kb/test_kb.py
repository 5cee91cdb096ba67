"""KnowledgeBase: what a subclass must have; candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.kb import Candidate, InMemoryLookupKB, KnowledgeBase, get_candidates, get_candidates_batch
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


class Bare(KnowledgeBase):
    """A knowledge base that has nothing."""


def test_it_cannot_be_made_itself() -> None:
    """It says what a subclass has (E1046)."""
    with pytest.raises(TypeError, match="E1046"):
        KnowledgeBase(Vocab(), 3)


@pytest.mark.parametrize(
    "ask",
    [
        lambda kb: kb.get_candidates(None),
        lambda kb: kb.get_candidates_batch([None]),
        lambda kb: kb.get_alias_candidates("x"),
        lambda kb: kb.get_vector("x"),
        lambda kb: kb.get_vectors(["x"]),
        lambda kb: kb.to_bytes(),
        lambda kb: kb.from_bytes(b""),
        lambda kb: kb.to_disk("x"),
        lambda kb: kb.from_disk("x"),
    ],
)
def test_what_a_subclass_lacks_is_named(ask: Callable[[Any], Any]) -> None:
    """Each method that is not written names the class and itself (E1045)."""
    with pytest.raises(NotImplementedError, match=r"\[E1045\].*'Bare' has no method '\w+'; write it"):
        ask(Bare(Vocab(), 3))


def test_candidates_say_what_they_are(kb: InMemoryLookupKB, vocab: Vocab) -> None:
    """A candidate has the entity and alias as texts and hashes, the frequency, the vector and the prior."""
    candidate = kb.get_alias_candidates("Emerson")[1]
    assert (candidate.entity_, candidate.alias_) == ("Q48226", "Emerson")
    assert (candidate.entity, candidate.alias) == (vocab.strings["Q48226"], vocab.strings["Emerson"])
    assert (candidate.entity_freq, candidate.prior_prob) == (10.5, pytest.approx(0.3))
    assert candidate.entity_vector.tolist() == [0.0, 1.0, 0.25]
    assert repr(candidate) == "Candidate('Q48226' for 'Emerson', prior 0.3)"


def test_candidates_are_made_by_hand(kb: InMemoryLookupKB, vocab: Vocab) -> None:
    """The arguments are those of the peer, in its order."""
    vector = np.ones(3, dtype="float32")
    candidate = Candidate(kb, vocab.strings.add("Q1"), 2.0, vector, vocab.strings.add("one"), 0.25)
    assert (candidate.entity_, candidate.entity_freq, candidate.alias_, candidate.prior_prob) == (
        "Q1",
        2.0,
        "one",
        0.25,
    )
    assert candidate.entity_vector is vector
    assert candidate.kb is kb


def test_functions_ask_the_knowledge_base(kb: InMemoryLookupKB, vocab: Vocab) -> None:
    """get_candidates and get_candidates_batch give what the knowledge base gives."""
    doc = Doc(vocab, words=["Roy", "Emerson", "left", "Paris"])
    mentions = [Span(doc, 0, 2), Span(doc, 3, 4), Span(doc, 2, 3)]
    found = [[candidate.entity_ for candidate in get_candidates(kb, mention)] for mention in mentions]
    assert found == [["Q312545"], ["Q90"], []]
    batch = get_candidates_batch(kb, mentions)
    assert [[candidate.entity_ for candidate in candidates] for candidates in batch] == found


def test_the_names_are_there_under_the_paths_of_the_peer() -> None:
    """Door and architectures give the same functions."""
    assert tagma.ml.get_candidates is get_candidates
    assert tagma.ml.models.get_candidates_batch is get_candidates_batch
