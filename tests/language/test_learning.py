"""Training a pipeline: initialize, update, rehearse, evaluate and the optimizer."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import tagma
from tagma.language import Language
from tagma.nn import Optimizer
from tagma.scorer import Scorer
from tagma.tokens import Doc
from tagma.training import Example

from .toys import SENTENCES, examples_for, pipeline_of, small_tagger, tags_of, trained_tagger


def ready(upstream: bool = False) -> tuple[Language, list[Any]]:
    """A tagger with weights but without knowledge, and its examples."""
    nlp = small_tagger(upstream)
    examples = examples_for(nlp)
    nlp.initialize(lambda: examples)
    return nlp, examples


@pytest.mark.parametrize("upstream", [False, True])
def test_update_learns(upstream: bool) -> None:
    """Three sentences are known by heart after some updates, with an own network and with a shared one."""
    nlp = trained_tagger(upstream, steps=40)
    assert tags_of(nlp) == [tags for _, tags in SENTENCES]
    scores = nlp.evaluate(examples_for(nlp))
    assert scores["tag_acc"] == 1.0


def test_update_adds_to_the_losses() -> None:
    """Losses are added to the dict that is given, which is returned."""
    nlp, examples = ready()
    losses: dict[str, float] = {}
    assert nlp.update(examples, losses=losses) is losses
    first = losses["tagger"]
    nlp.update(examples, losses=losses)
    assert losses["tagger"] > first > 0


def test_update_leaves_the_examples() -> None:
    """The docs of the examples are not annotated, even if a component annotates for the next one."""
    nlp, examples = ready()
    docs = [example.predicted for example in examples]
    nlp.update(examples, annotates=["tagger"])
    assert all(example.predicted is doc for example, doc in zip(examples, docs, strict=True))
    assert not any(doc.has_annotation("TAG") for doc in docs)


def test_update_without_optimizer_only_collects() -> None:
    """With `sgd=False` weights stay and gradients add up until an update applies them."""
    nlp, examples = ready()
    model = nlp.get_pipe("tagger").model
    before = model.to_bytes()
    nlp.update(examples, sgd=False)
    assert model.to_bytes() == before
    assert any(node.grad_names for node in model.walk())
    nlp.get_pipe("tagger").finish_update(nlp.create_optimizer())
    assert model.to_bytes() != before


def test_update_excludes() -> None:
    """An excluded component has no loss and keeps its weights."""
    nlp, examples = ready()
    before = nlp.get_pipe("tagger").model.to_bytes()
    assert nlp.update(examples, exclude=["tagger"]) == {}
    assert nlp.get_pipe("tagger").model.to_bytes() == before


def test_update_options_reach_components() -> None:
    """The next component sees annotations only if asked for, and its own settings win over the common ones."""
    nlp = small_tagger()
    spy = nlp.add_pipe("toy_marker")
    examples = examples_for(nlp)
    nlp.initialize(lambda: examples)
    nlp.update(examples)
    nlp.update(examples, annotates=["tagger"], drop=0.25)
    nlp.update(examples, exclude=["tagger"], annotates=["tagger"])
    nlp.update(examples, component_cfg={"toy_marker": {"drop": 0.9}})
    assert spy.seen == [
        {"tagged": False, "drop": 0.0},
        {"tagged": True, "drop": 0.25},
        {"tagged": True, "drop": 0.0},
        {"tagged": False, "drop": 0.9},
    ]


def test_update_of_nothing() -> None:
    """No examples change nothing and give no losses."""
    nlp, _ = ready()
    before = nlp.get_pipe("tagger").model.to_bytes()
    assert nlp.update([]) == {}
    assert nlp.get_pipe("tagger").model.to_bytes() == before


@pytest.mark.parametrize("method", ["update", "evaluate", "rehearse"])
def test_only_examples_are_taken(method: str) -> None:
    """Texts, pairs and docs in place of examples are TypeError E978 that names the method."""
    nlp, _ = ready()
    for wrong in ("a text", ("a text", {}), nlp.make_doc("a text")):
        with pytest.raises(TypeError, match=rf"\[E978\].*Language\.{method}"):
            getattr(nlp, method)([wrong])


@pytest.mark.parametrize("method", ["update", "evaluate", "rehearse", "distill"])
@pytest.mark.parametrize("part", ["pipeline", "component"])
def test_one_example_is_no_list(method: str, part: str) -> None:
    """An example by itself, or None, is TypeError E978, not an error about iterating."""
    nlp, examples = ready()
    owner: Any = nlp if part == "pipeline" else nlp.get_pipe("tagger")
    if part == "component" and method == "evaluate":
        return
    if part == "component" and method == "rehearse":
        nlp.resume_training()
    teacher = [owner] if method == "distill" else []
    for wrong, kind in ((examples[0], "one Example by itself"), (None, "NoneType")):
        with pytest.raises(TypeError, match=rf"\[E978\] \w+\.{method} takes a list of Example objects, not {kind}"):
            getattr(owner, method)(*teacher, wrong)


def test_update_takes_no_second_list() -> None:
    """The form with texts and annotations apart is E989."""
    nlp, examples = ready()
    with pytest.raises(ValueError, match="E989"):
        nlp.update(examples, examples)


def test_initialize_keeps_the_optimizer() -> None:
    """The optimizer that is given is the one of the pipeline; without, the config's is made."""
    nlp = small_tagger()
    examples = examples_for(nlp)
    mine = nlp.create_optimizer()
    assert nlp.initialize(lambda: examples, sgd=mine) is mine
    made = small_tagger().initialize(lambda: examples)
    assert isinstance(made, Optimizer)
    assert made is not mine
    assert made.b1 == nlp.config["training"]["optimizer"]["beta1"]


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        ([1], TypeError, "E930"),
        (lambda: ["a"], TypeError, "E978"),
        (list, TypeError, "E930"),
        (None, ValueError, "E143"),
    ],
)
def test_initialize_refuses(given: Any, kind: type[Exception], code: str) -> None:
    """No function, no examples, no labels: each has its code."""
    with pytest.raises(kind, match=code):
        small_tagger().initialize(given)


