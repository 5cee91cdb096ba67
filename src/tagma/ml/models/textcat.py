"""Text classifiers: a score for each label and doc.

bag of words    docs ── n-grams ──▶ counted keys ── SparseLinear ──▶ (n_docs, nO) ── softmax or logistic ──▶
over vectors    docs ── tok2vec ──▶ [(n_tokens, width)] ── pooled ──▶ (n_docs, width) ── output layer ──▶
ensemble        both side by side, and an output layer over the two

The attr "multi_label" of a classifier says that its labels do not exclude each other. One whose attr "resize_output" is
set takes more labels after it was trained. Weights go from spaCy and back node by node, so layers are nested as there.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING, Any

from tagma.attrs import ID, LOWER, ORTH, PREFIX, SHAPE, SUFFIX
from tagma.errors import Errors
from tagma.ml.extract_ngrams import extract_ngrams
from tagma.ml.featureextractor import FeatureExtractor
from tagma.ml.models._refs import with_refs
from tagma.ml.models.tok2vec import get_tok2vec_width
from tagma.ml.staticvectors import StaticVectors, StaticVectors_v1
from tagma.nn import (
    Dropout,
    Gelu,
    HashEmbed,
    LayerNorm,
    Linear,
    Logistic,
    Maxout,
    Model,
    ParametricAttention,
    ParametricAttention_v2,
    Relu,
    Softmax,
    SparseLinear,
    SparseLinear_v2,
    chain,
    clone,
    concatenate,
    expand_window,
    list2ragged,
    ragged2list,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
    reduce_sum,
    residual,
    resizable,
    softmax_activation,
    uniqued,
    with_array,
    with_cpu,
)
from tagma.nn.layers.chain import init as init_chain
from tagma.nn.layers.resizable import resize_linear_weighted, resize_model
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

# What a new label scores before it is trained, so that the softmax leaves the old ones what they had.
NEVER = -5000.0


# -- Bags of words


@registry.architectures("spacy.TextCatBOW.v3")
def build_bow_text_classifier_v3(
    exclusive_classes: bool, ngram_size: int, no_output_layer: bool, length: int = 262144, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A linear model over n-grams; takes new labels after training.

    exclusive_classes    A doc has exactly one label: probabilities add up to 1.
    ngram_size           The longest n-grams.
    no_output_layer      Give the scores themselves, not probabilities.
    length               Weights for each label, rounded up to a power of two. n-grams share them by hashing.
    nO                   Number of labels; taken from the data if None.
    Refs: "output_layer". Raises ValueError E1056 unless length is at least 1.
    """
    if length < 1:
        raise ValueError(Errors.E1056.format(length=length))
    linear = SparseLinear_v2(nO, 1 << (length - 1).bit_length())
    return _resizable_bag_of_words(linear, exclusive_classes, ngram_size, no_output_layer, nO)


