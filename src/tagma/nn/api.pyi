# Written by scripts/door_stubs.py; do not edit.
from tagma.nn.arrays import get_array_module as get_array_module
from tagma.nn.arrays import get_width as get_width
from tagma.nn.arrays import is_cupy_array as is_cupy_array
from tagma.nn.arrays import to_categorical as to_categorical
from tagma.nn.arrays import to_numpy as to_numpy
from tagma.nn.backends import CupyOps as CupyOps
from tagma.nn.backends import MPSOps as MPSOps
from tagma.nn.backends import NumpyOps as NumpyOps
from tagma.nn.backends import Ops as Ops
from tagma.nn.backends import get_current_ops as get_current_ops
from tagma.nn.backends import get_ops as get_ops
from tagma.nn.backends import set_current_ops as set_current_ops
from tagma.nn.backends import set_gpu_allocator as set_gpu_allocator
from tagma.nn.backends import use_ops as use_ops
from tagma.nn.backends import use_pytorch_for_gpu_memory as use_pytorch_for_gpu_memory
from tagma.nn.backends import use_tensorflow_for_gpu_memory as use_tensorflow_for_gpu_memory
from tagma.nn.compat import enable_mxnet as enable_mxnet
from tagma.nn.compat import enable_tensorflow as enable_tensorflow
from tagma.nn.compat import has_cupy as has_cupy
from tagma.nn.config import Config as Config
from tagma.nn.config import ConfigValidationError as ConfigValidationError
from tagma.nn.config import registry as registry
from tagma.nn.devices import prefer_gpu as prefer_gpu
from tagma.nn.devices import require_cpu as require_cpu
from tagma.nn.devices import require_gpu as require_gpu
from tagma.nn.devices import set_active_gpu as set_active_gpu
from tagma.nn.exchange import get_torch_default_device as get_torch_default_device
from tagma.nn.exchange import jax2xp as jax2xp
from tagma.nn.exchange import mxnet2xp as mxnet2xp
from tagma.nn.exchange import tensorflow2xp as tensorflow2xp
from tagma.nn.exchange import torch2xp as torch2xp
from tagma.nn.exchange import xp2jax as xp2jax
from tagma.nn.exchange import xp2mxnet as xp2mxnet
from tagma.nn.exchange import xp2tensorflow as xp2tensorflow
from tagma.nn.exchange import xp2torch as xp2torch
from tagma.nn.initializers import configure_normal_init as configure_normal_init
from tagma.nn.initializers import glorot_uniform_init as glorot_uniform_init
from tagma.nn.initializers import normal_init as normal_init
from tagma.nn.initializers import uniform_init as uniform_init
from tagma.nn.initializers import zero_init as zero_init
from tagma.nn.layers import LSTM as LSTM
from tagma.nn.layers import CauchySimilarity as CauchySimilarity
from tagma.nn.layers import ClippedLinear as ClippedLinear
from tagma.nn.layers import Dish as Dish
from tagma.nn.layers import Dropout as Dropout
from tagma.nn.layers import Embed as Embed
from tagma.nn.layers import Gelu as Gelu
from tagma.nn.layers import HardSigmoid as HardSigmoid
from tagma.nn.layers import HardSwish as HardSwish
from tagma.nn.layers import HardSwishMobilenet as HardSwishMobilenet
from tagma.nn.layers import HardTanh as HardTanh
from tagma.nn.layers import HashEmbed as HashEmbed
from tagma.nn.layers import JAXWrapper as JAXWrapper
from tagma.nn.layers import LayerNorm as LayerNorm
from tagma.nn.layers import Linear as Linear
from tagma.nn.layers import Logistic as Logistic
from tagma.nn.layers import Maxout as Maxout
from tagma.nn.layers import Mish as Mish
from tagma.nn.layers import MultiSoftmax as MultiSoftmax
from tagma.nn.layers import MXNetWrapper as MXNetWrapper
from tagma.nn.layers import ParametricAttention as ParametricAttention
from tagma.nn.layers import ParametricAttention_v2 as ParametricAttention_v2
from tagma.nn.layers import PyTorchLSTM as PyTorchLSTM
from tagma.nn.layers import PyTorchRNNWrapper as PyTorchRNNWrapper
from tagma.nn.layers import PyTorchWrapper as PyTorchWrapper
from tagma.nn.layers import PyTorchWrapper_v2 as PyTorchWrapper_v2
from tagma.nn.layers import PyTorchWrapper_v3 as PyTorchWrapper_v3
from tagma.nn.layers import Relu as Relu
from tagma.nn.layers import ReluK as ReluK
from tagma.nn.layers import Sigmoid as Sigmoid
from tagma.nn.layers import Softmax as Softmax
from tagma.nn.layers import Softmax_v2 as Softmax_v2
from tagma.nn.layers import SparseLinear as SparseLinear
from tagma.nn.layers import SparseLinear_v2 as SparseLinear_v2
from tagma.nn.layers import Swish as Swish
from tagma.nn.layers import TensorFlowWrapper as TensorFlowWrapper
from tagma.nn.layers import TorchScriptWrapper_v1 as TorchScriptWrapper_v1
from tagma.nn.layers import add as add
from tagma.nn.layers import array_getitem as array_getitem
from tagma.nn.layers import bidirectional as bidirectional
from tagma.nn.layers import chain as chain
from tagma.nn.layers import clone as clone
from tagma.nn.layers import concatenate as concatenate
from tagma.nn.layers import expand_window as expand_window
from tagma.nn.layers import keras_subclass as keras_subclass
from tagma.nn.layers import list2array as list2array
from tagma.nn.layers import list2padded as list2padded
from tagma.nn.layers import list2ragged as list2ragged
from tagma.nn.layers import map_list as map_list
from tagma.nn.layers import noop as noop
from tagma.nn.layers import padded2list as padded2list
from tagma.nn.layers import premap_ids as premap_ids
from tagma.nn.layers import pytorch_to_torchscript_wrapper as pytorch_to_torchscript_wrapper
from tagma.nn.layers import ragged2list as ragged2list
from tagma.nn.layers import reduce_first as reduce_first
from tagma.nn.layers import reduce_last as reduce_last
from tagma.nn.layers import reduce_max as reduce_max
from tagma.nn.layers import reduce_mean as reduce_mean
from tagma.nn.layers import reduce_sum as reduce_sum
from tagma.nn.layers import remap_ids as remap_ids
from tagma.nn.layers import remap_ids_v2 as remap_ids_v2
from tagma.nn.layers import residual as residual
from tagma.nn.layers import resizable as resizable
from tagma.nn.layers import siamese as siamese
from tagma.nn.layers import sigmoid_activation as sigmoid_activation
from tagma.nn.layers import softmax_activation as softmax_activation
from tagma.nn.layers import strings2arrays as strings2arrays
from tagma.nn.layers import tuplify as tuplify
from tagma.nn.layers import uniqued as uniqued
from tagma.nn.layers import with_array as with_array
from tagma.nn.layers import with_array2d as with_array2d
from tagma.nn.layers import with_cpu as with_cpu
from tagma.nn.layers import with_debug as with_debug
from tagma.nn.layers import with_flatten as with_flatten
from tagma.nn.layers import with_flatten_v2 as with_flatten_v2
from tagma.nn.layers import with_getitem as with_getitem
from tagma.nn.layers import with_list as with_list
from tagma.nn.layers import with_nvtx_range as with_nvtx_range
from tagma.nn.layers import with_padded as with_padded
from tagma.nn.layers import with_ragged as with_ragged
from tagma.nn.layers import with_reshape as with_reshape
from tagma.nn.layers import with_signpost_interval as with_signpost_interval
from tagma.nn.loss import CategoricalCrossentropy as CategoricalCrossentropy
from tagma.nn.loss import CosineDistance as CosineDistance
from tagma.nn.loss import L2Distance as L2Distance
from tagma.nn.loss import SequenceCategoricalCrossentropy as SequenceCategoricalCrossentropy
from tagma.nn.model import Backprop as Backprop
from tagma.nn.model import Model as Model
from tagma.nn.model import change_attr_values as change_attr_values
from tagma.nn.model import deserialize_attr as deserialize_attr
from tagma.nn.model import serialize_attr as serialize_attr
from tagma.nn.model import set_dropout_rate as set_dropout_rate
from tagma.nn.model import wrap_model_recursive as wrap_model_recursive
from tagma.nn.optimizers import SGD as SGD
from tagma.nn.optimizers import Adam as Adam
from tagma.nn.optimizers import Optimizer as Optimizer
from tagma.nn.optimizers import RAdam as RAdam
from tagma.nn.schedules import Schedule as Schedule
from tagma.nn.schedules import compounding as compounding
from tagma.nn.schedules import constant as constant
from tagma.nn.schedules import constant_then as constant_then
from tagma.nn.schedules import cyclic_triangular as cyclic_triangular
from tagma.nn.schedules import decaying as decaying
from tagma.nn.schedules import plateau as plateau
from tagma.nn.schedules import slanted_triangular as slanted_triangular
from tagma.nn.schedules import warmup_linear as warmup_linear
from tagma.nn.seeds import fix_random_seed as fix_random_seed
from tagma.nn.shims import JAXShim as JAXShim
from tagma.nn.shims import MXNetShim as MXNetShim
from tagma.nn.shims import PyTorchGradScaler as PyTorchGradScaler
from tagma.nn.shims import PyTorchShim as PyTorchShim
from tagma.nn.shims import Shim as Shim
from tagma.nn.shims import TensorFlowShim as TensorFlowShim
from tagma.nn.shims import TorchScriptShim as TorchScriptShim
from tagma.nn.shims import keras_model_fns as keras_model_fns
from tagma.nn.shims import maybe_handshake_model as maybe_handshake_model
from tagma.nn.types import ArgsKwargs as ArgsKwargs
from tagma.nn.types import Padded as Padded
from tagma.nn.types import Ragged as Ragged
from tagma.nn.types import Unserializable as Unserializable
from tagma.nn.validation import DataValidationError as DataValidationError
from tagma.nn.validation import data_validation as data_validation

