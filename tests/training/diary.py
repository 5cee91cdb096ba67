"""A component that keeps a diary, in the place of one that learns, and pipelines of it for the training loop."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.nn import SGD, Config, Linear
from tagma.registries import registry
from tagma.training.loop import train

# A batch of texts of one to five words: in how many parts it is run, and the lengths in each.
PARTS_OF_FIVE = [
    (1, [[1, 2, 3, 4, 5]]),
    (2, [[1, 2], [3, 4], [5]]),
    (3, [[1], [2], [3], [4, 5]]),
    (5, [[1], [2], [3], [4], [5]]),
    (9, [[1, 2, 3, 4, 5]]),
]
TEXTS = ["one", "one two", "one two three", "one two three four", "one two three four five"]
BATCHER = {"@batchers": "spacy.batch_by_sequence.v1", "size": 2}

# What the functions that a config names do in the test that runs; a fixture of each file empties it.
PLAN: dict[str, Any] = {}


class Diary:
    """A component that writes down what it is asked to do; its score is the next of PLAN["scores"]."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.model = Linear(1, 1).initialize()
        self.is_trainable = True
        self.updates: list[dict[str, Any]] = []
        self.finished: list[int] = []
        self.scored = 0

    def __call__(self, doc: Any) -> Any:
        doc.user_data[self.name] = True
        return doc

    def update(self, examples: list[Example], *, drop: float, sgd: Any, losses: dict[str, float]) -> dict[str, float]:
        """An update with loss 1."""
        assert sgd is None
        seen = [sorted(key for key in example.predicted.user_data if isinstance(key, str)) for example in examples]
        self.updates.append({"lengths": [len(e.predicted) for e in examples], "drop": drop, "seen": seen[0]})
        losses[self.name] = losses.get(self.name, 0.0) + 1.0
        if PLAN.get("fails_at") == len(self.updates) - 1:
            raise PLAN.get("failure", RuntimeError("the update failed"))
        return losses

    def finish_update(self, sgd: Any) -> None:
        """Counts the updates so far; the weight moves by one."""
        self.finished.append(len(self.updates))
        if PLAN.get("learns"):
            self.model.inc_grad("b", self.model.get_param("b") * 0 + 1.0)
            self.model.finish_update(sgd)

    def use_params(self, params: dict[Any, Any]) -> Any:
        """Other weights for a while."""
        return self.model.use_params(params)

    def score(self, examples: list[Example], **kwargs: Any) -> dict[str, Any]:
        """The scores of the plan; after its end the last ones."""
        PLAN.setdefault("weights", []).append(float(self.model.get_param("b")[0]))
        scores = PLAN.get("scores", [0.5])
        value = scores[min(self.scored, len(scores) - 1)]
        self.scored += 1
        return value if isinstance(value, dict) else {"diary_score": value}

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """The weight as text."""
        path.write_text(str(float(self.model.get_param("b")[0])))


@Language.factory("loop_diary", default_score_weights={"diary_score": 1.0})
def make_diary(nlp: Language, name: str) -> Diary:
    """A diary."""
    return Diary(name)


@registry.readers("loop_texts.v1")
def make_reader(texts: list[str]) -> Callable[[Language], Iterator[Example]]:
    """A corpus of texts, which counts how often it is read."""

    def read(nlp: Language) -> Iterator[Example]:
        PLAN["reads"] = PLAN.get("reads", 0) + 1
        for text in texts:
            yield Example(nlp.make_doc(text), nlp.make_doc(text))

    return read


@registry.loggers("loop_logger.v1")
def make_logger() -> Any:
    """A logger that keeps every info, and says when it is closed."""

    def setup(nlp: Language, stdout: Any, stderr: Any) -> Any:
        PLAN["columns"] = nlp.pipe_names

        def keep(info: dict[str, Any] | None) -> None:
            copied = info and {**info, "losses": dict(info["losses"]), "checkpoints": list(info["checkpoints"])}
            PLAN.setdefault("infos", []).append(copied)

        return keep, lambda: PLAN.__setitem__("closed", PLAN.get("closed", 0) + 1)

    return setup


@registry.callbacks("loop_callback.v1")
def make_callback(name: str) -> Any:
    """The function of the plan that has this name."""
    return PLAN[name]


@registry.schedules("loop_values.v1")
def make_values(values: list[float]) -> Iterator[float]:
    """These values, then no more."""
    yield from values


def config_of(*names: str, texts: list[str] = TEXTS, **training: Any) -> Config:
    """A config of diaries of these names, and how to train them."""
    corpus = {"@readers": "loop_texts.v1", "texts": texts}
    settings = {
        "batcher": BATCHER,
        "logger": {"@loggers": "loop_logger.v1"},
        "patience": 0,
        "max_steps": 0,
        "max_epochs": 1,
        "eval_frequency": 1000,
        "seed": 0,
        "gpu_allocator": None,
    }
    names = names or ("diary",)
    sections: dict[str, Any] = {
        "nlp": {"lang": "en", "pipeline": list(names)},
        "components": {name: {"factory": "loop_diary"} for name in names},
        "corpora": {"train": corpus, "dev": {**corpus, "texts": TEXTS}},
        "training": {**settings, **training},
    }
    return Config(sections)


def pipeline(*names: str, **settings: Any) -> Language:
    """The pipeline of such a config, ready for training."""
    nlp = tagma.util.load_model_from_config(config_of(*names, **settings), auto_fill=True)
    nlp.initialize()
    return nlp


def run(nlp: Language, output: Path | None = None, **settings: Any) -> str:
    """Train, and return what is printed."""
    stdout = io.StringIO()
    train(nlp, output, stdout=stdout, stderr=io.StringIO(), **settings)
    return stdout.getvalue()


def diary(nlp: Language, name: str = "diary") -> Diary:
    """A component of the pipeline."""
    proc: Any = nlp.get_pipe(name)
    return proc


def evaluations() -> list[dict[str, Any]]:
    """The infos of steps with an evaluation."""
    return [info for info in PLAN["infos"] if info is not None]


@registry.optimizers("loop_optimizer.v1")
def make_optimizer(learn_rate: Any, use_averages: bool = False) -> Any:
    """Gradient descent, of which the tests have a reference."""
    PLAN["optimizer"] = SGD(learn_rate, use_averages=use_averages, grad_clip=0.0)
    return PLAN["optimizer"]
