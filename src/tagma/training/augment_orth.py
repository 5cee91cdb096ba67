"""Spelling variants of words: "..." or "…", “ ” or « ».

    {"single": [{"tags": ["."], "variants": ["...", "…"]}],
     "paired": [{"tags": ["``", "''"], "variants": [["“", "”"], ["«", "»"]]}]}

A word is exchanged where its tag is among `tags` and it is itself one of the variants.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["check_orth_variants", "construct_modified_raw_text", "make_orth_variants"]


def make_orth_variants(
    nlp: Language,
    raw: str,
    token_dict: dict[str, list[Any]],
    orth_variants: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    lower: bool = False,
) -> tuple[str, dict[str, list[Any]]]:
    """Text and token annotation with one variant of each entry throughout, in lower case before that if `lower`.

    token_dict    columns ORTH, SPACY and TAG; without tags the words are lower-cased at most, and so is `raw`

    Of a pair, the side is that of the tag if there are two tags, else that of the word in the last pair it is in.
    """
    words: list[str] = [word.lower() if lower else word for word in token_dict.get("ORTH", [])]
    tags = token_dict.get("TAG", [])
    if not tags:
        return raw.lower() if lower else raw, {**token_dict, "ORTH": words}
    for entry in orth_variants.get("single", []):
        chosen = random.choice(entry["variants"])
        words = [
            chosen if tag in entry["tags"] and word in entry["variants"] else word
            for word, tag in zip(words, tags, strict=True)
        ]
    paired = [(entry, random.choice(entry["variants"])) for entry in orth_variants.get("paired", [])]
    for entry, pair in paired:
        words = _exchange_pairs(words, tags, entry, pair)
    changed = {**token_dict, "ORTH": words}
    return construct_modified_raw_text(changed), changed


def _exchange_pairs(
    words: Sequence[str], tags: Sequence[str], entry: Mapping[str, Any], pair: Sequence[str]
) -> list[str]:
    sides = {word: variant.index(word) for variant in entry["variants"] for word in variant}
    out = []
    for word, tag in zip(words, tags, strict=True):
        if tag in entry["tags"] and word in sides:
            random.choice((0, 1))  # what follows from a seed is what follows from it in spaCy, which draws here
            side = entry["tags"].index(tag) if len(entry["tags"]) == 2 else sides[word]
            out.append(pair[side])
        else:
            out.append(word)
    return out


def construct_modified_raw_text(token_dict: Mapping[str, Sequence[Any]]) -> str:
    """The text of the words in the column ORTH, with a blank where SPACY says so."""
    return "".join(
        word + (" " if space else "") for word, space in zip(token_dict["ORTH"], token_dict["SPACY"], strict=True)
    )


def check_orth_variants(orth_variants: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Raises ValueError for an entry without tags or variants, and for pairs that are none."""
    for kind in ("single", "paired"):
        for i, entry in enumerate(orth_variants.get(kind, [])):
            place = f"orth_variants[{kind!r}][{i}]"
            for key in ("tags", "variants"):
                if not isinstance(entry.get(key), (list, tuple)) or not entry[key]:
                    raise ValueError(f"{place}: {key!r} must be a list that is not empty, not {entry.get(key)!r}")
            for variant in entry["variants"]:
                if kind == "single" and not _is_word(variant):
                    raise ValueError(f"{place}: a variant must be a word, not {variant!r}")
                if kind == "paired" and not (_is_pair(variant) and all(map(_is_word, variant))):
                    raise ValueError(f"{place}: a variant must be two words, left and right, not {variant!r}")


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2
