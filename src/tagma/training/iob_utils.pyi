# Written by scripts/door_stubs.py; do not edit.
from tagma.gold.biluo import biluo_tags_from_offsets as biluo_tags_from_offsets
from tagma.gold.biluo import biluo_tags_to_offsets as biluo_tags_to_offsets
from tagma.gold.biluo import biluo_tags_to_spans as biluo_tags_to_spans
from tagma.gold.biluo import biluo_to_iob as biluo_to_iob
from tagma.gold.biluo import doc_to_biluo_tags as doc_to_biluo_tags
from tagma.gold.biluo import iob_to_biluo as iob_to_biluo
from tagma.gold.biluo import offsets_from_biluo_tags as offsets_from_biluo_tags
from tagma.gold.biluo import offsets_to_biluo_tags as offsets_to_biluo_tags
from tagma.gold.biluo import remove_bilu_prefix as remove_bilu_prefix
from tagma.gold.biluo import spans_from_biluo_tags as spans_from_biluo_tags
from tagma.gold.biluo import split_bilu_label as split_bilu_label
from tagma.gold.biluo import tags_to_entities as tags_to_entities

__all__ = [
    "biluo_tags_from_offsets",
    "biluo_tags_to_offsets",
    "biluo_tags_to_spans",
    "biluo_to_iob",
    "doc_to_biluo_tags",
    "iob_to_biluo",
    "offsets_from_biluo_tags",
    "offsets_to_biluo_tags",
    "remove_bilu_prefix",
    "spans_from_biluo_tags",
    "split_bilu_label",
    "tags_to_entities",
]
