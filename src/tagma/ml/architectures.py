"""Imports every file of the room, which registers its architectures and layers."""

from importlib import import_module

from tagma.ml import REGISTERED

for _module in REGISTERED:
    import_module(_module)
