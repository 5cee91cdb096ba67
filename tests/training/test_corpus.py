"""Readers of corpora: which files, which documents, and what the predicted side knows."""

from __future__ import annotations

import gzip
import json
import lzma
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import srsly

import tagma
from tagma.language import Language
from tagma.registries import registry
from tagma.tokens import Doc, DocBin
from tagma.training import Corpus, Example, JsonlCorpus, PlainTextCorpus
from tagma.training.corpus import ConlluCorpus, walk_corpus

Texts = list[list[str]]


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A blank English pipeline."""
    return tagma.blank("en")


def texts(examples: Iterable[Example]) -> list[str]:
    """The reference texts."""
    return [example.reference.text for example in examples]


def words(examples: Iterable[Example]) -> Texts:
    """The predicted tokens."""
    return [[token.text for token in example.predicted] for example in examples]


def doc(nlp: Language, text: str, starts: Iterable[int] = ()) -> Doc:
    """A doc of the words of `text`, with sentences that begin at `starts` unless there are none."""
    tokens = text.split()
    begins = [1 if i in starts else -1 for i in range(len(tokens))] if starts else None
    return Doc(nlp.vocab, words=tokens, sent_starts=begins)


@pytest.fixture
def path(tmp_path: Path, nlp: Language) -> Path:
    """Five docs in two files: three sentences, nothing, eight words without sentences, two of one sentence."""
    first = [doc(nlp, "One two three . Four five six seven eight . Nine .", {0, 4, 10}), doc(nlp, "")]
    first.append(doc(nlp, "a b c d e f g h"))
    DocBin(docs=first).to_disk(tmp_path / "a.spacy")
    (tmp_path / "below").mkdir()
    DocBin(docs=[doc(nlp, "Do it", {0}), doc(nlp, "Yes", {0})]).to_disk(tmp_path / "below" / "b.spacy")
    return tmp_path


def test_documents_without_tokens_are_left_out(path: Path, nlp: Language) -> None:
    """Files are read in order; each doc is an example, but an empty one."""
    assert [text[:3] for text in texts(Corpus(path)(nlp))] == ["One", "a b", "Do ", "Yes"]


def test_folders_are_walked(path: Path) -> None:
    """All files of the type are found, in order of their paths; hidden ones and those in hidden folders are not."""
    (path / ".hidden").mkdir()
    for name in (".c.spacy", ".hidden/d.spacy", "below/e.txt"):
        (path / name).touch()
    assert walk_corpus(path, ".spacy") == [path / "a.spacy", path / "below" / "b.spacy"]
    assert walk_corpus(str(path / "a.spacy"), ".spacy") == [path / "a.spacy"]


def test_below_a_hidden_folder(tmp_path: Path) -> None:
    """That the corpus itself lies in a hidden folder does not hide it."""
    folder = tmp_path / ".cache" / "corpus"
    folder.mkdir(parents=True)
    (folder / "a.spacy").touch()
    assert walk_corpus(folder, ".spacy") == [folder / "a.spacy"]


def test_nothing_to_read(tmp_path: Path, nlp: Language) -> None:
    """A path that is not there is an error; a folder without such files is a warning and gives nothing."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(Corpus(tmp_path / "nowhere")(nlp))
    with pytest.warns(UserWarning, match="W090"):
        assert list(Corpus(tmp_path)(nlp)) == []


def test_predicted_is_tokenized_anew(tmp_path: Path, nlp: Language) -> None:
    """The predicted side has the tokenizer's tokens, and none of the annotation."""
    gold = Doc(nlp.vocab, words=["can", "not", "go."], spaces=[False, True, False], tags=["MD", "RB", "VB"])
    DocBin(docs=[gold]).to_disk(tmp_path / "a.spacy")
    (example,) = Corpus(tmp_path)(nlp)
    assert words([example]) == [[token.text for token in nlp.make_doc("cannot go.")]]
    assert [token.tag_ for token in example.reference] == ["MD", "RB", "VB"]
    assert not example.predicted.has_annotation("TAG")
    (example,) = Corpus(tmp_path, gold_preproc=True)(nlp)
    assert words([example]) == [["can", "not", "go."]]
    assert example.predicted.text == "cannot go."
    assert not example.predicted.has_annotation("TAG")


