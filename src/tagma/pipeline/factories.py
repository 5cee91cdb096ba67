"""Imports every component of the library, which registers its factory and scorer."""

from importlib import import_module

from tagma.pipeline import COMPONENTS, OF_LANGUAGES

for _module in COMPONENTS:
    import_module(_module)
for _name in OF_LANGUAGES:
    import_module(f"{__package__}.lemmatizers.{_name}")
