"""Annotations in the forms that `Doc(...)` and JSON take, as the values of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy

from tagma import parts_of_speech
from tagma.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, LEMMA, MORPH, POS, SENT_START, TAG
from tagma.errors import Errors
from tagma.tokens.trees import find_cycle

if TYPE_CHECKING:
    from tagma.vocab import Vocab


def columns_of(vocab: Vocab, length: int, given: dict[str, list[Any]]) -> tuple[list[int], Any]:
    """Attributes and their values, as `Doc.from_array` takes them: uint64 (length, attributes).

    given   Lists by the names of the arguments of `Doc`: tags, pos, morphs, lemmas, heads, deps, sent_starts, ents.

    None is no tag, no lemma, no label, and as head the token itself.

    Raises ValueError: E189 for a list of another length, E1017 for heads without deps, E4052 for heads in a cycle,
    E1021 for an unknown part of speech, E177 for bad IOB; TypeError E017 for a value that is neither text nor key.
    """
    if any(len(values) != length for values in given.values()):
        raise ValueError(Errors.E189)
    if "heads" in given and "deps" not in given:
        raise ValueError(Errors.E1017)
    if cycle := find_cycle(given.get("heads", ())):
        raise ValueError(Errors.E4052.format(where=f"tokens {sorted(cycle)}"))
    for value in given.get("pos", ()):
        if value not in parts_of_speech.IDS:
            raise ValueError(Errors.E1021.format(pp=value))
    strings = vocab.strings
    columns: dict[int, list[int]] = {}
    for name, attr, convert in _converters(vocab):
        if name in given:
            columns[attr] = [convert(value) for value in given[name]]
    if "deps" in given:
        heads = given.get("heads", range(length))
        columns[HEAD] = [0 if head is None else head - i for i, head in enumerate(heads)]
    if "ents" in given:
        columns[ENT_IOB], types = _iob_parts(given["ents"])
        columns[ENT_TYPE] = [strings.add(kind) for kind in types]
    array = numpy.empty((length, len(columns)), dtype="uint64")
    for j, (attr, values) in enumerate(columns.items()):
        dtype = "int64" if attr in (HEAD, SENT_START) else "uint64"
        array[:, j] = numpy.array(values, dtype=dtype).view("uint64")
    return list(columns), array


def _converters(vocab: Vocab) -> list[tuple[str, int, Callable[[Any], int]]]:
    """Argument, attribute, and what makes a value of the column of a value that is given."""

    def key(value: Any) -> int:
        if value is None:
            return 0
        if isinstance(value, str):
            return vocab.strings.add(value)
        if isinstance(value, (int, numpy.integer)) and not isinstance(value, bool):
            return int(value)
        raise TypeError(Errors.E017.format(value_type=type(value)))

    return [
        ("tags", TAG, key),
        ("lemmas", LEMMA, key),
        ("deps", DEP, key),
        ("pos", POS, parts_of_speech.IDS.__getitem__),
        ("morphs", MORPH, vocab.morphology.add),
        ("sent_starts", SENT_START, _sent_start),
    ]


def _sent_start(value: Any) -> int:
    if value is True:
        return 1
    if value is False:
        return -1
    return value if value in (-1, 0, 1) else 0


def _iob_parts(ents: Iterable[Any]) -> tuple[list[int], list[str]]:
    """IOB codes and types. A changed type and an I without a B start an entity; ValueError E177 for what is no IOB."""
    codes, types = [], []
    last = ""
    for ent in ents:
        if ent is not None and not isinstance(ent, str):
            raise ValueError(Errors.E177.format(tag=ent, place=""))
        if not ent or ent == "O":
            codes.append(2 if ent else 0)
            last = ""
        elif len(ent) < 3 or ent[0] not in "BI" or ent[1] != "-":
            raise ValueError(Errors.E177.format(tag=ent, place=""))
        else:
            codes.append(1 if ent[0] == "I" and ent[2:] == last else 3)
            last = ent[2:]
        types.append(last)
    return codes, types