def test_unknown_spaces_keep_the_gold_tokens(tmp_path: Path, nlp: Language) -> None:
    """Without spaces there is no text that could be tokenized."""
    gold = Doc(nlp.vocab, words=["ca", "n't", "go."])
    gold.has_unknown_spaces = True
    DocBin(docs=[gold]).to_disk(tmp_path / "a.spacy")
    (example,) = Corpus(tmp_path)(nlp)
    assert words([example]) == [["ca", "n't", "go."]]


def test_gold_preproc_gives_sentences(path: Path, nlp: Language) -> None:
    """One example a sentence; a doc without sentences is one."""
    assert [len(example) for example in Corpus(path, gold_preproc=True)(nlp)] == [4, 6, 2, 8, 2, 1]


@pytest.mark.parametrize(
    ("settings", "lengths"),
    [
        ({"max_length": 13}, [12, 8, 2, 1]),
        ({"max_length": 12}, [4, 6, 2, 8, 2, 1]),
        ({"max_length": 8}, [4, 6, 2, 2, 1]),
        ({"max_length": 6}, [4, 2, 2, 1]),
        ({"max_length": 2}, [1]),
        ({"max_length": 6, "gold_preproc": True}, [4, 2, 2, 1]),
        ({"limit": 1}, [12]),
        ({"limit": 3}, [12, 8, 2]),
        ({"limit": 9}, [12, 8, 2, 1]),
        ({"limit": 2, "max_length": 8}, [4, 6, 2]),
        ({"limit": 1, "gold_preproc": True}, [4, 6, 2]),
    ],
)
def test_limits(path: Path, nlp: Language, settings: dict[str, Any], lengths: list[int]) -> None:
    """Docs that are too long come as sentences, unless these are too long too; the limit counts docs, in all files."""
    assert [len(example.reference) for example in Corpus(path, **settings)(nlp)] == lengths


def test_sentences_keep_their_annotation(tmp_path: Path, nlp: Language) -> None:
    """A sentence of a long doc has the tags of its tokens."""
    gold = Doc(nlp.vocab, words=["a", "b", "c"], tags=["A", "B", "C"], sent_starts=[1, 1, -1])
    DocBin(docs=[gold]).to_disk(tmp_path / "a.spacy")
    examples = Corpus(tmp_path, max_length=3)(nlp)
    assert [[token.tag_ for token in example.reference] for example in examples] == [["A"], ["B", "C"]]


def test_shuffle(path: Path, nlp: Language) -> None:
    """The docs come in another order, which Python's seed decides; all of them, each time."""
    corpus = Corpus(path, shuffle=True)
    orders = []
    for seed in (1, 1, *range(2, 8)):
        random.seed(seed)
        orders.append(texts(corpus(nlp)))
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) > 1
    assert all(sorted(order) == sorted(texts(Corpus(path)(nlp))) for order in orders)


def test_augmenter(path: Path, nlp: Language) -> None:
    """Each example goes through the augmenter, which gives as many as it likes."""

    def twice_if_short(nlp: Language, example: Example) -> Iterable[Example]:
        if len(example) < 3:
            yield example
            yield example

    assert texts(Corpus(path, augmenter=twice_if_short)(nlp)) == ["Do it ", "Do it ", "Yes ", "Yes "]
    assert len(list(Corpus(path, augmenter=twice_if_short, gold_preproc=True)(nlp))) == 6


def test_not_a_corpus(tmp_path: Path, nlp: Language) -> None:
    """A damaged file is named, with its remedy."""
    (tmp_path / "a.spacy").write_text("plain text")
    with pytest.raises(ValueError, match=r"a\.spacy.*tagma convert"):
        list(Corpus(tmp_path)(nlp))


def test_treebank_without_converting(treebank: Path, nlp: Language) -> None:
    """CoNLL-U, compressed, is read as it is: documents of `n_sents` sentences, with their tags."""
    path = treebank / "en_ewt-ud-dev.conllu.xz"
    examples = list(ConlluCorpus(path, n_sents=3, limit=4)(nlp))
    assert [len(list(example.reference.sents)) for example in examples] == [3] * 4
    assert all(token.tag_ and token.pos_ for example in examples for token in example.reference)
    sentences = list(ConlluCorpus(path, n_sents=3, limit=4, gold_preproc=True)(nlp))
    assert len(sentences) == 12