@registry.architectures("spacy.TextCatBOW.v2")
def build_bow_text_classifier(
    exclusive_classes: bool, ngram_size: int, no_output_layer: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """As version 3, with weights that neighbouring labels share, as old models have them."""
    return _resizable_bag_of_words(SparseLinear(nO), exclusive_classes, ngram_size, no_output_layer, nO)


@registry.architectures("spacy-legacy.TextCatBOW.v1")
def build_bow_text_classifier_v1(
    exclusive_classes: bool, ngram_size: int, no_output_layer: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """As version 2, with a fixed number of labels."""
    linear = SparseLinear(nO)
    return _bag_of_words(linear, linear, exclusive_classes, ngram_size, no_output_layer)


def _resizable_bag_of_words(
    linear: Model[Any, Floats2d], exclusive_classes: bool, ngram_size: int, no_output_layer: bool, nO: int | None
) -> Model[list[Doc], Floats2d]:
    scores = _resizable(linear, 0.0 if no_output_layer else NEVER)
    model = _bag_of_words(linear, scores, exclusive_classes, ngram_size, no_output_layer)
    return _made_resizable(model, nO)


def _bag_of_words(
    linear: Model[Any, Floats2d],
    scores: Model[Any, Floats2d],
    exclusive_classes: bool,
    ngram_size: int,
    no_output_layer: bool,
) -> Model[list[Doc], Floats2d]:
    """`scores` over n-grams, `linear` being the layer in it that has the weights."""
    model: Model[Any, Floats2d] = chain(extract_ngrams(ngram_size, attr=ORTH), scores)
    model = with_cpu(model, model.ops)
    if not no_output_layer:
        output = softmax_activation() if exclusive_classes else Logistic()
        model = chain(model, with_cpu(output, output.ops))
    return _classifier(model, exclusive_classes, output_layer=linear)


# -- Over the vectors of tokens


@registry.architectures("spacy.TextCatReduce.v1")
def build_reduce_text_classifier(
    tok2vec: Model[list[Doc], list[Floats2d]],
    exclusive_classes: bool,
    use_reduce_first: bool,
    use_reduce_last: bool,
    use_reduce_max: bool,
    use_reduce_mean: bool,
    nO: int | None = None,
) -> Model[list[Doc], Floats2d]:
    """A linear layer over what is pooled from the vectors of a doc's tokens; takes new labels after training.

    tok2vec               Any embedding network.
    exclusive_classes     A doc has exactly one label: softmax, else logistic.
    use_reduce_first …    What is pooled, side by side: the first and last vector, largest values, mean.
    nO                    Number of labels; taken from the data if None.
    Refs: "output_layer", "tok2vec". Raises ValueError E1057 if nothing is to be pooled.
    """
    kinds = (
        (use_reduce_first, reduce_first),
        (use_reduce_last, reduce_last),
        (use_reduce_max, reduce_max),
        (use_reduce_mean, reduce_mean),
    )
    pools: list[Model[Any, Floats2d]] = [pool() for wanted, pool in kinds if wanted]
    if not pools:
        raise ValueError(Errors.E1057)
    pooled = _in_turn(tok2vec, list2ragged(), concatenate(*pools))
    width = tok2vec.maybe_get_dim("nO")
    nI = None if width is None else width * len(pools)
    output = Softmax(nO, nI) if exclusive_classes else Linear(nO, nI)
    model = chain(pooled, _resizable(output, NEVER if exclusive_classes else 0.0))
    if not exclusive_classes:
        model = chain(model, Logistic())
    return _made_resizable(_classifier(model, exclusive_classes, output_layer=output, tok2vec=tok2vec), nO)


@registry.architectures("spacy.TextCatCNN.v2")
def build_simple_cnn_text_classifier(
    tok2vec: Model[list[Doc], list[Floats2d]], exclusive_classes: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """`build_reduce_text_classifier` with the mean alone."""
    return build_reduce_text_classifier(
        tok2vec,
        exclusive_classes,
        use_reduce_first=False,
        use_reduce_last=False,
        use_reduce_max=False,
        use_reduce_mean=True,
        nO=nO,
    )


@registry.architectures("spacy-legacy.TextCatCNN.v1")
def build_simple_cnn_text_classifier_v1(
    tok2vec: Model[list[Doc], list[Floats2d]], exclusive_classes: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """As version 2, with a fixed number of labels."""
    nI = tok2vec.maybe_get_dim("nO")
    output = Softmax(nO, nI) if exclusive_classes else Linear(nO, nI)
    layers: list[Model[Any, Any]] = [tok2vec, list2ragged(), reduce_mean(), output]
    model = _in_turn(*layers) if exclusive_classes else _in_turn(*layers, Logistic())
    _take_nO(model, nO)
    return _classifier(model, exclusive_classes, output_layer=output, tok2vec=tok2vec)


@registry.architectures("spacy.TextCatParametricAttention.v1")
def build_textcat_parametric_attention_v1(
    tok2vec: Model[list[Doc], list[Floats2d]], exclusive_classes: bool, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A linear layer over the sum of a doc's vectors, weighted by attention to learned keys, through a maxout layer.

    tok2vec              Any embedding network.
    exclusive_classes    A doc has exactly one label: softmax, else logistic.
    nO                   Number of labels; taken from the data if None.
    Refs: "output_layer"; on its first layer "tok2vec", "attention_layer", "key_transform", "nonlinear_layer",
    "norm_layer".
    """
    width = tok2vec.maybe_get_dim("nO")
    keys = Gelu(width, width)
    attention = ParametricAttention_v2(key_transform=keys, nO=width)
    maxout, norm = Maxout(width, width), LayerNorm(width)
    attended = _in_turn(tok2vec, list2ragged(), attention, reduce_sum(), residual(_in_turn(maxout, norm, Dropout(0.0))))
    attended.init = partial(_init_widths, ("attention_layer", "key_transform", "nonlinear_layer", "norm_layer"))
    with_refs(
        attended,
        tok2vec=tok2vec,
        attention_layer=attention,
        key_transform=keys,
        nonlinear_layer=maxout,
        norm_layer=norm,
    )
    output: Model[Any, Floats2d] = Softmax(nO) if exclusive_classes else chain(Linear(nO), Logistic())
    model = chain(attended, output)
    _take_nO(model, nO)
    return _classifier(model, exclusive_classes, output_layer=output)


@registry.architectures("spacy.TextCatLowData.v1")
def build_text_classifier_lowdata(
    width: int, dropout: float | None, nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A small network over the vocabulary's vectors alone, for when there are few examples.

    width      Width throughout.
    dropout    Rate before the probabilities; None or 0 for no such layer.
    nO         Number of labels; taken from the data if None.
    Each label has a probability of its own. Initialization raises ValueError E905 if there are no vectors.
    """
    layers: list[Model[Any, Any]] = [
        StaticVectors(width),
        list2ragged(),
        ParametricAttention(width),
        reduce_sum(),
        clone(residual(Relu(width, width)), 2),
        Linear(nO, width),
    ]
    if dropout:
        layers.append(Dropout(dropout))
    return _in_turn(*layers, Logistic())


# -- Ensembles


@registry.architectures("spacy.TextCatEnsemble.v2")
def build_text_classifier_v2(
    tok2vec: Model[list[Doc], list[Floats2d]], linear_model: Model[list[Doc], Floats2d], nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """A linear model beside a network with attention, and an output layer over both.

    tok2vec         Any embedding network.
    linear_model    A bag of words; its attr "multi_label" says whether labels exclude each other.
    nO              Number of labels; taken from the data if None.
    Refs: "tok2vec", "output_layer" (of the linear model), "attention_layer", "maxout_layer", "norm_layer".
    """
    exclusive_classes = not linear_model.attrs["multi_label"]
    width = tok2vec.maybe_get_dim("nO")
    attention, maxout, norm = ParametricAttention(width), Maxout(width, width), LayerNorm(width)
    network = _in_turn(tok2vec, list2ragged(), attention, reduce_sum(), residual(_in_turn(maxout, norm, Dropout(0.0))))
    output: Model[Any, Floats2d] = Softmax(nO) if exclusive_classes else chain(Linear(nO), Logistic())
    model = chain(concatenate(linear_model, network), output)
    _take_nO(model, nO)
    model.init = init_ensemble_textcat
    return _classifier(
        model,
        exclusive_classes,
        tok2vec=tok2vec,
        output_layer=linear_model.get_ref("output_layer"),
        attention_layer=attention,
        maxout_layer=maxout,
        norm_layer=norm,
    )


def init_ensemble_textcat(model: Model[Any, Any], X: Any = None, Y: Any = None) -> Model[Any, Any]:
    """Initialize an ensemble: its tok2vec first, from which the layers behind it have their widths."""
    return _init_widths(("attention_layer", "maxout_layer", "norm_layer"), model, X, Y)


def _init_widths(layers: tuple[str, ...], model: Model[Any, Any], X: Any = None, Y: Any = None) -> Model[Any, Any]:
    model.get_ref("tok2vec").initialize(X)
    width = get_tok2vec_width(model)
    for name in layers:
        layer = model.get_ref(name)
        for dim in ("nI", "nO"):
            if layer.has_dim(dim) is not False:
                layer.set_dim(dim, width)
    init_chain(model, X, Y)
    return model


@registry.architectures("spacy-legacy.TextCatEnsemble.v1")
def build_text_classifier_v1(
    width: int,
    embed_size: int,
    pretrained_vectors: bool | None,
    exclusive_classes: bool,
    ngram_size: int,
    window_size: int,
    conv_depth: int,
    dropout: float | None,
    nO: int | None = None,
) -> Model[list[Doc], Floats2d]:
    """The ensemble of old models, with an embedding network of its own.

    width                 Width of the embedding network.
    embed_size            Rows of each of its tables.
    pretrained_vectors    Also use the vocabulary's vectors.
    exclusive_classes     A doc has exactly one label: softmax, else logistic.
    ngram_size            The longest n-grams of the bag of words.
    window_size           Neighbours on each side that a convolution sees.
    conv_depth            Number of convolutions.
    dropout               Rate of the tables.
    nO                    Number of labels; taken from the data if None.
    Refs: "tok2vec", "output_layer" (of the bag of words).
    """
    tok2vec = _old_tok2vec(width, embed_size, pretrained_vectors, window_size, conv_depth, dropout)
    network = _in_turn(
        tok2vec,
        list2ragged(),
        ParametricAttention(width),
        reduce_sum(),
        residual(Maxout(width, width)),
        Linear(nO, width),
        Dropout(0.0),
    )
    linear_model = build_bow_text_classifier_v1(exclusive_classes, ngram_size, no_output_layer=False, nO=nO)
    nI = None if nO is None else 2 * nO
    output: Model[Any, Floats2d] = (
        Softmax(nO, nI) if exclusive_classes else _in_turn(Linear(nO, nI), Dropout(0.0), Logistic())
    )
    model = chain(concatenate(linear_model, network), output)
    _take_nO(model, nO)
    return _classifier(model, exclusive_classes, tok2vec=tok2vec, output_layer=linear_model.get_ref("output_layer"))


def _old_tok2vec(
    width: int,
    embed_size: int,
    pretrained_vectors: bool | None,
    window_size: int,
    conv_depth: int,
    dropout: float | None,
) -> Model[list[Doc], list[Floats2d]]:
    columns: list[int | str] = [ORTH, LOWER, PREFIX, SUFFIX, SHAPE, ID]
    widths = {LOWER: width, PREFIX: width // 2, SUFFIX: width // 2, SHAPE: width // 2}
    # Seeds start at 10: trained tables depend on them.
    tables = [
        HashEmbed(nO, embed_size, column=columns.index(attr), dropout=dropout, seed=seed)
        for seed, (attr, nO) in enumerate(widths.items(), start=10)
    ]
    mixed = chain(reduce(concatenate, tables), Maxout(width, sum(widths.values()), normalize=True))
    words: Model[Any, Any] = chain(FeatureExtractor(columns), with_array(uniqued(mixed, column=columns.index(ORTH))))
    nI = width
    if pretrained_vectors:
        words, nI = concatenate(words, chain(StaticVectors_v1(width), ragged2list())), 2 * width
    window = chain(expand_window(window_size=window_size), Maxout(width, width * (2 * window_size + 1), normalize=True))
    encode = chain(Maxout(width, nI, normalize=True), clone(residual(window), conv_depth))
    return chain(words, with_array(encode, pad=conv_depth))


# -- More labels


def resize_and_set_ref(model: Model[Any, Any], new_nO: int, resizable_layer: Model[Any, Any]) -> Model[Any, Any]:
    """Give a classifier `new_nO` outputs: its resizable layer gets a wider one, which is the ref "output_layer"."""
    resize_model(resizable_layer, new_nO)
    model.set_ref("output_layer", resizable_layer.layers[0])
    model.set_dim("nO", new_nO, force=True)
    return model


def _resize(model: Model[Any, Any], new_nO: int) -> Model[Any, Any]:
    """`resize_and_set_ref` with the layer around the ref "output_layer". It is looked for: a copy has its own."""
    output = model.get_ref("output_layer")
    (around,) = (node for node in model.walk() if "resize_layer" in node.attrs and node.layers[0] is output)
    return resize_and_set_ref(model, new_nO, around)


def _resizable(layer: Model[Any, Floats2d], bias: float) -> Model[Any, Floats2d]:
    """`layer`, in place of which a wider one can be put, whose new outputs start with that bias."""
    return resizable(layer, partial(resize_linear_weighted, fill_defaults={"b": bias, "W": 0.0}))


def _made_resizable(model: Model[Any, Any], nO: int | None) -> Model[Any, Any]:
    if nO is not None:
        model.set_dim("nO", nO)
    model.attrs["resize_output"] = _resize
    return model


# -- What all have


def _in_turn(*layers: Model[Any, Any]) -> Model[Any, Any]:
    """Layers one after another, as `a >> b >> c` nests them: chains of two."""
    return reduce(chain, layers)


def _classifier(model: Model[Any, Any], exclusive_classes: bool, **refs: Model[Any, Any]) -> Model[list[Doc], Floats2d]:
    model.attrs["multi_label"] = not exclusive_classes
    return with_refs(model, **refs)


def _take_nO(model: Model[Any, Any], nO: int | None) -> None:
    if nO is not None:
        model.set_dim("nO", nO)
