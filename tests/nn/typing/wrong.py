"""Compositions that must not type-check: every line that ends in `# wrong`. Read by mypy in test_typing.py."""

from tagma.nn import (
    LSTM,
    Dropout,
    Embed,
    Linear,
    Logistic,
    Model,
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
    ragged2list,
    reduce_mean,
    residual,
    tuplify,
    uniqued,
    with_array,
    with_array2d,
    with_getitem,
    with_list,
    with_padded,
    with_ragged,
)
from tagma.nn.types import Floats2d, Ints2d, Ragged


def compose(ids: Model[Floats2d, Ints2d], ragged: Model[Ragged, Ragged]) -> None:
    """Each call puts layers together that do not fit."""
    chain(ids, Relu())  # wrong
    chain(Linear(), reduce_mean())  # wrong
    chain(Linear(), Linear(), reduce_mean())  # wrong
    chain(ragged, Linear(), Linear(), Linear())  # wrong
    concatenate(Linear(), ragged)  # wrong
    add(Linear(), ids)  # wrong
    chain(Linear(), Relu())
    residual(reduce_mean())  # wrong
    residual(ids)  # wrong
    clone(reduce_mean(), 2)  # wrong
    tuplify(Linear(), reduce_mean())  # wrong
    uniqued(Linear())  # wrong
    chain(Linear(), Embed(2, 10, column=0))  # wrong
    chain(list2ragged(), Linear())  # wrong
    chain(Linear(), list2ragged())  # wrong
    chain(list2padded(), ragged2list())  # wrong
    chain(list2ragged(), LSTM(4))  # wrong


def behind_another(
    lists: Model[str, list[Floats2d]], ids: Model[str, list[Ints2d]], ragged: Model[str, Ragged]
) -> Model[str, Floats2d]:
    """A layer for several containers gives the one it gets: what follows is told apart."""
    encode = with_array(Relu())
    chain(lists, encode, Softmax())  # wrong
    chain(lists, encode, encode, Softmax())  # wrong
    chain(lists, Dropout(0.1), Softmax())  # wrong
    chain(lists, noop(), reduce_mean())  # wrong
    chain(ragged, encode, list2array())  # wrong
    chain(ragged, residual(encode), list2ragged())  # wrong
    chain(lists, clone(encode, 3), reduce_mean())  # wrong
    chain(lists, with_padded(LSTM(4)), Linear())  # wrong
    chain(lists, list2array(), reduce_mean())  # wrong
    chain(ids, list2array(), Linear())  # wrong
    chain(ids, list2array(), Embed(2, 10, column=0), list2array())  # wrong
    chain(lists, expand_window())  # wrong
    chain(lists, Logistic())  # wrong
    chain(encode, list2array(), Softmax(), reduce_mean())  # wrong
    return chain(lists, encode)  # wrong


def within(ragged: Model[Ragged, Ragged]) -> None:
    """What a layer for several containers is made of must be for the one that it sees."""
    with_array(reduce_mean())  # wrong
    with_array(ragged)  # wrong
    with_array2d(ragged)  # wrong
    with_list(Linear())  # wrong
    with_ragged(Linear())  # wrong
    with_ragged(reduce_mean())  # wrong
    with_padded(ragged)  # wrong
    chain(tuplify(Linear(), Relu()), with_getitem(1, ragged))  # wrong


def operators(lists: Model[str, list[Floats2d]]) -> None:
    """`>>` is `chain`."""
    with Model.define_operators({">>": chain}):
        wrong = lists >> Relu()  # wrong
        wrong = lists >> with_array(Relu()) >> Softmax()  # wrong
        fitting = lists >> with_array(Relu()) >> list2array() >> Softmax()
    del wrong, fitting