NAMES: dict[str, str]
__all__ = [
    "get_array_module",
    "get_width",
    "is_cupy_array",
    "to_categorical",
    "to_numpy",
    "CupyOps",
    "MPSOps",
    "NumpyOps",
    "Ops",
    "get_current_ops",
    "get_ops",
    "set_current_ops",
    "set_gpu_allocator",
    "use_ops",
    "use_pytorch_for_gpu_memory",
    "use_tensorflow_for_gpu_memory",
    "enable_mxnet",
    "enable_tensorflow",
    "has_cupy",
    "Config",
    "ConfigValidationError",
    "registry",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "get_torch_default_device",
    "jax2xp",
    "mxnet2xp",
    "tensorflow2xp",
    "torch2xp",
    "xp2jax",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
    "configure_normal_init",
    "glorot_uniform_init",
    "normal_init",
    "uniform_init",
    "zero_init",
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
    "TensorFlowWrapper",
    "TorchScriptWrapper_v1",
    "keras_subclass",
    "pytorch_to_torchscript_wrapper",
    "Relu",
    "ReluK",
    "Sigmoid",
    "Softmax",
    "Softmax_v2",
    "SparseLinear",
    "SparseLinear_v2",
    "Swish",
    "add",
    "array_getitem",
    "bidirectional",
    "chain",
    "clone",
    "concatenate",
    "expand_window",
    "list2array",
    "list2padded",
    "list2ragged",
    "map_list",
    "noop",
    "padded2list",
    "premap_ids",
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
    "CategoricalCrossentropy",
    "CosineDistance",
    "L2Distance",
    "SequenceCategoricalCrossentropy",
    "Backprop",
    "Model",
    "change_attr_values",
    "deserialize_attr",
    "serialize_attr",
    "set_dropout_rate",
    "wrap_model_recursive",
    "Adam",
    "Optimizer",
    "RAdam",
    "SGD",
    "Schedule",
    "compounding",
    "constant",
    "constant_then",
    "cyclic_triangular",
    "decaying",
    "plateau",
    "slanted_triangular",
    "warmup_linear",
    "fix_random_seed",
    "JAXShim",
    "MXNetShim",
    "PyTorchGradScaler",
    "PyTorchShim",
    "Shim",
    "TensorFlowShim",
    "TorchScriptShim",
    "keras_model_fns",
    "maybe_handshake_model",
    "ArgsKwargs",
    "Padded",
    "Ragged",
    "Unserializable",
    "DataValidationError",
    "data_validation",
]
