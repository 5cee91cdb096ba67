"""Lookup tables."""

import pickle
from pathlib import Path

import pytest
import srsly

import tagma
from tagma.lookups import Lookups, Table, load_lookups
from tagma.registries import registry
from tagma.strings import hash_string

DATA = Path(__file__).parent / "data" / "docs"


def test_tables_are_keyed_by_text_or_hash() -> None:
    """A text and its hash are the same key."""
    table = Table(name="t", data={"a": 1, 5: 2})
    assert (table["a"], table[hash_string("a")], table.get("zz"), "a" in table, table[5]) == (1, 1, None, True, 2)
    table.set("b", 3)
    del table["a"]
    assert dict(table) == {5: 2, hash_string("b"): 3}
    with pytest.raises(KeyError):
        table["a"]


def test_table_bytes_have_the_peers_content() -> None:
    """A table is written with the keys that spaCy writes and reads what spaCy wrote."""
    expected = srsly.msgpack_loads((DATA / "table.bin").read_bytes())
    table = Table(name="t", data={"a": 1, "b": 2})
    found = srsly.msgpack_loads(table.to_bytes())
    assert list(found) == list(expected)
    assert (found["name"], found["dict"]) == (expected["name"], expected["dict"])
    assert Table().from_bytes((DATA / "table.bin").read_bytes()) == table
    assert pickle.loads(pickle.dumps(table)) == table


def test_lookups_by_name(tmp_path: Path) -> None:
    """Tables are added, found, removed and saved; doubles are E158, unknown names E159."""
    lookups = Lookups()
    lookups.add_table("t", {"a": "b"})
    assert (lookups.tables, len(lookups), "t" in lookups, lookups.has_table("x")) == (["t"], 1, True, False)
    with pytest.raises(ValueError, match="E158"):
        lookups.add_table("t")
    with pytest.raises(KeyError, match="E159"):
        lookups.get_table("x")
    assert lookups.get_table("x", 3) == 3
    lookups.to_disk(tmp_path)
    assert Lookups().from_disk(tmp_path).get_table("t")["a"] == "b"
    assert Lookups().from_bytes(lookups.to_bytes()).get_table("t")["a"] == "b"
    assert lookups.remove_table("t")["a"] == "b"
    with pytest.raises(KeyError, match="E159"):
        lookups.remove_table("t")


@pytest.mark.parametrize("data", [b"", b"junk", b"\x90", b"\x81\xa1a\x01", b"\xdf\xff\xff\xff\xff"])
def test_damaged_bytes(data: bytes) -> None:
    """Altered bytes are ValueError E4010."""
    with pytest.raises(ValueError, match="E4010"):
        Lookups().from_bytes(data)


def test_tables_of_a_language(tmp_path: Path) -> None:
    """Tables are read, packed or not, from the files registered for a language; E955 names all that are missing."""
    srsly.write_json(tmp_path / "a.json", {"x": 1})
    srsly.write_gzip_json(tmp_path / "b.json.gz", {"y": 2})
    srsly.write_gzip_json(tmp_path / "d.json.gz", {"z": 3})
    files = {"a": tmp_path / "a.json", "b": tmp_path / "b.json.gz", "e": tmp_path / "d.json"}
    registry.lookups.register("toy_language", func=files)
    found = load_lookups("toy_language", ["b", "a", "e"])
    assert found.tables == ["b", "a", "e"]
    assert (found.get_table("a")["x"], found.get_table("b")["y"], found.get_table("e")["z"]) == (1, 2, 3)
    assert load_lookups("toy_language", ["a", "c"], strict=False).tables == ["a"]
    assert load_lookups("no_such_language", ["a"], strict=False).tables == []
    assert load_lookups("no_such_language", []).tables == []
    with pytest.raises(ValueError, match=r"\[E955\].*c, d.*toy_language"):
        load_lookups("toy_language", ["a", "c", "d"])
    with pytest.raises(ValueError, match=r"\[E955\].*a, b.*no_such_language"):
        load_lookups("no_such_language", ["a", "b"])


NORMS = [("en", None, True), ("en", {"a": "b"}, False), ("xx", None, False)]


@pytest.mark.parametrize(("lang", "table", "told"), NORMS)
def test_norms_that_are_missing(
    lang: str, table: dict[str, str] | None, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A language that could have a table of norms, and has none, is logged for those who look for it."""
    nlp = tagma.blank(lang)
    if table:
        nlp.vocab.lookups.add_table("lexeme_norm", table)
    with caplog.at_level("DEBUG", logger="tagma"):
        tagma.util.check_lexeme_norms(nlp.vocab, "tagger")
    assert ["[W033] 'tagger'" in record.message for record in caplog.records] == [True] * told


def test_deleting_by_text() -> None:
    """Tables take texts wherever they take hashes, and have the filter that is saved."""
    table = Table("t", {"a": 1, "b": 2})
    del table["a"]
    assert (table.pop("b"), table.pop("b", 5), len(table)) == (2, 5, 0)
    assert isinstance(table.bloom, bytes)


def test_lookups_in_a_config(tmp_path: Path) -> None:
    """`[initialize] lookups` gives a pipeline the tables of a language: norms of words, say."""
    srsly.write_json(tmp_path / "norms.json", {"cuz": "because"})
    registry.lookups.register("toy_norms", func={"lexeme_norm": tmp_path / "norms.json"})
    nlp = tagma.blank("en")
    loader = {"@misc": "spacy.LookupsDataLoader.v1", "lang": "toy_norms", "tables": ["lexeme_norm"]}
    nlp.config["initialize"]["lookups"] = loader
    nlp.initialize()
    assert [token.norm_ for token in nlp("cuz Cuz")] == ["because", "cuz"]
    loader["tables"] = ["other"]
    with pytest.raises(ValueError, match=r"E955.*other"):
        nlp.initialize()
