"""span_resolver: mentions from heads, gold heads, loss, scores, files, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import build_span_resolver
from tagma.nn import Adam, fix_random_seed
from tagma.pipeline import SpanResolver
from tagma.testing.components import check_deterministic, check_empty_docs, fresh, initialized
from tagma.tokens import Doc
from tagma.vocab import Vocab

Make = Callable[..., SpanResolver]
HEADS, MENTIONS = "coref_head_clusters", "coref_clusters"

# Words, and clusters of mentions: first token, token behind the last, head.
Mentions = list[list[tuple[int, int, int]]]
GOLD: list[tuple[str, Mentions]] = [
    ("The old captain sold his ship . The poor man missed it", [[(0, 3, 2), (7, 10, 9)], [(4, 6, 5), (11, 12, 11)]]),
    ("My sister saw the queen of Spain . She waved", [[(0, 2, 1), (8, 9, 8)], [(3, 7, 4)]]),
]


def example_of(vocab: Vocab, text: str, clusters: Mentions, *, with_heads: bool = True) -> Example:
    """An example whose reference has mentions, and their heads."""
    words = text.split()
    starts = [i == 0 or words[i - 1] == "." for i in range(len(words))]
    reference = Doc(vocab, words=words, sent_starts=starts)
    for number, cluster in enumerate(clusters, 1):
        reference.spans[f"{MENTIONS}_{number}"] = [reference[start:end] for start, end, _ in cluster]
        if with_heads:
            reference.spans[f"{HEADS}_{number}"] = [reference[head : head + 1] for _, _, head in cluster]
    return Example(Doc(vocab, words=words, sent_starts=starts), reference)


def bare(examples: list[Example]) -> list[Example]:
    """With sentences in the predicted docs, and nothing else."""
    made = []
    for example in examples:
        doc = fresh([example])[0].predicted
        for token in doc:
            token.is_sent_start = example.reference[token.i].is_sent_start
        made.append(Example(doc, example.reference))
    return made


def with_heads(example: Example) -> Doc:
    """The predicted doc with the heads of the reference."""
    doc = bare([example])[0].predicted
    for key, group in example.reference.spans.items():
        if key.startswith(HEADS):
            doc.spans[key] = [doc[span.start : span.end] for span in group]
    return doc


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The texts of GOLD."""
    return [example_of(vocab, *gold) for gold in GOLD]


@pytest.fixture
def make(tok2vec_model: Any) -> Make:
    """Function: a small resolver."""

    def make(vocab: Vocab) -> SpanResolver:
        model = build_span_resolver(
            tok2vec_model(),
            hidden_size=32,
            distance_embedding_size=8,
            conv_channels=4,
            window_size=1,
            max_distance=16,
            prefix=HEADS,
        )
        return SpanResolver(vocab, model)

    return make


@pytest.fixture
def trained(make: Make, examples: list[Example]) -> SpanResolver:
    """One that knows the examples by heart."""
    pipe, sgd = initialized(make, examples), Adam(0.01)
    for _ in range(80):
        pipe.update(bare(examples), sgd=sgd)
    return pipe


def test_learns_and_annotates(trained: SpanResolver, examples: list[Example]) -> None:
    """Mentions under as many keys as there are heads, in their order; also of a batch."""
    assert trained.cfg == {"nI": 16}
    docs = list(trained.pipe(map(with_heads, examples)))
    for doc, example in zip(docs, examples, strict=True):
        for key, group in example.reference.spans.items():
            assert [(span.start, span.end) for span in doc.spans[key]] == [(span.start, span.end) for span in group]
    doc = trained(with_heads(examples[0]))
    assert [span.text for span in doc.spans["coref_clusters_1"]] == ["The old captain", "The poor man"]


def test_gold_heads_in_training_and_scoring(trained: SpanResolver, examples: list[Example], vocab: Vocab) -> None:
    """For the time being: the docs are afterwards as they were. Scores are of gold heads, whatever a doc has."""
    batch = bare(examples)
    trained.update(batch)
    assert not batch[0].predicted.spans
    assert trained.score(batch) == {"span_coref_clusters_accuracy": 1.0, "span_accuracy": 1.0}
    assert not batch[0].predicted.spans
    doc = batch[0].predicted
    doc.spans[f"{HEADS}_1"] = [doc[3:4]]
    assert trained.score(batch)["span_accuracy"] == 1.0
    unknown = example_of(vocab, *GOLD[0], with_heads=False)
    assert trained.score([unknown])["span_accuracy"] == 0.0
    unknown.predicted.spans[f"{MENTIONS}_1"] = [unknown.predicted[0:3]]
    assert trained.score([unknown])["span_accuracy"] == 0.25


