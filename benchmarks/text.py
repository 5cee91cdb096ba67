"""Searching annotated text, in words of CPU time: 100 token patterns, 100,000 phrases, 20 shapes of trees.

The text is EWT train with its tags and trees, in docs of ten sentences, from the start up to --words. Patterns and
phrases are made from its own words by rules, the same for both libraries. The first search of a matcher, which learns
the words, is measured beside the median of the others.
"""

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from harness import corpus, load, main

RELATIONS = [">", "<", ">>", "<<", ".", ";", "$+", "$-", "$++", ">++"]


def token_patterns(words: list[str]) -> list[list[dict[str, Any]]]:
    """100 patterns: words with gaps, lists, tags, expressions, repetitions."""
    patterns: list[list[dict[str, Any]]] = []
    for i in range(20):
        one, two, rare = words[i], words[3 * i + 7], words[500 + i]
        patterns += [
            [{"LOWER": one}, {"OP": "?"}, {"LOWER": two}],
            [{"LOWER": {"IN": [two, rare]}}, {"TAG": "NN", "OP": "+"}],
            [{"TAG": "JJ", "OP": "*"}, {"LOWER": rare}],
            [{"LOWER": {"REGEX": f"^{rare[:3]}"}}, {"IS_ALPHA": True, "POS": {"NOT_IN": ["VERB", "AUX"]}}],
            [{"IS_TITLE": True, "OP": "{1,3}"}, {"LOWER": one}, {"LENGTH": {">": 4}}],
        ]
    return patterns


def tree_patterns(deps: list[str]) -> list[list[dict[str, Any]]]:
    """20 patterns of two or three items."""
    patterns = []
    for i, relation in enumerate(RELATIONS):
        verb = {"RIGHT_ID": 0, "RIGHT_ATTRS": {"POS": "VERB"}}
        second = {"LEFT_ID": 0, "REL_OP": relation, "RIGHT_ID": 1, "RIGHT_ATTRS": {"DEP": deps[i]}}
        third = {"LEFT_ID": 1, "REL_OP": ">", "RIGHT_ID": 2, "RIGHT_ATTRS": {"POS": {"IN": ["NOUN", "DET", "ADJ"]}}}
        patterns += [[verb, second], [verb, second, third]]
    return patterns


def rates(matcher: Callable[[Any], Any], docs: list[Any], passes: int, name: str) -> dict[str, float]:
    """Words per second of CPU time: of the first pass, and the median of the others."""
    words = sum(map(len, docs))
    found = []
    for _ in range(passes + 1):
        start = time.process_time()
        for doc in docs:
            matcher(doc)
        found.append(words / (time.process_time() - start))
    return {f"{name}, first pass, words/s": found[0], f"{name}, words/s": statistics.median(found[1:])}


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    vocab = load(lib).blank("en").vocab
    docs, total = [], 0
    for doc in load(lib, "tokens").DocBin().from_disk(corpus(lib, "train", args.folder)).get_docs(vocab):
        docs.append(doc)
        total += len(doc)
        if total >= args.words:
            break
    matchers = load(lib, "matcher")
    counts = Counter(token.lower_ for doc in docs for token in doc if token.is_alpha)
    words = sorted(counts, key=lambda word: (-counts[word], word))
    deps = Counter(token.dep_ for doc in docs for token in doc)
    results: dict[str, float] = {}

    matcher = matchers.Matcher(vocab)
    for i, pattern in enumerate(token_patterns(words)):
        matcher.add(f"RULE{i}", [pattern])
    results |= rates(matcher, docs, args.passes, "Matcher, 100 patterns")

    rng = random.Random(0)
    make = load(lib, "tokens").Doc
    phrases = [make(vocab, words=rng.choices(words, k=rng.randint(1, 4))) for _ in range(args.phrases)]
    phrase_matcher = matchers.PhraseMatcher(vocab, attr="LOWER")
    start = time.process_time()
    phrase_matcher.add("PHRASE", phrases)
    results["PhraseMatcher, phrases added/s"] = args.phrases / (time.process_time() - start)
    results |= rates(phrase_matcher, docs, args.passes, f"PhraseMatcher, {args.phrases:,} phrases")

    tree_matcher = matchers.DependencyMatcher(vocab)
    for i, pattern in enumerate(tree_patterns(sorted(deps, key=lambda dep: (-deps[dep], dep)))):
        tree_matcher.add(f"TREE{i}", [pattern])
    results |= rates(tree_matcher, docs[:: args.tree_share], 1, "DependencyMatcher, 20 patterns")
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--words", type=int, default=100_000, help="how much of the text is searched")
    parser.add_argument("--phrases", type=int, default=100_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--tree-share", type=int, default=10, help="every n-th doc is searched for trees")


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
