"""tagma debug data (debug_data.py, _data_counts.py, _data_checks.py): each kind of problem in a corpus made for it."""

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.cli import debug_data
from tagma.cli._data_checks import (
    FAIL,
    GOOD,
    INFO,
    WARN,
    Facts,
    Finding,
    category_findings,
    cluster_findings,
    corpus_findings,
    entity_findings,
    entropy,
    link_findings,
    sentence_findings,
    tag_findings,
    tree_findings,
    word_findings,
)
from tagma.cli._data_counts import Clusters, Part, count_part, located, nearest
from tagma.gold.example import Example
from tagma.tokens import Doc, DocBin, Span
from tagma.training import Corpus
from tagma.vectors import BaseVectors, Vectors

from .conftest import Tagma

NLP = tagma.blank("en")
EVERYTHING = ("ORTH", "SPACY", "TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE", "SENT_START")


def doc_of(text: str, spaces: list[bool] | None = None, **annotation: Any) -> Doc:
    words = text.split(" ")
    return Doc(NLP.vocab, words=words, spaces=spaces or [True] * (len(words) - 1) + [False], **annotation)


def counted(docs: Iterable[Doc], seen: Part | None = None) -> Part:
    """A corpus of these docs, whose texts are tokenized anew."""
    examples = [Example(NLP.make_doc(doc.text), doc) for doc in docs]
    return count_part([(f"c.spacy, document {i}", example) for i, example in enumerate(examples, 1)], NLP, seen)


def titles(findings: Iterable[Finding], kind: str) -> list[str]:
    return [finding.title for finding in findings if finding.kind == kind]


def entities(*docs: Doc, dev: Iterable[Doc] = (), labels: tuple[str, ...] = ()) -> list[Finding]:
    train, other = counted(docs), counted(dev)
    return list(entity_findings(train.entities, other.entities, (train.docs, other.docs), Facts("ner", labels)))


def the(findings: list[Finding], words: str) -> Finding:
    """The one finding whose title has these words."""
    found = [finding for finding in findings if words in finding.title]
    assert len(found) == 1, [finding.title for finding in findings]
    return found[0]


def places(finding: Finding) -> list[str]:
    assert finding.places is not None
    assert finding.places.count == len(finding.places.first)
    return finding.places.first


# --- the whole corpus -------------------------------------------------------------------------------------------------


def test_texts_of_both_corpora() -> None:
    """Evaluation docs with the text of a training doc are named."""
    train = counted([doc_of("It rains ."), doc_of("It snows .")])
    dev = counted([doc_of("It snows ."), doc_of("It hails .")], seen=train)
    finding = the(list(corpus_findings(train, dev, resumed=False)), "with a text that is in the training data")
    assert (finding.kind, places(finding)) == (WARN, ["c.spacy, document 1: 'It snows .'"])
    apart = list(corpus_findings(train, counted([doc_of("It hails .")], seen=train), resumed=False))
    assert the(apart, "No text is in both").kind == GOOD


@pytest.mark.parametrize(
    ("size", "resumed", "kind"),
    [
        (99, False, FAIL),
        (100, False, WARN),
        (1999, False, WARN),
        (2000, False, None),
        (99, True, WARN),
        (100, True, None),
    ],
)
def test_few_docs(size: int, resumed: bool, kind: str | None) -> None:
    """Fewer than 100 docs are too few, fewer than 2000 are few for a new pipeline."""
    found = [f for f in corpus_findings(Part(docs=size), Part(docs=5), resumed) if "few" in f.title.lower()]
    assert [finding.kind for finding in found] == ([kind] if kind else [])


def test_empty_corpora() -> None:
    """A corpus without docs must be mended."""
    found = titles(corpus_findings(Part(), Part(), resumed=False), FAIL)
    assert found[:2] == ["There are no training docs", "There are no evaluation docs"]


def test_misaligned_tokens() -> None:
    """A token that is annotated as two is named with its place; white space is not."""
    doc = doc_of("They use F - 16 . \n", [True, True, False, False, False, True, False])
    part = counted([doc])
    finding = the(list(word_findings(part, Part(), NLP)), "misaligned")
    assert finding.title == "1 misaligned token in the training data"
    assert places(finding) == ["c.spacy, document 1, characters 9–13: the token 'F-16' is annotated as 'F' '-' '16'"]


def test_vectors() -> None:
    """Words without a vector are counted, the most frequent shown."""
    nlp = tagma.blank("en")
    nlp.vocab.set_vector("rain", np.ones(3, dtype="float32"))
    docs = [Doc(nlp.vocab, words=["rain", "snow", "snow", "hail"])]
    part = count_part([("a", Example(doc, doc)) for doc in docs], nlp)
    found = list(word_findings(part, Part(), nlp))
    assert the(found, "without a vector").title == "3 words in the training data without a vector (75%)"
    assert the(found, "Most common of them").title == "Most common of them: 'snow' (2), 'hail' (1)"
    assert "3 wide" in the(found, "vectors (").title


