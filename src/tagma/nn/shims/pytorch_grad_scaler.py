"""PyTorchGradScaler: gradients in half precision, scaled so that small ones do not become zero.

Micikevicius et al. 2018, Mixed precision training, https://arxiv.org/abs/1710.03740
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import compat
from ..arrays import is_torch_array, is_torch_cuda_array

__all__ = ["PyTorchGradScaler"]


class PyTorchGradScaler:
    """Multiplies gradients by a factor on the way in, divides on the way out, and adapts the factor to overflows.

    enabled             if not, every method passes its tensors through
    init_scale          the factor at the beginning
    backoff_factor      what the factor is multiplied by after an update with an overflow
    growth_factor       what it is multiplied by after `growth_interval` updates without one
    growth_interval     number of such updates
    """

    def __init__(
        self,
        enabled: bool = False,
        init_scale: float = 2.0**16,
        backoff_factor: float = 0.5,
        growth_factor: float = 2.0,
        growth_interval: int = 2000,
    ) -> None:
        self.enabled: bool = enabled
        self.scale_factor: float = init_scale
        self.backoff_factor: float = backoff_factor
        self.growth_factor: float = growth_factor
        self.growth_interval: int = growth_interval
        self._clean_updates = 0
        self._found_inf = False
        self._device: Any = None

    @property
    def found_inf(self) -> bool:
        """Whether a value that is not finite was met since the last `update`."""
        return self._found_inf

    def to_(self, device: Any) -> None:
        """Note the device of the gradients. The factor is a number of Python, which fits on each."""
        self._device = device

    def scale(self, tensors: Any, inplace: bool = False) -> Any:
        """A tensor, or a list of the tensors of an iterable, multiplied by the factor; in place if asked for.

        Raises ValueError for anything else, and for tensors that are not on a CUDA device.
        """
        if not self.enabled:
            return tensors
        if is_torch_array(tensors):
            return self._scaled(tensors, inplace)
        if not isinstance(tensors, Iterable):
            raise ValueError(f"only a tensor or an iterable of tensors can be scaled, not a {type(tensors).__name__}")
        return [self._scaled(tensor, inplace) for tensor in tensors]

    def _scaled(self, tensor: Any, inplace: bool) -> Any:
        if not is_torch_array(tensor):
            raise ValueError(f"only tensors can be scaled, not a {type(tensor).__name__}")
        if not compat.has_torch_amp or not is_torch_cuda_array(tensor):
            raise ValueError(
                f"gradients are scaled on a CUDA device alone, and this one is on {tensor.device.type!r}: move the "
                "model to a GPU, or train it with mixed_precision=False"
            )
        return tensor.mul_(self.scale_factor) if inplace else tensor * self.scale_factor

    def unscale(self, tensors: Any) -> bool:
        """Divide a tensor, or those of an iterable, by the factor in place; whether a value is not finite."""
        if not self.enabled:
            return False
        found = False
        for tensor in [tensors] if is_torch_array(tensors) else tensors:
            tensor.mul_(1.0 / self.scale_factor)
            found = found or not bool(tensor.isfinite().all())
        self._found_inf = self._found_inf or found
        return found

    def update(self) -> None:
        """Adapt the factor to what was found since the last update, and forget that."""
        if not self.enabled:
            return
        if self._found_inf:
            self.scale_factor *= self.backoff_factor
            self._clean_updates = 0
        else:
            self._clean_updates += 1
            if self._clean_updates == self.growth_interval:
                self.scale_factor *= self.growth_factor
                self._clean_updates = 0
        self._found_inf = False
