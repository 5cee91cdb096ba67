"""Spans by patterns: groups, entities, filters, files."""

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.pipeline.span_ruler import prioritize_existing_ents_filter, prioritize_new_ents_filter
from tagma.tokens import Doc, Span

PATTERNS: list[dict[str, Any]] = [
    {"label": "ORG", "pattern": "San Francisco Times", "id": "sft"},
    {"label": "GPE", "pattern": [{"LOWER": "san"}, {"LOWER": "francisco"}]},
    {"label": "GPE", "pattern": "San Francisco"},
]
TEXT = "The San Francisco Times is in San Francisco"


def made(**config: Any) -> tuple[Any, Any]:
    nlp = tagma.blank("xx")
    ruler = nlp.add_pipe("span_ruler", config=config)
    ruler.add_patterns(PATTERNS)
    return nlp, ruler


def described(spans: Any) -> list[tuple[int, int, str, str]]:
    return [(span.start, span.end, span.label_, span.id_) for span in spans]


def test_matches_become_a_group() -> None:
    """All of them, each once, sorted; two patterns that give the same span count once."""
    nlp, ruler = made()
    doc = nlp(TEXT)
    assert described(doc.spans["ruler"]) == [(1, 3, "GPE", ""), (1, 4, "ORG", "sft"), (6, 8, "GPE", "")]
    assert not doc.ents
    assert (len(ruler), ruler.key, ruler.labels, ruler.ids) == (3, "ruler", ("GPE", "ORG"), ("sft",))
    assert "GPE" in ruler
    assert "X" not in ruler


def test_entities_and_overwriting() -> None:
    """Entities by the filter; spans that are there stay where nothing is overwritten."""
    nlp, _ = made(annotate_ents=True, overwrite=False)
    doc = nlp.make_doc(TEXT)
    doc.spans["ruler"] = [Span(doc, 0, 1, label="X")]
    doc.ents = [Span(doc, 3, 5, label="OLD")]
    doc = nlp.get_pipe("span_ruler")(doc)
    assert described(doc.spans["ruler"])[0] == (0, 1, "X", "")
    assert len(doc.spans["ruler"]) == 4
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("San Francisco Times", "ORG"), ("San Francisco", "GPE")]
    nlp, _ = made(annotate_ents=True)
    doc.spans["ruler"] = [Span(doc, 0, 1, label="X")]
    assert len(nlp.get_pipe("span_ruler")(Doc(nlp.vocab, words=TEXT.split())).spans["ruler"]) == 3


def test_filters() -> None:
    """New before existing, and the other way round; the longest first."""
    doc = Doc(tagma.blank("xx").vocab, words=list("abcdef"))
    old = [Span(doc, 1, 3, label="A"), Span(doc, 5, 6, label="B")]
    new = [Span(doc, 2, 4, label="C"), Span(doc, 3, 4, label="D"), Span(doc, 0, 1, label="E")]
    assert described(prioritize_new_ents_filter(old, new)) == [(5, 6, "B", ""), (2, 4, "C", ""), (0, 1, "E", "")]
    existing = described(prioritize_existing_ents_filter(old, new))
    assert existing == [(1, 3, "A", ""), (5, 6, "B", ""), (0, 1, "E", ""), (3, 4, "D", "")]


def test_overlapping_entities_are_refused() -> None:
    """A filter that lets them through is to blame."""
    nlp, ruler = made(annotate_ents=True)
    ruler.ents_filter = lambda existing, matches: matches
    with pytest.raises(ValueError, match="E854"):
        nlp(TEXT)


@pytest.mark.parametrize("overwrite", [False, True])
def test_as_entity_ruler(overwrite: bool) -> None:
    """future_entity_ruler writes entities alone, and keeps or replaces those that touch."""
    nlp = tagma.blank("xx")
    ruler: Any = nlp.add_pipe("future_entity_ruler", config={"overwrite_ents": overwrite})
    ruler.add_patterns(PATTERNS)
    doc = nlp.make_doc(TEXT)
    doc.ents = [Span(doc, 3, 5, label="OLD")]
    doc = ruler(doc)
    first = ("San Francisco Times", "ORG") if overwrite else ("San Francisco", "GPE")
    assert next((ent.text, ent.label_) for ent in doc.ents) == first
    assert len(doc.ents) == (2 if overwrite else 3)
    assert not doc.spans


def test_removing() -> None:
    """By label or id; what is not there is an error."""
    nlp, ruler = made()
    ruler.remove_by_id("sft")
    doc = nlp(TEXT)
    assert described(doc.spans["ruler"]) == [(1, 3, "GPE", ""), (6, 8, "GPE", "")]
    ruler.remove("GPE")
    for call, name in ((ruler.remove, "GPE"), (ruler.remove_by_id, "sft")):
        with pytest.raises(ValueError, match=f"E1024.*'{name}'"):
            call(name)
    with pytest.warns(UserWarning, match="W036"):
        nlp(TEXT)
    with pytest.raises(ValueError, match="E097"):
        ruler.add_patterns([{"label": "A", "pattern": 5}])


def test_initialize_and_files(tmp_path: Path) -> None:
    """Patterns are replaced, written a line each, and come back."""
    nlp, ruler = made()
    ruler.initialize(list, patterns=PATTERNS[:1])
    assert ruler.patterns == PATTERNS[:1]
    nlp.to_disk(tmp_path / "nlp")
    assert (tmp_path / "nlp" / "span_ruler" / "patterns").read_text(encoding="utf8").count("\n") == 1
    others = [tagma.load(tmp_path / "nlp").get_pipe("span_ruler"), tagma.blank("xx").add_pipe("span_ruler")]
    others[1].from_bytes(ruler.to_bytes())  # type: ignore[attr-defined]  # of a span ruler
    assert all(other.patterns == PATTERNS[:1] for other in others)  # type: ignore[attr-defined]  # as above
    (tmp_path / "nlp" / "span_ruler" / "patterns").write_text('{"label": 5}\n', encoding="utf8")
    with pytest.raises(ValueError, match=r"E4516.*'span_ruler'.*label 5") as caught:
        tagma.load(tmp_path / "nlp")
    assert caught.value.__notes__ == [f"Read from {tmp_path / 'nlp' / 'span_ruler' / 'patterns'}."]


def test_score() -> None:
    """Scores of the group that is written."""
    nlp, ruler = made()
    gold = Doc(nlp.vocab, words=TEXT.split())
    gold.spans["ruler"] = [Span(gold, 6, 8, label="GPE")]
    scores = ruler.score([Example(nlp(TEXT), gold)])
    assert scores["spans_ruler_r"] == 1.0
    assert scores["spans_ruler_p"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", ["span_ruler", "entity_ruler"])
def test_a_doc_that_fails_is_left_out_of_a_stream(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to the error handler, once; called by itself the doc is given back."""
    nlp = tagma.blank("en")
    ruler: Any = nlp.add_pipe(name)
    seen: list[str] = []
    ruler.set_error_handler(lambda component, pipe, docs, error: seen.extend(doc.text for doc in docs))

    def match(self: Any, doc: Doc) -> list[Any]:
        if doc.text == "bad":
            raise ValueError("bad")
        return []

    monkeypatch.setattr(type(ruler), "match", match)
    monkeypatch.setattr(type(ruler), "set_annotations", lambda self, doc, matches: None)
    assert [doc.text for doc in ruler.pipe(map(nlp.make_doc, ["one", "bad", "two"]))] == ["one", "two"]
    assert ruler(nlp.make_doc("bad")).text == "bad"
    assert seen == ["bad", "bad"]