def test_vectors_of_any_word() -> None:
    """Where there is a vector for every word, none is counted; the sizes of pieces are shown, or the class."""

    class Own(BaseVectors):
        """A vector of three numbers for each word."""

        shape = (1, 3)

    table = np.ones((4, 3), dtype="float32")
    for vectors, title in (
        (
            Vectors(data=table, mode="floret", minn=2, maxn=5),
            "4 floret vectors for pieces of 2 to 5 characters, 3 wide",
        ),
        (Own(), "Vectors of the class Own, 3 wide"),
    ):
        nlp = tagma.blank("en")
        nlp.vocab.vectors = vectors
        doc = Doc(nlp.vocab, words=["rain", "snow"])
        part = count_part([("a", Example(doc, doc))], nlp)
        assert not part.without_vector
        assert the(list(word_findings(part, Part(), nlp)), " wide").title == title


# --- entities ---------------------------------------------------------------------------------------------------------


def ents(doc: Doc, *spans: tuple[int, int, str]) -> Doc:
    doc.set_ents([Span(doc, start, end, label=label) for start, end, label in spans])
    return doc


def test_entity_off_the_token_borders() -> None:
    """An entity that begins within a token is named with the nearest span of whole tokens."""
    doc = ents(doc_of("The F 16s fly", [True, False, True, False]), (2, 3, "JET"))
    finding = the(entities(doc), "do not fall on token borders")
    assert finding.kind == WARN
    [place] = places(finding)
    assert place == "c.spacy, document 1, characters 5–8: '16s' (JET); nearest valid: characters 4–8: 'F16s'"


def test_nearest_span_may_be_the_shorter_one() -> None:
    """Of the spans of whole tokens within and around an entity, the one with fewer other characters is nearest."""
    doc = doc_of("New Yorkers")
    gold = Doc(NLP.vocab, words=["New", "Y", "orkers"], spaces=[True, False, False])
    assert nearest(doc, gold[0:2]) == (0, 3)
    assert nearest(doc, Doc(NLP.vocab, words=["New", "Yorker", "s"], spaces=[True, False, False])[0:2]) == (0, 11)
    assert nearest(doc, Doc(NLP.vocab, words=["New", "Yo", "rk", "ers"], spaces=[True, False, False, False])[2:3]) == (
        4,
        11,
    )


def test_entities_and_white_space() -> None:
    """White space at the borders of an entity, or alone, must be mended; the place without it is told."""
    bordered = Doc(NLP.vocab, words=["In", "\n", "Rome", "."], spaces=[False, False, False, False])
    finding = the(entities(ents(bordered, (1, 3, "GPE"))), "begin or end in white space")
    assert finding.kind == FAIL
    assert places(finding) == [
        "c.spacy, document 1, characters 2–7: '\\nRome' (GPE); nearest valid: characters 3–7: 'Rome'"
    ]
    alone = the(entities(ents(bordered, (1, 2, "GPE"))), "Entities that are white space in the training")
    assert (alone.kind, len(places(alone))) == (FAIL, 1)
    clean = titles(entities(ents(bordered, (2, 3, "GPE"))), GOOD)
    assert "No entity is, or is bordered by, white space in the training data" in clean


def test_entities_of_punctuation() -> None:
    """Punctuation alone is asked about; a currency sign or a letter beside it is none."""
    doc = ents(doc_of("Look ! $ - - U.S."), (1, 2, "X"), (2, 3, "X"), (3, 5, "X"), (5, 6, "X"))
    finding = the(entities(doc), "that are punctuation")
    assert finding.kind == WARN
    assert [place.split(": ")[1] for place in places(finding)] == ["'!' (X)", "'- -' (X)"]


def test_entities_across_sentences() -> None:
    """An entity with a sentence boundary in it is named; one at a boundary is not."""
    doc = doc_of("He met Ann . Bob left .", sent_starts=[True, False, False, False, True, False, False])
    finding = the(entities(ents(doc, (2, 5, "PER"), (5, 7, "X"))), "across sentence boundaries in the training")
    assert (finding.kind, places(finding)) == (WARN, ["c.spacy, document 1, characters 7–16: 'Ann . Bob' (PER)"])
    fine = titles(entities(ents(doc, (2, 3, "PER"), (4, 5, "PER"))), GOOD)
    assert "No entity crosses a sentence boundary in the training data" in fine


def test_entities_without_label_and_broken_tags() -> None:
    """An empty label, and a tag I that follows nothing, must be mended; the other docs are counted nevertheless."""
    unlabeled = doc_of("Ann left")
    unlabeled.column("ent_iob")[:] = [3, 2]
    broken = doc_of("Bob left", ents=["O", "O"])
    broken.column("ent_iob")[:] = [2, 1]
    found = entities(unlabeled, broken, ents(doc_of("Eve left"), (0, 1, "PER")))
    assert places(the(found, "without a label")) == ["c.spacy, document 1, characters 0–3: 'Ann' (no label)"]
    [place] = places(the(found, "malformed entity tags"))
    assert place.startswith("c.spacy, document 2: [E093]")
    assert the(found, "on 1 entities").title == "1 label on 1 entities"
    assert {the(found, "without a label").kind, the(found, "malformed").kind} == {FAIL}


