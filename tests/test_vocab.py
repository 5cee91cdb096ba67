"""The vocabulary: lexeme table, zones, vectors, files."""

import gc
import pickle
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.attrs import IDS
from tagma.lang.lex_attrs import (
    LEX_ATTRS,
    is_alpha,
    is_ascii,
    is_digit,
    is_lower,
    is_punct,
    is_space,
    is_title,
    is_upper,
    lower,
    prefix,
    suffix,
    word_shape,
)
from tagma.strings import StringStore
from tagma.tokens import Doc, columns
from tagma.vectors import BaseVectors, Vectors
from tagma.vocab import Vocab

DATA = Path(__file__).parent / "data" / "docs"
NATIVE = {
    "LOWER": lower, "PREFIX": prefix, "SUFFIX": suffix, "SHAPE": word_shape, "IS_ALPHA": is_alpha, "IS_ASCII": is_ascii,
    "IS_DIGIT": is_digit, "IS_LOWER": is_lower, "IS_PUNCT": is_punct, "IS_SPACE": is_space, "IS_TITLE": is_title,
    "IS_UPPER": is_upper,
}  # fmt: skip
WORKED = [
    ("Apple", "apple", "Xxxxx", "A", "ple", "is_alpha is_ascii is_title"),
    ("don't", "don't", "xxx'x", "d", "n't", "is_ascii is_lower"),
    ("10,000", "10,000", "dd,ddd", "1", "000", "is_ascii like_num"),
    ("U.S.", "u.s.", "X.X.", "U", ".S.", "is_ascii is_upper is_title"),
    ("http://a.com", "http://a.com", "xxxx://x.xxx", "h", "com", "is_ascii is_lower like_url"),
    ("a@b.co", "a@b.co", "x@x.xx", "a", ".co", "is_ascii is_lower like_email"),
    ("$", "$", "$", "$", "$", "is_ascii is_currency"),
    ("(", "(", "(", "(", "(", "is_ascii is_punct is_bracket is_left_punct"),
    ("ABCDEFGH", "abcdefgh", "XXXX", "A", "FGH", "is_alpha is_ascii is_upper"),
    ("xxxxabcdDDDD1234567", "xxxxabcddddd1234567", "xxxxXXXXdddd", "x", "567", "is_ascii"),
    ("naïve", "naïve", "xxxx", "n", "ïve", "is_alpha is_lower"),
    ("日本", "日本", "xx", "日", "日本", "is_alpha"),
    ("😀", "😀", "😀", "😀", "😀", ""),
    ("\n", "\n", "\n", "\n", "\n", "is_ascii is_space"),
    ("McDonald", "mcdonald", "XxXxxxx", "M", "ald", "is_alpha is_ascii"),
]
FLAGS = [
    "is_alpha",
    "is_ascii",
    "is_digit",
    "is_lower",
    "is_punct",
    "is_space",
    "is_title",
    "is_upper",
    "is_bracket",
    "is_quote",
    "is_left_punct",
    "is_right_punct",
    "is_currency",
    "like_num",
    "like_url",
    "like_email",
]


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the getters that all languages share."""
    return Vocab(dict(LEX_ATTRS))


@pytest.mark.parametrize(("text", "low", "shape", "pre", "suf", "flags"), WORKED)
def test_worked_lexical_attributes(
    vocab: Vocab, text: str, low: str, shape: str, pre: str, suf: str, flags: str
) -> None:
    """Lexical attributes are those of the worked table."""
    lexeme = vocab[text]
    assert (lexeme.lower_, lexeme.shape_, lexeme.prefix_, lexeme.suffix_) == (low, shape, pre, suf)
    assert [flag for flag in FLAGS if getattr(lexeme, flag)] == [flag for flag in FLAGS if flag in flags.split()]
    assert len(lexeme) == len(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_native_columns_equal_the_python_getters(texts: list[str]) -> None:
    """What the table computes natively is what the getter's Python function gives, for any text."""
    vocab = Vocab(dict(LEX_ATTRS))
    for text in texts:
        lexeme = vocab[text]
        for name, function in NATIVE.items():
            expected: Any = function(text)
            found = lexeme.check_flag(IDS[name]) if IDS[name] < 64 else getattr(lexeme, name.lower() + "_")
            assert found == expected, (name, text)


