"""parser: sentences, crossing arcs, labels, parts of tokens, confidence, long texts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma import testing
from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tb_parser_model
from tagma.nn import Adam, Model
from tagma.pipeline import DependencyParser
from tagma.tokens import Doc
from tagma.tokens.columns import write
from tagma.vocab import Vocab

WORDS = ["Ann", "sleeps", ".", "She", "dreams", "of", "boats", "."]
PARSE = {
    "heads": [1, 1, 1, 4, 4, 6, 4, 4],
    "deps": ["nsubj", "ROOT", "punct", "nsubj", "ROOT", "case", "obl", "punct"],
}
# "boats" hangs on "saw" across "yesterday", which hangs on "went"
CROSSING = {
    "words": ["We", "saw", "yesterday", "boats", "went"],
    "heads": [1, 4, 4, 1, 4],
    "deps": ["nsubj", "ccomp", "advmod", "obj", "ROOT"],
}


def network() -> Model[Any, Any]:
    """A small network."""
    cnn = build_hash_embed_cnn_tok2vec(
        width=16,
        depth=1,
        embed_size=200,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )
    return build_tb_parser_model(
        cnn, "parser", extra_state_tokens=False, hidden_width=16, maxout_pieces=2, use_upper=True
    )


def learned(vocab: Vocab, examples: list[Example], **settings: Any) -> DependencyParser:
    """A parser that knows the examples by heart."""
    pipe = testing.initialized(
        lambda vocab: DependencyParser(vocab, network(), **{"min_action_freq": 0, **settings}), examples
    )
    testing.check_learns(pipe, examples, steps=80)
    assert isinstance(pipe, DependencyParser)
    return pipe


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """Two sentences in one text."""
    return [Example.from_dict(Doc(vocab, words=WORDS), {"words": WORDS, **PARSE})]


@pytest.fixture
def parser(vocab: Vocab, examples: list[Example]) -> DependencyParser:
    """A parser that knows them."""
    return learned(vocab, examples)


def test_sentences_follow_from_the_parse(parser: DependencyParser, vocab: Vocab) -> None:
    """Trees are sentences; the parse is written with heads and labels."""
    doc = parser(Doc(vocab, words=WORDS))
    assert [sent.text for sent in doc.sents] == ["Ann sleeps .", "She dreams of boats ."]
    assert [token.head.i for token in doc] == PARSE["heads"]
    assert [token.dep_ for token in doc] == PARSE["deps"]
    assert doc.has_annotation("DEP")
    assert doc.has_annotation("SENT_START")


def test_given_sentence_starts_are_kept(parser: DependencyParser, vocab: Vocab) -> None:
    """A start that is given stays, no arc crosses it; where none may be, none is made."""
    starts = [True, False, False, False, False, True, False, False]
    doc = Doc(vocab, words=WORDS, sent_starts=starts)
    assert [token.is_sent_start for token in parser(doc)] == starts
    assert [sent.text for sent in doc.sents] == ["Ann sleeps . She dreams", "of boats ."]
    assert all(token.head in token.sent for token in doc)
    one = Doc(vocab, words=WORDS, sent_starts=[True] + [False] * 7)
    assert len(list(parser(one).sents)) == 1


def test_labels(parser: DependencyParser) -> None:
    """Labels are sorted, with the one that stands in for rare ones; a decorated label counts as its second part."""
    assert parser.labels == ("ROOT", "case", "dep", "nsubj", "obl", "punct")
    parser.add_label("obj||ccomp")
    assert parser.labels == ("ROOT", "case", "ccomp", "dep", "nsubj", "obl", "punct")


def test_rare_labels_are_dep(vocab: Vocab, examples: list[Example]) -> None:
    """Labels that occur less than `min_action_freq` times are trained as "dep"."""
    pipe = learned(vocab, examples, min_action_freq=2)
    doc = pipe(Doc(vocab, words=WORDS))
    assert [token.dep_ for token in doc] == ["nsubj", "ROOT", "punct", "nsubj", "ROOT", "dep", "dep", "punct"]
    assert [token.head.i for token in doc] == PARSE["heads"]


def test_crossing_arcs_are_learned(vocab: Vocab) -> None:
    """Arcs that cross are lifted for training and put back after parsing, and no lifted label remains."""
    examples = [Example.from_dict(Doc(vocab, words=CROSSING["words"]), dict(CROSSING))]
    pipe = learned(vocab, examples)
    assert any("||" in name for name in pipe.move_names)
    doc = pipe(Doc(vocab, words=CROSSING["words"]))
    assert [token.head.i for token in doc] == CROSSING["heads"]
    assert [token.dep_ for token in doc] == CROSSING["deps"]
    assert len(list(doc.sents)) == 1


@pytest.mark.parametrize("way", ["initialize", "update"])
def test_cycles_are_told(parser: DependencyParser, vocab: Vocab, way: str) -> None:
    """A reference whose heads form a cycle is refused, with its first words and the tokens."""
    doc = Doc(vocab, words=["Bad", "trees", "grow"], heads=[1, 1, 1], deps=["amod", "ROOT", "dep"])
    write([doc], "head", np.array([1, -1, 0]))
    bad = [Example(Doc(vocab, words=["Bad", "trees", "grow"]), doc)]
    learn = {"update": lambda: parser.update(bad), "initialize": lambda: parser.initialize(lambda: bad)}[way]
    with pytest.raises(ValueError, match=r"E4058.*'Bad trees grow'.*E4052.*\[0, 1\]"):
        learn()


def test_learn_tokens(vocab: Vocab) -> None:
    """Parts of a token get the next part as head and the label "subtok"; they stay tokens, and a warning says so."""
    reference = Doc(
        vocab,
        words=["I", "cannot", "go"],
        spaces=[True, True, False],
        heads=[2, 2, 2],
        deps=["nsubj", "aux", "ROOT"],
    )
    cut: dict[str, Any] = {"words": ["I", "can", "not", "go"], "spaces": [True, False, True, False]}
    examples = [Example(Doc(vocab, **cut), reference)]
    with pytest.warns(UserWarning, match="W4015"):
        pipe = DependencyParser(vocab, network(), learn_tokens=True, min_action_freq=0)
    pipe.initialize(lambda: examples)
    assert "L-subtok" in pipe.move_names
    sgd = Adam(0.02)
    for _ in range(80):
        pipe.update([Example(Doc(vocab, **cut), reference)], sgd=sgd)
    doc = pipe(Doc(vocab, **cut))
    assert [(token.text, token.dep_, token.head.i) for token in doc] == [
        ("I", "nsubj", 3),
        ("can", "subtok", 2),
        ("not", "aux", 3),
        ("go", "ROOT", 3),
    ]
    again = DependencyParser(vocab, network()).from_bytes(pipe.to_bytes())
    loss = again.update([Example(Doc(vocab, **cut), reference)])["parser"]  # the setting is loaded, too
    assert loss == pytest.approx(pipe.update([Example(Doc(vocab, **cut), reference)])["parser"], abs=0.1)
    # without the setting, each part is trained with the head and label of the whole
    plain = learned(vocab, examples)
    assert [token.dep_ for token in plain(Doc(vocab, **cut))] == ["nsubj", "aux", "aux", "ROOT"]


def test_confidence(parser: DependencyParser, vocab: Vocab, examples: list[Example]) -> None:
    """With `scores` each token has a confidence; what was learnt by heart is sure, what was never seen is not."""
    plain = parser(Doc(vocab, words=WORDS))
    assert "dep_score" not in plain.user_data
    parser.cfg["scores"] = True
    docs = list(parser.pipe([Doc(vocab, words=WORDS), Doc(vocab), Doc(vocab, words=["boats", "Ann", "of", "of"])]))
    known, empty, new = (doc.user_data["dep_score"] for doc in docs)
    assert (known.dtype, known.shape, empty.shape, new.shape) == (np.float32, (8,), (0,), (4,))
    assert known.min() > 0.8
    assert known.max() <= 1
    assert 0 < new.min() < known.min()
    for doc, expected in zip(docs, parser.scores(docs), strict=True):
        np.testing.assert_allclose(doc.user_data["dep_score"], expected, rtol=1e-5)
    fresh = testing.initialized(lambda vocab: DependencyParser(vocab, network(), min_action_freq=0), examples)
    assert isinstance(fresh, DependencyParser)
    assert fresh.scores([Doc(vocab, words=WORDS)])[0].max() < 0.6


def test_confidence_of_chances(parser: DependencyParser, vocab: Vocab) -> None:
    """The confidence is the product, over the moves, of what each says of the token, as counted here by hand."""
    model = parser.model
    upper = model.get_ref("upper")
    upper.set_param("W", upper.get_param("W") * 0.2)  # less sure
    doc = Doc(vocab, words=WORDS)
    weights = {name: model.get_ref("lower").get_param(name) for name in ("W", "b", "pad")}
    vectors = np.asarray(model.predict([doc]).tokvecs)
    actions = np.array([action for action, _ in parser.moves.moves])
    state, expected = parser.moves.init_state(doc), np.ones(len(doc))
    while not state.is_final():
        hidden = weights["b"].copy()
        for feature, token in enumerate(state.features(8)):
            W = weights["W"][feature]
            hidden = hidden + (weights["pad"][0, feature] if token < 0 else W @ vectors[token])
        scores = np.where(state.valid(), hidden.max(axis=1) @ upper.get_param("W").T + upper.get_param("b"), -np.inf)
        p = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
        move = int(scores.argmax())
        top, after = (state.stack or [None])[-1], (state.buffer or [None])[0]
        if top is not None and actions[move] != 4:
            is_root = state.arrays()["heads"][top] < 0
            decides = actions[move] == 2 or (actions[move] == 1 and is_root)
            expected[top] *= p[move] if decides else 1 - p[actions == 2].sum()
        if after is not None and actions[move] != 4:
            expected[after] *= p[move] if actions[move] == 3 else 1 - p[actions == 3].sum()
        state.apply(move)
    found = parser.scores([Doc(vocab, words=WORDS)])[0]
    assert found.min() < 0.9
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.peer
def test_spacy_reads_confident_pipelines(peer_python: str, tmp_path: Path, examples: list[Example]) -> None:
    """spaCy loads a pipeline with `scores`, and the docs that it annotated."""
    nlp = tagma.blank("en")
    small = {"tok2vec": {"width": 16, "depth": 1, "embed_size": 100}, "hidden_width": 16}
    nlp.add_pipe("parser", config={"scores": True, "save_activations": True, "model": small, "min_action_freq": 0})
    nlp.initialize(lambda: examples)
    doc = nlp("Ann sleeps. She dreams of boats.")
    nlp.to_disk(tmp_path / "nlp")
    (tmp_path / "doc").write_bytes(doc.to_bytes())
    code = (
        "import json, sys, spacy; from spacy.tokens import Doc; nlp = spacy.load(sys.argv[1]);"
        "doc = Doc(nlp.vocab).from_bytes(open(sys.argv[2], 'rb').read());"
        "again = nlp(doc.text);"
        "print(json.dumps([[t.head.i for t in again], [t.head.i for t in doc], doc.user_data['dep_score'].tolist()]))"
    )
    command = [peer_python, "-c", code, str(tmp_path / "nlp"), str(tmp_path / "doc")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr[-2000:]
    predicted, read, scores = json.loads(process.stdout)
    assert predicted == read == [token.head.i for token in doc]
    assert scores == doc.user_data["dep_score"].tolist()


@pytest.mark.parametrize("n_words", [100_000])
def test_one_text_without_end(parser: DependencyParser, vocab: Vocab, n_words: int) -> None:
    """A doc of 100,000 words is parsed, its last words like its first."""
    words = [WORDS[i % len(WORDS)] for i in range(n_words)]
    doc = parser(Doc(vocab, words=words))
    heads = doc.to_array(["HEAD"]).view(np.int64).reshape(-1, len(WORDS))
    assert (heads[1:-1] == heads[1]).mean() > 0.99
    assert len(list(doc.sents)) > n_words // 8
