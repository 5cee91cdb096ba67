"""Give one reader all that tries to break it, in a process whose memory is bounded; print what went wrong as JSON.

python tests/hostile/read_all.py READER
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import srsly

import tagma
from tagma.kb import InMemoryLookupKB
from tagma.lookups import Lookups, Table
from tagma.nn import Linear
from tagma.strings import StringStore
from tagma.tokens import Doc, DocBin, SpanGroup
from tagma.vectors import Vectors
from tagma.vocab import Vocab

from files import CASES  # isort: skip  # beside this script

MEMORY = 600 * 2**20  # on top of what there is before a case is read
SECONDS = 5.0
NLP = tagma.blank("en")
DOC = NLP.make_doc("a small doc")


def read_docs(data: bytes) -> None:
    """All docs of a bin, and what is in them."""
    for doc in DocBin().from_bytes(data).get_docs(Vocab()):
        doc.to_bytes()


def folder_reader() -> Callable[[str, bytes], None]:
    """Loads a pipeline with one file replaced."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger").add_label("X")
    nlp.add_pipe("sentencizer")
    nlp.initialize()
    folder = Path(tempfile.mkdtemp()) / "pipeline"
    nlp.to_disk(folder)

    def read(case: str, data: bytes) -> None:
        file = folder / case.split("|")[0]
        before = file.read_bytes() if file.exists() else None
        file.write_bytes(data)
        try:
            tagma.load(folder)
        finally:
            file.unlink() if before is None else file.write_bytes(before)

    return read


def read_contents(data: bytes) -> None:
    """A knowledge base whose file of entries is this."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "contents").write_bytes(data)
        (Path(name) / "strings.json").write_text("[]")
        InMemoryLookupKB(Vocab(), 1).from_disk(name)


READERS: dict[str, Callable[[bytes], Any]] = {
    "DocBin": read_docs,
    "DocJSON": lambda data: Doc(Vocab()).from_json(srsly.json_loads(data)).to_json(),
    "SpanGroup": lambda data: list(SpanGroup(DOC).from_bytes(data)),
    "SpanGroups": lambda data: [list(group) for group in DOC.copy().spans.from_bytes(data).values()],
    "Doc": lambda data: Doc(Vocab()).from_bytes(data).to_bytes(),
    "StringStore": lambda data: StringStore().from_bytes(data),
    "Vocab": lambda data: Vocab().from_bytes(data),
    "Vectors": lambda data: Vectors().from_bytes(data),
    "Lookups": lambda data: Lookups().from_bytes(data),
    "Table": lambda data: Table().from_bytes(data),
    "Model": lambda data: Linear(2, 3).from_bytes(data),
    "KB": lambda data: InMemoryLookupKB(Vocab(), 1).from_bytes(data).to_bytes(),
    "KBContents": read_contents,
    "Tokenizer": lambda data: NLP.tokenizer.from_bytes(data),
}


def complaint(read: Callable[[], Any]) -> str | None:
    """What is wrong with how a reader takes its data; None if it reads it, or refuses it clearly and soon."""
    start = time.perf_counter()
    try:
        read()
    except (ValueError, OSError, ImportError) as error:  # ImportError: no such language
        if not str(error).strip() or len(str(error)) > 3000:
            return f"says {str(error)[:100]!r}"
        if type(error).__module__.split(".")[0] in ("srsly", "zlib", "json", "re"):
            return f"raises a {type(error).__module__}.{type(error).__name__}: {str(error)[:100]}"
    except BaseException as error:
        return f"raises {type(error).__name__}: {str(error)[:200]}"
    seconds = time.perf_counter() - start
    return f"takes {seconds:.1f} s" if seconds > SECONDS else None


def main(reader: str) -> None:
    """Print {case: complaint}."""
    warnings.simplefilter("ignore")
    read = folder_reader() if reader == "folder" else lambda _, data: READERS[reader](data)
    cases = CASES[reader]()
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, resource.RLIM_INFINITY))
    found = {case: complaint(lambda c=case, d=data: read(c, d)) for case, data in cases.items()}
    print(json.dumps({"cases": len(cases), "wrong": {case: text for case, text in found.items() if text}}))


if __name__ == "__main__":
    main(sys.argv[1])
