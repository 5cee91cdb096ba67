"""Thinc for sequences: lists of arrays, ragged and padded batches, hash embeddings, windows, gradients through all."""

import numpy
from thinc.api import (
    Adam,
    Embed,
    HashEmbed,
    LayerNorm,
    Linear,
    Maxout,
    Mish,
    Model,
    Ragged,
    SequenceCategoricalCrossentropy,
    Softmax,
    chain,
    concatenate,
    expand_window,
    fix_random_seed,
    get_array_module,
    list2array,
    list2padded,
    list2ragged,
    padded2list,
    ragged2list,
    reduce_max,
    reduce_mean,
    residual,
    strings2arrays,
    with_array,
    with_list,
    with_padded,
    with_ragged,
)

fix_random_seed(0)
rng = numpy.random.RandomState(0)
batch = [rng.randint(0, 50, size=(n, 2)).astype("uint64") for n in (3, 1, 5)]
tags = [["A", "B", "A"], ["B"], ["A", "A", "B", "B", "A"]]
embed = concatenate(HashEmbed(8, 60, column=0, seed=1), HashEmbed(8, 60, column=1, seed=2))
mix = chain(with_array(embed), with_array(chain(Maxout(nO=8, nI=16, nP=2), LayerNorm(8))))
encode = with_array(residual(chain(expand_window(1), Mish(nO=8, nI=24))))
model = chain(mix, encode, with_array(Softmax(nO=2, nI=8)))
model.initialize(X=batch)
loss = SequenceCategoricalCrossentropy(names=["A", "B"])
sgd = Adam(0.02)
for _ in range(60):
    Y, backprop = model.begin_update(batch)
    gradient, value = loss(Y, tags)
    backprop(gradient)
    model.finish_update(sgd)
print([y.shape for y in Y], value < 0.5, [["AB"[i] for i in y.argmax(axis=1)] for y in model.predict(batch)])
floats = [rng.normal(size=(n, 4)).astype("float32") for n in (2, 0, 3)]
ragged, _ = list2ragged()(floats, False)
print(ragged.data.shape, ragged.lengths.tolist(), [x.shape for x in ragged2list()(ragged, False)[0]])
padded, _ = list2padded()([f for f in floats if len(f)], False)
print(padded.data.shape, padded.size_at_t.tolist(), padded.lengths.tolist(), padded.indices.tolist())
print([x.shape for x in padded2list()(padded, False)[0]], list2array()(floats, False)[0].shape)
for layer in (reduce_mean(), reduce_max()):
    Y, backprop = layer(Ragged(numpy.vstack([floats[0], floats[2]]), numpy.array([2, 3], dtype="i")), True)
    print(layer.name, Y.shape, round(float(backprop(numpy.ones_like(Y)).data.sum()), 3))
linear = Linear(3, 4).initialize()
full = [f for f in floats if len(f)]
outputs = [
    wrapper.predict(full)
    for wrapper in (with_array(linear), with_ragged(with_array(linear)), with_list(with_array(linear)))
]
print(all(numpy.allclose(a, b) for other in outputs for a, b in zip(outputs[0], other, strict=False)))
print(with_padded(Linear(4, 4)).name, with_ragged(linear).name)
table = Embed(nO=3, nV=5).initialize()
print(table.predict(numpy.array([[1], [4], [1]], dtype="i")).shape, get_array_module(floats[0]).__name__)
print(strings2arrays().predict([["a", "b"], ["c"]])[0].dtype, strings2arrays().predict([["a", "b"], ["c"]])[0].shape)
ops = model.ops
X = rng.normal(size=(4, 6)).astype("float32")
print(numpy.allclose(ops.softmax(X).sum(axis=1), 1), ops.relu(X).min() >= 0, ops.seq2col(X, 1).shape)
best, which = ops.maxout(X.reshape((4, 3, 2)))
print(best.shape, which.dtype, ops.backprop_maxout(best, which, 2).shape)
print(ops.flatten([X, X[:1]]).shape, [x.shape for x in ops.unflatten(ops.flatten([X, X[:1]]), [4, 1])])
print(
    ops.hash(numpy.array([1, 2, 3], dtype="uint64"), 7).tolist(), ops.asarray1i([1, 2]).dtype, ops.alloc2f(2, 3).shape
)
print(
    ops.clip_gradient(numpy.array([3.0, 4.0], dtype="f"), 1.0).tolist(),
    Model("x", lambda m, X, is_train: (X, lambda d: d)).predict(5),
)
