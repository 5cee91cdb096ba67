"""Data that tries to break its reader, made anew whenever the tests run: small, and each the work of a few lines.

`CASES` has them by reader: {reader: {what it tries: bytes}}. `python tests/hostile/files.py FOLDER` writes them.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import srsly

import tagma
from tagma.kb import InMemoryLookupKB
from tagma.lookups import Table
from tagma.nn import Linear
from tagma.tokens import DocBin, SpanGroup
from tagma.vocab import Vocab

NLP = tagma.blank("en")
DOC = NLP.make_doc("a small doc")
pack: Callable[[Any], bytes] = srsly.msgpack_dumps


def array(shape: Any = (2, 2), type_: Any = "<f4", data: Any = b"\0" * 16, nd: Any = True) -> dict[bytes, Any]:
    """An array as msgpack has it, which need not be one."""
    return {b"nd": nd, b"type": type_, b"kind": b"", b"shape": shape, b"data": data}


def npy(shape: str, descr: str = "'<f4'") -> bytes:
    """An .npy file whose head claims a shape, with 16 bytes of content."""
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\0" * 16


def with_key(message: Any, *path: Any, to: Any) -> Any:
    """A copy of nested maps and lists in which one place is something else."""
    if not path:
        return to
    copy = dict(message) if isinstance(message, dict) else list(message)
    copy[path[0]] = with_key(copy[path[0]] if isinstance(copy, list) or path[0] in copy else None, *path[1:], to=to)
    return copy


WRONG = [None, 0, -1, 2**63, 1.5, "text", b"\xff\xfe", [], [None], [[]], {}, {"a": {}}, {1: 2}, True]
HUGE = [2**31 - 1, 2**40, 2**62]
ARRAYS = {
    **{f"array claims {n}": array(shape=[n, n]) for n in HUGE},
    "array of nothing, very wide": array(shape=[0, 2**62], data=b""),
    "array of many axes": array(shape=[1] * 100, data=b"\0" * 4),
    "array with a negative axis": array(shape=[-1, 4]),
    "array of objects": array(type_="|O", shape=[2], data=b"\x01" * 16),
    "array of no type": array(type_="<q9"),
    "array of a type in a type": array(type_="(1000000,1000000)<f4"),
    "array that is a text": array(data="text"),
    "array of a shape that is a text": array(shape="23"),
    "scalar of another size": array(type_="<f4", nd=False),
}
NESTED = b"\x91" * 100_000 + b"\xc0"
CLAIMS = {
    "list claims 4 billion": b"\xdd\xff\xff\xff\xff",
    "map claims 4 billion": b"\xdf\xff\xff\xff\xff",
    "bytes claim 4 billion": b"\xc6\xff\xff\xff\xff",
    "text claims 4 billion": b"\xdb\xff\xff\xff\xff",
    "lists that claim 4 billion each": b"\xdd\xff\xff\xff\xff" * 500,
    "list in list in list": NESTED,
    "empty": b"",
    "two documents": b"\x80\x80",
    "a number": b"\x07",
    "unknown byte": b"\xc1",
    "extension": b"\xc7\x01\x05a",
    "zeros": b"\0" * 1000,
}


def variants(message: dict[Any, Any], values: list[Any] = WRONG) -> dict[str, bytes]:
    """Maps in which each key in turn is gone, of another type, or an array that lies."""
    cases = dict(CLAIMS)
    for key in message:
        cases[f"no {key}"] = pack({name: value for name, value in message.items() if name != key})
        for value in values:
            cases[f"{key} is {value!r}"[:60]] = pack(with_key(message, key, to=value))
        for name, value in ARRAYS.items():
            cases[f"{key}: {name}"] = pack(with_key(message, key, to=value))
        if isinstance(message[key], bytes):
            cases |= {f"{key}: {name}": pack(with_key(message, key, to=data)) for name, data in CLAIMS.items()}
    return cases


def _docbin() -> dict[str, bytes]:
    DOC.user_data["k"] = 1
    DOC.spans["s"] = [DOC[0:1]]
    message = srsly.msgpack_loads(zlib.decompress(DocBin(docs=[DOC], store_user_data=True).to_bytes()))
    cases = variants(message)
    for key in ("cats", "flags", "span_groups", "user_data"):
        for value in [*WRONG, *CLAIMS.values(), pack(NESTED), pack([b"\x93"]), pack({b"a": 1}), pack(array())]:
            cases[f"item of {key} is {value!r}"[:60]] = pack(with_key(message, key, 0, to=value))
    cases["words without strings"] = pack(with_key(message, "strings", to=[]))
    for attr in (2**40, -1, 10**6, 65, 79, 1.0):
        cases[f"attribute {attr}"] = pack(with_key(message, "attrs", 1, to=attr))
    cases["heads outside"] = pack(with_key(message, "tokens", to=b"\x77" * len(message["tokens"])))
    packed = {name: zlib.compress(data) for name, data in cases.items()}
    packed["1.5 MB that unpack to 1.5 GB"] = _bomb(1500, b"\0")
    packed["1 MB that unpacks to maps"] = _bomb(900, b"\x80", b"\xdd\x38\x40\0\0")
    packed |= {"no zlib": b"text", "cut": zlib.compress(pack(message))[:-5], "nothing": b""}
    return packed


def _bomb(megabytes: int, byte: bytes, head: bytes = b"") -> bytes:
    """Zlib data without its end. After a full flush a block depends on none before it, so it may be repeated."""
    stream = zlib.compressobj(9)
    start = stream.compress(head) + stream.flush(zlib.Z_FULL_FLUSH)
    return start + (stream.compress(byte * 2**20) + stream.flush(zlib.Z_FULL_FLUSH)) * megabytes


def _doc() -> dict[str, bytes]:
    DOC.user_data["k"] = 1
    cases = variants(srsly.msgpack_loads(DOC.to_bytes()))
    message = srsly.msgpack_loads(DOC.to_bytes())
    for value in (2**40, -5, "x", None):
        cases[f"head is {value!r}"] = pack(with_key(message, "array_head", 3, to=value))
    for value in (2**62, -1):
        body = np.array(message["array_body"]).astype("int64")
        body[0, 0] = value
        cases[f"length is {value}"] = pack(with_key(message, "array_body", to=body))
    return cases


def _model() -> dict[str, bytes]:
    message = srsly.msgpack_loads(Linear(2, 3).initialize().to_bytes())
    cases = variants(message)
    for path in (("nodes", 0), ("nodes", 0, "dims"), ("nodes", 0, "refs"), ("nodes", 0, "name"), ("nodes", 0, "index")):
        for value in WRONG:
            cases[f"{path} is {value!r}"] = pack(with_key(message, *path, to=value))
    for path in (("params", 0), ("attrs", 0), ("shims", 0), ("params", 0, "W"), ("attrs", 0, "x"), ("shims", 0)):
        for value in [*WRONG, *ARRAYS.values(), NESTED[:200]]:
            cases[f"{path} is {str(value)[:90]}"] = pack(with_key(message, *path, to=value))
    for n in [*HUGE, -1, 0]:
        cases[f"nO is {n}"] = pack(with_key(message, "nodes", 0, "dims", "nO", to=n))
        cases[f"reference to {n}"] = pack(with_key(message, "nodes", 0, "refs", to={"x": n}))
    return cases


def _strings() -> dict[str, bytes]:
    texts = [
        "",
        "{",
        '"a"',
        "[1]",
        "[null]",
        '{"a": 1}',
        '["a", ["b"]]',
        "[" * 100_000,
        '["\\ud800"]',
        "nul",
        "[1e999]",
    ]
    return {text[:20]: text.encode() for text in texts} | {"no UTF-8": b'["\xff"]', "zeros": b"\0" * 1000}


def _tokenizer() -> dict[str, bytes]:
    message = {
        **dict.fromkeys(("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match"), "x"),
        "exceptions": {"don't": [{"ORTH": "do"}, {"ORTH": "n't"}]},
        "faster_heuristics": True,
    }
    cases = variants(message)
    for pattern in ("(", "[z-a]", "(?P<a>x)(?P<a>y)", "x{99999999999}", "(" * 5000, "\\", "(?i"):
        cases[f"pattern {pattern[:10]}"] = pack(with_key(message, "prefix_search", to=pattern))
    for tokens in (
        [{"ORTH": "x"}],
        [{}],
        [{"ORTH": 1}],
        ["x"],
        [None],
        [{"TAG": "x"}],
        [{"ORTH": "don't", "TAG": "x"}],
    ):
        cases[f"special case {tokens}"] = pack(with_key(message, "exceptions", to={"don't": tokens}))
    return cases


def _vectors() -> dict[str, bytes]:
    vocab = tagma.blank("en").vocab
    vocab.reset_vectors(width=2)
    vocab.set_vector("a", np.ones(2, dtype="f"))
    message = srsly.msgpack_loads(vocab.vectors.to_bytes())
    cases = variants(message)
    cases |= {f"table: {name}": pack({**message, "vectors": pack(value)}) for name, value in ARRAYS.items()}
    for keys in ({1: 2**62}, {1: "x"}, {"x": 1}, {None: 0}, {1: 1.5}, {2**64 - 1: 5}):
        cases[f"rows {keys}"] = pack({**message, "key2row": pack(keys)})
    for text in ("[]", '{"mode": "floret"}', '{"attr": "x"}', '{"attr": []}', "[" * 100_000, "{"):
        cases[f"settings {text[:20]}"] = pack({**message, "vectors.cfg": text})
    return cases


def _lookups() -> dict[str, bytes]:
    cases = variants({"table": {"a": 1}}) | variants({1: {}}) | variants({"table": {None: 1}})
    cases["lists as keys"] = b"\x81\xa1t\x81\x91\x01\x01"
    return cases


def _span_groups() -> dict[str, bytes]:
    group = srsly.msgpack_loads(SpanGroup(DOC, spans=[DOC[0:1]]).to_bytes())
    cases = variants(group)
    for bounds in ((0, 9, 0, 5), (-1, 1, 0, 1), (2, 1, 0, 1), (0, 1, 0, 99), (0, 1, -5, 1)):
        cases[f"bounds {bounds}"] = pack({**group, "spans": [struct.pack(">QQQllll", 0, 0, 0, *bounds)]})
    cases["key without a text"] = pack({**group, "spans": [struct.pack(">QQQllll", 5, 2**63, 7**20, 0, 1, 0, 1)]})
    return cases


def _doc_json() -> dict[str, bytes]:
    token = {"id": 0, "start": 0, "end": 1, "tag": "x", "pos": "", "morph": "", "lemma": "", "dep": "x", "head": 0}
    span = {"start": 0, "end": 1, "label": "", "kb_id": ""}
    data = {
        "text": "a",
        "tokens": [token],
        "ents": [span],
        "sents": [{"start": 0, "end": 1}],
        "spans": {"k": [span]},
        "cats": {"a": 1.0},
        "_": {"hostile": 1},
        "underscore_token": {"hostile": [{"start": 0, "value": 1}]},
        "underscore_span": {"hostile": [{"start": 0, "end": 1, "value": 1}]},
    }
    values = [None, 0, -1, 2**31, 2**63, 1.5, "text", "", [], [None], [[]], {}, {"a": {}}, {"k": [5]}, True]
    places: list[tuple[Any, ...]] = [(key,) for key in data]
    places += [("tokens", 0), *(("tokens", 0, key) for key in token), ("ents", 0), *(("ents", 0, key) for key in span)]
    places += [("spans", "k"), ("spans", "k", 0, "start"), ("underscore_token", "hostile"), ("sents", 0, "start")]
    cases = {
        f"{place} is {value!r}": json.dumps(with_key(data, *place, to=value)).encode()
        for place in places
        for value in values
    }
    for key in data:
        cases[f"no {key}"] = json.dumps({name: value for name, value in data.items() if name != key}).encode()
    return cases | _strings()


def _kb() -> dict[str, bytes]:
    kb = InMemoryLookupKB(Vocab(), 2)
    kb.set_entities(["a", "b"], [1, 2], [[1, 2], [3, 4]])
    kb.add_alias("x", ["a", "b"], [0.5, 0.25])
    message = srsly.msgpack_loads(kb.to_bytes())
    cases = variants(message)
    for key in message:
        value = srsly.json_loads(message[key])
        wrong = [
            *(value[:i] + [bad] + value[i + 1 :] for i in range(len(value)) for bad in [*HUGE, None, -1, [], "x", [[]]])
        ]
        for bad in [*wrong, [], {}, None, 5, [HUGE] * 4, value * 3]:
            cases[f"{key} is {str(bad)[:50]}"] = pack({**message, key: json.dumps(bad)})
        cases[f"{key} is nested"] = pack({**message, key: "[" * 100_000})
    return cases


def _kb_contents() -> dict[str, bytes]:
    """The file of a knowledge base: counts, vectors, entities, aliases."""
    entity, alias = struct.pack("<Qfi", 5, 1.0, 0), struct.pack("<Qqqf", 7, 1, 1, 0.5)
    whole = struct.pack("<qqff", 1, 2, 1, 2) + entity + struct.pack("<q", 1) + alias
    cases = {f"cut at {n}": whole[:n] for n in range(len(whole))}
    for at in range(0, len(whole) - 7, 4):
        for value in (*HUGE, -1, 2**63 - 1):
            cases[f"{value} at {at}"] = whole[:at] + struct.pack("<q", value) + whole[at + 8 :]
    return {**cases, "a million zeros": b"\0" * 10**6}


def _folder_files() -> dict[str, bytes]:
    """Name of a file in a saved pipeline, and what it tries."""
    jsons = {text[:20]: text.encode() for text in ("", "[]", "null", "1", '"x"', "[" * 100_000, '{"a":' * 50_000, "{")}
    cases: dict[str, bytes] = {}
    for file in ("meta.json", "tagger/cfg", "sentencizer.json", "vocab/vectors.cfg", "vocab/strings.json"):
        cases |= {f"{file}|{name}": data for name, data in jsons.items()}
    meta = {"lang": "en", "name": "x", "version": "1"}
    for key in (*meta, "vectors", "components", "labels", "performance", "pipeline", "disabled", "spacy_version"):
        for value in (None, 1, [1], {"a": 1}, "x\0"):
            cases[f"meta.json|{key} is {str(value)[:20]}"] = json.dumps({**meta, key: value}).encode()
    for value in ("labels", "overwrite", "neg_prefix"):
        cases |= {f"tagger/cfg|{value} is {x!r}": json.dumps({value: x}).encode() for x in (None, 1, {}, [[1]], "x")}
    for shape in (
        "(1099511627776,)",
        "(4294967296, 4294967296)",
        "(0, 1099511627776)",
        "(-1, 2)",
        "'x'",
        "(1,) * 10**9",
    ):
        cases[f"vocab/vectors|shape {shape}"] = npy(shape)
    for descr in ("'|O'", "'<f9'", "[('a', '<f4')]", "'<U1000000000'", "'(1000000,1000000)<f4'"):
        cases[f"vocab/vectors|type {descr}"] = npy("(2, 2)", descr)
    files = {"vocab/key2row": CLAIMS, "vocab/lookups.bin": CLAIMS, "tokenizer": CLAIMS, "tagger/model": CLAIMS}
    for file, datas in files.items():
        cases |= {f"{file}|{name}": data for name, data in datas.items()}
    configs = {
        "recursion": "[nlp]\nlang = ${nlp.pipeline}\npipeline = ${nlp.lang}\n",
        "deep": "[" + ".".join(["a"] * 500) + "]\nx = 1\n",
        "deep list": "[nlp]\nlang = " + "[" * 500,
        "no text": "\0\0\0",
        "doubling": "[a]\n" + "".join(f'x{i + 1} = "${{a.x{i}}}${{a.x{i}}}"\n' for i in range(60)) + 'x0 = "lol"\n',
    }
    cases |= {f"config.cfg|{name}": text.encode() for name, text in configs.items()}
    cases |= {
        f".tagma-journal|{name!r}": f"{name}\n".encode() for name in ("..", "/", "tagger", ".saving.x.part", "\0")
    }
    return cases


CASES: dict[str, Callable[[], dict[str, bytes]]] = {
    "DocBin": _docbin,
    "Doc": _doc,
    "StringStore": _strings,
    "Vocab": lambda: variants(srsly.msgpack_loads(NLP.vocab.to_bytes(exclude=["strings"])) | {"strings": '["a"]'}),
    "Vectors": _vectors,
    "Lookups": _lookups,
    "Table": lambda: variants(srsly.msgpack_loads(Table("t", {"a": 1}).to_bytes())),
    "Model": _model,
    "Tokenizer": _tokenizer,
    "DocJSON": _doc_json,
    "SpanGroup": _span_groups,
    "SpanGroups": lambda: (
        {f"one: {name}": pack({data: ["k"]}) for name, data in _span_groups().items()}
        | {f"list: {name}": pack([data]) for name, data in _span_groups().items()}
        | variants({b"x": ["k"]})
    ),
    "KB": _kb,
    "KBContents": _kb_contents,
    "folder": _folder_files,
}
if __name__ == "__main__":
    for reader, cases in CASES.items():
        for number, data in enumerate(cases().values()):
            file = Path(sys.argv[1]) / reader / str(number)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
