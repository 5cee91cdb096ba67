"""Write the table of docs/trainable-pipe.md: what each method does in each trainable component.

    python scripts/component_table.py            writes it
    python scripts/component_table.py --check    exit status 1 if it is out of date

Each cell is what came of it: the components are initialized on a few sentences, and each method is called.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tagma
from tagma.kb import InMemoryLookupKB
from tagma.nn import Adam
from tagma.nn.config import code_of
from tagma.pipeline import EntityLinker
from tagma.training import Example

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "trainable-pipe.md"
MARKS = ("<!-- table: written by scripts/component_table.py -->\n", "<!-- end -->\n")
COMPONENTS = [
    "tok2vec",
    "tagger",
    "morphologizer",
    "senter",
    "trainable_lemmatizer",
    "parser",
    "beam_parser",
    "ner",
    "beam_ner",
    "textcat",
    "textcat_multilabel",
    "spancat",
    "spancat_singlelabel",
    "span_finder",
    "entity_linker",
    "coref",
    "span_resolver",
]
SUGGESTED = ("spancat", "spancat_singlelabel", "span_finder")  # whose loss is asked of predictions
YES, NOTHING = "yes", "no effect"

SENTENCES: list[dict[str, Any]] = [
    {
        "words": ["Anna", "lives", "in", "Berlin", "."],
        "tags": ["NNP", "VBZ", "IN", "NNP", "."],
        "pos": ["PROPN", "VERB", "ADP", "PROPN", "PUNCT"],
        "morphs": ["Number=Sing", "Tense=Pres", "", "Number=Sing", ""],
        "lemmas": ["Anna", "live", "in", "Berlin", "."],
        "heads": [1, 1, 1, 2, 1],
        "deps": ["nsubj", "ROOT", "prep", "pobj", "punct"],
        "entities": [(0, 4, "PERSON"), (14, 20, "PLACE")],
        "links": {(0, 4): {"ANNA": 1.0}, (14, 20): {"BERLIN": 1.0}},
        "cats": {"HOME": 1.0, "WORK": 0.0},
        "spans": {
            "sc": [(0, 4, "PERSON"), (11, 20, "WHERE")],
            "coref_clusters_1": [(0, 4, ""), (14, 20, "")],
        },
    },
    {
        "words": ["They", "worked", "with", "Omar", "."],
        "tags": ["PRP", "VBD", "IN", "NNP", "."],
        "pos": ["PRON", "VERB", "ADP", "PROPN", "PUNCT"],
        "morphs": ["Number=Plur", "Tense=Past", "", "Number=Sing", ""],
        "lemmas": ["they", "work", "with", "Omar", "."],
        "heads": [1, 1, 1, 2, 1],
        "deps": ["nsubj", "ROOT", "prep", "pobj", "punct"],
        "entities": [(17, 21, "PERSON")],
        "cats": {"HOME": 0.0, "WORK": 1.0},
        "spans": {"sc": [(17, 21, "PERSON")], "coref_clusters_1": [(0, 4, ""), (12, 21, "")]},
    },
]
SETTINGS: dict[str, dict[str, Any]] = {
    "parser": {"min_action_freq": 1},
    "beam_parser": {"min_action_freq": 1, "beam_update_prob": 1.0},
    "beam_ner": {"beam_update_prob": 1.0},
    "trainable_lemmatizer": {"min_tree_freq": 1},
}


class Kit:
    """A component with its pipeline and examples; `fresh` examples have predicted docs without annotation."""

    def __init__(self, name: str) -> None:
        self.nlp = tagma.blank("en")
        self.name = name
        self.pipe: Any = self.nlp.add_pipe(name, config=SETTINGS.get(name, {}))
        give_entities(self.pipe)
        self.nlp.initialize(self.fresh)

    def fresh(self) -> list[Example]:
        made = []
        for sentence in SENTENCES:
            predicted = tagma.tokens.Doc(self.nlp.vocab, words=sentence["words"])
            for token in predicted if self.name == "entity_linker" else ():  # which needs sentences
                token.is_sent_start = token.i == 0
            made.append(Example.from_dict(predicted, sentence))
        return made

    @property
    def docs(self) -> list[Any]:
        return [example.predicted for example in self.fresh()]

    @property
    def weights(self) -> bytes:
        data: bytes = self.pipe.model.to_bytes()
        return data

    def changes(self, step: Callable[[], Any]) -> str:
        """Whether a step changes the weights."""
        before = self.weights
        step()
        return YES if self.weights != before else NOTHING


def give_entities(pipe: Any) -> None:
    """An entity linker has a knowledge base, in which a name stands for two entities."""
    if isinstance(pipe, EntityLinker):
        pipe.kb = InMemoryLookupKB(pipe.vocab, 3)
        pipe.kb.set_entities(["ANNA", "BERLIN"], [1, 1], [[1, 0, 2], [0, 1, 1]])
        for alias in ("Anna", "Berlin"):
            pipe.kb.add_alias(alias, ["ANNA", "BERLIN"], [0.5, 0.5])


def call(kit: Kit) -> str:
    doc = kit.docs[0]
    return YES if kit.pipe(doc) is doc else "another doc"


def stream(kit: Kit) -> str:
    docs = kit.docs
    return YES if [*kit.pipe.pipe(docs, batch_size=1)] == docs else "other docs"


def handler(kit: Kit) -> str:
    seen = []
    kit.pipe.set_error_handler(lambda name, pipe, docs, error: seen.append((name, pipe, len(docs), type(error))))
    kit.pipe(None)
    list(kit.pipe.pipe([None]))
    expected = [(kit.name, kit.pipe, 1)] * 2
    return YES if [each[:3] for each in seen] == expected and kit.pipe.get_error_handler() else "not called"


def initialize(kit: Kit) -> str:
    made = Kit.__new__(Kit)
    made.nlp, made.name = tagma.blank("en"), kit.name
    made.pipe = made.nlp.add_pipe(kit.name, config=SETTINGS.get(kit.name, {}))
    give_entities(made.pipe)
    labels = kit.pipe.label_data
    given = {} if labels is None else {"labels": labels}
    made.pipe.initialize(made.fresh, nlp=made.nlp, pipeline=made.nlp.pipeline, **given)
    if made.pipe.labels != kit.pipe.labels:
        return "other labels"
    return YES + (", labels" if given else "")


def predict(kit: Kit) -> str:
    docs = kit.docs
    before = [doc.to_bytes() for doc in docs]
    kit.pipe.predict(docs)
    return YES if [doc.to_bytes() for doc in docs] == before else "changes the docs"


def annotate(kit: Kit) -> str:
    docs, others = kit.docs, kit.docs
    kit.pipe.set_annotations(docs, kit.pipe.predict(docs))
    same = [doc.to_bytes() for doc in docs] == [doc.to_bytes() for doc in kit.pipe.pipe(others)]
    return YES if same else "otherwise than pipe"


def update(kit: Kit) -> str:
    losses: dict[str, float] = {}
    examples = kit.fresh()
    if kit.name == "tok2vec":  # whose gradient comes from the components that listen to it
        kit.nlp.add_pipe("tagger", config={"model": listening(kit)})
        kit.nlp.initialize(kit.fresh)
        kit.nlp.update(examples, sgd=Adam(0.01))  # after which the listener's weights are not zero any more
        return kit.changes(lambda: kit.nlp.update(examples, sgd=Adam(0.01))) + ", by its listeners"
    return kit.changes(lambda: kit.pipe.update(examples, drop=0.1, sgd=Adam(0.01), losses=losses))


def listening(kit: Kit) -> dict[str, Any]:
    width = kit.pipe.model.get_dim("nO")
    tok2vec = {"@architectures": "spacy.Tok2VecListener.v1", "width": width, "upstream": "*"}
    return {"@architectures": "spacy.Tagger.v2", "tok2vec": tok2vec, "nO": None, "normalize": False}


def rehearse(kit: Kit) -> str:
    kit.nlp.resume_training()
    kit.pipe.update(kit.fresh(), sgd=Adam(0.05))
    return kit.changes(lambda: kit.pipe.rehearse(kit.fresh(), sgd=Adam(0.01)))


def distill(kit: Kit) -> str:
    teacher = Kit(kit.name)
    if kit.name == "tok2vec":
        return YES + ", by its listeners" if kit.pipe.is_distillable else NOTHING
    for _ in range(5):
        teacher.pipe.update(teacher.fresh(), sgd=Adam(0.05))
    bare = [Example(doc, doc.copy()) for doc in kit.docs]
    if kit.name == "entity_linker":  # which learns from entities, and needs no ids
        bare = kit.fresh()
    return kit.changes(lambda: kit.pipe.distill(teacher.pipe, bare, sgd=Adam(0.01)))


def loss(kit: Kit) -> str:
    examples = kit.fresh()
    docs = [example.predicted for example in examples]
    if hasattr(kit.pipe, "moves") or kit.name in SUGGESTED:
        scores = kit.pipe.predict(docs)
    else:
        scores, _ = kit.pipe.model.begin_update(docs)
    found = kit.pipe.get_loss(examples, scores)
    return YES if found is not None and isinstance(float(found[0]), float) else NOTHING


def compare(kit: Kit) -> str:
    same = kit.pipe.model.ops.alloc2f(2, 2) + 0.5
    by_doc = kit.name.split("_")[0] not in ("textcat", "spancat", "span", "entity")
    given = [same] if by_doc else same
    loss, _ = kit.pipe.get_teacher_student_loss(given, given)
    return YES if abs(loss) < 1e-6 else f"{loss} for the same scores"


def score(kit: Kit) -> str:
    examples = kit.fresh()
    for example in examples:
        example.predicted = kit.pipe(example.predicted)
    found = kit.pipe.score(examples)
    return min((f"`{name}` …" for name, value in found.items() if isinstance(value, float)), key=len, default="{}")


def optimizer(kit: Kit) -> str:
    return YES if type(kit.pipe.create_optimizer()) is type(Adam()) else "another kind"


def params(kit: Kit) -> str:
    before = kit.weights
    node = next(node for node in kit.pipe.model.walk() for name in node.param_names)
    name = node.param_names[0]
    with kit.pipe.use_params({(node.id, name): node.get_param(name) + 1}):
        inside = kit.weights
    return YES if inside != before == kit.weights else "wrong"


def finish(kit: Kit) -> str:
    if kit.name == "tok2vec":
        _, backprop = kit.pipe.model.begin_update(kit.docs)
        backprop([kit.pipe.model.ops.alloc2f(len(doc), kit.pipe.model.get_dim("nO")) + 1 for doc in kit.docs])
    else:
        kit.pipe.update(kit.fresh(), sgd=None)
    return kit.changes(lambda: kit.pipe.finish_update(Adam(0.01)))


def add_label(kit: Kit) -> str:
    new = "POS=X" if kit.name == "morphologizer" else "NEW"
    return f"{kit.pipe.add_label(new)}, then {kit.pipe.add_label(new)}"


def add_label_before(kit: Kit) -> str:
    pipe: Any = tagma.blank("en").add_pipe(kit.name)
    new = "POS=X" if kit.name == "morphologizer" else "NEW"
    return f"{pipe.add_label(new)}, then {pipe.add_label(new)}"


def resizable(kit: Kit) -> str:
    return YES if kit.pipe.is_resizable else "no"


def set_output(kit: Kit) -> str:
    layer = kit.pipe.model if kit.pipe.model.has_dim("nO") else kit.pipe.model.maybe_get_ref("output_layer")
    before = kit.pipe._number_of_outputs() if layer is not None else kit.pipe.moves.n_moves
    kit.pipe.set_output(before + 1)
    return YES


def activations(kit: Kit) -> str:
    kit.pipe.save_activations = True
    doc = kit.pipe(kit.docs[0])
    return ", ".join(f"`{name}`" for name in doc.activations.get(kit.name, {})) or "none"


def saved(kit: Kit) -> str:
    again = Kit(kit.name)
    for _ in range(3):
        if kit.name != "tok2vec":
            kit.pipe.update(kit.fresh(), sgd=Adam(0.05))
    again.pipe.from_bytes(kit.pipe.to_bytes())
    with tempfile.TemporaryDirectory() as folder:
        kit.pipe.to_disk(Path(folder) / "pipe", exclude=["vocab"])
        files = sorted(path.name for path in (Path(folder) / "pipe").iterdir())
        again.pipe.from_disk(Path(folder) / "pipe", exclude=["vocab"])
    return ", ".join(f"`{file}`" for file in files) if again.weights == kit.weights else "other weights"


def cfg(kit: Kit) -> str:
    return str(len(kit.pipe.cfg)) if kit.pipe.cfg else "empty"


ROWS: dict[str, Callable[[Kit], str]] = {
    "`__call__`": call,
    "`pipe`": stream,
    "`set_error_handler`, `get_error_handler`": handler,
    "`initialize`": initialize,
    "`predict`": predict,
    "`set_annotations`": annotate,
    "`update`": update,
    "`finish_update`": finish,
    "`rehearse`": rehearse,
    "`distill`": distill,
    "`get_loss`": loss,
    "`get_teacher_student_loss`": compare,
    "`score`": score,
    "`create_optimizer`": optimizer,
    "`use_params`": params,
    "`add_label` before `initialize`": add_label_before,
    "`add_label` after it": add_label,
    "`is_resizable`": resizable,
    "`set_output`": set_output,
    "`save_activations`": activations,
    "files of `to_disk`": saved,
    "settings in `cfg`": cfg,
}


def cell(name: str, measure: Callable[[Kit], str]) -> str:
    """What came of a method in a component; the code of an error that it raised."""
    try:
        return measure(Kit(name))
    except Exception as error:
        code = code_of(error)
        if code is None:
            raise
        return code


def table() -> str:
    """The table, a row for each method, a column for each component."""
    lines = ["| | " + " | ".join(f"`{name}`" for name in COMPONENTS) + " |", "|---" * (len(COMPONENTS) + 1) + "|"]
    for title, measure in ROWS.items():
        lines.append(f"| {title} | " + " | ".join(cell(name, measure) for name in COMPONENTS) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the table, or say that it is not as it should be."""
    warnings.simplefilter("ignore")
    before, start, rest = PAGE.read_text(encoding="utf8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    text = before + start + table() + end + after
    if text == PAGE.read_text(encoding="utf8"):
        return 0
    if "--check" in sys.argv[1:]:
        print("out of date:", PAGE.relative_to(ROOT))
        return 1
    PAGE.write_text(text, encoding="utf8")
    print("written:", PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