@pytest.mark.parametrize(("upstream", "near"), [("tok3vec", "; did you mean 'tok2vec'?"), ("other", "$")])
def test_initialize_misses_an_upstream(upstream: str, near: str) -> None:
    """A listener to a component that is not there is E4025 with what it could listen to; a disabled one is there."""
    nlp = small_tagger(upstream=True)
    node = next(node for node in nlp.get_pipe("tagger").model.walk() if hasattr(node, "upstream_name"))
    node.upstream_name = upstream
    message = rf"\[E4025\] Component 'tagger' listens to '{upstream}'.*There are: tok2vec{near}"
    with pytest.raises(ValueError, match=message):
        nlp.initialize()
    node.upstream_name = "tok2vec"
    with nlp.select_pipes(disable="tok2vec"):
        nlp.initialize(lambda: examples_for(nlp))
    with nlp.select_pipes(disable="tagger"):
        node.upstream_name = upstream
        nlp.initialize(lambda: examples_for(nlp))


def test_initialize_runs_callbacks_and_component_settings() -> None:
    """[initialize] is read: labels of a component, and what runs before and after."""
    order: list[str] = []

    @tagma.registry.callbacks("toy_note.v1")
    def note(word: str) -> Any:
        return lambda nlp: order.append(f"{word} {nlp.get_pipe('tagger').labels}")

    nlp = small_tagger()
    settings = nlp.config["initialize"]
    settings["before_init"] = {"@callbacks": "toy_note.v1", "word": "before"}
    settings["after_init"] = {"@callbacks": "toy_note.v1", "word": "after"}
    settings["components"]["tagger"] = {"labels": ["A", "B"]}
    nlp.initialize(lambda: examples_for(nlp))
    assert order == ["before ()", "after ('A', 'B')"]


def test_initialize_names_a_wrong_setting() -> None:
    """A setting that the component's initialize does not take is named with its section and the nearest."""
    nlp = small_tagger()
    nlp.config["initialize"]["components"]["tagger"] = {"label": ["A"]}
    with pytest.raises(ValueError, match=r"(?s)initialize\.components\.tagger.*label.*did you mean 'labels'"):
        nlp.initialize(lambda: examples_for(nlp))


def test_begin_training_is_the_old_name() -> None:
    """It warns W089 and initializes."""
    nlp = small_tagger()
    with pytest.warns(DeprecationWarning, match="W089"):
        optimizer = nlp.begin_training(lambda: examples_for(nlp))
    assert isinstance(optimizer, Optimizer)
    assert nlp.get_pipe("tagger").labels