def test_rows_are_interned_once(vocab: Vocab) -> None:
    """A text has one lexeme; looking one up by an unknown key raises KeyError E018 and makes none."""
    assert len(vocab) == 0
    apple = vocab["apple"]
    assert vocab["apple"] == apple
    assert vocab[apple.orth].text == "apple"
    assert len(vocab) == 1
    assert "apple" in vocab
    assert "pear" not in vocab
    assert apple.orth in vocab
    with pytest.raises(KeyError, match="E018"):
        vocab[12345]
    assert [lexeme.text for lexeme in vocab] == ["apple"]


@pytest.mark.parametrize("strings", [["b", "a", "b", ""], StringStore(["b", "a"])])
def test_given_strings_have_lexemes(strings: Any) -> None:
    """Each text, or each of a store, is a lexeme from the start, in order; the empty text is none."""
    vocab = Vocab(dict(LEX_ATTRS), strings=strings)
    assert [lexeme.text for lexeme in vocab] == ["b", "a"]
    assert len(vocab) == len(vocab.strings) == 2
    assert "a" in vocab
    assert "c" not in vocab


def test_without_getters_attributes_are_empty() -> None:
    """A vocabulary without getters knows texts and lengths only, as in spaCy."""
    lexeme = Vocab()["Apple"]
    assert (lexeme.lower_, lexeme.shape_, lexeme.is_alpha, lexeme.text) == ("", "", False, "Apple")


def test_columns_grow_lazily_and_are_read_only(vocab: Vocab) -> None:
    """A column covers all rows of the moment; rows added later are computed when asked for again."""
    vocab["Apple"]
    first = vocab.lexeme_column("LOWER")
    vocab["PEAR"]
    second = vocab.lexeme_column("LOWER")
    assert [vocab.strings[key] for key in second.tolist()] == ["apple", "pear"] + [
        vocab.strings[key] for key in second.tolist()[2:]
    ]
    assert first.shape == (1,)
    assert not second.flags.writeable
    assert vocab.lexeme_column("LENGTH").tolist()[:2] == [5, 4]
    assert vocab.lexeme_column("IS_UPPER").tolist()[:2] == [False, True]


@pytest.mark.parametrize("attr", ["TAG", "HEAD", 9999])
def test_token_attributes_are_no_lexeme_columns(vocab: Vocab, attr: str | int) -> None:
    """Only lexical attributes have a column (ValueError E4012)."""
    with pytest.raises(ValueError, match="E4012"):
        vocab.lexeme_column(attr)


def test_python_getters_are_called_once_per_row() -> None:
    """A custom getter runs when its attribute is first needed, once per lexeme."""
    calls: list[str] = []

    def getter(text: str) -> bool:
        calls.append(text)
        return text == "b"

    vocab = Vocab({IDS["LIKE_NUM"]: getter})
    lexemes = [vocab[text] for text in "abc"]
    assert calls == []
    assert [lexeme.like_num for lexeme in lexemes] == [False, True, False]
    assert [lexeme.like_num for lexeme in lexemes] == [False, True, False]
    assert calls == ["a", "b", "c"]


