"""Judge the report of `basedpyright --verifytypes tagma --outputjson`, read from standard input.

    make types-public

Prints the share of public names whose types are known and unambiguous, and the names that are not, with the reason.
Exit status 1 if the share is below LEAST.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

LEAST = 0.95


def unknown(symbols: list[dict[str, Any]]) -> Iterator[str]:
    """Public names without a known type, each with the first line of what is said of it."""
    for symbol in symbols:
        if symbol["isExported"] and not symbol["isTypeKnown"]:
            reasons = [note["message"].partition("\n")[0] for note in symbol["diagnostics"]]
            yield f"{symbol['name']}: {reasons[0] if reasons else 'a part of it is unknown'}"


def main() -> int:
    report = json.load(sys.stdin).get("typeCompleteness")
    if report is None:
        print("basedpyright found no package of the name tagma")
        return 1
    for line in unknown(report["symbols"]):
        print(line)
    score, known = report["completenessScore"], report["exportedSymbolCounts"]["withKnownType"]
    print(f"types of {score:.2%} of the public names are known ({known} names; at least {LEAST:.0%})")
    return int(score < LEAST)


if __name__ == "__main__":
    sys.exit(main())
