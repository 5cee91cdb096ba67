"""Everything of this room that programs usually need; `tagma.nn` offers the same names."""

from tagma.doors import door

NAMES: dict[str, str] = {
    "tagma.nn.arrays": "get_array_module get_width is_cupy_array to_categorical to_numpy",
    "tagma.nn.backends": "CupyOps MPSOps NumpyOps Ops get_current_ops get_ops set_current_ops set_gpu_allocator"
    " use_ops use_pytorch_for_gpu_memory use_tensorflow_for_gpu_memory",
    "tagma.nn.compat": "enable_mxnet enable_tensorflow has_cupy",
    "tagma.nn.config": "Config ConfigValidationError registry",
    "tagma.nn.devices": "prefer_gpu require_cpu require_gpu set_active_gpu",
    "tagma.nn.exchange": "get_torch_default_device jax2xp mxnet2xp tensorflow2xp torch2xp xp2jax xp2mxnet xp2tensorflow"
    " xp2torch",
    "tagma.nn.initializers": "configure_normal_init glorot_uniform_init normal_init uniform_init zero_init",
    "tagma.nn.layers": "CauchySimilarity ClippedLinear Dish Dropout Embed Gelu HardSigmoid HardSwish"
    " HardSwishMobilenet HardTanh HashEmbed JAXWrapper LSTM LayerNorm Linear Logistic MXNetWrapper Maxout Mish"
    " MultiSoftmax"
    " ParametricAttention ParametricAttention_v2 PyTorchLSTM PyTorchRNNWrapper PyTorchWrapper PyTorchWrapper_v2"
    " PyTorchWrapper_v3 TensorFlowWrapper TorchScriptWrapper_v1 keras_subclass pytorch_to_torchscript_wrapper"
    " Relu ReluK Sigmoid Softmax Softmax_v2 SparseLinear"
    " SparseLinear_v2 Swish add array_getitem bidirectional chain clone concatenate expand_window list2array"
    " list2padded list2ragged map_list noop padded2list premap_ids ragged2list reduce_first reduce_last"
    " reduce_max reduce_mean reduce_sum remap_ids remap_ids_v2 residual resizable siamese sigmoid_activation"
    " softmax_activation strings2arrays tuplify uniqued with_array with_array2d with_cpu with_debug with_flatten"
    " with_flatten_v2 with_getitem with_list with_nvtx_range with_padded with_ragged with_reshape"
    " with_signpost_interval",
    "tagma.nn.loss": "CategoricalCrossentropy CosineDistance L2Distance SequenceCategoricalCrossentropy",
    "tagma.nn.model": "Backprop Model change_attr_values deserialize_attr serialize_attr set_dropout_rate"
    " wrap_model_recursive",
    "tagma.nn.optimizers": "Adam Optimizer RAdam SGD",
    "tagma.nn.schedules": "Schedule compounding constant constant_then cyclic_triangular decaying plateau"
    " slanted_triangular warmup_linear",
    "tagma.nn.seeds": "fix_random_seed",
    "tagma.nn.shims": "JAXShim MXNetShim PyTorchGradScaler PyTorchShim Shim TensorFlowShim TorchScriptShim"
    " keras_model_fns maybe_handshake_model",
    "tagma.nn.types": "ArgsKwargs Padded Ragged Unserializable",
    "tagma.nn.validation": "DataValidationError data_validation",
}

__getattr__, __dir__, __all__ = door(__name__, NAMES)