def test_treebank_in_a_folder(tmp_path: Path, nlp: Language) -> None:
    """Plain and compressed files are found by their endings, others are not read."""
    text = "1\tone\tone\tNUM\tCD\t_\t0\troot\t_\t_\n\n" * 11
    (tmp_path / "a.conllu").write_text(text)
    with gzip.open(tmp_path / "b.conllu.gz", "wt") as file:
        file.write(text)
    with lzma.open(tmp_path / "c.conllu.xz", "wt") as file:
        file.write(text)
    (tmp_path / "d.txt").write_text("no treebank")
    reader = registry.readers.get("tagma.ConlluCorpus.v1")(path=tmp_path)
    assert [len(example) for example in reader(nlp)] == [10, 1] * 3


def test_treebank_with_a_mistake(tmp_path: Path, nlp: Language) -> None:
    """The file of a line that cannot be read is named."""
    path = tmp_path / "a.conllu"
    path.write_text("1\tone\n\n")
    with pytest.raises(ValueError, match=r"a\.conllu.*Line 1"):
        list(ConlluCorpus(path)(nlp))


RAW = ["One two three", "One", "", "One two"]


def write_raw(folder: Path) -> None:
    """The same texts as lines and as records."""
    (folder / "a.txt").write_text("\r\n".join(RAW), encoding="utf8")
    srsly.write_jsonl(folder / "a.jsonl", [{"text": text, "meta": {"n": i}} for i, text in enumerate(RAW)])


@pytest.mark.parametrize(
    ("reader", "settings", "lengths"),
    [
        (PlainTextCorpus, {}, [3, 1, 2]),
        (PlainTextCorpus, {"min_length": 2}, [3, 2]),
        (PlainTextCorpus, {"max_length": 2}, [1, 2]),
        (JsonlCorpus, {}, [3, 1, 0, 2]),
        (JsonlCorpus, {"min_length": 1}, [3, 1, 2]),
        (JsonlCorpus, {"min_length": 1, "max_length": 3}, [1, 2]),
        (JsonlCorpus, {"min_length": 2, "limit": 1}, [3]),
    ],
)
def test_raw_text(tmp_path: Path, nlp: Language, reader: Any, settings: dict[str, int], lengths: list[int]) -> None:
    """Lengths are in tokens; the longest is included for lines, and not for records; the limit counts what is kept."""
    write_raw(tmp_path)
    examples = list(reader(tmp_path, **settings)(nlp))
    assert [len(example.reference) for example in examples] == lengths
    assert all(example.reference.text == example.predicted.text for example in examples)
    assert all(example.reference is not example.predicted for example in examples)


@pytest.mark.parametrize("record", [{"txt": "x"}, {"text": None}, {"text": ["x"]}, "text"])
def test_record_without_text(tmp_path: Path, nlp: Language, record: Any) -> None:
    """A record that has no text is named by file and number."""
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(each) for each in ({"text": "ok"}, record)))
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2.*text"):
        list(JsonlCorpus(tmp_path)(nlp))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("spacy.Corpus.v1", {"gold_preproc": False}),
        ("tagma.ConlluCorpus.v1", {}),
        ("spacy.JsonlCorpus.v1", {}),
        ("spacy.PlainTextCorpus.v1", {}),
    ],
)
@pytest.mark.parametrize("path", [None, ""])
def test_readers_need_a_path(name: str, settings: dict[str, Any], nlp: Language, path: str | None) -> None:
    """A path that was never set is E913; an empty one does not stand for the current folder."""
    with pytest.raises(ValueError, match="E913"):
        list(registry.readers.get(name)(path=path, **settings)(nlp))


