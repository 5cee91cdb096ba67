"""Give one reader all that tries to break it, in a process whose memory is bounded; print what went wrong as JSON.

python tests/hostile/read_all.py READER
"""

from __future__ import annotations

import copy
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
from pipelines import COMPONENTS, PIPELINES, SENTENCE, damaged_files, damaged_parts, pipeline  # isort: skip

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


def component_cases(name: str) -> dict[str, Callable[[], Any]]:
    """Reads altered bytes of a component; what could be read is used. Then the component is as before."""
    nlp = pipeline(name)
    proc = nlp.get_pipe(name)
    data, settings = proc.to_bytes(), copy.deepcopy(getattr(proc, "cfg", None))

    def read(altered: bytes) -> None:
        try:
            proc.from_bytes(altered)
            nlp(SENTENCE)
        finally:
            if settings is not None:
                proc.cfg = copy.deepcopy(settings)
            proc.from_bytes(data)

    return {f"{name}: {case}": lambda data=altered: read(data) for case, altered in damaged_parts(data).items()}


class Unnamed(Exception):
    """An error that does not say which file is damaged."""


def file_cases(kind: str) -> dict[str, Callable[[], Any]]:
    """Loads a pipeline of which one file is damaged, and uses what could be loaded."""
    folder = Path(tempfile.mkdtemp()) / "pipeline"
    pipeline(*PIPELINES[kind], floret=kind == "floret").to_disk(folder)

    def read(name: str, content: bytes | None) -> None:
        file = folder / name
        before = file.read_bytes()
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        try:
            nlp = tagma.load(folder)
        except (ValueError, OSError) as error:
            if not is_named(Path(name), "\n".join([str(error), *getattr(error, "__notes__", ())])):
                raise Unnamed(str(error)) from error
            return
        finally:
            file.write_bytes(before)
        nlp(SENTENCE)

    return {
        f"{name} {number}": lambda name=name, content=content: read(name, content)
        for number, (name, content) in enumerate(damaged_files(folder))
    }


def is_named(file: Path, text: str) -> bool:
    """Whether an error names a file, or the component whose file it is, or the section of a config."""
    is_of_component = len(file.parts) > 1 and file.parts[0] in text
    return file.name in text or is_of_component or (file.suffix == ".cfg" and "->" in text)


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


def cases_of(reader: str) -> dict[str, Callable[[], Any]]:
    """What is tried, by name: "components", "files of KIND", or a reader of `CASES`."""
    if reader == "components":
        return {case: read for name in COMPONENTS for case, read in component_cases(name).items()}
    if reader.startswith("files of "):
        return file_cases(reader.removeprefix("files of "))
    read = folder_reader() if reader == "folder" else lambda _, data: READERS[reader](data)
    return {case: lambda case=case, data=data: read(case, data) for case, data in CASES[reader]().items()}


def main(reader: str) -> None:
    """Print {case: complaint}."""
    warnings.simplefilter("ignore")
    cases = cases_of(reader)
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, resource.RLIM_INFINITY))
    found = {case: complaint(read) for case, read in cases.items()}
    print(json.dumps({"cases": len(cases), "wrong": {case: text for case, text in found.items() if text}}))


if __name__ == "__main__":
    main(sys.argv[1])
