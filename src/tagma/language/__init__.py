"""The pipeline: a vocabulary, a tokenizer and the components that annotate its docs in turn.

Reading order: `language` (the class, whole), then what it delegates to: `components` (names, order, which run),
`streams` (docs through components), `learning` (update, evaluate, initialize), `assembly` (from a config, with
`check`), `loading` (by package, folder, config), `files` (as bytes and folders), `defaults` (what a language brings),
`codes` (languages by code), `analysis`. Imported by language classes, training and the command line; components
import none of it.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.language.defaults": "BaseDefaults",
        "tagma.language.language": "DEFAULT_CONFIG DEFAULT_CONFIG_PATH DEFAULT_CONFIG_PRETRAIN_PATH DisabledPipes"
        " Language create_tokenizer",
        "tagma.pipeline.factory": "FactoryMeta",
        "tagma.ty": "Component",
    },
)