class Choosy:
    """A getter that raises for words in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)

    def __call__(self, text: str) -> str:
        if text in self.refused:
            raise IndexError(f"no value for {text}")
        return text * 2


@pytest.mark.parametrize("attr", ["LIKE_NUM", "LOWER"])
def test_a_getter_that_raises_for_a_word_harms_no_other(attr: str) -> None:
    """The error comes whenever the attribute of that word is asked for; words before and after it have their values."""
    getter = Choosy("bad")
    vocab = Vocab({IDS[attr]: getter})
    expected: Any = True if attr == "LIKE_NUM" else "goodgood"
    name = attr.lower() if attr == "LIKE_NUM" else attr.lower() + "_"
    good, bad = vocab["good"], vocab["bad"]
    for _ in range(2):
        assert getattr(good, name) == expected
        with pytest.raises(IndexError, match="no value for bad"):
            getattr(bad, name)
        assert getattr(vocab["later"], name)
    getter.refused.clear()
    assert getattr(bad, name)


def test_tokens_of_a_word_without_a_value(vocab: Vocab) -> None:
    """Arrays of a Doc raise what the getter of one of its words raises; other Docs are read, a column has 0 there."""
    vocab.lex_attr_getters[IDS["NORM"]] = Choosy("bad")
    docs = [Doc(vocab, words=["good", "bad"]), Doc(vocab, words=["good", "word"])]
    for read in (lambda doc: doc.to_array("NORM"), lambda doc: columns.gather([doc], ["NORM"]), Doc.to_bytes):
        with pytest.raises(IndexError, match="no value for bad"):
            read(docs[0])
        read(docs[1])
    assert docs[1][1].norm_ == "wordword"
    assert (vocab.lexeme_column("NORM")[vocab.lexeme_column("ORTH") == vocab.strings["bad"]] == 0).all()


def test_a_value_that_is_set_needs_no_getter() -> None:
    """Where a getter raises, a value can be set; a memory zone and new getters leave no word behind."""
    vocab = Vocab({IDS["NORM"]: Choosy("bad", "worse")})
    bad = vocab["bad"]
    with pytest.raises(IndexError):
        _ = bad.norm_
    bad.norm_ = "set"
    assert bad.norm_ == "set"
    with vocab.memory_zone(), pytest.raises(IndexError):
        _ = vocab["worse"].norm_
    flag = vocab.add_flag(Choosy("bad"))
    with pytest.raises(IndexError):
        bad.check_flag(flag)
    vocab.add_flag(lambda text: True, flag)
    assert bad.check_flag(flag)
    assert vocab["new"].norm_ == "newnew"


def test_variants_of_a_word_without_a_value(vocab: Vocab) -> None:
    """A token with a norm of its own has the other values of its word, the error included."""
    getter = vocab.lex_attr_getters[IDS["SHAPE"]] = Choosy("bad")
    doc = Doc(vocab, words=["bad", "good"])
    doc[0].norm_ = "worse"
    with pytest.raises(IndexError):
        _ = doc[0].shape_
    assert (doc[1].shape_, doc[0].norm_) == ("goodgood", "worse")
    getter.refused.clear()
    assert doc[0].shape_ == "badbad"


@pytest.mark.parametrize("key", ["", 0, b""])
def test_the_empty_text_is_no_word(vocab: Vocab, key: str | int | bytes) -> None:
    """Its lexeme can be had, as that of a token's unset tag, has no values, is not counted, and harms no other."""
    vocab.lex_attr_getters[IDS["IS_STOP"]] = lambda text: text[0] == "s"
    empty = vocab[key]
    assert (empty.orth, empty.text, empty.shape_, empty.norm_, empty.flags) == (0, "", "", "", 0)
    assert not empty.is_punct
    assert vocab["stop"].is_stop
    assert (len(vocab), [lexeme.text for lexeme in vocab], "" in vocab, 0 in vocab) == (1, ["stop"], False, False)
    with vocab.memory_zone():
        assert vocab[key] == empty
    assert len(vocab) == 1


def test_add_flag(vocab: Vocab) -> None:
    """A new flag gets a free id and holds for lexemes that exist and those to come; bad ids are E063."""
    apple = vocab["apple"]
    flag = vocab.add_flag(lambda text: "pp" in text)
    assert flag not in LEX_ATTRS
    assert apple.check_flag(flag)
    assert vocab["puppy"].check_flag(flag)
    assert not vocab["pear"].check_flag(flag)
    for bad in (0, 64, 100):
        with pytest.raises(ValueError, match="E063"):
            vocab.add_flag(lambda text: True, flag_id=bad)


