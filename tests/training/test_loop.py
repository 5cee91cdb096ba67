"""The training loop (loop.py, run.py): how long it runs, what a step does, which components take part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tagma.language import Language
from tagma.nn import ConfigValidationError

from .diary import BATCHER, PARTS_OF_FIVE, PLAN, TEXTS, diary, evaluations, pipeline, run


@pytest.fixture(autouse=True)
def plan() -> Iterator[None]:
    """An empty plan for each test."""
    PLAN.clear()
    yield
    PLAN.clear()


@pytest.mark.parametrize(("epochs", "steps"), [(1, 3), (3, 9)])
def test_max_epochs(epochs: int, steps: int) -> None:
    """Training ends after so many passes; the last batch of a pass is smaller."""
    nlp = pipeline(max_epochs=epochs)
    run(nlp)
    assert [len(update["lengths"]) for update in diary(nlp).updates] == [2, 2, 1] * epochs
    assert len(PLAN["infos"]) == steps


@pytest.mark.parametrize("epochs", [0, -1])
def test_max_steps(epochs: int) -> None:
    """Without a limit of epochs it is the steps that end; the step with that number is still made."""
    nlp = pipeline(max_epochs=epochs, max_steps=7, eval_frequency=1)
    run(nlp)
    assert [info["step"] for info in evaluations()] == list(range(8))
    assert [info["epoch"] for info in evaluations()] == [0, 0, 0, 1, 1, 1, 2, 2]


def test_corpus_is_read_once_or_streamed() -> None:
    """With max_epochs -1 the corpus is read for each epoch, in its order; else once, and each epoch has its order."""
    streamed = pipeline(max_epochs=-1, max_steps=8)
    PLAN["reads"] = 0
    run(streamed)
    assert PLAN["reads"] == 3 + 1  # and once for the evaluation
    assert [sorted(update["lengths"]) for update in diary(streamed).updates] == [[1, 2], [3, 4], [5]] * 3
    kept = pipeline(max_epochs=0, max_steps=8)
    PLAN["reads"] = 0
    run(kept)
    assert PLAN["reads"] == 1 + 1
    orders = [[update["lengths"] for update in diary(kept).updates[i : i + 3]] for i in (0, 3, 6)]
    assert orders[0] != orders[1] or orders[1] != orders[2]
    assert all(sorted(length for batch in order for length in batch) == [1, 2, 3, 4, 5] for order in orders)


def test_order_depends_on_the_seed() -> None:
    """The same seed gives the same batches; another one gives others."""
    orders = []
    for seed in (1, 1, 2):
        nlp = pipeline(max_epochs=3, seed=seed)
        run(nlp)
        orders.append([update["lengths"] for update in diary(nlp).updates])
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


@pytest.mark.parametrize("epochs", [-1, 0, 1])
def test_nothing_to_train_on(epochs: int) -> None:
    """A corpus without examples, and a batcher that drops them all, are errors and no endless loop."""
    with pytest.raises(ValueError, match="E986"):
        run(pipeline(texts=[], max_epochs=epochs))
    batcher = {"@batchers": "spacy.batch_by_words.v1", "size": 2, "tolerance": 0.0, "discard_oversize": True}
    with pytest.raises(ValueError, match="E986"):
        run(pipeline(texts=TEXTS[2:], max_epochs=epochs, batcher=batcher))


@pytest.mark.parametrize(
    ("scores", "patience", "last"),
    [
        ([0.1, 0.2, 0.3, 0.3, 0.3, 0.3], 2, 4),
        ([0.5, 0.1], 3, 3),
        ([0.1, 0.5, 0.4, 0.6, 0.2], 3, 6),
        ([0.0], 1, 1),
        ([0.3, 0.3], 0, 12),
    ],
)
def test_patience(scores: list[float], patience: int, last: int) -> None:
    """Training ends so many steps after the first time that the best score was reached; patience 0 has no end."""
    PLAN["scores"] = scores
    run(pipeline(max_epochs=0, max_steps=12, eval_frequency=1, patience=patience))
    assert evaluations()[-1]["step"] == last


def test_patience_counts_steps() -> None:
    """Patience is in steps, not in evaluations, and runs out between them too."""
    PLAN["scores"] = [0.5, 0.1]
    run(pipeline(max_epochs=0, max_steps=99, eval_frequency=4, patience=6))
    assert len(PLAN["infos"]) == 7


def test_evaluations() -> None:
    """The first step is evaluated and every so many after it; the logger gets None for the others."""
    PLAN["scores"] = [0.25, 0.75]
    run(pipeline(max_epochs=0, max_steps=5, eval_frequency=3))
    infos = PLAN["infos"]
    assert [info and info["step"] for info in infos] == [0, None, None, 3, None, None]
    assert infos[3]["score"] == 0.75
    assert infos[3]["other_scores"]["diary_score"] == 0.75
    assert infos[3]["checkpoints"] == [(0.25, 0), (0.75, 3)]
    assert PLAN["closed"] == 1


def test_losses_and_words_of_an_info() -> None:
    """Losses count from the last evaluation, words from the beginning."""
    nlp = pipeline(max_epochs=2, eval_frequency=3)
    run(nlp)
    assert [info["losses"] for info in evaluations()] == [{"diary": 1.0}, {"diary": 3.0}]
    assert [info["words"] for info in evaluations()][1] == 15 + sum(diary(nlp).updates[3]["lengths"])


@pytest.mark.parametrize(("parts", "expected"), PARTS_OF_FIVE)
def test_accumulate_gradient(parts: int, expected: list[list[int]]) -> None:
    """A batch is run by length, in parts of equal number and the rest; weights change once, at its end."""
    nlp = pipeline(accumulate_gradient=parts, batcher={**BATCHER, "size": 5}, max_epochs=2)
    run(nlp)
    assert [update["lengths"] for update in diary(nlp).updates] == expected * 2
    assert diary(nlp).finished == [len(expected), 2 * len(expected)]


def test_dropout() -> None:
    """A number is the rate of all steps; of a schedule each step takes a value, all parts of a batch the same."""
    nlp = pipeline(dropout=0.25)
    run(nlp)
    assert {update["drop"] for update in diary(nlp).updates} == {0.25}
    schedule = {"@schedules": "loop_values.v1", "values": [0.5, 0.25]}
    nlp = pipeline(dropout=schedule, accumulate_gradient=2, max_epochs=0, max_steps=3, texts=TEXTS[:2])
    run(nlp)
    assert [update["drop"] for update in diary(nlp).updates] == [0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]


def test_before_update() -> None:
    """The callback comes before each step and knows which one it is."""
    seen = []

    def before_update(nlp: Language, info: dict[str, Any]) -> None:
        seen.append((info, len(diary(nlp).updates)))

    PLAN["before"] = before_update
    run(pipeline(max_epochs=2, before_update={"@callbacks": "loop_callback.v1", "name": "before"}))
    assert [info for info, _ in seen] == [{"step": step, "epoch": step // 3} for step in range(6)]
    assert [updates for _, updates in seen] == list(range(6))


def test_learn_rate_schedule() -> None:
    """The settings of the optimizer move on with each step, once a batch."""
    rates = {"@schedules": "loop_values.v1", "values": [0.5, 0.25, 0.125]}
    shown = []
    PLAN["before"] = lambda nlp, info: shown.append(PLAN["optimizer"].learn_rate)
    optimizer = {"@optimizers": "loop_optimizer.v1", "learn_rate": rates}
    before = {"@callbacks": "loop_callback.v1", "name": "before"}
    run(pipeline(max_epochs=2, optimizer=optimizer, before_update=before, accumulate_gradient=2))
    assert shown == [0.5, 0.25, 0.125, 0.125, 0.125, 0.125]


def test_frozen_components() -> None:
    """Frozen ones are neither updated nor shown by the logger, but evaluated; it is said which ones they are."""
    nlp = pipeline("one", "two", frozen_components=["one"])
    shown = run(nlp)
    assert diary(nlp, "one").updates == diary(nlp, "one").finished == []
    assert diary(nlp, "one").scored == 1
    assert len(diary(nlp, "two").updates) == 3
    assert PLAN["columns"] == ["two"]
    assert nlp.pipe_names == ["one", "two"]
    assert "Frozen components: ['one']" in shown
    assert "Annotating" not in shown


@pytest.mark.parametrize(("frozen", "updates"), [([], 3), (["one"], 0)])
def test_annotating_components(frozen: list[str], updates: int) -> None:
    """Later components see what an annotating one has predicted, which may be frozen too; earlier ones do not."""
    nlp = pipeline("zero", "one", "two", annotating_components=["one"], frozen_components=frozen)
    shown = run(nlp)
    assert len(diary(nlp, "one").updates) == updates
    assert [update["seen"] for update in diary(nlp, "zero").updates] == [[]] * 3
    assert [update["seen"] for update in diary(nlp, "two").updates] == [["one"]] * 3
    assert "Annotating: ['one']" in shown


def test_components_that_are_not_trained() -> None:
    """A component that says it is not trainable gets no step of the optimizer."""
    nlp = pipeline("one", "two")
    diary(nlp, "one").is_trainable = False
    run(nlp)
    assert diary(nlp, "one").finished == []
    assert len(diary(nlp, "two").finished) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_steps", 1.5),
        ("patience", "x"),
        ("eval_frequency", 0),
        ("accumulate_gradient", 0),
        ("dropout", "0.1"),
        ("frozen_components", "tagger"),
        ("before_update", "x"),
    ],
)
def test_wrong_settings(name: str, value: Any) -> None:
    """A value that does not fit is named with its place, before anything is done."""
    nlp = pipeline()
    nlp.config["training"][name] = value
    with pytest.raises(ConfigValidationError, match=rf"(?s)training.*{name}"):
        run(nlp)
    assert diary(nlp).updates == []


@pytest.mark.parametrize("option", ["seed", "gpu_allocator"])
def test_settings_that_must_be_there(option: str) -> None:
    """Seed and allocator may be null, but not left out."""
    nlp = pipeline()
    config = nlp.config.copy()
    del config["training"][option]
    nlp.config = config
    with pytest.raises(ValueError, match=rf"E1015.*{option}"):
        run(nlp)
