# Written by scripts/door_stubs.py; do not edit.
from tagma.language.components import DisabledPipes as DisabledPipes
from tagma.language.defaults import BaseDefaults as BaseDefaults
from tagma.language.language import DEFAULT_CONFIG as DEFAULT_CONFIG
from tagma.language.language import DEFAULT_CONFIG_PATH as DEFAULT_CONFIG_PATH
from tagma.language.language import DEFAULT_CONFIG_PRETRAIN_PATH as DEFAULT_CONFIG_PRETRAIN_PATH
from tagma.language.language import Component as Component
from tagma.language.language import Language as Language
from tagma.language.language import create_tokenizer as create_tokenizer
from tagma.pipeline.factory import FactoryMeta as FactoryMeta

__all__ = [
    "DisabledPipes",
    "BaseDefaults",
    "DEFAULT_CONFIG",
    "DEFAULT_CONFIG_PATH",
    "DEFAULT_CONFIG_PRETRAIN_PATH",
    "Component",
    "Language",
    "create_tokenizer",
    "FactoryMeta",
]
