"""DocBin: the `.spacy` format, both ways."""

import json
import pickle
import random
import zlib
from pathlib import Path
from typing import Any

import pytest
import srsly

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc, DocBin, Span
from tagma.tokens._serialize import merge_bins
from tagma.vocab import Vocab

DATA = Path(__file__).parent.parent / "data" / "docs"
ATTRS = [
    "ORTH",
    "NORM",
    "TAG",
    "HEAD",
    "DEP",
    "ENT_IOB",
    "ENT_TYPE",
    "ENT_KB_ID",
    "ENT_ID",
    "LEMMA",
    "MORPH",
    "POS",
    "SENT_START",
    "SPACY",
]


def described(doc: Doc) -> dict[str, Any]:
    """A Doc in the form of tests/data/docs/peer.json."""
    return {
        "text": doc.text,
        "arr": doc.to_array(ATTRS).tolist(),
        "cats": doc.cats,
        "ud": {str(key): value for key, value in doc.user_data.items()},
        "unk": bool(doc.has_unknown_spaces),
        "spans": {k: [[s.start, s.end, s.label_, s.kb_id_, s.id_] for s in g] for k, g in doc.spans.items()},
        "ents": [[e.text, e.label_] for e in doc.ents],
        "norms": [token.norm_ for token in doc],
        "json": doc.to_json(),
    }


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the getters that all languages share."""
    return Vocab(dict(LEX_ATTRS))


@pytest.fixture
def peer() -> DocBin:
    """The bin that spaCy wrote."""
    return DocBin().from_disk(DATA / "peer.spacy")


def test_a_bin_of_the_peer_is_read(peer: DocBin, vocab: Vocab) -> None:
    """Every annotation, group, category, norm and user data of spaCy's bin arrives."""
    found = json.loads(json.dumps([described(doc) for doc in peer.get_docs(vocab)]))
    assert found == json.loads((DATA / "peer.json").read_text())


def test_what_we_write_has_the_peers_content(peer: DocBin, vocab: Vocab) -> None:
    """Docs read from spaCy's bin are written with the same keys and values, key by key."""
    ours = DocBin(store_user_data=True, docs=peer.get_docs(vocab))
    written = srsly.msgpack_loads(zlib.decompress(ours.to_bytes()))
    theirs = srsly.msgpack_loads(zlib.decompress((DATA / "peer.spacy").read_bytes()))
    assert list(written) == list(theirs)
    for key in theirs:
        assert written[key] == theirs[key], key


def test_words_of_a_new_vocabulary(vocab: Vocab) -> None:
    """A bin brings its strings along: reading needs nothing of the vocabulary that wrote it."""
    docs = [Doc(Vocab(dict(LEX_ATTRS)), words=["unheard", "words"], tags=["A", "B"])]
    (doc,) = DocBin().from_bytes(DocBin(docs=docs).to_bytes()).get_docs(vocab)
    assert [(t.text, t.tag_, t.lower_) for t in doc] == [("unheard", "A", "unheard"), ("words", "B", "words")]


def test_random_docs_round_trip(vocab: Vocab) -> None:
    """Thousands of tokens with many norms and labels survive, in order, over more than one chunk of reading."""
    rng = random.Random(0)
    docs = []
    for _ in range(1200):
        n = rng.randint(0, 6)
        words = [f"w{rng.randint(0, 50)}" for _ in range(n)]
        doc = Doc(
            vocab, words=words, spaces=[rng.random() < 0.5 for _ in range(n)], tags=[rng.choice("AB") for _ in words]
        )
        for token in doc:
            if rng.random() < 0.2:
                token.norm_ = rng.choice(["x", "y"])
        docs.append(doc)
    new = list(DocBin().from_bytes(DocBin(docs=docs).to_bytes()).get_docs(Vocab(dict(LEX_ATTRS))))
    assert [described(doc) for doc in new] == [described(doc) for doc in docs]


def test_attrs_are_normalised(vocab: Vocab) -> None:
    """ORTH comes first, the others by id, SPACY never; only the asked ones are kept; unknown ones are E983."""
    doc = Doc(vocab, words=["a"], tags=["T"], lemmas=["l"])
    doc_bin = DocBin(attrs=["LEMMA", "SPACY"], docs=[doc])
    assert doc_bin.attrs == [65, 73]
    (read,) = doc_bin.get_docs(vocab)
    assert (read[0].lemma_, read[0].tag_) == ("l", "")
    with pytest.raises(KeyError, match=r"E983.*LEMA.*did you mean.*LEMMA"):
        DocBin(attrs=["LEMA"])
    with pytest.raises(KeyError, match="E983"):
        DocBin(attrs=["NOPE"])


def test_merge(vocab: Vocab) -> None:
    """Merging appends; other attributes or another user data setting are E166."""
    first, second = DocBin(docs=[Doc(vocab, words=["a"])]), DocBin(docs=[Doc(vocab, words=["b"])])
    first.merge(second)
    assert [doc[0].text for doc in first.get_docs(vocab)] == ["a", "b"]
    assert len(DocBin().from_bytes(merge_bins([first.to_bytes(), second.to_bytes()]) or b"")) == 3
    assert merge_bins([]) is None
    for other in (DocBin(attrs=["TAG"]), DocBin(store_user_data=True)):
        with pytest.raises(ValueError, match="E166"):
            first.merge(other)


