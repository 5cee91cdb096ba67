"""Coreference on LitBank: words per second beside spacy-experimental, or accuracy beside linking the same words.

    python benchmarks/coreference.py --data ../litbank --peer ENV/bin/python --threads 1 2
    python benchmarks/coreference.py --data ../litbank --accuracy --epochs 10 --seeds 0 1 2

Speed: documents of about 2,000 words through `experimental_coref` as its factory makes it, in CPU time; training counts
words over the time of the updates, a document each. The peer's environment has spacy==3.7.5, spacy-experimental==0.6.4,
torch, numpy<2 and click<8.2.

Accuracy: the resolver with a CNN of width 96 and depth 4 learns the train part, a document a step; scores are those of
dev, over clusters of two mentions or more, of heads and, behind a span resolver, of whole mentions. Beside it stands
what linking each mention to the nearest earlier one with the same head word gives: for mentions that are told by their
head word, since it was that of a mention in every third place of the train part or more, and for gold mentions.
"""

import argparse
import lzma
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness import load, main

HEADS, MENTIONS = "coref_head_clusters", "coref_clusters"
SHARE = 0.3  # of the places of a word, from which on it is a mention for the baseline

Document = tuple[list[str], list[list[int]]]  # words, and clusters of last words of mentions


def read(path: Path) -> Iterator[Document]:
    """The documents of a file, by code that needs neither library."""
    words: list[str] = []
    clusters: dict[str, list[int]] = defaultdict(list)
    with lzma.open(path, "rt", encoding="utf8") as file:
        for line in file:
            columns = line.rstrip("\n").split("\t")
            if line.startswith("#begin"):
                words, clusters = [], defaultdict(list)
            elif line.startswith("#end"):
                yield words, [sorted(set(cluster)) for cluster in clusters.values() if len(set(cluster)) > 1]
            elif len(columns) > 1:
                for number in re.findall(r"(\d+)\)", columns[-1]):
                    clusters[number].append(len(words))
                words.append(columns[3])


# -- Speed


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    if lib == "spacy":
        import spacy_experimental  # noqa: F401 - registers its components
    nlp = load(lib).blank("en")
    pipe = nlp.add_pipe("experimental_coref")
    documents = list(read(args.data / "dev.coref.conll.xz"))[: args.documents]
    doc, example = load(lib, "tokens").Doc, load(lib, "training").Example

    def blank(words: list[str]) -> Any:
        return doc(nlp.vocab, words=words)

    def gold(words: list[str], clusters: list[list[int]]) -> Any:
        made = blank(words)
        for number, cluster in enumerate(clusters, 1):
            made.spans[f"{MENTIONS}_{number}"] = [made[i : i + 1] for i in cluster]
        return example(blank(words), made)

    optimizer = nlp.initialize(lambda: [gold(*document) for document in documents[:2]])
    words = sum(len(document[0]) for document in documents)

    def rate(run: Callable[[], Any]) -> float:
        start = time.process_time()
        run()
        return words / (time.process_time() - start)

    pipe.predict([blank(documents[0][0])])
    return {
        "prediction, words a second of CPU": rate(lambda: pipe.predict([blank(words) for words, _ in documents])),
        "training, words a second of CPU": rate(
            lambda: [pipe.update([gold(*document)], sgd=optimizer) for document in documents]
        ),
    }


# -- Accuracy


def accuracy(args: argparse.Namespace) -> None:
    """Print the scores of the dev part for each seed, and those of the baselines."""
    import tagma
    from tagma.training.converters import conll2012_to_docs

    def corpus(part: str) -> list[Any]:
        with lzma.open(args.data / f"{part}.coref.conll.xz", "rt", encoding="utf8") as file:
            return list(conll2012_to_docs(file.read()))

    train, dev = corpus("train"), corpus("dev")
    print(f"{'':52}{'CoNLL':>7}{'MUC':>7}{'B³':>7}{'CEAFe':>7}{'LEA':>7}")
    for title, places in baselines(tagma.blank("en").vocab, train).items():
        show(title, [link_same(example, places) for example in examples_of(tagma.blank("en"), dev)], HEADS)
    for seed in args.seeds:
        start = time.process_time()
        nlp = trained(train, args, seed)
        seconds = time.process_time() - start
        found = examples_of(nlp, dev)
        for example in found:
            example.predicted = nlp(with_sentences(example))
        show(f"coref, heads, seed {seed}", found, HEADS)
        show(f"coref and span_resolver, mentions, seed {seed}", found, MENTIONS)
        gold = examples_of(nlp, dev)
        for example in gold:
            with_sentences(example)
        right = nlp.get_pipe("span_resolver").score(gold)["span_accuracy"]
        print(f"    mentions of gold heads: {100 * right:.1f} %; training took {seconds:.0f} s of CPU")


