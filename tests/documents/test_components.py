"""Every snippet of the users' document about trainable components runs, its imports changed.

Its lines have lost their indentation: what follows on a line that ends in a colon is put one level in. What a snippet
leaves open is defined before it: components are initialized where they are added, paths lead into a folder of the test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.lang.en import English
from tagma.language import Language
from tagma.nn import Adam
from tagma.nn.config import REGISTRY
from tagma.pipeline import Tagger, TrainablePipe
from tagma.pipeline.factory import FACTORY_META
from tagma.pipeline.tagger import DEFAULT_MODEL

from .blocks import COMPONENTS, IMPORTS, blocks

pytestmark = pytest.mark.user_documents

TAGGED = [("She sells shells", ["PRP", "VBZ", "NNS"]), ("They sleep", ["PRP", "VBZ"])]
FACTORY = "your_custom_pipe"
# What a snippet is found by → what it leaves behind: its names, and the kit it ran with.
Check = Callable[[dict[str, Any], Any], bool]
CHECKS: dict[str, Check] = {
    "class CustomPipe": lambda found, kit: issubclass(found["CustomPipe"], TrainablePipe),
    "processed = pipe(doc)": lambda found, kit: found["processed"] is found["doc"],
    "batch_size=50": lambda found, kit: all(doc.has_annotation("TAG") for doc in kit.docs),
    "def warn_error": lambda found, kit: found["pipe"].get_error_handler() is found["warn_error"],
    "get_error_handler()": lambda found, kit: callable(found["error_handler"]),
    "pipeline=nlp.pipeline": lambda found, kit: isinstance(found["pipe"], TrainablePipe),
    "predict([doc1, doc2])": lambda found, kit: len(found["scores"]) == 2,
    "set_annotations(docs, scores)": lambda found, kit: kit.docs[0].has_annotation("TAG"),
    "losses = pipe.update(examples, sgd=optimizer)": lambda found, kit: found["losses"][FACTORY] > 0,
    "student.distill(": lambda found, kit: found["losses"][FACTORY] >= 0,
    "pipe.rehearse(": lambda found, kit: FACTORY in found["losses"],
    "ner.get_loss(": lambda found, kit: found["loss"] > 0 and len(found["d_loss"]) == len(kit.examples),
    "get_teacher_student_loss(": lambda found, kit: found["loss"] >= 0,
    "pipe.score(examples)": lambda found, kit: "tag_acc" in found["scores"],
    "create_optimizer()": lambda found, kit: isinstance(found["optimizer"], type(Adam())),
    "use_params(": lambda found, kit: (kit.folder / "best_model" / "model").exists(),
    "pipe.finish_update(sgd)": lambda found, kit: found["losses"][FACTORY] > 0,
    'add_label("MY_LABEL")': lambda found, kit: found["pipe"].labels[-1] == "MY_LABEL",
    "can_resize = ": lambda found, kit: found["can_resize"] is False,
    "def custom_resize": lambda found, kit: found["custom_model"].attrs["resize_output"] is found["custom_resize"],
    "set_output(512)": lambda found, kit: not found["pipe"].is_resizable,
    'pipe.to_disk("/path/to/pipe")': lambda found, kit: (kit.folder / "path/to/pipe/model").exists(),
    "pipe.from_disk(": lambda found, kit: found["pipe"].labels[:2] == ("AA", "BB"),
    "pipe_bytes = pipe.to_bytes() pipe = ": lambda found, kit: found["pipe"].to_bytes() == found["pipe_bytes"],
    "pipe_bytes = pipe.to_bytes()": lambda found, kit: isinstance(found["pipe_bytes"], bytes),
    'data = pipe.to_disk("/path")': lambda found, kit: (kit.folder / "path" / "cfg").exists(),
}

# Snippets that speak of a component which others have added.
WITH_PIPE = (
    "can_resize = ",
    "set_output(512)",
    "pipe.score(examples)",
    "pipe_bytes = pipe.to_bytes() pipe = ",
    'data = pipe.to_disk("/path")',
)


class Ready(English):
    """English, whose components are initialized where they are added."""

    folder: Path

    def add_pipe(self, factory_name: str, **settings: Any) -> Any:
        pipe: Any = super().add_pipe(factory_name, **settings)
        if factory_name != "bare_pipe":
            pipe.initialize(lambda: tagged(self), nlp=self)
        return pipe


def tagged(nlp: Language) -> list[Example]:
    """Two sentences with tags and an entity."""
    made = []
    for text, tags in TAGGED:
        doc = nlp.make_doc(text)
        made.append(Example.from_dict(doc, {"tags": tags, "entities": [(0, text.index(" "), "PERSON")]}))
    return made


@pytest.fixture(autouse=True)
def _factories() -> Iterator[None]:
    """The component that the snippets speak of: a tagger with two labels; forgotten again behind."""
    before = set(REGISTRY)

    @Language.factory(FACTORY, default_config={"model": DEFAULT_MODEL})
    def make(nlp: Language, name: str, model: Any) -> Tagger:
        return Tagger(nlp.vocab, model, name, labels=["AA", "BB"])

    @Language.factory("bare_pipe")
    def make_bare(nlp: Language, name: str) -> TrainablePipe:
        return TrainablePipe(nlp.vocab, tagma.nn.Linear(2, 2), name)

    yield
    for key in set(REGISTRY) - before:
        if key[-1] in (FACTORY, "bare_pipe", "another_custom_pipe"):
            del REGISTRY[key]
            FACTORY_META.pop(key[-1], None)


def kit_of(folder: Path) -> SimpleNamespace:
    """What the snippets leave open."""
    nlp = Ready()
    teacher, student = Ready(), Ready()
    examples = tagged(nlp)
    for each in examples:
        each.predicted = nlp.make_doc(each.text)
    return SimpleNamespace(
        nlp=nlp,
        teacher=teacher,
        student=student,
        examples=examples,
        docs=[eg.predicted for eg in examples],
        folder=folder,
    )


def code_of(text: str, folder: Path) -> str:
    """A snippet that Python reads: indented, imports changed, paths within the folder."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    made, inside = [], 0
    for line in lines:
        made.append("    " * inside + line.strip())
        inside = 1 if line.rstrip().endswith(":") else int(inside and line.lstrip().startswith("#"))
    code = "\n".join(made)
    for old, new in IMPORTS.items():
        code = re.sub(old, new, code)
    return re.sub(r'"/(path[\w/]*|best_model)"', lambda found: repr(str(folder / found[1])), code)