def test_empty_bin_and_pickle(vocab: Vocab) -> None:
    """A bin without Docs, and a pickled one, can be read."""
    assert list(DocBin().from_bytes(DocBin().to_bytes()).get_docs(vocab)) == []
    doc_bin = DocBin(docs=[Doc(vocab, words=["a"])])
    assert [doc.text for doc in pickle.loads(pickle.dumps(doc_bin)).get_docs(vocab)] == ["a "]


def test_older_files_without_some_keys(peer: DocBin, vocab: Vocab) -> None:
    """Files without flags, span groups and user data are read."""
    message = srsly.msgpack_loads(zlib.decompress((DATA / "peer.spacy").read_bytes()))
    for key in ("flags", "span_groups", "user_data"):
        del message[key]
    docs = list(DocBin().from_bytes(zlib.compress(srsly.msgpack_dumps(message))).get_docs(vocab))
    assert [len(doc) for doc in docs] == [len(doc) for doc in peer.get_docs(vocab)]


def test_what_is_no_bin(vocab: Vocab) -> None:
    """Bytes that are not compressed are E1014, bytes that unpack to something else E4010."""
    with pytest.raises(ValueError, match="E1014"):
        DocBin().from_bytes(b'[{"id": 0}]')
    for other in (b"", srsly.msgpack_dumps([1]), srsly.msgpack_dumps({}), srsly.msgpack_dumps({"attrs": [65]})):
        with pytest.raises(ValueError, match="E4010"):
            DocBin().from_bytes(zlib.compress(other))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("attrs", [64, 65]),
        ("attrs", ["ORTH"]),
        ("lengths", b"\xff\xff\xff\x7f"),
        ("lengths", b"\xff\xff\xff\xff"),
        ("lengths", b"\x01"),
        ("tokens", b""),
        ("spaces", b"\x01"),
        ("strings", [1]),
        ("cats", [{}]),
    ],
)
def test_lengths_are_not_trusted(key: str, value: object) -> None:
    """A bin whose parts contradict each other is refused before anything is allocated for it."""
    message = srsly.msgpack_loads(zlib.decompress((DATA / "peer.spacy").read_bytes()))
    message[key] = value
    with pytest.raises(ValueError, match="E4010"):
        DocBin().from_bytes(zlib.compress(srsly.msgpack_dumps(message)))


def test_random_token_values_never_crash(vocab: Vocab) -> None:
    """Random numbers for tokens give errors with a code, or Docs that can be read."""
    rng = random.Random(0)
    message = srsly.msgpack_loads(zlib.decompress((DATA / "peer.spacy").read_bytes()))
    size = len(message["tokens"]) // 8
    for _ in range(200):
        data = bytearray(message["tokens"])
        at = rng.randrange(size) * 8
        data[at : at + 8] = rng.randbytes(8) if rng.random() < 0.5 else rng.randrange(10).to_bytes(8, "little")
        altered = zlib.compress(srsly.msgpack_dumps({**message, "tokens": bytes(data)}))
        try:
            for doc in DocBin().from_bytes(altered).get_docs(vocab):
                assert doc.text is not None
                list(doc.ents)
        except (ValueError, KeyError):
            continue


def test_spans_of_the_bin_belong_to_their_docs(vocab: Vocab) -> None:
    """Groups that were read belong to the new Doc and may share names over Docs."""
    docs = [Doc(vocab, words=["a", "b"]) for _ in range(2)]
    for doc in docs:
        doc.spans["g"] = [Span(doc, 0, 2, label="L")]
    read = list(DocBin(docs=docs).get_docs(vocab))
    assert all(doc.spans["g"].doc is doc and doc.spans["g"][0].label_ == "L" for doc in read)


def test_only_docs_are_added() -> None:
    """Anything else is E4027, and changes nothing."""
    binary = DocBin()
    with pytest.raises(TypeError, match=r"E4027.*DocBin\.add takes a Doc.*'x' \(str\)"):
        binary.add("x")  # type: ignore[arg-type]
    assert len(binary) == 0


def test_little_that_unpacks_to_much() -> None:
    """Data that no bin is packed from is refused before it is unpacked; many equal docs are not such data."""
    with pytest.raises(ValueError, match=r"\[E4010\].*over 400 times"):
        DocBin().from_bytes(zlib.compress(bytes(200 * 2**20)))
    doc = Doc(Vocab(), words=["x"])
    data = DocBin(docs=[doc] * 300_000).to_bytes()
    assert len(data) > 2**16
    assert len(DocBin().from_bytes(data)) == 300_000
    with pytest.raises(ValueError, match="E1014"):
        DocBin().from_bytes(data[:-10])


def test_words_that_the_strings_lack() -> None:
    """A bin whose strings do not have its words is E4010."""
    doc_bin = DocBin(docs=[Doc(Vocab(), words=["owl"])])
    doc_bin.strings.clear()
    with pytest.raises(ValueError, match=r"\[E4010\].*E018"):
        list(doc_bin.get_docs(Vocab()))
