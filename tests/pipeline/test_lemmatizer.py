"""Lemmas by tables: modes, what is remembered, files, errors."""

import pickle
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.lookups import Lookups
from tagma.pipeline import Lemmatizer
from tagma.pipeline.lemmatizer import of_word
from tagma.tokens import Doc, Token


@pytest.fixture
def tables() -> Lookups:
    """Tables of a few words."""
    lookups = Lookups()
    lookups.add_table("lemma_lookup", {"ran": "run", "axes": ["axe", "axis"]})
    lookups.add_table(
        "lemma_rules", {"noun": [["s", ""], ["ies", "y"], ["ves", "f"]], "verb": [["ing", ""], ["ing", "e"]]}
    )
    lookups.add_table("lemma_exc", {"noun": {"mice": ["mouse"]}})
    lookups.add_table("lemma_index", {"noun": ["dog", "city"], "verb": ["make"]})
    return lookups


def made(tables: Lookups | None, mode: str = "rule", lang: str = "xx", **config: Any) -> tuple[Any, Any]:
    nlp = tagma.blank(lang)
    pipe = nlp.add_pipe("lemmatizer", config={"mode": mode, **config})
    if tables is not None:
        pipe.initialize(lookups=tables)
    return nlp, pipe


def lemmas(pipe: Any, words: str, pos: str = "", **annotation: Any) -> list[str]:
    doc = Doc(pipe.vocab, words=words.split(), pos=pos.split() or None, **annotation)
    return [token.lemma_ for token in pipe(doc)]


def test_lookup(tables: Lookups) -> None:
    """The entry of the text, its first one, or the text."""
    _, pipe = made(tables, "lookup")
    assert lemmas(pipe, "ran axes Ran") == ["run", "axe", "Ran"]


def test_rules(tables: Lookups) -> None:
    """Known lemmas before others, exceptions before all; names and unknown parts of speech as they are."""
    _, pipe = made(tables)
    words, pos = "Dogs cities mice wolves making Rome OK made", "NOUN NOUN NOUN NOUN VERB PROPN INTJ VERB"
    assert lemmas(pipe, words, pos) == ["dog", "city", "mouse", "wolve", "make", "Rome", "ok", "made"]


def test_without_part_of_speech(tables: Lookups) -> None:
    """Rules need one: the text in lower case, and a warning."""
    _, pipe = made(tables)
    with pytest.warns(UserWarning, match="W108"):
        assert lemmas(pipe, "Dogs") == ["dogs"]


