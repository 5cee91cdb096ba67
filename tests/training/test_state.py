"""The state of a run: what goes into the file comes back, and what does not fit is refused."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import srsly

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.nn import (
    Adam,
    JAXWrapper,
    Linear,
    Model,
    Optimizer,
    PyTorchWrapper,
    TensorFlowWrapper,
    chain,
    enable_tensorflow,
)
from tagma.nn.shims import Shim
from tagma.training.state import HEAD, STATE_FILE, fingerprint, read_state, restore, write_state

from .networks import TOK2VEC


def trained(
    *names: str, steps: int = 0, averages: bool = True, tags: str = "ABC"
) -> tuple[Language, list[Example], Optimizer]:
    """Taggers of these names after some steps, what they are trained on and with."""
    nlp = tagma.blank("en")
    for name in names:
        nlp.add_pipe("tagger", name=name, config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": TOK2VEC}})
    examples = [Example.from_dict(nlp.make_doc(" ".join(tags.lower())), {"tags": list(tags)})]
    optimizer = Adam(0.01, use_averages=averages)
    nlp.initialize(lambda: examples, sgd=optimizer)
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer, drop=0.2)
    return nlp, examples, optimizer


def weights(nlp: Language) -> list[bytes]:
    """The models of all components."""
    procs: list[Any] = [proc for _, proc in nlp.pipeline]
    return [proc.model.to_bytes() for proc in procs]


@pytest.mark.parametrize("averages", [True, False])
def test_goes_on_as_if_nothing_had_been(tmp_path: Path, averages: bool) -> None:
    """Weights, moments, averages, random numbers and strings are back in another pipeline: the next steps are equal."""
    path = tmp_path / STATE_FILE
    nlp, examples, optimizer = trained("tagger", steps=3, averages=averages)
    nlp.vocab.strings.add("met on the way")
    write_state(path, nlp, optimizer, {"step": 2})
    other, again, another = trained("tagger", steps=1, averages=averages)
    state = read_state(path)
    assert state["progress"] == {"step": 2}
    restore(state, other, another, path)
    drawn = []
    for pipeline, data, sgd in ((nlp, examples, optimizer), (other, again, another)):
        restore(state, pipeline, sgd, path)
        for _ in range(2):
            pipeline.update(data, sgd=sgd, drop=0.2)
        drawn.append((random.random(), numpy.random.uniform(), numpy.random.normal()))
    assert weights(nlp) == weights(other)
    assert drawn[0] == drawn[1]
    assert "met on the way" in other.vocab.strings
    if averages:
        with nlp.use_params(optimizer.averages), other.use_params(another.averages):
            assert weights(nlp) == weights(other)


class Scales(Shim):
    """Stands in for a wrapped model: one array of parameters."""

    def to_bytes(self) -> bytes:
        return bytes(self._model.tobytes())

    def from_bytes(self, data: bytes) -> Scales:
        self._model = numpy.frombuffer(data, dtype="float32").copy()
        return self


def test_models_of_other_frameworks_go_on(tmp_path: Path) -> None:
    """What a shim holds, and what the optimizer knows of its parameters, is back under the id of the new shim."""
    path = tmp_path / STATE_FILE
    found = []
    for start in (1.0, 5.0):
        nlp, _, optimizer = trained("tagger")
        shim = Scales(numpy.full(3, start, dtype="float32"))
        nlp.get_pipe("tagger").model.shims.append(shim)
        found.append((nlp, optimizer, shim))
    (nlp, optimizer, shim), (other, another, twin) = found
    gradient = numpy.array([1, -2, 3], dtype="float32")
    shim._model, _ = optimizer((shim.id, "W"), shim._model, gradient.copy())
    write_state(path, nlp, optimizer, {})
    restore(read_state(path), other, another, path)
    assert twin.id != shim.id
    assert twin._model.tolist() == shim._model.tolist() != [1, 1, 1]
    for ours, sgd in ((shim, optimizer), (twin, another)):
        ours._model, _ = sgd((ours.id, "W"), ours._model, gradient.copy())
    assert twin._model.tolist() == shim._model.tolist()
    assert another.averages[twin.id, "W"].tolist() == optimizer.averages[shim.id, "W"].tolist()
    assert another.nr_update[twin.id, "W"] == 2


def test_a_module_more_or_less_is_refused(tmp_path: Path) -> None:
    """A run does not go on with a module that begins anew, or without one that had learnt."""
    path = tmp_path / STATE_FILE
    nlp, _, optimizer = trained("tagger")
    write_state(path, nlp, optimizer, {})
    nlp.get_pipe("tagger").model.shims.append(Scales(numpy.ones(3, dtype="float32")))
    with pytest.raises(ValueError, match=r"only one of the two wraps the modules .*Resume with the config"):
        restore(read_state(path), nlp, optimizer, path)
    write_state(path, nlp, optimizer, {})
    nlp.get_pipe("tagger").model.shims.clear()
    with pytest.raises(ValueError, match="only one of the two wraps the modules"):
        restore(read_state(path), nlp, optimizer, path)


def of_pytorch() -> Model[Any, Any]:
    """A wrapped module, with first values of its own each time."""
    import torch

    return PyTorchWrapper(torch.nn.Linear(8, 8))


def of_keras() -> Model[Any, Any]:
    """A wrapped model, with first values of its own each time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is deprecated
        enable_tensorflow()
    import tensorflow as tf

    return TensorFlowWrapper(tf.keras.Sequential([tf.keras.layers.Input((8,)), tf.keras.layers.Dense(8)]))


