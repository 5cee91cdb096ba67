# Written by scripts/door_stubs.py; do not edit.
from tagma.nn.arrays import ArrayInfo as ArrayInfo
from tagma.nn.arrays import convert_recursive as convert_recursive
from tagma.nn.arrays import copy_array as copy_array
from tagma.nn.arrays import get_array_module as get_array_module
from tagma.nn.arrays import get_width as get_width
from tagma.nn.arrays import is_cupy_array as is_cupy_array
from tagma.nn.arrays import is_mxnet_array as is_mxnet_array
from tagma.nn.arrays import is_mxnet_gpu_array as is_mxnet_gpu_array
from tagma.nn.arrays import is_numpy_array as is_numpy_array
from tagma.nn.arrays import is_tensorflow_array as is_tensorflow_array
from tagma.nn.arrays import is_tensorflow_gpu_array as is_tensorflow_gpu_array
from tagma.nn.arrays import is_torch_array as is_torch_array
from tagma.nn.arrays import is_torch_cuda_array as is_torch_cuda_array
from tagma.nn.arrays import is_torch_gpu_array as is_torch_gpu_array
from tagma.nn.arrays import is_torch_mps_array as is_torch_mps_array
from tagma.nn.arrays import is_xp_array as is_xp_array
from tagma.nn.arrays import iterate_recursive as iterate_recursive
from tagma.nn.arrays import to_categorical as to_categorical
from tagma.nn.arrays import to_numpy as to_numpy
from tagma.nn.devices import gpu_is_available as gpu_is_available
from tagma.nn.devices import prefer_gpu as prefer_gpu
from tagma.nn.devices import require_cpu as require_cpu
from tagma.nn.devices import require_gpu as require_gpu
from tagma.nn.devices import set_active_gpu as set_active_gpu
from tagma.nn.devices import use_nvtx_range as use_nvtx_range
from tagma.nn.exchange import assert_mxnet_installed as assert_mxnet_installed
from tagma.nn.exchange import assert_pytorch_installed as assert_pytorch_installed
from tagma.nn.exchange import assert_tensorflow_installed as assert_tensorflow_installed
from tagma.nn.exchange import get_torch_default_device as get_torch_default_device
from tagma.nn.exchange import mxnet2xp as mxnet2xp
from tagma.nn.exchange import tensorflow2xp as tensorflow2xp
from tagma.nn.exchange import torch2xp as torch2xp
from tagma.nn.exchange import xp2mxnet as xp2mxnet
from tagma.nn.exchange import xp2tensorflow as xp2tensorflow
from tagma.nn.exchange import xp2torch as xp2torch
from tagma.nn.initializers import partial as partial
from tagma.nn.model_files import make_tempfile as make_tempfile
from tagma.nn.seeds import fix_random_seed as fix_random_seed
from tagma.nn.validation import DATA_VALIDATION as DATA_VALIDATION
from tagma.nn.validation import DataValidationError as DataValidationError
from tagma.nn.validation import data_validation as data_validation
from tagma.nn.validation import validate_fwd_input_output as validate_fwd_input_output

__all__ = [
    "ArrayInfo",
    "convert_recursive",
    "copy_array",
    "get_array_module",
    "get_width",
    "is_cupy_array",
    "is_mxnet_array",
    "is_mxnet_gpu_array",
    "is_numpy_array",
    "is_tensorflow_array",
    "is_tensorflow_gpu_array",
    "is_torch_array",
    "is_torch_cuda_array",
    "is_torch_gpu_array",
    "is_torch_mps_array",
    "is_xp_array",
    "iterate_recursive",
    "to_categorical",
    "to_numpy",
    "gpu_is_available",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "use_nvtx_range",
    "assert_mxnet_installed",
    "assert_pytorch_installed",
    "assert_tensorflow_installed",
    "get_torch_default_device",
    "mxnet2xp",
    "tensorflow2xp",
    "torch2xp",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
    "partial",
    "make_tempfile",
    "fix_random_seed",
    "DATA_VALIDATION",
    "DataValidationError",
    "data_validation",
    "validate_fwd_input_output",
]