def test_heads_of_parsed_mentions(make: Make, vocab: Vocab) -> None:
    """Roots stand in for groups of heads; without either there is an error."""
    example = example_of(vocab, *GOLD[0], with_heads=False)
    with pytest.raises(ValueError, match=r"E4473.*'The old captain'"):
        make(vocab).initialize(lambda: [example])
    words, heads = ["The", "man", "saw", "himself"], [1, 2, 2, 2]
    reference = Doc(vocab, words=words, heads=heads, deps=["det", "nsubj", "ROOT", "obj"])
    reference.spans["coref_clusters_1"] = [reference[0:2], reference[3:4]]
    pipe = initialized(make, [Example(Doc(vocab, words=words), reference)])
    assert pipe._gold(Example(Doc(vocab, words=words), reference)) == {1: [(0, 2)], 3: [(3, 4)]}


def test_loss_is_of_known_heads_alone(make: Make, examples: list[Example]) -> None:
    """A head that is that of no gold mention has no gradient; the others have softmax minus gold in both columns."""
    pipe = initialized(make, examples)
    doc = bare(examples)[0].predicted
    doc.spans[f"{HEADS}_1"] = [doc[2:3], doc[3:4]]
    scores, _ = pipe.model.begin_update([doc])
    loss, gradient = pipe.get_loss([Example(doc, examples[0].reference)], scores)
    assert not gradient[1].any()
    exp = np.exp(scores[0, :, 0])
    expected = exp / exp.sum()
    expected[0] -= 1
    assert np.allclose(gradient[0, :, 0], expected, atol=1e-6)
    assert gradient[0, 2, 1] < 0
    assert loss == pytest.approx(float((gradient**2).sum()))


def test_mentions_that_cannot_be_learned(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """One that reaches into another sentence, and one whose borders are no tokens, are left out with a warning."""
    pipe = initialized(make, examples)
    across = example_of(vocab, "He came . She left", [[(0, 5, 1)]])
    with pytest.warns(UserWarning, match=r"W4152.*'He came \. She left'.*sentence"):
        assert pipe._gold(across) == {}
    reference = Doc(vocab, words=["well-known", "man"])
    reference.spans.update({f"{MENTIONS}_1": [reference[0:1]], f"{HEADS}_1": [reference[1:2]]})
    predicted = Doc(vocab, words=["well-", "known man"], spaces=[False, True])
    with pytest.warns(UserWarning, match=r"W4152.*characters 0 to 10"):
        assert pipe._gold(Example(predicted, reference)) == {}
    with pytest.raises(ValueError, match="E4472"):
        pipe._gold(Example(Doc(vocab, words=["other"]), reference))


def test_component(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """Empty docs, the same seed, and bytes."""
    check_deterministic(make, examples)
    pipe = initialized(make, examples)
    check_empty_docs(pipe, examples)
    other = make(vocab).from_bytes(pipe.to_bytes())
    assert other.to_bytes() == pipe.to_bytes()
    doc = with_heads(examples[0])
    assert other.predict([doc]) == pipe.predict([doc])
    assert pipe.predict([Doc(vocab), doc, Doc(vocab, words=["one"])])[::2] == [[], []]


def test_errors(make: Make, examples: list[Example], vocab: Vocab, tok2vec_model: Any) -> None:
    """Nothing to learn from, an odd distance, another number of docs, and what it does not do."""
    pipe = make(vocab)
    with pytest.raises(ValueError, match="E4470"):
        pipe.initialize(lambda: [example_of(vocab, "no mentions", [])])
    with pytest.raises(ValueError, match=r"E4476.*max_distance is 5"):
        build_span_resolver(tok2vec_model(), 8, 4, 4, 1, 5, HEADS)
    with pytest.raises(ValueError, match="E4475"):
        pipe.set_annotations([Doc(vocab)], [])
    with pytest.raises(NotImplementedError, match="E931"):
        pipe.add_label("X")
    with pytest.raises(NotImplementedError, match=r"E4481.*nlp\.rehearse leaves it out"):
        pipe.rehearse([])


def test_behind_a_coreference_resolver() -> None:
    """Heads that are predicted become mentions; a listener shares the vectors of both."""
    fix_random_seed(0)
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    config: dict[str, Any] = {"model": {"tok2vec": listener, "hidden_size": 64, "dropout": 0.0}}
    nlp.add_pipe("coref", config={**config, "span_cluster_prefix": HEADS})
    nlp.add_pipe("span_resolver", config={"model": {"tok2vec": listener, "hidden_size": 64}})
    examples = [example_of(nlp.vocab, *gold) for gold in GOLD]
    sgd = nlp.initialize(lambda: examples)
    for _ in range(60):
        nlp.update(bare(examples), sgd=sgd)
    docs = list(nlp.pipe([nlp.make_doc(text) for text, _ in GOLD]))
    assert [span.text for span in docs[0].spans["coref_clusters_1"]] == ["The old captain", "The poor man"]
