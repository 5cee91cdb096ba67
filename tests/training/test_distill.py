"""Distillation of a pipeline: what it learns from, with which weights, what is shown and saved, and what goes wrong."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.language import Language
from tagma.nn import Config, ConfigValidationError
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.training import Example
from tagma.training.distill import AGREEMENT, TEACHER, Settings, distill, init_student
from tagma.training.events import Evaluated, Event
from tagma.training.interrupts import TrainingInterrupted

from .networks import TOK2VEC

SENTENCES = [
    ("She reads books", ["PRP", "VBZ", "NNS"]),
    ("He writes letters", ["PRP", "VBZ", "NNS"]),
    ("They sang songs", ["PRP", "VBD", "NNS"]),
    ("Nobody slept here", ["NN", "VBD", "RB"]),
]
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": TOK2VEC["width"]}
PLAN: dict[str, Any] = {}  # what `interrupted_texts.v1` does


@registry.readers("distilled_texts.v1")
def make_reader(annotated: bool, times: int) -> Any:
    """The sentences with or without tags."""

    def read(nlp: Language) -> Iterator[Example]:
        PLAN["reads"] = PLAN.get("reads", 0) + 1
        for text, tags in SENTENCES * times:
            doc = nlp.make_doc(text)
            reference = Doc(nlp.vocab, words=text.split(), tags=tags) if annotated else nlp.make_doc(text)
            yield Example(doc, reference)

    return read


@registry.callbacks("distilled_interrupt.v1")
def make_interrupt() -> Any:
    """Ctrl-C at the step of the plan."""

    def before_update(nlp: Language, info: dict[str, Any]) -> None:
        if info["step"] == PLAN.get("at"):
            os.kill(os.getpid(), PLAN["by"])

    return before_update


def config(
    *, shared: bool = True, names: tuple[str, ...] = ("tagger",), annotated: bool = False, **training: Any
) -> Config:
    """Taggers with a shared network or one each."""
    nlp = tagma.blank("en")
    if shared:
        nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    for name in names:
        tok2vec = LISTENER if shared else TOK2VEC
        model = {"@architectures": "spacy.Tagger.v2", "tok2vec": tok2vec}
        nlp.add_pipe("tagger", name=name, config={"model": model, "label_smoothing": 0.0})
    made = nlp.config.copy()
    reader = {"@readers": "distilled_texts.v1", "times": 5}
    made["corpora"] = {"train": {**reader, "annotated": annotated}, "dev": {**reader, "annotated": True}}
    made["corpora"]["raw"] = {**reader, "annotated": False}
    made["training"].update(max_steps=20, eval_frequency=10, patience=0)
    made["training"]["optimizer"]["learn_rate"] = 0.05
    made["training"]["batcher"] = {"@batchers": "spacy.batch_by_sequence.v1", "size": 4}
    made["training"].update(training)
    return made


@pytest.fixture(scope="module", params=[True, False], ids=["shared network", "own network"])
def teacher(request: pytest.FixtureRequest) -> Language:
    """A pipeline that knows the tags."""
    tagma.util.fix_random_seed(3)
    nlp: Language = tagma.util.load_model_from_config(config(shared=request.param), auto_fill=True)
    examples = [Example.from_dict(nlp.make_doc(text), {"tags": tags}) for text, tags in SENTENCES]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(120):
        nlp.update(examples, sgd=optimizer)
    assert nlp.evaluate(examples)["tag_acc"] == 1.0
    return nlp


def run(
    teacher: Language, made: Config, output: Path | None = None, **settings: Any
) -> tuple[Language, str, list[Any]]:
    """A student, what was printed, and the info of each evaluation."""
    infos: list[Any] = []

    def listen(event: Event) -> None:
        if isinstance(event, Evaluated):
            infos.append({**event.info, "losses": dict(event.info["losses"])})

    out = io.StringIO()
    student = init_student(made, teacher)
    distill(teacher, student, output, stdout=out, stderr=io.StringIO(), listeners=[listen], **settings)
    return student, out.getvalue(), infos


@pytest.mark.parametrize("shared", [True, False])
def test_learns_without_annotation(teacher: Language, shared: bool, tmp_path: Path) -> None:
    """From raw text a student learns what its teacher knows; what is saved is a pipeline like any other."""
    student, _, infos = run(teacher, config(shared=shared, max_steps=60, eval_frequency=60), tmp_path)
    assert infos[-1]["other_scores"]["tag_acc"] > 0.9
    assert student.get_pipe("tagger").labels == teacher.get_pipe("tagger").labels
    loaded = tagma.load(tmp_path / "model-last")
    assert [token.tag_ for token in loaded("She reads books")] == ["PRP", "VBZ", "NNS"]
    text = (tmp_path / "model-last" / "config.cfg").read_text()
    assert "agreement" not in text
    assert "labels = " not in text.partition("[initialize.components")[2]


def test_table(teacher: Language) -> None:
    """Beside the student's scores stand the teacher's and the agreement; the config's weights stay as they are."""
    student, out, infos = run(teacher, config())
    header = next(line for line in out.splitlines() if "SCORE" in line).split()
    assert header[-3:] == ["TEACHER", "AGREEMENT", "SCORE"]
    assert all(info["other_scores"][TEACHER] == 1.0 for info in infos)
    assert infos[-1]["other_scores"][AGREEMENT] == pytest.approx(infos[-1]["other_scores"]["tag_acc"])
    assert "tag_acc" in student.config["training"]["score_weights"]
    assert not {TEACHER, AGREEMENT} & student.config["training"]["score_weights"].keys()