def test_labels_of_entities() -> None:
    """Few examples, labels in one corpus only, labels in every doc, unknown tokens."""
    docs = [ents(doc_of("Ann saw Rome"), (0, 1, "PER"), (2, 3, "GPE")) for _ in range(51)]
    docs.append(ents(doc_of("Bob left"), (0, 1, "PER")))
    docs[0].set_ents([], missing=[docs[0][0:2]], default="unmodified")
    found = entities(*docs, dev=[ents(doc_of("Ann ran ACME"), (0, 1, "PER"), (2, 3, "ORG"))], labels=("PER", "LAW"))
    assert "More than 50 examples of each label" in titles(found, GOOD)
    assert the(found, "missing values").title.startswith("2 missing values")
    assert the(found, "evaluation data only").title == "Labels that are in the evaluation data only: 'ORG'"
    assert "'LAW'" in the(found, "Labels of the model that are not").title
    assert "There are training docs without each label" in titles(found, GOOD)
    few = entities(*docs[-3:])
    assert the(few, "Few examples").title == "Few examples (50 or fewer) of 2 labels: 'GPE' (2), 'PER' (3)"
    assert the(few, "No training doc is without").title == "No training doc is without 'PER'"


# --- tags, sentences, trees -------------------------------------------------------------------------------------------


def test_tags() -> None:
    """Missing annotation, tokens without a tag, labels that occur once or in the evaluation data only."""
    train = counted([doc_of("a b c", tags=["A", "A", ""]), doc_of("a b", tags=["B", "A"]), doc_of("a")])
    dev = counted([doc_of("a", tags=["C"])])
    found = list(tag_findings(train.tags, dev.tags, (train.docs, dev.docs), Facts("tagger", ("A", "B", "D"))))
    assert the(found, "Training docs without tags").title == "Training docs without tags: 1 of 3"
    assert the(found, "without a value").title.startswith("1 token without a value")
    assert the(found, "with one example").title == "1 label with one example: 'B'"
    assert the(found, "evaluation data only").title.endswith("'C'")
    assert the(found, "of the model").title.endswith("'D'")
    assert the(found, "entropy").title.startswith(f"{entropy(Counter(A=3, B=1)):.4f}")


def test_entropy() -> None:
    """Equally frequent labels have 1, a single one 0."""
    assert entropy(Counter(a=5, b=5, c=5)) == pytest.approx(1.0)
    assert entropy(Counter(a=5)) == 0.0
    assert entropy(Counter(a=3, b=1)) == pytest.approx(0.75 * np.log2(4 / 3) + 0.25 * 2)


def test_no_annotation_at_all() -> None:
    """A component that has nothing to learn from must be mended; one that cannot be scored is warned of."""
    bare = counted([doc_of("a b")])
    facts = Facts("tagger")
    for findings in (
        tag_findings(bare.tags, bare.tags, (1, 1), facts),
        entity_findings(bare.entities, bare.entities, (1, 1), facts),
        sentence_findings(bare.sentences, bare.sentences, (1, 1), facts),
        tree_findings(bare.trees, bare.trees, bare.sentences, (1, 1), 2, facts),
    ):
        found = list(findings)
        failed = [finding for finding in found if finding.kind == FAIL]
        assert [finding.title.startswith("No training doc has ") for finding in failed] == [True]
        assert "'tagger' has nothing to learn from" in failed[0].detail
        assert "cannot be scored" in the(found, "No evaluation doc has").detail


def test_features() -> None:
    """The labels of a morphologizer are features with the part of speech, in normal form."""
    train = counted([doc_of("a b", morphs=["Number=Sing|Case=Nom", ""], pos=["NOUN", ""])])
    assert train.morphs.counts == {"Case=Nom|Number=Sing|POS=NOUN": 1}
    assert train.morphs.unknown == 1


def test_sentences() -> None:
    """Docs of one sentence teach no boundaries, and make the score too good."""
    one = counted([doc_of("a b", sent_starts=[True, False])])
    two = counted([doc_of("a b", sent_starts=[True, True])])
    found = list(sentence_findings(one.sentences, one.sentences, (1, 1), Facts("senter")))
    assert the(found, "Training docs of one sentence").kind == WARN
    assert the(found, "All evaluation docs have one sentence").kind == WARN
    assert not titles(sentence_findings(two.sentences, two.sentences, (1, 1), Facts("senter")), WARN)


