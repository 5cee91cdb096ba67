"""A tokenizer without state: what a subclass gets for its `__call__`."""

from __future__ import annotations

from itertools import count, islice
from pathlib import Path

from tagma.tokenizer.dummy import DummyTokenizer


class Splitter(DummyTokenizer):
    """Splits at blanks."""

    def __call__(self, text: str) -> list[str]:
        return text.split()


def test_a_stream_is_read_as_it_is_asked_for() -> None:
    """Texts are tokenized in order, also of an endless stream."""
    assert list(islice(Splitter().pipe((f"a {i}" for i in count()), batch_size=2), 2)) == [["a", "0"], ["a", "1"]]


def test_nothing_is_saved(tmp_path: Path) -> None:
    """There are no bytes and no file, and reading them gives the tokenizer back."""
    tokenizer = Splitter()
    tokenizer.to_disk(tmp_path / "tokenizer", exclude=["vocab"])
    assert list(tmp_path.iterdir()) == []
    assert tokenizer.from_disk(tmp_path / "tokenizer") is tokenizer
    assert tokenizer.to_bytes() == b""
    assert tokenizer.from_bytes(b"") is tokenizer
