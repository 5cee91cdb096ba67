"""Scores, against counts made by hand and against plain loops over tokens."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from typing import Any

import pytest

from tagma.gold.example import Example
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.scorer import PRFScore, ROCAUCScore, Scorer, attribute_key, get_ner_prf, score_parser
from tagma.scorer.cats import score_cats_v1
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the stock lexical attributes."""
    return Vocab(lex_attr_getters=dict(LEX_ATTRS))


def doc_of(vocab: Vocab, words: list[str], spaces: list[bool] | None = None, **annotation: Any) -> Doc:
    return Doc(vocab, words=words, spaces=spaces or [True] * len(words), **annotation)


def test_prf() -> None:
    """Precision, recall and F come from the three counts; len is their sum; scores add up."""
    score = PRFScore(tp=1, fp=1)
    score.score_set({1, 2}, {2, 3, 4})
    assert (score.tp, score.fp, score.fn, len(score)) == (2, 2, 2, 6)
    assert score.to_dict() == {"p": 0.5, "r": 0.5, "f": 0.5}
    assert len(score + score) == 12
    assert PRFScore().fscore == 0.0


def test_roc_area() -> None:
    """The area counts pairs in the right order, ties half; other than two gold values is refused."""
    area = ROCAUCScore()
    assert not area.is_binary()
    with pytest.raises(ValueError, match="E165"):
        _ = area.score
    for cand, gold in ((0.3, 1), (0.2, 0), (0.2, 1), (0.9, 0)):
        area.score_set(cand, gold)
    assert area.score == pytest.approx((1 + 0.5) / 4)


def test_nothing_observed_is_none(vocab: Vocab) -> None:
    """Without observations scores are None, not 0."""
    example = Example(doc_of(vocab, ["a"]), Doc(vocab, words=["a"]))
    assert Scorer.score_token_attr([example], "tag") == {"tag_acc": None}
    assert Scorer.score_tokenization([example])["token_acc"] is None
    assert Scorer.score_token_attr_per_feat([example], "morph", getter=attribute_key)["morph_micro_f"] is None
    assert Scorer.score_spans([example], "ents")["ents_f"] is None
    assert Scorer.score_deps([example], "dep")["dep_uas"] is None
    assert get_ner_prf([example])["ents_f"] is None
    assert Scorer.score_token_attr([], "tag") == {"tag_acc": None}


def test_tokenization(vocab: Vocab) -> None:
    """Accuracy is the share of predicted tokens with one partner; P, R, F count equal characters, not blanks."""
    predicted = doc_of(vocab, ["a", "bc", "d", "\n"], [True, False, True, False])
    reference = doc_of(vocab, ["a", "b", "cd", "\n"], [True, False, True, False])
    scores = Scorer.score_tokenization([Example(predicted, reference)])
    assert scores == pytest.approx({"token_acc": 2 / 3, "token_p": 1 / 3, "token_r": 1 / 3, "token_f": 1 / 3})


def test_token_attribute(vocab: Vocab) -> None:
    """Missing gold values do not count, misaligned gold tokens cost recall, white space is left out."""
    gold = doc_of(vocab, ["a", "b", "cd", "e", "\n"], tags=["A", "B", "C", "", "S"])
    right = doc_of(vocab, ["a", "b", "cd", "e", "\n"], tags=["A", "X", "C", "Z", "S"])
    # 2 of 3 predicted right; 2 of 4 gold found
    assert Scorer.score_token_attr([Example(right, gold)], "tag")["tag_acc"] == pytest.approx(2 * 2 / (3 + 4))
    joined = doc_of(vocab, ["a", "bcd", "e", "\n"], tags=["A", "X", "E", "S"])
    assert Scorer.score_token_attr([Example(joined, gold)], "tag")["tag_acc"] == pytest.approx(2 * 1 / (1 + 4))