def snippets(folder: Path) -> list[tuple[str, str]]:
    """(what it is found by, text) of each snippet of the document."""
    found = []
    for block in blocks(folder, COMPONENTS):
        if block.text.startswith("%%"):  # the place of a file of the peer's
            continue
        names = [name for name in CHECKS if name in block.joined]
        assert names, block.joined
        found.append((names[0], block.text))
    return found


def test_every_snippet(user_documents: Path, tmp_path: Path) -> None:
    """Each runs in a pipeline of its own, and does what the document says."""
    seen = []
    for name, text in snippets(user_documents):
        folder = tmp_path / str(len(seen))
        (folder / "path" / "to").mkdir(parents=True)
        kit = kit_of(folder)
        names: dict[str, Any] = {**vars(kit), "__name__": "user_document", "optimizer": kit.nlp.create_optimizer()}
        names |= {"sgd": Adam(0.01), "doc1": kit.docs[0], "doc2": kit.docs[1]}
        names |= {"MODEL": DEFAULT_MODEL}
        prepare(name, kit, names)
        code = code_of(text, folder)
        if name == "class CustomPipe":
            code = code.replace(FACTORY, "another_custom_pipe")
        if name == "pipeline=nlp.pipeline":
            code = code.replace(FACTORY, "bare_pipe")  # a component that defines nothing
        exec(compile(code, name, "exec", dont_inherit=True), names)
        assert CHECKS[name](names, kit), name
        seen.append(name)
    assert set(seen) == set(CHECKS)


def prepare(name: str, kit: SimpleNamespace, names: dict[str, Any]) -> None:
    """What a snippet takes for granted besides."""
    if name in WITH_PIPE:
        names["pipe"] = kit.teacher.add_pipe(FACTORY)
    if name == "pipe.from_disk(":
        kit_of(kit.folder).nlp.add_pipe(FACTORY).to_disk(kit.folder / "path" / "to" / "pipe")
    if name == "use_params(":
        names["optimizer"] = SimpleNamespace(averages={})
    if name == "get_teacher_student_loss(":
        kit.teacher.add_pipe(FACTORY)
    if name in ("student.distill(", "get_teacher_student_loss("):
        names["examples"] = [Example(doc, doc.copy()) for doc in kit.docs]
    if name == "student.distill(":  # meant is the component that was added
        names["student"] = SimpleNamespace(add_pipe=lambda factory: added(kit, names, factory))
    if name == 'add_label("MY_LABEL")':
        pipe = English().add_pipe(FACTORY)  # not initialized, so that there is room
        names["nlp"] = SimpleNamespace(add_pipe=lambda factory: pipe)
    if name == "def custom_resize":
        names["custom_model"] = tagma.nn.Linear(2, 2)


def added(kit: SimpleNamespace, names: dict[str, Any], factory: str) -> Any:
    pipe = kit.student.add_pipe(factory)
    names["student"].distill = pipe.distill
    return pipe