def test_english_base_forms(tables: Lookups) -> None:
    """Features that say that a form is its own lemma."""
    _, pipe = made(tables, lang="en")
    found = lemmas(pipe, "gas gas making", "NOUN NOUN VERB", morphs=["Number=Sing", "Number=Plur", "VerbForm=Inf"])
    assert found == ["gas", "ga", "making"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_lemmas_that_are_there(tables: Lookups, overwrite: bool) -> None:
    """They stay, unless they are to be overwritten."""
    _, pipe = made(tables, "lookup", overwrite=overwrite)
    assert lemmas(pipe, "ran ran", lemmas=["x", ""]) == ["run" if overwrite else "x", "run"]


def test_batches(tables: Lookups) -> None:
    """A stream gives what single docs give, empty ones too."""
    nlp, pipe = made(tables)
    docs = [Doc(nlp.vocab, words=["dogs"] * n, pos=["NOUN", "VERB", "NOUN"][:n]) for n in (3, 0, 1, 2)]
    found = [[token.lemma_ for token in doc] for doc in pipe.pipe(docs, batch_size=2)]
    assert found == [["dog", "dogs", "dog"], [], ["dog"], ["dog", "dogs"]]


def test_tables_may_change(tables: Lookups) -> None:
    """What was found is forgotten when a table changes, or others are set."""
    _, pipe = made(tables, "lookup")
    assert lemmas(pipe, "ran") == ["run"]
    tables.get_table("lemma_lookup")["ran"] = "rennen"
    assert lemmas(pipe, "ran") == ["rennen"]
    pipe.lookups = Lookups()
    pipe.lookups.add_table("lemma_lookup", {})
    assert lemmas(pipe, "ran") == ["ran"]


def test_memory_zone(tables: Lookups) -> None:
    """Lemmas that were made in a zone are made again after it."""
    nlp, pipe = made(tables)
    with nlp.memory_zone():
        assert lemmas(pipe, "zorgs", "NOUN") == ["zorg"]
    assert lemmas(pipe, "zorgs zorgs", "NOUN NOUN") == ["zorg", "zorg"]


class Shouting(Lemmatizer):
    """A mode of its own, which looks at more than the word, and counts how often it is asked."""

    asked = 0

    def shout_lemmatize(self, token: Token) -> list[str]:
        self.asked += 1
        return [token.text.upper() + str(token.i)]

    @of_word("ORTH")
    def whisper_lemmatize(self, token: Token) -> list[str]:
        self.asked += 1
        return [token.text.lower()]


def test_modes_of_subclasses() -> None:
    """One that may look at anything is asked for each token, one that says what it looks at once for each value."""
    vocab = tagma.blank("xx").vocab
    loud, soft = Shouting(vocab, None, mode="shout"), Shouting(vocab, None, mode="whisper")
    assert lemmas(loud, "A a A") == ["A0", "A1", "A2"]
    assert lemmas(soft, "A a A") == ["a", "a", "a"]
    assert (loud.asked, soft.asked) == (3, 2)
    with pytest.raises(ValueError, match=r"E1003.*'cry'.*lookup, rule, shout, whisper"):
        Shouting(vocab, None, mode="cry")


def test_missing_tables(tables: Lookups, tmp_path: Path) -> None:
    """Asking, initializing and loading name the tables that are missing."""
    _, pipe = made(None)
    with pytest.raises(ValueError, match=r"E1004.*lemma_rules"):
        lemmas(pipe, "a", "NOUN")
    with pytest.raises(ValueError, match="E1004"):
        pipe.initialize(lookups=Lookups())
    with pytest.raises(ValueError, match="E955"):
        pipe.initialize()
    with pytest.raises(ValueError, match="E912"):
        pipe.from_bytes(pipe.to_bytes(exclude=["vocab"]), exclude=["vocab"])


def test_files(tables: Lookups, tmp_path: Path) -> None:
    """Folders, bytes and pickles bring the tables back; the mode is in the config."""
    nlp, _ = made(tables)
    nlp.to_disk(tmp_path / "nlp")
    assert [path.name for path in (tmp_path / "nlp" / "lemmatizer").rglob("*")] == ["lookups", "lookups.bin"]
    others = [
        tagma.load(tmp_path / "nlp"),
        pickle.loads(pickle.dumps(nlp)),
    ]
    for other in others:
        assert lemmas(other.get_pipe("lemmatizer"), "mice", "NOUN") == ["mouse"]
        assert other.get_pipe("lemmatizer").mode == "rule"
    _, empty = made(None)
    assert lemmas(empty.from_bytes(nlp.get_pipe("lemmatizer").to_bytes()), "mice", "NOUN") == ["mouse"]


def test_score(tables: Lookups) -> None:
    """lemma_acc, if there is a scorer."""
    _, pipe = made(tables, "lookup")
    example = Example(
        pipe(Doc(pipe.vocab, words=["ran", "x"])), Doc(pipe.vocab, words=["ran", "x"], lemmas=["run", "y"])
    )
    assert pipe.score([example]) == {"lemma_acc": 0.5}


def test_errors_go_to_the_handler(tables: Lookups) -> None:
    """A batch that fails is left out; the handler is told."""
    nlp, pipe = made(None)
    failed = []
    pipe.set_error_handler(lambda name, component, docs, error: failed.append((name, len(docs))))
    assert list(pipe.pipe([Doc(nlp.vocab, words=["a"], pos=["NOUN"])])) == []
    assert failed == [("lemmatizer", 1)]
