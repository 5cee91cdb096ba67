"""Pipelines with a component of each kind, and what can happen to their bytes and files.

`COMPONENTS` has them by name, small and trained on one sentence; `damaged_parts` alters what a component wrote, and
`damaged_files` a saved folder, file by file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from files import ARRAYS, CLAIMS, NESTED, WRONG, pack, with_key

import tagma
from tagma.tokens import Doc
from tagma.training import Example

WORDS = ["She", "reads", "small", "books"]
SENTENCE = " ".join(WORDS)
SMALL = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 8,
    "depth": 1,
    "embed_size": 10,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}
PATTERNS = [
    {"label": "NAME", "pattern": "small books", "id": "b"},
    {"label": "NAME", "pattern": [{"LOWER": "she"}, {"TAG": {"IN": ["VBZ"]}, "OP": "?"}]},
]


def _tagger(**settings: Any) -> dict[str, Any]:
    return {"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": SMALL}, **settings}


def _parser(state: str) -> dict[str, Any]:
    network = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": state,
        "extra_state_tokens": False,
        "hidden_width": 8,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": SMALL,
    }
    return {"model": network}


# Settings of each component, which has to be small.
COMPONENTS: dict[str, dict[str, Any]] = {
    "tok2vec": {"model": SMALL},
    "tagger": _tagger(),
    "morphologizer": _tagger(),
    "senter": _tagger(),
    "trainable_lemmatizer": _tagger(min_tree_freq=1),
    "parser": _parser("parser"),
    "ner": _parser("ner"),
    "textcat": {"model": {"@architectures": "spacy.TextCatBOW.v3", "length": 100, "ngram_size": 1}},
    "textcat_multilabel": {"model": {"@architectures": "spacy.TextCatBOW.v3", "length": 100, "ngram_size": 1}},
    "spancat": {"model": {"@architectures": "spacy.SpanCategorizer.v1", "tok2vec": SMALL}},
    "span_finder": {"model": {"@architectures": "spacy.SpanFinder.v1", "tok2vec": SMALL}},
    "lemmatizer": {"mode": "rule"},
    "attribute_ruler": {},
    "entity_ruler": {},
    "span_ruler": {},
    "sentencizer": {},
}
for _name, _settings in COMPONENTS.items():
    if _name in ("spancat", "span_finder"):
        _settings["model"]["scorer"] = {"@layers": "spacy.LinearLogistic.v1", "nO": None, "nI": None}
for _name in ("textcat", "textcat_multilabel"):
    COMPONENTS[_name]["model"] |= {"exclusive_classes": _name == "textcat", "no_output_layer": False, "nO": None}
COMPONENTS["spancat"]["model"]["reducer"] = {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 8}


# Pipelines whose files are damaged: with files of each kind, and with vectors of the other.
PIPELINES = {
    "vectors": ["tagger", "trainable_lemmatizer", "parser", "textcat", "lemmatizer", "attribute_ruler", "entity_ruler"]
    + ["span_ruler", "sentencizer"],
    "floret": [],
}

# Components without a network, and how they get what they know.
RULES: dict[str, Any] = {
    "lemmatizer": lambda proc: proc.initialize(lookups=_tables()),
    "attribute_ruler": lambda proc: proc.add([[{"LOWER": "she"}]], {"LEMMA": "she", "POS": "PRON"}),
    "entity_ruler": lambda proc: proc.add_patterns(PATTERNS),
    "span_ruler": lambda proc: proc.add_patterns(PATTERNS),
    "sentencizer": lambda proc: None,
}


def pipeline(*names: str, floret: bool = False) -> Any:
    """A pipeline of these components, trained on one sentence."""
    nlp = tagma.blank("en")
    _give_vectors(nlp, floret)
    for name in names:
        if name not in RULES:
            nlp.add_pipe(name, config=COMPONENTS[name])
    nlp.initialize(lambda: [_example(nlp)])
    for name in names:
        if name in RULES:
            RULES[name](nlp.add_pipe(name, config=COMPONENTS[name]))
    return nlp


def _give_vectors(nlp: Any, floret: bool) -> None:
    data = np.ones((4, 3), dtype="f")
    if floret:
        settings = {"mode": "floret", "minn": 2, "maxn": 3, "hash_count": 2, "bow": "<", "eow": ">"}
        nlp.vocab.vectors = tagma.vectors.Vectors(data=data, strings=nlp.vocab.strings, **settings)
    else:
        nlp.vocab.vectors = tagma.vectors.Vectors(data=data, keys=WORDS, strings=nlp.vocab.strings)


def _tables() -> Any:
    from tagma.lookups import Lookups

    lookups = Lookups()
    lookups.add_table("lemma_rules", {"noun": [["s", ""]], "verb": [["s", ""]]})
    lookups.add_table("lemma_exc", {"noun": {"mice": ["mouse"]}})
    lookups.add_table("lemma_index", {"noun": ["book"]})
    return lookups


def _example(nlp: Any) -> Example:
    gold = Doc(
        nlp.vocab,
        words=WORDS,
        tags=["PRP", "VBZ", "JJ", "NNS"],
        pos=["PRON", "VERB", "ADJ", "NOUN"],
        morphs=["Case=Nom", "", "", "Number=Plur"],
        lemmas=["she", "read", "small", "book"],
        heads=[1, 1, 3, 1],
        deps=["nsubj", "ROOT", "amod", "obj"],
        ents=["O", "O", "B-NAME", "I-NAME"],
    )
    gold.cats = {"a": 1.0, "b": 0.0}
    gold.spans["sc"] = [tagma.tokens.Span(gold, 2, 4, label="NAME")]
    return Example(Doc(nlp.vocab, words=WORDS), gold)


def damaged_parts(data: bytes) -> dict[str, bytes]:
    """What a component wrote, a msgpack map, with parts of it gone, of another type, cut, or altered inside."""
    message = srsly.msgpack_loads(data)
    cases = dict(CLAIMS)
    for key, value in message.items():
        cases[f"no {key}"] = pack({name: part for name, part in message.items() if name != key})
        for wrong in WRONG:
            cases[f"{key} is {wrong!r}"[:60]] = pack({**message, key: wrong})
        if isinstance(value, bytes | str) and key != "model":
            for name, wrong in _altered(value.encode() if isinstance(value, str) else value).items():
                cases[f"{key} {name}"] = pack({**message, key: wrong})
    return cases


def _altered(data: bytes) -> dict[str, bytes]:
    """A part in its own format, JSON or msgpack, with each place of it something else."""
    cases = {**CLAIMS, "nested": NESTED, "half": data[: len(data) // 2]}
    for read, write in ((srsly.json_loads, lambda x: json.dumps(x).encode()), (srsly.msgpack_loads, pack)):
        try:
            content = read(data)
        except Exception:  # of the other format
            continue
        for place in list(_places(content))[:12]:
            for wrong in [*WRONG, *(ARRAYS.values() if write is pack else ())]:
                try:
                    cases[f"at {place} is {str(wrong)[:60]}"] = write(with_key(content, *place, to=wrong))
                except TypeError:  # bytes in JSON
                    continue
        break
    return cases


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of nested maps and lists, the first two of each."""
    yield path
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in list(items)[:2]:
        yield from _places(value, (*path, key))


def damaged_files(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    """Name of each file of a folder, with contents that it could have after an accident; None: it is gone."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, data = str(file.relative_to(folder)), file.read_bytes()
        half = len(data) // 2
        contents = [None, b"", data[:half], data[:-1], data + b"\0", b"\0" * len(data)]
        contents += [data[:i] + bytes([data[i] ^ 1 << bit]) + data[i + 1 :] for i, bit in _spread(len(data))]
        contents += [other.read_bytes() for other in _others(folder, file)]
        for content in contents:
            if content != data:
                yield name, content


def _spread(length: int) -> Iterator[tuple[int, int]]:
    """Four bytes of a file, each with a bit of its own."""
    for i in range(min(4, length)):
        yield i * length // 4, 2 * i


def _others(folder: Path, file: Path) -> list[Path]:
    """Two other files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != file)
    return files[:: max(1, len(files) // 2)][:2]
