"""The layers, one file each: a factory, `forward` and, where there is something to initialize, `init`.

This package gathers what the files list in their `__all__`; a layer is named nowhere else. Read `linear` first, then
`_dense` (what dense layers share) and `chain`; `_init`, `_containers`, `_tables`, `_pooling`, `_gradients`,
`_parallel` and `_observe` hold what several layers share, and are imported by layers alone.

The top of `nn`: layers import models, backends, initializers and `fusion`, and nothing imports them but users, through
`nn.api`, and configs, through the registry.
"""

from tagma.doors import gather

__all__ = gather(__name__)