def trees(*docs: Doc, dev: Iterable[Doc] = (), min_action_freq: int = 30) -> list[Finding]:
    train, other = counted(docs), counted(dev)
    facts = Facts("parser", (), min_action_freq)
    counts = (train.docs, other.docs)
    return list(tree_findings(train.trees, other.trees, train.sentences, counts, train.words, facts))


def crossing(dep: str = "mod") -> Doc:
    """The arc from c to a crosses the root b."""
    return doc_of("a b c d", heads=[2, 1, 1, 1], deps=[dep, "ROOT", "obj", "punct"])


def test_crossing_arcs() -> None:
    """Trees with crossing arcs are counted; labels that are only lifted, and those lifted seldom, are named."""
    plain = doc_of("e f", heads=[1, 1], deps=["mod", "ROOT"])
    found = trees(crossing(), plain, crossing("obl"))
    assert (
        the(found, "non-projective trees in the training").title
        == "2 non-projective trees in the training data (66.7%)"
    )
    assert (
        the(found, "labels in the training data,").title == "5 labels in the training data, 6 in its projective trees"
    )
    assert the(found, "Only on arcs that cross").title == "Only on arcs that cross others: 'obl'"
    lifted = the(found, "of lifted arcs")
    assert lifted.title == "2 labels of lifted arcs with 20 examples or fewer, of: 'mod', 'obl'"
    assert places(lifted) == [
        f"c.spacy, document {i}, characters 0–5: the arc from 'c' to 'a' crosses others" for i in (1, 3)
    ]


def test_cycles() -> None:
    """Heads that lead round in a circle must be mended."""
    doc = doc_of("a b c", heads=[1, 1, 1], deps=["x", "ROOT", "y"])
    doc.column("head")[:2] = [1, -1]
    finding = the(trees(doc), "heads in a circle")
    assert (finding.kind, places(finding)) == (FAIL, ["c.spacy, document 1, characters 0–3: 'a' → 'b' → 'a'"])


def test_labels_of_trees() -> None:
    """Rare labels, labels of one corpus only, several labels of roots, docs of one sentence."""
    docs = [doc_of("a b", heads=[1, 1], deps=["x", "ROOT"]) for _ in range(25)]
    docs += [doc_of("a b", heads=[1, 1], deps=["y", "dep"])]
    found = trees(*docs, dev=[doc_of("a b", heads=[1, 1], deps=["z", "ROOT"])], min_action_freq=5)
    few = the(found, "Few examples")
    assert few.title == "Few examples (20 or fewer) of 2 labels: 'dep' (1), 'y' (1)"
    assert "fewer than 5 (min_action_freq)" in few.detail
    assert the(found, "evaluation data only").title.endswith(": 'z'")
    assert the(found, "training data only").title.endswith(": 'dep', 'x', 'y'")
    assert the(found, "Several labels of roots").title.endswith("'ROOT' (25), 'dep' (1)")
    assert the(found, "sentences in a training doc").kind == WARN
    assert "min_action_freq" not in the(trees(*docs, min_action_freq=0), "Few examples").detail


def test_tokens_without_a_head() -> None:
    """A token without a label has no head: it crosses nothing, is in no circle, and is counted as unknown."""
    doc = doc_of("a b c d", heads=[2, 1, 1, 1], deps=["", "ROOT", "obj", "punct"])
    part = counted([doc])
    assert (part.trees.crossing.count, part.trees.labels.unknown, part.trees.labels.counts.total()) == (0, 1, 3)


# --- the command ------------------------------------------------------------------------------------------------------


def test_docs_are_not_kept(tmp_path: Path) -> None:
    """While a corpus is counted, at most two of its docs are alive."""
    DocBin(docs=[doc_of(f"w{i} F - 16", [True, False, False, False]) for i in range(40)]).to_disk(tmp_path / "c.spacy")
    alive: weakref.WeakSet[Doc] = weakref.WeakSet()
    most = 0

    def watched() -> Iterator[Any]:
        nonlocal most
        for place, example in located(Corpus(tmp_path / "c.spacy"), NLP):
            alive.add(example.predicted)
            most = max(most, len(alive))
            yield place, example

    part = count_part(watched(), NLP)
    assert (part.docs, part.misaligned.count, len(part.misaligned.first)) == (40, 40, 20)
    assert part.misaligned.first[39 % 20].startswith(f"{tmp_path / 'c.spacy'}, document 20, characters")
    assert most <= 2


def test_a_reader_of_ones_own() -> None:
    """Where files are not known, examples have numbers."""
    doc = doc_of("a")
    assert [place for place, _ in located(lambda nlp: [Example(doc, doc)] * 2, NLP)] == ["example 1", "example 2"]