def test_readers_pass_their_settings_on(path: Path, nlp: Language, treebank: Path) -> None:
    """What a config says to a reader arrives."""
    write_raw(path)

    def read(name: str, **settings: Any) -> list[int]:
        return [len(example.reference) for example in registry.readers.get(name)(**settings)(nlp)]

    def twice(nlp: Language, example: Example) -> Iterable[Example]:
        return [example, example]

    assert read("spacy.Corpus.v1", path=path, gold_preproc=False) == [12, 8, 2, 1]
    assert read("spacy.JsonlCorpus.v1", path=path) == [3, 1, 0, 2]
    assert read("spacy.PlainTextCorpus.v1", path=path) == [3, 1, 2]
    assert read("spacy.Corpus.v1", path=path, gold_preproc=True, max_length=6, limit=1) == [4, 2]
    assert read("spacy.Corpus.v1", path=path, gold_preproc=False, limit=1, augmenter=twice) == [12, 12]
    assert read("spacy.JsonlCorpus.v1", path=path, min_length=1, max_length=3, limit=1) == [1]
    assert read("spacy.PlainTextCorpus.v1", path=path, min_length=2, max_length=2) == [2]
    dev = treebank / "en_ewt-ud-dev.conllu.xz"
    assert len(read("tagma.ConlluCorpus.v1", path=dev, n_sents=2, limit=3, augmenter=twice)) == 6
    assert len(read("tagma.ConlluCorpus.v1", path=dev, n_sents=2, limit=3, gold_preproc=True)) == 6
    assert max(read("tagma.ConlluCorpus.v1", path=dev, n_sents=2, limit=9, max_length=20)) == 19


def test_labels(tmp_path: Path) -> None:
    """Labels are read from JSON; a missing file is an error only if it is required."""
    read: Callable[..., Any] = registry.readers.get("spacy.read_labels.v1")
    srsly.write_json(tmp_path / "tagger.json", ["A", "B"])
    assert read(tmp_path / "tagger.json", require=True) == ["A", "B"]
    assert read(str(tmp_path / "tagger.json")) == ["A", "B"]
    assert read(str(tmp_path / "none.json")) is None
    with pytest.raises(ValueError, match=r"none\.json"):
        read(tmp_path / "none.json", require=True)


def test_files_of_srsly(tmp_path: Path) -> None:
    """JSON, JSONL, YAML and msgpack give their content, through entry points of srsly itself."""
    value = {"a": [1, 2]}
    srsly.write_json(tmp_path / "a", value)
    assert registry.readers.get("srsly.read_json.v1")(tmp_path / "a") == value
    srsly.write_yaml(tmp_path / "b", value)
    assert registry.readers.get("srsly.read_yaml.v1")(tmp_path / "b") == value
    srsly.write_msgpack(tmp_path / "c", value)
    assert registry.readers.get("srsly.read_msgpack.v1")(tmp_path / "c", use_list=False) == {"a": (1, 2)}
    (tmp_path / "d").write_text('{"a": 1}\n{"a\n{"a": 2}\n')
    assert list(registry.readers.get("srsly.read_jsonl.v1")(tmp_path / "d", skip=True)) == [{"a": 1}, {"a": 2}]
    with pytest.raises(ValueError, match="Invalid JSON"):
        list(registry.readers.get("srsly.read_jsonl.v1")(tmp_path / "d"))


def test_plain_text_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    """A file may be larger than the memory: what comes first is there before the rest is read."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfwe row\n" + b"so it goes\n" * 20_000 + b"\xff\n")
    examples = PlainTextCorpus(path)(tagma.blank("xx"))
    assert next(examples).text == "we row"
    with pytest.raises(ValueError, match=r"\[E4010\].*a\.txt.*not UTF-8 text \(byte 0xff\)"):
        list(examples)


def test_share_read_and_left_out(tmp_path: Path) -> None:
    """A corpus of raw text knows how far it is read, and how many docs it left out in the last pass."""
    path = tmp_path / "raw.txt"
    path.write_text("one\none two\none two three\none two three four\n")
    corpus = PlainTextCorpus(path, min_length=2, max_length=3)
    nlp = tagma.blank("en")
    for _ in range(2):
        shares = [corpus.share_read() for _ in corpus(nlp)]
        assert shares == [0.5, 0.75]
        assert (corpus.too_short, corpus.too_long, corpus.share_read()) == (1, 1, 1.0)
    (tmp_path / "raw.jsonl").write_text("".join(json.dumps({"text": "one two"}) + "\n" for _ in range(10)))
    limited = JsonlCorpus(tmp_path / "raw.jsonl", limit=4)
    assert [limited.share_read() for _ in limited(nlp)] == [0.25, 0.5, 0.75, 1.0]