def test_dev_corpus_without_annotation(teacher: Language) -> None:
    """Where the gold score is not known, the agreement decides."""
    made = config()
    made["training"]["dev_corpus"] = "corpora.raw"
    _, _, infos = run(teacher, made)
    assert TEACHER not in infos[-1]["other_scores"]
    assert infos[-1]["score"] == infos[-1]["other_scores"][AGREEMENT] > 0.5


def gradients(teacher: Language, weight: float) -> dict[str, np.ndarray[Any, Any]]:
    """Of one step of plain SGD at the rate 1: how far each weight has moved."""
    made = config(annotated=True, max_steps=1, eval_frequency=5)
    made["distillation"] = {"gold_weight": weight, "dropout": 0.0}
    made["training"]["optimizer"] = {"@optimizers": "SGD.v1", "learn_rate": 0.001, "grad_clip": 0.0, "L2": 0.0}
    made["training"]["max_epochs"] = 1
    student = init_student(made, teacher)
    nodes = [node for _, proc in student.pipeline for node in proc.model.walk()]
    before = [(f"{i} {node.name} {name}", node, name, node.get_param(name).copy()) for i, node in enumerate(nodes)
              for name in node.param_names]  # fmt: skip
    distill(teacher, student, stdout=io.StringIO(), stderr=io.StringIO())
    return {key: node.get_param(name) - old for key, node, name, old in before}


def test_weights_of_gold_and_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step with gold_weight w is w of the step of gold annotation and 1 − w of the teacher's."""
    tagma.util.fix_random_seed(3)
    other: Language = tagma.util.load_model_from_config(config(), auto_fill=True)
    other.initialize(lambda: [Example.from_dict(other.make_doc(text), {"tags": tags}) for text, tags in SENTENCES])
    output = other.get_pipe("tagger").model.get_ref("output_layer")
    output.set_param("b", np.arange(len(output.get_param("b")), dtype="float32"))
    monkeypatch.setattr("tagma.training.distill._Distillation.is_over", lambda run: run.step > 0)
    gold, taught, both = (gradients(other, weight) for weight in (1.0, 0.0, 0.3))
    assert any(abs(gold[key] - taught[key]).max() > 1e-4 for key in gold)
    for key, moved in both.items():
        np.testing.assert_allclose(moved, 0.3 * gold[key] + 0.7 * taught[key], rtol=1e-3, atol=1e-6, err_msg=key)


