"""What the matchers of either library find in generated docs: `python matcher.py LIB KIND SEED NUMBER OUT`.

KIND is tokens, predicates, phrases or trees; OUT has a list with an item for each case, and how a case was refused.
"""

import importlib
import json
import random
import sys
import warnings
from pathlib import Path
from typing import Any

OPERATORS = ["1", "1", "1", "!", "?", "*", "+", "{2}", "{0}", "{1,2}", "{2,}", "{1,}", "{,2}"]
RELATIONS = [
    "<",
    ">",
    "<<",
    ">>",
    ".",
    ".*",
    ";",
    ";*",
    "$+",
    "$-",
    "$++",
    "$--",
    ">+",
    ">-",
    ">++",
    ">--",
    "<+",
    "<-",
    "<++",
    "<--",
]
WORDS = ["a", "A", "b", "ab", "Abc", "12", "!", "don't", "x@y.de", "café"]
MORPHS = ["", "A=1", "A=1|B=2", "B=2,3", "C=x"]
TAGS = ["", "NN", "VB"]
POS = ["", "NOUN", "VERB"]
EXTENSIONS: list[Any] = [1, "a", "b", True, 7]


class Cases:
    """Docs, patterns and what is found, all drawn from one seed."""

    def __init__(self, lib: str, seed: int) -> None:
        self.rng = random.Random(seed)
        self.library = importlib.import_module(f"{lib}.matcher")
        self.doc = importlib.import_module(f"{lib}.tokens").Doc
        token = importlib.import_module(f"{lib}.tokens").Token
        token.set_extension("kind", getter=lambda token: EXTENSIONS[token.i % len(EXTENSIONS)])
        self.vocab = importlib.import_module(lib).blank("en").vocab

    def named(self, matches: list[Any]) -> list[Any]:
        """Matches with their keys as text."""
        return [[self.vocab.strings[key], *rest] for key, *rest in matches]

    def tokens(self) -> Any:
        """Operators, preferences and alignments over three words; Docs and Spans."""
        rng = self.rng
        doc = self.doc(self.vocab, words=rng.choices("abA", k=rng.randint(0, 8)))
        start = rng.randint(0, len(doc))
        matcher = self.library.Matcher(self.vocab, validate=False)
        for key in rng.choices("XYZ", k=rng.randint(1, 4)):
            patterns = [[self.item() for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(1, 2))]
            matcher.add(key, patterns, greedy=rng.choice([None, None, "FIRST", "LONGEST"]))
        spans = [[span.start, span.end, span.label_] for span in matcher(doc[start:], as_spans=True)]
        return [self.named(matcher(doc)), self.named(matcher(doc[start:], with_alignments=True)), spans]

    def item(self) -> dict[str, Any]:
        """One token of a pattern."""
        spec = self.rng.choice([{}, {"ORTH": "a"}, {"LOWER": "a"}, {"TEXT": {"NOT_IN": ["b"]}}, {"IS_UPPER": True}])
        return {**spec, "OP": self.rng.choice(OPERATORS)}

    def annotated(self) -> Any:
        """A Doc with all that a pattern can ask for."""
        rng, n = self.rng, self.rng.randint(1, 7)
        entities = ["O"] * n
        for i in range(n):
            if rng.random() < 0.4:
                entities[i] = rng.choice(["B-ORG", "B-GPE", ""])
            elif i and entities[i - 1].endswith("ORG"):
                entities[i] = "I-ORG"
        return self.doc(
            self.vocab,
            words=rng.choices(WORDS, k=n),
            spaces=[rng.random() < 0.7 for _ in range(n)],
            tags=rng.choices(TAGS, k=n),
            pos=rng.choices(POS, k=n),
            morphs=rng.choices(MORPHS, k=n),
            lemmas=rng.choices(["", "a", "b"], k=n),
            heads=[max(0, i - 1) for i in range(n)],
            deps=["ROOT", *rng.choices(["nsubj", "dobj", ""], k=n - 1)],
            sent_starts=None,
            ents=entities,
        )

    def predicates(self) -> Any:
        """Attributes, predicates, nested ones, sets of features, extension attributes."""
        rng = self.rng
        doc = self.annotated()
        matcher = self.library.Matcher(self.vocab, validate=rng.random() < 0.5)
        pattern = [{**self.spec(), **(self.spec() if rng.random() < 0.2 else {})} for _ in range(rng.choice([1, 1, 2]))]
        matcher.add("X", [pattern])
        return self.named(matcher(doc, allow_missing=True))

    def spec(self) -> dict[str, Any]:
        """What one attribute is asked for."""
        rng = self.rng
        kind = rng.choice(["text", "text", "text", "number", "flag", "morph", "extension", "value"])
        if kind == "number":
            return {"LENGTH": self.of_number()}
        if kind == "flag":
            flags = ["IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_UPPER", "IS_TITLE", "IS_PUNCT", "LIKE_NUM"]
            flags += ["LIKE_EMAIL", "IS_STOP", "SPACY", "SENT_START", "IS_SENT_START", "IS_QUOTE"]
            return {rng.choice(flags): rng.random() < 0.6}
        if kind == "morph":
            items = rng.sample(["A=1", "B=2", "B=2|A=1", "C=x", "B=3,2"], rng.randint(0, 3))
            return {"MORPH": {rng.choice(["IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS"]): items}}
        if kind == "extension":
            return {"_": {"kind": self.of_extension()}}
        if kind == "value":
            values = {"TAG": TAGS, "POS": POS, "ENT_TYPE": ["", "ORG"], "ENT_IOB": ["B", "I", "O", 0], "DEP": ["nsubj"]}
            name = rng.choice(list(values))
            return {name: rng.choice(values[name])}
        name = rng.choice(["ORTH", "TEXT", "LOWER", "NORM", "SHAPE", "LEMMA", "TAG", "POS", "DEP", "ENT_TYPE", "MORPH"])
        if name == "MORPH":
            return {name: rng.choice([{"REGEX": "A"}, "A=1", {"FUZZY": "A=2"}])}
        return {name: self.of_text()}

    def of_text(self) -> Any:
        """A value or predicates of a text."""
        rng = self.rng
        some = rng.sample(["a", "ab", "abc", "NN", "x", "NOUN", "nsubj", "", "ORG"], rng.randint(0, 4))
        fuzzy = rng.choice(["FUZZY", "FUZZY1", "FUZZY2", "FUZZY9"])
        simple = [
            {"IN": some},
            {"NOT_IN": some},
            {"REGEX": rng.choice(["a", "^N", "[xb]$", "^$"])},
            {fuzzy: rng.choice(["ab", "NN", "abcdefghijkl"])},
            {"IS_SUBSET": some},
            {"IS_SUPERSET": some},
            {"INTERSECTS": some},
        ]
        nested = [
            {"REGEX": {rng.choice(["IN", "NOT_IN"]): ["^a", "N$"]}},
            {fuzzy: {rng.choice(["IN", "NOT_IN"]): some}},
            {fuzzy: {"REGEX": "a"}},
        ]
        wanted = {**rng.choice(simple), **rng.choice([{}, rng.choice(simple)])}
        return rng.choice([rng.choice(WORDS), wanted, wanted, rng.choice(nested)])

    def of_number(self) -> Any:
        """A value or predicates of a number."""
        rng = self.rng
        sign = rng.choice(["==", "!=", ">=", "<=", ">", "<"])
        numbers = rng.sample([1, 2, 3, 6], rng.randint(0, 3))
        sets = rng.choice(["IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS"])
        return rng.choice([2, {sign: rng.choice([1, 2, 3, 2.5])}, {sets: numbers}, {sign: 2, sets: numbers}])

    def of_extension(self) -> Any:
        """A value or predicates of an extension attribute."""
        rng = self.rng
        sets = rng.choice(["IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS"])
        items = rng.choice([["a"], ["a", "b"], [1, 7], []])
        return rng.choice([1, 7, {sets: items}, {"==": 7}, {"!=": 7}])

    def phrases(self) -> Any:
        """Phrases of several keys by several attributes; none is removed, which can crash the peer."""
        rng = self.rng
        attr = rng.choice(
            ["ORTH", "LOWER", "SHAPE", "NORM", "LENGTH", "IS_ALPHA", "TAG", "POS", "ENT_TYPE", "SENT_START"]
        )
        matcher = self.library.PhraseMatcher(self.vocab, attr=attr)
        for key in rng.sample("XYZ", rng.randint(1, 3)):
            matcher.add(key, [self.annotated() for _ in range(rng.randint(1, 3))])
        doc = self.annotated()
        # the peer tells keys of one span in the order of a hash table
        return [sorted(self.named(matcher(part)), key=lambda match: (match[1:], match[0])) for part in (doc, doc[1:])]

    def trees(self) -> Any:
        """Relations in trees; none where the peer's edges of a tree that is not projective are not its borders."""
        rng, n = self.rng, self.rng.randint(1, 8)
        words = rng.choices("ab", k=n)
        order = rng.sample(range(n), n)
        heads = [0] * n
        for place, token in enumerate(order):
            heads[token] = token if place == 0 or rng.random() < 0.15 else order[rng.randrange(place)]
        if rng.random() < 0.85:
            cut = rng.randint(0, n)
            for start, end in ((0, cut), (cut, n)):
                self.grow(heads, start, end, None)
        doc = self.doc(self.vocab, words=words, heads=heads, deps=["x"] * n)
        matcher = self.library.DependencyMatcher(self.vocab)
        for key in rng.choices("XY", k=rng.randint(1, 3)):
            pattern = []
            for i in range(rng.randint(1, 4)):
                word = rng.choice(["a", "b", "", ""])
                part = {"RIGHT_ID": str(i), "RIGHT_ATTRS": {"ORTH": word} if word else {}}
                if i:
                    part.update(LEFT_ID=str(rng.randrange(i)), REL_OP=rng.choice(RELATIONS))
                pattern.append(part)
            matcher.add(key, [pattern])
        return [[[token.left_edge.i, token.right_edge.i] for token in doc], self.named(matcher(doc))]

    def grow(self, heads: list[int], start: int, end: int, head: int | None) -> None:
        """A projective tree of the tokens from start to end."""
        if start < end:
            root = self.rng.randrange(start, end)
            heads[root] = root if head is None else head
            self.grow(heads, start, root, root)
            self.grow(heads, root + 1, end, root)


def outcome(case: Any) -> Any:
    """What a case gives, or the code or type of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return case()
    except Exception as error:
        return str(error)[:6] if str(error).startswith("[E") else type(error).__name__


if __name__ == "__main__":
    lib, kind, seed, number, out = sys.argv[1:]
    cases = Cases(lib, int(seed))
    results = []
    for i in range(int(number)):
        cases.rng.seed(int(seed) * 1_000_003 + i)
        results.append(outcome(getattr(cases, kind)))
    Path(out).write_text(json.dumps(results), encoding="utf8")
