"""Entity tags and spans."""

import pytest

from tagma.gold.biluo import (
    biluo_tags_to_offsets,
    biluo_tags_to_spans,
    biluo_to_iob,
    doc_to_biluo_tags,
    iob_to_biluo,
    offsets_to_biluo_tags,
    remove_bilu_prefix,
    split_bilu_label,
    tags_to_entities,
)
from tagma.tokens import Doc
from tagma.vocab import Vocab


@pytest.fixture
def doc() -> Doc:
    """Five tokens: New York is | big ."""
    return Doc(Vocab(), words=["New", "York", "is", "big", "."], spaces=[True, True, True, False, False])


@pytest.mark.parametrize(
    ("iob", "biluo"),
    [
        (["B-A", "I-A", "I-A", "O"], ["B-A", "I-A", "L-A", "O"]),
        (["I-A", "I-A", "B-A", "O"], ["B-A", "L-A", "U-A", "O"]),
        (["I-A", "I-B", "-", "U-A"], ["U-A", "U-B", "-", "U-A"]),
        ([], []),
    ],
)
def test_iob_to_biluo(iob: list[str], biluo: list[str]) -> None:
    """IOB1 and IOB2 become BILUO, and what is BILUO already stays."""
    assert iob_to_biluo(iob) == biluo
    assert iob_to_biluo(biluo) == biluo


def test_biluo_to_iob() -> None:
    """Units become beginnings, lasts become inners, None stays."""
    assert biluo_to_iob(["B-A", "L-A", "U-B", "O", "-", None]) == ["B-A", "I-A", "B-B", "O", "-", None]


def test_bad_tags() -> None:
    """An entity tag without label, an inner tag without beginning and an unknown tag are refused."""
    with pytest.raises(ValueError, match="E177"):
        iob_to_biluo(["O", "I-"])
    with pytest.raises(ValueError, match="E067"):
        tags_to_entities(["O", "L-A"])
    with pytest.raises(ValueError, match=r"E068.*X-A"):
        tags_to_entities(["X-A"])


def test_tags_to_entities() -> None:
    """Entities come with their last token; "-" gives an empty label, or breaks off an entity."""
    assert tags_to_entities(["B-A", "L-A", "U-B", "-", "B-A", None, "O"]) == [("A", 0, 1), ("B", 2, 2), ("", 3, 3)]


def test_offsets_and_back(doc: Doc) -> None:
    """Character offsets become tags, and tags the same offsets and spans."""
    tags = offsets_to_biluo_tags(doc, [(0, 8, "GPE"), (12, 15, "X")])
    assert tags == ["B-GPE", "L-GPE", "O", "U-X", "O"]
    assert biluo_tags_to_offsets(doc, tags) == [(0, 8, "GPE"), (12, 15, "X")]
    spans = biluo_tags_to_spans(doc, tags)
    assert [(span.text, span.label_) for span in spans] == [("New York", "GPE"), ("big", "X")]
    doc.ents = spans
    assert doc_to_biluo_tags(doc) == tags
    assert doc_to_biluo_tags(doc, missing="-") == ["B-GPE", "L-GPE", "-", "U-X", "-"]


def test_offsets_that_do_not_fit(doc: Doc) -> None:
    """Offsets inside of tokens warn and give "-"; empty labels give O; overlaps are refused."""
    with pytest.warns(UserWarning, match="W030"):
        assert offsets_to_biluo_tags(doc, [(0, 6, "GPE")]) == ["-", "-", "O", "O", "O"]
    assert offsets_to_biluo_tags(doc, [(0, 8, "")], missing="-") == ["O", "O", "-", "-", "-"]
    with pytest.raises(ValueError, match=r"E103.*GPE"):
        offsets_to_biluo_tags(doc, [(0, 8, "GPE"), (4, 8, "X")])


def test_labels_are_split_at_the_first_dash() -> None:
    """A label may hold dashes of its own."""
    assert split_bilu_label("B-A-B") == ("B", "A-B")
    assert remove_bilu_prefix("U-A-B") == "A-B"