def test_features(vocab: Vocab) -> None:
    """Each feature is counted by itself, under its name."""
    gold = doc_of(vocab, ["a", "b", "c"], morphs=["Case=Nom|Number=Sing", "Number=Plur", ""])
    guess = doc_of(vocab, ["a", "b", "c"], morphs=["Case=Acc|Number=Sing", "Number=Plur", "Case=Nom"])
    scores = Scorer.score_token_attr_per_feat([Example(guess, gold)], "morph", getter=attribute_key)
    assert scores["morph_micro_f"] == pytest.approx(2 / 3)
    assert scores["morph_per_feat"]["Number"] == {"p": 1.0, "r": 1.0, "f": 1.0}
    assert scores["morph_per_feat"]["Case"] == {"p": 0.0, "r": 0.0, "f": 0.0}


def random_examples(vocab: Vocab, seed: int) -> list[Example]:
    """Docs whose two sides are cut at different places, with random annotation."""
    rng = random.Random(seed)
    examples = []
    for _ in range(4):
        text = "".join(rng.choice("abc") for _ in range(20))
        docs = []
        for _ in range(2):
            cuts = sorted({0, 20, *(rng.randrange(20) for _ in range(9))})
            words = [text[start:end] for start, end in pairwise(cuts)]
            morphs = [rng.choice(["A=b", "A=c|B=d", "", "B=d"]) for _ in words]
            tags = [rng.choice(["A", "B", ""]) for _ in words]
            docs.append(doc_of(vocab, words, [False] * len(words), tags=tags, morphs=morphs))
        examples.append(Example(docs[0], docs[1] if rng.random() < 0.7 else docs[0].copy()))
    return examples


@pytest.mark.parametrize("seed", range(20))
def test_columns_score_as_loops(vocab: Vocab, seed: int) -> None:
    """The counts on columns equal those of sets of single tokens, for any alignment and any getter."""
    examples = random_examples(vocab, seed)
    tags, feats = PRFScore(), PRFScore()
    for example in examples:
        gold = {(t.i, t.tag_) for t in example.y if t.tag_}
        gold_feats = {(t.i, f) for t in example.y for f in str(t.morph).split("|") if f}
        found, found_feats = set(), set()
        for token in example.x:
            aligned = example.alignment.x2y[token.i]
            if len(aligned) != 1:
                continue
            partner = example.y[int(aligned[0])]
            if partner.tag_:
                found.add((partner.i, token.tag_))
            if str(partner.morph):
                found_feats |= {(partner.i, f) for f in str(token.morph).split("|") if f}
        tags.score_set(found, gold)
        feats.score_set(found_feats, gold_feats)
    assert Scorer.score_token_attr(examples, "tag")["tag_acc"] == pytest.approx(tags.fscore)
    assert Scorer.score_token_attr(examples, "tag_")["tag__acc"] == pytest.approx(tags.fscore)
    slow = Scorer.score_token_attr(examples, "tag", getter=lambda token, attr: token.tag_)
    assert slow["tag_acc"] == pytest.approx(tags.fscore)
    for getter in (attribute_key, lambda token, attr: token.morph.key):
        scores = Scorer.score_token_attr_per_feat(examples, "morph", getter=getter)
        assert scores["morph_micro_f"] == pytest.approx(feats.fscore)


def test_token_scores_are_fast(vocab: Vocab) -> None:
    """25 000 tokens are scored for tag, part of speech and features in less than 0.2 s."""
    words = [f"w{i % 997}" for i in range(250)]
    gold = doc_of(vocab, words, tags=["A", "B"] * 125, pos=["NOUN", "VERB"] * 125, morphs=["A=b|C=d", "A=c"] * 125)
    examples = [Example(gold.copy(), gold) for _ in range(100)]
    start = time.perf_counter()
    Scorer.score_token_attr(examples, "tag")
    Scorer.score_token_attr(examples, "pos")
    Scorer.score_token_attr(examples, "morph", getter=attribute_key)
    scores = Scorer.score_token_attr_per_feat(examples, "morph", getter=attribute_key)
    assert time.perf_counter() - start < 0.2
    assert scores["morph_micro_f"] == 1.0


