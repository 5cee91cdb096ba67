"""Sizes and counts that are refused (nn/errors.py)."""

from __future__ import annotations

import pickle
from typing import Any

import numpy
import pytest

from tagma.nn import Dropout, Linear, Model, Relu, Softmax, chain, concatenate, list2array, residual, with_array
from tagma.nn.errors import DimensionError, require_count, require_size


@pytest.mark.parametrize("size", [1, 7, numpy.int64(3), None])
def test_sizes(size: int | None) -> None:
    """Whole numbers from 1 pass, of Python and of NumPy, and None, which is inferred."""
    require_size("relu", "nO", size)


@pytest.mark.parametrize("count", [0, 5])
def test_counts(count: int) -> None:
    """Counts may be 0 unless a least one is given."""
    require_count("clone", "n", count)
    with pytest.raises(DimensionError, match=rf"clone: n is {count}\. Give it at least 6"):
        require_count("clone", "n", count, least=6)


@pytest.mark.parametrize("size", ["a", 2.0, True, [2]])
def test_no_whole_numbers(size: object) -> None:
    """What is no whole number is shown as it is."""
    with pytest.raises(DimensionError, match=r"relu: nO is .*\. Give it a whole number of at least 1, or leave it out"):
        require_size("relu", "nO", size)


def test_long_paths() -> None:
    """Of a long path the end is shown; a place comes first, and takes the place of the advice if it has its own."""
    error = DimensionError("maxout", "nI is 6, but got input of width 7", "Build it with nI=7")
    error.path[:0] = ["x>>" * 40, "maxout>>layernorm"]
    assert str(error) == "… / maxout>>layernorm / maxout: nI is 6, but got input of width 7. Build it with nI=7"
    error.place = "[components.tagger]"
    assert str(error).startswith("[components.tagger] … / maxout>>layernorm / maxout: nI is 6")
    error.place = "[a] width: it is 6; give both the same."
    assert str(error).endswith("the same. (… / maxout>>layernorm / maxout: nI is 6, but got input of width 7)")


def failing(model: Model[Any, Any], X: Any = None, Y: Any = None) -> DimensionError:
    """The error of initializing a network."""
    with pytest.raises(DimensionError) as caught:
        model.initialize(X, Y)
    return caught.value


def marked(error: DimensionError) -> list[tuple[str, str]]:
    """(node, what is said of it) of the lines of the diagram that point at one."""
    lines = [line.split("←") for line in str(error).splitlines() if "←" in line]
    return [(left.strip("│├└─ ").split()[0], mark.strip()) for left, mark in lines]


ROWS = numpy.zeros((2, 3), dtype="float32")


def test_the_whole_message() -> None:
    """The chain is drawn, with the dims known so far, and the two layers that disagree are pointed at."""
    error = failing(chain(Linear(4, 3), Dropout(), Relu(5, 6), Softmax()), ROWS)
    assert (
        str(error)
        == """linear>>dropout>>relu>>softmax / relu: nI is 6, but the data has width 4. \
Build the layer with nI=4, or leave nI out to have it inferred

linear>>dropout>>relu>>softmax    nI=3, nO=?
├─ linear                         nI=3, nO=4    ← gives 4
├─ dropout
├─ relu                           nI=6, nO=5    ← nI is 6
└─ softmax                        nI=?, nO=?"""
    )


@pytest.mark.parametrize(
    ("model", "X", "marks"),
    [
        (
            chain(Linear(4, 3), concatenate(Linear(5), Linear(5, 6))),
            ROWS,
            [("linear", "gives 4"), ("linear", "nI is 6")],
        ),
        (
            chain(with_array(chain(Linear(4), Linear(7))), with_array(chain(Relu(5, 6), Softmax()))),
            [ROWS],
            [("with_array(linear>>linear)", "gives 7"), ("relu", "nI is 6")],
        ),
        (chain(list2array(), Linear(4, 5), Softmax()), [ROWS], [("list2array", "gives 3"), ("linear", "nI is 5")]),
        (chain(Linear(4, 5), Softmax()), ROWS, [("input", "gives 3"), ("linear", "nI is 5")]),
        (chain(Linear(4, 3), Softmax()), ROWS, [("softmax", "nO is not known")]),
        (chain(Linear(4), Softmax(2)), None, [("linear", "nI is not known")]),
        (chain(Linear(4), residual(Linear(5)), Softmax()), ROWS, [("residual(linear)", "here")]),
    ],
)
def test_what_disagrees_is_marked(model: Model[Any, Any], X: Any, marks: list[tuple[str, str]]) -> None:
    """Who gave the width is known across levels; the input of the whole where no layer did, nobody where none is."""
    assert marked(failing(model, X)) == marks


def test_a_run_points_as_well() -> None:
    """Layers that were never initialized together are found when they run, in training and prediction."""
    model = chain(Linear(4, 3), Dropout(), Linear(5, 6)).initialize()
    for run in (model.predict, model.begin_update):
        with pytest.raises(DimensionError) as caught:
            run(ROWS)
        assert marked(caught.value) == [("linear", "gives 4"), ("linear", "nI is 6")]


def test_a_lone_layer_has_no_diagram() -> None:
    """The message says it all; nor is there a diagram behind the sentence about a setting."""
    assert "\n" not in str(failing(Linear(4, 5), ROWS))
    error = failing(chain(Linear(4, 5), Softmax()), ROWS)
    error.place = "[a] width: it is 5; give both the same."
    assert "\n" not in str(error)


def test_pickled_with_its_diagram() -> None:
    """An error that goes to another process says the same."""
    error = failing(chain(Linear(4, 5), Softmax()), ROWS)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
