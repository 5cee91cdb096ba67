"""Other formats as Docs and JSON (converters/, gold_io.py). The expected values are what spaCy 3.8.18 gives."""

import hashlib
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.tokens import Doc
from tagma.training import Example, docs_to_json, read_json_file
from tagma.training.converters import (
    conll2012_to_docs,
    conll_ner_to_docs,
    conllu_to_docs,
    iob_to_docs,
    json_to_docs,
)
from tagma.training.converters.conll2012 import guess_head
from tagma.vocab import Vocab

EWT = Path(__file__).parents[2] / "data" / "ewt"
CONLLU = """\
# text = I didn't go.
1\tI\tI\tPRON\tPRP\tCase=Nom\t4\tnsubj\t_\tNE=B-PER
2-3\tdidn't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
2\tdid\tdo\tAUX\tVBD\tB=b,a|A=x\t4\taux\t_\t_
3\tn't\tnot\tPART\tRB\tA=c\t4\tadvmod\t_\t_
3.1\tghost\t_\t_\t_\t_\t_\t_\t_\t_
4\tgo\tgo\tVERB\t_\t_\t0\troot\t_\tname=I-LOC|SpaceAfter=No
5\t.\t_\tPUNCT\t.\t_\t4\tpunct\t_\tSpaceAfter=No

1\tLake\tLake\tPROPN\tNNP\t_\t3\tcompound\t_\tname=B-LOC
2\tComo\tComo\tPROPN\tNNP\t_\t3\tcompound\t_\tname=I-LOC
3-5\tvamosx\t_\t_\t_\t_\t_\t_\t_\t_
3\tva\tir\tVERB\tV\tA=1\t0\troot\t_\tname=O
4\tmo\tmo\tPRON\tP\tA=2\t3\tobj\t_\tname=B-ORG
5\tsx\tsx\tX\tX\tB=3\t4\tobj\t_\tname=I-ORG
"""
COREFERENCE = """\
#begin document (news); part 000
news 0 0 The DT (TOP* - - - - (PERSON* (0
news 0 1 captain NN * - - - - * -
news 0 2 of IN * - - - - * -
news 0 3 Lisbon NNP * - - - - *) (1)|0)
news 0 4 slept VBD *) - - - - * -

news 0 0 He PRP * - - - - * (0)
news 0 1 saw VBD * - - - - * -
news 0 2 his PRP$ * - - - - * (2|(0)
news 0 3 ship NN * - - - - * 2)

#end document
#begin document (news); part 001
news 1 0 Lisbon NNP * - - - - (GPE) (7)
news 1 1 is VBZ * - - - - * -
news 1 2 there RB * - - - - * (7)

#end document
"""
NER = """\
-DOCSTART- -X- O O

She PRP O
painted VBD O
Lake NNP I-LOC
Como NNP I-LOC

Otto NNP O
slept VBD O

-DOCSTART- -X- O O

You B-PER
"""


def ents(doc: Doc) -> list[tuple[int, int, str]]:
    return [(ent.start, ent.end, ent.label_) for ent in doc.ents]


def test_words_and_their_annotation() -> None:
    """Every column of CoNLL-U becomes the token's annotation, sentences are tied by their trees and by spaces."""
    [doc] = conllu_to_docs(CONLLU)
    assert doc.text == "I didn'tgo. Lake Como vamosx "
    assert [t.tag_ for t in doc] == ["PRP", "VBD", "RB", "VERB", ".", "NNP", "NNP", "V", "P", "X"]
    assert [t.pos_ for t in doc][:5] == ["PRON", "AUX", "PART", "VERB", "PUNCT"]
    assert [str(t.morph) for t in doc][:4] == ["Case=Nom", "A=x|B=a,b", "A=c", ""]
    assert [t.lemma_ for t in doc][:5] == ["I", "do", "not", "go", "_"]
    assert [t.head.i for t in doc] == [3, 3, 3, 3, 3, 7, 7, 7, 7, 8]
    assert [t.dep_ for t in doc][:5] == ["nsubj", "aux", "advmod", "ROOT", "punct"]
    assert [sent.start for sent in doc.sents] == [0, 5]
    assert ents(doc) == [(0, 1, "PER"), (3, 4, "LOC"), (5, 7, "LOC"), (8, 10, "ORG")]
    assert not doc.has_unknown_spaces


