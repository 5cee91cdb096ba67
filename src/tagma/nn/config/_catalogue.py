"""catalogue, the package in which functions are kept by name. It has no types of its own: the .pyi gives them."""

from catalogue import REGISTRY, Registry, RegistryError

__all__ = ["REGISTRY", "Registry", "RegistryError"]
