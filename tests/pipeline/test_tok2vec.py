"""tok2vec: one network shared by several components."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma import testing
from tagma.gold.example import Example
from tagma.nn import Adam, Model, fix_random_seed
from tagma.nn.types import ArrayList
from tagma.pipeline import Morphologizer, Tagger, Tok2Vec
from tagma.tokens import Doc
from tagma.vocab import Vocab

Pipes = tuple[Tok2Vec, list[Any]]


def build(vocab: Vocab, examples: list[Example], tok2vec_model: Any, listening_model: Any) -> Pipes:
    """A tok2vec, with a tagger and a morphologizer that listen; output weights random, so that gradients flow."""
    fix_random_seed(3)
    tok2vec = Tok2Vec(vocab, tok2vec_model())
    tok2vec.initialize(lambda: examples)
    pipes = [Tagger(vocab, listening_model()), Morphologizer(vocab, listening_model())]
    for pipe in pipes:
        tok2vec.find_listeners(pipe)
        pipe.initialize(lambda: examples)
        randomize(pipe)
    return tok2vec, pipes


def randomize(pipe: Any) -> None:
    """Random output weights, always the same."""
    softmax = pipe.model.get_ref("softmax")
    shape = softmax.get_param("W").shape
    softmax.set_param("W", np.random.default_rng(5).uniform(-0.3, 0.3, shape).astype("f"))


@pytest.fixture
def shared(vocab: Vocab, examples: list[Example], tok2vec_model: Any, listening_model: Any) -> Pipes:
    """`build`, for the test's vocabulary."""
    return build(vocab, examples, tok2vec_model, listening_model)


def update(shared: Pipes, examples: list[Example], sgd: Any = None) -> dict[str, float]:
    """One batch through tok2vec, then through the listening components."""
    tok2vec, pipes = shared
    losses: dict[str, float] = {}
    batch = testing.fresh(examples)
    for pipe in (tok2vec, *pipes):
        pipe.update(batch, sgd=sgd, losses=losses)
    return losses


def gradients(model: Model[Any, Any]) -> list[Any]:
    """All gradients, node by node."""
    return [node.get_grad(name) for node in model.walk() for name in node.param_names]


def test_shared_training_learns(shared: Pipes, examples: list[Example]) -> None:
    """Trained together, the losses of both components fall."""
    sgd = Adam(0.02)
    history = [update(shared, examples, sgd) for _ in range(60)]
    for name in ("tagger", "morphologizer"):
        assert history[-1][name] < history[0][name] / 10
    assert history[0]["tok2vec"] > 0


def test_gradient_of_listener_is_that_of_own_network(
    shared: Pipes, examples: list[Example], vocab: Vocab, tagger_model: Any
) -> None:
    """The shared network gets the sum of the gradients that two networks of their own, with its weights, get."""
    tok2vec, _ = shared
    update(shared, examples)
    expected: list[Any] = []
    for cls in (Tagger, Morphologizer):
        pipe = cls(vocab, tagger_model())
        pipe.initialize(lambda: examples)
        randomize(pipe)
        own = pipe.model.get_ref("tok2vec")
        own.from_bytes(tok2vec.model.to_bytes())
        pipe.update(testing.fresh(examples))
        found = gradients(own)
        expected = found if not expected else [a + b for a, b in zip(expected, found, strict=True)]
    assert any(np.abs(g).max() > 1e-3 for g in expected)
    for ours, theirs in zip(gradients(tok2vec.model), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5, rtol=1e-4)


def test_loss_is_the_squared_gradient(shared: Pipes, examples: list[Example]) -> None:
    """The loss adds up the squares of what each listener sends back."""
    tok2vec, _ = shared
    batch = testing.fresh(examples)
    losses = tok2vec.update(batch)
    n = sum(len(eg.predicted) for eg in batch)
    for i, listener in enumerate(tok2vec.listeners, start=1):
        Y, backprop = listener.begin_update([eg.predicted for eg in batch])
        backprop([np.full(y.shape, i, dtype="f") for y in Y])
    assert losses == {"tok2vec": pytest.approx(n * 16 * (1 + 4))}


def test_tensors_share_one_array(shared: Pipes, examples: list[Example]) -> None:
    """The docs of a batch get views of one array, and listeners pass it on without a copy."""
    tok2vec, pipes = shared
    docs = list(tok2vec.pipe([eg.predicted for eg in testing.fresh(examples)]))
    assert len({id(doc.tensor.base) for doc in docs}) == 1
    Y = pipes[0].model.get_ref("tok2vec").predict(docs)
    assert isinstance(Y, ArrayList)
    assert np.shares_memory(Y.flat, docs[0].tensor)
    assert [y.tolist() for y in Y] == [doc.tensor.tolist() for doc in docs]