def test_merged_words() -> None:
    """A multiword token has its surface form, joined lemmas and tags, all features, and the place of its root."""
    [doc] = conllu_to_docs(CONLLU, merge_subtokens=True, append_morphology=True)
    assert [t.text for t in doc] == ["I", "didn't", "go", ".", "Lake", "Como", "vamosx"]
    assert [t.tag_ for t in doc][1] == "VBD_RB__A=c,x|B=a,b"
    assert [t.tag_ for t in doc][6] == "V_P_X__A=1,2|B=3"
    assert [t.lemma_ for t in doc][6] == "ir mo sx"
    assert (doc[1].pos_, doc[1].dep_, str(doc[1].morph)) == ("AUX", "aux", "A=c,x|B=a,b")
    assert [t.head.i for t in doc] == [2, 2, 2, 2, 6, 6, 6]
    assert ents(doc) == [(0, 1, "PER"), (2, 3, "LOC"), (4, 6, "LOC")]


def test_entity_labels_are_mapped_or_dropped() -> None:
    """`ner_map` renames labels; an empty name drops the entity."""
    [doc] = conllu_to_docs(CONLLU, ner_map={"PER": "PERSON", "LOC": ""})
    assert ents(doc) == [(0, 1, "PERSON"), (8, 10, "ORG")]


@pytest.mark.parametrize(("n_sents", "sizes"), [(1, [5, 5]), (2, [10]), (0, [10])])
def test_sentences_in_a_doc(n_sents: int, sizes: list[int]) -> None:
    """Docs hold n_sents sentences, with 0 all of them."""
    assert [len(doc) for doc in conllu_to_docs(CONLLU, n_sents=n_sents)] == sizes


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n\n"])
def test_no_sentences_no_docs(text: str) -> None:
    """Input without a sentence gives no Doc."""
    assert list(conllu_to_docs(text)) == []
    assert list(iob_to_docs("" if text.startswith("#") else text)) == []
    assert list(conll_ner_to_docs("" if text.startswith("#") else text)) == []


def test_windows_line_ends() -> None:
    """Lines may end in CR LF."""
    [unix], [windows] = conllu_to_docs(CONLLU), conllu_to_docs(CONLLU.replace("\n", "\r\n"))
    assert unix.to_bytes() == windows.to_bytes()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1\ta\ta", "Line 2 .*3 columns instead of 10"),
        ("x\ta\ta\tX\tX\t_\t0\troot\t_\t_", "Line 2 .*the ID 'x'"),
        ("1\ta\ta\tX\tX\t_\t7\tdep\t_\t_", "Line 2 .*the HEAD '7' is no word of the sentence"),
        ("1\ta\ta\tFOO\tX\t_\t0\troot\t_\t_", "Line 2 .*'FOO' is no part of speech"),
        (
            "1\ta\ta\tX\tX\t_\t3\tdep\t_\t_\n2\tb\tb\tX\tX\t_\t0\troot\t_\t_\n3\tc\tc\tX\tX\t_\t1\tdep\t_\t_",
            r"Line 2 .*the HEADs form a cycle \(1 → 3 → 1\)",
        ),
        ("1-3\ta\ta\tX\tX\t_\t0\troot\t_\t_", "Line 2 .*the ID '1-3' is no range"),
    ],
)
def test_malformed_conllu(line: str, reason: str) -> None:
    """A line that is not CoNLL-U is refused with its number and the reason."""
    with pytest.raises(ValueError, match=reason):
        list(conllu_to_docs("# comment\n" + line + "\n"))


