"""TransitionModel: scores of states from their tokens, and the way back into the network of the tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import ParserStep, PrecomputableAffine, TransitionModel
from tagma.nn import Linear, Model, Relu, chain, fix_random_seed, list2array, noop
from tagma.nn.config import code_of
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab

IDS = np.array([[0, 2, -1], [-1, -1, -1], [3, 0, 0]], dtype="int32")


def resize(model: Model[Any, Any], nO: int) -> None:
    """A stand-in that nothing calls."""
    raise AssertionError("not to be called")


def vectors() -> Model[Any, Any]:
    """Docs to vectors of width 6."""
    embed = registry.get("architectures", "spacy.MultiHashEmbed.v2")(
        width=8, attrs=["NORM"], rows=[50], include_static_vectors=False
    )
    return chain(embed, list2array(), Linear(6, 8))


def network(upper: bool, nP: int = 2, nO: int = 4) -> Model[Any, Any]:
    """Four classes; the upper layer has weights."""
    fix_random_seed(0)
    lower = PrecomputableAffine(7 if upper else nO, 6, 3, nP)
    return TransitionModel(vectors(), lower, Linear(nO, 7) if upper else None, resize)


@pytest.fixture
def sample(vocab: Vocab) -> list[Doc]:
    """Five tokens in two docs, and one doc without tokens."""
    return [Doc(vocab, words=["a", "b", "c"]), Doc(vocab), Doc(vocab, words=["d", "e"])]


@pytest.mark.parametrize("nP", [1, 2, 3])
@pytest.mark.parametrize("upper", [True, False])
def test_scores(sample: list[Doc], upper: bool, nP: int) -> None:
    """The scores are those of the documented formula, state by state."""
    model = network(upper, nP)
    model.initialize(X=sample)
    step, _ = model(sample, is_train=False)
    assert isinstance(step, ParserStep)
    assert step.model is model
    assert step.is_train is False
    assert step.lengths.tolist() == [3, 0, 2]
    assert step.lengths.dtype == np.int32
    X = np.concatenate([step.tokvecs])
    assert X.shape == (5, 6)
    assert X.dtype == np.float32
    assert step.tokvecs.flags.c_contiguous
    np.testing.assert_array_equal(X, model.get_ref("tok2vec").predict(sample))
    W, b, pad = (model.get_ref("lower").get_param(name) for name in ("W", "b", "pad"))
    hidden = [sum(W[f] @ X[i] if i >= 0 else pad[0, f] for f, i in enumerate(ids)) + b for ids in IDS]
    expected = np.max(hidden, axis=2)
    if upper:
        expected = np.maximum(expected, 0) if nP == 1 else expected
        expected = expected @ model.get_ref("upper").get_param("W").T + model.get_ref("upper").get_param("b")
    scores = step.predict(IDS)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)


def test_unseen_classes_come_last(sample: list[Doc]) -> None:
    """A class of which no example was seen gets the lowest score of each state; the others keep theirs."""
    model = network(upper=True)
    model.initialize(X=sample)
    before = model.predict(sample).predict(IDS)
    model.attrs["unseen_classes"] |= {1, 3}
    scores = model.predict(sample).predict(IDS)
    np.testing.assert_array_equal(scores[:, [0, 2]], before[:, [0, 2]])
    np.testing.assert_array_equal(scores[:, [1, 3]], before.min(axis=1)[:, None].repeat(2, axis=1))


def test_way_back(sample: list[Doc]) -> None:
    """The gradient of the token vectors goes back through their network."""
    model = network(upper=True)
    model.initialize(X=sample)
    step, finish = model.begin_update(sample)
    assert step.is_train is True
    finish(np.ones_like(step.tokvecs))
    linear = model.get_ref("tok2vec").layers[-1]
    assert linear.get_grad("b").tolist() == [5.0] * 6
    assert not model.get_ref("lower").grad_names


@pytest.mark.parametrize("n_docs", [0, 1, 3])
@pytest.mark.parametrize("is_train", [True, False])
def test_no_tokens(vocab: Vocab, sample: list[Doc], n_docs: int, is_train: bool) -> None:
    """A batch without tokens has no vectors, scores no states, and has a way back."""
    model = network(upper=True)
    model.initialize(X=sample)
    step, finish = model([Doc(vocab) for _ in range(n_docs)], is_train)
    assert step.tokvecs.shape == (0, 6)
    assert step.lengths.tolist() == [0] * n_docs
    assert step.predict(IDS[:0]).shape == (0, 4)
    finish(step.tokvecs)


def test_root(sample: list[Doc]) -> None:
    """The root has no width of its own, and its classes are not shared between models."""
    classes = {2}
    model = TransitionModel(vectors(), PrecomputableAffine(7, 6, 3, 2), Linear(4), resize, unseen_classes=classes)
    assert model.name == "parser_model"
    assert model.dim_names == ("nI",)
    assert model.attrs["unseen_classes"] == {2}
    assert model.attrs["unseen_classes"] is not classes
    assert model.attrs["resize_output"] is resize
    model.initialize(X=sample)
    assert model.get_ref("upper").get_dim("nI") == 7
    assert registry.get("layers", "spacy.TransitionModel.v1") is TransitionModel


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (Linear(7, 6), Linear(4, 7), "lower layer .* precomputable_affine .* 'linear'"),
        (PrecomputableAffine(7, 6, 3, 2), Relu(4, 7), "upper layer .* linear .* 'relu'"),
        (PrecomputableAffine(7, 6, 3, 2), noop(), "upper layer .* linear .* 'noop'"),
    ],
)
def test_other_layers_are_refused(
    sample: list[Doc], lower: Model[Any, Any], upper: Model[Any, Any], words: str
) -> None:
    """Layers whose weights a parser cannot read are named when the model runs."""
    model = TransitionModel(vectors(), lower, upper, resize)
    model.initialize(X=sample)
    with pytest.raises(ValueError, match=words) as caught:
        model.predict(sample)
    assert code_of(caught.value) == "E4085"