def of_jax() -> Model[Any, Any]:
    """A wrapped function, with first values of its own each time."""
    return JAXWrapper(lambda W, x: x @ W, numpy.random.default_rng().normal(size=(8, 8)).astype("float32"))


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(of_pytorch, marks=pytest.mark.torch),
        pytest.param(of_keras, marks=pytest.mark.tensorflow),
        pytest.param(of_jax, marks=pytest.mark.jax),
    ],
)
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # of Keras itself
def test_a_wrapped_model_goes_on(wrapped: Callable[[], Model[Any, Any]], tmp_path: Path) -> None:
    """The steps after an interruption are those that would have been made without it."""
    path = tmp_path / STATE_FILE
    X = numpy.arange(16, dtype="float32").reshape(2, 8) / 16
    found = []
    for steps in (3, 1):
        nlp, _, optimizer = trained("tagger")
        net = chain(Linear(8, 8), wrapped()).initialize()
        nlp.get_pipe("tagger").model.layers.append(net)
        for _ in range(steps):
            descend(net, X, optimizer)
        found.append((nlp, net, optimizer))
    (nlp, net, optimizer), (other, twin, another) = found
    assert net.predict(X).tolist() != twin.predict(X).tolist()
    write_state(path, nlp, optimizer, {})
    restore(read_state(path), other, another, path)
    assert net.predict(X).tolist() == twin.predict(X).tolist()
    descend(net, X, optimizer)
    descend(twin, X, another)
    assert net.predict(X).tolist() == twin.predict(X).tolist()
    with net.use_params(optimizer.averages), twin.use_params(another.averages):
        assert net.predict(X).tolist() == twin.predict(X).tolist()


def descend(net: Model[Any, Any], X: Any, optimizer: Optimizer) -> None:
    """A step towards outputs of zero."""
    Y, backprop = net.begin_update(X)
    backprop(Y)
    net.finish_update(optimizer)


def test_random_numbers_in_pairs(tmp_path: Path) -> None:
    """Normal numbers are drawn in pairs; that the second of a pair is waiting is part of the state."""
    nlp, _, optimizer = trained("tagger")
    numpy.random.normal()
    random.gauss(0, 1)
    write_state(tmp_path / "state", nlp, optimizer, {})
    expected = numpy.random.normal(), random.gauss(0, 1)
    restore(read_state(tmp_path / "state"), nlp, optimizer, tmp_path)
    assert (numpy.random.normal(), random.gauss(0, 1)) == expected


