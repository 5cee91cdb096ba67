"""Helpers under the names that users know from `thinc.util`; each lies in the file of its subject."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.nn.arrays": "ArrayInfo convert_recursive copy_array get_array_module get_width is_cupy_array"
        " is_mxnet_array is_mxnet_gpu_array is_numpy_array is_tensorflow_array is_tensorflow_gpu_array is_torch_array"
        " is_torch_cuda_array is_torch_gpu_array is_torch_mps_array is_xp_array iterate_recursive to_categorical"
        " to_numpy",
        "tagma.nn.devices": "gpu_is_available prefer_gpu require_cpu require_gpu set_active_gpu use_nvtx_range",
        "tagma.nn.exchange": "assert_mxnet_installed assert_pytorch_installed assert_tensorflow_installed"
        " get_torch_default_device mxnet2xp tensorflow2xp torch2xp xp2mxnet xp2tensorflow xp2torch",
        "tagma.nn.initializers": "partial",
        "tagma.nn.model_files": "make_tempfile",
        "tagma.nn.seeds": "fix_random_seed",
        "tagma.nn.validation": "DATA_VALIDATION DataValidationError data_validation validate_fwd_input_output",
    },
)
