"""Random documents with annotation on both sides of an Example, as plain dicts: for this library and for its peer."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

DEPS = ["nsubj", "dobj", "det", "punct"]
ENT_TYPES = ["PER", "ORG", "LOC"]
WRONG = "wrong"  # the key of the spans that are known not to be entities

Case = dict[str, Any]


def random_tree(rng: Random, n: int, *, is_projective: bool) -> list[int]:
    """Heads of a tree over n tokens, the root its own head."""
    if not is_projective:
        order = rng.sample(range(n), n)
        return [head for _, head in sorted((child, rng.choice(order[:i] or [child])) for i, child in enumerate(order))]
    heads = [0] * n

    def grow(start: int, end: int, head: int | None) -> None:
        """A tree over start..end-1 whose root hangs on head."""
        if start < end:
            root = rng.randrange(start, end)
            heads[root] = root if head is None else head
            cuts = sorted(rng.sample(range(start, root + 1), min(rng.randrange(3), root - start)))
            for left, right in zip([start, *cuts], [*cuts, root], strict=True):
                grow(left, right, root)
            cuts = sorted(rng.sample(range(root + 1, end + 1), min(rng.randrange(3), end - root - 1)))
            for left, right in zip([root + 1, *cuts], [*cuts, end], strict=True):
                grow(left, right, root)

    grow(0, n, None)
    return heads


def random_spans(rng: Random, n: int, count: int) -> list[tuple[int, int, str]]:
    """Up to `count` spans of one to four tokens that do not overlap."""
    taken: set[int] = set()
    spans = []
    for _ in range(count):
        start = rng.randrange(n)
        end = min(n, start + rng.randint(1, 4))
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            spans.append((start, end, rng.choice(ENT_TYPES)))
    return sorted(spans)


def biluo_tags(n: int, spans: list[tuple[int, int, str]]) -> list[str]:
    """The tags of n tokens with these entities."""
    tags = ["O"] * n
    for start, end, label in spans:
        inner = ["I"] * (end - start - 2)
        for i, move in enumerate("U" if end - start == 1 else ["B", *inner, "L"]):
            tags[start + i] = f"{move}-{label}"
    return tags


def random_words(rng: Random, n: int, share_of_blanks: float) -> tuple[list[str], list[bool]]:
    """Words of two or more letters, some of them line breaks, and whether a space follows."""
    words = ["\n" if rng.random() < share_of_blanks else rng.choice("abcdefgh") * 2 + str(i) for i in range(n)]
    spaces = [word != "\n" and rng.random() < 0.6 for word in words]
    return words, [space and following != "\n" for space, following in zip(spaces, [*words[1:], ""], strict=True)]


def cut_otherwise(rng: Random, words: list[str], spaces: list[bool]) -> tuple[list[str], list[bool]]:
    """The same text with other tokens: some are split, some joined."""
    cut: list[tuple[str, bool]] = []
    for word, space in zip(words, spaces, strict=True):
        if cut and not cut[-1][1] and "\n" not in (word, cut[-1][0]) and rng.random() < 0.3:
            cut[-1] = (cut[-1][0] + word, space)
        elif len(word) > 1 and rng.random() < 0.2:
            cut += [(word[:1], False), (word[1:], space)]
        else:
            cut.append((word, space))
    return [word for word, _ in cut], [space for _, space in cut]


def random_sent_starts(rng: Random, n: int) -> list[int]:
    """What a Doc says about its sentences beforehand: mostly nothing, else some or all of it."""
    weights = rng.choice([(0, 1, 0), (0, 1, 0), (1, 4, 3), (1, 0, 4), (0, 0, 1)])
    return [1 if i == 0 and weights[1] == 0 else rng.choices([1, 0, -1], weights)[0] for i in range(n)]


def base(rng: Random, n: int, share_of_blanks: float = 0.0) -> Case:
    """A document of n reference tokens; the predicted ones are others in every third."""
    words, spaces = random_words(rng, n, share_of_blanks)
    gold = {"words": words, "spaces": spaces}
    if rng.random() < 0.33:
        words, spaces = cut_otherwise(rng, words, spaces)
    presets = {"sent_starts": random_sent_starts(rng, len(words))}
    return {"words": words, "spaces": spaces, **presets, "gold": gold, "seed": rng.randrange(1 << 30)}


def parser_case(rng: Random) -> Case:
    """Up to three sentences with trees, or with sentence starts alone; some heads are missing in every fourth."""
    lengths = [rng.randint(1, 8) for _ in range(rng.randint(1, 3))]
    case = base(rng, sum(lengths))
    gold = case["gold"]
    kind = rng.choice(["tree", "tree", "tree", "crossing", "partial", "starts"])
    heads: list[int] = []
    for n in lengths:
        heads += [len(heads) + head for head in random_tree(rng, n, is_projective=kind != "crossing")]
    if kind == "starts":
        gold["sent_starts"] = [int(head == i) for i, head in enumerate(heads)]
        return case
    # labels of an adjacent pair may say that both are parts of one token
    deps: list[str | None] = [
        "ROOT" if head == i else "subtok" if abs(head - i) == 1 and rng.random() < 0.2 else rng.choice(DEPS)
        for i, head in enumerate(heads)
    ]
    if kind == "partial":
        deps = [None if rng.random() < 0.3 else dep for dep in deps]
    gold["heads"] = [i if dep is None else head for i, (head, dep) in enumerate(zip(heads, deps, strict=True))]
    gold["deps"] = deps
    return case


def ner_case(rng: Random) -> Case:
    """Entities, with presets on the predicted Doc in every other one; tags may be missing, spans known to be wrong.

    In every tenth the presets are whatever, such as an entity that goes on without a beginning.
    """
    n = rng.randint(1, 14)
    case = base(rng, n, share_of_blanks=0.1)
    gold = case["gold"]
    spans = random_spans(rng, n, rng.randrange(5))
    missing = rng.choice([0.0, 0.0, 0.3])
    tags = biluo_tags(n, [span for span in spans if "\n" not in gold["words"][span[0] : span[1]]])
    gold["entities"] = ["-" if tag == "O" and rng.random() < missing else tag for tag in tags]
    if rng.random() < 0.3:
        case[WRONG] = [span for span in random_spans(rng, n, 4) if span not in spans]
    case["ents"], case["blocked"], case["outside"] = [], [], []
    kind = rng.random()
    if kind < 0.1:
        case["raw"] = [(rng.randrange(4), rng.choice(["", "", *ENT_TYPES, "NEW"])) for _ in case["words"]]
    elif kind < 0.55:
        for span in random_spans(rng, len(case["words"]), rng.randrange(4)):
            case[rng.choice(["ents", "ents", "blocked", "outside"])].append(span)
    return case


def example_of(library: Any, vocab: Any, case: Case) -> Any:
    """The Example of a case: `library` is a package with `tokens.Doc`, `tokens.Span` and `training.Example`."""
    doc = library.tokens.Doc(vocab, words=case["words"], spaces=case["spaces"])
    for token, start in zip(doc, case["sent_starts"], strict=True):
        token.is_sent_start = {1: True, -1: False, 0: None}[start]
    kinds = {kind: case.get(kind, []) for kind in ("ents", "blocked", "outside")}
    if any(kinds.values()):
        spans = {
            kind: [library.tokens.Span(doc, start, end, label if kind == "ents" else "") for start, end, label in found]
            for kind, found in kinds.items()
        }
        doc.set_ents(spans["ents"], blocked=spans["blocked"], outside=spans["outside"], default="missing")
    if "raw" in case:
        values = [[iob, vocab.strings.add(label) if label else 0] for iob, label in case["raw"]]
        doc.from_array(["ENT_IOB", "ENT_TYPE"], np.array(values, dtype="uint64"))
    example = library.training.Example.from_dict(doc, case["gold"])
    if WRONG in case:
        reference = example.reference
        reference.spans[WRONG] = [library.tokens.Span(reference, *span) for span in case[WRONG]]
    return example
