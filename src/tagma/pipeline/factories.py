"""Imports every component of the library, which registers its factory and scorer."""

from importlib import import_module

from tagma.pipeline import COMPONENTS

for _module in COMPONENTS:
    import_module(_module)