def test_spans(vocab: Vocab) -> None:
    """Spans are equal if label and reference tokens are; docs without gold annotation are left out."""
    gold = doc_of(vocab, ["a", "b", "c", "d"])
    guess = doc_of(vocab, ["a", "b", "c", "d"])
    gold.ents = [Span(gold, 0, 2, label="X"), Span(gold, 3, 4, label="Y")]
    guess.ents = [Span(guess, 0, 2, label="X"), Span(guess, 2, 3, label="Z")]
    example = Example(guess, gold)
    scores = Scorer.score_spans([example], "ents")
    assert (scores["ents_p"], scores["ents_r"], scores["ents_f"]) == (0.5, 0.5, 0.5)
    assert {label: prf["f"] for label, prf in scores["ents_per_type"].items()} == {"X": 1.0, "Y": 0.0, "Z": 0.0}
    assert "ents_per_type" not in Scorer.score_spans([example], "ents", labeled=False)
    assert Scorer.score_spans([example], "ents", has_annotation=lambda doc: doc is guess)["ents_f"] is None
    assert get_ner_prf([example]) == scores


def test_entities_over_unknown_tokens(vocab: Vocab) -> None:
    """A predicted entity over tokens without gold annotation is neither right nor wrong."""
    gold, guess = doc_of(vocab, ["a", "b", "c"]), doc_of(vocab, ["a", "b", "c"])
    gold.set_ents([Span(gold, 0, 1, label="X")], missing=[gold[1:2]])
    guess.ents = [Span(guess, 0, 1, label="X"), Span(guess, 1, 2, label="X")]
    assert get_ner_prf([Example(guess, gold)])["ents_f"] == 1.0