def test_values_that_were_set_stay(vocab: Vocab) -> None:
    """What is set on a lexeme is not computed over when the table grows, and caches by row are told."""
    apple = vocab["apple"]
    before = vocab.generation
    apple.set_attrs(norm="fruit", is_stop=True)
    for i in range(100):
        vocab[f"word{i}"]
    assert (apple.norm_, apple.is_stop) == ("fruit", True)
    assert vocab.generation != before


def test_memory_zone_releases_lexemes(vocab: Vocab) -> None:
    """Lexemes of a zone are gone after it, those from before keep their rows, and the generation tells."""
    kept = vocab["kept"]
    kept.lower  # noqa: B018
    rows, generation = vocab.n_rows, vocab.generation
    with vocab.memory_zone():
        Doc(vocab, words=["Some", "kept", "transient", "words"]).to_array("LOWER")
        assert vocab.n_rows > rows
    assert vocab.n_rows == rows
    assert vocab.generation > generation
    assert "transient" not in vocab
    assert "transient" not in vocab.strings
    assert kept.lower_ == "kept"


def test_zones_keep_a_server_small(vocab: Vocab) -> None:
    """Ten thousand requests with new words each leave neither rows nor text memory behind."""
    vocab["kept"]
    rows, size = vocab.n_rows, vocab.strings.nbytes
    for i in range(2000):
        with vocab.memory_zone():
            Doc(vocab, words=[f"{i}a", f"{i}b", "kept"])
    assert (vocab.n_rows, vocab.strings.nbytes) == (rows, size)


def test_docs_that_outlive_a_zone_say_so(vocab: Vocab) -> None:
    """A Doc with released words raises ValueError E4011, also after their rows were used again; others go on."""
    old = Doc(vocab, words=["kept", "words"])
    with vocab.memory_zone():
        inside = Doc(vocab, words=["kept", "gone"])
        harmless = Doc(vocab, words=["kept"])
    for i in range(10):
        vocab[f"new{i}"]
    for access in (lambda: inside.to_array("ORTH"), lambda: inside[1].text, lambda: inside[0:2].text):
        with pytest.raises(ValueError, match="E4011"):
            access()
    assert old.text == "kept words "
    assert harmless.text == "kept "


def test_vectors_by_word(vocab: Vocab) -> None:
    """Vectors are set, grow, and are zero for unknown words."""
    vocab.reset_vectors(width=3)
    vocab.set_vector("apple", numpy.asarray([1, 2, 3], dtype="f"))
    assert vocab.get_vector("apple").tolist() == [1, 2, 3]
    assert vocab.get_vector("pear").tolist() == [0, 0, 0]
    assert vocab.has_vector("apple")
    assert not vocab.has_vector("pear")
    assert not vocab["apple"].is_oov
    assert vocab["apple"].rank == vocab.vectors.key2row[vocab.strings["apple"]]
    with pytest.raises(ValueError, match="E065"):
        vocab.reset_vectors(width=3, shape=(2, 3))


def test_prune_vectors_points_to_the_nearest_kept_one(vocab: Vocab) -> None:
    """Keys that lose their row share that of the most similar kept vector."""
    vocab.reset_vectors(shape=(3, 2))
    for word, vector in (("a", [1, 0]), ("b", [0, 1]), ("c", [0.1, 2])):
        vocab.set_vector(word, numpy.asarray(vector, dtype="f"))
    moved = vocab.prune_vectors(2)
    assert moved == {"c": ("b", pytest.approx(0.9988, abs=1e-3))}
    assert vocab.get_vector("c").tolist() == [0, 1]


def test_prune_vectors_keeps_the_most_probable(vocab: Vocab) -> None:
    """The order is that of probability, then of rows; each kept word has a row."""
    vocab.reset_vectors(shape=(4, 2))
    words = {"cat": [1, 0], "kitten": [0.9, 0.1], "dog": [0, 1], "puppy": [0, 0.8]}
    for i, (word, vector) in enumerate(words.items()):
        vocab.set_vector(word, numpy.asarray(vector, dtype="f"))
        vocab[word].prob = -i
    assert vocab.prune_vectors(2) == {"dog": ("kitten", pytest.approx(0.1104, abs=1e-4)), "puppy": ("kitten", ANY)}
    assert vocab.vectors.data.tolist() == numpy.asarray([[1, 0], [0.9, 0.1]], dtype="f").tolist()
    assert vocab["puppy"].rank == vocab["dog"].rank == vocab["kitten"].rank == 1


