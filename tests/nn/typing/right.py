"""Compositions that must type-check, and what must be inferred for them. Read by mypy in test_typing.py."""

from collections.abc import Sequence
from typing import Any, assert_type

from tagma.nn import (
    LSTM,
    Dropout,
    Embed,
    HashEmbed,
    LayerNorm,
    Linear,
    Logistic,
    Maxout,
    Model,
    ParametricAttention,
    Relu,
    Softmax,
    add,
    chain,
    clone,
    concatenate,
    expand_window,
    list2array,
    list2padded,
    list2ragged,
    noop,
    padded2list,
    ragged2list,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
    reduce_sum,
    residual,
    siamese,
    sigmoid_activation,
    tuplify,
    uniqued,
    with_array,
    with_array2d,
    with_cpu,
    with_getitem,
    with_list,
    with_padded,
    with_ragged,
    with_reshape,
)
from tagma.nn.backends import NumpyOps
from tagma.nn.model import SameModel
from tagma.nn.types import Floats1d, Floats2d, Floats3d, Ints1d, Ints2d, Padded, Ragged, XY_YZ_OutT

assert_type(chain(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(chain(Linear(), Relu(), Maxout(), Softmax()), Model[Floats2d, Floats2d])
assert_type(concatenate(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(add(Linear(), Relu()), Model[Floats2d, Floats2d])
assert_type(clone(residual(Relu()), 2), Model[Floats2d, Floats2d])

many: list[Model[Floats2d, Floats2d]] = [Linear(), Linear()]
assert_type(concatenate(*many), Model[Floats2d, Floats2d])
assert_type(chain(*many), Model[Floats2d, Floats2d])

# Tables take ids, or a column of them.
assert_type(Embed(2, 10), Model[Ints1d, Floats2d])
assert_type(Embed(2, 10, column=1), Model[Ints2d, Floats2d])
assert_type(HashEmbed(2, 10, column=0, dropout=0.1), Model[Ints2d, Floats2d])
assert_type(chain(HashEmbed(2, 10), Relu()), Model[Ints1d, Floats2d])
assert_type(uniqued(HashEmbed(2, 10, column=0)), Model[Ints2d, Floats2d])

# From one container to another.
assert_type(chain(list2ragged(), reduce_mean(), Linear()), Model[list[Any], Floats2d])
assert_type(chain(list2ragged(), ragged2list()), Model[list[Any], list[Any]])
assert_type(chain(list2padded(), LSTM(4), padded2list()), Model[list[Any], list[Any]])
assert_type(chain(list2array(), Linear()), Model[list[Any], Floats2d])
for pool in (reduce_sum(), reduce_mean(), reduce_max(), reduce_first(), reduce_last()):
    assert_type(pool, Model[Ragged, Floats2d])


def behind_another(
    lists: Model[str, list[Floats2d]],
    ids: Model[str, list[Ints2d]],
    ragged: Model[str, Ragged],
    rows: Model[str, Floats2d],
) -> None:
    """A layer that takes several containers gives the one that it gets, also as one of several, or within others."""
    encode = with_array(chain(Relu(), Dropout(0.1), LayerNorm()))
    assert_type(encode, SameModel)
    assert_type(chain(lists, encode), Model[str, list[Floats2d]])
    assert_type(chain(ragged, encode), Model[str, Ragged])
    assert_type(chain(rows, encode), Model[str, Floats2d])
    assert_type(chain(lists, encode, list2array()), Model[str, Floats2d])
    assert_type(chain(lists, encode, list2array(), Softmax()), Model[str, Floats2d])
    assert_type(chain(ids, list2array()), Model[str, Ints2d])
    assert_type(chain(ids, list2array(), Embed(2, 10, column=0), Softmax()), Model[str, Floats2d])
    assert_type(chain(lists, list2ragged(), encode, reduce_mean(), Softmax()), Model[str, Floats2d])
    assert_type(chain(lists, list2ragged(), ParametricAttention(), reduce_sum()), Model[str, Floats2d])
    assert_type(chain(ragged, expand_window(), encode, ragged2list()), Model[str, list[Any]])
    assert_type(chain(rows, expand_window(), Logistic(), sigmoid_activation()), Model[str, Floats2d])
    assert_type(chain(lists, with_padded(LSTM(4)), with_list(noop())), Model[str, list[Floats2d]])
    assert_type(chain(lists, with_ragged(ParametricAttention()), with_array2d(Relu())), Model[str, list[Floats2d]])
    assert_type(chain(lists, residual(encode), clone(encode, 2), add(encode, encode)), Model[str, list[Floats2d]])
    assert_type(chain(lists, concatenate(encode, noop()), noop(), Dropout(0.2)), Model[str, list[Floats2d]])
    assert_type(chain(encode, encode), SameModel)
    assert_type(chain(encode, list2array(), Softmax()), Model[Any, Floats2d])
    # What changes the kind of arrays is open.
    assert_type(chain(ids, with_array(Embed(2, 10, column=0))), Model[str, Any])


def operators(lists: Model[str, list[Floats2d]]) -> None:
    """`>>` is `chain`."""
    with Model.define_operators({">>": chain}):
        assert_type(Relu() >> Dropout(0.1) >> Softmax(), Model[Floats2d, Floats2d])
        assert_type(lists >> with_array(Relu()), Model[str, list[Floats2d]])
        assert_type(lists >> with_array(Relu()) >> list2array() >> Softmax(), Model[str, Floats2d])
        assert_type(with_array(Relu()) >> Dropout(0.1), SameModel)


def several(
    rows: Model[str, Floats2d],
    ragged: Model[str, Ragged],
    words: Model[str, list[str]],
    general: Model[Sequence[str], Floats2d],
    similarity: Model[tuple[Floats2d, Floats2d], Floats1d],
) -> None:
    """Tuples know what each of their items is; a layer that takes more than it gets fits."""
    assert_type(tuplify(rows, ragged), Model[str, tuple[Floats2d, Ragged]])
    assert_type(tuplify(rows, ragged, rows), Model[str, tuple[Floats2d, Ragged, Floats2d]])
    assert_type(tuplify(rows, rows, rows, rows), Model[str, tuple[Any, ...]])
    second = chain(tuplify(rows, ragged), with_getitem(1, ParametricAttention()))
    assert_type(second, Model[str, tuple[Any, Ragged, *tuple[Any, ...]]])
    assert_type(siamese(Linear(2, 3), similarity), Model[tuple[Floats2d, Floats2d], Floats1d])
    assert_type(with_reshape(Linear()), Model[Floats3d, Floats3d])
    assert_type(with_cpu(reduce_sum(), NumpyOps()), Model[Ragged, Floats2d])
    assert_type(clone(reduce_sum(), 1), Model[Ragged, Floats2d])
    assert_type(chain(words, general), Model[str, Floats2d])


def pieces(recurrent: Model[Padded, Padded]) -> SameModel:
    """Recurrent layers run on any container."""
    return with_padded(chain(recurrent, recurrent))


def as_thinc_annotates(layer1: Model[str, Any], *layers: Model[Any, Any]) -> Model[str, XY_YZ_OutT]:
    """What a composition of one's own gives is taken from where it goes; elsewhere it is open."""
    raise NotImplementedError


def uses_it(words: Model[str, list[str]]) -> Model[str, Ragged]:
    """The composition above."""
    assert_type(as_thinc_annotates(words), Model[str, Any])
    return as_thinc_annotates(words, noop())


def rows_to_ids(model: Model[Floats2d, Ints2d], reduced: Model[Ragged, Floats2d]) -> Model[Ragged, Ints2d]:
    """Custom types flow through chain as well."""
    return chain(reduced, model)
