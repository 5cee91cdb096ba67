"""F-score of the English tokenizer's tokens against the words of treebanks: UD EWT, and those of --treebanks.

    python benchmarks/tokens.py --treebanks /path/to/gum

A token counts if the annotators have a word at the same place. Sentences whose words are not in the text as they are
written (a few with corrected spelling) are left out.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

from harness import EWT, load, main, read_conllu


class Sentence(NamedTuple):
    text: str
    words: list[str]


def sentences(path: Path) -> list[Sentence]:
    found: list[Sentence] = []
    for line in read_conllu(path).splitlines():
        if line.startswith("# text = "):
            found.append(Sentence(line.removeprefix("# text = "), []))
        elif line[:1].isdigit() and line.partition("\t")[0].isdecimal():
            found[-1].words.append(line.split("\t")[1])
    return found


def places(sentence: Sentence) -> set[tuple[int, int]]:
    """Where the words of a sentence begin and end; empty if one is not to be found there."""
    spans: set[tuple[int, int]] = set()
    end = 0
    for word in sentence.words:
        start = sentence.text.find(word, end)
        if start < 0 or sentence.text[end:start].strip():
            return set()
        end = start + len(word)
        spans.add((start, end))
    return spans


def measure(lib: str, args: argparse.Namespace) -> dict[str, float]:
    tokenizer = load(lib).blank("en").tokenizer
    results: dict[str, float] = {}
    for folder in (EWT, *args.treebanks):
        for path in sorted(folder.glob("*.conllu.xz")):
            same = total = 0
            for sentence in sentences(path):
                theirs = places(sentence)
                if theirs:
                    doc = tokenizer(sentence.text)
                    ours = {(token.idx, token.idx + len(token)) for token in doc if not token.is_space}
                    same += len(ours & theirs)
                    total += len(ours) + len(theirs)
            part = "train" if "train" in path.name else "dev"
            results[f"{folder.name} {part}, F-score of tokens"] = 200 * same / total
    return results


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--treebanks", type=Path, nargs="*", default=[], help="folders with *.conllu.xz")


if __name__ == "__main__":
    main(__file__, measure, {}, arguments)
