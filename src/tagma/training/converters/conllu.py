"""CoNLL-U, the format of Universal Dependencies (https://universaldependencies.org/format.html), as Docs.

Ten columns, separated by tabs: ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC. A blank line ends a sentence, lines
that begin with # are comments, a-b as ID is a multiword token (a surface form of several words), a.b a word that is
not in the text. "_" stands for nothing.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tagma.errors import Errors
from tagma.gold.biluo import biluo_to_iob, iob_to_biluo
from tagma.morphology import Morphology
from tagma.parts_of_speech import IDS as POS_IDS
from tagma.tokens import Doc
from tagma.tokens.trees import find_cycle
from tagma.training.converters.grouping import grouped
from tagma.vocab import Vocab

__all__ = ["conllu_to_docs"]

COLUMNS = 10
NOTHING = "_"
ENTITY_NAMES = ("name", "NE")  # of the item of MISC with the entity; it may also stand there without a name
LABEL = frozenset(string.ascii_uppercase + "_")


@dataclass(slots=True)
class Word:
    """One word of a sentence; `head` is an index in the sentence, its own for a root and where none is given.

    `dep` is empty where neither head nor label is given.
    """

    form: str
    lemma: str
    pos: str
    tag: str
    morph: str
    head: int
    dep: str
    entity: str
    space: bool = True


@dataclass(slots=True)
class Sentence:
    """The words, and [start, end), surface form and following space of each multiword token."""

    words: list[Word] = field(default_factory=list)
    multiwords: list[tuple[int, int, str, bool]] = field(default_factory=list)


def conllu_to_docs(
    input_data: str,
    n_sents: int = 10,
    append_morphology: bool = False,
    ner_map: Mapping[str, str] | None = None,
    merge_subtokens: bool = False,
    no_print: bool = False,
    *,
    vocab: Vocab | None = None,
    **_: Any,
) -> Iterator[Doc]:
    """Docs of `n_sents` sentences each, of all of them with 0.

    append_morphology    write TAG__FEATS as the tag
    ner_map              other labels for the entities; "" drops one
    merge_subtokens      one token, with the surface form, of the words of each multiword token
    vocab                vocabulary of the Docs; a new one if None

    Entities are read from MISC (`name=B-ORG`), if it has them anywhere. A sentence that is followed by another one in
    its Doc ends in a space. Words without HEAD and DEPREL ("_") have no parse, but are of their sentence. Raises
    ValueError E4040 with the number of the line that is not in the format, or from which heads lead round in a circle.
    """
    vocab = Vocab() if vocab is None else vocab
    sentences = _sentences(input_data)
    with_entities = any(word.entity != "O" for sentence in sentences for word in sentence.words)
    for group in grouped(sentences, n_sents):
        words: list[Word] = []
        starts: set[int] = set()
        for sentence in group:
            if words:
                words[-1].space = True
            starts.add(len(words))
            words += _placed(_merged(sentence) if merge_subtokens else sentence.words, len(words))
        yield _doc(vocab, words, starts, append_morphology, ner_map or {} if with_entities else None)


def _doc(
    vocab: Vocab, words: list[Word], starts: set[int], append_morphology: bool, ner_map: Mapping[str, str] | None
) -> Doc:
    doc = Doc(
        vocab,
        words=[word.form for word in words],
        spaces=[word.space for word in words],
        tags=[f"{word.tag}__{word.morph}" if append_morphology and word.morph else word.tag for word in words],
        pos=[word.pos for word in words],
        morphs=[word.morph for word in words],
        lemmas=[word.lemma for word in words],
        heads=[word.head for word in words],
        deps=[word.dep for word in words],
        sent_starts=[i in starts for i in range(len(words))],
        ents=None if ner_map is None else _entity_tags(words, ner_map),
    )
    # where there are trees, only roots with a label begin sentences; here it is known of the others, too
    doc.column("sent_start")[list(starts)] = 1
    return doc


def _entity_tags(words: list[Word], ner_map: Mapping[str, str]) -> list[str]:
    tags = []
    for word in words:
        prefix, _, label = word.entity.partition("-")
        label = ner_map.get(label, label)
        tags.append(f"{prefix}-{label}" if label else "O")
    return [str(tag) for tag in biluo_to_iob(iob_to_biluo(tags))]


def _placed(words: list[Word], offset: int) -> list[Word]:
    for word in words:
        word.head += offset
    return words


def _sentences(text: str) -> list[Sentence]:
    found = []
    lines: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip():
            if lines:
                found.append(_sentence(lines))
            lines = []
        elif not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != COLUMNS:
                many = f"{len(columns)} column{'s' * (len(columns) != 1)}"
                raise _malformed(number, f"{many} instead of {COLUMNS}, separated by tabs", line)
            if "." not in columns[0]:
                lines.append((number, columns))
    if lines:
        found.append(_sentence(lines))
    return found


def _sentence(lines: list[tuple[int, list[str]]]) -> Sentence:
    sentence = Sentence()
    ranges: list[tuple[int, list[str]]] = []
    index: dict[str, int] = {}
    heads: list[tuple[int, str]] = []
    for number, columns in lines:
        if "-" in columns[0]:
            ranges.append((number, columns))
            continue
        name, form, lemma, pos, tag, feats, head, dep, _, misc = columns
        if not name.isdecimal() or name in index:
            raise _malformed(number, f"the ID {name!r} is not a new number", "\t".join(columns))
        if pos not in POS_IDS and pos != NOTHING:
            raise _malformed(number, f"{pos!r} is no part of speech", "\t".join(columns))
        index[name] = len(index)
        heads.append((number, name if head in ("0", NOTHING) else head))
        morph = "" if feats == NOTHING else feats
        sentence.words.append(
            Word(
                form=form,
                lemma=lemma,
                pos="" if pos == NOTHING else pos,
                tag=pos if tag == NOTHING else tag,
                morph=morph,
                head=0,
                dep="" if head == dep == NOTHING else "ROOT" if dep == "root" else dep,
                entity=_entity(misc),
                space="SpaceAfter=No" not in misc.split("|"),
            )
        )
    for word, (number, head) in zip(sentence.words, heads, strict=True):
        if head not in index:
            raise _malformed(number, f"the HEAD {head!r} is no word of the sentence", word.form)
        word.head = index[head]
    if cycle := find_cycle([word.head for word in sentence.words]):
        ids = list(index)
        way = " → ".join(ids[i] for i in [*cycle, cycle[0]])
        word = sentence.words[cycle[0]]
        raise _malformed(heads[cycle[0]][0], f"the HEADs form a cycle ({way}); a parse is a tree", word.form)
    for number, columns in ranges:
        first, _, last = columns[0].partition("-")
        if first not in index or last not in index or index[first] >= index[last]:
            raise _malformed(number, f"the ID {columns[0]!r} is no range of words of the sentence", "\t".join(columns))
        start, end = index[first], index[last] + 1
        space = "SpaceAfter=No" not in columns[9].split("|")
        for word in sentence.words[start : end - 1]:
            word.space = False
        sentence.words[end - 1].space = space
        sentence.multiwords.append((start, end, columns[1], space))
    return sentence


def _entity(misc: str) -> str:
    """The first BILU tag among the items of MISC; "O" for none."""
    for item in misc.split("|"):
        name, _, value = item.partition("=")
        tag = value if name in ENTITY_NAMES else item
        label = tag[2:]
        if tag.startswith(("B-", "I-", "L-", "U-")) and label and LABEL.issuperset(label):
            return tag
    return "O"


def _malformed(number: int, reason: str, line: str) -> ValueError:
    return ValueError(Errors.E4040.format(number=number, reason=reason, line=line[:80]))


def _merged(sentence: Sentence) -> list[Word]:
    """The words with one token for each multiword token; its place in the tree is that of its highest word."""
    words = sentence.words
    depths = [_depth(words, i) for i in range(len(words))]
    new_index: list[int] = []
    merged: list[tuple[Word, int]] = []
    end_of_last = 0
    for start, end, form, space in [*sorted(sentence.multiwords), (len(words), len(words), "", True)]:
        if start < end_of_last:
            continue
        for i in range(end_of_last, start):
            new_index.append(len(merged))
            merged.append((words[i], words[i].head))
        if start == end:
            break
        parts = words[start:end]
        root = words[min(range(start, end), key=depths.__getitem__)]
        new_index += [len(merged)] * len(parts)
        whole = Word(
            form=form,
            lemma=" ".join(part.lemma for part in parts),
            pos=root.pos,
            tag="_".join(part.tag for part in parts),
            morph=_union([part.morph for part in parts]),
            head=0,
            dep=root.dep,
            entity=root.entity,
            space=space,
        )
        merged.append((whole, root.head))
        end_of_last = end
    for word, head in merged:
        word.head = new_index[head]
    return [word for word, _ in merged]


def _depth(words: list[Word], i: int) -> int:
    """Arcs from a word up to the root of its tree."""
    depth = 0
    while words[i].head != i:
        i = words[i].head
        depth += 1
    return depth


def _union(morphs: list[str]) -> str:
    features: dict[str, set[str]] = {}
    for morph in morphs:
        for name, values in Morphology.feats_to_dict(morph).items():
            features.setdefault(name, set()).update(values.split(Morphology.VALUE_SEP))
    return "|".join(f"{name}={','.join(sorted(values))}" for name, values in sorted(features.items()))
