"""Entities by patterns: what is kept, ids, phrases as other components annotate them, files."""

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.pipeline import EntityRuler
from tagma.tokens import Doc, Span

PATTERNS: list[dict[str, Any]] = [
    {"label": "GPE", "pattern": [{"LOWER": "new"}, {"LOWER": "york"}], "id": "ny"},
    {"label": "ORG", "pattern": "New York Times"},
    {"label": "ORG", "pattern": "Times", "id": "times"},
]
TEXT = "The New York Times of New York"


def made(**config: Any) -> tuple[Any, Any]:
    nlp = tagma.blank("xx")
    ruler = nlp.add_pipe("entity_ruler", config=config)
    ruler.add_patterns(PATTERNS)
    return nlp, ruler


def entities(doc: Doc) -> list[tuple[str, str, str]]:
    return [(ent.text, ent.label_, ent.id_) for ent in doc.ents]


def test_the_longest_match_counts() -> None:
    """Of matches that share tokens; ids come with the entities."""
    nlp, ruler = made()
    assert entities(nlp(TEXT)) == [("New York Times", "ORG", ""), ("New York", "GPE", "ny")]
    assert (len(ruler), ruler.labels, ruler.ent_ids) == (3, ("GPE", "ORG"), ("ny", "times"))
    assert "GPE||ny" in ruler
    assert "GPE" not in ruler
    assert sorted(map(str, ruler.patterns)) == sorted(map(str, PATTERNS))


@pytest.mark.parametrize("overwrite", [False, True])
def test_entities_that_are_there(overwrite: bool) -> None:
    """They stay, or give way to matches that touch them."""
    nlp, ruler = made(overwrite_ents=overwrite)
    doc = nlp.make_doc(TEXT)
    doc.ents = [Span(doc, 3, 5, label="OLD")]
    first = ("New York Times", "ORG", "") if overwrite else ("New York", "GPE", "ny")
    assert entities(ruler(doc))[0] == first


def test_phrases_are_annotated_by_what_runs_before() -> None:
    """If they are compared by an attribute that components set, and only then."""
    seen: list[str] = []

    @Language.component("lemmas_of_entityruler_test")
    def lemmas(doc: Doc) -> Doc:
        seen.append(doc.text)
        for token in doc:
            token.lemma_ = token.text.lower().rstrip("s")
        return doc

    nlp = tagma.blank("xx")
    nlp.add_pipe("lemmas_of_entityruler_test")
    ruler: Any = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LEMMA"})
    ruler.add_patterns([{"label": "ANIMAL", "pattern": "Cats"}])
    assert seen == ["Cats"]
    assert entities(nlp("a cat")) == [("cat", "ANIMAL", "")]
    nlp = tagma.blank("xx")
    nlp.add_pipe("sentencizer")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": "ANIMAL", "pattern": "Big Cats"}])
    assert entities(nlp("big CATS")) == [("big CATS", "ANIMAL", "")]
    assert not ruler.phrase_patterns["ANIMAL"][0].has_annotation("SENT_START")


def test_removing() -> None:
    """By id, from all places."""
    nlp, ruler = made()
    ruler.remove("ny")
    assert entities(nlp(TEXT)) == [("New York Times", "ORG", "")]
    with pytest.raises(ValueError, match=r"E1024.*'ny'"):
        ruler.remove("ny")
    with pytest.raises(ValueError, match="E097"):
        ruler.add_patterns([{"label": "A", "pattern": 5}])
    ruler.clear()
    with pytest.warns(UserWarning, match="W036"):
        nlp(TEXT)


def test_files(tmp_path: Path) -> None:
    """Folder, lines of patterns alone, bytes; settings come along."""
    nlp, ruler = made(overwrite_ents=True, ent_id_sep="##")
    ruler.to_disk(tmp_path / "ruler")
    assert sorted(path.name for path in (tmp_path / "ruler").iterdir()) == ["cfg", "patterns.jsonl"]
    ruler.to_disk(tmp_path / "lines.jsonl")
    for other in (
        EntityRuler(nlp).from_disk(tmp_path / "ruler"),
        EntityRuler(nlp).from_disk(tmp_path / "lines.jsonl"),
        EntityRuler(nlp).from_bytes(ruler.to_bytes()),
    ):
        assert other.patterns == ruler.patterns
        assert entities(other(nlp.make_doc(TEXT))) == entities(nlp(TEXT))
    assert EntityRuler(nlp).from_disk(tmp_path / "ruler").ent_id_sep == "##"
    with pytest.raises(ValueError, match="E146"):
        EntityRuler(nlp).from_disk(tmp_path / "nothing")
    with pytest.raises(ValueError, match="E146"):
        EntityRuler(nlp).from_disk(tmp_path / "nothing.jsonl")
    (tmp_path / "lines.jsonl").write_text("{", encoding="utf8")
    with pytest.raises(ValueError, match=r"E4010.*lines\.jsonl"):
        EntityRuler(nlp).from_disk(tmp_path / "lines.jsonl")


def test_initialize_and_score() -> None:
    """Patterns are replaced; entities are scored."""
    nlp, ruler = made()
    ruler.initialize(list, patterns=PATTERNS[1:2])
    gold = nlp.make_doc(TEXT)
    gold.ents = [Span(gold, 1, 4, label="ORG"), Span(gold, 5, 7, label="GPE")]
    scores = ruler.score([Example(nlp(TEXT), gold)])
    assert (scores["ents_p"], scores["ents_r"]) == (1.0, 0.5)


def test_labels_are_texts(tmp_path: Path) -> None:
    """Others are refused; an error in a file says where."""
    _, ruler = made()
    with pytest.raises(ValueError, match=r"E4516.*label 5"):
        ruler.add_patterns([{"label": 5, "pattern": "x"}])
    (tmp_path / "patterns.jsonl").write_text('{"label": "X", "pattern": [{"LOSER": "x"}]}\n', encoding="utf8")
    with pytest.raises(ValueError, match=r"E152.*LOSER") as caught:
        ruler.from_disk(tmp_path / "patterns.jsonl")
    assert caught.value.__notes__ == [f"Read from {tmp_path / 'patterns.jsonl'}."]
    with pytest.raises(ValueError, match=r"E4010.*ent_id_sep"):
        ruler.from_bytes(b"\x82\xa8patterns\x90\xaaent_id_sep\x05")