@pytest.mark.parametrize("n_sents", [1, 10])
def test_sentences_without_a_parse(n_sents: int) -> None:
    """A "_" as HEAD and DEPREL is no parse; the sentences are those of the file, not one a word."""
    lines = [f"{i}\t{word}\t_\t_\tT\t_\t_\t_\t_\t_" for i, word in enumerate("abc", 1)]
    text = "\n".join([*lines, "", *lines, ""])
    docs = list(conllu_to_docs(text, n_sents=n_sents))
    assert not any(doc.has_annotation("DEP") for doc in docs)
    assert [len(sent) for doc in docs for sent in doc.sents] == [3, 3]
    assert [token.tag_ for token in docs[0]][:3] == ["T", "T", "T"]


def test_sentences_with_and_without_a_parse() -> None:
    """In one Doc, a sentence with a tree, one with a part of a tree and one without keep their borders."""
    tree = "1\ta\t_\t_\t_\t_\t2\tdep\t_\t_\n2\tb\t_\t_\t_\t_\t0\troot\t_\t_\n\n"
    part = "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n2\tb\t_\t_\t_\t_\t1\tdep\t_\t_\n\n"
    none = "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n2\tb\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    [doc] = conllu_to_docs(tree + part + none)
    assert [sent.start for sent in doc.sents] == [0, 2, 4]
    assert [token.dep_ for token in doc] == ["dep", "ROOT", "", "dep", "", ""]
    assert [token.head.i for token in doc] == [1, 1, 2, 2, 4, 5]