def test_a_state_of_another_pipeline(tmp_path: Path) -> None:
    """A component more in the file than in the pipeline is refused; one less keeps its own weights."""
    path = tmp_path / "state"
    nlp, _, optimizer = trained("one", "two")
    write_state(path, nlp, optimizer, {})
    fewer, _, sgd = trained("one")
    with pytest.raises(ValueError, match=r"another pipeline.*two/"):
        restore(read_state(path), fewer, sgd, path)
    write_state(path, fewer, sgd, {})
    before = weights(nlp)
    restore(read_state(path), nlp, optimizer, path)
    assert weights(nlp) == [weights(fewer)[0], before[1]]


def test_averages_switched_off(tmp_path: Path) -> None:
    """A run that kept averages can be gone on with without them."""
    path = tmp_path / "state"
    nlp, _, optimizer = trained("tagger", steps=1)
    write_state(path, nlp, optimizer, {})
    other, _, without = trained("tagger", steps=1, averages=False)
    restore(read_state(path), other, without, path)
    assert weights(other) == weights(nlp)
    assert without.averages is None


def test_no_state(tmp_path: Path) -> None:
    """A file that is not there, of another version or of something else, or with any byte changed is refused."""
    path = tmp_path / "state"
    with pytest.raises(ValueError, match=r"state does not exist"):
        read_state(path)
    for other in (b"", b"\xc1 nonsense", srsly.msgpack_dumps({"format": 3})):
        path.write_bytes(other)
        with pytest.raises(ValueError, match=r"state is not the state of a training run of this version"):
            read_state(path)
    nlp, _, optimizer = trained("tagger")
    write_state(path, nlp, optimizer, {})
    good = path.read_bytes()
    for position in (len(good) // 2, len(good) - 1, len(HEAD)):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        with pytest.raises(ValueError, match=r"state is damaged \(its checksum differs\); remove it"):
            read_state(path)
    path.write_bytes(good[:-1])
    with pytest.raises(ValueError, match=r"state is damaged"):
        read_state(path)


@pytest.mark.parametrize(
    ("tags", "difference"), [("ABD", r"number 2.* was 'C' and is 'D'"), ("ABCD", r"had 3 and has 4.*was none.*is 'D'")]
)
def test_other_labels(tmp_path: Path, tags: str, difference: str) -> None:
    """Weights of other labels are refused, even if they have the same shape: the component and label are named."""
    path = tmp_path / "state"
    nlp, _, optimizer = trained("one", "two")
    write_state(path, nlp, optimizer, {})
    other, _, sgd = trained("one", "two", tags=tags)
    before = weights(other)
    with pytest.raises(ValueError, match=rf"state is of a run with other labels: component 'one'.*{difference}"):
        restore(read_state(path), other, sgd, path)
    assert weights(other) == before


def test_fingerprint() -> None:
    """It tells words, annotation and number of examples apart, and is the same for the same corpus."""
    nlp = tagma.blank("en")

    def of(*texts: str, tag: str = "A") -> list[Any]:
        docs = [nlp.make_doc(text) for text in texts]
        return fingerprint([Example.from_dict(doc, {"tags": [tag] * len(doc)}) for doc in docs])

    assert of("a b", "c") == of("a b", "c")
    assert of("a b")[0] == 1
    others = [of("a b", "c"), of("a", "b c"), of("a b", "d"), of("a b"), of("a b", "c", tag="B")]
    assert len({str(other) for other in others}) == len(others)


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """If the state cannot be written, the one from before stays."""
    path = tmp_path / "state"
    nlp, _, optimizer = trained("tagger")
    write_state(path, nlp, optimizer, {"step": 1})
    with pytest.raises(TypeError):
        write_state(path, nlp, optimizer, {"step": object()})
    assert read_state(path)["progress"] == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["state"]
