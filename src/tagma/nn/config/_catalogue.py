"""catalogue, whose error about unknown names users know. It has no types of its own: the .pyi gives them."""

from catalogue import Registry, RegistryError

__all__ = ["Registry", "RegistryError"]
