# Written by scripts/door_stubs.py; do not edit.
from tagma.gold.alignment import Alignment as Alignment
from tagma.gold.biluo import biluo_tags_from_offsets as biluo_tags_from_offsets
from tagma.gold.biluo import biluo_tags_to_offsets as biluo_tags_to_offsets
from tagma.gold.biluo import biluo_tags_to_spans as biluo_tags_to_spans
from tagma.gold.biluo import biluo_to_iob as biluo_to_iob
from tagma.gold.biluo import iob_to_biluo as iob_to_biluo
from tagma.gold.biluo import offsets_from_biluo_tags as offsets_from_biluo_tags
from tagma.gold.biluo import offsets_to_biluo_tags as offsets_to_biluo_tags
from tagma.gold.biluo import remove_bilu_prefix as remove_bilu_prefix
from tagma.gold.biluo import spans_from_biluo_tags as spans_from_biluo_tags
from tagma.gold.biluo import split_bilu_label as split_bilu_label
from tagma.gold.biluo import tags_to_entities as tags_to_entities
from tagma.gold.example import Example as Example
from tagma.gold.example import validate_examples as validate_examples
from tagma.gold.example import validate_get_examples as validate_get_examples
from tagma.training.augment import dont_augment as dont_augment
from tagma.training.augment import orth_variants_augmenter as orth_variants_augmenter
from tagma.training.batchers import minibatch_by_padded_size as minibatch_by_padded_size
from tagma.training.batchers import minibatch_by_words as minibatch_by_words
from tagma.training.callbacks import create_copy_from_base_model as create_copy_from_base_model
from tagma.training.corpus import ConlluCorpus as ConlluCorpus
from tagma.training.corpus import Corpus as Corpus
from tagma.training.corpus import JsonlCorpus as JsonlCorpus
from tagma.training.corpus import PlainTextCorpus as PlainTextCorpus
from tagma.training.gold_io import docs_to_json as docs_to_json
from tagma.training.gold_io import read_json_file as read_json_file
from tagma.training.loggers import console_logger as console_logger

__all__ = [
    "Alignment",
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
    "Example",
    "validate_examples",
    "validate_get_examples",
    "dont_augment",
    "orth_variants_augmenter",
    "minibatch_by_padded_size",
    "minibatch_by_words",
    "create_copy_from_base_model",
    "ConlluCorpus",
    "Corpus",
    "JsonlCorpus",
    "PlainTextCorpus",
    "docs_to_json",
    "read_json_file",
    "console_logger",
]