def test_vectors_of_another_attribute(vocab: Vocab) -> None:
    """A table that knows lower-case words gives all forms of a word the same vector."""
    vocab.vectors = Vectors(strings=vocab.strings, shape=(2, 2), attr="LOWER")
    vocab.set_vector("Apple", numpy.asarray([1, 2], dtype="f"))
    assert [vocab.has_vector(word) for word in ("apple", "APPLE", "pear")] == [True, True, False]
    assert vocab.get_vector("aPPle").tolist() == [1, 2]
    assert vocab["APPLE"].rank == 0
    assert vocab["apple"].similarity(vocab["APPLE"]) == pytest.approx(1)


def test_own_vectors_cannot_be_pruned(vocab: Vocab) -> None:
    """What needs the table of `Vectors` says so (E849)."""

    class Own(BaseVectors):
        """One vector for all words."""

        shape = (1, 2)
        size = 2

        def __contains__(self, key: int | str) -> bool:
            return True

        def __getitem__(self, key: int | str) -> numpy.ndarray:
            return numpy.ones(2, dtype="f")

    vocab.vectors = Own(strings=vocab.strings)
    assert vocab.get_vector("x").tolist() == [1, 1]
    for call in (vocab.deduplicate_vectors, lambda: vocab.prune_vectors(1)):
        with pytest.raises(ValueError, match=r"E849.*Own"):
            call()


def test_peer_folder_is_read() -> None:
    """A vocab folder written by spaCy gives its strings, vectors and norms."""
    vocab = Vocab(dict(LEX_ATTRS)).from_disk(DATA / "vocab")
    assert vocab.get_vector("apple").tolist() == [1, 2, 3]
    assert vocab.get_vector("naïve").tolist() == [0, 1, 0]
    assert vocab["colour"].norm_ == "color"
    assert vocab["Other"].norm_ == "other"


def test_folder_round_trip_has_the_peers_files(vocab: Vocab, tmp_path: Path) -> None:
    """What is read from spaCy's folder is written back with the same files, byte for byte where order is defined."""
    vocab.from_disk(DATA / "vocab").to_disk(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (DATA / "vocab").iterdir()}
    for name in ("key2row", "lookups.bin", "vectors"):
        assert (tmp_path / name).read_bytes() == (DATA / "vocab" / name).read_bytes(), name


def test_bytes_and_pickle_round_trip(vocab: Vocab) -> None:
    """Bytes and pickle keep strings, vectors, lookups and getters."""
    vocab.from_disk(DATA / "vocab")
    for copy in (Vocab(dict(LEX_ATTRS)).from_bytes(vocab.to_bytes()), pickle.loads(pickle.dumps(vocab))):
        assert set(copy.strings) >= {"apple", "naïve"}
        assert copy.get_vector("apple").tolist() == [1, 2, 3]
        assert copy["colour"].norm_ == "color"
        assert copy["APPLE"].lower_ == "apple"


@pytest.mark.parametrize("cut", [0, 1, 10, 50, -1])
def test_truncated_bytes_are_refused(vocab: Vocab, cut: int) -> None:
    """Bytes that were cut off give ValueError E4010."""
    with pytest.raises(ValueError, match="E4010"):
        Vocab().from_bytes(vocab.from_disk(DATA / "vocab").to_bytes()[:cut])


def test_lexeme_survives_table_growth_and_collection(vocab: Vocab) -> None:
    """A lexeme view stays right while the table is reallocated and garbage is collected."""
    lexeme = vocab["first"]
    for i in range(10_000):
        vocab[f"word{i}"]
    gc.collect()
    assert (lexeme.text, lexeme.lower_, lexeme.shape_) == ("first", "first", "xxxx")
