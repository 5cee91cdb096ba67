"""Training: examples and their alignment, corpora, batches, loggers, the loop.

The names below are found in their modules when first asked for, since `tagma.training.example` lies in a lower room
than the modules that need a pipeline.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagma.training.alignment import Alignment
    from tagma.training.augment import dont_augment, orth_variants_augmenter
    from tagma.training.batchers import minibatch_by_padded_size, minibatch_by_words
    from tagma.training.callbacks import create_copy_from_base_model
    from tagma.training.corpus import ConlluCorpus, Corpus, JsonlCorpus, PlainTextCorpus
    from tagma.training.example import Example, validate_examples, validate_get_examples
    from tagma.training.gold_io import docs_to_json, read_json_file
    from tagma.training.iob_utils import (
        biluo_tags_from_offsets,
        biluo_tags_to_offsets,
        biluo_tags_to_spans,
        biluo_to_iob,
        iob_to_biluo,
        offsets_from_biluo_tags,
        offsets_to_biluo_tags,
        remove_bilu_prefix,
        spans_from_biluo_tags,
        split_bilu_label,
        tags_to_entities,
    )
    from tagma.training.loggers import console_logger

_MODULES = {
    "alignment": ["Alignment"],
    "augment": ["dont_augment", "orth_variants_augmenter"],
    "batchers": ["minibatch_by_padded_size", "minibatch_by_words"],
    "callbacks": ["create_copy_from_base_model"],
    "corpus": ["ConlluCorpus", "Corpus", "JsonlCorpus", "PlainTextCorpus"],
    "example": ["Example", "validate_examples", "validate_get_examples"],
    "gold_io": ["docs_to_json", "read_json_file"],
    "iob_utils": [
        "biluo_tags_from_offsets",
        "biluo_tags_to_offsets",
        "biluo_tags_to_spans",
        "biluo_to_iob",
        "iob_to_biluo",
        "offsets_from_biluo_tags",
        "offsets_to_biluo_tags",
        "remove_bilu_prefix",
        "spans_from_biluo_tags",
        "split_bilu_label",
        "tags_to_entities",
    ],
    "loggers": ["console_logger"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Alignment",
    "ConlluCorpus",
    "Corpus",
    "Example",
    "JsonlCorpus",
    "PlainTextCorpus",
    "biluo_tags_from_offsets",
    "biluo_tags_to_offsets",
    "biluo_tags_to_spans",
    "biluo_to_iob",
    "console_logger",
    "create_copy_from_base_model",
    "docs_to_json",
    "dont_augment",
    "iob_to_biluo",
    "minibatch_by_padded_size",
    "minibatch_by_words",
    "offsets_from_biluo_tags",
    "offsets_to_biluo_tags",
    "orth_variants_augmenter",
    "read_json_file",
    "remove_bilu_prefix",
    "spans_from_biluo_tags",
    "split_bilu_label",
    "tags_to_entities",
    "validate_examples",
    "validate_get_examples",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