def test_clean_corpus(tagma_command: Tagma, config_file: Path, corpus: Path, paths: list[str]) -> None:
    """Sections of the pipeline's components, the counts of the data, and the numbers of checks; files are named."""
    result = tagma_command("debug", "data", config_file, *paths)
    text = result.stdout
    assert result.returncode == 1, text  # 10 docs are too few
    for part in ("Training stats", "Vocab & Vectors", "Part-of-speech Tagging", "Morphologizer", "Summary"):
        assert part in text
    assert "Dependency Parsing" not in text
    assert "10 training docs\n2 evaluation docs" in text
    assert "Too few training docs: 10" in text
    assert f"{corpus / 'dev.spacy'}, document 1" in " ".join(text.split())
    assert "✘ 1 to be mended" in text
    assert "Labels: 'PRP'" not in text


def test_options(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """--verbose lists labels, --ignore-warnings leaves warnings out, --no-format leaves marks out."""
    verbose = tagma_command("debug", "data", config_file, "--verbose", *paths).stdout
    assert "Labels: 'PRP' (15)" in verbose
    assert "Most common words" in verbose
    quiet = tagma_command("debug", "data", config_file, "-IW", *paths).stdout
    assert "⚠" not in quiet
    assert "Too few" in quiet
    plain = tagma_command("debug", "data", config_file, "-NF", *paths).stdout
    assert not set("✔⚠✘ℹ=") & set(plain.replace("Number=", "").replace("Tense=", "").replace("POS=", ""))
    former = tagma_command("debug-data", config_file, *paths)
    assert "tagma debug data" in former.stdout
    assert former.returncode == 1


def test_enough_data(tmp_path: Path, tagma_command: Tagma, config_file: Path) -> None:
    """Where nothing must be mended the exit status is 0."""
    docs = [
        doc_of(f"word {i} here", tags=["A", "B", "A"], morphs=["X=y", "X=z", "X=y"], pos=["NOUN"] * 3)
        for i in range(101)
    ]
    DocBin(docs=docs[:100]).to_disk(tmp_path / "train.spacy")
    DocBin(docs=docs[100:]).to_disk(tmp_path / "dev.spacy")
    given = ["--paths.train", tmp_path / "train.spacy", "--paths.dev", tmp_path / "dev.spacy"]
    result = tagma_command("debug", "data", config_file, *given)
    assert (result.returncode, "to be mended" in result.stdout) == (0, False), result.stdout


def test_components_without_annotation(tmp_path: Path, tagma_command: Tagma, config_file: Path) -> None:
    """What initializing says, and which annotation is missing, stand together."""
    for part in ("train", "dev"):
        DocBin(docs=[doc_of(f"{part} a b", tags=["A", "A", "B"])]).to_disk(tmp_path / f"{part}.spacy")
    given = ["--paths.train", tmp_path / "train.spacy", "--paths.dev", tmp_path / "dev.spacy"]
    result = tagma_command("debug", "data", config_file, *given)
    assert result.returncode == 1
    assert "The pipeline cannot be initialized with the data" in result.stdout
    assert "E143" in result.stdout
    assert "No training doc has features or parts of speech" in result.stdout
    assert "No training doc has tags" not in result.stdout


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (None, ["E913", "--paths.train"]),
        ("none.spacy", ["E161", "none.spacy"]),
        ("text.spacy", ["E1014", "text.spacy", "tagma convert"]),
        ("empty.spacy", ["E4042", "There are no training docs", "There are no evaluation docs"]),
    ],
)
def test_corpus_that_cannot_be_used(
    tmp_path: Path, tagma_command: Tagma, config_file: Path, train: str | None, words: list[str]
) -> None:
    """A path that is not given, a file that is not there or of another kind, a corpus without docs: told once."""
    (tmp_path / "text.spacy").write_text("It rains.")
    DocBin().to_disk(tmp_path / "empty.spacy")
    given = [] if train is None else ["--paths.train", tmp_path / train, "--paths.dev", tmp_path / train]
    result = tagma_command("debug", "data", config_file, *given)
    shown = " ".join(result.stdout.split())
    assert (result.returncode, [word for word in words if word not in shown]) == (1, []), result.stdout
    assert "Traceback" not in result.stderr
    assert shown.count(words[0]) == 1


