"""sentencizer: sentences end with punctuation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagma.pipeline import Sentencizer
from tagma.tokens import Doc
from tagma.vocab import Vocab

CASES = [
    ("Hello world .", [0]),
    ("Hello . World", [0, 2]),
    ("Hello ! ? ) World again", [0, 4]),
    (". . Hello . . x", [0, 2, 5]),
    (". . .", [0]),
    ("a . ( b . )", [0, 3]),
    ("一 。 二", [0, 2]),
    ("a ... b", [0]),
]


@pytest.mark.parametrize(("text", "starts"), CASES)
def test_starts(vocab: Vocab, text: str, starts: list[int]) -> None:
    """The first token starts a sentence, and so does the first word after final punctuation."""
    doc = Sentencizer()(Doc(vocab, words=text.split()))
    assert [token.i for token in doc if token.is_sent_start] == starts
    assert [sent.start for sent in doc.sents] == starts


def test_batches_are_docs_one_by_one(vocab: Vocab) -> None:
    """Final punctuation at the end of one doc does not reach into the next."""
    docs = [Doc(vocab, words=text.split()) for text, _ in CASES]
    docs.insert(2, Doc(vocab))
    found = list(Sentencizer().pipe(docs, batch_size=100))
    assert found == docs
    assert [[t.i for t in doc if t.is_sent_start] for doc in docs if len(doc)] == [starts for _, starts in CASES]


def test_own_characters(vocab: Vocab) -> None:
    """Other texts may end sentences, also longer ones."""
    doc = Sentencizer(punct_chars=["...", "§"])(Doc(vocab, words=["a", "...", "b", ".", "c", "§", "d"]))
    assert [t.i for t in doc if t.is_sent_start] == [0, 2, 6]


@pytest.mark.parametrize("overwrite", [False, True])
def test_overwrite(vocab: Vocab, overwrite: bool) -> None:
    """Starts that are there are replaced only with overwrite."""
    doc = Doc(vocab, words=["a", ".", "b", "c"], sent_starts=[True, False, False, True])
    Sentencizer(overwrite=overwrite)(doc)
    assert [t.i for t in doc if t.is_sent_start] == ([0, 2] if overwrite else [0, 3])


def test_default_set() -> None:
    """The default set has 128 characters of many scripts."""
    assert len(Sentencizer.default_punct_chars) == len(set(Sentencizer.default_punct_chars)) == 128
    assert {"!", ".", "?", "。", "।"} <= set(Sentencizer.default_punct_chars)


def test_round_trip(tmp_path: Path) -> None:
    """Settings survive bytes and disk; on disk they are one JSON file."""
    pipe = Sentencizer(punct_chars=["x"], overwrite=True)
    for loaded in (Sentencizer().from_bytes(pipe.to_bytes()), _via_disk(pipe, tmp_path)):
        assert loaded.punct_chars == {"x"}
        assert loaded.overwrite is True


def _via_disk(pipe: Sentencizer, folder: Path) -> Sentencizer:
    pipe.to_disk(folder / "sentencizer")
    assert [file.name for file in folder.iterdir()] == ["sentencizer.json"]
    return Sentencizer().from_disk(folder / "sentencizer")
