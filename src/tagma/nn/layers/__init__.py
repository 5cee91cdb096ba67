"""The layers, one file each: a factory, `forward` and, where there is something to initialize, `init`."""

from .add import add
from .array_getitem import array_getitem, floats_getitem, ints_getitem
from .chain import chain
from .clipped_linear import ClippedLinear, HardSigmoid, HardTanh, ReluK
from .clone import clone
from .concatenate import concatenate
from .dish import Dish
from .dropout import Dropout
from .embed import Embed
from .expand_window import expand_window
from .gelu import Gelu
from .hard_swish import HardSwish
from .hard_swish_mobilenet import HardSwishMobilenet
from .hashembed import HashEmbed
from .layernorm import LayerNorm
from .linear import Linear
from .list2array import list2array
from .list2padded import list2padded
from .list2ragged import list2ragged
from .maxout import Maxout
from .mish import Mish
from .noop import noop
from .padded2list import padded2list
from .ragged2list import ragged2list
from .relu import Relu
from .residual import residual
from .sigmoid import Sigmoid
from .softmax import Softmax, Softmax_v2
from .swish import Swish
from .with_array import with_array

__all__ = [
    "ClippedLinear",
    "Dish",
    "Dropout",
    "Embed",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardSwishMobilenet",
    "HardTanh",
    "HashEmbed",
    "LayerNorm",
    "Linear",
    "Maxout",
    "Mish",
    "Relu",
    "ReluK",
    "Sigmoid",
    "Softmax",
    "Softmax_v2",
    "Swish",
    "add",
    "array_getitem",
    "chain",
    "clone",
    "concatenate",
    "expand_window",
    "floats_getitem",
    "ints_getitem",
    "list2array",
    "list2padded",
    "list2ragged",
    "noop",
    "padded2list",
    "ragged2list",
    "residual",
    "with_array",
]
