"""The string store: keys, symbols, memory zones, files."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.strings import StringStore, get_string_id, hash128, hash_string

WORKED = {
    "a": 11901859001352538922,
    "apple": 8566208034543834098,
    "Apple": 6418411030699964375,
    "the": 7425985699627899538,
    "coffee": 3197928453018144401,
    "naïve": 16224804062388677344,
    "日本語": 1998301522555383300,
    "😀": 13900606239988879105,
    "x" * 100: 8460673862528987856,
    "": 0,
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("text", "key"), WORKED.items())
def test_worked_hashes(text: str, key: int) -> None:
    """Keys are those of the worked table, by every way to ask for them."""
    store = StringStore()
    assert hash_string(text) == hash_string(text.encode()) == get_string_id(text) == store[text] == key
    assert store.add(text) == key
    assert store[key] == text


def test_hash128_matches_a_known_vector() -> None:
    """MurmurHash3 x64-128 of a well-known input gives the well-known digest."""
    low, high = hash128(b"The quick brown fox jumps over the lazy dog", 0)
    assert (low, high) == (0xE34BBC7BBC071B6C, 0x7A433CA9C49A9347)


def test_symbols_keep_small_ids_and_take_no_room() -> None:
    """Names of symbols have their ids, are always known, and are not stored."""
    store = StringStore(["NOUN", "", "nsubj"])
    assert len(store) == 0
    assert store["NOUN"] == 92
    assert store[92] == "NOUN"
    assert "NOUN" in store
    assert 92 in store
    assert store[0] == ""
    assert hash_string("NOUN") != 92


def test_unknown_key_is_an_error_that_names_it() -> None:
    """A key without a text raises KeyError E018 with the number; an unknown text still has a key."""
    store = StringStore()
    with pytest.raises(KeyError, match=r"E018.*123456"):
        store[123456]
    assert "pear" not in store
    assert store["pear"] == hash_string("pear")


@pytest.mark.parametrize("value", [None, 1.5, ["a"]])
def test_only_texts_can_be_added(value: object) -> None:
    """Anything but str, bytes and int is TypeError E017."""
    with pytest.raises(TypeError, match="E017"):
        StringStore().add(value)


def test_lone_surrogate_is_refused() -> None:
    """Half a character pair cannot be encoded, and nothing is stored."""
    store = StringStore()
    with pytest.raises(UnicodeEncodeError):
        store.add("a\ud800")
    assert len(store) == 0


def test_bytes_must_be_utf8() -> None:
    """Bytes that are no UTF-8 are refused, so that every stored text can be read."""
    with pytest.raises(UnicodeDecodeError):
        StringStore().add(b"\xff\xfe")


@given(st.lists(TEXTS))
def test_every_text_comes_back(texts: list[str]) -> None:
    """What is added is found by key and by text, in the order of arrival, and survives bytes and pickle."""
    store = StringStore()
    keys = [store.add(text) for text in texts]
    assert [store[key] for key in keys] == texts
    distinct = [t for t in dict.fromkeys(texts) if t and get_string_id(t) > 500]
    assert list(store) == distinct
    assert len(store) == len(distinct)
    for copy in (StringStore().from_bytes(store.to_bytes()), pickle.loads(pickle.dumps(store))):
        assert set(copy) == set(store)


def test_a_megabyte_and_many_texts() -> None:
    """A very long text and fifty thousand short ones stay readable while the tables grow."""
    store = StringStore()
    long = store.add("x" * 1_000_000)
    keys = {store.add(f"word{i}"): i for i in range(50_000)}
    assert len(store) == 50_001
    assert len(store[long]) == 1_000_000
    assert all(store[key] == f"word{i}" for key, i in keys.items())


def test_file_is_a_sorted_json_list(tmp_path: Path) -> None:
    """strings.json has the layout that spaCy reads."""
    StringStore(["b", "a", "é"]).to_disk(tmp_path / "strings.json")
    assert json.loads((tmp_path / "strings.json").read_bytes()) == ["a", "b", "é"]
    assert list(StringStore().from_disk(tmp_path / "strings.json")) == ["a", "b", "é"]


@pytest.mark.parametrize("data", [b"", b"[", b"{}", b"[1]", b"\xff", b'["a"'])
def test_damaged_bytes_are_refused(data: bytes) -> None:
    """Altered bytes give ValueError E4010 and leave the store as it was."""
    store = StringStore(["kept"])
    with pytest.raises(ValueError, match="E4010"):
        store.from_bytes(data)
    assert list(store) == ["kept"]


def test_what_was_known_stays(tmp_path: Path) -> None:
    """Reading adds: the texts of the file come first, and keys that were given out stay valid; in a zone, too."""
    store = StringStore(["q", "b"])
    key = store["q"]
    assert list(store.from_bytes(b'["a", "b"]')) == ["a", "b", "q"]
    with store.memory_zone():
        store.add("gone")
        StringStore(["z"]).to_disk(tmp_path / "strings.json")
        store.from_disk(tmp_path / "strings.json")
    assert store[key] == "q"
    assert ("z" in store, "gone" in store) == (True, False)
    with pytest.raises(ValueError, match="E4010"):
        store.from_bytes('["\\ud800"]')
    assert "q" in store


def test_memory_zone_releases_texts_and_memory() -> None:
    """After a zone its texts are gone and so is their memory; what was there before stays."""
    store = StringStore(["before"])
    size = store.nbytes
    with store.memory_zone():
        keys = [store.add(f"inside{i}") for i in range(10_000)]
        assert store.nbytes > size + 50_000
        assert store[keys[77]] == "inside77"
    assert list(store) == ["before"]
    assert store.nbytes == size
    assert keys[77] not in store
    assert store.add("inside77") == keys[77]


def test_memory_zone_keeps_what_is_permanent() -> None:
    """A text added with allow_transient=False outlives the zone, also when it was added transiently first."""
    store = StringStore()
    with store.memory_zone():
        store.add("label")
        store.add("label", allow_transient=False)
        store.add("word")
    assert list(store) == ["label"]
    assert store[store["label"]] == "label"


def test_zones_that_keep_something_do_not_pile_up_blocks() -> None:
    """A thousand zones that keep one text each take little more memory than the texts."""
    store = StringStore()
    for i in range(1000):
        with store.memory_zone():
            store.add(f"label{i}", allow_transient=False)
    assert len(store) == 1000
    assert store.nbytes < 1_000_000
    assert store[store["label500"]] == "label500"


def test_zones_do_not_nest_and_close_after_an_error() -> None:
    """A zone in a zone is ValueError E4000; an exception inside still releases."""
    store = StringStore()

    def nest() -> None:
        with store.memory_zone():
            store.add("gone")
            with store.memory_zone():
                pass

    with pytest.raises(ValueError, match="E4000"):
        nest()
    assert "gone" not in store


def test_reading_keeps_what_was_there() -> None:
    """It comes behind what is read."""
    assert list(StringStore(["q"]).from_bytes(StringStore(["b", "a"]).to_bytes())) == ["a", "b", "q"]