@pytest.mark.parametrize(
    ("settings", "n_docs", "digest"),
    [
        ({"n_sents": 1}, 2001, "1ddf89dcc9eef1d178762848e07a2242"),
        ({"n_sents": 10}, 201, "e6fb3bc0cde5070eb50449c1726ab9f1"),
        ({"n_sents": 10, "merge_subtokens": True, "append_morphology": True}, 201, "79aabcd9c316c025f3739262dd52cb5f"),
    ],
)
def test_treebank_as_the_peer_reads_it(settings: dict[str, Any], n_docs: int, digest: str) -> None:
    """All annotation of EWT dev is that of spaCy's converter, column by column."""
    with lzma.open(EWT / "en_ewt-ud-dev.conllu.xz", "rt", encoding="utf8") as file:
        docs = list(conllu_to_docs(file.read(), **settings))
    attrs = ["ORTH", "SPACY", "TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "ENT_IOB", "SENT_START"]
    md5 = hashlib.md5(usedforsecurity=False)
    for doc in docs:
        md5.update(doc.to_array(attrs).tobytes())
    assert (len(docs), md5.hexdigest()) == (n_docs, digest)


def test_vocabulary_may_be_given() -> None:
    """The Docs share the given vocabulary."""
    vocab = Vocab()
    assert all(doc.vocab is vocab for doc in conllu_to_docs(CONLLU, n_sents=1, vocab=vocab))


def test_token_per_line() -> None:
    """Documents and sentences as the data has them; the second of three columns is the tag; spaces are unknown."""
    first, second = conll_ner_to_docs(NER, no_print=True)
    assert [t.text for t in first] == ["She", "painted", "Lake", "Como", "Otto", "slept"]
    assert [t.tag_ for t in first] == ["PRP", "VBD", "NNP", "NNP", "NNP", "VBD"]
    assert [sent.start for sent in first.sents] == [0, 4]
    assert ents(first) == [(2, 4, "LOC")]
    assert (second[0].tag_, ents(second)) == ("-", [(0, 1, "PER")])
    assert first.has_unknown_spaces


def test_sentences_are_looked_for() -> None:
    """Without blank lines sentences end at punctuation if asked for, and are grouped."""
    text = "She PRP O\npainted VBD O\n. . O\nOtto NNP B-PER\nslept VBD O\n"
    assert [len(doc) for doc in conll_ner_to_docs(text, n_sents=1, seg_sents=True, no_print=True)] == [3, 2]
    [together] = conll_ner_to_docs(text, n_sents=10, seg_sents=True, no_print=True)
    assert [sent.start for sent in together.sents] == [0, 3]
    [one] = conll_ner_to_docs(text, n_sents=10, no_print=True)
    assert [sent.start for sent in one.sents] == [0]


def test_settings_that_do_not_fit_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """What the data has is kept, and said so unless no_print is set."""
    list(conll_ner_to_docs(NER, seg_sents=True, no_print=True))
    assert not caplog.records
    list(conll_ner_to_docs(NER, seg_sents=True))
    assert [record.message.split("(")[0] for record in caplog.records] == [
        "The data has sentences ",
        "The data has documents ",
    ]


def test_sentence_per_line() -> None:
    """word|ENTITY and word|TAG|ENTITY; blank lines are nothing; 0 keeps all sentences together."""
    text = "We|O saw|O Lake|B-LOC Como|I-LOC\n\nx|NN|O y|NN|I-X\nz|NN|O\n"
    [doc, last] = iob_to_docs(text, n_sents=2)
    assert [t.tag_ for t in doc] == ["-", "-", "-", "-", "NN", "NN"]
    assert ents(doc) == [(2, 4, "LOC"), (5, 6, "X")]
    assert [sent.start for sent in doc.sents] == [0, 4]
    assert [t.text for t in last] == ["z"]
    assert len(list(iob_to_docs(text, n_sents=0))) == 1


def test_malformed_entity_lines() -> None:
    """A line that is not in the format is refused with its number and text."""
    with pytest.raises(ValueError, match=r"\[E903\] Line 2 .*'word'"):
        list(conll_ner_to_docs("I O\nword\n"))
    with pytest.raises(ValueError, match=r"\[E902\] Line 2 .*'word'"):
        list(iob_to_docs("I|O\nword\n"))
    with pytest.raises(ValueError, match=r"\[E902\] Line 1 .*'\|O'"):
        list(iob_to_docs("I|O |O\n"))


@pytest.mark.parametrize("tag", ["B-", "X", "_", "Q-PER", "PER", "B_PER", "o", "SpaceAfter=No"])
def test_ill_formed_entity_tags(tag: str) -> None:
    """What is neither IOB nor BILUO is refused with its line, also between good tags."""
    with pytest.raises(ValueError, match=rf"E177\].*'{tag}' in line 3;"):
        list(iob_to_docs(f"I|O\n\na|B-X b|{tag}\n"))
    with pytest.raises(ValueError, match=rf"E177\].*'{tag}' in line 3;"):
        list(conll_ner_to_docs(f"I O\n\na NN {tag}\nb NN O\n"))


@pytest.mark.parametrize(("tag", "code"), [("X", "E068"), ("I-X", "E067")])
def test_ill_formed_entity_tags_in_json(tag: str, code: str) -> None:
    """JSON has no lines: the paragraph is named, by number and words."""
    tokens = [{"orth": "a", "ner": "O"}, {"orth": "b", "ner": tag}]
    with pytest.raises(ValueError, match=rf"E4041\].*paragraph 1 \('a b'\).*{code}.*'{tag}'"):
        list(json_to_docs([{"paragraphs": [{"sentences": []}, {"sentences": [{"tokens": tokens}]}]}]))


def test_treebanks_are_no_entity_tags() -> None:
    """CoNLL-U is not read as a token per line: it is refused by name, wherever its first word stands."""
    with pytest.raises(ValueError, match=r"E4053\] This is CoNLL-U \(line 2: '1\\tI.*--converter conllu"):
        list(conll_ner_to_docs(CONLLU, no_print=True))
    [doc] = conll_ner_to_docs("1\ta\tb\tc\td\te\tf\tg\th\tB-X\n", no_print=True)
    assert ents(doc) == [(0, 1, "X")]


def documents() -> list[dict[str, Any]]:
    tokens = [
        {"id": 0, "orth": "We", "tag": "PRP", "head": 1, "dep": "nsubj", "ner": "O", "space": " "},
        {"id": 1, "orth": "left", "tag": "VBD", "head": 0, "dep": "root", "ner": "O", "space": " "},
        {"id": 2, "orth": "Oslo", "tag": "NNP", "head": -1, "dep": "dobj", "ner": "U-GPE", "space": ""},
    ]
    stop = [{"id": 3, "orth": ".", "tag": ".", "head": 0, "dep": "ROOT", "ner": "-", "space": ""}]
    sentences = [{"tokens": tokens, "brackets": []}, {"tokens": stop, "brackets": []}]
    first = {"raw": "We left Oslo.", "cats": [{"label": "x", "value": 0.5}], "sentences": sentences}
    first["links"] = [{"(8, 12)": {"Q585": 1.0}}]
    second = {"raw": "A  b", "sentences": [{"tokens": [{"orth": "A"}, {"orth": "b"}]}]}
    return [{"id": 3, "paragraphs": [first, second]}]


def test_json_becomes_docs() -> None:
    """One Doc for each paragraph, with all annotation; given as text, bytes or object."""
    data = documents()
    for given in (data, json.dumps(data), json.dumps(data).encode()):
        doc, plain = json_to_docs(given)
        assert doc.text == "We left Oslo."
        assert [t.head.i for t in doc] == [1, 1, 1, 3]
        assert [t.dep_ for t in doc] == ["nsubj", "ROOT", "dobj", "ROOT"]
        assert [sent.start for sent in doc.sents] == [0, 3]
        assert [(e.text, e.label_, e.kb_id_) for e in doc.ents] == [("Oslo", "GPE", "Q585")]
        assert doc.cats == {"x": 0.5}
        assert [bool(t.whitespace_) for t in plain] == [True, False]


def test_json_round_trip() -> None:
    """What docs_to_json writes is JSON, and reading it gives the same annotation."""
    doc = next(iter(json_to_docs(documents())))
    written = docs_to_json(doc, doc_id=7)
    assert written["id"] == 7
    [again] = json_to_docs(json.dumps([written]))
    attrs = ["ORTH", "SPACY", "TAG", "HEAD", "DEP", "ENT_TYPE", "ENT_KB_ID", "SENT_START"]
    assert again.to_array(attrs).tolist() == doc.to_array(attrs).tolist()
    assert again.cats == doc.cats
    assert docs_to_json([doc], ner_missing_tag="-")["paragraphs"][0]["sentences"][0]["tokens"][0]["ner"] == "-"
    found = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
    assert found
    assert written["paragraphs"][0]["entities"] == found


def test_json_leaves_out_what_is_unknown() -> None:
    """A Doc without annotation has tokens with text and space only; without sentences it is refused."""
    doc = Doc(Vocab(), words=["a", "b"], sent_starts=[True, False])
    [paragraph] = docs_to_json(doc)["paragraphs"]
    assert paragraph["raw"] is None
    assert paragraph["sentences"][0]["tokens"][1] == {"id": 1, "orth": "b", "space": " "}
    with pytest.raises(ValueError, match="E030"):
        docs_to_json(Doc(Vocab(), words=["a", "b"]))


def test_json_files(tmp_path: Path) -> None:
    """Files and folders of them are read as annotation dicts, up to the limit, of the wanted documents."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.json").write_text(json.dumps(documents()))
    (tmp_path / "deep" / "b.json").write_text(json.dumps(documents()))
    assert [d["token_annotation"]["words"][0] for d in read_json_file(tmp_path)] == ["We", "A", "We", "A"]
    assert len(list(read_json_file(tmp_path, limit=3))) == 3
    assert list(read_json_file(tmp_path, docs_filter=lambda document: document["id"] != 3)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "list of documents"),
        ('[{"id": 1}]', "document 0"),
        ('[{"paragraphs": [{"sentences": [{"tokens": [{}]}]}]}]', "paragraph 0 of document 0.*orth"),
        ("[", r"the file .*a\.json"),
    ],
)
def test_json_of_another_shape(tmp_path: Path, text: str, reason: str) -> None:
    """Other JSON, and what is not JSON, is refused with the place."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=reason):
        list(read_json_file(tmp_path / "a.json"))


def test_clusters_of_mentions() -> None:
    """Documents with sentences, tags and entities; mentions by cluster, with heads; those that are alone in a group."""
    first, second = conll2012_to_docs(COREFERENCE)
    assert [sent.text for sent in first.sents] == ["The captain of Lisbon slept", "He saw his ship"]
    assert [token.tag_ for token in second] == ["NNP", "VBZ", "RB"]
    assert [(ent.text, ent.label_) for ent in first.ents] == [("The captain of Lisbon", "PERSON")]
    assert [(ent.text, ent.label_) for ent in second.ents] == [("Lisbon", "GPE")]
    texts = {key: [span.text for span in group] for key, group in first.spans.items()}
    assert texts == {
        "coref_clusters_1": ["The captain of Lisbon", "He", "his"],
        "coref_head_clusters_1": ["captain", "He", "his"],
        "coref_singletons": ["Lisbon", "his ship"],
    }
    assert list(second.spans) == ["coref_clusters_1", "coref_head_clusters_1"]


def test_layout_of_litbank() -> None:
    """Tabs, "_" for what is unknown, an empty last column, and a last document without an end."""
    lines = ["a\t0\t0\tShe\t_\t_\t_\t_\t_\t_\t_\t_\t(0)", "a\t0\t1\tslept\t_\t_\t_\t_\t_\t_\t_\t_\t"]
    [doc] = conll2012_to_docs("#begin document (a); part 0\n" + "\n".join([*lines, lines[0]]))
    assert [token.text for token in doc] == ["She", "slept", "She"]
    assert [(span.start, span.end) for span in doc.spans["coref_clusters_1"]] == [(0, 1), (2, 3)]
    assert not doc.has_annotation("TAG")


@pytest.mark.parametrize(
    ("mention", "head"),
    [
        ("she", "she"),
        ("the old captain", "captain"),
        ("the captain of the ship", "captain"),
        ("my sister 's", "sister"),
        ("my brother , prompted by Rose", "brother"),
        ("the King who reigns", "King"),
        ("``", "``"),
    ],
)
def test_heads_that_are_guessed(mention: str, head: str) -> None:
    """The last word before a phrase or clause begins."""
    words = mention.split()
    assert words[guess_head(words)] == head


def test_heads_of_a_parser(tmp_path: Path) -> None:
    """With a pipeline, roots of its trees are heads; one without a parser is an error."""
    tagma.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(ValueError, match=r"E4480.*\[\]"):
        list(conll2012_to_docs(COREFERENCE, model=str(tmp_path / "blank")))
    nlp = tagma.blank("en")
    nlp.add_pipe("parser")
    words = ["He", "sees", "ships"]
    example = Example.from_dict(
        Doc(nlp.vocab, words=words), {"words": words, "heads": [1, 1, 1], "deps": ["a", "ROOT", "a"]}
    )
    nlp.initialize(lambda: [example])
    nlp.to_disk(tmp_path / "parser")
    first, _ = conll2012_to_docs(COREFERENCE, model=str(tmp_path / "parser"))
    parsed = nlp(Doc(nlp.vocab, words=[token.text for token in first]))
    for mention, head in zip(first.spans["coref_clusters_1"], first.spans["coref_head_clusters_1"], strict=True):
        assert head.start == parsed[mention.start : mention.end].root.i


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("a 0 0 She", "E4478", "Line 2 has 4 columns"),
        ("a 0 0 She - (x)", "E4479", "Line 2: '(x)' is no mention"),
        ("a 0 0 She - 7)", "E4479", "no mention of this cluster is open"),
        ("a 0 0 She - (7", "E4479", "not closed before the document ends in line 4"),
    ],
)
def test_malformed_mentions(line: str, code: str, told: str) -> None:
    """Line, value and reason."""
    with pytest.raises(ValueError, match=code) as caught:
        list(conll2012_to_docs(f"#begin document (a)\n{line}\n\n#end document\n"))
    assert told in str(caught.value)