def trained(train: list[Any], args: argparse.Namespace, seed: int) -> Any:
    """A pipeline that learned the train part."""
    import tagma
    from tagma.nn import Adam, fix_random_seed

    fix_random_seed(seed)
    random.seed(seed)
    width, tok2vec = "tok2vec", {"@architectures": "spacy.Tok2VecListener.v1", "width": 96}
    nlp = tagma.blank("en")
    nlp.add_pipe(width)
    settings = {"hidden_size": args.hidden_size, "antecedent_limit": args.antecedent_limit, "tok2vec": tok2vec}
    how = {"span_cluster_prefix": HEADS, "sum_antecedents": args.sum_antecedents}
    nlp.add_pipe("coref", config={**how, "model": settings})
    nlp.add_pipe("span_resolver", config={"model": {"hidden_size": 128, "tok2vec": tok2vec}})
    optimizer = Adam(args.learn_rate)
    nlp.initialize(lambda: examples_of(nlp, train[:4]))
    for epoch in range(args.epochs):
        losses: dict[str, float] = {}
        random.shuffle(train)
        for example in examples_of(nlp, train):
            with_sentences(example)
            nlp.update([example], sgd=optimizer, drop=args.dropout, losses=losses)
        shown = ", ".join(f"{name} {loss:.0f}" for name, loss in losses.items())
        print(f"seed {seed}, epoch {epoch + 1}: {shown}", file=sys.stderr)
    for _, pipe in nlp.pipeline:
        pipe.model.use_params(optimizer.averages).__enter__()  # for good
    return nlp


def examples_of(nlp: Any, docs: list[Any]) -> list[Any]:
    from tagma.tokens import Doc
    from tagma.training import Example

    return [Example(Doc(nlp.vocab, words=[token.text for token in doc]), doc) for doc in docs]


def with_sentences(example: Any) -> Any:
    """The predicted doc with the sentences of the corpus."""
    for token in example.reference:
        example.predicted[token.i].is_sent_start = bool(token.is_sent_start)
    return example.predicted


def baselines(vocab: Any, train: list[Any]) -> dict[str, Callable[[Any], set[int]]]:
    """Title → the heads of a doc's mentions."""

    def gold(doc: Any) -> set[int]:
        return {span.start for key, group in doc.spans.items() if key.startswith(HEADS) for span in group}

    def everywhere(doc: Any) -> set[int]:
        from tagma.training.converters.conll2012 import SINGLETONS, guess_head

        alone = doc.spans.get(SINGLETONS, ())
        return gold(doc) | {span.start + guess_head([token.text for token in span]) for span in alone}

    heads = Counter(doc[i].text.lower() for doc in train for i in gold(doc))
    words = Counter(token.text.lower() for doc in train for token in doc)
    known = {word for word, n in heads.items() if n > SHARE * words[word]}
    return {
        "same head word, mentions found by their word": lambda doc: {
            token.i for token in doc if token.text.lower() in known
        },
        "same head word, all gold mentions": everywhere,
        "same head word, gold mentions of clusters": gold,
    }


def link_same(example: Any, places: Callable[[Any], set[int]]) -> Any:
    """The example with clusters of mentions that have the same head word."""
    same = defaultdict(list)
    for i in sorted(places(example.reference)):
        same[example.reference[i].text.lower()].append(i)
    doc = example.predicted
    for number, cluster in enumerate((c for c in same.values() if len(c) > 1), 1):
        doc.spans[f"{HEADS}_{number}"] = [doc[i : i + 1] for i in cluster]
    return example


def show(title: str, examples: list[Any], prefix: str) -> None:
    from tagma.scorer import Scorer

    scores = Scorer.score_coref_clusters(examples, span_cluster_prefix=prefix)
    columns = ("coref_conll_f", "coref_muc_f", "coref_b3_f", "coref_ceafe_f", "coref_f")
    print(f"{title:52}" + "".join(f"{100 * (scores[key] or 0):7.1f}" for key in columns), flush=True)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with train.coref.conll.xz and dev…")
    parser.add_argument("--documents", type=int, default=3, help="speed: how many of the dev part")
    parser.add_argument("--accuracy", action="store_true", help="train and score in place of measuring speed")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--antecedent-limit", type=int, default=50)
    parser.add_argument("--sum-antecedents", action="store_true", help="all antecedents together decide")
    parser.add_argument("--learn-rate", type=float, default=0.001)
    parser.add_argument("--dropout", type=float, default=0.1)


if __name__ == "__main__":
    if "--accuracy" in sys.argv:
        own = argparse.ArgumentParser(description=__doc__)
        arguments(own)
        accuracy(own.parse_args())
    else:
        main(__file__, measure, {}, arguments)
