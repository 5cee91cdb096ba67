# Written by scripts/door_stubs.py; do not edit.
from tagma.language.defaults import BaseDefaults as BaseDefaults
from tagma.language.language import DEFAULT_CONFIG as DEFAULT_CONFIG
from tagma.language.language import DEFAULT_CONFIG_PATH as DEFAULT_CONFIG_PATH
from tagma.language.language import DEFAULT_CONFIG_PRETRAIN_PATH as DEFAULT_CONFIG_PRETRAIN_PATH
from tagma.language.language import DisabledPipes as DisabledPipes
from tagma.language.language import Language as Language
from tagma.language.language import create_tokenizer as create_tokenizer
from tagma.pipeline.factory import FactoryMeta as FactoryMeta
from tagma.ty import Component as Component

__all__ = [
    "BaseDefaults",
    "DEFAULT_CONFIG",
    "DEFAULT_CONFIG_PATH",
    "DEFAULT_CONFIG_PRETRAIN_PATH",
    "DisabledPipes",
    "Language",
    "create_tokenizer",
    "FactoryMeta",
    "Component",
]