def test_categories(vocab: Vocab) -> None:
    """Several labels: each by the threshold. One label: the best against the best."""
    examples = []
    for guess, right in (({"a": 0.9, "b": 0.1}, {"a": 1.0, "b": 0.0}), ({"a": 0.6, "b": 0.4}, {"a": 0.0, "b": 1.0})):
        examples.append(Example(doc_of(vocab, ["x"]), doc_of(vocab, ["x"])))
        examples[-1].predicted.cats, examples[-1].reference.cats = guess, right
    multi = Scorer.score_cats(examples, "cats", labels=["a", "b"])
    assert multi["cats_score_desc"] == "macro AUC"
    assert multi["cats_score"] == 1.0
    assert multi["cats_micro_p"] == 0.5
    assert multi["cats_f_per_type"]["b"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    single = Scorer.score_cats(examples, "cats", labels=["a", "b"], multi_label=False, positive_label="a")
    assert single["cats_score_desc"] == "F (a)"
    assert single["cats_score"] == pytest.approx(2 / 3)
    examples[0].predicted.cats = {}
    missed = Scorer.score_cats(examples, "cats", labels=["a", "b"], multi_label=False)
    assert (missed["cats_micro_p"], missed["cats_micro_r"]) == (0.0, 0.0)


def test_score_cats_of_old_pipelines(vocab: Vocab) -> None:
    """Version 1: the best label must reach the threshold, and labels that are in the docs alone count as well."""
    pairs = [({"a": 0.6, "b": 0.4}, {"a": 1.0}), ({"a": 0.9, "b": 0.1}, {"b": 1.0}), ({"c": 0.5}, {"c": 0.0})]
    examples = []
    for guess, right in pairs:
        examples.append(Example(Doc(vocab, words=["x"]), Doc(vocab, words=["x"])))
        examples[-1].predicted.cats, examples[-1].reference.cats = guess, right
    scores = score_cats_v1(examples, "cats", labels=["a", "b"], multi_label=False, threshold=0.8)
    assert list(scores["cats_f_per_type"]) == ["a", "b", "c"]
    assert (scores["cats_micro_p"], scores["cats_micro_r"]) == (0.0, 0.0)
    low = score_cats_v1(examples, "cats", labels=["a", "b"], multi_label=False)
    assert low["cats_f_per_type"]["a"] == {"p": 0.5, "r": 1.0, "f": pytest.approx(2 / 3)}
    assert low["cats_f_per_type"]["c"]["f"] == 1.0
    assert score_cats_v1(examples, "cats")["cats_f_per_type"] == {}
    multi = score_cats_v1(examples, "cats", labels=["a"], threshold=0.7)
    assert multi["cats_f_per_type"]["a"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    assert list(multi["cats_auc_per_type"]) == ["a", "b", "c"]


def test_links(vocab: Vocab) -> None:
    """Only entities of both sides count; an id for one that has none is a false positive."""
    gold, guess = doc_of(vocab, ["a", "b", "c"]), doc_of(vocab, ["a", "b", "c"])
    gold.ents = [Span(gold, i, i + 1, label="X", kb_id=kb) for i, kb in enumerate(["Q1", "NIL", "Q3"])]
    guess.ents = [Span(guess, i, i + 1, label="X", kb_id=kb) for i, kb in enumerate(["Q1", "Q2", "NIL"])]
    scores = Scorer.score_links([Example(guess, gold)], negative_labels=["NIL"])
    assert (scores["nel_micro_p"], scores["nel_micro_r"], scores["nel_score_desc"]) == (0.5, 0.5, "micro F")


def test_dependencies(vocab: Vocab) -> None:
    """Heads and labels; missing gold labels and ignored ones do not count, and do not leak into the next doc."""
    first = doc_of(vocab, ["a", "b"], heads=[0, 0], deps=["ROOT", ""])
    gold = doc_of(vocab, ["a", "b", "c"], heads=[1, 1, 1], deps=["x", "ROOT", "punct"])
    guess = doc_of(vocab, ["a", "b", "c"], heads=[1, 1, 0], deps=["y", "ROOT", "punct"])
    examples = [Example(first.copy(), first), Example(guess, gold)]
    scores = Scorer.score_deps(examples, "dep", getter=lambda token, attr: token.dep_, ignore_labels=["punct"])
    assert scores["dep_uas"] == 1.0
    assert scores["dep_las"] == pytest.approx(2 / 3)
    assert scores["dep_las_per_type"]["x"]["r"] == 0.0


def test_arcs_of_other_tokens(vocab: Vocab) -> None:
    """A token or head without one partner is wrong for both scores, and has no row; a repeated arc counts once."""
    gold = doc_of(vocab, ["ab", "c", "d", "e"], heads=[1, 1, 1, 2], deps=["x", "ROOT", "y", "z"])
    # "a" and "b" are both of "ab": the same arc; "de" is of two tokens, and so is the head of "c"
    guess = doc_of(
        vocab, ["a", "b", "c", "de"], [False, True, True, True], heads=[2, 2, 3, 3], deps=["x", "x", "ROOT", "w"]
    )
    scores = Scorer.score_deps([Example(guess, gold)], "dep", getter=lambda token, attr: token.dep_)
    # one right of three (a, c, de), one found of four
    assert scores["dep_uas"] == scores["dep_las"] == pytest.approx(2 * (1 / 3) * (1 / 4) / (1 / 3 + 1 / 4))
    assert list(scores["dep_las_per_type"]) == ["ROOT", "x", "y", "z"]
    assert scores["dep_las_per_type"]["x"] == {"p": 1.0, "r": 1.0, "f": 1.0}


def test_own_heads(vocab: Vocab) -> None:
    """Heads by a getter are those that are counted, in every doc of the batch."""
    gold = doc_of(vocab, ["a", "b", "c"], heads=[1, 1, 1], deps=["x", "ROOT", "y"])
    examples = [Example(gold.copy(), gold.copy()) for _ in range(2)]
    settings: dict[str, Any] = {"getter": lambda token, attr: token.dep_, "head_attr": "left"}

    def left(token: Any, attr: str) -> Any:
        assert attr == "left"
        return token.doc[0] if token.doc is examples[1].predicted else token.head

    scores = Scorer.score_deps(examples, "dep", head_getter=left, **settings)
    assert scores["dep_uas"] == pytest.approx(3 / 6)


def test_spans_that_overlap(vocab: Vocab) -> None:
    """Where spans may not overlap, the first wins, but white space is in no span's way; a lost label keeps its row."""
    words, spaces = ["a", "b", " ", "c"], [True, True, False, False]
    gold, guess = doc_of(vocab, words, spaces), doc_of(vocab, words, spaces)
    gold.spans["sc"] = [Span(gold, 0, 2, label="X"), Span(gold, 3, 4, label="X")]
    guess.spans["sc"] = [Span(guess, 0, 2, label="X"), Span(guess, 1, 2, label="Z")]
    guess.spans["sc"] += [Span(guess, 2, 3, label="X"), Span(guess, 2, 4, label="X")]

    def group(doc: Doc, key: str) -> Any:
        return doc.spans[key]

    apart = Scorer.score_spans([Example(guess, gold)], "sc", getter=group)
    assert (apart["sc_p"], apart["sc_r"]) == (pytest.approx(2 / 3), 1.0)
    assert apart["sc_per_type"]["Z"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    overlapping = Scorer.score_spans([Example(guess, gold)], "sc", getter=group, allow_overlap=True)
    assert (overlapping["sc_p"], overlapping["sc_r"]) == (0.25, 0.5)


def test_white_space_of_a_bare_vocabulary() -> None:
    """White space is known by its text, whether or not the vocabulary has lexical attributes."""
    gold = Doc(Vocab(), words=["a", "\n"], spaces=[False, False], tags=["A", "S"])
    guess = Doc(gold.vocab, words=["a", "\n"], spaces=[False, False], tags=["A", "B"])
    assert Scorer.score_tokenization([Example(guess, gold)])["token_p"] == 1.0
    # the white space counts as a gold token that was not found
    assert Scorer.score_token_attr([Example(guess, gold)], "tag")["tag_acc"] == pytest.approx(2 / 3)


def test_parses_and_entities_are_scored_fast(vocab: Vocab) -> None:
    """25 000 tokens with trees, sentences and entities are scored in less than half a second."""
    size = 250
    heads = [i // 10 * 10 for i in range(size)]
    deps = ["ROOT" if i % 10 == 0 else f"d{i % 7}" for i in range(size)]
    ents = ["B-X" if i % 5 == 0 else "O" for i in range(size)]
    gold = doc_of(vocab, [f"w{i}" for i in range(size)], heads=heads, deps=deps, ents=ents)
    examples = [Example(gold.copy(), gold) for _ in range(100)]
    start = time.process_time()
    parses, entities = score_parser(examples), get_ner_prf(examples)
    assert time.process_time() - start < 0.5
    assert (parses["sents_f"], parses["dep_las"], entities["ents_f"]) == (1.0, 1.0, 1.0)


class _Part:
    def __init__(self, **scores: float) -> None:
        self.scores = scores

    def score(self, examples: Any, **kwargs: Any) -> dict[str, Any]:
        return {**self.scores, **kwargs}


class _Pipeline:
    tokenizer = _Part(token_acc=1.0)
    pipeline = (("one", _Part(x=1.0)), ("two", _Part(x=2.0)), ("silent", object()))


def test_scores_of_all_components() -> None:
    """Scores are merged, the later component winning, or kept apart by component; settings are passed on."""
    scorer = Scorer(_Pipeline(), beam=3)  # type: ignore[arg-type]
    assert scorer.score([]) == {"token_acc": 1.0, "x": 2.0, "beam": 3}
    assert scorer.score([], per_component=True) == {
        "tokenizer": {"token_acc": 1.0, "beam": 3},
        "one": {"x": 1.0, "beam": 3},
        "two": {"x": 2.0, "beam": 3},
    }


def test_scorer_alone(vocab: Vocab) -> None:
    """Without a pipeline all that can be annotated is scored, under the component that would annotate it."""
    words, heads = ["They", "sleep", "."], [1, 1, 1]
    gold = Doc(vocab, words=words, heads=heads, deps=["nsubj", "ROOT", "punct"], ents=["B-PER", "O", "O"])
    found = Doc(vocab, words=words, heads=heads, deps=["dobj", "ROOT", "nsubj"], ents=["B-PER", "B-PER", "O"])
    scorer = Scorer()
    scores = scorer.score([Example(found, gold)])
    assert (scores["ents_p"], scores["ents_r"]) == (0.5, 1.0)
    assert scores["dep_uas"] == pytest.approx(0.8)  # the wrong label makes a counted arc of the punctuation
    assert scores["dep_las_per_type"]["root"]["f"] == 1.0
    assert (scores["sents_f"], scores["tag_acc"], scores["cats_score"]) == (1.0, None, 0.0)
    parts = scorer.score([Example(found, gold)], per_component=True)
    assert list(parts) == ["tokenizer", "senter", "tagger", "morphologizer", "parser", "ner", "textcat"]


def test_unknown_default_language() -> None:
    """The codes that there are stand in the error."""
    with pytest.raises(ImportError, match=r"\[E048\].*'zzz'.*en.*xx"):
        Scorer(default_lang="zzz")