def test_components_that_do_not_rehearse_are_left_out() -> None:
    """The others rehearse all the same."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger").add_label("X")
    nlp.add_pipe("coref", config={"model": {"hidden_size": 8}})
    doc = Doc(nlp.vocab, words=["a", "b", "a"], tags=["X", "X", "X"])
    doc.spans["coref_clusters_1"] = [doc[0:1], doc[2:3]]
    examples = [Example(nlp.make_doc("a b a"), doc)]
    nlp.initialize(lambda: examples)
    nlp.resume_training()
    assert nlp.rehearse(examples).keys() == {"tagger"}


def test_resume_training_and_rehearse() -> None:
    """Rehearsal pulls the weights back to what they were at `resume_training`."""
    nlp, examples = ready()
    assert nlp.rehearse([]) == {}
    optimizer = nlp.resume_training()
    assert isinstance(optimizer, Optimizer)
    assert set(nlp.rehearse(examples)) == {"tagger"}
    for _ in range(5):
        nlp.update(examples, sgd=optimizer)
    far = nlp.rehearse(examples, sgd=False)["tagger"]
    for _ in range(30):
        nlp.rehearse(examples, sgd=optimizer)
    assert nlp.rehearse(examples, sgd=False)["tagger"] < far


def test_distill_learns_from_a_teacher() -> None:
    """A student comes to give its teacher's tags without seeing any gold tag."""
    teacher = trained_tagger(steps=40)
    student, _ = ready()
    bare = [tagma.training.Example(student.make_doc(text), student.make_doc(text)) for text, _ in SENTENCES]
    optimizer = student.create_optimizer()
    optimizer.learn_rate = 0.02
    first = student.distill(teacher, bare, sgd=optimizer)["tagger"]
    for _ in range(40):
        last = student.distill(teacher, bare, sgd=optimizer)["tagger"]
    assert last < first
    assert tags_of(student) == tags_of(teacher)


def test_evaluate() -> None:
    """Scores are plain numbers; docs of the examples stay as they are; components can be told apart."""
    nlp = trained_tagger(steps=40)
    examples = examples_for(nlp)
    scores = nlp.evaluate(iter(examples))
    assert set(scores) == {"token_acc", "token_p", "token_r", "token_f", "tag_acc", "speed"}
    assert all(type(value) is float for value in scores.values())
    assert scores["speed"] > 0
    assert not examples[0].predicted.has_annotation("TAG")
    apart = nlp.evaluate(examples, per_component=True)
    assert apart["tagger"] == {"tag_acc": 1.0}
    assert set(apart) == {"tokenizer", "tagger", "speed"}


def test_evaluate_options() -> None:
    """A scorer of one's own is used; without examples there is no accuracy but None."""
    nlp = trained_tagger(steps=1)

    class Mine(Scorer):
        def score(self, examples: Any, *, per_component: bool = False) -> dict[str, Any]:
            return {"count": numpy.int64(len(list(examples)))}

    scores = nlp.evaluate(examples_for(nlp), scorer=Mine(nlp=nlp), batch_size=1)
    assert scores["count"] == 3
    assert type(scores["count"]) is int
    assert nlp.evaluate([])["tag_acc"] is None


def test_use_params() -> None:
    """Other weights are in place within the block only, also if it fails."""
    nlp, _ = ready()
    tagger = nlp.get_pipe("tagger").model
    node = tagger.get_ref("output_layer")
    other = numpy.full_like(node.get_param("b"), 7.0)
    before = node.get_param("b").copy()
    with pytest.raises(ZeroDivisionError), nlp.use_params({(node.id, "b"): other}):
        1 / int((node.get_param("b") != 7.0).any())
    assert (node.get_param("b") == before).all()
    with nlp.use_params(None):
        assert (node.get_param("b") == before).all()


def test_same_seed_same_weights() -> None:
    """Two pipelines that are trained from the same seed have equal bytes."""
    found = []
    for _ in range(2):
        tagma.util.fix_random_seed(5)
        found.append(trained_tagger(upstream=True, steps=3).get_pipe("tagger").model.to_bytes())
    assert found[0] == found[1]


def test_untrained_components_do_not_stop_an_update() -> None:
    """A pipeline without anything to train gives no losses."""
    nlp = pipeline_of("sentencizer")
    assert nlp.update(examples_for(nlp)) == {}


@pytest.mark.parametrize(
    ("kwargs", "kind", "code"),
    [
        ({"drop": "x"}, TypeError, "E4036"),
        ({"drop": 1.5}, ValueError, "E4036"),
        ({"drop": -0.1}, ValueError, "E4036"),
        ({"sgd": "adam"}, TypeError, "E4038"),
        ({"sgd": True}, TypeError, "E4038"),
    ],
)
def test_settings_that_are_none(kwargs: dict[str, Any], kind: type[Exception], code: str) -> None:
    """A dropout rate or an optimizer that is none is told with its value."""
    nlp = trained_tagger()
    with pytest.raises(kind, match=rf"\[{code}\].*{next(iter(kwargs.values()))}"):
        nlp.update(examples_for(nlp), **kwargs)


def test_a_component_added_after_initialize_is_named() -> None:
    """Training a component that was not initialized is E109 with its name and the way out."""
    nlp = trained_tagger()
    nlp.add_pipe("morphologizer", name="late")
    with pytest.raises(ValueError, match=r"\[E109\].*'late'.*initialize"):
        nlp.update(examples_for(nlp))
