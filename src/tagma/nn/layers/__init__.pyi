# Written by scripts/door_stubs.py; do not edit.
from tagma.nn.layers.array_getitem import floats_getitem as floats_getitem
from tagma.nn.layers.array_getitem import ints_getitem as ints_getitem
from tagma.nn.layers.cauchysimilarity import CauchySimilarity as CauchySimilarity
from tagma.nn.layers.clipped_linear import ClippedLinear as ClippedLinear
from tagma.nn.layers.clipped_linear import HardSigmoid as HardSigmoid
from tagma.nn.layers.clipped_linear import HardTanh as HardTanh
from tagma.nn.layers.clipped_linear import ReluK as ReluK
from tagma.nn.layers.dish import Dish as Dish
from tagma.nn.layers.dropout import Dropout as Dropout
from tagma.nn.layers.embed import Embed as Embed
from tagma.nn.layers.gelu import Gelu as Gelu
from tagma.nn.layers.hard_swish import HardSwish as HardSwish
from tagma.nn.layers.hard_swish_mobilenet import HardSwishMobilenet as HardSwishMobilenet
from tagma.nn.layers.hashembed import HashEmbed as HashEmbed
from tagma.nn.layers.jaxwrapper import JAXWrapper as JAXWrapper
from tagma.nn.layers.layernorm import LayerNorm as LayerNorm
from tagma.nn.layers.linear import Linear as Linear
from tagma.nn.layers.logistic import Logistic as Logistic
from tagma.nn.layers.lstm import LSTM as LSTM
from tagma.nn.layers.maxout import Maxout as Maxout
from tagma.nn.layers.mish import Mish as Mish
from tagma.nn.layers.multisoftmax import MultiSoftmax as MultiSoftmax
from tagma.nn.layers.mxnetwrapper import MXNetWrapper as MXNetWrapper
from tagma.nn.layers.parametricattention import ParametricAttention as ParametricAttention
from tagma.nn.layers.parametricattention_v2 import ParametricAttention_v2 as ParametricAttention_v2
from tagma.nn.layers.pytorchlstm import PyTorchLSTM as PyTorchLSTM
from tagma.nn.layers.pytorchwrapper import PyTorchRNNWrapper as PyTorchRNNWrapper
from tagma.nn.layers.pytorchwrapper import PyTorchWrapper as PyTorchWrapper
from tagma.nn.layers.pytorchwrapper import PyTorchWrapper_v2 as PyTorchWrapper_v2
from tagma.nn.layers.pytorchwrapper import PyTorchWrapper_v3 as PyTorchWrapper_v3
from tagma.nn.layers.relu import Relu as Relu
from tagma.nn.layers.remap_ids import remap_ids_v2 as remap_ids_v2
from tagma.nn.layers.sigmoid import Sigmoid as Sigmoid
from tagma.nn.layers.softmax import Softmax as Softmax
from tagma.nn.layers.softmax import Softmax_v2 as Softmax_v2
from tagma.nn.layers.sparselinear import SparseLinear as SparseLinear
from tagma.nn.layers.sparselinear import SparseLinear_v2 as SparseLinear_v2
from tagma.nn.layers.swish import Swish as Swish
from tagma.nn.layers.tensorflowwrapper import TensorFlowWrapper as TensorFlowWrapper
from tagma.nn.layers.tensorflowwrapper import keras_subclass as keras_subclass
from tagma.nn.layers.torchscriptwrapper import TorchScriptWrapper_v1 as TorchScriptWrapper_v1
from tagma.nn.layers.torchscriptwrapper import pytorch_to_torchscript_wrapper as pytorch_to_torchscript_wrapper

from .add import add as add
from .array_getitem import array_getitem as array_getitem
from .bidirectional import bidirectional as bidirectional
from .chain import chain as chain
from .clone import clone as clone
from .concatenate import concatenate as concatenate
from .expand_window import expand_window as expand_window
from .list2array import list2array as list2array
from .list2padded import list2padded as list2padded
from .list2ragged import list2ragged as list2ragged
from .map_list import map_list as map_list
from .noop import noop as noop
from .padded2list import padded2list as padded2list
from .premap_ids import premap_ids as premap_ids
from .ragged2list import ragged2list as ragged2list
from .reduce_first import reduce_first as reduce_first
from .reduce_last import reduce_last as reduce_last
from .reduce_max import reduce_max as reduce_max
from .reduce_mean import reduce_mean as reduce_mean
from .reduce_sum import reduce_sum as reduce_sum
from .remap_ids import remap_ids as remap_ids
from .residual import residual as residual
from .resizable import resizable as resizable
from .siamese import siamese as siamese
from .sigmoid_activation import sigmoid_activation as sigmoid_activation
from .softmax_activation import softmax_activation as softmax_activation
from .strings2arrays import strings2arrays as strings2arrays
from .tuplify import tuplify as tuplify
from .uniqued import uniqued as uniqued
from .with_array import with_array as with_array
from .with_array2d import with_array2d as with_array2d
from .with_cpu import with_cpu as with_cpu
from .with_debug import with_debug as with_debug
from .with_flatten import with_flatten as with_flatten
from .with_flatten_v2 import with_flatten_v2 as with_flatten_v2
from .with_getitem import with_getitem as with_getitem
from .with_list import with_list as with_list
from .with_nvtx_range import with_nvtx_range as with_nvtx_range
from .with_padded import with_padded as with_padded
from .with_ragged import with_ragged as with_ragged
from .with_reshape import with_reshape as with_reshape
from .with_signpost_interval import with_signpost_interval as with_signpost_interval

__all__ = [
    "CauchySimilarity",
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
    "JAXWrapper",
    "LSTM",
    "LayerNorm",
    "Linear",
    "Logistic",
    "MXNetWrapper",
    "Maxout",
    "Mish",
    "MultiSoftmax",
    "ParametricAttention",
    "ParametricAttention_v2",
    "PyTorchLSTM",
    "PyTorchRNNWrapper",
    "PyTorchWrapper",
    "PyTorchWrapper_v2",
    "PyTorchWrapper_v3",
    "Relu",
    "ReluK",
    "Sigmoid",
    "Softmax",
    "Softmax_v2",
    "SparseLinear",
    "SparseLinear_v2",
    "Swish",
    "TensorFlowWrapper",
    "TorchScriptWrapper_v1",
    "add",
    "array_getitem",
    "bidirectional",
    "chain",
    "clone",
    "concatenate",
    "expand_window",
    "floats_getitem",
    "ints_getitem",
    "keras_subclass",
    "list2array",
    "list2padded",
    "list2ragged",
    "map_list",
    "noop",
    "padded2list",
    "premap_ids",
    "pytorch_to_torchscript_wrapper",
    "ragged2list",
    "reduce_first",
    "reduce_last",
    "reduce_max",
    "reduce_mean",
    "reduce_sum",
    "remap_ids",
    "remap_ids_v2",
    "residual",
    "resizable",
    "siamese",
    "sigmoid_activation",
    "softmax_activation",
    "strings2arrays",
    "tuplify",
    "uniqued",
    "with_array",
    "with_array2d",
    "with_cpu",
    "with_debug",
    "with_flatten",
    "with_flatten_v2",
    "with_getitem",
    "with_list",
    "with_nvtx_range",
    "with_padded",
    "with_ragged",
    "with_reshape",
    "with_signpost_interval",
]
