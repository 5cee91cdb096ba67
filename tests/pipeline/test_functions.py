"""Components that merge and split tokens, or clear attributes."""

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.pipeline.functions import DocCleaner, TokenSplitter, merge_entities, merge_noun_chunks, merge_subtokens
from tagma.tokens import Doc, Span


def parsed(lang: str = "en") -> Doc:
    return Doc(
        tagma.blank(lang).vocab,
        words=["The", "old", "man", "saw", "New", "York"],
        tags=["DT", "JJ", "NN", "VBD", "NNP", "NNP"],
        pos=["DET", "ADJ", "NOUN", "VERB", "PROPN", "PROPN"],
        heads=[2, 2, 3, 3, 5, 3],
        deps=["det", "amod", "nsubj", "ROOT", "compound", "dobj"],
        ents=["O", "O", "O", "O", "B-GPE", "I-GPE"],
    )


def test_merge_entities() -> None:
    """One token, with tag and label of the root and the type."""
    doc = merge_entities(parsed())
    assert [token.text for token in doc][-1] == "New York"
    assert (doc[4].tag_, doc[4].dep_, doc[4].ent_type_, doc[4].head.text) == ("NNP", "dobj", "GPE", "saw")


def test_merge_noun_chunks() -> None:
    """One token a phrase; a doc without a parse stays as it is."""
    doc = merge_noun_chunks(parsed())
    assert [token.text for token in doc] == ["The old man", "saw", "New York"]
    assert (doc[0].tag_, doc[0].dep_) == ("NN", "nsubj")
    bare = Doc(doc.vocab, words=["a", "b"])
    assert len(merge_noun_chunks(bare)) == 2


@pytest.mark.parametrize(
    ("deps", "sizes"),
    [
        (["subtok", "subtok", "ROOT", "subtok", "obj"], [3, 2]),
        (["ROOT", "obj", "obj", "obj", "subtok"], [1, 1, 1, 1, 1]),
        (["ROOT"] * 5, [1, 1, 1, 1, 1]),
    ],
)
def test_merge_subtokens(deps: list[str], sizes: list[int]) -> None:
    """Each run of parts with the token that follows it."""
    doc = Doc(tagma.blank("xx").vocab, words=list("abcde"), spaces=[False] * 5, heads=[0] * 5, deps=deps)
    assert [len(token.text) for token in merge_subtokens(doc)] == sizes


def test_token_splitter(tmp_path: Path) -> None:
    """Long tokens in pieces, each its own head; settings are saved."""
    nlp = tagma.blank("xx")
    splitter: Any = nlp.add_pipe("token_splitter", config={"min_length": 5, "split_length": 2})
    doc = nlp("abcde abcd abcdef")
    assert [token.text for token in doc] == ["ab", "cd", "e", "abcd", "ab", "cd", "ef"]
    assert [token.head.i for token in doc] == list(range(7))
    assert doc.text == "abcde abcd abcdef"
    splitter.to_disk(tmp_path / "splitter")
    for other in (TokenSplitter().from_disk(tmp_path / "splitter"), TokenSplitter().from_bytes(splitter.to_bytes())):
        assert (other.min_length, other.split_length) == (5, 2)
    assert len(TokenSplitter(0, 2)(Doc(nlp.vocab, words=["abc"]))) == 1


def test_doc_cleaner(tmp_path: Path) -> None:
    """Attributes, also extensions, are set; those that are not there are passed over, or warned of."""
    Doc.set_extension("trf_data", default=1, force=True)
    nlp = tagma.blank("xx")
    cleaner: Any = nlp.add_pipe("doc_cleaner")
    doc = Doc(nlp.vocab, words=["a"])
    doc.tensor = doc.to_array(["ORTH"]).astype("float32").reshape(1, 1)
    cleaner(doc)
    assert not doc.tensor.size
    assert doc._.trf_data is None
    Doc.remove_extension("trf_data")
    loud = DocCleaner({"_.absent": 0, "nothing.here": 1}, silent=False)
    with pytest.warns(UserWarning, match="W116") as caught:
        loud(doc)
    assert len(caught) == 2
    loud.to_disk(tmp_path / "cleaner")
    assert (
        DocCleaner({}).from_disk(tmp_path / "cleaner").cfg == loud.cfg == DocCleaner({}).from_bytes(loud.to_bytes()).cfg
    )
    (tmp_path / "cleaner" / "cfg").write_text("[1]")
    with pytest.raises(ValueError, match="E4010"):
        loud.from_disk(tmp_path / "cleaner")


def test_in_a_pipeline() -> None:
    """By name, behind an entity ruler."""
    nlp = tagma.blank("xx")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "GPE", "pattern": "New York"}])
    nlp.add_pipe("merge_entities")
    assert nlp.get_pipe_meta("merge_entities").retokenizes
    (doc,) = nlp.pipe(["in New York now"])
    assert [token.text for token in doc] == ["in", "New York", "now"]
    assert [Span(doc, 1, 2).text] == [ent.text for ent in doc.ents]