def test_silent(config_file: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a function it prints nothing unless asked, and the SystemExit carries the reason."""
    overrides = {"paths.train": str(corpus / "train.spacy"), "paths.dev": str(corpus / "dev.spacy")}
    with pytest.raises(SystemExit, match="must be mended"):
        debug_data(config_file, config_overrides=overrides)
    assert capsys.readouterr().out == ""


def test_wrong_usage(tagma_command: Tagma, config_file: Path, tmp_path: Path) -> None:
    """A misspelt option, and a config that is not there: exit status 2; the help names the options."""
    assert tagma_command("debug", "data", config_file, "--verbos").returncode == 2
    assert tagma_command("debug", "data", tmp_path / "none.cfg").returncode == 2
    assert "--ignore-warnings" in tagma_command("debug", "data", "--help").stdout


def test_frozen_component(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """What is not trained is not compared with the data."""
    frozen = ["--training.frozen_components", '["tagger"]']
    result = tagma_command("debug", "data", config_file, *paths, *frozen)
    assert "Frozen: tagger" in result.stdout
    assert "Part-of-speech Tagging" not in result.stdout


def test_parser_and_entities(tmp_path: Path, tagma_command: Tagma) -> None:
    """A parser and an entity recognizer have their sections, with the places of what is wrong in the files."""
    config = tmp_path / "c.cfg"
    assert tagma_command("init", "config", config, "-p", "parser,ner").returncode == 0
    words = [f"word{i} in Rome city ." for i in range(100)]
    docs = [
        ents(doc_of(text, heads=[2, 1, 1, 1, 1], deps=["mod", "ROOT", "obj", "x", "punct"]), (2, 3, "GPE"))
        for text in words
    ]
    docs[6] = ents(doc_of("They fly F 16s .", [True, True, False, True, False]), (3, 4, "JET"))
    DocBin(docs=docs, attrs=EVERYTHING).to_disk(tmp_path / "train.spacy")
    DocBin(docs=[ents(doc_of("See Paris ."), (1, 2, "LOC"))], attrs=EVERYTHING).to_disk(tmp_path / "dev.spacy")
    given = ["--paths.train", tmp_path / "train.spacy", "--paths.dev", tmp_path / "dev.spacy"]
    result = tagma_command("debug", "data", config, "--no-format", *given)
    assert result.returncode == 0, result.stdout + result.stderr
    shown = result.stdout.splitlines()
    place = f"  - {tmp_path / 'train.spacy'}, document 7, characters 10–13: '16s' (JET)"
    assert f"{place}; nearest valid: characters 9–13: 'F16s'" in shown, result.stdout
    for line in (
        "Dependency Parsing",
        "Named Entity Recognition",
        "99 non-projective trees in the training data (100.0%)",
        "Training docs without dependencies: 1 of 100",
        "No evaluation doc has dependencies",
        "Only on arcs that cross others: 'mod'",
        "Labels that are in the evaluation data only: 'LOC'",
        "Entities that do not fall on token borders in the training data: 1",
    ):
        assert line in shown, result.stdout


# --- categories -------------------------------------------------------------------------------------------------------


def with_cats(text: str, **cats: float) -> Doc:
    doc = doc_of(text)
    doc.cats = cats
    return doc


def categories(train: list[Doc], dev: list[Doc], *, exclusive: bool, labels: tuple[str, ...] = ()) -> list[Finding]:
    parts = counted(train), counted(dev)
    docs = parts[0].docs, parts[1].docs
    return list(category_findings(parts[0].categories, parts[1].categories, docs, Facts("cats", labels), exclusive))


def test_categories() -> None:
    """Labels that one corpus lacks, and those with few examples."""
    train = [with_cats(f"a {i}", x=1.0, y=0.0) for i in range(51)] + [with_cats("b", y=1.0, x=0.0)]
    found = categories(train, [with_cats("c", z=1.0)], exclusive=True, labels=("x", "y", "old"))
    assert titles(found, FAIL) == []
    assert the(found, "2 labels in the training data").kind == "info"
    assert "'y' (1)" in the(found, "Few examples").title
    assert "'old'" in the(found, "Labels of the model").title
    assert "'z'" in the(found, "evaluation data only").title
    assert "'x', 'y'" in the(found, "training data only").title


def test_categories_that_do_not_exclude_each_other() -> None:
    """Docs with several are named for a textcat; for a textcat_multilabel it is odd if there are none."""
    several, one = with_cats("a", x=1.0, y=1.0), with_cats("b", x=1.0, y=0.0)
    finding = the(categories([several, one], [one], exclusive=True), "with several categories")
    assert (finding.kind, places(finding)) == (FAIL, ["c.spacy, document 1: 'x', 'y'"])
    assert titles(categories([several], [several], exclusive=False), FAIL) == []
    assert the(categories([one], [one], exclusive=False), "No training doc has several").kind == WARN
    assert the(categories([one], [several], exclusive=False), "but evaluation docs have").kind == FAIL


def test_categories_that_are_wrong() -> None:
    """Values between 0 and 1, a single label, and no categories at all."""
    finding = the(categories([with_cats("a", x=0.5)], [], exclusive=False), "neither 0 nor 1")
    assert (finding.kind, places(finding)) == (FAIL, ["c.spacy, document 1: {'x': 0.5}"])
    assert the(categories([with_cats("a", x=1.0)], [], exclusive=True), "Too few labels").kind == FAIL
    assert the(categories([doc_of("a")], [], exclusive=False), "No training doc has categories").kind == FAIL


# --- links ------------------------------------------------------------------------------------------------------------


def linking(sentences: bool = True, filled: bool = True) -> Any:
    """A pipeline with an entity linker, in whose knowledge base two people are called Emerson."""
    nlp = tagma.blank("en")
    if sentences:
        nlp.add_pipe("sentencizer")
    linker: Any = nlp.add_pipe("entity_linker", config={"labels_discard": ["DATE"]})
    if filled:
        linker.kb.set_entities(["A", "B", "C"], [1, 1, 1], np.eye(3, 64))
        linker.kb.add_alias("Emerson", ["A", "B"], [0.6, 0.3])
        linker.kb.add_alias("Paris", ["C"], [1.0])
    return nlp


def links(nlp: Any, *docs: list[tuple[str, str, str]]) -> Part:
    """A corpus of texts of names, each with its label and id."""
    examples = []
    for number, names in enumerate(docs, start=1):
        doc = Doc(nlp.vocab, words=[name for name, _, _ in names])
        doc.ents = [Span(doc, i, i + 1, label=label, kb_id=kb_id) for i, (_, label, kb_id) in enumerate(names) if label]
        examples.append((f"c.spacy, document {number}", Example(nlp.make_doc(doc.text), doc)))
    return count_part(examples, nlp)


def found_links(nlp: Any, train: Part, dev: Part) -> list[Finding]:
    return list(link_findings(train.links["entity_linker"], dev.links["entity_linker"], nlp, "entity_linker"))


def test_links_without_candidates_and_with_others() -> None:
    """Each is named with its place and share; discarded labels are left out."""
    nlp = linking()
    names = [
        *(("Emerson", "P", "A"), ("Emerson", "P", "B"), ("Paris", "P", "A"), ("Rome", "P", "C"), ("Emerson", "P", "X")),
        *(("Paris", "P", "NIL"), ("Paris", "P", ""), ("today", "DATE", "C"), ("nothing", "", "")),
    ]
    part = links(nlp, names)
    findings = found_links(nlp, part, part)
    assert titles(findings, INFO)[0] == ("5 links on 7 entities of the training data; 14 % are NIL, 14 % have no id")
    unknown = the(findings, "ids that the knowledge base lacks, in the training data: 1 (20 % of 5)")
    assert places(unknown) == ["c.spacy, document 1, characters 27–34: 'Emerson' (X)"]
    assert the(findings, "no candidate is known, in the evaluation data: 1 (20 % of 5)").kind == WARN
    assert the(findings, "not among the candidates, in the evaluation data: 1 (20 % of 5)").kind == WARN
    assert the(findings, "Of the evaluation links").title == (
        "Of the evaluation links 20 % are right by the prior alone, and at most 40 % can be; 1.4 candidates a link"
    )
    assert the(findings, "Few links (5)").kind == WARN


def test_links_that_are_as_they_should_be() -> None:
    """What was looked at is said; where there is nothing to choose from, too."""
    nlp = linking()
    part = links(nlp, *[[("Emerson", "P", "A"), ("Paris", "P", "C")]] * 30)
    findings = found_links(nlp, part, part)
    assert titles(findings, WARN) == titles(findings, FAIL) == []
    assert len(titles(findings, GOOD)) == 3
    single = links(nlp, *[[("Paris", "P", "C")]] * 60)
    assert the(found_links(nlp, part, single), "more than one candidate").kind == WARN


def test_nothing_to_link() -> None:
    """No links, no sentences, an empty knowledge base: each must be mended."""
    nlp = linking(sentences=False)
    empty = links(nlp, [("Emerson", "P", "")])
    findings = found_links(nlp, empty, empty)
    assert the(findings, "No training doc has links").kind == FAIL
    assert the(findings, "No component in front of 'entity_linker' sets sentences").kind == FAIL
    nlp = linking(filled=False)
    part = links(nlp, [("Emerson", "P", "A")])
    assert titles(found_links(nlp, part, part), FAIL) == ["'entity_linker' has an empty knowledge base"]


def test_linking_from_tables_to_a_trained_pipeline(tmp_path: Path, tagma_command: Tagma) -> None:
    """`tagma kb`, `init config`, `debug data` and `train` in a row, with gold mentions alone."""
    (tmp_path / "entities.jsonl").write_text(
        '{"id": "A", "name": "Emerson", "description": "tennis player", "freq": 2}\n'
        '{"id": "B", "name": "Emerson", "description": "poet", "freq": 1}\n'
    )
    texts = [("Emerson won the match .", "A"), ("Emerson wrote an essay .", "B")] * 60
    docs = []
    for text, kb_id in texts:
        doc = doc_of(text, sent_starts=[True, False, False, False, False])
        doc.ents = [Span(doc, 0, 1, label="P", kb_id=kb_id)]
        docs.append(doc)
    DocBin(docs=docs).to_disk(tmp_path / "gold.spacy")
    config = tmp_path / "c.cfg"
    data = ["--paths.train", tmp_path / "gold.spacy", "--paths.dev", tmp_path / "gold.spacy"]
    steps: list[list[Any]] = [
        ["kb", tmp_path / "entities.jsonl", tmp_path / "kb"],
        ["init", "config", config, "--pipeline", "sentencizer,entity_linker"],
        ["debug", "data", config, *data, "--paths.kb", tmp_path / "kb", "-IW"],
        ["train", config, *data, "--paths.kb", tmp_path / "kb", "-o", tmp_path / "out", "--training.max_steps", 100],
    ]
    for step in steps:
        result = tagma_command(*step)
        assert result.returncode == 0, (step, result.stdout, result.stderr)
        if step[0] == "debug":
            assert "50 % are right by the prior alone" in " ".join(result.stdout.split())
    nlp = tagma.load(tmp_path / "out" / "model-best")
    doc = nlp.make_doc("Emerson wrote an essay .")
    doc.ents = [Span(doc, 0, 1, label="P")]
    assert nlp(doc).ents[0].kb_id_ == "B"
    assert "E4489" in tagma_command("train", config, *data).stdout


# --- clusters ---------------------------------------------------------------------------------------------------------


def clusters(*docs: Doc, dev: Iterable[Doc] = (), prefix: str = "c") -> list[Finding]:
    train, other = counted(docs), counted(dev)
    parts = (part.clusters.get(prefix, Clusters()) for part in (train, other))
    return list(cluster_findings(*parts, (train.docs, other.docs), Facts("coref"), prefix))


def with_groups(doc: Doc, **groups: list[tuple[int, int]]) -> Doc:
    for key, borders in groups.items():
        doc.spans[key] = [doc[start:end] for start, end in borders]
    return doc


def test_numbers_of_clusters() -> None:
    """Clusters, mentions and their lengths; other groups have no part in it; too few are told of."""
    doc = with_groups(doc_of("Anna met her old friend"), c_1=[(0, 1), (2, 3)], c_2=[(2, 5)], other=[(0, 5)])
    found = clusters(doc, doc_of("nothing here"), dev=[doc])
    assert the(found, "2 clusters of 1.5 mentions on average, under c_1, c_2 …").kind == "info"
    assert "2 of 1, 1 of 3; the longest has 3" in the(found, "Mentions by tokens").title
    assert the(found, "1 cluster of one mention in the training data").kind == "info"
    assert the(found, "Few clusters to learn from: 1").kind == WARN
    assert [finding for finding in found if "clusters" in finding.title and finding.kind == WARN]


def test_clusters_that_overlap_wrongly() -> None:
    """The same mention, or the same head, in two clusters; mentions within each other; over the end of a sentence."""
    doc = doc_of("the cat of Anna sat . It slept", sent_starts=[True, *[False] * 5, True, False])
    with_groups(doc, c_1=[(1, 2), (3, 4)], c_2=[(3, 4), (6, 7)], c_3=[(0, 4), (0, 2), (4, 7)])
    with_groups(doc, coref_head_clusters_1=[(1, 2)])
    found = clusters(doc)
    twice = the(found, "1 mention in two clusters")
    assert (twice.kind, places(twice)) == (FAIL, ["c.spacy, document 1, characters 11–15: 'Anna' in c_2"])
    assert places(the(found, "1 mention with the head of one in another cluster"))[0].endswith("'Anna' in c_2")
    assert places(the(found, "1 mention that overlap one of their own"))[0].endswith("'the cat' in c_3")
    assert places(the(found, "1 mention that reach over the end of a sentence"))[0].endswith("'sat . It' in c_3")
    assert not titles([finding for finding in found if "without a head" in finding.title], FAIL)


def test_mentions_without_heads() -> None:
    """Several tokens and no parse; with one, roots are heads, which two clusters may share."""
    bare = with_groups(doc_of("the cat slept"), c_1=[(0, 2), (2, 3)])
    assert the(clusters(bare), "1 mention of several tokens without a head").kind == FAIL
    parsed = doc_of("the cat slept", heads=[1, 2, 2], deps=["det", "nsubj", "ROOT"])
    found = clusters(with_groups(parsed, c_1=[(0, 2)], c_2=[(1, 2)]))
    assert places(the(found, "with the head of one in another"))[0].endswith("'cat' in c_2")


def test_coreference_in_a_report(tmp_path: Path, tagma_command: Tagma) -> None:
    """Sections for both components, each with the prefix that it reads."""
    doc = doc_of("Anna met her", sent_starts=[True, False, False])
    with_groups(doc, coref_head_clusters_1=[(0, 1), (2, 3)], coref_clusters_1=[(0, 1), (2, 3)])
    DocBin(docs=[doc], attrs=EVERYTHING).to_disk(tmp_path / "c.spacy")
    config = tmp_path / "c.cfg"
    tagma_command("init", "config", str(config), "-p", "coref,span_resolver")
    given = [f"--paths.{name}={tmp_path / 'c.spacy'}" for name in ("train", "dev")]
    text = " ".join(tagma_command("debug", "data", config, *given).stdout.split())
    assert "= Coreference =" in text
    assert "= Span Resolution =" in text
    assert "under coref_head_clusters_1, coref_head_clusters_2 …" in text
    assert "under coref_clusters_1, coref_clusters_2 …" in text