def test_corpus_of_its_own(teacher: Language) -> None:
    """[distillation] names a corpus, which is read in each epoch; its other settings take the place of [training]'s."""
    made = config(annotated=True)
    made["distillation"] = {"corpus": "corpora.raw", "max_epochs": 3, "max_steps": 0, "dropout": 0.2}
    PLAN.clear()
    settings = Settings.from_config(tagma.util.load_model_from_config(made, auto_fill=True).config.interpolate())
    assert (settings.is_streamed, settings.max_epochs, settings.steps.dropout, settings.steps.patience) == (
        True,
        3,
        0.2,
        0,
    )
    assert settings.steps.eval_frequency == 10
    _, _, infos = run(teacher, made)
    assert infos[-1]["step"] == 10
    assert infos[-1]["words"] == 3 * 4 * 11
    reads = PLAN["reads"]
    assert reads == 1 + 3 + 2  # sample, epochs, evaluations
    made["training"]["max_epochs"] = 3
    made["training"]["max_steps"] = 0
    del made["distillation"]
    PLAN.clear()
    _, _, infos = run(teacher, made)
    assert PLAN["reads"] == 1 + 1 + 2


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("streamed", [False, True])
def test_interrupted_and_resumed(teacher: Language, tmp_path: Path, streamed: bool, by: signal.Signals) -> None:
    """A resumed run ends with the weights of an uninterrupted one, bit for bit."""
    made = config(annotated=True, max_steps=12, eval_frequency=4)
    made["distillation"] = {"gold_weight": 0.5, **({"corpus": "corpora.train"} if streamed else {})}
    made["training"]["before_update"] = {"@callbacks": "distilled_interrupt.v1"}
    PLAN.clear()
    run(teacher, made, tmp_path / "whole")
    PLAN.update(at=6, by=int(by))
    with pytest.raises(TrainingInterrupted) as caught:
        run(teacher, made, tmp_path / "out")
    assert (caught.value.can_resume, caught.value.number) == (True, by)
    PLAN.clear()
    run(teacher, made, tmp_path / "out", resume=True)
    for name in ("tok2vec", "tagger"):
        whole, resumed = ((tmp_path / part / "model-last" / name / "model").read_bytes() for part in ("whole", "out"))
        assert whole == resumed
    _, out, _ = run(teacher, made, tmp_path / "out", resume=True)
    assert "Nothing left" in out
    _, out, _ = run(teacher, made, tmp_path / "out")
    assert "will be replaced" in out
    with pytest.raises(ValueError, match="resuming needs the output folder"):
        run(teacher, made, resume=True)


def test_other_names(teacher: Language) -> None:
    """student_to_teacher maps names; without it, a component that has no teacher is an error that says so."""
    made = config(names=("tags",))
    with pytest.raises(ValueError, match=r"E4324.*: tags\. .*tagger"):
        init_student(made, teacher)
    made["distillation"] = {"student_to_teacher": {"tags": "tagger"}}
    _, _, infos = run(teacher, made)
    assert infos[-1]["other_scores"][AGREEMENT] > 0.5


def test_without_a_teacher(teacher: Language) -> None:
    """A component without a teacher learns from gold annotation alone, where that has a weight; or it is frozen."""
    made = config(names=("tagger", "more"), annotated=True)
    made["distillation"] = {"gold_weight": 0.5}
    made["initialize"]["components"]["more"] = {"labels": sorted({tag for _, tags in SENTENCES for tag in tags})}
    student, _, infos = run(teacher, made)
    assert set(infos[-1]["losses"]) == {"tok2vec", "tagger", "more"}
    made = config(names=("tagger", "more"), frozen_components=["more"])
    student = init_student(made, teacher)
    assert student.get_pipe("more").labels == ()


def test_given_labels_stay(teacher: Language) -> None:
    """Labels in [initialize.components] are not replaced; others than the teacher's are refused when it is asked."""
    made = config()
    made["initialize"]["components"]["tagger"] = {"labels": ["X", "Y"]}
    assert init_student(made, teacher).get_pipe("tagger").labels == ("X", "Y")


WRONG: dict[str, dict[str, Any]] = {
    "gold_weight": {"gold_weight": 1.5},
    "dropout": {"dropout": 3},
    "max_epoch": {"max_epoch": 3},
    "corpora": {"corpus": "corpora.none"},
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_settings(teacher: Language, said: str) -> None:
    """Settings of [distillation] are checked as those of other sections are."""
    made = config()
    made["distillation"] = WRONG[said]
    with pytest.raises(ConfigValidationError, match=said):
        init_student(made, teacher)


def test_empty_corpora(teacher: Language) -> None:
    """A corpus to learn on, and one to evaluate on, that have no documents are named."""
    made = config()
    made["corpora"]["train"]["times"] = 0
    with pytest.raises(ValueError, match=r"E4042.*corpora.train"):
        run(teacher, made)
    made = config()
    made["corpora"]["dev"]["times"] = 0
    with pytest.raises(ValueError, match=r"E4042.*corpora.dev"):
        run(teacher, made)


def test_modules_of_other_frameworks(teacher: Language) -> None:
    """Their gradients cannot be weighted, so that only one of the two may have all the weight."""
    made = config(annotated=True)
    made["distillation"] = {"gold_weight": 0.5}
    student = init_student(made, teacher)

    class Shim:
        id = 1

        def to_bytes(self) -> bytes:
            return b""

    student.get_pipe("tagger").model.shims.append(Shim())
    with pytest.raises(ValueError, match=r"E4325.*'tagger'.*0.5"):
        distill(teacher, student, stdout=io.StringIO(), stderr=io.StringIO())