def test_empty_docs(shared: Pipes, vocab: Vocab, examples: list[Example]) -> None:
    """Docs without tokens get a tensor without rows, alone and in a batch."""
    tok2vec, pipes = shared
    for docs in ([], [Doc(vocab)], [Doc(vocab), Doc(vocab, words=["a"]), Doc(vocab)]):
        for pipe in (tok2vec, *pipes):
            assert len(list(pipe.pipe(docs))) == len(docs)
        assert all(doc.tensor.shape == (len(doc), 16) for doc in docs)
    assert tok2vec.update([Example(Doc(vocab), Doc(vocab))]) == {"tok2vec": 0.0}


def test_listeners_are_found_by_name(vocab: Vocab, tok2vec_model: Any, listening_model: Any) -> None:
    """A component listens to the tok2vec of its upstream name, or to any; it can be removed again."""
    tok2vec = Tok2Vec(vocab, tok2vec_model(), "mine")
    for name, upstream in (("a", "*"), ("b", "mine"), ("c", "other")):
        tok2vec.find_listeners(Tagger(vocab, listening_model(upstream), name))
    assert tok2vec.listening_components == ["a", "b"]
    assert len(tok2vec.listeners) == 2
    listener = tok2vec.listener_map["a"][0]
    assert tok2vec.remove_listener(listener, "a")
    assert not tok2vec.remove_listener(listener, "a")
    assert tok2vec.listening_components == ["b"]


def test_found_twice_is_listed_once(vocab: Vocab, tok2vec_model: Any, listening_model: Any) -> None:
    """Looking for listeners again changes nothing."""
    tok2vec = Tok2Vec(vocab, tok2vec_model())
    pipe = Tagger(vocab, listening_model())
    for _ in range(2):
        tok2vec.find_listeners(pipe)
    assert len(tok2vec.listeners) == 1


def test_frozen_tok2vec(shared: Pipes, examples: list[Example]) -> None:
    """Docs that were annotated train a listening component whose tok2vec is not updated."""
    tok2vec, (tagger, _) = shared
    sgd = Adam(0.02)
    before = tok2vec.model.to_bytes()
    losses = []
    for _ in range(40):
        batch = testing.fresh(examples)
        for doc in (eg.predicted for eg in batch):
            tok2vec(doc)
        losses.append(tagger.update(batch, sgd=sgd)["tagger"])
    assert losses[-1] < losses[0]
    assert tok2vec.model.to_bytes() == before


def test_no_examples(vocab: Vocab, tok2vec_model: Any) -> None:
    """Without examples there is nothing to initialize from."""
    with pytest.raises(TypeError, match="E930"):
        Tok2Vec(vocab, tok2vec_model()).initialize(list)


def test_round_trip(shared: Pipes, vocab: Vocab, examples: list[Example], tok2vec_model: Any, tmp_path: Any) -> None:
    """Bytes and files bring back a network that gives the same vectors."""
    tok2vec, _ = shared
    docs = [eg.predicted for eg in examples]
    expected = [y.tolist() for y in tok2vec.predict(docs)]
    from_bytes = Tok2Vec(vocab, tok2vec_model()).from_bytes(tok2vec.to_bytes())
    assert [y.tolist() for y in from_bytes.predict(docs)] == expected
    tok2vec.to_disk(tmp_path / "tok2vec")
    from_disk = Tok2Vec(vocab, tok2vec_model()).from_disk(tmp_path / "tok2vec")
    assert [y.tolist() for y in from_disk.predict(docs)] == expected


def test_distill_shared(vocab: Vocab, examples: list[Example], tok2vec_model: Any, listening_model: Any) -> None:
    """A student with a shared network learns from a teacher with one."""
    teacher = build(vocab, examples, tok2vec_model, listening_model)
    sgd = Adam(0.02)
    for _ in range(60):
        update(teacher, examples, sgd)
    student = build(vocab, examples, tok2vec_model, listening_model)
    sgd = Adam(0.02)
    history = []
    for _ in range(60):
        batch = [Example(eg.predicted, eg.predicted.copy()) for eg in testing.fresh(examples)]
        losses: dict[str, float] = {}
        for pupil, master in zip((student[0], *student[1]), (teacher[0], *teacher[1]), strict=True):
            pupil.distill(master, batch, sgd=sgd, losses=losses)
        history.append(losses)
    assert history[-1]["tagger"] < history[0]["tagger"] / 10
    assert history[-1]["morphologizer"] < history[0]["morphologizer"] / 10
