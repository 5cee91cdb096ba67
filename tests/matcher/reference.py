"""What a Matcher finds, said in plain Python and slowly: the twin that the compiled automaton is compared with.

A token is a dict of attributes, a pattern a list of (test, operator), in which a test is a function of a token. Follows
every path by itself, so that it takes exponential time where paths meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

Test = Callable[[Any], bool]
Item = tuple[Test, str, int]
Match = tuple[Any, int, int]


def expand(pattern: Sequence[tuple[Test, str]]) -> list[Item]:
    """Items whose operators are "1", "!", "?" and "*", with the index of the token pattern that each is from."""
    items: list[Item] = []
    for index, (test, operator) in enumerate(pattern):
        counts = re.fullmatch(r"\{(\d*)(,?)(\d*)\}", operator)
        if counts:
            low = int(counts[1] or 0)
            items += [(test, "1", index)] * low
            if counts[2]:
                items += [(test, "?", index)] * (int(counts[3]) - low) if counts[3] else [(test, "*", index)]
        elif operator == "+":
            items += [(test, "1", index), (test, "*", index)]
        else:
            items.append((test, operator, index))
    return items


def emissions(
    patterns: list[tuple[Any, list[Item]]], tokens: Sequence[Any]
) -> list[tuple[Any, int, int, tuple[int, ...]]]:
    """(key, start, end, items' indices) for each path that ends, in the order in which that becomes known."""
    found: list[tuple[Any, int, int, tuple[int, ...]]] = []
    live: list[tuple[int, int, int, tuple[int, ...]]] = []
    for i, token in enumerate(tokens):
        live += [(p, 0, i, ()) for p in range(len(patterns)) if patterns[p][1]]
        keep, new = [], []
        for p, at, start, path in live:
            key, items = patterns[p]
            while True:
                test, operator, index = items[at]
                last = at == len(items) - 1
                holds = test(token) != (operator == "!")
                longer = (*path, index)
                if operator in ("1", "!"):
                    if holds and last:
                        found.append((key, start, i + 1, longer))
                    elif holds:
                        keep.append((p, at + 1, start, longer))
                    break
                if last:
                    found.append((key, start, i, path))
                    if holds and operator == "*":
                        keep.append((p, at, start, longer))
                    elif holds:
                        found.append((key, start, i + 1, longer))
                    break
                if holds:
                    new.append((p, at if operator == "*" else at + 1, start, longer))
                at += 1
        live = keep + new
    for p, at, start, path in live:
        key, items = patterns[p]
        while items[at][1] in ("?", "*"):
            if at == len(items) - 1:
                found.append((key, start, len(tokens), path))
                break
            at += 1
    return found


def matches(patterns: list[tuple[Any, list[Item]]], tokens: Sequence[Any]) -> dict[Match, list[int]]:
    """Each match once, with the alignment of the first path that ends there, in the order of these paths."""
    found: dict[Match, list[int]] = {}
    for key, start, end, path in emissions(patterns, tokens):
        if end > start:
            found.setdefault((key, start, end), list(path))
    return found


def greedy(found: list[Match], preference: dict[Any, str]) -> list[Match]:
    """Of keys with "FIRST" or "LONGEST", only the matches that are preferred, behind those of the other keys."""
    out = [match for match in found if match[0] not in preference]
    for key in dict.fromkeys(match[0] for match in found if match[0] in preference):
        own = [match for match in found if match[0] == key]
        if preference[key] == "FIRST":
            own.sort(key=lambda match: (match[1], match[1] - match[2]))
        else:
            own.sort(key=lambda match: (match[1] - match[2], match[1]))
        taken: set[int] = set()
        for match in own:
            if taken.isdisjoint(range(match[1], match[2])):
                taken.update(range(match[1], match[2]))
                out.append(match)
    return out
