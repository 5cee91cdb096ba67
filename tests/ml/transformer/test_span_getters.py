"""Stretches of docs that a transformer reads."""

from __future__ import annotations

import pytest

import tagma
from tagma.ml.transformer.span_getters import get_strided_spans
from tagma.registries import registry
from tagma.tokens import Doc


def doc_of(n: int) -> Doc:
    return Doc(tagma.blank("en").vocab, words=["x"] * n)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, []),
        (1, [(0, 1)]),
        (6, [(0, 6)]),
        (7, [(0, 6), (4, 7)]),
        (10, [(0, 6), (4, 10)]),
        (11, [(0, 6), (4, 10), (8, 11)]),
    ],
)
def test_strided(n: int, expected: list[tuple[int, int]]) -> None:
    """Windows of six, one every four, up to the first that reaches the end."""
    getter = registry.span_getters.get("spacy-transformers.strided_spans.v1")(window=6, stride=4)
    [spans] = getter([doc_of(n)])
    assert [(span.start, span.end) for span in spans] == expected


def test_strided_reads_every_token() -> None:
    """Whatever the sizes."""
    for n in range(30):
        for window in range(1, 8):
            for stride in range(1, window + 1):
                [spans] = get_strided_spans([doc_of(n)], window, stride)
                assert {i for span in spans for i in range(span.start, span.end)} == set(range(n))
                assert all(span.end < n for span in spans[:-1])


@pytest.mark.parametrize(("window", "stride", "name"), [(0, 1, "window"), (4, 0, "stride"), (4, 5, "stride")])
def test_wrong_sizes(window: int, stride: int, name: str) -> None:
    """A stride beyond the window would leave tokens out."""
    with pytest.raises(ValueError, match=rf"\[E4444\] {name} of strided_spans is"):
        registry.span_getters.get("spacy-transformers.strided_spans.v1")(window=window, stride=stride)


def test_docs_and_sentences() -> None:
    """Whole docs; sentences, whose starts must be set."""
    doc = Doc(tagma.blank("en").vocab, words=["a", "b", "c"], sent_starts=[True, False, True])
    whole = registry.span_getters.get("spacy-transformers.doc_spans.v1")()
    assert [span.text for span in whole([doc])[0]] == ["a b c"]
    sentences = registry.span_getters.get("spacy-transformers.sent_spans.v1")()
    assert [span.text for span in sentences([doc])[0]] == ["a b", "c"]
    with pytest.raises(ValueError, match="E030"):
        sentences([doc_of(2)])


def test_nothing_is_set_besides() -> None:
    """The default annotation setter."""
    setter = registry.annotation_setters.get("spacy-transformers.null_annotation_setter.v1")()
    assert setter([doc_of(1)], None) is None
